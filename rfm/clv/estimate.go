package clv

import (
	"fmt"
	"math"
	"slices"
)

// Fitted is a model with what is known of its fit.
type Fitted[M Model | GammaGamma] struct {
	Model         M
	LogLikelihood float64 // of all customers used, in the units of the data
	Params        []Param
	Report        Report

	rebuild  func(point []float64) M
	estimate estimate
}

// Param is one estimated parameter.
type Param struct {
	Name  string // as in the papers: "r", "alpha", …
	Value float64
	// Identified tells whether the data fix the value at all. If not, Value is
	// where the search stopped and the numbers below are 0.
	Identified bool
	StdErr     float64 // standard error, from the curvature of the log-likelihood
	Low, High  float64 // bounds of the 95 % interval, which is one of the logarithm
}

// Report tells how a fit went.
type Report struct {
	Converged    bool
	Reason       string   // why it did, or why it did not, in words
	Unidentified []string // names of parameters that the data do not fix
	Customers    int      // used
	Skipped      int      // by FitSpend: without a repeat purchase, or none paid for
	Rows         int      // different ones among those used
	Starts       int      // points started from
	Agreed       int      // of them ended at the likelihood of the best
	Iterations   int
	Evaluations  int     // of the likelihood of all rows; those of a sample not counted
	Gradient     float64 // largest derivative of the mean log-likelihood by a log parameter
	Promise      float64 // by how much a Newton step would raise the log-likelihood still
}

// estimate is a maximum of a likelihood in log parameters.
type estimate struct {
	names  []string
	n      float64 // customers
	starts [][]float64
	box    box

	point, slope []float64
	value        float64
	values       []float64 // eigenvalues and eigenvectors of the mean loss's Hessian
	vectors      matrix
	open         []bool // parameters that the data do not fix
	report       Report
	failed       string // why not converged
}

const (
	// vague is the standard error of a logarithm from which a parameter counts as
	// not identified: e³ is a factor of 20.
	vague = 3.0
	// settled is how much log-likelihood may be left to gain: far below the 2 or
	// so that would matter to a test.
	settled = 1e-3
)

// run minimises full from two starts or more, on the sample first if there are
// many rows, and from all starts if two end differently.
func (e *estimate) run(full, sample objective, sampled bool, o Options) {
	var best minimum
	r := &e.report
	for i, start := range e.starts {
		if i >= o.starts() && r.Agreed == r.Starts {
			break
		}
		m := minimize(sample, start, e.box, nil, o.iterations())
		e.count(m, !sampled)
		r.Starts++
		switch gain := (best.value - m.value) * e.n; {
		case i == 0 || gain > sameEnd:
			best, r.Agreed = m, 1
		case gain > -sameEnd:
			r.Agreed++
		}
	}
	if sampled {
		best = minimize(full, best.point, e.box, best.inverse, o.iterations())
		e.count(best, true)
	}
	for range 3 {
		e.point, e.slope, e.value = best.point, best.slope, best.value
		e.polish(full)
		away, found := e.profile(full)
		if !found {
			break
		}
		best = minimize(full, away, e.box, nil, o.iterations())
		e.count(best, true)
	}
	e.judge(best.why)
}

// sameEnd is by how much log-likelihood two ends may differ and be the same.
const sameEnd = 1e-3

func (e *estimate) count(m minimum, full bool) {
	e.report.Iterations += m.iterations
	if full {
		e.report.Evaluations += m.evaluations
	}
}

