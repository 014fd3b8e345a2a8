package rfm_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"pgregory.net/rapid"
)

func TestModel_Decline(t *testing.T) {
	day := date("2026-01-01")
	days := []calendar.Date{day, day.AddDays(10), day.AddDays(20), day.AddDays(30), day.AddDays(40)} // 4 gaps, 40 days
	last := days[4]
	// (1 + t/40)^-4 ≤ 1/20 from t = 40·(20^(1/4) - 1) = 44.59: from 45 days. At 45 it is (40/85)^4 = 0.04904.
	m := mustCompile(t, rfm.Definition{})
	if a, ok := m.Decline(bought(last.AddDays(44), days...)); ok {
		t.Errorf("too early: %s", a)
	}
	a, ok := m.Decline(bought(last.AddDays(50), days...))
	if !ok || a.Since != last.AddDays(45) || a.Silence != 50 || a.Last != last || a.Rhythm.Mean != 10 || a.Rhythm.Spread != 0 ||
		math.Abs(a.FalseAlarm-math.Pow(40.0/90, 4)) > 1e-12 {
		t.Errorf("alert %+v, %v", a, ok)
	}
	// 200 spent at 5 purchases, one each 10 days: 40 · 36.5 in a year.
	if !a.AtRisk.Equal(dec("1460")) {
		t.Errorf("at risk %s", a.AtRisk)
	}
	if want := "a: silent for 50 days, usually 10.0 (spread 0.0, longest 10, of 4); by chance 0.039; 1460 at risk"; a.String() != want {
		t.Errorf("%s", a)
	}
	if _, ok := m.Decline(bought(last.AddDays(5000), days[:3]...)); ok {
		t.Error("two gaps alarm")
	}

	longest := mustCompile(t, rfm.Definition{Decline: rfm.Decline{Test: rfm.LongestGap, OneIn: 5}})
	if _, ok := longest.Decline(bought(last.AddDays(9), days...)); ok {
		t.Error("alarms at a gap that was had before")
	}
	if a, ok := longest.Decline(bought(last.AddDays(10), days...)); !ok || a.FalseAlarm != 0.2 {
		t.Errorf("not bought for longer than ever: %v %v", a, ok)
	}
	if _, ok := longest.Decline(bought(last.AddDays(5000), days[:4]...)); ok {
		t.Error("three gaps promise one in five")
	}
}

// TestLaw_declineSince: an alert begins on the day it says, keeps its promise, and
// does not end before the next purchase.
func TestLaw_declineSince(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		def := rfm.Decline{
			Test: rapid.SampledFrom([]rfm.SilenceTest{rfm.Memoryless, rfm.LongestGap}).Draw(rt, "test"), OneIn: rapid.IntRange(2, 50).Draw(rt, "one in"),
		}
		m := mustCompile(t, rfm.Definition{Decline: def})
		days := []calendar.Date{date("2020-01-01")}
		for range rapid.IntRange(0, 12).Draw(rt, "repeats") {
			days = append(days, days[len(days)-1].AddDays(rapid.IntRange(1, 90).Draw(rt, "gap")))
		}
		last := days[len(days)-1]
		a, ok := m.Decline(bought(last.AddDays(rapid.IntRange(0, 3000).Draw(rt, "silence")), days...))
		if !ok {
			return
		}
		if a.FalseAlarm > 1/float64(def.OneIn) || a.AtRisk.Sign() < 0 || a.Since.Before(last) {
			rt.Fatalf("%+v", a)
		}
		if _, before := m.Decline(bought(a.Since.AddDays(-1), days...)); before && a.Since.After(last) {
			rt.Fatalf("%+v had begun before", a)
		}
		for _, later := range []int{0, 1, 1000} {
			if b, on := m.Decline(bought(a.Since.AddDays(later), days...)); !on || b.Since != a.Since {
				rt.Fatalf("%+v is %+v, %v after %d days", a, b, on, later)
			}
		}
	})
}

// The stated rate, tried: customers whose habits never change, of three kinds.
// The bound is the rate and four standard errors of the trial.
func TestDecline_falseAlarms(t *testing.T) {
	const trials, gaps, oneIn = 20_000, 24, 20
	random := rand.New(rand.NewPCG(3, 4))
	kinds := map[string]struct {
		gap   func() int
		tests []rfm.SilenceTest
	}{
		"at random": {func() int { return int(math.Ceil(random.ExpFloat64() * 40)) }, []rfm.SilenceTest{rfm.Memoryless, rfm.LongestGap}},
		"regularly": {func() int { return 25 + random.IntN(10) }, []rfm.SilenceTest{rfm.Memoryless, rfm.LongestGap}},
		"in bursts": {func() int {
			if random.IntN(10) > 0 {
				return 1 + random.IntN(3)
			}
			return 60 + random.IntN(200)
		}, []rfm.SilenceTest{rfm.LongestGap}},
	}
	for name, kind := range kinds {
		for _, test := range kind.tests {
			m := mustCompile(t, rfm.Definition{Decline: rfm.Decline{Test: test, OneIn: oneIn}})
			alarms := 0
			for range trials {
				days := []calendar.Date{date("2020-01-01")}
				for range gaps {
					days = append(days, days[len(days)-1].AddDays(kind.gap()))
				}
				// The last day before the next purchase.
				if _, ok := m.Decline(bought(days[gaps].AddDays(kind.gap()-1), days...)); ok {
					alarms++
				}
			}
			rate, bound := float64(alarms)/trials, 1.0/oneIn+4*math.Sqrt(1.0/oneIn*(1-1.0/oneIn)/trials)
			if rate > bound {
				t.Errorf("%s, %s: %d of %d alarm: %.4f, more than %.4f", name, test, alarms, trials, rate, bound)
			}
			if name == "at random" && rate < 0.6/oneIn {
				t.Errorf("%s, %s: %.4f alarm: the test sleeps", name, test, rate)
			}
		}
	}
}

func TestModel_Declines_ranks(t *testing.T) {
	day := date("2026-01-01")
	days := []calendar.Date{day, day.AddDays(10), day.AddDays(20), day.AddDays(30)}
	var customers []rfm.Summary
	for _, c := range []struct{ id, spend string }{{"small", "10"}, {"b", "50"}, {"owed", "-5"}, {"a", "50"}, {"large", "1000000"}} {
		s := bought(day.AddDays(300), days...)
		s.Customer, s.Spend = c.id, dec(c.spend)
		customers = append(customers, s)
	}
	var got []string
	for _, a := range mustCompile(t, rfm.Definition{}).Declines(slices.Values(customers)) {
		got = append(got, a.Customer)
	}
	if d := diff([]string{"large", "a", "b", "small", "owed"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
