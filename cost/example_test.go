package cost_test

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

var cny = cost.ValueTable{Currency: "CNY", Zone: "Asia/Shanghai", Values: []cost.Value{
	{Version: 1, PerPoint: dec("0.01")}, // 100 points are 1.00
}}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func noon(day string) time.Time {
	d, err := calendar.ParseDate(day)
	if err != nil {
		log.Fatal(err)
	}
	return d.Start(time.UTC).Add(4 * time.Hour) // noon in Shanghai
}

// Awards may cost 3 % of the month's revenue. What does not fit is cut to what is
// left; another sale makes room for more.
func Example() {
	gate, err := cost.NewGate(cost.Budget{Values: cny, Trim: true})
	if err != nil {
		log.Fatal(err)
	}
	var book cost.Book
	now := noon("2026-11-11")
	if err := gate.Sell(&book, cost.Sale{At: now, Amount: dec("1000"), Currency: "CNY", Tier: "gold"}); err != nil {
		log.Fatal(err)
	}
	for _, points := range []int64{1000, 2000, 500, 1} {
		d, err := gate.Award(&book, cost.Award{At: now, Points: points, Tier: "gold", Campaign: "double day"})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d)
		if points == 2000 {
			err = gate.Sell(&book, cost.Sale{At: now, Amount: dec("100"), Currency: "CNY"})
			if err != nil {
				log.Fatal(err)
			}
		}
	}
	// Output:
	// allow 1000 of 1000 points: cost 0.00 + open 0.00, cap 30.00 on revenue 1000.00, headroom 3000 points at 0.01 (value 1)
	// allow 2000 of 2000 points: cost 10.00 + open 0.00, cap 30.00 on revenue 1000.00, headroom 2000 points at 0.01 (value 1)
	// trim 300 of 500 points: cost 30.00 + open 0.00, cap 33.00 on revenue 1100.00, headroom 300 points at 0.01 (value 1)
	// refuse 0 of 1 points: cost 33.00 + open 0.00, cap 33.00 on revenue 1100.00, headroom 0 points at 0.01 (value 1)
}

// Points for an order are reserved at checkout and booked when it is paid.
func ExampleGate_Reserve() {
	gate, err := cost.NewGate(cost.Budget{Values: cny})
	if err != nil {
		log.Fatal(err)
	}
	var book cost.Book
	now := noon("2026-11-11")
	if err := gate.Sell(&book, cost.Sale{At: now, Amount: dec("100"), Currency: "CNY"}); err != nil {
		log.Fatal(err)
	}
	ask := cost.Award{At: now, Points: 200}
	for range 2 { // the message came twice
		d, err := gate.Reserve(&book, "order-1", ask, now.Add(30*time.Minute))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Verdict, d.Granted, "replayed:", d.Replayed)
	}
	if err := gate.Commit(&book, "order-1", 150, now); err != nil { // one line was cancelled
		log.Fatal(err)
	}
	s, err := gate.Standing(&book, now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("cost", s.Total.Cost, "open", s.Open, "headroom", s.Headroom)
	fmt.Println(gate.Release(&book, "order-1", now))
	// Output:
	// allow 200 replayed: false
	// allow 200 replayed: true
	// cost 1.5 open 0 headroom 1.5
	// cost: no such reservation or lease: "order-1"
}

// Two processes share a budget. One of them dies: its share stays spent.
func ExampleGate_Lease() {
	gate, err := cost.NewGate(cost.Budget{Values: cny})
	if err != nil {
		log.Fatal(err)
	}
	var book cost.Book // in a store, changed by one commit at a time
	now := noon("2026-11-11")
	if err := gate.Sell(&book, cost.Sale{At: now, Amount: dec("1000"), Currency: "CNY"}); err != nil {
		log.Fatal(err)
	}
	a, err := gate.Lease(&book, "host-a", 1000, now, now.Add(5*time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := gate.Lease(&book, "host-b", 1000, now, now.Add(5*time.Minute)); err != nil {
		log.Fatal(err)
	}
	for range 3 { // no store is asked here
		d, err := a.Spend(cost.Award{At: now, Points: 400, Tier: "gold"})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Verdict, d.Granted)
	}
	if err := gate.Return(&book, a.Close(), now); err != nil {
		log.Fatal(err)
	}
	d, err := gate.Decide(&book, cost.Award{At: now, Points: 2000})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d)
	// Output:
	// allow 400
	// allow 400
	// refuse 0
	// refuse 0 of 2000 points: cost 8.00 + open 10.00, cap 30.00 on revenue 1000.00, headroom 1200 points at 0.01 (value 1)
}

// A tier can be past the limit while the whole is not. The alarm rings once.
func ExampleGate_Standing() {
	gate, err := cost.NewGate(cost.Budget{Values: cny})
	if err != nil {
		log.Fatal(err)
	}
	var book cost.Book
	now := noon("2026-11-11")
	must := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	must(gate.Sell(&book, cost.Sale{At: now, Amount: dec("700"), Currency: "CNY", Tier: "bronze"}))
	must(gate.Sell(&book, cost.Sale{At: now, Amount: dec("300"), Currency: "CNY", Tier: "diamond"}))
	for _, a := range []cost.Award{{Points: 700, Tier: "bronze"}, {Points: 1800, Tier: "diamond", Campaign: "double day"}} {
		a.At = now
		_, err := gate.Award(&book, a)
		must(err)
	}
	s, err := gate.Standing(&book, now)
	must(err)
	fmt.Print(s)

	must(gate.Refund(&book, cost.Sale{At: now, Amount: dec("600"), Currency: "CNY", Tier: "bronze"}))
	for range 2 {
		on, changed, err := gate.Alarm(&book, now)
		must(err)
		fmt.Println("alarm", on, "changed", changed)
	}
	// Output:
	//                                   revenue    points cost     ratio
	// total                             1000.00          25.00     2.50%
	// tier diamond                       300.00          18.00     6.00%  over alarm
	// tier bronze                        700.00           7.00     1.00%
	// campaign double day                  0.00          18.00 undefined
	// campaign (none)                   1000.00           7.00     0.70%
	// cap 30.00, open 0.00, headroom 5.00
	// alarm true changed true
	// alarm true changed false
}

// A book is a small document, kept where the host keeps its records.
func ExampleBook() {
	gate, err := cost.NewGate(cost.Budget{Values: cny, RollingDays: 30})
	if err != nil {
		log.Fatal(err)
	}
	var book cost.Book
	if err := gate.Sell(&book, cost.Sale{At: noon("2026-11-11"), Amount: dec("99.90"), Currency: "CNY"}); err != nil {
		log.Fatal(err)
	}
	if _, err := gate.Award(&book, cost.Award{At: noon("2026-11-12"), Points: 99, Tier: "gold"}); err != nil {
		log.Fatal(err)
	}
	text, err := json.Marshal(&book)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	// Output:
	// {"days":[{"date":"2026-11-11","revenue":"99.9","tiers":{"":{"revenue":"99.9"}},"campaigns":{"":{"revenue":"99.9"}}},{"date":"2026-11-12","cost":"0.99","tiers":{"gold":{"cost":"0.99"}},"campaigns":{"":{"cost":"0.99"}}}]}
}
