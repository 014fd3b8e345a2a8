package ledgertest

// The cases of several writers at once.

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/loyaltykit/loyalty/ledger"
)

// together is a store whose first n loads are all answered before any of the callers
// goes on, so that their commits collide for certain.
type together struct {
	ledger.Store
	mu      sync.Mutex
	missing int
	all     chan struct{}
}

func (s *together) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	snap, err := s.Store.Load(ctx, owners, keys)
	s.mu.Lock()
	s.missing--
	if s.missing == 0 {
		close(s.all)
	}
	s.mu.Unlock()
	<-s.all
	return snap, err
}

// writers are n ledgers, as of n processes, on one owner; a reader turns pages meanwhile.
func writers(s *suite) {
	const n, posts = 4, 6
	s.know("m")
	store := &together{Store: s.store, missing: n, all: make(chan struct{})}
	var wg sync.WaitGroup
	var errs [n + 1]error
	for i := range n {
		wg.Go(func() { errs[i] = write(s.ctx(), store, fmt.Sprint("k ", i, " "), posts) })
	}
	wg.Go(func() {
		<-store.all
		for range posts {
			errs[n] = errors.Join(errs[n], readPages(s.ctx(), s.store))
		}
	})
	wg.Wait()
	s.ok(errors.Join(errs[:]...))
	rec := s.record("m")
	s.equal("points", int64(n*posts), rec.Account("points").Balance(start).Available)
	s.equal("version", int64(n*posts), rec.Version)
	s.equal("transactions", int64(n*posts), rec.Seq)
}

func write(ctx context.Context, store ledger.Store, prefix string, n int) error {
	books, err := ledger.New(ledger.Config{Store: store, Attempts: 100})
	if err != nil {
		return err
	}
	for i := range n {
		req, op := earn("m", fmt.Sprint(prefix, i), 1, 0)
		if _, err := books.Post(ctx, req, op); err != nil {
			return fmt.Errorf("%s: %w", req.ID, err)
		}
	}
	return nil
}

// readPages walks a history that grows, and wants it without gap or repeat.
func readPages(ctx context.Context, store ledger.Store) error {
	q := ledger.Query{Owner: "m", Oldest: true, Limit: 2}
	var last int64
	for range 1000 {
		page, err := store.History(ctx, q)
		if err != nil {
			return err
		}
		for _, tx := range page.Transactions {
			l, _ := tx.Link("m")
			if l.Seq != last+1 {
				return fmt.Errorf("after transaction %d the pages have number %d", last, l.Seq)
			}
			last = l.Seq
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
	return errors.New("the pages never end")
}

// oneMoment loads two owners over and over while points go from one to the other: each has
// as many transactions as the other at every moment.
func oneMoment(s *suite) {
	const gifts = 20
	s.fill("a", gifts)
	s.fill("b", gifts)
	var changes []ledger.Change
	snap, err := s.store.Load(s.ctx(), []string{"a", "b"}, nil)
	s.ok(err)
	for i := range gifts {
		c := s.change(snap, func(d *ledger.Draft) error {
			req, op := gift("a", fmt.Sprint("gift ", i), "b", 1)
			_, err := d.Post(req, op)
			return err
		})
		changes = append(changes, c)
		snap = ledger.Snapshot{}
		for _, w := range c.Writes {
			snap.Put(w.After)
		}
	}
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, c := range changes {
			if failed == nil {
				failed = s.store.Commit(s.ctx(), c)
			}
		}
	}()
	for open := true; open; {
		select {
		case <-done:
			open = false
		default:
		}
		if got := s.both("a", "b"); got["a"].Seq != got["b"].Seq {
			<-done
			s.fail("a with %d transactions beside b with %d", got["a"].Seq, got["b"].Seq)
		}
	}
	s.ok(failed)
}
