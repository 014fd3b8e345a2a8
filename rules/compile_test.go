package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// sound is a definition without a fault, for each row to break.
func sound() Definition {
	return Definition{
		Rules: []Rule{rateRule("base"), multiplierRule("double", "2"), fixedRule("bonus", 10)},
		Caps:  []Cap{{ID: "monthly", Points: 100, Per: PerMonth}},
	}
}

func TestCompileProblems(t *testing.T) {
	tests := []struct {
		rule  string // that is tested
		spoil func(*Definition)
		want  []string
	}{
		{"a zone must be known", func(d *Definition) { d.Zone = "Europe/Berln" },
			[]string{`zone: "Europe/Berln" is no time zone known here`}},
		{"a zone must not depend on the machine", func(d *Definition) { d.Zone = "Local" },
			[]string{`zone: "Local" depends on the machine: name the zone, such as "Europe/Berlin"`}},
		{"a rule has an ID", func(d *Definition) { d.Rules[0].ID = "" },
			[]string{`rules[0].id: is missing`}},
		{"IDs are unique", func(d *Definition) { d.Rules[2].ID = "base" },
			[]string{`rules[2].id: is "base", like that of rules[0]`}},
		{"an ID is no longer than 200 bytes", func(d *Definition) { d.Rules[0].ID = strings.Repeat("x", 201) },
			[]string{`rules[0].id: is 201 bytes long, more than the 200 allowed`}},
		{"an ID is printable", func(d *Definition) { d.Rules[0].ID = "a\nb" },
			[]string{`rules[0].id: has a control character: "a\nb"`}},
		{"an ID has no spaces around it", func(d *Definition) { d.Rules[0].ID = "base " },
			[]string{`rules[0].id: begins or ends with a space: "base "`}},
		{"a rule has a trigger", func(d *Definition) { d.Rules[0].Trigger = "" },
			[]string{`rules[0].trigger: is missing`}},
		{"a window ends after it starts", func(d *Definition) { d.Rules[1].Window = Window{From: day(2), Until: day(1)} },
			[]string{`rules[1].window.until: 2026-03-01T12:00:00Z is not after from, 2026-03-02T12:00:00Z`}},
		{"an empty window is none", func(d *Definition) { d.Rules[1].Window = Window{From: day(2), Until: day(2)} },
			[]string{`rules[1].window.until: 2026-03-02T12:00:00Z is not after from, 2026-03-02T12:00:00Z`}},
		{"a slot has hours", func(d *Definition) { d.Rules[0].Window.Slots = []calendar.Slot{{}, {From: 60, Until: 60}} },
			[]string{`rules[0].window.slots[1]: from and until are both 01:00; leave both out for the whole day`}},
		{"an occasion is known", func(d *Definition) { d.Rules[0].Window.Occasion = Occasion{Kind: "brithday", Span: "weak"} },
			[]string{`rules[0].window.occasion.kind: "brithday" is unknown; did you mean "birthday"?`, `rules[0].window.occasion.span: "weak" is unknown; did you mean "week"?`}},
		{"a span is of an occasion", func(d *Definition) { d.Rules[0].Window.Occasion = Occasion{Span: calendar.Week} },
			[]string{`rules[0].window.occasion.kind: is missing: it is one of birthday, anniversary`}},
		{"a list names each word once", func(d *Definition) { d.Rules[0].Audience.Tiers = []string{"gold", "", "gold"} },
			[]string{`rules[0].audience.tiers[1]: is missing`, `rules[0].audience.tiers[2]: is "gold" again, as at [0]`}},
		{"a list is no longer than 10,000", func(d *Definition) { d.Rules[0].Lines.SKUs = make([]string, 10_001) },
			[]string{`rules[0].lines.skus: has 10001 entries, more than the 10000 allowed`}},
		{"a category is a path", func(d *Definition) { d.Rules[0].Lines.Exclude.Categories = []string{"food", "/food", "a//b"} },
			[]string{
				`rules[0].lines.exclude.categories[1]: "/food" is not a path: its parts are joined by single slashes, with none at either end`,
				`rules[0].lines.exclude.categories[2]: "a//b" is not a path: its parts are joined by single slashes, with none at either end`,
			}},
		{"a minimum is not negative", func(d *Definition) {
			d.Rules[0].Lines.MinAmount, d.Rules[0].Lines.MinQuantity = dec("-1"), dec("0.0000001")
		},
			[]string{`rules[0].lines.min_quantity: has more than 6 decimals`, `rules[0].lines.min_amount: must not be negative`}},
		{"an effect has a kind", func(d *Definition) { d.Rules[0].Effect.Kind = "" },
			[]string{`rules[0].effect.kind: is missing: it is one of rate, fixed, per_quantity, multiplier, outcome, commission, draw`}},
		{"the kind is known", func(d *Definition) { d.Rules[1].Effect.Kind = "multiplyer" },
			[]string{`rules[1].effect.kind: "multiplyer" is unknown; did you mean "multiplier"?`}},
		{"a rate needs points and per", func(d *Definition) { d.Rules[0].Effect = Effect{Kind: Rate} },
			[]string{`rules[0].effect.points: must be above zero`, `rules[0].effect.per: must be above zero`}},
		{"points are at most 10^12", func(d *Definition) { d.Rules[2].Effect.Points = MaxPoints + 1 },
			[]string{`rules[2].effect.points: must be at most 10^12`}},
		{"per is above zero", func(d *Definition) { d.Rules[0].Effect.Per = dec("-1") },
			[]string{`rules[0].effect.per: must be above zero`}},
		{"a huge exponent is refused unseen", func(d *Definition) { d.Rules[0].Effect.Per = decimal.New(1, 1<<30) },
			[]string{`rules[0].effect.per: must be below 10^12`}},
		{"so is a tiny one", func(d *Definition) { d.Rules[0].Effect.Per = decimal.New(1, -1<<31) },
			[]string{`rules[0].effect.per: has more than 6 decimals`}},
		{"a factor is at least 1", func(d *Definition) { d.Rules[1].Effect.Factor = dec("0.5") },
			[]string{`rules[1].effect.factor: must be at least 1: a multiplier never takes points away`}},
		{"a factor is at most 1000", func(d *Definition) { d.Rules[1].Effect.Factor = dec("1000.1") },
			[]string{`rules[1].effect.factor: must be at most 1000`}},
		{"a multiplier has a factor and nothing else", func(d *Definition) {
			d.Rules[1].Effect = Effect{Kind: Multiplier, Points: 1, Per: dec("1"), PerLine: true}
		},
			[]string{
				`rules[1].effect.factor: is missing`,
				`rules[1].effect.points: counts for nothing here: a multiplier has a factor`,
				`rules[1].effect.per: counts for nothing here: only a rate has one`,
				`rules[1].effect.per_line: counts for nothing here: a multiplier rounds once`,
			}},
		{"a fixed effect has nothing to round", func(d *Definition) {
			d.Rules[2].Effect = Effect{Kind: Fixed, Points: 1, Round: RoundCeil, Blocks: true, Carry: true, Factor: dec("2"), Basis: Basis{ExcludeTax: true}}
		}, []string{
			`rules[2].effect.factor: counts for nothing here: only a multiplier has one`,
			`rules[2].effect.blocks: counts for nothing here: only a rate counts in blocks`,
			`rules[2].effect.carry: counts for nothing here: only a rate carries`,
			`rules[2].effect.basis: counts for nothing here: only a rate, a commission, or a rule with a min_amount, counts money`,
			`rules[2].effect.round: counts for nothing here: an effect of kind fixed has nothing to round`,
		}},
		{"rounding is known", func(d *Definition) { d.Rules[0].Effect.Round = "half_up" },
			[]string{`rules[0].effect.round: "half_up" is unknown; did you mean "half-up"?`}},
		{"blocks are not rounded", func(d *Definition) { d.Rules[0].Effect.Blocks, d.Rules[0].Effect.Round = true, RoundCeil },
			[]string{`rules[0].effect.round: counts for nothing here: blocks are always whole`}},
		{"a carry is of the whole order", func(d *Definition) { d.Rules[0].Effect.Carry, d.Rules[0].Effect.PerLine = true, true },
			[]string{`rules[0].effect.carry: cannot go with per_line: lines do not come back, only the member does`}},
		{"a carry goes with rounding down", func(d *Definition) { d.Rules[0].Effect.Carry, d.Rules[0].Effect.Round = true, RoundHalfUp },
			[]string{`rules[0].effect.carry: goes with rounding down only: rounding half-up already gives the rest away or takes it`}},
		{"a carried point has an exact price", func(d *Definition) { d.Rules[0].Effect.Carry, d.Rules[0].Effect.Points = true, 3 },
			[]string{`rules[0].effect.carry: needs per divided by points to come out at six decimals, so that returns give back exactly what was carried`}},
		{"shipping is of the whole order", func(d *Definition) {
			d.Rules[0].Effect.Basis.Shipping, d.Rules[0].Lines.Brands = true, []string{"acme"}
		}, []string{`rules[0].effect.basis.shipping: counts for nothing here: a rule that selects lines counts those alone`}},
		{"phases are known", func(d *Definition) { d.Rules[0].Phase = "bonuses" },
			[]string{`rules[0].phase: "bonuses" is unknown; did you mean "bonus"?`}},
		{"a multiplier multiplies", func(d *Definition) { d.Rules[1].Phase, d.Rules[2].Phase = PhaseBonus, PhaseMultiplier },
			[]string{`rules[1].phase: is bonus, but a multiplier has its say in the phase multiplier`, `rules[2].phase: multiplier is for multipliers alone`}},
		{"groups are of multipliers", func(d *Definition) { d.Rules[0].Group = "g" },
			[]string{`rules[0].group: counts for nothing here: only multipliers stack`}},
		{"a group's mode is known", func(d *Definition) { d.Groups = map[string]StackMode{"g": "additiv", "": StackFirst} },
			[]string{`groups: a group has no name`, `groups.g: "additiv" is unknown; did you mean "additive"?`}},
		{"a limit is of one thing", func(d *Definition) {
			d.Rules[0].Limits = []Limit{{Per: PerDay}, {Points: 1, Uses: 1, Per: PerDay}, {Points: -1, Per: PerDay}, {Uses: -1, Per: PerDay}, {Points: 1}, {Uses: 1, Per: PerOrder}}
		}, []string{
			`rules[0].limits[0]: sets neither points nor uses`,
			`rules[0].limits[1]: sets both points and uses: make two limits of it`,
			`rules[0].limits[2].points: must be above zero`,
			`rules[0].limits[3].uses: must be above zero`,
			`rules[0].limits[4].per: is missing: it is one of order, day, week, month, quarter, year, ever`,
			`rules[0].limits[5].per: a rule gives at most once per order anyway`,
		}},
		{"a rule's own unit is a word", func(d *Definition) { d.Unit, d.Rules[2].Unit = " ", "a\x00" },
			[]string{`unit: begins or ends with a space: " "`, `rules[2].unit: has a control character: "a\x00"`}},
		{"a limit can be reached", func(d *Definition) { d.Rules[0].Limits = []Limit{{Points: MaxAward + 1, Per: PerDay}} },
			[]string{`rules[0].limits[0].points: must be at most 10^15`}},
		{"limits are at most 20", func(d *Definition) { d.Rules[0].Limits = make([]Limit, 21) },
			[]string{`rules[0].limits: has 21 entries, more than the 20 allowed`}},
		{"a word is UTF-8", func(d *Definition) { d.Rules[0].Trigger = "\xff" },
			[]string{`rules[0].trigger: is not valid UTF-8: "\xff"`}},
		{"a factor has at most 6 decimals", func(d *Definition) { d.Rules[1].Effect.Factor = dec("1.0000001") },
			[]string{`rules[1].effect.factor: has more than 6 decimals`}},
		{"a window lies within the years there are", func(d *Definition) { d.Rules[0].Window.Until = day(1).AddDate(9000, 0, 0) },
			[]string{`rules[0].window.until: is in the year 11026: years are 1 to 9999`}},
		{"a cap's list is no longer than 10,000", func(d *Definition) { d.Caps[0].Rules = make([]string, 10_001) },
			[]string{`caps[0].rules: has 10001 entries, more than the 10000 allowed`}},
		{"the nth order is one there can be", func(d *Definition) {
			d.Rules[0].Audience.NthOrder = NthOrder{From: -1}
			d.Rules[1].Audience.NthOrder = NthOrder{From: 4, To: 3, Every: 2}
			d.Rules[2].Audience = Audience{FirstOrder: true, NthOrder: NthOrder{To: 1}}
		},
			[]string{
				`rules[0].audience.nth_order.from: must not be negative`,
				`rules[1].audience.nth_order.to: is 3, before the first, 4`,
				`rules[2].audience.nth_order: cannot go with first_order, which already says which`,
			}},
		{"a cap is whole", func(d *Definition) {
			d.Caps = append(d.Caps, Cap{ID: "monthly", Per: "fortnight"}, Cap{Points: 1 << 60, Per: PerDay})
		},
			[]string{
				`caps[1].id: is "monthly", like that of caps[0]`,
				`caps[1].points: must be above zero`,
				`caps[1].per: "fortnight" is unknown: it is one of order, day, week, month, quarter, year, ever`,
				`caps[2].id: is missing`,
				`caps[2].points: must be at most 10^15`,
			}},
		{"a cap is on rules there are", func(d *Definition) { d.Caps[0].Rules = []string{"base", "bonsu", "base"} },
			[]string{`caps[0].rules[2]: is "base" again, as at [0]`, `caps[0].rules[1]: there is no rule "bonsu"; did you mean "bonus"?`}},
		{"a cap counts one unit", func(d *Definition) { d.Rules[2].Unit, d.Caps[0].Rules = "stars", []string{"base", "bonus"} },
			[]string{`caps[0].rules[1]: rule "bonus" awards "stars", but the cap counts "points"`}},
		{"a cap's unit is one that is awarded", func(d *Definition) { d.Caps[0].Unit = "pionts" },
			[]string{`caps[0].unit: no rule awards "pionts"; did you mean "points"?`}},
		{"there are at most 100,000 rules", func(d *Definition) { d.Rules = make([]Rule, MaxRules+1) },
			[]string{`rules: has 100001 entries, more than the 100000 allowed`}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d := sound()
			tt.spoil(&d)
			set, err := Compile(d)
			compileError, ok := errors.AsType[*CompileError](err)
			if !ok || !errors.Is(err, ErrDefinition) || set != nil {
				t.Fatalf("Compile = %v, %v; want a CompileError", set, err)
			}
			var got []string
			for _, p := range compileError.Problems {
				got = append(got, p.String())
			}
			if diff := diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestCompileReportsAllAtOnceButNotEndlessly(t *testing.T) {
	d := Definition{Rules: make([]Rule, 5000)}
	_, err := Compile(d)
	compileError, _ := errors.AsType[*CompileError](err)
	if n := len(compileError.Problems); n != MaxProblems {
		t.Fatalf("%d problems, want %d", n, MaxProblems)
	}
	want := Problem{Message: "and more: only the first problems are listed"}
	if diff := diff(want, compileError.Problems[MaxProblems-1]); diff != "" {
		t.Error(diff)
	}
}

func TestCompileKeepsNothingOfTheDefinition(t *testing.T) {
	d := sound()
	d.Rules[0].Lines.Categories = []string{"food"}
	set := mustCompile(t, d)
	d.Rules[0].Lines.Categories[0] = "toys"
	d.Caps[0].Points = 1
	copied := set.Definition()
	copied.Rules[0].Lines.Categories[0] = "books"
	rule, ok := set.Rule("base")
	if !ok || rule.Lines.Categories[0] != "food" || set.Definition().Caps[0].Points != 100 {
		t.Error("the set changed with the definition it was made from")
	}
	rule.Lines.Categories[0] = "garden"
	if again, _ := set.Rule("base"); again.Lines.Categories[0] != "food" {
		t.Error("the set changed with a rule taken from it")
	}
	if _, ok := set.Rule("none"); ok {
		t.Error("found a rule there is not")
	}
}

func TestSetFacts(t *testing.T) {
	d := sound()
	d.Zone, d.Rules[2].Unit = "Asia/Shanghai", "badges"
	set := mustCompile(t, d)
	if got := set.Zone().String(); got != "Asia/Shanghai" {
		t.Errorf("Zone = %s", got)
	}
	if diff := diff([]string{"badges", "points"}, set.Units()); diff != "" {
		t.Error(diff)
	}
	if mustCompile(t, Definition{}).Zone().String() != "UTC" {
		t.Error("no zone is UTC")
	}
}

func TestDidYouMean(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{"tier", "tiers"}, {"TIERS", "tiers"}, {"teirs", "tiers"}, {"segment_any", "segments_any"}, {"x", ""}, {"colour", ""}, {strings.Repeat("x", 500), ""},
	} {
		hint := didYouMean(tt.got, []string{"tiers", "segments_any", "channels"})
		want := ""
		if tt.want != "" {
			want = fmt.Sprintf("; did you mean %q?", tt.want)
		}
		if hint != want {
			t.Errorf("didYouMean(%q) = %q, want %q", tt.got, hint, want)
		}
	}
}
