package tier_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
)

// move is a Change in few words.
func move(from, to, at string, up bool) *tier.Change {
	return &tier.Change{From: from, To: to, At: moment(at), Up: up}
}

func TestLadder_Settle(t *testing.T) {
	const march, may = "2026-03-01T00:00:00Z", "2026-05-01T09:30:00Z"
	gold := tier.Status{
		Points: map[string]int64{"2026": 21_000}, Tier: "gold",
		Since: moment(march), Settled: moment("2026-01-01T00:00:00Z"),
	}
	with := func(change func(*tier.Status)) tier.Status {
		st := gold
		change(&st)
		return st
	}
	tests := []struct {
		rule string
		st   tier.Status
		at   string
		want tier.Status
		move *tier.Change
	}{
		{
			rule: "arriving on the entry tier is no change", at: may,
			want: tier.Status{Tier: "bronze", Since: moment(may), Settled: moment("2026-01-01T00:00:00Z")},
		},
		{
			rule: "a new member who has earned a tier comes from the entry tier", at: may,
			st: tier.Status{Points: map[string]int64{"2026": 5_000}},
			want: tier.Status{
				Points: map[string]int64{"2026": 5_000}, Tier: "silver",
				Since: moment(may), Settled: moment("2026-01-01T00:00:00Z"),
			},
			move: move("bronze", "silver", may, true),
		},
		{
			rule: "points found move the member now", at: may,
			st: with(func(st *tier.Status) { st.Points = map[string]int64{"2026": 50_000} }),
			want: with(func(st *tier.Status) {
				st.Points, st.Tier, st.Since = map[string]int64{"2026": 50_000}, "platinum", moment(may)
			}),
			move: move("gold", "platinum", may, true),
		},
		{
			rule: "points taken back too", at: may,
			st: with(func(st *tier.Status) { st.Points = map[string]int64{"2026": 6_000} }),
			want: with(func(st *tier.Status) {
				st.Points, st.Tier, st.Since = map[string]int64{"2026": 6_000}, "silver", moment(may)
			}),
			move: move("gold", "silver", may, false),
		},
		{rule: "nothing new, nothing moves", at: may, st: gold, want: gold},
		{
			rule: "a period's end that takes nothing away moves nobody", at: "2027-06-01T00:00:00Z", st: gold,
			want: with(func(st *tier.Status) { st.Settled = moment("2027-01-01T00:00:00Z") }),
		},
		{
			rule: "a period's end moves the member then, whenever it is noticed", at: "2028-02-29T12:00:00Z", st: gold,
			want: tier.Status{
				Tier:  "bronze",
				Since: moment("2028-01-01T00:00:00Z"), Settled: moment("2028-01-01T00:00:00Z"),
			},
			move: move("gold", "bronze", "2028-01-01T00:00:00Z", false),
		},
		{
			rule: "several ends at once are one change, at the last that moved the member", at: "2031-02-01T00:00:00Z",
			st: with(func(st *tier.Status) { st.Points = map[string]int64{"2026": 21_000, "2027": 6_000} }),
			want: tier.Status{
				Tier:  "bronze",
				Since: moment("2029-01-01T00:00:00Z"), Settled: moment("2031-01-01T00:00:00Z"),
			},
			move: move("gold", "bronze", "2029-01-01T00:00:00Z", false),
		},
		{
			rule: "points counted ahead of time count from their period's beginning", at: "2027-02-01T00:00:00Z",
			st: with(func(st *tier.Status) { st.Points = map[string]int64{"2026": 21_000, "2027": 60_000} }),
			want: tier.Status{
				Points: map[string]int64{"2026": 21_000, "2027": 60_000}, Tier: "platinum",
				Since: moment("2027-01-01T00:00:00Z"), Settled: moment("2027-01-01T00:00:00Z"),
			},
			move: move("gold", "platinum", "2027-01-01T00:00:00Z", true),
		},
		{
			rule: "a status does not go back in time", at: "2020-01-01T00:00:00Z",
			st: with(func(st *tier.Status) { st.Points = map[string]int64{"2026": 6_000} }),
			want: with(func(st *tier.Status) {
				st.Points, st.Tier = map[string]int64{"2026": 6_000}, "silver"
			}),
			move: move("gold", "silver", march, false),
		},
		{
			rule: "nor before the period it was settled in", at: "2026-06-01T00:00:00Z",
			st: with(func(st *tier.Status) {
				st.Points, st.Settled = map[string]int64{"2026": 6_000}, moment("2027-01-01T00:00:00Z")
			}),
			want: tier.Status{
				Points: map[string]int64{"2026": 6_000}, Tier: "silver",
				Since: moment("2027-01-01T00:00:00Z"), Settled: moment("2027-01-01T00:00:00Z"),
			},
			move: move("gold", "silver", "2027-01-01T00:00:00Z", false),
		},
		{
			rule: "a tier the ladder no longer has is left without fanfare", at: may,
			st:   with(func(st *tier.Status) { st.Tier = "amber" }),
			want: with(func(st *tier.Status) { st.Since = moment(may) }),
			move: move("amber", "gold", may, false),
		},
		{
			rule: "points of another definition's periods are kept while they are young", at: may,
			st: with(func(st *tier.Status) {
				st.Points = map[string]int64{"2026": 21_000, "2026-Q1": 9, "2025-Q1": 9, "ever": 9}
			}),
			want: with(func(st *tier.Status) {
				st.Points = map[string]int64{"2026": 21_000, "2026-Q1": 9, "ever": 9}
			}),
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := mustCompile(t, tier.Definition{Period: calendar.Year, Tiers: story()})
			got, change, moved := l.Settle(tt.st, moment(tt.at), 0)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Status (-want +got):\n%s", diff)
			}
			var did *tier.Change
			if moved {
				did = &change
			}
			if diff := cmp.Diff(tt.move, did); diff != "" {
				t.Errorf("Change (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLadder_Settle_forgets(t *testing.T) {
	points := map[string]int64{"2024": 1, "2025": 2, "2026": 3, "2027": 4, "x": 5}
	tests := []struct {
		rule string
		at   string
		late time.Duration
		want map[string]int64
	}{
		{
			"what still counts is kept", "2025-12-31T23:59:59Z", 0,
			map[string]int64{"2024": 1, "2025": 2, "2026": 3, "2027": 4, "x": 5},
		},
		{
			"a period is forgotten at the end of the next", "2026-01-01T00:00:00Z", 0,
			map[string]int64{"2025": 2, "2026": 3, "2027": 4, "x": 5},
		},
		{
			"but not while an event may come that saw it", "2026-01-30T23:59:59Z", 30 * 24 * time.Hour,
			map[string]int64{"2024": 1, "2025": 2, "2026": 3, "2027": 4, "x": 5},
		},
		{
			"and not a moment longer", "2026-01-31T00:00:00Z", 30 * 24 * time.Hour,
			map[string]int64{"2025": 2, "2026": 3, "2027": 4, "x": 5},
		},
		{
			"lateness below zero is none", "2026-01-01T00:00:00Z", -time.Hour,
			map[string]int64{"2025": 2, "2026": 3, "2027": 4, "x": 5},
		},
		{
			"all at once after a long time", "2099-01-01T00:00:00Z", 0,
			map[string]int64{"x": 5},
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := mustCompile(t, tier.Definition{Period: calendar.Year, Tiers: story()})
			st, _, _ := l.Settle(tier.Status{Points: points}, moment(tt.at), tt.late)
			if diff := cmp.Diff(tt.want, st.Points); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(points) != 5 {
				t.Fatalf("the Points given to Settle changed: %v", points)
			}
		})
	}
}

func TestLadder_Settle_forgetsInALifetime(t *testing.T) {
	l := mustCompile(t, tier.Definition{Period: calendar.Ever, Tiers: story()})
	st := tier.Status{Points: map[string]int64{"ever": 5_000, "2020": 7}} // once counted by the year
	st, _, _ = l.Settle(st, moment("2026-05-01T00:00:00Z"), 0)
	if diff := cmp.Diff(map[string]int64{"ever": 5_000}, st.Points); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Between two events the member may fall and rise again: settling before Add is
// what keeps the fall from going unseen.
func TestLadder_Settle_beforeAdd(t *testing.T) {
	l := mustCompile(t, tier.Definition{Period: calendar.Year, Tiers: story()})
	reached, again := moment("2026-03-01T00:00:00Z"), moment("2028-03-01T00:00:00Z")
	st, _, _ := l.Settle(l.Add(tier.Status{}, 5_000, reached), reached, 0)

	st, fell, _ := l.Settle(st, again, 0)
	st, rose, _ := l.Settle(l.Add(st, 5_000, again), again, 0)
	want := []tier.Change{
		*move("silver", "bronze", "2028-01-01T00:00:00Z", false),
		*move("bronze", "silver", "2028-03-01T00:00:00Z", true),
	}
	if diff := cmp.Diff(want, []tier.Change{fell, rose}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !st.Since.Equal(again) {
		t.Errorf("silver since %s, want %s", st.Since, again)
	}
}
