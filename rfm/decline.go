package rfm

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// SilenceTest is how a silence is judged against a customer's own gaps.
type SilenceTest string

// The tests there are. With either, one silence alarms at most once, from the day
// it has become too long, and the rate of false alarms is per purchase: of the
// gaps of a customer whose habits have not changed, at most so many alarm.
const (
	// Memoryless is for purchases at random at a steady rate. Then the silence
	// over the mean of n earlier gaps follows Fisher's F(2, 2n), and a silence t
	// after gaps that sum to S is exceeded with probability (1 + t/S)^-n, exactly.
	// Those who buy more regularly than at random alarm falsely more rarely;
	// those who buy in bursts do so more often. It is what the zero SilenceTest
	// means.
	Memoryless SilenceTest = "memoryless"
	// LongestGap alarms when a silence outlasts all of n earlier gaps. If the gaps
	// might as well have come in any other order, that happens with probability of
	// at most 1/(n+1), however they are distributed; so it needs many gaps.
	LongestGap SilenceTest = "longest-gap"
)

var silenceTests = []string{string(Memoryless), string(LongestGap)}

// Decline says when a customer is silent for too long. The zero Decline alarms
// falsely at one purchase in 20, by Memoryless, from 3 gaps.
type Decline struct {
	Test SilenceTest `json:"test,omitempty"`
	// OneIn is the rate of false alarms: at most one in so many purchases; zero is 20.
	OneIn int `json:"one_in,omitempty"`
	// MinGaps is how many gaps must be known; zero is 3.
	MinGaps int64 `json:"min_gaps,omitempty"`
	// HorizonDays is over how long the value at risk is reckoned; zero is 365.
	HorizonDays int `json:"horizon_days,omitempty"`
}

// decline is a compiled Decline.
type decline struct{ Decline }

func (d Decline) check(bad *problems) decline {
	d.Test = cmp.Or(d.Test, Memoryless)
	d.OneIn, d.MinGaps, d.HorizonDays = cmp.Or(d.OneIn, 20), cmp.Or(d.MinGaps, 3), cmp.Or(d.HorizonDays, 365)
	if !slices.Contains(silenceTests, string(d.Test)) {
		bad.add("decline.test", "%s is no test%s", quote(string(d.Test)), didYouMean(string(d.Test), silenceTests))
	}
	checkBetween("decline.one_in", d.OneIn, 2, 1_000_000, bad)
	if d.MinGaps < 1 || d.MinGaps > MaxCount {
		bad.add("decline.min_gaps", "must be between 1 and %d, is %d", MaxCount, d.MinGaps)
	}
	checkBetween("decline.horizon_days", d.HorizonDays, 1, MaxWait, bad)
	return decline{d}
}

// Alert is a customer who has become silent, by their own measure.
type Alert struct {
	Customer string        `json:"customer"`
	Last     calendar.Date `json:"last"`  // the last purchase; with the customer it names the silence
	Since    calendar.Date `json:"since"` // the first day of the alert
	Silence  int           `json:"silence"`
	Rhythm   Rhythm        `json:"rhythm"` // the evidence
	Test     SilenceTest   `json:"test"`
	// FalseAlarm is the probability of a silence as long or longer, if nothing has
	// changed.
	FalseAlarm float64 `json:"false_alarm"`
	// AtRisk is what the customer would have spent over the horizon at their own
	// rate, to two decimals, half up; never below 0.
	AtRisk decimal.Decimal `json:"at_risk"`
}

// String says the alert and its evidence in a line.
func (a Alert) String() string {
	return fmt.Sprintf("%s: silent for %d days, usually %.1f (spread %.1f, longest %d, of %d); by chance %.2g; %s at risk",
		a.Customer, a.Silence, a.Rhythm.Mean, a.Rhythm.Spread, a.Rhythm.Longest, a.Rhythm.Gaps, a.FalseAlarm, a.AtRisk)
}

// Decline tells whether a customer has been silent for too long as of s.AsOf,
// against the purchases within the summary's window.
func (m *Model) Decline(s Summary) (Alert, bool) {
	d := m.decl
	r, ok := s.Rhythm()
	if !ok || r.Gaps < d.MinGaps {
		return Alert{}, false
	}
	silence := s.Recency()
	from := d.tooLong(r.Gaps, s.GapDays, s.LongestGap)
	if silence < from {
		return Alert{}, false
	}
	a := Alert{
		Customer: s.Customer, Last: s.Last, Since: s.Last.AddDays(from), Silence: silence, Rhythm: r, Test: d.Test,
		FalseAlarm: beyond(silence, r.Gaps, s.GapDays),
	}
	if d.Test == LongestGap {
		a.FalseAlarm = 1 / float64(r.Gaps+1)
	}
	if s.Spend.Sign() > 0 {
		visits := decimal.NewFromInt(int64(d.HorizonDays)).Mul(decimal.NewFromInt(r.Gaps))
		a.AtRisk = s.Spend.Mul(visits).DivRound(decimal.NewFromInt(s.Purchases).Mul(decimal.NewFromInt(s.GapDays)), 2)
	}
	return a, true
}

// beyond returns the probability that a gap is longer than a silence, after n gaps
// that sum to sum days.
func beyond(silence int, n, sum int64) float64 {
	return math.Exp(-float64(n) * math.Log1p(float64(silence)/float64(sum)))
}

const never = math.MaxInt32

// tooLong returns from how many days a silence alarms. Whoever has not bought for
// t days by the end of a day will have a gap of more than t days.
func (d *decline) tooLong(n, sum, longest int64) int {
	if d.Test == LongestGap {
		if n+1 < int64(d.OneIn) {
			return never
		}
		return int(longest)
	}
	rate := 1 / float64(d.OneIn)
	// (1 + t/S)^-n = rate, solved for t; then to the whole day on the safe side.
	t := int(min(never/2, math.Ceil(float64(sum)*math.Expm1(math.Log(float64(d.OneIn))/float64(n)))))
	for t > 0 && beyond(t-1, n, sum) <= rate {
		t--
	}
	for beyond(t, n, sum) > rate && t < never {
		t++
	}
	return t
}

// Declines lists the customers silent for too long, those with most at risk first.
func (m *Model) Declines(customers iter.Seq[Summary]) []Alert {
	var all []Alert
	for s := range customers {
		if a, ok := m.Decline(s); ok {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b Alert) int {
		return cmp.Or(b.AtRisk.Cmp(a.AtRisk), cmp.Compare(a.Customer, b.Customer))
	})
	return all
}
