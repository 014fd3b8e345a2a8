package rules

// award makes the awards of the matches of a phase other than that of multipliers.
func (e *evaluation) award() error {
	for i := range e.matches {
		m := &e.matches[i]
		if m.rule.effect.kind == drawKind && e.noDraws {
			e.suppress(*m, FailedDraw, "a draw", "a quote")
			continue
		}
		a := e.begun(m)
		var ok bool
		var err error
		switch m.rule.effect.kind {
		case fixedKind:
			ok = e.fixed(a)
		case quantityKind:
			ok = e.perQuantity(a)
		case outcomeKind:
			e.give(a)
			ok = true
		case commissionKind:
			ok = e.commission(a)
		case drawKind:
			ok, err = true, e.draw(a)
		default:
			ok, err = e.rate(a)
		}
		if !ok && err == nil {
			err = e.tooMany(m.rule)
		}
		if err == nil {
			err = e.add(a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// begun begins the award of a match.
func (e *evaluation) begun(m *match) *award {
	e.awards = append(e.awards, award{rule: m.rule, lines: m.lines, trace: m.trace})
	return &e.awards[len(e.awards)-1]
}

// fixed points fall on the lines by what these cost.
func (e *evaluation) fixed(a *award) (ok bool) {
	a.earned = int64(a.rule.effect.points)
	if e.event.Order != nil {
		a.weights = e.weigh(a.lines, func(l *line) int64 { return l.net })
	}
	return true
}

func (e *evaluation) perQuantity(a *award) (ok bool) {
	a.weights = e.weigh(a.lines, func(l *line) int64 { return l.quantity })
	eff := &a.rule.effect
	return e.count(a, func(quantity int64) (uint64, bool) {
		return mulDiv(uint64(quantity), eff.points, millionth, eff.round, MaxAward)
	})
}

func (e *evaluation) rate(a *award) (ok bool, err error) {
	b := e.basis(a.rule)
	a.weights = b.of(a.lines, &e.arena)
	eff := &a.rule.effect
	if eff.carry {
		return e.carried(a)
	}
	return e.count(a, eff.rate), nil
}

// rate returns the points for an amount that is not negative.
func (eff *effect) rate(amount int64) (points uint64, ok bool) {
	if eff.blocks {
		return mulDiv(uint64(amount)/eff.per, eff.points, 1, floor, MaxAward)
	}
	return mulDiv(uint64(amount), eff.points, eff.per, eff.round, MaxAward)
}

// carried counts the whole order together with what is left of those before.
func (e *evaluation) carried(a *award) (ok bool, err error) {
	key := carryPrefix + a.rule.id
	sum, why := micros(e.usage[key].Carry)
	if why != exact {
		return false, &EventError{Field: "usage[" + quote(key) + "].carry", Reason: why.String()}
	}
	for _, w := range a.weights {
		sum += w
	}
	// A remainder below zero is what returns took from a point already given.
	points, ok := a.rule.effect.rate(max(sum, 0))
	a.earned = int64(points)
	return ok, nil
}

// count makes points of the award's weights: of their sum, or line by line.
func (e *evaluation) count(a *award, points func(int64) (uint64, bool)) (ok bool) {
	if !a.rule.effect.perLine {
		sum := int64(0)
		for _, w := range a.weights {
			sum += w
		}
		p, ok := points(sum)
		a.earned = int64(p)
		return ok
	}
	byLine := e.arena.take(len(a.weights))
	for i, w := range a.weights {
		p, ok := points(w)
		if !ok {
			return false
		}
		byLine[i] = int64(p)
		if a.earned += int64(p); a.earned > MaxAward {
			return false
		}
	}
	a.weights = byLine // each line keeps exactly the points it made
	return true
}

// weigh returns a figure of each selected line.
func (e *evaluation) weigh(lines []int32, of func(*line) int64) []int64 {
	if lines == nil {
		weights := e.arena.take(len(e.order.lines))
		for i := range weights {
			weights[i] = of(&e.order.lines[i])
		}
		return weights
	}
	weights := e.arena.take(len(lines))
	for i, at := range lines {
		weights[i] = of(&e.order.lines[at])
	}
	return weights
}
