package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
	"regexp"
	"strings"
	"time"
)

//go:embed schema
var schema embed.FS

// folder is where the dialect's schema is.
func (d Dialect) folder() string {
	switch d {
	case SQLite:
		return "schema/sqlite"
	case MySQL:
		return "schema/mysql"
	}
	return "schema/postgres"
}

// migrations are the statements that bring the schema from each version to the next.
func (s *Store) migrations() ([][]string, error) {
	files, err := fs.Glob(schema, s.dialect.folder()+"/*.sql") // in order
	if err != nil {
		return nil, err
	}
	all := make([][]string, len(files))
	for i, name := range files {
		b, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text := strings.ReplaceAll(string(b), "{prefix}", s.prefix)
		for stmt := range strings.SplitSeq(text, ";\n\n") {
			if s.dialect == Citus && strings.Contains(stmt, "CREATE FUNCTION") {
				continue // it would run on the coordinator, far from the rows
			}
			all[i] = append(all[i], strings.TrimSuffix(strings.TrimSpace(stmt), ";"))
		}
	}
	return all, nil
}

// Migrate makes the tables and views, or brings those of an older release up to
// this one. It does nothing when they are as they should be, and may run in
// several processes at once. A host that migrates by a tool of its own finds the
// statements in the folder schema.
//
// A schema newer than this release is an error: an old process must not write to it.
func (s *Store) Migrate(ctx context.Context) error {
	all, err := s.migrations()
	if err != nil {
		return err
	}
	if v, err := s.schemaVersion(ctx, s.db); err == nil && v == len(all) {
		return nil // as on most starts, and with no right to alter tables
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	unlock, err := s.lockSchema(ctx, conn)
	if err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", s.classify(ctx, err))
	}
	err = s.migrate(ctx, conn, all)
	if e := unlock(err == nil); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", s.classify(ctx, err))
	}
	return nil
}

func (s *Store) migrate(ctx context.Context, conn *sql.Conn, all [][]string) error {
	id := map[Dialect]string{SQLite: "TEXT", MySQL: "VARBINARY(255)"}[s.dialect]
	if id == "" {
		id = `TEXT COLLATE "C"`
	}
	// The owner is always "": with it this table, too, can be distributed.
	if _, err := conn.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+s.prefix+"schema (owner "+id+
		" NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (owner, version))"); err != nil {
		return err
	}
	have, err := s.schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if have > len(all) {
		return fmt.Errorf("the schema is at version %d, this release knows %d", have, len(all))
	}
	without, err := s.withoutViews(ctx, conn)
	if err != nil {
		return err
	}
	for v := have + 1; v <= len(all); v++ {
		for _, stmt := range all[v-1] {
			if without && createView.MatchString(stmt) {
				continue
			}
			if _, err := conn.ExecContext(ctx, stmt); err != nil {
				return fmt.Errorf("to version %d: %w", v, err)
			}
		}
		q := s.statement()
		q.sql("INSERT INTO ", s.prefix+"schema (owner, version) VALUES ('', ", &param{value: int64(v), cast: "bigint"}, ")")
		if _, err := conn.ExecContext(ctx, q.String(), q.args...); err != nil {
			return err
		}
	}
	return nil
}

var createView = regexp.MustCompile(`(?m)^CREATE OR REPLACE VIEW `)

// withoutViews tells TiDB, which has no JSON_TABLE to make views of.
func (s *Store) withoutViews(ctx context.Context, db querier) (bool, error) {
	if s.dialect != MySQL {
		return false, nil
	}
	rows, err := db.QueryContext(ctx, "SELECT VERSION()")
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var version readText
	for rows.Next() {
		if err := rows.Scan(&version); err != nil {
			return false, err
		}
	}
	return strings.Contains(string(version), "TiDB"), rows.Err()
}

func (s *Store) schemaVersion(ctx context.Context, db querier) (int, error) {
	rows, err := db.QueryContext(ctx, "SELECT MAX(version) FROM "+s.prefix+"schema")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var v readNumber
	for rows.Next() {
		if err := rows.Scan(&v); err != nil {
			return 0, err
		}
	}
	return int(v), rows.Err()
}

// lockSchema sees to it that one process at a time migrates. Where the database
// can undo a CREATE TABLE, all of a migration is one transaction.
func (s *Store) lockSchema(ctx context.Context, conn *sql.Conn) (unlock func(ok bool) error, err error) {
	exec := func(ctx context.Context, query string) error {
		_, err := conn.ExecContext(ctx, query)
		return err
	}
	end := func(ok bool) error {
		if ok {
			return exec(ctx, "COMMIT")
		}
		return exec(context.WithoutCancel(ctx), "ROLLBACK")
	}
	h := fnv.New32a()
	h.Write([]byte(s.prefix + "schema"))
	switch s.dialect {
	case SQLite:
		for {
			if err = exec(ctx, "BEGIN IMMEDIATE"); err == nil || !s.dialect.Conflict(err) {
				return end, err
			}
			select { // busy: another process is at it
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	case MySQL: // commits each CREATE by itself
		name := fmt.Sprintf("%sschema_%d", s.prefix, h.Sum32())
		var got sql.NullInt64
		if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 60)", name).Scan(&got); err != nil {
			return nil, err
		}
		if got.Int64 != 1 {
			return nil, fmt.Errorf("another process has been migrating for a minute")
		}
		return func(bool) error {
			_, err := conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK(?)", name)
			return err
		}, nil
	}
	if err := exec(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(h.Sum32()))); err != nil {
		end(false)
		return nil, err
	}
	return end, nil
}
