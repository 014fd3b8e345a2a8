package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"pgregory.net/rapid"
)

func (w *world) backfill(c loyalty.Campaign) *loyalty.Backfill {
	w.Helper()
	b, err := w.program.Backfill(c)
	if err != nil {
		w.Fatalf("Backfill: %v", err)
	}
	return b
}

func (w *world) apply(b *loyalty.Backfill, member string, events ...loyalty.Event) loyalty.Backfilled {
	w.Helper()
	preview, err := b.Preview(context.Background(), member, events)
	if err != nil {
		w.Fatalf("Preview: %v", err)
	}
	got, err := b.Apply(context.Background(), member, events)
	if err != nil {
		w.Fatalf("Apply: %v", err)
	}
	w.equal("what was previewed", preview, got)
	return got
}

// doubled is a definition's rules with one more.
func doubled(def loyalty.Definition, id, factor string) rules.Definition {
	d := def.Rules
	d.Rules = append(append([]rules.Rule{}, d.Rules...), rules.Rule{ID: id, Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Multiplier, Factor: dec(factor)}})
	return d
}

// shopping is some orders of a member of a shop of a rate alone, with their events.
func shopping(t fataler, amounts ...string) (*world, loyalty.Definition, []loyalty.Event) {
	def := rate(1, "")
	w := newWorld(t, def)
	var events []loyalty.Event
	for i, amount := range amounts {
		e := loyalty.Event{ID: fmt.Sprint("e", i), Type: loyalty.TypeOrder, Member: someone, Time: w.now, Order: oneLine(fmt.Sprint("o", i), amount, 2)}
		w.process(e)
		events = append(events, e)
		w.now = w.now.AddDate(0, 0, 1)
	}
	return w, def, events
}

// TestBackfillPaysTheDifference: once, however often and in however many pieces it is run; what an
// earlier campaign paid counts as given; what is less is left alone.
func TestBackfillPaysTheDifference(t *testing.T) {
	w, def, events := shopping(t, "10", "20", "30")
	double := w.backfill(loyalty.Campaign{ID: "double", Rules: doubled(def, "x", "2")})
	got := w.apply(double, someone, events[1])
	w.equal("payments", []loyalty.BackPayment{{Event: "e1", Unit: "points", Points: 20}}, got.Payments)
	got = w.apply(double, someone, events[2], events[1], events[0])
	w.equal("payments", []loyalty.BackPayment{{Event: "e0", Unit: "points", Points: 10}, {Event: "e2", Unit: "points", Points: 30}}, got.Payments)
	w.equal("counts", []int{3, 2, 1}, []int{got.Events, got.Paid, got.Before})

	triple := w.backfill(loyalty.Campaign{ID: "triple", Rules: doubled(def, "x", "3")})
	got = w.apply(triple, someone, events...)
	w.equal("what the other campaign left", map[string]int64{"points": 60}, got.Points)

	less := w.backfill(loyalty.Campaign{ID: "less", Rules: doubled(def, "x", "1.5")})
	got = w.apply(less, someone, events...)
	w.equal("counts", []int{3, 0, 3}, []int{got.Events, got.Paid, got.Less})

	unknown := loyalty.Event{ID: "never", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("never", "5", 1)}
	got = w.apply(triple, someone, unknown)
	w.equal("counts", []int{1, 0, 1}, []int{got.Events, got.Paid, got.Unknown})
	w.equal("balance", int64(180), w.balance(someone).Total())
	w.provesItself(someone)

	var total loyalty.Backfilled
	for range 2 {
		total.Add(loyalty.Backfilled{Points: map[string]int64{"points": 2}, Events: 5, Paid: 1, Before: 2, Unknown: 1, Less: 1})
	}
	w.equal("total", loyalty.Backfilled{Points: map[string]int64{"points": 4}, Events: 10, Paid: 2, Before: 4, Unknown: 2, Less: 2}, total)
}

