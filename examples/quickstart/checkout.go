package main

import (
	"context"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// A member may pay part of an order with points, in whole blocks.
const (
	spendFrom  = 1_000 // points available, at least
	spendBlock = 100
	spendShare = 20 // per cent of the order, at most
	holdFor    = 30 * time.Minute
)

// payable is how many points pay for an order: as many blocks as the balance and
// the share of the order allow.
func payable(available int64, total, block decimal.Decimal) int64 {
	if available < spendFrom {
		return 0
	}
	most, _ := total.Mul(decimal.New(spendShare, -2)).QuoRem(block, 0)
	return min(available/spendBlock, most.IntPart()) * spendBlock
}

// checkout lets the member pay with points: at one order straight away, at the next
// by way of a hold, as a shop does whose customer leaves for a payment page.
func (y *year) checkout(ctx context.Context, e *loyalty.Event) error {
	balance, err := y.balance(ctx, e.Member)
	if err != nil {
		return err
	}
	n := payable(balance.Available, e.Order.Total, y.program.Worth(spendBlock))
	if n == 0 {
		return nil
	}
	y.payments[e.Member]++
	if e.Spend = (&loyalty.Spend{Points: n}); y.payments[e.Member]%2 == 0 {
		hold := loyalty.Redemption{ID: e.ID + "/hold", Member: e.Member, Points: n, Reason: "hold for order " + e.Order.ID}
		if ok, err := y.hold(ctx, hold, e.Time.Add(holdFor)); !ok {
			e.Spend = nil
			return err
		}
		e.Spend = &loyalty.Spend{Hold: hold.ID}
	}
	e.Order.PaidInPoints = y.program.Worth(n)
	return nil
}

// cap follows how much of the programme's monthly cap each member has used, since a
// result says what was given, not what the cap kept back.
type capUse struct {
	points int64
	used   map[memberMonth]int64
	hit    map[memberMonth]bool
}

type memberMonth struct {
	member string
	monthOf
}

// newCapUse follows the first cap of the rules; without one nothing is ever hit.
func newCapUse(def rules.Definition) *capUse {
	c := &capUse{used: map[memberMonth]int64{}, hit: map[memberMonth]bool{}}
	if len(def.Caps) > 0 {
		c.points = def.Caps[0].Points
	}
	return c
}

func (c *capUse) add(member string, in monthOf, points int64) {
	m := memberMonth{member, in}
	c.used[m] += points
	if c.points > 0 && c.used[m] >= c.points {
		c.hit[m] = true
	}
}
