package tier_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
)

func TestLadder_Progress(t *testing.T) {
	const may = "2026-05-01T00:00:00Z"
	end := func(year string) time.Time { return moment(year + "-01-01T00:00:00Z") }
	type brief struct {
		Tier, Next             string
		Points, Missing        int64
		Until, KeptUntil       time.Time
		MissingToKeep          int64
		NextBrings, TierBrings int // benefits
	}
	tests := []struct {
		rule   string
		period calendar.Period
		earned []earning
		at     string
		want   brief
	}{
		{
			rule: "a new member has the whole way to go", period: calendar.Year, at: may,
			want: brief{Tier: "bronze", Next: "silver", Missing: 5_000, Until: end("2027"), NextBrings: 1},
		},
		{
			rule: "a tier reached this period is sure to the end of the next", period: calendar.Year, at: may,
			earned: []earning{{may, 21_000}},
			want: brief{
				Tier: "gold", Next: "platinum", Points: 21_000, Missing: 29_000,
				Until: end("2027"), KeptUntil: end("2028"), NextBrings: 3, TierBrings: 2,
			},
		},
		{
			rule: "the way up starts anew each period", period: calendar.Year, at: may,
			earned: []earning{{"2025-05-01T00:00:00Z", 21_000}, {may, 700}},
			want: brief{
				Tier: "gold", Next: "platinum", Points: 700, Missing: 49_300,
				Until: end("2027"), KeptUntil: end("2027"), MissingToKeep: 19_300, NextBrings: 3, TierBrings: 2,
			},
		},
		{
			rule: "there is nothing above the top", period: calendar.Year, at: may,
			earned: []earning{{may, 100_000}},
			want: brief{
				Tier: "diamond", Points: 100_000,
				Until: end("2027"), KeptUntil: end("2028"), TierBrings: 4,
			},
		},
		{
			rule: "points owed to the period are part of the way", period: calendar.Year, at: may,
			earned: []earning{{may, -300}},
			want: brief{
				Tier: "bronze", Next: "silver", Points: -300, Missing: 5_300,
				Until: end("2027"), NextBrings: 1,
			},
		},
		{
			rule: "rising further is not losing", period: calendar.Year, at: may,
			earned: []earning{{may, 6_000}, {"2027-05-01T00:00:00Z", 21_000}}, // ahead of time
			want: brief{
				Tier: "silver", Next: "gold", Points: 6_000, Missing: 14_000,
				Until: end("2027"), KeptUntil: end("2029"), NextBrings: 2, TierBrings: 1,
			},
		},
		{
			rule: "a lifetime has no end to keep a tier until", period: calendar.Ever, at: may,
			earned: []earning{{"2001-05-01T00:00:00Z", 6_000}},
			want:   brief{Tier: "silver", Next: "gold", Points: 6_000, Missing: 14_000, NextBrings: 2, TierBrings: 1},
		},
		{
			rule: "months", period: calendar.Month, at: may,
			earned: []earning{{"2026-04-30T23:59:59Z", 6_000}},
			want: brief{
				Tier: "silver", Next: "gold", Missing: 20_000, Until: moment("2026-06-01T00:00:00Z"),
				KeptUntil: moment("2026-06-01T00:00:00Z"), MissingToKeep: 5_000, NextBrings: 2, TierBrings: 1,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := mustCompile(t, tier.Definition{Period: tt.period, Tiers: story()})
			p := l.Progress(earned(l, tt.earned...), moment(tt.at))
			got := brief{
				Tier: p.Tier.ID, Next: p.Next.ID, Points: p.Points, Missing: p.Missing,
				Until: p.Until, KeptUntil: p.KeptUntil, MissingToKeep: p.MissingToKeep,
				NextBrings: len(p.Next.Benefits), TierBrings: len(p.Tier.Benefits),
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLadder_Due(t *testing.T) {
	const may = "2026-05-01T00:00:00Z"
	tests := []struct {
		rule   string
		period calendar.Period
		zone   string
		earned []earning
		want   string // "" is never
	}{
		{rule: "nothing to lose", period: calendar.Year},
		{rule: "points that lift nobody", period: calendar.Year, earned: []earning{{may, 4_999}}},
		{rule: "a lifetime", period: calendar.Ever, earned: []earning{{may, 21_000}}},
		{
			rule: "reached in this period: the end of the next", period: calendar.Year,
			earned: []earning{{may, 21_000}}, want: "2028-01-01T00:00:00Z",
		},
		{
			rule: "held from the last period: the end of this one", period: calendar.Year,
			earned: []earning{{"2025-05-01T00:00:00Z", 21_000}, {may, 6_000}}, want: "2027-01-01T00:00:00Z",
		},
		{
			rule: "reached again: no change at the end of this one", period: calendar.Year,
			earned: []earning{{"2025-05-01T00:00:00Z", 21_000}, {may, 20_000}}, want: "2028-01-01T00:00:00Z",
		},
		{
			rule: "in the programme's zone", period: calendar.Year, zone: "Asia/Shanghai",
			earned: []earning{{may, 21_000}}, want: "2027-12-31T16:00:00Z",
		},
		{
			rule: "points ahead of time lift when their period begins", period: calendar.Year,
			earned: []earning{{may, 6_000}, {"2027-05-01T00:00:00Z", 21_000}}, want: "2027-01-01T00:00:00Z",
		},
		{
			rule: "what has passed is not due", period: calendar.Year,
			earned: []earning{{"2020-05-01T00:00:00Z", 21_000}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := mustCompile(t, tier.Definition{Zone: tt.zone, Period: tt.period, Tiers: story()})
			var want time.Time
			if tt.want != "" {
				want = moment(tt.want)
			}
			if diff := cmp.Diff(want, l.Due(earned(l, tt.earned...), moment(may))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Samoa went from 29 to 31 December 2011. A key of the day between was not
// written by a Ladder, and lifts nobody.
func TestLadder_Due_aDayThatNeverWas(t *testing.T) {
	l := mustCompile(t, tier.Definition{Zone: "Pacific/Apia", Period: calendar.Day, Tiers: story()})
	st := tier.Status{Points: map[string]int64{"2011-12-30": 21_000}}
	if due := l.Due(st, moment("2011-12-29T00:00:00Z")); !due.IsZero() {
		t.Errorf("due at %s, want never", due)
	}
}
