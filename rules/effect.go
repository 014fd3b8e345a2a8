package rules

import (
	"math/big"
	"slices"
)

// effect is a compiled [Effect], as far as it gives points.
type effect struct {
	kind    effectKind
	basis   basisKind
	round   rounding
	perLine bool
	blocks  bool
	carry   bool
	points  uint64 // of a multiplier the numerator of its factor in lowest terms
	per     uint64 // millionths; of a multiplier the denominator
}

// effectKind is a compiled [EffectKind].
type effectKind uint8

const (
	rateKind effectKind = iota
	fixedKind
	quantityKind
	multiplierKind
	outcomeKind
	commissionKind
	drawKind
)

var effectKinds = [...]EffectKind{Rate, Fixed, PerQuantity, Multiplier, GiveOutcome, Commission, DrawPrize}

// pointCost returns the millionths that one point takes of an effect that carries,
// 0 for another.
func (e *effect) pointCost() int64 {
	if !e.carry {
		return 0
	}
	return int64(e.per / e.points)
}

// costs reports whether the rule can give what costs money by itself, apart from
// points.
func (r *rule) costs() bool {
	if r.draw != nil {
		for i := range r.draw.src.Prizes {
			if r.draw.src.Prizes[i].Outcome.Cost.Sign() > 0 {
				return true
			}
		}
	}
	return r.effect.kind == commissionKind || r.pieceCost > 0
}

// effect checks an effect and compiles it. Fields that would count for nothing are
// refused, because whoever set them expected something of them.
func (c *checker) effect(src *Effect, minAmount bool, x *beyond) (e effect) {
	if !oneOf(c, "kind", src.Kind, effectKinds[:]...) {
		return e
	}
	e.kind = effectKind(slices.Index(effectKinds[:], src.Kind))
	e.round = c.rounding(src.Round)
	e.perLine, e.blocks, e.carry = src.PerLine, src.Blocks, src.Carry
	switch src.Kind {
	case Multiplier:
		e.points, e.per = c.factor(src)
		c.unused("points", src.Points != 0, "a multiplier has a factor")
	case GiveOutcome, Commission, DrawPrize:
		c.unused("points", src.Points != 0, "an effect of kind "+string(src.Kind)+" has none of its own")
	default:
		e.points = c.points(src.Points)
	}
	c.unused("factor", src.Kind != Multiplier && !src.Factor.IsZero(), "only a multiplier has one")
	c.beyondPoints(src, x)
	if src.Kind == Rate {
		c.rate(src, &e)
	} else {
		c.unused("per", !src.Per.IsZero(), "only a rate has one")
		c.unused("blocks", src.Blocks, "only a rate counts in blocks")
		c.unused("carry", src.Carry, "only a rate carries")
		c.unused("basis", src.Kind != Commission && src.Basis != Basis{} && !minAmount, "only a rate, a commission, or a rule with a min_amount, counts money")
	}
	if src.Kind == Fixed || src.Kind == GiveOutcome || src.Kind == DrawPrize {
		c.unused("round", src.Round != "", "an effect of kind "+string(src.Kind)+" has nothing to round")
		c.unused("per_line", src.PerLine, "it has nothing to round")
	}
	if src.Kind == Multiplier {
		c.unused("per_line", src.PerLine, "a multiplier rounds once")
	}
	e.basis = basisKindOf(src.Basis)
	return e
}

// beyondPoints checks what an effect gives that is not points.
func (c *checker) beyondPoints(src *Effect, x *beyond) {
	if src.Kind == GiveOutcome {
		c.in("outcome", func() { x.pieceCost = c.outcome(&src.Outcome) })
	} else {
		c.unused("outcome", !src.Outcome.IsZero(), "only an effect of kind outcome has one")
	}
	if src.Kind == Commission {
		c.commission(src, x)
	} else {
		c.unused("rate", !src.Rate.IsZero(), "only a commission has one")
		c.unused("step", !src.Step.IsZero(), "only a commission has one")
	}
	switch {
	case src.Kind != DrawPrize:
		c.unused("draw", src.Draw != nil, "only an effect of kind draw has one")
	case src.Draw == nil:
		c.report("draw", "is missing")
	default:
		c.in("draw", func() { x.draw = c.draw(src.Draw) })
	}
}

// unused reports a field that is set and would count for nothing.
func (c *checker) unused(field string, set bool, why string) {
	if set {
		c.report(field, "counts for nothing here: %s", why)
	}
}

func (c *checker) points(points int64) uint64 {
	switch {
	case points <= 0:
		c.report("points", "must be above zero")
	case points > MaxPoints:
		c.report("points", "must be at most 10^12")
	}
	return uint64(max(points, 0))
}

// factor returns the factor in lowest terms. One below 1 would be a negative
// award; a rule that gives less is written as a lower rate.
func (c *checker) factor(src *Effect) (num, den uint64) {
	m, why := micros(src.Factor)
	switch {
	case why != exact:
		c.report("factor", "%s", why)
	case m == 0:
		c.report("factor", "is missing")
	case m < millionth:
		c.report("factor", "must be at least 1: a multiplier never takes points away")
	case m > MaxFactor*millionth:
		c.report("factor", "must be at most %d", MaxFactor)
	default:
		gcd := new(big.Int).GCD(nil, nil, big.NewInt(m), big.NewInt(millionth)).Uint64()
		return uint64(m) / gcd, millionth / gcd
	}
	return 1, 1
}

func (c *checker) rate(src *Effect, e *effect) {
	per, why := micros(src.Per)
	switch {
	case why != exact:
		c.report("per", "%s", why)
	case per <= 0:
		c.report("per", "must be above zero")
	}
	if src.Blocks && e.round != floor {
		c.report("round", "counts for nothing here: blocks are always whole")
	}
	e.per = uint64(max(per, 1))
	if !src.Carry {
		return
	}
	switch {
	case src.PerLine:
		c.report("carry", "cannot go with per_line: lines do not come back, only the member does")
	case e.round != floor:
		c.report("carry", "goes with rounding down only: rounding %s already gives the rest away or takes it", src.Round)
	case e.points > 0 && per > 0 && e.per%e.points != 0:
		c.report("carry", "needs per divided by points to come out at six decimals, so that returns give back exactly what was carried")
	}
}

func (c *checker) rounding(r Rounding) rounding {
	oneOf(c, "round", r, "", RoundFloor, RoundHalfUp, RoundHalfEven, RoundCeil)
	switch r {
	case RoundHalfUp:
		return halfUp
	case RoundHalfEven:
		return halfEven
	case RoundCeil:
		return ceil
	default:
		return floor
	}
}
