package ledgertest

import (
	"errors"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

// Bound is a store that has joined a transaction of the host's, and the two ways in which
// the host may end it.
type Bound struct {
	Store    ledger.Store
	Commit   func() error
	Rollback func() error
}

// RunBound runs the cases of a store that can join the host's own transaction. Each gets an
// empty store, and begin, which begins such a transaction on it. The cases have one
// transaction open at a time, and use the store itself only while none is.
func RunBound(t *testing.T, open func(t *testing.T) (store ledger.Store, begin func() (Bound, error))) {
	for _, c := range boundCases {
		t.Run(c.name, func(t *testing.T) {
			store, begin := open(t)
			c.check(t, store, begin)
		})
	}
}

type boundCase struct {
	name string
	rule string
	run  func(s *suite, begin func() Bound)
}

func (c boundCase) check(t tb, store ledger.Store, begin func() (Bound, error)) {
	s := &suite{tb: t, store: store, rule: c.rule}
	c.run(s, func() Bound {
		b, err := begin()
		s.ok(err)
		return b
	})
	s.audit()
}

var boundCases = []boundCase{
	{
		name: "Commit",
		rule: "when the host commits, all that was written within its transaction is there",
		run: func(s *suite, begin func() Bound) {
			s.fill("m", 2)
			b := begin()
			s.within(b, func(in *suite) {
				req, op := earn("m", "order", 10, 5)
				in.post(req, op)
				req, gift := gift("m", "gift", "other", 1)
				in.post(req, gift)
			})
			s.ok(b.Commit())
			s.equal("transactions", "1 2 3 4", seqs("m", s.history(ledger.Query{Owner: "m", Oldest: true})))
			s.equal("version", int64(4), s.record("m").Version)
			s.equal("found by key", 2, len(s.load("m", "order", "gift").Transactions))
			s.equal("the other's version", int64(1), s.record("other").Version)
		},
	},
	{
		name: "Rollback",
		rule: "when the host rolls back, nothing that was written within its transaction is there, and its keys are free",
		run: func(s *suite, begin func() Bound) {
			s.fill("m", 2)
			before := s.record("m")
			b := begin()
			s.within(b, func(in *suite) {
				req, op := earn("m", "order", 10, 5)
				in.post(req, op)
				req, gift := gift("m", "gift", "other", 1)
				in.post(req, gift)
				in.doc("m", []byte(`{"n":1}`))
			})
			s.ok(b.Rollback())
			s.equal("record", before, s.record("m"))
			s.equal("the other's record", ledger.Record{Owner: "other"}, s.record("other"))
			s.equal("history", "1 2", seqs("m", s.history(ledger.Query{Owner: "m", Oldest: true})))
			s.equal("found by key", 0, len(s.load("m", "order", "gift", ledger.ReferenceID("ref gift")).Transactions))
			req, op := earn("m", "order", 20, 5)
			s.post(req, op)
		},
	},
	{
		name: "OwnWrites",
		rule: "within the host's transaction what was written in it before is seen",
		run: func(s *suite, begin func() Bound) {
			s.fill("m", 1)
			b := begin()
			s.within(b, func(in *suite) {
				in.fill("n", 3)
				in.equal("version", int64(3), in.record("n").Version)
				in.equal("history", "1 2 3", seqs("n", in.history(ledger.Query{Owner: "n", Oldest: true, Limit: 2})))
				in.equal("found by key", 1, len(in.load("n", "k0").Transactions))
				req, op := earn("n", "passing", 1, 9)
				op.Expires = start.AddDate(0, 0, 1)
				in.post(req, op)
				due, err := in.store.Due(in.ctx(), start.AddDate(0, 0, 2), 5)
				in.ok(err)
				in.equal("due", []string{"n"}, due)
			})
			s.ok(b.Rollback())
		},
	},
	{
		name: "Conflict",
		rule: "a conflict is left to the host: Commit returns ErrConflict, and after a rollback nothing of its transaction is there",
		run: func(s *suite, begin func() Bound) {
			s.fill("m", 1)
			req, op := earn("m", "late", 1, 7)
			stale := s.decide(req, op)
			s.fill("n", 1)
			req, op = earn("m", "meanwhile", 1, 7)
			s.post(req, op)
			b := begin()
			s.within(b, func(in *suite) {
				req, op := earn("n", "first", 10, 5)
				in.post(req, op)
				in.conflict(stale)
			})
			s.ok(b.Rollback())
			s.equal("history of n", "1", seqs("n", s.history(ledger.Query{Owner: "n"})))
			s.equal("history of m", "2 1", seqs("m", s.history(ledger.Query{Owner: "m"})))
		},
	},
	{
		name: "Ledger",
		rule: "a Ledger with one attempt works within the host's transaction, replays and refusals included",
		run: func(s *suite, begin func() Bound) {
			s.know("m")
			for round, end := range []func(Bound) error{Bound.rollback, Bound.commit, Bound.commit} {
				b := begin()
				books, err := ledger.New(ledger.Config{Store: b.Store, Attempts: 1})
				s.ok(err)
				req, op := earn("m", "order", 10, 5)
				first, err := books.Post(s.ctx(), req, op)
				s.ok(err)
				s.equal("replayed in the transaction after the one committed", round == 2, first.Replayed)
				_, err = books.Post(s.ctx(), ledger.Request{Owner: "m", ID: "spend", At: start}, ledger.Redeem{Unit: "points", Points: 11})
				if !errors.Is(err, ledger.ErrInsufficientPoints) {
					s.fail("got %v, want %v", err, ledger.ErrInsufficientPoints)
				}
				again, err := books.Post(s.ctx(), req, op)
				s.ok(err)
				s.equal("replayed in the same transaction", true, again.Replayed)
				s.ok(end(b))
			}
			s.equal("version", int64(1), s.record("m").Version)
		},
	},
}

func (b Bound) commit() error   { return b.Commit() }
func (b Bound) rollback() error { return b.Rollback() }

// within runs a part of a case on the bound store. What it used is audited afterwards, in
// the store itself.
func (s *suite) within(b Bound, part func(in *suite)) {
	s.Helper()
	in := *s
	in.store = b.Store
	part(&in)
	s.owners = in.owners
}
