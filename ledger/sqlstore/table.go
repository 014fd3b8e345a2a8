package sqlstore

import "slices"

// kind is what a column holds.
type kind int

const (
	text   kind = iota
	number      // int64
	moment      // a time, or NULL for the zero time
	blob        // bytes, or NULL for none
	kinds
)

// arrayOf is the PostgreSQL type of a column of a kind.
func (k kind) postgres() string {
	return [kinds]string{"text", "bigint", "timestamptz", "bytea"}[k]
}

type column struct {
	name string
	kind kind
}

// table is a table of the schema. Its primary key is its first columns, the
// owner first of all; it has no other unique key.
type table struct {
	name    string
	id      int // its place in tables
	key     int // how many columns make the primary key
	columns []column
}

func newTable(id int, name string, key int, columns ...column) *table {
	return &table{name: name, id: id, key: key, columns: columns}
}

// The columns here are those of schema/*.sql. Values travel in this order.
var (
	records = newTable(0, "records", 1,
		column{"owner", text}, column{"version", number}, column{"seq", number}, column{"head", blob},
		column{"docs_due", moment}, column{"due", moment}, column{"accounts", text}, column{"docs", text})
	keys = newTable(1, "keys", 2,
		column{"owner", text}, column{"id", text}, column{"seq", number})
	transactions = newTable(2, "transactions", 2,
		column{"owner", text}, column{"seq", number}, column{"home", text}, column{"id", text},
		column{"reference", text}, column{"kind", text}, column{"effective", moment}, column{"recorded", moment},
		column{"reason", text}, column{"actor", text}, column{"fingerprint", blob},
		column{"prev", blob}, column{"hash", blob}, column{"erased", blob}, column{"totals", text},
		column{"aliases", text}, column{"links", text}, column{"postings", text}, column{"details", blob})

	// docsAt is the place of the column of documents, see docsText.
	docsAt = records.column("docs")

	// tables is all of them but the one of schema versions, in the order in which a commit writes.
	tables = [...]*table{records, keys, transactions}
)

// column is the place of a column by its name.
func (t *table) column(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}

// row is one row of a table: a cell for each of its columns.
type row []cell
