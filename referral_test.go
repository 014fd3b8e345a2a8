package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"pgregory.net/rapid"
)

// friends is the shop with rewards for a referral: a share of the order and a fixed part for
// the inviter, twice a month; a fixed part for the invited.
func friends(r loyalty.Referral) loyalty.Definition {
	def := shop()
	def.Referral = &r
	def.Rules.Rules = append(def.Rules.Rules,
		rules.Rule{ID: "brought", Trigger: loyalty.TypeInviter, Effect: rules.Effect{Kind: rules.Fixed, Points: 300}, Limits: []rules.Limit{{Uses: 2, Per: rules.Per(calendar.Month)}}},
		rules.Rule{ID: "share", Trigger: loyalty.TypeInviter, Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: dec("10")}, NonQualifying: true},
		rules.Rule{ID: "guest", Trigger: loyalty.TypeInvited, Effect: rules.Effect{Kind: rules.Fixed, Points: 100}},
	)
	return def
}

func (w *world) join(member, inviter string) {
	w.Helper()
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: member, Inviter: inviter})
}

func (w *world) buy(member, order, amount string) loyalty.Result {
	w.Helper()
	return w.process(loyalty.Event{ID: "buy " + order, Type: loyalty.TypeOrder, Member: member, Order: oneLine(order, amount, 2)})
}

func (w *world) giveBack(member, order, quantity string) loyalty.Result {
	w.Helper()
	r := &loyalty.Refund{Order: order}
	if quantity != "" {
		r.Lines = []loyalty.ReturnLine{{Line: "1", Quantity: dec(quantity)}}
	}
	return w.process(loyalty.Event{ID: "back " + order + quantity, Type: loyalty.TypeRefund, Member: member, Refund: r})
}

func points(awards []rules.Award) map[string]int64 {
	m := map[string]int64{}
	for _, a := range awards {
		m[a.Rule] += a.Points
	}
	return m
}

func (w *world) member(id string) loyalty.Member {
	w.Helper()
	m, err := w.program.Member(context.Background(), id)
	if err != nil {
		w.Fatalf("Member: %v", err)
	}
	return m
}

// TestWhichOrdersCount: in the sequence in which they come, by what the definition asks of them.
func TestWhichOrdersCount(t *testing.T) {
	type order struct {
		days   int // after joining
		amount string
		counts bool
	}
	for _, c := range []struct {
		rule     string
		referral loyalty.Referral
		orders   []order
	}{
		{"the first order", loyalty.Referral{}, []order{{0, "5", true}, {1, "50", false}}},
		{"the first two", loyalty.Referral{Orders: 2}, []order{{0, "5", true}, {1, "5", true}, {2, "5", false}}},
		{"every one", loyalty.Referral{EveryOrder: true}, []order{{0, "5", true}, {1, "5", true}, {200, "5", true}}},
		{"the first of some size", loyalty.Referral{MinAmount: dec("20")}, []order{{0, "19.99", false}, {1, "20", true}, {2, "20", false}}},
		{"within some days of joining", loyalty.Referral{EveryOrder: true, WithinDays: 30}, []order{{30, "5", true}, {31, "5", false}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, friends(c.referral))
			w.join("ann", "")
			w.join("ben", "ann")
			for i, o := range c.orders {
				w.now = newYear.AddDate(0, 0, o.days)
				r := w.buy("ben", fmt.Sprint("o", i), o.amount)
				if got := r.Referral != nil; got != o.counts || (points(r.Awards)["guest"] > 0) != o.counts {
					t.Fatalf("order %d counts: %v, want %v; awards %v", i, got, o.counts, points(r.Awards))
				}
			}
		})
	}
}

