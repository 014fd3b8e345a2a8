package loyalty_test

import (
	"context"
	"fmt"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// The host has the last word: in its kiosks nothing but base points is given, and no
// order earns more than 200.
func ExampleReviewer() {
	review := func(p loyalty.Proposal) (changes []loyalty.Revision) {
		for i, a := range p.Awards {
			switch {
			case p.Event.Channel == "kiosk" && a.Phase != rules.PhaseBase:
				changes = append(changes, loyalty.Revision{Award: i, Reason: "not in kiosks"})
			case a.Points > 200:
				changes = append(changes, loyalty.Revision{Award: i, Points: 200, Reason: "200 at most"})
			}
		}
		return changes
	}
	p, err := loyalty.New(loyalty.Config{Store: memory.New(), Review: review, Program: loyalty.Definition{
		OpenEnrolment: true,
		Rules: rules.Definition{Rules: []rules.Rule{
			{ID: "base", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Rate, Points: 1, Per: decimal.NewFromInt(1)}},
			{ID: "double", Trigger: loyalty.TypeOrder, Effect: rules.Effect{Kind: rules.Multiplier, Factor: decimal.NewFromInt(2)}},
		}},
	}})
	if err != nil {
		panic(err)
	}
	price := decimal.NewFromInt(250)
	order := rules.Order{ID: "1001", Total: price, Lines: []rules.Line{{ID: "1", Quantity: decimal.NewFromInt(1), Amount: price}}}
	r, err := p.Process(context.Background(), loyalty.Event{ID: "1", Type: loyalty.TypeOrder, Member: "m-17", Channel: "kiosk", Order: &order})
	fmt.Print(r.Explain(), r.Earned("points"), " ", err)
	// Output:
	// "base" gave 200 points, all on line 1.
	// "base" gave 200 in place of 250 points: 200 at most.
	// "double" gave nothing in place of 250 points: not in kiosks.
	// 200 <nil>
}
