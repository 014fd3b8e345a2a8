package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

func TestTraceAndExplain(t *testing.T) {
	tests := []struct {
		rule   string // that is tested
		change func(*Rule)
		want   Trace
		says   string
	}{
		{"switched off", func(r *Rule) { r.Disabled = true },
			Trace{Failed: "disabled", Wanted: "enabled", Actual: "disabled"}, "it is switched off"},
		{"too early", func(r *Rule) { r.Window.From = day(3) },
			Trace{Failed: "window.from", Wanted: "from 2026-03-03T13:00:00+01:00", Actual: "2026-03-02T13:00:00+01:00"},
			"it is in force from 2026-03-03T13:00:00+01:00, and this was at 2026-03-02T13:00:00+01:00"},
		{"too late: until is exclusive", func(r *Rule) { r.Window.Until = day(2) },
			Trace{Failed: "window.until", Wanted: "before 2026-03-02T13:00:00+01:00", Actual: "2026-03-02T13:00:00+01:00"},
			"it was in force before 2026-03-02T13:00:00+01:00, and this was at 2026-03-02T13:00:00+01:00"},
		{"outside the hours", func(r *Rule) {
			r.Window.Slots = []calendar.Slot{{Days: calendar.WeekdaysOf(time.Saturday, time.Sunday)}, {From: 18 * 60, Until: 22 * 60}}
		}, Trace{Failed: "window.slots", Wanted: "sat,sun or every day 18:00-22:00", Actual: "Mon 13:00"},
			"it is for sat,sun or every day 18:00-22:00, and this was on Mon 13:00"},
		{"another date", func(r *Rule) { r.Window.Occasion = Occasion{Kind: OccasionBirthday} },
			Trace{Failed: "window.occasion", Wanted: "the day of the birthday", Actual: "05-14, on 2026-03-02"},
			"it is for the day of the birthday, and the member has 05-14, on 2026-03-02"},
		{"no date", func(r *Rule) { r.Window.Occasion = Occasion{Kind: OccasionAnniversary, Span: calendar.Week} },
			Trace{Failed: "window.occasion", Wanted: "the week of the anniversary", Actual: "no date known"},
			"it is for the week of the anniversary, and the member has no date known"},
		{"another tier", func(r *Rule) { r.Audience.Tiers = []string{"gold", "platinum"} },
			Trace{Failed: "audience.tiers", Wanted: `"gold" or "platinum"`, Actual: `"silver"`},
			`it is for the tier "gold" or "platinum", and the member's is "silver"`},
		{"no segment", func(r *Rule) { r.Audience.SegmentsAny = []string{"parents"} },
			Trace{Failed: "audience.segments_any", Wanted: `"parents"`, Actual: `"vip" and "staff"`},
			`it is for the segment "parents", and the member is in "vip" and "staff"`},
		{"a segment too many", func(r *Rule) { r.Audience.SegmentsNot = []string{"staff", "press"} },
			Trace{Failed: "audience.segments_not", Wanted: `not "staff" or "press"`, Actual: `"staff"`},
			`it is for members not in "staff" or "press", and the member is in "staff"`},
		{"another stage", func(r *Rule) { r.Audience.Stages = []string{"dormant", "lost"} },
			Trace{Failed: "audience.stages", Wanted: `"dormant" or "lost"`, Actual: `"active"`}, `it is for the stage "dormant" or "lost", and the member's is "active"`},
		{"no interest", func(r *Rule) { r.Audience.Interests = []string{"golf"} },
			Trace{Failed: "audience.interests", Wanted: `"golf"`, Actual: `none`}, `it is for the interest "golf", and the member's are none`},
		{"another order", func(r *Rule) { r.Audience.NthOrder = NthOrder{Every: 5} },
			Trace{Failed: "audience.nth_order", Wanted: "orders 5, 10, 15 and so on", Actual: "order 4"}, "it is for orders 5, 10, 15 and so on, and this was order 4"},
		{"before it begins", func(r *Rule) { r.Audience.NthOrder = NthOrder{From: 5} },
			Trace{Failed: "audience.nth_order", Wanted: "orders from the number 5 on", Actual: "order 4"}, "it is for orders from the number 5 on, and this was order 4"},
		{"after it ended", func(r *Rule) { r.Audience.NthOrder = NthOrder{From: 2, To: 3} },
			Trace{Failed: "audience.nth_order", Wanted: "orders 2 to 3", Actual: "order 4"}, "it is for orders 2 to 3, and this was order 4"},
		{"another channel", func(r *Rule) { r.Audience.Channels = []string{"app"} },
			Trace{Failed: "audience.channels", Wanted: `"app"`, Actual: `"web"`}, `it is for the channel "app", and this came by "web"`},
		{"another store", func(r *Rule) { r.Audience.Stores = []string{"s1"} },
			Trace{Failed: "audience.stores", Wanted: `"s1"`, Actual: `none`}, `it is for the store "s1", and this was in none`},
		{"not the first order", func(r *Rule) { r.Audience.FirstOrder = true },
			Trace{Failed: "audience.first_order", Wanted: "the first order", Actual: "3 before it"}, "it is for the first order, and there were 3 before it"},
		{"no line", func(r *Rule) { r.Lines.Brands = []string{"ajax"} },
			Trace{Failed: "lines", Wanted: "a line it selects", Actual: "none of 2"}, "no line of the order is one it is for"},
		{"too few", func(r *Rule) { r.Lines.MinQuantity = dec("2.5") },
			Trace{Failed: "lines.min_quantity", Wanted: "at least 2.5", Actual: "2"}, "it takes a quantity of at least 2.5, and this was 2"},
		{"too little", func(r *Rule) { r.Lines.MinAmount = dec("100") },
			Trace{Failed: "lines.min_amount", Wanted: "at least 100", Actual: "99.99"}, "it takes an amount of at least 100, and this was 99.99"},
		{"used up", func(r *Rule) { r.Limits = []Limit{{Points: 1000, Per: PerYear}, {Uses: 1, Per: PerWeek}} },
			Trace{Failed: "limits[1].uses", Wanted: "at most 1 per week", Actual: "1 already"}, "it may be used at most 1 per week, and was used 1 already"},
		{"nothing to multiply", func(r *Rule) { r.Effect, r.Unit = Effect{Kind: Multiplier, Factor: dec("2")}, "stars" },
			Trace{Failed: FailedBase, Wanted: "base points to multiply", Actual: "none", Phase: PhaseMultiplier, Unit: "stars"}, "there were no base points for it to multiply"},
		{"ruled out", func(r *Rule) {},
			Trace{Failed: FailedExclusive, Wanted: "no exclusive rule beside it", Actual: "top"}, `the exclusive rule "top" stands alone`},
		{"outdone in its group", func(r *Rule) { r.Effect, r.Group = Effect{Kind: Multiplier, Factor: dec("2")}, "g" },
			Trace{Failed: FailedGroup, Wanted: `the highest of group "g"`, Actual: "more", Phase: PhaseMultiplier, Before: 15, After: 15}, `only the highest of group "g" applies, which is "more"`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r := fixedRule("x", 7)
			r.Name = "Extra"
			tt.change(&r)
			top, more := fixedRule("top", 5), multiplierRule("more", "3")
			top.Exclusive, top.Priority, more.Group = true, -1, "g"
			ev := orderOf(item("1", "60"), item("2", "39.99"))
			ev.Channel = "web"
			ev.Member = Member{Tier: "silver", Segments: []string{"vip", "staff"}, Stage: "active", Orders: 3, Birthday: calendar.Yearly{Month: 5, Day: 14}}
			set := mustCompile(t, Definition{Zone: "Europe/Berlin", Groups: map[string]StackMode{"g": StackHighest}, Rules: []Rule{r, top, more}})
			result := mustEvaluate(t, set, ev, Usage{"rule/x/2026-W10": {Uses: 1}})
			want := tt.want
			want.Rule, want.Name = "x", "Extra"
			if want.Phase == "" {
				want.Phase = PhaseBase
			}
			if want.Unit == "" {
				want.Unit = "points"
			}
			for _, got := range result.Trace {
				if got.Rule != "x" {
					continue
				}
				if diff := diff(want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if want := `"Extra" gave nothing: ` + tt.says + "."; got.String() != want || !strings.Contains(result.Explain(), want+"\n") {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
}

func TestExplainAwards(t *testing.T) {
	star := Rule{ID: "star", Trigger: "order", Unit: "stars", Effect: Effect{Kind: Rate, Points: 1, Per: dec("40"), Blocks: true, Carry: true}}
	limited := fixedRule("limited", 30)
	limited.Limits = []Limit{{Points: 20, Per: PerDay}}
	small := rateRule("small")
	small.Effect.Per = dec("1000")
	d := Definition{Rules: []Rule{rateRule("base"), limited, small, star}, Caps: []Cap{{ID: "monthly", Points: 110, Unit: "points", Per: PerMonth}}}
	set := mustCompile(t, d)
	ev := orderOf(item("A1", "60"), item("A2", "40"))
	got := mustEvaluate(t, set, ev, Usage{"carry/star": {Carry: dec("25")}}).Explain()
	want := `"base" gave 100 points: 60 on line A1, 40 on line A2.
"limited" gave 10 points: 6 on line A1, 4 on line A2; its limit of 20 per day took off 10; the cap "monthly" of 110 per month took off 10.
"small" gave nothing: it came to no whole point.
"star" gave 3 stars: 2 on line A1, 1 on line A2; 20 kept from earlier orders went into it.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	bare, err := set.Evaluate(orderOf(item("A1", "1")), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want = `"base" gave 1 point, all on line A1.
"limited" gave 20 points, all on line A1; its limit of 20 per day took off 10.
"star" gave 0 stars; 1 is kept towards the next order.
`
	if got := bare.Explain(); got != want {
		t.Errorf("without a trace, got\n%s\nwant\n%s", got, want)
	}
	ev.Type = "review"
	if got := mustEvaluate(t, set, ev, nil).Explain(); got != "No rule is for this.\n" {
		t.Error(got)
	}
	many := make([]Line, 20)
	for i := range many {
		many[i] = item(string(rune('a'+i)), "1")
	}
	got = mustEvaluate(t, mustCompile(t, Definition{Rules: []Rule{rateRule("base")}}), orderOf(many...), nil).Explain()
	if want := "\"base\" gave 20 points: 1 on line a, 1 on line b, 1 on line c, 1 on line d, 1 on line e, 1 on line f, 1 on line g, 1 on line h, the rest on 12 others.\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
