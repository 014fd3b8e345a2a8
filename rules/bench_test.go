package rules

import (
	"encoding/json"
	"fmt"
	"runtime"
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

func BenchmarkShop(b *testing.B) {
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

// campaigns are as many rules as a marketplace may have, of which each order of
// campaignOrder meets 10 and matches 5: rules for a SKU and, by turns, for a
// category. Of the two for one thing one is for another tier, is over, or asks for
// more money.
func campaigns(n int) (d Definition) {
	for i := range n {
		thing := i / 2
		r := Rule{ID: fmt.Sprintf("r%d", i), Trigger: "order", Audience: Audience{Tiers: []string{"gold", "platinum"}}}
		r.Window.From, r.Window.Until = day(1), day(10)
		if i%2 == 0 {
			r.Lines.SKUs = []string{fmt.Sprintf("sku-%d", thing)}
		} else {
			r.Lines.Categories = []string{fmt.Sprintf("department-%d/category-%d", thing%20, thing)}
		}
		r.Lines.MinAmount = dec("10")
		switch i % 3 {
		case 0:
			r.Effect = Effect{Kind: Rate, Points: 1, Per: dec("1")}
		case 1:
			r.Effect = Effect{Kind: Fixed, Points: 20}
			r.Limits = []Limit{{Uses: 3, Per: PerMonth}}
		case 2:
			r.Effect, r.Phase = Effect{Kind: PerQuantity, Points: 5}, PhaseBonus
		}
		if (i+thing)%2 == 1 {
			switch i % 3 {
			case 0:
				r.Audience.Tiers = []string{"silver"}
			case 1:
				r.Window.Until = day(2)
			case 2:
				r.Lines.MinAmount = dec("1000")
			}
		}
		d.Rules = append(d.Rules, r)
	}
	return d
}

// What orders cost they have in common: a program has just read its event, and
// does not find the numbers in it cold.
var oneItem, oneTax = item("", "19.99"), dec("3.19")

// campaignOrder is an order of five lines, which differ from one k to the next.
func campaignOrder(rules, k int) *Event {
	things := rules / 2
	var lines []Line
	for i := range 5 {
		thing := (k*7919 + i*(things/5)) % things
		l := oneItem
		l.ID, l.SKU, l.Category = fmt.Sprint(i+1), fmt.Sprintf("sku-%d", thing), fmt.Sprintf("department-%d/category-%d", thing%20, thing)
		l.Brand, l.Tax = "acme", oneTax
		lines = append(lines, l)
	}
	ev := orderOf(lines...)
	ev.Member.Tier, ev.Member.Segments, ev.Channel = "gold", []string{"vip"}, "web"
	return ev
}

var campaignSizes = []int{10, 100, 1_000, 10_000, MaxRules}

// differentEvents is how many events follow each other before the first comes
// again: more than the processor's caches remember.
const differentEvents = 4096

// inTurn runs a benchmark on one event again and again, and on different ones in turn.
func inTurn(b *testing.B, rules int, run func(b *testing.B, next func() *Event)) {
	for _, n := range []int{1, differentEvents} {
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			events := make([]*Event, n)
			for k := range events {
				events[k] = campaignOrder(rules, k)
			}
			i := 0
			b.ReportAllocs()
			run(b, func() *Event {
				if i++; i == n {
					i = 0
				}
				return events[i]
			})
		})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range campaignSizes {
		set := mustCompile(b, campaigns(n))
		for _, trace := range []bool{false, true} {
			b.Run(fmt.Sprintf("rules=%d/trace=%s", n, map[bool]string{false: "off", true: "on"}[trace]), func(b *testing.B) {
				inTurn(b, n, func(b *testing.B, next func() *Event) {
					for b.Loop() {
						r, err := set.Evaluate(next(), nil, Options{Trace: trace})
						if err != nil || len(r.Awards) != 5 {
							b.Fatal(len(r.Awards), err)
						}
					}
				})
			})
		}
	}
}

// BenchmarkMatch is the part of an evaluation that says which rules match, beside
// an index written by hand for these very rules.
func BenchmarkMatch(b *testing.B) {
	for _, n := range campaignSizes {
		set, bare := mustCompile(b, campaigns(n)), newBareIndex(campaigns(n))
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			b.Run("set", func(b *testing.B) {
				inTurn(b, n, func(b *testing.B, next func() *Event) {
					order := readOrder(b, next())
					for b.Loop() {
						if n := set.countMatches(next(), order); n != 5 {
							b.Fatal(n)
						}
					}
				})
			})
			b.Run("bare", func(b *testing.B) {
				inTurn(b, n, func(b *testing.B, next func() *Event) {
					order := readOrder(b, next())
					for b.Loop() {
						if n := bare.countMatches(next(), order); n != 5 {
							b.Fatal(n)
						}
					}
				})
			})
		})
	}
}

// readOrder reads the order of an event. Those of campaignOrder read alike.
func readOrder(b *testing.B, ev *Event) *order {
	var o order
	if err := ev.read(&o); err != nil {
		b.Fatal(err)
	}
	return &o
}

// countMatches matches an event whose order has been read.
func (s *Set) countMatches(ev *Event, o *order) (n int) {
	e := s.begin()
	defer e.end()
	e.event, e.order = ev, *o
	t := s.triggers[ev.Type]
	for _, at := range e.candidates(t) {
		if m := (match{rule: &t.rules[at], at: at}); e.match(&m) == matched {
			n++
		}
	}
	return n
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

// BenchmarkCompile reports what a set takes in memory beyond its copy of the
// definition as B/rule.
func BenchmarkCompile(b *testing.B) {
	for _, n := range campaignSizes {
		d := campaigns(n)
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			_, beyond := weigh(b, d)
			defer func() { b.ReportMetric(float64(beyond)/float64(n), "B/rule") }()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Compile(d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLoad reads a definition from JSON and compiles it. What a set takes in
// memory, its copy of the definition included, is reported as heap-B/rule.
func BenchmarkLoad(b *testing.B) {
	for _, n := range campaignSizes {
		text, err := json.Marshal(campaigns(n))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			var set *Set
			before := heap()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				set = nil
				d, err := decode(text)
				if err == nil {
					set, err = Compile(d)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(heap()-before)/float64(n), "heap-B/rule")
			runtime.KeepAlive(set)
		})
	}
}
