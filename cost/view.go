package cost

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

func sortedAwards(spent map[view]int64) []SpentAward {
	var out []SpentAward
	for v, points := range spent {
		out = append(out, SpentAward{Tier: v.tier, Campaign: v.campaign, Points: points})
	}
	slices.SortFunc(out, func(a, b SpentAward) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Campaign, b.Campaign))
	})
	return out
}

// View is what points cost against revenue, of a whole window or of one tier or
// campaign in it.
type View struct {
	Name    string          `json:"name"` // of the tier or campaign; "" is what has none
	Revenue decimal.Decimal `json:"revenue"`
	Cost    decimal.Decimal `json:"cost"`
	// Ratio is Cost over Revenue; Defined is false without revenue, for which there
	// is no ratio.
	Ratio   decimal.Decimal `json:"ratio,omitzero"`
	Defined bool            `json:"defined"`
	// OverLimit and OverAlarm compare exactly, not by the rounded Ratio. Cost without
	// revenue is over both, save for a campaign: most name no revenue of their own.
	OverLimit bool `json:"over_limit,omitempty"`
	OverAlarm bool `json:"over_alarm,omitempty"`
}

// Standing is where a budget stands in its window.
type Standing struct {
	Window    calendar.Window `json:"window"`
	Total     View            `json:"total"`
	Open      decimal.Decimal `json:"open"` // reserved and leased
	Cap       decimal.Decimal `json:"cap"`
	Headroom  decimal.Decimal `json:"headroom"` // below zero when refunds have passed the cap
	Alarm     bool            `json:"alarm"`
	Tiers     []View          `json:"tiers,omitempty"`     // the dearest first
	Campaigns []View          `json:"campaigns,omitempty"` // the dearest first
}

// Standing reports the window at t, in total and by tier and campaign. The views
// are for people: only the total is held to the limit. A tier with a high
// multiplier may cost more than the limit while the whole stays below it.
func (g *Gate) Standing(b *Book, t time.Time) (Standing, error) {
	if err := g.turn(b, t); err != nil {
		return Standing{}, err
	}
	m := &b.memo
	top := g.cap(m.revenue)
	today := m.today.Date.Start(g.values.loc)
	return Standing{
		Window: g.Window(today), Total: g.view("", tally{Revenue: m.revenue, Cost: m.cost}),
		Open: m.open.decimal(), Cap: top.decimal(), Headroom: (top - m.cost - m.open).decimal(), Alarm: b.alarm,
		Tiers:     g.views(b, false, func(d *day) map[string]*tally { return d.Tiers }),
		Campaigns: g.views(b, true, func(d *day) map[string]*tally { return d.Campaigns }),
	}, nil
}

func (g *Gate) views(b *Book, attributed bool, of func(*day) map[string]*tally) []View {
	sums := map[string]tally{}
	for _, d := range b.days {
		for name, t := range of(d) {
			s := sums[name]
			s.Revenue += t.Revenue
			s.Cost += t.Cost
			sums[name] = s
		}
	}
	var out []View
	for name, t := range sums {
		v := g.view(name, t)
		if !v.Defined && attributed {
			v.OverLimit, v.OverAlarm = false, false
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b View) int { return cmp.Or(b.Cost.Cmp(a.Cost), cmp.Compare(a.Name, b.Name)) })
	return out
}

func (g *Gate) view(name string, t tally) View {
	v := View{Name: name, Revenue: t.Revenue.decimal(), Cost: t.Cost.decimal(),
		OverLimit: above(g.limit, t), OverAlarm: above(g.on, t)}
	if t.Revenue > 0 {
		v.Ratio, v.Defined = ratio(v.Cost, v.Revenue), true
	}
	return v
}

// above reports whether cost is more than a share of revenue. Without revenue any
// cost is.
func above(limit micros, t tally) bool { return t.Cost > share(limit, max(t.Revenue, 0)) }

// Alarm brings the alarm up to date and reports whether it is on and whether that
// has just changed, which is when to tell somebody. It goes on above
// [Budget.Alarm] and off at or below [Budget.Clear], so that a ratio that swings
// around one figure does not ring with each order.
func (g *Gate) Alarm(b *Book, t time.Time) (on, changed bool, err error) {
	if err := g.turn(b, t); err != nil {
		return b.alarm, false, err
	}
	limit := g.on
	if b.alarm {
		limit = g.off
	}
	on = above(limit, tally{Revenue: b.memo.revenue, Cost: b.memo.cost - g.floor})
	changed = on != b.alarm
	b.alarm = on
	return on, changed, nil
}

// String writes the standing as a small table.
func (s Standing) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-24s %16s %14s %9s\n", "", "revenue", "points cost", "ratio")
	row := func(name string, v View) {
		r := "undefined"
		if v.Defined {
			r = percent(v.Ratio)
		}
		mark := ""
		switch {
		case v.OverAlarm:
			mark = "  over alarm"
		case v.OverLimit:
			mark = "  over limit"
		}
		fmt.Fprintf(&out, "%-24s %16s %14s %9s%s\n", name, money(v.Revenue), money(v.Cost), r, mark)
	}
	row("total", s.Total)
	for _, v := range s.Tiers {
		row("tier "+cmp.Or(v.Name, "(none)"), v)
	}
	for _, v := range s.Campaigns {
		row("campaign "+cmp.Or(v.Name, "(none)"), v)
	}
	fmt.Fprintf(&out, "cap %s, open %s, headroom %s\n", money(s.Cap), money(s.Open), money(s.Headroom))
	return out.String()
}

// percent writes a share with two decimals.
func percent(d decimal.Decimal) string { return d.Shift(2).StringFixed(2) + "%" }
