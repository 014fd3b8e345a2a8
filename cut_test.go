package loyalty_test

import (
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
)

// TestCuts: the result tells what limits, caps and budgets took off, without a quote's trace, for the inviter too, and again
// when the event is sent again. Where nothing was cut there is nothing to tell.
func TestCuts(t *testing.T) {
	month := rules.Per(calendar.Month)
	def := friends(loyalty.Referral{})
	for i := range def.Rules.Rules {
		if r := &def.Rules.Rules[i]; r.ID == "share" { // 1 for 10, to the inviter
			r.Limits = []rules.Limit{{Points: 15, Per: month}}
		}
	}
	def.Rules.Budgets = []rules.Budget{{ID: "guests", Rules: []string{"guest"}, Points: 70}}
	w := newWorld(t, def)
	w.join("ann", "")
	w.join("ben", "ann")
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: "ben", Order: oneLine("o", "200", 1)}
	r := w.process(e)
	w.equal("ben's", []rules.AwardCut{{Rule: "guest", Unit: "points", Cut: rules.Cut{Budget: "guests", Points: 30}}}, r.Cuts)
	w.equal("ann's", []rules.AwardCut{{Rule: "share", Unit: "points", Cut: rules.Cut{Limit: 15, Per: month, Points: 5}}}, r.Referral.Cuts)
	w.equal("sent again", r, w.process(e), cmpopts.IgnoreFields(loyalty.Result{}, "Replayed"))
	contains(t, r.Explain(), `"guest" gave 70 points, all on line 1; the budget "guests" took off 30.`, `its limit of 15 per month took off 5.`)

	if r := w.buy("ann", "small", "10"); r.Cuts != nil {
		t.Errorf("nothing was cut, but %+v", r.Cuts)
	}
	r = w.buy("ann", "large", "100") // of 900 a month she has had 500 + 300 + 15 + 12, being silver by now
	w.equal("by the cap", []rules.AwardCut{
		{Rule: "base", Unit: "points", Cut: rules.Cut{Cap: "monthly", Limit: 900, Per: month, Points: 100 - 73}},
	}, r.Cuts[:1])
	w.equal("earned", int64(73), r.Earned("points"))
	contains(t, r.Explain(), `"big" gave nothing; the cap "monthly" of 900 per month took off 25.`)
}
