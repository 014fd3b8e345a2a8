package calendar

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of slots and their parts.
var (
	// ErrInvalidWeekdays reports a name that is not a weekday, or one given twice.
	ErrInvalidWeekdays = errors.New("calendar: invalid weekdays")
	// ErrInvalidClock reports a text or number that is not a time of day.
	ErrInvalidClock = errors.New("calendar: invalid clock")
	// ErrInvalidSlot reports a Slot that has no hours, or hours beyond the day.
	ErrInvalidSlot = errors.New("calendar: invalid slot")
)

// Weekdays is a set of days of the week. The zero value is the empty set. In
// JSON it is a list in the order of the week: ["sat","sun"].
type Weekdays uint8

// weekdayNames is indexed by time.Weekday.
var weekdayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// mondayFirst is the order in which sets are written.
var mondayFirst = [7]time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// WeekdaysOf returns the set of the days given. What is not a weekday is left
// out.
func WeekdaysOf(days ...time.Weekday) Weekdays {
	var w Weekdays
	for _, d := range days {
		if d >= time.Sunday && d <= time.Saturday {
			w |= 1 << d
		}
	}
	return w
}

// Has reports whether the day is in the set.
func (w Weekdays) Has(d time.Weekday) bool {
	return d >= time.Sunday && d <= time.Saturday && w&(1<<d) != 0
}

// IsZero reports whether the set is empty.
func (w Weekdays) IsZero() bool { return w == 0 }

// Valid reports whether the set holds nothing but the seven days.
func (w Weekdays) Valid() bool { return w < 1<<7 }

// String returns "sat,sun", and "" for the empty set.
func (w Weekdays) String() string { return strings.Join(w.names(), ",") }

func (w Weekdays) names() []string {
	names := []string{}
	for _, d := range mondayFirst {
		if w.Has(d) {
			names = append(names, weekdayNames[d])
		}
	}
	return names
}

// MarshalJSON writes the list of names. A set that is not valid is refused with
// [ErrInvalidWeekdays].
func (w Weekdays) MarshalJSON() ([]byte, error) {
	if !w.Valid() {
		return nil, fmt.Errorf("%w: %d is not a set of seven days", ErrInvalidWeekdays, uint8(w))
	}
	return json.Marshal(w.names())
}

// UnmarshalJSON reads a list of names in any order. A name that is unknown or
// comes twice is refused with [ErrInvalidWeekdays].
func (w *Weekdays) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return fmt.Errorf("%w: %s is not a list of names", ErrInvalidWeekdays, quote(string(text)))
	}
	var set Weekdays
	for _, name := range names {
		day, ok := weekdayNamed(name)
		if !ok {
			return fmt.Errorf("%w: %s is none of mon, tue, wed, thu, fri, sat, sun", ErrInvalidWeekdays, quote(name))
		}
		if set.Has(day) {
			return fmt.Errorf("%w: %s comes twice", ErrInvalidWeekdays, quote(name))
		}
		set |= 1 << day
	}
	*w = set
	return nil
}

func weekdayNamed(name string) (time.Weekday, bool) {
	for i, n := range weekdayNames {
		if n == name {
			return time.Weekday(i), true
		}
	}
	return 0, false
}

// Clock is a time of day in minutes after midnight as the hands of a local
// clock show it, 0 to 1440. The zero Clock is 00:00; 24:00 is the end of a day.
type Clock int16

const endOfDay Clock = 24 * 60

// ParseClock reads "HH:MM", from "00:00" to "24:00". Any other text is refused
// with [ErrInvalidClock].
func ParseClock(s string) (Clock, error) {
	if !hasShape(s, "00:00") {
		return 0, fmt.Errorf("%w: %s is not of the form HH:MM", ErrInvalidClock, quote(s))
	}
	hour, _ := digits(s[:2])
	minute, _ := digits(s[3:])
	c := Clock(hour*60 + minute)
	if minute > 59 || c > endOfDay {
		return 0, fmt.Errorf("%w: %s is not between 00:00 and 24:00", ErrInvalidClock, quote(s))
	}
	return c, nil
}

// Valid reports whether c is between 00:00 and 24:00.
func (c Clock) Valid() bool { return c >= 0 && c <= endOfDay }

// String returns "18:00", and the bare number of a Clock that is not valid.
func (c Clock) String() string {
	if !c.Valid() {
		return fmt.Sprintf("Clock(%d)", int16(c))
	}
	b := appendPadded(make([]byte, 0, len("18:00")), int(c/60), 2)
	return string(appendPadded(append(b, ':'), int(c%60), 2))
}

// MarshalText writes c as [Clock.String] does. A Clock that is not valid is
// refused with [ErrInvalidClock].
func (c Clock) MarshalText() ([]byte, error) {
	if !c.Valid() {
		return nil, fmt.Errorf("%w: %d minutes is not between 00:00 and 24:00", ErrInvalidClock, int16(c))
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads what [ParseClock] reads.
func (c *Clock) UnmarshalText(text []byte) error {
	parsed, err := ParseClock(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// Slot is a stretch of the week that comes back: weekdays and hours, as in a
// happy hour. The zero Slot is always.
//
// No Days means every day. From and Until both zero mean the whole day. Until
// itself is outside. A Slot whose Until is not after its From crosses midnight
// and belongs to the weekday on which it starts: saturdays 22:00 to 02:00 ends
// on Sunday morning, and 18:00 to 00:00 is 18:00 to 24:00.
//
// A Slot reads the hands of the clock: an hour that the clock repeats in autumn
// is in the slot twice, one that it skips in spring is not there at all.
type Slot struct {
	Days  Weekdays `json:"days,omitzero"`
	From  Clock    `json:"from,omitzero"`
	Until Clock    `json:"until,omitzero"`
}

// IsZero reports whether s is always.
func (s Slot) IsZero() bool { return s == Slot{} }

// Contains reports whether the moment t lies in s, in a zone (nil: UTC).
// Validate s first: with equal hours other than zero it contains nothing.
func (s Slot) Contains(t time.Time, loc *time.Location) bool {
	_, offset := t.In(orUTC(loc)).Zone()
	wall := t.Unix() + int64(offset)
	now := Clock(floorMod(wall, daySeconds) / 60)
	today := weekday(floorDiv(wall, daySeconds))
	switch {
	case s.From == 0 && s.Until == 0:
		return s.on(today)
	case s.From < s.Until:
		return s.on(today) && now >= s.From && now < s.Until
	case s.From > s.Until:
		return s.on(today) && now >= s.From || s.on((today+6)%7) && now < s.Until
	}
	return false
}

func (s Slot) on(d time.Weekday) bool { return s.Days == 0 || s.Days.Has(d) }

// Validate returns [ErrInvalidSlot] for hours that are not times of day, a
// start at 24:00, equal hours other than both zero (nothing, or a whole day?
// leave both out for the day), and for Days that are not weekdays.
func (s Slot) Validate() error {
	switch {
	case !s.Days.Valid():
		return fmt.Errorf("%w: days %d is not a set of seven days", ErrInvalidSlot, uint8(s.Days))
	case !s.From.Valid() || s.From == endOfDay:
		return fmt.Errorf("%w: from %s is not between 00:00 and 23:59", ErrInvalidSlot, s.From)
	case !s.Until.Valid():
		return fmt.Errorf("%w: until %s is not between 00:00 and 24:00", ErrInvalidSlot, s.Until)
	case s.From == s.Until && s.From != 0:
		return fmt.Errorf("%w: from and until are both %s; leave both out for the whole day", ErrInvalidSlot, s.From)
	}
	return nil
}
