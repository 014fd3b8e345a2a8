package rulestest

import (
	"maps"
	"slices"

	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// sample is one input for a law: events of one member, and what the law does to them.
type sample struct {
	events []*rules.Event // in the order in which they are decided
	before state          // the first

	turn     int         // which of many orders: 0 is the plain one
	line     int         // the line that is split, or that costs more
	amount   int64       // millionths: split off, or added
	quantity int64       // millionths: split off, or added
	extra    *rules.Line // the line that is added, instead of one that costs more
}

func (s *sample) clone() *sample {
	c := *s
	c.events = make([]*rules.Event, len(s.events))
	for i, ev := range s.events {
		c.events[i] = cloneEvent(ev)
	}
	c.before = s.before.clone()
	if s.extra != nil {
		extra := cloneLine(*s.extra)
		c.extra = &extra
	}
	return &c
}

// state is what an event finds: what the member had, and what is left of budgets and
// stocks. Of those that are not in funds nothing was taken yet.
type state struct {
	use   rules.Usage
	funds rules.Funds
}

func (s state) clone() state { return state{s.use.Clone(), s.funds.Clone()} }

func cloneEvent(ev *rules.Event) *rules.Event {
	c := *ev
	m := &c.Member
	m.Segments, m.Interests = slices.Clone(m.Segments), slices.Clone(m.Interests)
	m.Attributes, c.Attributes = maps.Clone(m.Attributes), maps.Clone(c.Attributes)
	if ev.Order != nil {
		order := *ev.Order
		order.Lines = slices.Clone(order.Lines)
		for i := range order.Lines {
			order.Lines[i] = cloneLine(order.Lines[i])
		}
		c.Order = &order
	}
	return &c
}

func cloneLine(l rules.Line) rules.Line {
	l.Labels = slices.Clone(l.Labels)
	return l
}

// micros returns an amount that came from money, in millionths.
func micros(d decimal.Decimal) int64 {
	m, _ := rules.Micros(d)
	return m
}

// money returns millionths as an amount, without zeros at its end.
func money(m int64) decimal.Decimal {
	exp := int32(-rules.MaxDecimals)
	for exp < 0 && m%10 == 0 {
		m /= 10
		exp++
	}
	return decimal.New(m, exp)
}

// fit makes an order's totals agree with its lines, whatever they were before.
func fit(o *rules.Order) {
	owed := micros(o.Shipping)
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Discount = money(min(micros(l.Discount), micros(l.Amount)))
		net := micros(l.Amount) - micros(l.Discount)
		l.Tax = money(min(micros(l.Tax), net))
		owed += net
	}
	o.ShippingTax = money(min(micros(o.ShippingTax), micros(o.Shipping)))
	o.Discount = money(min(micros(o.Discount), owed))
	owed -= micros(o.Discount)
	o.Total = money(owed)
	o.PaidInPoints = money(min(micros(o.PaidInPoints), owed))
	o.PaidByGiftCard = money(min(micros(o.PaidByGiftCard), owed-micros(o.PaidInPoints)))
}

// freeID returns an ID that none of the lines has.
func freeID(lines []rules.Line, like string) string {
	taken := map[string]bool{}
	for i := range lines {
		taken[lines[i].ID] = true
	}
	for taken[like] {
		like += "b"
	}
	return like
}

// sortedKeys returns a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
