package cost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Event is something that happened in the business, as a replay needs it.
type Event struct {
	ID       string
	Member   string // "" is nobody's: it brings revenue and no points
	Tier     string // for the view by tier
	At       time.Time
	Revenue  decimal.Decimal // negative for a refund
	Currency string
	// Recorded is what history says the event earned, if HasRecorded; a replay of the
	// programme of the day must come to the same.
	Recorded    int64
	HasRecorded bool
	// Data is whatever the programme needs to decide: the event as the host knows it.
	Data any
}

// Programme decides one event after the other as it would have been decided live,
// and remembers what it must. It returns every movement of points the event caused,
// by itself or by the time gone by: issued, redeemed, expired, taken back.
type Programme interface {
	Replay(ctx context.Context, e Event) ([]Movement, error)
}

// Plan says how two programmes are compared.
type Plan struct {
	PerPoint  decimal.Decimal // what a point costs
	Liability decimal.Decimal // for every point outstanding, as [Flat]; zero is PerPoint
	Limit     decimal.Decimal // of cost over revenue; zero is DefaultLimit
	// Margin is the gross margin of extra revenue, above 0 and at most 1.
	Margin decimal.Decimal
	// Elasticities are how many per cent revenue rises for each percentage point more
	// of it that members get back in points: a range to be held against the break-even,
	// for nobody knows the figure. None is behaviour as it was.
	Elasticities []decimal.Decimal
	Period       calendar.Period // of cohorts: month, quarter or year; "" is month
	Zone         string          // IANA name; "" is UTC
	Currency     string
}

// Side is what one programme came to.
type Side struct {
	Issued    int64           `json:"issued"` // points, less what was taken back
	Redeemed  int64           `json:"redeemed"`
	Expired   int64           `json:"expired"`
	Cost      decimal.Decimal `json:"cost"`           // of points issued
	Ratio     decimal.Decimal `json:"ratio,omitzero"` // Cost over revenue
	Defined   bool            `json:"defined"`        // false without revenue
	Within    bool            `json:"within"`         // the limit, exactly
	Liability decimal.Decimal `json:"liability"`
}

// Outcome compares two programmes over the same events. The zero-change plan comes out
// with nothing won or lost.
type Outcome struct {
	Events  int64           `json:"events"`
	Revenue decimal.Decimal `json:"revenue"`
	Now     Side            `json:"now"`
	Planned Side            `json:"planned"`
	// Diverged counts events at which the present programme did not come to what is
	// recorded, and names the first of them. Unless it is 0 the replay is not of your
	// history, and the rest is not to be relied on.
	Diverged      int64           `json:"diverged"`
	DivergedFirst []string        `json:"diverged_first,omitempty"`
	Tiers         []TierOutcome   `json:"tiers"`
	Cohorts       []CohortOutcome `json:"cohorts"`
	ExtraCost     decimal.Decimal `json:"extra_cost"` // below 0 is a saving
	// BreakEven is the extra revenue whose margin pays the extra cost: behaviour as it
	// was, it has to come from somewhere. Zero when there is no extra cost.
	BreakEven decimal.Decimal `json:"break_even"`
	Responses []Response      `json:"responses,omitempty"`

	// History of both, for estimates that are more than flat.
	NowHistory, PlannedHistory *History `json:"-"`
}

// TierOutcome is what members of a tier win and lose.
type TierOutcome struct {
	Tier    string `json:"tier"`
	Members int64  `json:"members"`
	Winners int64  `json:"winners"` // issued more points than now
	Losers  int64  `json:"losers"`
	Now     int64  `json:"now"` // points issued
	Planned int64  `json:"planned"`
}

// CohortOutcome is the liability of one issue cohort at the end of the events.
type CohortOutcome struct {
	Cohort      string          `json:"cohort"`
	OutNow      int64           `json:"outstanding_now"`
	OutPlanned  int64           `json:"outstanding_planned"`
	CostNow     decimal.Decimal `json:"liability_now"`
	CostPlanned decimal.Decimal `json:"liability_planned"`
}

