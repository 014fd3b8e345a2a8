package cost_test

import (
	"fmt"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// drawCohort draws a state that can be, and next one that can follow it.
func drawCohort(t *rapid.T, name string, policy cost.Breakage) cost.Cohort {
	c := cost.Cohort{Name: name, Issued: rapid.Int64Range(0, 5000).Draw(t, "issued"), Breakage: policy}
	if c.Issued > 0 {
		c.Allocated = decimal.New(rapid.Int64Range(0, 100_000).Draw(t, "allocated"), -2)
	}
	return drawUse(t, c)
}

func drawUse(t *rapid.T, c cost.Cohort) cost.Cohort {
	c.Redeemed = rapid.Int64Range(c.Redeemed, c.Issued-c.Expired).Draw(t, "redeemed")
	c.Expired = rapid.Int64Range(c.Expired, c.Issued-c.Redeemed).Draw(t, "expired")
	c.Expected = rapid.Int64Range(c.Redeemed, c.Issued-c.Expired).Draw(t, "expected")
	c.WithinYear = rapid.Int64Range(0, c.Expected-c.Redeemed).Draw(t, "within")
	c.Remote = 0
	if c.Breakage == cost.RemoteUse {
		c.Remote = rapid.Int64Range(0, c.Issued-c.Redeemed-c.Expired).Draw(t, "remote")
	}
	return c
}

func drawNext(t *rapid.T, c cost.Cohort) cost.Cohort {
	if more := rapid.Int64Range(0, 1000).Draw(t, "more"); more > 0 && rapid.Bool().Draw(t, "sales") {
		c.Issued += more
		c.Allocated = c.Allocated.Add(decimal.New(more, -2))
	}
	return drawUse(t, c)
}

// TestLaw_Deferral: revenue to date and liability are the allocation; the liability
// is within it, and nothing when nothing is outstanding; every roll-forward closes,
// by cohort and in total; cutting a period in two changes no total; the journal
// balances and moves the liability from opening to closing.
func TestLaw_Deferral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.Int32Range(0, 2).Draw(t, "places")
		var states [3][]cost.Cohort
		for i := range rapid.IntRange(1, 4).Draw(t, "cohorts") {
			policy := rapid.SampledFrom([]cost.Breakage{cost.Proportional, cost.RemoteUse}).Draw(t, "policy")
			c := drawCohort(t, fmt.Sprint("c", i), policy)
			c.Allocated = c.Allocated.Round(places)
			for s := range states {
				p, err := c.Position(places)
				if err != nil {
					t.Fatal(err)
				}
				if !p.Revenue.Add(p.Liability).Equal(c.Allocated) || p.Liability.IsNegative() || p.Liability.GreaterThan(c.Allocated) {
					t.Fatalf("%+v of %s", p, c.Allocated)
				}
				if p.Outstanding == 0 && !p.Liability.IsZero() {
					t.Fatalf("nothing outstanding, but %s owed", p.Liability)
				}
				if !p.Current.Add(p.NonCurrent).Equal(p.Liability) || p.Current.IsNegative() || p.NonCurrent.IsNegative() {
					t.Fatalf("%+v", p)
				}
				states[s] = append(states[s], c)
				c = drawNext(t, c)
				c.Allocated = c.Allocated.Round(places)
			}
		}
		v := [3]decimal.Decimal{dec("0.01"), dec("0.008"), dec("0.0123")}
		for _, basis := range []func(a, b int) (cost.RollForward, error){
			func(a, b int) (cost.RollForward, error) { return cost.RollDeferral(states[a], states[b], places) },
			func(a, b int) (cost.RollForward, error) {
				return cost.RollProvision(states[a], states[b], v[a], v[b], places)
			},
		} {
			var rolled [3]cost.RollForward
			for i, span := range [][2]int{{0, 1}, {1, 2}, {0, 2}} {
				r, err := basis(span[0], span[1])
				if err != nil {
					t.Fatal(err)
				}
				closes(t, r)
				rolled[i] = r
			}
			first, then, once := rolled[0].Total, rolled[1].Total, rolled[2].Total
			if !first.Opening.Equal(once.Opening) || !then.Closing.Equal(once.Closing) || !first.Closing.Equal(then.Opening) {
				t.Fatal("periods do not join")
			}
			if rolled[0].Basis == cost.Deferral && !first.Revenue().Add(then.Revenue()).Equal(once.Revenue()) {
				t.Fatalf("revenue %s and %s, at once %s", first.Revenue(), then.Revenue(), once.Revenue())
			}
		}
	})
}

func closes(t *rapid.T, r cost.RollForward) {
	var sum cost.RollLine
	for _, l := range append(r.Cohorts, r.Total) {
		got := l.Opening.Add(l.Issued).Add(l.Redeemed).Add(l.Breakage).Add(l.Estimate).Add(l.Value)
		if !got.Equal(l.Closing) {
			t.Fatalf("%s: %s, closing %s: %+v", l.Cohort, got, l.Closing, l)
		}
		if !l.Current.Add(l.NonCurrent).Equal(l.Closing) {
			t.Fatalf("%s + %s, closing %s", l.Current, l.NonCurrent, l.Closing)
		}
		if l.Cohort != "" {
			sum.Closing = sum.Closing.Add(l.Closing)
		}
	}
	if !sum.Closing.Equal(r.Total.Closing) {
		t.Fatalf("cohorts close at %s, the total at %s", sum.Closing, r.Total.Closing)
	}
	j, err := r.Journal(calendar.Date{Year: 2026, Month: 12, Day: 31}, "points", cost.Accounts{Liability: "L"})
	if err != nil {
		t.Fatal(err)
	}
	var debit, credit, liability decimal.Decimal
	for _, e := range j.Entries {
		debit, credit = debit.Add(e.Debit), credit.Add(e.Credit)
		if e.Account == "L" {
			liability = liability.Add(e.Credit).Sub(e.Debit)
		}
		if e.Debit.IsNegative() || e.Credit.IsNegative() {
			t.Fatalf("%+v", e)
		}
	}
	if !debit.Equal(credit) || !liability.Equal(r.Total.Closing.Sub(r.Total.Opening)) {
		t.Fatalf("debits %s, credits %s, liability moved %s", debit, credit, liability)
	}
}
