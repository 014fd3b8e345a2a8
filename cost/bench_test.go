package cost_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
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

// BenchmarkHistory is ten million movements of five years, so ns/op is per posting.
func BenchmarkHistory(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	moves := make([]cost.Movement, 1<<16)
	for i := range moves {
		issued := start.Add(time.Duration(rnd.IntN(4*365*24)) * time.Hour)
		moves[i] = cost.Movement{Kind: cost.Issue, Issued: issued, At: issued, Points: 1 + rnd.Int64N(500), Segment: []string{"bronze", "gold"}[i%2]}
		if i%3 > 0 {
			moves[i].Kind, moves[i].At = cost.Redeem, issued.Add(time.Duration(rnd.IntN(365*24))*time.Hour)
			moves[i].Points = 1
		}
	}
	h, err := cost.NewHistory(calendar.Month, "Asia/Shanghai")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := h.Add(moves[i&(len(moves)-1)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*10_000_000, "s/10M")
}

func BenchmarkChainLadder(b *testing.B) {
	var tri cost.Triangle
	for i := range 60 {
		row := cost.Row{Cohort: time.Date(2020, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), Issued: 10_000_000}
		for k := range 60 - i {
			row.Redeemed = append(row.Redeemed, int64(7_000_000*(1-math.Exp(-float64(k+1)/15))*(1+0.05*math.Sin(float64(i*k)))))
		}
		tri.Rows = append(tri.Rows, row)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (cost.ChainLadder{}).Estimate(tri); err != nil {
			b.Fatal(err)
		}
	}
}
