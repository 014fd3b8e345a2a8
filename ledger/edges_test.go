package ledger_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// never is the zero time, where it means that something has no end.
var never time.Time

func ask(id string, at time.Time) ledger.Request { return ledger.Request{Owner: "m", ID: id, At: at} }

func TestHold_EndsOnce(t *testing.T) {
	hold := ledger.PlaceHold{Unit: points, Points: 10}
	for _, row := range []struct {
		rule string
		want error
		ops  []ledger.Op
	}{
		{"a request cannot capture a hold twice", ledger.ErrHoldCaptured, []ledger.Op{ledger.Capture{Hold: "h", Points: 4}, ledger.Capture{Hold: "h", Points: 4}}},
		{"nor release what it captured", ledger.ErrHoldCaptured, []ledger.Op{ledger.Capture{Hold: "h"}, ledger.Release{Hold: "h"}}},
		{"nor capture what it released", ledger.ErrHoldReleased, []ledger.Op{ledger.Release{Hold: "h"}, ledger.Capture{Hold: "h"}}},
		{"nor capture twice the hold it made", ledger.ErrHoldCaptured, []ledger.Op{hold, ledger.Capture{Hold: "k"}, ledger.Capture{Hold: "k"}}},
		{"a hold is not found by the reference of its request", ledger.ErrHoldNotFound, []ledger.Op{ledger.Capture{Hold: ledger.ReferenceID("ref")}}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.earn("m", "in", 20, day(0), never)
			req := ask("h", day(1))
			req.Reference = "ref"
			b.post(req, hold)
			b.refuse(row.want, ask("k", day(2)), row.ops...)
		})
	}
}

func TestHold_MadeAndCapturedInOneRequest(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 20, day(0), never)
	b.post(ask("h", day(1)), ledger.PlaceHold{Unit: points, Points: 10}, ledger.Capture{Hold: "h", Points: 4})
	got := b.balance("m", day(1))
	equal(t, "balance", ledger.Balance{Unit: points, Available: 16, Earned: 20, Spent: 4}, got)
}

// A timed-out hold says so, whether or not a tick has recorded it, and a release
// that someone asked for is never taken for one.
func TestHold_ExpiredOrReleased(t *testing.T) {
	for _, swept := range []bool{false, true} {
		b := open(t)
		b.earn("m", "in", 10, day(0), never)
		b.post(ask("h", day(1)), ledger.PlaceHold{Unit: points, Points: 10, Until: day(2)})
		if swept {
			b.tick("m", day(2))
		}
		b.refuse(ledger.ErrHoldExpired, ask("late", day(2)), ledger.Capture{Hold: "h"})
		b.refuse(ledger.ErrHoldExpired, ask("late", day(2)), ledger.Release{Hold: "h"})
	}
	b := open(t)
	b.earn("m", "in", 10, day(0), never)
	b.post(ask("h", day(1)), ledger.PlaceHold{Unit: points, Points: 10})
	req := ask("free", day(1))
	req.Reason = "timeout"
	b.post(req, ledger.Release{Hold: "h"})
	b.refuse(ledger.ErrHoldReleased, ask("late", day(2)), ledger.Capture{Hold: "h"})
}

