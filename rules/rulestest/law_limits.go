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
		for i, l := range r.Limits {
			if slices.Contains(r.Limits[:i], l) {
				continue // said twice
			}
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
		size := count(c.Points, sub.unit(c.Unit))
		if c.Uses > 0 {
			size = count(c.Uses, "uses")
		}
		b := bound{
			name: fmt.Sprintf("the cap %q of %s per %s", c.ID, size, c.Per),
			key:  "cap/" + c.ID + "/", points: c.Points, uses: c.Uses, per: c.Per,
		}
		for _, id := range sortedKeys(ids) {
			r := sub.byID[id]
			if r != nil && sub.covers(c.Rules, c.Unit, r) {
				b.rules = append(b.rules, id)
			}
		}
		if len(b.rules) > 0 {
			all = append(all, b)
		}
	}
	return all
}

// covers reports whether a cap or budget is over a rule: one that it lists, or when
// it lists none one of its unit.
func (sub *subject) covers(list []string, unit string, r *rules.Rule) bool {
	return slices.Contains(list, r.ID) || len(list) == 0 && sub.unit(r.Unit) == sub.unit(unit)
}

// gives reports whether an award is a use of its rule: it gives something, be it a
// blank that was drawn.
func gives(a *rules.Award) bool { return a.Points > 0 || len(a.Outcomes) > 0 || a.Drawn != nil }

func (sub *subject) unit(name string) string { return cmp.Or(name, sub.def.Unit, rules.DefaultUnit) }

// tally is what each limit, cap and fund has let through so far.
type tally struct {
	sub    *subject
	before rules.Usage
	had    map[string]rules.Use // by bound and period
	left   funds
}

// checkLimits decides the events one after the other, as one member's, and counts
// by itself what each limit and cap has let through.
func checkLimits(sub *subject, s *sample) *breach {
	now := s.before.clone()
	t := tally{sub: sub, before: s.before.use, had: map[string]rules.Use{}, left: funds{}}
	b := &breach{event: s.events[0], before: s.before}
	for i, ev := range s.events {
		t.left.look(sub.filled(ev, now.funds))
		o := sub.evaluated(eventLabel(i), ev, now)
		if o.err != nil {
			return nil // told by the law of awards
		}
		b.sides = append(b.sides, o)
		if b.what, b.rules = t.count(ev, i, &o); b.what != "" {
			return b
		}
		if b.what, b.rules = sub.overspent(t.left, ev, &o.result); b.what != "" {
			return b
		}
		now = sub.after(ev, now, o.result.Awards)
	}
	return nil
}

// count counts the awards of the nth event, and says what they pass and whose they are.
func (t *tally) count(ev *rules.Event, n int, o *outcome) (what string, ids []string) {
	given := map[string]bool{}
	for k := range o.result.Awards {
		if a := &o.result.Awards[k]; gives(a) {
			given[a.Rule] = true
		}
	}
	for _, b := range t.sub.bounds(given) {
		period := b.period(ev, t.sub.set)
		key := b.name + " " + period
		if b.per == rules.PerOrder {
			key = fmt.Sprint(key, n)
		}
		sum, seen := t.had[key]
		if !seen && b.per != rules.PerOrder {
			was := t.before[b.key+period]
			sum = rules.Use{Points: was.Points, Uses: was.Uses}
		}
		before := sum
		for _, id := range b.rules {
			sum.Points += pointsOf(o.award(id))
			sum.Uses++
		}
		t.had[key] = sum
		if what = b.passed(before, sum, period); what != "" {
			return what, b.rules
		}
	}
	return "", nil
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
