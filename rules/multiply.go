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
	e.base = make([]basePoints, len(e.set.units))
	for i := range e.awards {
		a := &e.awards[i]
		b := &e.base[a.rule.unit]
		if b.lines == nil {
			b.lines = make([]int64, max(len(e.order.lines), 1))
		}
		b.total += a.points
		if e.event.Order == nil {
			b.lines[0] += a.points
			continue
		}
		for i, points := range a.share(a.points) {
			if a.lines != nil {
				i = int(a.lines[i])
			}
			b.lines[i] += points
		}
	}
	for unit := range e.base {
		b := &e.base[unit]
		b.filled = make([]int32, 0, len(b.lines))
		for i, points := range b.lines {
			if points > 0 {
				b.filled = append(b.filled, int32(i))
			}
		}
	}
}

// selectBase narrows a multiplier's lines to those that have base points, and
// reports whether there are any.
func (e *evaluation) selectBase(m *match) bool {
	b := &e.base[m.rule.unit]
	if m.lines == nil {
		m.lines = b.filled
		return len(m.lines) > 0
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
	gains := make([]gain, len(e.matches))
	for unit := range e.base {
		if err := e.stack(unit, gains); err != nil {
			return err
		}
	}
	for i := range e.matches {
		m, g := &e.matches[i], &gains[i]
		a := award{rule: m.rule, lines: m.lines, trace: m.trace, earned: g.points, weights: g.weights, wide: g.wide}
		if e.event.Order == nil {
			a.weights, a.wide = nil, nil
		}
		if err := e.add(a); err != nil {
			return err
		}
	}
	return nil
}

// stack fills the gains of the multipliers of one unit.
func (e *evaluation) stack(unit int, gains []gain) error {
	var factors []factor
	var at []int
	for i := range e.matches {
		m := &e.matches[i]
		if m.rule.unit != unit {
			continue
		}
		f := factor{num: m.rule.effect.num, den: m.rule.effect.den, lines: m.lines}
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
	made, ok := stack(b.lines, b.total, factors, first.effect.round)
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
	choosing := false
	for i := range e.matches {
		mode := e.matches[i].rule.mode
		choosing = choosing || mode == StackHighest || mode == StackFirst
	}
	if !choosing {
		return
	}
	type place struct {
		unit  int
		group string
		line  int32
	}
	winners := map[place]*rule{}
	for i := range e.matches {
		r := e.matches[i].rule
		if r.mode != StackHighest && r.mode != StackFirst {
			continue
		}
		for _, line := range e.matches[i].lines {
			at := place{r.unit, r.src.Group, line}
			if w := winners[at]; w == nil || r.mode == StackHighest && compareFactors(r, w) > 0 {
				winners[at] = r
			}
		}
	}
	kept := e.matches[:0]
	for _, m := range e.matches {
		r := m.rule
		if r.mode == StackHighest || r.mode == StackFirst {
			var by *rule
			var lines []int32
			for _, line := range m.lines {
				if w := winners[place{r.unit, r.src.Group, line}]; w == r {
					lines = append(lines, line)
				} else {
					by = w
				}
			}
			if m.lines = lines; len(lines) == 0 {
				e.suppress(m, "group", "the "+string(r.mode)+" of group "+quote(r.src.Group), by.src.ID)
				continue
			}
		}
		kept = append(kept, m)
	}
	e.matches = kept
}

// compareFactors compares the factors of two multipliers; the products are below
// 10^15.
func compareFactors(a, b *rule) int {
	return cmp.Compare(a.effect.num*b.effect.den, b.effect.num*a.effect.den)
}