// TestBackfillIsBounded: by the campaign's time and by what one member may get.
func TestBackfillIsBounded(t *testing.T) {
	w, def, events := shopping(t, "10", "20", "30", "40")
	b := w.backfill(loyalty.Campaign{ID: "c", Rules: doubled(def, "x", "2"), From: newYear.AddDate(0, 0, 1), Until: newYear.AddDate(0, 0, 3), PerMember: 35})
	for range 2 {
		w.apply(b, someone, events...)
	}
	w.equal("balance", int64(100+20+15), w.balance(someone).Total())
}

// TestBackfillHeedsRefunds: it pays for what the member kept, and what comes back later takes back
// what was paid for it, to the last point.
func TestBackfillHeedsRefunds(t *testing.T) {
	w, def, events := shopping(t, "15", "15")
	w.giveBack(someone, "o0", "1")
	b := w.backfill(loyalty.Campaign{ID: "c", Rules: doubled(def, "x", "2")})
	got := w.apply(b, someone, events...)
	w.equal("payments", []loyalty.BackPayment{{Event: "e0", Unit: "points", Points: 8}, {Event: "e1", Unit: "points", Points: 15}}, got.Payments)
	r := w.giveBack(someone, "o0", "")
	w.equal("taken", map[string]int64{"base": 8, "campaign/c": 8}, points(r.Taken))
	r = w.giveBack(someone, "o1", "1")
	w.equal("taken", map[string]int64{"base": 7, "campaign/c": 7}, points(r.Taken))
	w.giveBack(someone, "o1", "")
	w.equal("balance", int64(0), w.balance(someone).Total())
	w.provesItself(someone)
	w.equal("nothing is left to pay for", 0, len(w.apply(w.backfill(loyalty.Campaign{ID: "d", Rules: doubled(def, "x", "3")}), someone, events...).Payments))
}

// TestBackfillCountsTowardsTheTier: when the event happened, what qualifies alone.
func TestBackfillCountsTowardsTheTier(t *testing.T) {
	def := shop()
	def.Rules.Caps = nil
	w := newWorld(t, def)
	w.join(someone, "")
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Time: w.now, Order: oneLine("o", "150", 1)}
	w.process(e)
	w.equal("tier", "bronze", w.member(someone).Tier.Tier.ID)
	w.now = w.now.AddDate(1, 0, 0)
	w.apply(w.backfill(loyalty.Campaign{ID: "c", Rules: doubled(def, "x", "2")}), someone, e)
	m := w.member(someone)
	w.equal("tier by last year's points", "silver", m.Tier.Tier.ID)
	w.equal("this year's points", int64(0), m.Tier.Points)
}

// TestBackfillIsReviewed: a veto of before stands, and the host has the last word again.
func TestBackfillIsReviewed(t *testing.T) {
	def := rate(1, "")
	w := reviewed(t, def, func(p loyalty.Proposal) (list []loyalty.Revision) {
		for i, a := range p.Awards {
			if a.Points > 25 {
				list = append(list, loyalty.Revision{Award: i, Points: 25, Reason: "25 at most"})
			}
		}
		return list
	})
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Time: w.now, Order: oneLine("o", "40", 1)}
	w.process(e)
	w.equal("the same rules owe nothing", 0, len(w.apply(w.backfill(loyalty.Campaign{ID: "same", Rules: def.Rules}), someone, e).Payments))
	got := w.apply(w.backfill(loyalty.Campaign{ID: "c", Rules: doubled(def, "x", "2")}), someone, e)
	w.equal("points", map[string]int64{"points": 25}, got.Points)
	w.equal("reviews", []loyalty.Review{{Rule: "campaign/c", Unit: "points", From: 40, To: 25, Reason: "25 at most"}}, got.Reviews)
}

