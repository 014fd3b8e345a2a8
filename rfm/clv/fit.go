package clv

import (
	"cmp"
	"math"
	"slices"
)

// Options steer [Fit] and [FitSpend]. The zero value works.
type Options struct {
	// Kind is the model to fit; MBGNBD if zero. FitSpend does not read it.
	Kind Kind
	// Unit is what the customers' times count. It becomes the model's, which
	// needs it for [Model.CLV] only. FitSpend does not read it.
	Unit Unit
	// Iterations bounds each descent; 0 means 200. A descent usually takes twenty,
	// of one evaluation of the likelihood each, and one never takes more than
	// thirty evaluations. There are some ten descents at most.
	Iterations int
	// Starts is the number of points to start from, at most 4; 0 means 2. If not
	// all end alike, as the report tells, all four are tried and the best is taken.
	Starts int
}

func (o Options) check(p *problems) {
	if !o.Kind.known() {
		p.add("options.Kind", "%v is not a model", o.Kind)
	}
	if o.Unit != 0 {
		o.Unit.check(p, "options.Unit")
	}
	if o.Iterations < 0 || o.Iterations > 1_000_000 {
		p.add("options.Iterations", "%d is not from 0 to 1,000,000", o.Iterations)
	}
	if o.Starts < 0 || o.Starts > maxStarts {
		p.add("options.Starts", "%d is not from 0 to %d", o.Starts, maxStarts)
	}
}

func (o Options) iterations() int { return cmp.Or(o.Iterations, 200) }
func (o Options) starts() int     { return cmp.Or(o.Starts, 2) }

const maxStarts = 4

// Fit estimates a [Model] by maximum likelihood from at least one customer who
// bought again. The order of customers does not matter, and equal ones cost one.
//
// Errors: each problem of an option or a customer is an *[InvalidError] that
// names it; [ErrNoRepeat]. Otherwise Fit returns a result, and with it a
// *[FitError] if that is not to be relied on: [ErrNotConverged], or
// [ErrNotIdentified], when some parameters mean nothing but predictions over a
// time like that of the data still hold. Its Report tells why.
func Fit(customers []Customer, o Options) (*Fitted[Model], error) {
	var p problems
	o.check(&p)
	for i := range customers {
		if !customers[i].timesOK() {
			customers[i].check(&p, at(i))
		}
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	rows, scale := merge(customers)
	if scale == 0 || rows[len(rows)-1].x == 0 {
		return nil, ErrNoRepeat
	}
	objective := func(rows []row) objective {
		weight, _ := totals(rows)
		return func(point, slope []float64) float64 { return meanLoss(o.Kind, rows, weight, point, slope) }
	}
	_, names := Model{Kind: o.Kind}.params()
	e := estimate{names: names[:], n: float64(len(customers)), starts: starts(o.Kind, rows),
		box: newBox(false, true, false, o.Kind == ParetoNBD)}
	e.run(objective(rows), objective(thin(rows)), len(rows) > thinFrom, o)

	// Back from scaled time: both rates' parameters are times.
	shift := []float64{0, math.Log(scale), 0, 0}
	if o.Kind == ParetoNBD {
		shift[3] = shift[1]
	}
	_, purchases := totals(rows)
	e.report.Customers, e.report.Rows = len(customers), len(rows)
	e.explain(func(u []float64) string { return whyModel(o.Kind, u) })
	f := &Fitted[Model]{
		LogLikelihood: -e.value*e.n - purchases*math.Log(scale),
		rebuild: func(u []float64) Model {
			var v [4]float64
			for i := range v {
				v[i] = math.Exp(u[i] + shift[i])
			}
			return newModel(o.Kind, o.Unit, v)
		},
		estimate: e,
	}
	f.finish(shift)
	return f, e.err()
}

// row is the customers with equal purchases, in scaled time.
type row struct{ x, recency, t, count float64 }

// merge makes rows, sorted, and the time that was scaled to 1, the longest T.
func merge(customers []Customer) (rows []row, scale float64) {
	type key [3]uint64
	index := make(map[key]int32)
	for i := range customers {
		c := &customers[i]
		k := key{math.Float64bits(c.Frequency), math.Float64bits(c.Recency), math.Float64bits(c.T)}
		if j, ok := index[k]; ok {
			rows[j].count++
			continue
		}
		index[k] = int32(len(rows))
		rows = append(rows, row{c.Frequency, c.Recency, c.T, 1})
		scale = math.Max(scale, c.T)
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.t, b.t), cmp.Compare(a.recency, b.recency))
	})
	if scale > 0 {
		for i := range rows {
			rows[i].recency /= scale
			rows[i].t /= scale
		}
	}
	return rows, scale
}

func totals(rows []row) (weight, purchases float64) {
	for _, r := range rows {
		weight += r.count
		purchases += r.count * r.x
	}
	return weight, purchases
}

// meanLoss is minus the mean log-likelihood of the rows, sorted by x, at a point
// of log parameters.
func meanLoss(k Kind, rows []row, weight float64, point, slope []float64) float64 {
	var v, s, total [4]float64
	for i := range v {
		v[i] = math.Exp(point[i])
	}
	like := newLikelihood(k, v)
	sum, x := 0.0, -1.0
	for i := range rows {
		r := &rows[i]
		if r.x != x {
			x = r.x
			like.setX(x)
		}
		ll, _ := like.row(r.recency, r.t, &s)
		sum += r.count * ll
		for j := range s {
			total[j] += r.count * s[j]
		}
	}
	for j := range s {
		slope[j] = -total[j] / weight
	}
	return -sum / weight
}

// Above thinFrom rows a fit first runs on a sample of them, every so many in
// order, and needs few evaluations of all after that.
const (
	thinFrom = 10_000
	thinTo   = 2_000
)

func thin[R any](rows []R) []R {
	if len(rows) <= thinFrom {
		return rows
	}
	sample := make([]R, 0, thinTo)
	for i := range thinTo {
		sample = append(sample, rows[i*len(rows)/thinTo])
	}
	return sample
}

// starts gives points to start from: the mean rate of purchases, with little or
// much difference between customers and slow or fast dropout.
func starts(k Kind, rows []row) [][]float64 {
	var time, bought float64
	for _, r := range rows {
		time += r.count * r.t
		bought += r.count * r.x
	}
	rate := bought / time
	point := func(r, first, second float64) []float64 {
		return []float64{math.Log(r), math.Log(r / rate), math.Log(first), math.Log(second)}
	}
	if k == ParetoNBD {
		return [][]float64{point(0.5, 0.5, 0.5), point(1, 2, 4), point(3, 0.2, 1), point(0.2, 1, 0.1)}
	}
	return [][]float64{point(0.5, 0.7, 2), point(1, 2, 2), point(3, 0.2, 2), point(0.2, 0.1, 0.1)}
}
