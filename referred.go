package loyalty

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
)

// Referred is what an order, or its refund, came to for whoever invited the member.
type Referred struct {
	Inviter string
	Missed  string           // why the inviter got nothing, one of the Missed constants; "" when nothing stood in the way
	Awards  []rules.Award    // what the inviter got, on which line of the order
	Taken   []rules.Award    // what a refund took back of it; points are positive
	Reviews []Review         // what Config.Review changed of the awards
	Cuts    []rules.AwardCut // what limits, caps and budgets took off the awards
	Tier    *tier.Change     // nil when the inviter stays where they are
	Trace   []rules.Trace    // of the rules for TypeInviter; only from Quote
}

// Reasons in Referred.Missed.
const (
	MissedClosed = "closed" // the inviter's books have ended
	MissedMerged = "merged" // the inviter and the invited are one member by now
)

func (r *Referred) explain(b *strings.Builder) {
	switch r.Missed {
	case MissedClosed:
		fmt.Fprintf(b, "%s, who invited the member, is a member no more.\n", r.Inviter)
	case MissedMerged:
		fmt.Fprintf(b, "%s, who invited the member, has become one with them.\n", r.Inviter)
	}
	if len(r.Awards)+len(r.Cuts) > 0 {
		fmt.Fprintf(b, "To %s, who invited the member:\n%s", r.Inviter, rules.Result{Awards: r.Awards, Cuts: r.Cuts}.Explain())
	}
	for _, review := range r.Reviews {
		fmt.Fprintln(b, review)
	}
	for i := range r.Taken {
		explainTaken(b, &r.Taken[i], " of "+r.Inviter+", who invited the member")
	}
}

// referred is what an order's details remember of it.
type referred struct {
	Inviter string           `json:"inviter"`
	Missed  string           `json:"missed,omitempty"`
	Awards  []award          `json:"awards,omitempty"`
	Taken   []award          `json:"taken,omitempty"`
	Reviews []Review         `json:"reviews,omitempty"`
	Cuts    []rules.AwardCut `json:"cuts,omitempty"`
	Tier    *tier.Change     `json:"tier,omitempty"`
}

func (p *programme) unfoldReferred(r *referred, lines []string) *Referred {
	if r == nil {
		return nil
	}
	return &Referred{
		Inviter: r.Inviter, Missed: r.Missed, Awards: p.unfold(r.Awards, lines), Taken: p.unfold(r.Taken, lines), Reviews: r.Reviews, Cuts: r.Cuts, Tier: r.Tier,
	}
}

// cause is what the details of a transaction in another's books say of the event behind it.
type cause struct {
	Type   string     `json:"type"`
	Of     ledger.Key `json:"of"`
	Awards []award    `json:"awards,omitempty"` // without their lines, which are another's
	Taken  []award    `json:"taken,omitempty"`
}

func (p *programme) summary(awards []rules.Award) []award {
	list := slices.Clone(awards)
	for i := range list {
		list[i].Lines = nil
	}
	return p.fold(list, nil)
}

// ownID is the id of a transaction that the programme makes of itself, in the books of
// another, because of something with a name of several parts.
func ownID(kind string, parts ...string) string {
	d := ledger.NewDigest(256)
	for _, p := range parts {
		d.Text(p)
	}
	sum := d.Sum()
	return ownIDs + kind + "/" + hex.EncodeToString(sum[:16])
}

// ownIDs begins the ids of transactions that no host may ask for.
const ownIDs = "loyalty/"

// refer rewards both sides of a referral when the order counts.
func (t *turn) refer() error {
	s, ref := t.state, t.def.Referral
	if ref == nil || t.event.Order == nil || s.referral.Inviter == "" ||
		!ref.counts(t.event.Order, s.referral.Counted, s.facts.Joined, t.day()) {
		return nil
	}
	first := s.referral.Counted == 0
	s.referral.Counted++
	if err := t.gain(&t.side, TypeInvited); err != nil {
		return err
	}
	r, err := t.reach(s.referral.Inviter, func(o *side, _ bool) error {
		if first {
			o.state.referral.Brought++
		}
		return t.gain(o, TypeInviter)
	})
	t.result.Referral = r
	return err
}

