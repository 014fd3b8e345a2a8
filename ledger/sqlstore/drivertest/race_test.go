package drivertest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

// processes are ledgers that do not know of each other, on stores that do not
// either: only the database is between them.
func processes(t testing.TB, d database, n int) ([]*ledger.Ledger, *sqlstore.Store) {
	t.Helper()
	dsn := d.dsn(t)
	first := d.connect(t, dsn)
	store, prefix := d.migratePrefix(t, first)
	all := []*ledger.Ledger{ledgerOn(t, store, 100)}
	for len(all) < n {
		other, err := sqlstore.New(d.connect(t, dsn), d.dialect, sqlstore.Prefix(prefix))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ledgerOn(t, other, 100))
	}
	return all, store
}

// together runs f for each of n writers at once.
func together(t testing.TB, n int, f func(writer int) error) {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestFirstUse(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		const writers = 20
		ledgers, store := processes(t, d, 4)
		together(t, writers, func(i int) error {
			for _, owner := range []string{"new", fmt.Sprint("newer ", i%3)} {
				req, op := earn(owner, fmt.Sprint("k", i), 1)
				if _, err := ledgers[i%len(ledgers)].Post(t.Context(), req, op); err != nil {
					return err
				}
			}
			return nil
		})
		if got := available(t, store, "new"); got != writers {
			t.Errorf("%d points, want %d", got, writers)
		}
		proveBooks(t, store, "new", "newer 0", "newer 1", "newer 2")
	})
}

// TestFirstUseOfSeveral has batches over the same new owners race: some of their records
// may have come to be between the others' first look and their commit.
func TestFirstUseOfSeveral(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		ledgers, store := processes(t, d, 4)
		const rounds = 5
		for round := range rounds {
			together(t, 8, func(i int) error {
				var items []ledger.Item
				for n := range 6 {
					req, op := earn(fmt.Sprint("m", round, " ", (n+i)%8), fmt.Sprint("k", i), 1)
					items = append(items, ledger.Item{Request: req, Ops: []ledger.Op{op}})
				}
				_, err := ledgers[i%len(ledgers)].PostAll(t.Context(), items)
				return err
			})
			var sum int64
			for n := range 8 {
				owner := fmt.Sprint("m", round, " ", n)
				sum += available(t, store, owner)
				proveBooks(t, store, owner)
			}
			if sum != 8*6 {
				t.Errorf("%d points in all, want %d", sum, 8*6)
			}
		}
	})
}

func TestOneMemberManyWriters(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		const writers, each = 32, 8
		ledgers, store := processes(t, d, 2)
		together(t, writers, func(i int) error {
			for n := range each {
				req, op := earn("hot", fmt.Sprint(i, " ", n), 1)
				if _, err := ledgers[i%len(ledgers)].Post(t.Context(), req, op); err != nil {
					return err
				}
			}
			return nil
		})
		if got := available(t, store, "hot"); got != writers*each {
			t.Errorf("%d points, want %d", got, writers*each)
		}
		proveBooks(t, store, "hot")
	})
}

// TestOppositeBatches has batches name the same members in opposite orders.
func TestOppositeBatches(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		const writers, batches, members = 8, 6, 20
		ledgers, store := processes(t, d, 4)
		together(t, writers, func(i int) error {
			for n := range batches {
				var items []ledger.Item
				for m := range members {
					if i%2 == 1 {
						m = members - 1 - m
					}
					req, op := earn(member(m), fmt.Sprint(i, " ", n), 1)
					items = append(items, ledger.Item{Request: req, Ops: []ledger.Op{op}})
				}
				if _, err := ledgers[i%len(ledgers)].PostAll(t.Context(), items); err != nil {
					return fmt.Errorf("writer %d: %w", i, err)
				}
			}
			return nil
		})
		for m := range members {
			if got := available(t, store, member(m)); got != writers*batches {
				t.Errorf("%s has %d points, want %d", member(m), got, writers*batches)
			}
			proveBooks(t, store, member(m))
		}
	})
}

