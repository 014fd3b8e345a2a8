package clv_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/rfm/clv"
)

var kinds = []clv.Kind{clv.MBGNBD, clv.ParetoNBD, clv.BGNBD}

// gammaDraw draws from Gamma(shape, rate 1): Marsaglia & Tsang 2000.
func gammaDraw(rnd *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(rnd, shape+1) * math.Pow(1-rnd.Float64(), 1/shape)
	}
	d := shape - 1./3
	for {
		z := rnd.NormFloat64()
		v := 1 + z/math.Sqrt(9*d)
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-rnd.Float64()) < z*z/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// simulate draws customers as the model's definition has it, event by event.
func simulate(rnd *rand.Rand, m clv.Model, g clv.GammaGamma, n int, hold float64) (all []clv.Holdout) {
	for range n {
		age := 20 + 30*rnd.Float64()
		rate := gammaDraw(rnd, m.R) / m.Alpha
		leaves := math.Inf(1) // a moment, or the probability at each purchase
		coin := 0.0
		if m.Kind == clv.ParetoNBD {
			leaves = rnd.ExpFloat64() / (gammaDraw(rnd, m.S) / m.Beta)
		} else {
			one, other := gammaDraw(rnd, m.A), gammaDraw(rnd, m.B)
			coin = one / (one + other)
		}
		nu := gammaDraw(rnd, g.Q) / g.V
		h := clv.Holdout{Customer: clv.Customer{T: age}, Length: hold}
		if m.Kind == clv.MBGNBD && rnd.Float64() < coin {
			leaves = 0
		}
		for t := rnd.ExpFloat64() / rate; t < age+hold && t < leaves; t += rnd.ExpFloat64() / rate {
			if t <= age {
				h.Customer.Frequency++
				h.Customer.Recency = t
				h.Customer.Spend += (gammaDraw(rnd, g.P)/nu - h.Customer.Spend) / h.Customer.Frequency
			} else {
				h.Purchases++
			}
			if m.Kind != clv.ParetoNBD && rnd.Float64() < coin {
				break
			}
		}
		all = append(all, h)
	}
	return all
}

// TestFit_Simulated: from customers drawn from known parameters, more of them
// than a fit takes at once, those come back within the standard errors that the
// fit claims, and what the customers did later is what it predicts.
func TestFit_Simulated(t *testing.T) {
	const n, sigmas = 30_000, 4.5
	g := clv.GammaGamma{P: 4, Q: 5, V: 60}
	truths := []clv.Model{
		{Kind: clv.MBGNBD, R: 0.6, Alpha: 7, A: 0.8, B: 2.5},
		{Kind: clv.ParetoNBD, R: 0.7, Alpha: 8, S: 0.8, Beta: 20},
		{Kind: clv.BGNBD, R: 0.4, Alpha: 5, A: 0.7, B: 2.2},
	}
	for i, truth := range truths {
		t.Run(truth.Kind.String(), func(t *testing.T) {
			held := simulate(rand.New(rand.NewPCG(7, uint64(i))), truth, g, n, 20)
			customers := make([]clv.Customer, n)
			for j, h := range held {
				customers[j] = h.Customer
			}
			f, err := clv.Fit(customers, clv.Options{Kind: truth.Kind})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]float64{"r": truth.R, "alpha": truth.Alpha, "a": truth.A, "b": truth.B, "s": truth.S, "beta": truth.Beta}
			for _, p := range f.Params {
				if math.Abs(p.Value-want[p.Name]) > sigmas*p.StdErr || p.StdErr > 0.3*p.Value {
					t.Errorf("%s = %v ± %v, drawn from %v", p.Name, p.Value, p.StdErr, want[p.Name])
				}
			}
			check, err := f.Model.Check(held)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(check.Predicted-check.Actual) > 0.03*check.Actual {
				t.Errorf("%v purchases, %v predicted", check.Actual, check.Predicted)
			}
			for _, b := range check.Bins {
				if math.Abs(b.Predicted-b.Actual) > 0.1*b.Actual {
					t.Errorf("bin %+v", b)
				}
			}
			s, err := clv.FitSpend(customers, clv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want = map[string]float64{"p": g.P, "q": g.Q, "v": g.V}
			for _, p := range s.Params {
				if math.Abs(p.Value-want[p.Name]) > sigmas*p.StdErr || p.StdErr > 0.2*p.Value {
					t.Errorf("%s = %v ± %v, drawn from %v", p.Name, p.Value, p.StdErr, want[p.Name])
				}
			}
			if c := clv.Correlation(customers); math.Abs(c) > 0.05 {
				t.Errorf("correlation %v of numbers drawn apart", c)
			}
		})
	}
}

