package cost

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Cohort is what the books know of points issued together, or of any other right
// paid in advance such as gift cards, at one date: everything to date, so that how
// time is cut into periods changes no total.
type Cohort struct {
	Name     string `json:"name"`
	Currency string `json:"currency,omitempty"`
	// Points, or units of another right: issued less those of sales returned,
	// redeemed less those of redemptions returned, expired.
	Issued   int64 `json:"issued"`
	Redeemed int64 `json:"redeemed"`
	Expired  int64 `json:"expired,omitempty"`
	// Expected is the present estimate of what Redeemed will be in the end: not of
	// points issued, and not of those outstanding. It lies within Redeemed and Issued
	// − Expired, so it is Redeemed when nothing is outstanding.
	Expected int64 `json:"expected"`
	// WithinYear is how many of Expected − Redeemed fall into the next twelve months.
	WithinYear int64 `json:"within_year,omitempty"`
	// Allocated is the sum of Allocation.Points of the sales.
	Allocated decimal.Decimal `json:"allocated"`
	// Modified is what was added to or taken from the obligation because a change of
	// value was judged a contract modification. By itself a change of value does not
	// touch the deferral.
	Modified decimal.Decimal `json:"modified,omitzero"`
	// Remit is the part of unused rights that goes to a state as unclaimed property:
	// it stays a liability and never becomes revenue.
	Remit decimal.Decimal `json:"remit,omitzero"`
	// Breakage is when unused rights become revenue; "" is Proportional.
	Breakage Breakage `json:"breakage,omitempty"`
	// Remote, under RemoteUse, is rights not expired whose use has become remote.
	Remote int64 `json:"remote,omitempty"`
}

// Breakage is when the revenue of rights that will never be used is recognised
// (IFRS 15.B46, ASC 606-10-55-48).
type Breakage string

// The policies.
const (
	Proportional Breakage = ""       // in step with use: the seller expects to be entitled to it
	RemoteUse    Breakage = "remote" // on expiry, or when use has become remote
)

// Position is where a cohort stands.
type Position struct {
	Revenue     decimal.Decimal `json:"revenue"`   // recognised to date
	Liability   decimal.Decimal `json:"liability"` // what is still owed, with Remit
	Current     decimal.Decimal `json:"current"`   // of Liability, within twelve months
	NonCurrent  decimal.Decimal `json:"non_current"`
	Outstanding int64           `json:"outstanding"` // points
}

// Position computes revenue to date = allocation × redeemed ÷ expected, and the
// rest as liability; rounded half up to places decimals once, of the sum to date.
func (c Cohort) Position(places int32) (Position, error) {
	var bad problems
	c.check("cohort", places, &bad)
	if len(bad) > 0 {
		return Position{}, bad.err()
	}
	return c.position(places), nil
}

func (c Cohort) position(places int32) Position {
	p := Position{Revenue: c.revenue(places), Outstanding: c.Issued - c.Redeemed - c.Expired}
	p.Liability = c.Allocated.Add(c.Modified).Sub(p.Revenue)
	p.Current = p.Liability
	if toCome := c.Expected - c.Redeemed; toCome > 0 {
		p.Current = fraction(p.Liability, c.WithinYear, toCome, places)
	}
	p.NonCurrent = p.Liability.Sub(p.Current)
	return p
}

// base is what becomes revenue in the end.
func (c Cohort) base() decimal.Decimal { return c.Allocated.Add(c.Modified).Sub(c.Remit) }

// revenue is the whole rule of recognition.
func (c Cohort) revenue(places int32) decimal.Decimal {
	return c.earned(c.used(), places)
}

// used returns the rights that count as performed.
func (c Cohort) used() int64 {
	if c.Breakage == RemoteUse {
		return c.Redeemed + c.Expired + c.Remote
	}
	return c.Redeemed
}

// whole returns the rights that earn everything.
func (c Cohort) whole() int64 {
	if c.Breakage == RemoteUse {
		return c.Issued
	}
	return c.Expected
}

// earned returns the revenue of so many used rights at the present estimate. When
// nothing more is expected everything is earned.
func (c Cohort) earned(used int64, places int32) decimal.Decimal {
	if used >= c.whole() {
		return c.base().Round(places)
	}
	return fraction(c.base(), used, c.whole(), places)
}

