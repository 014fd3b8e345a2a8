package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// oneLine is an order of one line.
func oneLine(id, amount string, quantity int64) *rules.Order {
	return &rules.Order{ID: id, Total: dec(amount), Lines: []rules.Line{
		{ID: "1", SKU: "mug", Category: "kitchen", Quantity: decimal.NewFromInt(quantity), Amount: dec(amount)},
	}}
}

// TestBadInput: each bad event is a typed error that names the field, nothing is
// written, and the event's ID stays free for the event as it should have been.
func TestBadInput(t *testing.T) {
	manyLines := oneLine("o", "0", 1)
	for i := range rules.MaxLines {
		manyLines.Lines = append(manyLines.Lines, rules.Line{ID: fmt.Sprint("x", i), Quantity: dec("1")})
	}
	withOrder := func(change func(*rules.Order)) loyalty.Event {
		o := oneLine("o", "10.00", 2)
		change(o)
		return loyalty.Event{Type: loyalty.TypeOrder, Order: o}
	}
	refund := func(order string, lines ...loyalty.ReturnLine) loyalty.Event {
		return loyalty.Event{Type: loyalty.TypeRefund, Refund: &loyalty.Refund{Order: order, Lines: lines}}
	}
	for _, c := range []struct {
		rule  string
		event loyalty.Event
		field string // of the InvalidError; "" when another error is meant
		is    error
	}{
		{"an order comes with its order", loyalty.Event{Type: loyalty.TypeOrder}, "order", nil},
		{"an order has a number", withOrder(func(o *rules.Order) { o.ID = "" }), "order.id", nil},
		{"lines sum to the total", withOrder(func(o *rules.Order) { o.Total = dec("10.01") }), "order.total", nil},
		{"a quantity is above zero", withOrder(func(o *rules.Order) { o.Lines[0].Quantity = dec("0") }), "order.lines[0].quantity", nil},
		{"an amount is not negative", withOrder(func(o *rules.Order) { o.Lines[0].Amount, o.Total = dec("-10"), dec("-10") }), "order.lines[0].amount", nil},
		{"a huge exponent is refused unseen", withOrder(func(o *rules.Order) { o.Lines[0].Amount = decimal.New(1, 1<<30) }), "order.lines[0].amount", nil},
		{"a tiny exponent too", withOrder(func(o *rules.Order) { o.Lines[0].Amount = decimal.New(1, -1<<31) }), "order.lines[0].amount", nil},
		{"a discount is no more than the amount", withOrder(func(o *rules.Order) { o.Lines[0].Discount = dec("11"); o.Total = dec("-1") }), "order.lines[0].discount", nil},
		{"line ids are unique", withOrder(func(o *rules.Order) {
			o.Lines = append(o.Lines, rules.Line{ID: "1", Quantity: dec("1")})
		}), "order.lines[1].id", nil},
		{"10,001 lines are too many", loyalty.Event{Type: loyalty.TypeOrder, Order: manyLines}, "order.lines", nil},
		{"an order goes with an order event", loyalty.Event{Type: loyalty.TypeCheckIn, Order: oneLine("o", "1", 1)}, "order", nil},
		{"spending goes with an order", loyalty.Event{Type: loyalty.TypeCheckIn, Spend: &loyalty.Spend{Points: 1}}, "spend", nil},
		{"spent points are above zero", loyalty.Event{Type: loyalty.TypeOrder, Order: oneLine("o", "1", 1), Spend: &loyalty.Spend{}}, "spend.points", nil},
		{"no member spends what they have not", loyalty.Event{Type: loyalty.TypeOrder, Order: oneLine("o", "1", 1), Spend: &loyalty.Spend{Points: 511}}, "", ledger.ErrInsufficientPoints},
		{"nor captures a hold that is not there", loyalty.Event{Type: loyalty.TypeOrder, Order: oneLine("o", "1", 1), Spend: &loyalty.Spend{Hold: "h"}}, "", ledger.ErrHoldNotFound},
		{"a refund comes with its refund", loyalty.Event{Type: loyalty.TypeRefund}, "refund", nil},
		{"a refund names its order", refund(""), "refund.order", nil},
		{"that the member made", refund("other"), "", loyalty.ErrUnknownOrder},
		{"and lines of it", refund("bought", loyalty.ReturnLine{Line: "9", Quantity: dec("1")}), "refund.lines[0].line", nil},
		{"each once", refund("bought", loyalty.ReturnLine{Line: "1", Quantity: dec("1")}, loyalty.ReturnLine{Line: "1", Quantity: dec("1")}), "refund.lines[1].line", nil},
		{"with a quantity", refund("bought", loyalty.ReturnLine{Line: "1"}), "refund.lines[0].quantity", nil},
		{"that can be", refund("bought", loyalty.ReturnLine{Line: "1", Quantity: decimal.New(1, 1<<30)}), "refund.lines[0].quantity", nil},
		{"no more than was bought", refund("bought", loyalty.ReturnLine{Line: "1", Quantity: dec("2.000001")}), "", loyalty.ErrReturnExceeds},
		{"an event is not of the future", loyalty.Event{Type: loyalty.TypeCheckIn, Time: newYear.Add(6 * time.Minute)}, "time", nil},
		{"nor later than allowed", loyalty.Event{Type: loyalty.TypeCheckIn, Time: newYear.AddDate(0, 0, -32)}, "time", nil},
		{"an event has a type", loyalty.Event{}, "type", nil},
		{"an event has an id", loyalty.Event{ID: "-", Type: loyalty.TypeCheckIn}, "id", nil},
		{"not one of the ledger's", loyalty.Event{ID: "~tick/1", Type: loyalty.TypeCheckIn}, "id", nil},
		{"of no more than 200 bytes", loyalty.Event{ID: strings.Repeat("x", 201), Type: loyalty.TypeCheckIn}, "id", nil},
		{"nor one of the programme's", loyalty.Event{ID: "loyalty/referral/1", Type: loyalty.TypeCheckIn}, "id", nil},
		{"a claim's record is no member", loyalty.Event{Member: "claim/1", Type: loyalty.TypeCheckIn}, "member", nil},
		{"nor is a budget's", loyalty.Event{Member: "budget/spring/0", Type: loyalty.TypeCheckIn}, "member", nil},
		{"a referral comes about, it is not sent", loyalty.Event{Type: loyalty.TypeInviter}, "type", nil},
		{"on neither side", loyalty.Event{Type: loyalty.TypeInvited}, "type", nil},
		{"an inviter is a member", loyalty.Event{Type: loyalty.TypeCheckIn, Inviter: "claim/1"}, "inviter", nil},
		{"with a name of some length", loyalty.Event{Type: loyalty.TypeCheckIn, Inviter: strings.Repeat("x", 201)}, "inviter", nil},
		{"where there is a referral", loyalty.Event{Type: loyalty.TypeCheckIn, Inviter: "other"}, "inviter", nil},
		{"a claim has a name", loyalty.Event{Type: loyalty.TypeCheckIn, Claims: []string{"a", ""}}, "claims[1]", nil},
		{"of some length", loyalty.Event{Type: loyalty.TypeCheckIn, Claims: []string{strings.Repeat("x", 195)}}, "claims[0]", nil},
		{"and is made once", loyalty.Event{Type: loyalty.TypeCheckIn, Claims: []string{"a", "b", "a"}}, "claims[2]", nil},
		{"among no more than ten", loyalty.Event{Type: loyalty.TypeCheckIn, Claims: make([]string, 11)}, "claims", nil},
		{"an event has a member", loyalty.Event{Member: "-", Type: loyalty.TypeCheckIn}, "member", nil},
		{"a member signs up first", loyalty.Event{Member: "stranger", Type: loyalty.TypeCheckIn}, "", loyalty.ErrUnknownMember},
		{"and once", loyalty.Event{Type: loyalty.TypeSignUp}, "", loyalty.ErrAlreadyMember},
		{"a birthday is a day", loyalty.Event{Type: "profile", Profile: &loyalty.Profile{Birthday: calendar.Yearly{Month: 2, Day: 30}}}, "profile.birthday", nil},
		{"an order is awarded once, whatever the event's id", loyalty.Event{Type: loyalty.TypeOrder, Order: oneLine("bought", "1", 1)}, "", ledger.ErrReferenceUsed},
		{"an id is used once", loyalty.Event{ID: "join", Type: loyalty.TypeCheckIn}, "", ledger.ErrKeyReused},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, shop())
			w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
			w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("bought", "10.00", 2)})
			before := w.record(someone)
			e := c.event
			switch e.ID {
			case "":
				e.ID = "bad"
			case "-":
				e.ID = ""
			}
			switch e.Member {
			case "":
				e.Member = someone
			case "-":
				e.Member = ""
			}
			_, err := w.program.Process(context.Background(), e)
			want := c.is
			if want == nil {
				want = loyalty.ErrInvalid
				if bad, ok := errors.AsType[*loyalty.InvalidError](err); !ok || bad.Field != c.field {
					t.Fatalf("got %v, want the field %q named", err, c.field)
				}
			}
			if !errors.Is(err, want) {
				t.Fatalf("got %v, want %v", err, want)
			}
			w.equal("record", before, w.record(someone))
			if len(w.store.Owners()) != 1 {
				t.Fatalf("owners: %v", w.store.Owners())
			}
			if e.ID == "bad" {
				w.process(loyalty.Event{ID: "bad", Type: loyalty.TypeCheckIn, Member: someone})
			}
		})
	}
}

