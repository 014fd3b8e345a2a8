package cost_test

import (
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
)

// Prices have risen by 8 %: see what a new value would cost, then announce it.
func ExampleMonitor() {
	monitor := cost.Monitor{Base: dec("0.01")}
	now := cny.Values[0]
	proposed, reading, move, err := monitor.Propose(now, []cost.Good{
		{Name: "rice", Baseline: dec("100"), Current: dec("104")},
		{Name: "oil", Baseline: dec("100"), Current: dec("110")},
		{Name: "tea", Baseline: dec("100"), Current: dec("110")},
	})
	if err != nil || !move {
		log.Fatal(move, err)
	}
	fmt.Println("inflation", reading.Inflation, "value", proposed.PerPoint)

	estimate, err := cost.ChainLadder{}.Estimate(cost.Triangle{Rows: []cost.Row{
		{Cohort: "2025", Issued: 1_000_000, Redeemed: cost.Cumulative{400_000, 700_000}},
		{Cohort: "2026", Issued: 1_000_000, Redeemed: cost.Cumulative{400_000}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	preview, err := estimate.Preview(now, proposed, 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("provision %s to %s: %s\n", preview.Before.Amount, preview.After.Amount, preview.Note)

	table, err := cny.Announce(proposed, calendar.Date{Year: 2026, Month: 11, Day: 22}, cost.Notice{})
	if err != nil {
		log.Fatal(err)
	}
	v := table.Values[1]
	fmt.Printf("version %d: %s from %s, announced %s: %s\n", v.Version, v.PerPoint, v.From, v.Announced, v.Reason)
	// Output:
	// inflation 0.08 value 0.0104
	// provision 3000 to 3120: 300000 points still to be redeemed, at 0.0104 instead of 0.01
	// version 2: 0.0104 from 2026-12-22, announced 2026-11-22: prices are 8.00% above the baseline
}

// Points cost 4 % of revenue where 3 % was meant: new points become worth less, by a
// tenth at most; those members have stay as they are.
func ExampleRatePolicy() {
	policy := cost.RatePolicy{Floor: dec("0.005"), Ceiling: dec("0.02")}
	next, move, err := policy.Step(cny.Values[0], cost.View{Revenue: dec("100000"), Cost: dec("4000")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(move, next.PerPoint, next.Grandfather, next.Reason)
	// Output:
	// true 0.009 true points cost 4.00% of revenue, aim 3.00%
}
