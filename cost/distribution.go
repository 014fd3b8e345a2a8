package cost

import "math"

// The few distributions that intervals and tests need. Series and continued
// fractions are those of Abramowitz and Stegun, "Handbook of Mathematical
// Functions", 26.5.8, 6.5.29 and 6.5.31, evaluated by Lentz's method.

// normalQuantile returns z with P(Z ≤ z) = p of the standard normal.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// normalTwoSided returns P(|Z| ≥ |z|).
func normalTwoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// studentTwoSided returns P(|T| ≥ |t|) with so many degrees of freedom.
func studentTwoSided(t, dof float64) float64 { return betaRegular(dof/(dof+t*t), dof/2, 0.5) }

// studentQuantile returns t > 0 with P(|T| ≥ t) = 1 − level, by bisection: its
// range is known, it cannot diverge, and nobody asks often.
func studentQuantile(level, dof float64) float64 {
	low, high := 0.0, 1.0
	for studentTwoSided(high, dof) > 1-level && high < 1e12 {
		high *= 2
	}
	for range 200 {
		mid := (low + high) / 2
		if studentTwoSided(mid, dof) > 1-level {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// chiSquareAbove returns P(X ≥ x) of chi-square.
func chiSquareAbove(x, dof float64) float64 {
	if x <= 0 {
		return 1
	}
	a, y := dof/2, x/2
	lg, _ := math.Lgamma(a)
	front := math.Exp(-y + a*math.Log(y) - lg)
	if y < a+1 { // the series of the lower tail
		sum, term := 1/a, 1/a
		for n := 1.0; n < 10_000 && term > sum*1e-16; n++ {
			term *= y / (a + n)
			sum += term
		}
		return max(1-front*sum, 0)
	}
	return front * lentz(0, func(n int) (float64, float64) {
		if n == 1 {
			return 1, y + 1 - a
		}
		i := float64(n - 1)
		return -i * (i - a), y + 2*i + 1 - a
	})
}

// betaRegular returns the regularised incomplete beta function.
func betaRegular(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaRegular(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	return front / a * lentz(0, func(n int) (float64, float64) {
		if n == 1 {
			return 1, 1
		}
		m := float64((n - 1) / 2)
		if n%2 == 0 {
			return -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)), 1
		}
		return m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)), 1
	})
}

// lentz evaluates the continued fraction b0 + a1/(b1 + a2/(b2 + …)).
func lentz(b0 float64, term func(n int) (a, b float64)) float64 {
	const tiny = 1e-300
	f := b0
	if f == 0 {
		f = tiny
	}
	c, d := f, 0.0
	for n := 1; n < 10_000; n++ {
		a, b := term(n)
		if d = b + a*d; d == 0 {
			d = tiny
		}
		if c = b + a/c; c == 0 {
			c = tiny
		}
		d = 1 / d
		step := c * d
		f *= step
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	return f
}
