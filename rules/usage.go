package rules

import (
	"maps"
	"math"
	"strings"
	"time"
)

// carryPrefix begins the key of the counter that holds a rule's carried remainder.
const carryPrefix = "carry/"

// Add counts awards in u, and returns u, or a new Usage when u is nil, as the
// built-in append does. It is for awards that were really made: of those not
// written, such as in a dry run, nothing is counted.
func (u Usage) Add(awards []Award) Usage {
	for i := range awards {
		a := &awards[i]
		for _, c := range a.Counters {
			if u == nil {
				u = make(Usage)
			}
			use := u[c.Key]
			use.Until = c.Until
			switch {
			case strings.HasPrefix(c.Key, carryPrefix):
				use.carry(a.Lines, 1)
			case strings.HasPrefix(c.Key, drawPrefix):
				use.Uses = add(use.Uses, a.Drawn.step())
			default:
				use.Points = add(use.Points, a.Points)
				use.Uses = add(use.Uses, 1)
			}
			u.put(c.Key, use)
		}
	}
	return u
}

// Return takes back what [Usage.Add] counted for the shares of an award that are
// returned, in u itself: their points, and what they carried. With the last of an
// award's shares whole is true, and gives back the use as well. Counters that were
// forgotten meanwhile stay forgotten, except for the carried remainder, which has
// no end.
func (u Usage) Return(a Award, shares []Share, whole bool) Usage {
	points := int64(0)
	for i := range shares {
		points = add(points, shares[i].Points)
	}
	for _, c := range a.Counters {
		use, known := u[c.Key]
		switch {
		case strings.HasPrefix(c.Key, carryPrefix):
			if u == nil {
				u = make(Usage)
			}
			use.carry(shares, -1)
		case strings.HasPrefix(c.Key, drawPrefix):
			if !whole || a.Drawn == nil {
				continue
			}
			if u == nil {
				u = make(Usage)
			}
			// Below zero is a miss returned from before a win: the win, returned, brings it back.
			use.Uses = add(use.Uses, -a.Drawn.step())
		case !known:
			continue
		default:
			use.Points = max(add(use.Points, -points), 0)
			if whole {
				use.Uses = max(use.Uses-1, 0)
			}
		}
		u.put(c.Key, use)
	}
	return u
}

// put stores a counter, unless it counts nothing: then it is as if it had never been.
func (u Usage) put(key string, use Use) {
	if use.Points == 0 && use.Uses == 0 && use.Carry.Sign() == 0 {
		delete(u, key)
		return
	}
	u[key] = use
}

// carry adds what shares carried, or takes it off.
func (use *Use) carry(shares []Share, sign int64) {
	sum, _ := micros(use.Carry)
	for i := range shares {
		m, _ := micros(shares[i].Carry)
		sum = add(sum, sign*m)
	}
	use.Carry = fromMicros(sum)
}

// Clone returns a copy of u.
func (u Usage) Clone() Usage { return maps.Clone(u) }

// Prune forgets, in u itself, the counters whose period ended at or before a
// moment. Choose one so far back that no event of those periods may still arrive.
func (u Usage) Prune(before time.Time) {
	maps.DeleteFunc(u, func(_ string, use Use) bool {
		return !use.Until.IsZero() && !use.Until.After(before)
	})
}

// add adds, and stops at the largest number instead of wrapping round.
func add(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}
