package loyalty

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
)

// decide is the whole of what an event does: pure, from the draft's snapshot, the
// event and the hour. Process commits what it comes to, Quote does not. When something is not
// in the scope that has been loaded, the error is a *wanting one.
func (p *programme) decide(d *ledger.Draft, loaded *scope, e *Event, now time.Time, quote bool) (Result, error) {
	print := e.fingerprint()
	key := ledger.Key{Owner: e.Member, ID: e.ID}
	switch tx, again, err := d.Repeat(key, print); {
	case err != nil:
		return Result{}, err
	case again:
		rec := d.Record(e.Member)
		r, err := p.result(&tx, rec.Balances(now))
		r.Replayed = true
		return r, err
	}
	at, err := p.timely(e, now)
	if err != nil {
		return Result{}, err
	}
	if p.def.Inactivity != nil {
		d.Tick(e.Member, now) // renew looks at what is left
	}
	s, err := p.load(d.Record(e.Member))
	if err != nil {
		return Result{}, err
	}
	t := &turn{programme: p, side: side{state: s}, draft: d, scope: loaded, event: e, at: at, now: now, quote: quote}
	fresh := !s.known
	if err := p.admit(s, e, at); err != nil {
		return Result{}, err
	}
	s.learn(e.Profile)
	counts := p.def.Inactivity != nil && p.def.Inactivity.counts(e)
	if counts {
		p.active(s, at)
	}
	if err := t.link(fresh); err != nil {
		return Result{}, err
	}
	if err := t.claim(); err != nil {
		return Result{}, err
	}
	p.settleTier(s, now, &t.tier)
	if e.Type == TypeRefund {
		err = t.refund()
	} else {
		err = t.earn()
	}
	if err != nil {
		return Result{}, err
	}
	p.settleTier(s, now, &t.tier)
	if counts {
		hold := ""
		if e.Spend != nil {
			hold = e.Spend.Hold
		}
		t.ops = append(t.ops, p.renew(s, &s.stored, hold, now, t.ops)...)
	}
	return t.post(print)
}

// admit lets in members, and makes one of who signs up.
func (p *programme) admit(s *state, e *Event, at time.Time) error {
	switch signUp := e.Type == TypeSignUp; {
	case s.known && signUp:
		return fmt.Errorf("%w: %s, since %s", ErrAlreadyMember, e.Member, s.facts.Joined)
	case s.known:
		return nil
	case !signUp && !p.def.OpenEnrolment:
		return fmt.Errorf("%w: %s", ErrUnknownMember, e.Member)
	}
	s.known = true
	s.facts.Joined = calendar.DateOf(at, p.zone)
	return nil
}

// turn is one event being decided.
type turn struct {
	*programme
	side    // of the member whose event it is
	draft   *ledger.Draft
	scope   *scope
	event   *Event
	at      time.Time // when the event happened
	now     time.Time
	quote   bool // nothing will be written: tell why, and draw nothing
	memory  outcome
	result  Result
	returns returns // nil when the event returns nothing
}

// side is one member in a decision: whose event it is, or who is rewarded beside them.
type side struct {
	state      *state
	ops        []ledger.Op
	awards     []rules.Award
	taken      []rules.Award
	reviews    []Review
	cuts       []rules.AwardCut
	faults     []rules.Fault
	passedOver int
	traces     []rules.Trace
	tier       *tier.Change
}

// earn awards what the rules say, after taking the points that pay.
func (t *turn) earn() error {
	e := t.event
	if e.Spend != nil {
		if err := t.spend(); err != nil {
			return err
		}
	}
	if err := t.gain(&t.side, e.Type); err != nil {
		return err
	}
	if e.Activates != "" {
		return t.activate()
	}
	if e.Order == nil {
		return nil
	}
	t.memory.Lines, t.memory.Bought = linesOf(e.Order)
	if err := t.refer(); err != nil {
		return err
	}
	t.state.facts.Orders++
	return nil
}

// gain awards one side what the rules say for an event of a type.
func (t *turn) gain(o *side, typ string) error {
	s := o.state
	ev := t.asked(typ, s.seen())
	if t.ladder != nil {
		ev.Member.Tier = t.ladder.At(s.tier, t.at).ID
	}
	if o == &t.side {
		t.memory.Stood, t.memory.Nth = ev.Member.Tier, ev.Member.Orders
	}
	got, err := t.ask(&ev, s.usage, t.event.Profile != nil && o == &t.side)
	if err != nil {
		return err
	}
	awards, reviews, err := t.review(&ev, got.Awards)
	if err != nil {
		return err
	}
	if err := t.take(&ev, awards); err != nil {
		return err
	}
	s.usage = s.usage.Add(awards)
	t.qualify(s, awards, 1, t.at)
	for i := range awards {
		if a := &awards[i]; a.Points > 0 {
			o.ops = append(o.ops, t.lot(s, a))
		}
	}
	o.faults, o.passedOver = append(o.faults, got.Faults...), o.passedOver+got.PassedOver
	o.reviews, o.cuts = append(o.reviews, reviews...), append(o.cuts, got.Cuts...)
	if o.awards == nil {
		o.awards, o.traces = awards, got.Trace // the usual case
		return nil
	}
	o.awards, o.traces = append(o.awards, awards...), append(o.traces, got.Trace...)
	return nil
}

// asked is what the rules are asked about a member.
func (t *turn) asked(typ string, member rules.Member) rules.Event {
	e := t.event
	return rules.Event{
		ID: e.ID, Type: typ, Time: t.at, Channel: e.Channel, Store: e.Store, Order: e.Order, Attributes: e.Attributes, Member: member,
	}
}

