package ledger_test

import (
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

// Points await an event, a time, or whichever comes first.
func TestActivate(t *testing.T) {
	earn := ledger.Earn{Unit: points, Points: 10, Expires: day(90), Await: "delivered/1"}
	timed := earn
	timed.Active = day(14)
	pending, available := of(ledger.Balance{Pending: 10, Earned: 10}, 10, day(90)), of(ledger.Balance{Available: 10, Earned: 10}, 10, day(90))
	for _, row := range []struct {
		rule          string
		earn          ledger.Earn
		activate      string // the event; "" is none
		on            int    // which day
		before, after ledger.Balance
		late          ledger.Balance // on day 20
	}{
		{"the event makes them active", earn, "delivered/1", 3, pending, available, available},
		{"another event does not, and is no error", earn, "delivered/2", 3, pending, pending, pending},
		{"without it they wait for ever", earn, "", 3, pending, pending, pending},
		{"the event comes before the time", timed, "delivered/1", 3, pending, available, available},
		{"the time comes without the event", timed, "", 13, pending, pending, available},
		{"the event after the time changes nothing", timed, "delivered/1", 15, available, available, available},
		{"at the time itself they are active", timed, "delivered/1", 14, available, available, available},
	} {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.post(ask("in", day(1)), row.earn)
			equal(t, "before", row.before, b.balance("m", day(row.on)))
			if row.activate != "" {
				got := b.post(ask("event", day(row.on)), ledger.Activate{Await: row.activate})
				equal(t, "kind", ledger.KindActivate, got.Transaction.Kind)
				equal(t, "delivered twice", true, b.post(ask("event", day(row.on)), ledger.Activate{Await: row.activate}).Replayed)
			}
			equal(t, "after", row.after, b.balance("m", day(row.on)))
			equal(t, "on day 20", row.late, b.balance("m", day(20)))
		})
	}
}

// An event makes everything active that awaits it, in every unit, and it joins what is there.
func TestActivate_All(t *testing.T) {
	b := open(t)
	b.post(ask("in", day(1)),
		ledger.Earn{Unit: points, Points: 10, Expires: day(90)},
		ledger.Earn{Unit: points, Points: 20, Expires: day(90), Await: "delivered/1"},
		ledger.Earn{Unit: points, Points: 30, Expires: day(90), Await: "delivered/1", Active: day(50)},
		ledger.Earn{Unit: points, Points: 40, Expires: day(90), Await: "delivered/2"},
		ledger.Earn{Unit: stars, Points: 1, Await: "delivered/1"})
	b.post(ask("event", day(2)), ledger.Activate{Await: "delivered/1"})
	rec := b.record("m")
	equal(t, "points", of(ledger.Balance{Available: 60, Pending: 40, Earned: 100}, 100, day(90)), rec.Account(points).Balance(day(2)))
	equal(t, "stars", ledger.Balance{Unit: stars, Available: 1, Earned: 1}, rec.Account(stars).Balance(day(2)))
	equal(t, "lots", 2, rec.Account(points).Lots.Len())
}

// What becomes active pays what is owed, then and not before.
func TestActivate_PaysDebt(t *testing.T) {
	b := open(t)
	b.post(ask("in", day(1)), ledger.Earn{Unit: points, Points: 10, Await: "delivered/1"})
	b.post(ask("claw", day(1)), ledger.Clawback{Unit: points, Points: 4})
	equal(t, "owed", ledger.Balance{Unit: points, Pending: 10, Debt: 4, Earned: 6}, b.balance("m", day(2)))
	equal(t, "due", never, b.record("m").Due)
	b.post(ask("event", day(2)), ledger.Activate{Await: "delivered/1"})
	equal(t, "paid", ledger.Balance{Unit: points, Available: 6, Earned: 6}, b.balance("m", day(2)))
}

// An order is returned before its points are active: they are taken from where they wait.
func TestClawback_Pending(t *testing.T) {
	for _, row := range []struct {
		rule string
		op   func(lot string) ledger.Op
		want ledger.Balance
	}{
		{"named: all of them", func(lot string) ledger.Op {
			return ledger.Clawback{Unit: points, Points: 20, Lots: []string{lot}}
		}, ledger.Balance{Unit: points, Available: 5, Earned: 5}},
		{"named: half of them", func(lot string) ledger.Op {
			return ledger.Clawback{Unit: points, Points: 10, Lots: []string{lot}}
		}, ledger.Balance{Unit: points, Available: 5, Pending: 10, Earned: 15}},
		{"not named: what is active goes, and the rest is owed until they are", func(string) ledger.Op {
			return ledger.Clawback{Unit: points, Points: 10}
		}, ledger.Balance{Unit: points, Pending: 20, Debt: 5, Earned: 15}},
		{"reversed: all of them", func(string) ledger.Op { return ledger.Reverse{Of: "order"} }, ledger.Balance{Unit: points, Available: 5, Earned: 5}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.earn("m", "in", 5, day(0), never)
			r := b.post(ask("order", day(1)), ledger.Earn{Unit: points, Points: 20, Await: "delivered/1"})
			b.post(ask("refund", day(2)), row.op(r.Transaction.Postings[0].To.Lot))
			equal(t, "balance", row.want, b.balance("m", day(2)))
		})
	}
}

// Once active they have joined others, and are taken from there.
func TestClawback_ActivatedSince(t *testing.T) {
	b := open(t)
	r := b.post(ask("order", day(1)), ledger.Earn{Unit: points, Points: 20, Await: "delivered/1"})
	b.post(ask("event", day(2)), ledger.Activate{Await: "delivered/1"})
	b.post(ask("refund", day(3)), ledger.Clawback{Unit: points, Points: 15, Lots: []string{r.Transaction.Postings[0].To.Lot}, Policy: ledger.Reject})
	b.post(ask("cancel", day(3)), ledger.Earn{Unit: points, Points: 7, Await: "delivered/2"}, ledger.Activate{Await: "delivered/2"})
	b.post(ask("undo", day(3)), ledger.Reverse{Of: "cancel"})
	equal(t, "balance", ledger.Balance{Unit: points, Available: 5, Earned: 5}, b.balance("m", day(3)))
}
