package cost

import (
	"fmt"
	"slices"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Notice is how long before it holds a value must be announced, in days; the zero
// value works. Members planned with the points they have: a cut of their worth wants
// long notice, or leaves those points alone.
type Notice struct {
	Days    int `json:"days,omitempty"`     // zero is DefaultNotice
	CutDays int `json:"cut_days,omitempty"` // of a cut that does not grandfather; zero is DefaultCutNotice
}

// Days of notice where none are given.
const (
	DefaultNotice    = 30
	DefaultCutNotice = 90
	maxNotice        = 3660
)

func (n Notice) days(cut bool) (int, error) {
	days, cutDays := n.Days, n.CutDays
	if days == 0 {
		days = DefaultNotice
	}
	if cutDays == 0 {
		cutDays = max(DefaultCutNotice, days)
	}
	switch {
	case days < 0 || days > maxNotice:
		return 0, invalid("notice.days", "%d is not within 0 and %d", days, maxNotice)
	case cutDays < days || cutDays > maxNotice:
		return 0, invalid("notice.cut_days", "%d is not within %d and %d", cutDays, days, maxNotice)
	case cut:
		return cutDays, nil
	}
	return days, nil
}

// Announce returns the table with a value added at its end: announced today, a local
// date in the table's zone, in force from the first local day after the notice, or
// from v.From if that is later. The table given is as it was; nothing before the new
// day changes, so quotes and receipts of older versions stay right.
func (t ValueTable) Announce(v Value, today calendar.Date, n Notice) (ValueTable, error) {
	if _, err := CompileValues(t); err != nil {
		return ValueTable{}, err
	}
	var bad problems
	checkPerPoint("per_point", v.PerPoint, &bad)
	if !today.Valid() {
		bad.add("today", "%s is not on the calendar", today)
	}
	last := t.Values[len(t.Values)-1]
	days, err := n.days(v.PerPoint.LessThan(last.PerPoint) && !v.Grandfather)
	if err != nil {
		bad.addError(err)
	}
	if len(bad) > 0 {
		return ValueTable{}, bad.err()
	}
	first := today.AddDays(days)
	switch {
	case v.From.IsZero():
		v.From = first
	case v.From.Before(first):
		return ValueTable{}, invalid("from", "%s is before %s: %d days of notice from %s", v.From, first, days, today)
	}
	if !v.From.After(last.From) {
		return ValueTable{}, invalid("from", "%s is not after %s, from when version %d holds", v.From, last.From, last.Version)
	}
	v.Announced, v.Version = today, last.Version+1
	t.Values = append(slices.Clone(t.Values), v)
	_, err = CompileValues(t)
	return t, err
}

// Preview is what a value would do to the liability, before anybody is told.
type Preview struct {
	Before Liability       `json:"before"`
	After  Liability       `json:"after"`
	Change decimal.Decimal `json:"change"` // of the provision: a cost when above 0
	Note   string          `json:"note"`
}

// Preview values the points outstanding at the present and at a proposed value. One
// that grandfathers leaves them alone. The deferral of IFRS 15 is no part of this:
// it does not follow the value.
func (e Estimate) Preview(now, proposed Value, places int32) (Preview, error) {
	var p Preview
	var err error
	if p.Before, err = e.Worth(now.PerPoint, places); err != nil {
		return Preview{}, err
	}
	if proposed.Grandfather {
		p.After, p.Note = p.Before, "points issued before the change keep their value"
		return p, nil
	}
	if p.After, err = e.Worth(proposed.PerPoint, places); err != nil {
		return Preview{}, err
	}
	p.Change = p.After.Amount.Sub(p.Before.Amount)
	p.Note = fmt.Sprintf("%.0f points still to be redeemed, at %s instead of %s", e.Future, proposed.PerPoint, now.PerPoint)
	return p, nil
}
