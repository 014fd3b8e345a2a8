package rules

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestMicros(t *testing.T) {
	tests := []struct {
		rule string // that is tested
		d    decimal.Decimal
		want int64
		why  fault
	}{
		{"zero value", decimal.Decimal{}, 0, exact},
		{"cents", dec("19.99"), 19_990_000, exact},
		{"six decimals", dec("-0.000001"), -1, exact},
		{"seven decimals", dec("0.0000001"), 0, tooFine},
		{"trailing zeros do not count", dec("1.0000000000"), 1_000_000, exact},
		{"nor do very many", dec("1." + strings.Repeat("0", 60)), 1_000_000, exact},
		{"more than can be meant", dec("1." + strings.Repeat("0", 70)), 0, tooFine},
		{"the largest", dec("999999999999.999999"), maxMicros - 1, exact},
		{"the smallest", dec("-999999999999.999999"), -maxMicros + 1, exact},
		{"the largest with zeros", dec("999999999999.99999900000000000000000000"), maxMicros - 1, exact},
		{"one more", dec("1000000000000"), 0, tooLarge},
		{"one more with zeros", dec("1000000000000.000000000000000000000000"), 0, tooLarge},
		{"a long coefficient", dec(strings.Repeat("9", 1000)), 0, tooLarge},
		{"a long coefficient of a fraction", decimal.NewFromBigInt(new(big.Int).Lsh(big.NewInt(1), 4000), -60), 0, tooLarge},
		{"10^11 by exponent", decimal.New(1, 11), 100_000_000_000_000_000, exact},
		{"10^12 by exponent", decimal.New(1, 12), 0, tooLarge},
		{"10^(2^30)", decimal.New(1, 1<<30), 0, tooLarge},
		{"-10^(2^31-1)", decimal.New(-1, math.MaxInt32), 0, tooLarge},
		{"10^(-2^31)", decimal.New(1, math.MinInt32), 0, tooFine},
		{"zero of a huge exponent", decimal.New(0, math.MaxInt32), 0, exact},
		{"zero of a tiny exponent", decimal.New(0, math.MinInt32), 0, exact},
	}
	for _, tt := range tests {
		if got, why := micros(tt.d); got != tt.want || why != tt.why {
			t.Errorf("%s: %d, %q; want %d, %q", tt.rule, got, why, tt.want, tt.why)
		}
	}
}

// Refusing a huge number costs no more memory than taking a small one.
func TestMicrosDoesNotAllocate(t *testing.T) {
	for _, d := range []decimal.Decimal{dec("19.99"), decimal.New(1, 1<<30), decimal.New(1, math.MinInt32), decimal.New(-7, math.MaxInt32)} {
		if n := testing.AllocsPerRun(100, func() { micros(d) }); n > 0 {
			t.Errorf("%v allocations for the exponent %d", n, d.Exponent())
		}
	}
}

// Whatever micros takes is the decimal itself, and it takes what it should.
func TestLaw_MicrosAreTheDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coefficient := rapid.Int64().Draw(t, "coefficient")
		if rapid.Bool().Draw(t, "round") {
			coefficient -= coefficient % pow10[rapid.IntRange(0, 18).Draw(t, "zeros")]
		}
		d := decimal.New(coefficient, rapid.Int32Range(-40, 20).Draw(t, "exponent"))
		got, why := micros(d)
		small := d.Abs().LessThan(decimal.New(MaxAmount, 0))
		fine := d.Equal(d.Truncate(MaxDecimals))
		if (why == exact) != (small && fine) {
			t.Fatalf("%s: %q", d, why)
		}
		if why == exact && (!fromMicros(got).Equal(d) || !dec(formatMicros(got)).Equal(d)) {
			t.Fatalf("%s became %d, written %s, %s", d, got, formatMicros(got), fromMicros(got))
		}
	})
}

func TestMulDiv(t *testing.T) {
	tests := []struct {
		a, b, divisor uint64
		want          [4]uint64 // floor, half up, half even, ceil
	}{
		{5, 1, 2, [4]uint64{2, 3, 2, 3}},
		{7, 1, 2, [4]uint64{3, 4, 4, 4}},
		{10, 1, 3, [4]uint64{3, 3, 3, 4}},
		{11, 1, 3, [4]uint64{3, 4, 4, 4}},
		{12, 1, 3, [4]uint64{4, 4, 4, 4}},
		{0, 9, 7, [4]uint64{0, 0, 0, 0}},
		{1 << 60, 1 << 40, 1 << 60, [4]uint64{1 << 40, 1 << 40, 1 << 40, 1 << 40}}, // 100 bits between
	}
	for _, tt := range tests {
		for mode, want := range tt.want {
			if got, ok := mulDiv(tt.a, tt.b, tt.divisor, rounding(mode), MaxAward); got != want || !ok {
				t.Errorf("%d·%d/%d rounded %d = %d, %v; want %d", tt.a, tt.b, tt.divisor, mode, got, ok, want)
			}
		}
	}
	for _, beyond := range [][3]uint64{{1 << 60, 1 << 60, 1}, {MaxAward + 1, 1, 1}, {2*MaxAward + 1, 1, 2}} {
		if got, ok := mulDiv(beyond[0], beyond[1], beyond[2], ceil, MaxAward); ok {
			t.Errorf("%v = %d, want it refused", beyond, got)
		}
	}
}
