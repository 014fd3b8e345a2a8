package exprwhere_test

import (
	"fmt"

	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/rules/exprwhere"
)

func Example() {
	def := rules.Definition{Rules: []rules.Rule{{
		ID: "bundle", Trigger: "order",
		Expr:   `sum(lines, .net) >= 40 and any(lines, .category startsWith "shoes/") and any(lines, .category == "food")`,
		Effect: rules.Effect{Kind: rules.Fixed, Points: 100},
	}}}
	set, err := rules.Compile(def, rules.WithExpressions(exprwhere.Compiler{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	event := order() // shoes for 30.10, food for 15.00
	res, err := set.Evaluate(&event, rules.Usage{}, rules.Options{})
	for _, a := range res.Awards {
		fmt.Println(a.Rule, a.Points, err)
	}
	// Output: bundle 100 <nil>
}

func Example_mistake() {
	def := rules.Definition{Rules: []rules.Rule{{
		ID: "big", Trigger: "order", Expr: `order.total > 100 or order.totl > 1`, Effect: rules.Effect{Kind: rules.Fixed, Points: 100},
	}}}
	_, err := rules.Compile(def, rules.WithExpressions(exprwhere.Compiler{}))
	fmt.Println(err)
	// Output: rules: rules[0].expr: line 1, column 22: unknown field "order.totl"
}
