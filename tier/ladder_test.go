package tier_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// story is the ladder of the package comment.
func story() []tier.Tier {
	return []tier.Tier{
		{ID: "bronze", Name: "Bronze", Threshold: 0},
		{
			ID: "silver", Name: "Silver", Threshold: 5_000, Multiplier: decimal.RequireFromString("1.2"),
			Benefits: []string{"birthday gift"},
		},
		{
			ID: "gold", Name: "Gold", Threshold: 20_000, Multiplier: decimal.RequireFromString("1.5"),
			Benefits: []string{"birthday gift", "priority service"},
		},
		{
			ID: "platinum", Name: "Platinum", Threshold: 50_000, Multiplier: decimal.RequireFromString("2"),
			Benefits: []string{"birthday gift", "priority service", "events"},
		},
		{
			ID: "diamond", Name: "Diamond", Threshold: 100_000, Multiplier: decimal.RequireFromString("3"),
			Benefits: []string{"birthday gift", "priority service", "events", "VIP"},
		},
	}
}

func mustCompile(tb testing.TB, def tier.Definition) *tier.Ladder {
	tb.Helper()
	l, err := tier.Compile(def)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// earning is points at the time they were earned, or are taken back from.
type earning struct {
	at     string
	points int64
}

func earned(l *tier.Ladder, earnings ...earning) tier.Status {
	var st tier.Status
	for _, e := range earnings {
		st = l.Add(st, e.points, moment(e.at))
	}
	return st
}

func TestLadder_At(t *testing.T) {
	tests := []struct {
		rule   string
		zone   string
		period calendar.Period
		earned []earning
		at     string
		want   string
	}{
		{
			rule: "a new member is on the entry tier", period: calendar.Year,
			at: "2026-05-01T00:00:00Z", want: "bronze",
		},
		{
			rule: "one point short is not there", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 4_999}},
			at:     "2026-05-01T00:00:00Z", want: "bronze",
		},
		{
			rule: "the threshold itself is there", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 4_999}, {"2026-04-01T00:00:00Z", 1}},
			at:     "2026-05-01T00:00:00Z", want: "silver",
		},
		{
			rule: "tiers may be skipped on the way up", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 60_000}},
			at:     "2026-05-01T00:00:00Z", want: "platinum",
		},
		{
			rule: "the top has no end", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 9_000_000}},
			at:     "2026-05-01T00:00:00Z", want: "diamond",
		},
		{
			rule: "a tier is kept to the end of the period after the one it was reached in", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 20_000}},
			at:     "2027-12-31T23:59:59Z", want: "gold",
		},
		{
			rule: "and not a moment longer", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 20_000}},
			at:     "2028-01-01T00:00:00Z", want: "bronze",
		},
		{
			rule: "two periods do not add up", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 3_000}, {"2027-03-01T00:00:00Z", 3_000}},
			at:     "2027-05-01T00:00:00Z", want: "bronze",
		},
		{
			rule: "the better of the two periods decides", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 6_000}, {"2027-03-01T00:00:00Z", 21_000}},
			at:     "2027-05-01T00:00:00Z", want: "gold",
		},
		{
			rule: "after the better period the lesser one keeps what it can", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 21_000}, {"2027-03-01T00:00:00Z", 6_000}},
			at:     "2028-05-01T00:00:00Z", want: "silver",
		},
		{
			rule: "points taken back count against the period they were earned in", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 5_000}, {"2026-03-01T00:00:00Z", -1}},
			at:     "2027-05-01T00:00:00Z", want: "bronze",
		},
		{
			rule: "never below the entry tier", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", -9_000}},
			at:     "2026-05-01T00:00:00Z", want: "bronze",
		},
		{
			rule: "a period below zero does not pull down the one before", period: calendar.Year,
			earned: []earning{{"2025-03-01T00:00:00Z", 5_000}, {"2026-03-01T00:00:00Z", -9_000}},
			at:     "2026-05-01T00:00:00Z", want: "silver",
		},
		{
			rule: "before anything was earned nothing counts", period: calendar.Year,
			earned: []earning{{"2026-03-01T00:00:00Z", 5_000}},
			at:     "2025-12-31T23:59:59Z", want: "bronze",
		},
		{
			rule: "the programme's zone decides which year it is", zone: "Asia/Shanghai", period: calendar.Year,
			earned: []earning{{"2025-12-31T16:00:00Z", 5_000}}, // 2026-01-01 00:00 in Shanghai
			at:     "2027-12-31T15:59:59Z", want: "silver",
		},
		{
			rule: "to the second", zone: "Asia/Shanghai", period: calendar.Year,
			earned: []earning{{"2025-12-31T15:59:59Z", 5_000}},
			at:     "2027-12-31T15:59:59Z", want: "bronze",
		},
		{
			rule: "a lifetime never ends", period: calendar.Ever,
			earned: []earning{{"1999-03-01T00:00:00Z", 3_000}, {"2026-03-01T00:00:00Z", 2_000}},
			at:     "2099-01-01T00:00:00Z", want: "silver",
		},
		{
			rule:   "no period is a lifetime",
			earned: []earning{{"1999-03-01T00:00:00Z", 3_000}, {"2026-03-01T00:00:00Z", 2_000}},
			at:     "2099-01-01T00:00:00Z", want: "silver",
		},
		{
			rule: "quarters", period: calendar.Quarter,
			earned: []earning{{"2026-03-31T00:00:00Z", 5_000}},
			at:     "2026-06-30T23:59:59Z", want: "silver",
		},
		{
			rule: "ISO weeks across a new year", period: calendar.Week,
			earned: []earning{{"2026-12-28T00:00:00Z", 5_000}}, // Monday of 2026-W53
			at:     "2027-01-10T23:59:59Z", want: "silver",
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := mustCompile(t, tier.Definition{Zone: tt.zone, Period: tt.period, Tiers: story()})
			if got := l.At(earned(l, tt.earned...), moment(tt.at)).ID; got != tt.want {
				t.Errorf("at %s: %s, want %s", tt.at, got, tt.want)
			}
		})
	}
}

