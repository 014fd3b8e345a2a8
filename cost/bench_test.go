package cost_test

import (
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

// BenchmarkGate is one decision: alone, booked, off a lease, and beside the rule
// written down with decimals.
func BenchmarkGate(b *testing.B) {
	now := noon("2026-11-11")
	ask := cost.Award{At: now, Points: 1, Tier: "gold", Campaign: "double day"}
	setup := func(b *testing.B) (*cost.Gate, *cost.Book) {
		g, book := mustGate(b, cost.Budget{Values: cny, Trim: true}), &cost.Book{}
		sell(b, g, book, dec("900000000000"))
		b.ReportAllocs()
		return g, book
	}
	b.Run("decide", func(b *testing.B) {
		g, book := setup(b)
		for b.Loop() {
			if d, err := g.Decide(book, ask); err != nil || d.Granted != 1 {
				b.Fatal(d, err)
			}
		}
	})
	b.Run("award", func(b *testing.B) {
		g, book := setup(b)
		for b.Loop() {
			if d, err := g.Award(book, ask); err != nil || d.Granted != 1 {
				b.Fatal(d, err)
			}
		}
	})
	b.Run("gauge", func(b *testing.B) {
		g, book := setup(b)
		gauge, err := g.Lease(book, "host", 2_000_000_000_000, now, now.Add(time.Hour))
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if d, err := gauge.Spend(ask); err != nil || d.Granted != 1 {
				b.Fatal(d, err)
			}
		}
	})
	b.Run("decimals", func(b *testing.B) {
		b.ReportAllocs()
		revenue, spent, limit, per := dec("900000000000"), decimal.Decimal{}, dec("0.03"), dec("0.01")
		for b.Loop() {
			after := spent.Add(per.Mul(decimal.NewFromInt(ask.Points)))
			if after.GreaterThan(limit.Mul(revenue)) {
				b.Fatal("refused")
			}
			spent = after
		}
	})
}
