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
	b.Run("decide", benchDecide)
	b.Run("award", benchAward)
	b.Run("gauge", benchGauge)
	b.Run("decimals", benchDecimals)
}

var benchAsk = cost.Award{At: noon("2026-11-11"), Points: 1, Tier: "gold", Campaign: "double day"}

func benchGate(b *testing.B) (*cost.Gate, *cost.Book) {
	g, book := mustGate(b, cost.Budget{Values: cny, Trim: true}), &cost.Book{}
	sell(b, g, book, dec("900000000000"))
	b.ReportAllocs()
	return g, book
}

func benchDecide(b *testing.B) {
	g, book := benchGate(b)
	for b.Loop() {
		if d, err := g.Decide(book, benchAsk); err != nil || d.Granted != 1 {
			b.Fatal(d, err)
		}
	}
}

func benchAward(b *testing.B) {
	g, book := benchGate(b)
	for b.Loop() {
		if d, err := g.Award(book, benchAsk); err != nil || d.Granted != 1 {
			b.Fatal(d, err)
		}
	}
}

func benchGauge(b *testing.B) {
	g, book := benchGate(b)
	gauge, err := g.Lease(book, "host", 2_000_000_000_000, benchAsk.At, benchAsk.At.Add(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if d, err := gauge.Spend(benchAsk); err != nil || d.Granted != 1 {
			b.Fatal(d, err)
		}
	}
}

func benchDecimals(b *testing.B) {
	b.ReportAllocs()
	revenue, spent, limit, per := dec("900000000000"), decimal.Decimal{}, dec("0.03"), dec("0.01")
	for b.Loop() {
		after := spent.Add(per.Mul(decimal.NewFromInt(benchAsk.Points)))
		if after.GreaterThan(limit.Mul(revenue)) {
			b.Fatal("refused")
		}
		spent = after
	}
}

// BenchmarkHistory adds postings of five years, in no order.
func BenchmarkHistory(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	moves := make([]cost.Movement, 1<<16)
	for i := range moves {
		moves[i] = drawPosting(rnd, i)
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
	tri := benchTriangle()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (cost.ChainLadder{}).Estimate(tri); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHazards(b *testing.B) {
	tri := benchTriangle()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (cost.Hazards{}).Estimate(tri); err != nil {
			b.Fatal(err)
		}
	}
}

// benchTriangle is sixty months of issue with all their ages.
func benchTriangle() (tri cost.Triangle) {
	for i := range 60 {
		row := cost.Row{Cohort: time.Date(2020, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), Issued: 10_000_000}
		for k := range 60 - i {
			row.Redeemed = append(row.Redeemed, int64(7_000_000*(1-math.Exp(-float64(k+1)/15))*(1+0.05*math.Sin(float64(i*k)))))
		}
		tri.Rows = append(tri.Rows, row)
	}
	return tri
}
