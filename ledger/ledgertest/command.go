package ledgertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

// The units and flows of a simulation.
var (
	simUnits  = []string{"points", "stars"}
	simFlows  = []string{"", "", "charity:forest"}
	simEvents = []string{"delivered/1", "delivered/2", "delivered/3"}
)

// command is a request that is delivered once, several times or never.
type command struct {
	req ledger.Request // without the clock
	ops []ledger.Op
}

// deliver is the request as it comes at a minute. The windows of its limits are those
// of that time, as a host reckons them anew.
func (c *command) deliver(at int) (ledger.Request, []ledger.Op) {
	req := c.req
	req.At = moment(at)
	from := req.At.Truncate(10 * 24 * time.Hour)
	for _, op := range c.ops {
		switch op := op.(type) {
		case ledger.Gift:
			dated(op.Limits, from)
		case ledger.Adjust:
			dated(op.Limits, from)
		}
	}
	return req, c.ops
}

func dated(limits []ledger.Limit, from time.Time) {
	for i := range limits {
		limits[i].Window = calendar.Window{From: from, Until: from.AddDate(0, 0, 10)}
	}
}

// draw makes a new command of an owner's.
func (s *simulation) draw(owner string) *command {
	s.drawn++
	c := &command{req: ledger.Request{Owner: owner, ID: fmt.Sprint("r", s.drawn)}}
	if s.one(20) {
		c.req.Reference = fmt.Sprint("order ", s.rand.IntN(200))
	}
	if s.one(10) {
		c.req.Reason, c.req.Actor = "as agreed", "agent 7"
		c.req.Details = json.RawMessage(`{"note": "by phone"}`)
	}
	if s.one(8) {
		c.req.Time = moment(s.now - s.rand.IntN(3*24*60))
	}
	if ids := s.ids[owner]; s.one(60) && len(ids) > 0 {
		c.req.ID = pick(s, ids) // a key used before, for something that is different for certain
		c.req.Details = json.RawMessage(fmt.Sprint(s.drawn))
	}
	s.ids[owner] = append(s.ids[owner][max(0, len(s.ids[owner])-20):], c.req.ID)
	c.ops = s.drawOps(c)
	if len(c.ops) == 0 {
		c.req.Kind = "note"
	}
	return c
}

// drawOps draws what happens every day often, and the rest now and then.
func (s *simulation) drawOps(c *command) []ledger.Op {
	o := s.model.owner(c.req.Owner)
	switch n := s.rand.IntN(1000); {
	case n < 300:
		return []ledger.Op{s.earn(c)}
	case n < 410:
		return []ledger.Op{s.redeem()}
	case n < 520:
		return []ledger.Op{s.hold()}
	case n < 600:
		return []ledger.Op{s.endHold(o)}
	case n < 640:
		return []ledger.Op{s.endHold(o), s.redeem(), s.earn(c)} // an order
	case n < 700:
		return []ledger.Op{s.clawback(o)}
	case n < 750:
		return []ledger.Op{s.giveBack(o)}
	case n < 780:
		return []ledger.Op{s.giveBack(o), s.clawback(o), s.reverse(o)} // a refund
	case n < 850:
		return []ledger.Op{s.reverse(o)}
	case n < 900:
		return []ledger.Op{s.gift()}
	case n < 990:
		return []ledger.Op{s.drawRare(c, o)}
	case n < 993:
		return nil
	case n < 996:
		return []ledger.Op{s.earn(c), ledger.Close{Reason: "asked to"}}[s.rand.IntN(2):]
	case n < 997:
		return []ledger.Op{ledger.Close{}, s.earn(c)} // too late
	}
	from := pick(s, s.members)
	return []ledger.Op{ledger.Merge{From: from}, s.earn(c), ledger.Gift{To: from, Unit: s.unit(), Points: 1}}[:1+s.rand.IntN(3)]
}

func (s *simulation) drawRare(c *command, o *mOwner) ledger.Op {
	switch s.rand.IntN(6) {
	case 0:
		return ledger.Activate{Await: pick(s, simEvents)}
	case 1:
		return ledger.Extend{Unit: s.unit(), Lots: s.lots(o, 2), Expires: s.later(90 * 24 * 60)}
	case 2, 3:
		return ledger.Reinstate{Of: pick(s, append([]string{"~tick/1", c.req.ID}, o.recent...)), Expires: s.later(30 * 24 * 60)}
	case 4:
		e := s.earn(c)
		return ledger.Open{Unit: e.Unit, Points: e.Points, Issued: e.Issued, Active: e.Active, Expires: e.Expires}
	}
	if !s.one(5) {
		c.req.Reason, c.req.Actor = "goodwill", "agent 7"
	}
	op := ledger.Adjust{Unit: s.unit(), Points: s.points(40), Policy: s.policy(), Expires: s.later(30 * 24 * 60)}
	if s.one(2) {
		op.Points = -op.Points
	}
	if s.one(2) {
		op.Kit = pick(s, simAgents)
		op.Limits = []ledger.Limit{{Name: "kit", Each: 35, Points: 150, Uses: 10}}
	}
	return op
}

