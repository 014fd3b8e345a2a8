package rules

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"
)

// Allocate spreads points over weights in whole points, in proportion, by the
// method of the largest remainder: each share is its exact proportion rounded
// down, and the points then left over go one each to the largest fractions, of
// equal ones to the earlier. The shares sum to points, and none is a whole point
// away from its exact proportion.
//
// A weight below zero counts as zero. When all weights are zero the points are
// shared equally. Negative points are spread as positive ones, with the sign
// turned. Without weights there is nowhere to put points: nil.
//
// Products are of 128 bits, so nothing overflows.
func Allocate(points int64, weights []int64) []int64 {
	if len(weights) == 0 {
		return nil
	}
	shares := make([]int64, len(weights))
	allocate(shares, points, weights)
	return shares
}

// allocate is Allocate into shares, which has the length of weights.
func allocate(shares []int64, points int64, weights []int64) {
	if len(shares) == 1 {
		shares[0] = points
		return
	}
	total, overflow := uint64(0), uint64(0)
	for _, w := range weights {
		var carry uint64
		total, carry = bits.Add64(total, uint64(max(w, 0)), 0)
		overflow += carry
	}
	if overflow > 0 {
		allocateWide(shares, points, widen(weights))
		return
	}
	equal := total == 0
	if equal {
		total = uint64(len(weights))
	}
	size := uint64(points)
	if points < 0 {
		size = -size
	}
	var few [32]uint64
	rests := few[:min(len(weights), len(few))]
	if len(weights) > len(few) {
		rests = make([]uint64, len(weights))
	}
	left := size
	for i, w := range weights {
		weight := uint64(max(w, 0))
		if equal {
			weight = 1
		}
		hi, lo := bits.Mul64(size, weight)
		q, rest := bits.Div64(hi, lo, total) // weight ≤ total, so q ≤ size
		shares[i], rests[i] = int64(q), rest
		left -= q
	}
	addLargest(shares, rests, left, cmp.Compare[uint64])
	if points < 0 {
		negate(shares)
	}
}

// addLargest adds one to the left largest rests, of equal ones to the earlier.
func addLargest[T any](shares []int64, rests []T, left uint64, compare func(a, b T) int) {
	if left == 0 {
		return
	}
	var few [32]int
	order := few[:0]
	for i := range rests {
		order = append(order, i)
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(compare(rests[j], rests[i]), cmp.Compare(i, j)) })
	for _, i := range order[:left] { // left < len(rests): each rest is below one
		shares[i]++
	}
}

// allocateWide is allocate for weights, or sums of them, beyond 64 bits. None is
// negative.
func allocateWide(shares []int64, points int64, weights []*big.Int) {
	total := new(big.Int)
	for _, w := range weights {
		total.Add(total, w)
	}
	if total.Sign() == 0 {
		allocate(shares, points, make([]int64, len(shares)))
		return
	}
	size := new(big.Int).Abs(big.NewInt(points))
	left := size.Uint64()
	rests := make([]*big.Int, len(weights))
	q := new(big.Int)
	for i, w := range weights {
		rests[i] = new(big.Int)
		q.Mul(size, w)
		q.QuoRem(q, total, rests[i])
		shares[i] = int64(q.Uint64())
		left -= q.Uint64()
	}
	addLargest(shares, rests, left, (*big.Int).Cmp)
	if points < 0 {
		negate(shares)
	}
}

func widen(weights []int64) []*big.Int {
	wide := make([]*big.Int, len(weights))
	for i, w := range weights {
		wide[i] = big.NewInt(max(w, 0))
	}
	return wide
}

func negate(shares []int64) {
	for i := range shares {
		shares[i] = -shares[i]
	}
}
