package drivertest_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

// begin begins a transaction on a connection of its own, of which settings are made first.
func begin(t *testing.T, db *sql.DB, settings ...string) *sql.Tx {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for _, s := range settings {
		if _, err := conn.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := conn.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	return tx
}

// impatient makes a connection that waits for a lock for a moment only.
var impatient = map[string]string{
	"pgx":    "SET lock_timeout = '100ms'",
	"mysql":  "SET innodb_lock_wait_timeout = 1",
	"sqlite": "PRAGMA busy_timeout = 100",
}

// TestLockTimeout has a bound store wait for a member whom another transaction
// has locked: 55P03, 1205 and SQLITE_BUSY.
func TestLockTimeout(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db, store := d.open(t)
		req, op := earn("ann", "k", 7)
		if _, err := ledgerOn(t, store, 0).Post(t.Context(), req, op); err != nil {
			t.Fatal(err)
		}
		first, second := begin(t, db), begin(t, db, impatient[d.driver])
		if _, err := store.Bind(first).Load(t.Context(), []string{"ann"}, nil); err != nil {
			t.Fatal(err)
		}
		_, err := store.Bind(second).Load(t.Context(), []string{"ann"}, nil)
		if !errors.Is(err, ledger.ErrConflict) {
			t.Errorf("got %v, want ErrConflict", err)
		}
		if cause := errors.Unwrap(err); cause == err || err.Error() == ledger.ErrConflict.Error() {
			t.Errorf("%v does not tell its cause", err)
		}
		t.Log(err)
	})
}

// TestDeadlock crosses two transactions of hosts that lock members one by one, in opposite
// orders: 40P01 and 1213.
func TestDeadlock(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		if d.driver == "sqlite" {
			t.Skip("SQLite has one lock")
		}
		db, store := d.open(t)
		l := ledgerOn(t, store, 0)
		for _, owner := range []string{"ann", "bob"} {
			req, op := earn(owner, "k", 7)
			if _, err := l.Post(t.Context(), req, op); err != nil {
				t.Fatal(err)
			}
		}
		txs := [2]*sql.Tx{begin(t, db), begin(t, db)}
		owners := [2]string{"ann", "bob"}
		for i, tx := range txs {
			if _, err := store.Bind(tx).Load(t.Context(), owners[i:i+1], nil); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		var errs [2]error
		for i, tx := range txs {
			wg.Go(func() {
				_, errs[i] = store.Bind(tx).Load(t.Context(), []string{owners[1-i]}, nil)
				tx.Rollback() // lets the other on
			})
		}
		wg.Wait()
		lost := 0
		for _, err := range errs {
			if err == nil {
				continue
			}
			lost++
			if !errors.Is(err, ledger.ErrConflict) {
				t.Errorf("got %v, want ErrConflict", err)
			}
			t.Log(err)
		}
		if lost != 1 {
			t.Errorf("%d transactions lost, want 1", lost)
		}
	})
}

// TestBusy writes to an SQLite file while another connection does, and waits for nothing.
func TestBusy(t *testing.T) {
	db, store := sqlite.open(t)
	if _, err := ledgerOn(t, store, 0).Load(t.Context(), []string{"ann"}, nil); err != nil {
		t.Fatal(err)
	}
	db.SetMaxIdleConns(0) // so that each connection begins with its own settings
	holder := begin(t, db)
	if _, err := store.Bind(holder).Load(t.Context(), []string{"ann"}, nil); err != nil {
		t.Fatal(err)
	}
	late := begin(t, db, "PRAGMA busy_timeout = 0")
	_, err := store.Bind(late).Load(t.Context(), []string{"bob"}, nil)
	if !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
}

// TestNotAConflict: what trying again would not help is told as it is.
func TestNotAConflict(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		dsn := d.dsn(t)
		_, prefix := d.migratePrefix(t, d.connect(t, dsn))
		db := d.connect(t, dsn)
		store, err := sqlstore.New(db, d.dialect, sqlstore.Prefix(prefix))
		if err != nil {
			t.Fatal(err)
		}
		snap, err := store.Load(t.Context(), []string{"ann"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		draft := ledger.NewDraft(snap)
		req, op := earn("ann", "k", 7)
		if _, err := draft.Post(req, op); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := store.Commit(ctx, draft.Change()); !errors.Is(err, context.Canceled) || errors.Is(err, ledger.ErrConflict) {
			t.Errorf("cancelled: got %v", err)
		}
		db.Close()
		if err := store.Commit(t.Context(), draft.Change()); err == nil || errors.Is(err, ledger.ErrConflict) {
			t.Errorf("closed: got %v", err)
		}
	})
}
