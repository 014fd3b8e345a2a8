package rfm

import (
	"cmp"
	"maps"
	"slices"

	"github.com/loyaltykit/loyalty/calendar"
)

// Tag is an entry of a dictionary of tags: what a label on customers means, who
// answers for it, and how long it may be trusted.
type Tag struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
	Owner      string `json:"owner"` // who answers for it
	// RefreshDays is how many days after it was last computed a tag is stale; 0
	// is never.
	RefreshDays int `json:"refresh_days,omitempty"`
	// ValidUntil is the last day on which the tag means anything; the zero Date is
	// for good.
	ValidUntil calendar.Date `json:"valid_until,omitzero"`
}

// StaleTag is a tag not to be used as it is, and why.
type StaleTag struct {
	Tag    Tag
	Reason StaleReason
	Since  calendar.Date // the first day on which it was stale; zero if it never was anything else
}

// StaleReason is why a tag is stale.
type StaleReason string

// The reasons there are.
const (
	Expired      StaleReason = "expired"       // ValidUntil has passed
	NeverDone    StaleReason = "never-done"    // it was never computed
	NotRefreshed StaleReason = "not-refreshed" // RefreshDays have passed
	Undefined    StaleReason = "undefined"     // it is in use, but in no dictionary
)

func checkTags(def *Definition, bad *problems) {
	if n := len(def.Tags); n > MaxTags {
		bad.add("tags", "%d are more than %d", n, MaxTags)
		return
	}
	taken := map[string]string{}
	for i, t := range def.Tags {
		path := indexed("tags", i)
		checkName(path+".name", t.Name, bad)
		checkText(path+".definition", t.Definition, MaxText, bad)
		checkName(path+".owner", t.Owner, bad)
		if first, ok := taken[t.Name]; ok {
			bad.add(path+".name", "%s is already that of %s", quote(t.Name), first)
		} else {
			taken[t.Name] = path
		}
		if t.RefreshDays < 0 || t.RefreshDays > MaxWait {
			bad.add(path+".refresh_days", "must be between 0 and %d, is %d", MaxWait, t.RefreshDays)
		}
		if !t.ValidUntil.IsZero() && !t.ValidUntil.Valid() {
			bad.add(path+".valid_until", "is no date")
		}
	}
	if len(def.Tags) == 0 {
		return // a programme without a dictionary
	}
	names := slices.Sorted(maps.Keys(taken))
	for i, s := range def.Segments {
		if _, ok := taken[s.Name]; !ok {
			bad.add(indexed("segments", i)+".name", "%s is not in the dictionary of tags%s", quote(s.Name), didYouMean(s.Name, names))
		}
	}
}

// StaleTags lists, by name, the tags of the dictionary that are stale on a day,
// and the names among refreshed that it does not have. refreshed says when each
// tag was last computed.
func (m *Model) StaleTags(refreshed map[string]calendar.Date, on calendar.Date) []StaleTag {
	var stale []StaleTag
	known := map[string]bool{}
	for _, t := range m.def.Tags {
		known[t.Name] = true
		done := refreshed[t.Name]
		switch {
		case !t.ValidUntil.IsZero() && on.After(t.ValidUntil):
			stale = append(stale, StaleTag{t, Expired, t.ValidUntil.AddDays(1)})
		case t.RefreshDays == 0:
		case done.IsZero():
			stale = append(stale, StaleTag{t, NeverDone, calendar.Date{}})
		case on.DaysSince(done) > t.RefreshDays:
			stale = append(stale, StaleTag{t, NotRefreshed, done.AddDays(t.RefreshDays + 1)})
		}
	}
	for name := range refreshed {
		if !known[name] {
			stale = append(stale, StaleTag{Tag{Name: name}, Undefined, calendar.Date{}})
		}
	}
	slices.SortFunc(stale, func(a, b StaleTag) int { return cmp.Compare(a.Tag.Name, b.Tag.Name) })
	return stale
}
