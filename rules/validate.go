package rules

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// order is an [Order] that has been checked, with its money in millionths.
type order struct {
	lines          []line
	gross, net     int64 // Σ Amount, Σ (Amount − Discount)
	shipping       int64
	shippingTax    int64
	discount       int64
	total          int64
	paidInPoints   int64
	paidByGiftCard int64
	few            [8]line // where lines lie when there are few
}

// line is a [Line] that has been checked, in millionths.
type line struct {
	amount, net, tax, quantity int64
}

// Validate returns an [*EventError] for the first field, in the order of
// declaration, that is missing, too long, out of range or at odds with another;
// "order.lines[3].amount" is how it names one. Type and Time must be set; an ID
// may be empty, the rules do not look at it.
func (ev *Event) Validate() error {
	var o order
	return ev.read(&o)
}

// Validate returns an [*EventError] for the first field that is missing, too
// long, out of range or at odds with another; "lines[3].amount" is how it names
// one. An order has at least one line, even if that is nothing but its total.
func (o *Order) Validate() error {
	var read order
	if field, reason := o.read(&read); reason != "" {
		return &EventError{Field: field, Reason: reason}
	}
	return nil
}

// read checks the event and, when it has an order, fills o.
func (ev *Event) read(o *order) error {
	if ev == nil {
		return &EventError{Field: "event", Reason: "is missing"}
	}
	field, reason := ev.check()
	if reason == "" && ev.Order != nil {
		if field, reason = ev.Order.read(o); reason != "" {
			field = "order." + field
		}
	}
	if reason != "" {
		return &EventError{Field: field, Reason: reason}
	}
	return nil
}

// check looks at everything but the order.
func (ev *Event) check() (field, reason string) {
	m := &ev.Member
	texts := [...]struct{ field, text string }{
		{"id", ev.ID}, {"type", ev.Type}, {"channel", ev.Channel}, {"store", ev.Store}, {"member.id", m.ID}, {"member.tier", m.Tier},
		{"member.stage", m.Stage},
	}
	for i := range texts {
		if len(texts[i].text) > MaxText {
			return texts[i].field, tooLong
		}
	}
	switch {
	case ev.Type == "":
		return "type", "is missing"
	case ev.Time.IsZero():
		return "time", "is missing"
	case ev.Time.Year() < 1 || ev.Time.Year() > MaxYear:
		return "time", fmt.Sprintf("is in the year %d: years are 1 to %d", ev.Time.Year(), MaxYear)
	case len(m.Segments) > MaxSegments:
		return "member.segments", fmt.Sprintf("are %d, more than the %d allowed", len(m.Segments), MaxSegments)
	case len(m.Interests) > MaxInterests:
		return "member.interests", fmt.Sprintf("are %d, more than the %d allowed", len(m.Interests), MaxInterests)
	case !m.Birthday.IsZero() && !m.Birthday.Valid():
		return "member.birthday", "is not a day of the year"
	case !m.Joined.IsZero() && !m.Joined.Valid():
		return "member.joined", "is not a date"
	case m.Orders < 0:
		return "member.orders", "is negative"
	}
	for i := range m.Segments {
		if len(m.Segments[i]) > MaxText {
			return fmt.Sprintf("member.segments[%d]", i), tooLong
		}
	}
	for i := range m.Interests {
		if len(m.Interests[i]) > MaxText {
			return fmt.Sprintf("member.interests[%d]", i), tooLong
		}
	}
	return "", ""
}

var tooLong = fmt.Sprintf("is longer than %d bytes", MaxText)

// read checks the order and fills r.
func (o *Order) read(r *order) (field, reason string) {
	switch {
	case len(o.ID) > MaxText:
		return "id", tooLong
	case len(o.Lines) == 0:
		return "lines", "are missing: an order has at least one"
	case len(o.Lines) > MaxLines:
		return "lines", fmt.Sprintf("are %d, more than the %d allowed", len(o.Lines), MaxLines)
	}
	r.lines = r.few[:0]
	if len(o.Lines) > len(r.few) {
		r.lines = make([]line, 0, len(o.Lines))
	}
	quantity := int64(0)
	for i := range o.Lines {
		l, field, reason := o.Lines[i].read()
		if reason != "" {
			return fmt.Sprintf("lines[%d].%s", i, field), reason
		}
		r.gross += l.amount
		r.net += l.net
		quantity += l.quantity
		if r.gross >= maxMicros || quantity >= maxMicros {
			return "lines", "sum to 10^12 or more"
		}
		r.lines = append(r.lines, l)
	}
	if i, j := sameID(o.Lines); j > 0 {
		return fmt.Sprintf("lines[%d].id", j), fmt.Sprintf("is %s, like that of lines[%d]", quote(o.Lines[j].ID), i)
	}
	return o.readTotals(r)
}

