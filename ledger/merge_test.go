package ledger_test

import (
	"errors"
	"math"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

// ann and bob before ann takes over bob's books on day 5. Both have points of the same terms.
func couple(t *testing.T) *books {
	b := open(t)
	for _, owner := range []string{"ann", "bob"} {
		b.earn(owner, "in", 100, day(0), day(60))
	}
	return b
}

var mergeRows = []struct {
	rule   string
	before func(b *books)
	ann    ledger.Balance // after it
	lots   int
}{
	{
		rule: "lots of the same terms join; totals stay where they are",
		ann:  of(ledger.Balance{Available: 200, Earned: 100}, 200, day(60)), lots: 1,
	},
	{
		rule: "terms are kept, pending ones too",
		before: func(b *books) {
			b.post(by("bob", "before", day(1)), ledger.Earn{Unit: points, Points: 7, Expires: day(9)}, ledger.Earn{Unit: points, Points: 8, Await: "delivered/1"})
		},
		ann: of(ledger.Balance{Available: 207, Pending: 8, Earned: 100}, 7, day(9)), lots: 3,
	},
	{
		rule: "what has expired by then is not brought",
		before: func(b *books) {
			b.post(by("bob", "before", day(1)), ledger.Earn{Unit: points, Points: 7, Expires: day(5)})
		},
		ann: of(ledger.Balance{Available: 200, Earned: 100}, 200, day(60)), lots: 1,
	},
	{
		rule:   "what the other owes is paid of what there is",
		before: func(b *books) { b.post(by("bob", "before", day(1)), ledger.Clawback{Unit: points, Points: 130}) },
		ann:    of(ledger.Balance{Available: 70, Earned: 100}, 70, day(60)), lots: 1,
	},
	{
		rule:   "what the owner owes is paid of what the other brings",
		before: func(b *books) { b.post(by("ann", "before", day(1)), ledger.Clawback{Unit: points, Points: 130}) },
		ann:    of(ledger.Balance{Available: 70, Earned: -30}, 70, day(60)), lots: 1,
	},
	{
		rule: "both owe: the debts add up",
		before: func(b *books) {
			b.post(by("ann", "before", day(1)), ledger.Clawback{Unit: points, Points: 130})
			b.post(by("bob", "before", day(1)), ledger.Clawback{Unit: points, Points: 150})
		},
		ann: ledger.Balance{Unit: points, Debt: 80, Earned: -30},
	},
	{
		rule: "holds are brought as they are",
		before: func(b *books) {
			b.post(by("bob", "before", day(1)), ledger.PlaceHold{Unit: points, Points: 40, Until: day(7)})
		},
		ann: of(ledger.Balance{Available: 160, Held: 40, Earned: 100}, 160, day(60)), lots: 1,
	},
	{
		rule: "a hold whose time is over is none",
		before: func(b *books) {
			b.post(by("bob", "before", day(1)), ledger.PlaceHold{Unit: points, Points: 40, Until: day(5)})
		},
		ann: of(ledger.Balance{Available: 200, Earned: 100}, 200, day(60)), lots: 1,
	},
}

var merge = ledger.Merge{From: "bob"}

func TestMerge(t *testing.T) {
	for _, row := range mergeRows {
		t.Run(row.rule, func(t *testing.T) {
			b := couple(t)
			if row.before != nil {
				row.before(b)
			}
			b.post(by("ann", "merge", day(5)), merge)
			equal(t, "ann", row.ann, b.balance("ann", day(5)))
			equal(t, "lots", row.lots, b.account("ann").Lots.Len())
			equal(t, "left with bob", 0, b.balance("bob", day(5)).Total())
			equal(t, "due of bob", never, b.record("bob").Due)
			b.refuse(ledger.ErrNotReversible, by("ann", "undo", day(6)), ledger.Reverse{Of: "merge"})
			b.refuse(ledger.ErrClosed, by("bob", "new", day(6)), ledger.Earn{Unit: points, Points: 1})
			b.refuse(ledger.ErrClosed, by("ann", "merge again", day(6)), merge)
			equal(t, "replayed", true, b.post(by("ann", "merge", day(6)), merge).Replayed)
		})
	}
}

// A hold goes on under an id of its own, for both may have had one of the same id, open or not.
func TestMerge_Holds(t *testing.T) {
	hold := ledger.PlaceHold{Unit: points, Points: 40, Until: day(9)}
	b := couple(t)
	b.post(by("ann", "till-1", day(1)), hold)
	b.post(by("ann", "paid", day(1)), ledger.Capture{Hold: "till-1"})
	for _, owner := range []string{"ann", "bob"} {
		b.post(by(owner, "till-2", day(2)), hold)
	}
	b.post(by("bob", "till-1", day(2)), hold)
	b.post(by("ann", "merge", day(5)), merge)

	b.refuse(ledger.ErrHoldCaptured, by("ann", "paid twice", day(6)), ledger.Capture{Hold: "till-1"})
	b.post(by("ann", "paid of bob's", day(6)), ledger.Capture{Hold: ledger.MergedHold("bob", "till-1"), Points: 30})
	b.refuse(ledger.ErrHoldCaptured, by("ann", "paid twice", day(6)), ledger.Capture{Hold: ledger.MergedHold("bob", "till-1")})
	b.refuse(ledger.ErrHoldNotFound, by("ann", "unheard of", day(6)), ledger.Capture{Hold: ledger.MergedHold("bob", "till-3")})
	b.post(by("ann", "dropped", day(7)), ledger.Release{Hold: "till-2"})
	equal(t, "held", 40, b.balance("ann", day(8)).Held)
	equal(t, "balance when the last has timed out", of(ledger.Balance{Available: 130, Earned: 100, Spent: 70}, 130, day(60)), b.balance("ann", day(9)))
	b.tick("ann", day(9))
	b.refuse(ledger.ErrHoldExpired, by("ann", "late", day(9)), ledger.Release{Hold: ledger.MergedHold("bob", "till-2")})
	// Whoever was merged into ann, may be merged on with her.
	b.post(by("ann", "till-4", day(10)), ledger.PlaceHold{Unit: points, Points: 10})
	b.post(by("cai", "merge", day(10)), ledger.Merge{From: "ann"})
	b.post(by("cai", "paid", day(10)), ledger.Capture{Hold: ledger.MergedHold("ann", "till-4")})
	equal(t, "cai", of(ledger.Balance{Available: 120, Spent: 10}, 120, day(60)), b.balance("cai", day(10)))
}

// A refund of what the other had spent is the home owner's now, as far as it was spent.
func TestMerge_ThenReturn(t *testing.T) {
	b := couple(t)
	paid := b.post(by("bob", "order", day(1)), ledger.Redeem{Unit: points, Points: 60})
	lot := paid.Transaction.Postings[0].From.Lot
	back := func(n int64) ledger.Return {
		return ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: lot, Points: n}}}
	}
	b.post(by("bob", "refund", day(2)), back(10))
	b.post(by("ann", "merge", day(5)), merge)
	b.post(by("ann", "order", day(5)), ledger.Redeem{Unit: points, Points: 5})
	b.refuse(ledger.ErrInvalid, by("ann", "refund", day(6)), back(56))
	b.post(by("ann", "refund", day(6)), back(30))
	equal(t, "balance", of(ledger.Balance{Available: 175, Earned: 100, Spent: -25}, 175, day(60)), b.balance("ann", day(6)))
	b.post(by("cai", "merge", day(7)), ledger.Merge{From: "ann"})
	b.refuse(ledger.ErrInvalid, by("cai", "refund", day(8)), back(26))
	b.post(by("cai", "refund", day(8)), back(25))
	b.refuse(ledger.ErrInvalid, by("cai", "more", day(8)), back(1))
}

