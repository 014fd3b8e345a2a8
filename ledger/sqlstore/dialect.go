package sqlstore

import (
	"fmt"
	"strconv"
)

// Dialect is the SQL that a database speaks. The zero Dialect is none.
type Dialect int

// The dialects.
const (
	// SQLite is SQLite 3.38 or newer.
	SQLite Dialect = iota + 1
	// Postgres is PostgreSQL 12 or newer: one statement a commit.
	Postgres
	// Citus is PostgreSQL whose tables are distributed by owner. A function would run
	// far from the rows, so a commit is a few plain statements in a transaction.
	Citus
	// MySQL is MySQL 8, MariaDB 10.6 or newer, or TiDB, there without views.
	MySQL
)

func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case Postgres:
		return "Postgres"
	case Citus:
		return "Citus"
	case MySQL:
		return "MySQL"
	}
	return "Dialect(" + strconv.Itoa(int(d)) + ")"
}

func (d Dialect) valid() bool { return d >= SQLite && d <= MySQL }

// postgres tells whether the server is PostgreSQL, distributed or not.
func (d Dialect) postgres() bool { return d == Postgres || d == Citus }

// maxArgs is how many parameters one statement may have.
func (d Dialect) maxArgs() int {
	if d == SQLite {
		return 32766
	}
	return 65535
}

// statement is SQL being written, with its arguments.
type statement struct {
	store *Store
	text  []byte
	known string // the text, when it has been written before: then only arguments are gathered
	args  []any
	width [kinds]int // of a union of tables: how many columns of each kind
}

func (s *Store) statement() *statement { return &statement{store: s} }

// again is a statement that may have been written before: one of a shape that
// stands for its whole text.
func (s *Store) again(shape any) *statement {
	q := s.statement()
	if known, ok := s.texts.Load(shape); ok {
		q.known = known.(string)
		q.args = make([]any, 0, 36) // as many as commitSlight has
	} else {
		q.text = make([]byte, 0, 4096)
	}
	return q
}

// done keeps the text for the next statement of the shape.
func (q *statement) done(shape any) *statement {
	if q.known == "" {
		q.known = string(q.text)
		q.store.texts.Store(shape, q.known)
	}
	return q
}

func (q *statement) String() string {
	if q.known != "" {
		return q.known
	}
	return string(q.text)
}

// write writes a piece of SQL.
func (q *statement) write(s string) {
	if q.known == "" {
		q.text = append(q.text, s...)
	}
}

// param is an argument that a statement may name several times.
type param struct {
	value any
	cast  string // its type, where PostgreSQL cannot tell
	n     int
}

// sql writes text and, in order, whatever else it is given: a table's name, the
// place of an argument, or a piece of SQL.
func (q *statement) sql(parts ...any) *statement {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			q.write(p)
		case *table:
			q.write(q.store.prefix)
			q.write(p.name)
		case *param:
			q.place(p)
		case func(*statement):
			p(q)
		default:
			panic(fmt.Sprintf("sqlstore: %T in a statement", p))
		}
	}
	return q
}

// value writes the place of an argument that is named once, of a type that
// PostgreSQL is told.
func (q *statement) value(v any, k kind) {
	if q.known != "" {
		q.args = append(q.args, v)
		return
	}
	q.place(&param{value: v, cast: k.postgres()})
}

func (q *statement) place(p *param) {
	if q.store.dialect == MySQL { // has no way to name an argument twice
		q.args = append(q.args, p.value)
		q.write("?")
		return
	}
	if p.n == 0 {
		q.args = append(q.args, p.value)
		p.n = len(q.args)
	}
	if q.known != "" {
		return
	}
	if q.store.dialect == SQLite {
		q.write("?")
	} else {
		q.write("$")
	}
	q.write(strconv.Itoa(p.n))
	if p.cast != "" && q.store.dialect.postgres() {
		q.write("::")
		q.write(p.cast)
	}
}

// list writes what item writes, n times with commas between.
func (q *statement) list(n int, item func(i int)) {
	for i := range n {
		if i > 0 {
			q.write(",")
		}
		item(i)
	}
}

func (q *statement) names(columns []column) {
	q.list(len(columns), func(i int) { q.write(columns[i].name) })
}
