package loyalty

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

// Inactivity lets a member's points expire all together, once the member has done nothing
// for so long. Whatever counts as an activity puts off the expiry of all the points they have, as of
// the time when it happened: never back, and never of points that have expired already.
//
// Points of a rule that has an expiry of its own, or none, keep it: that is what was promised of them. So do
// points of before without an expiry.
type Inactivity struct {
	// After is how long the points last from the day of the last activity; it may not be zero. With an EndOf, such as
	// calendar.Month, they move once in such a period and not with every day on which something happens.
	After calendar.Validity `json:"after"`
	// Types are the types of event that count. None: all but refunds, and but events that tell of something
	// delivered to the member, by Event.Activates. Redeem, Hold and Capture always count; time, campaigns, and what
	// others do for the member's good never do.
	Types []string `json:"types,omitempty"`
}

// maxInactivityTypes bounds Inactivity.Types.
const maxInactivityTypes = 100

// reasonActivity is the Reason of postings that move points to a later expiry.
const reasonActivity = "activity"

func (p *programme) checkInactivity() (errs []error) {
	in := p.def.Inactivity
	if in == nil {
		return nil
	}
	fault := func(field, format string, args ...any) { errs = append(errs, invalid(field, format, args...)) }
	if !p.def.Validity.IsZero() {
		fault("inactivity", "goes without a validity: a point has one expiry, by its age or by the member's last activity")
	}
	if in.After.IsZero() {
		fault("inactivity.after", "is empty")
	} else if err := in.After.Validate(); err != nil {
		fault("inactivity.after", "%v", err)
	}
	if len(in.Types) > maxInactivityTypes {
		fault("inactivity.types", "%d types, at most %d", len(in.Types), maxInactivityTypes)
	}
	for _, typ := range in.Types {
		switch {
		case typ == "" || len(typ) > ledger.MaxID:
			fault("inactivity.types", "%.40q is no type of event", typ)
		case typ == TypeRefund || typ == TypeInviter || typ == TypeInvited:
			fault("inactivity.types", "%q is nothing that a member does", typ)
		}
	}
	return errs
}

// counts tells whether an event is an activity.
func (in *Inactivity) counts(e *Event) bool {
	if len(in.Types) > 0 {
		return slices.Contains(in.Types, e.Type)
	}
	return e.Type != TypeRefund && e.Activates == ""
}

// active takes note of an activity. One that comes late is of its own day.
func (p *programme) active(s *state, at time.Time) {
	if day := calendar.DateOf(at, p.zone); day.After(s.facts.Active) {
		s.facts.Active = day
	}
}

// lasts is when points that a member earns at some moment expire, if their rule says nothing else.
func (p *programme) lasts(s *state, at time.Time) time.Time {
	if p.def.Inactivity == nil {
		return p.def.Validity.Until(at, p.zone)
	}
	day := calendar.DateOf(at, p.zone)
	if day.Before(s.facts.Active) {
		day = s.facts.Active
	}
	return p.idle(day)
}

// idle is when points expire of a member who has done nothing since a day.
func (p *programme) idle(since calendar.Date) time.Time {
	return p.def.Inactivity.After.Until(since.Start(p.zone), p.zone)
}

// Points that keep their own expiry are of a cohort that begins a microsecond later. So they share no
// lot with points that follow the member's activity, whatever day they expire on.
const apart = time.Microsecond

// follows tells whether points of these terms expire by the member's activity.
func follows(t ledger.Terms) bool { return !t.Expires.IsZero() && t.Issued.Nanosecond() != int(apart) }