func TestReturnErrorHasNumbers(t *testing.T) {
	w := newWorld(t, shop())
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "10.00", 3)})
	back := func(id, quantity string) error {
		_, err := w.program.Process(context.Background(), loyalty.Event{ID: id, Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{
			Order: "o", Lines: []loyalty.ReturnLine{{Line: "1", Quantity: dec(quantity)}},
		}})
		return err
	}
	if err := back("first", "2"); err != nil {
		t.Fatal(err)
	}
	err := back("second", "1.5")
	got, ok := errors.AsType[*loyalty.ReturnError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	w.equal("error", &loyalty.ReturnError{Order: "o", Line: "1", Bought: dec("3"), Returned: dec("2"), Asked: dec("1.5")}, got)
	if err := back("rest", "1"); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*loyalty.Refund{{Order: "o"}, {Order: "o", Lines: []loyalty.ReturnLine{{Line: "1", Quantity: dec("1")}}}} {
		_, err := w.program.Process(context.Background(), loyalty.Event{ID: "again", Type: loyalty.TypeRefund, Member: someone, Refund: r})
		if !errors.Is(err, loyalty.ErrReturnExceeds) {
			t.Fatalf("got %v for an order that was returned as a whole", err)
		}
	}
}

// TestBadDefinition: all problems are reported at once, each with its path.
func TestBadDefinition(t *testing.T) {
	_, err := loyalty.New(loyalty.Config{Program: loyalty.Definition{
		Zone: "Europe/Berlim", PointValue: dec("-1"), Clawback: "never", LateDays: -1,
		Validity: calendar.Validity{Days: -1},
		Referral: &loyalty.Referral{Orders: 1, EveryOrder: true, MinAmount: dec("0.0000001"), WithinDays: -1, LinkDays: 36_601},
		Tiers:    tier.Definition{Zone: "Asia/Tokyo", Tiers: []tier.Tier{{ID: "bronze", Threshold: 5}}},
		Rules: rules.Definition{Rules: []rules.Rule{
			{ID: "base", Trigger: "order", Effect: rules.Effect{Kind: rules.Rate, Points: 1}},
		}},
	}})
	if err == nil {
		t.Fatal("a definition with many problems was accepted")
	}
	contains(t, err.Error(), "store: ", "zone: ", "Europe/Berlim", "point_value: ", "clawback: ", "late_days: ", "validity: ",
		"tiers.zone: ", "tiers", "rules[0].effect.per",
		"referral.every_order: ", "referral.min_amount: ", "referral.within_days: ", "referral.link_days: ")
	if !errors.Is(err, loyalty.ErrInvalid) || !errors.Is(err, rules.ErrDefinition) || !errors.Is(err, tier.ErrInvalid) {
		t.Fatalf("lost a cause: %v", err)
	}
	if _, err := loyalty.New(loyalty.Config{Store: memory.New()}); err != nil {
		t.Fatalf("the zero definition: %v", err)
	}
}

