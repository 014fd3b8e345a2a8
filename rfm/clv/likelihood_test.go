package clv

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// draw10 draws a number log-uniformly from 10^low to 10^high.
func draw10(t *rapid.T, name string, low, high float64) float64 {
	return math.Pow(10, rapid.Float64Range(low, high).Draw(t, name))
}

func drawCustomer(t *rapid.T) Customer {
	c := Customer{
		Frequency: float64(rapid.IntRange(0, 40).Draw(t, "x")),
		T:         draw10(t, "T", -1, 2.5),
		Spend:     draw10(t, "spend", -1, 3),
	}
	if c.Frequency > 0 {
		c.Recency = c.T * rapid.Float64Range(0.01, 1).Draw(t, "recency")
	}
	return c
}

func drawModel(t *rapid.T) Model {
	k := Kind(rapid.IntRange(0, 2).Draw(t, "kind"))
	times := 0.0
	if k == ParetoNBD {
		times = 1
	}
	return newModel(k, Week, [4]float64{draw10(t, "r", -1.5, 1), draw10(t, "alpha", -0.5, 2),
		draw10(t, "a or s", -1, 1), draw10(t, "b or beta", -1, 1+times)})
}

// TestLaw_Slope holds analytic gradients to central differences.
func TestLaw_Slope(t *testing.T) {
	compare := func(t *rapid.T, slope []float64, point []float64, value func(point []float64) float64) {
		const h = 1e-5
		for i := range point {
			moved := append([]float64(nil), point...)
			moved[i] += h
			up := value(moved)
			moved[i] -= 2 * h
			numeric := (up - value(moved)) / (2 * h)
			if math.Abs(numeric-slope[i]) > 1e-5*(1+math.Abs(slope[i])) {
				t.Errorf("slope %d = %v, by differences %v", i, slope[i], numeric)
			}
		}
	}
	t.Run("purchases", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			m, c := drawModel(t), drawCustomer(t)
			rows := []row{{c.Frequency, c.Recency, c.T, 3}}
			values, _ := m.params()
			point, slope := make([]float64, 4), make([]float64, 4)
			for i, v := range values {
				point[i] = math.Log(v)
			}
			meanLoss(m.Kind, rows, 3, point, slope)
			compare(t, slope, point, func(p []float64) float64 { return meanLoss(m.Kind, rows, 3, p, make([]float64, 4)) })
		})
	})
	t.Run("spend", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			c := drawCustomer(t)
			c.Frequency++
			rows := []spendRow{{c.Frequency, c.Spend, 2}}
			point := []float64{rapid.Float64Range(-2, 3).Draw(t, "p"), rapid.Float64Range(-2, 3).Draw(t, "q"), rapid.Float64Range(-2, 5).Draw(t, "v")}
			slope := make([]float64, 3)
			meanSpendLoss(rows, point, slope)
			compare(t, slope, point, func(p []float64) float64 { return meanSpendLoss(rows, p, make([]float64, 3)) })
		})
	})
}

// person is a customer whose own two numbers are known: the rate of purchases,
// and the probability or the rate of leaving. All that the models say is the mean
// of a person's over two distributions.
type person struct {
	kind   Kind
	rate   float64
	leaves float64
}

// likelihood returns the density of c's purchases, and that of them and of
// being active still.
func (i person) likelihood(c Customer) (all, alive float64) {
	ln := c.Frequency * math.Log(i.rate)
	if i.kind == ParetoNBD {
		both := i.rate + i.leaves
		alive = math.Exp(ln - both*c.T)
		return alive + i.leaves/both*(math.Exp(ln-both*c.Recency)-alive), alive
	}
	coins := c.Frequency
	if i.kind == MBGNBD {
		coins++
	}
	alive = math.Exp(ln-i.rate*c.T) * math.Pow(1-i.leaves, coins)
	if coins == 0 {
		return alive, alive
	}
	return alive + math.Exp(ln-i.rate*c.Recency)*i.leaves*math.Pow(1-i.leaves, coins-1), alive
}

