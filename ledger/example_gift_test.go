package ledger_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

// How do members give each other points, within limits?
func ExampleGift() {
	books := exampleBooks()
	today := calendar.Window{From: now.Truncate(24 * time.Hour), Until: now.Truncate(24*time.Hour).AddDate(0, 0, 1)}
	gift := ledger.Gift{
		To: "m-18", Unit: "points", Points: 30,
		Limits: []ledger.Limit{{Name: "gifts a day", Points: 50, Window: today}},
	}
	receipt := mustPost(books, "gift-1", gift)
	fmt.Println("the giver has", receipt.Balances[0].Available)

	b, err := books.Balance(ctx, "m-18", "points", now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the friend has", b.Available, "that expire on", b.NextExpiry.Format("2 January 2006"))

	_, err = books.Post(ctx, ledger.Request{Owner: "m-17", ID: "gift-2", At: now}, gift)
	if limit, ok := errors.AsType[*ledger.LimitError](err); ok {
		fmt.Println(limit.Limit-limit.Used, "of", limit.Name, "are left")
	}
	// Output:
	// the giver has 70
	// the friend has 30 that expire on 14 March 2027
	// 20 of gifts a day are left
}
