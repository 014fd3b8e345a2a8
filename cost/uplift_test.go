package cost_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/cost"
)

type interval struct {
	Diff, Estimate, SE, DoF, P float64
	CI                         [2]float64 `json:"ci95"`
}

func (want interval) hold(t *testing.T, what string, got cost.Effect) {
	t.Helper()
	const abs = 2e-5
	near(t, what+" estimate", got.Estimate, want.Estimate+want.Diff, abs)
	near(t, what+" low", got.Low, want.CI[0], abs)
	near(t, what+" high", got.High, want.CI[1], abs)
	if want.SE != 0 {
		near(t, what+" s.e.", got.SE, want.SE, abs)
		near(t, what+" dof", got.DoF, want.DoF, 0.01)
		near(t, what+" p", got.P, want.P, abs)
	}
}

func TestComparison_facts(t *testing.T) {
	type share struct{ Successes, N int64 }
	type sums struct {
		N       int64
		Sum     float64
		Squares float64 `json:"sum_squares"`
	}
	var given struct {
		Proportions struct{ A, B share }
		Welch       struct{ Control, Treatment share } `json:"welch_relative"`
		Means       struct{ Control, Treatment sums }
	}
	var want struct {
		Newcombe interval
		Welch    interval `json:"welch_relative"`
		Relative interval `json:"means_relative"`
		Absolute interval `json:"means_absolute"`
	}
	fact(t, "cost-pub-12", &given, &want)
	arm := func(s share) cost.Arm { return must(cost.Share(s.Successes, s.N))(t) }
	c := cost.Comparison{Evidence: cost.Randomised}
	want.Newcombe.hold(t, "Newcombe", must(c.Shares(arm(given.Proportions.A), arm(given.Proportions.B)))(t))
	want.Welch.hold(t, "lift of shares", must(c.Lift(arm(given.Welch.Control), arm(given.Welch.Treatment)))(t))
	control := must(cost.Sums(given.Means.Control.N, given.Means.Control.Sum, given.Means.Control.Squares))(t)
	treatment := must(cost.Sums(given.Means.Treatment.N, given.Means.Treatment.Sum, given.Means.Treatment.Squares))(t)
	lift := must(c.Lift(control, treatment))(t)
	want.Relative.hold(t, "lift", lift)
	difference := must(c.Difference(control, treatment))(t)
	want.Absolute.hold(t, "difference", difference)
	if lift.Proves() || !difference.Proves() {
		t.Error("the lift and the difference should disagree here")
	}
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestStandardise_facts(t *testing.T) {
	var given struct {
		Strata []struct {
			Prior     string `json:"prior_spend"`
			Members   int64
			MemberHit int64 `json:"member_repeat"`
			Others    int64 `json:"nonmembers"`
			OtherHit  int64 `json:"nonmember_repeat"`
		}
		CUPED struct {
			Control   [][2]float64 `json:"control_pre_post"`
			Treatment [][2]float64 `json:"treatment_pre_post"`
		}
	}
	var want struct {
		Naive    struct{ Relative float64 }
		Adjusted struct {
			Others   float64 `json:"nonmember_at_member_mix"`
			Diff     float64
			Relative float64
			SE       float64    `json:"se_diff"`
			CI       [2]float64 `json:"ci95_diff"`
		}
		CUPED struct {
			Theta float64
			Diff  float64 `json:"adj_diff"`
			SE    float64 `json:"adj_se"`
		}
	}
	fact(t, "cost-pub-13", &given, &want)
	var strata []cost.Stratum
	for _, s := range given.Strata {
		strata = append(strata, cost.Stratum{Name: s.Prior, Members: s.Members, MemberHit: s.MemberHit, Others: s.Others, OtherHit: s.OtherHit})
	}
	got := must(cost.Standardise(strata, 0))(t)
	const abs = 2e-5
	near(t, "naive", got.Naive.Estimate, want.Naive.Relative, abs)
	near(t, "others", got.Others, want.Adjusted.Others, abs)
	near(t, "relative", got.Adjusted.Estimate, want.Adjusted.Relative, abs)
	near(t, "difference", got.Difference.Estimate, want.Adjusted.Diff, abs)
	near(t, "s.e.", got.Difference.SE, want.Adjusted.SE, abs)
	near(t, "low", got.Difference.Low, want.Adjusted.CI[0], abs)
	near(t, "high", got.Difference.High, want.Adjusted.CI[1], abs)
	target := cost.Target{Comparator: cost.Above, Value: dec("0.5")}
	naive := must(cost.EffectKPI(cost.RepurchaseUplift, "2026", got.Naive, target))(t)
	adjusted := must(cost.EffectKPI(cost.RepurchaseUplift, "2026", got.Adjusted, target))(t)
	if !naive.Reached || naive.Status != cost.Unproven || adjusted.Status != cost.Missed {
		t.Errorf("%s\n%s", naive, adjusted)
	}
	pairs := func(in [][2]float64) (out []cost.Pair) {
		for _, p := range in {
			out = append(out, cost.Pair{Pre: p[0], Post: p[1]})
		}
		return out
	}
	e, theta, err := cost.Comparison{Evidence: cost.Randomised}.CUPED(pairs(given.CUPED.Control), pairs(given.CUPED.Treatment))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "theta", theta, want.CUPED.Theta, abs)
	near(t, "CUPED", e.Estimate, want.CUPED.Diff, abs)
	near(t, "CUPED s.e.", e.SE, want.CUPED.SE, abs)
}

