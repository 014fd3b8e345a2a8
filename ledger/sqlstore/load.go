package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strconv"

	"github.com/loyaltykit/loyalty/ledger"
)

// load reads what a Load asks for.
func (s *Store) load(ctx context.Context, db querier, owners []string, ids []ledger.Key) (ledger.Snapshot, error) {
	g, err := s.collect(ctx, db, owners, ids)
	if err != nil {
		return ledger.Snapshot{}, err
	}
	return g.snapshot(owners, ids)
}

// collect reads whole records, and whether ids have been used, in one statement: the
// rows of all tables, one below the other. Only so is all of it of one moment
// without holding a transaction open. Transactions that were found, mostly none, take another
// statement: they never change.
func (s *Store) collect(ctx context.Context, db querier, owners []string, ids []ledger.Key) (*gathering, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	owners, ids = distinct(owners), distinct(ids)
	g := newGathering()
	parts := s.parts(owners, ids)
	if _, bound := db.(*sql.Tx); len(parts) > 1 && !bound {
		tx, err := s.db.BeginTx(ctx, s.dialect.oneMoment())
		if err != nil {
			return nil, s.classify(ctx, err)
		}
		defer tx.Rollback()
		db = tx
	}
	for _, part := range parts {
		q := s.loadStatement(part.owners, part.ids)
		if err := g.read(ctx, db, q); err != nil {
			return nil, s.classify(ctx, err)
		}
	}
	if len(owners) == 0 {
		return g, nil // with the transactions
	}
	used := slices.DeleteFunc(slices.Clone(ids), func(k ledger.Key) bool { _, ok := g.keys[k]; return !ok })
	for _, part := range s.parts(nil, used) {
		if err := g.read(ctx, db, s.loadStatement(nil, part.ids)); err != nil {
			return nil, s.classify(ctx, err)
		}
	}
	return g, nil
}

// distinct gives each item once.
func distinct[T comparable](items []T) []T {
	if len(items) < 2 {
		return items
	}
	seen := make(map[T]bool, len(items))
	once := make([]T, 0, len(items))
	for _, x := range items {
		if !seen[x] {
			seen[x] = true
			once = append(once, x)
		}
	}
	return once
}

// oneMoment is a transaction whose statements all read the same; on Citus, all
// that read from one worker.
func (d Dialect) oneMoment() *sql.TxOptions {
	if d == SQLite {
		return nil // has no other
	}
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead}
}

// part is what one statement loads.
type part struct {
	owners []string
	ids    []ledger.Key
}

// parts is everything at once, except on Citus, where it is an owner at a time: a statement that
// names one owner goes to one shard, whatever it joins.
func (s *Store) parts(owners []string, ids []ledger.Key) []part {
	if len(owners)+len(ids) == 0 {
		return nil
	}
	switch s.dialect {
	case Postgres:
		return []part{{owners, ids}}
	case SQLite, MySQL:
		var all []part
		for len(owners)+len(ids) > 0 {
			m, n := min(len(owners), 5_000), min(len(ids), 10_000) // they have a limit on parameters
			all = append(all, part{owners[:m], ids[:n]})
			owners, ids = owners[m:], ids[n:]
		}
		return all
	}
	byOwner := map[string]*part{}
	var order []string
	get := func(owner string) *part {
		p := byOwner[owner]
		if p == nil {
			p = &part{}
			byOwner[owner] = p
			order = append(order, owner)
		}
		return p
	}
	for _, o := range owners {
		get(o).owners = []string{o}
	}
	for _, k := range ids {
		p := get(k.Owner)
		p.ids = append(p.ids, k)
	}
	slices.Sort(order)
	all := make([]part, len(order))
	for i, o := range order {
		all[i] = *byOwner[o]
	}
	return all
}

// loadStatement writes the statement: for each table a SELECT, all with the same
// columns so that UNION ALL can put them together. Records alone, without ids, are the plain SELECT of one table.
func (s *Store) loadStatement(owners []string, ids []ledger.Key) *statement {
	sh, common := s.loadShape(owners, ids)
	q := s.statement()
	if common {
		q = s.again(sh)
	}
	var from []*table
	switch {
	case len(ids) == 0:
		from = tables[:keys.id]
	case len(owners) == 0:
		from = tables[keys.id:]
	default:
		from = tables[:keys.id+1]
	}
	if len(ids) > 0 {
		q.write("WITH found (owner, id, seq) AS (")
		q.findKeys(ids)
		q.write(") ")
	}
	q.width = widthOf(from)
	these := s.inOwners(owners)
	for i, t := range from {
		if i > 0 {
			q.write(" UNION ALL ")
		}
		q.branch(t, i == 0)
		switch t {
		case keys:
			q.write(" FROM found x")
		case transactions:
			q.join(t, "found")
		default:
			these(q, t)
		}
	}
	if common {
		q.done(sh)
	}
	return q
}

// loadShape is all that decides the text of a statement to load.
type loadShape struct {
	owners, ids int
	home        bool // all ids are of one owner
}

// loadShape gives the shape, if others are likely to be of the same.
func (s *Store) loadShape(owners []string, ids []ledger.Key) (sh loadShape, common bool) {
	sh.home = !slices.ContainsFunc(ids, func(k ledger.Key) bool { return k.Owner != ids[0].Owner })
	if s.dialect.postgres() {
		sh.owners, sh.ids = min(len(owners), 2), min(len(ids), 2)
		return sh, true
	}
	sh.owners, sh.ids = round(len(owners)), round(len(ids))
	return sh, sh.home && sh.owners <= 8 && sh.ids <= 8
}

