package rules

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"pgregory.net/rapid"
)

func TestWarnings(t *testing.T) {
	when := func(text string) func(*Definition) {
		return func(d *Definition) {
			d.Rules[0].Trigger = "order"
			if err := json.Unmarshal([]byte(text), &d.Rules[0].When); err != nil {
				t.Fatal(err)
			}
		}
	}
	never := func(field, why string) []string {
		return []string{"never rules[0]." + field + ": can never hold: " + why}
	}
	cannot := func(field string) []string {
		return never("when", field+" cannot be so together with what else the rule asks of it")
	}
	tests := []struct {
		rule   string // that is tested
		change func(*Definition)
		want   []string
	}{
		{"a sound definition has none", func(*Definition) {}, nil},
		{"a window too short for its slots", func(d *Definition) {
			d.Rules[0].Window = Window{From: day(2), Until: day(5), Slots: []calendar.Slot{{Days: calendar.WeekdaysOf(time.Saturday)}}}
		}, never("window", "none of its slots lies between from and until")},
		{"a slot that begins the day before is in it", func(d *Definition) {
			d.Rules[0].Window = Window{From: day(2), Until: day(3), Slots: []calendar.Slot{{Days: calendar.WeekdaysOf(time.Sunday), From: 22 * 60, Until: 13 * 60}}}
		}, nil},
		{"segments that are for and against", func(d *Definition) {
			d.Rules[0].Audience = Audience{SegmentsAny: []string{"vip"}, SegmentsNot: []string{"staff", "vip"}}
		}, never("audience", "every segment it is for is one it is not for")},
		{"goods that are picked and left out", func(d *Definition) {
			d.Rules[0].Lines = Selector{SKUs: []string{"a"}, Categories: []string{"food/fruit"}, Exclude: Exclusion{SKUs: []string{"a"}, Categories: []string{"food"}}}
		}, never("lines", "all it picks is excluded")},
		{"goods of which some are left", func(d *Definition) {
			d.Rules[0].Lines = Selector{SKUs: []string{"a", "b"}, Exclude: Exclusion{SKUs: []string{"a"}}}
		}, nil},
		{"a range that is none", when(`{"field": "order.total", "gte": "100", "lt": "100"}`), cannot("order.total")},
		{"a range of one", when(`{"field": "order.total", "gte": "100", "lte": "100"}`), nil},
		{"a range from two conditions", when(`{"all": [{"field": "member.orders", "gt": 5}, {"field": "member.orders", "in": [3, 5]}]}`), cannot("member.orders")},
		{"no member has fewer than no orders", when(`{"field": "member.orders", "lt": 0}`), cannot("member.orders")},
		{"money is not negative", when(`{"field": "order.discount", "lt": "0"}`), cannot("order.discount")},
		{"the trigger is another", when(`{"field": "type", "in": ["review", "check_in"]}`), cannot("type")},
		{"two words at once", when(`{"all": [{"field": "channel", "eq": "web"}, {"field": "channel", "prefix": "app"}]}`), cannot("channel")},
		{"there and not there", when(`{"all": [{"field": "store", "exists": false}, {"field": "store", "contains": "x"}]}`), cannot("store")},
		{"an order that a rate needs", when(`{"field": "order.total", "exists": false}`), cannot("order.total")},
		{"any of what cannot be", when(`{"any": [{"field": "order.total", "lt": "0"}, {"field": "type", "eq": "x"}]}`),
			never("when", "none of the conditions under any can hold: the last because type cannot be so together with what else the rule asks of it")},
		{"any of which one can", when(`{"any": [{"field": "order.total", "lt": "0"}, {"field": "channel", "eq": "x"}]}`), nil},
		{"another tier than the audience's", func(d *Definition) {
			d.Rules[0].Audience.Tiers = []string{"gold"}
			when(`{"field": "member.tier", "eq": "silver"}`)(d)
		}, cannot("member.tier")},
		{"another order than the first", func(d *Definition) {
			d.Rules[0].Audience.FirstOrder = true
			when(`{"field": "member.orders", "gte": 1}`)(d)
		}, cannot("member.orders")},
		{"another time than the window's", func(d *Definition) {
			d.Rules[0].Window = Window{From: day(2), Until: day(5)}
			when(`{"field": "time", "gte": "2026-03-06"}`)(d)
		}, cannot("time")},
		{"fewer than the least quantity", func(d *Definition) {
			d.Rules[0].Lines.MinQuantity = dec("5")
			when(`{"field": "order.quantity", "lt": "5"}`)(d)
		}, cannot("order.quantity")},
		{"nothing to multiply", func(d *Definition) { d.Rules[0].Disabled, d.Rules[2].Phase = true, PhaseBonus },
			[]string{`never rules[1].effect: has nothing to multiply: no base rule of the trigger "order" awards points`}},
		{"what is switched off is not warned of", func(d *Definition) {
			d.Rules[0].Disabled, d.Rules[1].Disabled = true, true
			when(`{"field": "order.total", "lt": "0"}`)(d)
		}, nil},
		{"an exclusive rule for orders, beside one that takes none", func(d *Definition) {
			d.Rules = append(d.Rules, rateRule("top"), rateRule("web"))
			d.Rules[3].Exclusive, d.Rules[4].Audience.Channels = true, []string{"web"}
		}, []string{
			`shadowed rules[0]: gives nothing beside the exclusive rule "top", which matches whenever it does`,
			`shadowed rules[4]: gives nothing beside the exclusive rule "top", which matches whenever it does`,
		}},
		{"an exclusive rule for some leaves the others", func(d *Definition) {
			d.Rules = append(d.Rules, rateRule("top"))
			d.Rules[3].Exclusive, d.Rules[3].Audience.Tiers = true, []string{"gold"}
		}, nil},
		{"one that may be used up does too", func(d *Definition) {
			d.Rules = append(d.Rules, rateRule("top"))
			d.Rules[3].Exclusive, d.Rules[3].Limits = true, []Limit{{Uses: 1, Per: PerDay}}
		}, nil},
		{"of two exclusive rules the first stands", func(d *Definition) {
			d.Rules = []Rule{rateRule("b"), rateRule("a")}
			d.Rules[0].Exclusive, d.Rules[1].Exclusive = true, true
		}, []string{`shadowed rules[0]: gives nothing beside the exclusive rule "a", which matches whenever it does`}},
		{"two campaigns at once", func(d *Definition) {
			d.Rules = append(d.Rules, multiplierRule("spring", "3"), multiplierRule("march", "1.5"), multiplierRule("april", "4"))
			d.Rules[3].Window, d.Rules[4].Window = Window{From: day(1), Until: day(20)}, Window{From: day(10), Until: day(30)}
			d.Rules[5].Window = Window{From: day(30), Until: day(31)}
		}, []string{`overlap rules[4].window: overlaps that of rule "spring" on the same lines: together they multiply by 4.5`}},
		{"of which one is to be chosen", func(d *Definition) {
			d.Groups = map[string]StackMode{"season": StackHighest}
			d.Rules = append(d.Rules, multiplierRule("spring", "3"), multiplierRule("march", "1.5"))
			d.Rules[3].Window, d.Rules[4].Window = Window{From: day(1), Until: day(20)}, Window{From: day(10), Until: day(30)}
			d.Rules[3].Group, d.Rules[4].Group = "season", "season"
		}, nil},
		{"for different members", func(d *Definition) {
			d.Rules = append(d.Rules, multiplierRule("spring", "3"), multiplierRule("march", "1.5"))
			d.Rules[3].Window, d.Rules[4].Window = Window{From: day(1), Until: day(20)}, Window{From: day(10), Until: day(30)}
			d.Rules[3].Audience.Tiers, d.Rules[4].Audience.Tiers = []string{"gold"}, []string{"silver"}
		}, nil},
		{"many rules without a selector", func(d *Definition) {
			for i := range ManyUnselected {
				d.Rules = append(d.Rules, rateRule(fmt.Sprint("r", i)))
			}
		}, []string{`scan rules: 1003 rules of the trigger "order" pick no goods, stores or segments, so that every such event looks at them all`}},
		{"what no rule is concerned by", func(d *Definition) {
			d.Rules[2].Disabled = true
			d.Attributes = map[string]FieldType{"stars": TypeInteger}
			d.Groups = map[string]StackMode{"seson": StackHighest}
			d.Rules[1].Group = "season"
			d.Caps = append(d.Caps, Cap{ID: "idle", Points: 1, Per: PerDay, Rules: []string{"bonus"}})
			d.Budgets = []Budget{{ID: "idle", Points: 1, Rules: []string{"bonus"}}}
		}, []string{
			`unused attributes.stars: no condition looks at it`,
			`unused groups.seson: no rule is of this group; did you mean "season"?`,
			`unused budgets[0]: no rule that is switched on draws on it`,
			`unused caps[1]: no rule that is switched on is under it`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d := sound()
			tt.change(&d)
			var got []string
			for _, w := range mustCompile(t, d).Warnings() {
				got = append(got, string(w.Kind)+" "+w.String())
			}
			if diff := diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What is said never to match never does.
func TestLaw_NeverMeansNever(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		given := map[string]bool{}
		for _, a := range d.evaluate(t).Awards {
			given[a.Rule] = true
		}
		for _, w := range d.set.Warnings() {
			var i int
			fmt.Sscanf(w.Path, "rules[%d]", &i)
			if id := d.def.Rules[i].ID; (w.Kind == WarnNever || w.Kind == WarnShadowed) && given[id] {
				t.Fatalf("rule %s gave something, and the warning is %s", id, w)
			}
		}
	})
}

func TestDiff(t *testing.T) {
	old := sound()
	old.Rules[0].Lines.Categories = []string{"food"}
	old.Groups = map[string]StackMode{"season": StackHighest}
	d := old.clone()
	d.Zone = "Europe/Berlin"
	d.Groups = map[string]StackMode{"season": StackFirst, "tier": StackHighest}
	d.Rules[0].Lines.Categories = []string{"food", "toys"}
	d.Rules[0].Effect.Points = 2
	d.Rules[0].Limits = []Limit{{Points: 5, Per: PerDay}}
	d.Rules[1].ID = "triple"
	d.Caps[0].Points, d.Caps[0].Uses = 0, 3
	d.Rules[0], d.Rules[2] = d.Rules[2], d.Rules[0] // the listing says nothing
	want := strings.Split(strings.TrimSpace(`
zone: was "", is "Europe/Berlin"
groups["season"]: was "highest", is "first"
groups["tier"]: added "highest"
rules["base"].effect.points: was 1, is 2
rules["base"].limits: added [{"per":"day","points":5}]
rules["base"].lines.categories: was ["food"], is ["food","toys"]
rules["double"]: removed {"id":"double","trigger":"order","effect":{"kind":"multiplier","factor":"2"}}
rules["triple"]: added {"id":"triple","trigger":"order","effect":{"kind":"multiplier","factor":"2"}}
caps["monthly"].points: removed 100
caps["monthly"].uses: added 3`), "\n")
	got := changes(mustCompile(t, d), mustCompile(t, old))
	if diff := diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	back := mustCompile(t, old).Diff(mustCompile(t, d))
	if len(back) != len(want) || back[1].Was != `"first"` || back[1].Is != `"highest"` {
		t.Errorf("the way back is %v", back)
	}
	if n := len(mustCompile(t, old).Diff(nil)); n != 5 {
		t.Errorf("a first version makes %d changes, want a group, three rules and a cap", n)
	}
}

func changes(s, old *Set) (list []string) {
	for _, c := range s.Diff(old) {
		list = append(list, c.String())
	}
	return list
}

// A set differs from another exactly when its definition does, whatever the listing.
func TestLaw_DiffTellsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		other, err := Compile(shuffled(t, d.def))
		if err != nil {
			t.Fatal(err)
		}
		shuffledWords := len(changes(other, d.set)) // lists of words keep their order
		i := rapid.IntRange(0, len(d.def.Rules)-1).Draw(t, "rule")
		changed := d.def.clone()
		changed.Rules[i].Name += "x"
		again, err := Compile(changed)
		if err != nil {
			t.Fatal(err)
		}
		got := again.Diff(d.set)
		if len(got) != 1 || !strings.HasPrefix(got[0].Path, "rules["+quote(d.def.Rules[i].ID)+"].name") {
			t.Fatalf("%v", got)
		}
		for _, c := range other.Diff(d.set) {
			if !strings.HasSuffix(c.Path, ".rules") {
				t.Fatalf("%d changes by listing otherwise: %s", shuffledWords, c)
			}
		}
	})
}