// TestFit_NotIdentified: data that say nothing of some parameter.
func TestFit_NotIdentified(t *testing.T) {
	sample, _ := cdnow(t)
	tests := []struct {
		name      string
		customers []clv.Customer
		reason    string
		open      map[clv.Kind]string // a parameter that must be among those named
	}{
		{"Online Retail: nobody seems to leave", retail(t), "nobody seems to leave",
			map[clv.Kind]string{clv.MBGNBD: "a", clv.ParetoNBD: "s", clv.BGNBD: "a"}},
		{"one customer", sample[:1], "cannot be told",
			map[clv.Kind]string{clv.MBGNBD: "r", clv.ParetoNBD: "r", clv.BGNBD: "r"}},
		{"all equal", slices.Repeat([]clv.Customer{{Frequency: 3, Recency: 20, T: 30, Spend: 10}}, 100), "cannot be told",
			map[clv.Kind]string{clv.MBGNBD: "r", clv.ParetoNBD: "r", clv.BGNBD: "r"}},
		{"one repeat buyer", append(slices.Repeat([]clv.Customer{{T: 30}}, 100), clv.Customer{Frequency: 1, Recency: 3, T: 30}), "cannot be told",
			map[clv.Kind]string{clv.MBGNBD: "b", clv.ParetoNBD: "beta", clv.BGNBD: "b"}},
		{"10⁶ purchases of one", append(slices.Repeat([]clv.Customer{{T: 30}}, 100), clv.Customer{Frequency: 1e6, Recency: 29.5, T: 30}), "",
			map[clv.Kind]string{clv.MBGNBD: "r", clv.ParetoNBD: "s", clv.BGNBD: "b"}},
	}
	for _, tt := range tests {
		for _, k := range kinds {
			t.Run(tt.name+"/"+k.String(), func(t *testing.T) {
				f, err := clv.Fit(tt.customers, clv.Options{Kind: k})
				var failed *clv.FitError
				if !errors.As(err, &failed) || !errors.Is(err, clv.ErrNotIdentified) && !errors.Is(err, clv.ErrNotConverged) {
					t.Fatalf("error %v", err)
				}
				if !slices.Contains(failed.Report.Unidentified, tt.open[k]) || !strings.Contains(err.Error(), tt.reason) {
					t.Errorf("error %v, want one that names %s and says %q", err, tt.open[k], tt.reason)
				}
				for _, p := range f.Params {
					if p.Identified == slices.Contains(failed.Report.Unidentified, p.Name) || !p.Identified && p.StdErr != 0 {
						t.Errorf("%+v", p)
					}
				}
				for _, c := range tt.customers[:1] {
					for _, ask := range []func() (float64, error){
						func() (float64, error) { return f.Model.PAlive(c) },
						func() (float64, error) { return f.Model.Purchases(c, c.T) },
						func() (float64, error) { return f.Model.DERT(c, 0.01) },
					} {
						if v, err := ask(); err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
							t.Errorf("%v, %v", v, err)
						}
					}
				}
			})
		}
	}
	t.Run("predictions hold", func(t *testing.T) {
		customers := retail(t)
		f, err := clv.Fit(customers, clv.Options{Kind: clv.ParetoNBD})
		if !errors.Is(err, clv.ErrNotIdentified) {
			t.Fatal(err)
		}
		// Hardly anybody leaves, so a customer with x purchases in T makes about
		// (r+x)/(alpha+T) in a day.
		c := clv.Customer{Frequency: 10, Recency: 300, T: 320}
		got, err := f.Model.Purchases(c, 100)
		want := 100 * (f.Model.R + 10) / (f.Model.Alpha + 320)
		if err != nil || math.Abs(got-want) > 0.01*want {
			t.Errorf("%v purchases, %v; want %v", got, err, want)
		}
		if _, err := f.StdErr(func(m clv.Model) (float64, error) { return m.S, nil }); !errors.Is(err, clv.ErrNotIdentified) {
			t.Errorf("the error of s is %v", err)
		}
		if se, err := f.StdErr(func(m clv.Model) (float64, error) { return m.R, nil }); err != nil || math.Abs(se-f.Params[0].StdErr) > 1e-4*se {
			t.Errorf("the error of r is %v, %v; want %v", se, err, f.Params[0].StdErr)
		}
	})
}

