package clv_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/loyaltykit/loyalty/rfm/clv"
)

type factFile struct {
	Fits []struct {
		Source    string
		Kind      clv.Kind
		Params    [4]float64
		LogLik    *float64
		Tolerance float64
	}
	SpendFit struct {
		Source    string
		Params    [3]float64
		Customers int
		Tolerance float64
	}
	Customers struct {
		Source     string
		Parameters struct {
			BGNBD      struct{ R, Alpha, A, B float64 }
			ParetoNBD  struct{ R, Alpha, S, Beta float64 } `json:"pareto_nbd"`
			GammaGamma clv.GammaGamma                      `json:"gamma_gamma"`
		}
		Rules map[string]string
		Rows  []customerFact
	}
	NewCustomer []struct {
		Source    string
		Kind      clv.Kind
		Params    [4]float64
		Tolerance float64
		Rows      [][2]float64
	}
	Probability []struct {
		Source string
		Kind   clv.Kind
		Params [4]float64
		Rows   [][3]float64
	}
	Hyp2F1 json.RawMessage // see TestHypergeometric
}

type customerFact struct {
	ID        int
	X         float64
	TX        float64 `json:"t_x"`
	T         float64
	MeanSpend float64            `json:"mean_spend"`
	BGNBD     map[string]float64 `json:"bgnbd"`
	ParetoNBD map[string]float64 `json:"pareto_nbd"`
	Spend     map[string]float64 `json:"gamma_gamma"`
	CLV       map[string]float64 `json:"clv_12_months"`
	Residual  float64            `json:"residual_clv_pareto_nbd"`
}

