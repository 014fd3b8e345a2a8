package sqlstore

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"
)

// commitOne writes a batch by one call of the function commit in the database, in schema/postgres. It
// moves the records on first, if every version is the one expected, and only then writes the other
// rows. A conflict is an answer and no error, and leaves nothing behind. When shared, others wait for it
// who are not to wait for a lock.
func (s *Store) commitOne(ctx context.Context, db querier, b *batch, shared bool) error {
	q := s.again("commit")
	q.sql("SELECT ", s.prefix, "commit(")
	for _, t := range tables {
		q.composites(t, b.put[t.id])
	}
	q.composites(transactions, erased(b.erase))
	q.sql(&param{value: shared}, ")")
	q.done("commit")
	rows, err := db.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var done bool
	for rows.Next() { // to the very end, which is where the database says it has committed
		if err := rows.Scan(&done); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if !done {
		return conflict(refusal)
	}
	return nil
}

// refusal is what PostgreSQL's answers tell: not which of the two.
const refusal = "a record has moved on, or a key is taken"

// slight tells a change as most are that go alone: one record that is there, and one transaction of that
// owner alone.
func (b *batch) slight() bool {
	return len(b.put[records.id]) == 1 && b.put[records.id][0][1].number > 1 && len(b.put[transactions.id]) == 1 &&
		len(b.put[keys.id]) <= 2 && len(b.erase) == 0
}

// commitSlight writes a slight batch by one statement, which takes two thirds of the time of commitOne: its
// arguments are plain. For several owners there would be a statement for each number of rows, and
// nothing to say in which order they are locked.
func (s *Store) commitSlight(ctx context.Context, b *batch, shared bool) error {
	type shape struct {
		keys         int
		docs, shared bool
	}
	record := b.put[records.id][0]
	sh := shape{len(b.put[keys.id]), record[docsAt].holds != null, shared}
	q := s.again(sh)
	q.write("WITH moved AS (")
	q.moveOn(record)
	if shared { // as in the function commit; looked at when the row is found, and before it is locked
		q.write(" AND set_config('lock_timeout', '20ms', true) <> ''")
	}
	for _, r := range b.put[keys.id] { // one that is taken is no error, as in the function
		q.sql(" AND NOT EXISTS (SELECT FROM ", keys, " WHERE owner = ", &param{value: r[0].arg()}, " AND id = ", &param{value: r[1].arg()}, ")")
	}
	q.write(" RETURNING 1)")
	for n, r := range b.put[keys.id] {
		q.sql(", key", strconv.Itoa(n), " AS (INSERT INTO ", keys, " SELECT ")
		q.cells(keys, r)
		q.write(" FROM moved)")
	}
	q.sql(" INSERT INTO ", transactions, " SELECT ")
	q.cells(transactions, b.put[transactions.id][0])
	q.write(" FROM moved")
	q.done(sh)
	res, err := s.db.ExecContext(ctx, q.String(), q.args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return conflict(refusal)
}

// cells writes the places of a row's cells.
func (q *statement) cells(t *table, r row) {
	q.list(len(r), func(i int) { q.value(r[i].arg(), t.columns[i].kind) })
}

// erased makes rows of transactions of those that say what to erase.
func erased(rows []row) []row {
	all := make([]row, len(rows))
	for i, r := range rows {
		t := make(row, len(transactions.columns))
		for j, c := range erasures {
			t[transactions.column(c.name)] = r[j]
		}
		all[i] = t
	}
	return all
}

// composites writes an argument: the rows of a table as one array literal, which is text that any
// driver hands over.
func (q *statement) composites(t *table, rows []row) {
	q.sql(&param{value: composites(rows), cast: "text"}, "::", t, "[], ")
}

func composites(rows []row) string {
	if len(rows) == 0 {
		return "{}"
	}
	size := 2
	for _, r := range rows {
		for i := range r {
			size += 8 + 2*len(r[i].text) // most of it is in hexadecimal or has quotes
		}
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteByte('{')
	for n, r := range rows {
		if n > 0 {
			b.WriteByte(',')
		}
		writeComposite(&b, r)
	}
	b.WriteByte('}')
	return b.String()
}

// writeComposite writes a row as PostgreSQL reads it within an array: what is quoted in the row is quoted once
// more.
func writeComposite(b *strings.Builder, r row) {
	var room [64]byte
	b.WriteString(`"(`)
	for i := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		switch c := &r[i]; c.holds { // nothing is NULL, and "" is empty text
		case aText:
			b.WriteString(`\"`)
			from := 0
			for at := range len(c.text) {
				if x := c.text[at]; x == '"' || x == '\\' {
					b.WriteString(c.text[from:at])
					b.WriteString(`\\\`)
					from = at
				}
			}
			b.WriteString(c.text[from:])
			b.WriteString(`\"`)
		case aNumber:
			b.Write(strconv.AppendInt(room[:0], c.number, 10))
		case someBytes:
			b.WriteString(`\"\\\\x`)
			b.Write(hex.AppendEncode(room[:0], []byte(c.text)))
			b.WriteString(`\"`)
		}
	}
	b.WriteString(`)"`)
}

// appendQuoted writes text in quotes, within an array.
func appendQuoted(b []byte, v string) []byte {
	b = append(b, '"')
	for i := range len(v) {
		if c := v[i]; c == '"' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, v[i])
	}
	return append(b, '"')
}
