package rules

import (
	"math"
	"math/big"
	"math/bits"
)

// factor is a multiplier as it acts: on these lines, by num/den, which is at least 1.
type factor struct {
	num, den uint64
	lines    []int32 // ascending, never empty
	additive string  // the group within which factors add up; "" for none
}

// gain is what a multiplier adds, and how it falls on its lines.
type gain struct {
	points  int64
	weights []int64
	wide    weights // instead of weights, where these would overflow
}

type weights []*big.Int

// stack multiplies base points by factors, one after the other, as
// [Set.Evaluate] describes. It reports false when the sum is beyond MaxAward.
//
// All factors are brought to the common denominator L, the product of their own,
// so that everything is whole: a line's stacked factor is X/L, its points are
// base·X/L. X only grows, and never beyond the product of the numerators; when that
// times the total fits 63 bits, as it nearly always does, so does everything else.
func stack(base []int64, total int64, factors []factor, mode rounding, a *arena) ([]gain, bool) {
	common, most, fits := uint64(1), uint64(max(total, 1)), true
	for _, f := range factors {
		common *= f.den // at most the product of the numerators, so checked by it
		hi, lo := bits.Mul64(most, f.num)
		if most = lo; hi != 0 || lo > math.MaxInt64 {
			fits = false
			break
		}
	}
	if !fits {
		return stackWide(base, total, factors, mode)
	}
	return stackNarrow(base, total, factors, mode, common, a)
}

func stackNarrow(base []int64, total int64, factors []factor, mode rounding, common uint64, a *arena) ([]gain, bool) {
	x := make([]uint64, len(base))
	for i := range x {
		x[i] = common
	}
	gains := make([]gain, len(factors))
	sums := additiveSums(factors, len(base))
	before, sum := total, uint64(total)*common
	for k, f := range factors {
		weights := a.take(len(f.lines))
		for n, i := range f.lines {
			old, now := f.den, f.num
			if f.additive != "" {
				s := sums[f.additive]
				old = s.lines[i]
				now = old + (f.num-f.den)*(s.den/f.den)
				s.lines[i] = now
			}
			was := x[i]
			x[i] = was / old * now
			w := uint64(base[i]) * (x[i] - was)
			sum += w
			weights[n] = int64(w)
		}
		q, rest := sum/common, sum%common
		if mode.up(q, rest, common) {
			q++
		}
		if q > MaxAward {
			return nil, false
		}
		gains[k] = gain{points: int64(q) - before, weights: weights}
		before = int64(q)
	}
	return gains, true
}

// additiveSum is what the factors of an additive group come to on each line so
// far, over the product of their denominators.
type additiveSum struct {
	den   uint64
	lines []uint64
}

// additiveSums returns the sums of all additive groups before any factor: 1.
func additiveSums(factors []factor, lines int) map[string]*additiveSum {
	var sums map[string]*additiveSum
	for _, f := range factors {
		if f.additive == "" {
			continue
		}
		if sums == nil {
			sums = map[string]*additiveSum{}
		}
		s := sums[f.additive]
		if s == nil {
			s = &additiveSum{den: 1, lines: make([]uint64, lines)}
			sums[f.additive] = s
		}
		s.den *= f.den
	}
	for _, s := range sums {
		for i := range s.lines {
			s.lines[i] = s.den
		}
	}
	return sums
}

// stackWide is stackNarrow with numbers of any size.
func stackWide(base []int64, total int64, factors []factor, mode rounding) ([]gain, bool) {
	x := make([]*big.Rat, len(base)) // each line's stacked factor
	sums := make([]map[string]*big.Rat, len(base))
	common := big.NewInt(1)
	for i := range x {
		x[i], sums[i] = big.NewRat(1, 1), map[string]*big.Rat{}
	}
	for _, f := range factors {
		common.Mul(common, new(big.Int).SetUint64(f.den))
	}
	gains := make([]gain, len(factors))
	before, sum := total, new(big.Int).Mul(big.NewInt(total), common)
	for k, f := range factors {
		value := new(big.Rat).SetFrac(new(big.Int).SetUint64(f.num), new(big.Int).SetUint64(f.den))
		wide := make(weights, len(f.lines))
		for n, i := range f.lines {
			times := value
			if f.additive != "" {
				old := sums[i][f.additive]
				if old == nil {
					old = big.NewRat(1, 1)
				}
				now := new(big.Rat).Sub(value, big.NewRat(1, 1))
				now.Add(now, old)
				sums[i][f.additive] = now
				times = new(big.Rat).Quo(now, old)
			}
			was := x[i]
			x[i] = new(big.Rat).Mul(was, times)
			w := new(big.Rat).Sub(x[i], was)
			w.Mul(w, new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(base[i]), common)))
			wide[n] = w.Num() // whole: common is a multiple of every denominator
			sum.Add(sum, wide[n])
		}
		points, ok := roundWide(sum, common, mode)
		if !ok {
			return nil, false
		}
		gains[k] = gain{points: points - before, wide: wide}
		before = points
	}
	return gains, true
}

// roundWide rounds a/b to whole points, and reports false beyond MaxAward.
func roundWide(a, b *big.Int, mode rounding) (int64, bool) {
	q, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	if !q.IsInt64() || q.Int64() > MaxAward {
		return 0, false
	}
	points, half := q.Int64(), new(big.Int).Lsh(rest, 1).Cmp(b)
	if mode == ceil && rest.Sign() > 0 || mode == halfUp && half >= 0 ||
		mode == halfEven && (half > 0 || half == 0 && points%2 == 1) {
		points++
	}
	return points, points <= MaxAward
}