// TestReferralIsCapped: by the limits of its rules, those of the inviter by the inviter's usage.
func TestReferralIsCapped(t *testing.T) {
	def := friends(loyalty.Referral{})
	def.Rules.Caps = nil
	w := newWorld(t, def)
	w.join("ann", "")
	for i, want := range []map[string]int64{{"brought": 300, "share": 5}, {"brought": 300, "share": 5}, {"share": 5}} {
		friend := fmt.Sprint("friend-", i)
		w.join(friend, "ann")
		r := w.buy(friend, "o", "50")
		w.equal("the inviter's", want, points(r.Referral.Awards))
	}
	m := w.member("ann")
	w.equal("brought", 3, m.Brought)
	w.equal("balance", int64(500+615), m.Balance.Available)
	w.equal("tier by what qualifies", int64(600), m.Tier.Points)
	w.provesItself("ann")
}

// TestReferralGoesBackWithTheOrder: in the proportion in which the order comes back; once all
// of it has, the next order counts in its place. Others void a referral when the friend's purchase is
// returned, too (docs.talkable.com/api_v2/referrals).
func TestReferralGoesBackWithTheOrder(t *testing.T) {
	w := newWorld(t, friends(loyalty.Referral{}))
	w.join("ann", "")
	w.join("ben", "ann")
	before := []ledger.Record{w.record("ann"), w.record("ben")}
	r := w.buy("ben", "a", "50")
	w.equal("inviter's", map[string]int64{"brought": 300, "share": 5}, points(r.Referral.Awards))
	w.equal("tier", "silver", r.Referral.Tier.To)
	r = w.giveBack("ben", "a", "1")
	w.equal("half of the inviter's", map[string]int64{"brought": 150, "share": 2}, points(r.Referral.Taken))
	w.equal("half of the invited's", int64(50), points(r.Taken)["guest"])
	w.equal("no other order counts", true, w.buy("ben", "b", "50").Referral == nil)
	w.giveBack("ben", "b", "")
	r = w.giveBack("ben", "a", "")
	w.equal("the other half", map[string]int64{"brought": 150, "share": 3}, points(r.Referral.Taken))
	for i, member := range []string{"ann", "ben"} {
		w.equal(member+"'s accounts", before[i].Accounts, w.record(member).Accounts)
		want, got := documents(before[i]), documents(w.record(member))
		delete(got, "returns")
		for _, docs := range []map[string]any{want, got} {
			delete(docs["tier"].(map[string]any), "since")
		}
		w.equal(member+"'s documents", want, got)
		w.provesItself(member)
	}
	w.equal("the next one counts", true, w.buy("ben", "c", "50").Referral != nil)
}

// TestReferralIsRefused: with the reason, and nothing written; without the inviter the same event
// goes through.
func TestReferralIsRefused(t *testing.T) {
	for _, c := range []struct {
		rule, member, inviter, reason string
		days                          int
	}{
		{"of oneself", "new", "new", loyalty.ReferralSelf, 0},
		{"of oneself, later", "cas", "cas", loyalty.ReferralSelf, 0},
		{"by who is no member", "new", "nobody", loyalty.ReferralUnknown, 0},
		{"by whom one brought", "ann", "ben", loyalty.ReferralLoop, 0},
		{"by whom those brought", "ann", "cas", loyalty.ReferralLoop, 0},
		{"by another than before", "ben", "dee", loyalty.ReferralTaken, 0},
		{"after the days for it", "dee", "ann", loyalty.ReferralLate, 31},
		{"after an order", "eve", "ann", loyalty.ReferralLate, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, friends(loyalty.Referral{LinkDays: 30}))
			w.join("ann", "")
			w.join("ben", "ann")
			w.join("cas", "ben")
			w.join("dee", "")
			w.join("eve", "")
			w.buy("eve", "o", "5")
			w.now = newYear.AddDate(0, 0, c.days)
			before := w.record(c.member)
			e := loyalty.Event{ID: "e", Type: loyalty.TypeCheckIn, Member: c.member, Inviter: c.inviter}
			if c.member == "new" {
				e.Type = loyalty.TypeSignUp
			}
			_, err := w.program.Process(context.Background(), e)
			got, ok := errors.AsType[*loyalty.ReferralError](err)
			if !ok || !errors.Is(err, loyalty.ErrReferral) {
				t.Fatalf("got %v", err)
			}
			w.equal("error", &loyalty.ReferralError{Member: c.member, Inviter: c.inviter, Reason: c.reason}, got)
			w.equal("record", before, w.record(c.member))
			e.Inviter = ""
			w.process(e)
		})
	}
}

