package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// TestSimulateFindsBugs plants one bug after another, as it would show in what the ledger
// has committed or the store gives out: a simulation must find each within its usual steps.
// That it finds none where there is none is tested beside package memory.
func TestSimulateFindsBugs(t *testing.T) {
	for _, bug := range bugs {
		t.Run(bug.name, func(t *testing.T) {
			err := Simulate(t.Context(), Simulation{Seed: 1, Store: func() ledger.Store {
				b := &broken{Store: memory.New()}
				bug.plant(b)
				return b
			}})
			if err == nil || !strings.HasPrefix(err.Error(), "ledgertest: simulation with seed ") {
				t.Fatalf("not found in %d steps: %v", DefaultSteps, err)
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			t.Log(first)
		})
	}
}

var bugs = []struct {
	name  string
	plant func(*broken)
}{
	{"a version check is skipped", unchecked},
	{"a hold is forgotten in what is available", eachWrite("", func(before, after *ledger.Account, _ *ledger.Transaction) {
		for _, h := range after.Holds {
			if !slices.ContainsFunc(before.Holds, func(o ledger.Hold) bool { return o.ID == h.ID }) {
				after.Lots = ledger.NewLots(append(slices.Collect(after.Lots.All()), h.Parts...)...)
			}
		}
	})},
	{"the wrong lot expires", eachWrite(ledger.KindExpire, func(before, after *ledger.Account, tx *ledger.Transaction) {
		for _, p := range tx.Postings {
			lot, ok := before.Lots.Find(p.From.Lot)
			if n := after.Lots.Len(); ok && n > 0 && p.Unit == after.Unit {
				after.Lots = ledger.NewLots(append(slices.Collect(after.Lots.All())[:n-1], lot)...)
			}
		}
	})},
	{"a key is applied twice", func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			snap, err := b.Store.Load(ctx, owners, keys)
			if len(owners) > 0 {
				snap.Transactions = nil
			}
			return snap, err
		}
		b.commit = func(ctx context.Context, c ledger.Change) error {
			err := b.Store.Commit(ctx, c)
			if errors.Is(err, ledger.ErrConflict) && strings.Contains(err.Error(), "taken") {
				c.Transactions = slices.Clone(c.Transactions)
				for i := range c.Transactions {
					c.Transactions[i].Key.ID += " again"
					c.Transactions[i].Reference, c.Transactions[i].Aliases = "", nil
				}
				err = b.Store.Commit(ctx, c)
			}
			return err
		}
	}},
	{"the remainder of a partial capture is lost", eachWrite(ledger.KindCapture, func(_, after *ledger.Account, tx *ledger.Transaction) {
		for _, p := range tx.Postings {
			list := slices.Collect(after.Lots.All())
			if i := slices.IndexFunc(list, func(l ledger.Lot) bool { return l.ID == p.To.Lot }); i >= 0 && p.From.Hold != "" {
				list[i].Points -= p.Points
			}
			after.Lots = ledger.NewLots(slices.DeleteFunc(list, func(l ledger.Lot) bool { return l.Points == 0 })...)
		}
	})},
	{"an alias is lost", withoutAliases},
	{"a posting is dropped", eachTransaction(func(tx *ledger.Transaction) {
		if n := len(tx.Postings); n > 2 {
			tx.Postings = tx.Postings[:n-1]
		}
	})},
	{"a debt is forgotten", eachWrite("", func(_, after *ledger.Account, _ *ledger.Transaction) { after.Debt = 0 })},
	{"half of a change is written", piecemeal},
	{"a due moment is not kept", eachChange(func(c *ledger.Change) {
		for i := range c.Writes {
			c.Writes[i].After.Due = c.Writes[i].Before.Due
		}
	})},
	{"a commit is acknowledged before it is made", func(b *broken) {
		n := 0
		b.commit = func(ctx context.Context, c ledger.Change) error {
			if n++; n%50 == 0 {
				return nil
			}
			return b.Store.Commit(ctx, c)
		}
	}},
	{"what was committed is called a conflict", func(b *broken) {
		n := 0
		b.commit = func(ctx context.Context, c ledger.Change) error {
			if err := b.Store.Commit(ctx, c); err != nil {
				return err
			}
			if n++; n%50 == 0 {
				return ledger.ErrConflict
			}
			return nil
		}
	}},
	{"a transaction is missing in the other owner's history", eachPage(func(q ledger.Query, page *ledger.Page) {
		page.Transactions = slices.DeleteFunc(page.Transactions, func(tx ledger.Transaction) bool { return tx.Key.Owner != q.Owner })
	})},
	{"a hash is computed over other words", eachTransaction(func(tx *ledger.Transaction) { tx.Reason = strings.ToUpper(tx.Reason) })},
	{"the mark of a closed owner is lost", eachRecord(func(r *ledger.Record) {
		if _, ok := r.Docs["~closed"]; ok {
			r.Docs = nil
		}
	})},
	{"erasures are not carried out", eachChange(func(c *ledger.Change) { c.Erasures = nil })},
}