// polish takes Newton steps where the likelihood is curved, until they promise
// nothing. That is a sign of convergence which no scale of the data alters.
func (e *estimate) polish(f objective) {
	n := len(e.point)
	for range 6 {
		hessian := curvature(f, e.point)
		e.report.Evaluations += 2 * n
		for i := range n {
			if e.box.holds(e.point, e.slope, i) {
				e.slope[i] = 0
				for j := range n {
					hessian[i][j], hessian[j][i] = 0, 0
				}
			}
		}
		e.values, e.vectors = hessian.eigen()
		e.report.Promise = 0
		next, slope := slices.Clone(e.point), make([]float64, n)
		for i, v := range e.vectors {
			if !e.firm(i) {
				continue
			}
			along := dot(v, e.slope)
			e.report.Promise += e.n * along * along / (2 * e.values[i])
			for j := range next {
				next[j] -= math.Max(-1, math.Min(1, along/e.values[i])) * v[j]
			}
		}
		e.box.clamp(next)
		if e.report.Promise < settled/100 {
			return
		}
		value := f(next, slope)
		e.report.Evaluations++
		if !(value < e.value) {
			return
		}
		e.point, e.slope, e.value = next, slope, value
	}
}

// firm tells whether the data determine the direction of eigenvector i.
func (e *estimate) firm(i int) bool { return e.n*e.values[i] > 1/(vague*vague) }

// deviation is the standard error of log parameter j, as far as it is determined.
func (e *estimate) deviation(j int) float64 {
	variance := 0.0
	for i, v := range e.vectors {
		if e.firm(i) {
			variance += v[j] * v[j] / (e.n * e.values[i])
		}
	}
	return math.Sqrt(variance)
}

// profile looks beyond the curvature at the maximum, which says little of a
// likelihood that levels off: a parameter that is not known well is moved far
// away and held, the others follow, and if that costs less than a 95 % interval
// allows then the data do not fix the parameter. If it is a gain, better is found.
func (e *estimate) profile(f objective) (better []float64, found bool) {
	const (
		doubtful = 1    // standard error of a log parameter
		far      = 6    // a factor of 400
		allowed  = 1.92 // half the 95 % quantile of χ² with one degree of freedom
	)
	e.open = make([]bool, len(e.names))
	for j := range e.names {
		if e.deviation(j) < doubtful {
			continue
		}
		for _, away := range []float64{-far, far} {
			held := box{slices.Clone(e.box.low), slices.Clone(e.box.high)}
			to := math.Max(held.low[j], math.Min(held.high[j], e.point[j]+away))
			held.low[j], held.high[j] = to, to
			m := minimize(f, e.point, held, nil, 50)
			e.report.Evaluations += m.evaluations
			cost := (m.value - e.value) * e.n
			if cost < -settled {
				return m.point, true
			}
			e.open[j] = e.open[j] || cost < allowed
		}
	}
	return nil, false
}

// judge fills the report.
func (e *estimate) judge(why stop) {
	r := &e.report
	r.Gradient = norm(e.slope)
	slack := 0.0 // to gain by a factor of e in a direction that is hardly curved
	saddle := false
	for i, v := range e.vectors {
		if e.firm(i) {
			continue
		}
		slack = math.Max(slack, e.n*math.Abs(dot(v, e.slope)))
		saddle = saddle || e.n*e.values[i] < -1/(vague*vague)
		for j := range v {
			e.open[j] = e.open[j] || math.Abs(v[j]) > 0.1
		}
	}
	for j, name := range e.names {
		if e.open[j] {
			r.Unidentified = append(r.Unidentified, name)
		}
	}
	limit := ""
	if why == stopLimit {
		limit = fmt.Sprintf(", %d iterations being all that Options allows", r.Iterations)
	}
	switch {
	case saddle:
		e.failed = "the search ended where the likelihood is not at a maximum in every direction" + limit
	case r.Promise > settled:
		e.failed = fmt.Sprintf("the log-likelihood can still rise by about %.2g%s", r.Promise, limit)
	case slack > 0.1:
		e.failed = fmt.Sprintf("the likelihood keeps rising, by %.2g for each factor e, as %v run on%s", slack, r.Unidentified, limit)
	default:
		r.Converged = true
	}
}

