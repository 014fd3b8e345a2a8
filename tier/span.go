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

// spans lists those of the periods that lift a member above the entry tier.
func (l *Ladder) spans(st Status) []span {
	if len(l.tiers) == 1 {
		return nil
	}
	spans := make([]span, 0, 4)
	for key := range st.Points {
		points := st.total(key)
		if points < l.tiers[1].Threshold {
			continue
		}
		// A key of another period is left from another definition, and what is no
		// key at all was not written here: neither counts.
		if period, w, ok := hold(key, l.loc); ok && period == l.period {
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

// turn is a moment at which time alone changes the tier, and the ranks before
// and from then on.
type turn struct {
	at       time.Time
	from, to int
}

// turns lists them all, in order.
func (l *Ladder) turns(st Status) []turn {
	spans := l.spans(st)
	var edges []time.Time
	for _, s := range spans {
		if s.From.IsZero() {
			continue // of a lifetime: no edge
		}
		edges = append(edges, s.From, s.Until)
	}
	slices.SortFunc(edges, time.Time.Compare)
	edges = slices.CompactFunc(edges, time.Time.Equal)
	var turns []turn
	rank := 0
	for _, edge := range edges {
		if to := l.during(spans, edge); to != rank {
			turns = append(turns, turn{at: edge, from: rank, to: to})
			rank = to
		}
	}
	return turns
}
