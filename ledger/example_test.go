package ledger_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// Earn points, spend some, and send a request twice without harm.
func Example() {
	ctx := context.Background()
	books, err := ledger.New(ledger.Config{Store: memory.New()})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)
	earn := ledger.Earn{Unit: "points", Points: 120, Expires: now.AddDate(1, 0, 0)}

	receipt, err := books.Post(ctx, ledger.Request{Owner: "m-17", ID: "order-1001", At: now}, earn)
	fmt.Println(receipt.Balances[0].Available, receipt.Replayed, err)

	receipt, err = books.Post(ctx, ledger.Request{Owner: "m-17", ID: "coffee-1", At: now}, ledger.Redeem{Unit: "points", Points: 50})
	fmt.Println(receipt.Balances[0].Available, receipt.Replayed, err)

	// The order's message is delivered once more.
	receipt, err = books.Post(ctx, ledger.Request{Owner: "m-17", ID: "order-1001", At: now.Add(time.Hour)}, earn)
	fmt.Println(receipt.Balances[0].Available, receipt.Replayed, err)

	_, err = books.Post(ctx, ledger.Request{Owner: "m-17", ID: "coffee-2", At: now}, ledger.Redeem{Unit: "points", Points: 100})
	fmt.Println(err)
	// Output:
	// 120 false <nil>
	// 70 false <nil>
	// 70 true <nil>
	// ledger: insufficient points: m-17 needs 100 points, has 70
}

var (
	ctx = context.Background()
	now = time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)

	exampleStore ledger.Store // of the example's books
)

// exampleBooks are books in which m-17 has earned 100 points with order 1.
func exampleBooks() *ledger.Ledger {
	exampleStore = memory.New()
	books, err := ledger.New(ledger.Config{Store: exampleStore})
	if err != nil {
		log.Fatal(err)
	}
	mustPost(books, "order-1", ledger.Earn{Unit: "points", Points: 100, Expires: now.AddDate(1, 0, 0)})
	return books
}

func mustPost(books *ledger.Ledger, id string, ops ...ledger.Op) ledger.Receipt {
	receipt, err := books.Post(ctx, ledger.Request{Owner: "m-17", ID: id, At: now}, ops...)
	if err != nil {
		log.Fatal(err)
	}
	return receipt
}
