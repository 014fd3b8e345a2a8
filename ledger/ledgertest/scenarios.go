package ledgertest

// The cases that take more than a few lines.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

func roundTrip(s *suite) {
	req, op := earn("m", "k", 100, 0)
	req.Reference, req.Actor = "order/1", "clerk 7"
	req.Details = json.RawMessage(`{ "b" : 1.0,  "a":"é 漢字" }`)
	op.Expires, op.Active, op.Reason = start.AddDate(1, 0, 0), start.AddDate(0, 0, 14), "base"
	ops := []ledger.Op{
		op,
		ledger.Earn{Unit: "points", Points: 7, Await: "delivered/1"},
		ledger.Earn{Unit: "points", Points: 8, Await: "livré: 漢字 + 1", Active: start.AddDate(0, 0, 14), Expires: start.AddDate(1, 0, 0)},
		ledger.Earn{Unit: "stars", Points: 3},
		ledger.PlaceHold{Unit: "stars", Points: 2, Until: start.AddDate(0, 0, 1)},
		ledger.Clawback{Unit: "miles", Points: 5}, // a debt
	}
	snap := s.load("m", "k")
	s.know("m")
	c := s.change(snap, func(d *ledger.Draft) error {
		if _, err := d.Post(req, ops...); err != nil {
			return err
		}
		d.SetDoc("m", "tier", json.RawMessage(`{"tier":"gold"}`))
		d.SetDocsDue("m", start.AddDate(0, 1, 0))
		return nil
	})
	s.ok(s.store.Commit(s.ctx(), c))
	got := s.load("m", "k")
	s.equal("record", c.Writes[0].After, got.Record("m"))
	s.equal("transaction", c.Transactions[0], got.Transactions[ledger.Key{Owner: "m", ID: "k"}])
	s.equal("details", string(req.Details), string(got.Transactions[ledger.Key{Owner: "m", ID: "k"}].Details))
	s.equal("history", c.Transactions, s.history(ledger.Query{Owner: "m"}))
}

func allOrNothing(s *suite) {
	snap, err := s.store.Load(s.ctx(), []string{"a", "b"}, nil)
	s.ok(err)
	req, op := earn("b", "elsewhere", 5, 0)
	s.post(req, op)
	s.conflict(s.change(snap, func(d *ledger.Draft) error {
		for i, owner := range []string{"a", "b"} {
			req, op := earn(owner, "k", 10, i)
			if _, err := d.Post(req, op); err != nil {
				return err
			}
		}
		return nil
	}))
	s.equal("a", ledger.Record{Owner: "a"}, s.record("a"))
	s.equal("version of b", int64(1), s.record("b").Version)
	s.equal("transactions of a", 0, len(s.history(ledger.Query{Owner: "a"})))
}

func keyTaken(s *suite) {
	req, op := earn("m", "k", 10, 0)
	req.Reference = "r"
	s.post(req, op)
	s.post(ledger.Request{Owner: "m", ID: "undo", At: start}, ledger.Reverse{Of: "k"})
	before := s.record("m")
	for _, c := range []struct {
		what string
		req  ledger.Request
		op   ledger.Op
	}{
		{"key", ledger.Request{Owner: "m", ID: "k", At: start}, op},
		{"reference", ledger.Request{Owner: "m", ID: "other", Reference: "r", At: start}, op},
	} {
		blind := ledger.Snapshot{Records: []ledger.Record{before}} // as if the key had not been there yet
		s.conflict(s.change(blind, func(d *ledger.Draft) error {
			_, err := d.Post(c.req, c.op)
			return err
		}))
	}
	k := ledger.Key{Owner: "m", ID: "k"}
	blind := ledger.Snapshot{Records: []ledger.Record{before}, Transactions: s.load("m", "k").Transactions}
	if _, ok := blind.Transactions[k]; !ok {
		s.fail("the transaction under %s is gone", k)
	}
	s.conflict(s.change(blind, func(d *ledger.Draft) error {
		_, err := d.Post(ledger.Request{Owner: "m", ID: "undo again", At: start}, ledger.Reverse{Of: "k"})
		return err
	}))
	s.equal("record", before, s.record("m"))
}