func TestFit_NotConverged(t *testing.T) {
	customers := retail(t)
	f, err := clv.Fit(customers, clv.Options{Kind: clv.ParetoNBD, Iterations: 1, Starts: 1})
	if f == nil || !errors.Is(err, clv.ErrNotConverged) || f.Report.Converged {
		t.Fatalf("%v, %v", f, err)
	}
	if !strings.Contains(err.Error(), "all that Options allows") {
		t.Errorf("%v", err)
	}
}

func TestFit_Errors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	good := clv.Customer{Frequency: 1, Recency: 2, T: 3, Spend: 4}
	tests := []struct {
		name      string
		customers []clv.Customer
		options   clv.Options
		want      []string
	}{
		{"recency beyond T", []clv.Customer{good, {Frequency: 1, Recency: 5, T: 3}}, clv.Options{}, []string{"customers[1].Recency"}},
		{"NaN", []clv.Customer{{Frequency: nan, Recency: nan, T: nan}}, clv.Options{},
			[]string{"customers[0].Frequency", "customers[0].T", "customers[0].Recency"}},
		{"Inf", []clv.Customer{{Frequency: inf, Recency: inf, T: inf}}, clv.Options{}, []string{"customers[0].Frequency", "customers[0].T"}},
		{"negative", []clv.Customer{{Frequency: -1, Recency: -1, T: -1}}, clv.Options{},
			[]string{"customers[0].Frequency", "customers[0].T", "customers[0].Recency"}},
		{"a part of a purchase", []clv.Customer{{Frequency: 1.5, Recency: 1, T: 2}}, clv.Options{}, []string{"customers[0].Frequency"}},
		{"repeats at no time", []clv.Customer{{Frequency: 1, T: 2}}, clv.Options{}, []string{"customers[0].Recency"}},
		{"time without a repeat", []clv.Customer{{Recency: 1, T: 2}}, clv.Options{}, []string{"customers[0].Recency"}},
		{"options", []clv.Customer{good}, clv.Options{Kind: 9, Unit: -1, Iterations: -1, Starts: 5},
			[]string{"options.Kind", "options.Unit", "options.Iterations", "options.Starts"}},
		{"too many to name", slices.Repeat([]clv.Customer{{T: nan}}, 1000), clv.Options{}, slices.Repeat([]string{""}, 20)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := clv.Fit(tt.customers, tt.options)
			if f != nil || !errors.Is(err, clv.ErrInvalid) {
				t.Fatalf("%v, %v", f, err)
			}
			var got []string
			for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
				var invalid *clv.InvalidError
				if errors.As(e, &invalid) {
					got = append(got, invalid.Path)
				}
			}
			if tt.want[0] == "" {
				if len(got) != len(tt.want) || !strings.Contains(err.Error(), "980 more") {
					t.Errorf("%d problems named: %v", len(got), err)
				}
			} else if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
	for _, none := range [][]clv.Customer{nil, {{T: 30}, {T: 20}}, {{}}} {
		if f, err := clv.Fit(none, clv.Options{}); f != nil || !errors.Is(err, clv.ErrNoRepeat) {
			t.Errorf("%v: %v, %v", none, f, err)
		}
	}
}

