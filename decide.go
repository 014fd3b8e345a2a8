package loyalty

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// decide is the whole of what an event does: pure, from the draft's snapshot, the
// event and the hour. Process commits what it comes to, Quote does not.
func (p *programme) decide(d *ledger.Draft, e *Event, now time.Time, trace bool) (Result, error) {
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
	s, err := p.load(d.Record(e.Member))
	if err != nil {
		return Result{}, err
	}
	if err := p.admit(s, e, at); err != nil {
		return Result{}, err
	}
	s.learn(e.Profile)
	t := &turn{programme: p, draft: d, event: e, state: s, at: at, now: now, trace: trace}
	p.settleTier(s, now, &t.result.Tier)
	if e.Type == TypeRefund {
		err = t.refund()
	} else {
		err = t.earn()
	}
	if err != nil {
		return Result{}, err
	}
	p.settleTier(s, now, &t.result.Tier)
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
	draft   *ledger.Draft
	event   *Event
	state   *state
	at      time.Time // when the event happened
	now     time.Time
	trace   bool
	ops     []ledger.Op
	memory  outcome
	result  Result
	returns returns // nil when the event returns nothing
}

// earn awards what the rules say, after taking the points that pay.
func (t *turn) earn() error {
	s, e := t.state, t.event
	ev := rules.Event{
		ID: e.ID, Type: e.Type, Time: t.at, Channel: e.Channel, Store: e.Store, Order: e.Order,
		Member: rules.Member{ID: e.Member, Segments: s.facts.Segments, Birthday: s.facts.Birthday, Joined: s.facts.Joined, Orders: s.facts.Orders},
	}
	if t.ladder != nil {
		ev.Member.Tier = t.ladder.At(s.tier, t.at).ID
	}
	got, err := t.rules.Evaluate(&ev, s.usage, rules.Options{Trace: t.trace})
	if err != nil {
		return orderError("", err)
	}
	t.result.Awards, t.result.Trace = got.Awards, got.Trace
	s.usage = s.usage.Add(got.Awards)
	t.qualify(s, got.Awards, 1, t.at)
	if e.Spend != nil {
		if err := t.spend(); err != nil {
			return err
		}
	}
	if e.Order != nil {
		s.facts.Orders++
		t.memory.Lines, t.memory.Bought = linesOf(e.Order)
	}
	issued, expires := t.month(t.at), t.def.Validity.Until(t.at, t.zone)
	for i := range got.Awards {
		if a := &got.Awards[i]; a.Points > 0 {
			t.ops = append(t.ops, ledger.Earn{Unit: a.Unit, Points: a.Points, Issued: issued, Expires: expires, Reason: a.Rule})
		}
	}
	t.memory.Awards = t.fold(got.Awards, t.memory.Lines)
	return nil
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
	t.memory.Type, t.memory.Tier = e.Type, t.result.Tier
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
	return r, nil
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
