package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Errors of dates that come back.
var (
	// ErrInvalidYearly reports a text or value that is not a month and a day.
	ErrInvalidYearly = errors.New("calendar: invalid yearly date")
	// ErrInvalidLeapRule reports a name that is not a leap rule.
	ErrInvalidLeapRule = errors.New("calendar: invalid leap rule")
)

// LeapRule says what 29 February becomes in a common year. The zero LeapRule
// means [Mar1].
type LeapRule string

// The leap rules there are. Laws differ by country: pick the one of the
// programme's members.
const (
	Feb28 LeapRule = "feb28"
	Mar1  LeapRule = "mar1"
)

// Valid reports whether r is one of the constants or zero.
func (r LeapRule) Valid() bool { return r == "" || r == Feb28 || r == Mar1 }

// UnmarshalText reads the name of a leap rule, or the empty text as the zero
// one. Any other is refused with [ErrInvalidLeapRule].
func (r *LeapRule) UnmarshalText(text []byte) error {
	if !LeapRule(text).Valid() {
		return fmt.Errorf("%w: %s is none of feb28, mar1", ErrInvalidLeapRule, quote(string(text)))
	}
	*r = LeapRule(text)
	return nil
}

// Yearly is a date that comes back each year: a birthday, an anniversary. The
// zero Yearly means none and is written as the empty text.
type Yearly struct {
	Month time.Month
	Day   int
}

// YearlyOf returns the month and day of d; of the zero Date, the zero Yearly.
func YearlyOf(d Date) Yearly { return Yearly{Month: d.Month, Day: d.Day} }

// ParseYearly reads "02-29": two and two digits, a day that some year has. Any
// other text, the empty one included, is refused with [ErrInvalidYearly].
func ParseYearly(s string) (Yearly, error) {
	if !hasShape(s, "00-00") {
		return Yearly{}, fmt.Errorf("%w: %s is not of the form 01-02", ErrInvalidYearly, quote(s))
	}
	month, _ := digits(s[:2])
	day, _ := digits(s[3:])
	y := Yearly{Month: time.Month(month), Day: day}
	if !y.Valid() {
		return Yearly{}, fmt.Errorf("%w: %s is in no year", ErrInvalidYearly, quote(s))
	}
	return y, nil
}

// IsZero reports whether y is none.
func (y Yearly) IsZero() bool { return y == Yearly{} }

// Valid reports whether some year has the day; 29 February counts. The zero
// Yearly is not valid.
func (y Yearly) Valid() bool { return Date{Year: 2000, Month: y.Month, Day: y.Day}.Valid() }

// In returns the date in a year, 29 February moved by the rule when the year
// has none. The zero Yearly has no date: the zero Date.
func (y Yearly) In(year int, rule LeapRule) Date {
	if y.IsZero() {
		return Date{}
	}
	if y.Month == time.February && y.Day == 29 && !isLeap(year) {
		if rule == Feb28 {
			return Date{Year: year, Month: time.February, Day: 28}
		}
		return Date{Year: year, Month: time.March, Day: 1}
	}
	return Date{Year: year, Month: y.Month, Day: y.Day}
}

// Next returns the first date strictly after the given one. For on or after,
// pass the day before. The zero Yearly, or the zero Date, has no next: the zero
// Date.
func (y Yearly) Next(after Date, rule LeapRule) Date {
	if y.IsZero() || after.IsZero() {
		return Date{}
	}
	if d := y.In(after.Year, rule); d.After(after) {
		return d
	}
	return y.In(after.Year+1, rule)
}

// String returns "02-29", and "" for the zero Yearly.
func (y Yearly) String() string {
	if y.IsZero() {
		return ""
	}
	b := append(appendPadded(make([]byte, 0, len("01-02")), int(y.Month), 2), '-')
	return string(appendPadded(b, y.Day, 2))
}

// MarshalText writes y as [Yearly.String] does. A Yearly that is neither zero
// nor valid is refused with [ErrInvalidYearly].
func (y Yearly) MarshalText() ([]byte, error) {
	if !y.IsZero() && !y.Valid() {
		return nil, fmt.Errorf("%w: %s is in no year", ErrInvalidYearly, quote(y.String()))
	}
	return []byte(y.String()), nil
}

// UnmarshalText reads what [ParseYearly] reads, and the empty text as the zero
// Yearly.
func (y *Yearly) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*y = Yearly{}
		return nil
	}
	parsed, err := ParseYearly(string(text))
	if err != nil {
		return err
	}
	*y = parsed
	return nil
}