func readFacts(t *testing.T) factFile {
	t.Helper()
	text, err := os.ReadFile("testdata/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	var f factFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

func model(k clv.Kind, p [4]float64) clv.Model {
	if k == clv.ParetoNBD {
		return clv.Model{Kind: k, Unit: clv.Week, R: p[0], Alpha: p[1], S: p[2], Beta: p[3]}
	}
	return clv.Model{Kind: k, Unit: clv.Week, R: p[0], Alpha: p[1], A: p[2], B: p[3]}
}

// TestFacts_Fit holds the fits on CDNOW to the papers.
func TestFacts_Fit(t *testing.T) {
	facts := readFacts(t)
	customers, _ := cdnow(t)
	for _, fact := range facts.Fits {
		t.Run(fact.Kind.String(), func(t *testing.T) {
			f, err := clv.Fit(customers, clv.Options{Kind: fact.Kind, Unit: clv.Week})
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range f.Params {
				if math.Abs(p.Value-fact.Params[i]) > fact.Tolerance {
					t.Errorf("%s = %v, want %v (%s)", p.Name, p.Value, fact.Params[i], fact.Source)
				}
			}
			if fact.LogLik != nil && math.Abs(f.LogLikelihood-*fact.LogLik) > 0.05 {
				t.Errorf("log-likelihood %v, want %v (%s)", f.LogLikelihood, *fact.LogLik, fact.Source)
			}
			if r := f.Report; !r.Converged || r.Agreed != r.Starts || r.Starts < 2 {
				t.Errorf("not every start ended alike: %+v", r)
			}
			sum := 0.0
			for _, c := range customers {
				ll, err := f.Model.LogLikelihood(c)
				if err != nil {
					t.Fatal(err)
				}
				sum += ll
			}
			if math.Abs(sum-f.LogLikelihood) > 1e-6 {
				t.Errorf("the customers' log-likelihoods add up to %v, the fit's is %v", sum, f.LogLikelihood)
			}
		})
	}
	t.Run("gamma-gamma", func(t *testing.T) {
		fact := facts.SpendFit
		f, err := clv.FitSpend(customers, clv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range f.Params {
			if math.Abs(p.Value-fact.Params[i]) > fact.Tolerance {
				t.Errorf("%s = %v, want %v (%s)", p.Name, p.Value, fact.Params[i], fact.Source)
			}
		}
		if f.Report.Customers != fact.Customers || f.Report.Skipped != len(customers)-fact.Customers {
			t.Errorf("%d customers used, %d skipped; want %d used", f.Report.Customers, f.Report.Skipped, fact.Customers)
		}
	})
}

// TestFacts_Customers holds predictions to reference figures.
func TestFacts_Customers(t *testing.T) {
	facts := readFacts(t).Customers
	bg := clv.Model{Kind: clv.BGNBD, Unit: clv.Week, R: facts.Parameters.BGNBD.R, Alpha: facts.Parameters.BGNBD.Alpha,
		A: facts.Parameters.BGNBD.A, B: facts.Parameters.BGNBD.B}
	pareto := clv.Model{Kind: clv.ParetoNBD, Unit: clv.Week, R: facts.Parameters.ParetoNBD.R, Alpha: facts.Parameters.ParetoNBD.Alpha,
		S: facts.Parameters.ParetoNBD.S, Beta: facts.Parameters.ParetoNBD.Beta}
	spend := facts.Parameters.GammaGamma
	if len(facts.Rows) == 0 {
		t.Fatal("no rows")
	}
	compared := 0
	for _, row := range facts.Rows {
		c := clv.Customer{Frequency: row.X, Recency: row.TX, T: row.T, Spend: row.MeanSpend}
		check := func(name string, want float64, f func() (float64, error)) {
			t.Helper()
			got, err := f()
			compared++
			if err != nil || math.Abs(got-want) > 1e-10*math.Abs(want) {
				t.Errorf("customer %d: %s = %v, %v; want %v", row.ID, name, got, err, want)
			}
		}
		expected, err := spend.Spend(c)
		if err != nil {
			t.Fatal(err)
		}
		year := func(m clv.Model, rate float64) func() (float64, error) {
			return func() (float64, error) {
				return m.CLV(c, expected, clv.Terms{Periods: 12, Period: 4.345 * clv.Week, Rate: rate})
			}
		}
		purchases := func(m clv.Model, t float64) func() (float64, error) {
			return func() (float64, error) { return m.Purchases(c, t) }
		}
		check("spend", row.Spend["exp_avg_spend"], func() (float64, error) { return spend.Spend(c) })
		check("BG/NBD 12 months", row.CLV["bgnbd"], year(bg, 0.01))
		check("Pareto/NBD 12 months", row.CLV["pareto_nbd"], year(pareto, 0.01))
		check("BG/NBD undiscounted", row.CLV["bgnbd_undiscounted"], year(bg, 0))
		check("BG/NBD log-likelihood", row.BGNBD["loglik"], func() (float64, error) { return bg.LogLikelihood(c) })
		check("BG/NBD P(alive)", row.BGNBD["p_alive"], func() (float64, error) { return bg.PAlive(c) })
		for _, t := range []float64{13, 39, 52} {
			check(fmt.Sprintf("BG/NBD %v weeks", t), row.BGNBD[fmt.Sprintf("exp_purchases_%vw", t)], purchases(bg, t))
		}
		check("Pareto/NBD log-likelihood", row.ParetoNBD["loglik"], func() (float64, error) { return pareto.LogLikelihood(c) })
		check("Pareto/NBD P(alive)", row.ParetoNBD["p_alive"], func() (float64, error) { return pareto.PAlive(c) })
		check("Pareto/NBD P(alive) in 26 weeks", row.ParetoNBD["p_alive_at_T_plus_26w"],
			func() (float64, error) { return pareto.PAliveAfter(c, 26) })
		check("Pareto/NBD 39 weeks", row.ParetoNBD["exp_purchases_39w"], purchases(pareto, 39))
		check("Pareto/NBD 52 weeks", row.ParetoNBD["exp_purchases_52w"], purchases(pareto, 52))
		check("DERT", row.ParetoNBD["dert_d0_0027"], func() (float64, error) { return pareto.DERT(c, 0.0027) })
		check("residual value", row.Residual, func() (float64, error) {
			dert, err := pareto.DERT(c, 0.0027)
			return dert * expected, err
		})
	}
	if compared != 16*len(facts.Rows) {
		t.Errorf("%d figures compared", compared)
	}
}

func TestFacts_NewCustomer(t *testing.T) {
	for _, fact := range readFacts(t).NewCustomer {
		m := model(fact.Kind, fact.Params)
		for _, row := range fact.Rows {
			got, err := m.NewCustomer(row[0])
			if err != nil || math.Abs(got-row[1]) > fact.Tolerance*row[1] {
				t.Errorf("%v: %v purchases in %v weeks, %v; want %v (%s)", fact.Kind, got, row[0], err, row[1], fact.Source)
			}
		}
	}
}

func TestFacts_Probability(t *testing.T) {
	for _, fact := range readFacts(t).Probability {
		m := model(fact.Kind, fact.Params)
		for _, row := range fact.Rows {
			got, err := m.Probability(int(row[1]), row[0])
			if err != nil || math.Abs(got-row[2]) > 3e-6*row[2] { // as many digits as are printed
				t.Errorf("%v: P(%v in %v) = %v, %v; want %v (%s)", fact.Kind, row[1], row[0], got, err, row[2], fact.Source)
			}
		}
	}
}
