package ledgertest

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

type testCase struct {
	name string
	rule string // what the store must keep to
	run  func(*suite)
}

var cases = []testCase{
	{
		name: "AbsentOwner",
		rule: "Load gives a new owner a record of version 0, and leaves out keys that were never used, without an error",
		run: func(s *suite) {
			snap := s.load("nobody", "nothing")
			s.equal("record", ledger.Record{Owner: "nobody"}, snap.Record("nobody"))
			s.equal("transactions", 0, len(snap.Transactions))
			page, err := s.store.History(s.ctx(), ledger.Query{Owner: "nobody"})
			s.ok(err)
			s.equal("history", ledger.Page{}, page)
		},
	},
	{
		name: "AnyQuestion",
		rule: "Load answers for owners without keys, for keys without owners, for neither, and once for what is asked twice",
		run:  anyQuestion,
	},
	{
		name: "RoundTrip",
		rule: "Load gives back records, documents and transactions exactly as they were committed, details byte for byte",
		run:  roundTrip,
	},
	{
		name: "Microseconds",
		rule: "times keep their microseconds and come back in UTC",
		run: func(s *suite) {
			req, op := earn("m", "k", 1, 0)
			op.Expires = start.AddDate(1, 0, 0).Add(time.Microsecond)
			s.post(req, op)
			rec := s.record("m")
			s.equal("expiry", op.Expires, rec.Accounts[0].Lots.At(0).Expires)
			s.equal("due", op.Expires, rec.Due)
			s.equal("location", "UTC", rec.Due.Location().String())
		},
	},
	{
		name: "Extremes",
		rule: "points up to the largest int64 are kept exactly",
		run: func(s *suite) {
			req, op := earn("m", "k", math.MaxInt64, 0)
			tx := s.post(req, op)
			s.equal("posting", int64(math.MaxInt64), tx.Postings[0].Points)
			s.equal("lot", int64(math.MaxInt64), s.record("m").Accounts[0].Lots.At(0).Points)
		},
	},
	{
		name: "Aliases",
		rule: "Load finds a transaction by its key, its reference and each of its aliases",
		run: func(s *suite) {
			req, op := earn("m", "k", 10, 0)
			req.Reference = "order-1"
			want := s.post(req, op)
			s.post(ledger.Request{Owner: "m", ID: "undo", At: start}, ledger.Reverse{Of: "k"})
			ref := ledger.ReferenceID("order-1")
			snap := s.load("m", "k", ref, "~reverse/k")
			s.equal("by key", want, snap.Transactions[ledger.Key{Owner: "m", ID: "k"}])
			s.equal("by reference", want, snap.Transactions[ledger.Key{Owner: "m", ID: ref}])
			s.equal("by alias", "undo", snap.Transactions[ledger.Key{Owner: "m", ID: "~reverse/k"}].Key.ID)
		},
	},
	{
		name: "StaleVersion",
		rule: "Commit refuses with ErrConflict a record that has moved on since it was loaded, and writes nothing",
		run: func(s *suite) {
			req, op := earn("m", "first", 10, 0)
			s.post(req, op)
			stale := s.load("m")
			req, op = earn("m", "second", 20, 1)
			s.post(req, op)
			before := s.record("m")
			s.conflict(s.change(stale, func(d *ledger.Draft) error {
				req, op := earn("m", "third", 40, 2)
				_, err := d.Post(req, op)
				return err
			}))
			s.equal("record", before, s.record("m"))
			s.equal("transactions under the refused key", 0, len(s.load("m", "third").Transactions))
		},
	},
	{
		name: "AllOrNothing",
		rule: "when one record of a change conflicts, none of the change is written",
		run:  allOrNothing,
	},
	{
		name: "KeyTaken",
		rule: "Commit refuses with ErrConflict an id that a transaction of the owner has taken, as key, reference or alias",
		run:  keyTaken,
	},
	{
		name: "SameKeyOtherOwner",
		rule: "a key is unique within its owner: another owner may use the same id",
		run: func(s *suite) {
			for _, owner := range []string{"a", "b"} {
				req, op := earn(owner, "k", 10, 0)
				s.post(req, op)
			}
			s.equal("b's points", int64(10), s.record("b").Accounts[0].Lots.At(0).Points)
		},
	},
	{
		name: "Batch",
		rule: "one change may carry several records and several transactions of each",
		run: func(s *suite) {
			snap, err := s.store.Load(s.ctx(), []string{"a", "b"}, nil)
			s.ok(err)
			s.know("a")
			s.know("b")
			s.ok(s.store.Commit(s.ctx(), s.change(snap, func(d *ledger.Draft) error {
				for i := range 6 {
					req, op := earn([]string{"a", "b"}[i%2], fmt.Sprint("k", i), int64(i+1), i)
					if _, err := d.Post(req, op); err != nil {
						return err
					}
				}
				return nil
			})))
			s.equal("a", int64(1+3+5), s.record("a").Accounts[0].Lots.At(0).Points)
			s.equal("version of a", int64(1), s.record("a").Version)
			s.equal("transactions of b", 3, len(s.history(ledger.Query{Owner: "b"})))
		},
	},
	{
		name: "ManyOwners",
		rule: "a change may carry as many records and transactions as a batch has items, and Load as many owners and keys",
		run:  manyOwners,
	},
	{
		name: "TwoOwners",
		rule: "a transaction over two owners is in both histories with the same content, and found by its key under its home owner alone",
		run:  twoOwners,
	},
	{
		name: "TwoVersions",
		rule: "a transaction over two owners moves the versions of both, and a stale version of either refuses all of it",
		run:  twoVersions,
	},
	{
		name: "Erasures",
		rule: "an erasure takes the place of the transaction under its key and in every owner's history, and of nothing else",
		run:  erasures,
	},
	{
		name: "Closed",
		rule: "documents of the ledger's own, whose names begin with ~, are kept like any other",
		run:  closed,
	},
	{
		name: "Versions",
		rule: "each commit makes the version of each record it writes one more, also one of documents alone",
		run:  versions,
	},
	{
		name: "Bytewise",
		rule: "owners and ids that differ in any byte (case, accent, a space at the end) are different",
		run:  bytewise,
	},
	{
		name: "Lengths",
		rule: "owners, ids and texts are kept whole up to the lengths the ledger allows",
		run:  lengths,
	},
	{
		name: "Documents",
		rule: "documents come back byte for byte, each under its name, and a change of one leaves the others as they are",
		run:  documents,
	},
	{
		name: "GoneRows",
		rule: "what a change takes out of a record (an emptied lot, a closed hold, a removed document) is gone",
		run:  goneRows,
	},
	{
		name: "HistoryOrder",
		rule: "History goes by Link.Seq, newest first unless Oldest is set, whatever the pages' size",
		run: func(s *suite) {
			s.fill("m", 7)
			for _, limit := range []int{1, 2, 3, 7, 100, 0} {
				s.equal("newest first", "7 6 5 4 3 2 1", seqs("m", s.history(ledger.Query{Owner: "m", Limit: limit})))
				s.equal("oldest first", "1 2 3 4 5 6 7", seqs("m", s.history(ledger.Query{Owner: "m", Limit: limit, Oldest: true})))
			}
			page, err := s.store.History(s.ctx(), ledger.Query{Owner: "m", Limit: 7})
			s.ok(err)
			s.equal("cursor after the last page", "", page.Next)
		},
	},
	{
		name: "HistoryBounds",
		rule: "From is inclusive and Until exclusive, both by Transaction.Time",
		run: func(s *suite) {
			s.fill("m", 5) // at 1, 2, 3, 4 and 5 minutes
			minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
			for _, q := range []struct {
				from, until time.Time
				want        string
			}{
				{minute(2), minute(4), "2 3"},
				{minute(2), time.Time{}, "2 3 4 5"},
				{time.Time{}, minute(2), "1"},
				{minute(6), time.Time{}, ""},
			} {
				got := s.history(ledger.Query{Owner: "m", From: q.from, Until: q.until, Oldest: true, Limit: 1})
				s.equal("entries", q.want, seqs("m", got))
			}
		},
	},
	{
		name: "CursorWhileWriting",
		rule: "pages begun before a commit go on after it without gap or repeat",
		run:  cursorWhileWriting,
	},
	{
		name: "ForeignCursor",
		rule: "a cursor the store did not give out is ErrCursor",
		run: func(s *suite) {
			s.fill("m", 3)
			for _, c := range []string{"x", "-1", "999999999999", "1; drop"} {
				if _, err := s.store.History(s.ctx(), ledger.Query{Owner: "m", Cursor: c}); !errors.Is(err, ledger.ErrCursor) {
					s.fail("cursor %q: got %v", c, err)
				}
			}
		},
	},
	{
		name: "Due",
		rule: "Due gives owners due at or before the moment, earliest first, up to the limit, and no longer once they are not",
		run:  due,
	},
	{
		name: "CancelledContext",
		rule: "a cancelled context is an error of every method, and Commit writes nothing",
		run:  cancelled,
	},
	{
		name: "Race",
		rule: "of n commits made from the same snapshot exactly one is accepted, also when the owner is new",
		run:  race,
	},
	{
		name: "Writers",
		rule: "n writers of one owner are all granted in the end: whoever comes too late gets ErrConflict and nothing else",
		run:  writers,
	},
	{
		name: "OneMoment",
		rule: "Load gives all owners as of one moment, never one before a commit and another after it",
		run:  oneMoment,
	},
	{
		name: "LikeMemory",
		rule: "after any sequence of commits the store answers as the one in memory does",
		run:  likeMemory,
	},
}
