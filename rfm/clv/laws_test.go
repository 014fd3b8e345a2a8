package clv_test

import (
	"errors"
	"math"
	"testing"

	"github.com/loyaltykit/loyalty/rfm/clv"
	"pgregory.net/rapid"
)

// drawModel draws a model with every order of magnitude that a fit may end at.
func drawModel(t *rapid.T) clv.Model {
	ten := func(name string, low, high float64) float64 {
		return math.Pow(10, rapid.Float64Range(low, high).Draw(t, name))
	}
	m := clv.Model{Kind: clv.Kind(rapid.IntRange(0, 2).Draw(t, "kind")), Unit: clv.Week, R: ten("r", -3, 3), Alpha: ten("alpha", -3, 4)}
	if m.Kind == clv.ParetoNBD {
		m.S, m.Beta = ten("s", -4, 2), ten("beta", -3, 4)
	} else {
		m.A, m.B = ten("a", -4, 2), ten("b", -4, 3)
	}
	return m
}

func drawCustomer(t *rapid.T) clv.Customer {
	c := clv.Customer{T: rapid.Float64Range(0.01, 200).Draw(t, "T")}
	if x := rapid.IntRange(0, 60).Draw(t, "x"); x > 0 {
		c.Frequency = float64(x)
		c.Recency = c.T * rapid.Float64Range(0.001, 1).Draw(t, "recency")
		c.Spend = rapid.Float64Range(0.01, 1000).Draw(t, "spend")
	}
	return c
}

// TestLaw_Predictions: what holds of probabilities and expectations whatever the
// model, the customer and the time.
func TestLaw_Predictions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, c := drawModel(t), drawCustomer(t)
		near, far := rapid.Float64Range(0.001, 100).Draw(t, "t"), rapid.Float64Range(100, 1000).Draw(t, "later")
		rate := rapid.Float64Range(1e-4, 1).Draw(t, "rate")
		must := func(v float64, err error) float64 {
			t.Helper()
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%v, %v", v, err)
			}
			return v
		}
		order := func(rule string, values ...float64) {
			t.Helper()
			for i := 1; i < len(values); i++ {
				if values[i-1] > values[i]*(1+1e-9)+1e-12 {
					t.Errorf("%s: not in order: %v", rule, values)
				}
			}
		}
		alive := must(m.PAlive(c))
		soon, late := must(m.Purchases(c, near)), must(m.Purchases(c, far))
		order("who is active", 0, must(m.PAliveAfter(c, far)), must(m.PAliveAfter(c, near)), alive, 1)
		order("nobody is active after buying nothing for ever and still buys", 0, must(m.PBuy(c, near)), must(m.PBuy(c, far)), alive)
		order("one purchase at least, among those expected", must(m.PBuy(c, near)), soon)
		order("more time, more purchases", 0, soon, late)
		order("but no faster", late/far, soon/near)
		discounted := must(m.Discounted(c, near, rate))
		order("a discount takes off", soon*math.Exp(-rate*near), discounted, soon)
		order("and less time too", discounted, must(m.Discounted(c, far, rate)), must(m.DERT(c, rate)))
		order("silence", 0, must(m.Silence(c)), 1)
		if m.Kind == clv.BGNBD && c.Frequency == 0 && alive != 1 || m.Kind == clv.MBGNBD && alive == 1 {
			t.Errorf("%v: %v is %v active", m.Kind, c, alive)
		}
		p := rapid.Float64Range(0.001, 0.999).Draw(t, "p")
		if next, err := m.NextPurchase(c, p); errors.Is(err, clv.ErrNever) {
			order("never", must(m.PBuy(c, 1e9)), p)
		} else if got := must(m.PBuy(c, must(next, err))); next > 1e-12 && math.Abs(got-p) > 1e-9 {
			t.Errorf("within %v with probability %v, want %v", next, got, p)
		}
		// Ten times as many units of time, each a tenth: the same customers.
		n, d := m, c
		n.Alpha, n.Beta, n.Unit = m.Alpha*10, m.Beta*10, m.Unit/10
		d.Recency, d.T = c.Recency*10, c.T*10
		for _, pair := range [][2]float64{
			{alive, must(n.PAlive(d))},
			{soon, must(n.Purchases(d, near*10))},
			{must(m.LogLikelihood(c)), must(n.LogLikelihood(d)) + c.Frequency*math.Log(10)},
			{must(m.DERT(c, rate)), must(n.DERT(d, rate/10))},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-7*(math.Abs(pair[0])+1e-6) {
				t.Errorf("in units of a tenth %v, not %v", pair[1], pair[0])
			}
		}
		// A year in one period without discount or margin is purchases times spend.
		year := must(m.Purchases(c, must(clv.Year.In(1, clv.Week))))
		value := must(m.CLV(c, 20, clv.Terms{Periods: 1, Period: clv.Year}))
		months := must(m.CLV(c, 20, clv.Terms{Periods: 12, Period: clv.Month}))
		part := must(m.CLV(c, 20, clv.Terms{Periods: 12, Period: clv.Month, Margin: 0.25}))
		if off := 1e-9*value + 1e-300; math.Abs(value-20*year) > off || math.Abs(months-value) > off || math.Abs(part-months/4) > off {
			t.Errorf("worth %v, by months %v, a quarter %v; want %v", value, months, part, 20*year)
		}
		order("a discount of periods", must(m.CLV(c, 20, clv.Terms{Periods: 12, Period: clv.Month, Rate: 0.02})), months)
	})
}