func (c Cohort) check(path string, places int32, bad *problems) {
	checkText(path+".name", c.Name, MaxName, bad)
	checkPlaces("places", places, bad)
	before := len(*bad)
	for _, f := range []struct {
		name string
		n    int64
	}{{"issued", c.Issued}, {"redeemed", c.Redeemed}, {"expired", c.Expired}, {"expected", c.Expected}, {"within_year", c.WithinYear}, {"remote", c.Remote}} {
		checkPoints(path+"."+f.name, f.n, bad)
	}
	if len(*bad) > before {
		return
	}
	switch {
	case c.Redeemed > c.Issued:
		bad.add(path+".redeemed", "%d are more than the %d issued", c.Redeemed, c.Issued)
	case c.Expired > c.Issued-c.Redeemed:
		bad.add(path+".expired", "%d and %d redeemed are more than the %d issued", c.Expired, c.Redeemed, c.Issued)
	case c.Expected < c.Redeemed:
		bad.add(path+".expected", "%d are fewer than the %d redeemed already", c.Expected, c.Redeemed)
	case c.Expected > c.Issued-c.Expired:
		bad.add(path+".expected", "%d are more than the %d that can be: issued less expired", c.Expected, c.Issued-c.Expired)
	case c.WithinYear > c.Expected-c.Redeemed:
		bad.add(path+".within_year", "%d are more than the %d still expected", c.WithinYear, c.Expected-c.Redeemed)
	case c.Remote > c.Issued-c.Redeemed-c.Expired:
		bad.add(path+".remote", "%d are more than the %d outstanding", c.Remote, c.Issued-c.Redeemed-c.Expired)
	}
	if c.Breakage != Proportional && c.Breakage != RemoteUse {
		bad.add(path+".breakage", "%s is no policy", quote(string(c.Breakage)))
	} else if c.Breakage == Proportional && c.Remote > 0 {
		bad.add(path+".remote", "is for breakage %q only", RemoteUse)
	}
	allocated := checkCents(path+".allocated", c.Allocated, places, bad)
	remit := checkCents(path+".remit", c.Remit, places, bad)
	before = len(*bad)
	modified := checkSigned(path+".modified", c.Modified, bad)
	if left := allocated + modified; len(*bad) == before && (left < 0 || remit > left) {
		bad.add(path+".remit", "%s is more than the obligation of %s", c.Remit, left)
	}
}

// checkCents is checkMoney for booked amounts, which have no more decimals than
// the currency.
func checkCents(path string, d decimal.Decimal, places int32, bad *problems) micros {
	m := checkMoney(path, d, bad)
	if tooLong(d) == "" && places >= 0 && places <= 6 && !d.Equal(d.Truncate(places)) {
		bad.add(path, "%s has more than %d decimals", d, places)
	}
	return m
}

// Sensitivity is what the liability would be under another estimate.
type Sensitivity struct {
	MoreBreakage decimal.Decimal `json:"more_breakage"` // change of the liability
	LessBreakage decimal.Decimal `json:"less_breakage"` // change of the liability
}

// sensitivity moves breakage by one point of what was issued, as far as it can go.
func (c Cohort) sensitivity(places int32) Sensitivity {
	if c.Breakage == RemoteUse {
		return Sensitivity{}
	}
	now := c.revenue(places)
	point := decimal.NewFromInt(c.Issued).DivRound(decimal.NewFromInt(100), 0).IntPart()
	more, less := c, c
	more.Expected = max(c.Expected-point, c.Redeemed)
	less.Expected = min(c.Expected+point, c.Issued-c.Expired)
	return Sensitivity{MoreBreakage: now.Sub(more.revenue(places)), LessBreakage: now.Sub(less.revenue(places))}
}

func checkCohorts(path string, cohorts []Cohort, places int32, currency string, bad *problems) map[string]Cohort {
	if len(cohorts) > MaxCohorts*MaxSegments {
		bad.add(path, "%d cohorts are more than %d", len(cohorts), MaxCohorts*MaxSegments)
		return nil
	}
	byName := make(map[string]Cohort, len(cohorts))
	for i, c := range cohorts {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.check(at, places, bad)
		bad.currency(at+".currency", c.Currency, currency)
		if _, ok := byName[c.Name]; ok {
			bad.add(at+".name", "%s is there already", quote(c.Name))
		}
		byName[c.Name] = c
	}
	return byName
}
