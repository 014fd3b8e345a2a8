package clv

import "math"

// rule is a Gauss-Legendre rule on [0, 1].
type rule struct{ node, weight []float64 }

var gauss8, gauss12, gauss16 = legendre(8), legendre(12), legendre(16)

// legendre finds the roots of the Legendre polynomial of degree n by Newton's
// method from the usual cosines.
func legendre(n int) rule {
	g := rule{make([]float64, n), make([]float64, n)}
	for i := range n {
		z := math.Cos(math.Pi * (float64(i) + 0.75) / (float64(n) + 0.5))
		for range 10 {
			p, slope := legendreAt(n, z)
			z -= p / slope
		}
		_, slope := legendreAt(n, z)
		g.node[i] = (1 - z) / 2
		g.weight[i] = 1 / ((1 - z*z) * slope * slope)
	}
	return g
}

func legendreAt(n int, z float64) (p, slope float64) {
	p, before := 1.0, 0.0
	for k := range n {
		p, before = (float64(2*k+1)*z*p-float64(k)*before)/float64(k+1), p
	}
	return p, float64(n) * (z*p - before) / (z*z - 1)
}

// powers is ∫ (α+u)^-p (β+u)^-q du over some span, and means under that weight.
type powers struct {
	ln         float64 // of the integral; -Inf for an empty span
	lnA, lnB   float64 // means of ln(α+u), ln(β+u)
	invA, invB float64 // means of 1/(α+u), 1/(β+u)
}

// negligible is e^-negligible below rounding.
const negligible = 40

// integrate computes the integral over [lo, hi] for positive α, β, p, q.
//
// With u+m = (lo+m) e^v, m the smaller of α and β, the logarithm of the
// integrand is concave in v and analytic within ±iπ. So a few Gauss rules of
// bounded width and bounded drop give it to rounding, whatever the exponents,
// where the hypergeometric closed form overflows or cancels.
func (s *powers) integrate(alpha, p, beta, q, lo, hi float64) {
	swap := beta < alpha
	if swap {
		alpha, p, beta, q = beta, q, alpha, p
	}
	lnSmall, lnLarge := math.Log(alpha+lo), math.Log(beta+lo)
	c := (alpha + lo) / (beta + lo)
	width := math.Log1p((hi - lo) / (alpha + lo))
	width = cutPowers(p, q, c, width)
	steep := math.Max(math.Abs(p-1+q*c), math.Abs(steepness(p, q, c, width))) * width
	g, panels := gauss16, 1.0
	switch {
	case width <= 1 && steep <= 4:
		g = gauss8
	case width <= 3 && steep <= 10:
		g = gauss12
	case width > 3 || steep > 20:
		panels = math.Ceil(math.Max(width/3, steep/20))
	}
	step := width / panels
	var sum, sumSmall, sumLarge, invSmall, invLarge float64
	for i := 0.0; i < panels; i++ {
		for j, node := range g.node {
			v := (i + node) * step
			grown := math.Expm1(v)
			large := math.Log1p(c * grown)
			w := g.weight[j] * math.Exp(v-p*v-q*large)
			sum += w
			sumSmall += w * v
			sumLarge += w * large
			invSmall += w / (1 + grown)
			invLarge += w / (1 + c*grown)
		}
	}
	if sum == 0 { // hi == lo
		*s = powers{ln: math.Inf(-1), lnA: lnSmall, lnB: lnLarge, invA: 1 / (alpha + lo), invB: 1 / (beta + lo)}
	} else {
		*s = powers{
			ln:  (1-p)*lnSmall - q*lnLarge + math.Log(sum*step),
			lnA: lnSmall + sumSmall/sum, lnB: lnLarge + sumLarge/sum,
			invA: invSmall / sum / (alpha + lo), invB: invLarge / sum / (beta + lo),
		}
	}
	if swap {
		s.lnA, s.lnB, s.invA, s.invB = s.lnB, s.lnA, s.invB, s.invA
	}
}

// steepness is minus the slope of the log integrand at v.
func steepness(p, q, c, v float64) float64 {
	e := math.Exp(v)
	return p - 1 + q*c*e/(1-c+c*e)
}

// cutPowers shortens the range [0, width] of v to where the integrand matters.
func cutPowers(p, q, c, width float64) float64 {
	drop := func(v float64) float64 { return (p-1)*v + q*math.Log1p(c*math.Expm1(v)) }
	if drop(width) <= negligible {
		return width
	}
	lo := 0.0
	for range 30 { // to 1 % of the cut is enough; a cut may be as short as 1e-9
		mid := (lo + width) / 2
		if drop(mid) > negligible {
			width = mid
		} else {
			lo = mid
		}
		if width-lo < 0.01*width {
			break
		}
	}
	return width
}

// betaMean is the mean of f(p) for p ~ Beta(a, b), for f that is analytic in
// ln(p/(1-p)) within ±iπ, and constant where p or 1-p is far below 1/knee.
//
// The trapezoidal rule in y = ln(p/(1-p)) converges exponentially. Where the
// tails are slow, a or b being small, they are geometric and summed at once.
func betaMean(a, b, knee float64, f func(p float64) float64) float64 {
	step := math.Min(0.35, 0.7*math.Sqrt(1/a+1/b))
	mode := math.Log(a / b)
	flat := negligible + math.Log1p(a+b+knee)
	lnWeight := func(y float64) float64 {
		if y > 0 {
			return -b*y - (a+b)*math.Log1p(math.Exp(-y))
		}
		return a*y - (a+b)*math.Log1p(math.Exp(y))
	}
	top := lnWeight(mode)
	var sum, mass float64
	// add counts y so many times and reports whether that altered anything.
	add := func(y, copies float64) bool {
		w := copies * math.Exp(lnWeight(y)-top)
		v := w * f(1/(1+math.Exp(-y)))
		mass += w
		sum += v
		return w > 1e-17*mass || v > 1e-17*sum
	}
	add(mode, 1)
	for y := mode - step; ; y -= step { // to the left, where weights fall like e^(ay)
		if y < -flat {
			add(y, -1/math.Expm1(-a*step))
			break
		}
		if !add(y, 1) {
			break
		}
	}
	for y := mode + step; ; y += step { // to the right, like e^(-by)
		if y > flat {
			add(y, -1/math.Expm1(-b*step))
			break
		}
		if !add(y, 1) {
			break
		}
	}
	return sum / mass
}
