package rules

import "math/big"

// effect is a compiled [Effect].
type effect struct {
	kind      EffectKind
	points    uint64
	per       uint64 // millionths
	num, den  uint64 // the factor in lowest terms
	basis     basisKind
	round     rounding
	perLine   bool
	blocks    bool
	carry     bool
	pointCost int64 // with carry: the millionths one point takes
}

// effect checks an effect and compiles it. Fields that would count for nothing are
// refused, because whoever set them expected something of them.
func (c *checker) effect(src *Effect, minAmount bool) (e effect) {
	if !oneOf(c, "kind", src.Kind, Rate, Fixed, PerQuantity, Multiplier) {
		return e
	}
	e.kind = src.Kind
	e.round = c.rounding(src.Round)
	e.perLine, e.blocks, e.carry = src.PerLine, src.Blocks, src.Carry
	if e.kind == Multiplier {
		e.num, e.den = c.factor(src)
		c.unused("points", src.Points != 0, "a multiplier has a factor")
	} else {
		e.points = c.points(src.Points)
		c.unused("factor", !src.Factor.IsZero(), "only a multiplier has one")
	}
	if e.kind == Rate {
		c.rate(src, &e)
	} else {
		c.unused("per", !src.Per.IsZero(), "only a rate has one")
		c.unused("blocks", src.Blocks, "only a rate counts in blocks")
		c.unused("carry", src.Carry, "only a rate carries")
		c.unused("basis", src.Basis != Basis{} && !minAmount, "only a rate, or a rule with a min_amount, counts money")
	}
	if e.kind == Fixed {
		c.unused("round", src.Round != "", "a fixed effect has nothing to round")
	}
	if e.kind == Fixed || e.kind == Multiplier {
		c.unused("per_line", src.PerLine, "only a rate or a per_quantity effect rounds line by line")
	}
	e.basis = basisKindOf(src.Basis)
	return e
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
	case e.points == 0 || per <= 0:
	case e.per%e.points != 0:
		c.report("carry", "needs per divided by points to come out at six decimals, so that returns give back exactly what was carried")
	default:
		e.pointCost = int64(e.per / e.points)
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
