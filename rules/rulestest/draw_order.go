package rulestest

import (
	"fmt"

	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// order draws a valid order.
func (d *drawer) order(id string) *rules.Order {
	o := &rules.Order{ID: id}
	lines := d.upTo(1, 4)
	if looked := d.voc.looked(d.focus, "order.lines"); len(looked) > 0 {
		lines = int(min(pick(d, looked), 20))
	}
	for i := range lines {
		o.Lines = append(o.Lines, d.drawLine(fmt.Sprint(i+1)))
	}
	if d.once(3) {
		d.aim(o)
	}
	if d.once(6) {
		o.Shipping = money(d.figure(cent, d.voc.looked(d.focus, "order.shipping")))
		if d.once(2) {
			o.ShippingTax = money(micros(o.Shipping) * 19 / 119 / cent * cent)
		}
	}
	fit(o)
	total := micros(o.Total)
	if d.once(6) {
		o.Discount = money(d.partOf(total))
	}
	d.part(&o.Discount, "order.discount")
	if d.once(8) {
		o.PaidInPoints = money(d.partOf(total))
	}
	if d.once(8) {
		o.PaidByGiftCard = money(d.partOf(total))
	}
	d.part(&o.PaidInPoints, "order.paid_in_points")
	d.part(&o.PaidByGiftCard, "order.paid_by_gift_card")
	fit(o)
	return o
}

// aim changes a line's price so that all lines together come to what a rule looks at, or
// to just beside it.
func (d *drawer) aim(o *rules.Order) {
	looked := d.amounts()
	if len(looked) == 0 {
		return
	}
	rest := -micros(o.Lines[0].Amount)
	for i := range o.Lines {
		rest += micros(o.Lines[i].Amount) - micros(o.Lines[i].Discount)
	}
	if to := pick(d, looked) - pick(d, []int64{cent, 0, -cent, million}) - rest; to > 0 && to <= maxDrawn {
		o.Lines[0].Amount = money(to)
	}
}

// part draws a part of the order's price that a condition looks at.
func (d *drawer) part(of *decimal.Decimal, field string) {
	if looked := d.voc.looked(d.focus, field); len(looked) > 0 && !d.once(3) {
		*of = money(d.figure(cent, looked))
	}
}

// drawLine draws a line for one of the rules in focus.
func (d *drawer) drawLine(id string) rules.Line {
	l := rules.Line{ID: id}
	r := pick(d, d.focus)
	d.goods(&l, r)
	l.Quantity = money(d.figure(million, d.quantities()))
	l.Amount = money(d.figure(cent, d.amounts()))
	if d.once(6) {
		l.Discount = money(d.partOf(micros(l.Amount)))
	}
	if d.once(6) {
		l.Tax = money((micros(l.Amount) - micros(l.Discount)) * 19 / 119 / cent * cent)
	}
	return l
}

// goods draws what is sold on a line: something the rule picks, or leaves out, or
// whatever the rules know.
func (d *drawer) goods(l *rules.Line, r *rules.Rule) {
	s, x := &r.Lines, &r.Lines.Exclude
	switch {
	case narrows(s) && d.once(5):
		d.fill(l, x.SKUs, x.Categories, x.Brands, x.Labels)
	case narrows(s) && !d.once(6):
		d.fill(l, s.SKUs, s.Categories, s.Brands, s.Labels)
	}
	d.wanted(l)
	v := d.voc
	for _, more := range []struct {
		from []string
		set  func(string)
	}{
		{v.skus.list, func(w string) { l.SKU = w }},
		{v.categories.list, func(w string) { l.Category = pick(d, around(w)) }},
		{v.brands.list, func(w string) { l.Brand = w }},
		{v.labels.list, func(w string) { l.Labels = append(l.Labels, w) }},
	} {
		if len(more.from) > 0 && d.once(5) {
			more.set(pick(d, more.from))
		}
	}
}

// wanted draws goods that a condition looks for.
func (d *drawer) wanted(l *rules.Line) {
	for _, of := range []struct {
		field string
		set   func(string)
	}{
		{"order.skus", func(w string) { l.SKU = w }},
		{"order.categories", func(w string) { l.Category = pick(d, around(w)) }},
		{"order.brands", func(w string) { l.Brand = w }},
		{"order.labels", func(w string) { l.Labels = withWord(l.Labels, w) }},
	} {
		if looked := d.voc.conditionWords(d.focus, of.field); len(looked) > 0 && d.once(2) {
			of.set(pick(d, looked))
		}
	}
}

// fill gives the line one word of one of the lists.
func (d *drawer) fill(l *rules.Line, skus, categories, brands, labels []string) {
	n := len(skus) + len(categories) + len(brands) + len(labels)
	if n == 0 {
		return
	}
	at := d.upTo(0, n-1)
	for i, list := range [][]string{skus, categories, brands, labels} {
		if at >= len(list) {
			at -= len(list)
			continue
		}
		switch i {
		case 0:
			l.SKU = list[at]
		case 1:
			l.Category = pick(d, around(list[at]))
		case 2:
			l.Brand = list[at]
		default:
			l.Labels = append(l.Labels, list[at])
		}
		return
	}
}

// figure draws a figure above zero: one that rules look at or a step to either side,
// a multiple, or just any.
func (d *drawer) figure(step int64, looked []int64) int64 {
	how := d.upTo(0, 3)
	if len(looked) > 0 && how > 0 {
		m := pick(d, looked)
		if how == 2 {
			if times := int64(d.upTo(1, 5)); m*times <= maxDrawn {
				m *= times
			}
		}
		m += int64(d.index(3)-1) * step
		if m > 0 && m <= maxDrawn {
			return m
		}
	}
	if step == million {
		return pick(d, []int64{million, 2 * million, 3 * million, 500_000, 1_250_000})
	}
	return max(d.cents(20_000), step)
}

// cents draws an amount of whole cents, up to so many, often a small or a round one.
func (d *drawer) cents(most int64) int64 {
	most = pick(d, []int64{most, max(most/10, 1), max(most/100, 1)})
	n := d.rand.Int64N(most + 1)
	if d.once(2) {
		n -= n % 100
	}
	return n * cent
}

// partOf draws a part of a figure, in cents where it has some: often half of it, or
// all, or the least.
func (d *drawer) partOf(m int64) int64 {
	switch d.upTo(0, 3) {
	case 0:
		return min(cent, m)
	case 1:
		if m < 2*cent {
			return m / 2
		}
		return m / 2 / cent * cent
	case 2:
		return m
	default:
		return d.rand.Int64N(m/cent+1) * cent
	}
}

// rise draws by how much a line's price goes up: to where it or the order comes to what
// a rule looks at, by a cent, or just so.
func (d *drawer) rise(o *rules.Order, l *rules.Line) int64 {
	looked := d.amounts()
	if len(looked) > 0 && !d.once(3) {
		to := pick(d, looked)
		from := micros(o.Total)
		if d.once(3) {
			from = micros(l.Amount) - micros(l.Discount)
		}
		if by := to - from; by > 0 && by < maxDrawn {
			return by
		}
	}
	if d.once(2) {
		return cent
	}
	return max(d.cents(20_000), cent)
}

// amounts are those at which the rules in focus change what they do.
func (d *drawer) amounts() []int64 {
	all := d.voc.looked(d.focus, "order.total", "order.subtotal")
	for _, r := range d.focus {
		for _, m := range []int64{micros(r.Lines.MinAmount), micros(r.Effect.Per)} {
			if m > 0 && m <= maxDrawn {
				all = append(all, m)
			}
		}
	}
	return all
}

// quantities are those at which the rules in focus change what they do.
func (d *drawer) quantities() []int64 {
	all := d.voc.looked(d.focus, "order.quantity")
	for _, r := range d.focus {
		if m := micros(r.Lines.MinQuantity); m > 0 && m <= maxDrawn {
			all = append(all, m)
		}
	}
	return all
}
