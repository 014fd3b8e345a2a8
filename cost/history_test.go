package cost_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"pgregory.net/rapid"
)

// drawMovements draws movements that can have happened.
func drawMovements(t *rapid.T) []cost.Movement {
	var out []cost.Movement
	start := time.Date(2025, 1, 15, 12, 0, 0, 0, time.UTC)
	for range rapid.IntRange(1, 12).Draw(t, "lots") {
		issued := start.AddDate(0, rapid.IntRange(0, 11).Draw(t, "issued"), 0)
		left := rapid.Int64Range(1, 1000).Draw(t, "points")
		seg := rapid.SampledFrom([]string{"", "gold"}).Draw(t, "segment")
		out = append(out, cost.Movement{Kind: cost.Issue, Issued: issued, At: issued, Points: left, Segment: seg})
		at := issued
		for left > 0 && rapid.Bool().Draw(t, "more") {
			at = at.AddDate(0, rapid.IntRange(0, 4).Draw(t, "later"), 0)
			n := rapid.Int64Range(1, left).Draw(t, "gone")
			kind := rapid.SampledFrom([]cost.MovementKind{cost.Redeem, cost.Redeem, cost.Expire, cost.Revoke}).Draw(t, "kind")
			out = append(out, cost.Movement{Kind: kind, Issued: issued, At: at, Points: n, Segment: seg})
			left -= n
		}
	}
	return out
}

// TestLaw_History: the order of movements makes no difference, nor where they were
// gathered, and every point is in its cell.
func TestLaw_History(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moves := drawMovements(t)
		asOf := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
		gather := func(moves []cost.Movement) *cost.History {
			h, err := cost.NewHistory(calendar.Month, "Asia/Shanghai")
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range moves {
				if err := h.Add(m); err != nil {
					t.Fatal(err)
				}
			}
			return h
		}
		want, err := gather(moves).Triangle(asOf)
		if err != nil {
			t.Fatal(err)
		}
		var issued, redeemed, expired int64
		for _, m := range moves {
			switch m.Kind {
			case cost.Issue:
				issued += m.Points
			case cost.Revoke:
				issued -= m.Points
			case cost.Redeem:
				redeemed += m.Points
			case cost.Expire:
				expired += m.Points
			}
		}
		for _, r := range want.Rows {
			issued -= r.Issued
			redeemed -= r.Redeemed[len(r.Redeemed)-1]
			expired -= r.Expired[len(r.Expired)-1]
		}
		if issued != 0 || redeemed != 0 || expired != 0 {
			t.Fatalf("%d issued, %d redeemed, %d expired are in no cell", issued, redeemed, expired)
		}
		other := rapid.Permutation(slices.Clone(moves)).Draw(t, "order")
		cut := rapid.IntRange(0, len(other)).Draw(t, "cut")
		merged := gather(other[:cut])
		if err := merged.Merge(gather(other[cut:])); err != nil {
			t.Fatal(err)
		}
		got, err := merged.Triangle(asOf)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestHistory_refuses(t *testing.T) {
	at := noon("2026-03-01")
	tests := []struct {
		rule string
		m    cost.Movement
		path string
	}{
		{"points above zero", cost.Movement{Kind: cost.Issue, Issued: at, At: at}, "points"},
		{"a kind", cost.Movement{Issued: at, At: at, Points: 1}, "kind"},
		{"after the issue", cost.Movement{Kind: cost.Redeem, Issued: at, At: at.Add(-time.Second), Points: 1}, "at"},
		{"within the ages there are", cost.Movement{Kind: cost.Redeem, Issued: at.AddDate(-101, 0, 0), At: at, Points: 1}, "at"},
		{"a name", cost.Movement{Kind: cost.Issue, Issued: at, At: at, Points: 1, Segment: "a\x00"}, "segment"},
	}
	h, err := cost.NewHistory(calendar.Month, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) { wantInvalid(t, h.Add(tt.m), tt.path) })
	}
	_, err = h.Triangle(at)
	wantInvalid(t, err, "as_of")
	if err := h.Add(cost.Movement{Kind: cost.Redeem, Issued: at, At: at, Points: 1}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Triangle(at.AddDate(0, 1, 0))
	wantInvalid(t, err, "rows[0].redeemed[0]")
	_, err = cost.NewHistory(calendar.Week, "")
	wantInvalid(t, err, "period")
}

