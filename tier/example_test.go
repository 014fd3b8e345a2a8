package tier_test

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// A member reaches gold, keeps it through the next year, earns too little in
// it, and falls to what that year is worth.
func Example() {
	ladder, err := tier.Compile(tier.Definition{
		Zone:   "Asia/Shanghai",
		Period: calendar.Year,
		Tiers: []tier.Tier{
			{ID: "bronze", Threshold: 0},
			{ID: "silver", Threshold: 5_000, Multiplier: decimal.RequireFromString("1.2")},
			{ID: "gold", Threshold: 20_000, Multiplier: decimal.RequireFromString("1.5")},
			{ID: "platinum", Threshold: 50_000, Multiplier: decimal.RequireFromString("2")},
			{ID: "diamond", Threshold: 100_000, Multiplier: decimal.RequireFromString("3")},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	const late = 30 * 24 * time.Hour // events may arrive up to 30 days after they happened
	var member tier.Status
	settle := func(now time.Time) {
		var change tier.Change
		var moved bool
		if member, change, moved = ladder.Settle(member, now, late); moved {
			fmt.Printf("%s: from %s to %s, due next %s\n", change.At.Format(time.DateTime), change.From, change.To,
				ladder.Due(member, now).Format(time.DateTime))
		}
	}
	for _, order := range []struct {
		paid   time.Time
		points int64
	}{
		{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), 6_000},
		{time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), 15_000},
		{time.Date(2027, 5, 1, 12, 0, 0, 0, time.UTC), 8_000},
	} {
		settle(order.paid)
		member = ladder.Add(member, order.points, order.paid)
		settle(order.paid)
	}
	settle(time.Date(2028, 2, 1, 0, 0, 0, 0, time.UTC)) // a sweep, a month too late
	fmt.Println("now", member.Tier, "since", member.Since.Format(time.DateTime), "UTC")
	// Output:
	// 2026-03-01 12:00:00: from bronze to silver, due next 2028-01-01 00:00:00
	// 2026-09-01 12:00:00: from silver to gold, due next 2028-01-01 00:00:00
	// 2027-12-31 16:00:00: from gold to silver, due next 2029-01-01 00:00:00
	// now silver since 2027-12-31 16:00:00 UTC
}

// A ladder is often a file that a marketer edits.
func ExampleLadder() {
	var def tier.Definition
	err := json.Unmarshal([]byte(`{
		"period": "year",
		"tiers": [
			{"id": "gold", "threshold": 20000, "multiplier": "1.5", "benefits": ["birthday gift", "priority service"]},
			{"id": "silver", "threshold": 5000, "multiplier": "1.2", "benefits": ["birthday gift"]},
			{"id": "bronze", "threshold": 0}
		]
	}`), &def)
	if err != nil {
		log.Fatal(err)
	}
	ladder, err := tier.Compile(def)
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range ladder.Tiers() {
		fmt.Printf("%-6s from %5d ×%s %q\n", t.ID, t.Threshold, t.Multiplier, t.Benefits)
	}
	// Output:
	// bronze from     0 ×1 []
	// silver from  5000 ×1.2 ["birthday gift"]
	// gold   from 20000 ×1.5 ["birthday gift" "priority service"]
}

// All that is wrong is said at once.
func ExampleCompile() {
	_, err := tier.Compile(tier.Definition{
		Zone: "Asia/Atlantis",
		Tiers: []tier.Tier{
			{ID: "bronze", Threshold: 0},
			{ID: "silver", Threshold: 5_000},
			{ID: "gold", Threshold: 5_000, Multiplier: decimal.RequireFromString("0.5")},
		},
	})
	fmt.Println(err)
	// Output:
	// tier: zone: "Asia/Atlantis" is not an IANA time zone
	// tier: tiers[2].threshold: 5000 is already silver's
	// tier: tiers[2].multiplier: 0.5 is below 1
}

// The member's document: small, and the same whatever order events came in.
func ExampleStatus() {
	ladder, err := tier.Compile(tier.Definition{Period: calendar.Year, Tiers: []tier.Tier{
		{ID: "bronze", Threshold: 0},
		{ID: "silver", Threshold: 5_000},
	}})
	if err != nil {
		log.Fatal(err)
	}
	bought, returned := time.Date(2026, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 4, 0, 0, 0, 0, time.UTC)

	var st tier.Status
	st = ladder.Add(st, 120, returned)
	st = ladder.Add(st, 6_000, bought)
	st = ladder.Add(st, -500, bought) // taken back in January, from the points of December
	st, _, _ = ladder.Settle(st, returned, 0)

	doc, err := json.Marshal(st)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(doc))
	// Output:
	// {"points":{"2026":5500,"2027":120},"tier":"silver","since":"2027-01-04T00:00:00Z","settled":"2027-01-01T00:00:00Z"}
}

// How far to the next tier, and how much to keep this one, by when.
func ExampleProgress() {
	ladder, err := tier.Compile(tier.Definition{Period: calendar.Year, Tiers: []tier.Tier{
		{ID: "bronze", Name: "Bronze"},
		{ID: "silver", Name: "Silver", Threshold: 5_000},
		{
			ID: "gold", Name: "Gold", Threshold: 20_000, Multiplier: decimal.RequireFromString("1.5"),
			Benefits: []string{"birthday gift", "priority service"},
		},
	}})
	if err != nil {
		log.Fatal(err)
	}
	var st tier.Status
	st = ladder.Add(st, 7_200, time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC))
	st = ladder.Add(st, 1_500, time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC))

	p := ladder.Progress(st, time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC))
	fmt.Printf("%s with %d points\n", p.Tier.Name, p.Points)
	fmt.Printf("%d more before %s for %s: ×%s, %q\n",
		p.Missing, p.Until.Format(time.DateOnly), p.Next.Name, p.Next.Multiplier, p.Next.Benefits)
	fmt.Printf("sure until %s, %d more to keep it\n", p.KeptUntil.Format(time.DateOnly), p.MissingToKeep)
	// Output:
	// Silver with 1500 points
	// 18500 more before 2028-01-01 for Gold: ×1.5, ["birthday gift" "priority service"]
	// sure until 2028-01-01, 3500 more to keep it
}
