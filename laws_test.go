package loyalty_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// Points are neither made nor lost: over all places, flows included, the postings of a
// unit sum to zero, and what came from the flows is what members have.
func TestLaw_Conservation(t *testing.T) {
	law(t, func(t *rapid.T, l *life) {
		l.live(12)
		sums := map[string]int64{}    // by unit: what all places gained, which must be nothing
		members := map[string]int64{} // by unit: what members' places gained
		for _, tx := range l.history(someone) {
			for _, p := range tx.Postings {
				gain := map[ledger.Place]int64{}
				gain[p.To] += p.Points
				gain[p.From] -= p.Points
				for place, n := range gain {
					sums[p.Unit] += n
					if place.Owner != "" {
						members[p.Unit] += n
					}
				}
			}
		}
		rec := l.record(someone)
		for unit, n := range sums {
			if n != 0 {
				t.Fatalf("postings of %s sum to %d", unit, n)
			}
			a := rec.Account(unit)
			// At the year 1 nothing that is still in the books has expired.
			if got := a.Balance(time.Time{}).Total(); got != members[unit] {
				t.Fatalf("%s: members gained %d, hold %d", unit, members[unit], got)
			}
		}
	})
}

// A balance is nothing but its lots, holds and debt, and those nothing but the
// postings of the history.
func TestLaw_BalanceIsSumOfLots(t *testing.T) {
	law(t, func(t *rapid.T, l *life) {
		l.live(12)
		l.provesItself(someone)
		rec := l.record(someone)
		for _, a := range rec.Accounts {
			var free, held int64
			for lot := range a.Lots.All() {
				if lot.Expires.IsZero() || lot.Expires.After(l.now) {
					free += lot.Points
				}
			}
			b := a.Balance(l.now)
			for _, h := range a.Holds {
				if h.Until.After(l.now) {
					held += h.Points()
				} else {
					free += h.Points()
				}
			}
			if b.Available+b.Pending != free || b.Held != held || b.Total() != free+held-a.Debt {
				t.Fatalf("balance %+v, but lots %d, holds %d, debt %d", b, free, held, a.Debt)
			}
		}
	})
}

// Any event sent again, any time later, gives the first result and changes nothing.
func TestLaw_ReplayIsIdempotent(t *testing.T) {
	law(t, func(t *rapid.T, l *life) {
		l.live(12)
		l.now = l.now.AddDate(1, 0, 0)
		before := l.record(someone)
		for i, e := range l.events {
			r := l.process(e)
			if !r.Replayed {
				t.Fatalf("%s was processed anew", e.ID)
			}
			l.equal("result of "+e.ID, l.results[i], r, cmpopts.IgnoreFields(loyalty.Result{}, "Balances", "Replayed"))
		}
		l.equal("record", before, l.record(someone))
	})
}

// The same rules listed in another order give the same results.
func TestLaw_RuleOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := shop()
		one := newWorld(t, def)
		def.Rules.Rules = rapid.Permutation(def.Rules.Rules).Draw(t, "rules")
		def.Tiers.Tiers = rapid.Permutation(def.Tiers.Tiers).Draw(t, "tiers")
		other := newWorld(t, def)
		other.now = one.now
		for _, w := range []*world{one, other} {
			w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: "m-2"})
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "orders") {
			id := string(rune('a' + i))
			e := loyalty.Event{ID: id, Type: loyalty.TypeOrder, Member: "m-2", Order: drawOrder(t, id)}
			one.equal("result", one.process(e), other.process(e))
			one.now = one.now.Add(7 * time.Hour)
			other.now = one.now
		}
		one.equal("record", one.record("m-2"), other.record("m-2"))
	})
}

