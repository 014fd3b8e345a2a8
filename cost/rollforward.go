package cost

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// RollForward is how a liability came from one date to the next, by cohort and in
// total. Every line closes to the last decimal:
//
//	Opening + Issued + Redeemed + Breakage + Estimate + Value = Closing
//
// where what lowers the liability is negative.
type RollForward struct {
	Basis    Basis      `json:"basis"`
	Currency string     `json:"currency,omitempty"`
	Places   int32      `json:"places"`
	Cohorts  []RollLine `json:"cohorts"`
	Total    RollLine   `json:"total"`
}

// Basis is which of the two books a roll-forward is of. They are different things
// and never added: what customers have paid for points, and what points will cost.
type Basis string

// The bases.
const (
	Deferral  Basis = "deferral"  // contract liability; a change of value does not re-measure it
	Provision Basis = "provision" // expected redemptions at present cost; re-measured at once
)

// RollLine is one cohort's way from opening to closing.
type RollLine struct {
	Cohort   string          `json:"cohort,omitempty"`
	Opening  decimal.Decimal `json:"opening"`
	Issued   decimal.Decimal `json:"issued"`   // by sales, less sales returned
	Redeemed decimal.Decimal `json:"redeemed"` // rights used, at their share of the allocation
	Breakage decimal.Decimal `json:"breakage"` // of rights that will not be used
	Estimate decimal.Decimal `json:"estimate"` // catch-up of what was used before, at the new estimate
	Value    decimal.Decimal `json:"value"`    // change of value: modifications, or re-measurement
	Closing  decimal.Decimal `json:"closing"`
	// FromOpening is the revenue that was in the opening balance (IFRS 15.116(b)),
	// taking older points to be used first; of a deferral only.
	FromOpening decimal.Decimal `json:"from_opening"`
	Current     decimal.Decimal `json:"current"`
	NonCurrent  decimal.Decimal `json:"non_current"`
	// One point more or less of breakage, and what it would add to Closing.
	Sensitivity
}

// Revenue returns what was recognised in the period; it may be negative.
func (l RollLine) Revenue() decimal.Decimal {
	return l.Redeemed.Add(l.Breakage).Add(l.Estimate).Neg()
}

func (l RollLine) plus(o RollLine) RollLine {
	l.Opening, l.Issued, l.Redeemed = l.Opening.Add(o.Opening), l.Issued.Add(o.Issued), l.Redeemed.Add(o.Redeemed)
	l.Breakage, l.Estimate, l.Value = l.Breakage.Add(o.Breakage), l.Estimate.Add(o.Estimate), l.Value.Add(o.Value)
	l.Closing, l.FromOpening = l.Closing.Add(o.Closing), l.FromOpening.Add(o.FromOpening)
	l.Current, l.NonCurrent = l.Current.Add(o.Current), l.NonCurrent.Add(o.NonCurrent)
	l.MoreBreakage, l.LessBreakage = l.MoreBreakage.Add(o.MoreBreakage), l.LessBreakage.Add(o.LessBreakage)
	return l
}

// RollDeferral rolls contract liabilities forward between two dates. A cohort
// missing in opening is new; one missing in closing is refused, for what became of
// it would be in no line. Problems are reported all at once.
func RollDeferral(opening, closing []Cohort, places int32) (RollForward, error) {
	return roll(Deferral, opening, closing, places, func(from, to Cohort) RollLine { return deferralLine(from, to, places) })
}

// deferralLine splits the change. What was used before the period is brought to the
// present estimate first; what was used in it is at the present estimate already.
func deferralLine(from, to Cohort, places int32) RollLine {
	before, after := from.position(places), to.position(places)
	l := RollLine{Cohort: to.Name, Opening: before.Liability, Closing: after.Liability,
		Issued: to.Allocated.Sub(from.Allocated), Value: to.Modified.Sub(from.Modified),
		Current: after.Current, NonCurrent: after.NonCurrent, Sensitivity: to.sensitivity(places)}
	revenue := after.Revenue.Sub(before.Revenue)
	var caughtUp decimal.Decimal
	if used := from.used(); used > 0 || !before.Revenue.IsZero() {
		caughtUp = to.earned(used, places).Sub(before.Revenue)
	}
	var redeemed decimal.Decimal
	if to.Issued > 0 {
		redeemed = fraction(to.base(), to.Redeemed-from.Redeemed, to.Issued, places)
	}
	l.Estimate = caughtUp.Neg()
	l.Redeemed = redeemed.Neg()
	l.Breakage = revenue.Sub(caughtUp).Sub(redeemed).Neg()
	if l.FromOpening = revenue; l.Issued.IsPositive() {
		l.FromOpening = decimal.Min(revenue, before.Liability)
	}
	if l.FromOpening.IsNegative() && before.Liability.IsZero() {
		l.FromOpening = decimal.Decimal{}
	}
	return l
}

