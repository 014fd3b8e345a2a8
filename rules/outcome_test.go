package rules

import (
	"testing"
)

func TestCommission(t *testing.T) {
	tests := []struct {
		rule   string // that is tested
		effect Effect
		want   string
		lines  map[string]string
	}{
		{"a part of what is paid, rounded down to the cent", Effect{Rate: dec("0.05")}, "4.99", map[string]string{"1": "2.99", "2": "2"}},
		{"half up", Effect{Rate: dec("0.05"), Round: RoundHalfUp}, "5", map[string]string{"1": "3", "2": "2"}},
		{"to five cents", Effect{Rate: dec("0.033"), Step: dec("0.05")}, "3.25", map[string]string{"1": "1.95", "2": "1.3"}},
		{"to whole yen", Effect{Rate: dec("0.05"), Step: dec("1"), Round: RoundCeil}, "5", map[string]string{"1": "3", "2": "2"}},
		{"line by line", Effect{Rate: dec("0.033"), PerLine: true, Round: RoundCeil, Step: dec("1")}, "4", map[string]string{"1": "2", "2": "2"}},
		{"on its own basis", Effect{Rate: dec("0.1"), Basis: Basis{BeforeDiscount: true}}, "10.99", map[string]string{"1": "6", "2": "4.99"}},
		{"all of it", Effect{Rate: dec("1")}, "99.98", map[string]string{"1": "60", "2": "39.98"}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			tt.effect.Kind = Commission
			r := Rule{ID: "agent", Trigger: "order", Effect: tt.effect}
			second := item("2", "49.98")
			second.Discount = dec("10")
			a := mustEvaluate(t, mustCompile(t, Definition{Rules: []Rule{r}}), orderOf(item("1", "60"), second), nil).Awards[0]
			want := []Outcome{{Kind: OutcomeCommission, Amount: dec(tt.want)}}
			lines := map[string]string{}
			for _, s := range a.Lines {
				lines[s.Line] = s.Money.String()
			}
			if a.Points != 0 || len(a.Outcomes) != 1 || !a.Outcomes[0].Amount.Equal(want[0].Amount) || diff(tt.lines, lines) != "" {
				t.Errorf("gave %+v on %v, want %s on %v", a.Outcomes, lines, tt.want, tt.lines)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	medal := Rule{ID: "medal", Trigger: "review", Effect: Effect{Kind: GiveOutcome, Outcome: Outcome{Kind: "badge", Reference: "critic", Quantity: 2}}, Limits: []Limit{{Uses: 1, Per: PerEver}}}
	set := mustCompile(t, Definition{Rules: []Rule{medal}})
	ev := &Event{Type: "review", Time: day(2)}
	r := mustEvaluate(t, set, ev, nil)
	want := []Outcome{{Kind: "badge", Reference: "critic", Quantity: 2}}
	if diff := diff(want, r.Awards[0].Outcomes); diff != "" || r.Explain() != "\"medal\" gave 2 × the badge \"critic\".\n" {
		t.Errorf("%s%s", r.Explain(), diff)
	}
	if again := mustEvaluate(t, set, ev, Usage{}.Add(r.Awards)); again.Awards != nil {
		t.Errorf("an outcome did not count as a use: %+v", again.Awards)
	}
}

func TestBeyondPointsProblems(t *testing.T) {
	outcome := func(o Outcome) Effect { return Effect{Kind: GiveOutcome, Outcome: o} }
	d := Definition{}
	for _, e := range []Effect{
		outcome(Outcome{}),
		outcome(Outcome{Kind: "commission", Quantity: -1, Amount: dec("5")}),
		{Kind: GiveOutcome, Outcome: Outcome{Kind: "coupon"}, Points: 5, Rate: dec("0.1"), Round: RoundCeil},
		{Kind: Commission},
		{Kind: Commission, Rate: dec("1.1"), Step: dec("1000001")},
		{Kind: DrawPrize},
		{Kind: Fixed, Points: 1, Draw: new(mysteryBox()), Step: dec("1"), Outcome: Outcome{Kind: "x"}},
	} {
		d.Rules = append(d.Rules, Rule{ID: string(rune('a' + len(d.Rules))), Trigger: "order", Effect: e})
	}
	d.Rules[3].Phase = PhaseBase
	d.Rules[3].Limits = []Limit{{Points: 5, Per: PerDay}}
	want := []string{
		`rules[0].effect.outcome.kind: is missing`,
		`rules[1].effect.outcome.kind: "commission" is for effects of that kind`,
		`rules[1].effect.outcome.quantity: must be between 0 and 10^6; 0 is 1`,
		`rules[1].effect.outcome.amount: counts for nothing here: only a commission has one, reckoned when it is earned`,
		`rules[2].effect.points: counts for nothing here: an effect of kind outcome has none of its own`,
		`rules[2].effect.rate: counts for nothing here: only a commission has one`,
		`rules[2].effect.round: counts for nothing here: an effect of kind outcome has nothing to round`,
		`rules[3].effect.rate: is missing: the part of the basis that is given, such as "0.05"`,
		`rules[3].phase: is base, but an effect of kind commission has its say in the phase bonus`,
		`rules[3].limits[0].points: counts for nothing here: the rule gives no points`,
		`rules[4].effect.rate: must be at most 1: more than all of it is a mistake`,
		`rules[4].effect.step: must be at most 1000000`,
		`rules[5].effect.draw: is missing`,
		`rules[6].effect.outcome: counts for nothing here: only an effect of kind outcome has one`,
		`rules[6].effect.step: counts for nothing here: only a commission has one`,
		`rules[6].effect.draw: counts for nothing here: only an effect of kind draw has one`,
	}
	if diff := diff(want, problemsOf(Compile(d))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A cap on uses: one welcome gift a month, whichever rule gives it.
func TestCapOnUses(t *testing.T) {
	a, b := fixedRule("a", 10), fixedRule("b", 20)
	coupon := Rule{ID: "coupon", Trigger: "order", Effect: Effect{Kind: GiveOutcome, Outcome: Outcome{Kind: "coupon"}}}
	b.Phase, coupon.Priority = PhaseBonus, 1
	def := Definition{Rules: []Rule{a, b, coupon}, Caps: []Cap{{ID: "gifts", Uses: 2, Per: PerMonth}}}
	set := mustCompile(t, def)
	first := mustEvaluate(t, set, orderOf(item("1", "5")), nil)
	want := "\"a\" gave 10 points, all on line 1.\n\"coupon\" gave the coupon.\n\"b\" gave nothing; the cap \"gifts\" of 2 uses per month left none.\n"
	if first.Explain() != want {
		t.Errorf("%swant\n%s", first.Explain(), want)
	}
	use := Usage{}.Add(first.Awards)
	second := mustEvaluate(t, set, orderOf(item("1", "5")), use)
	if tr := second.Trace[0]; second.Awards != nil || tr.Failed != FailedCap || tr.Wanted != `at most 2 per month under the cap "gifts"` || tr.Actual != "2 already" {
		t.Errorf("%+v", second)
	}
	def.Caps[0] = Cap{ID: "gifts", Uses: 1, Points: 1, Per: PerMonth}
	def.Caps = append(def.Caps, Cap{ID: "none", Uses: -1, Per: PerMonth})
	problems := []string{`caps[0]: sets both points and uses: make two caps of it`, `caps[1].uses: must be above zero`}
	if diff := diff(problems, problemsOf(Compile(def))); diff != "" {
		t.Error(diff)
	}
}
