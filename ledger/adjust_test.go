package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

func TestAdjust(t *testing.T) {
	for _, row := range []struct {
		rule string
		op   ledger.Adjust // of m, who has 30 and 10 pending
		want ledger.Balance
		err  error
	}{
		{rule: "up, with an expiry of its own", op: ledger.Adjust{Points: 50, Expires: day(60)}, want: of(ledger.Balance{Available: 80, Pending: 10, Earned: 90}, 50, day(60))},
		{rule: "up, for later", op: ledger.Adjust{Points: 50, Active: day(60)}, want: ledger.Balance{Unit: points, Available: 30, Pending: 60, Earned: 90}},
		{rule: "down", op: ledger.Adjust{Points: -30}, want: ledger.Balance{Unit: points, Pending: 10, Earned: 10}},
		{rule: "down below what is there: owed", op: ledger.Adjust{Points: -50}, want: ledger.Balance{Unit: points, Pending: 10, Debt: 20, Earned: -10}},
		{rule: "or forgiven", op: ledger.Adjust{Points: -50, Policy: ledger.Clamp}, want: ledger.Balance{Unit: points, Pending: 10, Earned: 10}},
		{rule: "or refused", op: ledger.Adjust{Points: -50, Policy: ledger.Reject}, err: ledger.ErrInsufficientPoints},
		{rule: "up past all numbers is refused", op: ledger.Adjust{Points: math.MaxInt64}, err: ledger.ErrInvalid},
		{rule: "down to the end of them is owed", op: ledger.Adjust{Points: -math.MaxInt64}, want: ledger.Balance{Unit: points, Pending: 10, Debt: math.MaxInt64 - 30, Earned: 40 - math.MaxInt64}},
		{rule: "by nothing is no adjustment", err: ledger.ErrInvalid},
		{rule: "by the one number without an opposite is none", op: ledger.Adjust{Points: math.MinInt64}, err: ledger.ErrInvalid},
	} {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.post(ask("in", day(0)), ledger.Earn{Unit: points, Points: 30}, ledger.Earn{Unit: points, Points: 10, Await: "delivered/1"})
			row.op.Unit = points
			if row.err != nil {
				b.refuse(row.err, by("m", "k", day(1)), row.op)
				return
			}
			got := b.post(by("m", "k", day(1)), row.op)
			equal(t, "balance", row.want, b.balance("m", day(1)))
			equal(t, "who and why", [2]string{"who", "why"}, [2]string{got.Transaction.Actor, got.Transaction.Reason})
			b.refuse(ledger.ErrNotReversible, by("m", "undo", day(1)), ledger.Reverse{Of: "k"})
		})
	}
}

// Also one adjustment down alone, or among what could be reversed, is not: another adjustment
// corrects it.
func TestAdjust_IsNotReversed(t *testing.T) {
	b := open(t)
	b.post(ask("in", day(0)), ledger.Earn{Unit: points, Points: 100})
	b.post(ask("spend", day(0)), ledger.Redeem{Unit: points, Points: 50})
	b.post(by("m", "down", day(1)), ledger.Adjust{Unit: points, Points: -10})
	b.post(by("m", "mixed", day(1)), ledger.Redeem{Unit: points, Points: 10}, ledger.Adjust{Unit: points, Points: -10})
	for _, of := range []string{"down", "mixed"} {
		b.refuse(ledger.ErrNotReversible, by("m", "undo", day(2)), ledger.Reverse{Of: of})
	}
}

