package clv

import "math"

// stirling is where the asymptotic series below are exact to rounding.
const stirling = 12

// lnGammaTail is lnΓ(z) - ((z-½) ln z - z + ½ ln 2π), for z ≥ stirling.
func lnGammaTail(z float64) float64 {
	w := 1 / (z * z)
	return (1./12 - w*(1./360-w*(1./1260-w*(1./1680-w*(1./1188-w*691/360360))))) / z
}

// digammaTail is ψ(z) - ln z, for z ≥ stirling.
func digammaTail(z float64) float64 {
	w := 1 / (z * z)
	return -0.5/z - w*(1./12-w*(1./120-w*(1./252-w*(1./240-w*(1./132-w*691/32760)))))
}

// digamma is ψ(z), the derivative of lnΓ, for z > 0.
func digamma(z float64) float64 {
	sum := 0.0
	for ; z < stirling; z++ {
		sum -= 1 / z
	}
	return sum + math.Log(z) + digammaTail(z)
}

func lnGamma(z float64) float64 {
	v, _ := math.Lgamma(z)
	return v
}

// rising returns ln of the rising factorial, lnΓ(b+y) - lnΓ(b), and its
// derivative by b, ψ(b+y) - ψ(b), for b > 0, y ≥ 0. Unlike the difference of
// two gammas it loses no digits when b or y is large.
func rising(b, y float64) (ln, slope float64) {
	if y == 0 {
		return 0, 0
	}
	if y <= 16 && y == math.Trunc(y) {
		product := 1.0
		for z := b; y > 0; y-- {
			product *= z
			slope += 1 / z
			z++
		}
		return math.Log(product), slope
	}
	scale := 1.0
	for ; b < stirling; b++ { // Γ(b+y)/Γ(b) = b/(b+y) Γ(b+1+y)/Γ(b+1)
		scale *= b / (b + y)
		slope += y / (b * (b + y))
	}
	up := math.Log1p(y / b)
	ln = math.Log(scale) + (b+y-0.5)*up + y*(math.Log(b)-1) + lnGammaTail(b+y) - lnGammaTail(b)
	return ln, slope + up + digammaTail(b+y) - digammaTail(b)
}

// lnAdd returns ln(e^a + e^b) and the shares of e^a and e^b in that sum.
func lnAdd(a, b float64) (ln, shareA, shareB float64) {
	if d := b - a; d <= 0 {
		e := math.Exp(d)
		return a + math.Log1p(e), 1 / (1 + e), e / (1 + e)
	} else {
		e := math.Exp(-d)
		return b + math.Log1p(e), e / (1 + e), 1 / (1 + e)
	}
}

// growth is (e^z - 1)/z.
func growth(z float64) float64 {
	if z == 0 {
		return 1
	}
	return math.Expm1(z) / z
}

// expE is e^z E_n(z) = ∫ e^-zv (1+v)^-n dv over v > 0, the scaled exponential
// integral, for n > 1 and z > 0. Formulas: DLMF 8.19.10 (series), 8.19.17
// (continued fraction).
func expE(n, z float64) float64 {
	switch {
	case z >= 1.5:
		return expEFraction(n, z)
	case math.Abs(n-math.Round(n)) > 0.01:
		return expESeries(n, z)
	default: // where two terms of the series have poles that cancel
		return overTime(negligible/z, math.Min(1/n, 1/z), func(v float64) float64 {
			return math.Exp(-z*v - n*math.Log1p(v))
		})
	}
}

func expESeries(n, z float64) float64 {
	sum, term := 0.0, 1.0
	for k := 0.0; k < 40; k++ {
		sum += term / (n - 1 - k)
		term *= -z / (k + 1)
	}
	ln, sign := math.Lgamma(1 - n)
	return math.Exp(z) * (sum + float64(sign)*math.Exp(ln+(n-1)*math.Log(z)))
}

func expEFraction(n, z float64) float64 { // by Lentz's method
	b := z + n
	c, d := math.Inf(1), 1/b
	h := d
	for i := 1.0; i < 100; i++ {
		a := -i * (n - 1 + i)
		b += 2
		d = 1 / (a*d + b)
		c = b + a/c
		h *= c * d
		if math.Abs(c*d-1) < 1e-14 {
			break
		}
	}
	return h
}