// Response is the outcome under one elasticity.
type Response struct {
	Elasticity   decimal.Decimal `json:"elasticity"`
	ExtraRevenue decimal.Decimal `json:"extra_revenue"`
	ExtraCost    decimal.Decimal `json:"extra_cost"` // with that of points on the extra revenue
	Profit       decimal.Decimal `json:"profit"`     // margin on the extra revenue less the extra cost
}

// maxReplayMembers bounds what a comparison keeps: a hundred bytes a member.
const maxReplayMembers = 50_000_000

// memberSum is one member's points under both.
type memberSum struct {
	tier         string
	now, planned int64
}

// replay is one run of two programmes.
type replay struct {
	plan     Plan
	out      Outcome
	members  map[string]memberSum
	sides    [2]*History
	programs [2]Programme
}

// Compare replays events, in order of time, under the present programme and a
// planned one. Members behave as they did; [Outcome.Responses] then says what it
// would take for them to behave otherwise. It stops at the first event that cannot
// be, or that a programme refuses, and names it.
func (p Plan) Compare(ctx context.Context, events iter.Seq2[Event, error], now, planned Programme) (Outcome, error) {
	if events == nil {
		return Outcome{}, invalid("events", "are missing")
	}
	r := replay{plan: p, members: map[string]memberSum{}, programs: [2]Programme{now, planned}}
	if err := r.start(); err != nil {
		return Outcome{}, err
	}
	var last time.Time
	for e, err := range events {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && e.At.Before(last) {
			err = invalid("at", "%s is before the event above", e.At.Format(time.RFC3339))
		}
		if err == nil {
			err = r.event(ctx, e)
		}
		if err != nil {
			return Outcome{}, fmt.Errorf("cost: event %d %s: %w", r.out.Events, quote(e.ID), err)
		}
		last = e.At
		r.out.Events++
	}
	return r.finish()
}

func (r *replay) start() error {
	var bad problems
	p := &r.plan
	checkPerPoint("per_point", p.PerPoint, &bad)
	if p.Liability.IsZero() {
		p.Liability = p.PerPoint
	}
	checkPerPoint("liability", p.Liability, &bad)
	p.Limit = orDefault(p.Limit, DefaultLimit)
	checkShare("limit", p.Limit, &bad)
	if checkShare("margin", p.Margin, &bad) == 0 {
		bad.add("margin", "is 0: no extra revenue would pay for anything")
	}
	if len(p.Elasticities) > 100 {
		bad.add("elasticities", "%d are more than 100", len(p.Elasticities))
	}
	for i, e := range p.Elasticities {
		checkMoney(fmt.Sprintf("elasticities[%d]", i), e, &bad)
	}
	if r.programs[0] == nil || r.programs[1] == nil {
		bad.add("programmes", "one is missing")
	}
	for i := range r.sides {
		h, err := NewHistory(p.Period, p.Zone)
		if err != nil {
			return errors.Join(append(bad, err)...)
		}
		r.sides[i] = h
	}
	return bad.err()
}

func (r *replay) event(ctx context.Context, e Event) error {
	var bad problems
	bad.currency("currency", e.Currency, r.plan.Currency)
	checkSigned("revenue", e.Revenue, &bad)
	checkName("tier", e.Tier, &bad)
	if len(bad) > 0 {
		return bad.err()
	}
	r.out.Revenue = r.out.Revenue.Add(e.Revenue)
	var issued [2]int64
	for i, program := range r.programs {
		moves, err := program.Replay(ctx, e)
		if err != nil {
			return fmt.Errorf("programme %s: %w", [2]string{"now", "planned"}[i], err)
		}
		for _, m := range moves {
			if err := r.sides[i].Add(m); err != nil {
				return fmt.Errorf("programme %s: %w", [2]string{"now", "planned"}[i], err)
			}
			switch m.Kind {
			case Issue:
				issued[i] += m.Points
			case Revoke:
				issued[i] -= m.Points
			}
		}
	}
	if e.HasRecorded && issued[0] != e.Recorded {
		if r.out.Diverged++; len(r.out.DivergedFirst) < 10 {
			r.out.DivergedFirst = append(r.out.DivergedFirst, e.ID)
		}
	}
	if e.Member == "" {
		return nil
	}
	sum, ok := r.members[e.Member]
	if !ok && len(r.members) >= maxReplayMembers {
		return fmt.Errorf("%w: more than %d members", ErrLimit, maxReplayMembers)
	}
	r.members[e.Member] = memberSum{tier: e.Tier, now: sum.now + issued[0], planned: sum.planned + issued[1]}
	return nil
}

