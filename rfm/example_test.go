package rfm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
)

// shop is a small shop's history.
func shop() *rfm.Builder {
	b, err := rfm.NewBuilder("Asia/Shanghai")
	if err != nil {
		log.Fatal(err)
	}
	sell := func(customer, price string, days ...string) {
		for _, d := range days {
			if err := b.Add(rfm.Order{Customer: customer, At: noon(d), Amount: decimal.RequireFromString(price)}); err != nil {
				log.Fatal(err)
			}
		}
	}
	sell("m-1", "1200.00", "2026-01-10", "2026-02-09", "2026-03-11", "2026-04-10", "2026-05-10", "2026-06-09", "2026-07-09", "2026-08-08", "2026-09-07", "2026-11-06")
	sell("m-2", "800.00", "2026-01-05", "2026-01-19", "2026-02-02", "2026-02-16", "2026-03-02", "2026-03-16", "2026-03-30")
	sell("m-3", "15000.00", "2026-10-01")
	sell("m-4", "99.00", "2026-11-20")
	sell("m-5", "49.90", "2023-05-01")
	return b
}

// From orders to a table of segments.
func Example() {
	customers := shop().Summaries(rfm.LastYear(date("2026-11-22")))

	model, err := rfm.Compile(rfm.Definition{Segments: rfm.NamedSegments()})
	if err != nil {
		log.Fatal(err)
	}
	placed, err := model.Place(customers)
	if err != nil {
		log.Fatal(err)
	}
	for s, p := range placed {
		fmt.Println(s.Customer, p.Score, p.Segment, p.HighValue, p.Standing.Stage)
	}
	fmt.Println(model.Tally(placed).All.Spend, "in all")
	// Unordered output:
	// m-1 3-3-3 champions true active
	// m-2 1-2-2 promising to revive false lost
	// m-3 2-1-3 rare but high-spending false active
	// m-4 3-1-1 new or occasional false new
	// m-5 1-1-1 lost false lost
	// 32699 in all
}

// A refund is taken off; an order that came back whole does not count.
func ExampleBuilder() {
	b, err := rfm.NewBuilder("Europe/Berlin")
	if err != nil {
		log.Fatal(err)
	}
	add := func(day, amount string, cancels bool) {
		if err := b.Add(rfm.Order{Customer: "m-1", At: noon(day), Amount: decimal.RequireFromString(amount), Cancels: cancels}); err != nil {
			log.Fatal(err)
		}
	}
	add("2026-03-01", "50.00", false)
	add("2026-03-11", "80.00", false)
	add("2026-03-11", "-30.00", false) // part of it came back
	add("2026-03-20", "20.00", false)
	add("2026-03-20", "-20.00", true) // all of it came back
	s, _ := b.Of("m-1", rfm.Window{AsOf: date("2026-03-31")})
	fmt.Println(s.Orders, "orders,", s.Spend, "spent, last", s.Recency(), "days ago")
	// Output:
	// 2 orders, 100 spent, last 20 days ago
}

// Machines of a cluster each take a part of the orders, in any way.
func ExampleBuilder_Merge() {
	var parts [2]bytes.Buffer // what the machines send
	for i, amount := range []string{"10.00", "15.00"} {
		b, err := rfm.NewBuilder("")
		if err != nil {
			log.Fatal(err)
		}
		if err := b.Add(rfm.Order{Customer: "m-1", At: noon("2026-03-01"), Amount: decimal.RequireFromString(amount)}); err != nil {
			log.Fatal(err)
		}
		if err := b.Save(&parts[i]); err != nil {
			log.Fatal(err)
		}
	}
	all, err := rfm.NewBuilder("")
	if err != nil {
		log.Fatal(err)
	}
	for i := range parts {
		part, err := rfm.LoadBuilder(&parts[i])
		if err != nil {
			log.Fatal(err)
		}
		if err := all.Merge(part); err != nil {
			log.Fatal(err)
		}
	}
	s, _ := all.Of("m-1", rfm.Window{AsOf: date("2026-03-01")})
	fmt.Println(s.Orders, "orders on", s.Purchases, "day:", s.Spend)
	// Output:
	// 2 orders on 1 day: 25
}

