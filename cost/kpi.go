package cost

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// KPI is one figure of the programme with all that it rests on.
type KPI struct {
	Name        string          `json:"name"`
	Period      string          `json:"period"` // "2026-11"
	Numerator   decimal.Decimal `json:"numerator"`
	Denominator decimal.Decimal `json:"denominator"`
	// Value is Numerator over Denominator to ten decimals; Defined is false when the
	// denominator is 0, and the value is then none, not 0.
	Value   decimal.Decimal `json:"value,omitzero"`
	Defined bool            `json:"defined"`
	// Target and Comparator are what it is held to; no comparator is no target.
	Target     decimal.Decimal `json:"target,omitzero"`
	Comparator Comparator      `json:"comparator,omitempty"`
	// Reached is the bare comparison, exact. Status is what may be said of it.
	Reached  bool     `json:"reached"`
	Status   Status   `json:"status"`
	Evidence Evidence `json:"evidence,omitempty"` // of a comparison between groups
	Note     string   `json:"note,omitempty"`
}

// Comparator is how a value is held against its target.
type Comparator string

// The comparators. "More than 60 %" is not reached by exactly 60 %.
const (
	Above   Comparator = ">"
	AtLeast Comparator = ">="
	Below   Comparator = "<"
	AtMost  Comparator = "<="
)

// Status is what may be said of a KPI.
type Status string

// The statuses.
const (
	Met       Status = "met"
	Missed    Status = "missed"
	Undefined Status = "undefined" // nothing to divide by
	Unproven  Status = "unproven"  // reached, but on evidence that cannot carry it
	NoTarget  Status = "no target"
)

// Target is what a KPI is held to.
type Target struct {
	Comparator Comparator      `json:"comparator"`
	Value      decimal.Decimal `json:"value"`
}

// Names of the KPIs that [Counts.KPIs] computes.
const (
	EnrolmentRate     = "enrolment_rate"      // members ÷ identifiable customers
	EarnRate          = "earn_rate"           // active members who earned ÷ active members
	RedemptionRate    = "redemption_rate"     // points redeemed ÷ points issued, same period
	RepurchaseUplift  = "repurchase_uplift"   // repeat ÷ buyers, members over others, − 1
	BasketUplift      = "aov_uplift"          // revenue ÷ orders, members over others, − 1
	ChurnReduction    = "churn_reduction"     // 1 − lost ÷ at start, members over others
	CostRatio         = "cost_ratio"          // points cost ÷ revenue of the whole business
	LiabilityRatio    = "liability_ratio"     // liability ÷ the same revenue
	ROI               = "roi_ratio"           // incremental gross profit ÷ programme cost
	ReferralCost      = "referral_cost_share" // cost of a referred customer ÷ normal cost of acquisition
	HighValueKept     = "high_value_retention"
	InteractionsEach  = "interactions_per_active_member"
	GainDemand        = "gain_demand"        // new customers ÷ prospects
	GainParticipation = "gain_participation" // monthly active members ÷ members
	GainGrowth        = "gain_growth"        // repeat buyers ÷ buyers
)

// DefaultTargets returns what programmes are often held to. Trades differ widely:
// set your own.
func DefaultTargets() map[string]Target {
	t := func(c Comparator, v string) Target { return Target{c, decimal.RequireFromString(v)} }
	return map[string]Target{
		EnrolmentRate: t(Above, "0.60"), EarnRate: t(Above, "0.80"), RedemptionRate: t(Above, "0.30"),
		RepurchaseUplift: t(Above, "0.50"), BasketUplift: t(Above, "0.30"), ChurnReduction: t(Above, "0.20"),
		CostRatio: t(AtMost, DefaultLimit), ROI: t(Above, "3"), ReferralCost: t(Below, "0.50"),
		HighValueKept: t(Above, "0.85"), InteractionsEach: t(Above, "4"),
	}
}

// held fills in the value and holds the exact fraction, never the rounded value, to
// its target.
func (k KPI) held(t Target, has bool) KPI {
	if k.Denominator.IsZero() {
		k.Status = Undefined
	} else {
		k.Value, k.Defined = ratio(k.Numerator, k.Denominator), true
	}
	if !has {
		k.Status = cmp.Or(k.Status, NoTarget)
		return k
	}
	k.Target, k.Comparator = t.Value, t.Comparator
	if !k.Defined {
		return k
	}
	side := k.Numerator.Cmp(t.Value.Mul(k.Denominator)) // denominators are above 0
	switch t.Comparator {
	case Above:
		k.Reached = side > 0
	case AtLeast:
		k.Reached = side >= 0
	case Below:
		k.Reached = side < 0
	case AtMost:
		k.Reached = side <= 0
	}
	switch {
	case !k.Reached:
		k.Status = Missed
	case k.Evidence == Naive:
		k.Status, k.Note = Unproven, naiveNote
	default:
		k.Status = Met
	}
	return k
}

