package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

var paidAt = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// The host opens its database, with the driver it already has, and hands it over.
func Example() {
	open := func(ctx context.Context, db *sql.DB) (*ledger.Ledger, error) {
		store, err := sqlstore.New(db, sqlstore.Postgres)
		if err != nil {
			return nil, err
		}
		if err := store.Migrate(ctx); err != nil {
			return nil, err
		}
		return ledger.New(ledger.Config{Store: store})
	}
	_ = open
}

// An order and its points become durable together, or not at all. A conflict is
// the host's to settle, by doing its whole transaction again.
func ExampleStore_Bind() {
	checkout := func(ctx context.Context, db *sql.DB, store *sqlstore.Store, order string) error {
		once := func() error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.ExecContext(ctx, "INSERT INTO orders (id) VALUES ($1)", order); err != nil {
				return err
			}
			points, err := ledger.New(ledger.Config{Store: store.Bind(tx), Attempts: 1})
			if err != nil {
				return err
			}
			req := ledger.Request{Owner: "ann", ID: order, At: paidAt, Reason: "order"}
			if _, err := points.Post(ctx, req, ledger.Earn{Unit: "points", Points: 120}); err != nil {
				return err
			}
			return tx.Commit()
		}
		err := once()
		for try := 1; sqlstore.Postgres.Conflict(err) && try < 5; try++ {
			err = once()
		}
		return err
	}
	_ = checkout
}

// Several stores share a database under different prefixes.
func ExamplePrefix() {
	db := new(sql.DB)
	_, err := sqlstore.New(db, sqlstore.SQLite, sqlstore.Prefix("Shop-"))
	fmt.Println(err)
	// Output:
	// sqlstore: prefix "Shop-" must be lower-case letters, digits and _, at most 30
}
