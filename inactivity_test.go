package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"pgregory.net/rapid"
)

// idle is the shop where points last as long as members do something, but those for books 200 days, and stars for ever.
func idle(days int) loyalty.Definition {
	def := shop()
	def.Validity = calendar.Validity{}
	def.Inactivity = &loyalty.Inactivity{After: calendar.Validity{Days: days}}
	for i := range def.Rules.Rules {
		switch r := &def.Rules.Rules[i]; r.ID {
		case "book":
			r.Expiry = rules.Expiry{Days: 200}
		case "stars":
			r.Expiry = rules.Expiry{Never: true}
		}
	}
	return def
}

// berlin is the shop's zone.
func berlin() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}

// expiries are the points of a member by the day on which they expire.
func (w *world) expiries(member string) map[string]int64 {
	got := map[string]int64{}
	rec := w.record(member)
	for l := range rec.Account("points").Lots.All() {
		day := "never"
		if !l.Expires.IsZero() {
			day = calendar.DateOf(l.Expires, berlin()).String()
		}
		got[day] += l.Points
	}
	return got
}

func (w *world) day(n int) { w.now = newYear.AddDate(0, 0, n) }

func day(n int) string { return calendar.DateOf(newYear.AddDate(0, 0, n), time.UTC).String() }

// TestInactivity: every activity puts off the expiry of all points, and nothing else does.
func TestInactivity(t *testing.T) {
	ctx := context.Background()
	join := func(t *testing.T, def loyalty.Definition) *world {
		w := newWorld(t, def)
		w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
		w.buy(someone, "o", "40")
		return w
	}
	for _, c := range []struct {
		rule string
		do   func(w *world)
		want map[string]int64
	}{
		{"points expire so many days after the last activity", func(w *world) {}, map[string]int64{day(91): 540}},
		{"any event is one", func(w *world) {
			w.process(loyalty.Event{ID: "look", Type: "look", Member: someone})
		}, map[string]int64{day(101): 540}},
		{"one that earns is no other", func(w *world) {
			w.process(loyalty.Event{ID: "look", Type: loyalty.TypeCheckIn, Member: someone})
		}, map[string]int64{day(101): 541}},
		{"a redemption is one", func(w *world) {
			if _, err := w.program.Redeem(ctx, loyalty.Redemption{ID: "r", Member: someone, Points: 40}); err != nil {
				w.Fatalf("%v", err)
			}
		}, map[string]int64{day(101): 500}},
		{"a refund is none", func(w *world) { w.giveBack(someone, "o", "") }, map[string]int64{day(91): 500}},
		{"nor is a delivery", func(w *world) {
			w.process(loyalty.Event{ID: "d", Type: "delivered", Member: someone, Activates: "delivered/o"})
		}, map[string]int64{day(91): 540}},
		{"nor a quote", func(w *world) {
			if _, err := w.program.Quote(ctx, loyalty.Event{Type: loyalty.TypeCheckIn, Member: someone}); err != nil {
				w.Fatalf("%v", err)
			}
		}, map[string]int64{day(91): 540}},
		{"nor a sweep", func(w *world) {
			if _, err := w.program.Sweep(ctx); err != nil {
				w.Fatalf("%v", err)
			}
		}, map[string]int64{day(91): 540}},
		{"nor what is refused", func(w *world) {
			if _, err := w.program.Redeem(ctx, loyalty.Redemption{ID: "r", Member: someone, Points: 541}); !errors.Is(err, ledger.ErrInsufficientPoints) {
				w.Fatalf("got %v", err)
			}
		}, map[string]int64{day(91): 540}},
		{"a late event puts off the expiry from its own day", func(w *world) {
			w.process(loyalty.Event{ID: "look", Type: "look", Member: someone, Time: newYear.AddDate(0, 0, 4)})
		}, map[string]int64{day(95): 540}},
		{"never back, and what it earns lasts as long as the rest", func(w *world) {
			w.process(loyalty.Event{ID: "look", Type: "look", Member: someone})
			w.process(loyalty.Event{ID: "late", Type: loyalty.TypeCheckIn, Member: someone, Time: newYear.AddDate(0, 0, 4)})
		}, map[string]int64{day(101): 541}},
		{"one sent again does nothing", func(w *world) {
			e := loyalty.Event{ID: "look", Type: "look", Member: someone, Time: newYear.AddDate(0, 0, 4)}
			w.process(e)
			w.day(20)
			w.process(e)
		}, map[string]int64{day(95): 540}},
		{"a rule's own expiry stays, on the same day as the rest too", func(w *world) {
			book := oneLine("b", "10", 2)
			book.Lines[0].Category = "books"
			w.day(12)
			w.process(loyalty.Event{ID: "b", Type: loyalty.TypeOrder, Member: someone, Order: book}) // until day 12 + 200
			w.day(100)
			w.process(loyalty.Event{ID: "1", Type: "look", Member: someone})
			w.day(122)
			w.process(loyalty.Event{ID: "2", Type: "look", Member: someone}) // 122 + 90
			w.equal("on one day", map[string]int64{day(213): 550 + 6}, w.expiries(someone))
			w.day(130)
			w.process(loyalty.Event{ID: "3", Type: "look", Member: someone})
		}, map[string]int64{day(213): 6, day(221): 550}},
		{"a refund takes from what it gives back before it touches other points", func(w *world) {
			book := oneLine("b", "10", 2)
			book.Lines[0].Category = "books"
			w.day(12)
			w.process(loyalty.Event{ID: "b", Type: loyalty.TypeOrder, Member: someone, Order: book}) // 6 until day 12 + 200
			w.process(loyalty.Event{ID: "p", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("p", "40", 1), Spend: &loyalty.Spend{Points: 100}})
			if _, err := w.program.Redeem(ctx, loyalty.Redemption{ID: "r", Member: someone, Points: 490}); err != nil {
				w.Fatalf("%v", err)
			}
			w.equal("what is left", map[string]int64{day(213): 6}, w.expiries(someone))
			for _, n := range []int{90, 150} {
				w.day(n)
				w.process(loyalty.Event{ID: fmt.Sprint("look ", n), Type: "look", Member: someone})
			}
			w.giveBack(someone, "p", "")
		}, map[string]int64{day(213): 6, day(241): 60}},
		{"placing a hold is one, and the points in it last too", func(w *world) {
			if _, err := w.program.Hold(ctx, loyalty.Redemption{ID: "h", Member: someone, Points: 100}, time.Time{}); err != nil {
				w.Fatalf("%v", err)
			}
			w.day(95) // the points were good to day 91 before
			if _, err := w.program.Capture(ctx, "h", loyalty.Redemption{ID: "c", Member: someone, Points: 60}); err != nil {
				w.Fatalf("%v", err)
			}
		}, map[string]int64{day(186): 480}},
		{"what a hold gives back is level with the rest", func(w *world) {
			if _, err := w.program.Hold(ctx, loyalty.Redemption{ID: "h", Member: someone, Points: 100}, time.Time{}); err != nil {
				w.Fatalf("%v", err)
			}
			w.day(20)
			w.process(loyalty.Event{ID: "look", Type: "look", Member: someone})
			w.day(30)
			if _, err := w.program.Release(ctx, "h", loyalty.Redemption{ID: "c", Member: someone}); err != nil {
				w.Fatalf("%v", err)
			}
		}, map[string]int64{day(111): 540}},
		{"also what an order does not use of it", func(w *world) {
			if _, err := w.program.Hold(ctx, loyalty.Redemption{ID: "h", Member: someone, Points: 100}, time.Time{}); err != nil {
				w.Fatalf("%v", err)
			}
			w.day(20)
			w.process(loyalty.Event{ID: "p", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("p", "7", 1), Spend: &loyalty.Spend{Hold: "h", Points: 10}})
		}, map[string]int64{day(111): 537}},
		{"once expired, points stay so", func(w *world) {
			w.day(91)
			w.process(loyalty.Event{ID: "look", Type: loyalty.TypeCheckIn, Member: someone, Time: newYear.AddDate(0, 0, 80)})
		}, map[string]int64{day(171): 1}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := join(t, idle(90))
			w.day(10)
			c.do(w)
			w.equal("points by expiry", c.want, w.expiries(someone))
			w.provesItself(someone)
		})
	}
	t.Run("only the types that are named", func(t *testing.T) {
		def := idle(90)
		def.Inactivity.Types = []string{loyalty.TypeOrder}
		w := join(t, def)
		w.day(10)
		w.process(loyalty.Event{ID: "in", Type: loyalty.TypeCheckIn, Member: someone})
		w.equal("what does not count lasts from its day", map[string]int64{day(91): 540, day(101): 1}, w.expiries(someone))
		w.equal("active", calendar.Date{Year: 2026, Month: 1, Day: 1}, w.member(someone).Active)
		w.day(20)
		w.buy(someone, "p", "10")
		w.equal("what counts takes all along", map[string]int64{day(111): 551}, w.expiries(someone))
		w.equal("active", calendar.Date{Year: 2026, Month: 1, Day: 21}, w.member(someone).Active)
	})
	t.Run("the end of a month moves once a month", func(t *testing.T) {
		def := idle(0)
		def.Inactivity.After = calendar.Validity{Months: 3, EndOf: calendar.Month}
		w := join(t, def)
		for n := range 31 {
			w.day(n)
			w.process(loyalty.Event{ID: fmt.Sprint("look ", n), Type: "look", Member: someone})
		}
		for _, tx := range w.history(someone)[2:] {
			w.equal("postings", 0, len(tx.Postings))
		}
		w.equal("points by expiry", map[string]int64{"2026-05-01": 540}, w.expiries(someone))
	})
}

