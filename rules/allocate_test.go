package rules

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestAllocate(t *testing.T) {
	tests := []struct {
		rule    string // that is tested
		points  int64
		weights []int64
		want    []int64
	}{
		{"in proportion", 90, []int64{60, 40}, []int64{54, 36}},
		{"the largest fraction gets what is over", 10, []int64{1, 1, 4}, []int64{2, 2, 6}}, // 1.67, 1.67, 6.67: ties to the earlier two
		{"of equal fractions the earlier", 1, []int64{1, 1}, []int64{1, 0}},
		{"no weight, no points", 7, []int64{0, 3, 0}, []int64{0, 7, 0}},
		{"all weights zero: equally", 5, []int64{0, 0, 0}, []int64{2, 2, 1}},
		{"a negative weight is none", 5, []int64{-9, 1}, []int64{0, 5}},
		{"negative points are mirrored", -10, []int64{1, 1, 4}, []int64{-2, -2, -6}},
		{"a single weight takes all", 3, []int64{0}, []int64{3}},
		{"no points", 0, []int64{1, 2}, []int64{0, 0}},
		{"nowhere", 5, nil, nil},
		{"products of 128 bits", math.MaxInt64, []int64{math.MaxInt64, 0}, []int64{math.MaxInt64, 0}},
		{"sums beyond 64 bits", 9, []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, []int64{3, 3, 3}},
		{"the smallest number", math.MinInt64, []int64{1, 1}, []int64{math.MinInt64 / 2, math.MinInt64 / 2}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if diff := diff(tt.want, Allocate(tt.points, tt.weights)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Shares sum to the points, and are the largest-remainder shares in exact fractions.
func TestLaw_AllocateIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.Int64().Draw(t, "points")
		weights := rapid.SliceOfN(rapid.Int64Min(0), 1, 50).Draw(t, "weights")
		got, sum := Allocate(points, weights), new(big.Int)
		exactly := make([]*big.Rat, len(weights))
		for i, share := range got {
			sum.Add(sum, big.NewInt(share))
			exactly[i] = ratInt(weights[i])
		}
		if sum.Cmp(big.NewInt(points)) != 0 {
			t.Fatalf("shares sum to %s", sum)
		}
		for i, want := range spread(new(big.Int).Abs(big.NewInt(points)), exactly) {
			if new(big.Int).Abs(big.NewInt(got[i])).Cmp(want) != 0 {
				t.Fatalf("share %d is %d, want %s", i, got[i], want)
			}
		}
	})
}

func ExampleAllocate() {
	// 100 points on three lines that cost 19.99, 5.00 and 0.01.
	fmt.Println(Allocate(100, []int64{1999, 500, 1}))
	// Output: [80 20 0]
}
