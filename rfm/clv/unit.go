package clv

import "math"

// Unit is the length of a unit of time, in days. Every number of a [Customer]
// and every horizon given to a [Model] counts the model's own unit. The zero
// Unit is unknown: what needs to know the length then refuses.
type Unit float64

// The usual units. A month is a twelfth of a year of 365.25 days.
const (
	Day   Unit = 1
	Week  Unit = 7
	Month Unit = 365.25 / 12
	Year  Unit = 365.25
)

// In returns how many of v are n of u: 12 months in weeks are 52.18. A Unit that
// is none, such as the zero one, is an *[InvalidError].
func (u Unit) In(n float64, v Unit) (float64, error) {
	var p problems
	u.check(&p, "unit")
	v.check(&p, "in")
	if !(math.Abs(n) <= maxTime) {
		p.add("n", "%v is not a number up to %g", n, float64(maxTime))
	}
	if err := p.err(); err != nil {
		return 0, err
	}
	return n * float64(u) / float64(v), nil
}

func (u Unit) check(p *problems, path string) {
	if !(u >= minUnit && u <= maxUnit) {
		p.add(path, "%v days is not a unit of time; use Day, Week, Month or Year", float64(u))
	}
}

// ContinuousRate turns an effective discount rate per some unit, 0.15 for 15 % a
// year, into the continuous rate per unit u that [Model.DERT] takes.
func (u Unit) ContinuousRate(rate float64, per Unit) (float64, error) {
	var p problems
	u.check(&p, "unit")
	per.check(&p, "per")
	checkRate(&p, "rate", rate)
	if err := p.err(); err != nil {
		return 0, err
	}
	return math.Log1p(rate) * float64(u) / float64(per), nil
}

const (
	minUnit, maxUnit = 1e-9, 1e9 // days
	maxRate          = 1e6
)

func checkRate(p *problems, path string, rate float64) {
	if !(rate >= 0 && rate <= maxRate) {
		p.add(path, "%v is not a discount rate from 0 to %g", rate, float64(maxRate))
	}
}