// TestReferralIsLinkedOnce: the same inviter named again changes nothing, and one named in
// time, after joining, counts.
func TestReferralIsLinkedOnce(t *testing.T) {
	w := newWorld(t, friends(loyalty.Referral{LinkDays: 30}))
	for _, member := range []string{"ann", "ben"} {
		w.join(member, "")
	}
	w.now = newYear.AddDate(0, 0, 30)
	for i := range 2 {
		w.process(loyalty.Event{ID: fmt.Sprint("say ", i), Type: loyalty.TypeCheckIn, Member: "ben", Inviter: "ann"})
	}
	w.equal("inviter", "ann", w.member("ben").Inviter)
	r := w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: "ben", Inviter: "ann", Order: oneLine("o", "10", 1)})
	w.equal("inviter", "ann", r.Referral.Inviter)
}

// TestNoLoopByHaste: of members who name each other at the same moment, one comes last.
func TestNoLoopByHaste(t *testing.T) {
	const n = 5
	w := newWorld(t, friends(loyalty.Referral{LinkDays: 30}))
	for i := range n {
		w.join(fmt.Sprint(i), "")
	}
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			_, errs[i] = w.program.Process(context.Background(), loyalty.Event{
				ID: "say", Type: loyalty.TypeCheckIn, Member: fmt.Sprint(i), Inviter: fmt.Sprint((i + 1) % n),
			})
		})
	}
	wg.Wait()
	refused := 0
	for _, err := range errs {
		if got, ok := errors.AsType[*loyalty.ReferralError](err); ok && got.Reason == loyalty.ReferralLoop {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	w.equal("refused", 1, refused)
}

// TestInviterIsGone: the order is none the worse for it, and what is said of them is true.
func TestInviterIsGone(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		what   string
		req    ledger.Request
		op     ledger.Op
		missed string
		holder string // who has the inviter's reward in the end
	}{
		{"closed", ledger.Request{Owner: "ann", ID: "close"}, ledger.Close{}, loyalty.MissedClosed, ""},
		{"merged into another", ledger.Request{Owner: "cas", ID: "merge"}, ledger.Merge{From: "ann"}, "", "cas"},
		{"merged into the invited", ledger.Request{Owner: "ben", ID: "merge"}, ledger.Merge{From: "ann"}, loyalty.MissedMerged, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t, friends(loyalty.Referral{EveryOrder: true}))
			w.join("ann", "")
			w.join("ben", "ann")
			w.join("cas", "")
			w.buy("ben", "before", "50")
			c.req.At = w.now
			if _, err := w.program.Ledger().Post(ctx, c.req, c.op); err != nil {
				t.Fatal(err)
			}
			had := map[string]int64{}
			for _, m := range []string{"ben", "cas"} {
				had[m] = w.balance(m).Total()
			}
			r := w.buy("ben", "after", "50")
			w.equal("inviter", "ann", r.Referral.Inviter)
			w.equal("missed", c.missed, r.Referral.Missed)
			if c.holder != "" {
				w.equal("rewarded", had[c.holder]+305, w.balance(c.holder).Total())
			}
			again := w.buy("ben", "after", "50")
			w.equal("replay", r, again, cmpopts.IgnoreFields(loyalty.Result{}, "Replayed"))
			w.giveBack("ben", "after", "")
			r = w.giveBack("ben", "before", "")
			w.equal("missed", c.missed, r.Referral.Missed)
			if c.holder != "" {
				w.equal("taken back of the other books", had[c.holder]-305, w.balance(c.holder).Total())
			}
			for _, m := range []string{"ann", "ben", "cas"} {
				w.provesItself(m)
			}
		})
	}
}

