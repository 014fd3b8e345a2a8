package cost

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// What a Budget says when a field is left zero.
const (
	DefaultLimit = "0.03" // points cost may be 3 % of revenue
	DefaultAlarm = "0.05" // above 5 % a person should look
)

// Limits of a Budget and its Book.
const (
	MaxRollingDays = 400
	MaxViews       = 1000   // tiers, and campaigns, seen on one day
	MaxOpen        = 10_000 // reservations, and leases, open at once
)

// Budget ties what points may cost to revenue: cost ≤ Limit × revenue + Floor,
// in a window. The zero value of every field but Values works.
type Budget struct {
	// Values is what a point costs, dated; its zone is the budget's, and its
	// currency the only one the gate takes.
	Values ValueTable `json:"values"`
	// Limit is the share of revenue that awards may cost, within 0 and 1; zero is
	// DefaultLimit. A share of exactly Limit passes.
	Limit decimal.Decimal `json:"limit,omitzero"`
	// Alarm is the share above which, with Floor left aside, the alarm goes on; zero
	// is DefaultAlarm. Awards
	// alone never take the cost there: refunds, forced awards and a higher value do.
	Alarm decimal.Decimal `json:"alarm,omitzero"`
	// Clear is the share at or below which the alarm goes off again, at most Alarm;
	// zero is the smaller of Limit and Alarm.
	Clear decimal.Decimal `json:"clear,omitzero"`
	// Floor is money that awards may cost in a window whatever the revenue: for
	// sign-ups and reviews before the first sale of the month. Zero is none.
	Floor decimal.Decimal `json:"floor,omitzero"`
	// Period is the window: day, week, month, quarter or year; "" is month.
	Period calendar.Period `json:"period,omitempty"`
	// RollingDays, if not 0, is the window instead of Period: today and the civil
	// days before it, this many together.
	RollingDays int `json:"rolling_days,omitempty"`
	// Trim grants what the headroom still pays for; without it an award that does
	// not fit is refused whole.
	Trim bool `json:"trim,omitempty"`
}

// Gate is a checked Budget. It decides; a [Book] remembers. It is immutable and
// safe for concurrent use.
type Gate struct {
	values         *Values
	limit, on, off micros
	floor          micros
	period         calendar.Period
	rolling        int
	trim           bool
}

// NewGate checks a budget. The error joins one [*InvalidError] per problem.
func NewGate(b Budget) (*Gate, error) {
	var bad problems
	g := &Gate{values: compileValues("values.", b.Values, &bad), period: b.Period, rolling: b.RollingDays, trim: b.Trim}
	g.limit = checkShare("limit", orDefault(b.Limit, DefaultLimit), &bad)
	g.on = checkShare("alarm", orDefault(b.Alarm, DefaultAlarm), &bad)
	g.floor = checkMoney("floor", b.Floor, &bad)
	g.off = min(g.limit, g.on)
	if !b.Clear.IsZero() {
		if g.off = checkShare("clear", b.Clear, &bad); g.off > g.on {
			bad.add("clear", "%s is above the alarm at %s", b.Clear, g.on.decimal())
		}
	}
	if g.period == "" {
		g.period = calendar.Month
	}
	switch {
	case !g.period.Valid() || g.period == calendar.Ever:
		bad.add("period", "%s is none of day, week, month, quarter, year", quote(string(g.period)))
	case b.RollingDays != 0 && b.Period != "":
		bad.add("rolling_days", "a window is a period or rolling, not both")
	case b.RollingDays < 0 || b.RollingDays > MaxRollingDays:
		bad.add("rolling_days", "%d is not within 1 and %d", b.RollingDays, MaxRollingDays)
	}
	if len(bad) > 0 {
		return nil, bad.err()
	}
	return g, nil
}

func orDefault(d decimal.Decimal, text string) decimal.Decimal {
	if d.IsZero() {
		return decimal.RequireFromString(text)
	}
	return d
}

// Values returns what a point costs under this gate.
func (g *Gate) Values() *Values { return g.values }

