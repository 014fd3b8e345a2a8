package cost

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Movement is points of one lot that came, went or came back.
type Movement struct {
	Kind    MovementKind
	Issued  time.Time // when the lot was issued: its cohort
	At      time.Time // when this happened; not before Issued
	Points  int64     // above 0
	Segment string    // tier or channel, for triangles of their own; "" is one for all
}

// MovementKind is what happened to points.
type MovementKind string

// The kinds. A return undoes: a redemption returned to its lot, an expired lot
// reinstated, an award taken back.
const (
	Issue     MovementKind = "issue"
	Revoke    MovementKind = "revoke" // of issued points: clawback, forfeiture, erasure
	Redeem    MovementKind = "redeem"
	Unredeem  MovementKind = "unredeem"
	Expire    MovementKind = "expire"
	Reinstate MovementKind = "reinstate"
)

// MaxSegments bounds the segments of a History.
const MaxSegments = 100

// History gathers movements into triangles in one pass. It keeps a cell per
// segment, cohort and age, however many movements there are; their order does not
// matter, and histories gathered apart can be merged.
//
// A History is not safe for concurrent use.
type History struct {
	period   calendar.Period
	loc      *time.Location
	segments map[string]*segment
	last     *segment // of the movement before, which most often is this one's too
	lastName string
	bounds   []bound
	near     [nearSize]bound // where a moment was found last, by its time
}

// A period is looked for near where one was found before: a table of unix seconds
// in steps of 2^19, six days, folded at eight years.
const (
	nearShift = 19
	nearSize  = 512
)

// segment is the cells of one segment: by cohort, then age.
type segment struct {
	cohorts map[int64][]cell
	recent  int64
	row     []cell
}

// cell is what happened to points of a cohort at one age.
type cell struct{ issued, redeemed, expired int64 }

// bound is a period met before: its unix seconds, half-open, and its number.
type bound struct{ from, until, number int64 }

// NewHistory returns an empty history with cohorts and ages of a period (month,
// quarter or year; "" is month) in a zone (IANA name; "" is UTC).
func NewHistory(period calendar.Period, zoneName string) (*History, error) {
	var bad problems
	h := &History{period: cmp.Or(period, calendar.Month), loc: zone("zone", zoneName, &bad), segments: map[string]*segment{}}
	switch h.period {
	case calendar.Month, calendar.Quarter, calendar.Year:
	default:
		bad.add("period", "%s is none of month, quarter, year", quote(string(period)))
	}
	if len(bad) > 0 {
		return nil, bad.err()
	}
	return h, nil
}

// Add counts a movement. One that cannot be is refused with an [*InvalidError] and
// counts nothing.
func (h *History) Add(m Movement) error {
	if m.Points <= 0 || m.Points > MaxPoints {
		return invalid("points", "%d is not within 1 and %d", m.Points, MaxPoints)
	}
	cohort := h.number(m.Issued.Unix())
	at := h.number(m.At.Unix())
	if m.At.Before(m.Issued) {
		return invalid("at", "%s is before the lot was issued, %s", m.At.Format(time.RFC3339), m.Issued.Format(time.RFC3339))
	}
	age := at - cohort
	if age >= MaxAges {
		return invalid("at", "%s is %d periods after the issue, more than %d", m.At.Format(time.RFC3339), age, MaxAges)
	}
	s, err := h.segment(m.Segment)
	if err != nil {
		return err
	}
	var change cell
	switch m.Kind {
	case Issue:
		change.issued = m.Points
	case Revoke:
		change.issued = -m.Points
	case Redeem:
		change.redeemed = m.Points
	case Unredeem:
		change.redeemed = -m.Points
	case Expire:
		change.expired = m.Points
	case Reinstate:
		change.expired = -m.Points
	default:
		return invalid("kind", "%s is no movement", quote(string(m.Kind)))
	}
	c, err := s.at(cohort, int(age))
	if err != nil {
		return err
	}
	sum := c.plus(change)
	if abs(sum.issued) > MaxPoints || abs(sum.redeemed) > MaxPoints || abs(sum.expired) > MaxPoints {
		return invalid("points", "%d take a cohort past %d", m.Points, MaxPoints)
	}
	*c = sum
	return nil
}

func (c cell) plus(o cell) cell {
	return cell{c.issued + o.issued, c.redeemed + o.redeemed, c.expired + o.expired}
}

func (h *History) segment(name string) (*segment, error) {
	if h.last != nil && h.lastName == name {
		return h.last, nil
	}
	s := h.segments[name]
	if s == nil {
		var bad problems
		if checkName("segment", name, &bad); len(bad) > 0 {
			return nil, bad.err()
		}
		if len(h.segments) >= MaxSegments {
			return nil, fmt.Errorf("%w: more than %d segments", ErrLimit, MaxSegments)
		}
		s = &segment{cohorts: map[int64][]cell{}}
		h.segments[name] = s
	}
	h.last, h.lastName = s, name
	return s, nil
}

// at returns the cell of a cohort and age, which is there afterwards.
func (s *segment) at(cohort int64, age int) (*cell, error) {
	if s.row == nil || s.recent != cohort || age >= len(s.row) {
		row, ok := s.cohorts[cohort]
		if !ok && len(s.cohorts) >= MaxCohorts {
			return nil, fmt.Errorf("%w: more than %d cohorts", ErrLimit, MaxCohorts)
		}
		if age >= len(row) {
			row = append(row, make([]cell, age+1-len(row))...)
			s.cohorts[cohort] = row
		}
		s.recent, s.row = cohort, row
	}
	return &s.row[age], nil
}

