package tier

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Status is a member's document: what was earned in which period, and the
// standing that was last settled. The zero Status is a new member. Treat it as
// a value: the methods of [Ladder] return a changed copy, and copies may share
// Points.
type Status struct {
	// Points are the qualifying points earned, by period key ("2026", "2026-Q4",
	// "ever"). Periods that can no longer matter are forgotten by Settle.
	Points map[string]int64 `json:"points,omitempty"`
	// Tier is the ID of the tier last settled; "" before the first time.
	Tier string `json:"tier,omitempty"`
	// Since is when that tier began, in UTC.
	Since time.Time `json:"since,omitzero"`
	// Settled is the latest period's beginning that Settle has seen: what the end
	// of periods did up to then is in Tier and Since.
	Settled time.Time `json:"settled,omitzero"`
}

// Validate reports what no Ladder would have written: keys that name no
// period, totals beyond [MaxPoints]. The error joins one [*InvalidError] each.
// The methods of Ladder never fail on such a Status: the key counts for
// nothing, the total as MaxPoints.
func (st Status) Validate() error {
	var bad problems
	for _, key := range slices.Sorted(maps.Keys(st.Points)) {
		path := fmt.Sprintf("points[%s]", quote(key))
		if _, _, err := calendar.ParseKey(key); err != nil {
			bad.add(path, "is not the key of a period")
		}
		if n := st.Points[key]; n != bounded(n) {
			bad.add(path, "%d is beyond %d", n, MaxPoints)
		}
	}
	return bad.err()
}

// total is what a period counts; 0 when nothing was earned in it.
func (st Status) total(key string) int64 { return bounded(st.Points[key]) }

func bounded(points int64) int64 { return min(max(points, -MaxPoints), MaxPoints) }

// Add counts points in the period in which they were earned: at is the event's
// own time, however late it arrives. Points taken back are negative, and at says
// which period they leave: the time of the purchase takes a returned order out
// of the period it had counted in, the time of the return out of the one it came
// back in, whose total may then be below zero. What was spent is no business of
// a tier: do not add it.
//
// The order of Adds does not matter. A period's total stops at plus or minus
// [MaxPoints]; only there would order tell.
//
// Add leaves Tier and Since as they are: Settle before and after.
func (l *Ladder) Add(st Status, points int64, at time.Time) Status {
	if points == 0 {
		return st
	}
	key := l.key(at)
	// Both are far from the ends of int64 once bounded: the sum cannot wrap.
	total := bounded(st.total(key) + bounded(points))
	sum := make(map[string]int64, len(st.Points)+1)
	maps.Copy(sum, st.Points)
	sum[key] = total
	if total == 0 {
		delete(sum, key)
	}
	if len(sum) == 0 {
		sum = nil
	}
	st.Points = sum
	return st
}

// key names the period around a moment. Unlike frame it leaves the memory of
// the present period alone: late events are named once and not asked about again.
func (l *Ladder) key(at time.Time) string {
	if f := l.recent.Load(); f != nil && f.Contains(at) {
		return f.key
	}
	return l.period.Key(at, l.loc)
}