// A small segment takes the pattern of all, a large one has its own; both keep to
// what they have issued and redeemed themselves.
func TestChainLadder_BySegment(t *testing.T) {
	h := must(cost.NewHistory("", ""))(t)
	add := func(kind cost.MovementKind, segment string, issued, age int, points int64) {
		t.Helper()
		at := time.Date(2026, time.Month(1+issued), 10, 0, 0, 0, 0, time.UTC)
		if err := h.Add(cost.Movement{Kind: kind, Issued: at, At: at.AddDate(0, age, 0), Points: points, Segment: segment}); err != nil {
			t.Fatal(err)
		}
	}
	for cohort := range 3 {
		add(cost.Issue, "large", cohort, 0, 10_000)
		add(cost.Redeem, "large", cohort, 0, 2_000)
		add(cost.Redeem, "large", cohort, 1, 2_000)
		add(cost.Redeem, "large", cohort, 2, 1_000)
		add(cost.Issue, "small", cohort, 0, 100)
		add(cost.Redeem, "small", cohort, 0, 10)
	}
	got := must(cost.ChainLadder{}.BySegment(h, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), 1000))(t)
	if len(got) != 2 || got[0].Segment != "large" || got[0].Pooled || !got[1].Pooled {
		t.Fatalf("%+v", got)
	}
	near(t, "large, last cohort", got[0].Cohorts[2].Ultimate, 5_000, 1e-9)
	// The pool's factors are (2 × 4,000 + 2 × 10) ÷ (2 × 2,010) and 5,010 ÷ 4,010.
	near(t, "small, last cohort", got[1].Cohorts[2].Ultimate, 10*8020.0/4020*5010/4010, 1e-9)
	_, err := cost.ChainLadder{}.BySegment(h, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), 0)
	wantInvalid(t, err, "min_points")
}

func FuzzTriangle(f *testing.F) {
	f.Add([]byte(`{"rows":[{"cohort":"a","issued":100,"redeemed":[10,20,30],"expired":[0,0,9]},{"cohort":"b","issued":100,"redeemed":[10,20,null]},{"cohort":"c","issued":90,"redeemed":[7]}]}`))
	f.Add([]byte(`{"rows":[{"cohort":"a","issued":100,"redeemed":[10,null,30]}]}`))
	f.Add([]byte(`{"rows":[{"cohort":"a","issued":9007199254740991,"redeemed":[1,9007199254740991]},{"cohort":"b","issued":9007199254740991,"redeemed":[9007199254740991]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var tri cost.Triangle
		if json.Unmarshal(text, &tri) != nil {
			return
		}
		for _, estimate := range []func(cost.Triangle) (cost.Estimate, error){
			cost.ChainLadder{}.Estimate, cost.ChainLadder{LastSigma: cost.SigmaLogLinear, Tail: cost.TailExponential}.Estimate,
			cost.BornhuetterFerguson{Young: 2}.Estimate, cost.Hazards{}.Estimate,
		} {
			e, err := estimate(tri)
			if err != nil {
				if !errors.Is(err, cost.ErrInvalid) {
					t.Fatal(err)
				}
				continue
			}
			if _, err := json.Marshal(e); err != nil {
				t.Fatal(err) // a figure that is no number
			}
			if _, err := e.Worth(dec("0.01"), 2); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestLaw_HistoryCohorts: whatever was looked up before, a lot is in the cohort that
// the calendar names.
func TestLaw_HistoryCohorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.SampledFrom([]calendar.Period{calendar.Month, calendar.Quarter, calendar.Year}).Draw(t, "period")
		name := rapid.SampledFrom([]string{"UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia"}).Draw(t, "zone")
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		h, err := cost.NewHistory(period, name)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{}
		first := time.Date(2005, 1, 1, 0, 0, 0, 0, loc).Unix()
		for range rapid.IntRange(1, 40).Draw(t, "lots") {
			at := time.Unix(first+rapid.Int64Range(-10, 30*365*24*60*60).Draw(t, "at"), 0)
			if rapid.Bool().Draw(t, "edge") {
				at = period.Window(at, loc).From.Add(time.Duration(rapid.IntRange(-1, 0).Draw(t, "before")) * time.Second)
			}
			if err := h.Add(cost.Movement{Kind: cost.Issue, Issued: at, At: at, Points: 1}); err != nil {
				t.Fatal(err)
			}
			want[period.Key(at, loc)]++
		}
		tri, err := h.Triangle(time.Date(2060, 1, 1, 0, 0, 0, 0, loc))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, r := range tri.Rows {
			got[r.Cohort] = r.Issued
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A month still running is in no triangle: neither its lots nor what it did to older
// ones.
func TestHistory_Triangle_running(t *testing.T) {
	h := must(cost.NewHistory("", "Asia/Shanghai"))(t)
	jan, feb := noon("2026-01-15"), noon("2026-02-10")
	for _, m := range []cost.Movement{
		{Kind: cost.Issue, Issued: jan, At: jan, Points: 100},
		{Kind: cost.Redeem, Issued: jan, At: feb, Points: 30},
		{Kind: cost.Issue, Issued: feb, At: feb, Points: 50},
	} {
		if err := h.Add(m); err != nil {
			t.Fatal(err)
		}
	}
	january := []cost.Row{{Cohort: "2026-01", Issued: 100, Redeemed: cost.Cumulative{0}, Expired: cost.Cumulative{0}}}
	february := []cost.Row{{Cohort: "2026-01", Issued: 100, Redeemed: cost.Cumulative{0, 30}, Expired: cost.Cumulative{0, 0}},
		{Cohort: "2026-02", Issued: 50, Redeemed: cost.Cumulative{0}, Expired: cost.Cumulative{0}}}
	midnight := time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC) // 1 March in Shanghai
	for at, want := range map[time.Time][]cost.Row{feb: january, midnight.Add(-time.Second): january, midnight: february} {
		if diff := cmp.Diff(want, must(h.Triangle(at))(t).Rows); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", at, diff)
		}
	}
}
