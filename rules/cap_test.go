package rules

import (
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	march := time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		rule   string // that is tested
		limits []Limit
		use    Usage
		want   int64
		count  []Counter
	}{
		{"points are cut to what is left", []Limit{{Points: 50, Per: PerMonth}}, Usage{"rule/r/2026-03": {Points: 20}}, 30, []Counter{{"rule/r/2026-03", march}}},
		{"nothing left, nothing given", []Limit{{Points: 50, Per: PerMonth}}, Usage{"rule/r/2026-03": {Points: 50}}, 0, nil},
		{"nor when the limit was lowered since", []Limit{{Points: 50, Per: PerMonth}}, Usage{"rule/r/2026-03": {Points: 80}}, 0, nil},
		{"another month is another matter", []Limit{{Points: 50, Per: PerMonth}}, Usage{"rule/r/2026-02": {Points: 50}}, 50, []Counter{{"rule/r/2026-03", march}}},
		{"within one order", []Limit{{Points: 60, Per: PerOrder}}, nil, 60, nil},
		{"uses left", []Limit{{Uses: 2, Per: PerEver}}, Usage{"rule/r/ever": {Uses: 1}}, 100, []Counter{{Key: "rule/r/ever"}}},
		{"uses spent", []Limit{{Uses: 2, Per: PerEver}}, Usage{"rule/r/ever": {Uses: 2}}, 0, nil},
		{"the tightest holds, each period counted once", []Limit{{Points: 70, Per: PerMonth}, {Uses: 5, Per: PerMonth}, {Points: 40, Per: PerEver}},
			Usage{"rule/r/2026-03": {Points: 20, Uses: 1}}, 40, []Counter{{"rule/r/2026-03", march}, {Key: "rule/r/ever"}}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r := fixedRule("r", 100)
			r.Limits = tt.limits
			var got Award
			if awards := mustEvaluate(t, mustCompile(t, Definition{Rules: []Rule{r}}), orderOf(item("1", "1")), tt.use).Awards; len(awards) > 0 {
				got = awards[0]
			}
			if diff := diff(tt.count, got.Counters); got.Points != tt.want || diff != "" {
				t.Errorf("%d points, want %d; counters (-want +got)\n%s", got.Points, tt.want, diff)
			}
		})
	}
}

func TestPeriodsAreOfTheSetsZone(t *testing.T) {
	r := fixedRule("r", 1)
	r.Limits = []Limit{{Uses: 1, Per: PerDay}}
	ev := orderOf(item("1", "1"))
	ev.Time = time.Date(2026, time.March, 2, 20, 0, 0, 0, time.UTC) // the 3rd in Shanghai
	got := mustEvaluate(t, mustCompile(t, Definition{Zone: "Asia/Shanghai", Rules: []Rule{r}}), ev, nil).Awards[0].Counters
	want := []Counter{{"rule/r/2026-03-03", time.Date(2026, time.March, 3, 16, 0, 0, 0, time.UTC)}}
	if diff := diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCaps(t *testing.T) {
	bonus, second := fixedRule("bonus", 50), fixedRule("second", 30)
	bonus.Phase, second.Phase, second.Priority = PhaseBonus, PhaseBonus, -1
	rules := []Rule{second, bonus, multiplierRule("double", "2"), rateRule("base")} // 100, 100, 50, 30
	tests := []struct {
		rule string // that is tested
		caps []Cap
		use  Usage
		want map[string]int64
	}{
		{"bonuses are cut first, the last first", []Cap{{ID: "c", Points: 260, Per: PerMonth}}, nil, map[string]int64{"base": 100, "double": 100, "bonus": 50, "second": 10}},
		{"then multipliers", []Cap{{ID: "c", Points: 130, Per: PerMonth}}, nil, map[string]int64{"base": 100, "double": 30}},
		{"then base points", []Cap{{ID: "c", Points: 130, Per: PerMonth}}, Usage{"cap/c/2026-03": {Points: 90}}, map[string]int64{"base": 40}},
		{"a spent cap gives nothing", []Cap{{ID: "c", Points: 130, Per: PerMonth}}, Usage{"cap/c/2026-03": {Points: 130}}, map[string]int64{}},
		{"a cap on some leaves the others", []Cap{{ID: "c", Rules: []string{"base", "bonus"}, Points: 120, Per: PerOrder}}, nil, map[string]int64{"base": 100, "double": 100, "bonus": 20, "second": 30}},
		{"caps do not cut twice for each other", []Cap{
			{ID: "all", Points: 240, Per: PerOrder},
			{ID: "bonuses", Rules: []string{"bonus", "second"}, Points: 20, Per: PerOrder},
		}, nil, map[string]int64{"base": 100, "double": 100, "bonus": 20}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got := pointsByRule(t, Definition{Rules: rules, Caps: tt.caps}, orderOf(item("1", "100")), tt.use)
			if diff := diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A trimmed award falls on its lines anew.
func TestCapsTrimShares(t *testing.T) {
	set := mustCompile(t, Definition{Rules: []Rule{rateRule("base")}, Caps: []Cap{{ID: "c", Points: 50, Per: PerOrder}}})
	a := mustEvaluate(t, set, orderOf(item("1", "60"), item("2", "40")), nil).Awards[0]
	want := Award{Rule: "base", Unit: "points", Phase: PhaseBase, Points: 50, Qualifying: true, Lines: []Share{{Line: "1", Points: 30}, {Line: "2", Points: 20}}}
	if diff := diff(want, a); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCarry(t *testing.T) {
	star := Rule{ID: "star", Trigger: "order", Effect: Effect{Kind: Rate, Points: 1, Per: dec("40"), Blocks: true, Carry: true}}
	set := mustCompile(t, Definition{Rules: []Rule{star}})
	use := Usage(nil)
	var given []Award
	for _, step := range []struct {
		amount, left string
		points       int64
	}{{"79.99", "39.99", 1}, {"0.01", "0", 1}, {"30", "30", 0}} {
		awards := mustEvaluate(t, set, orderOf(item("1", step.amount)), use).Awards
		use, given = use.Add(awards), append(given, awards...)
		if got := use["carry/star"].Carry; total(awards) != step.points || !got.Equal(dec(step.left)) {
			t.Errorf("after %s: %d stars and %s left; want %d and %s", step.amount, total(awards), got, step.points, step.left)
		}
	}
	// The first order comes back: its star and the 39.99 it left, of which the
	// second has used 39.99.
	use = use.Return(given[0], given[0].Lines, true)
	if got := use["carry/star"].Carry; !got.Equal(dec("-9.99")) {
		t.Errorf("after the return %s left, want -9.99", got)
	}
	awards := mustEvaluate(t, set, orderOf(item("1", "45")), use).Awards
	use = use.Add(awards)
	if got := use["carry/star"].Carry; total(awards) != 0 || !got.Equal(dec("35.01")) {
		t.Errorf("then %d stars and %s left, want 0 and 35.01", total(awards), got)
	}
}
