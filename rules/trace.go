package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// trace describes a verdict. Its points are filled in later.
func (e *evaluation) trace(m *match, why verdict) Trace {
	r := m.rule
	t := Trace{Rule: r.src.ID, Name: r.src.Name, Unit: e.set.units[r.unit], Phase: phases[r.phase], Matched: why == matched}
	if why >= usedUp {
		i := int(why - usedUp)
		l := r.limits[i]
		t.Failed = fmt.Sprintf("limits[%d].uses", i)
		t.Wanted = fmt.Sprintf("at most %d per %s", l.uses, pers[l.per])
		t.Actual = fmt.Sprintf("%d already", e.used(rulePrefix, r.id, l.per).Uses)
		return t
	}
	if why == capUsedUp {
		c := e.usedUpCap(r)
		t.Failed = FailedCap
		t.Wanted = fmt.Sprintf("at most %d per %s under the cap %s", c.src.Uses, c.src.Per, quote(c.src.ID))
		t.Actual = fmt.Sprintf("%d already", e.used(capPrefix, c.src.ID, c.per).Uses)
		return t
	}
	if why <= offOccasion {
		t.Failed, t.Wanted, t.Actual = e.describeTime(r, why)
	} else if why <= notNthOrder {
		t.Failed, t.Wanted, t.Actual = e.describeMember(r, why)
	} else {
		t.Failed, t.Wanted, t.Actual = e.describeOrder(m, why)
	}
	return t
}

func (e *evaluation) describeTime(r *rule, why verdict) (failed, wanted, actual string) {
	at := e.event.Time.In(e.set.zone)
	switch why {
	case isDisabled:
		return "disabled", "enabled", "disabled"
	case tooEarly:
		return "window.from", "from " + r.src.Window.From.In(e.set.zone).Format(time.RFC3339), at.Format(time.RFC3339)
	case tooLate:
		return "window.until", "before " + r.src.Window.Until.In(e.set.zone).Format(time.RFC3339), at.Format(time.RFC3339)
	case offSlot:
		return "window.slots", describeSlots(r.src.Window.Slots), at.Format("Mon 15:04")
	case offOccasion:
		date := e.event.Member.Birthday
		if r.src.Window.Occasion.Kind == OccasionAnniversary {
			date = calendar.YearlyOf(e.event.Member.Joined)
		}
		wanted = "the " + string(orDay(r.src.Window.Occasion.Span)) + " of the " + r.src.Window.Occasion.Kind
		if date.IsZero() {
			return "window.occasion", wanted, "no date known"
		}
		return "window.occasion", wanted, date.String() + ", on " + calendar.DateOf(at, e.set.zone).String()
	}
	return "", "", ""
}

func orDay(p calendar.Period) calendar.Period {
	if p == "" {
		return calendar.Day
	}
	return p
}

func describeSlots(slots []calendar.Slot) string {
	var all []string
	for _, s := range slots {
		days, hours := s.Days.String(), ""
		if days == "" {
			days = "every day"
		}
		if s.From != 0 || s.Until != 0 {
			hours = " " + s.From.String() + "-" + s.Until.String()
		}
		all = append(all, days+hours)
	}
	return strings.Join(all, " or ")
}

func (e *evaluation) describeMember(r *rule, why verdict) (failed, wanted, actual string) {
	ev, a := e.event, &r.src.Audience
	switch why {
	case otherTier:
		return "audience.tiers", quoteAny(a.Tiers), quoteOr(ev.Member.Tier)
	case noSegment:
		return "audience.segments_any", quoteAny(a.SegmentsAny), quoteAll(ev.Member.Segments)
	case badSegment:
		var bad []string
		for _, s := range ev.Member.Segments {
			if r.audience.segmentsNot.has(s) {
				bad = append(bad, s)
			}
		}
		return "audience.segments_not", "not " + quoteAny(a.SegmentsNot), quoteAll(bad)
	case otherStage:
		return "audience.stages", quoteAny(a.Stages), quoteOr(ev.Member.Stage)
	case noInterest:
		return "audience.interests", quoteAny(a.Interests), quoteAll(ev.Member.Interests)
	case otherChannel:
		return "audience.channels", quoteAny(a.Channels), quoteOr(ev.Channel)
	case otherStore:
		return "audience.stores", quoteAny(a.Stores), quoteOr(ev.Store)
	case notFirstOrder:
		return "audience.first_order", "the first order", fmt.Sprintf("%d before it", ev.Member.Orders)
	case notNthOrder:
		return "audience.nth_order", a.NthOrder.String(), fmt.Sprintf("order %d", ev.Member.Orders+1)
	}
	return "", "", ""
}

func (e *evaluation) describeOrder(m *match, why verdict) (failed, wanted, actual string) {
	r := m.rule
	switch why {
	case noOrder:
		return FailedOrder, "an order", "none"
	case noLine:
		return "lines", "a line it selects", fmt.Sprintf("none of %d", len(e.order.lines))
	case belowMinQuantity:
		return "lines.min_quantity", "at least " + formatMicros(r.minQuantity), formatMicros(e.quantity(m))
	case belowMinAmount:
		return "lines.min_amount", "at least " + formatMicros(r.minAmount), formatMicros(e.amount(m))
	case whenFails:
		return e.describeWhen(r)
	case exprFails:
		return "expr", quote(r.src.Expr), e.said(r)
	case nothingToMultiply:
		return FailedBase, "base points to multiply", "none"
	}
	return "", "", ""
}

func quoteOr(s string) string {
	if s == "" {
		return "none"
	}
	return quote(s)
}

func quoteAll(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.ReplaceAll(quoteAny(words), " or ", " and ")
}

// suppress notes in the trace that a rule that matched gave way to another.
func (e *evaluation) suppress(m match, failed, wanted, by string) {
	if !e.tracing {
		return
	}
	t := &e.traces[m.trace]
	t.Matched, t.Failed, t.Wanted, t.Actual = false, failed, wanted, by
}

// noteCut notes what was taken off an award.
func (e *evaluation) noteCut(a *award, c Cut) {
	e.cuts = append(e.cuts, AwardCut{Rule: a.rule.id, Unit: e.set.units[a.rule.unit], Cut: c})
	if e.tracing {
		t := &e.traces[a.trace]
		t.Cuts = append(t.Cuts, c)
	}
}

// tracePoints fills in the points before and after each rule of a phase, from the
// sums before it and the awards it made.
func (e *evaluation) tracePoints(firstTrace, firstAward int, sums []int64) {
	awards := e.awards[firstAward:]
	for i := firstTrace; i < len(e.traces); i++ {
		t := &e.traces[i]
		var unit int
		for unit = range e.set.units {
			if e.set.units[unit] == t.Unit {
				break
			}
		}
		t.Before = sums[unit]
		if len(awards) > 0 && awards[0].trace == i {
			sums[unit] += awards[0].points
			awards = awards[1:]
		}
		t.After = sums[unit]
	}
}
