package clv

import "math"

// matrix is square, symmetric and small.
type matrix [][]float64

func newMatrix(n int) matrix {
	m := make(matrix, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

func identity(n int) matrix {
	m := newMatrix(n)
	for i := range m {
		m[i][i] = 1
	}
	return m
}

func (m matrix) times(v, out []float64) {
	for i := range m {
		out[i] = dot(m[i], v)
	}
}

func (m matrix) scale(by float64) {
	for i := range m {
		for j := range m[i] {
			m[i][j] *= by
		}
	}
}

// update is the BFGS update of an inverse Hessian.
func (m matrix) update(moved, turned []float64) {
	n := len(moved)
	curve := dot(moved, turned)
	h := make([]float64, n)
	m.times(turned, h)
	gain := (1 + dot(turned, h)/curve) / curve
	for i := range n {
		for j := range n {
			m[i][j] += gain*moved[i]*moved[j] - (h[i]*moved[j]+moved[i]*h[j])/curve
		}
	}
}

// eigen returns the eigenvalues of m and, as rows, its eigenvectors, by Jacobi
// rotations. It overwrites m.
func (m matrix) eigen() (values []float64, vectors matrix) {
	n := len(m)
	vectors = identity(n)
	for range 60 { // sweeps; six or seven are usual
		off := 0.0
		for i := range n {
			for j := range i {
				off = math.Max(off, math.Abs(m[i][j]))
			}
		}
		if off == 0 {
			break
		}
		for i := range n {
			for j := range i {
				m.rotate(vectors, i, j)
			}
		}
	}
	for i := range n {
		values = append(values, m[i][i])
	}
	return values, vectors
}

// rotate turns the plane of rows i and j so that m[i][j] vanishes.
func (m matrix) rotate(vectors matrix, i, j int) {
	if m[i][j] == 0 {
		return
	}
	if math.Abs(m[i][j]) < 1e-18*(math.Abs(m[i][i])+math.Abs(m[j][j])) {
		m[i][j], m[j][i] = 0, 0
		return
	}
	half := (m[j][j] - m[i][i]) / (2 * m[i][j])
	t := 1 / (math.Abs(half) + math.Hypot(1, half))
	if half < 0 {
		t = -t
	}
	c := 1 / math.Hypot(1, t)
	s := t * c
	for k := range m {
		m[k][i], m[k][j] = c*m[k][i]-s*m[k][j], s*m[k][i]+c*m[k][j]
	}
	for k := range m {
		m[i][k], m[j][k] = c*m[i][k]-s*m[j][k], s*m[i][k]+c*m[j][k]
		vectors[i][k], vectors[j][k] = c*vectors[i][k]-s*vectors[j][k], s*vectors[i][k]+c*vectors[j][k]
	}
	m[i][j], m[j][i] = 0, 0
}
