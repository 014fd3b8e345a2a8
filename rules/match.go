package rules

import "github.com/loyaltykit/loyalty/calendar"

// verdict says whether a rule's conditions hold or which is the first that does not.
type verdict uint8

const (
	matched verdict = iota
	isDisabled
	tooEarly
	tooLate
	offSlot
	offOccasion
	otherTier
	noSegment
	badSegment
	otherStage
	noInterest
	otherChannel
	otherStore
	notFirstOrder
	notNthOrder
	noOrder
	noLine
	belowMinQuantity
	belowMinAmount
	whenFails
	nothingToMultiply
	exprFails
	capUsedUp
	usedUp // and beyond: the index of the limit
)

// match looks at a rule's conditions in the order in which a rule declares them,
// and selects its lines.
func (e *evaluation) match(m *match) verdict {
	r := m.rule
	if !r.gated || !e.admitted {
		if why := e.matchMember(r); why != matched {
			return why
		}
	}
	if r.needsOrder && e.event.Order == nil {
		return noOrder
	}
	if why := e.matchLines(m); why != matched {
		return why
	}
	if r.when != nil && !e.holds(r.when) {
		return whenFails
	}
	if r.effect.kind == multiplierKind && !e.selectBase(m) {
		return nothingToMultiply
	}
	for i, l := range r.limits {
		if l.uses > 0 && e.used(rulePrefix, r.id, l.per).Uses >= l.uses {
			return usedUp + verdict(i)
		}
	}
	if e.usedUpCap(r) != nil {
		return capUsedUp
	}
	if r.expr != nil && !e.ask(r) { // last: it may cost a hundred times what the others do
		return exprFails
	}
	return matched
}

// matchMember looks at when the rule is in force and whom it is for.
func (e *evaluation) matchMember(r *rule) verdict {
	at, w := e.event.Time, &r.src.Window
	switch {
	case r.src.Disabled:
		return isDisabled
	case at.Before(w.From):
		return tooEarly
	case !w.Until.IsZero() && !at.Before(w.Until):
		return tooLate
	case len(w.Slots) > 0 && !e.inSlot(w.Slots):
		return offSlot
	case w.Occasion.Kind != "" && !e.onOccasion(&w.Occasion):
		return offOccasion
	case r.audience != nil:
		return r.audience.match(e.event)
	}
	return matched
}

func (a *audience) match(ev *Event) verdict {
	member := &ev.Member
	switch {
	case !a.tiers.empty() && !a.tiers.has(member.Tier):
		return otherTier
	case !a.segmentsAny.empty() && !a.segmentsAny.hasAny(member.Segments):
		return noSegment
	case a.segmentsNot.hasAny(member.Segments):
		return badSegment
	case !a.stages.empty() && !a.stages.has(member.Stage):
		return otherStage
	case !a.interests.empty() && !a.interests.hasAny(member.Interests):
		return noInterest
	case !a.channels.empty() && !a.channels.has(ev.Channel):
		return otherChannel
	case !a.stores.empty() && !a.stores.has(ev.Store):
		return otherStore
	case a.firstOrder && member.Orders > 0:
		return notFirstOrder
	case a.nth != nil && !a.nth.has(member.Orders+1):
		return notNthOrder
	}
	return matched
}

func (e *evaluation) inSlot(slots []calendar.Slot) bool {
	for _, s := range slots {
		if s.Contains(e.event.Time, e.set.zone) {
			return true
		}
	}
	return false
}

// onOccasion reports whether the event is on the member's yearly date, or in the
// week or month in which it falls.
func (e *evaluation) onOccasion(o *Occasion) bool {
	member := &e.event.Member
	yearly, after := member.Birthday, -1
	if o.Kind == OccasionAnniversary {
		yearly, after = calendar.YearlyOf(member.Joined), member.Joined.Year
	}
	if yearly.IsZero() {
		return false
	}
	today := calendar.DateOf(e.event.Time, e.set.zone)
	if o.Span == "" || o.Span == calendar.Day {
		return today.Year > after && yearly.In(today.Year, o.Leap) == today
	}
	// A week may hold a date of the year before or after its own.
	for year := today.Year - 1; year <= today.Year+1; year++ {
		const longest = 31 // days in a span
		date := yearly.In(year, o.Leap)
		if days := today.DaysSince(date); year <= after || days > longest || days < -longest {
			continue
		}
		if o.Span.Window(date.Start(e.set.zone), e.set.zone).Contains(e.event.Time) {
			return true
		}
	}
	return false
}

// matchLines selects the rule's lines and looks at what they come to.
func (e *evaluation) matchLines(m *match) verdict {
	r := m.rule
	if r.narrows {
		first := len(e.selected)
		e.selectLines(m)
		m.lines = e.selected[first:len(e.selected):len(e.selected)]
		if len(m.lines) == 0 {
			return noLine
		}
	}
	if r.minQuantity > 0 && e.quantity(m) < r.minQuantity {
		return belowMinQuantity
	}
	if r.minAmount > 0 && e.amount(m) < r.minAmount {
		return belowMinAmount
	}
	return matched
}

// selectLines appends the lines that the rule picks. The index has met them on its
// way to a rule that is filed by what it picks.
func (e *evaluation) selectLines(m *match) {
	r, lines, first := m.rule, e.event.Order.Lines, len(e.selected)
	if r.byGoods && e.finder.exact {
		for _, h := range e.finder.hits {
			n := len(e.selected)
			met := n > first && e.selected[n-1] == h.line // by another word
			if h.rule == m.at && !met && !r.excludes(&lines[h.line]) {
				e.selected = append(e.selected, h.line)
			}
		}
		return
	}
	for i := range lines {
		if r.picks(&lines[i]) {
			e.selected = append(e.selected, int32(i))
		}
	}
}

// quantity returns how much the selected lines hold, in millionths.
func (e *evaluation) quantity(m *match) (sum int64) {
	if m.lines == nil {
		return e.order.quantity()
	}
	for _, i := range m.lines {
		sum += e.order.lines[i].quantity
	}
	return sum
}

// amount returns what of the selected lines counts on the rule's own basis.
func (e *evaluation) amount(m *match) (sum int64) {
	b := e.basis(m.rule)
	if m.lines == nil {
		return b.total
	}
	for _, i := range m.lines {
		sum += b.lines[i]
	}
	return sum
}

// basis returns the money that counts for a rule, reckoned once per kind.
func (e *evaluation) basis(r *rule) *basis {
	kind := r.effect.basis
	if !r.narrows {
		kind |= wholeOrder
	}
	for i := range e.bases {
		if e.bases[i].kind == kind {
			return &e.bases[i]
		}
	}
	e.bases = append(e.bases, e.order.basis(kind, &e.arena))
	return &e.bases[len(e.bases)-1]
}
