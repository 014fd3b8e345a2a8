package loyalty_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// Both sides of a referral are rewarded with the first order of 20.00 or more: the inviter
// at most five times a month. Sent back, the order takes both rewards with it.
func ExampleReferral() {
	p, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: loyalty.Definition{
		Referral: &loyalty.Referral{MinAmount: decimal.RequireFromString("20.00")},
		Rules: rules.Definition{Rules: []rules.Rule{
			{ID: "brought", Trigger: loyalty.TypeInviter, Effect: rules.Effect{Kind: rules.Fixed, Points: 300},
				Limits: []rules.Limit{{Uses: 5, Per: rules.Per(calendar.Month)}}},
			{ID: "welcome", Trigger: loyalty.TypeInvited, Effect: rules.Effect{Kind: rules.Fixed, Points: 100}},
		}},
	}})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	process := func(e loyalty.Event) loyalty.Result {
		r, err := p.Process(ctx, e)
		if err != nil {
			fmt.Println(err)
		}
		return r
	}
	show := func(r loyalty.Result) {
		fmt.Print(r.Explain())
		for _, id := range []string{"ann", "ben"} {
			m, err := p.Member(ctx, id)
			if err != nil {
				panic(err)
			}
			fmt.Println(id, "has", m.Balance.Available, "and brought", m.Brought)
		}
	}

	process(loyalty.Event{ID: "1", Type: loyalty.TypeSignUp, Member: "ann"})
	process(loyalty.Event{ID: "1", Type: loyalty.TypeSignUp, Member: "ben", Inviter: "ann", Claims: []string{"invitation/7F2K"}})
	price := decimal.RequireFromString("59.00")
	order := rules.Order{ID: "1001", Total: price, Lines: []rules.Line{{ID: "1", Quantity: decimal.NewFromInt(1), Amount: price}}}
	show(process(loyalty.Event{ID: "2", Type: loyalty.TypeOrder, Member: "ben", Order: &order}))
	show(process(loyalty.Event{ID: "3", Type: loyalty.TypeRefund, Member: "ben", Refund: &loyalty.Refund{Order: "1001"}}))

	_, err = p.Process(ctx, loyalty.Event{ID: "1", Type: loyalty.TypeSignUp, Member: "cas", Inviter: "cas"})
	fmt.Println(err, errors.Is(err, loyalty.ErrReferral))
	_, err = p.Process(ctx, loyalty.Event{ID: "1", Type: loyalty.TypeSignUp, Member: "cas", Inviter: "ann", Claims: []string{"invitation/7F2K"}})
	fmt.Println(err, errors.Is(err, loyalty.ErrClaimed))
	// Output:
	// "welcome" gave 100 points, all on line 1.
	// To ann, who invited the member:
	// "brought" gave 300 points, all on line 1.
	// ann has 300 and brought 1
	// ben has 100 and brought 0
	// "welcome" takes back 100 points.
	// "brought" takes back 300 points of ann, who invited the member.
	// ann has 0 and brought 0
	// ben has 0 and brought 0
	// loyalty: referral refused: cas by cas: self true
	// loyalty: already claimed: invitation/7F2K true
}