// Both directions, chains and strangers.
func TestMerge_Who(t *testing.T) {
	b := couple(t)
	b.refuse(ledger.ErrInvalid, by("ann", "self", day(5)), ledger.Merge{From: "ann"})
	b.post(by("ann", "merge", day(5)), merge)
	b.refuse(ledger.ErrClosed, by("bob", "back", day(6)), ledger.Merge{From: "ann"})
	b.post(by("new", "merge", day(6)), ledger.Merge{From: "ann"})
	for owner, into := range map[string]string{"bob": "ann", "ann": "new"} {
		err := b.refuse(ledger.ErrClosed, by(owner, "k", day(7)), ledger.Earn{Unit: points, Points: 1})
		got, _ := errors.AsType[*ledger.ClosedError](err)
		equal(t, "error", &ledger.ClosedError{Owner: owner, Into: into}, got)
	}
	equal(t, "all is with the last", of(ledger.Balance{Available: 200}, 200, day(60)), b.balance("new", day(6)))
	b.post(by("new", "nobody", day(7)), ledger.Merge{From: "never seen"})
	b.refuse(ledger.ErrClosed, by("never seen", "k", day(7)), ledger.Earn{Unit: points, Points: 1})
}

// What an operation has closed, the next of the same request may not touch.
func TestMerge_WithinARequest(t *testing.T) {
	for _, ops := range [][]ledger.Op{
		{merge, ledger.Gift{To: "bob", Unit: points, Points: 1}},
		{merge, merge},
		{merge, ledger.Adjust{Unit: points, Points: 1, Kit: "bob", Limits: []ledger.Limit{{Name: "l"}}}},
		{ledger.Close{}, ledger.Earn{Unit: points, Points: 1}},
		{ledger.Close{}, merge},
		{ledger.Close{}, ledger.Close{}},
	} {
		b := couple(t)
		b.refuse(ledger.ErrClosed, by("ann", "k", day(5)), ops...)
	}
	b := couple(t)
	b.post(by("ann", "k", day(5)), ledger.Gift{To: "bob", Unit: points, Points: 30}, merge, ledger.Earn{Unit: points, Points: 1})
	equal(t, "available", 201, b.balance("ann", day(5)).Available)
}

