package rulestest

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// twistSplit draws a line and what of it becomes a line of its own.
func twistSplit(d *drawer, s *sample) {
	o := s.events[0].Order
	if o == nil {
		return
	}
	s.line = d.upTo(0, len(o.Lines)-1)
	l := &o.Lines[s.line]
	s.amount = d.partOf(micros(l.Amount))
	s.quantity = d.partOf(micros(l.Quantity))
}

// splitLine returns the event with the sample's line in two, or nil when it has none
// that could be split.
func (s *sample) splitLine() *rules.Event {
	ev := cloneEvent(s.events[0])
	if ev.Order == nil || s.line >= len(ev.Order.Lines) {
		return nil
	}
	o := ev.Order
	first := &o.Lines[s.line]
	amount, quantity := micros(first.Amount), micros(first.Quantity)
	if s.amount < 0 || s.amount > amount || s.quantity <= 0 || s.quantity >= quantity {
		return nil
	}
	second := cloneLine(*first)
	second.ID = freeID(o.Lines, first.ID+"b")
	first.Quantity, second.Quantity = money(quantity-s.quantity), money(s.quantity)
	first.Amount, second.Amount = money(amount-s.amount), money(s.amount)
	net := amount - micros(first.Discount)
	first.Discount, second.Discount = divide(micros(first.Discount), s.amount, amount)
	first.Tax, second.Tax = divide(micros(first.Tax), s.amount-micros(second.Discount), net)
	o.Lines = slices.Insert(o.Lines, s.line+1, second)
	return ev
}

// simplifySplit looks for a line of two that is split in the middle.
func simplifySplit(m *simplifier) bool {
	o := m.best.events[0].Order
	if o == nil || m.best.line >= len(o.Lines) {
		return false
	}
	l := &o.Lines[m.best.line]
	amount, quantity := micros(l.Amount), micros(l.Quantity)
	for _, plain := range []struct{ amount, quantity, first, second int64 }{
		{million, 2 * million, million / 2, million},
		{2 * million, 2 * million, million, million},
		{amount, 2 * million, amount / 2, million},
		{amount, 2 * million, m.best.amount, million},
		{amount, quantity, amount / 2, m.best.quantity},
	} {
		if plain.amount == amount && plain.quantity == quantity && plain.first == m.best.amount && plain.second == m.best.quantity {
			break
		}
		if m.try(func(s *sample) {
			l := &s.events[0].Order.Lines[s.line]
			l.Amount, l.Quantity = money(plain.amount), money(plain.quantity)
			s.amount, s.quantity = plain.first, plain.second
		}) {
			return true
		}
	}
	if amount == million || m.best.amount != amount/2 {
		return false
	}
	return m.lower(amount, million, cent, func(s *sample, n int64) {
		s.events[0].Order.Lines[s.line].Amount, s.amount = money(n), n/2
	})
}

// divide splits m as part is of whole, rounding the second down.
func divide(m, part, whole int64) (first, second decimal.Decimal) {
	if whole == 0 {
		return money(m), money(0)
	}
	hi, lo := bits.Mul64(uint64(m), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return money(m - int64(q)), money(int64(q))
}

// checkSplit compares, rule by rule, what an order earns with one of its lines in
// two. On which lines it falls may differ.
func checkSplit(sub *subject, s *sample) *breach {
	then := s.splitLine()
	if then == nil {
		return nil
	}
	a, b := sub.evaluated("one line", s.events[0], s.before), sub.evaluated("two lines", then, s.before)
	if a.err != nil || b.err != nil {
		return nil // told by the law of awards
	}
	differ := a.differing(&b, func(x, y *rules.Award) bool {
		return pointsOf(x) == pointsOf(y) && carryOf(x) == carryOf(y) && same(outcomesOf(x), outcomesOf(y))
	})
	if len(differ) == 0 {
		return nil
	}
	l := &s.events[0].Order.Lines[s.line]
	out := &breach{
		what: fmt.Sprintf("splitting line %s (%s for %s) into %s for %s and %s for %s changes what rule %q gives",
			l.ID, l.Quantity, price(l.Amount), money(micros(l.Quantity)-s.quantity), price(money(micros(l.Amount)-s.amount)),
			money(s.quantity), price(money(s.amount)), differ[0]),
		event: s.events[0], then: then, before: s.before, sides: []outcome{a, b},
	}
	// A rule that may differ makes others differ, which multiply it or share its cap; a
	// cap may hide that it does.
	for _, id := range append(differ, a.gainsDiffer(&b)...) {
		if why := sub.mayNotSplit(id, &a, &b, s.events[0]); why != "" {
			out.rules, out.note = []string{id}, "splitting a line may change what it gives: "+why
			return out
		}
	}
	return out
}

// mayNotSplit says why a rule cannot be held to this law on an event, or "".
func (sub *subject) mayNotSplit(id string, a, b *outcome, ev *rules.Event) string {
	r := sub.byID[id]
	if r == nil {
		return ""
	}
	e, o := &r.Effect, ev.Order
	countsMoney := e.Kind == rules.Rate || e.Kind == rules.Commission || !r.Lines.MinAmount.IsZero()
	paidOtherwise := !e.Basis.PaidInPoints && !o.PaidInPoints.IsZero() || !e.Basis.PaidByGiftCard && !o.PaidByGiftCard.IsZero()
	switch {
	case looksAt(&r.When, "order.lines"):
		return "its condition counts the order's lines"
	case r.Expr != "":
		return "its expression may look at lines"
	case e.PerLine:
		return "it rounds line by line (per_line)"
	case e.Kind == rules.Multiplier && sub.multipliesSome(r, a, b):
		return "base points are whole on each line, and it does not multiply them on all"
	case countsMoney && narrows(&r.Lines) && paidOtherwise:
		return "what was paid in points or by gift card is spread over the lines to a millionth"
	case countsMoney && e.Basis.ExcludeTax && (paidOtherwise || !o.Discount.IsZero() || e.Basis.BeforeDiscount):
		return "tax is left out of each line in proportion, to a millionth"
	}
	return ""
}

// multipliesSome reports whether, of the multipliers that had their say with this
// one, some are for some lines only.
func (sub *subject) multipliesSome(r *rules.Rule, sides ...*outcome) bool {
	if narrows(&r.Lines) {
		return true
	}
	for _, o := range sides {
		for i := range o.result.Trace {
			t := &o.result.Trace[i]
			if other := sub.byID[t.Rule]; t.Matched && t.Phase == rules.PhaseMultiplier && other != nil &&
				sub.unit(other.Unit) == sub.unit(r.Unit) && narrows(&other.Lines) {
				return true
			}
		}
	}
	return false
}

// narrows reports whether a selector can pick fewer than all lines.
func narrows(s *rules.Selector) bool {
	x := &s.Exclude
	return len(s.SKUs)+len(s.Categories)+len(s.Brands)+len(s.Labels)+len(x.SKUs)+len(x.Categories)+len(x.Brands)+len(x.Labels) > 0
}
