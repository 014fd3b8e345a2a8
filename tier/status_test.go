package tier_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
)

func TestLadder_Add(t *testing.T) {
	const in2026, in2027 = "2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z"
	tests := []struct {
		rule   string
		period calendar.Period
		earned []earning
		want   map[string]int64
	}{
		{"nothing earned leaves no trace", calendar.Year, []earning{{in2026, 0}}, nil},
		{
			"points go to their own period", calendar.Year,
			[]earning{{in2027, 3}, {in2026, 5}, {in2027, 4}},
			map[string]int64{"2026": 5, "2027": 7},
		},
		{
			"a period taken back whole leaves no trace", calendar.Year,
			[]earning{{in2026, 5}, {in2027, 3}, {in2026, -5}},
			map[string]int64{"2027": 3},
		},
		{"the last one too", calendar.Year, []earning{{in2026, 5}, {in2026, -5}}, nil},
		{
			"a total may be below zero", calendar.Year,
			[]earning{{in2026, 5}, {in2026, -9}},
			map[string]int64{"2026": -4},
		},
		{
			"a lifetime has one key", calendar.Ever,
			[]earning{{in2027, 3}, {in2026, 5}},
			map[string]int64{"ever": 8},
		},
		{
			"a total stops at MaxPoints", calendar.Year,
			[]earning{{in2026, tier.MaxPoints}, {in2026, math.MaxInt64}},
			map[string]int64{"2026": tier.MaxPoints},
		},
		{
			"and at its opposite", calendar.Year,
			[]earning{{in2026, math.MinInt64}, {in2026, -1}},
			map[string]int64{"2026": -tier.MaxPoints},
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := mustCompile(t, tier.Definition{Period: tt.period, Tiers: story()})
			if diff := cmp.Diff(tier.Status{Points: tt.want}, earned(l, tt.earned...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLadder_Add_returnsACopy(t *testing.T) {
	l := mustCompile(t, tier.Definition{Period: calendar.Year, Tiers: story()})
	st := earned(l, earning{"2026-03-01T00:00:00Z", 5})
	l.Add(st, 7, moment("2026-03-01T00:00:00Z"))
	l.Add(st, 7, moment("2027-03-01T00:00:00Z"))
	if diff := cmp.Diff(tier.Status{Points: map[string]int64{"2026": 5}}, st); diff != "" {
		t.Errorf("the Status given to Add changed (-want +got):\n%s", diff)
	}
}

func TestStatus_JSON(t *testing.T) {
	tests := []struct {
		rule string
		st   tier.Status
		want string
	}{
		{"a new member needs no room", tier.Status{}, `{}`},
		{"the document is small", tier.Status{
			Points:  map[string]int64{"2025": 21000, "2026": 120},
			Tier:    "gold",
			Since:   moment("2025-06-01T08:30:00Z"),
			Settled: moment("2025-12-31T16:00:00Z"),
		}, `{"points":{"2025":21000,"2026":120},"tier":"gold","since":"2025-06-01T08:30:00Z","settled":"2025-12-31T16:00:00Z"}`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := json.Marshal(tt.st)
			if diff := cmp.Diff(tt.want, string(got)); diff != "" || err != nil {
				t.Errorf("written: %v (-want +got):\n%s", err, diff)
			}
			var back tier.Status
			err = json.Unmarshal(got, &back)
			if diff := cmp.Diff(tt.st, back); diff != "" || err != nil {
				t.Errorf("read back: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestStatus_Validate(t *testing.T) {
	tests := []struct {
		rule   string
		points map[string]int64
		want   string
	}{
		{"none", nil, ""},
		{"any period's key is one", map[string]int64{"ever": 1, "2026": 2, "2026-Q4": 3, "2026-W47": 4, "2026-11": 5, "2026-11-22": 6}, ""},
		{"the bounds belong", map[string]int64{"2026": tier.MaxPoints, "2027": -tier.MaxPoints}, ""},
		{"what is no key, and what is beyond", map[string]int64{"2026": math.MaxInt64, "2026-13": 5, "": 6}, `
tier: points[""]: is not the key of a period
tier: points["2026"]: 9223372036854775807 is beyond 9007199254740991
tier: points["2026-13"]: is not the key of a period`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got := ""
			if err := (tier.Status{Points: tt.points}).Validate(); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatus_whatNoLadderWrote(t *testing.T) {
	at := moment("2026-05-01T00:00:00Z")
	tests := []struct {
		rule   string
		period calendar.Period
		points map[string]int64
		want   string
	}{
		{"a key that names no period counts for nothing", calendar.Year, map[string]int64{"": 9e9, "x": 9e9}, "bronze"},
		{"nor does the empty key in a lifetime", calendar.Ever, map[string]int64{"": 9e9}, "bronze"},
		{"a key of another period counts for nothing", calendar.Year, map[string]int64{"2026-05": 9e9, "ever": 9e9}, "bronze"},
		{"a total beyond the bound counts as the bound", calendar.Year, map[string]int64{"2026": math.MaxInt64}, "diamond"},
		{"below it too", calendar.Year, map[string]int64{"2026": math.MinInt64}, "bronze"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l := mustCompile(t, tier.Definition{Period: tt.period, Tiers: story()})
			st, _, _ := l.Settle(tier.Status{Points: tt.points}, at, 0)
			if st.Tier != tt.want {
				t.Errorf("%s, want %s", st.Tier, tt.want)
			}
			if p := l.Progress(st, at); p.Missing < 0 || p.MissingToKeep < 0 {
				t.Errorf("missing %d, to keep %d", p.Missing, p.MissingToKeep)
			}
		})
	}
}
