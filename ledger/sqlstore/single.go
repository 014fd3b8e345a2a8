package sqlstore

import (
	"context"
)

// shape is all that decides the text of commitOne's statement.
type shape struct {
	records   amount
	existing  bool // when it is one record
	check     amount
	put, gone [len(tables)]amount
	erase     bool
}

// amount is how many rows there are of something.
type amount uint8

const (
	none amount = iota
	one
	many
)

func amountOf[T any](list []T) amount { return amount(min(len(list), int(many))) }

// commitOne writes a batch in one PostgreSQL statement: first the records, if
// every version is the one expected, then all other rows, if that has been
// done. So a conflict writes nothing and fails nothing, and does not spoil the
// transaction of a host; for the host's sake it is also looked whether the ids
// are free, where otherwise the primary key may refuse them.
func (s *Store) commitOne(ctx context.Context, db querier, b *batch, host bool) error {
	sh := shape{records: amountOf(b.put[records.id]), existing: b.existing > 0, erase: len(b.erase) > 0}
	if host {
		sh.check = amountOf(b.put[keys.id])
	}
	for i := range tables {
		sh.put[i], sh.gone[i] = amountOf(b.put[i]), amountOf(b.gone[i])
	}
	if sh.records == many { // it is slow whichever way; better few texts
		sh.existing = false
		for i := range tables {
			sh.put[i], sh.gone[i] = min(sh.put[i], 1)*many, min(sh.gone[i], 1)*many
		}
	}
	q := s.again(sh)
	if sh.records == one {
		q.putRecord(b, sh)
	} else {
		q.putRecords(b, sh)
	}
	for _, t := range tables[1:] {
		if gone := b.gone[t.id]; len(gone) > 0 {
			q.sql(", gone_", t.name, " AS (DELETE FROM ", t)
			q.deleteRows(t, gone, sh.gone[t.id])
			q.write(")")
		}
		if put := b.put[t.id]; len(put) > 0 {
			q.sql(", put_", t.name, " AS (INSERT INTO ", t, " (")
			q.names(t.columns)
			q.write(") ")
			q.selectRows(t, put, sh.put[t.id])
			if sh.put[t.id] == one {
				q.write(" FROM done")
			} else {
				q.write(" CROSS JOIN done")
			}
			q.upsert(t)
			q.write(")")
		}
	}
	q.result(b)
	q.done(sh)
	rows, err := db.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return s.halfway(err)
	}
	defer rows.Close()
	var done readNumber
	for rows.Next() { // to the very end, which is where the database says it has committed
		if err := rows.Scan(&done); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return s.halfway(err)
	}
	if done == 0 {
		return conflict("a record has moved on, or a key is taken")
	}
	return nil
}

// result ends the statement: with a row when everything is written, with none when nothing is.
// Some new records written and others not is a race for the first use of
// several owners at once, and something to erase may not be there: only an
// error undoes what is written by then.
func (q *statement) result(b *batch) {
	if len(b.put[records.id]) == 1 && len(b.erase) == 0 {
		q.write(" SELECT 1 FROM done")
		return
	}
	wanted := &param{value: int64(len(b.put[records.id])), cast: "bigint"}
	if len(b.erase) > 0 {
		q.sql(", erased AS (UPDATE ", transactions, " t SET reason = '', actor = '', details = NULL, erased = v.erased FROM ")
		q.unnest(erasures, b.erase)
		q.write(" WHERE t.owner = v.owner AND t.seq = v.seq AND t.home = v.home AND t.id = v.id AND EXISTS (SELECT FROM done) RETURNING 1)")
	}
	q.sql(" SELECT 1 / CASE WHEN n = ", wanted)
	if len(b.erase) > 0 {
		q.sql(" AND (SELECT count(*) FROM erased) = ", &param{value: int64(len(b.erase)), cast: "bigint"})
	}
	q.write(" THEN 1 ELSE 0 END FROM (SELECT count(*) AS n FROM put) p WHERE n > 0")
}

// halfway knows the error by which commitOne undoes itself.
func (s *Store) halfway(err error) error {
	for _, e := range chain(nil, err) {
		if state, ok := e.(interface{ SQLState() string }); ok && state.SQLState() == "22012" { // division_by_zero
			return conflict("a record has come to be meanwhile, or what is to be erased is not there: %v", err)
		}
	}
	return err
}

