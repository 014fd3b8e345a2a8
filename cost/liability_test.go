package cost_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// raa is the triangle of the Reinsurance Association of America in Mack (1994).
func raa(t testing.TB) (cost.Triangle, raaFigures) {
	t.Helper()
	var given struct{ Cumulative [][]*float64 }
	var want raaFigures
	fact(t, "cost-pub-14", &given, &want)
	var tri cost.Triangle
	for i, cells := range given.Cumulative {
		row := cost.Row{Cohort: string(rune('a' + i)), Issued: 1_000_000}
		for _, c := range cells {
			if c != nil {
				row.Redeemed = append(row.Redeemed, int64(*c))
			}
		}
		tri.Rows = append(tri.Rows, row)
	}
	return tri, want
}

type raaFigures struct {
	Factors, Ultimate, IBNR []float64
	TotalIBNR               float64   `json:"total_ibnr"`
	TotalUltimate           float64   `json:"total_ultimate"`
	SE                      []float64 `json:"mack_se_by_origin"`
	Total                   struct {
		Mack      float64 `json:"sigma_mack"`
		LogLinear float64 `json:"sigma_loglinear"`
	} `json:"total_mack_se"`
}

func TestChainLadder_RAA(t *testing.T) {
	tri, want := raa(t)
	d, err := cost.ChainLadder{}.Fit(tri)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Factors) != len(want.Factors) {
		t.Fatalf("%d factors", len(d.Factors))
	}
	for k, f := range d.Factors {
		near(t, "factor", f.Factor, want.Factors[k], 1e-5)
	}
	e, err := d.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range e.Cohorts {
		near(t, c.Cohort+" ultimate", c.Ultimate, want.Ultimate[i], 0.5)
		near(t, c.Cohort+" IBNR", c.Future, want.IBNR[i], 0.5)
		near(t, c.Cohort+" s.e.", c.SE, want.SE[i], 0.5)
	}
	near(t, "total IBNR", e.Future, want.TotalIBNR, 0.5)
	near(t, "total s.e., Mack's last sigma", e.SE, want.Total.Mack, 0.5)
	e, err = cost.ChainLadder{LastSigma: cost.SigmaLogLinear}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "total s.e., log-linear last sigma", e.SE, want.Total.LogLinear, 0.5)
}

// points is the triangle of points of cost-pub-08.
func points(t testing.TB) (cost.Triangle, pointsFigures) {
	t.Helper()
	var given struct {
		Issued     []int64
		Cumulative []cost.Cumulative `json:"cumulative_redeemed"`
		Expired    []int64
	}
	var want pointsFigures
	fact(t, "cost-pub-08", &given, &want)
	var tri cost.Triangle
	for i, cells := range given.Cumulative {
		row := cost.Row{Cohort: string(rune('a' + i)), Issued: given.Issued[i], Redeemed: cells, Expired: make(cost.Cumulative, len(cells))}
		row.Expired[len(cells)-1] = given.Expired[i]
		tri.Rows = append(tri.Rows, row)
	}
	return tri, want
}

type pointsFigures struct {
	Factors, Ultimate, URR []float64
	Future                 []float64  `json:"future_redemptions"`
	Outstanding            []int64    `json:"outstanding"`
	Rate                   []*float64 `json:"rate_on_outstanding"`
	Liability              float64
}

func TestChainLadder_points(t *testing.T) {
	tri, want := points(t)
	e, err := cost.ChainLadder{Expires: 4}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range e.Cohorts {
		near(t, c.Cohort+" ultimate", c.Ultimate, want.Ultimate[i], 0.01)
		near(t, c.Cohort+" URR", c.URR, want.URR[i], 1e-6)
		near(t, c.Cohort+" future", c.Future, want.Future[i], 0.01)
		if c.Outstanding != want.Outstanding[i] {
			t.Errorf("%s outstanding %d, want %d", c.Cohort, c.Outstanding, want.Outstanding[i])
		}
		if c.RateDefined != (want.Rate[i] != nil) {
			t.Errorf("%s rate defined: %v", c.Cohort, c.RateDefined)
		} else if c.RateDefined {
			near(t, c.Cohort+" rate", c.RateOnOutstanding, *want.Rate[i], 1e-6)
		}
	}
	l, err := e.Worth(dec("0.01"), 2)
	if err != nil {
		t.Fatal(err)
	}
	nearDecimal(t, "liability", l.Amount, want.Liability, 0.005)
	if !l.Low.LessThan(l.Amount) || !l.High.GreaterThan(l.Amount) {
		t.Errorf("range %s to %s does not surround %s", l.Low, l.High, l.Amount)
	}
}

