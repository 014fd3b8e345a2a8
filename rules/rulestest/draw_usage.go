package rulestest

import (
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
)

// usage draws what the member had before the event under the limits and caps of the
// rules in focus: mostly nothing, else almost as much as they allow, all, or more
// than they allow now.
func (d *drawer) usage(ev *rules.Event) rules.Usage {
	use := rules.Usage{}
	for _, r := range d.focus {
		for _, l := range r.Limits {
			d.counter(use, ev, "rule/"+r.ID+"/", l.Per, l.Points, l.Uses)
		}
		for _, c := range d.voc.caps(r) {
			d.counter(use, ev, "cap/"+c.ID+"/", c.Per, c.Points, c.Uses)
		}
		if draw := r.Effect.Draw; draw != nil && draw.Guarantee.After > 0 && d.once(2) {
			use["draw/"+r.ID] = rules.Use{Uses: max(draw.Guarantee.After-int64(d.index(3)), 1)}
		}
		if r.Effect.Carry && d.once(3) {
			cost := micros(r.Effect.Per) / max(r.Effect.Points, 1)
			if r.Effect.Blocks {
				cost = micros(r.Effect.Per)
			}
			if m := d.partOf(min(cost, maxDrawn)); m > 0 && m < cost {
				use["carry/"+r.ID] = rules.Use{Carry: money(m)}
			}
		}
	}
	return use
}

// counter draws one counter, by the key under which package rules documents it.
func (d *drawer) counter(use rules.Usage, ev *rules.Event, prefix string, per rules.Per, points, uses int64) {
	if per == rules.PerOrder || !d.once(3) {
		return
	}
	period := calendar.Period(per)
	key := prefix + period.Key(ev.Time, d.voc.set.Zone())
	had := use[key] // a rule may have several limits over one period
	left := int64(pick(d, []int64{1, 0, 10, -1}))
	if points > 0 {
		had.Points = max(points-left, 0)
		had.Uses = max(had.Uses, min(had.Points, 1))
	} else {
		had.Uses = max(uses-left, 0)
		had.Points = max(had.Points, had.Uses)
	}
	if per != rules.PerEver {
		had.Until = period.Window(ev.Time, d.voc.set.Zone()).Until
	}
	if had.Points > 0 || had.Uses > 0 {
		use[key] = had
	}
}

// funds draws what is left of the budgets and stocks that an event may draw on: mostly
// all, else nothing, hardly anything, or hardly anything less than all.
func (d *drawer) funds(ev *rules.Event) rules.Funds {
	funds := rules.Funds{}
	for _, need := range d.voc.set.Needs(ev) {
		if !d.once(3) {
			continue
		}
		left := need.Full
		few := pick(d, []int64{0, 1, 10, -1})
		switch full := micros(left.Money); {
		case left.Pieces > 0:
			left.Pieces = int64(d.index(2))
		case left.Points > 0:
			if left.Points = min(few, left.Points); few < 0 {
				left.Points = need.Full.Points + few
			}
		default:
			left.Money = money(pick(d, []int64{0, 1, cent, million, full - 1}))
		}
		funds[need.Key] = left
	}
	return funds
}
