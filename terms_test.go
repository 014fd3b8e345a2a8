package loyalty_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
)

// delivered is the shop's referral where points wait for the goods, or 30 days.
func delivered() loyalty.Definition {
	def := friends(loyalty.Referral{})
	for i := range def.Rules.Rules {
		switch r := &def.Rules.Rules[i]; r.ID {
		case "base", "brought":
			r.Pending = rules.Pending{Days: 30, Await: "delivered/{order}"}
		case "big":
			r.Expiry = rules.Expiry{Days: 7}
		case "guest":
			r.Expiry = rules.Expiry{Never: true}
		}
	}
	return def
}

// TestTermsOfARule: points become active with what they await or on their day, for the inviter
// too, and expire as their rule says or else as the programme does. To approve a referral only once the
// order has been shipped, or can no longer be returned, is asked of others (docs.talkable.com/api_v2/referrals).
func TestTermsOfARule(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, delivered())
	w.join("ann", "")
	w.join("ben", "ann")
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: "ben", Order: oneLine("o", "60", 2)}
	r := w.process(e)
	w.equal("ben's", []int64{500 + 25 + 100, 60}, []int64{w.balance("ben").Available, w.balance("ben").Pending})
	w.equal("ann's", []int64{500 + 6, 300}, []int64{w.balance("ann").Available, w.balance("ann").Pending})
	w.equal("replay", r, w.process(e), cmpopts.IgnoreFields(loyalty.Result{}, "Replayed"))
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := func(y int, m time.Month, d int) time.Time {
		return calendar.Date{Year: y, Month: m, Day: d}.Start(berlin)
	}
	var ends []time.Time
	for _, p := range w.history("ben")[1].Postings {
		if p.Unit == "points" {
			ends = append(ends, expiryOf(t, p.To.Lot))
		}
	}
	slices.SortFunc(ends, time.Time.Compare)
	w.equal("expiries", []time.Time{{}, day(2026, 1, 9), day(2027, 2, 1)}, ends)

	w.giveBack("ben", "o", "1")
	w.now = newYear.AddDate(0, 0, 10) // the bonus has expired
	w.process(loyalty.Event{ID: "here", Type: "delivered", Member: "ben", Activates: "delivered/o"})
	w.equal("ben's, active", []int64{500 + 50 + 30 - 0, 0}, []int64{w.balance("ben").Available, w.balance("ben").Pending})
	w.equal("ann's, active", []int64{500 + 3 + 150, 0}, []int64{w.balance("ann").Available, w.balance("ann").Pending})
	w.giveBack("ben", "o", "")
	w.equal("ann's", int64(500), w.balance("ann").Total())

	w.buy("ben", "p", "60")
	w.now = newYear.AddDate(0, 0, 41)
	w.equal("by time", int64(0), w.balance("ben").Pending)
	if _, err := w.program.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	w.provesItself("ann")
	w.provesItself("ben")
}

// TestTermsThatCannotBe: a programme under which points would expire before they are active is
// refused, whatever day of whatever year it takes.
func TestTermsThatCannotBe(t *testing.T) {
	def := rate(1, "")
	def.Validity = calendar.Validity{Months: 1}
	def.Rules.Rules[0].Pending = rules.Pending{Days: 29} // from 31 January to 1 March
	_, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: def})
	if !errors.Is(err, loyalty.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	contains(t, err.Error(), "rules.rules[0].pending", "before they are active")
	def.Rules.Rules[0].Pending.Days = 28
	if _, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: def}); err != nil {
		t.Fatal(err)
	}
}

// TestProfileRulesAskFor: what a profile said counts for later events; what it says now must be as
// the rules declare it; what it once said, before they did, is as if it had not.
func TestProfileRulesAskFor(t *testing.T) {
	ctx := context.Background()
	def := rate(1, "")
	def.Rules.Attributes = map[string]rules.FieldType{"stars": rules.TypeInteger, "member.country": rules.TypeText}
	def.Rules.Rules = append(def.Rules.Rules, rules.Rule{
		ID: "review", Trigger: "review", Audience: rules.Audience{Stages: []string{"new"}, Interests: []string{"tea"}},
		When: rules.Condition{All: []rules.Condition{
			{Field: "stars", Gte: rules.Integer(4)}, {Field: "member.country", Eq: rules.Text("DE")},
		}},
		Effect: rules.Effect{Kind: rules.Fixed, Points: 10},
	})
	w := newWorld(t, def)
	profile := &loyalty.Profile{Stage: "new", Interests: []string{"tea"}, Attributes: rules.Attributes{"country": rules.Text("DE"), "size": rules.Text("M")}}
	w.process(loyalty.Event{ID: "1", Type: loyalty.TypeSignUp, Member: someone, Profile: profile})
	for i, c := range []struct{ stars, want int64 }{{4, 10}, {3, 0}} {
		e := loyalty.Event{ID: string(rune('a' + i)), Type: "review", Member: someone, Attributes: rules.Attributes{"stars": rules.Integer(c.stars)}}
		r := w.process(e)
		w.equal("earned", c.want, r.Earned("points"))
		e.Attributes = rules.Attributes{"stars": rules.Integer(5)}
		if _, err := w.program.Process(ctx, e); err == nil {
			t.Fatal("another event under the same id was taken for the first")
		}
	}
	m := w.member(someone)
	w.equal("profile", profile, &loyalty.Profile{Stage: m.Stage, Interests: m.Interests, Attributes: m.Attributes})

	bad := &loyalty.Profile{Attributes: rules.Attributes{"country": rules.Integer(49)}}
	for _, e := range []loyalty.Event{
		{ID: "x", Type: "moved", Member: someone, Profile: bad},
		{ID: "x", Type: loyalty.TypeRefund, Member: someone, Profile: bad, Refund: &loyalty.Refund{Order: "o"}},
	} {
		_, err := w.program.Process(ctx, e)
		got, ok := errors.AsType[*loyalty.InvalidError](err)
		if !ok || got.Field != "profile.attributes.country" {
			t.Fatalf("%s: got %v", e.Type, err)
		}
	}
	def.Rules.Attributes["member.country"], def.Rules.Rules = rules.TypeInteger, def.Rules.Rules[:2]
	w.program, _ = loyalty.New(loyalty.Config{Store: w.store, Program: def, Now: func() time.Time { return w.now }})
	r := w.buy(someone, "o", "7")
	w.equal("earned", int64(7), r.Earned("points"))
}

func expiryOf(t *testing.T, lot string) time.Time {
	t.Helper()
	terms, err := ledger.ParseLotID(lot)
	if err != nil {
		t.Fatal(err)
	}
	return terms.Expires
}
