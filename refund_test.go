package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// rate is a programme of nothing but points per 1.00.
func rate(points int64, policy ledger.Policy) loyalty.Definition {
	return loyalty.Definition{OpenEnrolment: true, Clawback: policy, Rules: rules.Definition{Rules: []rules.Rule{
		{ID: "base", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Rate, Points: points, Per: dec("1"), Basis: rules.Basis{PaidInPoints: true}}},
		{ID: "gift", Trigger: "gift", Effect: rules.Effect{Kind: rules.Fixed, Points: 200}},
	}}}
}

// TestRefundProratesEarnedAndSpent holds the figures of Odoo's point-of-sale tests
// (odoo/odoo, addons/pos_loyalty/tests/test_pos_loyalty_points.py): both what was
// earned and what was spent go back in proportion.
func TestRefundProratesEarnedAndSpent(t *testing.T) {
	for _, c := range []struct {
		gift   bool // 200 points to begin with
		amount string
		spend  int64
		back   string // of a quantity of 2
		want   int64
	}{
		{false, "100", 0, "1", 50},
		{true, "70", 150, "2", 200},
		{true, "70", 150, "1", 160},
	} {
		t.Run(fmt.Sprintf("spend %d return %s", c.spend, c.back), func(t *testing.T) {
			w := newWorld(t, rate(1, ""))
			if c.gift {
				w.process(loyalty.Event{ID: "gift", Type: "gift", Member: someone})
			}
			e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", c.amount, 2)}
			if c.spend > 0 {
				e.Spend = &loyalty.Spend{Points: c.spend}
			}
			w.process(e)
			w.process(loyalty.Event{ID: "back", Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{
				Order: "o", Lines: []loyalty.ReturnLine{{Line: "1", Quantity: dec(c.back)}},
			}})
			w.equal("balance", c.want, w.balance(someone).Total())
			w.provesItself(someone)
		})
	}
}

// TestClawbackPolicies holds the figures of Setono's plug-in
// (Setono/sylius-loyalty-plugin, tests/Functional/LoyaltyLedgerClawbackTest.php) for 150 earned
// points of an order that comes back after some were spent.
func TestClawbackPolicies(t *testing.T) {
	for _, c := range []struct {
		policy ledger.Policy
		spent  int64
		want   int64 // total after
		err    error
	}{
		{ledger.Clamp, 0, 0, nil},
		{ledger.Clamp, 100, 0, nil},
		{ledger.Debt, 100, -100, nil},
		{"", 100, -100, nil},
		{ledger.Reject, 100, 50, ledger.ErrInsufficientPoints},
	} {
		t.Run(fmt.Sprint(c.policy, c.spent), func(t *testing.T) {
			w := newWorld(t, rate(1, c.policy))
			w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "150", 1)})
			if c.spent > 0 {
				if _, err := w.program.Redeem(context.Background(), loyalty.Redemption{ID: "r", Member: someone, Points: c.spent}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := w.program.Process(context.Background(), loyalty.Event{ID: "back", Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{Order: "o"}})
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			w.equal("total", c.want, w.balance(someone).Total())
			w.provesItself(someone)
		})
	}
}

