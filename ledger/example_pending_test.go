package ledger_test

import (
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do points wait for the goods to be delivered, or two weeks at most?
func ExampleActivate() {
	books := exampleBooks()
	show := func(what string, at time.Time) {
		b, err := books.Balance(ctx, "m-17", "points", at)
		fmt.Println(what, "available", b.Available, "pending", b.Pending, err)
	}
	mustPost(books, "order-2", ledger.Earn{Unit: "points", Points: 12, Await: "delivered/2", Active: now.AddDate(0, 0, 14)})
	mustPost(books, "order-3", ledger.Earn{Unit: "points", Points: 30, Await: "delivered/3", Active: now.AddDate(0, 0, 14)})
	show("ordered:", now)

	mustPost(books, "parcel-2", ledger.Activate{Await: "delivered/2"})
	show("order 2 delivered:", now)
	show("two weeks on:", now.AddDate(0, 0, 14))
	// Output:
	// ordered: available 100 pending 42 <nil>
	// order 2 delivered: available 112 pending 30 <nil>
	// two weeks on: available 142 pending 0 <nil>
}
