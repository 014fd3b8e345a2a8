package rules

// result writes the awards out.
func (e *evaluation) result() (Result, error) {
	var made, counted, fallen int // upper bounds
	for i := range e.awards {
		if a := &e.awards[i]; a.gives() || a.rule.effect.carry {
			made++
			counted += len(a.rule.limits) + len(a.rule.caps)
			if a.rule.effect.carry || a.drawn != nil {
				counted++
			}
			fallen += max(len(a.weights), len(a.wide))
		}
	}
	if made == 0 {
		return Result{Trace: e.traces, PassedOver: e.passed, Faults: e.faults, Cuts: e.cuts}, nil
	}
	out := make([]Award, 0, made)
	counters := make([]Counter, 0, counted)
	shares := make([]Share, 0, fallen)
	for i := range e.awards {
		a := &e.awards[i]
		if !a.gives() && !a.rule.effect.carry {
			continue
		}
		firstShare, firstCounter := len(shares), len(counters)
		var carried bool
		shares, carried = e.appendShares(shares, a)
		if !a.gives() && !carried {
			continue
		}
		counters = e.appendCounters(counters, a, carried)
		out = append(out, Award{})
		award := &out[len(out)-1]
		award.Rule, award.Unit, award.Phase = a.rule.id, e.set.units[a.rule.unit], phases[a.rule.phase]
		award.Points, award.Qualifying = a.points, a.rule.qualifying
		award.Outcomes, award.Drawn, award.Spends = a.outcomes(), a.drawn, a.spends
		var err error
		if award.Terms, err = e.terms(a.rule); err != nil {
			return Result{}, err
		}
		if len(shares) > firstShare {
			award.Lines = shares[firstShare:len(shares):len(shares)]
		}
		if len(counters) > firstCounter {
			award.Counters = counters[firstCounter:len(counters):len(counters)]
		}
	}
	if len(out) == 0 {
		out = nil
	}
	return Result{Awards: out, Trace: e.traces, PassedOver: e.passed, Faults: e.faults, Cuts: e.cuts}, nil
}

// appendShares appends the lines on which something of the award falls, and says
// whether it moved the rule's carried remainder.
func (e *evaluation) appendShares(out []Share, a *award) (shares []Share, carried bool) {
	if e.event.Order == nil {
		return out, false
	}
	cost := a.rule.effect.pointCost()
	var earned []int64
	if cost > 0 {
		earned = e.share(a, a.earned)
	}
	if a.steps > 0 {
		return e.appendMoney(out, a), false
	}
	for i, points := range e.share(a, a.points) {
		s := Share{Points: points}
		if cost > 0 {
			if carry := a.weights[i] - cost*earned[i]; carry != 0 {
				s.Carry, carried = fromMicros(carry), true
			}
		}
		if points == 0 && s.Carry.IsZero() {
			continue
		}
		s.Line = e.lineOf(a, i)
		out = append(out, s)
	}
	return out, carried
}

// appendMoney appends the lines on which a commission falls, in whole steps.
func (e *evaluation) appendMoney(out []Share, a *award) []Share {
	for i, steps := range e.share(a, a.steps) {
		if steps > 0 {
			out = append(out, Share{Line: e.lineOf(a, i), Money: fromMicros(steps * a.rule.step)})
		}
	}
	return out
}

// lineOf returns the ID of the line of an award's weight.
func (e *evaluation) lineOf(a *award, i int) string {
	if a.lines != nil {
		i = int(a.lines[i])
	}
	return e.event.Order.Lines[i].ID
}

// share spreads points over the award's lines.
func (e *evaluation) share(a *award, points int64) []int64 {
	if a.shares != nil && a.shared == points {
		return a.shares
	}
	shares := e.arena.take(max(len(a.weights), len(a.wide)))
	if a.wide != nil {
		allocateWide(shares, points, a.wide)
	} else {
		allocate(shares, points, a.weights)
	}
	a.shares, a.shared = shares, points
	return shares
}

// appendCounters appends the counters under which the award is counted, each once.
func (e *evaluation) appendCounters(out []Counter, a *award, carried bool) []Counter {
	if a.gives() {
		var seen [len(pers)]bool
		for _, l := range a.rule.limits {
			if l.per != 0 && !seen[l.per] {
				seen[l.per] = true
				out = append(out, e.counter(rulePrefix, a.rule.id, l.per))
			}
		}
		for _, at := range a.rule.caps {
			if c := &e.set.caps[at]; c.per != 0 {
				out = append(out, e.capCounter(at))
			}
		}
	}
	if a.drawn != nil && a.rule.draw.src.Guarantee.After > 0 {
		out = append(out, Counter{Key: drawPrefix + a.rule.id})
	}
	if carried {
		out = append(out, Counter{Key: carryPrefix + a.rule.id})
	}
	return out
}
