package clv

import "math"

// Terms say what a lifetime value counts. They have no default length of a
// period: years of 12 %, months of 1 % and days differ too much to guess.
type Terms struct {
	Periods int     // looked ahead, from the end of the data; 1 to 10,000
	Period  Unit    // length of each: Month, for twelve of which a year is worth 12 Periods
	Rate    float64 // discount per Period, 0.01 for 1 %, applied at the end of each; 0 for none
	Margin  float64 // share of the spend that counts, 0.3 for 30 % profit; 0 means 1, all of it
}

const (
	maxPeriods = 10_000
	minRate    = 1e-12
)

func (t Terms) check(p *problems) {
	if t.Periods < 1 || t.Periods > maxPeriods {
		p.add("terms.Periods", "%d is not from 1 to %d", t.Periods, maxPeriods)
	}
	t.Period.check(p, "terms.Period")
	checkRate(p, "terms.Rate", t.Rate)
	if !(t.Margin >= 0 && t.Margin <= 1) {
		p.add("terms.Margin", "%v is not from 0 to 1", t.Margin)
	}
}

// CLV is the value of c's purchases within the terms, at spend a purchase
// ([GammaGamma.Spend] estimates it): the sum over periods of the purchases
// expected in it, times spend and margin, discounted by the whole period. It is
// of the customer's coming purchases only, before any cost of marketing.
//
// m.Unit must be set.
func (m Model) CLV(c Customer, spend float64, terms Terms) (float64, error) {
	var p problems
	terms.check(&p)
	m.Unit.check(&p, "unitDays")
	if !(spend >= 0 && spend <= maxSpend) {
		p.add("spend", "%v is not from 0 to %g", spend, float64(maxSpend))
	}
	if err := p.err(); err != nil {
		return 0, err
	}
	length := float64(terms.Period) / float64(m.Unit)
	if err := m.check(c, length*float64(terms.Periods)); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	ahead := m.ahead(c)
	discount, before, sum := 1.0, 0.0, 0.0
	for i := 1; i <= terms.Periods; i++ {
		discount /= 1 + terms.Rate
		upTo := ahead.purchases(length * float64(i))
		sum += (upTo - before) * discount
		before = upTo
	}
	if terms.Margin > 0 {
		sum *= terms.Margin
	}
	return math.Max(0, alive*spend*sum), nil
}

// DERT is the number of all purchases that c may still make, each discounted
// continuously at rate per m.Unit: the discounted expected residual
// transactions of Fader, Hardie & Lee 2005. Times spend and margin it is the
// residual lifetime value. [Unit.ContinuousRate] turns a yearly rate into this
// one, which must be from 1e-12 to 1e6.
func (m Model) DERT(c Customer, rate float64) (float64, error) {
	if !(rate >= minRate && rate <= maxRate) {
		return 0, &InvalidError{"rate", "a sum over all future needs a rate from 1e-12 to 1e6 a unit"}
	}
	if err := m.check(c); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	return alive * m.ahead(c).discounted(math.Inf(1), rate), nil
}

// Discounted is [Model.DERT] of the purchases within t of the end of the data
// only. Here rate may be 0, and then it is [Model.Purchases].
func (m Model) Discounted(c Customer, t, rate float64) (float64, error) {
	var p problems
	checkRate(&p, "rate", rate)
	if err := p.err(); err != nil {
		return 0, err
	}
	if err := m.check(c, t); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	if rate < minRate {
		return alive * m.ahead(c).purchases(t), nil
	}
	return alive * m.ahead(c).discounted(t, rate), nil
}

// discountedOver is ∫ e^-δu rate(u) du over [0, t] by quadrature.
func discountedOver(t, delta, scale float64, rate func(u float64) float64) float64 {
	t = math.Min(t, negligible/delta)
	return overTime(t, math.Min(scale, 1/delta), func(u float64) float64 { return math.Exp(-delta*u) * rate(u) })
}

// overTime integrates f over [0, t], where f changes no faster than in scale at
// first, and ever slower: by Gauss rules in v, where u = scale (e^v - 1).
func overTime(t, scale float64, f func(u float64) float64) float64 {
	width := math.Log1p(t / scale)
	panels := math.Ceil(width / 1.5)
	step := width / panels
	sum := 0.0
	for i := 0.0; i < panels; i++ {
		for j, node := range gauss16.node {
			grown := math.Expm1((i + node) * step)
			sum += gauss16.weight[j] * step * (1 + grown) * f(scale*grown)
		}
	}
	return scale * sum
}
