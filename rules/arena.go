package rules

// arena hands out slices of whole numbers, many of them from one allocation. What
// it hands out is zero, and good until reset.
type arena struct {
	block, free []int64
}

func (a *arena) take(n int) []int64 {
	const least = 128
	if len(a.free) < n {
		a.block = make([]int64, max(n, 2*len(a.block), least))
		a.free = a.block
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	clear(out)
	return out
}

// reset takes everything back.
func (a *arena) reset() { a.free = a.block }

// cleared returns n zero values, in the memory of list when that is enough.
func cleared[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n)
	}
	list = list[:n]
	clear(list)
	return list
}
