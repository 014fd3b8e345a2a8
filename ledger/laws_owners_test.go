package ledger_test

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// lotsOf is all free and held points of owners, by terms: what no gift or merge may change.
func (m *machine) lotsOf(owners ...string) map[mTerms]int64 {
	sums := map[mTerms]int64{}
	for _, owner := range owners {
		a := m.account(owner)
		for t, p := range lotMap(lots(a)) {
			sums[t] += p
		}
		for _, h := range a.Holds {
			for t, p := range lotMap(h.Parts) {
				sums[t] += p
			}
		}
	}
	return sums
}

// swept ticks all owners, so that what follows has nothing to settle.
func (m *machine) swept() {
	for _, owner := range m.owners() {
		m.tick(owner, at(m.now))
	}
}

// A gift moves points and makes none: the giver has so many less, the recipient so many
// more or owes so many less, and their terms are those they had.
func TestLaw_GiftConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		m.swept()
		ann, bob := m.balance("ann", at(m.now)), m.balance("bob", at(m.now))
		if ann.Available == 0 {
			return
		}
		lots, n := m.lotsOf("ann", "bob"), rapid.Int64Range(1, ann.Available).Draw(t, "points")
		m.post(by("ann", "gift", at(m.now)), ledger.Gift{To: "bob", Unit: points, Points: n})
		after := map[string]ledger.Balance{"ann": m.balance("ann", at(m.now)), "bob": m.balance("bob", at(m.now))}
		equal(m, "totals", [2]int64{ann.Total() - n, bob.Total() + n}, [2]int64{after["ann"].Total(), after["bob"].Total()})
		equal(m, "debts", [2]int64{ann.Debt, max(bob.Debt-n, 0)}, [2]int64{after["ann"].Debt, after["bob"].Debt})
		equal(m, "earned and spent", [4]int64{ann.Earned, ann.Spent, bob.Earned, bob.Spent},
			[4]int64{after["ann"].Earned, after["ann"].Spent, after["bob"].Earned, after["bob"].Spent})
		if bob.Debt == 0 {
			equal(m, "points by terms", lots, m.lotsOf("ann", "bob"), cmp.AllowUnexported(mTerms{}))
		}
		m.audit()
	})
}

// Whichever is merged into the other, all that both had is there afterwards, in its terms,
// less what they owed; and whatever had been granted is recognised.
func TestLaw_MergeConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		m.swept()
		pair := rapid.Permutation(m.owners()).Draw(t, "into and from")
		into, from := pair[0], pair[1]
		a, b := m.balance(into, at(m.now)), m.balance(from, at(m.now))
		lots, paid := m.lotsOf(into, from), min(a.Available+b.Available, a.Debt+b.Debt)
		m.post(by(into, "merge", at(m.now)), ledger.Merge{From: from})

		got := m.balance(into, at(m.now))
		got.NextExpiry, got.NextExpiring = never, 0
		equal(m, "balance", ledger.Balance{
			Unit: points, Available: a.Available + b.Available - paid, Pending: a.Pending + b.Pending, Held: a.Held + b.Held,
			Debt: a.Debt + b.Debt - paid, Earned: a.Earned, Spent: a.Spent,
		}, got)
		equal(m, "left behind", ledger.Balance{Unit: points, Earned: b.Earned, Spent: b.Spent}, m.balance(from, at(m.now)))
		if paid == 0 {
			equal(m, "points by terms", lots, m.lotsOf(into), cmp.AllowUnexported(mTerms{}))
		}
		for _, s := range m.sent {
			if s.err == nil {
				equal(m, "replayed", true, m.post(s.req, s.ops...).Replayed)
			}
		}
		m.audit()
	})
}

