package rules

import (
	"testing"

	"pgregory.net/rapid"
)

// TestCutsWithoutTrace: what was cut off is told without a trace, once for whatever took it, also of a rule that is left nothing.
func TestCutsWithoutTrace(t *testing.T) {
	bonus := fixedRule("bonus", 30)
	bonus.Limits = []Limit{{Points: 20, Per: PerDay}}
	d := Definition{
		Rules:   []Rule{rateRule("base"), bonus},
		Caps:    []Cap{{ID: "monthly", Points: 90, Per: PerMonth}},
		Budgets: []Budget{{ID: "launch", Rules: []string{"base"}, Points: 1000}},
	}
	set := mustCompile(t, d)
	opt := Options{Funds: Funds{"budget/launch/ever": {Points: 60}}}
	got, err := set.Evaluate(orderOf(item("1", "100")), nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	want := []AwardCut{
		{"bonus", "points", Cut{Limit: 20, Per: PerDay, Points: 10}},
		{"base", "points", Cut{Cap: "monthly", Limit: 90, Per: PerMonth, Points: 10}},
		{"bonus", "points", Cut{Cap: "monthly", Limit: 90, Per: PerMonth, Points: 20}},
		{"base", "points", Cut{Budget: "launch", Points: 30}},
	}
	if diff := diff(want, got.Cuts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	text := `"base" gave 60 points, all on line 1; the cap "monthly" of 90 per month took off 10; the budget "launch" took off 30.
"bonus" gave nothing; its limit of 20 per day took off 10; the cap "monthly" of 90 per month took off 20.
`
	if got.Explain() != text {
		t.Errorf("got\n%s\nwant\n%s", got.Explain(), text)
	}
	opt.Funds["budget/launch/ever"] = Fund{Points: 1000}
	if got, err := set.Evaluate(orderOf(item("1", "50")), nil, opt); err != nil || len(got.Cuts) != 1 {
		t.Errorf("%+v, %v", got.Cuts, err)
	}
}

// What is told of cuts is what the trace tells, and is told without one.
func TestLaw_CutsAreThoseOfTheTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		traced := d.evaluate(t)
		byRule := map[string][]Cut{}
		for _, c := range traced.Cuts {
			byRule[c.Rule] = append(byRule[c.Rule], c.Cut)
		}
		for _, tr := range traced.Trace {
			if diff := diff(tr.Cuts, byRule[tr.Rule]); diff != "" {
				t.Fatalf("%s (-trace +cuts)\n%s", tr.Rule, diff)
			}
			delete(byRule, tr.Rule)
		}
		if len(byRule) > 0 {
			t.Fatalf("cut without a trace: %v", byRule)
		}
		opt := d.opt
		opt.Trace, opt.TraceAll = false, false
		bare, err := d.set.Evaluate(d.event, d.use, opt)
		if err != nil {
			t.Fatal(err)
		}
		if diff := diff(traced.Cuts, bare.Cuts); diff != "" {
			t.Fatalf("(-traced +not)\n%s", diff)
		}
	})
}
