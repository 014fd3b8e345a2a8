package loyalty_test

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// Points expire after six months in which nothing was bought. The points for a birthday are good for 30 days,
// whatever the member does.
func ExampleInactivity() {
	ctx, now := context.Background(), time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	p, err := loyalty.New(loyalty.Config{Store: memory.New(), Now: func() time.Time { return now }, Program: loyalty.Definition{
		OpenEnrolment: true,
		Inactivity:    &loyalty.Inactivity{After: calendar.Validity{Months: 6}, Types: []string{loyalty.TypeOrder}},
		Rules: rules.Definition{Rules: []rules.Rule{
			{ID: "base", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.NewFromInt(1)}},
			{ID: "birthday", Trigger: "birthday", Effect: rules.Effect{Kind: rules.Fixed, Points: 50}, Expiry: rules.Expiry{Days: 30}},
		}},
	}})
	if err != nil {
		panic(err)
	}
	show := func() {
		m, err := p.Member(ctx, "m-17")
		b := m.Balance
		fmt.Println(now.Format("2 January:"), b.Available, "points,", b.NextExpiring, "until", b.NextExpiry.Format("2 January"), err)
	}
	buy := func(id string, amount int64) {
		price := decimal.NewFromInt(amount)
		order := rules.Order{ID: id, Total: price, Lines: []rules.Line{{ID: "1", Quantity: decimal.NewFromInt(1), Amount: price}}}
		if _, err := p.Process(ctx, loyalty.Event{ID: id, Type: loyalty.TypeOrder, Member: "m-17", Order: &order}); err != nil {
			panic(err)
		}
		show()
	}
	buy("1001", 100)
	now = now.AddDate(0, 3, 0)
	if _, err := p.Process(ctx, loyalty.Event{ID: "bday", Type: "birthday", Member: "m-17"}); err != nil {
		panic(err)
	}
	buy("1002", 20)
	now = now.AddDate(0, 2, 0)
	show()
	now = now.AddDate(0, 5, 0)
	show()
	// Output:
	// 10 January: 100 points, 100 until 11 July <nil>
	// 10 April: 170 points, 50 until 11 May <nil>
	// 10 June: 120 points, 120 until 11 October <nil>
	// 10 November: 0 points, 0 until 1 January <nil>
}
