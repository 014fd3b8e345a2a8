package benchmarks

import (
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// campaign is one rule as every contender is given it: so many points when the
// member is of one of two tiers, at a time in a window, and spends enough on one
// SKU or in one category.
type campaign struct {
	id            string
	tiers         [2]string
	from, until   time.Time
	sku, category string // one of them
	minAmount     int64  // cents
	points        int64
}

var spring = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// campaigns makes n rules, of which every order meets 10 and matches 5: two for each
// thing on sale, one of which is for another tier, over, or asks for more money.
func campaigns(n int) []campaign {
	list := make([]campaign, n)
	for i := range list {
		thing := i / 2
		c := campaign{
			id: fmt.Sprint("r", i), tiers: [2]string{"gold", "platinum"}, minAmount: 1000, points: int64(10 + i%7),
			from: spring.AddDate(0, 0, -1), until: spring.AddDate(0, 0, 8),
		}
		if i%2 == 0 {
			c.sku = sku(thing)
		} else {
			c.category = category(thing)
		}
		if (i+thing)%2 == 1 {
			switch i % 3 {
			case 0:
				c.tiers = [2]string{"bronze", "silver"}
			case 1:
				c.until = spring
			case 2:
				c.minAmount = 100_000
			}
		}
		list[i] = c
	}
	return list
}

func sku(thing int) string      { return fmt.Sprintf("sku-%d", thing) }
func category(thing int) string { return fmt.Sprintf("department-%d/category-%d", thing%20, thing) }

// What orders cost they have in common: a program has just read its event, and
// does not find the numbers in it cold.
var one, price, tax = decimal.NewFromInt(1), decimal.New(1999, -2), decimal.New(319, -2)

// order is the k-th of the events under n rules. Each holds five things of its own.
func order(n, k int) *rules.Event {
	things := n / 2
	o := &rules.Order{ID: fmt.Sprint("o", k)}
	for i := range 5 {
		thing := (k*7919 + i*(things/5)) % things
		l := rules.Line{
			ID: fmt.Sprint(i + 1), SKU: sku(thing), Category: category(thing), Brand: "acme",
			Quantity: one, Amount: price, Tax: tax,
		}
		o.Lines = append(o.Lines, l)
		o.Total = o.Total.Add(l.Amount)
	}
	return &rules.Event{
		ID: o.ID, Type: "order", Time: spring, Channel: "web", Order: o,
		Member: rules.Member{ID: "m1", Tier: "gold", Segments: []string{"vip"}},
	}
}

// definition is the campaigns as the library reads them.
func definition(list []campaign) (d rules.Definition) {
	for _, c := range list {
		r := rules.Rule{ID: c.id, Trigger: "order", Effect: rules.Effect{Kind: rules.Fixed, Points: c.points}}
		r.Audience.Tiers = c.tiers[:]
		r.Window.From, r.Window.Until = c.from, c.until
		r.Lines.MinAmount = decimal.New(c.minAmount, -2)
		if c.sku != "" {
			r.Lines.SKUs = []string{c.sku}
		} else {
			r.Lines.Categories = []string{c.category}
		}
		d.Rules = append(d.Rules, r)
	}
	return d
}