// Budget returns the budget with every default filled in.
func (g *Gate) Budget() Budget {
	b := Budget{Values: g.values.Table(), Limit: g.limit.decimal(), Alarm: g.on.decimal(), Clear: g.off.decimal(),
		Floor: g.floor.decimal(), Period: g.period, RollingDays: g.rolling, Trim: g.trim}
	if g.rolling > 0 {
		b.Period = ""
	}
	return b
}

// Window returns the window of awards at t.
func (g *Gate) Window(t time.Time) calendar.Window {
	if g.rolling == 0 {
		return g.period.Window(t, g.values.loc)
	}
	today := calendar.DateOf(t, g.values.loc)
	return calendar.Window{
		From:  today.AddDays(1 - g.rolling).Start(g.values.loc),
		Until: today.AddDays(1).Start(g.values.loc),
	}
}

// cap is what awards may cost on this revenue.
func (g *Gate) cap(revenue micros) micros { return share(g.limit, max(revenue, 0)) + g.floor }

// Verdict is what the gate says of an award.
type Verdict string

// The verdicts.
const (
	Allow  Verdict = "allow"  // all of it
	Trim   Verdict = "trim"   // a part: what the headroom pays for
	Refuse Verdict = "refuse" // nothing
)

// Decision is the gate's answer with the numbers it rests on. The money is that
// of the window before the award.
type Decision struct {
	Verdict  Verdict
	Asked    int64 // points
	Granted  int64 // points: Asked, fewer, or 0
	Headroom int64 // points that would still have fitted
	Version  int   // of the value of a point
	Replayed bool  // the same request was granted before and is still open

	perPoint, revenue, cost, open, cap micros
}

// PerPoint returns what a point costs.
func (d Decision) PerPoint() decimal.Decimal { return d.perPoint.decimal() }

// Revenue returns the window's sales less its refunds; it may be negative.
func (d Decision) Revenue() decimal.Decimal { return d.revenue.decimal() }

// Cost returns the points cost of the window, without what is open.
func (d Decision) Cost() decimal.Decimal { return d.cost.decimal() }

// Open returns what reservations and leases hold.
func (d Decision) Open() decimal.Decimal { return d.open.decimal() }

// Cap returns the most that cost and open may come to.
func (d Decision) Cap() decimal.Decimal { return d.cap.decimal() }

// MarshalJSON writes the decision with all its numbers, for a log or an auditor.
func (d Decision) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Verdict  Verdict `json:"verdict"`
		Asked    int64   `json:"asked"`
		Granted  int64   `json:"granted"`
		Headroom int64   `json:"headroom"`
		Version  int     `json:"version"`
		Replayed bool    `json:"replayed,omitempty"`
		PerPoint micros  `json:"per_point"`
		Revenue  micros  `json:"revenue"`
		Cost     micros  `json:"cost"`
		Open     micros  `json:"open"`
		Cap      micros  `json:"cap"`
	}{d.Verdict, d.Asked, d.Granted, d.Headroom, d.Version, d.Replayed, d.perPoint, d.revenue, d.cost, d.open, d.cap})
}

// String tells the decision in a line.
func (d Decision) String() string {
	return fmt.Sprintf("%s %d of %d points: cost %s + open %s, cap %s on revenue %s, headroom %d points at %s (value %d)",
		d.Verdict, d.Granted, d.Asked, d.cost, d.open, d.cap, d.revenue, d.Headroom, d.perPoint.decimal(), d.Version)
}

// answer is the whole rule. Everything else is bookkeeping.
func (g *Gate) answer(asked int64, m *memo) Decision {
	d := Decision{Verdict: Allow, Asked: asked, Granted: asked, Version: m.version,
		perPoint: m.perPoint, revenue: m.revenue, cost: m.cost, open: m.open, cap: g.cap(m.revenue)}
	if room := d.cap - d.cost - d.open; room > 0 {
		d.Headroom = int64(room / d.perPoint)
	}
	return d.fit(g.trim)
}

// fit sets the verdict by the headroom.
func (d Decision) fit(trim bool) Decision {
	switch {
	case d.Asked <= d.Headroom || d.Asked == 0:
	case trim && d.Headroom > 0:
		d.Verdict, d.Granted = Trim, d.Headroom
	default:
		d.Verdict, d.Granted = Refuse, 0
	}
	return d
}
