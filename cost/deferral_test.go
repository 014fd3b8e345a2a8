package cost_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

type period struct {
	Redeemed int64 `json:"redeemed_to_date"`
	Expired  int64 `json:"expired_to_date"`
	Expected int64 `json:"expected_total_redeemed"`
}

// deferred runs a cohort through periods and holds revenue and liability to what
// is expected of each.
func deferred(t *testing.T, c cost.Cohort, periods []period, revenue, liability []float64) {
	t.Helper()
	if len(periods) == 0 || len(periods) != len(revenue) || len(revenue) != len(liability) {
		t.Fatal("no periods")
	}
	var before []cost.Cohort
	for i, p := range periods {
		after := c
		after.Name, after.Redeemed, after.Expired, after.Expected = "c", p.Redeemed, p.Expired, p.Expected
		r, err := cost.RollDeferral(before, []cost.Cohort{after}, 2)
		if err != nil {
			t.Fatal(err)
		}
		nearDecimal(t, fmt.Sprint("revenue ", i), r.Total.Revenue(), revenue[i], 0.01)
		nearDecimal(t, fmt.Sprint("liability ", i), r.Total.Closing, liability[i], 0.01)
		before = []cost.Cohort{after}
	}
}

func TestDeferral_Example52(t *testing.T) {
	var given struct {
		Price   decimal.Decimal `json:"transaction_price"`
		Goods   decimal.Decimal `json:"product_ssp"`
		Points  int64           `json:"points_issued"`
		Face    decimal.Decimal `json:"face_value_per_point"`
		Share   decimal.Decimal `json:"initial_redemption_probability"`
		Periods []period
	}
	var want struct {
		Goods     float64 `json:"allocated_products"`
		Points    float64 `json:"allocated_points"`
		Revenue   []float64
		Liability []float64 `json:"contract_liability_end"`
	}
	fact(t, "cost-pub-01", &given, &want)
	a, err := cost.Bundle{Price: given.Price, Goods: given.Goods, Points: given.Points, FaceValue: given.Face, Redemption: given.Share}.Allocate(2)
	if err != nil {
		t.Fatal(err)
	}
	nearDecimal(t, "goods", a.Goods, want.Goods, 0.01)
	nearDecimal(t, "points", a.Points, want.Points, 0.01)
	deferred(t, cost.Cohort{Issued: given.Points, Allocated: a.Points}, given.Periods, want.Revenue, want.Liability)
}

func TestDeferral_facts(t *testing.T) {
	for id, issued := range map[string]int64{"cost-pub-02": 10_000, "cost-pub-05": 10_000} {
		t.Run(id, func(t *testing.T) {
			var given struct {
				Allocation decimal.Decimal `json:"points_allocation"`
				Periods    []period
			}
			var want struct {
				Revenue   []float64
				Liability []float64 `json:"contract_liability_end"`
			}
			fact(t, id, &given, &want)
			deferred(t, cost.Cohort{Issued: issued, Allocated: given.Allocation.Round(2)}, given.Periods, want.Revenue, want.Liability)
		})
	}
}

// The denominator is expected redemptions, not points awarded.
func TestDeferral_denominator(t *testing.T) {
	var given struct {
		Price    decimal.Decimal `json:"transaction_price"`
		Goods    decimal.Decimal `json:"product_ssp"`
		Points   int64           `json:"points_issued"`
		Face     decimal.Decimal `json:"face_value_per_point"`
		Share    decimal.Decimal `json:"redemption_probability"`
		Redeemed int64           `json:"redeemed_to_date"`
	}
	var want struct {
		Points    float64 `json:"allocated_points"`
		Revenue   float64 `json:"revenue_on_redemption"`
		Liability float64 `json:"contract_liability_end"`
	}
	fact(t, "cost-pub-03", &given, &want)
	a, err := cost.Bundle{Price: given.Price, Goods: given.Goods, Points: given.Points, FaceValue: given.Face, Redemption: given.Share}.Allocate(2)
	if err != nil {
		t.Fatal(err)
	}
	nearDecimal(t, "points", a.Points, want.Points, 0.01)
	expected := given.Share.Mul(decimal.NewFromInt(given.Points)).IntPart()
	deferred(t, cost.Cohort{Issued: given.Points, Allocated: a.Points}, []period{{Redeemed: given.Redeemed, Expected: expected}},
		[]float64{want.Revenue}, []float64{want.Liability})
}

