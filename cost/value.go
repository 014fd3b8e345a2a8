package cost

import (
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// MaxValues bounds the values of one table: 1,000 changes are one a week for
// nineteen years.
const MaxValues = 1000

// ValueTable is what a point is worth, and was, and has been announced to be:
// a history that only grows at its end. As a Go value or as JSON.
type ValueTable struct {
	Currency string  `json:"currency,omitempty"` // for people and for checks against mixing; "" is one unnamed currency
	Zone     string  `json:"zone,omitempty"`     // IANA name of the zone whose midnights count; "" is UTC
	Values   []Value `json:"values"`
}

// Value is one dated value of a point.
type Value struct {
	// Version names the value in quotes and receipts; versions grow with From.
	Version int `json:"version"`
	// From is the first local day of the value; the zero Date, of the first value
	// alone, is "since ever".
	From calendar.Date `json:"from,omitzero"`
	// Announced is the local day on which members were told; the zero Date is unknown.
	Announced calendar.Date `json:"announced,omitzero"`
	// PerPoint is money per point, above 0, at most six decimals.
	PerPoint decimal.Decimal `json:"per_point"`
	// Grandfather leaves points issued before From at the value they had.
	Grandfather bool   `json:"grandfather,omitempty"`
	Reason      string `json:"reason,omitempty"`
}

// Values is a checked ValueTable. It is immutable and safe for concurrent use.
type Values struct {
	currency string
	loc      *time.Location
	table    []Value
	from     []int64  // unix seconds at which each begins
	per      []micros // of each
}

// CompileValues checks a table. The error joins an [*InvalidError] per problem.
func CompileValues(t ValueTable) (*Values, error) {
	var bad problems
	v := compileValues("", t, &bad)
	if len(bad) > 0 {
		return nil, bad.err()
	}
	return v, nil
}

func compileValues(path string, t ValueTable, bad *problems) *Values {
	v := &Values{currency: t.Currency, loc: zone(path+"zone", t.Zone, bad)}
	if t.Currency != "" {
		checkText(path+"currency", t.Currency, MaxName, bad)
	}
	switch n := len(t.Values); {
	case n == 0:
		bad.add(path+"values", "is empty: a point needs a value")
	case n > MaxValues:
		bad.add(path+"values", "%d are more than %d", n, MaxValues)
		return v
	}
	for i, val := range t.Values {
		at := fmt.Sprintf("%svalues[%d]", path, i)
		v.per = append(v.per, checkPerPoint(at+".per_point", val.PerPoint, bad))
		checkDates(at, t.Values, i, bad)
		if val.Reason != "" {
			checkText(at+".reason", val.Reason, MaxText, bad)
		}
	}
	v.table = slices.Clone(t.Values)
	for i, val := range v.table {
		from := val.From.Start(v.loc).Unix()
		if i == 0 && val.From.IsZero() {
			from = -1 << 62
		}
		v.from = append(v.from, from)
	}
	return v
}

func checkPerPoint(path string, d decimal.Decimal, bad *problems) micros {
	m, reason := toMicros(d)
	switch {
	case reason != "":
		bad.add(path, "%s", reason)
	case m <= 0:
		bad.add(path, "%s is not above 0", d)
	case int64(m) > maxMicros:
		bad.add(path, "%s is more than %d", d, maxMicros/int64(unit))
	}
	return m
}

func checkDates(at string, values []Value, i int, bad *problems) {
	val := values[i]
	switch {
	case val.From.IsZero() && i > 0:
		bad.add(at+".from", "is missing; only the first value may be without")
	case !val.From.IsZero() && !val.From.Valid():
		bad.add(at+".from", "%s is not on the calendar", val.From)
	case i > 0 && !val.From.After(values[i-1].From):
		bad.add(at+".from", "%s is not after %s, the value before it", val.From, values[i-1].From)
	}
	switch {
	case val.Announced.IsZero():
	case !val.Announced.Valid():
		bad.add(at+".announced", "%s is not on the calendar", val.Announced)
	case !val.From.IsZero() && val.Announced.After(val.From):
		bad.add(at+".announced", "%s is after %s, from when it holds", val.Announced, val.From)
	}
	if val.Version < 0 || i > 0 && val.Version <= values[i-1].Version {
		bad.add(at+".version", "%d does not grow", val.Version)
	}
}

func zone(path, name string, bad *problems) *time.Location {
	// "Local" would make the answer depend on the machine it is given on.
	if name != "Local" && len(name) <= MaxName {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc
		}
	}
	bad.add(path, "%s is not an IANA time zone", quote(name))
	return time.UTC
}

// Currency returns the table's currency.
func (v *Values) Currency() string { return v.currency }

// Zone returns the zone whose midnights count.
func (v *Values) Zone() *time.Location { return v.loc }

// At returns the value of a point issued and used at t. Before the first value
// it is [ErrNoValue].
func (v *Values) At(t time.Time) (Value, error) { return v.Of(t, t) }

// Of returns the value at t of a point issued at another moment: a change that
// grandfathers is not for points issued before it. The value never depends on
// values that begin after t.
func (v *Values) Of(issued, t time.Time) (Value, error) {
	i := v.index(issued.Unix(), t.Unix())
	if i < 0 {
		return Value{}, fmt.Errorf("%w at %s: the first is from %s", ErrNoValue, t.Format(time.RFC3339), v.table[0].From)
	}
	return v.table[i], nil
}

// Table returns the table in its listed order. It is the caller's own copy.
func (v *Values) Table() ValueTable {
	name := v.loc.String()
	if v.loc == time.UTC {
		name = ""
	}
	return ValueTable{Currency: v.currency, Zone: name, Values: slices.Clone(v.table)}
}

// index returns which value holds at unix for a point issued at another second,
// -1 before the first.
func (v *Values) index(issued, unix int64) int {
	for i := len(v.from) - 1; i >= 0; i-- {
		if v.from[i] <= unix && (i == 0 || !v.table[i].Grandfather || issued >= v.from[i]) {
			return i
		}
	}
	return -1
}
