package rulestest

import (
	"strconv"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// simplifier makes a sample smaller in ways that a reader feels: fewer events, fewer
// lines, nothing beside the point, round figures. rapid before it knows only numbers.
type simplifier struct {
	law   *law
	best  *sample
	still func(*sample) bool
	left  int // tries
}

const maxTries = 5_000

// simplest returns the simplest sample found that breaks the law as s does, and how:
// nil when s itself does not.
func (r *run) simplest(s *sample, noted string) (*sample, *breach) {
	breaks := func(s *sample) *breach {
		for _, ev := range s.events {
			if ev.Validate() != nil {
				return nil
			}
		}
		b := r.law.check(r.sub, s)
		if b == nil || (b.note != "") != (noted != "") || noted != "" && b.rules[0] != noted {
			return nil
		}
		return b
	}
	b := breaks(s)
	if b == nil || noted == "" && r.isKnown(s, b) {
		return s, nil
	}
	still := func(s *sample) bool {
		b := breaks(s)
		return b != nil && (noted != "" || !r.isKnown(s, b))
	}
	m := &simplifier{law: r.law, best: s, still: still, left: maxTries}
	for m.left > 0 && m.round() { // until nothing helps
	}
	return m.best, breaks(m.best)
}

// try keeps a change if the law is still broken with it.
func (m *simplifier) try(change func(s *sample)) bool {
	if m.left == 0 {
		return false
	}
	m.left--
	s := m.best.clone()
	change(s)
	for _, ev := range s.events {
		if ev.Order != nil {
			fit(ev.Order)
		}
	}
	if !m.still(s) {
		return false
	}
	m.best = s
	return true
}

// round tries everything once, and reports whether something helped.
func (m *simplifier) round() (helped bool) {
	note := func(ok bool) bool { helped = helped || ok; return ok }
	for i := len(m.best.events) - 1; i >= 0 && len(m.best.events) > 1; i-- {
		note(m.try(func(s *sample) { s.events = append(s.events[:i], s.events[i+1:]...) }))
	}
	for _, key := range sortedKeys(m.best.before.use) {
		had := m.best.before.use[key]
		plain := rules.Use{Points: 1, Uses: 1, Until: had.Until}
		if !note(m.try(func(s *sample) { delete(s.before.use, key) })) && had.Carry.IsZero() && !same(had, plain) {
			note(m.try(func(s *sample) { s.before.use[key] = plain }))
		}
	}
	if m.law.simplify != nil {
		note(m.law.simplify(m))
	}
	for _, key := range sortedKeys(m.best.before.funds) {
		had := m.best.before.funds[key]
		if !note(m.try(func(s *sample) { delete(s.before.funds, key) })) && !same(had, rules.Fund{}) {
			note(m.try(func(s *sample) { s.before.funds[key] = rules.Fund{} }))
		}
	}
	note(m.together())
	for i := range m.best.events {
		note(m.member(i))
		note(m.time(i))
		note(m.order(i))
	}
	return helped
}

// member empties what is told of the member and the place.
func (m *simplifier) member(i int) (helped bool) {
	ev := m.best.events[i]
	for _, c := range []struct {
		has   bool
		clear func(ev *rules.Event)
	}{
		{ev.Channel != "", func(ev *rules.Event) { ev.Channel = "" }},
		{ev.Store != "", func(ev *rules.Event) { ev.Store = "" }},
		{ev.Member.Tier != "", func(ev *rules.Event) { ev.Member.Tier = "" }},
		{len(ev.Member.Segments) > 0, func(ev *rules.Event) { ev.Member.Segments = nil }},
		{ev.Member.Stage != "", func(ev *rules.Event) { ev.Member.Stage = "" }},
		{len(ev.Member.Interests) > 0, func(ev *rules.Event) { ev.Member.Interests = nil }},
		{!ev.Member.Birthday.IsZero(), func(ev *rules.Event) { ev.Member.Birthday = calendar.Yearly{} }},
		{!ev.Member.Joined.IsZero(), func(ev *rules.Event) { ev.Member.Joined = calendar.Date{} }},
		{ev.Member.Orders > 0, func(ev *rules.Event) { ev.Member.Orders = 0 }},
		{ev.Member.Orders > 1, func(ev *rules.Event) { ev.Member.Orders = 1 }},
		{ev.Order != nil, func(ev *rules.Event) { ev.Order = nil }},
	} {
		if c.has && m.try(func(s *sample) { c.clear(s.events[i]) }) {
			helped = true
		}
	}
	for _, name := range sortedKeys(m.best.events[i].Attributes) {
		helped = m.try(func(s *sample) { delete(s.events[i].Attributes, name) }) || helped
	}
	for _, name := range sortedKeys(m.best.events[i].Member.Attributes) {
		helped = m.try(func(s *sample) { delete(s.events[i].Member.Attributes, name) }) || helped
	}
	return helped
}

// together moves all events, as far apart as they are, so that the first is at noon of
// a plain day, and numbers them.
func (m *simplifier) together() (helped bool) {
	first := m.best.events[0].Time
	plain := plainDays[0].Start(first.Location()).Add(12 * time.Hour)
	helped = !first.Equal(plain) && m.try(func(s *sample) {
		for _, ev := range s.events {
			ev.Time = plain.Add(ev.Time.Sub(first))
		}
		s.before.use = moved(s.before.use, first, plain)
	})
	numbered := true
	for i, ev := range m.best.events {
		numbered = numbered && ev.ID == eventID(i+1)
	}
	return !numbered && m.try(func(s *sample) {
		for i, ev := range s.events {
			ev.ID = eventID(i + 1)
			if ev.Order != nil {
				ev.Order.ID = orderID(i + 1)
			}
		}
	}) || helped
}

// moved returns a usage with its counters of the periods of one moment in those of
// another.
func moved(use rules.Usage, from, to time.Time) rules.Usage {
	c := rules.Usage{}
	for key, u := range use {
		prefix, period := key[:strings.LastIndexByte(key, '/')+1], key[strings.LastIndexByte(key, '/')+1:]
		for _, p := range periods {
			if period == p.Key(from, from.Location()) {
				key, u.Until = prefix+p.Key(to, to.Location()), p.Window(to, to.Location()).Until
			}
		}
		c[key] = u
	}
	return c
}

// time moves an event to the same time as the one before, to noon of a plain day, or
// to the whole hour.
func (m *simplifier) time(i int) bool {
	at := m.best.events[i].Time
	simpler := []time.Time{plainDays[0].Start(at.Location()).Add(12 * time.Hour)}
	if i > 0 {
		simpler = append([]time.Time{m.best.events[i-1].Time}, simpler...)
	}
	day := calendar.DateOf(at, at.Location()).Start(at.Location())
	simpler = append(simpler, day.Add(12*time.Hour), day, at.Truncate(time.Hour), at.Truncate(time.Minute), at.Truncate(time.Second))
	for _, t := range simpler {
		if t.Equal(at) {
			return false
		}
		if m.try(func(s *sample) { s.events[i].Time = t }) {
			return true
		}
	}
	return false
}

// order makes an event's order simpler.
func (m *simplifier) order(i int) (helped bool) {
	o := m.best.events[i].Order
	if o == nil {
		return false
	}
	for k := len(o.Lines) - 1; k >= 0 && len(m.best.events[i].Order.Lines) > 1; k-- {
		helped = m.dropLine(i, k) || helped
	}
	helped = m.clearOrder(i) || helped
	helped = m.number(i) || helped
	for k := range m.best.events[i].Order.Lines {
		at := func(s *sample) *rules.Line { return &s.events[i].Order.Lines[k] }
		helped = m.clearLine(at) || helped
		if i == 0 && k == m.best.line && m.law.figures {
			continue
		}
		helped = m.lower(micros(at(m.best).Quantity), million, million, func(s *sample, n int64) { at(s).Quantity = money(n) }) || helped
		helped = m.lower(micros(at(m.best).Amount), million, cent, func(s *sample, n int64) { at(s).Amount = money(n) }) || helped
	}
	return helped
}

// simplifyTurn looks for a plainer order.
func simplifyTurn(m *simplifier) bool {
	for turn := range min(m.best.turn, 4) {
		if m.try(func(s *sample) { s.turn = turn }) {
			return true
		}
	}
	return false
}

// number gives an order's lines the IDs 1, 2, 3.
func (m *simplifier) number(i int) bool {
	numbered := func(lines []rules.Line) bool {
		for k := range lines {
			if lines[k].ID != strconv.Itoa(k+1) {
				return false
			}
		}
		return true
	}
	lines, extra := m.best.events[i].Order.Lines, m.best.extra
	if numbered(lines) && (extra == nil || i > 0 || extra.ID == strconv.Itoa(len(lines)+1)) {
		return false
	}
	return m.try(func(s *sample) {
		lines := s.events[i].Order.Lines
		for k := range lines {
			lines[k].ID = strconv.Itoa(k + 1)
		}
		if s.extra != nil && i == 0 {
			s.extra.ID = strconv.Itoa(len(lines) + 1)
		}
	})
}

// clearOrder takes shipping, discount and means of payment off an order, and where
// that alone does not do puts what they came to on the first line.
func (m *simplifier) clearOrder(i int) (helped bool) {
	for _, f := range []struct {
		field func(o *rules.Order) *decimal.Decimal
		sign  int64 // of what it adds to the order
	}{
		{func(o *rules.Order) *decimal.Decimal { return &o.ShippingTax }, 0},
		{func(o *rules.Order) *decimal.Decimal { return &o.Shipping }, 1},
		{func(o *rules.Order) *decimal.Decimal { return &o.Discount }, -1},
		{func(o *rules.Order) *decimal.Decimal { return &o.PaidInPoints }, -1},
		{func(o *rules.Order) *decimal.Decimal { return &o.PaidByGiftCard }, -1},
	} {
		had := micros(*f.field(m.best.events[i].Order))
		if had == 0 {
			continue
		}
		for _, moved := range []int64{0, f.sign * had} {
			if m.try(func(s *sample) {
				o := s.events[i].Order
				*f.field(o) = money(0)
				o.Lines[0].Amount = money(max(micros(o.Lines[0].Amount)+moved, 0))
			}) {
				helped = true
				break
			}
		}
	}
	return helped
}

// dropLine leaves a line out, or puts its price, and perhaps its quantity, on the one
// before.
func (m *simplifier) dropLine(i, k int) bool {
	drop := func(s *sample) {
		o := s.events[i].Order
		o.Lines = append(o.Lines[:k], o.Lines[k+1:]...)
		if i == 0 && s.line >= k {
			s.line = max(s.line-1, 0)
		}
	}
	merge := func(more int64) func(s *sample) {
		return func(s *sample) {
			lines := s.events[i].Order.Lines
			from, to := &lines[k], &lines[k-1]
			to.Amount = money(micros(to.Amount) + micros(from.Amount) - micros(from.Discount))
			to.Quantity = money(micros(to.Quantity) + more*micros(from.Quantity))
			drop(s)
		}
	}
	return m.try(drop) || k > 0 && (m.try(merge(0)) || m.try(merge(1)))
}

func (m *simplifier) clearLine(at func(*sample) *rules.Line) (helped bool) {
	l := at(m.best)
	for _, c := range []struct {
		has   bool
		clear func(l *rules.Line)
	}{
		{l.SKU != "", func(l *rules.Line) { l.SKU = "" }},
		{l.Category != "", func(l *rules.Line) { l.Category = "" }},
		{strings.HasSuffix(l.Category, below), func(l *rules.Line) { l.Category = strings.TrimSuffix(l.Category, below) }},
		{l.Brand != "", func(l *rules.Line) { l.Brand = "" }},
		{len(l.Labels) > 0, func(l *rules.Line) { l.Labels = nil }},
		{!l.Discount.IsZero(), func(l *rules.Line) { l.Discount = money(0) }},
		{!l.Discount.IsZero(), func(l *rules.Line) { l.Amount, l.Discount = l.Amount.Sub(l.Discount), money(0) }},
		{!l.Tax.IsZero(), func(l *rules.Line) { l.Tax = money(0) }},
	} {
		if c.has && m.try(func(s *sample) { c.clear(at(s)) }) {
			helped = true
		}
	}
	return helped
}

// lower brings a figure to the plain one, or at least nearer to it from above, in ever
// smaller steps down to the finest.
func (m *simplifier) lower(n, plain, finest int64, set func(s *sample, n int64)) (helped bool) {
	if n == plain {
		return false
	}
	if m.try(func(s *sample) { set(s, plain) }) {
		return true
	}
	if whole := n - n%finest; whole != n && whole > plain && m.try(func(s *sample) { set(s, whole) }) {
		n, helped = whole, true
	}
	for step := int64(1_000_000 * million); step >= finest; step /= 10 {
		for n-step > plain && m.try(func(s *sample) { set(s, n-step) }) {
			n -= step
			helped = true
		}
	}
	return helped
}