// Points in a hold outlive their lot: the hold was a promise. Once free again they are gone,
// and not before they were free.
func TestHold_OutlivesItsLot(t *testing.T) {
	setup := func(t *testing.T, until time.Time) *books {
		b := open(t)
		b.earn("m", "in", 10, day(0), day(5))
		b.post(ask("h", day(1)), ledger.PlaceHold{Unit: points, Points: 10, Until: until})
		return b
	}
	t.Run("captured", func(t *testing.T) {
		b := setup(t, never)
		b.post(ask("c", day(7)), ledger.Capture{Hold: "h", Points: 4})
		equal(t, "balance", ledger.Balance{Unit: points, Earned: 10, Spent: 4}, b.balance("m", day(7)))
		equal(t, "expired on", day(7), last(b.history("m")).Time)
	})
	t.Run("released", func(t *testing.T) {
		b := setup(t, never)
		b.post(ask("r", day(7)), ledger.Release{Hold: "h"})
		equal(t, "balance", ledger.Balance{Unit: points, Earned: 10}, b.balance("m", day(7)))
		equal(t, "expired on", day(7), last(b.history("m")).Time)
	})
	t.Run("timed out", func(t *testing.T) {
		b := setup(t, day(7))
		equal(t, "held", 10, b.balance("m", day(6)).Held)
		equal(t, "balance", ledger.Balance{Unit: points, Earned: 10}, b.balance("m", day(8)))
		b.tick("m", day(9))
		equal(t, "kind", ledger.KindExpire, last(b.history("m")).Kind)
		equal(t, "expired on", day(7), last(b.history("m")).Time)
	})
}

func last(txs []ledger.Transaction) ledger.Transaction { return txs[len(txs)-1] }

func TestReverse_Once(t *testing.T) {
	b := open(t)
	req := ask("k", day(0))
	req.Reference = "order-1"
	b.post(req, ledger.Earn{Unit: points, Points: 10})
	b.refuse(ledger.ErrAlreadyReversed, ask("twice", day(1)), ledger.Reverse{Of: "k"}, ledger.Reverse{Of: "k"})
	b.post(ask("undo", day(1)), ledger.Reverse{Of: "k"})
	b.refuse(ledger.ErrAlreadyReversed, ask("again", day(1)), ledger.Reverse{Of: "k"})
	// Under another name it would be another reversal.
	b.refuse(ledger.ErrTransactionNotFound, ask("again", day(1)), ledger.Reverse{Of: ledger.ReferenceID("order-1")})
	b.refuse(ledger.ErrTransactionNotFound, ask("self", day(1)), ledger.Reverse{Of: "self"})
}

func TestReverse_WhatCannotBe(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 100, day(0), day(3))
	b.post(ask("hold", day(0)), ledger.PlaceHold{Unit: points, Points: 10})
	b.post(ask("release", day(0)), ledger.Release{Hold: "hold"})
	b.post(ask("redeem", day(0)), ledger.Redeem{Unit: points, Points: 10})
	b.post(ask("undo", day(0)), ledger.Reverse{Of: "redeem"})
	b.post(ask("clawback", day(0)), ledger.Clawback{Unit: points, Points: 10})
	b.post(ask("nothing", day(0)), ledger.Redeem{Unit: stars, Points: 10, UpTo: true})
	b.tick("m", day(3))
	expiry := last(b.history("m"))
	equal(t, "kind", ledger.KindExpire, expiry.Kind)
	for _, of := range []string{"hold", "release", "undo", "clawback", "nothing", expiry.Key.ID} {
		b.refuse(ledger.ErrNotReversible, ask("again", day(4)), ledger.Reverse{Of: of})
	}
}

// A whole order, with a capture, a spending and two awards in one transaction, is undone in one go.
func TestReverse_Order(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 100, day(0), day(50))
	b.post(ask("hold", day(1)), ledger.PlaceHold{Unit: points, Points: 30})
	b.post(ask("order", day(2)),
		ledger.Capture{Hold: "hold", Points: 20},
		ledger.Redeem{Unit: points, Points: 5, Flow: "charity:forest"},
		ledger.Earn{Unit: points, Points: 7, Expires: day(60), Reason: "base"},
		ledger.Earn{Unit: stars, Points: 1, Reason: "bonus"})
	b.post(ask("undo", day(3)), ledger.Reverse{Of: "order"})
	rec := b.record("m")
	equal(t, "points", ledger.Balance{Unit: points, Available: 100, Earned: 100, NextExpiry: day(50), NextExpiring: 100},
		rec.Account(points).Balance(day(3)))
	equal(t, "accounts: none of stars is left", 1, len(rec.Accounts))
	flows := map[string]int64{}
	for _, tx := range b.history("m") {
		for _, p := range tx.Postings {
			if p.Unit == points {
				flows[p.From.Flow] -= p.Points
				flows[p.To.Flow] += p.Points
			}
		}
	}
	equal(t, "flows of points", map[string]int64{"": 100, ledger.FlowIssued: -100, ledger.FlowRedeemed: 0, "charity:forest": 0}, flows)
}

