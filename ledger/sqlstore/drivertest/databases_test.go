package drivertest_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/loyaltykit/loyalty/ledger/sqlstore"
	"github.com/loyaltykit/loyalty/ledger/sqlstore/drivertest/server"
)

// database is one that every test of the store runs on.
type database struct {
	name    string
	driver  string
	dialect sqlstore.Dialect
	dsn     func(testing.TB) string
}

// sqliteSettings are what README.md advises.
const sqliteSettings = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)"

var (
	sqlite = database{"SQLite", "sqlite", sqlstore.SQLite, func(t testing.TB) string {
		return "file:" + filepath.Join(t.TempDir(), "loyalty.db") + sqliteSettings
	}}
	postgres = database{"Postgres", "pgx", sqlstore.Postgres, onceADatabase(server.Postgres)}
	// The statements for Citus are plain PostgreSQL, and so are tried without it.
	citus   = database{"CitusStatements", "pgx", sqlstore.Citus, onceADatabase(server.Postgres)}
	mariadb = database{"MariaDB", "mysql", sqlstore.MySQL, onceADatabase(server.MariaDB)}
)

// onceADatabase has all tests of the process share a database, each with a prefix of its own.
func onceADatabase(dsn func(testing.TB) string) func(testing.TB) string {
	var mu sync.Mutex
	var got string
	return func(t testing.TB) string {
		mu.Lock()
		defer mu.Unlock()
		if got == "" {
			got = dsn(t)
		}
		return got
	}
}

// everyDatabase runs a test on each database there is, and on the one that
// LOYALTY_TEST_DSN names: postgres://…, citus+postgres://…, or mysql:// and then
// a DSN of go-sql-driver.
func everyDatabase(t *testing.T, test func(*testing.T, database)) {
	all := []database{sqlite, postgres, citus, mariadb}
	if dsn := os.Getenv("LOYALTY_TEST_DSN"); dsn != "" {
		all = append(all, named(t, dsn))
	}
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) { test(t, d) })
	}
}

func named(t testing.TB, dsn string) database {
	d := database{name: "LOYALTY_TEST_DSN", dsn: func(testing.TB) string { return dsn }}
	switch scheme, rest, _ := strings.Cut(dsn, "://"); scheme {
	case "postgres", "postgresql":
		d.driver, d.dialect = "pgx", sqlstore.Postgres
	case "citus+postgres":
		d.driver, d.dialect = "pgx", sqlstore.Citus
		dsn = "postgres://" + rest
	case "mysql":
		d.driver, d.dialect = "mysql", sqlstore.MySQL
		dsn = rest
	default:
		t.Fatalf("LOYALTY_TEST_DSN begins with %q, which is none of postgres, citus+postgres, mysql", scheme)
	}
	return d
}

var prefixes atomic.Int64

// open gives a new and empty store, with the database beneath it.
func (d database) open(t testing.TB) (*sql.DB, *sqlstore.Store) {
	t.Helper()
	db := d.connect(t, d.dsn(t))
	return db, d.migrate(t, db)
}

func (d database) connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(40)
	db.SetMaxIdleConns(40)
	t.Cleanup(func() { db.Close() })
	return db
}

// migrate gives a store with tables of its own, which go with the test.
func (d database) migrate(t testing.TB, db *sql.DB) *sqlstore.Store {
	t.Helper()
	store, _ := d.migratePrefix(t, db)
	return store
}

func (d database) migratePrefix(t testing.TB, db *sql.DB) (_ *sqlstore.Store, prefix string) {
	t.Helper()
	prefix = fmt.Sprintf("t%d_%d_", os.Getpid(), prefixes.Add(1))
	store, err := sqlstore.New(db, d.dialect, sqlstore.Prefix(prefix))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.drop(t, db, prefix) })
	return store, prefix
}

func (d database) drop(t testing.TB, db *sql.DB, prefix string) {
	for _, v := range []string{"balances", "expiries", "reasons", "accounts", "holds", "lots", "postings"} {
		if _, err := db.Exec("DROP VIEW IF EXISTS " + prefix + v); err != nil {
			t.Error(err)
		}
	}
	if d.dialect == sqlstore.Postgres || d.dialect == sqlstore.Citus {
		if _, err := db.Exec("DROP FUNCTION IF EXISTS " + prefix + "commit"); err != nil {
			t.Error(err)
		}
	}
	for _, n := range []string{"schema", "records", "keys", "transactions"} {
		if _, err := db.Exec("DROP TABLE IF EXISTS " + prefix + n); err != nil {
			t.Error(err)
		}
	}
}
