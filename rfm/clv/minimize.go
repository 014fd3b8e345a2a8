package clv

import (
	"math"
	"slices"
)

// objective is a function to minimise, smooth and bounded below. It fills slope
// with its gradient.
type objective func(point, slope []float64) float64

// minimum is where a minimisation ended, and how.
type minimum struct {
	point, slope []float64
	value        float64
	inverse      matrix // the last estimate of the inverse Hessian
	iterations   int
	evaluations  int
	why          stop
}

type stop int

const (
	stopFlat  stop = iota // the gradient vanished
	stopStuck             // no step went down: rounding, or a bound
	stopLimit             // of iterations
)

// box bounds the points of a search.
type box struct{ low, high []float64 }

// clamp moves point into the box.
func (b box) clamp(point []float64) {
	for i := range point {
		point[i] = math.Max(b.low[i], math.Min(b.high[i], point[i]))
	}
}

// holds tells whether point is at a bound in direction i and slope pushes it out.
func (b box) holds(point, slope []float64, i int) bool {
	return point[i] <= b.low[i] && slope[i] >= 0 || point[i] >= b.high[i] && slope[i] <= 0
}

// minimize runs BFGS (Nocedal & Wright 2006, ch. 6) from start, within bounds, in
// logarithms of parameters. Two to four of them, with exact gradients and a mean
// likelihood, need some tens of evaluations; a general optimiser would add a
// dependency and no digit. inverse is a first guess of the inverse Hessian, or nil.
func minimize(f objective, start []float64, b box, inverse matrix, maxIterations int) minimum {
	n := len(start)
	m := minimum{point: slices.Clone(start), slope: make([]float64, n), inverse: inverse, evaluations: 1}
	b.clamp(m.point)
	m.value = f(m.point, m.slope)
	fresh := inverse == nil // the inverse Hessian knows nothing yet
	if fresh {
		m.inverse = identity(n)
	}
	for ; ; m.iterations++ {
		step, descent := m.downhill(b)
		if !(descent < 0) && !fresh {
			m.inverse, fresh = identity(n), true
			step, descent = m.downhill(b)
		}
		if -descent < 1e-14*math.Abs(m.value)+1e-300 {
			m.why = stopFlat // what is left to gain is lost in rounding
			return m
		}
		if m.iterations == maxIterations {
			m.why = stopLimit
			return m
		}
		before, slope := m.point, m.slope
		if !m.search(f, b, step, descent) {
			if !fresh { // the curvature collected may be at fault: once more, downhill
				m.inverse, fresh = identity(n), true
				continue
			}
			m.why = stopStuck
			return m
		}
		moved, turned := make([]float64, n), make([]float64, n)
		for i := range moved {
			moved[i], turned[i] = m.point[i]-before[i], m.slope[i]-slope[i]
		}
		if curve := dot(moved, turned); curve > 1e-12*math.Sqrt(dot(moved, moved)*dot(turned, turned)) {
			if fresh {
				m.inverse.scale(curve / dot(turned, turned))
				fresh = false
			}
			m.inverse.update(moved, turned)
		}
	}
}

// downhill is the quasi-Newton step in the directions that no bound holds, and
// the slope along it.
func (m *minimum) downhill(b box) (step []float64, descent float64) {
	n := len(m.point)
	free, step := slices.Clone(m.slope), make([]float64, n)
	for i := range free {
		if b.holds(m.point, m.slope, i) {
			free[i] = 0
		}
	}
	m.inverse.times(free, step)
	for i := range step {
		step[i] = -step[i]
		if b.holds(m.point, m.slope, i) {
			step[i] = 0
		}
	}
	if far := norm(step); far > 2 { // a factor e² at once is enough
		for i := range step {
			step[i] *= 2 / far
		}
	}
	return step, dot(step, m.slope)
}

// search goes along a direction of descent until the weak Wolfe conditions hold,
// by bisection and doubling. It reports whether the value went down.
func (m *minimum) search(f objective, b box, step []float64, descent float64) bool {
	const sufficient, flatter = 1e-4, 0.9
	n := len(step)
	point, slope := make([]float64, n), make([]float64, n)
	best := minimum{value: m.value}
	lo, hi, t := 0.0, math.Inf(1), 1.0
	for range 30 {
		for i := range point {
			point[i] = m.point[i] + t*step[i]
		}
		b.clamp(point)
		value := f(point, slope)
		m.evaluations++
		if value < best.value {
			best.value = value
			best.point, best.slope = append(best.point[:0], point...), append(best.slope[:0], slope...)
		}
		if !(value <= m.value+sufficient*t*descent) {
			hi = t
		} else if dot(slope, step) < flatter*descent && t < 100 {
			lo = t
		} else {
			break
		}
		if math.IsInf(hi, 1) {
			t = 2 * lo
		} else {
			t = (lo + hi) / 2
		}
	}
	if best.point == nil {
		return false
	}
	m.point, m.slope, m.value = best.point, best.slope, best.value
	return true
}

// curvature is the Hessian of f at point, by central differences of its gradient.
func curvature(f objective, point []float64) matrix {
	const h = 1e-3 // far above the rounding of a slope, far below what alters a curvature
	n := len(point)
	hessian := newMatrix(n)
	moved, up, down := slices.Clone(point), make([]float64, n), make([]float64, n)
	for i := range n {
		moved[i] = point[i] + h
		f(moved, up)
		moved[i] = point[i] - h
		f(moved, down)
		moved[i] = point[i]
		for j := range n {
			d := (up[j] - down[j]) / (4 * h)
			hessian[i][j] += d
			hessian[j][i] += d
		}
	}
	return hessian
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// norm is the largest absolute component.
func norm(a []float64) float64 {
	largest := 0.0
	for _, v := range a {
		largest = math.Max(largest, math.Abs(v))
	}
	return largest
}
