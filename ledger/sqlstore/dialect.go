package sqlstore

import (
	"fmt"
	"strconv"
	"strings"
)

// Dialect is the SQL that a database speaks. The zero Dialect is none.
type Dialect int

// The dialects.
const (
	// SQLite is SQLite 3.37 or newer.
	SQLite Dialect = iota + 1
	// Postgres is PostgreSQL 12 or newer: one statement a commit.
	Postgres
	// Citus is PostgreSQL whose tables are distributed by owner. Citus takes no
	// INSERT within a WITH, so a commit is a few plain statements in a transaction.
	Citus
	// MySQL is MySQL 8, MariaDB 10.5 or newer, or TiDB.
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
	strings.Builder
	store *Store
	args  []any
	width [kinds]int // of a union of tables: how many columns of each kind
}

func (s *Store) statement() *statement { return &statement{store: s} }

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
			q.WriteString(p)
		case *table:
			q.WriteString(q.store.prefix)
			q.WriteString(p.name)
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

// value writes the place of an argument that is named once.
func (q *statement) value(v any) { q.place(&param{value: v}) }

func (q *statement) place(p *param) {
	if q.store.dialect == MySQL { // has no way to name an argument twice
		q.args = append(q.args, p.value)
		q.WriteByte('?')
		return
	}
	if p.n == 0 {
		q.args = append(q.args, p.value)
		p.n = len(q.args)
	}
	if q.store.dialect == SQLite {
		q.WriteByte('?')
	} else {
		q.WriteByte('$')
	}
	q.WriteString(strconv.Itoa(p.n))
	if p.cast != "" && q.store.dialect.postgres() {
		q.WriteString("::")
		q.WriteString(p.cast)
	}
}

// list writes what item writes, n times with commas between.
func (q *statement) list(n int, item func(i int)) {
	for i := range n {
		if i > 0 {
			q.WriteByte(',')
		}
		item(i)
	}
}

func (q *statement) names(columns []column) {
	q.list(len(columns), func(i int) { q.WriteString(columns[i].name) })
}