// TestRejectIsNotTheInviters: where spent points stop a refund, those the inviter has spent do not.
func TestRejectIsNotTheInviters(t *testing.T) {
	def := friends(loyalty.Referral{})
	def.Clawback = ledger.Reject
	w := newWorld(t, def)
	w.join("ann", "")
	w.join("ben", "ann")
	w.buy("ben", "o", "50")
	if _, err := w.program.Redeem(context.Background(), loyalty.Redemption{ID: "r", Member: "ann", Points: 800}); err != nil {
		t.Fatal(err)
	}
	w.giveBack("ben", "o", "")
	w.equal("owed", int64(300), w.balance("ann").Debt)
}

// A referral pays both sides once, whatever is sent again, and an order returned in any number of
// parts takes all of it back.
func TestLaw_ReferralsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, friends(loyalty.Referral{Orders: rapid.IntRange(0, 3).Draw(t, "orders")}))
		w.join("ann", "")
		w.join("ben", "ann")
		clean := w.record("ann")
		var sent []loyalty.Event
		left := map[string]map[string]int{}
		for i := range rapid.IntRange(1, 5).Draw(t, "orders made") {
			o := drawOrder(t, fmt.Sprint("o", i))
			e := loyalty.Event{ID: o.ID, Type: loyalty.TypeOrder, Member: "ben", Time: w.now, Order: o}
			sent = append(sent, e)
			w.process(e)
			left[o.ID] = nil
			if rest := quantities(o); rapid.Bool().Draw(t, "part") {
				if r := drawReturn(t, o.ID, rest); len(r.Lines) > 0 {
					e := loyalty.Event{ID: o.ID + " part", Type: loyalty.TypeRefund, Member: "ben", Time: w.now, Refund: r}
					sent = append(sent, e)
					w.process(e)
				}
				whole := true
				for _, q := range rest {
					whole = whole && q.Sign() == 0
				}
				if whole {
					delete(left, o.ID)
				}
			}
			w.now = w.now.AddDate(0, 0, rapid.IntRange(0, 5).Draw(t, "days"))
		}
		before := []ledger.Record{w.record("ann"), w.record("ben")}
		for _, e := range sent {
			if !w.process(e).Replayed {
				t.Fatalf("%s was processed anew", e.ID)
			}
		}
		for i, m := range []string{"ann", "ben"} {
			w.equal("record of "+m, before[i], w.record(m))
		}
		for o := range left {
			w.process(loyalty.Event{ID: o + " rest", Type: loyalty.TypeRefund, Member: "ben", Refund: &loyalty.Refund{Order: o}})
		}
		after := w.record("ann")
		w.equal("the inviter's accounts", clean.Accounts, after.Accounts)
		w.equal("the inviter's usage", documents(clean)["usage"], documents(after)["usage"])
		w.equal("brought", 0, w.member("ann").Brought)
		w.provesItself("ann")
		w.provesItself("ben")
	})
}

// TestQuoteOfAReferral: a quote tells the inviter's part and why, and writes nothing.
func TestQuoteOfAReferral(t *testing.T) {
	w := newWorld(t, friends(loyalty.Referral{}))
	w.join("ann", "")
	w.join("ben", "ann")
	before := w.record("ann")
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: "ben", Time: w.now, Order: oneLine("o", "50", 1)}
	q, err := w.program.Quote(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	w.equal("record", before, w.record("ann"))
	w.equal("traces", 2, len(q.Referral.Trace))
	w.equal("result", q, w.process(e), cmpopts.IgnoreFields(loyalty.Result{}, "Trace", "PassedOver"), cmpopts.IgnoreFields(loyalty.Referred{}, "Trace"))
}
