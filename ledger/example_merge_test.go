package ledger_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do I join the two accounts of one person?
func ExampleMerge() {
	books := exampleBooks()
	other := func(id string, op ledger.Op) error {
		_, err := books.Post(ctx, ledger.Request{Owner: "m-99", ID: id, At: now}, op)
		return err
	}
	if err := errors.Join(
		other("order-5", ledger.Earn{Unit: "points", Points: 50, Expires: now.AddDate(0, 3, 0)}),
		other("checkout-6", ledger.PlaceHold{Unit: "points", Points: 20}),
	); err != nil {
		log.Fatal(err)
	}

	b := mustPost(books, "same-person", ledger.Merge{From: "m-99"}).Balances[0]
	fmt.Println("available", b.Available, "held", b.Held)

	// The checkout that was under way is paid by whom they have become.
	err := other("paid-6", ledger.Capture{Hold: "checkout-6"})
	if closed, ok := errors.AsType[*ledger.ClosedError](err); ok {
		fmt.Println("go to", closed.Into)
	}
	b = mustPost(books, "paid-6", ledger.Capture{Hold: ledger.MergedHold("m-99", "checkout-6")}).Balances[0]
	fmt.Println("available", b.Available, "held", b.Held)
	// Output:
	// available 130 held 20
	// go to m-17
	// available 130 held 0
}
