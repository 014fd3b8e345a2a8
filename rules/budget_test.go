package rules

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// spring is a campaign with a budget.
func spring(b Budget, rules ...Rule) Definition {
	b.ID = "spring"
	return Definition{Zone: "Europe/Berlin", Rules: rules, Budgets: []Budget{b}}
}

func TestBudget(t *testing.T) {
	commission := Rule{ID: "commission", Trigger: "order", Effect: Effect{Kind: Commission, Rate: dec("0.1")}}
	coupon := Rule{ID: "coupon", Trigger: "order", Effect: Effect{Kind: GiveOutcome, Outcome: Outcome{Kind: "coupon", Quantity: 3, Cost: dec("2")}}}
	bonus := fixedRule("bonus", 40)
	bonus.Phase = PhaseBonus
	const ever, march = "budget/spring/ever", "budget/spring/2026-03"
	tests := []struct {
		rule   string // that is tested
		budget Budget
		rules  []Rule
		key    string
		left   Fund
		want   map[string]string // what each rule gives, and takes out
	}{
		{"enough left", Budget{Points: 1000}, []Rule{rateRule("base")}, ever, Fund{Points: 100}, map[string]string{"base": "100 points, takes 100"}},
		{"partial credit at the end", Budget{Points: 1000}, []Rule{rateRule("base")}, ever, Fund{Points: 99}, map[string]string{"base": "99 points, takes 99"}},
		{"nothing left", Budget{Points: 1000}, []Rule{rateRule("base")}, ever, Fund{}, map[string]string{}},
		{"overdrawn is nothing left", Budget{Points: 1000}, []Rule{rateRule("base")}, ever, Fund{Points: -5}, map[string]string{}},
		{"base points come before bonuses", Budget{Points: 1000}, []Rule{bonus, rateRule("base")}, ever, Fund{Points: 110},
			map[string]string{"base": "100 points, takes 100", "bonus": "10 points, takes 10"}},
		{"rules that are not listed do not count", Budget{Points: 1000, Rules: []string{"bonus"}}, []Rule{bonus, rateRule("base")}, ever, Fund{Points: 5},
			map[string]string{"base": "100 points", "bonus": "5 points, takes 5"}},
		{"a budget is full again each month", Budget{Points: 1000, Per: PerMonth}, []Rule{rateRule("base")}, march, Fund{Points: 7}, map[string]string{"base": "7 points, takes 7"}},
		{"points cost money", Budget{Money: dec("500"), PointCost: dec("0.008")}, []Rule{rateRule("base")}, ever, Fund{Money: dec("0.50")},
			map[string]string{"base": "62 points, takes 0.496"}},
		{"a commission costs itself, and ends at a whole step", Budget{Money: dec("500")}, []Rule{commission}, ever, Fund{Money: dec("4.567")},
			map[string]string{"commission": "4.56, takes 4.56"}},
		{"an outcome costs what it says, and is given as often as it goes", Budget{Money: dec("500")}, []Rule{coupon}, ever, Fund{Money: dec("5")},
			map[string]string{"coupon": "2 × coupon, takes 4"}},
		{"a budget in points counts points alone", Budget{Points: 10}, []Rule{coupon, commission}, ever, Fund{},
			map[string]string{"coupon": "3 × coupon", "commission": "10"}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			set := mustCompile(t, spring(tt.budget, tt.rules...))
			r, err := set.Evaluate(orderOf(item("1", "60"), item("2", "40")), nil, Options{Funds: Funds{tt.key: tt.left}, Trace: true})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, a := range r.Awards {
				s := a.what()
				for _, o := range a.Outcomes {
					if s = o.Amount.String(); o.Kind != OutcomeCommission {
						s = strings.Replace(a.what(), "the ", "", 1)
					}
				}
				for _, sp := range a.Spends {
					if s += ", takes " + sp.Money.String(); sp.Points > 0 {
						s = strings.TrimSuffix(s, "0") + formatMicros(sp.Points*millionth)
					}
				}
				got[a.Rule] = s
			}
			if diff := diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s%s", diff, r.Explain())
			}
		})
	}
}

func TestBudgetIsExplained(t *testing.T) {
	set := mustCompile(t, spring(Budget{Points: 1000}, rateRule("base")))
	r, err := set.Evaluate(orderOf(item("1", "60")), nil, Options{Funds: Funds{"budget/spring/ever": {Points: 20}}, Trace: true})
	if want := "\"base\" gave 20 points, all on line 1; the budget \"spring\" took off 40.\n"; err != nil || r.Explain() != want {
		t.Errorf("%v\n%s%s", err, r.Explain(), want)
	}
}