// All that is wrong is said at once.
func ExampleCompile() {
	def, err := rfm.Decode(strings.NewReader(`{
		"scoring": {"method": "right-closed", "levels": 5},
		"segments": [
			{"name": "best", "r": {"min": 4}, "f": {"min": 4}},
			{"name": "very best", "r": {"min": 5}, "f": {"min": 5}},
			{"name": "good", "r": {"min": 3}, "f": {"max": 9}}
		],
		"decline": {"test": "memorylss"}
	}`))
	if err != nil {
		log.Fatal(err)
	}
	_, err = rfm.Compile(def)
	fmt.Println(err)
	// Output:
	// rfm: 4 problems:
	// 	segments[2].f.max: must be between 1 and 5, is 9
	// 	segments[1]: "very best" never matches: all of its scores belong to segments before it, such as "best"
	// 	segments: 50 of 125 scores belong to no segment: 1-1-1, 1-1-2, 1-1-3, 1-1-4, 1-1-5, 1-2-1, 1-2-2, 1-2-3 and 42 more; name one for them as rest
	// 	decline.test: "memorylss" is no test; did you mean "memoryless"?
}

// Cuts are taken once and kept, so that segments mean the same until the next time.
func ExampleModel_Cut() {
	model, err := rfm.Compile(rfm.Definition{Scoring: rfm.Scoring{Method: rfm.RightClosed, Levels: 4}})
	if err != nil {
		log.Fatal(err)
	}
	cuts, err := model.Cut(shop().Summaries(rfm.Window{AsOf: date("2026-11-22")}))
	if err != nil {
		log.Fatal(err)
	}
	kept, err := json.Marshal(cuts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(kept))
	// Output:
	// {"recency":[16,52,237],"orders":[1,1,7],"spend":["99","5600","12000"]}
}

// A stream too large to sort is counted in a fixed room.
func ExampleSketch() {
	model, err := rfm.Compile(rfm.Definition{Scoring: rfm.Scoring{Method: rfm.RightClosed, Levels: 4}})
	if err != nil {
		log.Fatal(err)
	}
	var s rfm.Sketch
	s.AddAll(shop().Summaries(rfm.Window{AsOf: date("2026-11-22")}))
	cuts, err := model.CutSketch(&s)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cuts.Recency(), cuts.Orders(), "exact; spend within 1 in", rfm.SketchPrecision)
	// Output:
	// [16 52 237] [1 1 7] exact; spend within 1 in 512
}

// Whose silence is longer than it ought to be, and what it may cost.
func ExampleModel_Declines() {
	model, err := rfm.Compile(rfm.Definition{})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range model.Declines(shop().Summaries(rfm.Window{AsOf: date("2026-11-22")})) {
		fmt.Println(a)
		fmt.Println("since", a.Since)
	}
	// Output:
	// m-2: silent for 237 days, usually 14.0 (spread 0.0, longest 14, of 6); by chance 0.00032; 20857.14 at risk
	// since 2026-05-24
}

// Potential and influence beside what was bought.
func ExampleModel_Standpoint() {
	model, err := rfm.Compile(rfm.Definition{})
	if err != nil {
		log.Fatal(err)
	}
	st, err := model.Standpoint(rfm.Score{R: 3, F: 2, M: 2}, rfm.Active, map[string]int64{"referrals": 12, "content_quality": 90, "product_trials": 4})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range st.Components {
		fmt.Printf("%-9s %5s × %2d = %5s  %s\n", c.Name, c.Value, c.Weight, c.Points.StringFixed(2), c.Why)
	}
	fmt.Println(st.Score, "invited to", st.Invited)
	// Output:
	// recency       1 × 20 = 20.00  level 3 of 3
	// frequency   0.5 × 15 =  7.50  level 2 of 3
	// monetary    0.5 × 15 =  7.50  level 2 of 3
	// lifecycle     1 × 20 = 20.00  active
	// social     0.93 × 30 = 27.90  referrals 12 of 10, content_quality 90 of 100, product_trials 4 of 5
	// 82.9 invited to black
}

