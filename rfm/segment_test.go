package rfm_test

import (
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"pgregory.net/rapid"
)

func TestNamedSegments(t *testing.T) {
	m := mustCompile(t, rfm.Definition{Segments: rfm.NamedSegments()})
	tests := map[rfm.Score]string{
		{R: 3, F: 3, M: 3}: "champions",
		{R: 3, F: 2, M: 2}: "high-value active",
		{R: 1, F: 3, M: 3}: "at risk",
		{R: 3, F: 1, M: 3}: "high-value active", // its sum is 7: the first match wins
		{R: 2, F: 1, M: 3}: "rare but high-spending",
		{R: 1, F: 2, M: 1}: "promising to revive",
		{R: 3, F: 1, M: 1}: "new or occasional",
		{R: 2, F: 2, M: 2}: "loyal",
		{R: 2, F: 1, M: 1}: "need attention",
		{R: 1, F: 1, M: 1}: "lost",
		{R: 4, F: 1, M: 1}: "",
		{}:                 "",
	}
	for score, want := range tests {
		if got := m.SegmentOf(score); got != want {
			t.Errorf("%s is in %q, want %q", score, got, want)
		}
	}
}

// Reported of another package: a later segment took the Champions' place.
func TestRPackageSegments_championsStay(t *testing.T) {
	m := rModel(t, rfm.RPackage)
	if got := m.SegmentOf(rfm.Score{R: 5, F: 5, M: 5}); got != "Champions" {
		t.Errorf("the best are %q", got)
	}
	overlaps := m.Overlaps()
	i := slices.IndexFunc(overlaps, func(o rfm.Overlap) bool { return o.First == "Champions" && o.Second == "Potential Loyalist" })
	if i < 0 || diff([]rfm.Score{{R: 5, F: 5, M: 5}}, overlaps[i].Scores) != "" {
		t.Errorf("the conflict of Champions and Potential Loyalist is not reported: %v", overlaps)
	}
}

// TestLaw_firstMatchCovers: whatever compiles gives every score the first segment
// that claims it; whatever does not says why.
func TestLaw_firstMatchCovers(t *testing.T) {
	drawRange := rapid.Custom(func(t *rapid.T) rfm.Range {
		r := rfm.Range{Min: rapid.IntRange(0, 3).Draw(t, "min"), Max: rapid.IntRange(0, 3).Draw(t, "max")}
		return r
	})
	rapid.Check(t, func(rt *rapid.T) {
		var def rfm.Definition
		for _, name := range []string{"a", "b", "c", "d"}[:rapid.IntRange(1, 4).Draw(rt, "segments")] {
			def.Segments = append(def.Segments, rfm.Segment{
				Name: name, R: drawRange.Draw(rt, "r"), F: drawRange.Draw(rt, "f"), M: drawRange.Draw(rt, "m"),
			})
		}
		if rapid.Bool().Draw(rt, "rest") {
			def.Rest = "rest"
		}
		in := func(r rfm.Range, n uint8) bool { return int(n) >= r.Min && (r.Max == 0 || int(n) <= r.Max) }
		first := func(s rfm.Score) string {
			for _, g := range def.Segments {
				if in(g.R, s.R) && in(g.F, s.F) && in(g.M, s.M) {
					return g.Name
				}
			}
			return def.Rest
		}
		won := map[string]bool{}
		for r := range uint8(3) {
			for f := range uint8(3) {
				for m := range uint8(3) {
					won[first(rfm.Score{R: r + 1, F: f + 1, M: m + 1})] = true
				}
			}
		}
		sound := !won[""]
		for _, g := range def.Segments {
			sound = sound && won[g.Name]
		}
		model, err := rfm.Compile(def)
		if (err == nil) != sound {
			rt.Fatalf("compiled with %v, want sound: %v\n%+v", err, sound, def)
		}
		if err != nil {
			return
		}
		for r := range uint8(3) {
			for f := range uint8(3) {
				for m := range uint8(3) {
					if s := (rfm.Score{R: r + 1, F: f + 1, M: m + 1}); model.SegmentOf(s) != first(s) {
						rt.Fatalf("%s is in %q, want %q", s, model.SegmentOf(s), first(s))
					}
				}
			}
		}
	})
}

func TestModel_StaleTags(t *testing.T) {
	m := mustCompile(t, rfm.Definition{Tags: []rfm.Tag{
		{Name: "vip", Definition: "high value for two years", Owner: "CRM", RefreshDays: 30},
		{Name: "fresh", Definition: "any", Owner: "CRM", RefreshDays: 30},
		{Name: "never", Definition: "any", Owner: "CRM", RefreshDays: 1},
		{Name: "summer", Definition: "bought in the summer sale", Owner: "marketing", ValidUntil: date("2026-09-30")},
		{Name: "good", Definition: "on its last day", Owner: "marketing", ValidUntil: date("2026-11-22")},
	}})
	got := m.StaleTags(map[string]calendar.Date{
		"vip": date("2026-10-22"), "fresh": date("2026-10-23"), "summer": date("2026-11-22"), "typo": date("2026-11-22"),
	}, date("2026-11-22"))
	type stale struct {
		Name   string
		Reason rfm.StaleReason
		Since  calendar.Date
	}
	var list []stale
	for _, s := range got {
		list = append(list, stale{s.Tag.Name, s.Reason, s.Since})
	}
	want := []stale{
		{"never", rfm.NeverDone, calendar.Date{}},
		{"summer", rfm.Expired, date("2026-10-01")},
		{"typo", rfm.Undefined, calendar.Date{}},
		{"vip", rfm.NotRefreshed, date("2026-11-22")},
	}
	if d := diff(want, list); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