func TestLadder_Tiers(t *testing.T) {
	tiers := story()
	l := mustCompile(t, tier.Definition{Tiers: []tier.Tier{tiers[3], tiers[0], tiers[4], tiers[2], tiers[1]}})
	want := story()
	want[0].Multiplier = decimal.NewFromInt(1)
	if diff := cmp.Diff(want, l.Tiers()); diff != "" {
		t.Errorf("lowest first, no multiplier is ×1 (-want +got):\n%s", diff)
	}
	got, ok := l.Tier("gold")
	if diff := cmp.Diff(want[2], got); diff != "" || !ok {
		t.Errorf("Tier(gold) %v (-want +got):\n%s", ok, diff)
	}
	if got, ok := l.Tier("tin"); ok || got.ID != "" {
		t.Errorf("Tier(tin) = %+v, %v", got, ok)
	}
}

func TestLadder_isTheCallersToKeep(t *testing.T) {
	def := tier.Definition{Period: calendar.Year, Tiers: story()}
	l := mustCompile(t, def)
	want := l.Tiers()
	at := moment("2026-05-01T00:00:00Z")
	st := earned(l, earning{"2026-05-01T00:00:00Z", 5_000})
	scribble := func(tier tier.Tier) {
		for i := range tier.Benefits {
			tier.Benefits[i] = "scribbled"
		}
	}
	one, _ := l.Tier("gold")
	p := l.Progress(st, at)
	for _, tier := range append(l.Tiers(), def.Tiers[1], one, l.At(st, at), p.Tier, p.Next) {
		scribble(tier)
	}
	if diff := cmp.Diff(want, l.Tiers()); diff != "" {
		t.Errorf("writing to what a Ladder was given or returned changed it (-want +got):\n%s", diff)
	}
}

// Callers that ask about different periods share what the ladder remembers of
// the last one, and must not get each other's.
func TestLadder_concurrently(t *testing.T) {
	l := mustCompile(t, tier.Definition{Zone: "Asia/Shanghai", Period: calendar.Year, Tiers: story()})
	st := earned(l, earning{"2026-05-01T00:00:00Z", 21_000}, earning{"2028-05-01T00:00:00Z", 6_000})
	var callers sync.WaitGroup
	for year, want := range map[int]string{2025: "bronze", 2026: "gold", 2027: "gold", 2028: "silver", 2030: "bronze"} {
		at := time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)
		callers.Go(func() {
			for range 1000 {
				if got := l.At(st, at).ID; got != want {
					t.Errorf("in %d: %s, want %s", year, got, want)
					return
				}
			}
		})
	}
	callers.Wait()
}