// what is ahead of a person who is active.
func (i person) purchases(t float64) float64 {
	if i.kind == ParetoNBD {
		return i.rate * t * growth(-i.leaves*t)
	}
	return i.rate * t * growth(-i.rate*i.leaves*t)
}

func (i person) stays(t float64) float64 {
	if i.kind == ParetoNBD {
		return math.Exp(-i.leaves * t)
	}
	return math.Exp(-i.rate * i.leaves * t)
}

func (i person) buys(t float64) float64 {
	if i.kind == ParetoNBD {
		both := i.rate + i.leaves
		return -i.rate / both * math.Expm1(-both*t)
	}
	return -math.Expm1(-i.rate * t)
}

func (i person) discounted(delta float64) float64 {
	if i.kind == ParetoNBD {
		return i.rate / (i.leaves + delta)
	}
	return i.rate / (i.rate*i.leaves + delta)
}

// population calls f with persons of all sorts and the weight of each, by the
// trapezoidal rule in logarithms and logits. f may have peaks some steps wide.
func population(m Model, step float64, f func(i person, weight float64)) {
	lnGammaR, lnLeaves := lnGamma(m.R), -lnGamma(m.S)
	if m.Kind != ParetoNBD {
		lnLeaves = lnGamma(m.A+m.B) - lnGamma(m.A) - lnGamma(m.B)
	}
	for u := -140.0; u < 5; u += step { // ln of rate·α
		density := math.Exp(m.R*u - math.Exp(u) - lnGammaR)
		if density < 1e-15 {
			continue
		}
		for v := -100.0; v < 100; v += step {
			i := person{m.Kind, math.Exp(u) / m.Alpha, 0}
			var weight float64
			if m.Kind == ParetoNBD {
				i.leaves = math.Exp(v) / m.Beta
				weight = math.Exp(m.S*v - math.Exp(v) + lnLeaves)
			} else {
				i.leaves = 1 / (1 + math.Exp(-v))
				weight = math.Exp(-m.A*math.Log1p(math.Exp(-v)) - m.B*math.Log1p(math.Exp(v)) + lnLeaves)
			}
			if weight *= density * step * step; weight > 1e-16 {
				f(i, weight)
			}
		}
	}
}

// TestIntegrals holds every prediction to its definition, a mean over persons,
// with which it shares no formula.
func TestIntegrals(t *testing.T) {
	models := []Model{
		{Kind: MBGNBD, R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614},
		{Kind: MBGNBD, R: 2.5, Alpha: 20, A: 1, B: 3},
		{Kind: BGNBD, R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426},
		{Kind: BGNBD, R: 1.1, Alpha: 3, A: 0.31, B: 0.5}, // a + b < 1
		{Kind: ParetoNBD, R: 0.553, Alpha: 10.578, S: 0.606, Beta: 11.669},
		{Kind: ParetoNBD, R: 2, Alpha: 9, S: 1, Beta: 4},
		{Kind: ParetoNBD, R: 0.9, Alpha: 7, S: 2.5, Beta: 7},
	}
	customers := []Customer{
		{}, {T: 3}, {T: 38.86},
		{Frequency: 1, Recency: 1.71, T: 38.86},
		{Frequency: 2, Recency: 38.86, T: 38.86},
		{Frequency: 7, Recency: 20, T: 30},
		{Frequency: 29, Recency: 37.71, T: 38},
	}
	const t1, t2, delta = 5.0, 80.0, 0.01
	for _, m := range models {
		for _, c := range customers {
			var all, alive, stays, buys, soon, late, dert float64
			step := 0.25
			if c.Frequency > 10 {
				step = 0.1
			}
			population(m, step, func(i person, w float64) {
				l, here := i.likelihood(c)
				all += w * l
				alive += w * here
				stays += w * here * i.stays(t1)
				buys += w * here * i.buys(t1)
				soon += w * here * i.purchases(t1)
				late += w * here * i.purchases(t2)
				dert += w * here * i.discounted(delta)
			})
			for _, figure := range []struct {
				name string
				want float64
				got  func() (float64, error)
			}{
				{"log-likelihood", math.Log(all), func() (float64, error) { return m.LogLikelihood(c) }},
				{"PAlive", alive / all, func() (float64, error) { return m.PAlive(c) }},
				{"PAliveAfter", stays / all, func() (float64, error) { return m.PAliveAfter(c, t1) }},
				{"PBuy", buys / all, func() (float64, error) { return m.PBuy(c, t1) }},
				{"Purchases", soon / all, func() (float64, error) { return m.Purchases(c, t1) }},
				{"Purchases", late / all, func() (float64, error) { return m.Purchases(c, t2) }},
				{"DERT", dert / all, func() (float64, error) { return m.DERT(c, delta) }},
			} {
				got, err := figure.got()
				if err != nil || math.Abs(got-figure.want) > 1e-8*math.Abs(figure.want)+1e-12 {
					t.Errorf("%+v, %+v: %s = %v, %v; integrated %v", m, c, figure.name, got, err, figure.want)
				}
			}
		}
	}
}