// TestInactivityOfTwo: the invited member's order is no activity of the inviter's, whose reward lasts from that day; a campaign's
// payment lasts from the day on which it is made. A refund finds both, also after they have moved on.
func TestInactivityOfTwo(t *testing.T) {
	ctx := context.Background()
	def := friends(loyalty.Referral{})
	def.Validity, def.Inactivity = calendar.Validity{}, &loyalty.Inactivity{After: calendar.Validity{Days: 90}}
	w := newWorld(t, def)
	w.join("ann", "")
	w.join("ben", "ann")
	w.day(12)
	order := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: "ben", Order: oneLine("o", "40", 1)}
	w.process(order)
	rewarded := w.balance("ann").Available - 500
	w.equal("ann's", map[string]int64{day(91): 500, day(103): rewarded}, w.expiries("ann"))
	w.equal("active", calendar.Date{Year: 2026, Month: 1, Day: 1}, w.member("ann").Active)

	had := w.balance("ben").Available
	better := rules.Definition{Rules: append([]rules.Rule{}, def.Rules.Rules...)}
	better.Rules[0].Effect.Points = 2
	w.day(20)
	b, err := w.program.Backfill(loyalty.Campaign{ID: "double", Rules: better})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(ctx, "ben", []loyalty.Event{order}); err != nil {
		t.Fatal(err)
	}
	w.equal("ben's", map[string]int64{day(103): had, day(111): 40}, w.expiries("ben"))

	w.day(30)
	for _, m := range []string{"ann", "ben"} {
		w.process(loyalty.Event{ID: "look", Type: "look", Member: m})
	}
	w.giveBack("ben", "o", "")
	w.equal("ann's", map[string]int64{day(121): 500}, w.expiries("ann"))
	w.equal("ben's", map[string]int64{day(121): 500}, w.expiries("ben"))
}