// evaluate asks the rules. What a member's profile said before may no longer be what the rules
// ask for, when they have changed since: then it is as if it had not been said. What the
// event itself says must be right.
func (t *turn) evaluate(ev *rules.Event, usage rules.Usage, told bool, opt rules.Options) (rules.Result, error) {
	for {
		got, err := t.rules.Evaluate(ev, usage, opt)
		bad, ok := errors.AsType[*rules.EventError](err)
		if !ok {
			return got, err
		}
		field, ofMember := strings.CutPrefix(bad.Field, "member.")
		name, isAttribute := strings.CutPrefix(field, "attributes.")
		switch {
		case ofMember && told:
			return got, &InvalidError{Field: "profile." + field, Reason: bad.Reason}
		case !isAttribute || ev.Member.Attributes[name].IsZero():
			return got, orderError("", err)
		}
		ev.Member.Attributes = maps.Clone(ev.Member.Attributes)
		delete(ev.Member.Attributes, name)
	}
}

// activate makes active what awaits this event: the member's points and, since it may be their
// order that was delivered, the inviter's.
func (t *turn) activate() error {
	awaited := ledger.Activate{Await: t.event.Activates}
	t.ops = append(t.ops, awaited)
	if t.state.referral.Inviter == "" {
		return nil
	}
	_, err := t.reach(t.state.referral.Inviter, func(o *side, _ bool) error {
		if slices.ContainsFunc(o.state.stored.Balances(t.now), func(b ledger.Balance) bool { return b.Pending > 0 }) {
			o.ops = append(o.ops, awaited)
		}
		return nil
	})
	return err
}

// lot is an award's points with its terms: the rule's own, or the programme's.
func (t *turn) lot(s *state, a *rules.Award) ledger.Earn {
	earn := ledger.Earn{
		Unit: a.Unit, Points: a.Points, Issued: t.month(t.at), Active: a.Terms.Active, Await: a.Terms.Await, Expires: a.Terms.Expires, Reason: a.Rule,
	}
	switch {
	case a.Terms.Never:
	case earn.Expires.IsZero():
		earn.Expires = t.lasts(s, t.at)
	case t.def.Inactivity != nil:
		earn.Issued = earn.Issued.Add(apart)
	}
	return earn
}

func linesOf(o *rules.Order) (ids []string, bought []int64) {
	ids, bought = make([]string, len(o.Lines)), make([]int64, len(o.Lines))
	for i := range o.Lines {
		ids[i] = o.Lines[i].ID
		bought[i], _ = rules.Micros(o.Lines[i].Quantity) // validated
	}
	return ids, bought
}

// spend takes the points that pay for an order and spreads them over its lines by
// what they cost, so that each line can give its share back.
func (t *turn) spend() error {
	e := t.event
	n := e.Spend.Points
	if e.Spend.Hold == "" {
		t.ops = append(t.ops, ledger.Redeem{Unit: t.def.Unit, Points: n, Reason: reasonSpend})
	} else {
		if n == 0 {
			rec := t.draft.Record(e.Member)
			a := rec.Account(t.def.Unit)
			for _, h := range a.Holds {
				if h.ID == e.Spend.Hold {
					n = h.Points()
				}
			}
		}
		t.ops = append(t.ops, ledger.Capture{Hold: e.Spend.Hold, Points: e.Spend.Points, Reason: reasonSpend})
	}
	t.result.Spent = n
	t.memory.Spent = rules.Allocate(n, e.Order.LineNets())
	return nil
}

// reasonSpend is the Reason of postings that pay for an order.
const reasonSpend = "spend"

// post makes the transaction and puts the member's documents beside it.
func (t *turn) post(print ledger.Hash) (Result, error) {
	e := t.event
	t.remember()
	details, err := t.memory.encode()
	if err != nil {
		return Result{}, err
	}
	req := ledger.Request{
		Owner: e.Member, ID: e.ID, At: t.now, Time: t.at, Kind: ledger.Kind(e.Type), Reason: t.reason(), Actor: e.Actor,
		Details: details, Fingerprint: print,
	}
	if e.Order != nil {
		req.Reference = orderReference(e.Order.ID)
	}
	receipt, err := t.draft.Post(req, t.ops...)
	if err != nil {
		return Result{}, err
	}
	t.save(t.draft, t.state, t.now)
	if t.returns != nil {
		doc, err := json.Marshal(t.returns)
		if err != nil {
			return Result{}, err
		}
		t.draft.SetDoc(e.Member, docReturns, doc)
	}
	r := t.result
	r.Event, r.Member, r.Balances = e.ID, e.Member, receipt.Balances
	r.Awards, r.Taken, r.Reviews, r.Cuts, r.Tier = t.awards, t.taken, t.reviews, t.cuts, t.tier
	r.Trace, r.PassedOver, r.Faults = t.traces, t.passedOver, t.faults
	return r, nil
}

// remember puts what came of the event into what its transaction keeps.
func (t *turn) remember() {
	m := &t.memory
	m.Type, m.Reviews, m.Cuts, m.Tier = t.event.Type, t.reviews, t.cuts, t.tier
	m.Awards, m.Taken = t.fold(t.awards, m.Lines), t.fold(t.taken, m.Lines)
	if r := t.result.Referral; r != nil {
		m.Referral = &referred{
			Inviter: r.Inviter, Missed: r.Missed, Awards: t.fold(r.Awards, m.Lines), Taken: t.fold(r.Taken, m.Lines),
			Reviews: r.Reviews, Cuts: r.Cuts, Tier: r.Tier,
		}
	}
}

// reason is what the statement says of the event.
func (t *turn) reason() string {
	switch {
	case t.event.Order != nil:
		return "order " + t.event.Order.ID
	case t.event.Refund != nil:
		return "refund of order " + t.event.Refund.Order
	}
	return t.event.Type
}