// A budget that is not given is never taken for full, nor for empty.
func TestBudgetMustBeGiven(t *testing.T) {
	set := mustCompile(t, spring(Budget{Money: dec("10"), PointCost: dec("1")}, rateRule("base")))
	for _, tt := range []struct {
		funds Funds
		want  string
	}{
		{nil, `rules: funds["budget/spring/ever"]: is missing: how much is left of the budget?`},
		{Funds{"budget/spring/ever": {Money: dec("0.0000001")}}, `rules: funds["budget/spring/ever"].money: has more than 6 decimals`},
	} {
		if _, err := set.Evaluate(orderOf(item("1", "60")), nil, Options{Funds: tt.funds}); !errors.Is(err, ErrEvent) || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	if _, err := set.Evaluate(&Event{Type: "order", Time: day(2)}, nil, Options{}); err != nil {
		t.Errorf("an event that earns nothing needs no budget: %v", err)
	}
}

func TestNeeds(t *testing.T) {
	box, off, review := fixedRule("box", 0), fixedRule("off", 1), fixedRule("review", 1)
	d := mysteryBox()
	box.Effect = Effect{Kind: DrawPrize, Draw: &d}
	off.Disabled, review.Trigger = true, "review"
	def := Definition{Zone: "Asia/Shanghai", Rules: []Rule{box, off, review}, Budgets: []Budget{
		{ID: "z", Rules: []string{"box", "review"}, Points: 5, Per: PerDay},
		{ID: "a", Money: dec("10"), PointCost: dec("1")},
		{ID: "idle", Rules: []string{"off"}, Points: 1},
	}}
	// 20:00 UTC on 2 March is 3 March in Shanghai.
	got := mustCompile(t, def).Needs(&Event{Type: "order", Time: time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)})
	want := []Need{
		{Key: "budget/a/ever", Full: Fund{Money: dec("10")}},
		{Key: "budget/z/2026-03-03", Until: time.Date(2026, 3, 3, 16, 0, 0, 0, time.UTC), Full: Fund{Points: 5}},
		{Key: "stock/box/jackpot", Full: Fund{Pieces: 1}},
	}
	for i := range got {
		got[i].Until = got[i].Until.UTC()
	}
	if diff := diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if needs := mustCompile(t, sound()).Needs(orderOf(item("1", "1"))); needs != nil {
		t.Errorf("a set without budgets needs %v", needs)
	}
}

func TestBudgetProblems(t *testing.T) {
	stars := fixedRule("stars", 1)
	stars.Unit = "stars"
	d := Definition{Rules: []Rule{rateRule("base"), stars}, Budgets: []Budget{
		{ID: "a"},
		{ID: "a", Points: 1, Money: dec("1"), PointCost: dec("1")},
		{ID: "b", Points: -1, Per: PerOrder},
		{ID: "c", Points: MaxAward + 1},
		{ID: "d", Points: 1, PointCost: dec("1")},
		{ID: "e", Money: dec("1")},
		{ID: "f", Points: 1, Rules: []string{"bsae", "stars"}},
		{ID: "g", Points: 1, Unit: "pionts"},
	}}
	want := []string{
		`budgets[0]: sets neither points nor money`,
		`budgets[1].id: is "a", like that of budgets[0]`,
		`budgets[1]: sets both points and money: make two budgets of it`,
		`budgets[2].points: must be above zero`,
		`budgets[2].per: "order" is unknown: it is one of day, week, month, quarter, year, ever`,
		`budgets[3].points: must be at most 10^15`,
		`budgets[4].point_cost: counts for nothing here: a budget in points counts these`,
		`budgets[5].point_cost: is missing: its rules give points, and nothing says what one costs`,
		`budgets[6].rules[0]: there is no rule "bsae"; did you mean "base"?`,
		`budgets[6].rules[1]: rule "stars" awards "stars", but the budget counts "points"`,
		`budgets[7].unit: no rule awards "pionts"; did you mean "points"?`,
	}
	if diff := diff(want, problemsOf(Compile(d))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Half of an order given back puts half of its cost back, and the rest the rest.
func TestFundsReturn(t *testing.T) {
	set := mustCompile(t, spring(Budget{Money: dec("500"), PointCost: dec("0.008")}, rateRule("base"),
		Rule{ID: "agent", Trigger: "order", Effect: Effect{Kind: Commission, Rate: dec("0.05"), Round: RoundHalfUp}}))
	funds := Funds{"budget/spring/ever": {Money: dec("500")}}
	r, err := set.Evaluate(orderOf(item("1", "60"), item("2", "39.99")), nil, Options{Funds: funds})
	if err != nil {
		t.Fatal(err)
	}
	funds = funds.Take(r.Awards)
	left := func(want string) {
		t.Helper()
		if got := funds["budget/spring/ever"].Money; !got.Equal(dec(want)) {
			t.Errorf("%s left, want %s", got, want)
		}
	}
	left("494.208") // 99 points are 0.792, 5 % of 99.99 is 5.00
	for _, a := range r.Awards {
		funds = funds.Return(a, a.Lines[:1], false)
	}
	left("497.68") // 59 of the points fall on it and are 0.472, and 3.00 of the commission
	for _, a := range r.Awards {
		funds = funds.Return(a, a.Lines[1:], true)
	}
	left("500")
}