// eachChange alters changes on their way into the store.
func eachChange(alter func(*ledger.Change)) func(*broken) {
	return func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			c.Writes, c.Transactions = slices.Clone(c.Writes), slices.Clone(c.Transactions)
			alter(&c)
			return b.Store.Commit(ctx, c)
		}
	}
}

// eachWrite alters the accounts that a change with a transaction of a kind writes: "" is any.
func eachWrite(kind ledger.Kind, alter func(before, after *ledger.Account, tx *ledger.Transaction)) func(*broken) {
	return eachChange(func(c *ledger.Change) {
		i := slices.IndexFunc(c.Transactions, func(tx ledger.Transaction) bool { return kind == "" || tx.Kind == kind })
		if i < 0 {
			return
		}
		for j := range c.Writes {
			w := &c.Writes[j]
			w.After.Accounts = slices.Clone(w.After.Accounts)
			for k := range w.After.Accounts {
				a := &w.After.Accounts[k]
				a.Holds = slices.Clone(a.Holds)
				before := w.Before.Account(a.Unit)
				alter(&before, a, &c.Transactions[i])
			}
		}
	})
}

// withoutAliases finds transactions by their own ids and references alone.
func withoutAliases(b *broken) { withoutKeys(b, "~close/") }

// TestSimulateRepeats: one seed, one simulation.
func TestSimulateRepeats(t *testing.T) {
	last := func(seed uint64) string {
		store := memory.New()
		if err := Simulate(t.Context(), Simulation{Seed: seed, Steps: 2000, Store: func() ledger.Store { return store }}); err != nil {
			t.Fatal(err)
		}
		snap, err := store.Load(t.Context(), store.Owners(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var heads strings.Builder
		for _, owner := range store.Owners() {
			fmt.Fprintln(&heads, owner, snap.Record(owner).Version, snap.Record(owner).Head)
		}
		return heads.String()
	}
	if first, second := last(3), last(3); first != second {
		t.Errorf("two runs with one seed end differently:\n%s\n%s", first, second)
	}
	if last(3) == last(4) {
		t.Error("runs with two seeds end alike")
	}
}

// TestSimulateTells: a failure says where it was, what came before and how to see it again.
func TestSimulateTells(t *testing.T) {
	forgetful := func() ledger.Store {
		b := &broken{Store: memory.New()}
		eachWrite("", func(_, after *ledger.Account, _ *ledger.Transaction) { after.Debt = 0 })(b)
		return b
	}
	err := Simulate(t.Context(), Simulation{Seed: 77, Store: forgetful})
	if err == nil {
		t.Fatal("no failure")
	}
	for _, want := range []string{"seed 77, step ", "last deliveries:\n", "ledger.Clawback{", "Simulation{Seed: 77, Steps: 10000}"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	if again := Simulate(t.Context(), Simulation{Seed: 77, Steps: 10_000, Store: forgetful}); again == nil || again.Error() != err.Error() {
		t.Errorf("seen again it reads:\n%v\nnot:\n%v", again, err)
	}
}

func TestSimulateStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Simulate(ctx, Simulation{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
