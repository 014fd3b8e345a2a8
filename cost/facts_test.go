package cost_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

// fact reads the given and expected figures of one case of testdata/facts.json,
// each of which carries its source.
func fact(t testing.TB, id string, given, expect any) {
	t.Helper()
	text, err := os.ReadFile("testdata/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Cases []struct {
			ID            string
			Given, Expect json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	for _, c := range facts.Cases {
		if c.ID != id {
			continue
		}
		if err := json.Unmarshal(c.Given, given); err != nil {
			t.Fatal(id, err)
		}
		if err := json.Unmarshal(c.Expect, expect); err != nil {
			t.Fatal(id, err)
		}
		return
	}
	t.Fatal("no fact", id)
}

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if diff := got - want; !(diff <= tolerance && diff >= -tolerance) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

func nearDecimal(t testing.TB, what string, got decimal.Decimal, want, tolerance float64) {
	t.Helper()
	near(t, what, got.InexactFloat64(), want, tolerance)
}

func TestGate_facts(t *testing.T) {
	var given struct {
		Decisions []struct {
			Revenue decimal.Decimal
			Cost    decimal.Decimal `json:"current_cost"`
			Points  int64           `json:"award_points"`
		}
		Alarms []struct{ Revenue, Cost decimal.Decimal }
	}
	var expect struct {
		CanAward []bool `json:"can_award"`
		Alarm    []bool
	}
	fact(t, "cost-pub-09", &given, &expect)
	if len(given.Decisions) == 0 || len(given.Alarms) == 0 {
		t.Fatal("nothing given")
	}
	now := noon("2026-11-11")
	for i, row := range given.Decisions {
		g, b := mustGate(t, cost.Budget{Values: cny}), &cost.Book{}
		sell(t, g, b, row.Revenue)
		force(t, g, b, row.Cost)
		d, err := g.Award(b, cost.Award{At: now, Points: row.Points})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Verdict == cost.Allow; got != expect.CanAward[i] {
			t.Errorf("decision %d: %s, want allowed %v", i, d, expect.CanAward[i])
		}
	}
	for i, row := range given.Alarms {
		g, b := mustGate(t, cost.Budget{Values: cny}), &cost.Book{}
		sell(t, g, b, row.Revenue)
		force(t, g, b, row.Cost)
		if on, _, err := g.Alarm(b, now); err != nil || on != expect.Alarm[i] {
			t.Errorf("alarm %d: %v, %v, want %v", i, on, err, expect.Alarm[i])
		}
	}
}

func mustGate(t testing.TB, b cost.Budget) *cost.Gate {
	t.Helper()
	g, err := cost.NewGate(b)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func sell(t testing.TB, g *cost.Gate, b *cost.Book, amount decimal.Decimal) {
	t.Helper()
	if err := g.Sell(b, cost.Sale{At: noon("2026-11-11"), Amount: amount, Currency: g.Values().Currency()}); err != nil {
		t.Fatal(err)
	}
}

// force books a cost in whole points of 0.01.
func force(t testing.TB, g *cost.Gate, b *cost.Book, amount decimal.Decimal) {
	t.Helper()
	if _, err := g.Force(b, cost.Award{At: noon("2026-11-11"), Points: amount.Shift(2).IntPart()}); err != nil {
		t.Fatal(err)
	}
}
