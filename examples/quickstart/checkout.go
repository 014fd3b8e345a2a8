package main

import (
	"context"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger"
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

// payment is how many points pay for an order, and whether a hold sets them aside first.
type payment struct {
	points int64
	held   bool
}

// payment gives what pays for an order. An event that comes again must have the content it
// had, so of an order in the books it is what paid then, and of one whose hold alone is there, since
// the run was interrupted after it, the hold. Otherwise the balance decides. A host finds
// all this in its own table of orders.
func (y *year) payment(ctx context.Context, e *loyalty.Event) (payment, error) {
	order, hold := ledger.Key{Owner: e.Member, ID: e.ID}, ledger.Key{Owner: e.Member, ID: holdID(e)}
	snap, err := y.look(ctx, e.Member, order, hold)
	if err != nil {
		return payment{}, err
	}
	if tx, ok := snap.Transactions[hold]; ok {
		return payment{paidBy(tx), true}, nil
	}
	if tx, ok := snap.Transactions[order]; ok {
		return payment{paidBy(tx), false}, nil
	}
	record := snap.Record(e.Member)
	available := record.Account(unit).Balance(y.clock).Available
	return payment{payable(available, e.Order.Total, y.program.Worth(spendBlock)), y.payments[e.Member]%2 == 1}, nil
}

// paidBy is how many points a hold set aside, or an order spent.
func paidBy(tx ledger.Transaction) int64 {
	var n int64
	for _, p := range tx.Postings {
		if p.To.Hold != "" || p.To.Flow == ledger.FlowRedeemed {
			n += p.Points
		}
	}
	return n
}

func holdID(e *loyalty.Event) string { return e.ID + "/hold" }

// checkout lets the member pay with points: at one order straight away, at the next
// by way of a hold, as a shop does whose customer leaves for a payment page.
func (y *year) checkout(ctx context.Context, e *loyalty.Event) error {
	p, err := y.payment(ctx, e)
	if err != nil || p.points == 0 {
		return err
	}
	y.payments[e.Member]++
	spend := loyalty.Spend{Points: p.points}
	if p.held {
		hold := loyalty.Redemption{ID: holdID(e), Member: e.Member, Points: p.points, Reason: "hold for order " + e.Order.ID}
		if ok, err := y.hold(ctx, hold, e.Time.Add(holdFor)); !ok {
			return err
		}
		spend = loyalty.Spend{Hold: hold.ID}
	}
	e.Spend, e.Order.PaidInPoints = &spend, y.program.Worth(p.points)
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