// explain sets the reason; why describes a limit the point has run into, or "".
func (e *estimate) explain(why func(point []float64) string) {
	r := &e.report
	switch {
	case !r.Converged:
		r.Reason = e.failed
	case len(r.Unidentified) == 0:
		r.Reason = fmt.Sprintf("a Newton step promises to raise the log-likelihood by %.1g more", r.Promise)
	default:
		r.Reason = "the likelihood is all but flat along them"
	}
	if len(r.Unidentified) > 0 {
		if w := why(e.point); w != "" {
			r.Reason += "; " + w
		}
	}
}

func (e *estimate) err() error {
	switch {
	case !e.report.Converged:
		return &FitError{e.report, ErrNotConverged}
	case len(e.report.Unidentified) > 0:
		return &FitError{e.report, ErrNotIdentified}
	}
	return nil
}

// finish derives the exported fields; shift leads from scaled units to the data's.
func (f *Fitted[M]) finish(shift []float64) {
	e := &f.estimate
	f.Report = e.report
	f.Model = f.rebuild(e.point)
	for j, name := range e.names {
		sd, ln := e.deviation(j), e.point[j]+shift[j]
		p := Param{Name: name, Value: math.Exp(ln), Identified: !e.open[j]}
		if p.Identified {
			p.StdErr, p.Low, p.High = p.Value*sd, math.Exp(ln-normal95*sd), math.Exp(ln+normal95*sd)
		}
		f.Params = append(f.Params, p)
	}
}

const normal95 = 1.959963984540054 // of the normal distribution, two-sided

// StdErr is the standard error of any figure derived from the model, by the
// delta method: of one customer's [Model.Purchases], say. It tells how far the
// estimate may be off, not how far the customer may be. It passes on the errors
// of figure, and is [ErrNotIdentified] if the figure depends much on parameters
// that the data do not fix.
func (f *Fitted[M]) StdErr(figure func(M) (float64, error)) (float64, error) {
	const (
		h     = 1e-4
		loose = 0.05 // share of the figure by which it may change for a factor e
	)
	e := &f.estimate
	here, err := figure(f.Model)
	if err != nil {
		return 0, err
	}
	slope := make([]float64, len(e.point))
	for j := range slope {
		moved := slices.Clone(e.point)
		moved[j] += h
		up, err := figure(f.rebuild(moved))
		if err != nil {
			return 0, err
		}
		moved[j] -= 2 * h
		down, err := figure(f.rebuild(moved))
		if err != nil {
			return 0, err
		}
		slope[j] = (up - down) / (2 * h)
		if e.open[j] && math.Abs(slope[j]) > loose*math.Abs(here) {
			return 0, ErrNotIdentified
		}
	}
	variance := 0.0
	for i, v := range e.vectors {
		if along := dot(v, slope); e.firm(i) {
			variance += along * along / (e.n * e.values[i])
		}
	}
	return math.Sqrt(variance), nil
}

// Shapes are searched for within e^-18 and e^12 and times, or amounts, within
// e^±35 of the data's: beyond, a model is its own limit to any use.
func newBox(times ...bool) box {
	var b box
	for _, time := range times {
		if time {
			b.low, b.high = append(b.low, -35), append(b.high, 35)
		} else {
			b.low, b.high = append(b.low, -18), append(b.high, 12)
		}
	}
	return b
}

// whyModel says in words what a model's parameters, in scaled time, tend to.
func whyModel(k Kind, u []float64) string {
	const far = 7 // e^7 is 1,100
	leave, same := u[2]-u[3], u[2] > far-2
	switch {
	case leave < -far && k == ParetoNBD, leave < -far && !same, leave < -far-4:
		return "nobody seems to leave in these data, so how customers leave cannot be told"
	case same:
		return "all customers seem to leave alike, so how much they differ in it cannot be told"
	case k != ParetoNBD && math.Max(u[2], u[3]) < -4:
		return "customers seem to leave at once or never, so how they differ between cannot be told"
	case u[0] > far-2:
		return "all customers seem to buy at one rate, so how much they differ in it cannot be told"
	case u[0] < -far:
		return "hardly anybody buys again, so how customers differ in it cannot be told"
	}
	return ""
}