func TestDeferral_breakage(t *testing.T) {
	type series struct {
		Revenue   []float64
		Liability []float64
		Contract  []float64 `json:"contract_liability"`
	}
	var given struct {
		Prepaid  decimal.Decimal
		Breakage int64   `json:"expected_breakage"`
		Redeemed []int64 `json:"redeemed_to_date"`
		Escheat  struct {
			Remit decimal.Decimal `json:"of_which_must_be_remitted"`
		} `json:"escheat_variant"`
	}
	var want struct{ Proportional, Remote, Escheat series }
	fact(t, "cost-pub-04", &given, &want)
	issued := given.Prepaid.IntPart()
	var periods []period
	for _, n := range given.Redeemed {
		periods = append(periods, period{Redeemed: n, Expected: issued - given.Breakage})
	}
	last := periods[len(periods)-1]
	last.Expired = given.Breakage
	periods = append(periods, last)
	c := cost.Cohort{Issued: issued, Allocated: given.Prepaid}
	deferred(t, c, periods, want.Proportional.Revenue, want.Proportional.Liability)
	c.Breakage = cost.RemoteUse
	deferred(t, c, periods, want.Remote.Revenue, want.Remote.Liability)
	c.Breakage, c.Remit = cost.Proportional, given.Escheat.Remit
	deferred(t, c, periods, want.Escheat.Revenue, want.Escheat.Contract)
}

