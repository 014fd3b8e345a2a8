package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// DefaultPrefix begins the names of the tables and views.
const DefaultPrefix = "loyalty_"

// Option is a choice at New.
type Option func(*Store)

// Prefix has the tables and views begin with another prefix than DefaultPrefix:
// lower-case letters, digits and "_", no more than 30, not a digit first. So
// several stores share a database.
func Prefix(p string) Option { return func(s *Store) { s.prefix = p } }

var validPrefix = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,29}$`)

// Store is a ledger.Store in an SQL database, safe for concurrent use. New makes one.
type Store struct {
	db      *sql.DB
	dialect Dialect
	prefix  string

	groups groups   // of the calls that wait
	texts  sync.Map // of statements, by shape

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

var _ ledger.Store = (*Store)(nil)

// New makes a Store on a database that the host has opened with the driver of
// its choice. It opens no connection. The tables must be there before use: see Migrate.
func New(db *sql.DB, d Dialect, options ...Option) (*Store, error) {
	s := &Store{db: db, dialect: d, prefix: DefaultPrefix, prepared: map[string]*sql.Stmt{}}
	for _, o := range options {
		o(s)
	}
	switch {
	case db == nil:
		return nil, errors.New("sqlstore: the database is nil")
	case !d.valid():
		return nil, fmt.Errorf("sqlstore: %v is no dialect", d)
	case !validPrefix.MatchString(s.prefix):
		return nil, fmt.Errorf("sqlstore: prefix %.40q must be lower-case letters, digits and _, at most 30", s.prefix)
	}
	return s, nil
}

// Load implements ledger.Store, in one round trip to the database, and a second when
// transactions are found under the keys. On Citus it takes one an
// owner, and owners on different workers may not be of one moment: that is left to the
// commit, which compares all their versions.
func (s *Store) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	if len(owners) > maxShared || len(keys) > maxShared {
		return s.load(ctx, s.cached(), owners, keys)
	}
	// Of its own memory: it may go on when the caller has given up.
	l := &loading{owners: slices.Clone(owners), ids: slices.Clone(keys)}
	if err := s.share(&call{ctx: ctx, load: l}); err != nil {
		return ledger.Snapshot{}, err
	}
	return l.snap, nil
}

// Commit implements ledger.Store. On PostgreSQL it is the call of a function, hence one round trip;
// elsewhere a short transaction of one statement or two for each table concerned.
func (s *Store) Commit(ctx context.Context, c ledger.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := s.newBatch(c)
	if err != nil {
		return err
	}
	return s.share(&call{ctx: ctx, batch: b})
}

// commitNow commits a batch, of one change or of several. When shared, it does not wait long for a lock.
func (s *Store) commitNow(ctx context.Context, b *batch, shared bool) error {
	if s.dialect == Postgres {
		if b.slight() {
			return s.classify(ctx, s.commitSlight(ctx, b, shared))
		}
		return s.classify(ctx, s.commitOne(ctx, s.cached(), b, shared))
	}
	return s.classify(ctx, s.commitAll(ctx, b))
}

// History implements ledger.Store, in one round trip.
func (s *Store) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	return s.history(ctx, s.cached(), q)
}

// querier is what a *sql.DB, a *sql.Conn and a *sql.Tx have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// What is kept prepared: statements of the everyday sizes.
const (
	maxPrepared     = 256
	maxPreparedArgs = 120
)

// stmt gives a statement prepared once for all connections. It must not be
// called within a transaction, which may hold the pool's last connection.
func (s *Store) stmt(ctx context.Context, query string, args int) (*sql.Stmt, error) {
	if args > maxPreparedArgs {
		return nil, nil
	}
	s.mu.Lock()
	stmt, full := s.prepared[query], len(s.prepared) >= maxPrepared
	s.mu.Unlock()
	if stmt != nil || full {
		return stmt, nil
	}
	stmt, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.prepared[query]; other != nil {
		return other, stmt.Close()
	}
	s.prepared[query] = stmt
	return stmt, nil
}

// cached gives the database as it is best asked: PostgreSQL drivers keep statements
// prepared themselves, and a pooler between may forbid it; others prepare anew on each call.
func (s *Store) cached() querier {
	if s.dialect.postgres() {
		return s.db
	}
	return preparing{s}
}

type preparing struct{ s *Store }

func (p preparing) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := p.s.stmt(ctx, query, len(args))
	switch {
	case err != nil:
		return nil, err
	case stmt == nil:
		return p.s.db.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

func (p preparing) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := p.s.stmt(ctx, query, len(args))
	switch {
	case err != nil:
		return nil, err
	case stmt == nil:
		return p.s.db.ExecContext(ctx, query, args...)
	}
	return stmt.ExecContext(ctx, args...)
}

// Due implements ledger.Store.
func (s *Store) Due(ctx context.Context, t time.Time, limit int) ([]string, error) {
	return s.due(ctx, s.cached(), t, limit)
}