// Returning an order in any number of parts comes to the same as returning them at once.
func TestLaw_SplittingAReturnChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, whole := newWorld(t, shop()), newWorld(t, shop())
		order := drawOrder(t, "o")
		e := loyalty.Event{ID: "order", Type: loyalty.TypeOrder, Member: someone, Order: order}
		if rapid.Bool().Draw(t, "spends") {
			e.Spend = &loyalty.Spend{Points: rapid.Int64Range(1, 500).Draw(t, "points")}
		}
		for _, w := range []*world{parts, whole} {
			w.process(loyalty.Event{ID: "sign up", Type: loyalty.TypeSignUp, Member: someone})
			w.process(e)
		}
		left := quantities(order)
		total := map[string]loyalty.ReturnLine{}
		for i := range rapid.IntRange(1, 4).Draw(t, "parts") {
			r := drawReturn(t, "o", left)
			if len(r.Lines) == 0 {
				continue
			}
			parts.process(loyalty.Event{ID: "part " + string(rune('a'+i)), Type: loyalty.TypeRefund, Member: someone, Refund: r})
			for _, l := range r.Lines {
				all := total[l.Line]
				all.Line, all.Quantity = l.Line, all.Quantity.Add(l.Quantity)
				total[l.Line] = all
			}
		}
		if len(total) == 0 {
			return
		}
		once := &loyalty.Refund{Order: "o"}
		for _, l := range order.Lines {
			if r, ok := total[l.ID]; ok {
				once.Lines = append(once.Lines, r)
			}
		}
		whole.process(loyalty.Event{ID: "all", Type: loyalty.TypeRefund, Member: someone, Refund: once})
		a, b := parts.record(someone), whole.record(someone)
		parts.equal("accounts", b.Accounts, a.Accounts)
		parts.equal("documents", documents(b), documents(a))
	})
}

// A member who returns everything ends where they began: lots, tier, limits,
// carried remainders, number of orders.
func TestLaw_FullRefundRestores(t *testing.T) {
	law(t, func(t *rapid.T, l *life) {
		l.live(6)
		if _, err := l.program.Sweep(context.Background()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		l.process(loyalty.Event{ID: "here", Type: "look", Member: someone}) // settles all that is due
		before := l.record(someone)
		o := l.order()
		left := l.left[o.ID]
		for range rapid.IntRange(0, 2).Draw(t, "parts") {
			if r := drawReturn(t, o.ID, left); len(r.Lines) > 0 {
				l.do(loyalty.Event{Type: loyalty.TypeRefund, Refund: r})
			}
		}
		for _, q := range left {
			if q.Sign() > 0 {
				l.do(loyalty.Event{Type: loyalty.TypeRefund, Refund: &loyalty.Refund{Order: o.ID}})
				break
			}
		}
		after := l.record(someone)
		want, got := documents(before), documents(after)
		delete(want, "returns")
		delete(got, "returns") // remembers the order, so that it is not returned again
		for _, docs := range []map[string]any{want, got} {
			delete(docs["tier"].(map[string]any), "since") // who rose and fell back is there since the fall
		}
		l.equal("documents", want, got)
		l.equal("accounts", before.Accounts, after.Accounts)
	})
}

// What a quote promises is what processing gives.
func TestLaw_QuoteEqualsProcess(t *testing.T) {
	law(t, func(t *rapid.T, l *life) {
		l.live(8)
		e := loyalty.Event{ID: "next", Type: loyalty.TypeOrder, Member: someone, Time: l.now, Order: drawOrder(t, "next")}
		before := l.record(someone)
		quote, err := l.program.Quote(context.Background(), e)
		if err != nil {
			t.Fatalf("Quote: %v", err)
		}
		l.equal("record after a quote", before, l.record(someone))
		l.equal("result", quote, l.process(e), cmpopts.IgnoreFields(loyalty.Result{}, "Trace", "PassedOver"))
	})
}

// No balance is below zero, no lot empty or negative; while there is debt nothing is available.
func TestLaw_NeverBelowZero(t *testing.T) {
	law(t, func(t *rapid.T, l *life) {
		for range rapid.IntRange(0, 15).Draw(t, "steps") {
			l.step()
			rec := l.record(someone)
			for _, a := range rec.Accounts {
				b := a.Balance(l.now)
				if b.Available < 0 || b.Pending < 0 || b.Held < 0 || b.Debt < 0 {
					t.Fatalf("balance %+v", b)
				}
				if b.Debt > 0 && b.Available > 0 {
					t.Fatalf("owes %d with %d available", b.Debt, b.Available)
				}
				for lot := range a.Lots.All() {
					if lot.Points <= 0 {
						t.Fatalf("lot %+v", lot)
					}
				}
			}
		}
	})
}

// provesItself holds a member's record to its history.
func (w *world) provesItself(member string) {
	w.Helper()
	history := w.history(member)
	if err := ledger.Verify(member, history); err != nil {
		w.Fatalf("Verify: %v", err)
	}
	accounts, err := ledger.Replay(member, history)
	if err != nil {
		w.Fatalf("Replay: %v", err)
	}
	w.equal("accounts against their replayed postings", accounts, w.record(member).Accounts, cmpopts.IgnoreFields(ledger.Hold{}, "Made", "Until"))
}

func documents(r ledger.Record) map[string]any {
	docs := map[string]any{}
	for name, raw := range r.Docs {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			panic(err)
		}
		docs[name] = v
	}
	return docs
}