// TestProbability_Integral does the same for the number of purchases.
func TestProbability_Integral(t *testing.T) {
	models := []Model{
		{Kind: MBGNBD, R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614},
		{Kind: BGNBD, R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426},
	}
	const span = 30.0
	for _, m := range models {
		for n := range 9 {
			x, want, step := float64(n), 0.0, 0.25
			coins := x
			if m.Kind == MBGNBD {
				coins++
			}
			population(m, step, func(i person, w float64) {
				bought, below := math.Exp(-i.rate*span), 0.0 // Poisson
				for j := range n {
					below += bought
					bought *= i.rate * span / float64(j+1)
				}
				want += w * bought * math.Pow(1-i.leaves, coins)
				if coins > 0 {
					want += w * (1 - below) * i.leaves * math.Pow(1-i.leaves, coins-1)
				}
			})
			got, err := m.Probability(n, span)
			if err != nil || math.Abs(got-want) > 1e-8 {
				t.Errorf("%v: P(%d) = %v, %v; integrated %v", m.Kind, n, got, err, want)
			}
		}
	}
}

// TestLaw_SeriesAndQuadrature holds the fast sums to the integrals they spare.
func TestLaw_SeriesAndQuadrature(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := betaGeoAhead{r: draw10(t, "r", -2, 2), alpha: 1, a: draw10(t, "a", -3, 2), b: draw10(t, "b", -3, 2)}
		tau := draw10(t, "tau", -9, 1.2)
		purchases, stays, ok := m.series(m.r, tau)
		if !ok {
			t.Skip("not for the series")
		}
		byPurchases := betaMean(m.a, m.b, m.r*tau, func(p float64) float64 {
			z := math.Log1p(p * tau)
			return m.r * growth(-m.r*z) * z / p
		})
		byStays := betaMean(m.a, m.b, m.r*tau, func(p float64) float64 { return math.Exp(-m.r * math.Log1p(p*tau)) })
		if math.Abs(purchases-byPurchases) > 1e-9*purchases || math.Abs(stays-byStays) > 1e-9*stays+1e-13 {
			t.Errorf("%v and %v; by quadrature %v and %v", purchases, stays, byPurchases, byStays)
		}
	})
}

// TestLaw_Discounted holds the exponential integrals to quadrature over time.
func TestLaw_Discounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := betaGeoAhead{r: draw10(t, "r", -2, 2), alpha: draw10(t, "alpha", -1, 2), a: draw10(t, "a", -2, 1), b: draw10(t, "b", -2, 2)}
		delta, span := draw10(t, "delta", -6, 1)/m.alpha, draw10(t, "t", -1, 7)*m.alpha
		if delta*span < 0.05 {
			t.Skip("by quadrature anyway")
		}
		got := m.discounted(span, delta)
		want := m.r / m.alpha * discountedOver(span, delta, m.alpha/(1+m.r), func(u float64) float64 { return m.power(m.r+1, u) })
		if math.Abs(got-want) > 1e-8*want {
			t.Errorf("%v, by quadrature %v", got, want)
		}
	})
}

