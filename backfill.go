package loyalty

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// Campaign is a rule set promised for what has happened already: "whoever bought in
// May gets double points after all". Members are paid the difference to what they got then.
type Campaign struct {
	ID string `json:"id"`
	// Rules are all the rules as they should have been, those that were right included, so
	// that the difference is what is missing; but those that have budgets or draw are left out here,
	// and what they gave is left out of the difference. Tiers accelerate as the programme says.
	Rules rules.Definition `json:"rules"`
	// From and Until are when events must have happened to be paid for: at or after the one, before
	// the other. Zero is any time.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// PerMember is the most one member is paid of each unit; 0 is no bound.
	PerMember int64 `json:"per_member,omitempty"`
}

// MaxBackfill is how many events of a member one call of Backfill.Apply takes.
const MaxBackfill = 1000

// Backfill pays a campaign. It is safe for concurrent use.
type Backfill struct {
	program  *Program
	rules    *programme // the programme, with the campaign's rules
	campaign Campaign
}

// BackPayment is what one event is still worth under a campaign.
type BackPayment struct {
	Event  string
	Unit   string
	Points int64
}

// Backfilled is what became of some events under a campaign, or would.
type Backfilled struct {
	Payments []BackPayment    // by event, in the order in which these happened, then unit
	Points   map[string]int64 // their sum, by unit
	Reviews  []Review         // what Config.Review changed of them
	Events   int              // looked at
	Paid     int              // of them are paid for now
	Before   int              // had been paid for by this campaign before
	Unknown  int              // are not on record: never processed, or erased
	Less     int              // got more in some unit than the campaign gives; they keep it
}

// Add adds up what became of several members' events, for totals. Payments and Reviews of
// single events are left out.
func (b *Backfilled) Add(o Backfilled) {
	for unit, n := range o.Points {
		if b.Points == nil {
			b.Points = map[string]int64{}
		}
		b.Points[unit] += n
	}
	b.Events += o.Events
	b.Paid += o.Paid
	b.Before += o.Before
	b.Unknown += o.Unknown
	b.Less += o.Less
}

// Backfill compiles a campaign and reports all its problems at once.
func (p *Program) Backfill(c Campaign) (*Backfill, error) {
	var errs []error
	switch {
	case c.ID == "":
		errs = append(errs, invalid("id", "is empty"))
	case len(c.ID) > rules.MaxText:
		errs = append(errs, invalid("id", "%d bytes, at most %d", len(c.ID), rules.MaxText))
	}
	if !c.Until.IsZero() && !c.Until.After(c.From) {
		errs = append(errs, invalid("until", "is not after from"))
	}
	if c.PerMember < 0 {
		errs = append(errs, invalid("per_member", "%d, must not be negative", c.PerMember))
	}
	under := *p.programme
	under.def.Rules = c.Rules
	if err := under.compileRules(); err != nil {
		errs = append(errs, err)
	} else {
		units := p.units()
		if under.spends || under.draws {
			errs = append(errs, invalid("rules", "have budgets or draws: what those gave stays as it is, so leave such rules out"))
		}
		for _, u := range under.rules.Units() {
			if !slices.Contains(units, u) {
				errs = append(errs, invalid("rules", "unit %.40q is none of the programme's: %q", u, units))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Backfill{program: p, rules: &under, campaign: c}, nil
}

// Apply pays a member what their past events are still worth, in one commit. Events are given as
// they were processed, in any order; those already paid for by the campaign are passed by, so that
// after an error, or for events that turn up later, it may be called again.
//
// For each event and unit it is the points of the campaign's rules, less those that its own award
// and any earlier campaign gave (a review's veto counts as given). A difference below zero is left alone, and not set off
// against other events. Of an order that came back in part, the part that stayed is paid
// for, and a later refund takes its share back. Payments expire as points earned today do; towards
// the tier they count when the event happened.
//
// Limits, caps and carried remainders are reckoned over the events that are given, refunds and those outside From and
// Until too, in the order in which they came: give all of the stretch that limits look back on. The tier and
// the number of the order are as they were, segments and the like as they are now. What an order gave the
// inviter stays as it is.
//
// Errors: ErrInvalid for what cannot be meant, ErrUnknownMember, ErrReview, and the ledger's: an event that
// was processed differently is ledger.ErrKeyReused.
func (b *Backfill) Apply(ctx context.Context, member string, events []Event) (Backfilled, error) {
	return b.run(ctx, member, events, b.program.update)
}

// Preview tells what Apply would pay now, without writing anything: over all members,
// by Backfilled.Add, it is what the campaign will cost.
func (b *Backfill) Preview(ctx context.Context, member string, events []Event) (Backfilled, error) {
	return b.run(ctx, member, events, b.program.preview)
}

func (b *Backfill) run(ctx context.Context, member string, events []Event, how func(context.Context, *scope, func(*ledger.Draft) error) error) (Backfilled, error) {
	loaded := scope{owners: []string{member}}
	if err := checkBackfill(member, events); err != nil {
		return Backfilled{}, err
	}
	for i := range events {
		e := &events[i]
		loaded.keys = append(loaded.keys, ledger.Key{Owner: member, ID: e.ID}, e.backKey(1))
	}
	var got Backfilled
	err := how(ctx, &loaded, func(d *ledger.Draft) (err error) {
		got, err = b.decide(d, &loaded, member, events, b.program.now())
		return err
	})
	if err != nil {
		return Backfilled{}, err
	}
	return got, nil
}

func checkBackfill(member string, events []Event) error {
	if member == "" || own(member) {
		return invalid("member", "%.80q is no member's", member)
	}
	if n := len(events); n > MaxBackfill {
		return invalid("events", "%d events, at most %d", n, MaxBackfill)
	}
	seen := make(map[string]int, len(events))
	for i := range events {
		e := &events[i]
		field := fmt.Sprintf("events[%d]", i)
		if e.Member != member {
			return invalid(field+".member", "%.80q, not %.80q", e.Member, member)
		}
		if err := e.validate(); err != nil {
			if bad, ok := errors.AsType[*InvalidError](err); ok {
				return &InvalidError{Field: field + "." + bad.Field, Reason: bad.Reason}
			}
			return fmt.Errorf("%s: %w", field, err)
		}
		if j, ok := seen[e.ID]; ok {
			return invalid(field+".id", "%.80q is also that of events[%d]", e.ID, j)
		}
		seen[e.ID] = i
	}
	return nil
}

// backReference is that of the n-th payment that campaigns make for an event: of an order, by its
// number, so that a refund finds them.
func backReference(of string, n int) string {
	return fmt.Sprintf("%s/%d", strings.TrimPrefix(ownID("campaign", of), ownIDs), n)
}

func backKey(member, of string, n int) ledger.Key {
	return ledger.Key{Owner: member, ID: ledger.ReferenceID(backReference(of, n))}
}

func (e *Event) backOf() string {
	if e.Order != nil {
		return orderReference(e.Order.ID)
	}
	return "event/" + e.ID
}

func (e *Event) backKey(n int) ledger.Key { return backKey(e.Member, e.backOf(), n) }

// backPayments are the transactions in which campaigns have paid for an event so far, by order.
func (t *turn) backPayments(member, of string) ([]ledger.Transaction, error) {
	var paid []ledger.Transaction
	for {
		key := backKey(member, of, len(paid)+1)
		if err := t.scope.want(nil, key); err != nil {
			return nil, err
		}
		tx, ok := t.draft.Find(key.Owner, key.ID)
		if !ok {
			return paid, nil
		}
		paid = append(paid, tx)
	}
}