func TestReturn_NoMoreThanWasSpent(t *testing.T) {
	b := open(t)
	r := b.earn("m", "in", 100, day(0), never)
	lot := r.Transaction.Postings[0].To.Lot
	b.post(ask("out", day(0)), ledger.Redeem{Unit: points, Points: 30})
	giveBack := func(n ...int64) ledger.Return {
		op := ledger.Return{Unit: points}
		for _, n := range n {
			op.Parts = append(op.Parts, ledger.Part{Lot: lot, Points: n})
		}
		return op
	}
	b.refuse(ledger.ErrInvalid, ask("back", day(1)), giveBack(31))
	b.refuse(ledger.ErrInvalid, ask("back", day(1)), giveBack(30, 1))
	b.post(ask("back", day(1)), giveBack(10, 20))
	b.refuse(ledger.ErrInvalid, ask("undo", day(1)), ledger.Reverse{Of: "out"})
	b.refuse(ledger.ErrInvalid, ask("more", day(1)), giveBack(1))
}

// A lot whose time is over takes nothing back, unless grace is given.
func TestReturn_ToAnExpiredLot(t *testing.T) {
	own := ledger.Terms{Issued: day(0), Active: at(5), Expires: day(5)}
	for _, row := range []struct {
		name  string
		grace time.Time
		want  ledger.Balance
		lot   ledger.Terms
	}{
		{"no grace: gone at once", never, ledger.Balance{Unit: points, Earned: 10}, own},
		{"grace in the past is none", day(8), ledger.Balance{Unit: points, Earned: 10}, own},
		{
			"grace", day(20), ledger.Balance{Unit: points, Earned: 10, Available: 10, NextExpiry: day(20), NextExpiring: 10},
			ledger.Terms{Issued: day(0), Expires: day(20)},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := open(t)
			b.post(ask("in", day(0)), ledger.Earn{Unit: points, Points: 10, Active: own.Active, Expires: own.Expires})
			b.post(ask("out", day(1)), ledger.Redeem{Unit: points, Points: 10})
			undo := b.post(ask("undo", day(9)), ledger.Reverse{Of: "out", Grace: row.grace})
			equal(t, "balance", row.want, b.balance("m", day(9)))
			equal(t, "lot", row.lot.ID(), undo.Transaction.Postings[0].To.Lot)
			for _, tx := range b.history("m")[2:] {
				equal(t, "time of "+tx.Key.ID, day(9), tx.Time)
			}
		})
	}
}

func TestClawback_Lots(t *testing.T) {
	b := open(t)
	in := ledger.Earn{Unit: points, Points: 10, Expires: day(9)}
	b.post(ask("soon", day(0)), in)
	in.Expires = day(30)
	r := b.post(ask("later", day(0)), in)
	lot := r.Transaction.Postings[0].To.Lot
	b.post(ask("claw", day(1)), ledger.Clawback{Unit: points, Points: 12, Lots: []string{lot, lot}})
	equal(t, "lots", []ledger.Lot{{ID: "20260101T000000Z:20260110T000000Z", Terms: ledger.Terms{Issued: day(0), Expires: day(9)}, Points: 8}}, lots(b.account("m")))

	in.Active, in.Points = day(10), 5
	r = b.post(ask("pending", day(1)), in)
	b.refuse(ledger.ErrInsufficientPoints, ask("no", day(1)), ledger.Clawback{Unit: points, Points: 9, Policy: ledger.Reject})
	b.post(ask("named", day(1)), ledger.Clawback{Unit: points, Points: 5, Lots: []string{r.Transaction.Postings[0].To.Lot}})
	equal(t, "balance: a pending lot is taken from when it is named", ledger.Balance{Unit: points, Available: 8, Earned: 8, NextExpiry: day(9), NextExpiring: 8},
		b.balance("m", day(1)))
}