func TestFlat_facts(t *testing.T) {
	var given struct {
		PerPoint    decimal.Decimal `json:"liability_per_point"`
		Outstanding []int64
		Lots        []int64 `json:"lots_to_be_rounded_once"`
	}
	var want struct {
		Liability []float64
		Lots      float64 `json:"lots_liability"`
	}
	fact(t, "cost-pub-10", &given, &want)
	var lots int64
	for _, n := range given.Lots {
		lots += n
	}
	for i, n := range append(given.Outstanding, lots) {
		l, err := cost.Flat{PerPoint: given.PerPoint}.Liability(n, 2)
		if err != nil || !l.Approximate {
			t.Fatal(l, err)
		}
		nearDecimal(t, "liability", l.Amount, append(want.Liability, want.Lots)[i], 0.005)
	}
}

// Bornhuetter–Ferguson by hand on the points triangle: cohort d, 1,300,000 issued,
// 416,000 redeemed, factors 1.735529 × 1.228374 × 1.0625 = 2.265122, a prior of
// 0.7: to come 1,300,000 × 0.7 × (1 − 1/2.265122) = 508,256.
func TestBornhuetterFerguson(t *testing.T) {
	tri, _ := points(t)
	e, err := cost.BornhuetterFerguson{Prior: 0.7, PriorSE: 0.02, Young: 2}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	young := e.Cohorts[3]
	near(t, "to come", young.Future, 508_256, 1)
	near(t, "s.e.", young.SE, 508_256/0.7*0.02, 1)
	ladder, err := cost.ChainLadder{}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ladder.Cohorts[:3], e.Cohorts[:3]); diff != "" {
		t.Errorf("older cohorts are not the chain ladder's (-want +got):\n%s", diff)
	}
	// Cape Cod: redeemed over issued × developed, here 680+780+583+416 thousand
	// over 1000 + 1200/1.0625 + 1100/1.305147 + 1300/2.265122 thousand.
	cape, err := cost.BornhuetterFerguson{}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	prior := (680 + 780 + 583 + 416) / (1000 + 1200/1.0625 + 1100/1.3051474 + 1300/2.265122)
	near(t, "to come with the data's prior", cape.Cohorts[3].Future, 1_300_000*prior*(1-1/2.265122), 1)
}

// Hazards by hand: two cohorts of 1,000. The first: 200 redeemed at age 0, 100
// redeemed and 300 expired at age 1. The second: 100 redeemed at age 0. So at age
// 0 300 of 2,000 go, at age 1 100 of 800 are redeemed and 300 expire. Of the 900
// left of the second 900 × 1/8 are still to be redeemed.
func TestHazards(t *testing.T) {
	tri := cost.Triangle{Rows: []cost.Row{
		{Cohort: "a", Issued: 1000, Redeemed: cost.Cumulative{200, 300}, Expired: cost.Cumulative{0, 300}},
		{Cohort: "b", Issued: 1000, Redeemed: cost.Cumulative{100}},
	}}
	hazards, urr, err := cost.Hazards{}.Fit(tri)
	if err != nil {
		t.Fatal(err)
	}
	want := []cost.Hazard{{Age: 0, AtRisk: 2000, Redeem: 0.15}, {Age: 1, AtRisk: 800, Redeem: 0.125, Expire: 0.375}}
	if diff := cmp.Diff(want, hazards); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	near(t, "URR", urr, 0.15+0.85*0.125, 1e-12)
	e, err := cost.Hazards{}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "to come", e.Cohorts[1].Future, 112.5, 1e-9)
	near(t, "to come of the old", e.Cohorts[0].Future, 0, 0)
	if e.SEDefined {
		t.Error("two cohorts tell no standard error")
	}
}

