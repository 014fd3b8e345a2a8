package rules_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// compiled reads and compiles a definition that is known to be sound.
func compiled(text string, opts ...rules.CompileOption) *rules.Set {
	def, err := rules.Decode(strings.NewReader(text))
	if err != nil {
		panic(err)
	}
	set, err := rules.Compile(def, opts...)
	if err != nil {
		panic(err)
	}
	return set
}

var secondOfMarch = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// What the fields of a rule cannot say is a condition, over the event's own
// attributes too.
func ExampleCondition() {
	set := compiled(`{
		"attributes": {"stars": "integer", "member.country": "text"},
		"rules": [{
			"id": "reviewer", "trigger": "review", "effect": {"kind": "fixed", "points": 50},
			"when": {"all": [
				{"field": "stars", "gte": 4},
				{"not": {"field": "member.country", "in": ["CH", "LI"]}}
			]}
		}]
	}`)
	for _, stars := range []int64{5, 3} {
		review := &rules.Event{
			Type: "review", Time: secondOfMarch,
			Attributes: rules.Attributes{"stars": rules.Integer(stars)},
			Member:     rules.Member{Attributes: rules.Attributes{"country": rules.Text("DE")}},
		}
		result, err := set.Evaluate(review, nil, rules.Options{Trace: true})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(result.Explain())
	}
	// Output:
	// "reviewer" gave 50 points.
	// "reviewer" gave nothing: it takes that stars is at least 4, and here stars is 3.
}

// A condition is checked for its types when it is compiled.
func ExampleCondition_problems() {
	_, err := rules.Compile(rules.Definition{Rules: []rules.Rule{{
		ID: "big", Trigger: "order", Effect: rules.Effect{Kind: rules.Fixed, Points: 100},
		When: rules.Condition{Any: []rules.Condition{
			{Field: "order.totl", Gte: rules.Text("100")},
			{Field: "order.total", Gte: rules.Integer(100)},
			{Field: "channel", Gt: rules.Text("web")},
		}},
	}}})
	fmt.Println(err)
	// Output:
	// rules: 3 problems:
	// 	rules[0].when.any[0].field: "order.totl" is unknown; did you mean "order.total"?
	// 	rules[0].when.any[1].gte: must be a decimal in quotes, such as "0.10", is the number 100
	// 	rules[0].when.any[2].gt: does not go with channel, which is of type text: there it is one of eq, in, contains, prefix, exists
}

// words is a language of one sentence: "at least 3 different products".
type words struct{}

func (words) CompileExpression(source string, _ []rules.Field) (rules.Expression, error) {
	rest, ok := strings.CutPrefix(source, "at least ")
	number, ok2 := strings.CutSuffix(rest, " different products")
	least, err := strconv.Atoi(number)
	if !ok || !ok2 || err != nil {
		return nil, &rules.ExpressionError{Line: 1, Column: 1, Message: "say: at least 3 different products"}
	}
	return different(least), nil
}

type different int

func (least different) Holds(v rules.View) (bool, error) {
	seen := map[string]bool{}
	for _, l := range v.Lines() {
		seen[l.SKU] = true
	}
	return len(seen) >= int(least), nil
}

// A host may give rules a language of its own.
func ExampleWithExpressions() {
	const text = `{"rules": [{"id": "mix", "trigger": "order", "expr": "at least 2 different products", "effect": {"kind": "fixed", "points": 30}}]}`
	set := compiled(text, rules.WithExpressions(words{}))
	result, err := set.Evaluate(purchase(secondOfMarch, 100), nil, rules.Options{Trace: true})
	fmt.Print(result.Explain())

	def := set.Definition()
	def.Rules[0].Expr = "many"
	_, err = rules.Compile(def, rules.WithExpressions(words{}))
	fmt.Println(err)
	// Output:
	// "mix" gave nothing: it takes that "at least 2 different products", and it was false.
	// rules: rules[0].expr: line 1, column 1: say: at least 3 different products
}

