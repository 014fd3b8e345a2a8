// Package sqlstore is a ledger.Store in an SQL database: SQLite, PostgreSQL,
// MySQL or MariaDB, and Citus and TiDB where one machine is not enough. It
// speaks database/sql and brings no driver: the host opens its database with its own.
//
//	db, err := sql.Open("pgx", dsn)
//	store, err := sqlstore.New(db, sqlstore.Postgres)
//	err = store.Migrate(ctx)
//	l, err := ledger.New(ledger.Config{Store: store})
//
// # Within the host's transaction
//
// A host that writes its order and the points in one commit binds the store to
// its transaction. The points are then there exactly when the order is:
//
//	tx, err := db.BeginTx(ctx, nil)
//	_, err = tx.ExecContext(ctx, "INSERT INTO orders …")
//	l, err := ledger.New(ledger.Config{Store: store.Bind(tx), Attempts: 1})
//	_, err = l.Post(ctx, request, ledger.Earn{Unit: "points", Points: 120})
//	err = tx.Commit()
//
// On ledger.ErrConflict, or an error of which Dialect.Conflict says so, the host rolls
// back and does all of it again.
//
// # What lies in the tables
//
// One row an owner, with the accounts in a column of JSON and the documents in another; one row a transaction in the
// history of each owner it touches, with the postings in a third; the ids taken. Documents come back byte for byte,
// but must be JSON: Commit refuses others.
//
// Views show accounts, lots, holds and postings as rows, and answer the usual questions in plain SQL: balances, expiries
// (points outstanding by month of expiry) and reasons (points by reason). Folder schema has the tables and
// views with a word on each column.
//
// Every primary key begins with the owner and there is no other unique key, no
// sequence and no shared counter: so the tables can be spread over many machines by owner.
// A commit compares the version of each record it writes; nothing relies on the
// isolation level, on constraints or on their names.
package sqlstore
