package rfm

import (
	"fmt"
	"math"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Window says as of which day customers are looked at, and since when.
type Window struct {
	// Since is the first day that counts; the zero Date is all there is.
	Since calendar.Date
	// AsOf is the last day that counts: later orders have not happened yet.
	AsOf calendar.Date
}

// LastYear is the window of the year that ends with a day: from the day after
// that date a year before.
func LastYear(asOf calendar.Date) Window {
	return Window{Since: asOf.AddYears(-1).AddDays(1), AsOf: asOf}
}

// span is a Window in day numbers, both ends included.
type span struct{ since, asOf int }

func (w Window) days() span {
	d := span{since: math.MinInt32, asOf: math.MinInt32}
	if w.AsOf.IsZero() {
		return d
	}
	d.asOf = dayNumber(w.AsOf)
	if !w.Since.IsZero() {
		d.since = dayNumber(w.Since)
	}
	return d
}

func (d span) has(day int) bool { return d.since <= day && day <= d.asOf }

// Summary is what one customer bought, as of a day. A purchase is a civil day
// on which at least one order was not cancelled: two orders of a day are one
// purchase, as the models of repeat buying want it.
//
// First and Last look at the whole history up to AsOf; all other figures only at
// the days from Since to AsOf. So under a window of a year, a customer of
// three years who bought nothing in the last has a Last, but no Orders.
type Summary struct {
	Customer string        `json:"customer"`
	Since    calendar.Date `json:"since,omitzero"` // zero: the whole history
	AsOf     calendar.Date `json:"as_of"`
	First    calendar.Date `json:"first"` // day of the first purchase
	Last     calendar.Date `json:"last"`  // day of the last purchase

	Orders     int64           `json:"orders"`      // less those cancelled; never below 0
	Purchases  int64           `json:"purchases"`   // days with orders
	Spend      decimal.Decimal `json:"spend"`       // less refunds, so it can be below 0
	FirstSpend decimal.Decimal `json:"first_spend"` // of Spend, what the first purchase came to
	// Between purchases lie gaps, one fewer than there are purchases, in days.
	GapDays    int64 `json:"gap_days"`    // their sum
	GapSquares int64 `json:"gap_squares"` // the sum of their squares
	LongestGap int64 `json:"longest_gap"`
}

// Recency returns the days from the last purchase to AsOf.
func (s Summary) Recency() int { return s.AsOf.DaysSince(s.Last) }

// Age returns the days from the first purchase to AsOf.
func (s Summary) Age() int { return s.AsOf.DaysSince(s.First) }

// Repeats returns the purchases after the first of them.
func (s Summary) Repeats() int64 { return max(0, s.Purchases-1) }

// RepeatSpend returns what was spent after the first purchase.
func (s Summary) RepeatSpend() decimal.Decimal { return s.Spend.Sub(s.FirstSpend) }

// MeanSpend returns the spend a purchase to four decimals, half away from zero,
// and false if there is no purchase.
func (s Summary) MeanSpend() (decimal.Decimal, bool) { return mean(s.Spend, s.Purchases) }

// MeanRepeatSpend returns the repeat spend a repeat purchase, as the Gamma-Gamma
// model wants it, rounded like [Summary.MeanSpend], and false if there is none.
func (s Summary) MeanRepeatSpend() (decimal.Decimal, bool) { return mean(s.RepeatSpend(), s.Repeats()) }

func mean(sum decimal.Decimal, n int64) (decimal.Decimal, bool) {
	if n <= 0 {
		return decimal.Decimal{}, false
	}
	return sum.DivRound(decimal.NewFromInt(n), 4), true
}

// Rhythm is how long a customer usually lets pass between purchases.
type Rhythm struct {
	Gaps    int64   // how many are known
	Mean    float64 // days
	Spread  float64 // standard deviation in days, over Gaps-1; 0 for one gap
	Longest int64   // days
}

// Rhythm returns the customer's own rhythm, and false without a repeat purchase.
func (s Summary) Rhythm() (Rhythm, bool) {
	n := s.Repeats()
	if n == 0 || s.GapDays <= 0 {
		return Rhythm{}, false
	}
	r := Rhythm{Gaps: n, Mean: float64(s.GapDays) / float64(n), Longest: s.LongestGap}
	if n > 1 {
		// n·Σg² - (Σg)² is at least 0 and is reckoned in whole numbers as long as
		// they fit, so that equal gaps have no spread at all.
		scatter := float64(n)*float64(s.GapSquares) - float64(s.GapDays)*float64(s.GapDays)
		if most := int64(1 << 31); n < most && s.GapDays < most && s.GapSquares < 1<<32 {
			scatter = float64(n*s.GapSquares - s.GapDays*s.GapDays)
		}
		r.Spread = math.Sqrt(max(0, scatter) / float64(n) / float64(n-1))
	}
	return r, true
}

// Validate returns an error that wraps [ErrSummary] if the figures contradict one
// another, as they may when they were not made by a [Builder].
func (s Summary) Validate() error {
	n, gaps := s.Purchases, max(0, s.Purchases-1)
	for _, rule := range []struct {
		ok  bool
		bad string
	}{
		{s.Customer != "" && len(s.Customer) <= MaxID, fmt.Sprintf("customer: must have 1 to %d bytes", MaxID)},
		{s.AsOf.Valid() && s.First.Valid() && s.Last.Valid(), "as_of, first, last: must be dates"},
		{s.Since.IsZero() || s.Since.Valid(), "since: must be a date"},
		{!s.First.After(s.Last), "first: is after last"},
		{!s.Last.After(s.AsOf), "last: is after as_of"},
		{s.Orders >= 0 && s.Orders <= MaxCount, "orders: must be between 0 and 10^9"},
		{n >= 0 && n <= MaxCount, "purchases: must be between 0 and 10^9"},
		{s.GapDays >= gaps && s.GapDays <= MaxCount && (gaps > 0 || s.GapDays == 0), "gap_days: do not fit the purchases"},
		{s.LongestGap >= 0 && s.LongestGap <= s.GapDays, "longest_gap: is longer than all gaps"},
		{s.GapSquares >= s.GapDays && s.GapSquares <= MaxCount*MaxCount, "gap_squares: do not fit gap_days"},
	} {
		if !rule.ok {
			return fmt.Errorf("%w: %s: %s", ErrSummary, quote(s.Customer), rule.bad)
		}
	}
	return nil
}
