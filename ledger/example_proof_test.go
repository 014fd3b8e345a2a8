package ledger_test

import (
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// How do I prove that nobody has touched the books?
func ExampleVerify() {
	history := exampleHistory()
	fmt.Println("as written:", ledger.Verify("m-17", history))

	history[1].Reason = "a present"
	fmt.Println("touched:", ledger.Verify("m-17", history))
	// Output:
	// as written: <nil>
	// touched: ledger: history of m-17, transaction 2 (coffee): is not what was written
}

// How do I prove a balance by its history?
func ExampleReplay() {
	accounts, err := ledger.Replay("m-17", exampleHistory())
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range accounts {
		for lot := range a.Lots.All() {
			fmt.Println(a.Unit, lot.Points, "of lot", lot.ID)
		}
		fmt.Println("earned", a.Earned, "spent", a.Spent, "debt", a.Debt)
	}
	// Output:
	// points 60 of lot 20260301T000000Z:20270314T100000Z
	// earned 100 spent 40 debt 0
}

// exampleHistory is all that happened to m-17: an order, and a coffee for 40.
func exampleHistory() []ledger.Transaction {
	store := memory.New()
	books, err := ledger.New(ledger.Config{Store: store})
	if err != nil {
		log.Fatal(err)
	}
	mustPost(books, "order-1", ledger.Earn{Unit: "points", Points: 100, Expires: now.AddDate(1, 0, 0)})
	mustPost(books, "coffee", ledger.Redeem{Unit: "points", Points: 40, Reason: "a coffee"})
	page, err := store.History(ctx, ledger.Query{Owner: "m-17", Oldest: true})
	if err != nil {
		log.Fatal(err)
	}
	return page.Transactions
}
