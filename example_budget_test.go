package loyalty_test

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// A launch gives 40 points an order as long as 100 points last. The third order gets what is left;
// what comes back of the first can be given once more.
func ExampleProgram_Budgets() {
	ctx, now := context.Background(), time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	p, err := loyalty.New(loyalty.Config{Store: memory.New(), Now: func() time.Time { return now }, Program: loyalty.Definition{
		OpenEnrolment: true,
		Rules: rules.Definition{
			Rules:   []rules.Rule{{ID: "launch", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Fixed, Points: 40}}},
			Budgets: []rules.Budget{{ID: "launch", Rules: []string{"launch"}, Points: 100}},
		},
	}})
	if err != nil {
		panic(err)
	}
	show := func() {
		all, err := p.Budgets(ctx, now)
		fmt.Println(all[0].Key, "spent", all[0].Spent.Points, "left", all[0].Left.Points, err)
	}
	price := decimal.NewFromInt(60)
	for i := range 4 {
		member := fmt.Sprint("m-", i)
		order := rules.Order{ID: "o", Total: price, Lines: []rules.Line{{ID: "1", Quantity: decimal.NewFromInt(2), Amount: price}}}
		r, err := p.Process(ctx, loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: member, Order: &order})
		fmt.Println(member, r.Earned("points"), err)
	}
	show()
	if _, err := p.Process(ctx, loyalty.Event{ID: "back", Type: loyalty.TypeRefund, Member: "m-0", Refund: &loyalty.Refund{Order: "o"}}); err != nil {
		panic(err)
	}
	show()
	if _, err := p.AddToBudget(ctx, loyalty.Addition{ID: "more", Key: "budget/launch/ever", Fund: rules.Fund{Points: 50}, Actor: "kim"}); err != nil {
		panic(err)
	}
	show()
	// Output:
	// m-0 40 <nil>
	// m-1 40 <nil>
	// m-2 20 <nil>
	// m-3 0 <nil>
	// budget/launch/ever spent 100 left 0 <nil>
	// budget/launch/ever spent 60 left 40 <nil>
	// budget/launch/ever spent 60 left 90 <nil>
}
