package rules

import "github.com/shopspring/decimal"

// Outcome is something other than points: a coupon, a badge, an unlocked event. The
// host hands it out; the rules only say that it was earned.
type Outcome struct {
	Kind      string          `json:"kind"`                // "coupon", "badge" or the host's own word; OutcomeCommission is taken
	Reference string          `json:"reference,omitempty"` // which coupon or badge, in the host's own words
	Quantity  int64           `json:"quantity,omitempty"`  // in a rule 0 is 1
	Cost      decimal.Decimal `json:"cost,omitzero"`       // what one costs the programme, for budgets in money
	// Amount is the money of an OutcomeCommission. A rule does not set it.
	Amount decimal.Decimal `json:"amount,omitzero"`
}

// OutcomeCommission is the Kind of an Outcome that is money, in Amount.
const OutcomeCommission = "commission"

// IsZero reports whether there is no outcome.
func (o Outcome) IsZero() bool {
	return o.Kind == "" && o.Reference == "" && o.Quantity == 0 && o.Cost.IsZero() && o.Amount.IsZero()
}

// outcome checks what a rule or a prize gives.
func (c *checker) outcome(o *Outcome) (cost int64) {
	c.word("kind", o.Kind)
	if o.Kind == OutcomeCommission {
		c.report("kind", "%s is for effects of that kind", quote(o.Kind))
	}
	c.text("reference", o.Reference)
	if o.Quantity < 0 || o.Quantity > MaxQuantity {
		c.report("quantity", "must be between 0 and 10^6; 0 is 1")
	}
	c.unused("amount", !o.Amount.IsZero(), "only a commission has one, reckoned when it is earned")
	return c.number("cost", o.Cost)
}

// commission checks a commission's rate and the step to which it is rounded.
func (c *checker) commission(src *Effect, x *beyond) {
	rate, step := c.number("rate", src.Rate), c.number("step", src.Step)
	switch {
	case rate == 0:
		c.report("rate", "is missing: the part of the basis that is given, such as %s", `"0.05"`)
	case rate > millionth:
		c.report("rate", "must be at most 1: more than all of it is a mistake")
	}
	const cent = millionth / 100
	if x.step = step; step == 0 {
		x.step = cent
	}
	if x.step > MaxStep*millionth {
		c.report("step", "must be at most %d", MaxStep)
		x.step = cent
	}
	x.part = uint64(max(rate, 1))
}

// give makes an outcome of its own.
func (e *evaluation) give(a *award) {
	a.outcome = &a.rule.src.Effect.Outcome
	a.pieces, a.pieceCost = max(a.outcome.Quantity, 1), a.rule.pieceCost
}

// commission makes money of the basis: basis × rate, rounded to whole steps.
func (e *evaluation) commission(a *award) (ok bool) {
	b, eff := e.basis(a.rule), &a.rule.effect
	a.weights = b.of(a.lines, &e.arena)
	ok = e.count(a, func(amount int64) (uint64, bool) {
		return mulDiv(uint64(amount), a.rule.part, millionth*uint64(a.rule.step), eff.round, MaxAward)
	})
	a.steps, a.earned = a.earned, 0
	return ok
}

// commission returns the money of an award that is a commission, 0 for another.
func (a *Award) commission() int64 {
	for i := range a.Outcomes {
		if a.Outcomes[i].Kind == OutcomeCommission {
			m, _ := micros(a.Outcomes[i].Amount)
			return m
		}
	}
	return 0
}

// outcomes writes what an award gives besides points.
func (a *award) outcomes() []Outcome {
	switch {
	case a.steps > 0:
		return []Outcome{{Kind: OutcomeCommission, Amount: fromMicros(a.steps * a.rule.step)}}
	case a.pieces > 0:
		o := *a.outcome
		o.Quantity = a.pieces
		return []Outcome{o}
	}
	return nil
}
