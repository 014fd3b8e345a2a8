package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

// Limits of a Report.
const (
	MaxPoints = 1000 // of the ratio over time
	MaxKPIs   = 200
	MaxText   = 200 // bytes of a text
)

// ErrInvalid reports a Report that cannot be shown: too large, or with texts that
// are not for people.
var ErrInvalid = errors.New("report: invalid")

// Report is what to show. Every field but Title may be left out.
type Report struct {
	Title  string
	Period string // "2026-11", or any words
	// Ratio is points cost over revenue in time.
	Ratio *Ratio
	// Roll is how the liability came from opening to closing.
	Roll *cost.RollForward
	// Triangle is redemptions by cohort; Estimate and Liability what follows.
	Triangle  *cost.Triangle
	Estimate  *cost.Estimate
	Liability *cost.Liability
	KPIs      []cost.KPI
	// Outcome is a planned programme beside the present one.
	Outcome    *cost.Outcome
	Difficulty *cost.DifficultyReport
}

// Ratio is points cost over revenue in time, with the lines it is held to: see
// [cost.Gate.Budget].
type Ratio struct {
	Limit, Alarm decimal.Decimal
	Points       []Point // in order of time
}

// Point is one window.
type Point struct {
	Label string // "2026-11"
	View  cost.View
}

func (r *Report) check() error {
	var bad []error
	text := func(path, s string) {
		if len(s) > MaxText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			bad = append(bad, fmt.Errorf("%w: %s is longer than %d bytes or not plain text", ErrInvalid, path, MaxText))
		}
	}
	if r.Title == "" {
		bad = append(bad, fmt.Errorf("%w: title is empty", ErrInvalid))
	}
	text("title", r.Title)
	text("period", r.Period)
	if r.Ratio != nil {
		if n := len(r.Ratio.Points); n == 0 || n > MaxPoints {
			bad = append(bad, fmt.Errorf("%w: ratio.points: %d are not within 1 and %d", ErrInvalid, n, MaxPoints))
		} else {
			for i, p := range r.Ratio.Points {
				text(fmt.Sprintf("ratio.points[%d].label", i), p.Label)
			}
		}
	}
	if len(r.KPIs) > MaxKPIs {
		bad = append(bad, fmt.Errorf("%w: kpis: %d are more than %d", ErrInvalid, len(r.KPIs), MaxKPIs))
	}
	if r.Triangle != nil {
		if err := r.Triangle.Validate(); err != nil {
			bad = append(bad, fmt.Errorf("%w: triangle: %w", ErrInvalid, err))
		}
	}
	return errors.Join(bad...)
}

// WriteText writes the report as plain text.
func (r *Report) WriteText(w io.Writer) error {
	if err := r.check(); err != nil {
		return err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", strings.TrimSpace(r.Title+"  "+r.Period))
	section := func(name, body string) { fmt.Fprintf(&out, "\n%s\n%s", name, body) }
	if r.Ratio != nil {
		section("Points cost over revenue", r.Ratio.text())
	}
	if r.Roll != nil {
		section("Roll-forward", r.Roll.String())
	}
	if r.Triangle != nil {
		section("Redeemed to date, of points issued", triangleText(r.Triangle))
	}
	if r.Estimate != nil {
		section("Points still to be redeemed", r.Estimate.String())
	}
	if r.Liability != nil {
		section("Liability", r.Liability.String()+"\n")
	}
	if len(r.KPIs) > 0 {
		section("Figures", cost.Table(r.KPIs))
	}
	if r.Outcome != nil {
		section("What if", r.Outcome.String())
	}
	if r.Difficulty != nil {
		section("Difficulty", r.Difficulty.String()+"\n")
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func (r *Ratio) text() string {
	var out strings.Builder
	for _, p := range r.Points {
		fmt.Fprintf(&out, "%-12s %16s %14s %10s  %s\n", p.Label, amount(p.View.Revenue), amount(p.View.Cost), ratioText(p.View), state(p.View))
	}
	fmt.Fprintf(&out, "limit %s, alarm %s\n", share(r.Limit), share(r.Alarm))
	return out.String()
}

func triangleText(t *cost.Triangle) string {
	var out strings.Builder
	for _, r := range t.Rows {
		fmt.Fprintf(&out, "%-12s %14d", r.Cohort, r.Issued)
		for _, n := range r.Redeemed {
			fmt.Fprintf(&out, " %6s", redeemedShare(n, r.Issued))
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// redeemedShare is the text of a triangle's cell, "-" where nothing was issued.
func redeemedShare(n, issued int64) string {
	if issued == 0 {
		return "-"
	}
	return decimal.NewFromInt(n).Shift(2).DivRound(decimal.NewFromInt(issued), 1).StringFixed(1) + "%"
}

func ratioText(v cost.View) string {
	if !v.Defined {
		return "undefined"
	}
	return share(v.Ratio)
}

// state says in a word what a color would.
func state(v cost.View) string {
	switch {
	case v.OverAlarm:
		return "over alarm"
	case v.OverLimit:
		return "over limit"
	}
	return "within limit"
}

func share(d decimal.Decimal) string  { return d.Shift(2).StringFixed(2) + "%" }
func amount(d decimal.Decimal) string { return d.StringFixed(2) }

// label is a name for people.
func label(name string) string {
	known := map[string]string{
		cost.EnrolmentRate: "Enrolment", cost.EarnRate: "Earning, of active", cost.RedemptionRate: "Redemption",
		cost.RepurchaseUplift: "Repurchase uplift", cost.BasketUplift: "Basket uplift", cost.ChurnReduction: "Churn cut",
		cost.CostRatio: "Cost over revenue", cost.LiabilityRatio: "Liability over revenue", cost.ROI: "Return on cost",
		cost.ReferralCost: "Referral cost, of normal", cost.HighValueKept: "High-value retention", cost.InteractionsEach: "Interactions each",
		cost.GainDemand: "Demand", cost.GainParticipation: "Participation", cost.GainGrowth: "Growth",
	}
	return cmp.Or(known[name], strings.ReplaceAll(name, "_", " "))
}