// Members with nobody to compare with are named and leave the like-for-like figures
// alone.
func TestStandardise_overlap(t *testing.T) {
	alike := []cost.Stratum{{Name: "low", Members: 100, MemberHit: 30, Others: 400, OtherHit: 100}, {Name: "high", Members: 300, MemberHit: 150, Others: 100, OtherHit: 45}}
	want := must(cost.Standardise(alike, 0))(t)
	got := must(cost.Standardise(append(alike, cost.Stratum{Name: "top", Members: 200, MemberHit: 200}), 0))(t)
	if len(got.Difference.Notes) != 1 || got.Naive.Estimate <= want.Naive.Estimate {
		t.Errorf("%+v", got)
	}
	got.Difference.Notes, got.Adjusted.Notes, got.Naive = want.Difference.Notes, want.Adjusted.Notes, want.Naive
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Fieller by hand: means 10 and 12, variances of the means 1 and 1, z for t at a
// million degrees of freedom: g = 1.96² / 100 = 0.038415, bounds (1.2 ± 0.196 ×
// √(1 − g + 1.44)) / (1 − g) − 1.
func TestComparison_Fieller(t *testing.T) {
	const n = 1_000_000
	control, treatment := cost.Arm{N: n, Mean: 10, Variance: n}, cost.Arm{N: n, Mean: 12, Variance: n}
	e := must(cost.Comparison{Evidence: cost.Randomised}.Fieller(control, treatment))(t)
	g := 1.959964 * 1.959964 / 100
	half := 0.1959964 * math.Sqrt(1-g+1.44)
	near(t, "low", e.Low, (1.2-half)/(1-g)-1, 1e-5)
	near(t, "high", e.High, (1.2+half)/(1-g)-1, 1e-5)
	control.Mean = 1.9
	_, err := cost.Comparison{Evidence: cost.Randomised}.Fieller(control, treatment)
	wantInvalid(t, err, "control.mean")
}

// Twice the revenue of twice the orders is the same basket.
func TestPer(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	var control, treatment []cost.Pair
	for range 500 {
		orders, basket := float64(1+rnd.IntN(5)), 20+rnd.Float64()*10
		control = append(control, cost.Pair{Pre: orders, Post: orders * basket})
		treatment = append(treatment, cost.Pair{Pre: 2 * orders, Post: 2 * orders * (20 + rnd.Float64()*10)})
	}
	c := cost.Comparison{Evidence: cost.Randomised}
	e := must(c.Lift(must(cost.Per(control))(t), must(cost.Per(treatment))(t)))(t)
	if e.Proves() || math.Abs(e.Estimate) > 0.05 {
		t.Errorf("%s", e)
	}
	// The bootstrap knows nothing of the delta method and finds the same interval.
	basket := func(customers []cost.Pair) float64 {
		var revenue, orders float64
		for _, p := range customers {
			revenue, orders = revenue+p.Post, orders+p.Pre
		}
		return revenue / orders
	}
	b := must(cost.Bootstrap(c, control, treatment, basket, cost.MinDraws, 7))(t)
	near(t, "low", b.Low, e.Low, 0.005)
	near(t, "high", b.High, e.High, 0.005)
	again := must(cost.Bootstrap(c, control, treatment, basket, cost.MinDraws, 7))(t)
	if diff := cmp.Diff(b, again); diff != "" {
		t.Errorf("the same seed, another answer:\n%s", diff)
	}
}

// Members rose by 5, others by 3: a difference of 2, each with the spread of its
// own changes.
func TestDifferenceInDifferences(t *testing.T) {
	others := []cost.Pair{{10, 13}, {20, 22}, {30, 34}}
	members := []cost.Pair{{50, 55}, {60, 66}, {70, 74}}
	e := must(cost.DifferenceInDifferences(others, members, 0))(t)
	near(t, "estimate", e.Estimate, 2, 1e-12)
	near(t, "s.e.", e.SE, math.Sqrt(1.0/3+1.0/3), 1e-12) // changes 3, 2, 4 and 5, 6, 4: variance 1 each
	if e.Evidence != cost.Matched {
		t.Error(e.Evidence)
	}
}

// Textbook values: chi-square of 3.841459 with one degree of freedom is 0.05, and
// the two-sided 5 % point of Student's t with ten degrees is 2.228139.
func TestDistributions(t *testing.T) {
	// Sizes 500 ± d of 1,000 give chi-square d²/250; d = √(250 × 3.841459) = 30.99.
	p := must(cost.SampleRatio([]int64{500_000 + 980, 500_000 - 980}, []float64{1, 1}))(t)
	near(t, "p", p, math.Erfc(980/math.Sqrt(250_000)/math.Sqrt2), 1e-9) // one degree: the normal, squared
	p = must(cost.SampleRatio([]int64{90, 110, 100}, []float64{1, 1, 1}))(t)
	near(t, "p with two degrees", p, math.Exp(-1), 1e-12) // chi-square 2, e^(−x/2)
	p = must(cost.SampleRatio([]int64{900, 1100, 1000}, []float64{1, 1, 1}))(t)
	near(t, "p far out", p, math.Exp(-10), 1e-12)
	// Two groups of six with variance 1 and means 0 and 2.228139 × √(1/3): p = 0.05.
	e := must(cost.Comparison{Evidence: cost.Randomised}.Difference(cost.Arm{N: 6, Variance: 1}, cost.Arm{N: 6, Mean: 2.228139 * math.Sqrt(1.0/3), Variance: 1}))(t)
	near(t, "t p", e.P, 0.05, 1e-6)
	near(t, "t low", e.Low, 0, 1e-6)
	near(t, "dof", e.DoF, 10, 1e-9)
}

// Examples computed by hand from the definitions.
func TestMultiple(t *testing.T) {
	p := []float64{0.04, 0.01, 0.03, 0.005}
	approx := cmpopts.EquateApprox(0, 1e-12)
	if diff := cmp.Diff([]float64{0.06, 0.03, 0.06, 0.02}, must(cost.Holm(p))(t), approx); diff != "" {
		t.Errorf("Holm (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{0.04, 0.02, 0.04, 0.02}, must(cost.BenjaminiHochberg(p))(t), approx); diff != "" {
		t.Errorf("Benjamini–Hochberg (-want +got):\n%s", diff)
	}
	// 0.03 × 3/2 = 0.045 is cut to the 0.04 of the next.
	if diff := cmp.Diff([]float64{0.03, 0.04, 0.04}, must(cost.BenjaminiHochberg([]float64{0.01, 0.04, 0.03}))(t), approx); diff != "" {
		t.Errorf("Benjamini–Hochberg (-want +got):\n%s", diff)
	}
	_, err := cost.Holm([]float64{0.5, math.NaN()})
	wantInvalid(t, err, "p[1]")
}

func TestComparison_invalid(t *testing.T) {
	ok, c := cost.Arm{N: 50, Mean: 0.5, Variance: 0.25}, cost.Comparison{Evidence: cost.Naive}
	figure := func([]float64) float64 { return 1 }
	for path, err := range map[string]error{
		"evidence":          second(cost.Comparison{}.Lift(ok, ok)),
		"level":             second(cost.Comparison{Evidence: cost.Naive, Level: 2}.Lift(ok, ok)),
		"control.n":         second(c.Lift(cost.Arm{N: 1, Mean: 1}, ok)),
		"control.mean":      second(c.Lift(cost.Arm{N: 50, Variance: 1}, ok)),
		"treatment.mean":    second(c.Difference(ok, cost.Arm{N: 50, Mean: math.Inf(1)})),
		"control.variance":  second(c.Difference(cost.Arm{N: 50, Variance: -1}, ok)),
		"b":                 second(c.Shares(ok, cost.Arm{N: 50, Mean: 1.5})),
		"successes":         second(cost.Share(3, 2)),
		"n":                 second(cost.Share(0, 0)),
		"squares":           second(cost.Sums(2, 10, 1)),
		"customers":         second(cost.Per([]cost.Pair{{0, 1}, {0, 2}})),
		"strata[0].members": second(cost.Standardise([]cost.Stratum{{Members: -1}}, 0)),
		"strata":            second(cost.Standardise([]cost.Stratum{{Members: 5, MemberHit: 2}}, 0)),
		"draws":             second(cost.Bootstrap(c, []float64{1, 2}, []float64{1, 2}, figure, 10, 1)),
		"others":            second(cost.DifferenceInDifferences(nil, nil, 0)),
		"shares[1]":         second(cost.SampleRatio([]int64{1, 2}, []float64{1, 0})),
		"sizes":             second(cost.SampleRatio([]int64{0, 0}, []float64{1, 1})),
	} {
		t.Run(path, func(t *testing.T) { wantInvalid(t, err, path) })
	}
	if e := must(c.Lift(ok, ok))(t); len(e.Notes) == 0 {
		t.Error("a naive effect carries no warning")
	}
}
