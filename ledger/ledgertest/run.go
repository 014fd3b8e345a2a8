// Package ledgertest holds the suite that every ledger.Store must pass. A host
// that brings its own store runs it in a test of one line:
//
//	func TestStore(t *testing.T) {
//		ledgertest.Run(t, func(t *testing.T) ledger.Store { return newEmptyStore(t) })
//	}
//
// Each case names the rule of the contract that it holds the store to, and says
// so when the store breaks it. RunBound does the same for a store that can join the host's
// own transaction, and Simulate has a whole programme live on a store: any number of random
// requests, among failures of every kind, against a plain model.
package ledgertest

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/ledger"
)

// Run runs every case as a subtest, each on an empty store of its own that
// newStore makes. What newStore opens it also closes, by t.Cleanup.
func Run(t *testing.T, newStore func(t *testing.T) ledger.Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.check(t, newStore(t))
		})
	}
}

// check runs one case.
func (c testCase) check(t tb, store ledger.Store) {
	s := &suite{tb: t, store: store, rule: c.rule}
	c.run(s)
	s.audit()
}

// tb is what a case needs of a testing.T. The suite's own test gives it another.
type tb interface {
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any) // does not return
}

// suite is one case under way. Its helpers fail the test with the rule broken.
type suite struct {
	tb
	store  ledger.Store
	rule   string
	owners []string // whose books the case has used, for the audit
}

var start = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)

func (s *suite) fail(format string, args ...any) {
	s.Helper()
	s.Fatalf("rule broken: %s\n"+format, append([]any{s.rule}, args...)...)
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.fail("unexpected error: %v", err)
	}
}

func (s *suite) equal(what string, want, got any) {
	s.Helper()
	if reflect.DeepEqual(want, got) {
		return // much faster, where there is a lot to compare
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		s.fail("%s (-want +got):\n%s", what, diff)
	}
}

func (s *suite) ctx() context.Context { return s.Context() }

func (s *suite) load(owner string, ids ...string) ledger.Snapshot {
	s.Helper()
	keys := make([]ledger.Key, len(ids))
	for i, id := range ids {
		keys[i] = ledger.Key{Owner: owner, ID: id}
	}
	snap, err := s.store.Load(s.ctx(), []string{owner}, keys)
	s.ok(err)
	return snap
}

func (s *suite) record(owner string) ledger.Record {
	s.Helper()
	return s.load(owner).Record(owner)
}

// earn is the request most cases use: points under an id, at a number of minutes
// after the start.
func earn(owner, id string, points int64, minutes int) (ledger.Request, ledger.Earn) {
	at := start.Add(time.Duration(minutes) * time.Minute)
	return ledger.Request{Owner: owner, ID: id, At: at, Reason: "because of " + id}, ledger.Earn{Unit: "points", Points: points}
}

// change decides requests over a snapshot of the owner.
func (s *suite) change(snap ledger.Snapshot, decide func(d *ledger.Draft) error) ledger.Change {
	s.Helper()
	d := ledger.NewDraft(snap)
	s.ok(decide(d))
	return d.Change()
}

// decide loads what a request needs and decides it, but commits nothing.
func (s *suite) decide(req ledger.Request, ops ...ledger.Op) ledger.Change {
	s.Helper()
	snap, err := s.store.Load(s.ctx(), ledger.Owners(req, ops...), ledger.Keys(req, ops...))
	s.ok(err)
	return s.change(snap, func(d *ledger.Draft) error {
		_, err := d.Post(req, ops...)
		return err
	})
}

// post loads, decides and commits one request.
func (s *suite) post(req ledger.Request, ops ...ledger.Op) ledger.Transaction {
	s.Helper()
	s.know(ledger.Owners(req, ops...)...)
	c := s.decide(req, ops...)
	s.ok(s.store.Commit(s.ctx(), c))
	tx, _ := find(c.Transactions, req.ID)
	return tx
}

func find(txs []ledger.Transaction, id string) (ledger.Transaction, bool) {
	i := slices.IndexFunc(txs, func(tx ledger.Transaction) bool { return tx.Key.ID == id })
	if i < 0 {
		return ledger.Transaction{}, false
	}
	return txs[i], true
}

func (s *suite) know(owners ...string) { s.owners = append(s.owners, owners...) }

func (s *suite) history(q ledger.Query) []ledger.Transaction {
	s.Helper()
	var all []ledger.Transaction
	for range 1000 { // pages, more than any case has
		page, err := s.store.History(s.ctx(), q)
		s.ok(err)
		all = append(all, page.Transactions...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all
		}
	}
	s.fail("the pages of %+v never end", q)
	return nil
}

// audit holds every owner a case used to the books: an unbroken chain, and accounts
// that come out of their own postings.
func (s *suite) audit() {
	s.Helper()
	for _, owner := range s.owners {
		rec := s.record(owner)
		history := s.history(ledger.Query{Owner: owner, Oldest: true})
		s.ok(ledger.Verify(owner, history))
		if rec.Seq != int64(len(history)) {
			s.fail("%s says it has %d transactions, its history has %d", owner, rec.Seq, len(history))
		}
		accounts, err := ledger.Replay(owner, history)
		s.ok(err)
		for i := range rec.Accounts {
			for j := range rec.Accounts[i].Holds { // a hold's times are not in its postings
				rec.Accounts[i].Holds[j].Made, rec.Accounts[i].Holds[j].Until = time.Time{}, time.Time{}
			}
		}
		s.equal("accounts of "+owner+" against their replayed postings", accounts, rec.Accounts)
	}
}
