package tier

import (
	"maps"
	"time"
)

// Change is a member moving from one tier to another.
type Change struct {
	From string    `json:"from"`
	To   string    `json:"to"`
	At   time.Time `json:"at"` // when To began: the new Status.Since
	Up   bool      `json:"up"`
}

// Settle brings st.Tier and st.Since up to a moment, and reports whether the
// member moved since the last time. A new member is on the entry tier; arriving
// there is no Change.
//
// Since is when the present tier began. Where the end of a period moved the
// member, it is exactly that boundary, even if nobody settled then: settling
// once after several boundaries leaves the same Status as settling at each, and
// the one Change it reports spans them all. Where points moved the member, it is
// the at of the Settle that found it. To tell the two apart, settle up to now,
// then [Ladder.Add], then settle again: a member who fell in January and earns
// the tier back in March has it since March.
//
// A Change may also come from a new Definition; it then counts as found now, and
// Up is false if the ladder no longer has the tier the member came from.
//
// A Status does not go back in time: an at before what was settled already is
// taken as that.
//
// Settle forgets the periods that cannot matter any more: those that ended more
// than a period before at − late. Until then [Ladder.At] is right about events
// as late as that.
func (l *Ladder) Settle(st Status, at time.Time, late time.Duration) (Status, Change, bool) {
	at = later(at, later(st.Since, st.Settled)).Round(0).UTC()
	f := l.frame(at)
	points, keys := f.counts(st)
	change := Change{From: st.Tier, To: l.tiers[l.reached(points)].ID}
	if st.Tier == "" {
		change.From = l.tiers[0].ID
	}
	moved := change.From != change.To
	if moved || st.Since.IsZero() {
		st.Since = at
	}
	if !st.Settled.IsZero() && st.Settled.Before(f.From) {
		for _, t := range l.turns(st, st.Settled) {
			if !t.at.After(at) {
				st.Since = t.at.UTC()
			}
		}
	}
	if f.From.After(st.Settled) {
		st.Settled = f.From.UTC()
	}
	st.Tier = change.To
	if keys < len(st.Points) {
		st.Points = l.remembered(st.Points, f, at.Add(-max(late, 0)))
	}
	if !moved {
		return st, Change{}, false
	}
	change.At = st.Since
	from := l.rank(change.From)
	change.Up = from >= 0 && from < l.rank(change.To)
	return st, change, true
}

// remembered returns the points without the periods that hold nobody up at or
// after a moment. It copies them only when there is something to leave out.
func (l *Ladder) remembered(points map[string]int64, f *frame, from time.Time) map[string]int64 {
	kept := points
	for key := range points {
		if key == f.key || key == f.before {
			continue
		}
		_, w, ok := hold(key, l.loc)
		if !ok || w.Until.IsZero() || w.Until.After(from) {
			continue // what is no key was not written here, and is not ours to drop
		}
		if len(kept) == len(points) {
			kept = maps.Clone(points)
		}
		delete(kept, key)
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
