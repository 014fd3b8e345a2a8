package calendar

import (
	"math"
	"time"
)

const (
	daySeconds = 24 * 60 * 60

	// farSeconds is more than any zone is away from UTC, and more than any
	// clock was ever put back at once (24 hours, at the date line).
	farSeconds = 26 * 60 * 60
)

// orUTC lets callers leave the zone out.
func orUTC(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}

// stretch is a run of moments during which a zone keeps one offset from UTC.
// All numbers are seconds; from and until since 1970 UTC, half-open.
type stretch struct {
	loc         *time.Location
	offset      int64
	from, until int64
}

// stretchAt returns the stretch of loc around a moment given in Unix seconds.
func stretchAt(unix int64, loc *time.Location) stretch {
	s := stretch{loc: loc, from: math.MinInt64, until: math.MaxInt64}
	if loc == time.UTC {
		return s
	}
	t := time.Unix(unix, 0).In(loc)
	_, offset := t.Zone()
	s.offset = int64(offset)
	from, until := t.ZoneBounds()
	if !from.IsZero() {
		s.from = from.Unix()
	}
	if !until.IsZero() {
		s.until = until.Unix()
	}
	return s
}

// day returns the number of the civil day of a moment within the stretch: the
// latest day that has begun by then, which after a clock was put back across
// midnight is not the one on the wall.
func (s stretch) day(unix int64) int64 {
	day := floorDiv(unix+s.offset, daySeconds)
	if s.from != math.MinInt64 && unix >= s.from && unix-s.from < farSeconds {
		before := s.from - 1
		day = max(day, stretchAt(before, s.loc).day(before))
	}
	return day
}

// start returns the first moment of a civil day. It is cheap when the day lies
// well within the stretch, and correct for any day.
func (s stretch) start(day int64) time.Time {
	unix := day*daySeconds - s.offset
	safe := unix < s.until && (s.from == math.MinInt64 || unix-s.from >= farSeconds)
	if !safe {
		unix = dayStart(day, s.loc)
	}
	return time.Unix(unix, 0).In(s.loc)
}

// dayStart finds the first second at which the wall shows the day or a later
// one, walking the stretches around it from before any of them can.
func dayStart(day int64, loc *time.Location) int64 {
	midnight := day * daySeconds
	at := midnight - farSeconds
	for {
		s := stretchAt(at, loc)
		unix := max(s.from, midnight-s.offset)
		// A stretch that does not lead on is beyond what package time can
		// represent: take what there is rather than walk for ever.
		if unix < s.until || s.until <= at {
			return unix
		}
		at = s.until
	}
}

// dayOf returns the number of the civil day, counted from 1 January 1970.
func dayOf(t time.Time, loc *time.Location) int64 {
	unix := t.Unix()
	return stretchAt(unix, orUTC(loc)).day(unix)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
