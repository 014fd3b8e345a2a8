package drivertest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

var now = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)

func earn(owner, id string, points int64) (ledger.Request, ledger.Op) {
	return ledger.Request{Owner: owner, ID: id, At: now, Reason: "order"}, ledger.Earn{Unit: "points", Points: points}
}

func ledgerOn(t testing.TB, store ledger.Store, attempts int) *ledger.Ledger {
	t.Helper()
	l, err := ledger.New(ledger.Config{Store: store, Attempts: attempts})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func available(t testing.TB, store ledger.Store, owner string) int64 {
	t.Helper()
	b, err := ledgerOn(t, store, 0).Balance(t.Context(), owner, "points", now)
	if err != nil {
		t.Fatal(err)
	}
	return b.Available
}

// within does something in a transaction of the host's, and all of it again
// when it conflicts: what README.md shows.
func within(ctx context.Context, db *sql.DB, d sqlstore.Dialect, do func(tx *sql.Tx) error) (conflicts int, err error) {
	for ; conflicts < 100; conflicts++ {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return conflicts, err
		}
		err = do(tx)
		if err == nil {
			err = tx.Commit()
		} else {
			_ = tx.Rollback()
		}
		if !d.Conflict(err) {
			return conflicts, err
		}
	}
	return conflicts, errors.New("too many conflicts")
}

