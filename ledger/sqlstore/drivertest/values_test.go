package drivertest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/ledger"
)

// keep commits what a draft came to and wants the very same back.
func keep(t *testing.T, store ledger.Store, owners []string, decide func(d *ledger.Draft)) {
	t.Helper()
	snap, err := store.Load(t.Context(), owners, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := ledger.NewDraft(snap)
	decide(d)
	c := d.Change()
	if err := store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	var keys []ledger.Key
	for i := range c.Transactions {
		keys = append(keys, c.Transactions[i].Key)
	}
	got, err := store.Load(t.Context(), owners, keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Writes {
		if diff := cmp.Diff(w.After, got.Record(w.After.Owner), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("record (-committed +loaded):\n%s", diff)
		}
	}
	for i := range c.Transactions {
		tx := c.Transactions[i]
		if diff := cmp.Diff(tx, got.Transactions[tx.Key], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("transaction (-committed +loaded):\n%s", diff)
		}
	}
}

func must(t *testing.T) func(ledger.Receipt, error) {
	return func(_ ledger.Receipt, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFarTimes(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		_, store := d.open(t)
		for i, at := range []time.Time{
			time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC),
			time.Date(999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
			time.Date(1582, 10, 10, 0, 0, 0, 0, time.UTC), // between the calendars
			time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
			time.Date(2026, 3, 29, 1, 30, 0, 1000, time.UTC), // clocks go forward in Europe
			time.Date(9998, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		} {
			owner := fmt.Sprint("m", i)
			keep(t, store, []string{owner}, func(draft *ledger.Draft) {
				must(t)(draft.Post(ledger.Request{Owner: owner, ID: "k", At: at},
					ledger.Earn{Unit: "points", Points: 9, Issued: at, Expires: time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
					ledger.Earn{Unit: "points", Points: 5, Issued: at, Active: at.AddDate(0, 0, 1)},
					ledger.PlaceHold{Unit: "points", Points: 3, Until: at.AddDate(0, 0, 2)}))
				draft.SetDocsDue(owner, at)
			})
			if got, err := store.Due(t.Context(), at, 100); err != nil || !slices.Contains(got, owner) {
				t.Errorf("%s is not due at %s: %v, %v", owner, at, got, err)
			}
			if got, err := store.Due(t.Context(), at.Add(-time.Microsecond), 100); err != nil || slices.Contains(got, owner) {
				t.Errorf("%s is due a microsecond before %s: %v, %v", owner, at, got, err)
			}
		}
	})
}

func TestBytes(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		_, store := d.open(t)
		for i, details := range []string{
			`{"b":1.0, "a":1e2,"a":2}`, "\t[ ]\n", `"\u0000 \ud800"`, "\"\xff\xfe\"", `"😀 'quoted' \\ {} \" "`, `""`, "", "null",
		} {
			owner := fmt.Sprint("m", i)
			keep(t, store, []string{owner}, func(draft *ledger.Draft) {
				must(t)(draft.Post(ledger.Request{Owner: owner, ID: "k", At: now, Kind: "note", Details: json.RawMessage(details), Reason: "a\\b'c\"{d},\n\t😀", Actor: " "}))
			})
		}
	})
}

func TestExtremes(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		_, store := d.open(t)
		keep(t, store, []string{"rich", "poor"}, func(draft *ledger.Draft) {
			must(t)(draft.Post(ledger.Request{Owner: "rich", ID: "k", At: now}, ledger.Earn{Unit: "points", Points: math.MaxInt64}))
			must(t)(draft.Post(ledger.Request{Owner: "poor", ID: "k", At: now}, ledger.Clawback{Unit: "points", Points: math.MaxInt64}))
		})
	})
}

// TestOrderOfHolds closes and makes holds in one commit and in several: they stay in the order of making,
// and so do the parts of each.
func TestOrderOfHolds(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		_, store := d.open(t)
		keep(t, store, []string{"m"}, func(draft *ledger.Draft) {
			for i := range 5 {
				must(t)(draft.Post(ledger.Request{Owner: "m", ID: fmt.Sprint("in", i), At: now},
					ledger.Earn{Unit: "points", Points: 10, Issued: now.AddDate(0, 0, -i), Expires: now.AddDate(1, 0, i%3)}))
			}
			for i := range 12 { // by name "hold 10" comes before "hold 2"
				must(t)(draft.Post(ledger.Request{Owner: "m", ID: fmt.Sprint("hold ", i), At: now}, ledger.PlaceHold{Unit: "points", Points: 4}))
			}
		})
		for i := range 6 {
			keep(t, store, []string{"m"}, func(draft *ledger.Draft) {
				must(t)(draft.Post(ledger.Request{Owner: "m", ID: fmt.Sprint("out", i), At: now}, ledger.Release{Hold: fmt.Sprint("hold ", 2*i)}))
				must(t)(draft.Post(ledger.Request{Owner: "m", ID: fmt.Sprint("a hold ", i), At: now}, ledger.PlaceHold{Unit: "points", Points: 3}))
			})
		}
		keep(t, store, []string{"m", "other"}, func(draft *ledger.Draft) { // moves all holds at once
			must(t)(draft.Post(ledger.Request{Owner: "other", ID: "merge", At: now}, ledger.Merge{From: "m"}))
		})
	})
}

// TestMany goes beyond what one statement holds: rows, owners and keys.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	everyDatabase(t, func(t *testing.T, d database) {
		const lots, owners = 3_000, 6_000
		_, store := d.open(t)
		keep(t, store, []string{"m"}, func(draft *ledger.Draft) {
			ops := make([]ledger.Op, lots)
			for i := range ops {
				ops[i] = ledger.Earn{Unit: "points", Points: 2, Issued: now.Add(time.Duration(i) * time.Minute)}
			}
			must(t)(draft.Post(ledger.Request{Owner: "m", ID: "in", At: now}, ops...))
		})
		keep(t, store, []string{"m"}, func(draft *ledger.Draft) {
			must(t)(draft.Post(ledger.Request{Owner: "m", ID: "out", At: now}, ledger.Redeem{Unit: "points", Points: 2*lots - 3}))
		})
		names, keys := []string{"m"}, []ledger.Key{{Owner: "m", ID: "in"}}
		for i := range owners {
			names = append(names, fmt.Sprint("nobody ", i))
			keys = append(keys, ledger.Key{Owner: names[i+1], ID: "k"}, ledger.Key{Owner: "m", ID: fmt.Sprint("none ", i)})
		}
		if d.dialect.String() == "Citus" {
			names = names[:100] // an owner at a time
			keys = keys[:100]
		}
		keys = append(keys, ledger.Key{Owner: "m", ID: "out"})
		snap, err := store.Load(t.Context(), names, keys)
		if err != nil {
			t.Fatal(err)
		}
		if len(snap.Records) != len(names) || len(snap.Transactions) != 2 || snap.Record("m").Accounts[0].Lots.Len() != 2 {
			t.Errorf("%d records, %d transactions, %d lots; want %d, 2, 2",
				len(snap.Records), len(snap.Transactions), snap.Record("m").Accounts[0].Lots.Len(), len(names))
		}
	})
}
