package ledger_test

import (
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do I forget a member and keep the books?
func ExampleLedger_Erase() {
	books := exampleBooks()
	req := ledger.Request{Owner: "m-17", ID: "ticket-8", At: now, Reason: "called about her birthday", Actor: "agent-7"}
	if _, err := books.Post(ctx, req, ledger.Adjust{Unit: "points", Points: 10}); err != nil {
		log.Fatal(err)
	}
	mustPost(books, "leaves", ledger.Close{})
	if err := books.Erase(ctx, "m-17"); err != nil {
		log.Fatal(err)
	}

	page, err := exampleStore.History(ctx, ledger.Query{Owner: "m-17", Oldest: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, tx := range page.Transactions {
		fmt.Printf("%s %+d %q\n", tx.Key.ID, tx.Net("m-17", "points"), tx.Reason)
	}
	fmt.Println("untampered:", ledger.Verify("m-17", page.Transactions) == nil)
	_, err = books.Post(ctx, ledger.Request{Owner: "m-17", ID: "order-9", At: now}, ledger.Earn{Unit: "points", Points: 5})
	fmt.Println(err)
	// Output:
	// order-1 +100 ""
	// ticket-8 +10 ""
	// leaves -110 ""
	// untampered: true
	// ledger: closed: m-17
}
