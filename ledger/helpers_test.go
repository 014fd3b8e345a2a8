package ledger_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

const points, stars = "points", "stars"

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func day(n int) time.Time { return epoch.AddDate(0, 0, n) }

// tb is what a testing.T and a rapid.T have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

func equal[T any](t tb, what string, want, got T, opts ...cmp.Option) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return // most of the time, and a great deal sooner
	}
	if diff := cmp.Diff(want, got, append(opts, cmpopts.EquateEmpty())...); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// books is a ledger on a store of its own, with helpers that fail the test.
type books struct {
	*ledger.Ledger
	tb
	store *memory.Store
}

// open gives a test its books, and audits them when the test ends.
func open(t *testing.T) *books {
	t.Helper()
	b := newBooks(t)
	t.Cleanup(b.audit)
	return b
}

func newBooks(t tb) *books {
	t.Helper()
	b := &books{tb: t, store: memory.New()}
	var err error
	if b.Ledger, err = ledger.New(ledger.Config{Store: b.store, Units: []string{points, stars}}); err != nil {
		t.Fatalf("New: %v", err)
	}
	return b
}

func (b *books) post(req ledger.Request, ops ...ledger.Op) ledger.Receipt {
	b.Helper()
	r, err := b.Post(context.Background(), req, ops...)
	if err != nil {
		b.Fatalf("Post %s: %v", req.ID, err)
	}
	return r
}

// refuse posts a request that must fail, write nothing and leave its key free.
func (b *books) refuse(want error, req ledger.Request, ops ...ledger.Op) error {
	b.Helper()
	before := b.records()
	_, err := b.Post(context.Background(), req, ops...)
	if !errors.Is(err, want) {
		b.Fatalf("Post %s: got error %v, want %v", req.ID, err, want)
	}
	equal(b, "records after a refusal", before, b.records())
	return err
}

// records are those of every owner.
func (b *books) records() map[string]ledger.Record {
	b.Helper()
	all := map[string]ledger.Record{}
	for _, owner := range b.store.Owners() {
		all[owner] = b.record(owner)
	}
	return all
}

func (b *books) load(owner string, ids ...string) ledger.Snapshot {
	b.Helper()
	keys := make([]ledger.Key, len(ids))
	for i, id := range ids {
		keys[i] = ledger.Key{Owner: owner, ID: id}
	}
	snap, err := b.store.Load(context.Background(), []string{owner}, keys)
	if err != nil {
		b.Fatalf("Load: %v", err)
	}
	return snap
}

func (b *books) record(owner string) ledger.Record {
	b.Helper()
	return b.load(owner).Record(owner)
}

func (b *books) account(owner string) ledger.Account {
	b.Helper()
	rec := b.record(owner)
	return rec.Account(points)
}

// lots are those of an account as a list.
func lots(a ledger.Account) []ledger.Lot { return slices.Collect(a.Lots.All()) }

func (b *books) balance(owner string, at time.Time) ledger.Balance {
	b.Helper()
	got, err := b.Balance(context.Background(), owner, points, at)
	if err != nil {
		b.Fatalf("Balance: %v", err)
	}
	return got
}

func (b *books) tick(owner string, at time.Time) {
	b.Helper()
	if err := b.Tick(context.Background(), owner, at); err != nil {
		b.Fatalf("Tick: %v", err)
	}
}

func (b *books) history(owner string) []ledger.Transaction {
	b.Helper()
	var all []ledger.Transaction
	q := ledger.Query{Owner: owner, Oldest: true}
	for {
		page, err := b.store.History(context.Background(), q)
		if err != nil {
			b.Fatalf("History: %v", err)
		}
		all = append(all, page.Transactions...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all
		}
	}
}

// audit holds every owner to the books, whatever the test was about, and the books to this: what
// the owners have is what came from the flows less what went there.
func (b *books) audit() {
	b.Helper()
	have, came := map[string]int64{}, map[string]int64{}
	for _, owner := range b.store.Owners() {
		history := b.history(owner)
		for _, tx := range history {
			if tx.Key.Owner == owner { // and not again in another's history
				cameFromFlows(came, tx)
			}
		}
		if err := ledger.Verify(owner, history); err != nil {
			b.Fatalf("Verify: %v", err)
		}
		rec := b.record(owner)
		equal(b, "accounts of "+owner+" against their replayed postings", replay(b, owner, history), timeless(rec.Accounts))
		soundAccounts(b, rec)
		for _, a := range rec.Accounts {
			have[a.Unit] += a.Balance(time.Time{}).Total()
		}
	}
	for unit, n := range came {
		equal(b, "all "+unit+" there are", n, have[unit])
	}
}

func cameFromFlows(sums map[string]int64, tx ledger.Transaction) {
	for _, p := range tx.Postings {
		if p.From.Owner == "" {
			sums[p.Unit] += p.Points
		}
		if p.To.Owner == "" {
			sums[p.Unit] -= p.Points
		}
	}
}

func replay(t tb, owner string, history []ledger.Transaction) []ledger.Account {
	t.Helper()
	accounts, err := ledger.Replay(owner, history)
	if err != nil {
		t.Fatalf("Replay: %v", err)
	}
	return accounts
}

// timeless is accounts without the times of holds, which no posting tells.
func timeless(accounts []ledger.Account) []ledger.Account {
	out := make([]ledger.Account, len(accounts))
	for i, a := range accounts {
		a.Holds = append([]ledger.Hold(nil), a.Holds...)
		for j := range a.Holds {
			a.Holds[j].Made, a.Holds[j].Until = time.Time{}, time.Time{}
		}
		out[i] = a
	}
	return out
}

// soundAccounts checks what the types promise of every stored account.
func soundAccounts(t tb, rec ledger.Record) {
	t.Helper()
	for _, a := range rec.Accounts {
		if a.Debt < 0 || a.Spent < 0 && rec.Docs["~merged"] == nil {
			t.Fatalf("%s: debt %d, spent %d: below zero", rec.Owner, a.Debt, a.Spent)
		}
		soundLots(t, rec.Owner, lots(a))
		for _, h := range a.Holds {
			if h.Points() <= 0 {
				t.Fatalf("%s: hold %s of %d points", rec.Owner, h.ID, h.Points())
			}
			soundLots(t, rec.Owner, h.Parts)
		}
	}
}

func soundLots(t tb, owner string, lots []ledger.Lot) {
	t.Helper()
	seen := map[string]bool{}
	for _, l := range lots {
		if l.Points <= 0 || seen[l.ID] || l.ID != l.Terms.ID() {
			t.Fatalf("%s: lot %s of %d points among %v", owner, l.ID, l.Points, lots)
		}
		seen[l.ID] = true
	}
}

// of is a balance of points whose next to expire, if any, are n at a time.
func of(b ledger.Balance, n int64, expires time.Time) ledger.Balance {
	b.Unit, b.NextExpiry, b.NextExpiring = points, expires, n
	return b
}

// by is a request of anyone's, with a reason and an actor.
func by(owner, id string, at time.Time) ledger.Request {
	return ledger.Request{Owner: owner, ID: id, At: at, Reason: "why", Actor: "who"}
}

// earn is the request most tests begin with.
func (b *books) earn(owner, id string, n int64, at, expires time.Time) ledger.Receipt {
	b.Helper()
	return b.post(ledger.Request{Owner: owner, ID: id, At: at}, ledger.Earn{Unit: points, Points: n, Expires: expires})
}