// readTotals checks what the order says beyond its lines.
func (o *Order) readTotals(r *order) (field, reason string) {
	for _, m := range [...]struct {
		field string
		from  decimal.Decimal
		to    *int64
	}{
		{"shipping", o.Shipping, &r.shipping},
		{"shipping_tax", o.ShippingTax, &r.shippingTax},
		{"discount", o.Discount, &r.discount},
		{"total", o.Total, &r.total},
		{"paid_in_points", o.PaidInPoints, &r.paidInPoints},
		{"paid_by_gift_card", o.PaidByGiftCard, &r.paidByGiftCard},
	} {
		if *m.to, reason = amount(m.from); reason != "" {
			return m.field, reason
		}
	}
	owed := r.net + r.shipping - r.discount
	switch {
	case r.shippingTax > r.shipping:
		return "shipping_tax", exceeds(r.shippingTax, "the shipping", r.shipping)
	case r.gross+r.shipping >= maxMicros:
		return "lines", "sum to 10^12 or more with the shipping"
	case owed < 0:
		return "discount", exceeds(r.discount, "the lines and shipping", r.net+r.shipping)
	case r.total != owed:
		return "total", fmt.Sprintf("is %s, but lines, shipping and discount add up to %s", formatMicros(r.total), formatMicros(owed))
	case r.paidInPoints > r.total:
		return "paid_in_points", exceeds(r.paidInPoints, "the total", r.total)
	case r.paidInPoints+r.paidByGiftCard > r.total:
		return "paid_by_gift_card", exceeds(r.paidByGiftCard, "what of the total is not paid in points", r.total-r.paidInPoints)
	}
	return "", ""
}

func (l *Line) read() (r line, field, reason string) {
	texts := [...]struct{ field, text string }{{"id", l.ID}, {"sku", l.SKU}, {"category", l.Category}, {"brand", l.Brand}}
	for i := range texts {
		if len(texts[i].text) > MaxText {
			return r, texts[i].field, tooLong
		}
	}
	switch {
	case l.ID == "":
		return r, "id", "is missing"
	case len(l.Labels) > MaxLabels:
		return r, "labels", fmt.Sprintf("are %d, more than the %d allowed", len(l.Labels), MaxLabels)
	}
	for i := range l.Labels {
		if len(l.Labels[i]) > MaxText {
			return r, fmt.Sprintf("labels[%d]", i), tooLong
		}
	}
	if r.quantity, reason = amount(l.Quantity); reason != "" {
		return r, "quantity", reason
	}
	if r.quantity == 0 {
		return r, "quantity", "must be above zero"
	}
	if r.amount, reason = amount(l.Amount); reason != "" {
		return r, "amount", reason
	}
	discount, reason := amount(l.Discount)
	if reason != "" {
		return r, "discount", reason
	}
	if r.net = r.amount - discount; r.net < 0 {
		return r, "discount", exceeds(discount, "the amount", r.amount)
	}
	if r.tax, reason = amount(l.Tax); reason != "" {
		return r, "tax", reason
	}
	if r.tax > r.net {
		return r, "tax", exceeds(r.tax, "the amount after discount", r.net)
	}
	return r, "", ""
}

// amount converts money or a quantity, neither of which may be negative.
func amount(d decimal.Decimal) (m int64, reason string) {
	m, why := micros(d)
	switch {
	case why != exact:
		return 0, why.String()
	case m < 0:
		return 0, "is negative"
	}
	return m, ""
}

func exceeds(m int64, what string, limit int64) string {
	return fmt.Sprintf("is %s, more than %s: %s", formatMicros(m), what, formatMicros(limit))
}

// sameID returns two lines with one ID, the first such pair by its later line; j
// is 0 when there is none.
func sameID(lines []Line) (i, j int) {
	const few = 16 // up to here comparing all pairs beats a map
	if len(lines) <= few {
		for j := range lines {
			for i := range j {
				if lines[i].ID == lines[j].ID {
					return i, j
				}
			}
		}
		return 0, 0
	}
	seen := make(map[string]int, len(lines))
	for j := range lines {
		if i, ok := seen[lines[j].ID]; ok {
			return i, j
		}
		seen[lines[j].ID] = j
	}
	return 0, 0
}

// LineNets returns each line's net amount (Amount − Discount) in millionths, for
// use as weights with [Allocate]. The order must be valid.
func (o *Order) LineNets() []int64 {
	nets := make([]int64, len(o.Lines))
	for i := range o.Lines {
		l, _, _ := o.Lines[i].read()
		nets[i] = l.net
	}
	return nets
}

// Net returns what the line costs after its own discount, tax included. The line
// must be valid.
func (l *Line) Net() decimal.Decimal {
	r, _, _ := l.read()
	return fromMicros(r.net)
}
