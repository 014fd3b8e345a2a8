package ledger_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

// daily and monthly are limits as a host reckons them at each request.
func daily(name string, at time.Time, bounds ledger.Limit) ledger.Limit {
	from := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	bounds.Name, bounds.Window = name, calendar.Window{From: from, Until: from.AddDate(0, 0, 1)}
	return bounds
}

func monthly(name string, at time.Time, bounds ledger.Limit) ledger.Limit {
	from := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	bounds.Name, bounds.Window = name, calendar.Window{From: from, Until: from.AddDate(0, 1, 0)}
	return bounds
}

// give is one gift of ann's, and how it is refused if it is.
type give struct {
	hour   int
	points int64
	want   *ledger.LimitError // nil is granted
}

func reached(name string, limit, used, asked int64) *ledger.LimitError {
	return &ledger.LimitError{Owner: "ann", Name: name, Limit: limit, Used: used, Asked: asked}
}

var limitRows = []struct {
	rule   string
	limits func(at time.Time) []ledger.Limit
	gives  []give
}{
	{
		"each: the bound itself is within it, however often",
		func(at time.Time) []ledger.Limit { return []ledger.Limit{{Name: "a gift", Each: 50}} },
		[]give{{1, 50, nil}, {2, 51, reached("a gift", 50, 0, 51)}, {3, 50, nil}, {4, 50, nil}},
	},
	{
		"points a day: up to the bound, and the next day again",
		func(at time.Time) []ledger.Limit {
			return []ledger.Limit{daily("a day", at, ledger.Limit{Points: 100})}
		},
		[]give{{1, 60, nil}, {2, 41, reached("a day", 100, 60, 41)}, {3, 40, nil}, {23, 1, reached("a day", 100, 100, 1)}, {24, 100, nil}, {25, 1, reached("a day", 100, 100, 1)}},
	},
	{
		"uses a day: what was refused is no use",
		func(at time.Time) []ledger.Limit {
			return []ledger.Limit{daily("uses", at, ledger.Limit{Uses: 2, Each: 50})}
		},
		[]give{{1, 10, nil}, {2, 51, reached("uses", 50, 0, 51)}, {3, 10, nil}, {4, 10, reached("uses", 2, 2, 1)}, {24, 10, nil}},
	},
	{
		"day and month: the first in the way is named, and neither counts what the other refuses",
		func(at time.Time) []ledger.Limit {
			return []ledger.Limit{daily("a day", at, ledger.Limit{Points: 100}), monthly("a month", at, ledger.Limit{Points: 150})}
		},
		[]give{
			{1, 100, nil}, {2, 1, reached("a day", 100, 100, 1)}, {24, 60, reached("a month", 150, 100, 60)}, {25, 50, nil},
			{48, 1, reached("a month", 150, 150, 1)}, {31 * 24, 100, nil},
		},
	},
	{
		"ever: a window without bounds never turns over",
		func(at time.Time) []ledger.Limit { return []ledger.Limit{{Name: "ever", Points: 100}} },
		[]give{{1, 60, nil}, {9000, 41, reached("ever", 100, 60, 41)}, {9001, 40, nil}},
	},
	{
		"a clock that is behind counts against the later window, and begins none anew",
		func(at time.Time) []ledger.Limit {
			return []ledger.Limit{daily("a day", at, ledger.Limit{Points: 100})}
		},
		[]give{{1, 100, nil}, {24, 70, nil}, {23, 31, reached("a day", 100, 70, 31)}, {23, 30, nil}, {25, 1, reached("a day", 100, 100, 1)}},
	},
	{
		"no bound is no bound",
		func(at time.Time) []ledger.Limit { return []ledger.Limit{daily("free", at, ledger.Limit{})} },
		[]give{{1, 400, nil}, {2, 400, nil}},
	},
}

func hours(n int) time.Time { return epoch.Add(time.Duration(n) * time.Hour) }

