package cost

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Book is what a gate must remember: revenue and points cost by civil day, what
// is reserved and leased, and whether the alarm is on. The zero Book is empty
// and ready.
//
// A Book is a value of its owner: load it, let one goroutine change it through a
// [Gate], commit it with the version it was loaded at. A call that returns an
// error has changed nothing. It is written as JSON, a few kilobytes: only the days
// of the window are kept.
//
// Time in a Book does not go back. What is dated before the latest day it knows
// counts on that day, so an award that comes late is held against the money there
// is now and not against a window already closed.
type Book struct {
	days    []*day // by date
	reserve map[string]reservation
	leases  map[string]lease
	alarm   bool
	memo    memo
}

// tally is money of a day, of a tier or of a campaign.
type tally struct {
	Revenue micros `json:"revenue,omitzero"`
	Cost    micros `json:"cost,omitzero"`
}

type day struct {
	Date      calendar.Date `json:"date"`
	Tiers     map[string]*tally
	Campaigns map[string]*tally
	tally
	open micros // reserved or leased, not yet settled
}

type reservation struct {
	Date     calendar.Date `json:"date"` // the day it counts on
	Until    time.Time     `json:"until,omitzero"`
	Award    Award         `json:"award"`
	Granted  int64         `json:"granted"`
	PerPoint micros        `json:"per_point"`
	Version  int           `json:"version"`
}

func (r reservation) amount() micros { return micros(r.Granted) * r.PerPoint }

type lease struct {
	Date     calendar.Date `json:"date"`
	Until    time.Time     `json:"until"`
	Amount   micros        `json:"amount"`
	PerPoint micros        `json:"per_point"`
	Version  int           `json:"version"`
}

// memo is the window of the latest day, summed. It is worth nothing to a reader
// and rebuilt when it does not fit.
type memo struct {
	gate        *Gate
	today       *day
	until       int64 // unix seconds at which the day ends
	perPoint    micros
	version     int
	revenue     micros
	cost, open  micros
	nextTimeout int64 // unix seconds of the first reservation to time out
	hasTimeout  bool
}

// turn brings the book to t: it opens the day, drops the days before the window
// and the reservations whose time is up, and sums the window.
func (g *Gate) turn(b *Book, t time.Time) error {
	unix := t.Unix()
	m := &b.memo
	if m.gate == g && unix < m.until && !(m.hasTimeout && unix >= m.nextTimeout) {
		return nil // the same day, or an earlier one which counts on it
	}
	date := calendar.DateOf(t, g.values.loc)
	start := date.Start(g.values.loc)
	if n := len(b.days); n > 0 && date.Before(b.days[n-1].Date) {
		date = b.days[n-1].Date
		start = date.Start(g.values.loc)
	}
	at := g.values.index(start.Unix(), start.Unix())
	if at < 0 {
		return fmt.Errorf("%w on %s", ErrNoValue, date)
	}
	first := g.firstDay(date)
	b.dropBefore(first)
	b.timeOut(t)
	if n := len(b.days); n == 0 || b.days[n-1].Date != date {
		b.days = append(b.days, &day{Date: date})
	}
	*m = memo{gate: g, today: b.days[len(b.days)-1],
		until:    date.AddDays(1).Start(g.values.loc).Unix(),
		perPoint: g.values.per[at], version: g.values.table[at].Version}
	for _, d := range b.days {
		m.revenue += d.Revenue
		m.cost += d.Cost
		m.open += d.open
	}
	for _, r := range b.reserve {
		if u := r.Until.Unix(); !r.Until.IsZero() && (!m.hasTimeout || u < m.nextTimeout) {
			m.nextTimeout, m.hasTimeout = u, true
		}
	}
	return nil
}

func (g *Gate) firstDay(date calendar.Date) calendar.Date {
	if g.rolling > 0 {
		return date.AddDays(1 - g.rolling)
	}
	return calendar.DateOf(g.period.Window(date.Start(g.values.loc), g.values.loc).From, g.values.loc)
}

