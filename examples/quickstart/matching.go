package main

import (
	"slices"

	"github.com/shopspring/decimal"
)

// purchases knows what may still be cancelled, by customer. A cancellation in the
// file does not say which order it is of, so it is taken to be of the customer's
// latest purchases of the same article.
type purchases map[string][]*purchase

// purchase is an order and what is left of each of its lines.
type purchase struct {
	order *invoice
	left  []int64
}

// refund is what one cancellation returns of one order.
type refund struct {
	order string
	lines []returned
	month monthOf // the order's
}

type returned struct {
	line     int
	quantity int64
}

// unmatched is what a line of a cancellation could not find.
type unmatched struct {
	code     string
	quantity int64
	amount   decimal.Decimal // at the cancellation's own price
}

func (ps purchases) add(order *invoice) {
	p := &purchase{order, make([]int64, len(order.lines))}
	for i, l := range order.lines {
		p.left[i] = l.quantity
	}
	ps[order.customer] = append(ps[order.customer], p)
}

// cancel finds what a cancellation returns: of each article the latest purchase
// first, then the one before. The refunds come in the order in which they were found.
func (ps purchases) cancel(c *invoice) ([]refund, []unmatched) {
	var refunds []refund
	var missing []unmatched
	for _, l := range c.lines {
		want := l.quantity
		for _, p := range slices.Backward(ps[c.customer]) {
			for i := len(p.left) - 1; i >= 0 && want > 0; i-- {
				if n := min(want, p.left[i]); n > 0 && p.order.lines[i].code == l.code {
					p.left[i] -= n
					want -= n
					refunds = giveBack(refunds, p.order, i, n)
				}
			}
			if want == 0 {
				break
			}
		}
		if want > 0 {
			missing = append(missing, unmatched{l.code, want, l.price.Mul(decimal.NewFromInt(want))})
		}
	}
	return refunds, missing
}

// giveBack adds n pieces of a line to the refund of its order. A line comes once
// in a refund, though a cancellation may name its article twice.
func giveBack(refunds []refund, order *invoice, line int, n int64) []refund {
	i := slices.IndexFunc(refunds, func(r refund) bool { return r.order == order.number })
	if i < 0 {
		i = len(refunds)
		refunds = append(refunds, refund{order: order.number, month: month(order.at)})
	}
	r := &refunds[i]
	if j := slices.IndexFunc(r.lines, func(l returned) bool { return l.line == line }); j >= 0 {
		r.lines[j].quantity += n
	} else {
		r.lines = append(r.lines, returned{line, n})
	}
	return refunds
}
