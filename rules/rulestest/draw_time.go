package rulestest

import (
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
)

// plainDays are where events are that no rule's window draws elsewhere: a Monday, the
// end of a month, of a year, 29 February and the days about it.
var plainDays = []calendar.Date{
	{Year: 2026, Month: time.March, Day: 2}, {Year: 2026, Month: time.March, Day: 31}, {Year: 2026, Month: time.December, Day: 31},
	{Year: 2028, Month: time.February, Day: 29}, {Year: 2027, Month: time.February, Day: 28}, {Year: 2027, Month: time.March, Day: 1},
}

// periods are those in which rules count, and which end.
var periods = []calendar.Period{calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year}

// moment draws when the event is: within the window of a rule in focus, at the edges
// of it or of one of its slots, or on a plain day.
func (d *drawer) moment() time.Time {
	zone := d.voc.set.Zone()
	r := pick(d, d.focus)
	w := &r.Window
	at := d.day(w).Start(zone).Add(12 * time.Hour)
	if !w.From.IsZero() && at.Before(w.From) {
		at = w.From
	}
	if !w.From.IsZero() || !w.Until.IsZero() {
		at = d.edge(w, at)
	}
	if len(w.Slots) > 0 {
		slot := pick(d, w.Slots)
		at = d.slot(slot, at, zone)
	}
	if at.Year() < 1 || at.Year() > rules.MaxYear {
		at = plainDays[0].Start(zone)
	}
	return at.In(zone)
}

// day draws the day, within the window where it has an end.
func (d *drawer) day(w *rules.Window) calendar.Date {
	zone := d.voc.set.Zone()
	switch {
	case !w.From.IsZero():
		return calendar.DateOf(w.From, zone).AddDays(d.upTo(0, 3))
	case !w.Until.IsZero():
		return calendar.DateOf(w.Until, zone).AddDays(-1 - d.upTo(0, 3))
	default:
		return pick(d, plainDays)
	}
}

// edge draws one of the moments about a window's ends, or leaves the one there is.
func (d *drawer) edge(w *rules.Window, at time.Time) time.Time {
	edges := []time.Time{at}
	for _, end := range []time.Time{w.From, w.Until} {
		if !end.IsZero() {
			edges = append(edges, end, end.Add(-time.Microsecond), end.Add(time.Microsecond))
		}
	}
	return pick(d, edges)
}

// slot moves a moment into a slot or to one of its edges, on the next day it is for.
func (d *drawer) slot(s calendar.Slot, at time.Time, zone *time.Location) time.Time {
	date := calendar.DateOf(at, zone)
	for range 7 {
		if s.Days.IsZero() || s.Days.Has(date.Weekday()) {
			break
		}
		date = date.AddDays(1)
	}
	if s.From == 0 && s.Until == 0 {
		h, m, sec := at.In(zone).Clock()
		return time.Date(date.Year, date.Month, date.Day, h, m, sec, 0, zone)
	}
	clock := func(c calendar.Clock) time.Time {
		return time.Date(date.Year, date.Month, date.Day, 0, int(c), 0, 0, zone)
	}
	return pick(d, []time.Time{
		clock(s.From), clock(s.From).Add(time.Minute), clock(s.From).Add(-time.Microsecond),
		clock(s.Until), clock(s.Until).Add(-time.Microsecond),
	})
}

// later draws when the member's next event is: soon, or at the end of a period in
// which rules count, or after it. Messages may also come in another order.
func (d *drawer) later(last time.Time) time.Time {
	zone := d.voc.set.Zone()
	next := last
	switch d.upTo(0, 4) {
	case 0:
		next = last.Add(time.Hour)
	case 1:
		return last
	case 2:
		next = pick(d, periods).Window(last, zone).Until.Add(-time.Microsecond)
	case 3:
		next = pick(d, periods).Window(last, zone).Until
	default:
		next = last.AddDate(0, 0, -d.upTo(1, 40))
	}
	if next.Year() < 1 || next.Year() > rules.MaxYear {
		return last
	}
	return next.In(zone)
}

// dates draws the member's birthday and day of joining: where a rule in focus looks
// at them, about the day of the event, and on 29 February.
func (d *drawer) dates(ev *rules.Event) (birthday calendar.Yearly, joined calendar.Date) {
	today := calendar.DateOf(ev.Time, d.voc.set.Zone())
	for _, r := range d.focus {
		o := &r.Window.Occasion
		if o.Kind == "" {
			continue
		}
		near := []calendar.Date{today, today.AddDays(1), today.AddDays(-1), {Year: today.Year, Month: time.February, Day: 29}}
		if span := o.Span; span != "" && span != calendar.Day {
			w := span.Window(ev.Time, d.voc.set.Zone())
			first, after := calendar.DateOf(w.From, d.voc.set.Zone()), calendar.DateOf(w.Until, d.voc.set.Zone())
			near = append(near, first, first.AddDays(-1), after, after.AddDays(-1))
		}
		day := pick(d, near)
		if o.Kind == rules.OccasionBirthday {
			birthday = calendar.Yearly{Month: day.Month, Day: day.Day}
			continue
		}
		day.Year -= d.upTo(0, 8)
		if !day.Valid() {
			day = calendar.Date{Year: 2024, Month: time.February, Day: 29}
		}
		joined = day
	}
	return birthday, joined
}
