package cost

import (
	"fmt"
	"math"
)

// ChainLadder estimates ultimate redemptions from a triangle by volume-weighted
// age-to-age factors, with the standard error of Mack, "Distribution-free
// calculation of the standard error of chain ladder reserve estimates", ASTIN
// Bulletin 23 (1993), and "Measuring the variability of chain ladder reserve
// estimates", CAS Forum (1994). The zero value works: no tail, Mack's rule for the
// last sigma, ranges at DefaultLevel.
//
// It needs each redemption matched to the lot it used. Another order of matching
// is another triangle, and after a change of rules old factors mislead: begin a
// new segment.
type ChainLadder struct {
	Tail       TailRule  `json:"tail,omitempty"`
	TailFactor float64   `json:"tail_factor,omitempty"` // of TailGiven: from the last age seen to the end, at least 1
	LastSigma  SigmaRule `json:"last_sigma,omitempty"`
	// Expires is how many ages points live: at that age nothing more is redeemed.
	// Zero is not known, or never.
	Expires int     `json:"expires,omitempty"`
	Level   float64 `json:"level,omitempty"` // of ranges; zero is DefaultLevel
}

// TailRule is what happens after the last age seen.
type TailRule string

// The tails. A tail is for points that never expire; its own uncertainty is in no
// standard error.
const (
	TailNone        TailRule = ""            // nothing: right where points expire by then
	TailGiven       TailRule = "given"       // TailFactor
	TailExponential TailRule = "exponential" // factors − 1 go on falling as they did, fitted to their logarithms
)

// SigmaRule is how the variance of an age seen in one cohort alone is taken from
// those before it. The total error depends on it: 26,909 or 26,881 on the same
// published triangle.
type SigmaRule string

// The rules for the last sigma.
const (
	SigmaMack      SigmaRule = ""          // the smallest of v², squared over the one before, and the two themselves: Mack (1993)
	SigmaLogLinear SigmaRule = "loglinear" // the line through the logarithms, the default of R's ChainLadder
)

func (r SigmaRule) label() string {
	if r == SigmaLogLinear {
		return "last sigma log-linear"
	}
	return "last sigma by Mack's rule"
}

// Factor is the development from one age to the next.
type Factor struct {
	Age       int     `json:"age"` // from Age to Age+1
	Factor    float64 `json:"factor"`
	Sigma2    float64 `json:"sigma2"` // Mack's variance parameter
	Weight    float64 `json:"weight"` // points at Age that the factor rests on
	Cohorts   int     `json:"cohorts"`
	Taken     bool    `json:"taken,omitempty"` // Sigma2 is by the rule for the last sigma
	undefined bool    // Sigma2 cannot be told
}

// Development is fitted factors. They may be applied to the triangle of a segment
// too small for factors of its own.
type Development struct {
	Factors []Factor `json:"factors"`
	Tail    float64  `json:"tail"` // 1 is none

	rule  ChainLadder
	level float64
}

// Fit computes the factors.
func (c ChainLadder) Fit(t Triangle) (*Development, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	level, err := checkLevel(c.Level)
	if err != nil {
		return nil, err
	}
	switch {
	case c.LastSigma != SigmaMack && c.LastSigma != SigmaLogLinear:
		return nil, invalid("last_sigma", "%s is no rule", quote(string(c.LastSigma)))
	case c.Expires < 0 || c.Expires > MaxAges:
		return nil, invalid("expires", "%d is not within 0 and %d", c.Expires, MaxAges)
	}
	d := &Development{rule: c, level: level}
	ages := t.ages()
	if c.Expires > 0 {
		ages = min(ages, c.Expires)
	}
	for k := range ages - 1 {
		f, err := factor(t, k)
		if err != nil {
			return nil, err
		}
		d.Factors = append(d.Factors, f)
	}
	d.lastSigmas()
	if d.Tail, err = c.tail(d.Factors); err != nil {
		return nil, err
	}
	return d, nil
}