// hostTable makes a table of the host's own.
func hostTable(t testing.TB, db *sql.DB) string {
	t.Helper()
	name := fmt.Sprintf("orders_%d", prefixes.Add(1))
	if _, err := db.Exec("CREATE TABLE " + name + " (id VARCHAR(50) PRIMARY KEY, points BIGINT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Exec("DROP TABLE " + name) })
	return name
}

func count(t testing.TB, db *sql.DB, table string) (n int) {
	t.Helper()
	if err := db.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBindJoinsTheHostsWrite(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db, store := d.open(t)
		orders := hostTable(t, db)
		cancelled := errors.New("the customer left")
		for _, end := range []error{cancelled, nil} {
			_, err := within(t.Context(), db, d.dialect, func(tx *sql.Tx) error {
				if _, err := tx.Exec("INSERT INTO " + orders + " (id, points) VALUES ('o1', 120)"); err != nil {
					return err
				}
				req, op := earn("ann", "o1", 120)
				if _, err := ledgerOn(t, store.Bind(tx), 1).Post(t.Context(), req, op); err != nil {
					return err
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Fatalf("got %v, want %v", err, end)
			}
			want := map[bool]int64{true: 120}[end == nil]
			if got := available(t, store, "ann"); got != want {
				t.Errorf("the host ended with %v: ann has %d points, want %d", end, got, want)
			}
			if got := count(t, db, orders); int64(got)*120 != want {
				t.Errorf("the host ended with %v: %d orders", end, got)
			}
		}
	})
}

// TestBindConflictWritesNothing commits a change that is out of date by a bound
// store, and has the host go on regardless.
func TestBindConflictWritesNothing(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db, store := d.open(t)
		orders := hostTable(t, db)
		stale, err := store.Load(t.Context(), []string{"ann", "bob"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		req, op := earn("bob", "meanwhile", 1)
		if _, err := ledgerOn(t, store, 0).Post(t.Context(), req, op); err != nil {
			t.Fatal(err)
		}
		fresh, err := store.Load(t.Context(), []string{"ann", "bob"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, snap := range map[string]ledger.Snapshot{"version": stale, "key": fresh} {
			t.Run(name, func(t *testing.T) {
				draft := ledger.NewDraft(snap)
				for _, owner := range []string{"ann", "bob"} {
					req, op := earn(owner, "meanwhile", 5)
					if _, err := draft.Post(req, op); err != nil {
						t.Fatal(err)
					}
				}
				tx, err := db.Begin()
				if err != nil {
					t.Fatal(err)
				}
				if err := store.Bind(tx).Commit(t.Context(), draft.Change()); !errors.Is(err, ledger.ErrConflict) {
					t.Errorf("got %v, want ErrConflict", err)
				}
				if _, err := tx.Exec("INSERT INTO " + orders + " (id, points) VALUES ('" + name + "', 5)"); err != nil {
					t.Errorf("the host's transaction is spoilt: %v", err)
				}
				if err := tx.Commit(); err != nil {
					t.Error(err)
				}
				after, err := store.Load(t.Context(), []string{"ann", "bob"}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(fresh, after); diff != "" {
					t.Errorf("something was written (-before +after):\n%s", diff)
				}
			})
		}
	})
}

// TestBindFirstUse has many hosts at once give points to a member who is new, each in a transaction
// of its own: the lock on a row that is not there yet.
func TestBindFirstUse(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		const hosts = 20
		db, store := d.open(t)
		orders := hostTable(t, db)
		var wg sync.WaitGroup
		errs := make([]error, hosts)
		for i := range hosts {
			wg.Go(func() {
				_, errs[i] = within(t.Context(), db, d.dialect, func(tx *sql.Tx) error {
					l := ledgerOn(t, store.Bind(tx), 1)
					req, op := earn("new", fmt.Sprint("o", i), 1)
					if _, err := l.Post(t.Context(), req, op); err != nil {
						return err
					}
					_, err := tx.Exec(fmt.Sprintf("INSERT INTO %s (id, points) VALUES ('o%d', 1)", orders, i))
					return err
				})
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if got := available(t, store, "new"); got != hosts {
			t.Errorf("%d points, want %d", got, hosts)
		}
		if got := count(t, db, orders); got != hosts {
			t.Errorf("%d orders, want %d", got, hosts)
		}
	})
}

// TestBindLocks holds that a bound Load keeps others from moving a record on: no host that
// loads before it reads anything else ever meets a conflict, whatever others do.
func TestBindLocks(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		const hosts, rounds = 6, 8
		db, store := d.open(t)
		members := []string{"ann", "bob", "cid"}
		for _, m := range members {
			req, op := earn(m, "opening", 1)
			if _, err := ledgerOn(t, store, 0).Post(t.Context(), req, op); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		errs := make([]error, hosts)
		for i := range hosts {
			wg.Go(func() {
				for n := range rounds {
					tx, err := db.BeginTx(t.Context(), nil)
					if err != nil {
						errs[i] = err
						return
					}
					owners := slices.Clone(members)
					if i%2 == 1 {
						slices.Reverse(owners)
					}
					err = ledgerOn(t, store.Bind(tx), 1).Update(t.Context(), owners, nil, func(draft *ledger.Draft) error {
						for _, o := range owners {
							req, op := earn(o, fmt.Sprint(i, " ", n), 1)
							if _, err := draft.Post(req, op); err != nil {
								return err
							}
						}
						return nil
					})
					if err == nil {
						err = tx.Commit()
					} else {
						_ = tx.Rollback()
					}
					if err != nil {
						errs[i] = fmt.Errorf("host %d, round %d: %w", i, n, err)
						return
					}
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if got := available(t, store, m); got != 1+hosts*rounds {
				t.Errorf("%s has %d points, want %d", m, got, 1+hosts*rounds)
			}
		}
	})
}

// TestOthersGoOn: a host's transaction that holds one member's lock is waited for by the requests of that
// member alone, whatever goes together with them, so that even the host itself may ask for
// another member's meanwhile. (SQLite has one lock for all.)
func TestOthersGoOn(t *testing.T) {
	for _, d := range []database{postgres, citus, mariadb} {
		t.Run(d.name, func(t *testing.T) {
			const others, each = 12, 5
			db, store := d.open(t)
			l := ledgerOn(t, store, 100)
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			if _, err := store.Bind(tx).Load(t.Context(), []string{"held"}, nil); err != nil {
				t.Fatal(err)
			}
			var waiting sync.WaitGroup
			errs := make([]error, others)
			for i := range others {
				waiting.Go(func() {
					req, op := earn("held", fmt.Sprint("k", i), 1)
					_, errs[i] = l.Post(t.Context(), req, op)
				})
			}
			together(t, others, func(i int) error {
				for n := range each {
					req, op := earn(member(i), fmt.Sprint("k", n), 1)
					if _, err := l.Post(t.Context(), req, op); err != nil {
						return err
					}
				}
				return nil
			})
			if err := tx.Commit(); err != nil { // only now
				t.Fatal(err)
			}
			waiting.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			if got := available(t, store, "held"); got != others {
				t.Errorf("%d points, want %d", got, others)
			}
			proveBooks(t, store, "held", member(0))
		})
	}
}

// TestBindAfterAnEarlierRead has the host read before the bound store does. Where
// the transaction then sees the database as it was, the store must say so instead of
// deciding on what is old.
func TestBindAfterAnEarlierRead(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db, store := d.open(t)
		orders := hostTable(t, db)
		l := ledgerOn(t, store, 0)
		post := func(l *ledger.Ledger, id string) error {
			req, op := earn("ann", id, 10)
			_, err := l.Post(t.Context(), req, op)
			return err
		}
		if err := post(l, "before"); err != nil {
			t.Fatal(err)
		}
		first := true
		conflicts, err := within(t.Context(), db, d.dialect, func(tx *sql.Tx) error {
			var n int
			if err := tx.QueryRow("SELECT COUNT(*) FROM " + orders).Scan(&n); err != nil {
				return err
			}
			if first {
				first = false
				if err := post(l, "between"); err != nil {
					t.Fatal(err)
				}
			}
			return post(ledgerOn(t, store.Bind(tx), 1), "after")
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d conflicts", conflicts)
		if got := available(t, store, "ann"); got != 30 {
			t.Errorf("%d points, want 30", got)
		}
	})
}
