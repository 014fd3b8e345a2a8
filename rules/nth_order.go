package rules

import (
	"cmp"
	"fmt"
)

// first returns the first of a member's orders that is meant.
func (n *NthOrder) first() int { return max(cmp.Or(n.From, n.Every), 1) }

// has reports whether an order is one of those meant, counted from 1.
func (n *NthOrder) has(order int) bool {
	first := n.first()
	return order >= first && (n.To == 0 || order <= n.To) && (n.Every == 0 || (order-first)%n.Every == 0)
}

// String tells which orders are meant: "order 3", "orders 10, 15, 20 and so on".
func (n NthOrder) String() string {
	first := n.first()
	switch {
	case n.To == first:
		return fmt.Sprintf("order %d", first)
	case n.Every > 1 && n.To > 0:
		return fmt.Sprintf("orders %d, %d and so on up to %d", first, first+n.Every, n.To)
	case n.Every > 1:
		return fmt.Sprintf("orders %d, %d, %d and so on", first, first+n.Every, first+2*n.Every)
	case n.To > 0:
		return fmt.Sprintf("orders %d to %d", first, n.To)
	default:
		return fmt.Sprintf("orders from the number %d on", first)
	}
}
