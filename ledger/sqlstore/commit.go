package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
)

// step is one statement of a commit.
type step struct {
	query string
	args  []any
	rows  int64 // how many it must affect, or the change conflicts; -1 is any number
}

func (q *statement) step(rows int) step { return step{q.String(), q.args, int64(rows)} }

// steps are the statements that write a batch, records first: whoever has
// those, has the owners' other rows too, which are always new.
func (s *Store) steps(b *batch) []step {
	steps := s.recordSteps(b)
	for _, t := range tables[1:] {
		for _, chunk := range s.chunks(b.put[t.id], len(t.columns)) {
			q := s.statement()
			q.sql("INSERT INTO ", t, " (")
			q.names(t.columns)
			q.write(") VALUES ")
			q.rows(t, chunk)
			rows := -1
			if t == keys && s.dialect.postgres() {
				q.write(" ON CONFLICT DO NOTHING") // an error would spoil the host's transaction
				rows = len(chunk)
			}
			steps = append(steps, q.step(rows))
		}
	}
	for _, r := range b.erase {
		q := s.statement()
		q.sql("UPDATE ", transactions, " SET reason = '', actor = '', details = NULL, erased = ", &param{value: r[4].arg(), cast: "bytea"}, " WHERE ")
		q.each(erasures[:4], " AND ", func(i int, c column) { q.sql(c.name, " = ", &param{value: r[i].arg()}) })
		rows := 1
		if s.dialect == MySQL {
			rows = -1 // it may count a row that was erased before for none
		}
		steps = append(steps, q.step(rows))
	}
	return steps
}

// recordSteps are the statements that move each record on from the version it was
// loaded at.
func (s *Store) recordSteps(b *batch) []step {
	var existing, fresh []row
	for _, r := range b.put[records.id] {
		if r[1].number > 1 {
			existing = append(existing, r)
		} else {
			fresh = append(fresh, r)
		}
	}
	switch s.dialect {
	case MySQL:
		return s.recordStepsMySQL(b.put[records.id], fresh)
	case SQLite:
		var steps []step
		for _, chunk := range s.chunks(existing, len(records.columns)) {
			steps = append(steps, s.updateSQLite(chunk))
		}
		for _, chunk := range s.chunks(fresh, len(records.columns)) {
			steps = append(steps, s.insertRecords(chunk))
		}
		return steps
	}
	var steps []step
	for _, r := range existing { // each on the one shard of its owner
		q := s.statement()
		q.moveOn(r)
		steps = append(steps, q.step(1))
	}
	for _, r := range fresh {
		steps = append(steps, s.insertRecords([]row{r}))
	}
	return steps
}

// moveOn writes the UPDATE of a record from the version before. Documents that stay as they are it does not name.
func (q *statement) moveOn(r row) {
	version := &param{value: r[1].arg(), cast: "bigint"}
	q.sql("UPDATE ", records, " SET version = ", version)
	for i, c := range records.columns[2:docsAt] {
		q.sql(", ", c.name, " = ", &param{value: r[i+2].arg(), cast: c.kind.postgres()})
	}
	if r[docsAt].holds != null {
		var left any // no documents are NULL
		if r[docsAt].text != "" {
			left = r[docsAt].text
		}
		q.sql(", docs = ", &param{value: left, cast: "text"})
	}
	q.sql(" WHERE owner = ", &param{value: r[0].arg()}, " AND version = ", version, " - 1")
}

// insertRecords writes new records. One that is there already at version 0 has
// been made by a bound Load, to lock it.
func (s *Store) insertRecords(rows []row) step {
	q := s.statement()
	q.sql("INSERT INTO ", records, " AS r (")
	q.names(records.columns)
	q.write(") VALUES ")
	q.rows(records, rows)
	q.write(" ON CONFLICT (")
	q.names(records.columns[:records.key])
	q.write(") DO UPDATE SET ")
	q.each(records.columns[records.key:], ", ", func(_ int, c column) { q.sql(c.name, " = excluded.", c.name) })
	q.write(" WHERE r.version = 0")
	return q.step(len(rows))
}

func (s *Store) updateSQLite(rows []row) step {
	q := s.statement()
	if len(rows) == 1 {
		q.moveOn(rows[0])
		return q.step(1)
	}
	q.write("WITH v (")
	q.names(records.columns)
	q.write(") AS (VALUES ")
	q.rows(records, rows)
	q.sql(") UPDATE ", records, " AS r SET ")
	for _, c := range records.columns[1:docsAt] {
		q.sql(c.name, " = v.", c.name, ", ")
	}
	q.sql("docs = ", docsOr("v.docs", "r.docs"), " FROM v WHERE r.owner = v.owner AND r.version = v.version - 1")
	return q.step(len(rows))
}

