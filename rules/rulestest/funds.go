package rulestest

import (
	"cmp"
	"fmt"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
)

// funds are what is left of budgets and stocks, as the law of limits counts it: points
// or pieces, or millionths of money, by key.
type funds map[string]int64

// look notes what is in those that were not seen before.
func (f funds) look(found rules.Funds) {
	for key, left := range found {
		if _, seen := f[key]; !seen {
			f[key] = max(left.Points+left.Pieces+micros(left.Money), 0)
		}
	}
}

// overspent takes what an event's awards cost out of the funds, by its own reckoning
// from the definition, and says which was not enough for them and whose they are.
func (sub *subject) overspent(left funds, ev *rules.Event, r *rules.Result) (what string, ids []string) {
	for i := range sub.def.Budgets {
		b := &sub.def.Budgets[i]
		per := calendar.Period(cmp.Or(b.Per, rules.PerEver))
		key := "budget/" + b.ID + "/" + per.Key(ev.Time, sub.set.Zone())
		for k := range r.Awards {
			a := &r.Awards[k]
			rule := sub.byID[a.Rule]
			if rule == nil || !sub.covers(b.Rules, b.Unit, rule) {
				continue
			}
			if cost := costOf(a, b); cost > 0 {
				left[key] -= cost
				ids = append(ids, a.Rule)
			}
		}
		if left[key] < 0 {
			over := fmt.Sprint(-left[key])
			if b.Points == 0 {
				over = price(money(-left[key]))
			}
			return fmt.Sprintf("the budget %q is overspent by %s", b.ID, over), ids
		}
		ids = nil
	}
	for k := range r.Awards {
		a := &r.Awards[k]
		if a.Drawn == nil || a.Points == 0 && len(a.Outcomes) == 0 { // a budget may have cut the prize
			continue
		}
		key := "stock/" + a.Rule + "/" + a.Drawn.Prize
		if _, limited := left[key]; !limited {
			continue
		}
		if left[key]--; left[key] < 0 {
			return fmt.Sprintf("prize %q of rule %q is given when none is left", a.Drawn.Prize, a.Rule), []string{a.Rule}
		}
	}
	return "", nil
}

// costOf is what an award takes out of a budget, in points or in millionths.
func costOf(a *rules.Award, b *rules.Budget) int64 {
	if b.Points > 0 {
		return a.Points
	}
	cost := a.Points*micros(b.PointCost) + commissionOf(a)
	for _, o := range a.Outcomes {
		if o.Kind != rules.OutcomeCommission {
			cost += o.Quantity * micros(o.Cost)
		}
	}
	return cost
}
