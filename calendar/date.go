package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrInvalidDate reports a text that is not a date, or a Date that is not on
// the calendar.
var ErrInvalidDate = errors.New("calendar: invalid date")

// Date is a civil date of the proleptic Gregorian calendar, in no zone.
//
// The zero Date means "no date": it is before every date, has no moments, and
// is written as the empty text. Dates are comparable with == and usable as map
// keys. Arithmetic on the zero Date returns the zero Date; on a Date that is
// not [Date.Valid] it is unspecified, but does not panic.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the civil date of a moment in a zone (nil: UTC). It is the
// date on the wall, except after a clock was put back across midnight: a day,
// once begun, is not reopened (see the package comment).
func DateOf(t time.Time, loc *time.Location) Date {
	return dateOfDay(dayOf(t, loc))
}

// ParseDate reads "2026-11-22": four, two and two digits, a date that exists.
// The empty text is refused with [ErrInvalidDate], as is any other.
func ParseDate(s string) (Date, error) {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return Date{}, fmt.Errorf("%w: %s is not of the form 2006-01-02", ErrInvalidDate, quote(s))
	}
	year, okYear := digits(s[:4])
	month, okMonth := digits(s[5:7])
	day, okDay := digits(s[8:])
	if !okYear || !okMonth || !okDay {
		return Date{}, fmt.Errorf("%w: %s is not of the form 2006-01-02", ErrInvalidDate, quote(s))
	}
	d := Date{Year: year, Month: time.Month(month), Day: day}
	if !d.Valid() {
		return Date{}, fmt.Errorf("%w: %s is not on the calendar", ErrInvalidDate, quote(s))
	}
	return d, nil
}

// String returns "2026-11-22", and "" for the zero Date. A Date that is not
// valid is written as its bare numbers.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return string(d.append(make([]byte, 0, len("2006-01-02"))))
}

func (d Date) append(b []byte) []byte {
	b = appendPadded(b, d.Year, 4)
	b = append(b, '-')
	b = appendPadded(b, int(d.Month), 2)
	b = append(b, '-')
	return appendPadded(b, d.Day, 2)
}

// IsZero reports whether d is "no date".
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether d exists in the calendar, in the years 0 to 9999. The
// zero Date does not.
func (d Date) Valid() bool {
	return d.Year >= 0 && d.Year <= 9999 &&
		d.Month >= time.January && d.Month <= time.December &&
		d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

// Compare returns -1, 0 or +1 as d is before, on or after o. The zero Date is
// before every other.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// Before reports whether d is earlier than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is later than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// AddDays returns the date n days later, earlier when n is negative.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return dateOfDay(d.number() + int64(n))
}

// AddMonths returns the same day n months later, or the last day of that month
// when it is shorter: 31 January and one month is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	months := int64(d.Year)*12 + int64(d.Month-time.January) + int64(n)
	year := int(floorDiv(months, 12))
	month := time.January + time.Month(floorMod(months, 12))
	return Date{Year: year, Month: month, Day: min(d.Day, daysIn(year, month))}
}

// AddYears returns the same day n years later; 29 February becomes 28 February
// in a common year. For birthdays, which may prefer 1 March, see [Yearly].
func (d Date) AddYears(n int) Date { return d.AddMonths(12 * n) }

// DaysSince returns the number of days from o to d: 1 when d is the day after
// o, negative when d is earlier. Neither may be the zero Date.
func (d Date) DaysSince(o Date) int { return int(d.number() - o.number()) }

// Weekday returns the day of the week. The zero Date has none; do not ask.
func (d Date) Weekday() time.Weekday { return weekday(d.number()) }

// EndOfMonth returns the last day of d's month.
func (d Date) EndOfMonth() Date {
	if d.IsZero() {
		return d
	}
	d.Day = daysIn(d.Year, d.Month)
	return d
}

// Start returns the first moment of the day in a zone (nil: UTC): the first at
// which the wall shows d or a later date. It is not always midnight, and for a
// day that a zone left out it is the start of the next. The zero Date has no
// start: the zero Time.
func (d Date) Start(loc *time.Location) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	loc = orUTC(loc)
	return time.Unix(dayStart(d.number(), loc), 0).In(loc)
}

// Window returns [start of the day, start of the next), empty for a day that a
// zone left out. The zero Date bounds nothing: the zero, unbounded Window.
func (d Date) Window(loc *time.Location) Window {
	if d.IsZero() {
		return Window{}
	}
	return Window{From: d.Start(loc), Until: d.AddDays(1).Start(loc)}
}

// MarshalText writes d as [Date.String] does. A Date that is neither zero nor
// valid is refused with [ErrInvalidDate].
func (d Date) MarshalText() ([]byte, error) {
	if !d.IsZero() && !d.Valid() {
		return nil, fmt.Errorf("%w: %s is not on the calendar", ErrInvalidDate, quote(d.String()))
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what [ParseDate] reads, and the empty text as the zero
// Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// number counts days from 1 January 1970.
func (d Date) number() int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
}

func dateOfDay(day int64) Date {
	year, month, dom := time.Unix(day*daySeconds, 0).UTC().Date()
	return Date{Year: year, Month: month, Day: dom}
}

// weekday returns the day of the week of a day number: day 0 was a Thursday.
func weekday(day int64) time.Weekday {
	return time.Weekday(floorMod(day+int64(time.Thursday), 7))
}

func daysIn(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if isLeap(year) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// digits reads a short run of ASCII digits, and nothing else.
func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, len(s) > 0
}

// appendPadded appends n with leading zeros up to a width.
func appendPadded(b []byte, n, width int) []byte {
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	for limit := 10; width > 1; width-- {
		if n < limit {
			for range width - 1 {
				b = append(b, '0')
			}
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// quote puts a refused text into an error, cut short: it came from outside.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
