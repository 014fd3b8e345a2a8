package loyalty

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// Definition is a whole loyalty programme as one value.
type Definition struct {
	Name string `json:"name,omitempty"`
	// Zone is the IANA name of the time zone in which the programme counts days, months and
	// tier periods; "" is UTC. Rules and Tiers may leave theirs empty.
	Zone string `json:"zone,omitempty"`
	// Unit is what members collect and spend, and what tiers count; "" is "points".
	Unit string `json:"unit,omitempty"`
	// PointValue is what one point is worth, in money; zero is "not said".
	PointValue decimal.Decimal `json:"point_value,omitzero"`
	// Rules say what earns points.
	Rules rules.Definition `json:"rules"`
	// Tiers are the ladder; none is a programme without. A tier's Multiplier accelerates the
	// base points of orders, in compound with any other multiplier.
	Tiers tier.Definition `json:"tiers,omitzero"`
	// Referral says when bringing other members is rewarded; nil is never.
	Referral *Referral `json:"referral,omitempty"`
	// Validity is how long earned points last, from the day they were earned; zero is for ever.
	Validity calendar.Validity `json:"validity,omitzero"`
	// Inactivity, in place of Validity, lets points expire when the member has done nothing for so long; nil is never.
	Inactivity *Inactivity `json:"inactivity,omitempty"`
	// Clawback is what happens when points of a returned order have been spent; "" is ledger.Debt.
	Clawback ledger.Policy `json:"clawback,omitempty"`
	// Grace is how long spent points last that a refund gives back after their own
	// expiry; zero is 30 days.
	Grace calendar.Validity `json:"grace,omitzero"`
	// LateDays is how many days old an event may be when it arrives; 0 is 31.
	LateDays int `json:"late_days,omitempty"`
	// OpenEnrolment makes a member of whoever an event comes from. Otherwise events before
	// the sign-up are ErrUnknownMember.
	OpenEnrolment bool `json:"open_enrolment,omitempty"`
}

const (
	defaultLateDays = 31
	maxLateDays     = 3660
	// ahead is how far in the future an event may lie: the clocks of two machines differ.
	ahead = 5 * time.Minute
)

// programme is a compiled Definition: all that a decision goes by.
type programme struct {
	def    Definition
	zone   *time.Location
	rules  *rules.Set
	ladder *tier.Ladder // nil without tiers
	// spends is whether rules draw on budgets or stocks, draws whether they draw prizes.
	spends, draws  bool
	late           time.Duration
	compileOptions []rules.CompileOption
	secret         []byte // of draws
	// reviewer is Config.Review: as the definition, a part of every decision.
	reviewer Reviewer
}

// TierRule is the id under which a tier's acceleration appears among the awards.
func TierRule(tierID string) string { return "tier/" + tierID }

func compile(def Definition, secret []byte, opts ...rules.CompileOption) (*programme, error) {
	p := &programme{def: def, compileOptions: opts, secret: secret}
	var errs []error
	fault := func(err error) { errs = append(errs, err) }

	zone, err := time.LoadLocation(def.Zone)
	if err != nil {
		fault(invalid("zone", "%.80q is not a time zone this machine knows", def.Zone))
		zone = time.UTC
	}
	p.zone = zone
	if p.def.Unit == "" {
		p.def.Unit = ledger.DefaultUnit
	}
	if def.PointValue.Sign() < 0 {
		fault(invalid("point_value", "is negative"))
	}
	for field, v := range map[string]calendar.Validity{"validity": def.Validity, "grace": def.Grace} {
		if err := v.Validate(); err != nil {
			fault(invalid(field, "%v", err))
		}
	}
	if def.Grace.IsZero() {
		p.def.Grace = calendar.Validity{Days: 30}
	}
	switch def.Clawback {
	case "", ledger.Debt, ledger.Clamp, ledger.Reject:
	default:
		fault(invalid("clawback", "%.40q is none of debt, clamp, reject", string(def.Clawback)))
	}
	switch {
	case def.LateDays < 0 || def.LateDays > maxLateDays:
		fault(invalid("late_days", "%d is outside 0 to %d", def.LateDays, maxLateDays))
	case def.LateDays == 0:
		p.def.LateDays = defaultLateDays
	}
	p.late = time.Duration(p.def.LateDays) * 24 * time.Hour
	errs = append(errs, p.checkInactivity()...)
	errs = append(errs, def.Referral.validate(), p.compileTiers(), p.compileRules())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *programme) compileTiers() error {
	if len(p.def.Tiers.Tiers) == 0 {
		return nil
	}
	zone, err := p.sameZone("tiers.zone", p.def.Tiers.Zone)
	p.def.Tiers.Zone = zone
	ladder, bad := tier.Compile(p.def.Tiers)
	if bad != nil {
		bad = fmt.Errorf("tiers: %w", bad)
	}
	p.ladder = ladder
	return errors.Join(err, bad)
}