// An allowance is the agent's, whichever members it goes to, up or down.
func TestAdjust_Kit(t *testing.T) {
	b := open(t)
	kit := func(n int64) ledger.Adjust {
		return ledger.Adjust{Unit: points, Points: n, Kit: "agent 7", Limits: []ledger.Limit{monthly("goodwill", day(1), ledger.Limit{Each: 60, Points: 100, Uses: 3})}}
	}
	b.post(by("ann", "k", day(1)), kit(50))
	b.post(by("bob", "k", day(1)), kit(-20))
	err := b.refuse(ledger.ErrLimit, by("cai", "k", day(1)), kit(31))
	got, _ := errors.AsType[*ledger.LimitError](err)
	equal(t, "error", &ledger.LimitError{Owner: "agent 7", Name: "goodwill", Limit: 100, Used: 70, Asked: 31}, got)
	b.post(by("cai", "k", day(1)), kit(30))
	b.refuse(ledger.ErrLimit, by("ann", "more", day(1)), kit(1))
	equal(t, "replayed", true, b.post(by("ann", "k", day(40)), kit(50)).Replayed)

	// The agent's own history has what they gave, though no points of theirs moved.
	var given []string
	for _, tx := range b.history("agent 7") {
		given = append(given, tx.Key.String())
	}
	equal(t, "history of the kit", []string{"ann/k", "bob/k", "cai/k"}, given)
	equal(t, "accounts of the kit", 0, len(b.record("agent 7").Accounts))

	b.post(by("agent 7", "left", day(2)), ledger.Close{})
	b.refuse(ledger.ErrClosed, by("ann", "late", day(40)), kit(1))
}

// One allowance, two processes, many members at the same moment: it is given once.
func TestConcurrent_Kit(t *testing.T) {
	const members, allowed = 24, 5
	b := open(t)
	ledgers := processes(t, b, 2)
	var granted, refused atomic.Int64
	atOnce(members, func(i int) {
		_, err := ledgers[i%2].Post(context.Background(), by(fmt.Sprint("m", i), "sorry", day(1)), ledger.Adjust{
			Unit: points, Points: 10, Kit: "agent 7", Limits: []ledger.Limit{daily("goodwill", day(1), ledger.Limit{Points: 10*allowed + 9})},
		})
		switch {
		case err == nil:
			granted.Add(1)
		case errors.Is(err, ledger.ErrLimit):
			refused.Add(1)
		default:
			t.Error(err)
		}
	})
	equal(t, "granted and refused", [2]int64{allowed, members - allowed}, [2]int64{granted.Load(), refused.Load()})
	equal(t, "history of the kit", allowed, len(b.history("agent 7")))
}

// An opening balance is what a member had before: with its expiry, and no earning to undo.
func TestOpen(t *testing.T) {
	b := open(t)
	b.post(by("m", "import", day(0)),
		ledger.Open{Unit: points, Points: 70, Issued: day(-90), Expires: day(20)},
		ledger.Open{Unit: points, Points: 30, Active: day(9)},
		ledger.Open{Unit: stars, Points: 3})
	want := of(ledger.Balance{Available: 70, Pending: 30, Earned: 100}, 70, day(20))
	equal(t, "balance", want, b.balance("m", day(1)))
	flows := map[string]int64{}
	tx := last(b.history("m"))
	for _, p := range tx.Postings {
		flows[p.From.Flow] += p.Points
	}
	equal(t, "flows", map[string]int64{ledger.FlowOpening: 103}, flows)
	equal(t, "kind", ledger.KindOpening, tx.Kind)
	equal(t, "replayed", true, b.post(by("m", "import", day(5)),
		ledger.Open{Unit: points, Points: 70, Issued: day(-90), Expires: day(20)},
		ledger.Open{Unit: points, Points: 30, Active: day(9)},
		ledger.Open{Unit: stars, Points: 3}).Replayed)
	b.refuse(ledger.ErrNotReversible, by("m", "undo", day(1)), ledger.Reverse{Of: "import"})
	b.refuse(ledger.ErrInvalid, by("m", "too much", day(1)), ledger.Open{Unit: points, Points: math.MaxInt64})
}

// What was owed before is brought in as an adjustment.
func TestOpen_PaysWhatIsOwed(t *testing.T) {
	b := open(t)
	b.post(by("m", "owed", day(0)), ledger.Adjust{Unit: points, Points: -20})
	b.post(by("m", "import", day(0)), ledger.Open{Unit: points, Points: 50})
	equal(t, "balance", ledger.Balance{Unit: points, Available: 30, Earned: 30}, b.balance("m", day(0)))
}
