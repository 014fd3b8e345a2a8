package rfm_test

import (
	"errors"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestModel_Standpoint(t *testing.T) {
	m := mustCompile(t, rfm.Definition{})
	// By hand, with the weights 20, 15, 15, 20, 30 of 100:
	// r 1, f 1/2, m 1, l 1, s = (5·8/10 + 3·1 + 2·0)/10 = 0.7
	// 20 + 7.5 + 15 + 20 + 21 = 83.5
	st, err := m.Standpoint(rfm.Score{R: 3, F: 2, M: 3}, rfm.Active, map[string]int64{"referrals": 8, "content_quality": 250})
	if err != nil {
		t.Fatal(err)
	}
	want := rfm.Standpoint{Score: dec("83.5"), Components: []rfm.Component{
		{Name: "recency", Value: dec("1"), Weight: 20, Points: dec("20"), Why: "level 3 of 3"},
		{Name: "frequency", Value: dec("0.5"), Weight: 15, Points: dec("7.5"), Why: "level 2 of 3"},
		{Name: "monetary", Value: dec("1"), Weight: 15, Points: dec("15"), Why: "level 3 of 3"},
		{Name: "lifecycle", Value: dec("1"), Weight: 20, Points: dec("20"), Why: "active"},
		{Name: "social", Value: dec("0.7"), Weight: 30, Points: dec("21"), Why: "referrals 8 of 10, content_quality 250 of 100, product_trials 0 of 5"},
	}}
	if d := diff(want, st); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// With two trials more: s = 0.5·0.8 + 0.3 + 0.2·0.6 = 0.82, and the card is black.
	st, err = m.Standpoint(rfm.Score{R: 3, F: 2, M: 3}, rfm.Active, map[string]int64{"referrals": 8, "content_quality": 100, "product_trials": 3})
	if err != nil || st.Invited != "black" || !st.Score.Equal(dec("87.1")) {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := m.Standpoint(rfm.Score{R: 1, F: 1, M: 1}, rfm.Lost, map[string]int64{"referals": 1}); !errors.Is(err, rfm.ErrSignal) ||
		err.Error() != `rfm: unknown signal: "referals"; did you mean "referrals"?` {
		t.Errorf("a misspelt signal: %v", err)
	}
	if _, err := m.Standpoint(rfm.Score{R: 9}, rfm.Lost, nil); !errors.Is(err, rfm.ErrSummary) {
		t.Errorf("a score of another model: %v", err)
	}
}

// TestLaw_standpoint: a score lies between 0 and 100, is what its components add up
// to, and does not fall when a component rises.
func TestLaw_standpoint(t *testing.T) {
	m := mustCompile(t, rfm.Definition{})
	rapid.Check(t, func(rt *rapid.T) {
		level := rapid.Map(rapid.IntRange(1, 3), func(n int) uint8 { return uint8(n) })
		score := rfm.Score{R: level.Draw(rt, "r"), F: level.Draw(rt, "f"), M: level.Draw(rt, "m")}
		stage := rapid.SampledFrom(rfm.Stages()).Draw(rt, "stage")
		referrals := rapid.Int64().Draw(rt, "referrals")
		st, err := m.Standpoint(score, stage, map[string]int64{"referrals": referrals})
		if err != nil {
			rt.Fatal(err)
		}
		sum := decimal.Decimal{}
		for _, c := range st.Components {
			sum = sum.Add(c.Points)
		}
		if st.Score.Sign() < 0 || st.Score.GreaterThan(dec("100")) || sum.GreaterThan(st.Score) || st.Score.Sub(sum).GreaterThan(dec("0.05")) {
			rt.Fatalf("%s of %s", st.Score, sum)
		}
		if referrals < 1<<62 {
			more, err := m.Standpoint(score, stage, map[string]int64{"referrals": referrals + 1})
			if err != nil || more.Score.LessThan(st.Score) {
				rt.Fatalf("%s with one more referral, %s without", more.Score, st.Score)
			}
		}
	})
}
