package ledgertest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// likeMemory makes the same changes, drawn from a fixed seed, in the store and in
// memory, and asks both the same after each.
func likeMemory(s *suite) {
	const steps = 150
	ref := memory.New()
	r := rand.New(rand.NewPCG(1, 2))
	owners := []string{"anna", "bert", "carl"}
	s.know(owners...)
	now := start
	for step := range steps {
		now = now.Add(time.Duration(r.IntN(36)) * time.Hour)
		snap, err := s.store.Load(s.ctx(), owners, nil)
		s.ok(err)
		d := ledger.NewDraft(snap)
		for range 1 + r.IntN(3) {
			owner := owners[r.IntN(len(owners))]
			switch r.IntN(12) {
			case 0:
				d.Tick(owner, now)
			case 1:
				d.SetDoc(owner, fmt.Sprint("d", r.IntN(3)), json.RawMessage(fmt.Sprint(r.IntN(5))))
			case 2:
				d.SetDoc(owner, fmt.Sprint("d", r.IntN(3)), nil)
			case 3:
				d.SetDocsDue(owner, now.AddDate(0, 0, r.IntN(9)-1))
			default:
				rec := d.Record(owner)
				req := ledger.Request{Owner: owner, ID: fmt.Sprint("k", step, " ", len(d.Change().Transactions)), At: now, Reason: "because"}
				// What cannot be granted leaves the draft as it was, which is as good.
				_, _ = d.Post(req, anyOp(r, now, rec, owners)...)
			}
		}
		c := d.Change()
		if len(c.Writes) == 0 {
			continue
		}
		s.ok(s.store.Commit(s.ctx(), c))
		s.ok(ref.Commit(s.ctx(), c))
		s.compare(ref, owners, c, now)
	}
}

// anyOp draws operations that have a good chance with what a record holds.
func anyOp(r *rand.Rand, now time.Time, rec ledger.Record, owners []string) []ledger.Op {
	unit := []string{"points", "stars"}[r.IntN(2)]
	a := rec.Account(unit)
	n := 1 + r.Int64N(40)
	later := now.Add(time.Duration(1+r.IntN(400)) * time.Hour)
	switch op := r.IntN(9); {
	case op == 0 && len(a.Holds) > 0:
		return []ledger.Op{ledger.Capture{Hold: a.Holds[0].ID, Points: 1 + r.Int64N(a.Holds[0].Points())}}
	case op == 1 && len(a.Holds) > 0:
		return []ledger.Op{ledger.Release{Hold: a.Holds[0].ID}}
	case op <= 2:
		return []ledger.Op{ledger.PlaceHold{Unit: unit, Points: n, Until: later}}
	case op == 3:
		return []ledger.Op{ledger.Redeem{Unit: unit, Points: n, UpTo: true}}
	case op == 4:
		return []ledger.Op{ledger.Clawback{Unit: unit, Points: n}}
	case op == 5:
		return []ledger.Op{ledger.Gift{To: owners[r.IntN(len(owners))], Unit: unit, Points: n}}
	case op == 6:
		return []ledger.Op{ledger.Activate{Await: "event"}}
	case op == 7:
		return []ledger.Op{ledger.Earn{Unit: unit, Points: n, Await: "event"}, ledger.Earn{Unit: unit, Points: 1, Active: now.Add(time.Hour)}}
	}
	return []ledger.Op{ledger.Earn{Unit: unit, Points: n, Expires: later}}
}

// compare asks the store and the one in memory what a change can have changed.
func (s *suite) compare(ref ledger.Store, owners []string, c ledger.Change, now time.Time) {
	s.Helper()
	var keys []ledger.Key
	for i := range c.Transactions {
		for _, id := range c.Transactions[i].IDs() {
			keys = append(keys, ledger.Key{Owner: c.Transactions[i].Key.Owner, ID: id})
		}
	}
	want, err := ref.Load(s.ctx(), owners, keys)
	s.ok(err)
	got, err := s.store.Load(s.ctx(), owners, keys)
	s.ok(err)
	s.equal("snapshot", want, got)
	for _, w := range c.Writes {
		q := ledger.Query{Owner: w.After.Owner, Limit: 12}
		want, err := ref.History(s.ctx(), q)
		s.ok(err)
		got, err := s.store.History(s.ctx(), q)
		s.ok(err)
		s.equal("history of "+q.Owner, want.Transactions, got.Transactions)
		s.equal("more history of "+q.Owner, want.Next == "", got.Next == "")
	}
	for _, t := range []time.Time{now, now.AddDate(0, 0, 7), now.AddDate(9, 0, 0)} {
		for _, limit := range []int{1, 10} {
			want, err := ref.Due(s.ctx(), t, limit)
			s.ok(err)
			got, err := s.store.Due(s.ctx(), t, limit)
			s.ok(err)
			// Among those due at the same moment any may come first.
			s.equal(fmt.Sprintf("due by %s, at most %d", t, limit), s.dues(want), s.dues(got))
		}
	}
}

// dues are the moments at which owners are due.
func (s *suite) dues(owners []string) []time.Time {
	s.Helper()
	var moments []time.Time
	for _, o := range owners {
		moments = append(moments, s.record(o).Due)
	}
	return moments
}
