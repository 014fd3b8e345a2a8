package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/ledger/sqlstore"
	_ "modernc.org/sqlite" // the driver is the host's choice
)

// store is a ledger.Store that can name all its owners.
type store interface {
	ledger.Store
	Owners(context.Context) ([]string, error)
	Into() string // where the books are, for the report; "" is nowhere that lasts
}

// What -store takes.
const (
	storeSQLite = "sqlite"
	storeMemory = "memory"
)

// openStore gives an empty store, or that of an earlier run if o names its file.
// The caller closes it.
func openStore(ctx context.Context, o options) (s store, closeStore func() error, err error) {
	switch {
	case o.store == storeMemory:
		return inMemory{memory.New()}, func() error { return nil }, nil
	case o.db != "":
		s, err := openSQLite(ctx, o.db, o.db)
		if err != nil {
			return nil, nil, fmt.Errorf("-db %s: %w", o.db, err)
		}
		return s, s.db.Close, nil
	}
	dir, err := os.MkdirTemp("", "quickstart-")
	if err != nil {
		return nil, nil, err
	}
	kept, err := openSQLite(ctx, filepath.Join(dir, "books.db"), "a temporary file, removed at the end")
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return kept, func() error { return errors.Join(kept.db.Close(), os.RemoveAll(dir)) }, nil
}

// inMemory forgets all when the program ends.
type inMemory struct{ *memory.Store }

func (m inMemory) Owners(ctx context.Context) ([]string, error) { return m.Store.Owners(), ctx.Err() }

func (m inMemory) Into() string { return "" }

// inSQLite keeps the books in a file.
type inSQLite struct {
	*sqlstore.Store
	db   *sql.DB
	into string
}

// openSQLite opens a file of books, or makes one. A commit that has been answered
// is on the disk, even if the machine loses its power (synchronous=FULL).
func openSQLite(ctx context.Context, file, into string) (*inSQLite, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{
		Scheme:   "file",
		Path:     "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"),
		RawQuery: "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)",
	}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	books, err := sqlstore.New(db, sqlstore.SQLite)
	if err == nil {
		err = books.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &inSQLite{books, db, into}, nil
}

// Owners asks the table of records itself: what the library has no use for, a host
// reads in plain SQL.
func (s *inSQLite) Owners(ctx context.Context) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT owner FROM "+sqlstore.DefaultPrefix+"records ORDER BY owner")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var owners []string
	for rows.Next() {
		var o string
		if err := rows.Scan(&o); err != nil {
			return nil, err
		}
		owners = append(owners, o)
	}
	return owners, rows.Err()
}

func (s *inSQLite) Into() string { return s.into }
