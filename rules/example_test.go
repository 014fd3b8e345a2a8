package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

const programme = `{
	"zone": "Europe/Berlin",
	"rules": [
		{"id": "base", "name": "1 point per euro", "trigger": "order",
		 "effect": {"kind": "rate", "points": 1, "per": "1.00"}},
		{"id": "gold", "name": "Gold ×1.5", "trigger": "order", "audience": {"tiers": ["gold"]},
		 "effect": {"kind": "multiplier", "factor": "1.5"}},
		{"id": "fruit", "name": "Fruit of the day", "trigger": "order", "phase": "bonus",
		 "lines": {"categories": ["food/fruit"]},
		 "effect": {"kind": "fixed", "points": 20}, "limits": [{"uses": 1, "per": "day"}]},
		{"id": "weekend", "name": "Weekend bonus", "trigger": "order", "phase": "bonus",
		 "window": {"slots": [{"days": ["sat", "sun"]}]},
		 "effect": {"kind": "fixed", "points": 50}}
	],
	"caps": [{"id": "monthly", "points": 500, "per": "month"}]
}`

// From rules in JSON to awards, and the words for them.
func Example() {
	def, err := rules.Decode(strings.NewReader(programme))
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := rules.Compile(def)
	if err != nil {
		fmt.Println(err)
		return
	}
	order := &rules.Event{
		Type:   "order",
		Time:   time.Date(2026, time.March, 2, 18, 30, 0, 0, time.UTC),
		Member: rules.Member{ID: "m1", Tier: "gold"},
		Order: &rules.Order{
			Lines: []rules.Line{
				{ID: "1", Category: "food/fruit", Quantity: decimal.RequireFromString("1.250"), Amount: decimal.RequireFromString("4.98")},
				{ID: "2", Category: "home", Quantity: decimal.NewFromInt(2), Amount: decimal.RequireFromString("60.00"), Discount: decimal.NewFromInt(10)},
			},
			Total: decimal.RequireFromString("54.98"),
		},
	}
	var usage rules.Usage // the member's, as stored

	result, err := set.Evaluate(order, usage, rules.Options{Trace: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(result.Explain())

	usage = usage.Add(result.Awards) // stored again
	fmt.Println("this month:", usage["cap/monthly/2026-03"].Points)
	// Output:
	// "1 point per euro" gave 54 points: 5 on line 1, 49 on line 2.
	// "Gold ×1.5" gave 27 points: 3 on line 1, 24 on line 2.
	// "Fruit of the day" gave 20 points, all on line 1.
	// "Weekend bonus" gave nothing: it is for sat,sun, and this was on Mon 19:30.
	// this month: 101
}

// Everything wrong with a rule set is reported at once.
func ExampleCompile() {
	_, err := rules.Compile(rules.Definition{
		Rules: []rules.Rule{
			{ID: "base", Trigger: "order", Effect: rules.Effect{Kind: rules.Rate, Points: 1}},
			{ID: "base", Trigger: "order", Effect: rules.Effect{Kind: "multiplyer", Factor: decimal.NewFromInt(2)}},
		},
		Caps: []rules.Cap{{ID: "monthly", Rules: []string{"bsae"}, Points: 500, Per: rules.PerMonth}},
	})
	fmt.Println(err)
	// Output:
	// rules: 4 problems:
	// 	rules[0].effect.per: must be above zero
	// 	rules[1].id: is "base", like that of rules[0]
	// 	rules[1].effect.kind: "multiplyer" is unknown; did you mean "multiplier"?
	// 	caps[0].rules[0]: there is no rule "bsae"; did you mean "base"?
}

// A misspelt field never passes for one that was left out.
func ExampleDecode_problems() {
	_, err := rules.Decode(strings.NewReader(`{
		"rules": [{"id": "base", "tigger": "order", "effect": {"kind": "rate", "points": 1, "per": 1.00}}]
	}`))
	fmt.Println(errors.Is(err, rules.ErrDefinition))
	fmt.Println(err)
	// Output:
	// true
	// rules: 2 problems:
	// 	rules[0].tigger: unknown field; did you mean "trigger"?
	// 	rules[0].effect.per: must be a decimal in quotes, such as "0.10", is the number 1.00
}

// purchase is an order of one line.
func purchase(at time.Time, amount int64) *rules.Event {
	total := decimal.NewFromInt(amount)
	return &rules.Event{Type: "order", Time: at, Order: &rules.Order{
		Lines: []rules.Line{{ID: "1", Quantity: decimal.NewFromInt(1), Amount: total}},
		Total: total,
	}}
}

// show evaluates and prints who gave what.
func show(set *rules.Set, event *rules.Event, usage rules.Usage) []rules.Award {
	result, err := set.Evaluate(event, usage, rules.Options{})
	if err != nil {
		fmt.Println(err)
	}
	var given []string
	for _, a := range result.Awards {
		given = append(given, fmt.Sprintf("%s %d", a.Rule, a.Points))
	}
	if given == nil {
		given = []string{"nothing"}
	}
	fmt.Println(strings.Join(given, ", "))
	return result.Awards
}

// Multipliers of one group combine as the group says; groups multiply each other.
func ExampleStackMode() {
	multiplier := func(id, group, factor string) rules.Rule {
		return rules.Rule{ID: id, Trigger: "order", Group: group, Effect: rules.Effect{Kind: rules.Multiplier, Factor: decimal.RequireFromString(factor)}}
	}
	for _, mode := range []rules.StackMode{rules.StackCompound, rules.StackAdditive, rules.StackHighest, rules.StackFirst} {
		set, err := rules.Compile(rules.Definition{
			Groups: map[string]rules.StackMode{"season": mode},
			Rules: []rules.Rule{
				{ID: "base", Trigger: "order", Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.NewFromInt(1)}},
				multiplier("double", "season", "2"),
				multiplier("triple", "season", "3"),
				multiplier("vip", "", "1.5"),
			},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-9s", mode)
		show(set, purchase(time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC), 100), nil)
	}
	// Output:
	// compound base 100, double 100, triple 400, vip 300
	// additive base 100, double 100, triple 200, vip 200
	// highest  base 100, triple 200, vip 150
	// first    base 100, double 100, vip 100
}

// A cap gives what is left of it, not all or nothing, and starts anew with its period.
func ExampleCap() {
	set, err := rules.Compile(rules.Definition{
		Zone:  "Asia/Shanghai",
		Rules: []rules.Rule{{ID: "base", Trigger: "order", Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.NewFromInt(1)}}},
		Caps:  []rules.Cap{{ID: "monthly", Points: 500, Per: rules.PerMonth}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var usage rules.Usage
	for _, day := range []int{10, 20, 30, 31} {
		// 20:00 UTC on the 31st is 1 April in Shanghai.
		awards := show(set, purchase(time.Date(2026, time.March, day, 20, 0, 0, 0, time.UTC), 300), usage)
		usage = usage.Add(awards)
	}
	// Output:
	// base 300
	// base 200
	// nothing
	// base 300
}

// Who was born on 29 February celebrates on a day that the programme chooses.
func ExampleOccasion() {
	for _, leap := range []calendar.LeapRule{calendar.Feb28, calendar.Mar1} {
		set, err := rules.Compile(rules.Definition{Rules: []rules.Rule{{
			ID: "birthday", Trigger: "check_in",
			Window: rules.Window{Occasion: rules.Occasion{Kind: rules.OccasionBirthday, Leap: leap}},
			Effect: rules.Effect{Kind: rules.Fixed, Points: 100},
			Limits: []rules.Limit{{Uses: 1, Per: rules.PerYear}},
		}}})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, date := range []string{"2026-02-28", "2026-03-01", "2028-02-29"} {
			day, _ := calendar.ParseDate(date)
			fmt.Print(leap, " ", date, ": ")
			show(set, &rules.Event{
				Type:   "check_in",
				Time:   day.Start(time.UTC),
				Member: rules.Member{Birthday: calendar.Yearly{Month: time.February, Day: 29}},
			}, nil)
		}
	}
	// Output:
	// feb28 2026-02-28: birthday 100
	// feb28 2026-03-01: nothing
	// feb28 2028-02-29: birthday 100
	// mar1 2026-02-28: nothing
	// mar1 2026-03-01: birthday 100
	// mar1 2028-02-29: birthday 100
}

// A remainder is carried to the next order, and a return gives it back.
func ExampleUsage_Return() {
	set, err := rules.Compile(rules.Definition{Unit: "stars", Rules: []rules.Rule{{
		ID: "star", Trigger: "order",
		Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.NewFromInt(40), Blocks: true, Carry: true},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var usage rules.Usage
	var last rules.Award
	for _, amount := range []int64{70, 60} {
		awards := show(set, purchase(time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC), amount), usage)
		usage, last = usage.Add(awards), awards[0]
		fmt.Println("carried:", usage["carry/star"].Carry)
	}
	usage = usage.Return(last, last.Lines, true)
	fmt.Println("after the return:", usage["carry/star"].Carry)
	// Output:
	// star 1
	// carried: 30
	// star 2
	// carried: 10
	// after the return: 30
}
