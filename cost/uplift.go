package cost

import (
	"fmt"
	"math"
)

// Evidence grades how a figure came about, and so what may be concluded from it.
type Evidence string

// The grades, the strongest first. Whoever computes an effect knows how its groups
// were made; no formula can.
const (
	Randomised Evidence = "randomised" // groups drawn by lot, such as a permanent hold-out
	Matched    Evidence = "matched"    // the same customers before and after, against others
	Adjusted   Evidence = "adjusted"   // reweighted to the same mix
	Naive      Evidence = "naive"      // members against non-members: who joins is not who does not
)

const naiveNote = "members chose to join: this difference was there before the programme, at least in part"

// Effect is a difference between two groups with its uncertainty.
type Effect struct {
	Method   string   `json:"method"`
	Evidence Evidence `json:"evidence"`
	Relative bool     `json:"relative,omitempty"` // Estimate is a share of the control's mean
	Estimate float64  `json:"estimate"`
	SE       float64  `json:"se"`
	DoF      float64  `json:"dof,omitzero"` // of Student's t; 0 is the normal distribution
	Level    float64  `json:"level"`
	Low      float64  `json:"low"`
	High     float64  `json:"high"`
	P        float64  `json:"p"` // two-sided, of no effect
	Notes    []string `json:"notes,omitempty"`
}

// Proves reports whether the interval leaves no effect out.
func (e Effect) Proves() bool { return e.Low > 0 || e.High < 0 }

// String writes the effect in a line, with its grade.
func (e Effect) String() string {
	number := func(v float64) string { return fmt.Sprintf("%+.4g", v) }
	if e.Relative {
		number = func(v float64) string { return fmt.Sprintf("%+.1f%%", v*100) }
	}
	return fmt.Sprintf("%s (%s to %s, %g%%), %s, p %.3g: %s evidence", number(e.Estimate), number(e.Low), number(e.High), e.Level*100,
		e.Method, e.P, e.Evidence)
}

// MinGroup is the size of a group below which every effect carries a note.
const MinGroup = 30

func (e Effect) noted(sizes ...int64) Effect {
	if e.Evidence == Naive {
		e.Notes = append(e.Notes, naiveNote)
	}
	for _, n := range sizes {
		if n < MinGroup {
			e.Notes = append(e.Notes, fmt.Sprintf("a group of %d is small", n))
		}
	}
	return e
}

// normal fills in interval and p-value of the normal distribution.
func (e Effect) normal() Effect {
	z := normalQuantile(0.5 + e.Level/2)
	e.Low, e.High, e.P = e.Estimate-z*e.SE, e.Estimate+z*e.SE, pOf(e.Estimate, e.SE, normalTwoSided)
	return e
}

// student fills in interval and p-value of Student's t.
func (e Effect) student() Effect {
	t := studentQuantile(e.Level, e.DoF)
	e.Low, e.High = e.Estimate-t*e.SE, e.Estimate+t*e.SE
	e.P = pOf(e.Estimate, e.SE, func(z float64) float64 { return studentTwoSided(z, e.DoF) })
	return e
}

// pOf is the p-value of a statistic; without any spread a difference is certain,
// and none is none.
func pOf(estimate, se float64, twoSided func(float64) float64) float64 {
	switch {
	case se > 0:
		return twoSided(estimate / se)
	case estimate == 0:
		return 1
	}
	return 0
}

// Arm is one group: how many customers, and mean and variance of what is measured
// per customer.
type Arm struct {
	N        int64   `json:"n"`
	Mean     float64 `json:"mean"`
	Variance float64 `json:"variance"` // of one customer, not of the mean
}

// Share is successes among n customers. Its arm has variance p (1 − p), without
// n − 1, as GrowthBook's statistics have it.
func Share(successes, n int64) (Arm, error) {
	var bad problems
	switch {
	case n <= 0:
		bad.add("n", "%d is no group", n)
	case successes < 0 || successes > n:
		bad.add("successes", "%d are not within 0 and %d", successes, n)
	}
	if len(bad) > 0 {
		return Arm{}, bad.err()
	}
	p := float64(successes) / float64(n)
	return Arm{N: n, Mean: p, Variance: p * (1 - p)}, nil
}