func checkTargets(targets map[string]Target, bad *problems) {
	if len(targets) > 1000 {
		bad.add("targets", "%d are more than 1000", len(targets))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		t := targets[name]
		path := "targets." + name
		switch t.Comparator {
		case Above, AtLeast, Below, AtMost:
		default:
			bad.add(path+".comparator", "%s is none of >, >=, <, <=", quote(string(t.Comparator)))
		}
		checkSigned(path+".value", t.Value, bad)
	}
}

// EffectKPI turns an effect into a KPI held to a target. The estimate must reach it,
// the interval must leave no effect out, and the evidence must be more than naive;
// else a target reached is unproven.
func EffectKPI(name, period string, e Effect, t Target) (KPI, error) {
	var bad problems
	checkText("name", name, MaxName, &bad)
	checkTargets(map[string]Target{name: t}, &bad)
	checkFinite("estimate", e.Estimate, &bad)
	if len(bad) > 0 {
		return KPI{}, bad.err()
	}
	k := KPI{Name: name, Period: period, Numerator: fromFloat(e.Estimate, 6), Denominator: decimal.NewFromInt(1), Evidence: e.Evidence}.held(t, true)
	if k.Status == Met && !e.Proves() {
		k.Status, k.Note = Unproven, fmt.Sprintf("the %g%% interval, %.3g to %.3g, does not leave no effect out", e.Level*100, e.Low, e.High)
	}
	return k, nil
}

// String writes the KPI in a line.
func (k KPI) String() string {
	target := ""
	if k.Comparator != "" {
		target = " (" + k.TargetText() + ")"
	}
	grade := ""
	if k.Evidence != "" {
		grade = ", " + string(k.Evidence) + " evidence"
	}
	return fmt.Sprintf("%-32s %10s%s: %s%s", k.Name, k.Text(), target, k.Status, grade)
}

// Text returns the value for people, "62.00%" or "3.20", and "undefined" when there is
// none.
func (k KPI) Text() string {
	if !k.Defined {
		return string(Undefined)
	}
	if k.times() {
		return k.Value.StringFixed(2)
	}
	return percent(k.Value)
}

// TargetText returns the target for people, "> 60%", and "" when there is none.
func (k KPI) TargetText() string {
	if k.Comparator == "" {
		return ""
	}
	if k.times() {
		return fmt.Sprintf("%s %s", k.Comparator, k.Target)
	}
	return fmt.Sprintf("%s %s%%", k.Comparator, k.Target.Shift(2))
}

// times reports whether the figure is read as so many times, not as a share.
func (k KPI) times() bool { return k.Name == ROI || k.Name == InteractionsEach }

// Table writes KPIs one a line.
func Table(kpis []KPI) string {
	var out strings.Builder
	for _, k := range kpis {
		fmt.Fprintln(&out, k)
	}
	return out.String()
}

// Composite is one figure of several KPIs with stated weights: Σ weight × value ÷ Σ
// weight. It is undefined when one of them is, and it hides more than it says; show
// its parts.
func Composite(name string, kpis []KPI, weights map[string]decimal.Decimal) (KPI, error) {
	var bad problems
	checkText("name", name, MaxName, &bad)
	out := KPI{Name: name, Status: NoTarget}
	used := 0
	for _, k := range kpis {
		w, ok := weights[k.Name]
		if !ok {
			continue
		}
		used++
		if m, reason := toMicros(w); reason != "" || m <= 0 {
			bad.add("weights."+k.Name, "%s is not above 0", cmp.Or(reason, w.String()))
			continue
		}
		if reason := tooLong(k.Value); reason != "" {
			bad.add("kpis."+k.Name, "%s", reason)
			continue
		}
		if out.Period == "" {
			out.Period = k.Period
		}
		if !k.Defined {
			out.Status = Undefined
		}
		out.Numerator, out.Denominator = out.Numerator.Add(w.Mul(k.Value)), out.Denominator.Add(w)
	}
	if used != len(weights) || used == 0 {
		bad.add("weights", "%d name no KPI given, or one twice", len(weights)-used)
	}
	if len(bad) > 0 {
		return KPI{}, bad.err()
	}
	if out.Status == Undefined {
		out.Numerator, out.Denominator = decimal.Decimal{}, decimal.Decimal{}
	}
	return out.held(Target{}, false), nil
}
