package calendar

import (
	"errors"
	"fmt"
	"time"
)

// ErrInvalidValidity reports a Validity that is negative, longer than a
// century, or ends with what does not end.
var ErrInvalidValidity = errors.New("calendar: invalid validity")

// Limits of a Validity: a century, in either unit.
const (
	MaxValidityDays   = 36525
	MaxValidityMonths = 1200
)

// Validity is how long something lasts, such as earned points: counted in civil
// months and days from the day it begins, and rounded up to the end of a
// calendar period. The last day so named is still good.
//
// Months are added first and clip to the last day of a shorter month, then
// Days, then the date moves to the last day of the EndOf period it is in. The
// zero Validity never ends. Only the day of beginning, with neither days nor
// months, is {EndOf: Day}.
type Validity struct {
	Days   int    `json:"days,omitzero"`
	Months int    `json:"months,omitzero"`
	EndOf  Period `json:"end_of,omitzero"` // zero: the day reached by Months and Days
}

// IsZero reports whether v never ends.
func (v Validity) IsZero() bool { return v == Validity{} }

// Validate returns [ErrInvalidValidity] for a count below zero or beyond its
// limit, and for an EndOf that is [Ever] or no period.
func (v Validity) Validate() error {
	switch {
	case v.Days < 0 || v.Days > MaxValidityDays:
		return fmt.Errorf("%w: days %d is not between 0 and %d", ErrInvalidValidity, v.Days, MaxValidityDays)
	case v.Months < 0 || v.Months > MaxValidityMonths:
		return fmt.Errorf("%w: months %d is not between 0 and %d", ErrInvalidValidity, v.Months, MaxValidityMonths)
	case v.EndOf == Ever:
		return fmt.Errorf("%w: end_of %q has no end; leave the validity out for points that never expire", ErrInvalidValidity, v.EndOf)
	case v.EndOf != "" && !v.EndOf.Valid():
		return fmt.Errorf("%w: end_of %s is none of day, week, month, quarter, year", ErrInvalidValidity, quote(string(v.EndOf)))
	}
	return nil
}

// Until returns the first moment at which what began at t is no longer valid,
// in a zone (nil: UTC): always the first moment of a civil day. The zero Time
// means never. Of a Validity that is not valid, an EndOf without an end counts
// as none.
func (v Validity) Until(t time.Time, loc *time.Location) time.Time {
	if v.IsZero() {
		return time.Time{}
	}
	loc = orUTC(loc)
	last := DateOf(t, loc).AddMonths(v.Months).AddDays(v.Days).number()
	_, next, ok := v.EndOf.days(last)
	if !ok {
		next = last + 1
	}
	return time.Unix(dayStart(next, loc), 0).In(loc)
}
