package cost

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// Sale is revenue, and a refund of it.
type Sale struct {
	At       time.Time
	Amount   decimal.Decimal // net, as the programme counts revenue; from 0 upwards
	Currency string          // that of the budget
	Tier     string          // for the view by tier; "" is no member
	Campaign string          // for the view by campaign; "" is none
}

// Award is points that somebody is to be given.
type Award struct {
	At       time.Time `json:"at"`
	Points   int64     `json:"points"`
	Tier     string    `json:"tier,omitempty"`
	Campaign string    `json:"campaign,omitempty"`
}

func (a Award) same(o Award) bool {
	return a.At.Equal(o.At) && a.Points == o.Points && a.Tier == o.Tier && a.Campaign == o.Campaign
}

func (a Award) check() error {
	if a.Points >= 0 && a.Points <= MaxPoints && fitName(a.Tier) && fitName(a.Campaign) {
		return nil
	}
	var bad problems
	checkPoints("points", a.Points, &bad)
	checkName("tier", a.Tier, &bad)
	checkName("campaign", a.Campaign, &bad)
	return bad.err()
}

// Sell adds revenue.
func (g *Gate) Sell(b *Book, s Sale) error { return g.sale(b, s, 1) }

// Refund takes revenue back, in the window in which the money goes back. It may
// take the window's revenue below zero and the cost above its cap: awards already
// made stay, new ones wait until there is headroom again.
func (g *Gate) Refund(b *Book, s Sale) error { return g.sale(b, s, -1) }

func (g *Gate) sale(b *Book, s Sale, sign micros) error {
	var bad problems
	amount := checkMoney("amount", s.Amount, &bad)
	bad.currency("currency", s.Currency, g.values.currency)
	checkName("tier", s.Tier, &bad)
	checkName("campaign", s.Campaign, &bad)
	if len(bad) > 0 {
		return bad.err()
	}
	if err := g.turn(b, s.At); err != nil {
		return err
	}
	d := b.memo.today
	if err := d.room(s.Tier, s.Campaign); err != nil {
		return err
	}
	amount *= sign
	if sum := b.memo.revenue + amount; sum > maxTotal || sum < -maxTotal {
		return fmt.Errorf("%w: a window's revenue of more than %s", ErrLimit, maxTotal)
	}
	d.Revenue += amount
	b.memo.revenue += amount
	d.view(&d.Tiers, s.Tier).Revenue += amount
	d.view(&d.Campaigns, s.Campaign).Revenue += amount
	return nil
}

// Decide answers whether an award may be made, and changes nothing but what time
// does by itself.
func (g *Gate) Decide(b *Book, a Award) (Decision, error) {
	if err := a.check(); err != nil {
		return Decision{}, err
	}
	if err := g.turn(b, a.At); err != nil {
		return Decision{}, err
	}
	return g.answer(a.Points, &b.memo), nil
}

// Award decides and books what is granted. It does not know repeats: call it in
// the commit that writes the award, whose key does. A refused award leaves no trace.
func (g *Gate) Award(b *Book, a Award) (Decision, error) {
	d, err := g.Decide(b, a)
	if err != nil || d.Granted == 0 {
		return d, err
	}
	if err := b.memo.today.room(a.Tier, a.Campaign); err != nil {
		return Decision{}, err
	}
	b.spend(b.memo.today, micros(d.Granted)*d.perPoint, a.Tier, a.Campaign)
	return d, nil
}

// Force books an award whatever the headroom: what was promised, and what a
// service agent must give. The decision says what the gate would have answered.
func (g *Gate) Force(b *Book, a Award) (Decision, error) {
	d, err := g.Decide(b, a)
	if err != nil {
		return Decision{}, err
	}
	amount, ok := worth(a.Points, d.perPoint)
	if !ok || b.memo.cost+amount+b.memo.open > maxTotal {
		return Decision{}, fmt.Errorf("%w: a window's cost of more than %s", ErrLimit, maxTotal)
	}
	if err := b.memo.today.room(a.Tier, a.Campaign); err != nil {
		return Decision{}, err
	}
	b.spend(b.memo.today, amount, a.Tier, a.Campaign)
	return d, nil
}

