package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Errors of periods and their keys.
var (
	// ErrInvalidPeriod reports a name that is not one of the periods.
	ErrInvalidPeriod = errors.New("calendar: invalid period")
	// ErrInvalidKey reports a text that no [Period.Key] returns.
	ErrInvalidKey = errors.New("calendar: invalid period key")
)

// Period is a repeating stretch of the calendar. Its windows tile the time
// line: each moment lies in exactly one.
//
// The zero Period is not valid; where a period is optional, tag the field
// omitzero. Of a Period that is not valid, Window, Previous and Next are empty
// and Key is "".
type Period string

// The periods there are.
const (
	Day     Period = "day"
	Week    Period = "week" // of ISO 8601: starts on Monday
	Month   Period = "month"
	Quarter Period = "quarter"
	Year    Period = "year"
	Ever    Period = "ever" // one unbounded window
)

// Valid reports whether p is one of the constants.
func (p Period) Valid() bool {
	switch p {
	case Day, Week, Month, Quarter, Year, Ever:
		return true
	}
	return false
}

// UnmarshalText reads the name of a period. Any other text, the empty one
// included, is refused with [ErrInvalidPeriod].
func (p *Period) UnmarshalText(text []byte) error {
	if !Period(text).Valid() {
		return errPeriod(string(text))
	}
	*p = Period(text)
	return nil
}

func errPeriod(name string) error {
	return fmt.Errorf("%w: %s is none of day, week, month, quarter, year, ever", ErrInvalidPeriod, quote(name))
}

// Window returns the period that contains t, in a zone (nil: UTC). Its bounds
// are first moments of civil days, so a day may last 23 or 25 hours. Ever is
// the zero, unbounded Window.
func (p Period) Window(t time.Time, loc *time.Location) Window {
	if p == Ever {
		return Window{}
	}
	unix := t.Unix()
	s := stretchAt(unix, orUTC(loc))
	first, next, ok := p.days(s.day(unix))
	if !ok {
		return emptyAt(t)
	}
	return Window{From: s.start(first), Until: s.start(next)}
}

// Previous returns the period before the one that contains t. It ends where
// that begins. Ever has none: an empty Window at t.
func (p Period) Previous(t time.Time, loc *time.Location) Window {
	w := p.Window(t, loc)
	if w.IsZero() || w.Empty() {
		return emptyAt(t)
	}
	return p.Window(w.From.Add(-1), loc)
}

// Next returns the period after the one that contains t. It begins where that
// ends. Ever has none: an empty Window at t.
func (p Period) Next(t time.Time, loc *time.Location) Window {
	w := p.Window(t, loc)
	if w.IsZero() || w.Empty() {
		return emptyAt(t)
	}
	return p.Window(w.Until, loc)
}

// days returns the numbers of the first day of the period around a day, and of
// the first day of the next; false for Ever and for what is not a period.
func (p Period) days(day int64) (first, next int64, ok bool) {
	switch p {
	case Day:
		return day, day + 1, true
	case Week:
		first = day - floorMod(day+int64(time.Thursday-time.Monday), 7)
		return first, first + 7, true
	}
	d := dateOfDay(day)
	from, until := Date{Year: d.Year, Month: d.Month, Day: 1}, Date{}
	switch p {
	case Month:
		until = Date{Year: d.Year, Month: d.Month + 1, Day: 1}
	case Quarter:
		from.Month -= (d.Month - time.January) % 3
		until = Date{Year: d.Year, Month: from.Month + 3, Day: 1}
	case Year:
		from.Month = time.January
		until = Date{Year: d.Year + 1, Month: time.January, Day: 1}
	default:
		return 0, 0, false
	}
	return from.number(), until.number(), true
}

// Key names the period that contains t, in a zone (nil: UTC): "2026-11-22",
// "2026-W47" (the year of the ISO week, which around New Year is not the year
// of the date), "2026-11", "2026-Q4", "2026", "ever". Two moments have the same
// key exactly when they have the same Window.
func (p Period) Key(t time.Time, loc *time.Location) string {
	if p == Ever {
		return string(Ever)
	}
	var buf [24]byte
	b, day := buf[:0], dayOf(t, loc)
	if p == Week {
		thursday := day - floorMod(day+int64(time.Thursday-time.Monday), 7) + 3
		d := dateOfDay(thursday)
		newYear := Date{Year: d.Year, Month: time.January, Day: 1}
		b = append(appendPadded(b, d.Year, 4), "-W"...)
		return string(appendPadded(b, int(thursday-newYear.number())/7+1, 2))
	}
	d := dateOfDay(day)
	switch p {
	case Day:
		b = d.append(b)
	case Month:
		b = appendPadded(append(appendPadded(b, d.Year, 4), '-'), int(d.Month), 2)
	case Quarter:
		b = append(appendPadded(b, d.Year, 4), '-', 'Q', byte('1'+(d.Month-time.January)/3))
	case Year:
		b = appendPadded(b, d.Year, 4)
	}
	return string(b)
}

// ParseKey reads a key back: its period and the first day of it, the zero Date
// for Ever. [Date.Start] of that day lies in the window the key names. A text
// that is no key, or names a week that its year does not have, is refused with
// [ErrInvalidKey].
func ParseKey(key string) (Period, Date, error) {
	p, first, ok := parseKey(key)
	if !ok {
		return "", Date{}, fmt.Errorf("%w: %s", ErrInvalidKey, quote(key))
	}
	return p, first, nil
}

func parseKey(key string) (Period, Date, bool) {
	if key == string(Ever) {
		return Ever, Date{}, true
	}
	if len(key) < 4 || !hasShape(key[:4], "0000") {
		return "", Date{}, false
	}
	year, _ := digits(key[:4])
	first := Date{Year: year, Month: time.January, Day: 1}
	switch rest := key[4:]; {
	case rest == "":
		return Year, first, true
	case hasShape(rest, "-Q0"):
		first.Month += 3 * (time.Month(rest[2]-'0') - 1)
		return Quarter, first, first.Valid()
	case hasShape(rest, "-00"):
		month, _ := digits(rest[1:])
		first.Month = time.Month(month)
		return Month, first, first.Valid()
	case hasShape(rest, "-W00"):
		week, _ := digits(rest[2:])
		first = isoWeek(year, week)
		return Week, first, week >= 1 && first.AddDays(3).Year == year
	}
	first, err := ParseDate(key)
	return Day, first, err == nil
}

// hasShape reports whether s looks like shape, in which 0 stands for a digit.
func hasShape(s, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		if shape[i] == '0' && (s[i] < '0' || s[i] > '9') || shape[i] != '0' && s[i] != shape[i] {
			return false
		}
	}
	return true
}

// isoWeek returns the Monday of a week of ISO 8601; 4 January is always in the
// first.
func isoWeek(year, week int) Date {
	january4 := Date{Year: year, Month: time.January, Day: 4}
	monday := january4.AddDays(-int(floorMod(int64(january4.Weekday()-time.Monday), 7)))
	return monday.AddDays((week - 1) * 7)
}
