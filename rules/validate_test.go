package rules

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

func TestEventProblems(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	tests := []struct {
		rule  string // that is tested
		spoil func(*Event)
		want  string
	}{
		{"an ID is bounded", func(e *Event) { e.ID = long }, "id: is longer than 200 bytes"},
		{"a type is there", func(e *Event) { e.Type = "" }, "type: is missing"},
		{"a type is bounded", func(e *Event) { e.Type = long }, "type: is longer than 200 bytes"},
		{"a time is there", func(e *Event) { e.Time = time.Time{} }, "time: is missing"},
		{"a time is of our era", func(e *Event) { e.Time = e.Time.AddDate(-3000, 0, 0) }, "time: is in the year -974: years are 1 to 9000"},
		{"and not of the far future", func(e *Event) { e.Time = e.Time.AddDate(8000, 0, 0) }, "time: is in the year 10026: years are 1 to 9000"},
		{"a channel is bounded", func(e *Event) { e.Channel = long }, "channel: is longer than 200 bytes"},
		{"a store is bounded", func(e *Event) { e.Store = long }, "store: is longer than 200 bytes"},
		{"a member's ID is bounded", func(e *Event) { e.Member.ID = long }, "member.id: is longer than 200 bytes"},
		{"a tier is bounded", func(e *Event) { e.Member.Tier = long }, "member.tier: is longer than 200 bytes"},
		{"segments are at most 100", func(e *Event) { e.Member.Segments = make([]string, 101) }, "member.segments: are 101, more than the 100 allowed"},
		{"a segment is bounded", func(e *Event) { e.Member.Segments = []string{"a", long} }, "member.segments[1]: is longer than 200 bytes"},
		{"a birthday is a day of the year", func(e *Event) { e.Member.Birthday = calendar.Yearly{Month: 2, Day: 30} }, "member.birthday: is not a day of the year"},
		{"a day of joining is a date", func(e *Event) { e.Member.Joined = calendar.Date{Year: 2025, Month: 2, Day: 29} }, "member.joined: is not a date"},
		{"orders are counted upwards", func(e *Event) { e.Member.Orders = -1 }, "member.orders: is negative"},

		{"an order's ID is bounded", func(e *Event) { e.Order.ID = long }, "order.id: is longer than 200 bytes"},
		{"an order has lines", func(e *Event) { e.Order.Lines = nil }, "order.lines: are missing: an order has at least one"},
		{"lines are at most 10,000", func(e *Event) { e.Order.Lines = make([]Line, 10_001) }, "order.lines: are 10001, more than the 10000 allowed"},
		{"a line has an ID", func(e *Event) { e.Order.Lines[1].ID = "" }, "order.lines[1].id: is missing"},
		{"line IDs are unique", func(e *Event) { e.Order.Lines[1].ID = "1" }, `order.lines[1].id: is "1", like that of lines[0]`},
		{"an SKU is bounded", func(e *Event) { e.Order.Lines[0].SKU = long }, "order.lines[0].sku: is longer than 200 bytes"},
		{"a category is bounded", func(e *Event) { e.Order.Lines[0].Category = long }, "order.lines[0].category: is longer than 200 bytes"},
		{"a brand is bounded", func(e *Event) { e.Order.Lines[0].Brand = long }, "order.lines[0].brand: is longer than 200 bytes"},
		{"labels are at most 50", func(e *Event) { e.Order.Lines[0].Labels = make([]string, 51) }, "order.lines[0].labels: are 51, more than the 50 allowed"},
		{"a label is bounded", func(e *Event) { e.Order.Lines[0].Labels = []string{long} }, "order.lines[0].labels[0]: is longer than 200 bytes"},
		{"a quantity is above zero", func(e *Event) { e.Order.Lines[1].Quantity = dec("0") }, "order.lines[1].quantity: must be above zero"},
		{"a quantity is not negative", func(e *Event) { e.Order.Lines[1].Quantity = dec("-1") }, "order.lines[1].quantity: is negative"},
		{"an amount is not negative", func(e *Event) { e.Order.Lines[1].Amount = dec("-0.01") }, "order.lines[1].amount: is negative"},
		{"an amount has at most 6 decimals", func(e *Event) { e.Order.Lines[1].Amount = dec("0.0000001") }, "order.lines[1].amount: has more than 6 decimals"},
		{"an amount is below 10^12", func(e *Event) { e.Order.Lines[1].Amount = dec("1000000000000") }, "order.lines[1].amount: must be below 10^12"},
		{"10^(2^30) is never written out", func(e *Event) { e.Order.Lines[1].Amount = decimal.New(1, 1<<30) }, "order.lines[1].amount: must be below 10^12"},
		{"nor is the smallest exponent", func(e *Event) { e.Order.Lines[1].Amount = decimal.New(1, math.MinInt32) }, "order.lines[1].amount: has more than 6 decimals"},
		{"a discount is at most the amount", func(e *Event) { e.Order.Lines[0].Discount = dec("60.01") }, "order.lines[0].discount: is 60.01, more than the amount: 60"},
		{"a discount is not negative", func(e *Event) { e.Order.Lines[0].Discount = dec("-1") }, "order.lines[0].discount: is negative"},
		{"tax is within what is paid", func(e *Event) { e.Order.Lines[0].Discount, e.Order.Lines[0].Tax = dec("10"), dec("50.5") }, "order.lines[0].tax: is 50.5, more than the amount after discount: 50"},
		{"tax is not negative", func(e *Event) { e.Order.Lines[0].Tax = dec("-1") }, "order.lines[0].tax: is negative"},
		{"the lines' sum is below 10^12", func(e *Event) {
			e.Order.Lines[0].Amount, e.Order.Lines[1].Amount = dec("600000000000"), dec("400000000000")
		}, "order.lines: sum to 10^12 or more"},
		{"so is the quantities'", func(e *Event) {
			e.Order.Lines[0].Quantity, e.Order.Lines[1].Quantity = dec("600000000000"), dec("400000000000")
		}, "order.lines: sum to 10^12 or more"},
		{"so is the sum with shipping", func(e *Event) { e.Order.Lines[0].Amount, e.Order.Shipping = dec("600000000000"), dec("400000000000") }, "order.lines: sum to 10^12 or more with the shipping"},
		{"shipping is not negative", func(e *Event) { e.Order.Shipping = dec("-1") }, "order.shipping: is negative"},
		{"shipping tax is within shipping", func(e *Event) { e.Order.ShippingTax = dec("1") }, "order.shipping_tax: is 1, more than the shipping: 0"},
		{"the discount is at most what it is taken off", func(e *Event) { e.Order.Discount, e.Order.Shipping = dec("105.01"), dec("5") }, "order.discount: is 105.01, more than the lines and shipping: 105"},
		{"the parts add up to the total", func(e *Event) { e.Order.Total = dec("100.01") }, "order.total: is 100.01, but lines, shipping and discount add up to 100"},
		{"a lost cent is noticed", func(e *Event) { e.Order.Discount, e.Order.Total = dec("0.01"), dec("100") }, "order.total: is 100, but lines, shipping and discount add up to 99.99"},
		{"no more is paid in points than is owed", func(e *Event) { e.Order.PaidInPoints = dec("100.5") }, "order.paid_in_points: is 100.5, more than the total: 100"},
		{"nor with a gift card besides", func(e *Event) { e.Order.PaidInPoints, e.Order.PaidByGiftCard = dec("60"), dec("41") }, "order.paid_by_gift_card: is 41, more than what of the total is not paid in points: 40"},
	}
	set := mustCompile(t, sound())
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			ev := orderOf(item("1", "60"), item("2", "40"))
			tt.spoil(ev)
			_, err := set.Evaluate(ev, nil, Options{})
			eventError, ok := errors.AsType[*EventError](err)
			if !ok || !errors.Is(err, ErrEvent) {
				t.Fatalf("Evaluate: %v, want an EventError", err)
			}
			if got := eventError.Field + ": " + eventError.Reason; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if validated := ev.Validate(); validated == nil || validated.Error() != err.Error() {
				t.Errorf("Validate says %v, Evaluate %v", validated, err)
			}
			if field, ok := strings.CutPrefix(tt.want, "order."); ok {
				if got := ev.Order.Validate(); got == nil || got.Error() != "rules: "+field {
					t.Errorf("Order.Validate says %v", got)
				}
			}
		})
	}
}

