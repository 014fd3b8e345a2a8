package drivertest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

// viewBooks writes books whose numbers do not depend on the hour: what expires
// has expired long ago or does so in thousands of years.
func viewBooks(t *testing.T, store *sqlstore.Store) *ledger.Ledger {
	t.Helper()
	l, err := ledger.New(ledger.Config{Store: store, Units: []string{"points", "stars"}})
	if err != nil {
		t.Fatal(err)
	}
	late := func(month time.Month) time.Time { return time.Date(9000, month, 1, 0, 0, 0, 0, time.UTC) }
	post := func(owner, id string, ops ...ledger.Op) {
		t.Helper()
		req := ledger.Request{Owner: owner, ID: id, At: time.Date(2001, 2, 3, 4, 5, 6, 7000, time.UTC), Reason: "order"}
		if _, err := l.Post(t.Context(), req, ops...); err != nil {
			t.Fatal(err)
		}
	}
	post("ann", "1", ledger.Earn{Unit: "points", Points: 100, Expires: late(1)},
		ledger.Earn{Unit: "points", Points: 50, Expires: late(2), Reason: "birthday"},
		ledger.Earn{Unit: "stars", Points: 3})
	post("ann", "3", ledger.Earn{Unit: "points", Points: 20, Active: late(1), Expires: late(2)}, ledger.Earn{Unit: "points", Points: 5, Await: "delivered"})
	post("ann", "4", ledger.Redeem{Unit: "points", Points: 60})
	post("ann", "5", ledger.PlaceHold{Unit: "points", Points: 15})
	post("ann", "6", ledger.PlaceHold{Unit: "points", Points: 10, Until: time.Date(2001, 6, 1, 0, 0, 0, 0, time.UTC)}) // timed out
	post("bob", "1", ledger.Earn{Unit: "points", Points: 10})
	post("bob", "2", ledger.Redeem{Unit: "points", Points: 10, Flow: "charity:forest"})
	post("bob", "3", ledger.Clawback{Unit: "points", Points: 4})
	post("ann", "7", ledger.Gift{To: "cid", Unit: "points", Points: 7})
	post("ann", "8", ledger.Earn{Unit: "points", Points: 40, Expires: time.Date(2001, 6, 1, 0, 0, 0, 0, time.UTC)}) // expired, and no sweep since
	return l
}

func query(t *testing.T, d database, q func(prefix string) string) (got []string) {
	t.Helper()
	db := d.connect(t, d.dsn(t))
	store, prefix := d.migratePrefix(t, db)
	l := viewBooks(t, store)
	rows, err := db.Query(q(prefix))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]string, len(names))
		at := make([]any, len(names))
		for i := range cells {
			at[i] = &cells[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join(cells, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(q(prefix), "balances") {
		compareBalances(t, l, got)
	}
	return got
}

// compareBalances holds the view to the ledger.
func compareBalances(t *testing.T, l *ledger.Ledger, rows []string) {
	t.Helper()
	for _, row := range rows {
		f := strings.Fields(row)
		b, err := l.Balance(t.Context(), f[0], f[1], time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprint(f[0], " ", f[1], " ", b.Available, " ", b.Pending, " ", b.Held, " ", b.Debt, " ", b.Total(), " ", b.Earned, " ", b.Spent)
		if row != want {
			t.Errorf("the view says %q, the ledger %q", row, want)
		}
	}
}

func TestBalancesView(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		got := query(t, d, func(p string) string {
			return "SELECT owner, unit, available, pending, held, debt, total, earned, spent FROM " + p + "balances ORDER BY owner, unit"
		})
		want := []string{
			// Of 100 + 50, 60 are spent, 15 held and 7 given away; 10 are held no more, and the 40 have expired.
			"ann points 68 25 15 0 108 215 60",
			"ann stars 3 0 0 0 3 3 0",
			"bob points 0 0 0 4 -4 6 10",
			"cid points 7 0 0 0 7 0 0",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestExpiriesView(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		got := query(t, d, func(p string) string {
			return "SELECT COALESCE(month, 'never'), unit, lots, points FROM " + p + "expiries ORDER BY 1, 2"
		})
		want := []string{"2001-06 points 1 40", "9000-01 points 4 40", "9000-02 points 2 70", "never points 1 5", "never stars 1 3"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestReasonsView(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		got := query(t, d, func(p string) string {
			return "SELECT month, unit, kind, reason, source, target, postings, points FROM " + p + "reasons" +
				" WHERE source <> '' OR target <> '' ORDER BY month, unit, kind, reason, source, target"
		})
		want := []string{
			"2001-02 points clawback order  issued 1 4",
			"2001-02 points earn birthday issued  1 50",
			"2001-02 points earn order issued  5 175",
			"2001-02 points redeem order  charity:forest 1 10",
			"2001-02 points redeem order  redeemed 1 60",
			"2001-02 stars earn order issued  1 3",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
