package ledger_test

import (
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do I settle a queue of messages in one commit?
func ExampleLedger_PostBatch() {
	books := exampleBooks()
	message := func(member, id string, op ledger.Op) ledger.Item {
		return ledger.Item{Request: ledger.Request{Owner: member, ID: id, At: now}, Ops: []ledger.Op{op}}
	}
	outcomes, err := books.PostBatch(ctx, []ledger.Item{
		message("m-18", "order-2", ledger.Earn{Unit: "points", Points: 30}),
		message("m-17", "coffee", ledger.Redeem{Unit: "points", Points: 500}),
		message("m-18", "order-2", ledger.Earn{Unit: "points", Points: 30}),
	})
	if err != nil {
		log.Fatal(err) // nothing was written: leave the messages in the queue
	}
	for _, o := range outcomes {
		fmt.Println(o.Receipt.Transaction.Key.ID, o.Receipt.Replayed, o.Err)
	}
	// Output:
	// order-2 false <nil>
	//  false ledger: insufficient points: m-17 needs 500 points, has 100
	// order-2 true <nil>
}

// How do I make several requests take effect together, or not at all?
func ExampleLedger_PostAll() {
	books := exampleBooks()
	swap := func(from, to string, points int64) ledger.Item {
		return ledger.Item{
			Request: ledger.Request{Owner: from, ID: "swap-1", At: now},
			Ops:     []ledger.Op{ledger.Gift{To: to, Unit: "points", Points: points}},
		}
	}
	_, err := books.PostAll(ctx, []ledger.Item{swap("m-17", "m-18", 10), swap("m-18", "m-17", 25)})
	fmt.Println(err)

	b, err := books.Balance(ctx, "m-17", "points", now)
	fmt.Println(b.Available, err)
	// Output:
	// items[1]: ledger: insufficient points: m-18 needs 25 points, has 10
	// 100 <nil>
}