// TestLaw_Probability: probabilities of 0, 1, 2 … purchases add up to 1, and
// their mean is the expectation.
func TestLaw_Probability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		// A time in which a customer who stays buys about once.
		span := m.Alpha / m.R * rapid.Float64Range(0.01, 2).Draw(t, "t")
		var sum, mean float64
		for n := range 400 {
			p, err := m.Probability(n, span)
			if err != nil || !(p >= 0 && p <= 1) {
				t.Fatalf("P(%d) = %v, %v", n, p, err)
			}
			sum += p
			mean += p * float64(n)
		}
		want, err := m.NewCustomer(span)
		if err != nil {
			t.Fatal(err)
		}
		if sum > 1+1e-9 || mean > want*(1+1e-8)+1e-12 {
			t.Errorf("sum %v, mean %v of %v", sum, mean, want)
		}
		if m.R > 0.1 && (sum < 1-1e-8 || mean < want*(1-1e-6)) { // else beyond 400 there is much
			t.Errorf("sum %v, mean %v of %v", sum, mean, want)
		}
	})
}

// TestLaw_Spend: what is expected lies between the customer's own mean and the
// population's, the nearer to their own the more they bought.
func TestLaw_Spend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := clv.GammaGamma{
			P: rapid.Float64Range(0.1, 50).Draw(t, "p"),
			Q: rapid.Float64Range(1.01, 50).Draw(t, "q"),
			V: rapid.Float64Range(0.1, 1000).Draw(t, "v"),
		}
		c := drawCustomer(t)
		got, err := g.Spend(c)
		if err != nil {
			t.Fatal(err)
		}
		mean, err := g.Mean()
		if err != nil {
			t.Fatal(err)
		}
		if c.Frequency == 0 {
			if got != mean {
				t.Errorf("%v, want the mean %v", got, mean)
			}
			return
		}
		if low, high := math.Min(mean, c.Spend), math.Max(mean, c.Spend); got < low*(1-1e-12) || got > high*(1+1e-12) {
			t.Errorf("%v is not between %v and %v", got, low, high)
		}
		more := c
		more.Frequency *= 10
		further, err := g.Spend(more)
		if err != nil || math.Abs(further-c.Spend) > math.Abs(got-c.Spend)*(1+1e-9)+1e-9 {
			t.Errorf("after ten times as many purchases %v, %v; before %v; own mean %v", further, err, got, c.Spend)
		}
	})
}

