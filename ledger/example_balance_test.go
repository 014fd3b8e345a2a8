package ledger_test

import (
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/ledger"
)

// What does the member have, and what will be lost next?
func ExampleLedger_Balance() {
	books := exampleBooks()
	mustPost(books, "birthday", ledger.Earn{Unit: "points", Points: 30, Expires: now.AddDate(0, 1, 0)})
	mustPost(books, "review", ledger.Earn{Unit: "points", Points: 5, Active: now.AddDate(0, 0, 14)})

	b, err := books.Balance(ctx, "m-17", "points", now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("available", b.Available, "pending", b.Pending)
	fmt.Println(b.NextExpiring, "expire on", b.NextExpiry.Format("2 January 2006"))

	// No sweep has run; the clock decides.
	b, err = books.Balance(ctx, "m-17", "points", now.AddDate(0, 1, 0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a month on: available", b.Available, "pending", b.Pending)
	// Output:
	// available 130 pending 5
	// 30 expire on 14 April 2026
	// a month on: available 105 pending 0
}

// How do I show a member their account, page by page?
func ExampleLedger_Statement() {
	books := exampleBooks()
	mustPost(books, "coffee", ledger.Redeem{Unit: "points", Points: 40, Reason: "a coffee"})
	mustPost(books, "review", ledger.Earn{Unit: "points", Points: 5, Reason: "a review"})

	q := ledger.StatementQuery{Owner: "m-17", Limit: 2}
	for {
		page, err := books.Statement(ctx, q)
		if err != nil {
			log.Fatal(err)
		}
		for _, e := range page.Entries {
			fmt.Printf("%+4d %4d  %s\n", e.Points, e.Balance, e.Transaction.Key.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
		fmt.Println("-- next page")
	}
	// Output:
	//   +5   65  review
	//  -40   60  coffee
	// -- next page
	// +100  100  order-1
}

// How do I keep the books up to date while nobody shops?
func ExampleLedger_Tick() {
	books := exampleBooks()
	nextYear := now.AddDate(1, 0, 1)
	for {
		owners, err := books.Due(ctx, nextYear, 100)
		if err != nil {
			log.Fatal(err)
		}
		if len(owners) == 0 {
			break
		}
		for _, owner := range owners {
			if err := books.Tick(ctx, owner, nextYear); err != nil {
				log.Fatal(err)
			}
		}
	}
	page, err := books.Statement(ctx, ledger.StatementQuery{Owner: "m-17", Limit: 1})
	if err != nil {
		log.Fatal(err)
	}
	e := page.Entries[0]
	fmt.Println(e.Transaction.Kind, e.Points, "on", e.Transaction.Time.Format("2 January 2006"))
	// Output:
	// expire -100 on 14 March 2027
}