// TestNextEarningPaysDebt: what is owed is paid before anything is available again.
func TestNextEarningPaysDebt(t *testing.T) {
	w := newWorld(t, rate(1, ledger.Debt))
	w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "150", 1)})
	if _, err := w.program.Redeem(context.Background(), loyalty.Redemption{ID: "r", Member: someone, Points: 150}); err != nil {
		t.Fatal(err)
	}
	w.process(loyalty.Event{ID: "back", Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{Order: "o"}})
	w.process(loyalty.Event{ID: "more", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o2", "100", 1)})
	w.equal("balance", ledger.Balance{Unit: "points", Debt: 50, Earned: 100, Spent: 150}, w.balance(someone))
	w.process(loyalty.Event{ID: "gift", Type: "gift", Member: someone})
	w.equal("available", int64(150), w.balance(someone).Available)
	w.provesItself(someone)
}

// TestSpentPointsReturnToTheirLots: with their own expiry, or the grace period when
// that has passed.
func TestSpentPointsReturnToTheirLots(t *testing.T) {
	w := newWorld(t, shop()) // points last to the end of the 12th month
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	expiry := w.balance(someone).NextExpiry
	w.now = newYear.AddDate(0, 11, 0)
	w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "10", 2), Spend: &loyalty.Spend{Points: 500}})
	half := &loyalty.Refund{Order: "o", Lines: []loyalty.ReturnLine{{Line: "1", Quantity: dec("1")}}}
	r := w.process(loyalty.Event{ID: "half", Type: loyalty.TypeRefund, Member: someone, Refund: half})
	w.equal("returned", int64(250), r.Returned)
	b := w.balance(someone)
	w.equal("expiry", expiry, b.NextExpiry)
	w.equal("expiring", int64(250), b.NextExpiring)

	w.now = expiry.AddDate(0, 0, 10)
	w.equal("after the expiry", int64(5), w.balance(someone).Available) // half of what the order earned
	w.process(loyalty.Event{ID: "rest", Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{Order: "o"}})
	b = w.balance(someone)
	w.equal("given back", int64(250), b.Available)
	if grace := b.NextExpiry.Sub(w.now).Hours() / 24; grace < 30 || grace > 31 {
		t.Fatalf("given back until %s, %.1f days from %s", b.NextExpiry, grace, w.now)
	}
	w.provesItself(someone)
}

// TestCapturedHoldPaysForOrder: points set aside at the checkout pay with the order,
// and come back with it.
func TestCapturedHoldPaysForOrder(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, shop())
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	if _, err := w.program.Hold(ctx, loyalty.Redemption{ID: "h", Member: someone, Points: 300}, w.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.equal("available while held", int64(200), w.balance(someone).Available)
	r := w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "10", 1), Spend: &loyalty.Spend{Hold: "h"}})
	w.equal("spent", int64(300), r.Spent)
	w.equal("balance", int64(210), w.balance(someone).Available)
	w.process(loyalty.Event{ID: "back", Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{Order: "o"}})
	w.equal("after the return", int64(500), w.balance(someone).Available)
	if _, err := w.program.Release(ctx, "h", loyalty.Redemption{ID: "late", Member: someone}); !errors.Is(err, ledger.ErrHoldCaptured) {
		t.Fatalf("got %v", err)
	}
	w.provesItself(someone)
}

// TestReturnedLineTakesItsShare: each line takes back what fell on it, and nothing of
// what fell on the others.
func TestReturnedLineTakesItsShare(t *testing.T) {
	order := &rules.Order{ID: "o", Total: dec("110"), Lines: []rules.Line{
		{ID: "mug", Category: "kitchen", Quantity: dec("1"), Amount: dec("0")}, // a gift, on which nothing falls
		{ID: "novel", Category: "books", Quantity: dec("2"), Amount: dec("10")},
		{ID: "spade", Category: "garden", Quantity: dec("1"), Amount: dec("100")},
	}}
	// On a Thursday: 110 base points; 6 for two books; half of 100 for the garden; 25
	// for a big order, by cost 2.27 and 22.73, so 2 and 23; 2 stars for 110.00 in
	// blocks of 40, by cost 0.18 and 1.82, so 0 and 2.
	for _, c := range []struct {
		line, quantity string
		want           map[string]int64 // taken back, by rule
	}{
		{"mug", "1", map[string]int64{}},
		{"novel", "1", map[string]int64{"base": 5, "book": 3, "big": 1}},
		{"novel", "2", map[string]int64{"base": 10, "book": 6, "big": 2}},
		{"spade", "1", map[string]int64{"base": 100, "spring": 50, "big": 23, "stars": 2}},
	} {
		w := newWorld(t, shop())
		w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
		w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: order})
		r := w.process(loyalty.Event{ID: "back", Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{
			Order: "o", Lines: []loyalty.ReturnLine{{Line: c.line, Quantity: dec(c.quantity)}},
		}})
		got := map[string]int64{}
		for _, a := range r.Taken {
			got[a.Rule] = a.Points
			for _, s := range a.Lines {
				w.equal("line of "+a.Rule, c.line, s.Line)
			}
		}
		w.equal("taken for "+c.quantity+" "+c.line, c.want, got)
		w.provesItself(someone)
	}
}