// putRecord begins the statement for the usual batch, of one record. Its row, once
// put, is what the other inserts select from: no row, no insert.
func (q *statement) putRecord(b *batch, sh shape) {
	r := b.put[records.id][0]
	var at [6]param
	for i, c := range records.columns {
		at[i] = param{value: r[i], cast: c.kind.postgres()}
	}
	if sh.existing {
		q.sql("WITH put AS (UPDATE ", records, " SET ")
		q.list(len(r)-1, func(i int) { q.sql(records.columns[i+1].name, " = ", &at[i+1]) })
		q.sql(" WHERE owner = ", &at[0], " AND version = ", &at[1], " - 1")
		q.free(" AND ", b, sh)
	} else {
		q.sql("WITH put AS (INSERT INTO ", records, " AS r (")
		q.names(records.columns)
		q.write(") SELECT ")
		q.list(len(r), func(i int) { q.place(&at[i]) })
		q.free(" WHERE ", b, sh)
		q.upsert(records)
		q.write(" WHERE r.version = 0") // a row that a bound Load has made to lock it
	}
	q.write(" RETURNING 1), done AS NOT MATERIALIZED (SELECT FROM put)")
}

// putRecords begins the statement for several records. Those that exist are
// locked first, in the order of their owners: so no two commits wait for each
// other, and either all are as expected or none is written.
func (q *statement) putRecords(b *batch, sh shape) {
	rows := b.put[records.id]
	q.write("WITH new AS MATERIALIZED (")
	q.selectRows(records, rows, many)
	q.sql("), locked AS MATERIALIZED (SELECT count(*) AS n FROM (SELECT x.version FROM new CROSS JOIN LATERAL (SELECT r.version FROM ",
		records, " r WHERE r.owner = new.owner AND r.version = new.version - 1 AND new.version > 1 FOR UPDATE) x) y)")
	q.sql(", put AS (INSERT INTO ", records, " AS r (")
	q.names(records.columns)
	q.sql(") SELECT * FROM new WHERE (SELECT n FROM locked) = ", &param{value: int64(b.existing), cast: "bigint"})
	q.free(" AND ", b, sh)
	q.upsert(records)
	q.sql(" WHERE r.version = excluded.version - 1 RETURNING 1), done AS MATERIALIZED (SELECT FROM put HAVING count(*) = ",
		&param{value: int64(len(rows)), cast: "bigint"}, ")")
}

// free writes the condition that no id of the batch is taken. It may look at an
// old snapshot: whoever took one since has moved the record's version on.
func (q *statement) free(and string, b *batch, sh shape) {
	ids := b.put[keys.id]
	switch sh.check {
	case none:
		if and == " WHERE " { // keeps ON CONFLICT from being read as a join's
			q.write(" WHERE true")
		}
	case one:
		q.sql(and, "NOT EXISTS (SELECT FROM ", keys, " WHERE owner = ", &param{value: ids[0][0], cast: "text"},
			" AND id = ", &param{value: ids[0][1], cast: "text"}, ")")
	default:
		q.sql(and, "NOT EXISTS (SELECT FROM ")
		q.unnest(keys.columns[:2], ids)
		q.sql(" CROSS JOIN LATERAL (SELECT FROM ", keys,
			" x WHERE x.owner = v.owner AND x.id = v.id LIMIT 1) y)")
	}
}

// selectRows writes a SELECT of rows: values for one, arrays for more, so that
// there are few texts to prepare.
func (q *statement) selectRows(t *table, rows []row, n amount) {
	if n == one {
		q.write("SELECT ")
		q.list(len(t.columns), func(i int) { q.value(rows[0][i], t.columns[i].kind) })
		return
	}
	q.write("SELECT v.* FROM ")
	q.unnest(t.columns, rows)
}

// unnest writes rows as a table v. Each array comes as text and is cast once more, which hides its
// length from the planner: seeing that a plan for just these rows looks cheaper than the one for any
// number, it would plan anew each time, at many times the cost of the rows.
func (q *statement) unnest(columns []column, rows []row) {
	q.write("unnest(")
	q.list(len(columns), func(i int) { q.array(array(rows, i), columns[i].kind) })
	q.write(") AS v (")
	q.names(columns)
	q.write(")")
}

func (q *statement) array(literal string, k kind) {
	q.sql(&param{value: literal, cast: "text"}, "::", k.postgres(), "[]")
}

// deleteRows writes the condition of a DELETE. Several rows are found one by one, by the
// primary key, whatever the planner thinks of the table's size.
func (q *statement) deleteRows(t *table, rows []row, n amount) {
	key := t.columns[:t.key]
	if n == one {
		q.write(" WHERE ")
		for i, c := range key {
			q.sql(c.name, " = ")
			q.value(rows[0][i], c.kind)
			q.write(" AND ")
		}
	} else {
		q.write(" WHERE ctid = ANY(ARRAY(SELECT x.ctid FROM ")
		q.unnest(key, rows)
		q.sql(" CROSS JOIN LATERAL (SELECT g.ctid FROM ", t, " g WHERE ")
		for i, c := range key {
			if i > 0 {
				q.write(" AND ")
			}
			q.sql("g.", c.name, " = v.", c.name)
		}
		q.write(" LIMIT 1) x)) AND ")
	}
	q.write("EXISTS (SELECT FROM done)")
}