// One cohort that is over says its own rate: 300 of 1,000, whatever expired between.
func TestHazards_oneCohort(t *testing.T) {
	_, urr, err := cost.Hazards{}.Fit(cost.Triangle{Rows: []cost.Row{
		{Cohort: "a", Issued: 1000, Redeemed: cost.Cumulative{100, 200, 300}, Expired: cost.Cumulative{0, 300, 700}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "URR", urr, 0.3, 1e-12)
}

func TestEstimate_guards(t *testing.T) {
	// The old cohort trebled; the young one has 500 of 1,000 left and cannot.
	tri := cost.Triangle{Rows: []cost.Row{
		{Cohort: "a", Issued: 1000, Redeemed: cost.Cumulative{100, 300}},
		{Cohort: "b", Issued: 1000, Redeemed: cost.Cumulative{400}, Expired: cost.Cumulative{100}},
	}}
	e, err := cost.ChainLadder{}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	c := e.Cohorts[1]
	if !c.Capped || c.Ultimate != 900 || c.Future != 500 {
		t.Errorf("%+v, want an ultimate capped at 900", c)
	}
	if e.SEDefined || e.Low != 0 || e.High != 1200 {
		t.Errorf("one factor from one cohort tells no error: %+v", e.Spread)
	}
	// A cohort shrank by returns; the next one has still redeemed what it has.
	tri.Rows[0].Redeemed = cost.Cumulative{300, 100}
	if e, err = (cost.ChainLadder{}).Estimate(tri); err != nil {
		t.Fatal(err)
	}
	if c := e.Cohorts[1]; !c.Capped || c.Ultimate != 400 {
		t.Errorf("%+v, want an ultimate kept at 400", c)
	}
}

// However wide the error, no more can come than is outstanding, and no less than
// nothing.
func TestEstimate_rangeIsPossible(t *testing.T) {
	tri := cost.Triangle{Rows: []cost.Row{
		{Cohort: "a", Issued: 1000, Redeemed: cost.Cumulative{10, 900, 900, 900}},
		{Cohort: "b", Issued: 1000, Redeemed: cost.Cumulative{400, 410, 410}},
		{Cohort: "c", Issued: 1000, Redeemed: cost.Cumulative{10, 700}},
		{Cohort: "d", Issued: 1000, Redeemed: cost.Cumulative{200}},
	}}
	e, err := cost.ChainLadder{}.Estimate(tri)
	if err != nil {
		t.Fatal(err)
	}
	d := e.Cohorts[3]
	if !d.SEDefined || d.SE < 500 || d.High != 800 || d.Low <= 0 || d.Low >= d.Future {
		t.Errorf("%+v, want a range cut at the 800 outstanding", d)
	}
}

func TestTails(t *testing.T) {
	tri, _ := points(t)
	for name, tt := range map[string]struct {
		ladder cost.ChainLadder
		want   float64
	}{
		"none":                   {cost.ChainLadder{}, 1},
		"given":                  {cost.ChainLadder{Tail: cost.TailGiven, TailFactor: 1.02}, 1.02},
		"given, but they expire": {cost.ChainLadder{Tail: cost.TailGiven, TailFactor: 1.02, Expires: 4}, 1},
	} {
		d, err := tt.ladder.Fit(tri)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, d.ToUltimate(3), tt.want, 1e-12)
	}
	// Factors 1 + 2^-(k+1) exactly: the tail is the product of those that follow.
	geometric := cost.Triangle{Rows: []cost.Row{{Cohort: "a", Issued: 1 << 40, Redeemed: cost.Cumulative{1 << 20, 3 << 19, 15 << 17, 135 << 14}}}}
	d, err := cost.ChainLadder{Tail: cost.TailExponential}.Fit(geometric)
	if err != nil {
		t.Fatal(err)
	}
	want := 1.0
	for k := 4; k < 60; k++ {
		want *= 1 + math.Pow(2, -float64(k))
	}
	near(t, "exponential", d.Tail, want, 1e-9)
}

func TestTriangle_invalid(t *testing.T) {
	ok := cost.Row{Cohort: "a", Issued: 100, Redeemed: cost.Cumulative{10, 20}}
	tests := []struct{ rule, rows, path string }{
		{"a cohort", `[]`, "rows"},
		{"a hole", `[{"cohort":"a","issued":100,"redeemed":[10,null,20]}]`, "rows[0].redeemed[1]"},
		{"below zero", `[{"cohort":"a","issued":100,"redeemed":[10,-1]}]`, "rows[0].redeemed[1]"},
		{"more redeemed than issued", `[{"cohort":"a","issued":100,"redeemed":[10,101]}]`, "rows[0].redeemed[1]"},
		{"more gone than issued", `[{"cohort":"a","issued":100,"redeemed":[10,60],"expired":[0,41]}]`, "rows[0].expired[1]"},
		{"a hole among the expired", `[{"cohort":"a","issued":100,"redeemed":[10,60],"expired":[null,41]}]`, "rows[0].expired[0]"},
		{"negative issue", `[{"cohort":"a","issued":-1,"redeemed":[0]}]`, "rows[0].issued"},
		{"no figure at all", `[{"cohort":"a","issued":1,"redeemed":[null]}]`, "rows[0].redeemed"},
		{"ages apart", `[{"cohort":"a","issued":100,"redeemed":[10,20],"expired":[1]}]`, "rows[0].expired"},
		{"a younger cohort has seen less", `[{"cohort":"a","issued":100,"redeemed":[10]},{"cohort":"b","issued":100,"redeemed":[10,20]}]`, "rows[1].redeemed"},
		{"one row a cohort", `[{"cohort":"a","issued":100,"redeemed":[10]},{"cohort":"a","issued":100,"redeemed":[10]}]`, "rows[1].cohort"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var tri cost.Triangle
			if err := json.Unmarshal([]byte(`{"rows":`+tt.rows+`}`), &tri); err != nil {
				t.Fatal(err)
			}
			for name, estimate := range map[string]func(cost.Triangle) (cost.Estimate, error){
				"ladder": cost.ChainLadder{}.Estimate, "BF": cost.BornhuetterFerguson{}.Estimate, "hazards": cost.Hazards{}.Estimate,
			} {
				_, err := estimate(tri)
				t.Log(name)
				wantInvalid(t, err, tt.path)
			}
		})
	}
	for path, err := range map[string]error{
		"rows[*].redeemed[0]": second(cost.ChainLadder{}.Fit(cost.Triangle{Rows: []cost.Row{{Cohort: "a", Issued: 9, Redeemed: cost.Cumulative{0, 1}}}})),
		"last_sigma":          second(cost.ChainLadder{LastSigma: "x"}.Fit(cost.Triangle{Rows: []cost.Row{ok}})),
		"tail":                second(cost.ChainLadder{Tail: "x"}.Fit(cost.Triangle{Rows: []cost.Row{ok}})),
		"tail_factor":         second(cost.ChainLadder{Tail: cost.TailGiven, TailFactor: 0.5}.Fit(cost.Triangle{Rows: []cost.Row{ok}})),
		"expires":             second(cost.ChainLadder{Expires: -1}.Fit(cost.Triangle{Rows: []cost.Row{ok}})),
		"level":               second(cost.Hazards{Level: math.NaN()}.Estimate(cost.Triangle{Rows: []cost.Row{ok}})),
		"prior":               second(cost.BornhuetterFerguson{Prior: math.NaN()}.Estimate(cost.Triangle{Rows: []cost.Row{ok}})),
		"per_point":           second(cost.Flat{PerPoint: dec("-1")}.Liability(1, 2)),
		"outstanding":         second(cost.Flat{PerPoint: dec("1")}.Liability(-1, 2)),
	} {
		wantInvalid(t, err, path)
	}
}

func second[T any](_ T, err error) error { return err }

// TestLaw_Estimate: whatever the triangle, each method stays within its guards,
// the total is the sum of its cohorts, and the range surrounds it.
func TestLaw_Estimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, err := cost.NewHistory("", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range drawMovements(t) {
			if err := h.Add(m); err != nil {
				t.Fatal(err)
			}
		}
		tri, err := h.Triangle(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		for name, estimate := range map[string]func(cost.Triangle) (cost.Estimate, error){
			"ladder": cost.ChainLadder{Expires: 30}.Estimate, "BF": cost.BornhuetterFerguson{}.Estimate, "hazards": cost.Hazards{}.Estimate,
		} {
			e, err := estimate(tri)
			if errors.Is(err, cost.ErrInvalid) {
				continue // nothing redeemed at some age
			} else if err != nil {
				t.Fatal(err)
			}
			var future float64
			for _, c := range e.Cohorts {
				future += c.Future
				if c.Ultimate < float64(c.Redeemed) || c.Ultimate > float64(c.Issued-c.Expired) || c.Low > c.Future || c.High < c.Future || c.Low < 0 || c.High > float64(c.Outstanding)*(1+1e-12) {
					t.Fatalf("%s: %+v", name, c)
				}
			}
			if math.Abs(future-e.Future) > 1e-6 || e.Low > e.Future || e.High < e.Future {
				t.Fatalf("%s: %v of %v in %v", name, future, e.Future, e.Spread)
			}
			if _, err := json.Marshal(e); err != nil {
				t.Fatal(name, err)
			}
		}
	})
}
