package clv_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/loyaltykit/loyalty/rfm/clv"
	"pgregory.net/rapid"
)

// FuzzPredict: whatever the numbers, a figure is finite and in its range, or an
// error and 0.
func FuzzPredict(f *testing.F) {
	f.Add(uint8(0), 0.525, 6.183, 0.891, 1.614, 2.0, 30.43, 38.86, 22.35, 39.0, 0.0027)
	f.Add(uint8(1), 0.553, 10.578, 0.606, 11.669, 1e6, 30.43, 38.86, 22.35, 39.0, 0.0027)
	f.Add(uint8(2), 0.243, 4.414, 1.0, 1e-9, 0.0, 0.0, 0.0, 0.0, 1e9, 1e-12)
	f.Add(uint8(0), 1e9, 1e-30, 1e9, 1e9, 1e9, 1e-300, 1e9, 1e15, 1e9, 1e6)
	f.Add(uint8(1), 1e-9, 1e30, 1e-9, 1e-30, 1e9, 1e9, 1e9, -1e15, 1e-300, 1e-12)
	f.Add(uint8(1), 1e9, 1e-30, 1e9, 1e30, 1.0, 1e-300, 1e9, 5e-324, 1e9, 1e-12)
	f.Add(uint8(2), math.NaN(), math.Inf(1), -1.0, 0.0, math.NaN(), math.Inf(-1), -1.0, math.NaN(), math.NaN(), math.Inf(1))
	f.Fuzz(func(t *testing.T, kind uint8, r, alpha, a, b, x, recency, age, spend, horizon, rate float64) {
		askAll(t, kind, r, alpha, a, b, x, recency, age, spend, horizon, rate)
	})
}

// TestLaw_Finite asks the same of numbers that are mostly valid, to the limits.
func TestLaw_Finite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ten := func(name string, low, high float64) float64 {
			return math.Pow(10, rapid.Float64Range(low, high).Draw(t, name))
		}
		kind := rapid.Uint8Range(0, 2).Draw(t, "kind")
		b := 9.0
		if kind == uint8(clv.ParetoNBD) {
			b = 30
		}
		age := ten("T", -12, 9)
		x := math.Trunc(ten("x", -1, 9))
		recency := age * math.Min(1, ten("recency", -10, 1))
		if x == 0 {
			recency = 0
		}
		askAll(t, kind, ten("r", -9, 9), ten("alpha", -30, 30), ten("a", -9, 9), ten("b", -b, b),
			x, recency, age, ten("spend", -20, 15), ten("t", -12, 9), ten("rate", -12, 6))
	})
}

// askAll asks for every figure.
func askAll(t interface {
	Helper()
	Errorf(format string, args ...any)
}, kind uint8, r, alpha, a, b, x, recency, age, spend, horizon, rate float64) {
	m := clv.Model{Kind: clv.Kind(kind % 3), Unit: clv.Week, R: r, Alpha: alpha}
	if m.Kind == clv.ParetoNBD {
		m.S, m.Beta = a, b
	} else {
		m.A, m.B = a, b
	}
	c := clv.Customer{Frequency: math.Trunc(x), Recency: recency, T: age, Spend: spend}
	times := c
	times.Spend = 0 // only the spend is read of it
	valid := m.Validate() == nil && times.Validate() == nil
	check := func(name string, high float64, v float64, err error) {
		t.Helper()
		switch {
		case err != nil && v != 0, math.IsNaN(v), math.IsInf(v, 0), v < 0, v > high*(1+1e-9):
			t.Errorf("%s = %v, %v: %+v, %+v, t = %v, rate = %v", name, v, err, m, c, horizon, rate)
		case err == nil && !valid && name != "Mean":
			t.Errorf("%s accepts %+v, %+v", name, m, c)
		case err != nil && !errors.Is(err, clv.ErrInvalid) && !errors.Is(err, clv.ErrNoMean) && !errors.Is(err, clv.ErrNever):
			t.Errorf("%s: %v", name, err)
		}
	}
	if ll, err := m.LogLikelihood(c); math.IsNaN(ll) || math.IsInf(ll, 0) || valid != (err == nil) {
		t.Errorf("log-likelihood %v, %v of %+v, %+v", ll, err, m, c)
	}
	inf := math.Inf(1)
	v, err := m.PAlive(c)
	check("PAlive", 1, v, err)
	v, err = m.PAliveAfter(c, horizon)
	check("PAliveAfter", 1, v, err)
	v, err = m.PBuy(c, horizon)
	check("PBuy", 1, v, err)
	v, err = m.NextPurchase(c, math.Mod(math.Abs(rate), 1))
	check("NextPurchase", inf, v, err)
	v, err = m.Silence(c)
	check("Silence", 1, v, err)
	v, err = m.Purchases(c, horizon)
	check("Purchases", inf, v, err)
	v, err = m.Discounted(c, horizon, rate)
	check("Discounted", inf, v, err)
	v, err = m.DERT(c, rate)
	check("DERT", inf, v, err)
	v, err = m.CLV(c, math.Abs(spend), clv.Terms{Periods: 3, Period: clv.Unit(horizon), Rate: rate})
	check("CLV", inf, v, err)
	valid = m.Validate() == nil
	v, err = m.Probability(int(math.Mod(math.Abs(x), 200)), horizon)
	check("Probability", 1, v, err)

	g := clv.GammaGamma{P: r, Q: a, V: alpha}
	valid = g.Validate() == nil && c.Validate() == nil
	v, err = g.Spend(c)
	check("Spend", inf, v, err)
	v, err = g.Mean()
	check("Mean", inf, v, err)
	if ll, err := g.LogLikelihood(c); math.IsNaN(ll) || math.IsInf(ll, 0) || valid != (err == nil) {
		t.Errorf("log-likelihood %v, %v of %+v, %+v", ll, err, g, c)
	}
}