// Points wait for the delivery, or for 30 days, and are good for two years and to
// the end of that month.
func ExampleTerms() {
	set := compiled(`{"zone": "Europe/Berlin", "rules": [{
		"id": "base", "trigger": "order", "effect": {"kind": "rate", "points": 1, "per": "1.00"},
		"pending": {"days": 30, "await": "delivered/{order}"},
		"expiry": {"months": 24, "end_of": "month"}
	}]}`)
	order := purchase(secondOfMarch, 100)
	order.Order.ID = "o-7"
	result, err := set.Evaluate(order, nil, rules.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	terms := result.Awards[0].Terms
	fmt.Println("active", terms.Active.Format(time.DateOnly), "or on", terms.Await)
	fmt.Println("until ", terms.Expires.Format(time.DateOnly))
	// Output:
	// active 2026-04-01 or on delivered/o-7
	// until  2028-04-01
}

// A campaign gives what is left of its budget, to whoever comes first.
func ExampleBudget() {
	set := compiled(`{
		"rules": [{"id": "spring", "trigger": "order", "effect": {"kind": "rate", "points": 1, "per": "1.00"}}],
		"budgets": [{"id": "spring", "money": "2.00", "point_cost": "0.008"}]
	}`)
	funds := rules.Funds{}
	for range 3 {
		order := purchase(secondOfMarch, 120)
		for _, need := range set.Needs(order) {
			if _, ok := funds[need.Key]; !ok {
				funds[need.Key] = need.Full
			}
		}
		result, err := set.Evaluate(order, nil, rules.Options{Trace: true, Funds: funds})
		if err != nil {
			fmt.Println(err)
			return
		}
		funds = funds.Take(result.Awards)
		fmt.Print(result.Explain())
	}
	fmt.Println("left:", funds["budget/spring/ever"].Money)
	// Output:
	// "spring" gave 120 points, all on line 1.
	// "spring" gave 120 points, all on line 1.
	// "spring" gave 10 points, all on line 1; the budget "spring" took off 110.
	// left: 0
}

// An affiliate gets money, and a new customer a coupon.
func ExampleOutcome() {
	set := compiled(`{"rules": [
		{"id": "affiliate", "trigger": "order", "effect": {"kind": "commission", "rate": "0.05", "round": "half-even"}},
		{"id": "welcome", "trigger": "order", "audience": {"first_order": true},
		 "effect": {"kind": "outcome", "outcome": {"kind": "coupon", "reference": "COFFEE"}}}
	]}`)
	result, err := set.Evaluate(purchase(secondOfMarch, 99), nil, rules.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(result.Explain())
	// Output:
	// "affiliate" gave a commission of 4.95, all on line 1.
	// "welcome" gave the coupon "COFFEE".
}

// The commitment and the odds are published before the first draw; with the secret,
// revealed after the last, anyone can check each.
func ExampleVerifyDraw() {
	set := compiled(`{"rules": [{"id": "box", "trigger": "order", "effect": {"kind": "draw", "draw": {
		"of": 100,
		"prizes": [{"id": "medal", "odds": 10, "points": 500}, {"id": "points", "odds": 40, "points": 20}, {"id": "nothing", "odds": 50}],
		"guarantee": {"after": 9, "prize": "medal"}
	}}}]}`)
	secret := []byte("of at least sixteen random bytes")
	rule, _ := set.Rule("box")
	odds := *rule.Effect.Draw
	fmt.Println("published:", rules.Commitment(secret)[:16], odds.Hash()[:16])

	order := purchase(secondOfMarch, 50)
	order.ID, order.Member.ID = "event-1", "m-1"
	result, err := set.Evaluate(order, nil, rules.Options{Secret: secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(result.Explain())

	drawn := *result.Awards[0].Drawn
	fmt.Println("checked:", rules.VerifyDraw(secret, "box", odds, drawn))
	drawn.Prize = "medal"
	fmt.Println("changed:", errors.Is(rules.VerifyDraw(secret, "box", odds, drawn), rules.ErrDraw))
	// Output:
	// published: 04fe29dd6a2334b5 c7a8ba31ff9035d7
	// "box" gave what it drew, number 94: nothing.
	// checked: <nil>
	// changed: true
}

// What compiles may still be a mistake.
func ExampleSet_Warnings() {
	set := compiled(`{"rules": [
		{"id": "base", "trigger": "order", "effect": {"kind": "rate", "points": 1, "per": "1.00"}},
		{"id": "small", "trigger": "order", "effect": {"kind": "fixed", "points": 5},
		 "when": {"all": [{"field": "order.total", "gte": "50"}, {"field": "order.total", "lt": "20"}]}},
		{"id": "gold", "trigger": "check_in", "audience": {"tiers": ["gold"]}, "effect": {"kind": "multiplier", "factor": "2"}}
	]}`)
	for _, w := range set.Warnings() {
		fmt.Println(w)
	}
	// Output:
	// rules[1].when: can never hold: order.total cannot be so together with what else the rule asks of it
	// rules[2].effect: has nothing to multiply: no base rule of the trigger "check_in" awards points
}

// A new version is read by people before it comes into force.
func ExampleSet_Diff() {
	old := compiled(programme)
	def := old.Definition()
	def.Rules[1].Effect.Factor = decimal.NewFromInt(2)
	def.Rules[2].Lines.Categories = append(def.Rules[2].Lines.Categories, "food/nuts")
	def.Rules = def.Rules[:3]
	set, err := rules.Compile(def)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range set.Diff(old) {
		fmt.Println(c)
	}
	// Output:
	// rules["fruit"].lines.categories: was ["food/fruit"], is ["food/fruit","food/nuts"]
	// rules["gold"].effect.factor: was "1.5", is "2"
	// rules["weekend"]: removed {"id":"weekend","name":"Weekend bonus","trigger":"order","window":{"slots":[{"days":["sat","sun"]}]},"effect":{"kind":"fixed","points":50},"phase":"bonus"}
}

// Each fifth order, from the tenth on.
func ExampleNthOrder() {
	fmt.Println(rules.NthOrder{From: 10, Every: 5})
	fmt.Println(rules.NthOrder{From: 10, To: 40, Every: 5})
	fmt.Println(rules.NthOrder{From: 2, To: 4})
	// Output:
	// orders 10, 15, 20 and so on
	// orders 10, 15 and so on up to 40
	// orders 2 to 4
}
