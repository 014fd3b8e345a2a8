package cost_test

import (
	"fmt"
	"log"
	"os"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
)

// IFRS 15, Illustrative Example 52: goods for 100,000 and 10,000 points, of which
// 9,500, later 9,700, are expected to be redeemed.
func ExampleRollDeferral() {
	split, err := cost.Bundle{Price: dec("100000"), Goods: dec("100000"), Points: 10_000, FaceValue: dec("1"), Redemption: dec("0.95")}.Allocate(2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("goods", split.Goods, "points", split.Points)
	year1 := cost.Cohort{Name: "2026", Issued: 10_000, Allocated: split.Points, Redeemed: 4500, Expected: 9500, WithinYear: 4000}
	year2 := year1
	year2.Redeemed, year2.Expected, year2.WithinYear = 8500, 9700, 1200
	for _, span := range [][2][]cost.Cohort{{nil, {year1}}, {{year1}, {year2}}} {
		r, err := cost.RollDeferral(span[0], span[1], 2)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("revenue %s\n%s", r.Total.Revenue(), r)
	}
	// Output:
	// goods 91324.2 points 8675.8
	// revenue 4109.59
	// deferral
	// cohort          opening       issued     redeemed     breakage     estimate        value      closing
	// 2026               0.00      8675.80     -3904.11      -205.48         0.00         0.00      4566.21
	// total              0.00      8675.80     -3904.11      -205.48         0.00         0.00      4566.21
	// current 3652.97, non-current 913.24; revenue from the opening balance 0.00
	// one point more breakage -43.72, one point less 42.81
	// revenue 3492.92
	// deferral
	// cohort          opening       issued     redeemed     breakage     estimate        value      closing
	// 2026            4566.21         0.00     -3470.32      -107.33        84.73         0.00      1073.29
	// total           4566.21         0.00     -3470.32      -107.33        84.73         0.00      1073.29
	// current 1073.29, non-current 0.00; revenue from the opening balance 3492.92
	// one point more breakage -79.19, one point less 77.58
}

// What a bookkeeper posts.
func ExampleJournal() {
	cohort := cost.Cohort{Name: "2026", Currency: "CNY", Issued: 10_000, Allocated: dec("8675.80"), Redeemed: 4500, Expected: 9500}
	r, err := cost.RollDeferral(nil, []cost.Cohort{cohort}, 2)
	if err != nil {
		log.Fatal(err)
	}
	journal, err := r.Journal(calendar.Date{Year: 2026, Month: 12, Day: 31}, "points 2026", cost.Accounts{Liability: "2150"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(journal)
	if err := journal.WriteCSV(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2026-12-31  points 2026  CNY
	// Revenue: goods                          8675.80               points issued with sales
	//   2150                                               8675.80  points issued with sales
	// 2150                                    3904.11               points redeemed
	//   Revenue: points redeemed                           3904.11  points redeemed
	// 2150                                     205.48               breakage
	//   Revenue: breakage                                   205.48  breakage
	// date,reference,currency,account,debit,credit,memo
	// 2026-12-31,points 2026,CNY,Revenue: goods,8675.80,0.00,points issued with sales
	// 2026-12-31,points 2026,CNY,2150,0.00,8675.80,points issued with sales
	// 2026-12-31,points 2026,CNY,2150,3904.11,0.00,points redeemed
	// 2026-12-31,points 2026,CNY,Revenue: points redeemed,0.00,3904.11,points redeemed
	// 2026-12-31,points 2026,CNY,2150,205.48,0.00,breakage
	// 2026-12-31,points 2026,CNY,Revenue: breakage,0.00,205.48,breakage
}