// Sums is a group known by its sums: n customers, the sum of what each did and of
// its square. Variance is with n − 1.
func Sums(n int64, sum, squares float64) (Arm, error) {
	var bad problems
	if n < 2 {
		bad.add("n", "%d: a variance needs two customers", n)
	}
	checkFinite("sum", sum, &bad)
	checkFinite("squares", squares, &bad)
	if len(bad) > 0 {
		return Arm{}, bad.err()
	}
	mean := sum / float64(n)
	v := (squares - sum*mean) / float64(n-1)
	if v < -1e-9*math.Abs(squares) {
		return Arm{}, invalid("squares", "%v is too small for a sum of %v over %d", squares, sum, n)
	}
	return Arm{N: n, Mean: mean, Variance: max(v, 0)}, nil
}

// Per is a ratio such as revenue per order, where the customer is the unit and not
// the order: the variance is that of the ratio of two means (delta method).
func Per(customers []Pair) (Arm, error) {
	m, err := moments("customers", customers)
	if err != nil {
		return Arm{}, err
	}
	if m.pre == 0 {
		return Arm{}, invalid("customers", "the denominators come to 0")
	}
	// A Pair here is {denominator, numerator}.
	r := m.post / m.pre
	v := (m.varPost + r*r*m.varPre - 2*r*m.cov) / (m.pre * m.pre)
	return Arm{N: int64(len(customers)), Mean: r, Variance: max(v, 0)}, nil
}

func (a Arm) check(path string, bad *problems) {
	if a.N < 2 {
		bad.add(path+".n", "%d: a variance needs two customers", a.N)
	}
	checkFinite(path+".mean", a.Mean, bad)
	if checkFinite(path+".variance", a.Variance, bad); a.Variance < 0 {
		bad.add(path+".variance", "%v is below 0", a.Variance)
	}
}

func checkFinite(path string, v float64, bad *problems) {
	if math.IsNaN(v) || math.Abs(v) > 1e100 {
		bad.add(path, "%v is no figure", v)
	}
}

// Comparison says how two groups are compared.
type Comparison struct {
	Evidence Evidence `json:"evidence"`        // needed: how the groups were made
	Level    float64  `json:"level,omitempty"` // of the interval; zero is DefaultLevel
}

func (c Comparison) effect(method string) (Effect, error) {
	level, err := checkLevel(c.Level)
	if err != nil {
		return Effect{}, err
	}
	switch c.Evidence {
	case Randomised, Matched, Adjusted, Naive:
	default:
		return Effect{}, invalid("evidence", "%s is none of randomised, matched, adjusted, naive", quote(string(c.Evidence)))
	}
	return Effect{Method: method, Evidence: c.Evidence, Level: level}, nil
}

// Shares compares two proportions a − b by Newcombe's hybrid of Wilson intervals
// (method 10 of "Interval estimation for the difference between independent
// proportions", Statistics in Medicine 17, 1998), which holds its level also near 0
// and 1. The p-value is of the pooled test.
func (c Comparison) Shares(a, b Arm) (Effect, error) {
	e, err := c.effect("difference, Newcombe")
	if err != nil {
		return Effect{}, err
	}
	var bad problems
	for i, arm := range []Arm{a, b} {
		if arm.N < 1 || !(arm.Mean >= 0 && arm.Mean <= 1) {
			bad.add([]string{"a", "b"}[i], "%v of %d is no proportion", arm.Mean, arm.N)
		}
	}
	if len(bad) > 0 {
		return Effect{}, bad.err()
	}
	z := normalQuantile(0.5 + e.Level/2)
	la, ua := wilson(a, z)
	lb, ub := wilson(b, z)
	na, nb := float64(a.N), float64(b.N)
	e.Estimate = a.Mean - b.Mean
	e.SE = math.Sqrt(a.Mean*(1-a.Mean)/na + b.Mean*(1-b.Mean)/nb)
	e.Low = e.Estimate - math.Hypot(a.Mean-la, ub-b.Mean)
	e.High = e.Estimate + math.Hypot(ua-a.Mean, b.Mean-lb)
	pooled := (a.Mean*na + b.Mean*nb) / (na + nb)
	e.P = pOf(e.Estimate, math.Sqrt(pooled*(1-pooled)*(1/na+1/nb)), normalTwoSided)
	return e.noted(a.N, b.N), nil
}

