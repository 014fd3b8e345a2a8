package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// year plays what happened in the shop to the programme, on a clock of its own.
type year struct {
	def       loyalty.Definition
	program   *loyalty.Program
	zone      *time.Location
	clock     time.Time
	members   map[string]bool // who has signed up
	purchases purchases
	payments  map[string]int // orders paid with points, by member
	cap       *capUse
	played    played
	told      func(loyalty.Event, loyalty.Result) // hears every result; nil for nobody
}

// played is what the year came to, as the results of its events told it. The books
// must come to the same.
type played struct {
	events     int           // all the programme took
	repeated   int           // those of them it had processed before
	engine     time.Duration // spent in the programme, sweeps and look-ups included
	signUps    int
	orders     int
	orderMoney decimal.Decimal
	orderLines int

	cancellations  int
	cancelledLines int
	refunds        int
	refundMoney    decimal.Decimal // of what was matched
	lostLines      int             // cancelled lines not matched, or not as a whole
	lostPieces     int64
	lostMoney      decimal.Decimal

	holds    int
	payments int // orders paid in part with points
	rises    int // moves to a higher tier
	sweeps   int

	earned, taken, spent, returned int64
	notes                          map[string]map[string]string // what an event did to a tier, by member and event
	refusals                       []refusal
	closed                         time.Time
}

// refusal is a kind of refusal and how often it came.
type refusal struct {
	kind     string
	expected bool // it is about the file, not about this program
	count    int
	example  string
}

func newYear(store ledger.Store) (*year, error) {
	def, err := programme()
	if err != nil {
		return nil, err
	}
	y := &year{def: def, members: map[string]bool{}, purchases: purchases{}, payments: map[string]int{}, cap: newCapUse(def.Rules)}
	y.played.notes = map[string]map[string]string{}
	if y.zone, err = time.LoadLocation(def.Zone); err != nil {
		return nil, err
	}
	y.program, err = loyalty.New(loyalty.Config{Store: store, Program: def, Now: func() time.Time { return y.clock }})
	return y, err
}

// play goes through the invoices in order of time and then closes the books: at
// the end of the year of the last one, so that what expires by then has expired.
func (y *year) play(ctx context.Context, list []*invoice, p *progress) error {
	for _, inv := range list {
		if err := y.advance(ctx, inv.at); err != nil {
			return err
		}
		act := y.order
		if inv.cancellation {
			act = y.cancel
		}
		if err := act(ctx, inv); err != nil {
			return err
		}
		p.add(1)
	}
	if !y.clock.IsZero() {
		if err := y.advance(ctx, calendar.Year.Window(y.clock, y.zone).Until); err != nil {
			return err
		}
	}
	y.played.closed = y.clock
	return nil
}

// advance moves the clock on, and sweeps at the beginning of each day on the way.
func (y *year) advance(ctx context.Context, to time.Time) error {
	if !y.clock.IsZero() {
		last := calendar.DateOf(to, y.zone)
		for day := calendar.DateOf(y.clock, y.zone).AddDays(1); !day.After(last); day = day.AddDays(1) {
			y.clock = day.Start(y.zone)
			start := time.Now()
			_, err := y.program.Sweep(ctx)
			y.played.engine += time.Since(start)
			y.played.sweeps++
			if err := y.refuse(ctx, err); err != nil {
				return err
			}
		}
	}
	y.clock = to
	return nil
}

// order signs the customer up if need be and places the order.
func (y *year) order(ctx context.Context, inv *invoice) error {
	if !y.members[inv.customer] {
		r, ok, err := y.process(ctx, loyalty.Event{ID: "sign-up", Type: loyalty.TypeSignUp, Member: inv.customer, Time: inv.at})
		if !ok {
			return err
		}
		y.members[inv.customer] = true
		y.played.signUps++
		y.cap.add(inv.customer, month(inv.at), r.Earned(unit))
	}
	e := loyalty.Event{ID: inv.number, Type: loyalty.TypeOrder, Member: inv.customer, Time: inv.at, Channel: "web", Order: inv.order()}
	if err := y.checkout(ctx, &e); err != nil {
		return err
	}
	r, ok, err := y.process(ctx, e)
	if !ok {
		return err
	}
	y.purchases.add(inv)
	y.played.orders++
	y.played.orderLines += len(inv.lines)
	y.played.orderMoney = y.played.orderMoney.Add(e.Order.Total)
	if r.Spent > 0 {
		y.played.payments++
	}
	y.cap.add(inv.customer, month(inv.at), r.Earned(unit))
	return nil
}