// dropBefore forgets the days before the window and what is open on them.
func (b *Book) dropBefore(first calendar.Date) {
	b.days = slices.DeleteFunc(b.days, func(d *day) bool { return d.Date.Before(first) })
	maps.DeleteFunc(b.reserve, func(_ string, r reservation) bool { return r.Date.Before(first) })
	maps.DeleteFunc(b.leases, func(_ string, l lease) bool { return l.Date.Before(first) })
}

// timeOut gives back what was reserved until t. A lease never gives back by time:
// its process may have spent all of it and died.
func (b *Book) timeOut(t time.Time) {
	for id, r := range b.reserve {
		if !r.Until.IsZero() && !t.Before(r.Until) {
			b.day(r.Date).open -= r.amount()
			delete(b.reserve, id)
		}
	}
}

// day returns the day of a date that is in the book, or nil.
func (b *Book) day(date calendar.Date) *day {
	i, ok := slices.BinarySearchFunc(b.days, date, func(d *day, date calendar.Date) int { return d.Date.Compare(date) })
	if !ok {
		return nil
	}
	return b.days[i]
}

// spend books cost on a day that is in the window, in total and in the views.
func (b *Book) spend(d *day, amount micros, tier, campaign string) {
	d.Cost += amount
	b.memo.cost += amount
	d.view(&d.Tiers, tier).Cost += amount
	d.view(&d.Campaigns, campaign).Cost += amount
}

// hold books what is open, or with a negative amount no longer is.
func (b *Book) hold(d *day, amount micros) {
	d.open += amount
	b.memo.open += amount
}

// view returns the tally of a name; "" is the tally of all that has none. The
// caller has asked room whether another name fits.
func (d *day) view(in *map[string]*tally, name string) *tally {
	if *in == nil {
		*in = map[string]*tally{}
	}
	t := (*in)[name]
	if t == nil {
		t = &tally{}
		(*in)[name] = t
	}
	return t
}

// room reports whether the views of a day can take another name.
func (d *day) room(tier, campaign string) error {
	if _, ok := d.Tiers[tier]; !ok && len(d.Tiers) >= MaxViews {
		return fmt.Errorf("%w: more than %d tiers on %s", ErrLimit, MaxViews, d.Date)
	}
	if _, ok := d.Campaigns[campaign]; !ok && len(d.Campaigns) >= MaxViews {
		return fmt.Errorf("%w: more than %d campaigns on %s", ErrLimit, MaxViews, d.Date)
	}
	return nil
}

// document is a Book as it is written. What is open on a day is not: it is the
// sum of what is reserved and leased on it.
type document struct {
	Days         []dayDocument          `json:"days,omitempty"`
	Reservations map[string]reservation `json:"reservations,omitempty"`
	Leases       map[string]lease       `json:"leases,omitempty"`
	Alarm        bool                   `json:"alarm,omitempty"`
}

type dayDocument struct {
	Date calendar.Date `json:"date"`
	tally
	Tiers     map[string]*tally `json:"tiers,omitempty"`
	Campaigns map[string]*tally `json:"campaigns,omitempty"`
}

// MarshalJSON writes the book. The same book is always the same bytes.
func (b *Book) MarshalJSON() ([]byte, error) {
	doc := document{Reservations: b.reserve, Leases: b.leases, Alarm: b.alarm}
	for _, d := range b.days {
		doc.Days = append(doc.Days, dayDocument{Date: d.Date, tally: d.tally, Tiers: d.Tiers, Campaigns: d.Campaigns})
	}
	return json.Marshal(doc)
}

// UnmarshalJSON reads what MarshalJSON wrote. A document that no gate can have
// left behind is refused with [ErrInvalid], and b is as it was.
func (b *Book) UnmarshalJSON(text []byte) error {
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%w book: %w", ErrInvalid, err)
	}
	var bad problems
	doc.check(&bad)
	if len(bad) > 0 {
		return bad.err()
	}
	read := Book{reserve: doc.Reservations, leases: doc.Leases, alarm: doc.Alarm}
	for _, d := range doc.Days {
		read.days = append(read.days, &day{Date: d.Date, tally: d.tally, Tiers: d.Tiers, Campaigns: d.Campaigns})
	}
	for id, r := range doc.Reservations {
		if d := read.day(r.Date); d != nil {
			d.open += r.amount()
			continue
		}
		bad.add("reservations["+quote(id)+"].date", "%s is no day of the book", r.Date)
	}
	for id, l := range doc.Leases {
		if d := read.day(l.Date); d != nil {
			d.open += l.Amount
			continue
		}
		bad.add("leases["+quote(id)+"].date", "%s is no day of the book", l.Date)
	}
	if len(bad) > 0 {
		return bad.err()
	}
	*b = read
	return nil
}

