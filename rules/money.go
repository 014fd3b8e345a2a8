package rules

import (
	"errors"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/shopspring/decimal"
)

// Inside the package money and quantities are int64 millionths. Whatever does not
// fit is refused at the door, so there is no second, slower arithmetic to agree with.
const (
	millionth  = 1_000_000
	maxMicros  = MaxAmount * millionth // exclusive
	fastFinest = -18                   // exponents between which micros needs no big numbers
	fastWidest = 12
	finest     = -64 // a number written with more decimals is refused unseen
)

// fault is why a decimal cannot be carried in millionths.
type fault uint8

const (
	exact fault = iota
	tooFine
	tooLarge
)

func (f fault) String() string {
	switch f {
	case tooFine:
		return "has more than 6 decimals"
	case tooLarge:
		return "must be below 10^12"
	default:
		return ""
	}
}

// coefficientLimit holds ±10^18 at each fast exponent. Comparing decimals of
// equal exponent compares their coefficients, without rescaling.
var coefficientLimit = func() (limits [fastWidest - fastFinest + 1]struct{ low, high decimal.Decimal }) {
	for i := range limits {
		limits[i].low = decimal.New(-maxMicros, int32(i+fastFinest))
		limits[i].high = decimal.New(maxMicros, int32(i+fastFinest))
	}
	return limits
}()

var pow10 = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// micros converts a decimal to millionths. It takes the same few nanoseconds to
// refuse 10^(2^30), which must never be written out.
func micros(d decimal.Decimal) (int64, fault) {
	sign := d.Sign()
	if sign == 0 {
		return 0, exact
	}
	exp := d.Exponent()
	if exp < fastFinest || exp > fastWidest {
		return microsSlowly(d)
	}
	limit := &coefficientLimit[exp-fastFinest]
	if sign > 0 && d.Cmp(limit.high) >= 0 || sign < 0 && d.Cmp(limit.low) <= 0 {
		return microsSlowly(d)
	}
	c := d.CoefficientInt64()
	if exp >= -MaxDecimals {
		scale := pow10[exp+MaxDecimals]
		if c > (maxMicros-1)/scale || c < -(maxMicros-1)/scale {
			return 0, tooLarge
		}
		return c * scale, exact
	}
	scale := pow10[-MaxDecimals-exp]
	if c%scale != 0 {
		return 0, tooFine
	}
	return c / scale, exact
}

// microsSlowly deals with odd exponents and with long coefficients.
func microsSlowly(d decimal.Decimal) (int64, fault) {
	const longest = 256 // bits: at the finest exponent more is above 10^12
	exp := d.Exponent()
	switch {
	case exp >= -MaxDecimals:
		return 0, tooLarge // the coefficient is at least 10^18, or the exponent above 12
	case exp < finest:
		return 0, tooFine
	}
	c := d.Coefficient()
	if c.BitLen() > longest {
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
		return c.Int64(), exact
	}
}

// fromMicros converts millionths to a decimal without trailing zeros.
func fromMicros(m int64) decimal.Decimal {
	if m == 0 {
		return decimal.Decimal{}
	}
	exp := int32(-MaxDecimals)
	for exp < 0 && m%10 == 0 {
		m /= 10
		exp++
	}
	return decimal.New(m, exp)
}

// formatMicros writes millionths in plain digits: "-0.05". It does not go through
// decimal, whose package variables change what it writes.
func formatMicros(m int64) string {
	u, b := uint64(m), make([]byte, 0, 24)
	if m < 0 {
		u, b = -u, append(b, '-')
	}
	b = strconv.AppendUint(b, u/millionth, 10)
	if rest := u % millionth; rest != 0 {
		b = append(b, '.')
		for unit := uint64(millionth / 10); rest != 0; unit /= 10 {
			b = append(b, byte('0'+rest/unit))
			rest %= unit
		}
	}
	return string(b)
}

// rounding is a compiled [Rounding].
type rounding uint8

const (
	floor rounding = iota
	halfUp
	halfEven
	ceil
)

// up reports whether a quotient q with the remainder rest of divisor rounds up.
func (m rounding) up(q, rest, divisor uint64) bool {
	switch m {
	case ceil:
		return rest > 0
	case halfUp:
		return rest >= divisor-rest
	case halfEven:
		return rest > divisor-rest || rest == divisor-rest && q%2 == 1
	default:
		return false
	}
}

// mulDiv returns a·b/divisor, rounded, from a product of 128 bits. It reports
// false when the result is above limit.
func mulDiv(a, b, divisor uint64, mode rounding, limit uint64) (uint64, bool) {
	hi, lo := bits.Mul64(a, b)
	if hi >= divisor {
		return 0, false
	}
	q, rest := bits.Div64(hi, lo, divisor)
	if q > limit {
		return 0, false
	}
	if mode.up(q, rest, divisor) {
		q++
	}
	return q, q <= limit
}

// Micros returns an amount or a quantity in millionths, the whole numbers in
// which the package counts. One with more than [MaxDecimals] decimals, or not
// below [MaxAmount], is refused.
func Micros(d decimal.Decimal) (int64, error) {
	n, fault := micros(d)
	if fault != exact {
		return 0, errors.New(fault.String())
	}
	return n, nil
}
