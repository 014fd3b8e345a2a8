package clv

import "math"

// betaGeo is the likelihood of BG/NBD and MBG/NBD: a customer buys at rate
// λ ~ Gamma(r, α), and after each purchase leaves with p ~ Beta(a, b). Of the
// coins tossed after purchases the first purchase has one in MBG/NBD and none in
// BG/NBD (first = 1 or 0); nothing else differs.
//
// Fader, Hardie & Lee 2005, Marketing Science 24:275, eq. 6; Batislam, Denizel &
// Filiztekin 2007, Int. J. of Research in Marketing 24:201.
type betaGeo struct {
	r, alpha, a, b float64
	first          float64

	// of the current x
	x, k           float64 // k = r + x
	base           float64
	lnOdds         float64 // ln of left after the last purchase : still there, but for the silence
	coins          float64
	slopeR         float64
	slopeA, slopeB float64
	lnAlpha        float64
}

func (g *betaGeo) setX(x float64) {
	g.x, g.k, g.coins = x, g.r+x, x+g.first
	g.lnAlpha = math.Log(g.alpha)
	lnR, slopeR := rising(g.r, x)
	lnB, slopeB := rising(g.b, g.coins)
	lnAB, slopeAB := rising(g.a+g.b, g.coins)
	g.base = lnR + lnB - lnAB - x*g.lnAlpha
	g.slopeR, g.slopeA, g.slopeB = slopeR, -slopeAB, slopeB-slopeAB
	g.lnOdds = math.Inf(-1)
	if g.coins > 0 {
		g.lnOdds = math.Log(g.a / (g.b + g.coins - 1))
	}
}

func (g *betaGeo) row(recency, t float64, slope *[4]float64) (ll, alive float64) {
	silence := math.Log1p((t - recency) / (g.alpha + recency))
	age := math.Log1p(t / g.alpha)
	extra, alive, gone := lnAdd(0, g.lnOdds+g.k*silence)
	if slope != nil {
		slope[0] = g.r * (g.slopeR - age + gone*silence)
		slope[1] = g.alpha * (g.r/g.alpha - g.k*(alive/(g.alpha+t)+gone/(g.alpha+recency)))
		slope[2] = g.a*g.slopeA + gone
		slope[3] = g.b * g.slopeB
		if g.coins > 0 {
			slope[3] -= g.b * gone / (g.b + g.coins - 1)
		}
	}
	return g.base - g.k*age + extra, alive
}

// betaGeoAhead is what lies ahead of a customer who is still there.
type betaGeoAhead struct{ r, alpha, a, b float64 }

func (m betaGeoAhead) purchases(t float64) float64 {
	tau := t / m.alpha
	if n, _, ok := m.series(m.r, tau); ok {
		return n
	}
	k := m.r
	return betaMean(m.a, m.b, k*tau, func(p float64) float64 {
		// (1 - (1+pτ)^-k)/p, which tends to kτ as p to 0
		z := math.Log1p(p * tau)
		if z == 0 {
			return k * tau
		}
		return k * growth(-k*z) * z / p
	})
}

func (m betaGeoAhead) stays(t float64) float64 { return m.power(m.r, t) }
func (m betaGeoAhead) buys(t float64) float64  { return -math.Expm1(-m.r * math.Log1p(t/m.alpha)) }

// discounted takes the discount of one p first, which is an exponential integral:
// ∫ e^-δu (1+pu/α)^-n du over u > 0 is e^z E_n(z) α/p, z = δα/p.
func (m betaGeoAhead) discounted(t, delta float64) float64 {
	if delta*t < 0.05 { // where all of it and what comes later would cancel
		return m.r / m.alpha * discountedOver(t, delta, m.alpha/(1+m.r), func(u float64) float64 { return m.power(m.r+1, u) })
	}
	n := m.r + 1
	mean := betaMean(m.a, m.b, n/(delta*m.alpha), func(p float64) float64 {
		z := delta * m.alpha / p
		all := z * expE(n, z)
		if delta*t < negligible {
			later := z + delta*t
			all -= math.Exp(-delta*t-m.r*math.Log1p(p*t/m.alpha)) * z * expE(n, later)
		}
		return all
	})
	return m.r / (m.alpha * delta) * mean
}

// power is the mean of (1+pt/α)^-k.
func (m betaGeoAhead) power(k, t float64) float64 {
	tau := t / m.alpha
	if _, s, ok := m.series(k, tau); ok {
		return s
	}
	return betaMean(m.a, m.b, k*tau, func(p float64) float64 { return math.Exp(-k * math.Log1p(p*tau)) })
}

// series sums over n, the number of purchases within t if nobody left, which is
// negative binomial with shape k and odds τ: purchases are Σ P(N>n) E(1-p)^n, and
// who stays is Σ P(N=n) E(1-p)^n. All terms are positive, so a = 1 or a+b < 1 is
// nothing special. It declines where the terms would be many or underflow.
func (m betaGeoAhead) series(k, tau float64) (purchases, stays float64, ok bool) {
	z := tau / (1 + tau)
	lnNone := -k * math.Log1p(tau)
	if lnNone < -600 || k*tau > 300 || z > 0.95 {
		return 0, 0, false
	}
	exactly, more := math.Exp(lnNone), -math.Expm1(lnNone)
	survive := 1.0
	for n := 0.0; ; n++ {
		purchases += more * survive
		stays += exactly * survive
		if more <= 1e-14 || exactly <= 1e-17 && n > k*tau {
			return purchases, stays, true
		}
		exactly *= z * (k + n) / (n + 1)
		more -= exactly
		survive *= (m.b + n) / (m.a + m.b + n)
	}
}
