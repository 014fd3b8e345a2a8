package clv

import "math"

// maxN bounds the number of purchases that Probability is asked of.
const maxN = 10_000

// Probability is that of exactly n repeat purchases of a new customer within t of
// the first purchase; n is from 0 to 10,000.
func (m Model) Probability(n int, t float64) (float64, error) {
	if n < 0 || n > maxN {
		return 0, &InvalidError{"n", "it is not from 0 to 10,000"}
	}
	if err := m.check(Customer{}, t); err != nil {
		return 0, err
	}
	return m.probability(n, t), nil
}

func (m Model) probability(n int, t float64) float64 {
	x := float64(n)
	if t == 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	if m.Kind == ParetoNBD {
		stays := paretoAhead{m.R, m.Alpha, m.S, m.Beta}
		scale := math.Min(stays.scale(), m.Alpha/(1+m.R))
		left := overTime(t, scale, func(u float64) float64 { // left at u, with n purchases until then
			return m.S / (m.Beta + u) * stays.stays(u) * m.purchased(x, u)
		})
		return math.Min(1, stays.stays(t)*m.purchased(x, t)+left)
	}
	// Still there after all n+first coins, or left at the last of them.
	g := betaGeo{r: m.R, alpha: m.Alpha, a: m.A, b: m.B}
	if m.Kind == MBGNBD {
		g.first = 1
	}
	g.setX(x)
	lnB, _ := rising(m.B, g.coins)
	lnAB, _ := rising(m.A+m.B, g.coins)
	below := 0.0
	for j := range n {
		below += m.purchased(float64(j), t)
	}
	left := 0.0
	if g.coins > 0 {
		left = math.Exp(lnB-lnAB+g.lnOdds) * math.Max(0, 1-below)
	}
	return math.Min(1, math.Exp(lnB-lnAB)*m.purchased(x, t)+left)
}

// purchased is the probability of x purchases within t if nobody ever left:
// negative binomial.
func (m Model) purchased(x, t float64) float64 {
	if t == 0 {
		return 0 // x > 0; and for x = 0 it weighs nothing in an integral
	}
	ln := -m.R * math.Log1p(t/m.Alpha)
	if x > 0 {
		ways, _ := rising(m.R, x)
		ln += ways - lnGamma(x+1) - x*math.Log1p(m.Alpha/t)
	}
	return math.Exp(ln)
}
