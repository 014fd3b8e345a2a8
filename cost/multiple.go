package cost

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// SampleRatio tests whether groups have the sizes that their shares of the traffic
// promise, by chi-square. A p-value below 0.001 says that something between the
// lot and the count is broken, and that no effect measured on these groups means
// anything.
func SampleRatio(sizes []int64, shares []float64) (p float64, err error) {
	var bad problems
	if len(sizes) < 2 || len(sizes) > 1000 || len(sizes) != len(shares) {
		return 0, invalid("sizes", "%d sizes for %d shares", len(sizes), len(shares))
	}
	var n, whole float64
	for i, size := range sizes {
		checkCount(fmt.Sprintf("sizes[%d]", i), size, &bad)
		if !(shares[i] > 0 && shares[i] < 1e100) {
			bad.add(fmt.Sprintf("shares[%d]", i), "%v is not above 0", shares[i])
		}
		n += float64(size)
		whole += shares[i]
	}
	if n == 0 {
		bad.add("sizes", "nobody is in any group")
	}
	if len(bad) > 0 {
		return 0, bad.err()
	}
	var chi float64
	for i, size := range sizes {
		want := n * shares[i] / whole
		chi += (float64(size) - want) * (float64(size) - want) / want
	}
	return chiSquareAbove(chi, float64(len(sizes)-1)), nil
}

// Holm corrects p-values for having asked several questions, so that the chance of
// any false alarm stays at the level (S. Holm, Scandinavian Journal of Statistics 6,
// 1979). The answer is in the order of the questions.
func Holm(p []float64) ([]float64, error) {
	return correct(p, false, func(rank, n int) float64 { return float64(n - rank) })
}

// BenjaminiHochberg corrects p-values so that the expected share of false ones among
// those reported stays at the level (Journal of the Royal Statistical Society B 57,
// 1995). It lets more through than Holm.
func BenjaminiHochberg(p []float64) ([]float64, error) {
	return correct(p, true, func(rank, n int) float64 { return float64(n) / float64(rank+1) })
}

// correct multiplies each p-value by the factor of its rank, and keeps the order:
// from the smallest upwards (Holm) or from the largest downwards.
func correct(p []float64, down bool, factor func(rank, n int) float64) ([]float64, error) {
	if len(p) > MaxCustomers {
		return nil, invalid("p", "%d are more than %d", len(p), MaxCustomers)
	}
	order := make([]int, len(p))
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, invalid(fmt.Sprintf("p[%d]", i), "%v is not within 0 and 1", v)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, len(p))
	bound := 0.0
	for rank, i := range order {
		bound = max(bound, min(p[i]*factor(rank, len(p)), 1))
		out[i] = bound
	}
	if down {
		bound = math.Inf(1)
		for rank, i := range slices.Backward(order) {
			bound = min(bound, p[i]*factor(rank, len(p)), 1)
			out[i] = bound
		}
	}
	return out, nil
}