func TestEventLimitsAreInclusive(t *testing.T) {
	ev := orderOf(make([]Line, MaxLines)...)
	for i := range ev.Order.Lines {
		ev.Order.Lines[i] = item(fmt.Sprint(i), "0.01")
	}
	ev.Order.Lines[0].Amount = dec("999999999000")
	ev.Order.Lines[1].Labels = make([]string, MaxLabels)
	ev.Member.Segments = make([]string, MaxSegments)
	ev.ID = strings.Repeat("x", MaxText)
	fit(ev.Order)
	if err := ev.Validate(); err != nil {
		t.Error(err)
	}
	ev.Order.Lines[MaxLines-1].ID = "0"
	if err := ev.Validate(); err == nil || err.Error() != `rules: order.lines[9999].id: is "0", like that of lines[0]` {
		t.Error(err)
	}
}

func TestNoEvent(t *testing.T) {
	_, err := mustCompile(t, sound()).Evaluate(nil, nil, Options{})
	if !errors.Is(err, ErrEvent) {
		t.Error(err)
	}
}

func TestUsageOutOfRange(t *testing.T) {
	d := sound()
	d.Rules[0].Effect.Carry = true
	use := Usage{"carry/base": {Carry: decimal.New(1, 1<<30)}}
	_, err := mustCompile(t, d).Evaluate(orderOf(item("1", "1")), use, Options{})
	if want := `rules: usage["carry/base"].carry: must be below 10^12`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAwardBeyondCounting(t *testing.T) {
	tests := []struct {
		rule  string // that is tested
		rules []Rule
		want  string
	}{
		{"one award is at most 10^15", []Rule{{ID: "a", Trigger: "order", Effect: Effect{Kind: Rate, Points: MaxPoints, Per: dec("0.000001")}}},
			`rules: order: would be awarded more than 10^15 points by rule "a"`},
		{"so are lines together", []Rule{{ID: "a", Trigger: "order", Effect: Effect{Kind: PerQuantity, Points: MaxPoints, PerLine: true}}},
			`rules: order: would be awarded more than 10^15 points by rule "a"`},
		{"so is what multipliers make", []Rule{fixedRule("f", MaxPoints), multiplierRule("m", "1000"), multiplierRule("n", "1000")},
			`rules: order: would be awarded more than 10^15 points by rule "m"`},
		{"so is the sum", []Rule{fixedRule("f", MaxPoints), multiplierRule("m", "1000"), {ID: "z", Trigger: "order", Effect: Effect{Kind: Fixed, Points: 1}, Phase: PhaseBonus}},
			`rules: order: would be awarded more than 10^15 points by rule "z"`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			line := item("1", "1000")
			line.Quantity = dec("100000")
			_, err := mustCompile(t, Definition{Rules: tt.rules}).Evaluate(orderOf(line, item("2", "1")), nil, Options{})
			if !errors.Is(err, ErrEvent) || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
