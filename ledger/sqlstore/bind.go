package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// Bind gives a ledger.Store that works within a transaction of the host's: what it writes
// becomes durable with the host's own rows when the host commits, and is gone when
// it rolls back. It never commits and never begins anything.
//
// Load locks the owners' records, in the order of owners, until the transaction
// ends, so that none of them can move on before Commit. It therefore takes two round trips
// instead of one, and a host that loads several times in one transaction loads in one order
// everywhere.
//
// A conflict is the host's to settle: it rolls back and does its whole transaction
// again. So ledger.Config.Attempts is 1 for a bound store:
//
//	l, err := ledger.New(ledger.Config{Store: store.Bind(tx), Attempts: 1})
//
// See Dialect.Conflict for the errors of the host's own statements. Like tx itself, the bound
// store is for one goroutine at a time.
func (s *Store) Bind(tx *sql.Tx) ledger.Store { return bound{s, tx} }

type bound struct {
	s  *Store
	tx *sql.Tx
}

func (b bound) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	sorted := slices.Compact(slices.Sorted(slices.Values(owners)))
	if len(sorted) > 0 {
		if err := b.s.lock(ctx, b.tx, sorted); err != nil {
			return ledger.Snapshot{}, b.s.classify(ctx, err)
		}
	}
	snap, err := b.s.load(ctx, b.tx, owners, keys)
	if err != nil || b.s.dialect != MySQL {
		return snap, err
	}
	return snap, b.fresh(ctx, sorted, snap)
}

func (b bound) Commit(ctx context.Context, c ledger.Change) error {
	rows, err := b.s.newBatch(c)
	if err != nil {
		return err
	}
	if b.s.dialect == Postgres {
		return b.s.classify(ctx, b.s.commitOne(ctx, b.tx, rows, false))
	}
	return b.s.classify(ctx, b.s.commitWithin(ctx, b.tx, rows))
}

func (b bound) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	return b.s.history(ctx, b.tx, q)
}

func (b bound) Due(ctx context.Context, t time.Time, limit int) ([]string, error) {
	return b.s.due(ctx, b.tx, t, limit)
}

// lock locks the owners' records in order. An owner without one gets a record of
// version 0, which is as good as none, so that there is something to lock.
func (s *Store) lock(ctx context.Context, tx *sql.Tx, owners []string) error {
	switch s.dialect {
	case SQLite:
		// There is one lock, and a transaction that has read cannot get it once another
		// has written since. A write of nothing takes it before the first read.
		q := s.statement().sql("DELETE FROM ", records, " WHERE owner = '' AND version < 0")
		_, err := tx.ExecContext(ctx, q.String())
		return err
	case MySQL:
		for _, st := range s.zeroRows(owners) {
			if _, err := tx.ExecContext(ctx, st.query, st.args...); err != nil {
				return err
			}
		}
		return nil
	case Citus: // locks rows of one shard at a time
		for i := range owners {
			if err := s.lockRows(ctx, tx, owners[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	return s.lockRows(ctx, tx, owners)
}

// lockRows locks records on PostgreSQL, first those there are.
func (s *Store) lockRows(ctx context.Context, tx *sql.Tx, owners []string) error {
	for {
		missing, err := s.lockExisting(ctx, tx, owners)
		if err != nil || len(missing) == 0 {
			return err
		}
		q := s.statement()
		q.sql("INSERT INTO ", records, " (owner, version, seq) SELECT unnest(", &param{value: textArray(missing), cast: "text[]"}, "), 0, 0")
		if s.dialect == Citus {
			q = s.statement()
			q.sql("INSERT INTO ", records, " (owner, version, seq) VALUES (", &param{value: missing[0], cast: "text"}, ", 0, 0)")
		}
		q.write(" ON CONFLICT DO NOTHING")
		res, err := tx.ExecContext(ctx, q.String(), q.args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || int(n) == len(missing) {
			return err // what this transaction has inserted is locked
		}
		owners = missing // someone else was first: lock theirs
	}
}

// lockExisting locks the records there are and tells which are not.
func (s *Store) lockExisting(ctx context.Context, tx *sql.Tx, owners []string) (missing []string, err error) {
	q := s.statement()
	if len(owners) == 1 {
		q.sql("SELECT owner FROM ", records, " WHERE owner = ", &param{value: owners[0]}, " FOR UPDATE")
	} else {
		q.sql("SELECT x.owner FROM unnest(", anyNumber(owners), ") AS o (owner) CROSS JOIN LATERAL (SELECT r.owner FROM ",
			records, " r WHERE r.owner = o.owner FOR UPDATE) x")
	}
	rows, err := tx.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[string]bool, len(owners))
	for rows.Next() {
		var o readText
		if err := rows.Scan(&o); err != nil {
			return nil, err
		}
		found[string(o)] = true
	}
	for _, o := range owners {
		if !found[o] {
			missing = append(missing, o)
		}
	}
	return missing, rows.Err()
}

// fresh compares, on MySQL, the snapshot with the locked rows. At REPEATABLE READ a
// transaction sees the database as of its first read, which may be older than the lock;
// then the host must begin again.
func (b bound) fresh(ctx context.Context, owners []string, snap ledger.Snapshot) error {
	for len(owners) > 0 {
		n := min(len(owners), 1000)
		q := b.s.statement()
		q.sql("SELECT owner, version FROM ", records, " FORCE INDEX (PRIMARY) WHERE owner IN (")
		q.list(n, func(i int) { q.value(owners[i], text) })
		q.write(") FOR UPDATE")
		if err := b.compare(ctx, q, snap); err != nil {
			return b.s.classify(ctx, err)
		}
		owners = owners[n:]
	}
	return nil
}

func (b bound) compare(ctx context.Context, q *statement, snap ledger.Snapshot) error {
	rows, err := b.tx.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var owner readText
		var version readNumber
		if err := rows.Scan(&owner, &version); err != nil {
			return err
		}
		if snap.Record(string(owner)).Version != int64(version) {
			return conflict("%s has moved on since the transaction began to read", owner)
		}
	}
	return rows.Err()
}