// factor returns Σ C(k+1) / Σ C(k) and its variance, over the cohorts that have
// seen age k+1.
func factor(t Triangle, k int) (Factor, error) {
	f := Factor{Age: k}
	var next float64
	for _, r := range t.Rows {
		if len(r.Redeemed) <= k+1 {
			break
		}
		f.Weight += float64(r.Redeemed[k])
		next += float64(r.Redeemed[k+1])
		f.Cohorts++
	}
	for i, sum := range []float64{f.Weight, next} {
		if sum == 0 {
			return Factor{}, invalid(fmt.Sprintf("rows[*].redeemed[%d]", k+i), "nothing was redeemed by this age, so there is no factor: pool segments, use wider ages or hazards")
		}
	}
	f.Factor = next / f.Weight
	for _, r := range t.Rows[:f.Cohorts] {
		if c := float64(r.Redeemed[k]); c > 0 {
			diff := float64(r.Redeemed[k+1])/c - f.Factor
			f.Sigma2 += c * diff * diff
		}
	}
	if f.Cohorts > 1 {
		f.Sigma2 /= float64(f.Cohorts - 1)
	}
	return f, nil
}

// lastSigmas fills in the variances that one cohort alone cannot tell.
func (d *Development) lastSigmas() {
	for k := range d.Factors {
		f := &d.Factors[k]
		if f.Cohorts > 1 {
			continue
		}
		f.Taken = true
		switch {
		case d.rule.LastSigma == SigmaLogLinear:
			f.Sigma2, f.undefined = logLinear(d.Factors[:k])
		case k < 2:
			f.undefined = true
		default:
			v1, v2 := d.Factors[k-2], d.Factors[k-1]
			f.undefined = v1.undefined || v2.undefined
			f.Sigma2 = min(v1.Sigma2, v2.Sigma2)
			if v1.Sigma2 > 0 {
				f.Sigma2 = min(f.Sigma2, v2.Sigma2*v2.Sigma2/v1.Sigma2)
			}
		}
	}
}

// logLinear extrapolates ln σ² by least squares over the ages that have one.
func logLinear(seen []Factor) (sigma2 float64, undefined bool) {
	var xs, ys []float64
	for _, f := range seen {
		if !f.Taken && f.Sigma2 > 0 {
			xs, ys = append(xs, float64(f.Age)), append(ys, math.Log(f.Sigma2))
		}
	}
	a, b, ok := line(xs, ys)
	return math.Exp(a + b*float64(len(seen))), !ok
}

// tail returns the factor from the last age seen to the end.
func (c ChainLadder) tail(factors []Factor) (float64, error) {
	switch c.Tail {
	case TailNone:
		return 1, nil
	case TailGiven:
		if !(c.TailFactor >= 1 && c.TailFactor <= 100) {
			return 0, invalid("tail_factor", "%v is not within 1 and 100", c.TailFactor)
		}
		return c.TailFactor, nil
	case TailExponential:
		var xs, ys []float64
		for _, f := range factors {
			if f.Factor > 1 {
				xs, ys = append(xs, float64(f.Age)), append(ys, math.Log(f.Factor-1))
			}
		}
		a, b, ok := line(xs, ys)
		if !ok || b >= 0 {
			return 0, invalid("tail", "the factors do not fall: no exponential tail fits them")
		}
		tail := 1.0
		last := MaxAges
		if c.Expires > 0 {
			last = c.Expires - 1
		}
		for k := len(factors); k < last; k++ {
			tail *= 1 + math.Exp(a+b*float64(k))
		}
		return tail, nil
	}
	return 0, invalid("tail", "%s is no rule", quote(string(c.Tail)))
}

