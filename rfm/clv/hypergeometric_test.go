package clv

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// TestHypergeometric gets values of the hypergeometric function out of the sums
// and integrals used instead of it, by solving the papers' closed forms for it.
func TestHypergeometric(t *testing.T) {
	text, err := os.ReadFile("testdata/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Hyp2F1 struct {
			Source string
			Rows   []struct {
				A, B, C, Z float64
				LogAbs     float64 `json:"log_abs"`
				Sign       float64
			}
		}
	}
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	rows := facts.Hyp2F1.Rows
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	// Fader, Hardie & Lee 2005, eq. 10, given that the customer is active:
	// purchases = (a+b-1)/(a-1) (1 - (1-z)^r F(r, b; a+b-1; z)), z = t/(α+t).
	for _, row := range rows[:3] {
		m := betaGeoAhead{r: row.A, alpha: 1, a: row.C + 1 - row.B, b: row.B}
		tau := row.Z / (1 - row.Z)
		got := (1 - m.purchases(tau)*(m.a-1)/row.C) / math.Pow(1-row.Z, row.A)
		if math.Signbit(got) != (row.Sign < 0) || math.Abs(math.Log(math.Abs(got))-row.LogAbs) > 1e-9 {
			t.Errorf("F(%v, %v; %v; %v) = %v, want the logarithm %v (%s)", row.A, row.B, row.C, row.Z, got, row.LogAbs, facts.Hyp2F1.Source)
		}
	}
	// Fader & Hardie 2005, a note on deriving the Pareto/NBD model, for α > β:
	// ∫ (α+u)^-(r+x) (β+u)^-(s+1) du over u > 0 is α^-k F(k, s+1; k+1; (α-β)/α)/k,
	// k = r+s+x.
	row := rows[3]
	var p powers
	p.integrate(1, row.A-row.B+1, 1-row.Z, row.B, 0, maxTime)
	if got := p.ln + math.Log(row.A); math.Abs(got-row.LogAbs) > 1e-11 {
		t.Errorf("ln F(%v, %v; %v; %v) = %v, want %v", row.A, row.B, row.C, row.Z, got, row.LogAbs)
	}
}