// TestBadBackfill: each with its place, and nothing written.
func TestBadBackfill(t *testing.T) {
	w, def, events := shopping(t, "10")
	for _, c := range []struct {
		rule string
		c    loyalty.Campaign
		says []string
	}{
		{"it has an id", loyalty.Campaign{}, []string{"id: is empty"}},
		{"of some length", loyalty.Campaign{ID: strings.Repeat("x", 201)}, []string{"id: 201 bytes"}},
		{"its time is some time", loyalty.Campaign{ID: "c", From: newYear, Until: newYear}, []string{"until: "}},
		{"its bound is one", loyalty.Campaign{ID: "c", PerMember: -1}, []string{"per_member: "}},
		{"its rules are rules, of units there are", loyalty.Campaign{PerMember: -1, Rules: rules.Definition{Zone: "Asia/Tokyo"}}, []string{"id: ", "per_member: ", "rules.zone: "}},
		{"of units there are", loyalty.Campaign{ID: "c", Rules: rules.Definition{Unit: "miles", Rules: def.Rules.Rules}}, []string{"miles"}},
	} {
		_, err := w.program.Backfill(c.c)
		if !errors.Is(err, loyalty.ErrInvalid) {
			t.Fatalf("%s: got %v", c.rule, err)
		}
		contains(t, err.Error(), c.says...)
	}
	b := w.backfill(loyalty.Campaign{ID: "c", Rules: doubled(def, "x", "2")})
	other := events[0]
	other.Order = oneLine("o0", "11", 2)
	for _, c := range []struct {
		rule   string
		member string
		events []loyalty.Event
		says   string
		is     error
	}{
		{"events are the member's", "m-2", events, "events[0].member", loyalty.ErrInvalid},
		{"who is one", "budget/1", nil, "member", loyalty.ErrInvalid},
		{"who is known", "stranger", nil, "stranger", loyalty.ErrUnknownMember},
		{"each once", someone, append(events, events...), "events[1].id", loyalty.ErrInvalid},
		{"each an event", someone, []loyalty.Event{{ID: "x", Member: someone, Type: loyalty.TypeOrder}}, "events[0].order", loyalty.ErrInvalid},
		{"as it was processed", someone, []loyalty.Event{other}, "events[0]", ledger.ErrKeyReused},
		{"in pieces of some size", someone, make([]loyalty.Event, 1001), "1001 events", loyalty.ErrInvalid},
	} {
		before := w.record(someone)
		_, err := b.Apply(context.Background(), c.member, c.events)
		if !errors.Is(err, c.is) {
			t.Fatalf("%s: got %v", c.rule, err)
		}
		contains(t, err.Error(), c.says)
		w.equal("record", before, w.record(someone))
	}
}

// The rules that were in force owe nothing; better ones owe what they would have given, once, and
// orders that come back take all that was paid for them with them.
func TestLaw_BackfillPaysOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := shop()
		w := newWorld(t, def)
		l := newLife(t, w)
		l.live(10)
		sent := rapid.Permutation(l.events).Draw(t, "sent")
		for len(sent) > loyalty.MaxBackfill {
			t.Skip("a long life")
		}
		got := w.apply(w.backfill(loyalty.Campaign{ID: "same", Rules: def.Rules}), someone, sent...)
		w.equal("what the same rules owe", loyalty.Backfilled{Events: len(sent)}, got)

		b := w.backfill(loyalty.Campaign{ID: "better", Rules: doubled(def, "x", "2")})
		got = w.apply(b, someone, sent...)
		var paid int64
		for _, p := range got.Payments {
			paid += p.Points
			if p.Points <= 0 {
				t.Fatalf("paid %+v", p)
			}
		}
		if again := w.apply(b, someone, sent...); again.Paid != 0 || again.Before != got.Paid {
			t.Fatalf("paid again: %+v", again)
		}
		w.provesItself(someone)
		for _, o := range l.orders {
			for _, q := range l.left[o.ID] {
				if q.Sign() > 0 {
					r := w.giveBack(someone, o.ID, "")
					paid -= points(r.Taken)["campaign/better"]
					break
				}
			}
		}
		w.equal("paid for what has come back", int64(0), paid)
		w.provesItself(someone)
	})
}

