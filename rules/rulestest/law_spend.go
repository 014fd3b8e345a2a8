package rulestest

import (
	"fmt"

	"github.com/loyaltykit/loyalty/rules"
)

// twistSpend draws what is bought beyond the order: a line's price or quantity goes
// up, or a line is added.
func twistSpend(d *drawer, s *sample) {
	o := s.events[0].Order
	if o == nil {
		return
	}
	switch d.index(6) {
	default: // a higher price
		s.line = d.upTo(0, len(o.Lines)-1)
		s.amount = d.rise(o, &o.Lines[s.line])
	case 4: // more of it, at the same price
		s.line = d.upTo(0, len(o.Lines)-1)
		l := &o.Lines[s.line]
		times := int64(d.upTo(1, 9))
		if m := micros(l.Amount); m > 0 && m < maxDrawn {
			s.amount = times * m
		}
		s.quantity = times * micros(l.Quantity)
	case 5:
		l := d.drawLine(freeID(o.Lines, fmt.Sprint(len(o.Lines)+1)))
		s.extra = &l
	}
}

// spendMore returns the event with more bought, or nil when that is nothing.
func (s *sample) spendMore() *rules.Event {
	ev := cloneEvent(s.events[0])
	switch o := ev.Order; {
	case o == nil:
		return nil
	case s.extra != nil:
		o.Lines = append(o.Lines, cloneLine(*s.extra))
	case s.line >= len(o.Lines) || s.amount < 0 || s.quantity < 0 || s.amount+s.quantity == 0:
		return nil
	default:
		l := &o.Lines[s.line]
		l.Amount = money(micros(l.Amount) + s.amount)
		l.Quantity = money(micros(l.Quantity) + s.quantity)
	}
	fit(ev.Order)
	if ev.Validate() != nil {
		return nil
	}
	return ev
}

// checkSpend compares what an order earns with what it earns when more is bought.
func checkSpend(sub *subject, s *sample) *breach {
	then := s.spendMore()
	if then == nil {
		return nil
	}
	a, b := sub.evaluated("order", s.events[0], s.before), sub.evaluated("with more", then, s.before)
	if a.err != nil || b.err != nil {
		return nil // told by the law of awards
	}
	before, after := a.worth(), b.worth()
	for _, unit := range sortedKeys(before) {
		lost := before[unit] - after[unit]
		if lost <= 0 || b.cutByBudget() { // what is left of a budget may pay for something else first
			continue
		}
		out := &breach{
			what:  fmt.Sprintf("%s lowers the order's %s from %s to %s", s.spending(then), unit, worthText(unit, before[unit]), worthText(unit, after[unit])),
			event: s.events[0], then: then, before: s.before, sides: []outcome{a, b}, causal: true,
		}
		if r := sub.rounded(unit, then.Order, &a, &b); r.by != "" && lost <= r.most {
			out.rules = []string{r.by}
			out.note = fmt.Sprintf("spending more may cost up to %s by rounding: %s", worthText(unit, r.most), r.why)
		}
		return out
	}
	return nil
}

// simplifySpend looks for one line that costs a cent more.
func simplifySpend(m *simplifier) (helped bool) {
	if extra := m.best.extra; extra != nil {
		helped = m.try(func(s *sample) { s.extra, s.line, s.amount = nil, 0, micros(extra.Amount) }) || m.try(func(s *sample) {
			s.extra, s.line, s.amount, s.quantity = nil, 0, micros(extra.Amount), micros(extra.Quantity)
		})
	}
	s := m.best
	if s.extra != nil {
		helped = m.lower(micros(s.extra.Amount), million, cent, func(s *sample, n int64) { s.extra.Amount = money(n) }) || helped
		helped = m.lower(micros(s.extra.Quantity), million, million, func(s *sample, n int64) { s.extra.Quantity = money(n) }) || helped
		return m.clearLine(func(s *sample) *rules.Line { return s.extra }) || helped
	}
	if s.line > 0 {
		helped = m.try(func(s *sample) { s.line = 0 }) || helped
	}
	if s.amount > 0 && s.quantity > 0 {
		helped = m.try(func(s *sample) { s.quantity = 0 }) || m.try(func(s *sample) { s.amount = 0 }) || helped
	}
	if o := m.best.events[0].Order; o != nil && m.best.line < len(o.Lines) { // to the same end from nearer by
		helped = m.best.amount > cent && m.try(func(s *sample) {
			l := &s.events[0].Order.Lines[s.line]
			l.Amount, s.amount = money(micros(l.Amount)+s.amount-cent), cent
		}) || helped
		helped = m.best.quantity > million && m.try(func(s *sample) {
			l := &s.events[0].Order.Lines[s.line]
			l.Quantity, s.quantity = money(micros(l.Quantity)+s.quantity-million), million
		}) || helped
	}
	if m.best.amount > 0 {
		helped = m.lower(m.best.amount, cent, cent, func(s *sample, n int64) { s.amount = n }) || helped
	}
	if m.best.quantity > 0 {
		helped = m.lower(m.best.quantity, million, million, func(s *sample, n int64) { s.quantity = n }) || helped
	}
	return helped
}

// spending says what more is bought.
func (s *sample) spending(then *rules.Event) string {
	lines := then.Order.Lines
	if s.extra != nil {
		l := &lines[len(lines)-1]
		return fmt.Sprintf("adding line %s of %s", l.ID, price(l.Amount))
	}
	was, is := &s.events[0].Order.Lines[s.line], &lines[s.line]
	switch {
	case s.quantity == 0:
		return fmt.Sprintf("raising line %s from %s to %s", is.ID, price(was.Amount), price(is.Amount))
	case s.amount == 0:
		return fmt.Sprintf("raising the quantity of line %s from %s to %s", is.ID, was.Quantity, is.Quantity)
	default:
		return fmt.Sprintf("raising line %s from %s for %s to %s for %s", is.ID, was.Quantity, price(was.Amount), is.Quantity, price(is.Amount))
	}
}
