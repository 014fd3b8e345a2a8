package cost_test

import (
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
)

// The same points by rule of thumb and by cohort: the rule forgets that old points
// which were not redeemed yet mostly never will be.
func ExampleChainLadder() {
	triangle := cost.Triangle{Rows: []cost.Row{
		{Cohort: "2021", Issued: 1_000_000, Redeemed: cost.Cumulative{300_000, 520_000, 640_000, 680_000}, Expired: cost.Cumulative{0, 0, 0, 320_000}},
		{Cohort: "2022", Issued: 1_200_000, Redeemed: cost.Cumulative{372_000, 636_000, 780_000}},
		{Cohort: "2023", Issued: 1_100_000, Redeemed: cost.Cumulative{330_000, 583_000}},
		{Cohort: "2024", Issued: 1_300_000, Redeemed: cost.Cumulative{416_000}},
	}}
	estimate, err := cost.ChainLadder{Expires: 4}.Estimate(triangle)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(estimate)
	liability, err := estimate.Worth(dec("0.01"), 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(liability)
	flat, err := cost.Flat{PerPoint: dec("0.008")}.Liability(liability.Outstanding, 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(flat)
	// Output:
	// chain ladder, volume-weighted
	// cohort           issued     redeemed  outstanding      to come      URR          low         high
	// 2021            1000000       680000            0            0   68.00%            0            0
	// 2022            1200000       780000       420000        48750   69.06%        47927        49584
	// 2023            1100000       583000       517000       177901   69.17%       173337       182552
	// 2024            1300000       416000       884000       526290   72.48%       493524       560638
	// total                                                   752941                719344       787684
	// note: Mack's standard error, last sigma by Mack's rule
	// chain ladder, volume-weighted: 7529.41 (7193.44 to 7876.84, 95%) on 1821000 points
	// flat rule (approximation): 14568.00 on 1821000 points
}

// A prior steadies a cohort of which one month is known.
func ExampleBornhuetterFerguson() {
	triangle := cost.Triangle{Rows: []cost.Row{
		{Cohort: "2026-01", Issued: 1000, Redeemed: cost.Cumulative{200, 500, 600}},
		{Cohort: "2026-02", Issued: 1000, Redeemed: cost.Cumulative{180, 480}},
		{Cohort: "2026-03", Issued: 1000, Redeemed: cost.Cumulative{20}}, // a quiet month
	}}
	for _, estimate := range []func(cost.Triangle) (cost.Estimate, error){
		cost.ChainLadder{}.Estimate,
		cost.BornhuetterFerguson{Prior: 0.6, PriorSE: 0.05, Young: 2}.Estimate,
	} {
		e, err := estimate(triangle)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.0f still to come of 2026-03\n", e.Method, e.Cohorts[2].Future)
	}
	// Output:
	// chain ladder, volume-weighted: 42 still to come of 2026-03
	// Bornhuetter–Ferguson below 2 ages, chain ladder above: 406 still to come of 2026-03
}

// Hazards know of expiry, and need no redemption of a cohort to speak of it.
func ExampleHazards() {
	triangle := cost.Triangle{Rows: []cost.Row{
		{Cohort: "2025-Q1", Issued: 1000, Redeemed: cost.Cumulative{200, 400, 500}, Expired: cost.Cumulative{0, 0, 500}},
		{Cohort: "2025-Q2", Issued: 1000, Redeemed: cost.Cumulative{160, 370}},
		{Cohort: "2025-Q3", Issued: 1000, Redeemed: cost.Cumulative{0}},
	}}
	hazards, urr, err := cost.Hazards{Expires: 3}.Fit(triangle)
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range hazards {
		fmt.Printf("age %d: %4d points, %.3f redeemed, %.3f expired\n", h.Age, h.AtRisk, h.Redeem, h.Expire)
	}
	fmt.Printf("of points issued now %.1f%% will be redeemed\n", urr*100)
	// Output:
	// age 0: 3000 points, 0.120 redeemed, 0.000 expired
	// age 1: 1640 points, 0.250 redeemed, 0.000 expired
	// age 2:  600 points, 0.167 redeemed, 0.833 expired
	// of points issued now 45.0% will be redeemed
}

// A triangle from the ledger's postings, in one pass over them in any order.
func ExampleHistory() {
	history, err := cost.NewHistory(calendar.Month, "Asia/Shanghai")
	if err != nil {
		log.Fatal(err)
	}
	jan, feb, mar := noon("2026-01-15"), noon("2026-02-03"), noon("2026-03-20")
	for _, m := range []cost.Movement{
		{Kind: cost.Issue, Issued: jan, At: jan, Points: 1000},
		{Kind: cost.Redeem, Issued: jan, At: mar, Points: 300},
		{Kind: cost.Redeem, Issued: jan, At: jan, Points: 200},
		{Kind: cost.Unredeem, Issued: jan, At: mar, Points: 50}, // the order was returned
		{Kind: cost.Issue, Issued: feb, At: feb, Points: 500},
		{Kind: cost.Redeem, Issued: feb, At: mar, Points: 100},
	} {
		if err := history.Add(m); err != nil {
			log.Fatal(err)
		}
	}
	triangle, err := history.Triangle(time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range triangle.Rows {
		fmt.Println(r.Cohort, r.Issued, r.Redeemed)
	}
	// Output:
	// 2026-01 1000 [200 200 450]
	// 2026-02 500 [0 100]
}
