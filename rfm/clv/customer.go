package clv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Limits of what is accepted. They lie far beyond any shop and keep every
// result finite.
const (
	maxTime  = 1e9  // units
	maxCount = 1e9  // purchases
	maxSpend = 1e15 // of money
	minSpend = 1e-15
)

// Customer sums up what one customer bought: all that these models need.
// Times count one unit, which the [Model] names. Purchases at the same time
// (the same day, usually) are one.
type Customer struct {
	Frequency float64 // repeat purchases: all but the first; a whole number
	Recency   float64 // time from the first purchase to the last; 0 without a repeat
	T         float64 // time from the first purchase to the end of the data
	Spend     float64 // mean amount of the repeat purchases; only [GammaGamma] reads it, below 1e-15 as none
}

// Validate reports whatever is wrong with c: a *[InvalidError] each.
func (c Customer) Validate() error {
	if c.timesOK() && finite(c.Spend) {
		return nil
	}
	var p problems
	c.check(&p, "")
	c.checkSpend(&p, "")
	return p.err()
}

func (c Customer) timesOK() bool {
	return c.Frequency >= 0 && c.Frequency <= maxCount && c.Frequency == math.Trunc(c.Frequency) &&
		c.Recency >= 0 && c.Recency <= c.T && c.T <= maxTime &&
		(c.Frequency > 0) == (c.Recency > 0)
}

// checkTimes is what every prediction asks of a customer.
func (c Customer) checkTimes() error {
	if c.timesOK() {
		return nil
	}
	var p problems
	c.check(&p, "")
	return p.err()
}

func (c Customer) check(p *problems, path string) {
	if !(c.Frequency >= 0 && c.Frequency <= maxCount && c.Frequency == math.Trunc(c.Frequency)) {
		p.add(path+"Frequency", "%v is not a whole number from 0 to %g", c.Frequency, float64(maxCount))
	}
	if !(c.T >= 0 && c.T <= maxTime) {
		p.add(path+"T", "%v is not a time from 0 to %g", c.T, float64(maxTime))
	}
	switch {
	case !(c.Recency >= 0):
		p.add(path+"Recency", "%v is not a time from 0 to T", c.Recency)
	case c.Recency > c.T:
		p.add(path+"Recency", "the last purchase at %v lies beyond the end of the data at %v", c.Recency, c.T)
	case c.Frequency > 0 && c.Recency == 0:
		p.add(path+"Recency", "0 with %v repeat purchases: purchases at the same time are one", c.Frequency)
	case c.Frequency == 0 && c.Recency > 0:
		p.add(path+"Recency", "%v without a repeat purchase must be 0", c.Recency)
	}
}

func (c Customer) checkSpend(p *problems, path string) {
	if !finite(c.Spend) {
		p.add(path+"Spend", "%v is not an amount up to %g", c.Spend, float64(maxSpend))
	}
}

func finite(spend float64) bool { return math.Abs(spend) <= maxSpend }

func at(i int) string { return fmt.Sprintf("customers[%d].", i) }

// Purchase is one purchase of one customer.
type Purchase struct {
	At     float64 // on any clock that counts the model's unit
	Amount float64 // what was paid
}

// Split sums up the purchases of one customer, in any order: those up to end as
// a [Customer], those after it, up to until, as what came then. Purchases with
// the same At are one, so round it to days first if a day is to count once.
// With until = end there is no hold-out and its Purchases are 0.
//
// The customer's first purchase must not lie after end, and none after until:
// a purchase in the future is a mistake of the clock or of the data.
func Split(purchases []Purchase, end, until float64) (Holdout, error) {
	var p problems
	if !(math.Abs(end) <= maxTime && math.Abs(until) <= maxTime && end <= until) {
		p.add("end", "%v to %v is not a span of time", end, until)
	}
	if len(purchases) == 0 {
		p.add("purchases", "there are none")
	}
	for i, b := range purchases {
		path := fmt.Sprintf("purchases[%d].", i)
		if !(math.Abs(b.At) <= maxTime) {
			p.add(path+"At", "%v is not a time", b.At)
		} else if b.At > until {
			p.add(path+"At", "%v lies beyond the end of the data at %v", b.At, until)
		}
		if !finite(b.Amount) {
			p.add(path+"Amount", "%v is not an amount up to %g", b.Amount, float64(maxSpend))
		}
	}
	if err := p.err(); err != nil {
		return Holdout{}, err
	}
	sorted := slices.Clone(purchases)
	slices.SortFunc(sorted, func(a, b Purchase) int { // by amount too: a sum must not depend on the order given
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Amount, b.Amount))
	})
	first := sorted[0].At
	if first > end {
		return Holdout{}, &InvalidError{Path: "purchases", Reason: fmt.Sprintf("the first, at %v, lies after %v", first, end)}
	}
	h := Holdout{Customer: Customer{T: end - first}, Length: until - end}
	var spent float64
	last := first
	for _, b := range sorted {
		if b.At > end {
			if b.At > last {
				h.Purchases++
			}
		} else if b.At > first {
			if b.At > last {
				h.Customer.Frequency++
			}
			h.Customer.Recency = b.At - first
			spent += b.Amount
		}
		last = b.At
	}
	if h.Customer.Frequency > 0 {
		h.Customer.Spend = spent / h.Customer.Frequency
	}
	return h, nil
}