// A dormant customer is woken step by step, until they come back.
func ExampleModel_Next() {
	model, err := rfm.Compile(rfm.Definition{Ladders: rfm.WakeUpLadders(), Cap: rfm.Cap{Steps: 2, Per: calendar.Month}})
	if err != nil {
		log.Fatal(err)
	}
	b, err := rfm.NewBuilder("")
	if err != nil {
		log.Fatal(err)
	}
	var taken []rfm.Taken
	last := noon("2026-01-01")
	for _, bought := range []string{"2026-01-01", "2026-09-20"} {
		if err := b.Add(rfm.Order{Customer: "m-1", At: noon(bought), Amount: decimal.NewFromInt(10)}); err != nil {
			log.Fatal(err)
		}
	}
	for _, day := range []string{"2026-07-01", "2026-07-02", "2026-07-15", "2026-08-14", "2026-08-20", "2026-09-21"} {
		s, _ := b.Of("m-1", rfm.Window{AsOf: date(day)})
		if s.Last == date("2026-09-20") {
			last = noon("2026-09-20")
		}
		at := noon(day)
		move := model.Next(rfm.LadderFacts{Standing: model.Stage(s), Last: last}, taken, at)
		fmt.Println(strings.TrimSpace(fmt.Sprintln(day, move.Kind, move.Ladder, move.Step.Action, move.Key)))
		if move.Kind == rfm.Take {
			taken = append(taken, rfm.Taken{Ladder: move.Ladder, Step: move.Step.ID, At: at})
		}
	}
	// Output:
	// 2026-07-01 take wake-up coupon wake-up/coupon/2026-07-01
	// 2026-07-02 wait wake-up task wake-up/task/2026-07-01
	// 2026-07-15 take wake-up task wake-up/task/2026-07-01
	// 2026-08-14 take wake-up call wake-up/call/2026-07-01
	// 2026-08-20 finished wake-up
	// 2026-09-21 wait keep streak keep/streak/2026-09-20
}