// recordStepsMySQL goes by INSERT … ON DUPLICATE KEY UPDATE, which finds rows by
// the primary key and locks them in the order given, where an UPDATE of several rows may
// scan, and lock, the whole table. A row changed counts for two, whatever the
// connection's settings; one that stands at another version for none or one.
func (s *Store) recordStepsMySQL(all, fresh []row) []step {
	var steps []step
	if len(fresh) > 0 {
		owners := make([]string, len(fresh))
		for i, r := range fresh {
			owners[i] = r[0].text
		}
		steps = append(steps, s.zeroRows(owners)...)
	}
	for _, chunk := range s.chunks(all, len(records.columns)) {
		q := s.statement()
		q.sql("INSERT INTO ", records, " (")
		q.names(records.columns)
		q.write(") VALUES ")
		q.rows(records, chunk)
		q.write(" ON DUPLICATE KEY UPDATE ")
		for _, c := range records.columns[2:docsAt] {
			q.sql(c.name, " = IF(version = VALUES(version) - 1, VALUES(", c.name, "), ", c.name, "),")
		}
		q.sql("docs = IF(version = VALUES(version) - 1, ", docsOr("VALUES(docs)", "docs"), ", docs),")
		q.write("version = IF(version = VALUES(version) - 1, VALUES(version), version)") // the last: those before compare with it
		steps = append(steps, q.step(2*len(chunk)))
	}
	return steps
}

// docsOr is what becomes of the documents where a statement is for several records, see docsText.
func docsOr(given, there string) string {
	return "CASE WHEN " + given + " IS NULL THEN " + there + " ELSE NULLIF(" + given + ", '') END"
}

// zeroRows makes, on MySQL, a record of version 0 for owners that have none, and locks those that have.
func (s *Store) zeroRows(owners []string) []step {
	rows := make([]row, len(owners))
	for i, o := range owners {
		rows[i] = make(row, len(records.columns))
		copy(rows[i], row{textCell(o), numberCell(0), numberCell(0)})
	}
	var steps []step
	for _, chunk := range s.chunks(rows, len(records.columns)) {
		q := s.statement()
		q.sql("INSERT INTO ", records, " (")
		q.names(records.columns)
		q.write(") VALUES ")
		q.rows(records, chunk)
		q.write(" ON DUPLICATE KEY UPDATE version = version")
		steps = append(steps, q.step(-1))
	}
	return steps
}

func (q *statement) each(columns []column, sep string, f func(i int, c column)) {
	for i, c := range columns {
		if i > 0 {
			q.write(sep)
		}
		f(i, c)
	}
}

// rows writes (…),(…) for VALUES.
func (q *statement) rows(t *table, rows []row) {
	q.list(len(rows), func(n int) {
		q.write("(")
		q.cells(t, rows[n])
		q.write(")")
	})
}

// maxBytes is how much one statement should carry, well below what servers take.
const maxBytes = 4 << 20

// chunks cuts rows into what one statement can hold.
func (s *Store) chunks(rows []row, columns int) [][]row {
	var all [][]row
	most := min(s.dialect.maxArgs()/columns, 500) // longer ones are no faster, and deep ones refused
	for len(rows) > 0 {
		n, size := 0, 0
		for n < len(rows) && n < most && (n == 0 || size < maxBytes) {
			for _, v := range rows[n] {
				size += len(v.text)
			}
			n++
		}
		all = append(all, rows[:n])
		rows = rows[n:]
	}
	return all
}

// commitAll writes a batch in a transaction of its own.
func (s *Store) commitAll(ctx context.Context, b *batch) error {
	steps := s.steps(b)
	stmts := make([]*sql.Stmt, len(steps)) // before a connection is held, since preparing may take another
	for i, st := range steps {
		var err error
		if s.dialect.postgres() {
			continue
		}
		if stmts[i], err = s.stmt(ctx, st.query, len(st.args)); err != nil {
			return err
		}
	}
	// On SQLite the first statement writes, so that this is as good as BEGIN
	// IMMEDIATE, which database/sql has no word for.
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for i, st := range steps {
		var res sql.Result
		if stmts[i] != nil {
			res, err = tx.StmtContext(ctx, stmts[i]).ExecContext(ctx, st.args...)
		} else {
			res, err = tx.ExecContext(ctx, st.query, st.args...)
		}
		if err == nil {
			err = st.check(res)
		}
		if err != nil {
			_ = tx.Rollback() // the first error is the one to tell
			return err
		}
	}
	return tx.Commit()
}

// commitWithin writes a batch in the host's transaction, or leaves it as it was.
func (s *Store) commitWithin(ctx context.Context, tx *sql.Tx, b *batch) error {
	savepoint := s.prefix + "commit"
	if _, err := tx.ExecContext(ctx, "SAVEPOINT "+savepoint); err != nil {
		return err
	}
	for _, st := range s.steps(b) {
		res, err := tx.ExecContext(ctx, st.query, st.args...)
		if err == nil {
			err = st.check(res)
		}
		if err != nil {
			_, undo := tx.ExecContext(context.WithoutCancel(ctx), "ROLLBACK TO SAVEPOINT "+savepoint)
			if undo != nil && !s.dialect.Conflict(err) { // a deadlock has undone all, savepoint included
				return errors.Join(err, undo)
			}
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "RELEASE SAVEPOINT "+savepoint)
	return err
}

func (st step) check(res sql.Result) error {
	if st.rows < 0 {
		return nil
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n != st.rows {
		return conflict("%s rows as expected of %s", strconv.FormatInt(n, 10), strconv.FormatInt(st.rows, 10))
	}
	return nil
}