// compileRules compiles the host's rules together with one for each tier that
// accelerates, so that acceleration is awarded, capped, explained and returned like anything else.
func (p *programme) compileRules() error {
	def := p.def.Rules
	zone, err := p.sameZone("rules.zone", def.Zone)
	def.Zone = zone
	if def.Unit == "" {
		def.Unit = p.def.Unit
	}
	def.Rules = append([]rules.Rule{}, def.Rules...)
	if p.ladder != nil {
		for _, t := range p.ladder.Tiers() {
			if t.Multiplier.LessThanOrEqual(decimal.NewFromInt(1)) {
				continue
			}
			def.Rules = append(def.Rules, rules.Rule{
				ID: TierRule(t.ID), Name: t.Name, Trigger: TypeOrder, Unit: p.def.Unit, Group: tierGroup,
				Audience: rules.Audience{Tiers: []string{t.ID}},
				Effect:   rules.Effect{Kind: rules.Multiplier, Factor: t.Multiplier},
			})
		}
	}
	set, bad := rules.Compile(def, p.compileOptions...)
	p.rules = set
	if bad == nil {
		bad = errors.Join(p.checkTerms(def.Rules), p.checkFunds(def))
	}
	return errors.Join(err, bad)
}

// checkFunds looks at what budgets and draws ask of the programme.
func (p *programme) checkFunds(def rules.Definition) error {
	var errs []error
	p.spends, p.draws = len(def.Budgets) > 0, false
	for i := range def.Rules {
		d := def.Rules[i].Effect.Draw
		if d == nil {
			continue
		}
		p.draws = true
		p.spends = p.spends || slices.ContainsFunc(d.Prizes, func(p rules.Prize) bool { return p.Stock > 0 })
	}
	if p.draws && len(p.secret) < rules.MinSecret {
		errs = append(errs, invalid("secret", "has %d bytes, draws need at least %d", len(p.secret), rules.MinSecret))
	}
	if p.spends && (p.def.Unit == BudgetUnit || slices.Contains(p.rules.Units(), BudgetUnit)) {
		errs = append(errs, invalid("unit", "%q is what budgets are kept in", BudgetUnit))
	}
	return errors.Join(errs...)
}

// checkTerms refuses points that would expire before they are active. Months and years are of
// different lengths, so every day of four years is tried.
func (p *programme) checkTerms(list []rules.Rule) error {
	type terms struct {
		pending rules.Pending
		expiry  rules.Expiry
	}
	const days = 4*365 + 1
	seen := map[terms]bool{}
	var errs []error
	for i := range list {
		r := &list[i]
		key := terms{r.Pending, r.Expiry}
		key.pending.Await = ""
		if key.pending == (rules.Pending{}) || r.Expiry.Never || seen[key] {
			continue
		}
		seen[key] = true
		v := calendar.Validity{Days: r.Expiry.Days, Months: r.Expiry.Months, EndOf: r.Expiry.EndOf}
		if v.IsZero() {
			v = p.def.Validity
			if in := p.def.Inactivity; in != nil {
				v = in.After
			}
		}
		for day := range days {
			d := calendar.Date{Year: 2025, Month: time.January, Day: 1}.AddDays(day)
			active := d.AddMonths(r.Pending.Months).AddDays(r.Pending.Days).Start(p.zone)
			if expires := v.Until(d.Start(p.zone), p.zone); !expires.IsZero() && !expires.After(active) {
				errs = append(errs, invalid(fmt.Sprintf("rules.rules[%d].pending", i), "points of %s would expire before they are active", d))
				break
			}
		}
	}
	return errors.Join(errs...)
}

// tierGroup keeps acceleration apart from the host's stacking groups.
const tierGroup = "tier"

func (p *programme) sameZone(field, zone string) (string, error) {
	if zone == "" || zone == p.def.Zone {
		return p.def.Zone, nil
	}
	return zone, invalid(field, "is %q, but the programme's is %q: leave it empty", zone, p.def.Zone)
}

// units are all the units the programme's books hold.
func (p *programme) units() []string {
	units := []string{p.def.Unit}
	for _, u := range p.rules.Units() {
		if u != p.def.Unit {
			units = append(units, u)
		}
	}
	if p.spends {
		units = append(units, BudgetUnit)
	}
	return units
}
