package ledger_test

import (
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

func (b *books) balanceAt(owner string, at time.Time, by ledger.AsOf) ledger.Balance {
	b.Helper()
	got, err := b.BalanceAt(b.tb.(*testing.T).Context(), owner, points, at, by)
	if err != nil {
		b.Fatalf("BalanceAt: %v", err)
	}
	return got
}

func late(id string, at, effective time.Time) ledger.Request {
	req := ask(id, at)
	req.Time = effective
	return req
}

// look asks for a past balance by both times.
type look struct {
	on                  int // which day
	effective, recorded ledger.Balance
}

func have(available, earned int64) ledger.Balance {
	return ledger.Balance{Unit: points, Available: available, Earned: earned}
}

var pastRows = []struct {
	rule  string
	do    func(b *books)
	looks []look
}{
	{
		"before and after, to the very moment",
		func(b *books) { b.earn("m", "in", 10, day(2), never) },
		[]look{{1, have(0, 0), have(0, 0)}, {2, have(10, 10), have(10, 10)}, {9, have(10, 10), have(10, 10)}},
	},
	{
		"a late entry counts from its own time, or from when it was written",
		func(b *books) {
			b.earn("m", "in", 10, day(2), never)
			b.post(late("late", day(6), day(3)), ledger.Earn{Unit: points, Points: 5})
		},
		[]look{{2, have(10, 10), have(10, 10)}, {3, have(15, 15), have(10, 10)}, {5, have(15, 15), have(10, 10)}, {6, have(15, 15), have(15, 15)}},
	},
	{
		"a late spending may be of what had not come: it is missing until then",
		func(b *books) {
			b.earn("m", "first", 5, day(1), never)
			b.earn("m", "second", 10, day(4), never)
			b.post(late("out", day(6), day(2)), ledger.Redeem{Unit: points, Points: 8})
		},
		[]look{
			{1, have(5, 5), have(5, 5)},
			{2, ledger.Balance{Unit: points, Available: -3, Earned: 5, Spent: 8}, have(5, 5)},
			{5, ledger.Balance{Unit: points, Available: 7, Earned: 15, Spent: 8}, have(15, 15)},
			{6, ledger.Balance{Unit: points, Available: 7, Earned: 15, Spent: 8}, ledger.Balance{Unit: points, Available: 7, Earned: 15, Spent: 8}},
		},
	},
	{
		"a hold has timed out at its own moment, though it was written down later",
		func(b *books) {
			b.earn("m", "in", 10, day(0), never)
			b.post(ask("h", day(1)), ledger.PlaceHold{Unit: points, Points: 4, Until: day(3)})
			b.tick("m", day(6))
		},
		[]look{
			{2, ledger.Balance{Unit: points, Available: 6, Held: 4, Earned: 10}, ledger.Balance{Unit: points, Available: 6, Held: 4, Earned: 10}},
			{3, have(10, 10), have(10, 10)}, {7, have(10, 10), have(10, 10)},
		},
	},
	{
		"or not at all",
		func(b *books) {
			b.earn("m", "in", 10, day(0), never)
			b.post(ask("h", day(1)), ledger.PlaceHold{Unit: points, Points: 4, Until: day(3)})
		},
		[]look{
			{2, ledger.Balance{Unit: points, Available: 6, Held: 4, Earned: 10}, ledger.Balance{Unit: points, Available: 6, Held: 4, Earned: 10}},
			{3, have(10, 10), have(10, 10)},
		},
	},
	{
		"a hold captured late was there until it was captured",
		func(b *books) {
			b.earn("m", "in", 10, day(0), never)
			b.post(ask("h", day(1)), ledger.PlaceHold{Unit: points, Points: 4, Until: day(30)})
			b.post(late("c", day(6), day(4)), ledger.Capture{Hold: "h"})
		},
		[]look{
			{3, ledger.Balance{Unit: points, Available: 6, Held: 4, Earned: 10}, ledger.Balance{Unit: points, Available: 6, Held: 4, Earned: 10}},
			{5, ledger.Balance{Unit: points, Available: 6, Earned: 10, Spent: 4}, ledger.Balance{Unit: points, Available: 6, Held: 4, Earned: 10}},
		},
	},
	{
		"a capture dated before its hold takes from what was free",
		func(b *books) {
			b.earn("m", "in", 10, day(0), never)
			b.post(ask("h", day(4)), ledger.PlaceHold{Unit: points, Points: 4})
			b.post(late("c", day(6), day(2)), ledger.Capture{Hold: "h"})
		},
		[]look{{3, ledger.Balance{Unit: points, Available: 6, Earned: 10, Spent: 4}, have(10, 10)}},
	},
	{
		"expiry, activation and debt, whether or not written down",
		func(b *books) {
			b.post(ask("in", day(0)), ledger.Earn{Unit: points, Points: 10, Active: day(3), Expires: day(6)})
			b.post(ask("claw", day(1)), ledger.Clawback{Unit: points, Points: 4})
		},
		[]look{
			{2, of(ledger.Balance{Pending: 10, Debt: 4, Earned: 6}, 10, day(6)), of(ledger.Balance{Pending: 10, Debt: 4, Earned: 6}, 10, day(6))},
			{3, of(ledger.Balance{Available: 6, Earned: 6}, 6, day(6)), of(ledger.Balance{Available: 6, Earned: 6}, 6, day(6))},
			{6, have(0, 6), have(0, 6)},
		},
	},
	{
		"gifts and merges, on the receiving side",
		func(b *books) {
			b.earn("ann", "in", 10, day(0), never)
			b.post(by("ann", "gift", day(2)), ledger.Gift{To: "m", Unit: points, Points: 3})
			b.post(by("m", "merge", day(4)), ledger.Merge{From: "ann"})
		},
		[]look{{1, have(0, 0), have(0, 0)}, {3, have(3, 0), have(3, 0)}, {4, have(10, 0), have(10, 0)}},
	},
}

func TestBalanceAt(t *testing.T) {
	for _, row := range pastRows {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			row.do(b)
			for _, l := range row.looks {
				equal(t, "effective", l.effective, b.balanceAt("m", day(l.on), ledger.Effective))
				equal(t, "recorded", l.recorded, b.balanceAt("m", day(l.on), ledger.Recorded))
				equal(t, "as is usual", l.effective, b.balanceAt("m", day(l.on), ""))
			}
		})
	}
}

