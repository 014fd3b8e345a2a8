package cost

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"

	"github.com/shopspring/decimal"
)

// Limits of numbers. Money has at most six decimals; beyond, it is refused at
// the door and nothing is rounded behind the caller's back.
const (
	MaxPoints int64 = 1<<53 - 1         // of one award, cohort or total
	maxMicros int64 = 1_000_000_000_000 // millionths of 1,000,000: the most a point may be worth
	maxMoney  int64 = 1e18              // millionths: 10^12
)

// micros is money in millionths, the form in which the gate computes: whole
// numbers, so that equality is exact.
type micros int64

const unit micros = 1_000_000

// maxTotal bounds sums of a window, so that none can overflow: 4 × 10^12.
const maxTotal micros = 4e18

func (m micros) decimal() decimal.Decimal { return decimal.New(int64(m), -6) }

// String writes no more decimals than are needed, but at least two.
func (m micros) String() string { return money(m.decimal()) }

func (m micros) MarshalText() ([]byte, error) { return []byte(m.decimal().String()), nil }

func (m *micros) UnmarshalText(text []byte) error {
	if len(text) > 32 {
		return fmt.Errorf("cost: %s is too long a number", quote(string(text)))
	}
	d, err := decimal.NewFromString(string(text))
	if err != nil {
		return fmt.Errorf("cost: %s is not a number", quote(string(text)))
	}
	v, reason := toMicros(d)
	if reason != "" {
		return fmt.Errorf("cost: %s %s", quote(string(text)), reason)
	}
	*m = v
	return nil
}

// toMicros converts exactly, or says why not. It looks at the size of a number
// before it computes with it: 1e999999999 is quickly written.
func toMicros(d decimal.Decimal) (micros, string) {
	if reason := tooLong(d); reason != "" {
		return 0, reason
	}
	if e := d.Exponent(); e == -2 || e == -6 { // what prices look like
		if c := d.Coefficient(); c.IsInt64() {
			v := c.Int64()
			if e == -6 && abs(v) <= maxMoney {
				return micros(v), ""
			}
			if e == -2 && abs(v) <= maxMoney/10_000 {
				return micros(v * 10_000), ""
			}
		}
	}
	if !d.Equal(d.Truncate(6)) {
		return 0, "has more than 6 decimals"
	}
	scaled := d.Shift(6)
	if scaled.Abs().GreaterThan(decimal.NewFromInt(maxMoney)) {
		return 0, "is 10^12 or more"
	}
	return micros(scaled.IntPart()), ""
}

func tooLong(d decimal.Decimal) string {
	const longest = 96 // bits and digits: far more than any amount here can need
	if e := d.Exponent(); !d.IsZero() && (e > longest || e < -longest || d.Coefficient().BitLen() > longest*4) {
		return "is too long a number"
	}
	return ""
}

// checkMoney adds a problem unless d is an amount from 0 upwards.
func checkMoney(path string, d decimal.Decimal, bad *problems) micros {
	m, reason := toMicros(d)
	switch {
	case reason != "":
		bad.add(path, "%s", reason)
	case m < 0:
		bad.add(path, "%s is below 0", d)
	}
	return m
}

// checkSigned adds a problem unless d is an amount, which may be negative.
func checkSigned(path string, d decimal.Decimal, bad *problems) micros {
	m, reason := toMicros(d)
	if reason != "" {
		bad.add(path, "%s", reason)
	}
	return m
}

// checkShare adds a problem unless d is within [0, 1].
func checkShare(path string, d decimal.Decimal, bad *problems) micros {
	m, reason := toMicros(d)
	switch {
	case reason != "":
		bad.add(path, "%s", reason)
	case m < 0 || m > unit:
		bad.add(path, "%s is not within 0 and 1", d)
	}
	return m
}

func checkPoints(path string, n int64, bad *problems) {
	switch {
	case n < 0:
		bad.add(path, "%d points are below 0", n)
	case n > MaxPoints:
		bad.add(path, "%d points are more than %d", n, MaxPoints)
	}
}

// share returns ⌊ratio × m⌋ for a ratio in millionths within [0, 1] and m ≥ 0. A
// cost in whole millionths is within ratio × m exactly when it is within the floor.
func share(ratio, m micros) micros {
	hi, lo := bits.Mul64(uint64(ratio), uint64(m))
	q, _ := bits.Div64(hi, lo, uint64(unit))
	return micros(q)
}

// worth returns points × per, and false when that is beyond maxMoney.
func worth(points int64, per micros) (micros, bool) {
	hi, lo := bits.Mul64(uint64(points), uint64(per))
	if hi != 0 || lo > uint64(maxMoney) {
		return 0, false
	}
	return micros(lo), true
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// ratio returns a/b to ten decimals, half up; b is not zero.
func ratio(a, b decimal.Decimal) decimal.Decimal { return a.DivRound(b, 10) }

// fraction returns a × n/d rounded half away from zero to places decimals, in
// one step: nothing is rounded before the end. d is not 0.
func fraction(a decimal.Decimal, n, d int64, places int32) decimal.Decimal {
	return a.Mul(decimal.NewFromInt(n)).DivRound(decimal.NewFromInt(d), places)
}

// fromFloat returns f as a decimal of at most places decimals. f is finite and
// below 10^18, as every figure of a checked input is.
func fromFloat(f float64, places int32) decimal.Decimal {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return decimal.Decimal{}
	}
	var b big.Int
	scaled, _ := new(big.Float).SetFloat64(math.Round(f * math.Pow10(int(places)))).Int(&b)
	return decimal.NewFromBigInt(scaled, -places)
}

// money writes an amount for people: at least two decimals, no more than needed.
func money(d decimal.Decimal) string {
	if d.Equal(d.Truncate(2)) {
		return d.StringFixed(2)
	}
	return d.String()
}
