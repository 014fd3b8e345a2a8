package rules

import "cmp"

// basePoints are the base points of one unit, which multipliers multiply.
type basePoints struct {
	lines  []int64 // by line; without an order a single entry
	total  int64
	filled []int32 // the lines that have some
}

// gatherBase adds up what the base rules awarded, line by line.
func (e *evaluation) gatherBase() {
	e.base = cleared(e.base, len(e.set.units))
	for i := range e.awards {
		a := &e.awards[i]
		b := &e.base[a.rule.unit]
		if b.lines == nil {
			b.lines = e.arena.take(max(len(e.order.lines), 1))
		}
		b.total += a.points
		if e.event.Order == nil {
			b.lines[0] += a.points
			continue
		}
		for i, points := range e.share(a, a.points) {
			if a.lines != nil {
				i = int(a.lines[i])
			}
			b.lines[i] += points
		}
	}
	for unit := range e.base {
		b := &e.base[unit]
		first := len(e.selected)
		for i, points := range b.lines {
			if points > 0 {
				e.selected = append(e.selected, int32(i))
			}
		}
		b.filled = e.selected[first:len(e.selected):len(e.selected)]
	}
}

// selectBase narrows a multiplier's lines to those that have base points, and
// reports whether there are any.
func (e *evaluation) selectBase(m *match) bool {
	b := &e.base[m.rule.unit]
	if b.total == 0 {
		return false
	}
	if m.lines == nil {
		m.lines = b.filled
		return true
	}
	kept := m.lines[:0] // the selection is this match's own
	for _, i := range m.lines {
		if b.lines[i] > 0 {
			kept = append(kept, i)
		}
	}
	m.lines = kept
	return len(kept) > 0
}

// multiply makes the awards of the multipliers that matched.
func (e *evaluation) multiply() error {
	e.chooseInGroups()
	if len(e.matches) == 0 {
		return nil
	}
	gains := make([]gain, len(e.matches))
	for unit := range e.base {
		if err := e.stack(unit, gains); err != nil {
			return err
		}
	}
	for i := range e.matches {
		m, g := &e.matches[i], &gains[i]
		a := e.begun(m)
		a.earned = g.points
		if e.event.Order != nil {
			a.weights, a.wide = g.weights, g.wide
		}
		if err := e.add(a); err != nil {
			return err
		}
	}
	return nil
}

// stack fills the gains of the multipliers of one unit.
func (e *evaluation) stack(unit int, gains []gain) error {
	factors, at := make([]factor, 0, len(e.matches)), make([]int, 0, len(e.matches))
	for i := range e.matches {
		m := &e.matches[i]
		if m.rule.unit != unit {
			continue
		}
		f := factor{num: m.rule.effect.points, den: m.rule.effect.per, lines: m.lines}
		if m.rule.mode == StackAdditive {
			f.additive = m.rule.src.Group
		}
		factors, at = append(factors, f), append(at, i)
	}
	if len(factors) == 0 {
		return nil
	}
	b := &e.base[unit]
	first := e.matches[at[0]].rule
	made, ok := stack(b.lines, b.total, factors, first.effect.round, &e.arena)
	if !ok {
		return e.tooMany(first)
	}
	for i, g := range made {
		gains[at[i]] = g
	}
	return nil
}

// chooseInGroups takes from each multiplier of a group in which only one applies
// the lines on which another does, and drops those left without any.
func (e *evaluation) chooseInGroups() {
	var groups []chosen
	for i := range e.matches {
		if r := e.matches[i].rule; r.choosing() {
			groups = e.chooseLines(groups, &e.matches[i])
		}
	}
	if groups == nil {
		return
	}
	kept := e.matches[:0]
	for _, m := range e.matches {
		if m.rule.choosing() {
			winners, first := chosenOf(groups, m.rule).winners, m.lines[0]
			won := make([]int32, 0, len(m.lines))
			for _, line := range m.lines {
				if winners[line] == m.rule {
					won = append(won, line)
				}
			}
			if m.lines = won; len(won) == 0 {
				e.suppress(m, FailedGroup, "the "+string(m.rule.mode)+" of group "+quote(m.rule.src.Group), winners[first].src.ID)
				continue
			}
		}
		kept = append(kept, m)
	}
	e.matches = kept
}

// choosing reports whether one multiplier of the rule's group applies, not all.
func (r *rule) choosing() bool { return r.mode == StackHighest || r.mode == StackFirst }

// chosen is which multiplier of a group applies on each line.
type chosen struct {
	unit    int
	group   string
	winners []*rule
}

func chosenOf(groups []chosen, r *rule) *chosen {
	for i := range groups {
		if groups[i].unit == r.unit && groups[i].group == r.src.Group {
			return &groups[i]
		}
	}
	return nil
}

// chooseLines enters a match for its lines. Matches come by priority, so the first
// to claim a line keeps it unless the highest factor is sought.
func (e *evaluation) chooseLines(groups []chosen, m *match) []chosen {
	r := m.rule
	c := chosenOf(groups, r)
	if c == nil {
		groups = append(groups, chosen{r.unit, r.src.Group, make([]*rule, len(e.base[r.unit].lines))})
		c = &groups[len(groups)-1]
	}
	for _, line := range m.lines {
		if w := c.winners[line]; w == nil || r.mode == StackHighest && compareFactors(r, w) > 0 {
			c.winners[line] = r
		}
	}
	return groups
}

// compareFactors compares the factors of two multipliers; the products are below
// 10^15.
func compareFactors(a, b *rule) int {
	return cmp.Compare(a.effect.points*b.effect.per, b.effect.points*a.effect.per)
}