// renew moves to their later expiry the points of a member that follow their activity. It is for a record that is settled, and comes
// after the operations that earn or give back; hold is the one that these close, or "".
func (p *programme) renew(s *state, rec *ledger.Record, hold string, now time.Time, before []ledger.Op) (ops []ledger.Op) {
	if s.facts.Active.IsZero() {
		return nil
	}
	expires := p.idle(s.facts.Active)
	if !expires.After(now) {
		return nil
	}
	for i := range rec.Accounts {
		a := &rec.Accounts[i]
		others := slices.ContainsFunc(before, func(op ledger.Op) bool {
			earn, ok := op.(ledger.Earn)
			return ok && earn.Unit == a.Unit && earn.Issued.Nanosecond() == int(apart)
		})
		var ids []string
		look := func(l ledger.Lot) {
			switch {
			case !follows(l.Terms):
				others = others || !l.Expires.IsZero()
			case l.Expires.Before(expires):
				ids = append(ids, l.ID)
				if l.Await != "" { // it may be this event that they await
					ids = append(ids, ledger.Terms{Issued: l.Issued, Expires: l.Expires}.ID())
				}
			}
		}
		for l := range a.Lots.All() {
			look(l)
		}
		for _, h := range a.Holds {
			if h.ID == hold {
				for _, l := range h.Parts {
					look(l)
				}
			}
		}
		if len(ids) > 0 && !others {
			ops = append(ops, ledger.Extend{Unit: a.Unit, Expires: expires, Reason: reasonActivity})
			continue
		}
		for part := range slices.Chunk(ids, ledger.MaxParts) {
			ops = append(ops, ledger.Extend{Unit: a.Unit, Lots: part, Expires: expires, Reason: reasonActivity})
		}
	}
	return ops
}

// trace adds to the lots into which points went those in which they may be by now: every activity since has
// moved them on, and so has what they were waiting for.
func (p *programme) trace(s *state, unit string, lots []string) []string {
	if p.def.Inactivity == nil {
		return lots
	}
	account := s.stored.Account(unit)
	for _, id := range lots[:len(lots):len(lots)] {
		was, err := ledger.ParseLotID(id)
		if err != nil || !follows(was) {
			continue
		}
		add := func(id string) {
			if !slices.Contains(lots, id) && len(lots) < ledger.MaxParts {
				lots = append(lots, id)
			}
		}
		free := ledger.Terms{Issued: was.Issued, Expires: was.Expires}
		for l := range account.Lots.All() {
			if !l.Issued.Equal(was.Issued) || !follows(l.Terms) {
				continue
			}
			t := l.Terms
			t.Expires = was.Expires
			if then := t.ID(); then == id || then == free.ID() {
				add(l.ID)
			}
		}
		if !s.facts.Active.IsZero() { // what this refund gives back first
			free.Expires = p.idle(s.facts.Active)
			add(free.ID())
		}
	}
	return lots
}

// renewed is the lot that spent points would be in by now.
func (p *programme) renewed(s *state, id string) string {
	t, err := ledger.ParseLotID(id)
	if p.def.Inactivity == nil || err != nil || !follows(t) || s.facts.Active.IsZero() {
		return id
	}
	if expires := p.idle(s.facts.Active); expires.After(t.Expires) {
		t.Expires = expires
		return t.ID()
	}
	return id
}

// redeem posts a redemption, which is an activity as well. The points move on in a transaction of their own, since what tells
// a redemption from another under its key must not depend on the day.
func (p *programme) redeem(d *ledger.Draft, req ledger.Request, op ledger.Op) (ledger.Receipt, error) {
	if _, again := d.Find(req.Owner, req.ID); p.def.Inactivity == nil || again {
		return d.Post(req, op)
	}
	d.Tick(req.Owner, req.At)
	s, err := p.load(d.Record(req.Owner))
	if err != nil {
		return ledger.Receipt{}, err
	}
	_, releases := op.(ledger.Release)
	_, captures := op.(ledger.Capture)
	if !releases {
		p.active(s, req.At)
		write(d, s.stored, docMember, false, func() json.RawMessage { return encodeFacts(s.facts) })
	}
	renew := func() error {
		rec := d.Record(req.Owner)
		ops := p.renew(s, &rec, "", req.At, nil)
		if len(ops) == 0 {
			return nil
		}
		_, err := d.Post(ledger.Request{Owner: req.Owner, ID: ownID("activity", req.ID), At: req.At, Reason: reasonActivity}, ops...)
		return err
	}
	closes := releases || captures // a hold, and gives back what is left of it
	if !closes {
		if err := renew(); err != nil { // of what is held too
			return ledger.Receipt{}, err
		}
	}
	got, err := d.Post(req, op)
	if err != nil || !closes {
		return got, err
	}
	err = renew()
	rec := d.Record(req.Owner)
	got.Balances = rec.Balances(req.At)
	return got, err
}
