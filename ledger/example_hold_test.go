package ledger_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do I reserve points while the customer is at the checkout?
func ExamplePlaceHold() {
	books := exampleBooks()
	hold := ledger.PlaceHold{Unit: "points", Points: 80, Until: now.Add(15 * time.Minute)}
	b := mustPost(books, "checkout-1", hold).Balances[0]
	fmt.Println("available", b.Available, "held", b.Held)

	// The customer took something out of the basket: 60 will do.
	b = mustPost(books, "payment-1", ledger.Capture{Hold: "checkout-1", Points: 60}).Balances[0]
	fmt.Println("available", b.Available, "held", b.Held, "spent", b.Spent)

	_, err := books.Post(ctx, ledger.Request{Owner: "m-17", ID: "payment-2", At: now}, ledger.Capture{Hold: "checkout-1"})
	fmt.Println(errors.Is(err, ledger.ErrHoldCaptured))
	// Output:
	// available 20 held 80
	// available 40 held 0 spent 60
	// true
}

// What becomes of a hold that nobody ends?
func ExamplePlaceHold_timeout() {
	books := exampleBooks()
	mustPost(books, "checkout-1", ledger.PlaceHold{Unit: "points", Points: 80, Until: now.Add(15 * time.Minute)})

	later := now.Add(20 * time.Minute)
	b, err := books.Balance(ctx, "m-17", "points", later)
	fmt.Println("available", b.Available, "held", b.Held, err)

	_, err = books.Post(ctx, ledger.Request{Owner: "m-17", ID: "payment-1", At: later}, ledger.Capture{Hold: "checkout-1"})
	fmt.Println(err)
	// Output:
	// available 100 held 0 <nil>
	// ledger: hold expired: m-17/checkout-1 timed out at 2026-03-14T10:15:00Z
}
