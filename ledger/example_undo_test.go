package ledger_test

import (
	"errors"
	"fmt"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do I undo a whole order, with what it earned and what it spent?
func ExampleReverse() {
	books := exampleBooks()
	order := mustPost(books, "order-2",
		ledger.Redeem{Unit: "points", Points: 30, Reason: "discount"},
		ledger.Earn{Unit: "points", Points: 12, Reason: "base"})
	fmt.Println("after the order", order.Balances[0].Available)

	undone := mustPost(books, "cancel-2", ledger.Reverse{Of: "order-2"})
	fmt.Println("after the cancellation", undone.Balances[0].Available)
	for _, p := range undone.Transaction.Postings {
		fmt.Println(p.Points, p.Reason, "from", p.From.Flow+p.From.Lot)
	}

	_, err := books.Post(ctx, ledger.Request{Owner: "m-17", ID: "cancel-2-again", At: now}, ledger.Reverse{Of: "order-2"})
	fmt.Println(errors.Is(err, ledger.ErrAlreadyReversed))
	// Output:
	// after the order 82
	// after the cancellation 100
	// 30 discount from redeemed
	// 12 base from 20260301T000000Z:never
	// true
}

// What happens when the points to take back have been spent?
func ExampleClawback() {
	for _, policy := range []ledger.Policy{ledger.Debt, ledger.Clamp, ledger.Reject} {
		books := exampleBooks()
		mustPost(books, "gift", ledger.Redeem{Unit: "points", Points: 90})

		r, err := books.Post(ctx, ledger.Request{Owner: "m-17", ID: "refund-1", At: now},
			ledger.Clawback{Unit: "points", Points: 25, Policy: policy})
		if err != nil {
			fmt.Println(policy, err)
			continue
		}
		fmt.Println(policy, "available", r.Balances[0].Available, "debt", r.Balances[0].Debt)
	}
	// Output:
	// debt available 0 debt 15
	// clamp available 0 debt 0
	// reject ledger: insufficient points: m-17 needs 25 points, has 10
}

// How do I give back the points that one returned article was paid with?
func ExampleReturn() {
	books := exampleBooks()
	paid := mustPost(books, "order-2", ledger.Redeem{Unit: "points", Points: 60})
	from := paid.Transaction.Postings[0].From.Lot

	r := mustPost(books, "return-2a", ledger.Return{Unit: "points", Parts: []ledger.Part{{Lot: from, Points: 20}}})
	b := r.Balances[0]
	fmt.Println("available", b.Available, "spent", b.Spent, "expire on", b.NextExpiry.Format("2 January 2006"))
	// Output:
	// available 60 spent 40 expire on 14 March 2027
}