// reach decides something for the inviter, in a transaction of their own that is committed with
// the member's. Of an inviter who has been merged away, it is those they went on as who are
// meant; moved is then true.
func (t *turn) reach(inviter string, do func(o *side, moved bool) error) (*Referred, error) {
	const chain = 10 // merges of merged ones
	r := &Referred{Inviter: inviter, Missed: MissedClosed}
	who := inviter
	for range chain {
		if who == t.state.member {
			r.Missed = MissedMerged
			return r, nil
		}
		if err := t.scope.want([]string{who}); err != nil {
			return nil, err
		}
		rec := t.draft.Record(who)
		closed, ok := errors.AsType[*ledger.ClosedError](rec.Closed())
		switch {
		case !ok:
			return r, t.reached(r, rec, do)
		case closed.Into == "":
			return r, nil
		}
		who = closed.Into
	}
	return r, nil
}

// reached is reach of the inviter as they are now.
func (t *turn) reached(r *Referred, rec ledger.Record, do func(o *side, moved bool) error) error {
	s, err := t.load(rec)
	if err != nil {
		return err
	}
	o := &side{state: s}
	t.settleTier(s, t.now, &o.tier)
	if err := do(o, rec.Owner != r.Inviter); err != nil {
		return err
	}
	t.settleTier(s, t.now, &o.tier)
	r.Missed, r.Awards, r.Taken, r.Reviews, r.Cuts, r.Tier, r.Trace = "", o.awards, o.taken, o.reviews, o.cuts, o.tier, o.traces
	return t.postSide(o)
}

// postSide makes the transaction in another's books, if there is anything to post, and puts their
// documents beside it.
func (t *turn) postSide(o *side) error {
	if len(o.ops)+len(o.awards)+len(o.taken) > 0 {
		details, err := json.Marshal(cause{
			Type: t.event.Type, Of: ledger.Key{Owner: t.event.Member, ID: t.event.ID}, Awards: t.summary(o.awards), Taken: t.summary(o.taken),
		})
		if err != nil {
			return err
		}
		req := ledger.Request{
			Owner: o.state.member, ID: referralID(t.event.Member, t.event.ID), At: t.now, Time: t.at,
			Kind: TypeInviter, Reason: "referral", Details: details,
		}
		if _, err := t.draft.Post(req, o.ops...); err != nil {
			return err
		}
	}
	if o.state.known { // not of one who was forgotten
		t.save(t.draft, o.state, t.now)
	}
	return nil
}

// referralID is the transaction in the inviter's books for an event of the invited member's.
func referralID(member, event string) string { return ownID("referral", member, event) }

// unrefer takes back what the returned part of an order gave the inviter. An order that comes back
// as a whole counts no more: the member's next one may count in its place.
func (t *turn) unrefer(tx *ledger.Transaction, order *outcome, back *comeback) error {
	ref := order.Referral
	if ref == nil {
		return nil
	}
	s, last := t.state, false
	if back.whole && s.referral.Counted > 0 {
		s.referral.Counted--
		last = s.referral.Counted == 0
	}
	if ref.Missed != "" || len(ref.Awards) == 0 && !last {
		return nil
	}
	key := ledger.Key{Owner: ref.Inviter, ID: referralID(tx.Key.Owner, tx.Key.ID)}
	if err := t.scope.want([]string{ref.Inviter}, key); err != nil {
		return err
	}
	r, err := t.reach(ref.Inviter, func(o *side, moved bool) error {
		given, _ := t.draft.Find(key.Owner, key.ID) // none: nothing but the count
		if !moved && last && o.state.referral.Brought > 0 {
			o.state.referral.Brought--
		}
		return t.takeBack(o, &given, tx.Time, ref.Awards, back, moved)
	})
	t.result.Referral = r
	return err
}

// policy is what happens when an inviter has spent what a refund takes back. Nobody's refund is
// refused for what another has spent.
func (t *turn) policy(o *side) ledger.Policy {
	if o != &t.side && t.def.Clawback == ledger.Reject {
		return ledger.Debt
	}
	return t.def.Clawback
}
