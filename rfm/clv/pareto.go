package clv

import "math"

// pareto is the likelihood of Pareto/NBD: a customer buys at rate λ ~ Gamma(r, α)
// and leaves at rate μ ~ Gamma(s, β), seen or not.
//
// Schmittlein, Morrison & Colombo 1987, Management Science 33:1. The likelihood is
// the integral over the moment of leaving, of which the papers' two 2F1 are a
// closed form (Fader & Hardie 2005, a note on deriving the Pareto/NBD model).
type pareto struct {
	r, alpha, s, beta float64

	// of the current x
	x, k    float64 // k = r + x
	base    float64
	slopeR  float64
	lnAlpha float64
	lnBeta  float64
	left    powers
}

func (g *pareto) setX(x float64) {
	g.x, g.k = x, g.r+x
	g.lnAlpha, g.lnBeta = math.Log(g.alpha), math.Log(g.beta)
	ln, slope := rising(g.r, x)
	g.base = ln - x*g.lnAlpha
	g.slopeR = slope
}

func (g *pareto) row(recency, t float64, slope *[4]float64) (ll, alive float64) {
	ageA, ageB := math.Log1p(t/g.alpha), math.Log1p(t/g.beta)
	g.left.integrate(g.alpha, g.k, g.beta, g.s+1, recency, t)
	lnLeft := math.Log(g.s) + g.left.ln + g.k*g.lnAlpha + g.s*g.lnBeta
	ll, alive, gone := lnAdd(-g.k*ageA-g.s*ageB, lnLeft)
	if slope != nil {
		lnA, lnB := g.left.lnA-g.lnAlpha, g.left.lnB-g.lnBeta
		slope[0] = g.r * (g.slopeR - alive*ageA - gone*lnA)
		slope[1] = g.r - g.alpha*g.k*(alive/(g.alpha+t)+gone*g.left.invA)
		slope[2] = gone - g.s*(alive*ageB+gone*lnB)
		slope[3] = g.s - g.beta*(alive*g.s/(g.beta+t)+gone*(g.s+1)*g.left.invB)
	}
	return g.base + ll, alive
}

// paretoAhead is what lies ahead of a customer who is still there.
type paretoAhead struct{ r, alpha, s, beta float64 }

func (m paretoAhead) purchases(t float64) float64 {
	ln := math.Log1p(t / m.beta)
	return m.r / m.alpha * m.beta * ln * growth((1-m.s)*ln)
}

func (m paretoAhead) stays(t float64) float64 { return math.Exp(-m.s * math.Log1p(t/m.beta)) }

// scale is the shortest time in which stays changes much.
func (m paretoAhead) scale() float64 { return m.beta / (1 + m.s) }

func (m paretoAhead) discounted(t, delta float64) float64 {
	return m.r / m.alpha * discountedOver(t, delta, m.scale(), m.stays)
}

// buys integrates over the moment of the next purchase.
func (m paretoAhead) buys(t float64) float64 {
	if t == 0 {
		return 0
	}
	var next powers
	next.integrate(m.alpha, m.r+1, m.beta, m.s, 0, t)
	ln := math.Log(m.r) + m.r*math.Log(m.alpha) + m.s*math.Log(m.beta) + next.ln
	return math.Min(1, math.Exp(ln))
}
