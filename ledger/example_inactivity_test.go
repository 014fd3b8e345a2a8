package ledger_test

import (
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// How do points expire after ninety days in which nothing was bought?
func ExampleExtend() {
	books, err := ledger.New(ledger.Config{Store: memory.New()})
	if err != nil {
		log.Fatal(err)
	}
	buy := func(id string, at time.Time, points int64) {
		until := at.AddDate(0, 0, 90)
		r, err := books.Post(ctx, ledger.Request{Owner: "m-17", ID: id, At: at},
			ledger.Earn{Unit: "points", Points: points, Expires: until},
			ledger.Extend{Unit: "points", Expires: until}) // all there are live on with these
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Balances[0].Available, "until", r.Balances[0].NextExpiry.Format("2 January"))
	}
	buy("order-1", now, 100)
	buy("order-2", now.AddDate(0, 0, 60), 20)

	b, err := books.Balance(ctx, "m-17", "points", now.AddDate(0, 0, 60+90))
	fmt.Println(b.Available, err)
	// Output:
	// 100 until 12 June
	// 120 until 11 August
	// 0 <nil>
}
