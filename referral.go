package loyalty

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// Types of event under which rules reward a referral. The programme brings them
// about itself, with the order of the invited member that counts; a host does not send them.
const (
	TypeInviter = "referral.inviter" // for whoever invited: one they brought has made an order that counts
	TypeInvited = "referral.invited" // for whoever was invited, beside what the order itself earns
)

// Referral says when bringing another member is rewarded. What it is rewarded with is a
// matter of rules, whose Trigger is TypeInviter or TypeInvited: they see the order of the
// invited member and the standing of the one they reward, so an audience, a share
// of the order's amount and limits per month are said as in any other rule. The
// zero Referral counts the first order.
type Referral struct {
	// Orders is how many of the invited member's orders count: the first so many that meet
	// what is asked below; 0 is 1. EveryOrder counts all of them instead.
	Orders     int  `json:"orders,omitempty"`
	EveryOrder bool `json:"every_order,omitempty"`
	// MinAmount is what the lines of an order must come to, after their discounts, to
	// count; zero asks for nothing.
	MinAmount decimal.Decimal `json:"min_amount,omitzero"`
	// WithinDays is how many days after joining an order may be made to count; 0 is any.
	WithinDays int `json:"within_days,omitempty"`
	// LinkDays is how many days after joining a member may still say who invited them, as
	// long as they have no order; 0 is with their first event only.
	LinkDays int `json:"link_days,omitempty"`
}

// MaxReferralChain is how far up the line of inviters a loop is looked for.
const MaxReferralChain = 16

const (
	maxReferralOrders = 1_000_000
	maxReferralDays   = 36_600
)

func (r *Referral) validate() error {
	if r == nil {
		return nil
	}
	var errs []error
	if r.Orders < 0 || r.Orders > maxReferralOrders {
		errs = append(errs, invalid("referral.orders", "%d is outside 0 to %d", r.Orders, maxReferralOrders))
	}
	if r.EveryOrder && r.Orders != 0 {
		errs = append(errs, invalid("referral.every_order", "does not go with orders"))
	}
	for _, f := range [...]struct {
		field string
		days  int
	}{{"within_days", r.WithinDays}, {"link_days", r.LinkDays}} {
		if f.days < 0 || f.days > maxReferralDays {
			errs = append(errs, invalid("referral."+f.field, "%d is outside 0 to %d", f.days, maxReferralDays))
		}
	}
	if n, err := rules.Micros(r.MinAmount); err != nil {
		errs = append(errs, invalid("referral.min_amount", "%v", err))
	} else if n < 0 {
		errs = append(errs, invalid("referral.min_amount", "is negative"))
	}
	return errors.Join(errs...)
}

// counts tells whether an order of a member who was invited counts. It depends on
// the member's orders that counted before, not on which of them the order is.
func (r *Referral) counts(o *rules.Order, before int, joined, day calendar.Date) bool {
	if !r.EveryOrder && before >= max(r.Orders, 1) {
		return false
	}
	if r.WithinDays > 0 && joined.AddDays(r.WithinDays).Before(day) {
		return false
	}
	var sum int64
	for _, net := range o.LineNets() {
		sum += net // below rules.MaxAmount over an order that is valid
	}
	least, _ := rules.Micros(r.MinAmount) // validated
	return sum >= least
}

// Reasons in ReferralError.Reason.
const (
	ReferralSelf    = "self"            // the member names themselves
	ReferralUnknown = "unknown inviter" // who is named is no member, or no more
	ReferralLoop    = "loop"            // the member is among those who brought the inviter
	ReferralTaken   = "already invited" // another member brought them
	ReferralLate    = "too late"        // Referral.LinkDays have passed, or the member has ordered
)

// ErrReferral: a member cannot have been invited by whom an event names. It comes as
// a *ReferralError with the reason; without its Inviter the event may be sent again.
var ErrReferral = errors.New("loyalty: referral refused")

// ReferralError says why a referral was refused.
type ReferralError struct {
	Member, Inviter string
	Reason          string // one of the Referral constants
}

func (e *ReferralError) Error() string {
	return fmt.Sprintf("loyalty: referral refused: %s by %s: %s", e.Member, e.Inviter, e.Reason)
}
func (e *ReferralError) Unwrap() error { return ErrReferral }

// docReferral is a member's document of whom they were brought by and whom they brought.
const docReferral = "referral"

type referral struct {
	Inviter string `json:"inviter,omitempty"`
	Counted int    `json:"counted,omitempty"` // own orders that counted, less those returned
	Brought int    `json:"brought,omitempty"` // members brought of whom an order has counted
}

func (r referral) encode() json.RawMessage {
	doc, _ := json.Marshal(r) // two numbers and a text
	return doc
}

// link notes who invited the member, if the event says so. fresh is whether it is the
// member's first event.
func (t *turn) link(fresh bool) error {
	s, who := t.state, t.event.Inviter
	refuse := func(reason string) error {
		return &ReferralError{Member: s.member, Inviter: who, Reason: reason}
	}
	switch {
	case who == "" || who == s.referral.Inviter:
		return nil
	case t.def.Referral == nil:
		return invalid("inviter", "the programme has no referral")
	case who == s.member:
		return refuse(ReferralSelf)
	case s.referral.Inviter != "":
		return refuse(ReferralTaken)
	case !fresh && !t.mayStillLink():
		return refuse(ReferralLate)
	}
	if err := t.scope.want([]string{who}); err != nil {
		return err
	}
	if rec := t.draft.Record(who); rec.Docs[docMember] == nil || rec.Closed() != nil {
		return refuse(ReferralUnknown)
	}
	if !fresh { // nobody can have been invited by who was no member yet
		if looped, err := t.looped(who); err != nil {
			return err
		} else if looped {
			return refuse(ReferralLoop)
		}
	}
	s.referral.Inviter = who
	return nil
}

// looped tells whether the member is among those who brought another, as far up as
// MaxReferralChain. It writes to every record it passes, so that two who name each other at once
// meet.
func (t *turn) looped(who string) (bool, error) {
	for range MaxReferralChain {
		if who == t.state.member {
			return true, nil
		}
		if err := t.scope.want([]string{who}); err != nil {
			return false, err
		}
		rec := t.draft.Record(who)
		t.draft.SetDoc(who, docReferral, rec.Docs[docReferral])
		var r referral
		if err := read(rec, docReferral, &r); err != nil {
			return false, err
		}
		if who = r.Inviter; who == "" {
			return false, nil
		}
	}
	return false, nil
}

// mayStillLink tells whether a member of before may say who invited them.
func (t *turn) mayStillLink() bool {
	f, days := &t.state.facts, t.def.Referral.LinkDays
	return days > 0 && f.Orders == 0 && !f.Joined.AddDays(days).Before(t.day())
}

// day is the civil day on which the event happened.
func (t *turn) day() calendar.Date { return calendar.DateOf(t.at, t.zone) }
