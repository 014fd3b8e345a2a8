package clv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Holdout is a customer at the end of the calibration data, and what they did in
// a time after it which a model has not seen.
type Holdout struct {
	Customer  Customer
	Length    float64 // of the time after
	Purchases float64 // made in it
}

func (h Holdout) ok() bool {
	return h.Customer.timesOK() && h.Length >= 0 && h.Length <= maxTime && h.Purchases >= 0 && h.Purchases <= maxCount
}

// Check compares what a model predicts with what happened.
type Check struct {
	Title string // of the plot
	Bins  []Bin  // by repeat purchases in calibration: 0, 1, … 6, 7 and more; those with customers

	Customers         int
	Actual, Predicted float64 // totals
	RMSE              float64 // root of the mean squared error of a customer
	MAE               float64 // mean absolute error of a customer
}

// Bin is the customers with equally many repeat purchases in calibration.
type Bin struct {
	Label             string // "0", "7+"
	Customers         int
	Actual, Predicted float64 // of [Model.Check] the mean a customer, of [Model.Histogram] the number of customers
}

const lastBin = 7

func newBins() []Bin {
	bins := make([]Bin, lastBin+1)
	for i := range bins {
		bins[i].Label = fmt.Sprint(i)
	}
	bins[lastBin].Label += "+"
	return bins
}

func binOf(c Customer) int { return int(math.Min(c.Frequency, lastBin)) }

// Check predicts each customer's purchases in the hold-out time and compares. A
// model may be right on the total and wrong in its parts, so see the bins: fit on
// the calibration data only, check on the rest, then fit on all.
func (m Model) Check(held []Holdout) (*Check, error) {
	var p problems
	for i, h := range held {
		if h.ok() {
			continue
		}
		path := fmt.Sprintf("held[%d].", i)
		h.Customer.check(&p, path+"Customer.")
		checkTime(&p, path+"Length", h.Length)
		if !(h.Purchases >= 0 && h.Purchases <= maxCount) {
			p.add(path+"Purchases", "%v is not a number from 0 to %g", h.Purchases, float64(maxCount))
		}
	}
	if len(held) == 0 {
		p.add("held", "there is nobody")
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	k := &Check{Title: "Purchases in the hold-out by purchases in calibration", Bins: newBins(), Customers: len(held)}
	for _, h := range held {
		_, alive := m.row(h.Customer)
		predicted := alive * m.ahead(h.Customer).purchases(h.Length)
		bin := &k.Bins[binOf(h.Customer)]
		bin.Customers++
		bin.Actual += h.Purchases
		bin.Predicted += predicted
		k.Actual += h.Purchases
		k.Predicted += predicted
		k.RMSE += (h.Purchases - predicted) * (h.Purchases - predicted)
		k.MAE += math.Abs(h.Purchases - predicted)
	}
	k.RMSE = math.Sqrt(k.RMSE / float64(len(held)))
	k.MAE /= float64(len(held))
	for i := range k.Bins {
		if n := float64(k.Bins[i].Customers); n > 0 {
			k.Bins[i].Actual /= n
			k.Bins[i].Predicted /= n
		}
	}
	k.Bins = slices.DeleteFunc(k.Bins, func(b Bin) bool { return b.Customers == 0 })
	return k, nil
}

// Histogram compares how many customers made 0, 1, 2 … repeat purchases in
// calibration with how many the model expects: a check of the fit itself, which
// needs no hold-out. Only its Bins and Customers are set.
func (m Model) Histogram(customers []Customer) (*Check, error) {
	ages, err := m.ages(customers)
	if err != nil {
		return nil, err
	}
	k := &Check{Title: "Customers by repeat purchases", Bins: newBins(), Customers: len(customers)}
	for _, c := range customers {
		bin := &k.Bins[binOf(c)]
		bin.Customers++
		bin.Actual++
	}
	for _, a := range ages {
		rest := 1.0
		for n := range lastBin {
			p := m.probability(n, a.t)
			k.Bins[n].Predicted += a.count * p
			rest -= p
		}
		k.Bins[lastBin].Predicted += a.count * math.Max(0, rest)
	}
	return k, nil
}

// Tracking is the cumulative number of repeat purchases of all customers.
type Tracking struct {
	Title            string    // of the plot
	Period           float64   // length of a step
	End              float64   // when the calibration data ended
	Actual, Expected []float64 // at the end of each period; time 0 is the earliest first purchase
}

// Track compares the repeat purchases of all customers over time with what the
// model expects of customers who began when they did. purchases[i] is how many
// they made in period i after the earliest first purchase, over calibration and
// hold-out; period is its length. Customers who came after the calibration are to
// be left out of both. It computes one expectation for each different T and
// period.
func (m Model) Track(customers []Customer, purchases []float64, period float64) (*Tracking, error) {
	ages, err := m.ages(customers)
	if err != nil {
		return nil, err
	}
	var p problems
	if !(period > 0) {
		p.add("period", "%v is not above 0", period)
	}
	checkTime(&p, "period", period*float64(len(purchases)))
	if len(purchases) > maxPeriods {
		p.add("purchases", "%d periods are more than %d", len(purchases), maxPeriods)
	}
	for i, n := range purchases {
		if !(n >= 0 && n <= maxCount) {
			p.add(fmt.Sprintf("purchases[%d]", i), "%v is not a number from 0 to %g", n, float64(maxCount))
		}
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	k := &Tracking{Title: "Repeat purchases since the start", Period: period, End: ages[len(ages)-1].t}
	_, first := m.row(Customer{})
	fresh := m.ahead(Customer{})
	total := 0.0
	for i, n := range purchases {
		total += n
		now, expected := period*float64(i+1), 0.0
		for _, a := range ages {
			if since := now - (k.End - a.t); since > 0 {
				expected += a.count * first * fresh.purchases(since)
			}
		}
		k.Actual = append(k.Actual, total)
		k.Expected = append(k.Expected, expected)
	}
	return k, nil
}

type age struct{ t, count float64 }

// ages merges customers by T, ascending, and checks them and m.
func (m Model) ages(customers []Customer) ([]age, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	var p problems
	if len(customers) == 0 {
		p.add("customers", "there is nobody")
	}
	all := make([]float64, len(customers))
	for i, c := range customers {
		if !c.timesOK() {
			c.check(&p, at(i))
		}
		all[i] = c.T
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	slices.SortFunc(all, cmp.Compare[float64])
	var ages []age
	for _, t := range all {
		if n := len(ages); n > 0 && ages[n-1].t == t {
			ages[n-1].count++
		} else {
			ages = append(ages, age{t, 1})
		}
	}
	return ages, nil
}
