package cost_test

import (
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

// A month of counts. Members come back 55 % more often than others, which is above
// the target and proves nothing: who comes often becomes a member.
func ExampleCounts_KPIs() {
	counts := cost.Counts{
		Customers: 5000, Members: 3100, Active: 2400, ActiveEarn: 2040, Issued: 620_000, Redeemed: 198_400, Interaction: 11_040,
		MemberBuyers: 2400, MemberRepeat: 1488, OtherBuyers: 1900, OtherRepeat: 760,
		MemberRevenue: dec("936000"), MemberOrders: 5200, OtherRevenue: dec("364000"), OtherOrders: 2800,
		PointsCost: dec("6200"), Liability: dec("17200"),
	}
	kpis, err := counts.KPIs("2026-11", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(cost.Table(kpis))
	// Output:
	// enrolment_rate                       62.00% (> 60%): met
	// earn_rate                            85.00% (> 80%): met
	// redemption_rate                      32.00% (> 30%): met
	// repurchase_uplift                    55.00% (> 50%): unproven, naive evidence
	// aov_uplift                           38.46% (> 30%): unproven, naive evidence
	// churn_reduction                   undefined (> 20%): undefined, naive evidence
	// cost_ratio                            0.48% (<= 3%): met
	// liability_ratio                       1.32%: no target
	// roi_ratio                         undefined (> 3): undefined
	// referral_cost_share               undefined (< 50%): undefined
	// high_value_retention              undefined (> 85%): undefined
	// interactions_per_active_member         4.60 (> 4): met
}

func ExampleCounts_GAIN() {
	counts := cost.Counts{Customers: 1000, Members: 800, Active: 200, Prospects: 4000, NewCustomers: 300, MemberBuyers: 500, MemberRepeat: 150}
	gain, err := counts.GAIN("2026-11", map[string]cost.Target{cost.GainParticipation: {Comparator: cost.AtLeast, Value: dec("0.3")}})
	if err != nil {
		log.Fatal(err)
	}
	one, err := cost.Composite("gain", gain, map[string]decimal.Decimal{cost.GainDemand: dec("1"), cost.GainParticipation: dec("2"), cost.GainGrowth: dec("1")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(cost.Table(append(gain, one)))
	// Output:
	// gain_demand                           7.50%: no target
	// gain_participation                   25.00% (>= 30%): missed
	// gain_growth                          30.00%: no target
	// gain                                 21.88%: no target
}

// Like for like, most of a naive lift is gone.
func ExampleStandardise() {
	result, err := cost.Standardise([]cost.Stratum{
		{Name: "low prior spend", Members: 200, MemberHit: 60, Others: 1400, OtherHit: 392},
		{Name: "mid", Members: 500, MemberHit: 250, Others: 800, OtherHit: 376},
		{Name: "high", Members: 800, MemberHit: 600, Others: 200, OtherHit: 142},
	}, 0.95)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Naive)
	fmt.Println(result.Adjusted)
	k, err := cost.EffectKPI(cost.RepurchaseUplift, "2026", result.Adjusted, cost.Target{Comparator: cost.Above, Value: dec("0.5")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(k)
	// Output:
	// +60.0% (+49.5% to +70.5%, 95%), relative lift, delta method, p 9.74e-29: naive evidence
	// +5.9% (-1.8% to +13.7%, 95%), relative lift, standardised, p 0.133: adjusted evidence
	// repurchase_uplift                     5.94% (> 50%): missed, adjusted evidence
}

// A hold-out drawn by lot is the one clean measure of a programme.
func ExampleComparison() {
	members, err := cost.Share(560, 700)
	if err != nil {
		log.Fatal(err)
	}
	heldOut, err := cost.Share(480, 800)
	if err != nil {
		log.Fatal(err)
	}
	e, err := cost.Comparison{Evidence: cost.Randomised}.Shares(members, heldOut)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e)
	p, err := cost.SampleRatio([]int64{700, 800}, []float64{1, 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("groups of these sizes by an even lot: p %.3f\n", p)
	// Output:
	// +0.2 (+0.1543 to +0.2443, 95%), difference, Newcombe, p 5.27e-17: randomised evidence
	// groups of these sizes by an even lot: p 0.010
}
