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
