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
		column{"docs_due", moment}, column{"due", moment})
	accounts = newTable(1, "accounts", 2,
		column{"owner", text}, column{"unit", text},
		column{"earned", number}, column{"spent", number}, column{"debt", number})
	lots = newTable(2, "lots", 4,
		column{"owner", text}, column{"unit", text}, column{"hold", text}, column{"lot", text},
		column{"nth", number}, column{"points", number},
		column{"issued", moment}, column{"activates", moment}, column{"awaits", text}, column{"expires", moment})
	holds = newTable(3, "holds", 3,
		column{"owner", text}, column{"unit", text}, column{"hold", text},
		column{"since", number}, column{"nth", number}, column{"made", moment}, column{"held_until", moment})
	docs = newTable(4, "docs", 2,
		column{"owner", text}, column{"name", text}, column{"doc", blob})
	keys = newTable(5, "keys", 2,
		column{"owner", text}, column{"id", text}, column{"seq", number})
	transactions = newTable(6, "transactions", 2,
		column{"owner", text}, column{"seq", number}, column{"home", text}, column{"id", text},
		column{"reference", text}, column{"kind", text}, column{"effective", moment}, column{"recorded", moment},
		column{"reason", text}, column{"actor", text}, column{"fingerprint", blob},
		column{"prev", blob}, column{"hash", blob}, column{"erased", blob}, column{"totals", text},
		column{"aliases", text}, column{"links", text}, column{"details", blob})
	postings = newTable(7, "postings", 3,
		column{"owner", text}, column{"seq", number}, column{"nth", number},
		column{"unit", text}, column{"points", number},
		column{"from_owner", text}, column{"from_lot", text}, column{"from_hold", text}, column{"from_flow", text},
		column{"to_owner", text}, column{"to_lot", text}, column{"to_hold", text}, column{"to_flow", text},
		column{"reason", text})

	// tables is all of them but the one of schema versions, in the order in which a commit writes.
	tables = [...]*table{records, accounts, lots, holds, docs, keys, transactions, postings}
)

// column is the place of a column by its name.
func (t *table) column(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}

// row is one row of a table: a value for each of its columns, or of its key. A
// value is a string, an int64, a []byte or nil.
type row []any
