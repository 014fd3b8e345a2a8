package cost_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// rate is a programme as small as can be: points by tier, twice at weekends.
type rate map[string]string

func (r rate) Replay(_ context.Context, e cost.Event) ([]cost.Movement, error) {
	if e.Member == "" {
		return nil, nil
	}
	by := dec("1")
	if r[e.Tier] != "" {
		by = dec(r[e.Tier])
	}
	if weekend, _ := e.Data.(bool); weekend && r["weekend"] != "" {
		by = by.Mul(dec(r["weekend"]))
	}
	n := e.Revenue.Mul(by).IntPart()
	switch {
	case n > 0:
		return []cost.Movement{{Kind: cost.Issue, Issued: e.At, At: e.At, Points: n}}, nil
	case n < 0:
		return []cost.Movement{{Kind: cost.Revoke, Issued: e.At, At: e.At, Points: -n}}, nil
	}
	return nil, nil
}

func all(events []cost.Event) iter.Seq2[cost.Event, error] {
	return func(yield func(cost.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

var planned = rate{"gold": "1.5", "diamond": "3", "weekend": "2"}

func replayed(t testing.TB) ([]cost.Event, whatIfFigures) {
	t.Helper()
	var given struct {
		Sales []struct {
			Member, Tier string
			Amount       decimal.Decimal
			Weekend      bool
		}
	}
	var want whatIfFigures
	fact(t, "cost-pub-15", &given, &want)
	var events []cost.Event
	for i, s := range given.Sales {
		events = append(events, cost.Event{ID: fmt.Sprint("sale ", i), Member: s.Member, Tier: s.Tier, At: noon("2026-11-01").Add(time.Duration(i) * time.Hour),
			Revenue: s.Amount, Data: s.Weekend, Recorded: want.PointsNow[i], HasRecorded: true})
	}
	return events, want
}

type whatIfFigures struct {
	PointsNow     []int64         `json:"points_now"`
	TotalNow      int64           `json:"total_now"`
	TotalPlanned  int64           `json:"total_planned"`
	Revenue       decimal.Decimal `json:"revenue"`
	RatioNow      float64         `json:"cost_ratio_now"`
	RatioPlanned  float64         `json:"cost_ratio_planned"`
	LiabNow       float64         `json:"liability_now"`
	LiabPlanned   float64         `json:"liability_planned"`
	Within        [2]bool         `json:"within_cap"`
	BreakEven     float64         `json:"break_even_extra_revenue"`
	PointsPlanned []int64         `json:"points_planned"`
}

var plan = cost.Plan{PerPoint: dec("0.01"), Liability: dec("0.008"), Margin: dec("0.25")}

func TestPlan_facts(t *testing.T) {
	events, want := replayed(t)
	o, err := plan.Compare(context.Background(), all(events), rate{}, planned)
	if err != nil {
		t.Fatal(err)
	}
	if o.Now.Issued != want.TotalNow || o.Planned.Issued != want.TotalPlanned || !o.Revenue.Equal(want.Revenue) || o.Diverged != 0 {
		t.Errorf("%s", o)
	}
	nearDecimal(t, "ratio now", o.Now.Ratio, want.RatioNow, 1e-6)
	nearDecimal(t, "ratio planned", o.Planned.Ratio, want.RatioPlanned, 1e-6)
	nearDecimal(t, "liability now", o.Now.Liability, want.LiabNow, 0.005)
	nearDecimal(t, "liability planned", o.Planned.Liability, want.LiabPlanned, 0.005)
	nearDecimal(t, "break-even", o.BreakEven, want.BreakEven, 0.005)
	if got := [2]bool{o.Now.Within, o.Planned.Within}; got != want.Within {
		t.Errorf("within the limit: %v, want %v", got, want.Within)
	}
	wantTiers := []cost.TierOutcome{
		{Tier: "base", Members: 1, Winners: 1, Now: 165, Planned: 210},
		{Tier: "diamond", Members: 1, Winners: 1, Now: 999, Planned: 2999},
		{Tier: "gold", Members: 1, Winners: 1, Now: 380, Planned: 690},
	}
	if diff := cmp.Diff(wantTiers, o.Tiers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Points doubled at weekends and by tier: what it costs, who gains, and what would
// have to come of it.
func ExamplePlan() {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 12, 0, 0, 0, time.UTC) }
	events := []cost.Event{
		{ID: "1", Member: "a", At: day(2), Revenue: dec("120.50"), Recorded: 120, HasRecorded: true},
		{ID: "2", Member: "b", Tier: "gold", At: day(3), Revenue: dec("300"), Recorded: 300, HasRecorded: true},
		{ID: "3", Member: "b", Tier: "gold", At: day(7), Revenue: dec("80"), Data: true, Recorded: 80, HasRecorded: true},
		{ID: "4", At: day(8), Revenue: dec("200"), Data: true},
	}
	p := cost.Plan{PerPoint: dec("0.01"), Liability: dec("0.008"), Margin: dec("0.25"), Elasticities: []decimal.Decimal{dec("2"), dec("8")}}
	outcome, err := p.Compare(context.Background(), all(events), rate{}, rate{"gold": "1.5", "weekend": "2"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(outcome)
	// Output:
	// 4 events, revenue 700.50
	//                               now        planned
	// points issued                 500            810
	// points cost                  5.00           8.10
	// cost ratio                  0.71%          1.16%
	// liability                    4.00           6.48
	//   issued 2026-11             4.00           6.48
	// tier (none): 1 members, 0 win, 0 lose, 120 to 120 points
	// tier gold: 1 members, 1 win, 0 lose, 380 to 690 points
	// extra cost 3.10, paid by extra revenue of 12.40
	// elasticity 2: revenue 6.20, cost 3.17, profit -1.62
	// elasticity 8: revenue 24.80, cost 3.39, profit 2.81
}

// TestLaw_ZeroChange: the plan that changes nothing reproduces history exactly, and
// nobody wins or loses.
func TestLaw_ZeroChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		program := rate{"gold": "1.5", "weekend": "2"}
		var events []cost.Event
		at := noon("2026-01-01")
		for i := range rapid.IntRange(0, 30).Draw(t, "events") {
			at = at.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "hours")) * time.Hour)
			e := cost.Event{ID: fmt.Sprint(i), Member: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "member"), At: at,
				Tier: rapid.SampledFrom([]string{"", "gold"}).Draw(t, "tier"), Revenue: decimal.New(rapid.Int64Range(-100, 50_000).Draw(t, "revenue"), -2)}
			moves, err := program.Replay(context.Background(), e)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range moves {
				if e.HasRecorded, e.Recorded = true, m.Points; m.Kind == cost.Revoke {
					e.Recorded = -m.Points
				}
			}
			events = append(events, e)
		}
		o, err := plan.Compare(context.Background(), all(events), program, rate{"gold": "1.5", "weekend": "2"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o.Now, o.Planned); diff != "" || o.Diverged != 0 || !o.ExtraCost.IsZero() || !o.BreakEven.IsZero() {
			t.Fatalf("%s\n%s", diff, o)
		}
		for _, tier := range o.Tiers {
			if tier.Winners+tier.Losers > 0 || tier.Now != tier.Planned {
				t.Fatalf("%+v", tier)
			}
		}
		var sum decimal.Decimal
		for _, c := range o.Cohorts {
			sum = sum.Add(c.CostPlanned)
		}
		if !sum.Equal(o.Planned.Liability) {
			t.Fatalf("cohorts come to %s of %s", sum, o.Planned.Liability)
		}
	})
}