// wilson returns the score interval of a proportion.
func wilson(a Arm, z float64) (low, high float64) {
	n := float64(a.N)
	mid := (a.Mean + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(a.Mean*(1-a.Mean)/n+z*z/(4*n*n))
	return max(mid-half, 0), min(mid+half, 1)
}

// Difference compares two means, treatment − control, by Welch's t.
func (c Comparison) Difference(control, treatment Arm) (Effect, error) {
	e, err := c.arms("difference, Welch", control, treatment)
	if err != nil {
		return Effect{}, err
	}
	e.Estimate = treatment.Mean - control.Mean
	e.SE = math.Sqrt(meanVariance(control) + meanVariance(treatment))
	return e.student().noted(control.N, treatment.N), nil
}

// Lift compares two means as a share of the control's: (treatment − control) ÷
// |control|, with the standard error of the delta method and Welch's degrees of
// freedom, as GrowthBook's statistics have it. Where the control's mean is itself
// uncertain take [Comparison.Fieller]. A lift and a difference of the same data may
// well disagree on what is proven.
func (c Comparison) Lift(control, treatment Arm) (Effect, error) {
	e, err := c.arms("relative lift, delta method", control, treatment)
	if err != nil {
		return Effect{}, err
	}
	m := control.Mean
	if m == 0 {
		return Effect{}, invalid("control.mean", "is 0: there is nothing to be a share of")
	}
	e.Relative = true
	e.Estimate = (treatment.Mean - m) / math.Abs(m)
	e.SE = math.Sqrt(meanVariance(treatment)/(m*m) + meanVariance(control)*treatment.Mean*treatment.Mean/(m*m*m*m))
	return e.student().noted(control.N, treatment.N), nil
}

// Fieller is Lift with Fieller's interval, exact where the control's mean is
// uncertain. It needs g = z² v ÷ (n m²) < 1: a control clearly away from 0.
func (c Comparison) Fieller(control, treatment Arm) (Effect, error) {
	e, err := c.Lift(control, treatment)
	if err != nil {
		return Effect{}, err
	}
	if control.Mean < 0 {
		return Effect{}, invalid("control.mean", "%v is below 0", control.Mean)
	}
	t := studentQuantile(e.Level, e.DoF)
	m, vc, vt := control.Mean, meanVariance(control), meanVariance(treatment)
	g := t * t * vc / (m * m)
	if g >= 1 {
		return Effect{}, invalid("control.mean", "%v cannot be told from 0 (g = %.2f): no interval is bounded", m, g)
	}
	r := treatment.Mean / m
	half := t / m * math.Sqrt(vt*(1-g)+r*r*vc)
	e.Method = "relative lift, Fieller"
	e.Low, e.High = (r-half)/(1-g)-1, (r+half)/(1-g)-1
	return e, nil
}

func meanVariance(a Arm) float64 { return a.Variance / float64(a.N) }

// arms checks two groups and returns an effect with Welch's degrees of freedom.
func (c Comparison) arms(method string, control, treatment Arm) (Effect, error) {
	e, err := c.effect(method)
	if err != nil {
		return Effect{}, err
	}
	var bad problems
	control.check("control", &bad)
	treatment.check("treatment", &bad)
	if len(bad) > 0 {
		return Effect{}, bad.err()
	}
	vc, vt := meanVariance(control), meanVariance(treatment)
	e.DoF = welch(vc, vt, float64(control.N), float64(treatment.N))
	return e, nil
}

// welch returns the degrees of freedom of a difference of two means with these
// variances; without any variance, or with next to none, those of the pooled test.
func welch(va, vb, na, nb float64) float64 {
	dof := (va + vb) * (va + vb) / (va*va/(na-1) + vb*vb/(nb-1))
	if !(dof >= 1) || math.IsInf(dof, 0) {
		return na + nb - 2
	}
	return dof
}