// What was counted before is not counted again when much is to be read.
func TestBalanceAt_LongHistory(t *testing.T) {
	b := open(t)
	for i := range 350 {
		b.earn("m", at(i+1).Format(time.RFC3339), 1, at(i+1), never)
	}
	equal(t, "halfway", 175, b.balanceAt("m", at(175), ledger.Effective).Available)
	equal(t, "halfway", 175, b.balanceAt("m", at(175), ledger.Recorded).Available)
}

// Every lot that will go is listed, of accounts that no sweep has seen as well; points in a
// hold do not go by themselves.
func TestExpiring(t *testing.T) {
	b := open(t)
	for _, n := range []int{5, 10, 20, 30} {
		b.earn("m", day(n).Format(time.DateOnly), int64(n), day(0), day(n))
	}
	b.post(ask("others", day(0)), ledger.Earn{Unit: points, Points: 1}, ledger.Earn{Unit: stars, Points: 1, Expires: day(7)},
		ledger.Earn{Unit: points, Points: 9, Active: day(12), Expires: day(20)})
	b.post(ask("hold", day(0)), ledger.PlaceHold{Unit: points, Points: 5, Until: day(6)}) // of those that expire on day 5
	for _, row := range []struct {
		rule     string
		at, till int
		want     []int64
	}{
		{"from the soonest to the last before the moment", 1, 30, []int64{10, 20, 9}},
		{"one more when the moment is past it", 1, 31, []int64{10, 20, 9, 30}},
		{"not those that have expired, though no one has written it down", 10, 31, []int64{20, 9, 30}},
		{"nor those that came free of a hold too late", 7, 11, []int64{10}},
		{"none by a moment past", 25, 20, nil},
		{"none of what never expires", 40, 4000, nil},
	} {
		t.Run(row.rule, func(t *testing.T) {
			lots, err := b.Expiring(t.Context(), "m", points, day(row.at), day(row.till))
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, l := range lots {
				got = append(got, l.Points)
			}
			equal(t, "lots", row.want, got)
		})
	}
	lots, err := b.Expiring(t.Context(), "stranger", points, day(0), day(99))
	if err != nil || len(lots) != 0 {
		t.Errorf("of a stranger: %v, %v", lots, err)
	}
}