// Reverse takes an award back, in whole or in part: a.Points at what they cost at
// a.At, the moment at which the book was given the award. It returns headroom while that day is in the
// window of now, and does nothing after. More than the day's tier or campaign was
// charged is refused with [ErrInvalid].
func (g *Gate) Reverse(b *Book, a Award, now time.Time) error {
	if err := a.check(); err != nil {
		return err
	}
	if err := g.turn(b, now); err != nil {
		return err
	}
	d := b.dayOf(g, a.At)
	i := g.values.index(a.At.Unix(), a.At.Unix())
	if d == nil || i < 0 || a.Points == 0 {
		return nil
	}
	amount, ok := worth(a.Points, g.values.per[i])
	tier, campaign := d.Tiers[a.Tier], d.Campaigns[a.Campaign]
	if !ok || tier == nil || campaign == nil || amount > min(tier.Cost, campaign.Cost) {
		return invalid("points", "%d points are more than was charged to tier %s and campaign %s on %s",
			a.Points, quote(a.Tier), quote(a.Campaign), d.Date)
	}
	b.spend(d, -amount, a.Tier, a.Campaign)
	return nil
}

// Reserve decides and holds what is granted under an id until it is committed or
// released; until is when it gives itself back, the zero Time never. The same
// request while it is open gives the same answer again; another one under its id
// is [ErrKeyReused]. A reservation counts on the day it was made.
func (g *Gate) Reserve(b *Book, id string, a Award, until time.Time) (Decision, error) {
	var bad problems
	if checkText("id", id, MaxName, &bad); len(bad) > 0 {
		return Decision{}, bad.err()
	}
	d, err := g.Decide(b, a)
	if err != nil {
		return Decision{}, err
	}
	if r, ok := b.reserve[id]; ok {
		if !r.Award.same(a) || !r.Until.Equal(until) {
			return Decision{}, fmt.Errorf("%w: %s", ErrKeyReused, quote(id))
		}
		d.Granted, d.perPoint, d.Version, d.Replayed = r.Granted, r.PerPoint, r.Version, true
		d.Verdict = Allow
		if r.Granted < a.Points {
			d.Verdict = Trim
		}
		return d, nil
	}
	if !until.IsZero() && !until.After(a.At) {
		return Decision{}, invalid("until", "%s is not after the award", until.Format(time.RFC3339))
	}
	if d.Granted == 0 {
		return d, nil
	}
	if len(b.reserve) >= MaxOpen {
		return Decision{}, fmt.Errorf("%w: more than %d reservations are open", ErrLimit, MaxOpen)
	}
	if err := b.memo.today.room(a.Tier, a.Campaign); err != nil {
		return Decision{}, err
	}
	r := reservation{Date: b.memo.today.Date, Until: until, Award: a, Granted: d.Granted, PerPoint: d.perPoint, Version: d.Version}
	if b.reserve == nil {
		b.reserve = map[string]reservation{}
	}
	b.reserve[id] = r
	b.hold(b.memo.today, r.amount())
	if u := until.Unix(); !until.IsZero() && (!b.memo.hasTimeout || u < b.memo.nextTimeout) {
		b.memo.nextTimeout, b.memo.hasTimeout = u, true
	}
	return d, nil
}

// Commit books a reservation for so many of its points and gives the rest back.
// After its time is up, or the second time, it is [ErrNotOpen].
func (g *Gate) Commit(b *Book, id string, points int64, now time.Time) error {
	if err := g.turn(b, now); err != nil {
		return err
	}
	r, ok := b.reserve[id]
	if !ok {
		return fmt.Errorf("%w: %s", ErrNotOpen, quote(id))
	}
	if points < 0 || points > r.Granted {
		return invalid("points", "%d is not within 0 and the %d reserved", points, r.Granted)
	}
	d := b.day(r.Date)
	if points > 0 {
		if err := d.room(r.Award.Tier, r.Award.Campaign); err != nil {
			return err
		}
		b.spend(d, micros(points)*r.PerPoint, r.Award.Tier, r.Award.Campaign)
	}
	b.hold(d, -r.amount())
	delete(b.reserve, id)
	return nil
}

// Release gives a reservation back.
func (g *Gate) Release(b *Book, id string, now time.Time) error { return g.Commit(b, id, 0, now) }

func fitName(s string) bool {
	if len(s) > MaxName {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// checkName adds a problem unless s is empty or a name.
func checkName(path, s string, bad *problems) {
	if !fitName(s) {
		checkText(path, s, MaxName, bad)
	}
}