// TestBackfillLeavesOutBudgets: what a budget gave, or had no more to give, is no matter of a campaign's.
func TestBackfillLeavesOutBudgets(t *testing.T) {
	def := rate(1, "")
	def.Rules.Rules = append(def.Rules.Rules, rules.Rule{ID: "launch", Trigger: loyalty.TypeOrder, Phase: rules.PhaseBonus, Effect: rules.Effect{Kind: rules.Fixed, Points: 50}})
	plain := def.Rules
	plain.Rules = plain.Rules[:2]
	def.Rules.Budgets = []rules.Budget{{ID: "launch", Rules: []string{"launch"}, Points: 70}}
	w := newWorld(t, def)
	var events []loyalty.Event
	for i := range 3 {
		e := loyalty.Event{ID: fmt.Sprint("e", i), Type: loyalty.TypeOrder, Member: someone, Time: w.now, Order: oneLine(fmt.Sprint("o", i), "10", 1)}
		w.process(e)
		events = append(events, e)
	}
	w.equal("earned", int64(30+70), w.balance(someone).Total())
	if _, err := w.program.Backfill(loyalty.Campaign{ID: "c", Rules: def.Rules}); !errors.Is(err, loyalty.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	w.equal("owed", loyalty.Backfilled{Events: 3}, w.apply(w.backfill(loyalty.Campaign{ID: "c", Rules: plain}), someone, events...))
	double := doubled(loyalty.Definition{Rules: plain}, "x", "2")
	w.equal("owed", int64(30), w.apply(w.backfill(loyalty.Campaign{ID: "d", Rules: double}), someone, events...).Points["points"])
}

// TestBackfillOfAReferral: what the invited got for being invited is part of what they got; the inviter's
// part stays as it is.
func TestBackfillOfAReferral(t *testing.T) {
	def := friends(loyalty.Referral{})
	def.Rules.Caps = nil
	w := newWorld(t, def)
	w.join("ann", "")
	w.join("ben", "ann")
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: "ben", Time: w.now, Order: oneLine("o", "60", 1)}
	w.process(e)
	ann := w.record("ann")
	w.equal("owed", loyalty.Backfilled{Events: 1}, w.apply(w.backfill(loyalty.Campaign{ID: "same", Rules: def.Rules}), "ben", e))
	better := doubled(def, "x", "2")
	for i := range better.Rules {
		if r := &better.Rules[i]; r.ID == "guest" {
			r.Effect.Points = 150
		}
	}
	got := w.apply(w.backfill(loyalty.Campaign{ID: "c", Rules: better}), "ben", e)
	w.equal("owed", map[string]int64{"points": 60 + 50}, got.Points)
	w.equal("ann", ann, w.record("ann"))
}

// TestBackfillMeetsLimits: they are reckoned over the events given, as far as these look back.
func TestBackfillMeetsLimits(t *testing.T) {
	w, def, events := shopping(t, "10", "20", "30")
	once := def.Rules
	once.Rules = append(append([]rules.Rule{}, once.Rules...), rules.Rule{
		ID: "once", Trigger: loyalty.TypeOrder, Phase: rules.PhaseBonus, Effect: rules.Effect{Kind: rules.Fixed, Points: 5},
		Limits: []rules.Limit{{Uses: 2, Per: rules.Per(calendar.Ever)}},
	})
	got := w.apply(w.backfill(loyalty.Campaign{ID: "c", Rules: once, From: newYear.Add(time.Hour)}), someone, events...)
	w.equal("payments", []loyalty.BackPayment{{Event: "e1", Unit: "points", Points: 5}}, got.Payments)
	if _, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: def}); err != nil {
		t.Fatal(err)
	}
}
