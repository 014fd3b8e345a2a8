package rules

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
)

// shop is a programme of 50 rules, of which 10 match shopOrder: a base rate, a
// rate on one category, three multipliers, four bonuses and a welcome in stars.
func shop() Definition {
	d := Definition{
		Zone:   "Europe/Berlin",
		Groups: map[string]StackMode{"tier": StackHighest},
		Caps:   []Cap{{ID: "monthly", Points: 5000, Per: PerMonth}},
	}
	gold := Audience{Tiers: []string{"gold", "platinum"}}
	add := func(r Rule, change func(*Rule)) {
		change(&r)
		d.Rules = append(d.Rules, r)
	}
	add(rateRule("base"), func(r *Rule) {})
	add(rateRule("food"), func(r *Rule) { r.Lines.Categories = []string{"food"} })
	add(multiplierRule("gold", "1.5"), func(r *Rule) { r.Audience, r.Group = gold, "tier" })
	add(multiplierRule("double-fruit", "2"), func(r *Rule) { r.Lines.Categories = []string{"food/fruit"} })
	add(multiplierRule("weekday", "1.1"), func(r *Rule) { r.Window.Slots = []calendar.Slot{{Days: calendar.WeekdaysOf(1, 2, 3, 4, 5)}} })
	for i := range 4 {
		add(fixedRule(fmt.Sprintf("bonus-%d", i), 10), func(r *Rule) { r.Phase = PhaseBonus })
	}
	add(fixedRule("star", 1), func(r *Rule) { r.Unit, r.Limits = "stars", []Limit{{Uses: 100, Per: PerYear}} })
	for i := len(d.Rules); i < 50; i++ {
		r := fixedRule(fmt.Sprintf("other-%d", i), 5)
		switch i % 4 {
		case 0:
			r.Lines.SKUs = []string{fmt.Sprintf("sku-%d", i)}
		case 1:
			r.Audience.Tiers = []string{"silver"}
		case 2:
			r.Lines.Categories = []string{fmt.Sprintf("toys/%d", i)}
		case 3:
			r.Window.Until = day(1)
		}
		d.Rules = append(d.Rules, r)
	}
	return d
}

func shopOrder() *Event {
	var lines []Line
	for i := range 5 {
		l := item(fmt.Sprint(i+1), "19.99")
		l.SKU, l.Category = fmt.Sprintf("item-%d", i), []string{"food/fruit", "food/bread", "home"}[i%3]
		l.Tax = dec("3.19")
		lines = append(lines, l)
	}
	ev := orderOf(lines...)
	ev.Member.Tier = "gold"
	return ev
}

func BenchmarkEvaluate(b *testing.B) {
	set, ev := mustCompile(b, shop()), shopOrder()
	first, err := set.Evaluate(ev, nil, Options{})
	if err != nil || len(first.Awards) != 10 {
		b.Fatal(len(first.Awards), err)
	}
	used := Usage{}.Add(first.Awards)
	for _, bb := range []struct {
		name string
		use  Usage
		opt  Options
	}{{"new", nil, Options{}}, {"used", used, Options{}}, {"traced", used, Options{Trace: true}}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.Evaluate(ev, bb.use, bb.opt); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	ev := shopOrder()
	b.ReportAllocs()
	for b.Loop() {
		if err := ev.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAllocate(b *testing.B) {
	for _, n := range []int{5, 100, MaxLines} {
		weights := make([]int64, n)
		for i := range weights {
			weights[i] = int64(i*7919%1000 + 1)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Allocate(1_234_567, weights)
			}
		})
	}
}

// BenchmarkCompile compiles as many rules as a set may have.
func BenchmarkCompile(b *testing.B) {
	d := many()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text, err := json.Marshal(many())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func many() (d Definition) {
	for i := range MaxRules {
		r := rateRule(fmt.Sprintf("r%d", i))
		r.Lines.SKUs = []string{fmt.Sprintf("sku-%d", i)}
		d.Rules = append(d.Rules, r)
	}
	return d
}
