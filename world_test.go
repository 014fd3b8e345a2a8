package loyalty_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// fataler is what tests and rapid checks have in common.
type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// world is a programme on a store of its own, with a clock the test sets.
type world struct {
	fataler
	store   *memory.Store
	program *loyalty.Program
	now     time.Time
}

var newYear = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

func newWorld(t fataler, def loyalty.Definition) *world {
	t.Helper()
	w := &world{fataler: t, store: memory.New(), now: newYear}
	var err error
	w.program, err = loyalty.New(loyalty.Config{Store: w.store, Program: def, Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return w
}

func (w *world) process(e loyalty.Event) loyalty.Result {
	w.Helper()
	r, err := w.program.Process(context.Background(), e)
	if err != nil {
		w.Fatalf("Process(%s): %v", e.ID, err)
	}
	return r
}

func (w *world) record(member string) ledger.Record {
	w.Helper()
	snap, err := w.store.Load(context.Background(), []string{member}, nil)
	if err != nil {
		w.Fatalf("Load: %v", err)
	}
	return snap.Record(member)
}

func (w *world) history(member string) []ledger.Transaction {
	w.Helper()
	page, err := w.store.History(context.Background(), ledger.Query{Owner: member, Oldest: true, Limit: 1 << 20})
	if err != nil {
		w.Fatalf("History: %v", err)
	}
	return page.Transactions
}

func (w *world) balance(member string) ledger.Balance {
	rec := w.record(member)
	return rec.Account("points").Balance(w.now)
}

func (w *world) equal(what string, want, got any, opts ...cmp.Option) {
	w.Helper()
	if diff := cmp.Diff(want, got, append(opts, cmpopts.EquateEmpty(), cmpopts.EquateComparable(ledger.Hash{}))...); diff != "" {
		w.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// shop is a programme with something of everything: a rate, blocks with carry, a
// bonus per piece and per order, multipliers that stack, limits, a cap, tiers.
func shop() loyalty.Definition {
	return loyalty.Definition{
		Zone:       "Europe/Berlin",
		PointValue: dec("0.01"),
		Validity:   calendar.Validity{Months: 12, EndOf: calendar.Month},
		Rules: rules.Definition{
			Rules: []rules.Rule{
				{ID: "base", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: dec("1.00")}},
				{ID: "stars", Trigger: loyalty.TypeOrder, Unit: "stars", Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: dec("40"), Blocks: true, Carry: true}},
				{ID: "book", Trigger: loyalty.TypeOrder, Lines: rules.Selector{Categories: []string{"books"}}, Effect: rules.Effect{Kind: rules.PerQuantity, Points: 3}},
				{ID: "spring", Trigger: loyalty.TypeOrder, Lines: rules.Selector{Categories: []string{"garden"}}, Effect: rules.Effect{Kind: rules.Multiplier, Factor: dec("1.5")}},
				{ID: "double", Trigger: loyalty.TypeOrder, Window: rules.Window{Slots: []calendar.Slot{{Days: calendar.WeekdaysOf(time.Sunday, time.Monday)}}}, Effect: rules.Effect{Kind: rules.Multiplier, Factor: dec("2")}},
				{ID: "big", Trigger: loyalty.TypeOrder, Phase: rules.PhaseBonus, Lines: rules.Selector{MinAmount: dec("50")}, Effect: rules.Effect{Kind: rules.Fixed, Points: 25}, Limits: []rules.Limit{{Uses: 2, Per: rules.Per(calendar.Week)}}},
				{ID: "welcome", Trigger: loyalty.TypeSignUp, NonQualifying: true, Effect: rules.Effect{Kind: rules.Fixed, Points: 500}},
				{ID: "visit", Trigger: loyalty.TypeCheckIn, Effect: rules.Effect{Kind: rules.Fixed, Points: 1}, Limits: []rules.Limit{{Uses: 1, Per: rules.Per(calendar.Day)}}},
			},
			Caps: []rules.Cap{{ID: "monthly", Points: 900, Per: rules.Per(calendar.Month)}},
		},
		Tiers: tier.Definition{Period: calendar.Year, Tiers: []tier.Tier{
			{ID: "bronze"}, {ID: "silver", Threshold: 200, Multiplier: dec("1.2")}, {ID: "gold", Threshold: 800, Multiplier: dec("2")},
		}},
	}
}

// orders draws an order whose parts add up.
func drawOrder(t *rapid.T, id string) *rules.Order {
	o := &rules.Order{ID: id}
	for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
		amount := decimal.New(rapid.Int64Range(0, 9000).Draw(t, "amount"), -2)
		l := rules.Line{
			ID: fmt.Sprint(i + 1), SKU: rapid.SampledFrom([]string{"spade", "novel", "mug"}).Draw(t, "sku"),
			Category: rapid.SampledFrom([]string{"garden/tools", "books", "kitchen"}).Draw(t, "category"),
			Quantity: decimal.NewFromInt(rapid.Int64Range(1, 4).Draw(t, "quantity")), Amount: amount,
		}
		if rapid.Bool().Draw(t, "discounted") {
			l.Discount = amount.Mul(decimal.New(rapid.Int64Range(0, 100).Draw(t, "percent"), -2)).Truncate(2)
		}
		o.Lines = append(o.Lines, l)
		o.Total = o.Total.Add(l.Net())
	}
	o.Shipping = decimal.New(rapid.SampledFrom([]int64{0, 490}).Draw(t, "shipping"), -2)
	o.Total = o.Total.Add(o.Shipping)
	return o
}

// drawReturn draws some of what is left of an order, and takes it off left.
func drawReturn(t *rapid.T, order string, left map[string]decimal.Decimal) *loyalty.Refund {
	r := &loyalty.Refund{Order: order}
	for i := range 5 {
		line := fmt.Sprint(i + 1)
		q := left[line].IntPart()
		if q == 0 {
			continue
		}
		if n := rapid.Int64Range(0, q).Draw(t, "back"); n > 0 {
			r.Lines = append(r.Lines, loyalty.ReturnLine{Line: line, Quantity: decimal.NewFromInt(n)})
			left[line] = left[line].Sub(decimal.NewFromInt(n))
		}
	}
	return r
}

func quantities(o *rules.Order) map[string]decimal.Decimal {
	left := map[string]decimal.Decimal{}
	for _, l := range o.Lines {
		left[l.ID] = l.Quantity
	}
	return left
}

// life draws what may happen to a member over some months, and lets it.
type life struct {
	*world
	t      *rapid.T
	n      int
	orders []*rules.Order
	left   map[string]map[string]decimal.Decimal
	events []loyalty.Event
	// results are what the events came to, one for each.
	results []loyalty.Result
}

const someone = "m-1"

func newLife(t *rapid.T, w *world) *life {
	l := &life{world: w, t: t, left: map[string]map[string]decimal.Decimal{}}
	l.do(loyalty.Event{Type: loyalty.TypeSignUp})
	return l
}

func (l *life) do(e loyalty.Event) loyalty.Result {
	l.n++
	e.ID, e.Member, e.Time = fmt.Sprint("e-", l.n), someone, l.now
	r := l.process(e)
	l.events, l.results = append(l.events, e), append(l.results, r)
	return r
}

func (l *life) order() *rules.Order {
	o := drawOrder(l.t, fmt.Sprint("o-", len(l.orders)+1))
	e := loyalty.Event{Type: loyalty.TypeOrder, Order: o}
	if has := l.balance(someone).Available; has > 0 && rapid.Bool().Draw(l.t, "spends") {
		e.Spend = &loyalty.Spend{Points: rapid.Int64Range(1, has).Draw(l.t, "points")}
	}
	l.orders = append(l.orders, o)
	l.left[o.ID] = quantities(o)
	l.do(e)
	return o
}

func (l *life) step() {
	l.now = l.now.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(l.t, "hours")) * time.Hour)
	switch rapid.IntRange(0, 6).Draw(l.t, "what") {
	case 0, 1:
		l.order()
	case 2:
		if len(l.orders) > 0 {
			o := rapid.SampledFrom(l.orders).Draw(l.t, "order")
			if r := drawReturn(l.t, o.ID, l.left[o.ID]); len(r.Lines) > 0 {
				l.do(loyalty.Event{Type: loyalty.TypeRefund, Refund: r})
			}
		}
	case 3:
		l.do(loyalty.Event{Type: loyalty.TypeCheckIn})
	case 4:
		l.redeem()
	case 5:
		l.n++
		hold := loyalty.Redemption{ID: fmt.Sprint("h-", l.n), Member: someone, Points: 1}
		if l.balance(someone).Available > 0 {
			if _, err := l.program.Hold(context.Background(), hold, l.now.Add(time.Hour)); err != nil {
				l.Fatalf("Hold: %v", err)
			}
		}
	case 6:
		if _, err := l.program.Sweep(context.Background()); err != nil {
			l.Fatalf("Sweep: %v", err)
		}
	}
}

func (l *life) redeem() {
	has := l.balance(someone).Available
	if has == 0 {
		return
	}
	l.n++
	r := loyalty.Redemption{ID: fmt.Sprint("r-", l.n), Member: someone, Points: rapid.Int64Range(1, has).Draw(l.t, "points")}
	if _, err := l.program.Redeem(context.Background(), r); err != nil {
		l.Fatalf("Redeem: %v", err)
	}
}

// live runs some steps.
func (l *life) live(steps int) {
	for range rapid.IntRange(0, steps).Draw(l.t, "steps") {
		l.step()
	}
}

// law runs a property over a life in the shop.
func law(t *testing.T, check func(*rapid.T, *life)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) { check(t, newLife(t, newWorld(t, shop()))) })
}

func contains(t fataler, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Fatalf("%q is missing from:\n%s", p, text)
		}
	}
}
