package tier

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Ladder is a compiled Definition. It never changes and is safe for concurrent
// use; what it returns is the caller's own.
type Ladder struct {
	loc    *time.Location
	period calendar.Period
	tiers  []Tier // by threshold: the entry tier is first

	// recent spares the calendar work: nearly all calls are about the present
	// period. It is a memory of a pure function and changes no answer.
	recent atomic.Pointer[frame]
}

// frame is one period and the name of the one before it; its own name again
// for calendar.Ever, which has none before.
type frame struct {
	calendar.Window
	key, before string
}

// counts returns the points that decide during the period, and how many of the
// keys of st.Points were looked at for it.
func (f *frame) counts(st Status) (points int64, keys int) {
	points, now := st.Points[f.key]
	before, last := st.Points[f.before]
	if now {
		keys++
	}
	if last && f.before != f.key {
		keys++
	}
	return bounded(max(points, before)), keys
}

// Tiers returns the tiers, lowest first.
func (l *Ladder) Tiers() []Tier {
	tiers := slices.Clone(l.tiers)
	for i := range tiers {
		tiers[i] = tiers[i].clone()
	}
	return tiers
}

// Tier returns the tier with an ID, if there is one.
func (l *Ladder) Tier(id string) (Tier, bool) {
	if i := l.rank(id); i >= 0 {
		return l.tiers[i].clone(), true
	}
	return Tier{}, false
}

// At returns where a member stands at a moment: the highest tier whose
// threshold is met by the points of the period that contains it, or by those of
// the period before. So a tier once reached is kept to the end of the period
// after the one in which it was reached. With calendar.Ever the points of a
// lifetime count.
//
// It depends on st.Points and at alone: not on st.Tier, nor on what was settled
// when. A total below zero leaves the member on the entry tier.
func (l *Ladder) At(st Status, at time.Time) Tier {
	return l.tiers[l.at(st, l.frame(at))].clone()
}

// at is the rank of the tier in which st stands during a period.
func (l *Ladder) at(st Status, f *frame) int {
	points, _ := f.counts(st)
	return l.reached(points)
}

// reached is the rank of the highest tier whose threshold is met.
func (l *Ladder) reached(points int64) int {
	i := len(l.tiers) - 1
	for i > 0 && points < l.tiers[i].Threshold {
		i--
	}
	return i
}

// rank is the place of a tier, counted from the entry tier; -1 if there is none.
func (l *Ladder) rank(id string) int {
	return slices.IndexFunc(l.tiers, func(t Tier) bool { return t.ID == id })
}

// frame returns the period around a moment.
func (l *Ladder) frame(at time.Time) *frame {
	if f := l.recent.Load(); f != nil && f.Contains(at) {
		return f
	}
	f := &frame{Window: l.period.Window(at, l.loc), key: l.period.Key(at, l.loc)}
	f.before = f.key
	if l.period != calendar.Ever {
		f.before = l.period.Key(f.From.Add(-1), l.loc)
	}
	l.recent.Store(f)
	return f
}
