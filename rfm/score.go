package rfm

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// Dimension is one of the three things a customer is scored by.
type Dimension string

// The dimensions there are.
const (
	Recency   Dimension = "recency"   // days since the last purchase: fewer is better
	Frequency Dimension = "frequency" // orders
	Monetary  Dimension = "monetary"  // spend
)

// Score is a customer's level in each dimension, from 1 (worst) up.
type Score struct {
	R uint8 `json:"r"`
	F uint8 `json:"f"`
	M uint8 `json:"m"`
}

// Sum returns R + F + M.
func (s Score) Sum() int { return int(s.R) + int(s.F) + int(s.M) }

// String returns "3-2-1".
func (s Score) String() string { return fmt.Sprintf("%d-%d-%d", s.R, s.F, s.M) }

// Method is how levels are cut.
type Method string

// The methods there are. All but NTile cut between values: customers of equal
// figures get equal levels. Quantiles are of type 7: linear between the two
// nearest customers, as R and pandas have it. Spend is compared to the
// millionth, never as a float.
const (
	// Thresholds are fixed numbers. It is what the zero Method means.
	Thresholds Method = "thresholds"
	// RightClosed puts a value equal to a quantile into the lower level. Where
	// quantiles are tied, levels between them stay empty: level 5 still means the
	// best fifth, however few fifths there are.
	RightClosed Method = "right-closed"
	// Pandas cuts like RightClosed and refuses tied quantiles with
	// ErrTiedEdges, as pandas.qcut does.
	Pandas Method = "pandas"
	// RPackage is the rule of R's rfm package: levels begin at the quantile plus
	// one whole unit, which belongs to the upper level. It assumes whole units:
	// spend within 1.00 above a quantile lands in the lower level.
	RPackage Method = "r-package"
	// NTile makes levels of equal size, as NTILE of SQL does, and so splits
	// customers of equal figures: those whose ID is less in bytes come into the
	// lower level.
	NTile Method = "ntile"
)

var methods = []string{string(Thresholds), string(RightClosed), string(Pandas), string(RPackage), string(NTile)}

// Scoring says how scores are made of summaries. The zero Scoring is
// [DefaultScoring].
type Scoring struct {
	Method Method `json:"method,omitempty"`
	// Levels is how many levels quantiles make in each dimension, 2 to MaxLevels.
	Levels int `json:"levels,omitempty"`
	// Recency, Orders and Spend are the thresholds, ascending. A last purchase at
	// most Recency[0] days ago has the best level. Orders and Spend of at least a
	// threshold have passed it. There is one level more than there are thresholds.
	Recency []int64           `json:"recency,omitempty"`
	Orders  []int64           `json:"orders,omitempty"`
	Spend   []decimal.Decimal `json:"spend,omitempty"`
	// HighValue is the sum of levels from which a customer is of high value; 0 is
	// no such mark.
	HighValue int `json:"high_value,omitempty"`
}

// DefaultScoring returns three levels: bought within 30 and 90 days, 5 and 10
// orders, 5,000 and 10,000 spent; of high value from a sum of 7. Look at a
// year with it: [LastYear].
func DefaultScoring() Scoring {
	return Scoring{
		Method:    Thresholds,
		Recency:   []int64{30, 90},
		Orders:    []int64{5, 10},
		Spend:     []decimal.Decimal{decimal.NewFromInt(5_000), decimal.NewFromInt(10_000)},
		HighValue: 7,
	}
}

// IsZero reports whether the default holds.
func (s Scoring) IsZero() bool {
	return s.Method == "" && s.Levels == 0 && s.Recency == nil && s.Orders == nil && s.Spend == nil && s.HighValue == 0
}

func (s Scoring) quantiles() bool { return s.Method != "" && s.Method != Thresholds }

// levels returns the number of levels of each dimension.
func (s Scoring) levels() (r, f, m int) {
	if s.quantiles() {
		return s.Levels, s.Levels, s.Levels
	}
	return len(s.Recency) + 1, len(s.Orders) + 1, len(s.Spend) + 1
}

func (s Scoring) check(bad *problems) {
	if m := string(s.Method); m != "" && !slices.Contains(methods, m) {
		bad.add("scoring.method", "%s is no method%s", quote(m), didYouMean(m, methods))
		return
	}
	if s.quantiles() {
		if s.Levels < 2 || s.Levels > MaxLevels {
			bad.add("scoring.levels", "must be between 2 and %d, is %d", MaxLevels, s.Levels)
		}
		if len(s.Recency)+len(s.Orders)+len(s.Spend) > 0 {
			bad.add("scoring", "%s takes no thresholds", s.Method)
		}
	} else {
		if s.Levels != 0 {
			bad.add("scoring.levels", "is for quantiles: thresholds make one level more than there are")
		}
		checkThresholds("scoring.recency", s.Recency, bad)
		checkThresholds("scoring.orders", s.Orders, bad)
		checkThresholds("scoring.spend", microsOf(s.Spend, bad), bad)
	}
	if r, f, m := s.levels(); s.HighValue != 0 && (s.HighValue < 3 || s.HighValue > r+f+m) {
		bad.add("scoring.high_value", "must be between 3 and %d, is %d", r+f+m, s.HighValue)
	}
}

func microsOf(list []decimal.Decimal, bad *problems) []int64 {
	all := make([]int64, len(list))
	for i, d := range list {
		n, fault := micros(d)
		if fault != "" {
			bad.add(fmt.Sprintf("scoring.spend[%d]", i), "%s", fault)
		}
		all[i] = n
	}
	return all
}

func checkThresholds(path string, list []int64, bad *problems) {
	if n := len(list); n == 0 || n >= MaxLevels {
		bad.add(path, "must have between 1 and %d thresholds, has %d", MaxLevels-1, n)
		return
	}
	for i, n := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case n < 0:
			bad.add(at, "is below 0")
		case n >= maxMicros:
			bad.add(at, "is too large")
		case i > 0 && n <= list[i-1]:
			bad.add(at, "is not above the one before")
		}
	}
}

// cuts returns the cuts of thresholds.
func (s Scoring) cuts() Cuts {
	var bad problems // reported before
	c := Cuts{recency: slices.Clone(s.Recency), orders: slices.Clone(s.Orders), spend: microsOf(s.Spend, &bad)}
	for i := range c.orders {
		c.orders[i]--
	}
	for i := range c.spend {
		c.spend[i]--
	}
	return c
}
