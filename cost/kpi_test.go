package cost_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestCounts_facts(t *testing.T) {
	var given struct {
		cost.Counts
		Interactions int64 `json:"interactions_in_month"`
	}
	var want struct {
		Values map[string]float64
		Met    map[string]bool `json:"target_met"`
	}
	fact(t, "cost-pub-11", &given, &want)
	c := given.Counts
	c.Interaction = given.Interactions
	kpis, err := c.KPIs("2026-11", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(kpis) != len(want.Values) {
		t.Fatalf("%d figures, want %d", len(kpis), len(want.Values))
	}
	for _, k := range kpis {
		nearDecimal(t, k.Name, k.Value, want.Values[k.Name], 1e-6)
		if met, ok := want.Met[k.Name]; ok != (k.Comparator != "") || met != k.Reached {
			t.Errorf("%s: reached %v, want %v", k.Name, k.Reached, met)
		}
		if naive := k.Evidence == cost.Naive; naive != (k.Status == cost.Unproven) {
			t.Errorf("%s: %s on %q evidence", k.Name, k.Status, k.Evidence)
		}
	}
}

func TestKPI_exact(t *testing.T) {
	tests := []struct {
		rule   string
		counts cost.Counts
		name   string
		want   cost.Status
	}{
		{"exactly 30% more is not above 30%", cost.Counts{MemberRevenue: dec("104"), MemberOrders: 1, OtherRevenue: dec("80"), OtherOrders: 1}, cost.BasketUplift, cost.Missed},
		{"a cent more is, but naive", cost.Counts{MemberRevenue: dec("104.01"), MemberOrders: 1, OtherRevenue: dec("80"), OtherOrders: 1}, cost.BasketUplift, cost.Unproven},
		{"exactly 3% is at most 3%", cost.Counts{OtherRevenue: dec("100"), PointsCost: dec("3")}, cost.CostRatio, cost.Met},
		{"3 to 1 is not above 3", cost.Counts{Profit: dec("3"), ProgrammeCost: dec("1")}, cost.ROI, cost.Missed},
		{"no cost is no ratio", cost.Counts{Profit: dec("3")}, cost.ROI, cost.Undefined},
		{"no revenue is no ratio", cost.Counts{PointsCost: dec("3")}, cost.CostRatio, cost.Undefined},
		{"more refunds than sales is no ratio", cost.Counts{OtherRevenue: dec("-3"), PointsCost: dec("3")}, cost.CostRatio, cost.Undefined},
		{"others who never come back are no base", cost.Counts{MemberBuyers: 2, MemberRepeat: 1, OtherBuyers: 2}, cost.RepurchaseUplift, cost.Undefined},
		{"nor are no others", cost.Counts{MemberBuyers: 2, MemberRepeat: 1}, cost.RepurchaseUplift, cost.Undefined},
		{"nobody active", cost.Counts{}, cost.EarnRate, cost.Undefined},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			kpis, err := tt.counts.KPIs("2026-11", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range kpis {
				if k.Name == tt.name && k.Status != tt.want {
					t.Errorf("%s", k)
				}
				if k.Status == cost.Undefined && (k.Defined || k.Reached) {
					t.Errorf("%+v", k)
				}
			}
		})
	}
}

func TestCounts_invalid(t *testing.T) {
	for path, c := range map[string]cost.Counts{
		"customers":           {Customers: -1},
		"active_members":      {Customers: 5, Members: 3, Active: 4},
		"members_lost":        {MembersLost: 1},
		"high_value_retained": {HighValueKept: -1},
		"points_cost":         {PointsCost: dec("-1")},
		"normal_cac":          {AcquisitionCost: decimal.New(1, 1<<30)},
	} {
		_, err := c.KPIs("2026-11", nil)
		wantInvalid(t, err, path)
	}
	_, err := cost.Counts{}.KPIs("2026-11", map[string]cost.Target{"x": {Comparator: "=", Value: dec("1")}})
	wantInvalid(t, err, "targets.x.comparator")
	var c cost.Counts
	wantInvalid(t, c.Add(cost.Customer{Active: true}), "active")
	wantInvalid(t, c.Add(cost.Customer{Orders: -1}), "orders")
	if diff := cmp.Diff(cost.Counts{}, c); diff != "" {
		t.Errorf("refused, but counted (-want +got):\n%s", diff)
	}
}

// TestLaw_KPIs: the order in which customers are counted, and by whom, changes no
// figure.
func TestLaw_KPIs(t *testing.T) {
	customer := rapid.Custom(func(t *rapid.T) cost.Customer {
		u := cost.Customer{Member: rapid.Bool().Draw(t, "member"), AtStart: rapid.Bool().Draw(t, "start"), Prospect: rapid.Bool().Draw(t, "prospect"),
			Orders: rapid.Int64Range(0, 3).Draw(t, "orders"), Interactions: rapid.Int64Range(0, 9).Draw(t, "interactions")}
		u.Revenue = decimal.New(rapid.Int64Range(0, 99_999).Draw(t, "revenue"), -2)
		u.Active = u.Member && rapid.Bool().Draw(t, "active")
		u.Earned = u.Active && rapid.Bool().Draw(t, "earned")
		u.Lost = u.AtStart && rapid.Bool().Draw(t, "lost")
		u.HighValue = u.AtStart && rapid.Bool().Draw(t, "high")
		u.HighKept = u.HighValue && !u.Lost
		u.New = u.Prospect && rapid.Bool().Draw(t, "new")
		return u
	})
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(customer, 0, 20).Draw(t, "customers")
		count := func(customers []cost.Customer) (c cost.Counts) {
			for _, u := range customers {
				if err := c.Add(u); err != nil {
					t.Fatal(err)
				}
			}
			return c
		}
		want, err := count(all).KPIs("p", nil)
		if err != nil {
			t.Fatal(err)
		}
		other := rapid.Permutation(all).Draw(t, "order")
		cut := rapid.IntRange(0, len(other)).Draw(t, "cut")
		sum := count(other[:cut])
		sum.Merge(count(other[cut:]))
		got, err := sum.KPIs("p", nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Fatal(err)
		}
	})
}

func TestComposite(t *testing.T) {
	gain, err := cost.Counts{Customers: 100, Members: 50, Active: 20, Prospects: 40, NewCustomers: 4, MemberBuyers: 30, MemberRepeat: 12}.GAIN("2026-11", nil)
	if err != nil {
		t.Fatal(err)
	}
	k, err := cost.Composite("gain", gain, map[string]decimal.Decimal{cost.GainDemand: dec("2"), cost.GainParticipation: dec("1"), cost.GainGrowth: dec("1")})
	if err != nil {
		t.Fatal(err)
	}
	nearDecimal(t, "composite", k.Value, (2*0.1+0.4+0.4)/4, 1e-9)
	_, err = cost.Composite("gain", gain, map[string]decimal.Decimal{"other": dec("1")})
	wantInvalid(t, err, "weights")
	gain, err = cost.Counts{}.GAIN("2026-11", nil)
	if err != nil {
		t.Fatal(err)
	}
	if k, err = cost.Composite("gain", gain, map[string]decimal.Decimal{cost.GainDemand: dec("1")}); err != nil || k.Status != cost.Undefined {
		t.Errorf("%v, %v, want undefined", k, err)
	}
}
