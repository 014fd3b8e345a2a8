package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// invoice is an order or a cancellation.
type invoice struct {
	number       string
	customer     string
	at           time.Time // of its first row
	cancellation bool
	lines        []line
}

// line is one row of an invoice. Its quantity is above zero, that of a cancellation too.
type line struct {
	*article
	quantity int64
	price    decimal.Decimal
}

func (l line) amount() decimal.Decimal { return l.price.Mul(decimal.NewFromInt(l.quantity)) }

// invoices gathers rows by the number of their invoice, wherever in the file they stand.
type invoices struct {
	byNumber map[string]*invoice
	list     []*invoice
}

func newInvoices() *invoices { return &invoices{byNumber: map[string]*invoice{}} }

// cancelled is what the number of a cancellation begins with.
const cancelled = "C"

// add takes a row in, or says why it is left out.
func (all *invoices) add(r row) (leftOut string) {
	cancellation := strings.HasPrefix(r.invoice, cancelled)
	switch {
	case r.customer == "":
		return "no customer, so no member's"
	case r.quantity == 0:
		return "quantity zero"
	case r.quantity < 0 && !cancellation:
		return "a negative quantity in an order"
	case r.quantity > 0 && cancellation:
		return "a positive quantity in a cancellation"
	case r.price.Sign() < 0:
		return "a negative price"
	}
	inv := all.byNumber[r.invoice]
	if inv == nil {
		inv = &invoice{number: r.invoice, customer: r.customer, at: r.at, cancellation: cancellation}
		all.byNumber[r.invoice] = inv
		all.list = append(all.list, inv)
	}
	if inv.customer != r.customer {
		return "the invoice is another customer's"
	}
	inv.lines = append(inv.lines, line{r.article, max(r.quantity, -r.quantity), r.price})
	return ""
}

// sorted gives the invoices as they happened; those of one minute stay in the
// order of the file.
func (all *invoices) sorted() []*invoice {
	list := slices.Clone(all.list)
	slices.SortStableFunc(list, func(a, b *invoice) int { return a.at.Compare(b.at) })
	return list
}

// customers counts them.
func (all *invoices) customers() int {
	ids := map[string]bool{}
	for _, inv := range all.list {
		ids[inv.customer] = true
	}
	return len(ids)
}

// placedBy tells whether a customer has placed any order.
func (all *invoices) placedBy(customer string) bool {
	return slices.ContainsFunc(all.list, func(inv *invoice) bool { return inv.customer == customer && !inv.cancellation })
}

// lineID numbers the lines of an order from 1.
func lineID(i int) string { return strconv.Itoa(i + 1) }

// order is the invoice as the programme takes it.
func (inv *invoice) order() *rules.Order {
	o := &rules.Order{ID: inv.number, Lines: make([]rules.Line, len(inv.lines))}
	for i, l := range inv.lines {
		amount := l.amount()
		o.Total = o.Total.Add(amount)
		o.Lines[i] = rules.Line{
			ID: lineID(i), SKU: l.code, Category: l.category, Quantity: decimal.NewFromInt(l.quantity), Amount: amount,
		}
	}
	return o
}

// event is a refund as the programme takes it. The cancellation may give several,
// one for each order it returns goods of, so both numbers make the id.
func (r *refund) event(c *invoice) loyalty.Event {
	e := loyalty.Event{
		ID: c.number + "/" + r.order, Type: loyalty.TypeRefund, Member: c.customer, Time: c.at,
		Refund: &loyalty.Refund{Order: r.order},
	}
	for _, l := range r.lines {
		e.Refund.Lines = append(e.Refund.Lines, loyalty.ReturnLine{Line: lineID(l.line), Quantity: decimal.NewFromInt(l.quantity)})
	}
	return e
}

// tally counts by reason.
type tally map[string]int

func (t *tally) add(reason string) {
	if *t == nil {
		*t = tally{}
	}
	(*t)[reason]++
}

// reasons are those counted, the most frequent first.
func (t tally) reasons() []string {
	var list []string
	for r := range t {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(t[b], t[a]), cmp.Compare(a, b)) })
	return list
}
