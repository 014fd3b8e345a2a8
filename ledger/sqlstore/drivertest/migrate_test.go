package drivertest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

func TestMigrateTwice(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		_, store := d.open(t)
		req, op := earn("ann", "k", 7)
		if _, err := ledgerOn(t, store, 0).Post(t.Context(), req, op); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := available(t, store, "ann"); got != 7 {
			t.Errorf("%d points, want 7", got)
		}
	})
}

// TestMigrateAtOnce has several processes start at the same time on an empty database.
func TestMigrateAtOnce(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		dsn := d.dsn(t)
		prefix := fmt.Sprintf("once_%d_", prefixes.Add(1))
		first := d.connect(t, dsn)
		t.Cleanup(func() { d.drop(t, first, prefix) })
		together(t, 6, func(int) error {
			store, err := sqlstore.New(d.connect(t, dsn), d.dialect, sqlstore.Prefix(prefix))
			if err != nil {
				return err
			}
			return store.Migrate(t.Context())
		})
		var versions, highest int
		if err := first.QueryRow("SELECT COUNT(*), MAX(version) FROM "+prefix+"schema").Scan(&versions, &highest); err != nil {
			t.Fatal(err)
		}
		if versions != highest {
			t.Errorf("%d versions, the highest of them %d", versions, highest)
		}
	})
}

// TestMigrateBack refuses tables of a release to come.
func TestMigrateBack(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db := d.connect(t, d.dsn(t))
		store, prefix := d.migratePrefix(t, db)
		if _, err := db.Exec("INSERT INTO " + prefix + "schema (owner, version) VALUES ('', 1000)"); err != nil {
			t.Fatal(err)
		}
		if err := store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "version 1000") {
			t.Errorf("got %v", err)
		}
	})
}

// TestWithoutMigrate holds that a store without tables says so, and is not taken for a conflict.
func TestWithoutMigrate(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		store, err := sqlstore.New(d.connect(t, d.dsn(t)), d.dialect, sqlstore.Prefix("nowhere_"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.Load(t.Context(), []string{"ann"}, nil)
		if err == nil || d.dialect.Conflict(err) || !strings.Contains(err.Error(), "nowhere_") {
			t.Errorf("got %v", err)
		}
	})
}

// TestKeysInTheDatabase asks the database itself whether each primary and unique key begins with the owner.
func TestKeysInTheDatabase(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db := d.connect(t, d.dsn(t))
		_, prefix := d.migratePrefix(t, db)
		query := map[string]string{
			"sqlite": `SELECT m.name, x.name, i.name FROM sqlite_master m JOIN pragma_index_list(m.name) x JOIN pragma_index_info(x.name) i
				WHERE m.type = 'table' AND m.name LIKE '%[1]s%%' AND x."unique" = 1 AND i.seqno = 0`,
			"pgx": `SELECT c.relname, i.relname, a.attname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
				JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0] WHERE x.indisunique AND c.relname LIKE '%[1]s%%'`,
			"mysql": `SELECT table_name, index_name, column_name FROM information_schema.statistics
				WHERE table_schema = DATABASE() AND table_name LIKE '%[1]s%%' AND non_unique = 0 AND seq_in_index = 1`,
		}[d.driver]
		rows, err := db.Query(fmt.Sprintf(query, prefix))
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var table, index, column string
			if err := rows.Scan(&table, &index, &column); err != nil {
				t.Fatal(err)
			}
			if n++; column != "owner" {
				t.Errorf("%s of %s begins with %s", index, table, column)
			}
		}
		if err := rows.Err(); err != nil || n != 4 {
			t.Errorf("%d unique keys, want 4: %v", n, err)
		}
	})
}
