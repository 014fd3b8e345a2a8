package rules

import (
	"math/big"
	"slices"
)

// multiply reckons every partial stack of multipliers anew.
func (o *oracle) multiply() {
	base := map[string][]*big.Rat{} // by unit
	for _, a := range o.awards {
		unit := o.unit(a.rule.Unit)
		if base[unit] == nil {
			n := 1
			if o.ev.Order != nil {
				n = len(o.ev.Order.Lines)
			}
			for range n {
				base[unit] = append(base[unit], new(big.Rat))
			}
		}
		for n, points := range o.shares(a, a.points) {
			at := base[unit][a.lines[n]]
			at.Add(at, new(big.Rat).SetInt(points))
		}
	}
	list := o.inPhase(PhaseMultiplier, func(r Rule, lines []int) []int {
		return slices.DeleteFunc(slices.Clone(lines), func(i int) bool {
			b := base[o.unit(r.Unit)]
			return b == nil || b[i].Sign() == 0
		})
	})
	o.choose(list)
	list = slices.DeleteFunc(list, func(a *oracleAward) bool { return len(a.lines) == 0 })
	for k, a := range list {
		unit := o.unit(a.rule.Unit)
		first := slices.IndexFunc(list, func(b *oracleAward) bool { return o.unit(b.rule.Unit) == unit })
		mode := list[first].rule.Effect.Round
		before, after := new(big.Rat), new(big.Rat)
		for i, points := range base[unit] {
			f, g := o.stacked(list[:k], unit, i), o.stacked(list[:k+1], unit, i)
			before.Add(before, new(big.Rat).Mul(points, f))
			after.Add(after, new(big.Rat).Mul(points, g))
			if slices.Contains(a.lines, i) {
				a.weights = append(a.weights, new(big.Rat).Mul(points, g.Sub(g, f)))
			}
		}
		a.earned = new(big.Int).Sub(roundRat(after, mode), roundRat(before, mode))
		o.limit(a)
	}
	o.awards = append(o.awards, list...)
}

// choose takes lines from the multipliers of a group in which one applies.
func (o *oracle) choose(list []*oracleAward) {
	type place struct {
		unit, group string
		line        int
	}
	best := map[place]*oracleAward{}
	mode := func(a *oracleAward) StackMode { return o.def.Groups[a.rule.Group] }
	for _, a := range list {
		for _, i := range a.lines {
			at := place{o.unit(a.rule.Unit), a.rule.Group, i}
			if b := best[at]; b == nil || mode(a) == StackHighest && a.rule.Effect.Factor.GreaterThan(b.rule.Effect.Factor) {
				best[at] = a
			}
		}
	}
	for _, a := range list {
		if m := mode(a); m == StackHighest || m == StackFirst {
			a.lines = slices.DeleteFunc(a.lines, func(i int) bool { return best[place{o.unit(a.rule.Unit), a.rule.Group, i}] != a })
		}
	}
}

// stacked is the factor of a line from the multipliers in the list.
func (o *oracle) stacked(list []*oracleAward, unit string, line int) *big.Rat {
	product, sums := ratInt(1), map[string]*big.Rat{}
	for _, a := range list {
		if o.unit(a.rule.Unit) != unit || !slices.Contains(a.lines, line) {
			continue
		}
		f := rat(a.rule.Effect.Factor)
		if o.def.Groups[a.rule.Group] != StackAdditive {
			product.Mul(product, f)
			continue
		}
		if sums[a.rule.Group] == nil {
			sums[a.rule.Group] = ratInt(1)
		}
		sums[a.rule.Group].Add(sums[a.rule.Group], f).Sub(sums[a.rule.Group], ratInt(1))
	}
	for _, s := range sums {
		product.Mul(product, s)
	}
	return product
}