func (r *replay) finish() (Outcome, error) {
	out := &r.out
	out.NowHistory, out.PlannedHistory = r.sides[0], r.sides[1]
	var cohorts [2]map[int64]cell
	for i, side := range []*Side{&out.Now, &out.Planned} {
		cohorts[i] = r.sides[i].totals()
		*side = r.side(cohorts[i])
	}
	numbers := maps.Clone(cohorts[0])
	maps.Copy(numbers, cohorts[1])
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		a, b := cohorts[0][n].outstanding(), cohorts[1][n].outstanding()
		out.Cohorts = append(out.Cohorts, CohortOutcome{Cohort: r.sides[0].name(n), OutNow: a, OutPlanned: b,
			CostNow: r.plan.Liability.Mul(decimal.NewFromInt(a)), CostPlanned: r.plan.Liability.Mul(decimal.NewFromInt(b))})
	}
	out.Tiers = r.tiers()
	out.ExtraCost = out.Planned.Cost.Sub(out.Now.Cost)
	if out.ExtraCost.IsPositive() {
		out.BreakEven = out.ExtraCost.DivRound(r.plan.Margin, 2)
	}
	if out.Now.Defined {
		for _, e := range r.plan.Elasticities {
			out.Responses = append(out.Responses, r.response(e))
		}
	}
	return *out, nil
}

func (r *replay) side(cohorts map[int64]cell) Side {
	var sum cell
	for _, c := range cohorts {
		sum = sum.plus(c)
	}
	s := Side{Issued: sum.issued, Redeemed: sum.redeemed, Expired: sum.expired,
		Cost:      r.plan.PerPoint.Mul(decimal.NewFromInt(sum.issued)),
		Liability: r.plan.Liability.Mul(decimal.NewFromInt(sum.outstanding()))}
	s.Within = s.Cost.LessThanOrEqual(r.plan.Limit.Mul(decimal.Max(r.out.Revenue, decimal.Decimal{})))
	if r.out.Revenue.IsPositive() {
		s.Ratio, s.Defined = ratio(s.Cost, r.out.Revenue), true
	}
	return s
}

// response reckons with more revenue of the same kind: its points are at the planned
// rate.
func (r *replay) response(elasticity decimal.Decimal) Response {
	revenue := r.out.Revenue
	// lift = elasticity × (planned − now) ÷ revenue
	extra := elasticity.Mul(r.out.ExtraCost)
	cost := r.out.ExtraCost.Add(extra.Mul(r.out.Planned.Cost).DivRound(revenue, 10))
	return Response{Elasticity: elasticity, ExtraRevenue: extra.Round(2), ExtraCost: cost.Round(2),
		Profit: extra.Mul(r.plan.Margin).Sub(cost).Round(2)}
}

func (r *replay) tiers() []TierOutcome {
	byTier := map[string]*TierOutcome{}
	for _, m := range r.members {
		t := byTier[m.tier]
		if t == nil {
			t = &TierOutcome{Tier: m.tier}
			byTier[m.tier] = t
		}
		t.Members++
		t.Now += m.now
		t.Planned += m.planned
		switch cmp.Compare(m.planned, m.now) {
		case 1:
			t.Winners++
		case -1:
			t.Losers++
		}
	}
	var out []TierOutcome
	for _, name := range slices.Sorted(maps.Keys(byTier)) {
		out = append(out, *byTier[name])
	}
	return out
}

// totals returns what became of each cohort, all segments together.
func (h *History) totals() map[int64]cell {
	out := map[int64]cell{}
	for _, s := range h.segments {
		for n, row := range s.cohorts {
			for _, c := range row {
				out[n] = out[n].plus(c)
			}
		}
	}
	return out
}

func (c cell) outstanding() int64 { return c.issued - c.redeemed - c.expired }
