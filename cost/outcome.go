package cost

import (
	"cmp"
	"fmt"
	"strings"
)

// String writes the outcome as small tables.
func (o Outcome) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d events, revenue %s\n%-18s %14s %14s\n", o.Events, money(o.Revenue), "", "now", "planned")
	side := func(name, a, b string) { fmt.Fprintf(&out, "%-18s %14s %14s\n", name, a, b) }
	side("points issued", fmt.Sprint(o.Now.Issued), fmt.Sprint(o.Planned.Issued))
	side("points cost", money(o.Now.Cost), money(o.Planned.Cost))
	side("cost ratio", o.Now.ratio(), o.Planned.ratio())
	side("liability", money(o.Now.Liability), money(o.Planned.Liability))
	for _, c := range o.Cohorts {
		side("  issued "+c.Cohort, money(c.CostNow), money(c.CostPlanned))
	}
	for _, t := range o.Tiers {
		fmt.Fprintf(&out, "tier %s: %d members, %d win, %d lose, %d to %d points\n", cmp.Or(t.Tier, "(none)"), t.Members, t.Winners, t.Losers, t.Now, t.Planned)
	}
	fmt.Fprintf(&out, "extra cost %s, paid by extra revenue of %s\n", money(o.ExtraCost), money(o.BreakEven))
	for _, r := range o.Responses {
		fmt.Fprintf(&out, "elasticity %s: revenue %s, cost %s, profit %s\n", r.Elasticity, money(r.ExtraRevenue), money(r.ExtraCost), money(r.Profit))
	}
	if o.Diverged > 0 {
		fmt.Fprintf(&out, "%d events did not come to what is recorded: %s\n", o.Diverged, strings.Join(o.DivergedFirst, ", "))
	}
	return out.String()
}

func (s Side) ratio() string {
	switch {
	case !s.Defined:
		return "undefined"
	case !s.Within:
		return percent(s.Ratio) + " !"
	}
	return percent(s.Ratio)
}
