package cost

import (
	"fmt"
	"math"
	"strings"

	"github.com/shopspring/decimal"
)

// Estimate is how many of the points outstanding will still be redeemed, by
// cohort: a range, not a point. Its figures are statistics; only [Estimate.Worth]
// turns them into money, rounded once.
type Estimate struct {
	Method  string           `json:"method"`
	Notes   []string         `json:"notes,omitempty"` // what a reader must know: choices and doubts
	Level   float64          `json:"level"`           // of the ranges: 0.95
	Cohorts []CohortEstimate `json:"cohorts"`
	Future  float64          `json:"future"` // points still to be redeemed
	Spread
}

// Spread is how sure a figure is.
type Spread struct {
	// SE is the standard error; SEDefined is false when the data cannot tell, and
	// the range is then all that is possible.
	SE        float64 `json:"se"`
	SEDefined bool    `json:"se_defined"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
}

// CohortEstimate is the estimate of one issue cohort.
type CohortEstimate struct {
	Cohort      string  `json:"cohort"`
	Age         int     `json:"age"` // the last age seen
	Issued      int64   `json:"issued"`
	Redeemed    int64   `json:"redeemed"`
	Expired     int64   `json:"expired"`
	Outstanding int64   `json:"outstanding"`
	Ultimate    float64 `json:"ultimate"` // ever redeemed
	Future      float64 `json:"future"`   // Ultimate − Redeemed
	// URR is the ultimate redemption rate: Ultimate over Issued; 0 of none issued.
	URR float64 `json:"urr"`
	// RateOnOutstanding is Future over Outstanding, which is not URR: it falls with
	// age. RateDefined is false when nothing is outstanding.
	RateOnOutstanding float64 `json:"rate_on_outstanding"`
	RateDefined       bool    `json:"rate_defined"`
	// Capped says that the method left what is possible, between Redeemed and Issued
	// − Expired, and was put back to the nearer end: look at the data.
	Capped bool `json:"capped,omitempty"`
	Spread
}

// DefaultLevel is the level of ranges and intervals where none is given.
const DefaultLevel = 0.95

func checkLevel(level float64) (float64, error) {
	if level == 0 {
		return DefaultLevel, nil
	}
	if !(level > 0.5 && level < 1) {
		return 0, invalid("level", "%v is not within 0.5 and 1", level)
	}
	return level, nil
}

// cohortEstimate fills in what follows from a row and its ultimate, and keeps the
// guards: redeemed ≤ ultimate ≤ issued − expired.
func cohortEstimate(r Row, ultimate float64) CohortEstimate {
	c := CohortEstimate{Cohort: r.Cohort, Age: len(r.Redeemed) - 1, Issued: r.Issued, Redeemed: r.Redeemed.latest(),
		Expired: r.Expired.latest(), Outstanding: r.Outstanding()}
	low, high := float64(c.Redeemed), float64(c.Issued-c.Expired)
	c.Ultimate = min(max(ultimate, low), high)
	const noise = 1e-9
	c.Capped = math.Abs(c.Ultimate-ultimate) > noise*(1+high)
	c.Future = c.Ultimate - low
	if c.Issued > 0 {
		c.URR = c.Ultimate / float64(c.Issued)
	}
	if c.Outstanding > 0 {
		c.RateOnOutstanding, c.RateDefined = c.Future/float64(c.Outstanding), true
	}
	return c
}

// spread sets the range of a figure within [0, most]: log-normal, as Mack (1993)
// has it for reserves, since what is still to come cannot be below nothing.
func spread(future, se float64, defined bool, level, most float64) Spread {
	if !defined {
		return Spread{Low: 0, High: most}
	}
	s := Spread{SE: se, SEDefined: true, Low: future, High: future}
	if future > 0 && se > 0 {
		sigma := math.Sqrt(math.Log1p(se / future * se / future))
		z := normalQuantile(0.5 + level/2)
		s.Low = future * math.Exp(-sigma*sigma/2-z*sigma)
		s.High = min(future*math.Exp(-sigma*sigma/2+z*sigma), most)
		s.High = max(s.High, future)
	}
	return s
}

// total sums the cohorts and sets the range.
func (e *Estimate) total(se float64, defined bool) {
	var most float64
	for _, c := range e.Cohorts {
		e.Future += c.Future
		most += float64(c.Outstanding)
	}
	e.Spread = spread(e.Future, se, defined, e.Level, most)
}

// Liability is what points outstanding are expected to cost.
type Liability struct {
	Method      string          `json:"method"`
	Approximate bool            `json:"approximate,omitempty"` // of the flat rule: no estimate stands behind it
	Notes       []string        `json:"notes,omitempty"`
	Outstanding int64           `json:"outstanding"`
	Amount      decimal.Decimal `json:"amount"`
	// Low and High are the range at Level; of the flat rule, which knows none, they
	// are Amount.
	Low   decimal.Decimal `json:"low"`
	High  decimal.Decimal `json:"high"`
	Level float64         `json:"level,omitzero"`
}

// Worth turns the estimate into money at a value per point, rounded half up to
// places decimals once, after everything is added.
func (e Estimate) Worth(perPoint decimal.Decimal, places int32) (Liability, error) {
	return e.WorthBy(func(string) decimal.Decimal { return perPoint }, places)
}

// WorthBy is Worth where cohorts keep values of their own: see
// [Value.Grandfather]. The range then takes the mean value.
func (e Estimate) WorthBy(perPoint func(cohort string) decimal.Decimal, places int32) (Liability, error) {
	l := Liability{Method: e.Method, Notes: e.Notes, Level: e.Level}
	var bad problems
	checkPlaces("places", places, &bad)
	var sum decimal.Decimal
	for i, c := range e.Cohorts {
		per := perPoint(c.Cohort)
		checkPerPoint(fmt.Sprintf("cohorts[%d].per_point", i), per, &bad)
		if len(bad) > 0 {
			return Liability{}, bad.err()
		}
		sum = sum.Add(fromFloat(c.Future, 6).Mul(per))
		l.Outstanding += c.Outstanding
	}
	l.Amount, l.Low, l.High = sum.Round(places), sum.Round(places), sum.Round(places)
	if future := fromFloat(e.Future, 6); future.IsPositive() {
		l.Low = sum.Mul(fromFloat(e.Low, 6)).DivRound(future, places)
		l.High = sum.Mul(fromFloat(e.High, 6)).DivRound(future, places)
	}
	return l, nil
}

func checkPlaces(path string, places int32, bad *problems) {
	if places < 0 || places > 6 {
		bad.add(path, "%d decimals are not within 0 and 6", places)
	}
}

// Flat is the rule of thumb: so much money for every point outstanding, whatever
// its age. It mistakes the rate of points issued for that of points still there,
// and is far too high for a programme of any age; use it until there is history.
type Flat struct {
	PerPoint decimal.Decimal // value × assumed redemption: 0.01 × 80 % is 0.008
}

// Liability multiplies and rounds once, half up.
func (f Flat) Liability(outstanding int64, places int32) (Liability, error) {
	var bad problems
	checkPerPoint("per_point", f.PerPoint, &bad)
	checkPoints("outstanding", outstanding, &bad)
	checkPlaces("places", places, &bad)
	if len(bad) > 0 {
		return Liability{}, bad.err()
	}
	amount := f.PerPoint.Mul(decimal.NewFromInt(outstanding)).Round(places)
	return Liability{Method: "flat rule", Approximate: true, Outstanding: outstanding, Amount: amount, Low: amount, High: amount,
		Notes: []string{fmt.Sprintf("an approximation: %s for every point outstanding, of whatever age", f.PerPoint)}}, nil
}

// String writes the liability in a line.
func (l Liability) String() string {
	if l.Approximate {
		return fmt.Sprintf("%s (approximation): %s on %d points", l.Method, money(l.Amount), l.Outstanding)
	}
	return fmt.Sprintf("%s: %s (%s to %s, %g%%) on %d points", l.Method, money(l.Amount), money(l.Low), money(l.High), l.Level*100, l.Outstanding)
}

// String writes the estimate as a table.
func (e Estimate) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%-10s %12s %12s %12s %12s %8s %12s %12s\n", e.Method,
		"cohort", "issued", "redeemed", "outstanding", "to come", "URR", "low", "high")
	for _, c := range e.Cohorts {
		mark := ""
		if c.Capped {
			mark = "  capped"
		}
		fmt.Fprintf(&out, "%-10s %12d %12d %12d %12.0f %7.2f%% %12.0f %12.0f%s\n", c.Cohort, c.Issued, c.Redeemed, c.Outstanding,
			c.Future, c.URR*100, c.Low, c.High, mark)
	}
	fmt.Fprintf(&out, "%-10s %12s %12s %12s %12.0f %8s %12.0f %12.0f\n", "total", "", "", "", e.Future, "", e.Low, e.High)
	for _, n := range e.Notes {
		fmt.Fprintf(&out, "note: %s\n", n)
	}
	return out.String()
}