// RollProvision rolls the cost of expected redemptions forward: (Expected −
// Redeemed) × cost per point, at the cost of each date. It is the management view,
// and the one for points given without a sale.
func RollProvision(opening, closing []Cohort, costBefore, costAfter decimal.Decimal, places int32) (RollForward, error) {
	var bad problems
	checkPerPoint("cost_before", costBefore, &bad)
	checkPerPoint("cost_after", costAfter, &bad)
	if len(bad) > 0 {
		return RollForward{}, bad.err()
	}
	return roll(Provision, opening, closing, places, func(from, to Cohort) RollLine {
		at := func(points int64, per decimal.Decimal) decimal.Decimal {
			return per.Mul(decimal.NewFromInt(points)).Round(places)
		}
		l := RollLine{Cohort: to.Name, Opening: at(from.Expected-from.Redeemed, costBefore), Closing: at(to.Expected-to.Redeemed, costAfter)}
		l.Redeemed = at(to.Redeemed-from.Redeemed, costBefore).Neg()
		l.Value = l.Closing.Sub(at(to.Expected-to.Redeemed, costBefore))
		// New points come at the rate of those before them; of a new cohort at its own.
		switch {
		case from.Issued > 0:
			l.Issued = fraction(costBefore.Mul(decimal.NewFromInt(to.Issued-from.Issued)), from.Expected, from.Issued, places)
		default:
			l.Issued = at(to.Expected, costBefore)
		}
		l.Estimate = l.Closing.Sub(l.Opening).Sub(l.Issued).Sub(l.Redeemed).Sub(l.Value)
		l.Current = l.Closing
		if toCome := to.Expected - to.Redeemed; toCome > 0 {
			l.Current = fraction(l.Closing, to.WithinYear, toCome, places)
		}
		l.NonCurrent = l.Closing.Sub(l.Current)
		point := decimal.NewFromInt(to.Issued).DivRound(decimal.NewFromInt(100), 0).IntPart()
		l.MoreBreakage = at(max(to.Expected-point, to.Redeemed)-to.Redeemed, costAfter).Sub(l.Closing)
		l.LessBreakage = at(min(to.Expected+point, to.Issued-to.Expired)-to.Redeemed, costAfter).Sub(l.Closing)
		return l
	})
}

func roll(basis Basis, opening, closing []Cohort, places int32, line func(from, to Cohort) RollLine) (RollForward, error) {
	r := RollForward{Basis: basis, Places: places}
	if len(closing) > 0 {
		r.Currency = closing[0].Currency
	}
	var bad problems
	before := checkCohorts("opening", opening, places, r.Currency, &bad)
	after := checkCohorts("closing", closing, places, r.Currency, &bad)
	for i, c := range opening {
		to, ok := after[c.Name]
		switch {
		case !ok:
			bad.add(fmt.Sprintf("opening[%d].name", i), "%s is missing in closing", quote(c.Name))
		case to.Breakage != c.Breakage:
			bad.add(fmt.Sprintf("opening[%d].breakage", i), "%s has another policy in closing", quote(c.Name))
		}
	}
	if len(bad) > 0 {
		return RollForward{}, bad.err()
	}
	for _, to := range closing {
		from, ok := before[to.Name]
		if !ok {
			from = Cohort{Name: to.Name, Breakage: to.Breakage}
		}
		l := line(from, to)
		r.Cohorts = append(r.Cohorts, l)
		r.Total = r.Total.plus(l)
	}
	return r, nil
}

// String writes the roll-forward as a table.
func (r RollForward) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%-10s %12s %12s %12s %12s %12s %12s %12s\n", strings.TrimSpace(string(r.Basis)+" "+r.Currency),
		"cohort", "opening", "issued", "redeemed", "breakage", "estimate", "value", "closing")
	row := func(name string, l RollLine) {
		fmt.Fprintf(&out, "%-10s", name)
		for _, d := range []decimal.Decimal{l.Opening, l.Issued, l.Redeemed, l.Breakage, l.Estimate, l.Value, l.Closing} {
			fmt.Fprintf(&out, " %12s", d.StringFixed(r.Places))
		}
		out.WriteByte('\n')
	}
	for _, l := range r.Cohorts {
		row(l.Cohort, l)
	}
	row("total", r.Total)
	p := func(d decimal.Decimal) string { return d.StringFixed(r.Places) }
	fmt.Fprintf(&out, "current %s, non-current %s; revenue from the opening balance %s\n", p(r.Total.Current), p(r.Total.NonCurrent), p(r.Total.FromOpening))
	fmt.Fprintf(&out, "one point more breakage %s, one point less %s\n", p(r.Total.MoreBreakage), p(r.Total.LessBreakage))
	return out.String()
}