func documents(s *suite) {
	want := map[string]string{}
	for _, step := range []struct {
		what string
		set  map[string]string // "" takes a document out
	}{
		{"several at once", map[string]string{
			"d": ` {"b": 1.50, "a": [ ], "b2": {"}": "{"}} `, "D": `"as d, but for the case"`, `"naïve", \`: `"\"\\ü\u0000"`, "n": "null",
		}},
		{"one is changed", map[string]string{"d": "\t[1,\n2]"}},
		{"points alone", nil},
		{"one comes and one goes", map[string]string{"n": "", "new": "{}"}},
		{"the last one stays", map[string]string{"D": "", "d": "", `"naïve", \`: ""}},
		{"points alone again", nil},
	} {
		s.ok(s.store.Commit(s.ctx(), s.change(s.load("m"), func(d *ledger.Draft) error {
			for name, doc := range step.set {
				if doc == "" {
					d.SetDoc("m", name, nil)
				} else {
					d.SetDoc("m", name, json.RawMessage(doc))
				}
			}
			if step.set != nil {
				return nil
			}
			_, err := d.Post(ledger.Request{Owner: "m", ID: step.what, At: start}, ledger.Earn{Unit: "points", Points: 1})
			return err
		})))
		maps.Copy(want, step.set)
		maps.DeleteFunc(want, func(_, doc string) bool { return doc == "" })
		got := map[string]string{}
		for name, doc := range s.record("m").Docs {
			got[name] = string(doc)
		}
		s.equal("documents after "+step.what, want, got)
	}
}

func goneRows(s *suite) {
	req, op := earn("m", "in", 10, 0)
	s.post(req, op)
	s.post(ledger.Request{Owner: "m", ID: "hold", At: start}, ledger.PlaceHold{Unit: "points", Points: 10})
	s.equal("free lots while held", 0, s.record("m").Accounts[0].Lots.Len())
	s.doc("m", json.RawMessage(`{"n":1}`))
	s.equal("document", `{"n":1}`, string(s.record("m").Docs["d"]))
	s.post(ledger.Request{Owner: "m", ID: "spend", At: start}, ledger.Capture{Hold: "hold"})
	s.doc("m", nil)
	rec := s.record("m")
	s.equal("lots", 0, rec.Accounts[0].Lots.Len())
	s.equal("holds", 0, len(rec.Accounts[0].Holds))
	s.equal("documents", 0, len(rec.Docs))
	s.equal("spent", int64(10), rec.Accounts[0].Spent)
}

func cursorWhileWriting(s *suite) {
	for _, oldest := range []bool{false, true} {
		for limit := 1; limit <= 3; limit++ {
			owner := fmt.Sprint("m ", oldest, limit)
			s.fill(owner, 6)
			q := ledger.Query{Owner: owner, Limit: limit, Oldest: oldest}
			var got []ledger.Transaction
			for i := range 4 { // a commit after each page
				page, err := s.store.History(s.ctx(), q)
				s.ok(err)
				got, q.Cursor = append(got, page.Transactions...), page.Next
				if q.Cursor == "" {
					break
				}
				req, op := earn(owner, fmt.Sprint("late ", i), 1, 60)
				s.post(req, op)
			}
			if q.Cursor != "" {
				got = append(got, s.history(q)...)
			}
			want := "6 5 4 3 2 1"
			if oldest { // what was written meanwhile is at the end, as far as the pages have got
				want = []string{"", "1 2 3 4 5 6 7 8 9 10", "1 2 3 4 5 6 7 8 9 10", "1 2 3 4 5 6 7 8"}[limit]
			}
			s.equal(fmt.Sprintf("oldest first %v, %d a page", oldest, limit), want, seqs(owner, got))
		}
	}
}

func due(s *suite) {
	for i, days := range []int{30, 10, 20, 10} {
		req, op := earn(fmt.Sprint("m", i), "k", 5, 0)
		op.Expires = start.AddDate(0, 0, days).Add(time.Duration(i) * time.Second)
		s.post(req, op)
	}
	req, op := earn("never", "k", 5, 0)
	s.post(req, op)
	ask := func(days, limit int) string {
		got, err := s.store.Due(s.ctx(), start.AddDate(0, 0, days).Add(3*time.Second), limit)
		s.ok(err)
		return fmt.Sprint(got)
	}
	s.equal("before any", "[]", ask(9, 10))
	s.equal("two", "[m1 m3]", ask(10, 10))
	s.equal("all", "[m1 m3 m2 m0]", ask(30, 10))
	s.equal("the first two", "[m1 m3]", ask(30, 2))
	s.post(ledger.Request{Owner: "m1", ID: "spend", At: start}, ledger.Redeem{Unit: "points", Points: 5})
	s.equal("without the one who spent", "[m3 m2 m0]", ask(30, 10))
	exact, err := s.store.Due(s.ctx(), start.AddDate(0, 0, 10).Add(3*time.Second), 10)
	s.ok(err)
	s.equal("at the very moment", "[m3]", fmt.Sprint(exact))
}

func cancelled(s *suite) {
	ctx, cancel := context.WithCancel(s.ctx())
	cancel()
	c := s.change(s.load("m"), func(d *ledger.Draft) error {
		req, op := earn("m", "k", 10, 0)
		_, err := d.Post(req, op)
		return err
	})
	if err := s.store.Commit(ctx, c); !errors.Is(err, context.Canceled) {
		s.fail("Commit: got %v", err)
	}
	if _, err := s.store.Load(ctx, []string{"m"}, nil); !errors.Is(err, context.Canceled) {
		s.fail("Load: got %v", err)
	}
	if _, err := s.store.History(ctx, ledger.Query{Owner: "m"}); !errors.Is(err, context.Canceled) {
		s.fail("History: got %v", err)
	}
	if _, err := s.store.Due(ctx, start, 1); !errors.Is(err, context.Canceled) {
		s.fail("Due: got %v", err)
	}
	s.equal("version", int64(0), s.record("m").Version)
}

func race(s *suite) {
	const n = 16
	s.know("m")
	for round := range 5 {
		snap := s.load("m")
		var changes [n]ledger.Change
		for i := range changes {
			changes[i] = s.change(snap, func(d *ledger.Draft) error {
				req, op := earn("m", fmt.Sprintf("k %d %d", round, i), 1, round)
				_, err := d.Post(req, op)
				return err
			})
		}
		var wg sync.WaitGroup
		var errs [n]error
		for i := range changes {
			wg.Go(func() { errs[i] = s.store.Commit(s.ctx(), changes[i]) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, ledger.ErrConflict):
				s.fail("got %v, want ErrConflict", err)
			}
		}
		s.equal("commits accepted", 1, won)
		s.equal("version", int64(round+1), s.record("m").Version)
	}
}

func (s *suite) conflict(c ledger.Change) {
	s.Helper()
	if err := s.store.Commit(s.ctx(), c); !errors.Is(err, ledger.ErrConflict) {
		s.fail("Commit: got %v, want ErrConflict", err)
	}
}

func (s *suite) doc(owner string, doc json.RawMessage) {
	s.Helper()
	s.ok(s.store.Commit(s.ctx(), s.change(s.load(owner), func(d *ledger.Draft) error {
		d.SetDoc(owner, "d", doc)
		return nil
	})))
}

// fill gives an owner n transactions, the i-th i minutes after the start.
func (s *suite) fill(owner string, n int) {
	s.Helper()
	for i := range n {
		req, op := earn(owner, fmt.Sprint("k", i), 1, i+1)
		s.post(req, op)
	}
}

func seqs(owner string, txs []ledger.Transaction) string {
	var out []string
	for i := range txs {
		l, _ := txs[i].Link(owner)
		out = append(out, fmt.Sprint(l.Seq))
	}
	return strings.Join(out, " ")
}
