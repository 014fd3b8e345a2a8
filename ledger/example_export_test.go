package ledger_test

import (
	"log"
	"os"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do I give a member their whole account as a file?
func ExampleWriteCSV() {
	books := exampleBooks()
	mustPost(books, "coffee", ledger.Redeem{Unit: "points", Points: 40})
	q := ledger.StatementQuery{Owner: "m-17", Oldest: true, Limit: 500} // 500 a page, all pages
	if err := ledger.WriteCSV(os.Stdout, books.Entries(ctx, q)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// time,id,kind,reason,actor,points,balance
	// 2026-03-14T10:00:00Z,order-1,earn,,,100,100
	// 2026-03-14T10:00:00Z,coffee,redeem,,,-40,60
}

func ExampleWriteJSONLines() {
	books := exampleBooks()
	if err := ledger.WriteJSONLines(os.Stdout, books.Entries(ctx, ledger.StatementQuery{Owner: "m-17"})); err != nil {
		log.Fatal(err)
	}
	// Output:
	// {"time":"2026-03-14T10:00:00Z","id":"order-1","kind":"earn","points":100,"balance":100,"postings":[{"unit":"points","points":100,"from":{"flow":"issued"},"to":{"owner":"m-17","lot":"20260301T000000Z:20270314T100000Z"}}]}
}
