package cost

import (
	"fmt"
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

// Lease asks for a share of the headroom for one process: up to points, until a
// moment or the end of the local day, whichever is first. What is granted counts
// as spent until it is returned; a lease that never is, because its process died,
// stays spent until its day leaves the window. So whatever becomes of the
// processes, all they award together stays within the cap.
//
// It takes what the headroom has, also less than asked, and none is a Gauge that
// refuses everything. An id that is open is [ErrKeyReused].
func (g *Gate) Lease(b *Book, id string, points int64, now, until time.Time) (*Gauge, error) {
	var bad problems
	checkText("id", id, MaxName, &bad)
	checkPoints("points", points, &bad)
	if !until.After(now) {
		bad.add("until", "%s is not after now", until.Format(time.RFC3339))
	}
	if len(bad) > 0 {
		return nil, bad.err()
	}
	d, err := g.Decide(b, Award{At: now, Points: points})
	if err != nil {
		return nil, err
	}
	if _, ok := b.leases[id]; ok {
		return nil, fmt.Errorf("%w: lease %s", ErrKeyReused, quote(id))
	}
	if len(b.leases) >= MaxOpen {
		return nil, fmt.Errorf("%w: more than %d leases are open", ErrLimit, MaxOpen)
	}
	if end := time.Unix(b.memo.until, 0).In(g.values.loc); until.After(end) {
		until = end
	}
	points = min(points, d.Headroom)
	l := lease{Date: b.memo.today.Date, Until: until, Amount: micros(points) * d.perPoint, PerPoint: d.perPoint, Version: d.Version}
	if b.leases == nil {
		b.leases = map[string]lease{}
	}
	b.leases[id] = l
	b.hold(b.memo.today, l.Amount)
	d.Headroom = points
	return &Gauge{id: id, from: now.Unix(), until: until.Unix(), trim: g.trim, base: d, left: points, spent: map[view]int64{}}, nil
}

// Return closes a lease: what was spent of it is booked on its day, the rest is
// headroom again. A lease returned twice, or one whose day has left the window, is
// [ErrNotOpen].
func (g *Gate) Return(b *Book, s Spent, now time.Time) error {
	if err := g.turn(b, now); err != nil {
		return err
	}
	l, ok := b.leases[s.ID]
	if !ok {
		return fmt.Errorf("%w: lease %s", ErrNotOpen, quote(s.ID))
	}
	var bad problems
	left := int64(l.Amount / l.PerPoint)
	d := b.day(l.Date)
	if len(s.Awards) > MaxViews {
		bad.add("awards", "%d are more than %d", len(s.Awards), MaxViews)
		return bad.err()
	}
	tiers, campaigns := map[string]bool{}, map[string]bool{}
	for i, a := range s.Awards {
		path := fmt.Sprintf("awards[%d]", i)
		checkName(path+".tier", a.Tier, &bad)
		checkName(path+".campaign", a.Campaign, &bad)
		if a.Points < 0 || a.Points > left {
			bad.add(path+".points", "%d is not within 0 and the %d left of the lease", a.Points, left)
			continue
		}
		left -= a.Points
		if d.Tiers[a.Tier] == nil {
			tiers[a.Tier] = true
		}
		if d.Campaigns[a.Campaign] == nil {
			campaigns[a.Campaign] = true
		}
	}
	if len(bad) > 0 {
		return bad.err()
	}
	if len(d.Tiers)+len(tiers) > MaxViews || len(d.Campaigns)+len(campaigns) > MaxViews {
		return fmt.Errorf("%w: more than %d tiers or campaigns on %s", ErrLimit, MaxViews, d.Date)
	}
	for _, a := range s.Awards {
		b.spend(d, micros(a.Points)*l.PerPoint, a.Tier, a.Campaign)
	}
	b.hold(d, -l.Amount)
	delete(b.leases, s.ID)
	return nil
}

// Spent is what a process did with its lease, for [Gate.Return].
type Spent struct {
	ID     string       `json:"id"`
	Awards []SpentAward `json:"awards,omitempty"`
}

// SpentAward is the points given to one tier by one campaign.
type SpentAward struct {
	Tier     string `json:"tier,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Points   int64  `json:"points"`
}

// Gauge spends a lease within one process. It needs no store and no other
// process, and is safe for concurrent use.
type Gauge struct {
	id          string
	from, until int64 // unix seconds, half-open
	trim        bool
	base        Decision // of the lease

	mu     sync.Mutex
	left   int64 // points
	closed bool
	spent  map[view]int64
}

type view struct{ tier, campaign string }

// Spend decides an award and takes it off the lease. The money in the decision is
// that of the window when the lease was taken; Headroom is what the lease still
// had. Outside the lease's time, and after Close, everything is refused: take
// another lease and ask again.
func (g *Gauge) Spend(a Award) (Decision, error) {
	if err := a.check(); err != nil {
		return Decision{}, err
	}
	d := g.base
	d.Verdict, d.Asked, d.Granted = Allow, a.Points, a.Points
	unix := a.At.Unix()
	g.mu.Lock()
	defer g.mu.Unlock()
	d.Headroom = g.left
	if g.closed || unix >= g.until || unix < g.from {
		d.Headroom = 0
	}
	if d = d.fit(g.trim); d.Granted == 0 {
		return d, nil
	}
	v := view{a.Tier, a.Campaign}
	if _, ok := g.spent[v]; !ok && len(g.spent) >= MaxViews {
		return Decision{}, fmt.Errorf("%w: more than %d tiers and campaigns in a lease", ErrLimit, MaxViews)
	}
	g.spent[v] += d.Granted
	g.left -= d.Granted
	return d, nil
}

// Left returns how many points are left of the lease, and what they cost.
func (g *Gauge) Left() (int64, decimal.Decimal) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.left, (micros(g.left) * g.base.perPoint).decimal()
}

// Close ends the gauge and returns what it spent, for [Gate.Return]. Closing again
// returns the same.
func (g *Gauge) Close() Spent {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	return Spent{ID: g.id, Awards: sortedAwards(g.spent)}
}