// TestSharedCommits has so many writers of one process that their commits go together, and one
// in ten of them be refused by the store: it must fail alone.
func TestSharedCommits(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		const writers, each = 40, 6
		_, store := d.open(t)
		l := ledgerOn(t, store, 1)
		together(t, writers, func(i int) error {
			owner := member(i)
			for n := range each {
				req, op := earn(owner, fmt.Sprint("k", n), 1)
				if i%10 != 0 || n == 0 {
					if _, err := l.Post(t.Context(), req, op); err != nil {
						return err
					}
					continue
				}
				stale := ledger.NewDraft(ledger.Snapshot{}) // as if the owner were new
				if _, err := stale.Post(req, op); err != nil {
					return err
				}
				if err := store.Commit(t.Context(), stale.Change()); !errors.Is(err, ledger.ErrConflict) {
					return fmt.Errorf("got %v, want ErrConflict", err)
				}
			}
			return nil
		})
		for i := range writers {
			want := int64(each)
			if i%10 == 0 {
				want = 1
			}
			if got := available(t, store, member(i)); got != want {
				t.Errorf("%s has %d points, want %d", member(i), got, want)
			}
			proveBooks(t, store, member(i))
		}
	})
}

// TestGivenUp has callers give up while their commits wait or are under way: whatever the
// error, a commit is whole or not there, and others go on.
func TestGivenUp(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		const writers, each = 24, 10
		_, store := d.open(t)
		l := ledgerOn(t, store, 0)
		together(t, writers, func(i int) error {
			chance := rand.New(rand.NewPCG(3, uint64(i)))
			for n := range each {
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				if spins := chance.IntN(4000); i%2 == 0 {
					go func() {
						for range spins {
							select {
							case <-done:
							default:
							}
						}
						cancel()
					}()
				}
				req, op := earn(member(i), fmt.Sprint("k", n), 1)
				_, err := l.Post(ctx, req, op)
				close(done)
				cancel()
				if err != nil && i%2 == 1 {
					return err
				}
			}
			return nil
		})
		for i := range writers {
			proveBooks(t, store, member(i))
			for n := range each { // each once more, now to the end
				req, op := earn(member(i), fmt.Sprint("k", n), 1)
				if _, err := l.Post(t.Context(), req, op); err != nil {
					t.Fatal(err)
				}
			}
			if got := available(t, store, member(i)); got != each {
				t.Errorf("%s has %d points, want %d", member(i), got, each)
			}
		}
	})
}

// proveBooks holds owners to their chain and to their postings.
func proveBooks(t testing.TB, store ledger.Store, owners ...string) {
	t.Helper()
	for _, owner := range owners {
		snap, err := store.Load(t.Context(), []string{owner}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var history []ledger.Transaction
		q := ledger.Query{Owner: owner, Oldest: true, Limit: 1000}
		for {
			page, err := store.History(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			history = append(history, page.Transactions...)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if err := ledger.Verify(owner, history); err != nil {
			t.Error(err)
		}
		if rec := snap.Record(owner); rec.Seq != int64(len(history)) {
			t.Errorf("%s has %d transactions by the record, %d in the history", owner, rec.Seq, len(history))
		}
		if _, err := ledger.Replay(owner, history); err != nil {
			t.Error(err)
		}
	}
}

// TestOneConnection holds that the store never waits for a second connection while it has one: a host may
// allow just one, as is usual with SQLite.
func TestOneConnection(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db, store := d.open(t)
		db.SetMaxOpenConns(1)
		l := ledgerOn(t, store, 0)
		together(t, 8, func(i int) error {
			req, op := earn(member(i%3), fmt.Sprint("k", i), 1)
			if _, err := l.Post(t.Context(), req, op); err != nil {
				return err
			}
			_, err := within(t.Context(), db, d.dialect, func(tx *sql.Tx) error {
				req, op := earn(member(i%3), fmt.Sprint("bound ", i), 1)
				_, err := ledgerOn(t, store.Bind(tx), 1).Post(t.Context(), req, op)
				return err
			})
			return err
		})
		var sum int64
		for i := range 3 {
			sum += available(t, store, member(i))
		}
		if sum != 16 {
			t.Errorf("%d points, want 16", sum)
		}
	})
}
