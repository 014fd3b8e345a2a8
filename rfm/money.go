package rfm

import (
	"math/big"
	"math/bits"

	"github.com/shopspring/decimal"
)

// Inside the package an order's money is int64 millionths; a sum of them is an
// [amount] of 128 bits, which no number of orders overflows, so that sums are
// exact and do not depend on the order of adding.
const (
	millionth = 1_000_000
	maxMicros = MaxAmount * millionth // exclusive
)

var pow10 = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// micros converts a decimal to millionths, or says why it cannot. It refuses
// 10^(2^30) at once, which must never be written out.
func micros(d decimal.Decimal) (n int64, fault string) {
	const (
		tooFine  = "has more than 6 decimals"
		tooLarge = "must be below 10^12"
		finest   = -64 // a number written with more decimals is refused unseen
	)
	exp := d.Exponent()
	switch {
	case d.Sign() == 0:
		return 0, ""
	case exp > 12:
		return 0, tooLarge
	case exp < finest:
		return 0, tooFine
	}
	if d.NumDigits() > 18 {
		return longMicros(d.Coefficient(), exp, tooFine, tooLarge)
	}
	c := d.CoefficientInt64()
	if exp >= -MaxDecimals {
		scale := pow10[exp+MaxDecimals]
		if c > (maxMicros-1)/scale || c < -(maxMicros-1)/scale {
			return 0, tooLarge
		}
		return c * scale, ""
	}
	if exp < -MaxDecimals-18 {
		return 0, tooFine // fewer than 19 digits cannot end in so many zeros
	}
	scale := pow10[-MaxDecimals-exp]
	if c%scale != 0 {
		return 0, tooFine
	}
	return c / scale, ""
}

// longMicros deals with long coefficients, such as those with many trailing zeros.
func longMicros(c *big.Int, exp int32, tooFine, tooLarge string) (int64, string) {
	const longest = 300 // bits: with 64 decimals at most, more is above 10^12
	if exp >= -MaxDecimals || c.BitLen() > longest {
		return 0, tooLarge
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-MaxDecimals-exp)), nil)
	rest := new(big.Int)
	c.QuoRem(c, scale, rest)
	switch {
	case !c.IsInt64() || c.Int64() >= maxMicros || c.Int64() <= -maxMicros:
		return 0, tooLarge
	case rest.Sign() != 0:
		return 0, tooFine
	default:
		return c.Int64(), ""
	}
}

// amount is a sum of millionths: a 128-bit whole number in two's complement.
type amount struct {
	hi int64
	lo uint64
}

func amountOf(n int64) amount { return amount{hi: n >> 63, lo: uint64(n)} }

func (a amount) add(b amount) amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return amount{hi: a.hi + b.hi + int64(carry), lo: lo}
}

func (a amount) sub(b amount) amount {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	return amount{hi: a.hi - b.hi - int64(borrow), lo: lo}
}

// int64 returns a as an int64 if it is one.
func (a amount) int64() (int64, bool) {
	n := int64(a.lo)
	return n, a.hi == n>>63
}

// clamped returns a within ±MaxSpend, for scoring.
func (a amount) clamped() int64 {
	const most = MaxSpend * millionth
	n, ok := a.int64()
	switch {
	case ok:
		return min(max(n, -most), most)
	case a.hi < 0:
		return -most
	default:
		return most
	}
}

func (a amount) big() *big.Int {
	if n, ok := a.int64(); ok {
		return big.NewInt(n)
	}
	b := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	return b.Add(b, new(big.Int).SetUint64(a.lo))
}

// decimal returns a without trailing zeros.
func (a amount) decimal() decimal.Decimal {
	n, ok := a.int64()
	if !ok {
		return decimal.NewFromBigInt(a.big(), -MaxDecimals)
	}
	return fromMicros(n)
}

// fromMicros converts millionths to a decimal without trailing zeros.
func fromMicros(n int64) decimal.Decimal {
	if n == 0 {
		return decimal.Decimal{}
	}
	exp := int32(-MaxDecimals)
	for exp < 0 && n%10 == 0 {
		n /= 10
		exp++
	}
	return decimal.New(n, exp)
}

// scoredSpend returns a summary's spend in millionths, clamped like
// [amount.clamped] and rounded down: what no [Builder] counts has any number of
// decimals.
func scoredSpend(d decimal.Decimal) int64 {
	const most = MaxSpend * millionth
	if n, fault := micros(d); fault == "" {
		return min(max(n, -most), most)
	}
	switch exp := d.Exponent(); {
	case exp < -1000:
		// Whatever has so many decimals is next to nothing, or was meant as an attack.
		return int64(min(d.Sign(), 0))
	case exp+int32(min(d.NumDigits(), 1<<20)) > 13:
		return int64(d.Sign()) * most
	default:
		return min(max(d.Shift(MaxDecimals).Floor().IntPart(), -most), most)
	}
}