func TestLimit(t *testing.T) {
	for _, row := range limitRows {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.earn("ann", "in", 1000, day(0), never)
			for i, g := range row.gives {
				op := ledger.Gift{To: "bob", Unit: points, Points: g.points, Limits: row.limits(hours(g.hour))}
				req := by("ann", "gift"+string(rune('a'+i)), hours(g.hour))
				if g.want == nil {
					b.post(req, op)
					continue
				}
				got, _ := errors.AsType[*ledger.LimitError](b.refuse(ledger.ErrLimit, req, op))
				equal(t, "error", g.want, got)
			}
		})
	}
}

func TestLimit_ErrorText(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 100, day(0), never)
	err := b.refuse(ledger.ErrLimit, by("ann", "k", day(0)),
		ledger.Gift{To: "bob", Unit: points, Points: 60, Limits: []ledger.Limit{daily("gifts a day", day(0), ledger.Limit{Points: 50})}})
	equal(t, "text", "ledger: limit reached: gifts a day of ann is 50, 0 used, 60 asked for", err.Error())
}

// Gifts of one request count one after another; a gift refused for want of points leaves the tally alone.
func TestLimit_Tally(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 200, day(0), never)
	limits := []ledger.Limit{daily("a day", day(0), ledger.Limit{Points: 100, Uses: 3})}
	gift := func(to string, n int64) ledger.Gift {
		return ledger.Gift{To: to, Unit: points, Points: n, Limits: limits}
	}
	b.refuse(ledger.ErrLimit, by("ann", "a", day(0)), gift("bob", 60), gift("cai", 41))
	b.refuse(ledger.ErrInsufficientPoints, by("ann", "b", day(0)), gift("bob", 60), gift("bob", 40), ledger.Redeem{Unit: points, Points: 101})
	b.post(by("ann", "c", day(0)), gift("bob", 60), gift("cai", 20))
	b.refuse(ledger.ErrLimit, by("ann", "d", day(0)), gift("bob", 20), gift("bob", 1))
	b.post(by("ann", "d", day(0)), gift("bob", 20))
	// The tally is the giver's: who receives may give on.
	b.post(by("bob", "on", day(0)), gift("ann", 80))
}

// A repeat is the same request with tomorrow's limits too, and counts no second time.
func TestLimit_RepeatTomorrow(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 100, day(0), never)
	gift := func(at time.Time) ledger.Receipt {
		return b.post(by("ann", "gift", at), ledger.Gift{
			To: "bob", Unit: points, Points: 60, Limits: []ledger.Limit{daily("a day", at, ledger.Limit{Points: 60})},
		})
	}
	equal(t, "replayed", []bool{false, true, true}, []bool{gift(day(0)).Replayed, gift(day(0)).Replayed, gift(day(1)).Replayed})
	equal(t, "given", 60, b.balance("bob", day(1)).Available)
	b.post(by("ann", "tomorrow's own", day(1)), ledger.Gift{
		To: "bob", Unit: points, Points: 40, Limits: []ledger.Limit{daily("a day", day(1), ledger.Limit{Points: 60})},
	})
}

// Limits are not the business of time: no due moment comes of them.
func TestLimit_IsNotDue(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 100, day(0), never)
	b.post(by("ann", "gift", day(0)), ledger.Gift{To: "bob", Unit: points, Points: 1, Limits: []ledger.Limit{daily("a day", day(0), ledger.Limit{Points: 60})}})
	equal(t, "due", never, b.record("ann").Due)
}

// What is counted without a bound may come to any number.
func TestLimit_Overflow(t *testing.T) {
	b := open(t)
	limits := []ledger.Limit{{Name: "uses", Uses: 3}}
	for i, owner := range []string{"ann", "bob", "ann"} {
		if i < 2 {
			b.earn(owner, "in", math.MaxInt64, day(0), never)
		}
		b.post(by(owner, "gift"+string(rune('a'+i)), day(0)), ledger.Gift{To: string(rune('x' + i)), Unit: points, Points: math.MaxInt64, Limits: limits})
		if i == 1 {
			b.post(by("y", "back", day(0)), ledger.Gift{To: "ann", Unit: points, Points: math.MaxInt64})
		}
	}
}