// Points that come free by time alone pay what is owed, at that moment.
func TestDebt_PaidByPendingLots(t *testing.T) {
	b := open(t)
	b.post(ask("pending", day(0)), ledger.Earn{Unit: points, Points: 10, Active: day(5), Expires: day(9)})
	b.post(ask("claw", day(1)), ledger.Clawback{Unit: points, Points: 6})
	equal(t, "owed until then", ledger.Balance{Unit: points, Pending: 10, Debt: 6, Earned: 4, NextExpiry: day(9), NextExpiring: 10}, b.balance("m", day(4)))
	equal(t, "due", day(5), b.record("m").Due)
	equal(t, "paid", ledger.Balance{Unit: points, Available: 4, Earned: 4, NextExpiry: day(9), NextExpiring: 4}, b.balance("m", day(5)))
	b.tick("m", day(8))
	tx := last(b.history("m"))
	equal(t, "offset", []any{ledger.KindOffset, day(5), day(8)}, []any{tx.Kind, tx.Time, tx.Recorded})
}

func TestEarn_ArrivesExpired(t *testing.T) {
	b := open(t)
	b.post(ask("claw", day(0)), ledger.Clawback{Unit: points, Points: 6})
	req := ask("late", day(20))
	req.Time = day(1)
	b.post(req, ledger.Earn{Unit: points, Points: 10, Expires: day(9)})
	equal(t, "balance: what is expired pays no debt", ledger.Balance{Unit: points, Debt: 6, Earned: 4}, b.balance("m", day(20)))
	tx := last(b.history("m"))
	equal(t, "expiry", []any{ledger.KindExpire, day(9), day(20)}, []any{tx.Kind, tx.Time, tx.Recorded})
}

// A clock that goes back finds what has happened as it was recorded.
func TestClock_GoesBack(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 10, day(0), day(5))
	b.post(ask("late", day(6)), ledger.Earn{Unit: points, Points: 7, Active: day(8), Expires: day(30)})
	b.refuse(ledger.ErrInsufficientPoints, ask("out", day(2)), ledger.Redeem{Unit: points, Points: 1})
	b.tick("m", day(2))
	b.post(ask("claw", day(9)), ledger.Clawback{Unit: points, Points: 3})
	b.post(ask("claw before", day(7)), ledger.Clawback{Unit: points, Points: 3})
	equal(t, "then", 3, b.balance("m", day(7)).Debt)
	equal(t, "now", ledger.Balance{Unit: points, Available: 1, Earned: 11, NextExpiry: day(30), NextExpiring: 1}, b.balance("m", day(9)))
}

// Whatever zone and precision the host's times have, the books keep UTC and microseconds.
func TestTimes_AreCleaned(t *testing.T) {
	zone := time.FixedZone("east", 8*60*60)
	b := open(t)
	at := day(1).In(zone).Add(1999)
	b.post(ledger.Request{Owner: "m", ID: "in", At: at},
		ledger.Earn{Unit: points, Points: 10, Expires: at.AddDate(0, 0, 3)},
		ledger.Earn{Unit: points, Points: 5, Expires: at.AddDate(0, 0, 3).UTC().Truncate(time.Microsecond)})
	want := day(4).Add(time.Microsecond)
	equal(t, "lots of equal terms are one", 1, b.account("m").Lots.Len())
	equal(t, "expiry", want, b.account("m").Lots.At(0).Expires)
	equal(t, "available a moment before", 15, b.balance("m", want.Add(-time.Nanosecond).In(zone)).Available)
	equal(t, "available then", 0, b.balance("m", want.In(zone)).Available)
	again := b.post(ledger.Request{Owner: "m", ID: "in", At: at.AddDate(1, 0, 0)},
		ledger.Earn{Unit: points, Points: 10, Expires: at.AddDate(0, 0, 3).UTC()},
		ledger.Earn{Unit: points, Points: 5, Expires: at.AddDate(0, 0, 3)})
	equal(t, "the same request in another zone is replayed", true, again.Replayed)
}