// TestTierRuleIDIsTaken: a rule of the host's may not pass for a tier's acceleration.
func TestTierRuleIDIsTaken(t *testing.T) {
	def := shop()
	def.Rules.Rules[0].ID = loyalty.TierRule("gold")
	_, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: def})
	if err == nil {
		t.Fatal("two rules of one id")
	}
	contains(t, err.Error(), "tier/gold")
}

// TestBadRedemption: so is each bad redemption.
func TestBadRedemption(t *testing.T) {
	for _, c := range []struct {
		rule  string
		r     loyalty.Redemption
		field string // of the ledger's InvalidError; "" when another error is meant
		is    error
	}{
		{"points are above zero", loyalty.Redemption{ID: "r", Member: someone}, "points", nil},
		{"and not below", loyalty.Redemption{ID: "r", Member: someone, Points: -5}, "points", nil},
		{"the unit is one the programme has", loyalty.Redemption{ID: "r", Member: someone, Points: 1, Unit: "point"}, "unit", nil},
		{"a redemption has an id", loyalty.Redemption{Member: someone, Points: 1}, "id", nil},
		{"not one of the programme's", loyalty.Redemption{ID: "loyalty/1", Member: someone, Points: 1}, "", loyalty.ErrInvalid},
		{"a redemption has a member", loyalty.Redemption{ID: "r", Points: 1}, "owner", nil},
		{"who has signed up", loyalty.Redemption{ID: "r", Member: "stranger", Points: 1}, "", loyalty.ErrUnknownMember},
		{"and has the points", loyalty.Redemption{ID: "r", Member: someone, Points: 501}, "", ledger.ErrInsufficientPoints},
		{"an id is used once", loyalty.Redemption{ID: "join", Member: someone, Points: 1}, "", ledger.ErrKeyReused},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, shop())
			w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
			before := w.record(someone)
			_, err := w.program.Redeem(context.Background(), c.r)
			want := c.is
			if want == nil {
				want = ledger.ErrInvalid
				if bad, ok := errors.AsType[*ledger.InvalidError](err); !ok || bad.Field != c.field {
					t.Fatalf("got %v, want the field %q named", err, c.field)
				}
			}
			if !errors.Is(err, want) {
				t.Fatalf("got %v, want %v", err, want)
			}
			w.equal("record", before, w.record(someone))
			if len(w.store.Owners()) != 1 {
				t.Fatalf("owners: %v", w.store.Owners())
			}
		})
	}
}