func TestDeferral_tiers(t *testing.T) {
	var given struct {
		Face  decimal.Decimal `json:"face_value_per_point"`
		Tiers []struct {
			Tier     string
			Sales    decimal.Decimal
			Rate     decimal.Decimal `json:"points_per_cu"`
			Share    decimal.Decimal `json:"ultimate_redemption_rate"`
			Redeemed int64           `json:"redeemed_to_date"`
		}
	}
	var want struct {
		Revenue   float64 `json:"total_revenue"`
		Liability float64 `json:"total_liability"`
		Provision float64 `json:"provision_at_face"`
		PerTier   []struct {
			Points    float64 `json:"allocated_points"`
			Revenue   float64
			Liability float64 `json:"contract_liability"`
		} `json:"per_tier"`
	}
	fact(t, "cost-pub-06", &given, &want)
	var cohorts []cost.Cohort
	for _, x := range given.Tiers {
		points := x.Sales.Mul(x.Rate).IntPart()
		a, err := cost.Bundle{Price: x.Sales, Goods: x.Sales, Points: points, FaceValue: given.Face, Redemption: x.Share}.Allocate(2)
		if err != nil {
			t.Fatal(err)
		}
		cohorts = append(cohorts, cost.Cohort{Name: x.Tier, Issued: points, Redeemed: x.Redeemed, Allocated: a.Points,
			Expected: x.Share.Mul(decimal.NewFromInt(points)).IntPart()})
	}
	r, err := cost.RollDeferral(nil, cohorts, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range r.Cohorts {
		nearDecimal(t, l.Cohort+" issued", l.Issued, want.PerTier[i].Points, 0.01)
		nearDecimal(t, l.Cohort+" revenue", l.Revenue(), want.PerTier[i].Revenue, 0.01)
		nearDecimal(t, l.Cohort+" liability", l.Closing, want.PerTier[i].Liability, 0.01)
	}
	nearDecimal(t, "revenue", r.Total.Revenue(), want.Revenue, 0.01)
	nearDecimal(t, "liability", r.Total.Closing, want.Liability, 0.01)
	p, err := cost.RollProvision(nil, cohorts, given.Face, given.Face, 2)
	if err != nil {
		t.Fatal(err)
	}
	nearDecimal(t, "provision", p.Total.Closing, want.Provision, 0.01)
}

// A change of value: the deferral moves by the estimate alone, the provision is
// re-measured.
func TestDeferral_devaluation(t *testing.T) {
	type at struct {
		Expected int64           `json:"expected_total_redeemed"`
		Value    decimal.Decimal `json:"value_per_point"`
	}
	var given struct {
		Issued        int64           `json:"points_issued"`
		Allocation    decimal.Decimal `json:"points_allocation"`
		Redeemed      int64           `json:"redeemed_to_date"`
		Before, After at
	}
	var want struct {
		Deferral struct {
			CatchUp   float64 `json:"catch_up"`
			Liability float64 `json:"liability_after"`
		}
		Provision struct {
			Before, After, Credit float64
			CreditToCost          float64 `json:"credit_to_cost"`
		} `json:"cost_provision"`
	}
	fact(t, "cost-pub-07", &given, &want)
	before := cost.Cohort{Name: "c", Issued: given.Issued, Redeemed: given.Redeemed, Expected: given.Before.Expected, Allocated: given.Allocation}
	after := before
	after.Expected = given.After.Expected
	d, err := cost.RollDeferral([]cost.Cohort{before}, []cost.Cohort{after}, 2)
	if err != nil {
		t.Fatal(err)
	}
	nearDecimal(t, "catch-up", d.Total.Estimate.Neg(), want.Deferral.CatchUp, 0.01)
	nearDecimal(t, "liability", d.Total.Closing, want.Deferral.Liability, 0.01)
	p, err := cost.RollProvision([]cost.Cohort{before}, []cost.Cohort{after}, given.Before.Value, given.After.Value, 2)
	if err != nil {
		t.Fatal(err)
	}
	nearDecimal(t, "opening", p.Total.Opening, want.Provision.Before, 0.01)
	nearDecimal(t, "closing", p.Total.Closing, want.Provision.After, 0.01)
	nearDecimal(t, "credit", p.Total.Estimate.Add(p.Total.Value).Neg(), want.Provision.CreditToCost, 0.01)
	// (780,000 − 300,000) × (0.008 − 0.010), and (780,000 − 800,000) × 0.010
	nearDecimal(t, "value", p.Total.Value, -960, 0)
	nearDecimal(t, "estimate", p.Total.Estimate, -200, 0)
}

func TestCohort_invalid(t *testing.T) {
	ok := cost.Cohort{Name: "c", Issued: 100, Redeemed: 40, Expired: 10, Expected: 80, Allocated: dec("1.00")}
	tests := []struct {
		rule, path string
		change     func(*cost.Cohort)
	}{
		{"a name", "cohort.name", func(c *cost.Cohort) { c.Name = "" }},
		{"negative counts", "cohort.redeemed", func(c *cost.Cohort) { c.Redeemed = -1 }},
		{"more redeemed than issued", "cohort.redeemed", func(c *cost.Cohort) { c.Redeemed = 101 }},
		{"more gone than issued", "cohort.expired", func(c *cost.Cohort) { c.Expired = 61 }},
		{"expected below redeemed", "cohort.expected", func(c *cost.Cohort) { c.Expected = 39 }},
		{"expected above what can be", "cohort.expected", func(c *cost.Cohort) { c.Expected = 91 }},
		{"within the year above what is expected", "cohort.within_year", func(c *cost.Cohort) { c.WithinYear = 41 }},
		{"remote above what is outstanding", "cohort.remote", func(c *cost.Cohort) { c.Breakage, c.Remote = cost.RemoteUse, 51 }},
		{"remote under the other policy", "cohort.remote", func(c *cost.Cohort) { c.Remote = 1 }},
		{"a policy", "cohort.breakage", func(c *cost.Cohort) { c.Breakage = "later" }},
		{"money below zero", "cohort.allocated", func(c *cost.Cohort) { c.Allocated = dec("-1") }},
		{"parts of a cent", "cohort.allocated", func(c *cost.Cohort) { c.Allocated = dec("0.001") }},
		{"remitting more than there is", "cohort.remit", func(c *cost.Cohort) { c.Remit = dec("1.01") }},
		{"a hostile exponent", "cohort.modified", func(c *cost.Cohort) { c.Modified = decimal.New(1, 1<<30) }},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			c := ok
			tt.change(&c)
			_, err := c.Position(2)
			wantInvalid(t, err, tt.path)
		})
	}
	usd := ok
	usd.Name, usd.Currency = "d", "USD"
	_, err := cost.RollDeferral(nil, []cost.Cohort{ok, usd}, 2)
	wantInvalid(t, err, "closing[1].currency")
	_, err = cost.RollDeferral([]cost.Cohort{ok}, nil, 2)
	wantInvalid(t, err, "opening[0].name")
	_, err = cost.RollDeferral(nil, []cost.Cohort{ok, ok}, 2)
	wantInvalid(t, err, "closing[1].name")
	_, err = cost.RollProvision(nil, nil, dec("0"), dec("1"), 2)
	wantInvalid(t, err, "cost_before")
	for path, b := range map[string]cost.Bundle{
		"price":            {Price: dec("-1"), Goods: dec("1")},
		"goods":            {Price: dec("1")},
		"redemption":       {Redemption: dec("1.1")},
		"points":           {Points: -1},
		"general_discount": {GeneralDiscount: dec("1")},
	} {
		_, err := b.Allocate(2)
		wantInvalid(t, err, path)
	}
	_, err = cost.Bundle{Price: dec("0.001"), Goods: dec("1")}.Allocate(2)
	wantInvalid(t, err, "price")
}