// ToUltimate returns the factor from an age to the end; 1 over it is the share
// developed by that age.
func (d *Development) ToUltimate(age int) float64 {
	if d.rule.Expires > 0 && age >= d.rule.Expires-1 {
		return 1
	}
	f := d.Tail
	for k := age; k < len(d.Factors); k++ {
		f *= d.Factors[k].Factor
	}
	return f
}

// Estimate applies the factors to a triangle: the one they were fitted to, or that
// of a segment.
func (d *Development) Estimate(t Triangle) (Estimate, error) {
	if err := t.Validate(); err != nil {
		return Estimate{}, err
	}
	e := Estimate{Method: "chain ladder, volume-weighted", Level: d.level, Notes: d.notes()}
	defined, variance, younger := true, 0.0, 0.0
	e.Cohorts = make([]CohortEstimate, len(t.Rows))
	for i := len(t.Rows) - 1; i >= 0; i-- { // from the youngest: the total needs the sum of those after it
		r := t.Rows[i]
		age := len(r.Redeemed) - 1
		ultimate := float64(r.Redeemed.latest()) * d.ToUltimate(age)
		c := cohortEstimate(r, ultimate)
		own, shared, ok := d.variance(float64(r.Redeemed.latest()), age)
		c.Spread = spread(c.Future, ultimate*math.Sqrt(own), ok, d.level, float64(c.Outstanding))
		e.Cohorts[i] = c
		defined = defined && ok
		variance += ultimate*ultimate*own + ultimate*younger*2*shared
		younger += ultimate
	}
	e.total(math.Sqrt(variance), defined)
	return e, nil
}

// variance returns a cohort's relative error, squared, and the part of it that all
// younger cohorts share: σ²/f² × (1/C + 1/S) and σ²/f²/S, summed over the ages to
// come.
func (d *Development) variance(latest float64, age int) (own, shared float64, ok bool) {
	if d.ToUltimate(age) == 1 && age >= len(d.Factors) {
		return 0, 0, true
	}
	if latest == 0 {
		return 0, 0, false // nothing redeemed yet: the method knows nothing of this cohort
	}
	c := latest
	for k := age; k < len(d.Factors); k++ {
		f := d.Factors[k]
		if f.undefined || f.Factor == 0 {
			return 0, 0, false
		}
		v := f.Sigma2 / (f.Factor * f.Factor)
		own += v * (1/c + 1/f.Weight)
		shared += v / f.Weight
		c *= f.Factor
	}
	return own, shared, true
}

func (d *Development) notes() []string {
	notes := []string{"Mack's standard error, " + d.rule.LastSigma.label()}
	seen := len(d.Factors) + 1
	switch {
	case d.rule.Tail != TailNone:
		notes = append(notes, fmt.Sprintf("%s tail of %.4f, whose own error is not in the range", d.rule.Tail, d.Tail))
	case d.rule.Expires == 0:
		notes = append(notes, fmt.Sprintf("no tail: nothing is expected after the %d ages seen", seen))
	case d.rule.Expires > seen:
		notes = append(notes, fmt.Sprintf("no tail: %d of %d ages seen, nothing is expected after them", seen, d.rule.Expires))
	}
	return notes
}

// Estimate fits the factors and applies them.
func (c ChainLadder) Estimate(t Triangle) (Estimate, error) {
	d, err := c.Fit(t)
	if err != nil {
		return Estimate{}, err
	}
	return d.Estimate(t)
}

// line fits y = a + b x by least squares; ok is false with fewer than two xs.
func line(xs, ys []float64) (a, b float64, ok bool) {
	n := float64(len(xs))
	if len(xs) < 2 {
		return 0, 0, false
	}
	var mx, my, sxx, sxy float64
	for i := range xs {
		mx += xs[i] / n
		my += ys[i] / n
	}
	for i := range xs {
		sxx += (xs[i] - mx) * (xs[i] - mx)
		sxy += (xs[i] - mx) * (ys[i] - my)
	}
	b = sxy / sxx
	return my - b*mx, b, true
}