func TestFitSpend_Errors(t *testing.T) {
	if f, err := clv.FitSpend([]clv.Customer{{Frequency: 1, Recency: 2, T: 3, Spend: math.NaN()}}, clv.Options{}); f != nil || !errors.Is(err, clv.ErrInvalid) {
		t.Errorf("%v, %v", f, err)
	}
	for _, none := range [][]clv.Customer{
		nil,
		{{T: 3, Spend: 5}},                 // not a repeat purchase's
		{{Frequency: 1, Recency: 2, T: 3}}, // free
		{{Frequency: 1, Recency: 2, T: 3, Spend: -2.5}}, // given back
	} {
		if f, err := clv.FitSpend(none, clv.Options{}); f != nil || !errors.Is(err, clv.ErrNoRepeat) {
			t.Errorf("%v: %v, %v", none, f, err)
		}
	}
	equal := slices.Repeat([]clv.Customer{{Frequency: 2, Recency: 2, T: 3, Spend: 5}}, 50)
	if _, err := clv.FitSpend(equal, clv.Options{}); !errors.Is(err, clv.ErrNotIdentified) && !errors.Is(err, clv.ErrNotConverged) {
		t.Errorf("all spend alike: %v", err)
	}
}

// TestFit_Laws: the order of customers alters nothing, not a bit; all of them k
// times alter only the errors; another unit of time or money only what has one.
func TestFit_Laws(t *testing.T) {
	customers, _ := cdnow(t)
	near := func(t *testing.T, name string, got, want, relative float64) {
		t.Helper()
		if math.Abs(got-want) > relative*math.Abs(want) {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	for _, k := range kinds {
		t.Run(k.String(), func(t *testing.T) {
			f, err := clv.Fit(customers, clv.Options{Kind: k})
			if err != nil {
				t.Fatal(err)
			}
			shuffled := slices.Clone(customers)
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			again, err := clv.Fit(shuffled, clv.Options{Kind: k})
			if err != nil || again.Model != f.Model || again.LogLikelihood != f.LogLikelihood {
				t.Errorf("in another order %+v, %v; want %+v", again.Model, err, f.Model)
			}
			often, err := clv.Fit(slices.Repeat(customers, 9), clv.Options{Kind: k})
			if err != nil {
				t.Fatal(err)
			}
			days := slices.Clone(customers)
			var purchases float64
			for i := range days {
				days[i].Recency *= 7
				days[i].T *= 7
				purchases += days[i].Frequency
			}
			daily, err := clv.Fit(days, clv.Options{Kind: k, Unit: clv.Day})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "log-likelihood nine times", often.LogLikelihood, 9*f.LogLikelihood, 1e-9)
			near(t, "log-likelihood in days", daily.LogLikelihood, f.LogLikelihood-purchases*math.Log(7), 1e-9)
			for i, p := range f.Params {
				near(t, p.Name, often.Params[i].Value, p.Value, 1e-5)
				near(t, "error of "+p.Name, often.Params[i].StdErr, p.StdErr/3, 1e-3)
				scale := 1.0
				if p.Name == "alpha" || p.Name == "beta" {
					scale = 7
				}
				near(t, p.Name+" in days", daily.Params[i].Value, scale*p.Value, 1e-5)
			}
		})
	}
	t.Run("spend", func(t *testing.T) {
		f, err := clv.FitSpend(customers, clv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		cents := slices.Clone(customers)
		for i := range cents {
			cents[i].Spend *= 100
		}
		slices.Reverse(cents)
		g, err := clv.FitSpend(cents, clv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range f.Params {
			scale := 1.0
			if p.Name == "v" {
				scale = 100
			}
			near(t, p.Name, g.Params[i].Value, scale*p.Value, 1e-5)
		}
		near(t, "log-likelihood", g.LogLikelihood, f.LogLikelihood-946*math.Log(100), 1e-9)
	})
}
