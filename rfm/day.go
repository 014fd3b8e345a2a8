package rfm

import (
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Inside the package a civil day is its number after 1 January 1970. It fits 16
// bits until the middle of 2149.
const lastDay = 1<<16 - 1

var epoch = calendar.Date{Year: 1970, Month: time.January, Day: 1}

func dayNumber(d calendar.Date) int { return d.DaysSince(epoch) }

func dateOf(day int) calendar.Date { return epoch.AddDays(day) }

// dayTable finds the civil day of a moment, and remembers how the days of a zone
// lie over those of UTC. The zero dayTable is of UTC. It is not safe for
// concurrent use.
type dayTable struct {
	loc  *time.Location
	days []overlay // by UTC day
}

// overlay is one UTC day: the civil day at its start, and from which second on it
// is the next.
type overlay struct {
	day   uint16
	known bool
	plain bool  // false: two bounds in one UTC day, or one beyond the table
	turn  int32 // second of the UTC day, 86400 if the civil day does not turn
}

const daySeconds = 86_400

func (t *dayTable) day(at time.Time) (uint16, bool) {
	unix := at.Unix()
	if t.loc == nil || t.loc == time.UTC {
		if unix < 0 || unix >= (lastDay+1)*daySeconds {
			return 0, false
		}
		return uint16(unix / daySeconds), true
	}
	if unix < 0 || unix >= (lastDay+1)*daySeconds {
		return t.slow(at)
	}
	utc := int(unix / daySeconds)
	if utc >= len(t.days) {
		t.days = append(t.days, make([]overlay, utc+366-len(t.days))...)
	}
	o := &t.days[utc]
	if !o.known {
		*o = t.survey(utc)
	}
	if !o.plain {
		return t.slow(at)
	}
	if int32(unix%daySeconds) >= o.turn {
		return o.day + 1, true
	}
	return o.day, true
}

func (t *dayTable) slow(at time.Time) (uint16, bool) {
	n := dayNumber(calendar.DateOf(at, t.loc))
	return uint16(n), n >= 0 && n <= lastDay
}

// survey looks at one UTC day with the calendar.
func (t *dayTable) survey(utc int) overlay {
	start := time.Unix(int64(utc)*daySeconds, 0)
	first, last := calendar.DateOf(start, t.loc), calendar.DateOf(start.Add((daySeconds-1)*time.Second), t.loc)
	n := dayNumber(first)
	o := overlay{known: true, day: uint16(n), turn: daySeconds}
	switch ahead := last.DaysSince(first); {
	case n < 0 || n >= lastDay || ahead > 1:
		return o
	case ahead == 1:
		o.turn = int32(last.Start(t.loc).Unix() - start.Unix())
	}
	o.plain = true
	return o
}

// loadZone reads the name of a zone; "" is UTC.
func loadZone(name string) (*time.Location, error) {
	// "Local" would make the result depend on the machine it is computed on.
	if name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, fmt.Errorf("%s is not an IANA time zone", quote(name))
}