// TestInactivityOnStatement: the statement shows what moved, with nothing won or lost.
func TestInactivityOnStatement(t *testing.T) {
	w := newWorld(t, idle(90))
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	w.day(10)
	w.process(loyalty.Event{ID: "in", Type: loyalty.TypeCheckIn, Member: someone})
	w.day(20)
	if _, err := w.program.Redeem(context.Background(), loyalty.Redemption{ID: "r", Member: someone, Points: 5}); err != nil {
		t.Fatal(err)
	}
	w.day(200)
	if _, err := w.program.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	s, err := w.program.Statement(context.Background(), ledger.StatementQuery{Owner: someone, Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range s.Entries {
		var moved int64
		for _, p := range e.Transaction.Postings {
			if p.Reason == "activity" {
				moved += p.Points
			}
		}
		got = append(got, fmt.Sprintf("%s %s %+d = %d, moves %d", e.Transaction.Time.Format("2 Jan"), e.Transaction.Kind, e.Points, e.Balance, moved))
	}
	w.equal("statement", []string{
		"1 Jan sign_up +500 = 500, moves 0", "11 Jan check_in +1 = 501, moves 500", "21 Jan extend +0 = 501, moves 501",
		"21 Jan redeem -5 = 496, moves 0", "21 Apr expire -496 = 0, moves 0",
	}, got)
}

// TestBadInactivity: what cannot be is refused, with its place.
func TestBadInactivity(t *testing.T) {
	year := calendar.Validity{Months: 12}
	for _, c := range []struct {
		rule, field string
		def         loyalty.Definition
	}{
		{"a time is needed", "inactivity.after", loyalty.Definition{Inactivity: &loyalty.Inactivity{}}},
		{"that can be", "inactivity.after", loyalty.Definition{Inactivity: &loyalty.Inactivity{After: calendar.Validity{Days: -1}}}},
		{"a point has one expiry", "inactivity", loyalty.Definition{Validity: year, Inactivity: &loyalty.Inactivity{After: year}}},
		{"a refund is no activity", "inactivity.types", loyalty.Definition{Inactivity: &loyalty.Inactivity{After: year, Types: []string{loyalty.TypeRefund}}}},
		{"nor what another does", "inactivity.types", loyalty.Definition{Inactivity: &loyalty.Inactivity{After: year, Types: []string{loyalty.TypeInviter}}}},
		{"a type has a name", "inactivity.types", loyalty.Definition{Inactivity: &loyalty.Inactivity{After: year, Types: []string{""}}}},
		{"of some length", "inactivity.types", loyalty.Definition{Inactivity: &loyalty.Inactivity{After: year, Types: []string{strings.Repeat("x", 201)}}}},
		{"among not too many", "inactivity.types", loyalty.Definition{Inactivity: &loyalty.Inactivity{After: year, Types: strings.Split(strings.Repeat("x,", 100)+"x", ",")}}},
		{"points are active before they expire", "rules.rules[0].pending", loyalty.Definition{
			Inactivity: &loyalty.Inactivity{After: calendar.Validity{Days: 10}},
			Rules: rules.Definition{Rules: []rules.Rule{{
				ID: "base", Trigger: loyalty.TypeCheckIn, Effect: rules.Effect{Kind: rules.Fixed, Points: 1}, Pending: rules.Pending{Days: 11},
			}}},
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: c.def})
			if got, ok := errors.AsType[*loyalty.InvalidError](err); !ok || got.Field != c.field {
				t.Fatalf("got %v, want %s named", err, c.field)
			}
		})
	}
}

