package loyalty_test

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// What would double points in October have cost, for what was bought and spent anyway?
func ExampleCompare() {
	earning := []rules.Rule{{ID: "base", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.NewFromInt(1)}}}
	october := rules.Window{From: time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)}
	double := rules.Rule{ID: "double", Trigger: loyalty.TypeOrder, Window: october, Effect: rules.Effect{Kind: rules.Multiplier, Factor: decimal.NewFromInt(2)}}
	simulation := func(list ...rules.Rule) *loyalty.Simulation {
		s, err := loyalty.NewSimulation(loyalty.Config{Program: loyalty.Definition{OpenEnrolment: true, Rules: rules.Definition{Rules: list}}})
		if err != nil {
			panic(err)
		}
		return s
	}
	now, planned := simulation(earning...), simulation(append(earning, double)...)

	history := func(yield func(loyalty.Step, error) bool) { // from a database, or a file, a line at a time
		for i, amount := range []int64{120, 300, 80, 250} {
			at := time.Date(2025, time.September, 5+15*i, 12, 0, 0, 0, time.UTC)
			price := decimal.NewFromInt(amount)
			order := &rules.Order{ID: fmt.Sprint("o-", i), Total: price, Lines: []rules.Line{{ID: "1", Quantity: decimal.NewFromInt(1), Amount: price}}}
			e := &loyalty.Event{ID: order.ID, Type: loyalty.TypeOrder, Member: fmt.Sprint("m-", i%2), Time: at, Order: order}
			if !yield(loyalty.Step{Event: e}, nil) {
				return
			}
		}
		yield(loyalty.Step{At: time.Date(2025, 11, 2, 9, 0, 0, 0, time.UTC), Redemption: &loyalty.Redemption{ID: "r", Member: "m-0", Points: 150}}, nil)
	}
	plan := cost.Plan{PerPoint: decimal.RequireFromString("0.01"), Limit: decimal.RequireFromString("0.015"), Margin: decimal.RequireFromString("0.4")}
	c, err := loyalty.Compare(context.Background(), plan, now, planned, history)
	if err != nil {
		panic(err)
	}
	fmt.Println("revenue", c.Revenue, "points", c.Now.Issued, "→", c.Planned.Issued, "spent", c.Now.Redeemed)
	fmt.Println("cost over revenue", c.Now.Ratio, "→", c.Planned.Ratio, "within the limit", c.Now.Within, c.Planned.Within)
	fmt.Println("pays for itself with", c.BreakEven, "more revenue; gain:", c.Tiers[0].Winners, "of", c.Tiers[0].Members)
	for _, cohort := range c.Cohorts {
		fmt.Println(cohort.Cohort, "owed", cohort.CostNow, "→", cohort.CostPlanned)
	}
	// Output:
	// revenue 750 points 750 → 1080 spent 150
	// cost over revenue 0.01 → 0.0144 within the limit true true
	// pays for itself with 8.25 more revenue; gain: 2 of 2
	// 2025-09 owed 3 → 3
	// 2025-10 owed 3 → 6.3
}