func TestOverflow(t *testing.T) {
	const most = math.MaxInt64
	b := open(t)
	b.earn("m", "in", most, day(0), day(5))
	b.refuse(ledger.ErrInvalid, ask("more", day(0)), ledger.Earn{Unit: points, Points: 1})
	b.post(ask("hold", day(0)), ledger.PlaceHold{Unit: points, Points: most})
	b.refuse(ledger.ErrInvalid, ask("more", day(0)), ledger.Earn{Unit: points, Points: 1})
	b.post(ask("claw", day(0)), ledger.Clawback{Unit: points, Points: most})
	b.refuse(ledger.ErrInvalid, ask("claw more", day(0)), ledger.Clawback{Unit: points, Points: 1})
	b.refuse(ledger.ErrInvalid, ask("more", day(0)), ledger.Earn{Unit: points, Points: most}) // held and free together
	b.post(ask("spend", day(0)), ledger.Capture{Hold: "hold"})
	equal(t, "balance", ledger.Balance{Unit: points, Debt: most, Spent: most}, b.balance("m", day(0)))
	equal(t, "total", -most, b.balance("m", day(0)).Total())
	b.post(ask("undo", day(0)), ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: "20260101T000000Z:20260106T000000Z", Points: most}}})
	equal(t, "balance", ledger.Balance{Unit: points}, b.balance("m", day(0)))
	b.earn("m", "anew", most, day(0), never)
	equal(t, "balance", ledger.Balance{Unit: points, Available: most, Earned: most}, b.balance("m", day(0)))
}

// An operation given by pointer is the same operation.
func TestPost_OpsByPointer(t *testing.T) {
	b := open(t)
	b.refuse(ledger.ErrInvalid, ask("k", day(0)), &ledger.Earn{Unit: "typo", Points: 1})
	b.post(ask("k", day(0)), &ledger.Earn{Unit: points, Points: 1})
	equal(t, "replayed", true, b.post(ask("k", day(0)), ledger.Earn{Unit: points, Points: 1}).Replayed)
}

func TestPost_WithoutOperations(t *testing.T) {
	b := open(t)
	req := ask("note", day(0))
	b.refuse(ledger.ErrInvalid, req) // it would say nothing at all
	req.Kind = "note"
	b.post(req)
	tx := last(b.history("m"))
	equal(t, "kind", "note", tx.Kind)
	equal(t, "postings", 0, len(tx.Postings))
}

func TestErrors_NameNumbers(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 10, day(0), never)
	err := b.refuse(ledger.ErrInsufficientPoints, ask("out", day(0)), ledger.Redeem{Unit: points, Points: 11})
	got, _ := errors.AsType[*ledger.InsufficientPointsError](err)
	equal(t, "error", &ledger.InsufficientPointsError{Owner: "m", Unit: points, Needed: 11, Available: 10}, got)
	equal(t, "text", "ledger: insufficient points: m needs 11 points, has 10", err.Error())
}

// A balance may be asked for of an owner no one has seen.
func TestBalance_Stranger(t *testing.T) {
	b := open(t)
	equal(t, "balance", ledger.Balance{Unit: points}, b.balance("stranger", day(0)))
	if got, err := b.Due(context.Background(), day(9), 10); err != nil || len(got) != 0 {
		t.Errorf("Due: %v, %v", got, err)
	}
}
