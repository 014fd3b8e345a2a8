package tier

import (
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// span is how long the points of one period hold a member up: from its
// beginning to the end of the period after it.
type span struct {
	calendar.Window
	points int64
}

// spans lists those of the periods that lift a member above the entry tier and
// still do so after a moment.
func (l *Ladder) spans(st Status, after time.Time) []span {
	if len(l.tiers) == 1 {
		return nil
	}
	var spans []span
	for key := range st.Points {
		points := st.total(key)
		if points < l.tiers[1].Threshold {
			continue
		}
		// A key of another period is left from another definition, and what is no
		// key at all was not written here: neither counts.
		period, w, ok := hold(key, l.loc)
		if ok && period == l.period && (w.Until.IsZero() || w.Until.After(after)) {
			spans = append(spans, span{Window: w, points: points})
		}
	}
	return spans
}

// hold returns the period that a key names, and from its beginning to the end
// of the period after it.
func hold(key string, loc *time.Location) (calendar.Period, calendar.Window, bool) {
	period, first, err := calendar.ParseKey(key)
	if err != nil {
		return "", calendar.Window{}, false
	}
	if period == calendar.Ever {
		return period, calendar.Window{}, true
	}
	start := first.Start(loc)
	w := calendar.Window{From: start, Until: period.Next(start, loc).Until}
	// A day that the zone left out begins where the next does, and is not it.
	return period, w, period.Key(start, loc) == key
}

// during is the rank of the tier at a moment.
func (l *Ladder) during(spans []span, at time.Time) int {
	var most int64
	for _, s := range spans {
		if s.Contains(at) {
			most = max(most, s.points)
		}
	}
	return l.reached(most)
}

// turn is a moment at which time alone changes the tier, and its rank from then on.
type turn struct {
	at time.Time
	to int
}

// turns lists those after a moment, in order.
func (l *Ladder) turns(st Status, after time.Time) []turn {
	spans := l.spans(st, after)
	edges := make([]time.Time, 0, 2*len(spans))
	for _, s := range spans {
		if s.From.After(after) {
			edges = append(edges, s.From)
		}
		if !s.Until.IsZero() {
			edges = append(edges, s.Until)
		}
	}
	slices.SortFunc(edges, time.Time.Compare)
	var turns []turn
	rank := l.during(spans, after)
	for _, edge := range edges {
		if to := l.during(spans, edge); to != rank {
			turns = append(turns, turn{at: edge, to: to})
			rank = to
		}
	}
	return turns
}