func pick[T any](s *simulation, from []T) T { return from[s.rand.IntN(len(from))] }

// one is true once in n times.
func (s *simulation) one(n int) bool { return s.rand.IntN(n) == 0 }

func (s *simulation) unit() string         { return simUnits[s.rand.IntN(5)/4] }
func (s *simulation) points(n int64) int64 { return 1 + s.rand.Int64N(n) }

func (s *simulation) policy() ledger.Policy {
	return pick(s, []ledger.Policy{"", ledger.Debt, ledger.Clamp, ledger.Reject})
}

// later is within some minutes from now, mostly; or never.
func (s *simulation) later(within int) time.Time {
	if s.one(5) {
		return time.Time{}
	}
	return moment(s.now + 1 + s.rand.IntN(within) - within/50)
}

func (s *simulation) earn(c *command) ledger.Earn {
	op := ledger.Earn{Unit: s.unit(), Points: s.points(100), Expires: s.later(30 * 24 * 60)}
	if s.one(2) {
		op.Issued = moment((s.now - s.rand.IntN(2)*24*60) / (24 * 60) * (24 * 60))
	}
	if s.one(4) {
		op.Active = moment(s.now - 60 + s.rand.IntN(3*24*60))
	}
	if s.one(5) {
		op.Await = pick(s, simEvents)
	}
	if !op.Expires.IsZero() && !op.Expires.After(op.Active) {
		op.Active = time.Time{}
	}
	return op
}

func (s *simulation) redeem() ledger.Op {
	return ledger.Redeem{Unit: s.unit(), Points: s.points(120), UpTo: s.one(3), Flow: pick(s, simFlows)}
}

func (s *simulation) hold() ledger.Op {
	return ledger.PlaceHold{Unit: s.unit(), Points: s.points(60), Until: s.later(7 * 24 * 60)}
}

func (s *simulation) endHold(o *mOwner) ledger.Op {
	id, most := s.id(o), int64(50)
	if open := slices.Concat(o.account(simUnits[0]).holds, o.account(simUnits[1]).holds); len(open) > 0 && !s.one(5) {
		h := pick(s, open)
		id, most = h.id, h.points()+1
	}
	if s.one(3) {
		return ledger.Release{Hold: id}
	}
	return ledger.Capture{Hold: id, Points: s.rand.Int64N(most + 1), Flow: pick(s, simFlows)}
}

// id is that of an earlier request, mostly one that was granted.
func (s *simulation) id(o *mOwner) string {
	id := pick(s, append(s.ids[o.name], "unheard of"))
	for range 2 {
		if o.deeds[id] == nil {
			id = pick(s, append(s.ids[o.name], "unheard of"))
		}
	}
	return id
}

// lots are ids of a few lots, of the owner's mostly.
func (s *simulation) lots(o *mOwner, n int) []string {
	var ids []string
	for range s.rand.IntN(n + 1) {
		t := mTerms{issued: s.now / (24 * 60) * (24 * 60)}
		if lots := o.account(s.unit()).lots; len(lots) > 0 {
			t = pick(s, lots).mTerms
		}
		ids = append(ids, t.id())
	}
	return ids
}

func (s *simulation) clawback(o *mOwner) ledger.Op {
	return ledger.Clawback{Unit: s.unit(), Points: s.points(80), Lots: s.lots(o, 2), Policy: s.policy()}
}

// giveBack returns what an earlier request has spent, or something made up.
func (s *simulation) giveBack(o *mOwner) ledger.Op {
	op := ledger.Return{Unit: s.unit(), Grace: s.later(30 * 24 * 60), Flow: pick(s, simFlows)}
	if d := o.deeds[s.id(o)]; d != nil && len(d.out) > 0 {
		op.Unit, op.Flow = d.out[0].unit, d.out[0].flow
		for _, mv := range d.out {
			if mv.unit == op.Unit && mv.flow == op.Flow {
				op.Parts = append(op.Parts, ledger.Part{Lot: mv.id(), Points: s.points(mv.points)})
			}
		}
		return op
	}
	for _, id := range append(s.lots(o, 2), mTerms{issued: s.now}.id()) {
		op.Parts = append(op.Parts, ledger.Part{Lot: id, Points: s.points(20)})
	}
	return op
}

func (s *simulation) reverse(o *mOwner) ledger.Op {
	return ledger.Reverse{Of: s.id(o), Policy: s.policy(), Grace: s.later(30 * 24 * 60)}
}

func (s *simulation) gift() ledger.Op {
	op := ledger.Gift{To: pick(s, s.members), Unit: s.unit(), Points: s.points(50)}
	if s.one(2) {
		op.Limits = []ledger.Limit{{Name: "gifts", Each: 45, Points: 80}, {Name: "gifts in number", Uses: 3}}
	}
	return op
}
