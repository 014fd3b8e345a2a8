package loyalty

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// TypeCampaign is the kind of a campaign's payments.
const TypeCampaign = "campaign"

// CampaignRule is the id under which a campaign's payments appear among the awards.
func CampaignRule(campaign string) string { return "campaign/" + campaign }

// docCampaigns has what a member was paid by campaigns that have a bound, by campaign and unit.
const docCampaigns = "campaigns"

// backfilling is the decision over one member's events: pure, as every other.
type backfilling struct {
	*Backfill
	turn  *turn // of the event at hand
	usage rules.Usage
	// under is what the campaign's rules give for orders, for when these come back.
	under map[string]*placed
	back  returns
	paid  map[string]map[string]int64 // docCampaigns
	got   Backfilled
}

// placed is an order under the campaign's rules.
type placed struct {
	awards []rules.Award
	comeback
}

// past is an event with what is on record of it.
type past struct {
	*Event
	tx    ledger.Transaction
	known outcome
	paid  []ledger.Transaction // by campaigns so far
}

func (b *Backfill) decide(d *ledger.Draft, loaded *scope, member string, events []Event, now time.Time) (Backfilled, error) {
	rec := d.Record(member)
	s, err := b.rules.load(rec)
	if err != nil {
		return Backfilled{}, err
	}
	if !s.known {
		return Backfilled{}, fmt.Errorf("%w: %s", ErrUnknownMember, member)
	}
	f := &backfilling{Backfill: b, usage: rules.Usage{}, under: map[string]*placed{}, got: Backfilled{Events: len(events), Points: map[string]int64{}}}
	if err := read(rec, docReturns, &f.back); err != nil {
		return Backfilled{}, err
	}
	if err := read(rec, docCampaigns, &f.paid); err != nil {
		return Backfilled{}, err
	}
	f.turn = &turn{programme: b.rules, side: side{state: s}, draft: d, scope: loaded, now: now}
	list, err := f.recall(d, events)
	if err != nil {
		return Backfilled{}, err
	}
	b.rules.settleTier(s, now, &f.turn.tier)
	for i := range list {
		if err := f.settle(&list[i]); err != nil {
			return Backfilled{}, fmt.Errorf("event %s: %w", list[i].ID, err)
		}
	}
	if f.got.Paid == 0 {
		return f.got, nil
	}
	b.rules.settleTier(s, now, &f.turn.tier)
	b.rules.save(d, s, now)
	if b.campaign.PerMember > 0 {
		doc, err := json.Marshal(f.paid)
		if err != nil {
			return Backfilled{}, err
		}
		d.SetDoc(member, docCampaigns, doc)
	}
	return f.got, nil
}

// recall puts events beside what is on record of them, in the order in which they came.
func (f *backfilling) recall(d *ledger.Draft, events []Event) ([]past, error) {
	var list []past
	var more wanting // of all events in one go
	for i := range events {
		e := &events[i]
		tx, ok, err := d.Repeat(ledger.Key{Owner: e.Member, ID: e.ID}, e.fingerprint())
		switch {
		case err != nil:
			return nil, fmt.Errorf("events[%d]: %w", i, err)
		case !ok:
			f.got.Unknown++
			continue
		}
		known, err := recall(&tx)
		if err != nil {
			return nil, err
		}
		if known.Type != e.Type { // its details were erased
			f.got.Unknown++
			continue
		}
		paid, err := f.turn.backPayments(e.Member, e.backOf())
		if w, ok := err.(*wanting); ok {
			more.keys = append(more.keys, w.keys...)
		} else if err != nil {
			return nil, err
		}
		list = append(list, past{e, tx, known, paid})
	}
	if more.keys != nil {
		return nil, &more
	}
	slices.SortFunc(list, func(a, b past) int { return cmp.Compare(a.seq(), b.seq()) })
	return list, nil
}

// seq is the event's place in the member's history.
func (e *past) seq() int64 {
	l, _ := e.tx.Link(e.Member)
	return l.Seq
}

