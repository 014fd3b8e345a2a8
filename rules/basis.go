package rules

// basisKind is a compiled [Basis], and with wholeOrder what the order's own
// discount and shipping add to it.
type basisKind uint8

const (
	beforeDiscount basisKind = 1 << iota
	excludeTax
	withShipping
	withPoints
	withGiftCard
	wholeOrder
	basisKinds // how many there are
)

func basisKindOf(b Basis) (k basisKind) {
	for _, f := range [...]struct {
		set bool
		bit basisKind
	}{
		{b.BeforeDiscount, beforeDiscount},
		{b.ExcludeTax, excludeTax},
		{b.Shipping, withShipping},
		{b.PaidInPoints, withPoints},
		{b.PaidByGiftCard, withGiftCard},
	} {
		if f.set {
			k |= f.bit
		}
	}
	return k
}

// basis is the money that counts, in millionths, line by line.
type basis struct {
	kind  basisKind
	lines []int64
	total int64
}

// of returns the money of some lines, nil for all.
func (b *basis) of(lines []int32, a *arena) []int64 {
	if lines == nil {
		return b.lines
	}
	some := a.take(len(lines))
	for i, at := range lines {
		some[i] = b.lines[at]
	}
	return some
}

// basis reckons the money that counts:
//
//   - A line counts with its amount, before or after its own discount.
//   - For the whole order the order's discount is taken off the lines, in
//     proportion to what they cost, and off the shipping only when it is more than
//     the lines.
//   - What was paid in points or by gift card, and does not count, is taken off
//     likewise: goods first, in proportion to what is owed for them.
//   - Tax is left out in the proportion in which the line's amount counts.
//   - Shipping, when it counts, falls on the lines in proportion to what counts of
//     them, so that returning every line returns every point.
//
// All proportions are whole millionths by [Allocate], so the lines sum to the total.
func (o *order) basis(kind basisKind, a *arena) basis {
	lines, owed := a.take(len(o.lines)), o.owed(kind, a)
	shippingOwed := o.shipping
	if kind&wholeOrder != 0 {
		shippingOwed -= max(o.discount-o.net, 0)
	}
	paid := int64(0)
	if kind&withPoints == 0 {
		paid += o.paidInPoints
	}
	if kind&withGiftCard == 0 {
		paid += o.paidByGiftCard
	}
	goods := int64(0)
	for _, m := range owed {
		goods += m
	}
	paidForGoods := min(paid, goods)
	if paidForGoods > 0 {
		allocate(lines, paidForGoods, owed)
	}
	total := int64(0)
	for i := range lines {
		l := &o.lines[i]
		counts := owed[i]
		if kind&beforeDiscount != 0 {
			counts = l.amount
		}
		counts -= lines[i]
		if kind&excludeTax != 0 {
			counts -= proportion(counts, l.tax, l.net)
		}
		lines[i] = counts
		total += counts
	}
	if kind&(wholeOrder|withShipping) == wholeOrder|withShipping {
		counts := shippingOwed
		if kind&beforeDiscount != 0 {
			counts = o.shipping
		}
		counts -= min(paid-paidForGoods, shippingOwed)
		if kind&excludeTax != 0 {
			counts -= proportion(counts, o.shippingTax, o.shipping)
		}
		total += counts
		shares := a.take(len(lines))
		allocate(shares, counts, lines)
		for i := range lines {
			lines[i] += shares[i]
		}
	}
	return basis{kind, lines, total}
}

// owed returns what the customer owes for each line: after the line's discount
// and, for the whole order, its part of the order's.
func (o *order) owed(kind basisKind, a *arena) []int64 {
	owed := a.take(len(o.lines))
	for i := range o.lines {
		owed[i] = o.lines[i].net
	}
	if kind&wholeOrder != 0 && o.discount > 0 {
		shares := a.take(len(owed))
		allocate(shares, min(o.discount, o.net), owed)
		for i := range owed {
			owed[i] -= shares[i]
		}
	}
	return owed
}

// proportion returns amount × part / whole to the nearest millionth: the tax
// within an amount. Without a whole there is no tax.
func proportion(amount, part, whole int64) int64 {
	if part == 0 || whole == 0 {
		return 0
	}
	if amount == whole {
		return part
	}
	q, _ := mulDiv(uint64(amount), uint64(part), uint64(whole), halfUp, maxMicros) // part ≤ whole, so never above amount
	return int64(q)
}
