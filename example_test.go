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

// A programme of one rule: 1 point per 1.00, good for a year. The README opens
// with this program.
func Example() {
	p, err := loyalty.New(loyalty.Config{
		Store: memory.New(),
		Program: loyalty.Definition{
			OpenEnrolment: true,
			Validity:      calendar.Validity{Months: 12, EndOf: calendar.Month},
			Rules: rules.Definition{Rules: []rules.Rule{{
				ID: "base", Trigger: loyalty.TypeOrder,
				Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.RequireFromString("1.00")},
			}}},
		},
		Now: func() time.Time { return time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		panic(err)
	}
	price := decimal.RequireFromString("129.90")
	order := rules.Order{ID: "1001", Total: price, Lines: []rules.Line{{ID: "1", SKU: "kettle", Quantity: decimal.NewFromInt(1), Amount: price}}}
	for range 2 { // the message queue delivers it twice
		res, err := p.Process(context.Background(), loyalty.Event{ID: "evt-1", Type: loyalty.TypeOrder, Member: "m-17", Order: &order})
		fmt.Println(res.Earned("points"), "earned, balance", res.Balances[0].Available, "replayed", res.Replayed, err)
	}
	// Output:
	// 129 earned, balance 129 replayed false <nil>
	// 129 earned, balance 129 replayed true <nil>
}