// comeBack gives back the limits that a returned order had used.
func (f *backfilling) comeBack(r *Refund) {
	o := f.under[r.Order]
	if o == nil {
		return // of before the events that are given
	}
	o.goOn(r)
	for i := range o.awards {
		f.usage = f.usage.Return(o.awards[i], o.part(&o.awards[i]), o.whole)
	}
}

// settle works out what an event is still worth, and pays it.
func (f *backfilling) settle(e *past) error {
	if e.Refund != nil {
		f.comeBack(e.Refund)
		return nil
	}
	given, ev, err := f.given(e)
	if err != nil {
		return err
	}
	if at := e.tx.Time; at.Before(f.campaign.From) || !f.campaign.Until.IsZero() && !at.Before(f.campaign.Until) {
		return nil
	}
	had := e.known.Awards
	reviewed := slices.Clone(e.known.Reviews)
	id := ownID("campaign", f.campaign.ID, e.ID)
	for i := range e.paid {
		if e.paid[i].Key.ID == id {
			f.got.Before++
			return nil
		}
		o, err := recall(&e.paid[i])
		if err != nil {
			return err
		}
		had = append(slices.Clone(had), o.Awards...)
		reviewed = append(reviewed, o.Reviews...)
	}
	missing := f.missing(given, f.rules.unfold(had, e.known.Lines), reviewed, e.known.Lines)
	if len(missing) == 0 {
		return nil
	}
	missing, reviews, err := f.turn.review(ev, missing)
	if err != nil {
		return err
	}
	f.got.Reviews = append(f.got.Reviews, reviews...)
	return f.pay(e, id, len(e.paid)+1, missing, reviews)
}

// given is what the campaign's rules give for an event, with the limits that those before it leave, to
// the member as they stood.
func (f *backfilling) given(e *past) ([]rules.Award, *rules.Event, error) {
	t := f.turn
	t.event, t.at = e.Event, e.tx.Time
	member := t.state.seen()
	member.Orders, member.Tier = e.known.Nth, e.known.Stood
	types := []string{e.Type}
	if e.known.Referral != nil { // the order counted as that of one who was invited
		types = append(types, TypeInvited)
	}
	var all []rules.Award
	var ev *rules.Event
	for i, typ := range types {
		one := t.asked(typ, member)
		if i == 0 {
			ev = &one
		}
		got, err := t.evaluate(&one, f.usage, false, rules.Options{})
		if err != nil {
			return nil, nil, err
		}
		f.usage = f.usage.Add(got.Awards)
		all = append(all, got.Awards...)
	}
	if e.Order != nil {
		f.under[e.Order.ID] = &placed{awards: all, comeback: newComeback(e.known.Lines, e.known.Bought)}
	}
	return all, ev, nil
}

// missing is what was given less what was had, by unit: one award of what counts towards a tier
// and one of what does not.
func (f *backfilling) missing(given, had []rules.Award, reviewed []Review, lines []string) []rules.Award {
	type sum struct {
		all, qualifying int64
		lines           map[string]int64
	}
	sums := map[string]*sum{}
	count := func(list []rules.Award, sign int64) {
		for i := range list {
			a := &list[i]
			if len(a.Spends) > 0 || a.Drawn != nil {
				continue // of no rule of the campaign's
			}
			s := sums[a.Unit]
			if s == nil {
				s = &sum{lines: map[string]int64{}}
				sums[a.Unit] = s
			}
			s.all += sign * a.Points
			if a.Qualifying {
				s.qualifying += sign * a.Points
			}
			for _, share := range a.Lines {
				s.lines[share.Line] += sign * share.Points
			}
		}
	}
	count(given, 1)
	count(had, -1)
	for _, r := range reviewed {
		if s := sums[r.Unit]; s != nil {
			s.all -= r.From - r.To
		}
	}
	var out []rules.Award
	less := false
	for _, unit := range slices.Sorted(maps.Keys(sums)) {
		s := sums[unit]
		less = less || s.all < 0
		if s.all <= 0 {
			continue
		}
		q := min(max(s.qualifying, 0), s.all)
		weights := make([]int64, len(lines))
		for i, line := range lines {
			weights[i] = max(s.lines[line], 0)
		}
		for _, part := range [...]struct {
			points     int64
			qualifying bool
		}{{q, true}, {s.all - q, false}} {
			if part.points == 0 {
				continue
			}
			a := rules.Award{Rule: CampaignRule(f.campaign.ID), Unit: unit, Phase: rules.PhaseBonus, Points: part.points, Qualifying: part.qualifying}
			for i, n := range rules.Allocate(part.points, weights) {
				if n > 0 {
					a.Lines = append(a.Lines, rules.Share{Line: lines[i], Points: n})
				}
			}
			out = append(out, a)
		}
	}
	if less {
		f.got.Less++
	}
	return out
}

