package rulestest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
)

// bound is a limit or a cap, as the law of limits counts it.
type bound struct {
	name   string // "the cap \"monthly\" of 500 points per month"
	key    string // prefix of its usage counter
	points int64
	uses   int64
	per    rules.Per
	rules  []string // those under it
}

// bounds returns the limits of these rules, and the caps over them.
func (sub *subject) bounds(ids map[string]bool) []bound {
	var all []bound
	for _, id := range sortedKeys(ids) {
		r := sub.byID[id]
		if r == nil {
			continue
		}
		for _, l := range r.Limits {
			size := count(l.Points, sub.unit(r.Unit))
			if l.Uses > 0 {
				size = count(l.Uses, "uses")
			}
			all = append(all, bound{
				name: fmt.Sprintf("the limit of %s per %s of rule %q", size, l.Per, id),
				key:  "rule/" + id + "/", points: l.Points, uses: l.Uses, per: l.Per, rules: []string{id},
			})
		}
	}
	for _, c := range sub.def.Caps {
		b := bound{
			name: fmt.Sprintf("the cap %q of %s per %s", c.ID, count(c.Points, sub.unit(c.Unit)), c.Per),
			key:  "cap/" + c.ID + "/", points: c.Points, per: c.Per,
		}
		for _, id := range sortedKeys(ids) {
			r := sub.byID[id]
			if r != nil && (slices.Contains(c.Rules, id) || len(c.Rules) == 0 && sub.unit(r.Unit) == sub.unit(c.Unit)) {
				b.rules = append(b.rules, id)
			}
		}
		if len(b.rules) > 0 {
			all = append(all, b)
		}
	}
	return all
}

func (sub *subject) unit(name string) string { return cmp.Or(name, sub.def.Unit, rules.DefaultUnit) }

// checkLimits decides the events one after the other, as one member's, and counts
// by itself what each limit and cap has let through.
func checkLimits(sub *subject, s *sample) *breach {
	use := s.use.Clone()
	had := map[string]rules.Use{} // by bound and period
	var sides []outcome
	for i, ev := range s.events {
		o := sub.evaluated(eventLabel(i), ev, use)
		if o.err != nil {
			return nil // told by the law of awards
		}
		sides = append(sides, o)
		given := map[string]bool{}
		for k := range o.result.Awards {
			if a := &o.result.Awards[k]; a.Points > 0 {
				given[a.Rule] = true
			}
		}
		for _, b := range sub.bounds(given) {
			period := b.period(ev, sub.set)
			key := b.name + " " + period
			if b.per == rules.PerOrder {
				key = fmt.Sprint(key, i)
			}
			sum, seen := had[key]
			if !seen && b.per != rules.PerOrder {
				was := s.use[b.key+period]
				sum = rules.Use{Points: was.Points, Uses: was.Uses}
			}
			before := sum
			for _, id := range b.rules {
				if a := o.award(id); a != nil && a.Points > 0 {
					sum.Points += a.Points
					sum.Uses++
				}
			}
			had[key] = sum
			if what := b.passed(before, sum, period); what != "" {
				return &breach{what: what, event: s.events[0], use: s.use, sides: sides, rules: b.rules}
			}
		}
		use = sub.add(use, o.result.Awards)
	}
	return nil
}

func (b *bound) period(ev *rules.Event, set *rules.Set) string {
	if b.per == rules.PerOrder {
		return ""
	}
	return calendar.Period(b.per).Key(ev.Time, set.Zone())
}

// passed says how an event passed the bound. What was beyond it already, before a
// cap was lowered perhaps, may stay but not grow.
func (b *bound) passed(before, after rules.Use, period string) string {
	in := ""
	if period != "" && b.per != rules.PerEver {
		in = " in " + period
	}
	switch {
	case b.points > 0 && after.Points > max(b.points, before.Points):
		return fmt.Sprintf("%s is passed: %d%s", b.name, after.Points, in)
	case b.uses > 0 && after.Uses > max(b.uses, before.Uses):
		return fmt.Sprintf("%s is passed: %d%s", b.name, after.Uses, in)
	}
	return ""
}
