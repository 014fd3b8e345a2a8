package ledger_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/loyaltykit/loyalty/ledger"
)

// How do I change something of my own in the same commit as the points?
func ExampleLedger_Update() {
	books := exampleBooks()
	checkIn := func(id string) (ledger.Receipt, error) {
		req := ledger.Request{Owner: "m-17", ID: id, At: now, Kind: "check-in"}
		earn := ledger.Earn{Unit: "points", Points: 1}
		var receipt ledger.Receipt
		err := books.Update(ctx, []string{"m-17"}, ledger.Keys(req, earn), func(d *ledger.Draft) (err error) {
			receipt, err = d.Post(req, earn)
			if err != nil || receipt.Replayed {
				return err // sent before: the document has been counted up too
			}
			var days int
			if doc, ok := d.Record("m-17").Docs["check-ins"]; ok {
				if err := json.Unmarshal(doc, &days); err != nil {
					return err
				}
			}
			d.SetDoc("m-17", "check-ins", json.RawMessage(fmt.Sprint(days+1)))
			return nil
		})
		return receipt, err
	}
	for _, id := range []string{"2026-03-14", "2026-03-15", "2026-03-15"} {
		receipt, err := checkIn(id)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(id, "points", receipt.Balances[0].Available, "replayed", receipt.Replayed)
	}
	snap, err := books.Load(ctx, []string{"m-17"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("check-ins %s\n", snap.Record("m-17").Docs["check-ins"])
	// Output:
	// 2026-03-14 points 101 replayed false
	// 2026-03-15 points 102 replayed false
	// 2026-03-15 points 102 replayed true
	// check-ins 2
}

// How do I tell what would happen, without it happening?
func ExampleDraft() {
	books := exampleBooks()
	req := ledger.Request{Owner: "m-17", ID: "what-if", At: now}
	redeem := ledger.Redeem{Unit: "points", Points: 70}
	snap, err := books.Load(ctx, []string{"m-17"}, ledger.Keys(req, redeem))
	if err != nil {
		log.Fatal(err)
	}
	d := ledger.NewDraft(snap)
	receipt, err := d.Post(req, redeem)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("would leave", receipt.Balances[0].Available)
	fmt.Println("would write", len(d.Change().Transactions), "transaction")

	b, err := books.Balance(ctx, "m-17", "points", now)
	fmt.Println("but there are", b.Available, err)
	// Output:
	// would leave 30
	// would write 1 transaction
	// but there are 100 <nil>
}
