package rules

import (
	"fmt"
	"testing"
)

// Rules that are alike share what is compiled of them; those that differ do not.
func TestSharedExtras(t *testing.T) {
	nine := make([]string, fewWords+1)
	for i := range nine {
		nine[i] = fmt.Sprint("sku", i)
	}
	base := func(r *Rule) {
		r.Audience.Tiers, r.Limits = []string{"gold"}, []Limit{{Uses: 3, Per: PerMonth}}
		r.Pending.Days, r.Expiry.Months = 14, 12
		r.Lines.SKUs, r.Lines.Exclude.SKUs = nine, nine[:1]
	}
	for _, tt := range []struct {
		what   string
		change func(r *Rule)
		alike  bool
	}{
		{"nothing", func(r *Rule) {}, true},
		{"what lies in the rule itself", func(r *Rule) { r.Effect.Points, r.Name, r.Lines.MinAmount = 7, "another", dec("5") }, true},
		{"a short exclusion", func(r *Rule) { r.Lines.Exclude.SKUs = nine[1:2] }, true}, // looked up in the rule
		{"tiers", func(r *Rule) { r.Audience.Tiers = []string{"silver"} }, false},
		{"the field of a word", func(r *Rule) { r.Audience.Tiers, r.Audience.Channels = nil, []string{"gold"} }, false},
		{"words joined", func(r *Rule) { r.Audience.Tiers = []string{"go", "ld"} }, false},
		{"first order", func(r *Rule) { r.Audience.FirstOrder = true }, false},
		{"nth order", func(r *Rule) { r.Audience.NthOrder.From = 3 }, false},
		{"a limit", func(r *Rule) { r.Limits = []Limit{{Points: 3, Per: PerMonth}} }, false},
		{"its period", func(r *Rule) { r.Limits = []Limit{{Uses: 3, Per: PerYear}} }, false},
		{"pending", func(r *Rule) { r.Pending.Days = 15 }, false},
		{"expiry", func(r *Rule) { r.Expiry.Months = 13 }, false},
		{"a minimum quantity", func(r *Rule) { r.Lines.MinQuantity = dec("2") }, false},
		{"a long list", func(r *Rule) { r.Lines.SKUs = append([]string{"other"}, nine...) }, false},
		{"a long exclusion", func(r *Rule) { r.Lines.Exclude.SKUs = nine }, false},
		{"a cap", func(r *Rule) { r.ID = "capped" }, false},
		{"a condition", func(r *Rule) { r.When = Condition{Field: "order.lines", Gte: Integer(1)} }, false},
		{"what is given", func(r *Rule) {
			r.Effect = Effect{Kind: GiveOutcome, Outcome: Outcome{Kind: "coupon", Cost: dec("1")}}
		}, false},
	} {
		d := Definition{
			Rules: []Rule{fixedRule("a", 5), fixedRule("b", 5), fixedRule("spare", 5)},
			Caps:  []Cap{{ID: "c", Rules: []string{"capped"}, Points: 5, Per: PerDay}},
		}
		for i := range d.Rules {
			base(&d.Rules[i])
		}
		tt.change(&d.Rules[1])
		if d.Rules[1].ID != "capped" {
			d.Rules[2].ID = "capped" // the cap needs one
		}
		var of []*extras
		for _, r := range mustCompile(t, d).triggers["order"].rules {
			if r.id == "a" || r.id == d.Rules[1].ID {
				of = append(of, r.extras)
			}
		}
		if alike := of[0] == of[1]; alike != tt.alike {
			t.Errorf("rules that differ in %s share: %v", tt.what, alike)
		}
	}
}