// Whatever happens between an order and its return, and however it was paid: once all of it has come back, the
// member has the very lots they would have had without it.
func TestLaw_InactivityRefundLeavesNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := idle(120)
		def.Rules.Caps = nil // a cap is shared with what happens meanwhile
		with, without := newWorld(t, def), newWorld(t, def)
		both := []*world{with, without}
		n := 0
		at := func(hours int) {
			for _, w := range both {
				w.now = w.now.Add(time.Duration(hours) * time.Hour)
			}
		}
		do := func(w *world, e loyalty.Event) {
			e.Member, e.ID = someone, fmt.Sprint(e.Type, n)
			w.process(e)
		}
		each := func(e loyalty.Event) {
			n++
			for _, w := range both {
				do(w, e)
			}
		}
		each(loyalty.Event{Type: loyalty.TypeSignUp})
		for i := range rapid.IntRange(0, 3).Draw(t, "orders before") {
			at(rapid.IntRange(0, 20*24).Draw(t, "hours"))
			each(loyalty.Event{Type: loyalty.TypeOrder, Order: drawOrder(t, fmt.Sprint("before-", i))})
		}
		at(rapid.IntRange(0, 30*24).Draw(t, "hours"))
		n++
		order := loyalty.Event{Type: loyalty.TypeOrder, Order: drawOrder(t, "o")}
		if rapid.Bool().Draw(t, "spends") {
			order.Spend = &loyalty.Spend{Points: rapid.Int64Range(1, with.balance(someone).Available).Draw(t, "points")}
		}
		do(with, order)
		do(without, loyalty.Event{Type: "look"})
		left := quantities(order.Order)
		back := func() {
			if r := drawReturn(t, "o", left); len(r.Lines) > 0 {
				n++
				do(with, loyalty.Event{Type: loyalty.TypeRefund, Refund: r})
			}
		}
		for range rapid.IntRange(0, 4).Draw(t, "meanwhile") {
			at(rapid.IntRange(0, 25*24).Draw(t, "hours"))
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				each(loyalty.Event{Type: "look"})
			case 1:
				each(loyalty.Event{Type: "late", Time: with.now.AddDate(0, 0, -rapid.IntRange(0, 30).Draw(t, "days"))})
			case 2:
				back()
			}
		}
		for _, q := range left {
			if q.Sign() > 0 {
				n++
				do(with, loyalty.Event{Type: loyalty.TypeRefund, Refund: &loyalty.Refund{Order: "o"}})
				break
			}
		}
		with.equal("accounts", without.record(someone).Accounts, with.record(someone).Accounts)
		with.provesItself(someone)
	})
}