func TestMerge_Overflow(t *testing.T) {
	const most = math.MaxInt64
	for _, row := range []struct {
		rule string
		bob  []ledger.Op
		err  error
	}{
		{"free points", []ledger.Op{ledger.Earn{Unit: points, Points: most}}, ledger.ErrInvalid},
		{"held points", []ledger.Op{ledger.Earn{Unit: points, Points: most}, ledger.PlaceHold{Unit: points, Points: most}}, ledger.ErrInvalid},
		{"as many as there is room for", []ledger.Op{ledger.Earn{Unit: points, Points: most - 100}, ledger.PlaceHold{Unit: points, Points: most - 200}}, nil},
		{"debt", []ledger.Op{ledger.Clawback{Unit: stars, Points: most}}, ledger.ErrInvalid},
	} {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.post(by("ann", "in", day(0)), ledger.Earn{Unit: points, Points: 100}, ledger.Clawback{Unit: stars, Points: 1})
			b.post(by("bob", "in", day(0)), row.bob...)
			if row.err != nil {
				b.refuse(row.err, by("ann", "merge", day(1)), merge)
				return
			}
			b.post(by("ann", "merge", day(1)), merge)
		})
	}
}

func TestClose(t *testing.T) {
	b := open(t)
	b.post(by("m", "in", day(0)), ledger.Earn{Unit: points, Points: 100, Expires: day(60)}, ledger.Earn{Unit: points, Points: 5, Await: "delivered/1"})
	b.post(by("m", "hold", day(1)), ledger.PlaceHold{Unit: points, Points: 40})
	b.post(by("m", "owes", day(1)), ledger.Clawback{Unit: stars, Points: 7})
	b.post(by("m", "owes and holds", day(1)), ledger.Clawback{Unit: points, Points: 70}) // 60 are free, 40 held, 5 pending
	b.post(by("m", "end", day(5)), ledger.Close{})
	rec := b.record("m")
	equal(t, "points", ledger.Balance{Unit: points, Earned: 35}, rec.Account(points).Balance(day(5)))
	equal(t, "stars", ledger.Balance{Unit: stars, Earned: -7}, rec.Account(stars).Balance(day(5)))
	equal(t, "due", never, rec.Due)
	flows := map[string]int64{}
	for _, p := range last(b.history("m")).Postings {
		flows[p.From.Flow] -= p.Points
		flows[p.To.Flow] += p.Points
	}
	equal(t, "forfeited, less what was written off", 100-70+5-7, flows[ledger.FlowForfeited])
	for _, op := range []ledger.Op{ledger.Earn{Unit: points, Points: 1}, ledger.Capture{Hold: "hold"}, ledger.Reverse{Of: "end"}, ledger.Close{}} {
		b.refuse(ledger.ErrClosed, by("m", "late", day(6)), op)
	}
	equal(t, "replayed", true, b.post(by("m", "end", day(9)), ledger.Close{}).Replayed)
	b.tick("m", day(99))
	equal(t, "transactions", 5, len(b.history("m")))
}

// One who never had anything may be closed too.
func TestClose_Stranger(t *testing.T) {
	b := open(t)
	b.post(by("m", "end", day(5)), ledger.Close{})
	b.refuse(ledger.ErrClosed, by("m", "k", day(6)), ledger.Earn{Unit: points, Points: 1})
}
