package ledger_test

import (
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/ledger"
)

// What does a reminder thirty days before have to say?
func ExampleLedger_Expiring() {
	books := exampleBooks()
	mustPost(books, "birthday", ledger.Earn{Unit: "points", Points: 30, Expires: now.AddDate(0, 0, 10)})
	mustPost(books, "review", ledger.Earn{Unit: "points", Points: 5, Expires: now.AddDate(0, 0, 20)})

	lots, err := books.Expiring(ctx, "m-17", "points", now, now.AddDate(0, 0, 30))
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range lots {
		fmt.Println(l.Points, "expire on", l.Expires.Format("2 January"))
	}
	// Output:
	// 30 expire on 24 March
	// 5 expire on 3 April
}

// How do I give back what has expired?
func ExampleReinstate() {
	books := exampleBooks()
	late := now.AddDate(1, 0, 3)
	if err := books.Tick(ctx, "m-17", late); err != nil {
		log.Fatal(err)
	}
	page, err := books.Statement(ctx, ledger.StatementQuery{Owner: "m-17", Limit: 1})
	if err != nil {
		log.Fatal(err)
	}
	expiry := page.Entries[0].Transaction
	fmt.Println(expiry.Kind, page.Entries[0].Points)

	r, err := books.Post(ctx, ledger.Request{Owner: "m-17", ID: "favour", At: late, Reason: "was in hospital"},
		ledger.Reinstate{Of: expiry.Key.ID, Expires: late.AddDate(0, 1, 0)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("available", r.Balances[0].Available, "until", r.Balances[0].NextExpiry.Format("2 January 2006"))
	// Output:
	// expire -100
	// available 100 until 17 April 2027
}