// FuzzFit: any customers, a fit ends with finite numbers and says what they are
// worth.
func FuzzFit(f *testing.F) {
	f.Add(uint8(0), 1.0, 1.0, []byte{2, 200, 0, 1, 11, 0, 0, 0, 0, 9, 3, 1})
	f.Add(uint8(1), 1e7, 1e12, []byte{255, 255, 0, 255, 1, 1, 255, 1, 0, 0, 0, 0})
	f.Add(uint8(2), 1e-9, 1e-9, []byte{1, 1, 255, 1, 1, 1, 255, 1, 1, 1, 255, 1, 40, 9, 9, 9})
	f.Fuzz(func(t *testing.T, kind uint8, time, money float64, data []byte) {
		var customers []clv.Customer
		for ; len(data) >= 4 && len(customers) < 40; data = data[4:] {
			// x, and recency and the silence after it in units of time.
			c := clv.Customer{Frequency: float64(data[0]), Spend: float64(data[3]) * money}
			if data[0] > 200 {
				c.Frequency = math.Pow(10, float64(data[0]-200)/9)
				c.Frequency = math.Trunc(c.Frequency)
			}
			if data[0] > 0 {
				c.Recency = float64(data[1]) * time
			}
			c.T = c.Recency + float64(data[2])*time
			customers = append(customers, c)
		}
		k := clv.Kind(kind % 3)
		o := clv.Options{Kind: k, Unit: clv.Day, Iterations: 40}
		model, err := clv.Fit(customers, o)
		if model == nil {
			if !errors.Is(err, clv.ErrInvalid) && !errors.Is(err, clv.ErrNoRepeat) {
				t.Errorf("neither a fit nor a reason: %v", err)
			}
		} else {
			if invalid := model.Model.Validate(); invalid != nil {
				t.Errorf("%+v: %v", model.Model, invalid)
			}
			finite(t, model.LogLikelihood, model.Params, model.Report, err)
			for _, c := range customers {
				if v, err := model.Model.Purchases(c, c.T); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%v, %v", v, err)
				}
			}
		}
		spend, err := clv.FitSpend(customers, o)
		if spend == nil {
			if !errors.Is(err, clv.ErrInvalid) && !errors.Is(err, clv.ErrNoRepeat) {
				t.Errorf("neither a fit nor a reason: %v", err)
			}
		} else {
			if invalid := spend.Model.Validate(); invalid != nil {
				t.Errorf("%+v: %v", spend.Model, invalid)
			}
			finite(t, spend.LogLikelihood, spend.Params, spend.Report, err)
		}
	})
}

// finite holds a fit to be expressible as JSON, which has no NaN and no Inf, and
// to agree with itself.
func finite(t *testing.T, ll float64, params []clv.Param, r clv.Report, err error) {
	t.Helper()
	if _, bad := json.Marshal([]any{ll, params, r}); bad != nil {
		t.Errorf("%v: %v, %+v, %+v", bad, ll, params, r)
	}
	if (err == nil) != (r.Converged && len(r.Unidentified) == 0) || r.Reason == "" {
		t.Errorf("%v, but %+v", err, r)
	}
}