func TestPlan_refuses(t *testing.T) {
	events, _ := replayed(t)
	ctx := context.Background()
	for path, p := range map[string]cost.Plan{
		"per_point":       {Margin: dec("1"), Liability: dec("1")},
		"margin":          {PerPoint: dec("1")},
		"elasticities[0]": {PerPoint: dec("1"), Margin: dec("1"), Elasticities: []decimal.Decimal{dec("-1")}},
		"period":          {PerPoint: dec("1"), Margin: dec("1"), Period: "week"},
	} {
		_, err := p.Compare(ctx, all(events), rate{}, rate{})
		wantInvalid(t, err, path)
	}
	backwards := []cost.Event{events[1], events[0]}
	_, err := plan.Compare(ctx, all(backwards), rate{}, rate{})
	wantInvalid(t, err, "at")
	foreign := []cost.Event{events[0]}
	foreign[0].Currency = "USD"
	if _, err = plan.Compare(ctx, all(foreign), rate{}, rate{}); !errors.Is(err, cost.ErrCurrency) {
		t.Errorf("error %v, want ErrCurrency", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err = plan.Compare(cancelled, all(events[:1]), rate{}, rate{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	events[1].Recorded++
	events[0].Currency = ""
	o, err := plan.Compare(ctx, all(events), rate{}, planned)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"sale 1"}, o.DivergedFirst, cmpopts.EquateEmpty()); diff != "" || o.Diverged != 1 {
		t.Errorf("%d diverged (-want +got):\n%s", o.Diverged, diff)
	}
}
