package sqlstore

import (
	"context"
	"strconv"
)

// commitOne writes a batch in one PostgreSQL statement: first the records, if
// every version is the one expected and every id is free, then all other rows,
// if that has been done. So a conflict writes nothing and fails nothing, and
// does not spoil the transaction of a host.
func (s *Store) commitOne(ctx context.Context, db querier, b *batch) error {
	q := s.statement()
	n := len(b.put[records.id])
	if n == 1 {
		q.putRecord(b)
	} else {
		q.putRecords(b)
	}
	for _, t := range tables[1:] {
		if gone := b.gone[t.id]; len(gone) > 0 {
			q.sql(", gone_", t.name, " AS (DELETE FROM ", t)
			q.deleteRows(t, gone)
			q.WriteString(")")
		}
		if put := b.put[t.id]; len(put) > 0 {
			q.sql(", put_", t.name, " AS (INSERT INTO ", t, " (")
			q.names(t.columns)
			q.WriteString(") ")
			q.selectRows(t, put)
			q.WriteString(" WHERE (SELECT n FROM done) = ")
			q.WriteString(strconv.Itoa(n))
			q.upsert(t)
			q.WriteString(")")
		}
	}
	erased := "0"
	if len(b.erase) > 0 {
		erased = "(SELECT count(*) FROM erased)"
		q.sql(", erased AS (UPDATE ", transactions, " t SET reason = '', actor = '', details = NULL, erased = v.erased FROM ")
		q.unnest(erasures, b.erase)
		q.WriteString(" WHERE t.owner = v.owner AND t.seq = v.seq AND t.home = v.home AND t.id = v.id AND (SELECT n FROM done) > 0 RETURNING 1)")
	}
	// Some new records written and others not is a race for the first use of
	// several owners at once; something to erase may not be there. Only an error
	// undoes what is written by then.
	q.sql(" SELECT CASE WHEN n = 0 OR n = ", strconv.Itoa(n), " AND ", erased, " = ", strconv.Itoa(len(b.erase)), " THEN n ELSE 1 / (n - n) END FROM done")
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
	if int(done) != n {
		return conflict("a record has moved on, or a key is taken")
	}
	return nil
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

// putRecord begins the statement for the usual batch, of one record.
func (q *statement) putRecord(b *batch) {
	r := b.put[records.id][0]
	at := make([]*param, len(r))
	for i, c := range records.columns {
		at[i] = &param{value: r[i], cast: c.kind.postgres()}
	}
	if b.existing == 1 {
		q.sql("WITH put AS (UPDATE ", records, " SET ")
		q.list(len(r)-1, func(i int) { q.sql(records.columns[i+1].name, " = ", at[i+1]) })
		q.sql(" WHERE owner = ", at[0], " AND version = ", at[1], " - 1")
		q.free(" AND ", b)
	} else {
		q.sql("WITH put AS (INSERT INTO ", records, " AS r (")
		q.names(records.columns)
		q.WriteString(") SELECT ")
		q.list(len(r), func(i int) { q.place(at[i]) })
		q.free(" WHERE ", b)
		q.upsert(records)
		q.WriteString(" WHERE r.version = 0") // a row that a bound Load has made to lock it
	}
	q.WriteString(" RETURNING 1), done AS MATERIALIZED (SELECT count(*) AS n FROM put)")
}

// putRecords begins the statement for several records. Those that exist are
// locked first, in the order of their owners: so no two commits wait for each
// other, and either all are as expected or none is written.
func (q *statement) putRecords(b *batch) {
	rows := b.put[records.id]
	q.WriteString("WITH new AS MATERIALIZED (")
	q.selectRows(records, rows)
	q.sql("), locked AS MATERIALIZED (SELECT count(*) AS n FROM (SELECT x.version FROM new CROSS JOIN LATERAL (SELECT r.version FROM ",
		records, " r WHERE r.owner = new.owner AND r.version = new.version - 1 AND new.version > 1 FOR UPDATE) x) y)")
	q.sql(", put AS (INSERT INTO ", records, " AS r (")
	q.names(records.columns)
	q.sql(") SELECT * FROM new WHERE (SELECT n FROM locked) = ", strconv.Itoa(b.existing))
	q.free(" AND ", b)
	q.upsert(records)
	q.WriteString(" WHERE r.version = excluded.version - 1 RETURNING 1), done AS MATERIALIZED (SELECT count(*) AS n FROM put)")
}

// free writes the condition that no id of the batch is taken. It may look at an
// old snapshot: whoever took one since has moved the record's version on.
func (q *statement) free(and string, b *batch) {
	ids := b.put[keys.id]
	switch len(ids) {
	case 0:
		if and == " WHERE " { // keeps ON CONFLICT from being read as a join's
			q.WriteString(" WHERE true")
		}
	case 1:
		q.sql(and, "NOT EXISTS (SELECT FROM ", keys, " WHERE owner = ", &param{value: ids[0][0], cast: "text"},
			" AND id = ", &param{value: ids[0][1], cast: "text"}, ")")
	default:
		q.sql(and, "NOT EXISTS (SELECT FROM unnest(", &param{value: array(ids, 0), cast: "text[]"}, ", ",
			&param{value: array(ids, 1), cast: "text[]"}, ") AS k (owner, id) CROSS JOIN LATERAL (SELECT FROM ", keys,
			" x WHERE x.owner = k.owner AND x.id = k.id LIMIT 1) y)")
	}
}

// selectRows writes a SELECT of rows: values for one, arrays for more, so that
// there are few texts to prepare.
func (q *statement) selectRows(t *table, rows []row) {
	if len(rows) == 1 {
		q.WriteString("SELECT ")
		q.list(len(t.columns), func(i int) { q.place(&param{value: rows[0][i], cast: t.columns[i].kind.postgres()}) })
		return
	}
	q.WriteString("SELECT * FROM ")
	q.unnest(t.columns, rows)
}

func (q *statement) unnest(columns []column, rows []row) {
	q.WriteString("unnest(")
	q.list(len(columns), func(i int) {
		q.place(&param{value: array(rows, i), cast: columns[i].kind.postgres() + "[]"})
	})
	q.WriteString(") AS v (")
	q.names(columns)
	q.WriteByte(')')
}

// deleteRows writes the condition of a DELETE. Several rows are found one by one, by the
// primary key, whatever the planner thinks of the table's size.
func (q *statement) deleteRows(t *table, rows []row) {
	key := t.columns[:t.key]
	if len(rows) == 1 {
		q.WriteString(" WHERE ")
		for i, c := range key {
			q.sql(c.name, " = ", &param{value: rows[0][i], cast: c.kind.postgres()}, " AND ")
		}
	} else {
		q.WriteString(" WHERE ctid = ANY(ARRAY(SELECT x.ctid FROM ")
		q.unnest(key, rows)
		q.sql(" CROSS JOIN LATERAL (SELECT g.ctid FROM ", t, " g WHERE ")
		for i, c := range key {
			if i > 0 {
				q.WriteString(" AND ")
			}
			q.sql("g.", c.name, " = v.", c.name)
		}
		q.WriteString(" LIMIT 1) x)) AND ")
	}
	q.WriteString("(SELECT n FROM done) > 0")
}