func TestPredictions_Errors(t *testing.T) {
	good := clv.Model{Kind: clv.BGNBD, Unit: clv.Week, R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426}
	with := func(f func(m *clv.Model)) clv.Model {
		m := good
		f(&m)
		return m
	}
	nan, inf := math.NaN(), math.Inf(1)
	c := clv.Customer{Frequency: 2, Recency: 3, T: 4}
	year := clv.Terms{Periods: 12, Period: clv.Month, Rate: 0.01}
	value := func(m clv.Model, spend float64, terms clv.Terms) func() (float64, error) {
		return func() (float64, error) { return m.CLV(c, spend, terms) }
	}
	tests := []struct {
		path string
		ask  func() (float64, error)
	}{
		{"r", func() (float64, error) { return clv.Model{}.PAlive(c) }},
		{"kind", func() (float64, error) { return with(func(m *clv.Model) { m.Kind = 3 }).PAlive(c) }},
		{"alpha", func() (float64, error) { return with(func(m *clv.Model) { m.Alpha = nan }).PAlive(c) }},
		{"a", func() (float64, error) { return with(func(m *clv.Model) { m.A = 0 }).PAlive(c) }},
		{"b", func() (float64, error) { return with(func(m *clv.Model) { m.B = inf }).LogLikelihood(c) }},
		{"s", func() (float64, error) { return with(func(m *clv.Model) { m.Kind = clv.ParetoNBD }).PAlive(c) }},
		{"unitDays", func() (float64, error) { return with(func(m *clv.Model) { m.Unit = -7 }).PAlive(c) }},
		{"Recency", func() (float64, error) { return good.PAlive(clv.Customer{Frequency: 2, Recency: 5, T: 4}) }},
		{"Spend", func() (float64, error) { return clv.GammaGamma{P: 1, Q: 2, V: 3}.Spend(clv.Customer{T: 1, Spend: inf}) }},
		{"q", func() (float64, error) { return clv.GammaGamma{P: 1, Q: -2, V: 3}.Mean() }},
		{"t", func() (float64, error) { return good.Purchases(c, -1) }},
		{"t", func() (float64, error) { return good.PBuy(c, nan) }},
		{"t", func() (float64, error) { return good.PAliveAfter(c, inf) }},
		{"p", func() (float64, error) { return good.NextPurchase(c, 0) }},
		{"p", func() (float64, error) { return good.NextPurchase(c, nan) }},
		{"n", func() (float64, error) { return good.Probability(-1, 3) }},
		{"n", func() (float64, error) { return good.Probability(10_001, 3) }},
		{"rate", func() (float64, error) { return good.DERT(c, 0) }},
		{"rate", func() (float64, error) { return good.Discounted(c, 1, -0.1) }},
		{"rate", func() (float64, error) { return clv.Week.ContinuousRate(nan, clv.Year) }},
		{"per", func() (float64, error) { return clv.Week.ContinuousRate(0.1, 0) }},
		{"unitDays", value(with(func(m *clv.Model) { m.Unit = 0 }), 20, year)},
		{"spend", value(good, -1, year)},
		{"spend", value(good, inf, year)},
		{"terms.Period", value(good, 20, clv.Terms{Periods: 12})},
		{"terms.Periods", value(good, 20, clv.Terms{Period: clv.Month})},
		{"terms.Rate", value(good, 20, clv.Terms{Periods: 1, Period: clv.Month, Rate: -0.01})},
		{"terms.Margin", value(good, 20, clv.Terms{Periods: 1, Period: clv.Month, Margin: 30})},
		{"t", value(good, 20, clv.Terms{Periods: 10_000, Period: 1e9})},
	}
	for _, tt := range tests {
		v, err := tt.ask()
		var invalid *clv.InvalidError
		if v != 0 || !errors.As(err, &invalid) || invalid.Path != tt.path || !errors.Is(err, clv.ErrInvalid) {
			t.Errorf("%v, %v; want an error of %s", v, err, tt.path)
		}
	}
	for _, q := range []float64{0.5, 1} {
		if v, err := (clv.GammaGamma{P: 1, Q: q, V: 3}).Mean(); v != 0 || !errors.Is(err, clv.ErrNoMean) {
			t.Errorf("q = %v: %v, %v", q, v, err)
		}
	}
	if v, err := (clv.GammaGamma{P: 0.1, Q: 0.2, V: 3}).Spend(clv.Customer{Frequency: 1, Recency: 1, T: 1, Spend: 5}); v != 0 || !errors.Is(err, clv.ErrNoMean) {
		t.Errorf("%v, %v", v, err)
	}
}

