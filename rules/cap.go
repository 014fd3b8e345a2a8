package rules

import (
	"cmp"
	"slices"
)

// caps checks the caps and tells each rule which it is under.
func (c *checker) caps(s *Set, compiled []rule) {
	def := &s.def
	seen := make(map[string]int, len(def.Caps))
	c.each("caps", len(def.Caps), func(i int) {
		src := &def.Caps[i]
		c.unique("caps", seen, src.ID, i)
		switch {
		case src.Points != 0 && src.Uses != 0:
			c.report("", "sets both points and uses: make two caps of it")
		case src.Uses < 0:
			c.report("uses", "must be above zero")
		case src.Uses > 0:
		case src.Points <= 0:
			c.report("points", "must be above zero")
		case src.Points > MaxAward:
			c.report("points", "must be at most 10^15")
		}
		c.per(src.Per)
		s.caps = append(s.caps, limitOver{src: src, per: indexOfPer(src.Per)})
		c.scope(s, compiled, "cap", src.Rules, src.Unit, func(r *rule) {
			r.caps = append(r.caps, int32(i))
			r.useCapped = r.useCapped || src.Uses > 0
		})
	})
}

// unique checks an ID against those listed before it.
func (c *checker) unique(list string, seen map[string]int, id string, i int) {
	c.word("id", id)
	if first, ok := seen[id]; ok && id != "" {
		c.report("id", "is %s, like that of %s[%d]", quote(id), list, first)
		return
	}
	seen[id] = i
}

// scope finds the rules that a cap or a budget is over: those it lists, or all of
// its unit.
func (c *checker) scope(s *Set, compiled []rule, what string, list []string, unitName string, take func(*rule)) {
	name := cmp.Or(unitName, s.def.Unit, DefaultUnit)
	unit := slices.Index(s.units, name)
	if unit < 0 && unitName != "" {
		c.report("unit", "no rule awards %s%s", quote(name), c.didYouMean(name, s.units))
	}
	if len(list) == 0 {
		for i := range compiled {
			if compiled[i].unit == unit {
				take(&compiled[i])
			}
		}
		return
	}
	if !c.most("rules", len(list), MaxList) {
		return
	}
	c.words("rules", list)
	c.each("rules", len(list), func(i int) {
		at, ok := c.byID[list[i]]
		switch {
		case list[i] == "":
		case !ok:
			c.report("", "there is no rule %s%s", quote(list[i]), c.didYouMean(list[i], c.ruleIDs(&s.def)))
		case unit >= 0 && compiled[at].unit != unit:
			c.report("", "rule %s awards %s, but the %s counts %s", quote(list[i]), quote(s.units[compiled[at].unit]), what, quote(s.units[unit]))
		case unit < 0:
			c.report("", "rule %s awards %s, not the %s's unit", quote(list[i]), quote(s.units[compiled[at].unit]), what)
		default:
			take(&compiled[at])
		}
	})
}

// ruleIDs returns the IDs of the rules, for suggestions.
func (c *checker) ruleIDs(def *Definition) []string {
	if c.ids == nil {
		for i := range def.Rules {
			c.ids = append(c.ids, def.Rules[i].ID)
		}
	}
	return c.ids
}

// usedUpCap returns the first cap on uses that leaves the rule none, nil when there
// is none.
func (e *evaluation) usedUpCap(r *rule) *limitOver {
	if !r.useCapped {
		return nil
	}
	for _, at := range r.caps {
		if c := &e.set.caps[at]; c.src.Uses > 0 && c.per != 0 && e.used(capPrefix, c.src.ID, c.per).Uses >= c.src.Uses {
			return c
		}
	}
	return nil
}

// cap cuts the awards to what the caps leave. Taking what is left in the order of
// the awards means that bonuses are cut first, then multipliers, then base points,
// and that no cap listed before another decides.
func (e *evaluation) cap() {
	if len(e.set.caps) == 0 {
		return
	}
	left := e.arena.take(len(e.set.caps))
	for i := range left {
		left[i] = -1 // not looked at yet
	}
	for i := range e.awards {
		a := &e.awards[i]
		for _, at := range a.rule.caps {
			c := &e.set.caps[at]
			if left[at] < 0 {
				left[at] = e.leftOf(c)
			}
			switch {
			case c.src.Uses > 0 && left[at] == 0 && a.gives():
				e.noteCut(a, Cut{Cap: c.src.ID, Uses: c.src.Uses, Per: c.src.Per, Points: a.points})
				a.annul()
			case c.src.Points > 0 && left[at] < a.points:
				e.noteCut(a, Cut{Cap: c.src.ID, Limit: c.src.Points, Per: c.src.Per, Points: a.points - left[at]})
				a.points = left[at]
			}
		}
		for _, at := range a.rule.caps {
			switch {
			case e.set.caps[at].src.Points > 0:
				left[at] -= a.points
			case a.gives():
				left[at]--
			}
		}
	}
}

// leftOf returns how many points or uses a cap leaves.
func (e *evaluation) leftOf(c *limitOver) int64 {
	if c.src.Points > 0 {
		return e.left(capPrefix, c.src.ID, c.per, c.src.Points)
	}
	if c.per == 0 {
		return c.src.Uses
	}
	return max(c.src.Uses-max(e.used(capPrefix, c.src.ID, c.per).Uses, 0), 0)
}
