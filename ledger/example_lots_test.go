package ledger_test

import (
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// A store that keeps lots as rows writes those that a commit has changed.
func ExampleLots_Since() {
	lot := func(points int64, month time.Month) ledger.Lot {
		t := ledger.Terms{Issued: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Expires: time.Date(2027, month, 1, 0, 0, 0, 0, time.UTC)}
		return ledger.Lot{ID: t.ID(), Terms: t, Points: points}
	}
	before := ledger.NewLots(lot(100, time.March), lot(50, time.January), lot(70, time.February))
	after := ledger.NewLots(lot(100, time.March), lot(20, time.February), lot(5, time.April))
	put, gone := after.Since(before)
	for _, l := range put {
		fmt.Println("put", l.ID, l.Points)
	}
	for _, l := range gone {
		fmt.Println("delete", l.ID)
	}
	// Output:
	// put 20260101T000000Z:20270201T000000Z 20
	// put 20260101T000000Z:20270401T000000Z 5
	// delete 20260101T000000Z:20270101T000000Z
}
