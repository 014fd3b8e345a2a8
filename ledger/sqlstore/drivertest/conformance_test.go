package drivertest_test

import (
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/ledgertest"
)

func TestConformance(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db := d.connect(t, d.dsn(t))
		ledgertest.Run(t, func(t *testing.T) ledger.Store { return d.migrate(t, db) })
	})
}

func TestConformanceBound(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db := d.connect(t, d.dsn(t))
		ledgertest.RunBound(t, func(t *testing.T) (ledger.Store, func() (ledgertest.Bound, error)) {
			store := d.migrate(t, db)
			return store, func() (ledgertest.Bound, error) {
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					return ledgertest.Bound{}, err
				}
				return ledgertest.Bound{Store: store.Bind(tx), Commit: tx.Commit, Rollback: tx.Rollback}, nil
			}
		})
	})
}

// TestSimulation has the ledger's simulation, with its plain model, run on each
// database: every operation, conflicts and failures before and after a commit.
func TestSimulation(t *testing.T) {
	steps := 600
	if testing.Short() {
		steps = 60
	}
	everyDatabase(t, func(t *testing.T, d database) {
		db := d.connect(t, d.dsn(t))
		err := ledgertest.Simulate(t.Context(), ledgertest.Simulation{
			Seed: 7, Steps: steps, Store: func() ledger.Store { return d.migrate(t, db) },
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