func (doc *document) check(bad *problems) {
	if len(doc.Days) > 2*MaxRollingDays || len(doc.Reservations) > MaxOpen || len(doc.Leases) > MaxOpen {
		bad.add("book", "%d days, %d reservations, %d leases are too many", len(doc.Days), len(doc.Reservations), len(doc.Leases))
		return
	}
	var sum tally
	for i, d := range doc.Days {
		path := fmt.Sprintf("days[%d]", i)
		switch {
		case !d.Date.Valid():
			bad.add(path+".date", "%s is not on the calendar", d.Date)
		case i > 0 && !d.Date.After(doc.Days[i-1].Date):
			bad.add(path+".date", "%s is not after the day before it", d.Date)
		}
		checkTally(path, d.tally, bad)
		if len(*bad) > 0 {
			return
		}
		if sum.Revenue += d.Revenue; sum.Revenue < -maxTotal || sum.Revenue > maxTotal {
			bad.add(path+".revenue", "the days come to more than %s", maxTotal)
			return
		}
		if sum.Cost += d.Cost; sum.Cost > maxTotal {
			bad.add(path+".cost", "the days come to more than %s", maxTotal)
			return
		}
		checkViews(path+".tiers", d.Tiers, d.tally, bad)
		checkViews(path+".campaigns", d.Campaigns, d.tally, bad)
	}
	doc.checkOpen(bad)
}

// checkViews holds the tiers, or the campaigns, of a day to what the day came to.
func checkViews(path string, views map[string]*tally, of tally, bad *problems) {
	if len(views) > MaxViews {
		bad.add(path, "%d are more than %d", len(views), MaxViews)
		return
	}
	var revenue, cost big.Int
	for name, t := range views {
		if t == nil {
			bad.add(path, "%s has no figures", quote(name))
			return
		}
		checkTally(path+"."+quote(name), *t, bad)
		revenue.Add(&revenue, big.NewInt(int64(t.Revenue)))
		cost.Add(&cost, big.NewInt(int64(t.Cost)))
	}
	if revenue.Cmp(big.NewInt(int64(of.Revenue))) != 0 || cost.Cmp(big.NewInt(int64(of.Cost))) != 0 {
		bad.add(path, "do not come to the day's revenue %s and cost %s", of.Revenue, of.Cost)
	}
}

// checkOpen bounds what is open one by one and together.
func (doc *document) checkOpen(bad *problems) {
	var open micros
	for id, r := range doc.Reservations {
		amount, ok := worth(max(r.Granted, 0), max(r.PerPoint, 0))
		if open += amount; !ok || open > maxTotal || r.Granted < 0 || r.PerPoint <= 0 {
			bad.add("reservations["+quote(id)+"]", "%d points at %s cannot be reserved", r.Granted, r.PerPoint)
			return
		}
	}
	for id, l := range doc.Leases {
		if l.Amount < 0 || l.Amount > micros(maxMoney) || l.PerPoint <= 0 {
			bad.add("leases["+quote(id)+"]", "%s at %s a point cannot be leased", l.Amount, l.PerPoint)
			return
		}
		if open += l.Amount; open > maxTotal {
			bad.add("leases", "come to more than %s", maxTotal)
			return
		}
	}
}

// checkTally bounds one day's figures; their sums are bounded by the caller.
func checkTally(path string, t tally, bad *problems) {
	if t.Cost < 0 || t.Cost > maxTotal || t.Revenue < -maxTotal || t.Revenue > maxTotal {
		bad.add(path, "revenue %s, cost %s are out of bounds", t.Revenue, t.Cost)
	}
}

// dayOf returns the day a moment counts on, or nil when it is not in the book. A
// moment after the latest day is of no award.
func (b *Book) dayOf(g *Gate, t time.Time) *day { return b.day(calendar.DateOf(t, g.values.loc)) }
