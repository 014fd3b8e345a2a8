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

// In June a shop promises double points for May. It previews what that costs, pays it, and pays
// nothing when it is run again.
func ExampleProgram_Backfill() {
	ctx, now := context.Background(), time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	base := rules.Rule{ID: "base", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.NewFromInt(1)}}
	p, err := loyalty.New(loyalty.Config{
		Store: memory.New(), Program: loyalty.Definition{OpenEnrolment: true, Rules: rules.Definition{Rules: []rules.Rule{base}}},
		Now: func() time.Time { return now },
	})
	if err != nil {
		panic(err)
	}
	price := decimal.NewFromInt(60)
	order := rules.Order{ID: "1001", Total: price, Lines: []rules.Line{{ID: "1", Quantity: decimal.NewFromInt(2), Amount: price}}}
	events := []loyalty.Event{{ID: "evt-1", Type: loyalty.TypeOrder, Member: "m-17", Time: now, Order: &order}}
	half := loyalty.Refund{Order: "1001", Lines: []loyalty.ReturnLine{{Line: "1", Quantity: decimal.NewFromInt(1)}}}
	events = append(events, loyalty.Event{ID: "evt-2", Type: loyalty.TypeRefund, Member: "m-17", Time: now, Refund: &half})
	for _, e := range events {
		if _, err := p.Process(ctx, e); err != nil {
			panic(err)
		}
	}

	now = now.AddDate(0, 1, 0)
	may, err := p.Backfill(loyalty.Campaign{
		ID: "may", From: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
		Rules: rules.Definition{Rules: []rules.Rule{
			base, {ID: "double", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Multiplier, Factor: decimal.NewFromInt(2)}},
		}},
	})
	if err != nil {
		panic(err)
	}
	preview, err := may.Preview(ctx, "m-17", events)
	fmt.Println("will cost", preview.Points["points"], err)
	for range 2 {
		got, err := may.Apply(ctx, "m-17", events)
		fmt.Println(got.Paid, "paid", got.Before, "before", got.Payments, err)
	}
	m, err := p.Member(ctx, "m-17")
	fmt.Println("balance", m.Balance.Available, err)
	// Output:
	// will cost 30 <nil>
	// 1 paid 0 before [{evt-1 points 30}] <nil>
	// 0 paid 1 before [] <nil>
	// balance 60 <nil>
}
