package rules

import (
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// perIndex is a compiled [Per]: 0 is PerOrder, the others follow by length.
type perIndex uint8

var pers = [...]Per{PerOrder, PerDay, PerWeek, PerMonth, PerQuarter, PerYear, PerEver}

func indexOfPer(p Per) perIndex {
	for i := range pers {
		if pers[i] == p {
			return perIndex(i)
		}
	}
	return 0 // the checker has reported it
}

// What the keys of counters begin with.
const (
	rulePrefix = "rule/"
	capPrefix  = "cap/"
)

// stretch is the period of one Per in which an event falls.
type stretch struct {
	key   string
	until time.Time
}

// stretch returns the period in which the event falls, reckoned once per event.
func (e *evaluation) stretch(per perIndex) *stretch {
	s := &e.stretches[per]
	if s.key == "" {
		p := calendar.Period(pers[per])
		s.key = p.Key(e.event.Time, e.set.zone)
	}
	return s
}

// used returns the state of the counter of a rule or cap in the event's period.
func (e *evaluation) used(prefix, id string, per perIndex) Use {
	if len(e.usage) == 0 {
		return Use{}
	}
	e.key = append(append(append(e.key[:0], prefix...), id...), '/')
	e.key = append(e.key, e.stretch(per).key...)
	return e.usage[string(e.key)] // does not allocate
}

// counter names the counter of a rule or cap in the event's period.
func (e *evaluation) counter(prefix, id string, per perIndex) Counter {
	s := e.stretch(per)
	if s.until.IsZero() && pers[per] != PerEver {
		s.until = calendar.Period(pers[per]).Window(e.event.Time, e.set.zone).Until
	}
	return Counter{Key: prefix + id + "/" + s.key, Until: s.until}
}

// capCounter names the counter of a cap, put together once per event.
func (e *evaluation) capCounter(at int32) Counter {
	if len(e.capped) == 0 {
		e.capped = cleared(e.capped, len(e.set.caps))
	}
	if e.capped[at].Key == "" {
		c := &e.set.caps[at]
		e.capped[at] = e.counter(capPrefix, c.src.ID, c.per)
	}
	return e.capped[at]
}

// left returns how many points a limit leaves: never more than the limit itself,
// whatever the counter says.
func (e *evaluation) left(prefix, id string, per perIndex, points int64) int64 {
	if per == 0 {
		return points
	}
	used := max(e.used(prefix, id, per).Points, 0)
	return max(points-used, 0)
}