// Points are never lost before the member has been inactive for so long, in whatever order events arrive, as long as none comes so late
// that the points have expired meanwhile; and the order plays no part.
func TestLaw_InactivityIgnoresOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := newWorld(t, idle(90)), newWorld(t, idle(90))
		var events []loyalty.Event
		last := newYear
		for i := range rapid.IntRange(1, 6).Draw(t, "events") {
			e := loyalty.Event{ID: fmt.Sprint(i), Type: "look", Member: someone, Time: newYear.Add(time.Duration(rapid.IntRange(0, 30*24).Draw(t, "hour")) * time.Hour)}
			if rapid.Bool().Draw(t, "earns") {
				e.Type = loyalty.TypeCheckIn
			}
			if e.Time.After(last) {
				last = e.Time
			}
			events = append(events, e)
		}
		for w, list := range map[*world][]loyalty.Event{one: events, other: rapid.Permutation(events).Draw(t, "arrival")} {
			w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
			w.day(30)
			for _, e := range list {
				w.process(e)
			}
		}
		one.equal("accounts", one.record(someone).Accounts, other.record(someone).Accounts)
		one.equal("documents", documents(one.record(someone)), documents(other.record(someone)))
		ends := calendar.Validity{Days: 90}.Until(last, berlin())
		one.now = ends.Add(-time.Second)
		had := one.balance(someone).Available
		one.now = ends
		if had < 500 || one.balance(someone).Available != 0 {
			t.Fatalf("%d points before %s, %d then", had, ends, one.balance(someone).Available)
		}
	})
}

// The laws of every programme hold for one with inactivity.
func TestLaw_InactivityKeepsTheBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t, newWorld(t, idle(rapid.IntRange(1, 200).Draw(t, "days"))))
		l.live(12)
		l.provesItself(someone)
		before := l.record(someone)
		for _, e := range l.events {
			if r := l.process(e); !r.Replayed {
				t.Fatalf("%s was processed anew", e.ID)
			}
		}
		e := loyalty.Event{ID: "next", Type: loyalty.TypeOrder, Member: someone, Time: l.now, Order: drawOrder(t, "next")}
		quote, err := l.program.Quote(context.Background(), e)
		if err != nil {
			t.Fatalf("Quote: %v", err)
		}
		l.equal("record after repeats and a quote", before, l.record(someone))
		l.equal("result", quote, l.process(e), cmpopts.IgnoreFields(loyalty.Result{}, "Trace", "PassedOver"))
		rec := l.record(someone)
		for lot := range rec.Account("points").Lots.All() {
			if lot.Expires.IsZero() || lot.Points <= 0 {
				t.Fatalf("lot %+v", lot)
			}
		}
	})
}

// A redemption sent again on another day is the same redemption, and no activity.
func TestInactivityRepeatedRedemption(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, idle(90))
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	w.day(10)
	r := loyalty.Redemption{ID: "r", Member: someone, Points: 100}
	first, err := w.program.Redeem(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	w.day(20)
	again, err := w.program.Redeem(ctx, r)
	if err != nil || !again.Replayed {
		t.Fatalf("replayed %v, %v", again.Replayed, err)
	}
	w.equal("receipt", first, again, cmpopts.IgnoreFields(ledger.Receipt{}, "Replayed"))
	w.equal("points by expiry", map[string]int64{day(101): 400}, w.expiries(someone))
}

// TestInactivityReversal: an order undone as a whole in the ledger is undone exactly; the later expiry stays.
func TestInactivityReversal(t *testing.T) {
	w := newWorld(t, idle(90))
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	w.day(10)
	w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "40", 1), Spend: &loyalty.Spend{Points: 30}})
	if _, err := w.program.Ledger().Post(context.Background(), ledger.Request{Owner: someone, ID: "undo", At: w.now}, ledger.Reverse{Of: "buy"}); err != nil {
		t.Fatal(err)
	}
	w.equal("points", int64(500), w.balance(someone).Available)
	w.provesItself(someone)
}