// pay makes the transaction of what is missing. Its details have the whole of it, of which the part
// of an order that has come back is not paid: so a later refund takes what it does of any award.
func (f *backfilling) pay(e *past, id string, n int, missing []rules.Award, reviews []Review) error {
	t := f.turn
	missing = f.bounded(missing)
	memory := outcome{Type: TypeCampaign, Lines: e.known.Lines, Bought: e.known.Bought, Reviews: reviews}
	memory.Awards = t.fold(missing, memory.Lines)
	gone := f.gone(e)
	var ops []ledger.Op
	for i := range missing {
		a := &missing[i]
		points := a.Points
		for j := range a.Lines {
			share, line := memory.Awards[i].share(j, memory.Lines)
			points -= portion(share.Points, gone[line], memory.Bought[line])
		}
		if points == 0 {
			continue
		}
		ops = append(ops, ledger.Earn{
			Unit: a.Unit, Points: points, Issued: t.month(t.now), Expires: t.lasts(t.state, t.now), Reason: a.Rule,
		})
		if a.Qualifying && a.Unit == t.def.Unit && t.ladder != nil {
			t.state.tier = t.ladder.Add(t.state.tier, points, e.tx.Time)
		}
		f.count(a.Unit, points)
		f.got.Payments = append(f.got.Payments, BackPayment{Event: e.ID, Unit: a.Unit, Points: points})
	}
	if len(ops) == 0 {
		return nil
	}
	f.got.Paid++
	details, err := memory.encode()
	if err != nil {
		return err
	}
	_, err = t.draft.Post(ledger.Request{
		Owner: e.Member, ID: id, Reference: backReference(e.backOf(), n), At: t.now, Kind: TypeCampaign,
		Reason: "campaign " + f.campaign.ID, Details: details,
	}, ops...)
	return err
}

// gone is how much of each line of an order has come back, in millionths.
func (f *backfilling) gone(e *past) []int64 {
	gone := make([]int64, len(e.known.Lines))
	if e.Order == nil {
		return gone
	}
	lines, returned := f.back[e.Order.ID]
	for i, line := range e.known.Lines {
		if gone[i] = lines[line]; returned && lines == nil {
			gone[i] = e.known.Bought[i]
		}
	}
	return gone
}

// bounded cuts payments to what Campaign.PerMember leaves.
func (f *backfilling) bounded(missing []rules.Award) []rules.Award {
	if f.campaign.PerMember == 0 {
		return missing
	}
	out := missing[:0]
	left := map[string]int64{}
	for _, a := range missing {
		n, ok := left[a.Unit]
		if !ok {
			n = max(0, f.campaign.PerMember-f.paid[f.campaign.ID][a.Unit])
		}
		if a.Points > n {
			a = lowered(a, n)
		}
		left[a.Unit] = n - a.Points
		if a.Points > 0 {
			out = append(out, a)
		}
	}
	return out
}

func (f *backfilling) count(unit string, points int64) {
	f.got.Points[unit] += points
	if f.campaign.PerMember == 0 {
		return
	}
	if f.paid == nil {
		f.paid = map[string]map[string]int64{}
	}
	if f.paid[f.campaign.ID] == nil {
		f.paid[f.campaign.ID] = map[string]int64{}
	}
	f.paid[f.campaign.ID][unit] += points
}