// inOwners writes the FROM and WHERE of a table for rows of the owners. For several, PostgreSQL is shown
// the way through the index: a plan made while a table was small must not
// stay when it has grown.
func (s *Store) inOwners(owners []string) func(*statement, *table) {
	switch {
	case len(owners) == 1:
		one := &param{value: owners[0]}
		return func(q *statement, t *table) { q.sql(" FROM ", t, " x WHERE x.owner = ", one) }
	case s.dialect.postgres():
		all := anyNumber(owners)
		return func(q *statement, t *table) {
			q.sql(" FROM unnest(", all, ") AS o (owner) CROSS JOIN LATERAL (SELECT * FROM ", t, " y WHERE y.owner = o.owner OFFSET 0) x")
		}
	}
	places := make([]*param, round(len(owners))) // so that there are few texts to prepare
	for i := range places {
		places[i] = &param{value: owners[min(i, len(owners)-1)]}
	}
	return func(q *statement, t *table) {
		q.sql(" FROM ", t, " x WHERE x.owner IN (")
		q.list(len(places), func(i int) { q.place(places[i]) })
		q.write(")")
	}
}

// anyNumber writes strings as a PostgreSQL array whose length the planner does not see. Seeing it, it finds a
// plan for just these cheaper than the one for any number, and plans anew each time, at many times their cost.
func anyNumber(list []string) func(*statement) {
	array := &param{value: textArray(list), cast: "text"}
	return func(q *statement) { q.sql("(SELECT ", array, "::text[])::text[]") } // the second cast is for = ANY
}

// round gives the next power of two, up to where statements are not kept anyway.
func round(n int) int {
	if n == 0 || n > maxPreparedArgs {
		return n
	}
	p := 1
	for p < n {
		p *= 2
	}
	return p
}

// findKeys writes the query for what is known of ids.
func (q *statement) findKeys(ids []ledger.Key) {
	byOwner := make(map[string][]string, 1)
	for _, k := range ids {
		byOwner[k.Owner] = append(byOwner[k.Owner], k.ID)
	}
	if q.store.dialect.postgres() && len(byOwner) > 1 {
		var home, id []string
		for _, k := range ids {
			home, id = append(home, k.Owner), append(id, k.ID)
		}
		q.sql("SELECT k.owner, k.id, k.seq FROM unnest(", anyNumber(home), ", ", anyNumber(id), ") AS v (owner, id)")
		q.sql(" CROSS JOIN LATERAL (SELECT * FROM ", keys, " y WHERE y.owner = v.owner AND y.id = v.id LIMIT 1) k")
		return
	}
	q.sql("SELECT owner, id, seq FROM ", keys, " WHERE ")
	if q.store.dialect == SQLite && len(byOwner) > 1 { // an OR so long is too deep for it
		q.write("(owner, id) IN (VALUES ")
		q.list(len(ids), func(i int) { q.sql("(", &param{value: ids[i].Owner}, ",", &param{value: ids[i].ID}, ")") })
		q.write(")")
		return
	}
	owners := make([]string, 0, len(byOwner))
	for o := range byOwner {
		owners = append(owners, o)
	}
	slices.Sort(owners)
	for i, o := range owners {
		if i > 0 {
			q.write(" OR ")
		}
		q.sql("(owner = ", &param{value: o}, " AND id ")
		switch list := byOwner[o]; {
		case len(list) == 1:
			q.sql("= ", &param{value: list[0]}, ")")
		case q.store.dialect.postgres():
			q.sql("= ANY(", anyNumber(list), "))")
		default:
			q.write("IN (")
			q.list(round(len(list)), func(i int) { q.value(list[min(i, len(list)-1)], text) })
			q.write("))")
		}
	}
}

// join writes the FROM for rows of a table with the owner and seq that a query gives: always
// from the query to the table's primary key.
func (q *statement) join(t *table, query string) {
	switch {
	case q.store.dialect.postgres():
		q.sql(" FROM ", query, " f CROSS JOIN LATERAL (SELECT * FROM ", t, " y WHERE y.owner = f.owner AND y.seq = f.seq OFFSET 0) x")
	case q.store.dialect == SQLite:
		q.sql(" FROM ", query, " f CROSS JOIN ", t, " x WHERE x.owner = f.owner AND x.seq = f.seq")
	default:
		q.sql(" FROM ", query, " f STRAIGHT_JOIN ", t, " x ON x.owner = f.owner AND x.seq = f.seq")
	}
}

// widthOf is how many columns of each kind hold any row of the tables.
func widthOf(from []*table) (width [kinds]int) {
	for _, t := range from {
		var n [kinds]int
		for _, c := range t.columns {
			n[c.kind]++
			width[c.kind] = max(width[c.kind], n[c.kind])
		}
	}
	return width
}

// branch writes the columns of one SELECT of the union: the table's id, then its
// columns by kind, then nothing in those it has not.
func (q *statement) branch(t *table, first bool) {
	if q.known != "" {
		return // it has no arguments
	}
	q.sql("SELECT ", strconv.Itoa(t.id))
	if first {
		q.write(" AS what")
	}
	for k := range kinds {
		n := 0
		for _, c := range t.columns {
			if c.kind != k {
				continue
			}
			n++
			if k == moment && q.store.dialect == MySQL { // as text, or the driver would give it a zone
				q.sql(", CAST(x.", c.name, " AS CHAR)")
			} else {
				q.sql(", x.", c.name)
			}
		}
		for ; n < q.width[k]; n++ {
			q.write(", NULL")
			if first && q.store.dialect.postgres() { // the first SELECT decides the types
				q.sql("::", k.postgres())
			}
		}
	}
}