// number counts the periods from year 0 to that of a moment.
func (h *History) number(unix int64) int64 {
	near := &h.near[uint64(unix)>>nearShift%nearSize]
	if unix < near.from || unix >= near.until {
		*near = h.find(unix)
	}
	return near.number
}

// find looks a moment's period up among those met, or computes it.
func (h *History) find(unix int64) bound {
	i, ok := slices.BinarySearchFunc(h.bounds, unix, func(b bound, unix int64) int {
		switch {
		case b.until <= unix:
			return -1
		case b.from > unix:
			return 1
		}
		return 0
	})
	if ok {
		return h.bounds[i]
	}
	t := time.Unix(unix, 0)
	w := h.period.Window(t, h.loc)
	d := calendar.DateOf(t, h.loc)
	b := bound{w.From.Unix(), w.Until.Unix(), int64(d.Year)}
	switch h.period {
	case calendar.Month:
		b.number = int64(d.Year)*12 + int64(d.Month-1)
	case calendar.Quarter:
		b.number = int64(d.Year)*4 + int64(d.Month-1)/3
	}
	if len(h.bounds) < 2*MaxCohorts { // a bound on memory; beyond it only slower
		h.bounds = slices.Insert(h.bounds, i, b)
	}
	return b
}

// Merge adds all that another history of the same period and zone gathered, which
// stays as it is. On an error h is as it was.
func (h *History) Merge(o *History) error {
	if h.period != o.period || h.loc.String() != o.loc.String() {
		return invalid("history", "periods of %s in %s among those of %s in %s", o.period, o.loc, h.period, h.loc)
	}
	names := maps.Clone(h.segments)
	for name, s := range o.segments {
		names[name] = s
		if mine := h.segments[name]; mine != nil {
			cohorts := maps.Clone(mine.cohorts)
			for n, row := range s.cohorts {
				cohorts[n] = row
				for age, c := range row {
					if age >= len(mine.cohorts[n]) {
						break
					}
					if sum := mine.cohorts[n][age].plus(c); abs(sum.issued) > MaxPoints || abs(sum.redeemed) > MaxPoints || abs(sum.expired) > MaxPoints {
						return invalid("history", "cohort %s would pass %d points", h.name(n), MaxPoints)
					}
				}
			}
			if len(cohorts) > MaxCohorts {
				return fmt.Errorf("%w: more than %d cohorts", ErrLimit, MaxCohorts)
			}
		}
	}
	if len(names) > MaxSegments {
		return fmt.Errorf("%w: more than %d segments", ErrLimit, MaxSegments)
	}
	for name, s := range o.segments {
		mine, err := h.segment(name)
		if err != nil {
			return err
		}
		for n, row := range s.cohorts {
			for age, c := range row {
				at, err := mine.at(n, age)
				if err != nil {
					return err
				}
				*at = at.plus(c)
			}
		}
	}
	return nil
}

// name is the key of a period by its number.
func (h *History) name(n int64) string {
	d := calendar.Date{Year: int(n), Month: time.January, Day: 1}
	switch h.period {
	case calendar.Month:
		d.Year, d.Month = int(n/12), time.Month(n%12)+1
	case calendar.Quarter:
		d.Year, d.Month = int(n/4), time.Month(n%4*3)+1
	}
	return h.period.Key(d.Start(h.loc), h.loc)
}

// Segments returns the names there are, sorted.
func (h *History) Segments() []string { return slices.Sorted(maps.Keys(h.segments)) }

// Triangle returns the triangle of the segments named, or of all, as it stood at
// the end of the last period that was over at asOf. A period still running is left
// out: its last column would be too low and spoil every factor. Cells that cannot
// be, such as more redeemed than issued, are reported as [Triangle.Validate] does;
// no period over yet is an [*InvalidError].
func (h *History) Triangle(asOf time.Time, segments ...string) (Triangle, error) {
	last := h.number(asOf.Unix()) - 1
	if len(segments) == 0 {
		segments = h.Segments()
	}
	sums := map[int64][]cell{}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(segments))) {
		s := h.segments[name]
		if s == nil {
			return Triangle{}, invalid("segments", "%s has no movement", quote(name))
		}
		for n, row := range s.cohorts {
			if n > last {
				continue
			}
			if sums[n] == nil {
				sums[n] = make([]cell, last-n+1)
			}
			for age, c := range row[:min(len(row), len(sums[n]))] {
				sums[n][age] = sums[n][age].plus(c)
			}
		}
	}
	var t Triangle
	for _, n := range slices.Sorted(maps.Keys(sums)) {
		row := Row{Cohort: h.name(n)}
		var to cell
		for _, c := range sums[n] {
			to = to.plus(c)
			row.Redeemed, row.Expired = append(row.Redeemed, to.redeemed), append(row.Expired, to.expired)
		}
		row.Issued = to.issued
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return Triangle{}, invalid("as_of", "no period with points was over by %s", asOf.Format(time.RFC3339))
	}
	return t, t.Validate()
}