// TestLimits: places where closed forms divide by zero or overflow.
func TestLimits(t *testing.T) {
	bg := func(a, b float64) clv.Model { return clv.Model{Kind: clv.BGNBD, R: 0.5, Alpha: 5, A: a, B: b} }
	pareto := func(s, alpha, beta float64) clv.Model {
		return clv.Model{Kind: clv.ParetoNBD, R: 0.5, Alpha: alpha, S: s, Beta: beta}
	}
	c := clv.Customer{Frequency: 3, Recency: 20, T: 30}
	steady := []struct {
		rule        string
		at          clv.Model
		below, over clv.Model
		customer    clv.Customer
	}{
		{"a = 1", bg(1, 3), bg(1-1e-7, 3), bg(1+1e-7, 3), c},
		{"a + b = 1, never again", bg(0.4, 0.6), bg(0.4, 0.6-1e-7), bg(0.4, 0.6+1e-7), clv.Customer{T: 30}},
		{"s = 1", pareto(1, 5, 7), pareto(1-1e-7, 5, 7), pareto(1+1e-7, 5, 7), c},
		{"alpha = beta", pareto(0.6, 7, 7), pareto(0.6, 7-1e-6, 7), pareto(0.6, 7+1e-6, 7), c},
		{"last purchase now", pareto(0.6, 5, 7), pareto(0.6, 5-1e-7, 7), pareto(0.6, 5+1e-7, 7), clv.Customer{Frequency: 3, Recency: 30, T: 30}},
	}
	for _, tt := range steady {
		for name, ask := range map[string]func(m clv.Model) (float64, error){
			"PAlive":    func(m clv.Model) (float64, error) { return m.PAlive(tt.customer) },
			"Purchases": func(m clv.Model) (float64, error) { return m.Purchases(tt.customer, 40) },
			"DERT":      func(m clv.Model) (float64, error) { return m.DERT(tt.customer, 0.01) },
			"PBuy":      func(m clv.Model) (float64, error) { return m.PBuy(tt.customer, 40) },
		} {
			at, err := ask(tt.at)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range []clv.Model{tt.below, tt.over} {
				v, err := ask(m)
				if err != nil || math.Abs(v-at) > 1e-5*at {
					t.Errorf("%s: %s = %v, beside it %v, %v", tt.rule, name, at, v, err)
				}
			}
		}
	}
	if p, err := pareto(0.6, 5, 7).PAlive(clv.Customer{Frequency: 3, Recency: 30, T: 30}); err != nil || p != 1 {
		t.Errorf("who bought just now is %v active, %v", p, err)
	}
	// 10⁶ purchases in a year: as sure as sure, and so many more to come.
	for _, m := range []clv.Model{{R: 0.5, Alpha: 5, A: 1e-4, B: 900}, pareto(0.01, 5, 1e5)} {
		busy := clv.Customer{Frequency: 1e6, Recency: 51.9999, T: 52}
		alive, err := m.PAlive(busy)
		if err != nil || !(alive > 0.99) {
			t.Errorf("%v: %v active, %v", m.Kind, alive, err)
		}
		n, err := m.Purchases(busy, 1)
		if want := 1e6 / 57; err != nil || math.Abs(n-want) > 0.01*want {
			t.Errorf("%v: %v purchases, %v; want about %v", m.Kind, n, err, want)
		}
	}
	// Infinite horizon without dropout to speak of: rate/δ.
	m := pareto(1e-9, 5, 1e20)
	if v, err := m.DERT(c, 0.01); err != nil || math.Abs(v-3.5/35/0.01) > 1e-6 {
		t.Errorf("DERT = %v, %v; want 10", v, err)
	}
}