func TestJournal_WriteCSV(t *testing.T) {
	r, err := cost.RollDeferral(nil, []cost.Cohort{{Name: "c", Issued: 10, Expected: 10, Allocated: dec("1.5")}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	j, err := r.Journal(calendar.Date{Year: 2026, Month: 12, Day: 31}, "=cmd()", cost.Accounts{Liability: `2150 "points", current`})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := j.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"date", "reference", "currency", "account", "debit", "credit", "memo"},
		{"2026-12-31", "'=cmd()", "", "Revenue: goods", "1.50", "0.00", "points issued with sales"},
		{"2026-12-31", "'=cmd()", "", `2150 "points", current`, "0.00", "1.50", "points issued with sales"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// 200 of 700 expected points are redeemed, 20 fewer than thought will be, and what is
// left, 480, costs 0.008 instead of 0.010.
func TestRollProvision(t *testing.T) {
	before := cost.Cohort{Name: "c", Issued: 1000, Redeemed: 100, Expected: 800}
	after := cost.Cohort{Name: "c", Issued: 1000, Redeemed: 300, Expected: 780, WithinYear: 240}
	r, err := cost.RollProvision([]cost.Cohort{before}, []cost.Cohort{after}, dec("0.010"), dec("0.008"), 2)
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]decimal.Decimal{
		"opening": {r.Total.Opening, dec("7")}, "redeemed": {r.Total.Redeemed, dec("-2")}, "estimate": {r.Total.Estimate, dec("-0.20")},
		"value": {r.Total.Value, dec("-0.96")}, "closing": {r.Total.Closing, dec("3.84")}, "current": {r.Total.Current, dec("1.92")},
		"less breakage": {r.Total.LessBreakage, dec("0.08")}, "more breakage": {r.Total.MoreBreakage, dec("-0.08")},
	} {
		if !pair[0].Equal(pair[1]) {
			t.Errorf("%s %s, want %s", what, pair[0], pair[1])
		}
	}
}

func TestJournal_json(t *testing.T) {
	j := cost.Journal{Date: calendar.Date{Year: 2026, Month: 12, Day: 31}, Reference: "points", Places: 2,
		Entries: []cost.JournalEntry{{Account: "2150", Debit: dec("1.50"), Memo: "breakage"}}}
	want := `{"date":"2026-12-31","reference":"points","places":2,"entries":[{"account":"2150","debit":"1.5","credit":"0","memo":"breakage"}]}`
	if diff := cmp.Diff(want, asJSON(t, j)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
