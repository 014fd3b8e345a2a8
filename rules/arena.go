package rules

// arena hands out slices of whole numbers, many of them from one allocation. What
// it hands out is zero and never taken back: an arena lives as long as one
// evaluation.
type arena struct {
	free []int64
}

func (a *arena) take(n int) []int64 {
	const chunk = 128
	if len(a.free) < n {
		a.free = make([]int64, max(n, chunk))
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	return out
}
