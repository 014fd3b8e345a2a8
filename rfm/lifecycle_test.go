package rfm_test

import (
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"pgregory.net/rapid"
)

// bought is a customer who bought on some days.
func bought(asOf calendar.Date, days ...calendar.Date) rfm.Summary {
	s := rfm.Summary{Customer: "a", AsOf: asOf, First: days[0], Last: days[len(days)-1], Purchases: int64(len(days)), Orders: int64(len(days))}
	for i, d := range days[1:] {
		gap := int64(d.DaysSince(days[i]))
		s.GapDays, s.GapSquares, s.LongestGap = s.GapDays+gap, s.GapSquares+gap*gap, max(s.LongestGap, gap)
	}
	s.Spend = dec("200")
	return s
}

func TestModel_Stage(t *testing.T) {
	day := date("2026-01-01")
	weekly := []calendar.Date{day, day.AddDays(7), day.AddDays(14), day.AddDays(21)} // mean gap 7: ends at 10, 21, 42
	tests := []struct {
		rule  string
		days  []calendar.Date
		after int // days since the last purchase
		want  rfm.Standing
	}{
		{"new on the first day", []calendar.Date{day}, 0, rfm.Standing{Stage: rfm.New, Since: day}},
		{"new for 30 days", []calendar.Date{day}, 30, rfm.Standing{Stage: rfm.New, Since: day}},
		{"then active", []calendar.Date{day}, 31, rfm.Standing{Stage: rfm.Active, Since: day.AddDays(31)}},
		{"active to the 90th", []calendar.Date{day}, 90, rfm.Standing{Stage: rfm.Active, Since: day.AddDays(31)}},
		{"then cooling", []calendar.Date{day}, 91, rfm.Standing{Stage: rfm.Cooling, Since: day.AddDays(91)}},
		{"then dormant", []calendar.Date{day}, 181, rfm.Standing{Stage: rfm.Dormant, Since: day.AddDays(181)}},
		{"to the 365th", []calendar.Date{day}, 365, rfm.Standing{Stage: rfm.Dormant, Since: day.AddDays(181)}},
		{"then lost", []calendar.Date{day}, 366, rfm.Standing{Stage: rfm.Lost, Since: day.AddDays(366)}},
		{"a second purchase ends being new", weekly[:2], 1, rfm.Standing{Stage: rfm.Active, Since: day.AddDays(7)}},
		{"two gaps are no rhythm yet", weekly[:3], 11, rfm.Standing{Stage: rfm.Active, Since: day.AddDays(14)}},
		{"active by one's own rhythm", weekly, 10, rfm.Standing{Stage: rfm.Active, Since: day.AddDays(21), Own: true}},
		{"cooling by it", weekly, 11, rfm.Standing{Stage: rfm.Cooling, Since: day.AddDays(32), Own: true}},
		{"dormant by it", weekly, 22, rfm.Standing{Stage: rfm.Dormant, Since: day.AddDays(43), Own: true}},
		{"lost by it", weekly, 43, rfm.Standing{Stage: rfm.Lost, Since: day.AddDays(64), Own: true}},
	}
	m := mustCompile(t, rfm.Definition{})
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			last := tt.days[len(tt.days)-1]
			if d := diff(tt.want, m.Stage(bought(last.AddDays(tt.after), tt.days...))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestLaw_stageSince: a stage begins on the day it says, with no other the day
// before unless a purchase lies there; and stages follow one another in order.
func TestLaw_stageSince(t *testing.T) {
	m := mustCompile(t, rfm.Definition{})
	rapid.Check(t, func(rt *rapid.T) {
		days := []calendar.Date{date("2020-01-01")}
		for range rapid.IntRange(0, 8).Draw(rt, "repeats") {
			days = append(days, days[len(days)-1].AddDays(rapid.IntRange(1, 120).Draw(rt, "gap")))
		}
		last := days[len(days)-1]
		order := rfm.Stages()
		before := 0
		for after := range 500 {
			on := last.AddDays(after)
			st := m.Stage(bought(on, days...))
			at := slices.Index(order, st.Stage)
			if at < before || st.Since.After(on) {
				rt.Fatalf("%d days after %v: %+v, after stage %s", after, days, st, order[before])
			}
			before = at
			if st.Stage == rfm.New || st.Since == last {
				continue
			}
			if was := m.Stage(bought(st.Since.AddDays(-1), days...)); m.Stage(bought(st.Since, days...)) != st || was.Stage == st.Stage {
				rt.Fatalf("%+v did not begin then: the day before is %+v", st, was)
			}
		}
	})
}

func TestModel_PurgeList(t *testing.T) {
	m := mustCompile(t, rfm.Definition{})
	b := mustBuild(t, "",
		order("kept", "2024-02-29", "1"), order("old", "2024-02-28", "1"), order("older", "2020-01-01", "1"),
		order("back", "2019-01-01", "1"), order("back", "2026-01-01", "1"))
	// Two years before 28 February 2026 is 28 February 2024: silent since then is not more than two years.
	got := m.PurgeList(b.Summaries(rfm.Window{AsOf: date("2026-03-01")}))
	want := []rfm.Silent{
		{Customer: "older", Last: date("2020-01-01"), Days: 2251},
		{Customer: "old", Last: date("2024-02-28"), Days: 732},
		{Customer: "kept", Last: date("2024-02-29"), Days: 731},
	}
	if d := diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := m.PurgeList(b.Summaries(rfm.Window{AsOf: date("2026-02-28")})); len(got) != 1 {
		t.Errorf("on the day itself: %v", got)
	}
}