// A balance asked for later is what it was then: as recorded always, and as effective too
// when nothing came late. Of this very moment it is the balance.
func TestLaw_PastBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.punctual = rapid.Bool().Draw(t, "punctual")
		said := map[int]map[string]ledger.Balance{}
		m.run(func() {
			said[m.now] = map[string]ledger.Balance{}
			for _, owner := range m.owners() {
				said[m.now][owner] = m.balance(owner, at(m.now))
			}
		})
		ask := func(owner string, minute int, by ledger.AsOf) ledger.Balance {
			b, err := m.BalanceAt(context.Background(), owner, points, at(minute), by)
			if err != nil {
				m.Fatalf("BalanceAt: %v", err)
			}
			return b
		}
		for minute, balances := range said {
			for owner, want := range balances {
				what := fmt.Sprintf("%s at minute %d of %d", owner, minute, m.now)
				equal(m, what+", as recorded", want, ask(owner, minute, ledger.Recorded))
				if m.punctual || minute == m.now {
					equal(m, what+", as effective", want, ask(owner, minute, ledger.Effective))
				}
			}
		}
	})
}

// Requests in batches, cut anywhere, come to the same as one by one: answers, books and chain.
func TestLaw_BatchEqualsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		var want []ledger.Outcome
		single := newBooks(m.t)
		for _, s := range m.sent {
			r, err := single.Post(context.Background(), s.req, s.ops...)
			want = append(want, ledger.Outcome{Receipt: r, Err: err})
		}
		var got []ledger.Outcome
		batched := newBooks(m.t)
		for rest := m.sent; len(rest) > 0; {
			n := m.number("batch of", 1, min(len(rest), 12))
			items := make([]ledger.Item, n)
			for i, s := range rest[:n] {
				items[i] = ledger.Item{Request: s.req, Ops: s.ops}
			}
			outcomes, err := batched.PostBatch(context.Background(), items)
			if err != nil {
				m.Fatalf("PostBatch: %v", err)
			}
			got, rest = append(got, outcomes...), rest[n:]
		}
		for i := range want {
			equal(m, "receipt", want[i].Receipt, got[i].Receipt)
			equal(m, "error", fmt.Sprint(want[i].Err), fmt.Sprint(got[i].Err))
		}
		for _, owner := range m.owners() {
			equal(m, "history of "+owner, single.history(owner), batched.history(owner))
			a, b := single.record(owner), batched.record(owner)
			a.Version = b.Version // fewer commits
			equal(m, "record of "+owner, a, b)
		}
	})
}

// A Ledger that draws up changes in memory it has used before comes to the same as one that does not; and
// what it gave out stays as it was.
func TestLaw_UsedMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		used, fresh := newBooks(m.t), newBooks(m.t)
		var err error
		// A Store alone, even if it is a Copier, is none.
		if fresh.Ledger, err = ledger.New(ledger.Config{Store: struct{ ledger.Store }{fresh.store}, Units: []string{points, stars}}); err != nil {
			m.Fatalf("New: %v", err)
		}
		type given struct {
			receipt ledger.Receipt
			err     string
			records map[string]ledger.Record
		}
		send := func(b *books) (all []given) {
			for _, s := range m.sent {
				r, err := b.Post(context.Background(), s.req, s.ops...)
				all = append(all, given{r, fmt.Sprint(err), b.records()})
			}
			return all
		}
		got, want := send(used), send(fresh)
		for i := range want {
			equal(m, "receipt", want[i].receipt, got[i].receipt)
			equal(m, "error", want[i].err, got[i].err)
			equal(m, "records", want[i].records, got[i].records)
		}
		for _, owner := range m.owners() {
			equal(m, "history of "+owner, fresh.history(owner), used.history(owner))
		}
	})
}

// An erasure leaves accounts, postings and chain as they were, and requests known.
func TestLaw_EraseKeepsTheBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		before := m.records()
		if err := m.Erase(context.Background(), "ann"); err != nil {
			m.Fatalf("Erase: %v", err)
		}
		after := m.records()
		if ann, ok := after["ann"]; ok {
			ann.Version = before["ann"].Version
			after = maps.Clone(after)
			after["ann"] = ann
		}
		equal(m, "records", before, after)
		for _, tx := range m.history("ann") {
			if tx.Key.Owner == "ann" && tx.Actor != "" {
				m.Fatalf("%s still has its actor", tx.Key)
			}
		}
		for _, s := range m.sent {
			if s.err == nil {
				equal(m, "replayed", true, m.post(s.req, s.ops...).Replayed)
			}
		}
		m.audit()
	})
}
