package rules

import (
	"testing"
)

func TestStacking(t *testing.T) {
	in := func(r Rule, group string, priority int) Rule {
		r.Group, r.Priority = group, priority
		return r
	}
	on := func(r Rule, sku string) Rule {
		r.Lines.SKUs = []string{sku}
		return r
	}
	up := multiplierRule("up", "1.5")
	up.Effect.Round, up.Priority = RoundHalfUp, 1
	alone := multiplierRule("alone", "4")
	alone.Exclusive = true
	tests := []struct {
		rule   string // that is tested
		groups map[string]StackMode
		rules  []Rule
		want   map[string]int64 // beyond the base of 10 on line a and 9 on line b
	}{
		{"compound: the product is rounded once", nil,
			[]Rule{multiplierRule("m", "1.5"), multiplierRule("n", "2")}, map[string]int64{"m": 9, "n": 29}}, // ⌊28.5⌋, 57
		{"the first multiplier's rounding holds", nil,
			[]Rule{up, multiplierRule("n", "1.1")}, map[string]int64{"up": 10, "n": 2}}, // 28.5 → 29, 31.35 → 31
		{"additive: each adds what it exceeds 1 by", map[string]StackMode{"g": StackAdditive},
			[]Rule{in(multiplierRule("m", "2"), "g", 0), in(multiplierRule("n", "3"), "g", 0)}, map[string]int64{"m": 19, "n": 38}}, // ×4
		{"groups multiply each other", map[string]StackMode{"g": StackAdditive},
			[]Rule{in(multiplierRule("m", "2"), "g", 0), in(multiplierRule("n", "3"), "g", 0), multiplierRule("x", "2")},
			map[string]int64{"m": 19, "n": 38, "x": 76}}, // ×4×2
		{"highest: the largest alone", map[string]StackMode{"g": StackHighest},
			[]Rule{in(multiplierRule("m", "2"), "g", 9), in(multiplierRule("n", "3"), "g", 0)}, map[string]int64{"n": 38}},
		{"first: that of highest priority alone", map[string]StackMode{"g": StackFirst},
			[]Rule{in(multiplierRule("m", "2"), "g", 9), in(multiplierRule("n", "3"), "g", 0)}, map[string]int64{"m": 19}},
		{"highest goes line by line", map[string]StackMode{"g": StackHighest},
			[]Rule{in(multiplierRule("m", "2"), "g", 0), on(in(multiplierRule("n", "3"), "g", 0), "a")}, map[string]int64{"m": 9, "n": 20}},
		{"lines have their own product, the sum one rounding", nil,
			[]Rule{multiplierRule("m", "1.5"), on(multiplierRule("n", "1.5"), "b")}, map[string]int64{"m": 9, "n": 7}}, // 28.5; 15 + 20.25 = 35.25
		{"an exclusive multiplier stands alone", nil,
			[]Rule{multiplierRule("m", "2"), alone}, map[string]int64{"alone": 57}},
		{"factor 1 adds nothing", nil, []Rule{multiplierRule("m", "1")}, map[string]int64{}},
		{"of another unit nothing is multiplied", nil,
			[]Rule{{ID: "m", Trigger: "order", Unit: "stars", Effect: Effect{Kind: Multiplier, Factor: dec("2")}}}, map[string]int64{}},
	}
	a, b := item("1", "10"), item("2", "9")
	a.SKU, b.SKU = "a", "b"
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got := pointsByRule(t, Definition{Groups: tt.groups, Rules: append(tt.rules, rateRule("base"))}, orderOf(a, b), nil)
			tt.want["base"] = 19
			if diff := diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What a multiplier adds falls on the lines that made it.
func TestMultiplierShares(t *testing.T) {
	a, b := item("1", "100"), item("2", "100")
	a.SKU = "a"
	shoes := multiplierRule("shoes", "2")
	shoes.Priority, shoes.Lines.SKUs = 1, []string{"a"}
	r := mustEvaluate(t, mustCompile(t, Definition{Rules: []Rule{rateRule("base"), shoes, multiplierRule("triple", "3")}}), orderOf(a, b), nil)
	want := []Share{{Line: "1", Points: 400}, {Line: "2", Points: 200}} // 200 → 600, 100 → 300
	if diff := diff(want, r.Awards[2].Lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPhases(t *testing.T) {
	bonus := fixedRule("bonus", 50)
	bonus.Phase = PhaseBonus
	got := pointsByRule(t, Definition{Rules: []Rule{bonus, multiplierRule("double", "2"), rateRule("base")}}, orderOf(item("1", "30")), nil)
	if diff := diff(map[string]int64{"base": 30, "double": 30, "bonus": 50}, got); diff != "" {
		t.Errorf("bonuses are not multiplied (-want +got)\n%s", diff)
	}
}

func TestWithoutAnOrder(t *testing.T) {
	rules := []Rule{fixedRule("welcome", 100), multiplierRule("double", "2"), rateRule("rate")}
	rules = append(rules, rules[0], rules[1])
	rules[3].ID, rules[3].Lines.MinAmount = "min", dec("0.01")
	rules[4].ID, rules[4].Lines.SKUs = "lines", []string{"a"}
	ev := orderOf(item("1", "1"))
	ev.Order = nil
	set := mustCompile(t, Definition{Rules: rules, Caps: []Cap{{ID: "c", Points: 150, Per: PerOrder}}})
	r := mustEvaluate(t, set, ev, nil)
	want := []Award{
		{Rule: "welcome", Unit: "points", Phase: PhaseBase, Points: 100, Qualifying: true},
		{Rule: "double", Unit: "points", Phase: PhaseMultiplier, Points: 50, Qualifying: true},
	}
	if diff := diff(want, r.Awards); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, tr := range r.Trace {
		if !tr.Matched && tr.Failed != FailedOrder {
			t.Errorf("%s failed by %s, want order", tr.Rule, tr.Failed)
		}
	}
}

func TestExclusive(t *testing.T) {
	exclusive := func(id string, points int64, priority int) Rule {
		r := fixedRule(id, points)
		r.Exclusive, r.Priority = true, priority
		return r
	}
	stars := fixedRule("stars", 3)
	stars.Unit = "stars"
	bonus := fixedRule("bonus", 5)
	bonus.Phase = PhaseBonus
	weak := exclusive("weak", 1000, 9)
	weak.Audience.Tiers = []string{"gold"}
	rules := []Rule{rateRule("base"), exclusive("ten", 10, 1), exclusive("also", 20, 1), exclusive("low", 30, 0), stars, bonus, weak}
	got := pointsByRule(t, Definition{Rules: rules}, orderOf(item("1", "100")), nil)
	want := map[string]int64{"also": 20, "stars": 3, "bonus": 5} // equal priorities go by ID; one that does not match rules nothing out
	if diff := diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