// TestLaw_ExpE holds the exponential integral to its definition.
func TestLaw_ExpE(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, z := 1+draw10(t, "n-1", -3, 2), draw10(t, "z", -6, 3)
		if rapid.Bool().Draw(t, "nearly whole") {
			n = math.Ceil(n) + rapid.SampledFrom([]float64{0, 1e-9, -1e-5, 0.0099, 0.0101, -0.011}).Draw(t, "but for")
		}
		want := overTime(negligible/z, math.Min(1/n, 1/z), func(v float64) float64 { return math.Exp(-z*v - n*math.Log1p(v)) })
		if got := expE(n, z); math.Abs(got-want) > 1e-10*want {
			t.Errorf("%v, by quadrature %v", got, want)
		}
	})
}

// TestLaw_Powers holds the integral to plain Simpson's rule in the same place.
func TestLaw_Powers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alpha, beta := draw10(t, "alpha", -3, 3), draw10(t, "beta", -3, 3)
		p, q := draw10(t, "p", -2, 1.5), draw10(t, "q", -1, 1.5)
		lo := draw10(t, "lo", -2, 2)
		hi := lo + draw10(t, "length", -3, 3)
		var s powers
		s.integrate(alpha, p, beta, q, lo, hi)
		const n = 20_000
		f := func(u float64) float64 {
			return math.Exp(-p*math.Log((alpha+u)/(alpha+lo)) - q*math.Log((beta+u)/(beta+lo)))
		}
		width := math.Log(hi/lo) / n // steps even in ln u
		sum := 0.0
		for i := 0; i <= n; i++ {
			w := 2.0
			switch {
			case i == 0 || i == n:
				w = 1
			case i%2 == 1:
				w = 4
			}
			u := lo * math.Exp(width*float64(i))
			sum += w * u * f(u)
		}
		want := math.Log(sum*width/3) - p*math.Log(alpha+lo) - q*math.Log(beta+lo)
		if math.Abs(s.ln-want) > 1e-8 {
			t.Errorf("ln = %v, by Simpson %v", s.ln, want)
		}
	})
}

// TestLaw_Rising holds rising to differences of the standard library's lnΓ and to
// its own recurrence.
func TestLaw_Rising(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, y := draw10(t, "b", -6, 3), draw10(t, "y", -3, 3)
		if rapid.Bool().Draw(t, "whole") {
			y = math.Ceil(y)
		}
		ln, slope := rising(b, y)
		if want := lnGamma(b+y) - lnGamma(b); math.Abs(ln-want) > 1e-11*(1+math.Abs(lnGamma(b+y))+math.Abs(lnGamma(b))) {
			t.Errorf("ln = %v, want %v", ln, want)
		}
		next, nextSlope := rising(b, y+1)
		if math.Abs(next-ln-math.Log(b+y)) > 1e-12*(1+math.Abs(next)) || math.Abs(nextSlope-slope-1/(b+y)) > 1e-11*(1+nextSlope) {
			t.Errorf("from %v, %v to %v, %v", ln, slope, next, nextSlope)
		}
		if want := digamma(b+y) - digamma(b); math.Abs(slope-want) > 1e-11*(1+1/b+math.Abs(want)) {
			t.Errorf("slope = %v, want %v", slope, want)
		}
	})
	// ψ(1) is minus Euler's constant, ψ(½) = ψ(1) - 2 ln 2.
	const euler = 0.57721566490153286
	if got := digamma(1); math.Abs(got+euler) > 1e-14 {
		t.Errorf("ψ(1) = %v", got)
	}
	if got := digamma(0.5); math.Abs(got+euler+2*math.Ln2) > 1e-14 {
		t.Errorf("ψ(½) = %v", got)
	}
}