// Who moved between two dates, of the same orders.
func ExampleModel_SegmentMigration() {
	b := shop()
	model, err := rfm.Compile(rfm.Definition{Segments: []rfm.Segment{
		{Name: "valuable", Sum: rfm.Range{Min: 7}}, {Name: "fresh", R: rfm.Range{Min: 2}}, {Name: "silent", R: rfm.Range{Max: 1}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	before, err := model.Place(b.Summaries(rfm.LastYear(date("2026-04-30"))))
	if err != nil {
		log.Fatal(err)
	}
	after, err := model.Place(b.Summaries(rfm.LastYear(date("2026-11-22"))))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(model.SegmentMigration(before, after))
	// Output:
	// from \ to    1  2  3  4  5
	// 1 valuable   .  .  .  .  .
	// 2 fresh      1  .  1  .  .
	// 3 silent     .  .  1  .  .
	// 4 (not yet)  .  2  .  .  .
	// 5 (gone)     .  .  .  .  .
}

// The same query in the host's database gives the same summaries.
func ExampleQuery() {
	q := rfm.Query{Dialect: rfm.PostgreSQL, Table: "shop.orders", Customer: "member_id", Day: "paid_on", Amount: "total", Cancels: "is_cancellation"}
	text, err := q.SQL()
	if err != nil {
		log.Fatal(err)
	}
	first, _, _ := strings.Cut(text, "\n")
	fmt.Println(first)
	fmt.Println(q.Args(rfm.LastYear(date("2026-11-22"))))
	// Output:
	// WITH bounds AS (SELECT CAST($1 AS date) AS since_day, CAST($2 AS date) AS as_of_day),
	// [2025-11-23 2026-11-22]
}

// The dictionary tells which tags are not to be trusted.
func ExampleModel_StaleTags() {
	model, err := rfm.Compile(rfm.Definition{Tags: []rfm.Tag{
		{Name: "champions", Definition: "levels 3-3-3 over a year", Owner: "CRM", RefreshDays: 7},
		{Name: "summer sale", Definition: "bought in the sale", Owner: "marketing", ValidUntil: date("2026-09-30")},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range model.StaleTags(map[string]calendar.Date{"champions": date("2026-11-01")}, date("2026-11-22")) {
		fmt.Println(s.Tag.Name, s.Reason, "since", s.Since, "ask", s.Tag.Owner)
	}
	// Output:
	// champions not-refreshed since 2026-11-09 ask CRM
	// summer sale expired since 2026-10-01 ask marketing
}

// A picture of the same figures as the table.
func ExampleTreemapSVG() {
	groups := []rfm.Group{{Name: "champions", Customers: 30}, {Name: "lost", Customers: 70}}
	svg := rfm.TreemapSVG("Segments", groups, rfm.ByCustomers, 600, 400)
	fmt.Println(bytes.HasPrefix(svg, []byte("<svg ")), bytes.Contains(svg, []byte("70.0 %")))
	// Output:
	// true true
}

// Customers silent for more than two years.
func ExampleModel_PurgeList() {
	model, err := rfm.Compile(rfm.Definition{})
	if err != nil {
		log.Fatal(err)
	}
	today := calendar.DateOf(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), nil)
	list := model.PurgeList(slices.Values(sorted(shop().Summaries(rfm.Window{AsOf: today}))))
	for _, s := range list {
		fmt.Println(s.Customer, s.Last, s.Days)
	}
	// Output:
	// m-5 2023-05-01 1301
}

// A stream of orders and all processors. The result is that of one goroutine.
func ExampleGatherParallel() {
	stream := func(yield func(rfm.Order, error) bool) { // rows of a database, as they come
		for i := range 1000 {
			o := rfm.Order{Customer: fmt.Sprint("m-", i%10), At: noon("2026-01-01").AddDate(0, 0, i%100), Amount: decimal.New(1999, -2)}
			if !yield(o, nil) {
				return
			}
		}
	}
	b, err := rfm.GatherParallel(context.Background(), "Europe/Berlin", runtime.GOMAXPROCS(0), stream)
	if err != nil {
		log.Fatal(err)
	}
	orders, spend := b.Total(rfm.Window{AsOf: date("2026-12-31")})
	fmt.Println(b.Customers(), "customers,", orders, "orders,", spend)
	// Output:
	// 10 customers, 1000 orders, 19990
}

// The parts of a table, each a stream of its own. Customers are listed as if the
// second had been read after the first.
func ExampleGatherParallel_parts() {
	part := func(customers ...string) iter.Seq2[rfm.Order, error] {
		return func(yield func(rfm.Order, error) bool) { // rows of one part
			for _, c := range customers {
				if !yield(rfm.Order{Customer: c, At: noon("2026-01-01"), Amount: decimal.New(1999, -2)}, nil) {
					return
				}
			}
		}
	}
	b, err := rfm.GatherParallel(context.Background(), "Europe/Berlin", runtime.GOMAXPROCS(0), part("m-1", "m-2"), part("m-2", "m-3"))
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range sorted(b.Summaries(rfm.Window{AsOf: date("2026-12-31")})) {
		fmt.Println(s.Customer, s.Orders, s.Spend)
	}
	// A mistake is told by its place.
	_, err = rfm.GatherParallel(context.Background(), "Europe/Berlin", runtime.GOMAXPROCS(0), part("m-1", "m-2"), part("m-2", ""))
	fmt.Println(err)
	// Output:
	// m-1 1 19.99
	// m-2 2 39.98
	// m-3 1 19.99
	// rfm: streams[1].orders[1].customer: is empty
}

// Twenty days of silence mean something else to who comes each week than to who
// came once.
func ExampleModel_Stage() {
	model, err := rfm.Compile(rfm.Definition{Lifecycle: rfm.DefaultLifecycle()})
	if err != nil {
		log.Fatal(err)
	}
	b, err := rfm.NewBuilder("")
	if err != nil {
		log.Fatal(err)
	}
	for customer, days := range map[string][]string{"weekly": {"2026-01-01", "2026-01-08", "2026-01-15", "2026-01-22"}, "once": {"2026-01-22"}} {
		for _, d := range days {
			if err := b.Add(rfm.Order{Customer: customer, At: noon(d), Amount: decimal.NewFromInt(10)}); err != nil {
				log.Fatal(err)
			}
		}
	}
	for s := range b.Summaries(rfm.Window{AsOf: date("2026-02-11")}) {
		st := model.Stage(s)
		fmt.Println(s.Customer, st.Stage, "since", st.Since)
	}
	// Unordered output:
	// weekly cooling since 2026-02-02
	// once new since 2026-01-22
}
