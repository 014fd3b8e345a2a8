package rfm

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// TestLaw_micros: a decimal is taken exactly or refused for the right reason.
func TestLaw_micros(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := new(big.Int)
		c.SetString(rapid.StringMatching(`-?[0-9]{1,30}`).Draw(rt, "coefficient"), 10)
		d := decimal.NewFromBigInt(c, rapid.Int32Range(-30, 15).Draw(rt, "exponent"))
		n, fault := micros(d)
		small := d.Abs().LessThan(decimal.NewFromInt(MaxAmount))
		fine := d.Equal(d.Truncate(MaxDecimals))
		switch {
		case small && fine:
			if fault != "" || !fromMicros(n).Equal(d) {
				rt.Fatalf("%s is %d, %q", d, n, fault)
			}
		case fault == "":
			rt.Fatalf("%s is taken as %d", d, n)
		case fine != (fault == "must be below 10^12") && small:
			rt.Fatalf("%s is refused: %s", d, fault)
		}
	})
}

// TestLaw_amount compares 128-bit sums with big ones.
func TestLaw_amount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var sum amount
		want := new(big.Int)
		for _, n := range rapid.SliceOf(rapid.Int64()).Draw(rt, "numbers") {
			sum = sum.add(amountOf(n))
			want.Add(want, big.NewInt(n))
		}
		if sum.big().Cmp(want) != 0 || !sum.decimal().Equal(decimal.NewFromBigInt(want, -MaxDecimals)) {
			rt.Fatalf("%v, want %s", sum, want)
		}
		if n, ok := sum.int64(); ok != want.IsInt64() || ok && n != want.Int64() {
			rt.Fatalf("%v is %d, %v", sum, n, ok)
		}
		limit := big.NewInt(MaxSpend * millionth)
		if want.CmpAbs(limit) > 0 {
			want.SetInt64(int64(want.Sign()) * MaxSpend * millionth)
		}
		if sum.clamped() != want.Int64() {
			rt.Fatalf("%v clamped is %d", sum, sum.clamped())
		}
		if sum.add(amountOf(1)).sub(sum) != amountOf(1) {
			rt.Fatal("a+1-a")
		}
	})
}

// TestLaw_dayTable: the table's days are the calendar's.
func TestLaw_dayTable(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Antarctica/Casey", "Asia/Kolkata", "Pacific/Kiritimati"}
	rapid.Check(t, func(rt *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(rt, "zone"))
		if err != nil {
			rt.Fatal(err)
		}
		table := dayTable{loc: loc}
		for range 20 {
			unix := rapid.OneOf(
				rapid.Int64Range(-100_000, 200_000), rapid.Int64Range(0, 2_000_000_000), rapid.Int64Range(1_325_100_000, 1_325_350_000),
				rapid.Int64Range((lastDay-1)*daySeconds, (lastDay+2)*daySeconds),
			).Draw(rt, "unix")
			at := time.Unix(unix, 0)
			want := dayNumber(calendar.DateOf(at, loc))
			got, ok := table.day(at)
			if ok != (want >= 0 && want <= lastDay) || ok && int(got) != want {
				rt.Fatalf("%s is day %d, %v; want %d", at.In(loc), got, ok, want)
			}
		}
	})
}

// TestLaw_cellWords: a cell is read back as it was written, among others.
func TestLaw_cellWords(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var words []uint64
		cells := rapid.SliceOf(rapid.Custom(func(t *rapid.T) cell {
			return cell{
				day:   rapid.Uint16().Draw(t, "day"),
				count: rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64()).Draw(t, "count"),
				net: amount{
					hi: rapid.OneOf(rapid.Int64Range(-1, 0), rapid.Int64()).Draw(t, "hi"),
					lo: rapid.OneOf(rapid.Uint64Max(1<<45), rapid.Uint64()).Draw(t, "lo"),
				},
			}
		})).Draw(rt, "cells")
		for _, c := range cells {
			words = c.words(words)
		}
		for _, want := range cells {
			var got cell
			if got, words = next(words); got != want {
				rt.Fatalf("%+v, want %+v", got, want)
			}
		}
		if len(words) > 0 {
			rt.Fatal("words are left over")
		}
	})
}

