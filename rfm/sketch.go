package rfm

import (
	"iter"
	"math/bits"
)

// SketchPrecision says how exact a [Sketch] is: it errs by less than one part in
// this many.
const SketchPrecision = 1 << sketchBits

const sketchBits = 9

// Sketch counts customers by their figures, in buckets that grow with the
// figures, so that quantiles can be taken of any number of customers in a
// fixed room: at most 700 kB. Sketches of parts of the customers merge into that
// of all of them, exactly and in any order.
//
// Each quantile it gives lies within 1/[SketchPrecision] (0.2 %) of the exact
// one; to be strict, of the larger of the two figures it lies between. Days and
// orders below 1,024 have buckets of their own, so recency and frequency are
// exact in practice. Equal figures share a bucket and are never split.
//
// The zero Sketch is empty and ready. It is not safe for concurrent use.
type Sketch struct {
	customers              int64
	recency, orders, spend histogram
}

// Add counts one customer.
func (s *Sketch) Add(c Summary) { s.add(c.values()) }

func (s *Sketch) add(v values) {
	s.customers++
	s.recency.add(v.recency)
	s.orders.add(v.orders)
	s.spend.add(v.spend)
}

// AddAll counts customers.
func (s *Sketch) AddAll(customers iter.Seq[Summary]) {
	for c := range customers {
		s.Add(c)
	}
}

// Merge counts all that o has counted, which stays as it is.
func (s *Sketch) Merge(o *Sketch) {
	s.customers += o.customers
	s.recency.merge(&o.recency)
	s.orders.merge(&o.orders)
	s.spend.merge(&o.spend)
}

// Customers returns how many customers were counted.
func (s *Sketch) Customers() int64 { return s.customers }

// CutSketch takes quantiles of a sketch, as [Model.Cut] does of customers.
func (m *Model) CutSketch(s *Sketch) (Cuts, error) {
	switch {
	case !m.def.Scoring.quantiles():
		return m.fixed, nil
	case s.customers == 0:
		return Cuts{}, ErrNoCustomers
	}
	return cutsBy(m.def.Scoring, func(d Dimension, ranks []int) []int64 {
		return map[Dimension]*histogram{Recency: &s.recency, Frequency: &s.orders, Monetary: &s.spend}[d].at(ranks)
	}, int(s.customers))
}

// histogram counts whole numbers by bucket. A bucket is as wide as the greatest
// power of two that is at most 1/512 of its numbers.
type histogram struct {
	below, above []int64 // of numbers below 0, by what they are below it; of the rest
}

func bucket(u uint64) int {
	e := max(0, bits.Len64(u)-1-sketchBits)
	return e<<sketchBits + int(u>>e)
}

// bounds returns the least and the greatest number of a bucket.
func bounds(bucket int) (low, high int64) {
	e := max(0, bucket>>sketchBits-1)
	low = int64(bucket-e<<sketchBits) << e
	return low, low + 1<<e - 1
}

func (h *histogram) add(v int64) {
	if v < 0 {
		count(&h.below, bucket(uint64(-v)), 1)
	} else {
		count(&h.above, bucket(uint64(v)), 1)
	}
}

func (h *histogram) merge(o *histogram) {
	for i, n := range o.below {
		count(&h.below, i, n)
	}
	for i, n := range o.above {
		count(&h.above, i, n)
	}
}

func count(list *[]int64, i int, n int64) {
	if i >= len(*list) {
		*list = append(*list, make([]int64, i+1-len(*list))...)
	}
	(*list)[i] += n
}

// at returns, for ascending ranks, the greatest number of the bucket in which
// the number of that rank is.
func (h *histogram) at(ranks []int) []int64 {
	var found []int64
	seen := int64(0)
	meet := func(n, number int64) {
		for seen += n; len(found) < len(ranks) && int64(ranks[len(found)]) < seen; {
			found = append(found, number)
		}
	}
	for i := len(h.below) - 1; i >= 0; i-- {
		low, _ := bounds(i)
		meet(h.below[i], -low)
	}
	for i, n := range h.above {
		_, high := bounds(i)
		meet(n, high)
	}
	return found
}
