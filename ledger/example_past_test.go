package ledger_test

import (
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// What did the member have at the end of March, and what did we say they had?
func ExampleLedger_BalanceAt() {
	books := exampleBooks()
	april := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	// On 3 April a till sends what it sold on 31 March.
	req := ledger.Request{Owner: "m-17", ID: "order-2", At: april.AddDate(0, 0, 2), Time: april.Add(-5 * time.Hour)}
	if _, err := books.Post(ctx, req, ledger.Earn{Unit: "points", Points: 12}); err != nil {
		log.Fatal(err)
	}
	for _, by := range []ledger.AsOf{ledger.Effective, ledger.Recorded} {
		b, err := books.BalanceAt(ctx, "m-17", "points", april, by)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(by, b.Available)
	}
	// Output:
	// effective 112
	// recorded 100
}