// TestLaw_orderStatistics: selecting is sorting and looking.
func TestLaw_orderStatistics(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 400).Draw(rt, "n")
		most := rapid.SampledFrom([]int64{0, 3, 1 << 40}).Draw(rt, "most")
		v := rapid.SliceOfN(rapid.Int64Range(-most, most), n, n).Draw(rt, "values")
		if rapid.Bool().Draw(rt, "sorted") {
			slices.Sort(v)
		}
		ranks := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, -1, rapid.ID).Draw(rt, "ranks")
		slices.Sort(ranks)
		want := slices.Sorted(slices.Values(v))
		for i, got := range orderStatistics(slices.Clone(v), ranks) {
			if got != want[ranks[i]] {
				rt.Fatalf("rank %d is %d, want %d", ranks[i], got, want[ranks[i]])
			}
		}
		depth := rapid.IntRange(0, 2).Draw(rt, "depth") // few splits, then the sort
		selectRanks(v, 0, ranks, depth)
		for _, r := range ranks {
			if v[r] != want[r] {
				rt.Fatalf("rank %d is %d, want %d after %d splits", r, v[r], want[r], depth)
			}
		}
	})
}

// TestLaw_buckets: buckets tile the whole numbers, and none is too wide.
func TestLaw_buckets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := rapid.OneOf(rapid.Int64Range(0, 5000), rapid.Int64Range(0, 1<<63-1)).Draw(rt, "v")
		i := bucket(uint64(v))
		low, high := bounds(i)
		if v < low || v > high || (high-low) > low/SketchPrecision {
			rt.Fatalf("%d is in bucket %d, %d to %d", v, i, low, high)
		}
		if low > 0 && bucket(uint64(low-1)) != i-1 {
			rt.Fatalf("bucket %d does not begin where %d ends", i, i-1)
		}
	})
}

// TestLaw_treemap: tiles lie within the frame, do not overlap, and have the areas
// of their weights but for the rounding of their bounds.
func TestLaw_treemap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var groups []Group
		for _, n := range rapid.SliceOfN(rapid.Int64Range(0, 10_000), 0, 25).Draw(rt, "customers") {
			groups = append(groups, Group{Name: "g", Customers: n})
		}
		frame := rect{0, 0, int64(rapid.IntRange(100, 1000).Draw(rt, "w")) * 100, int64(rapid.IntRange(100, 1000).Draw(rt, "h")) * 100}
		tiles := weigh(groups, ByCustomers)
		squarify(tiles, frame)
		for i, a := range tiles {
			if a.x < 0 || a.y < 0 || a.w < 0 || a.h < 0 || a.x+a.w > frame.w || a.y+a.h > frame.h {
				rt.Fatalf("%+v lies outside of %+v", a, frame)
			}
			for _, b := range tiles[i+1:] {
				if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
					rt.Fatalf("%+v and %+v overlap", a, b)
				}
			}
			want := new(big.Int).Div(product(a.weight, frame.w, frame.h), big.NewInt(treeUnit)).Int64()
			// A bound is off by less than one unit in each of at most 26 rows.
			if slack := 30 * (a.w + a.h + 30); a.w*a.h-want > slack || want-a.w*a.h > slack {
				rt.Fatalf("%+v has the area %d, want %d", a, a.w*a.h, want)
			}
		}
	})
}

func TestFit(t *testing.T) {
	tests := []struct {
		s     string
		width int64
		want  string
		ok    bool
	}{
		{"champions", 100_00, "champions", true},
		{"champions", 40_00, "cham…", true}, // five letters of 7.8 and an ellipsis for the last
		{"champions", 10_00, "", false},
		{"", 100_00, "", false},
		{"高价值客户", 60_00, "高价值…", true},
	}
	for _, tt := range tests {
		if got, ok := fit(tt.s, 13, tt.width); got != tt.want || ok != tt.ok {
			t.Errorf("%q in %d is %q, %v; want %q, %v", tt.s, tt.width, got, ok, tt.want, tt.ok)
		}
	}
}

func TestQuote(t *testing.T) {
	if got := quote(strings.Repeat("é", 50)); len(got) > 80 || !strings.HasSuffix(got, "…") {
		t.Error(got)
	}
	if didYouMean(strings.Repeat("x", 1000), []string{"x"}) != "" || didYouMean("actvie", stages) != `; did you mean "active"?` {
		t.Error("suggestions")
	}
}