// cancel refunds what a cancellation can be matched with.
func (y *year) cancel(ctx context.Context, inv *invoice) error {
	refunds, missing := y.purchases.cancel(inv)
	y.played.cancellations++
	y.played.cancelledLines += len(inv.lines)
	money := decimal.Zero
	for _, l := range inv.lines {
		money = money.Add(l.amount())
	}
	for _, m := range missing {
		y.played.lostLines++
		y.played.lostPieces += m.quantity
		y.played.lostMoney = y.played.lostMoney.Add(m.amount)
		money = money.Sub(m.amount)
	}
	y.played.refundMoney = y.played.refundMoney.Add(money)
	for i := range refunds {
		r, ok, err := y.process(ctx, refunds[i].event(inv))
		if err != nil {
			return err
		}
		if ok {
			y.played.refunds++
			y.cap.add(inv.customer, refunds[i].month, r.Earned(unit))
		}
	}
	return nil
}

// process hands an event to the programme. A refusal is counted and the year goes
// on: ok is false.
func (y *year) process(ctx context.Context, e loyalty.Event) (r loyalty.Result, ok bool, err error) {
	start := time.Now()
	r, err = y.program.Process(ctx, e)
	y.played.engine += time.Since(start)
	if err != nil {
		return r, false, y.refuse(ctx, err)
	}
	y.count(r.Replayed)
	if y.told != nil {
		y.told(e, r)
	}
	for _, a := range r.Awards {
		y.played.earned += a.Points
	}
	for _, a := range r.Taken {
		y.played.taken += a.Points
	}
	y.played.spent += r.Spent
	y.played.returned += r.Returned
	if r.Tier != nil {
		y.note(e, *r.Tier)
	}
	return r, true, nil
}

// count counts an event that the programme took.
func (y *year) count(repeated bool) {
	y.played.events++
	if repeated {
		y.played.repeated++
	}
}

// note keeps what an event did to a member's tier, for the statement.
func (y *year) note(e loyalty.Event, c tier.Change) {
	verb := "falls to "
	if c.Up {
		verb = "rises to "
		y.played.rises++
	}
	if y.played.notes[e.Member] == nil {
		y.played.notes[e.Member] = map[string]string{}
	}
	y.played.notes[e.Member][e.ID] = verb + y.tierName(c.To)
}

func (y *year) tierName(id string) string {
	for _, t := range y.def.Tiers.Tiers {
		if t.ID == id {
			return t.Name
		}
	}
	return id
}

func (y *year) hold(ctx context.Context, h loyalty.Redemption, until time.Time) (ok bool, err error) {
	start := time.Now()
	r, err := y.program.Hold(ctx, h, until)
	y.played.engine += time.Since(start)
	if err != nil {
		return false, y.refuse(ctx, err)
	}
	y.count(r.Replayed)
	y.played.holds++
	return true, nil
}

// look reads where a member stands and what has become of some keys.
func (y *year) look(ctx context.Context, member string, keys ...ledger.Key) (ledger.Snapshot, error) {
	start := time.Now()
	snap, err := y.program.Ledger().Load(ctx, []string{member}, keys)
	y.played.engine += time.Since(start)
	return snap, err
}

// kinds are the refusals there can be. What a file can be the cause of is
// expected; the others mean that this program, or the library, is wrong.
var kinds = []struct {
	err      error
	expected bool
}{
	{loyalty.ErrInvalid, true},
	{ledger.ErrInvalid, true},
	{loyalty.ErrUnknownMember, false},
	{loyalty.ErrAlreadyMember, false},
	{loyalty.ErrUnknownOrder, false},
	{loyalty.ErrReturnExceeds, false},
	{ledger.ErrInsufficientPoints, false},
	{ledger.ErrKeyReused, false},
	{ledger.ErrReferenceUsed, false},
	{ledger.ErrConflict, false},
}

// refuse counts a refusal by its kind. Only the end of ctx is an error: it ends the year.
func (y *year) refuse(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	kind, expected := "other", false
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			kind, expected = k.err.Error(), k.expected
			break
		}
	}
	list := &y.played.refusals
	i, found := slices.BinarySearchFunc(*list, kind, func(r refusal, kind string) int { return cmp.Compare(r.kind, kind) })
	if !found {
		*list = slices.Insert(*list, i, refusal{kind: kind, expected: expected, example: err.Error()})
	}
	(*list)[i].count++
	return nil
}
