package ledger_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

// How does a service agent make up for something, out of an allowance?
func ExampleAdjust() {
	books := exampleBooks()
	month := calendar.Window{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	sorry := func(member string, points int64) error {
		_, err := books.Post(ctx,
			ledger.Request{Owner: member, ID: "ticket-" + member, At: now, Reason: "parcel was late", Actor: "agent-7"},
			ledger.Adjust{
				Unit: "points", Points: points, Expires: now.AddDate(0, 6, 0),
				Kit: "agent-7", Limits: []ledger.Limit{{Name: "goodwill a month", Each: 100, Points: 150, Window: month}},
			})
		return err
	}
	fmt.Println(sorry("m-17", 100))
	fmt.Println(sorry("m-18", 80))
	fmt.Println(errors.Is(sorry("m-18", 80), ledger.ErrLimit))

	// What the agent has given stands in their own history.
	page, err := exampleStore.History(ctx, ledger.Query{Owner: "agent-7"})
	if err != nil {
		log.Fatal(err)
	}
	for _, tx := range page.Transactions {
		fmt.Println(tx.Key, tx.Postings[0].Points, tx.Reason)
	}
	// Output:
	// <nil>
	// ledger: limit reached: goodwill a month of agent-7 is 150, 100 used, 80 asked for
	// true
	// m-17/ticket-m-17 100 parcel was late
}

// How do I bring in what members had before?
func ExampleOpen() {
	books := exampleBooks()
	r := mustPost(books, "import-2025",
		ledger.Open{Unit: "points", Points: 250, Expires: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)},
		ledger.Open{Unit: "points", Points: 40, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)})
	b := r.Balances[0]
	fmt.Println(b.Available, "of which", b.NextExpiring, "expire on", b.NextExpiry.Format("2 January 2006"))
	// Output:
	// 390 of which 250 expire on 1 July 2026
}
