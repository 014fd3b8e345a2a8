package clv_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/rfm/clv"
)

// BenchmarkFit fits the CDNOW sample, from two starts with standard errors: as it
// is, a hundred times over, and with as many customers of which no two are equal.
func BenchmarkFit(b *testing.B) {
	customers, _ := cdnow(b)
	for _, k := range kinds {
		for _, times := range []int{1, 100} {
			b.Run(fmt.Sprintf("%v/%d", k, len(customers)*times), func(b *testing.B) {
				many := slices.Repeat(customers, times)
				for b.Loop() {
					if _, err := clv.Fit(many, clv.Options{Kind: k}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("%v/%d distinct", k, 235_700), func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(3, 5))
			many := slices.Repeat(customers, 100)
			for i := range many {
				many[i].T += 0.01 * rnd.Float64()
			}
			for b.Loop() {
				if _, err := clv.Fit(many, clv.Options{Kind: k}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("gamma-gamma/946", func(b *testing.B) {
		for b.Loop() {
			if _, err := clv.FitSpend(customers, clv.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkPredict asks one figure of each CDNOW customer in turn.
func BenchmarkPredict(b *testing.B) {
	customers, _ := cdnow(b)
	year := clv.Terms{Periods: 12, Period: clv.Month, Rate: 0.01}
	for _, m := range []clv.Model{
		{Kind: clv.MBGNBD, Unit: clv.Week, R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614},
		{Kind: clv.ParetoNBD, Unit: clv.Week, R: 0.553, Alpha: 10.578, S: 0.606, Beta: 11.669},
	} {
		for _, figure := range []struct {
			name string
			ask  func(c clv.Customer) (float64, error)
		}{
			{"PAlive", m.PAlive},
			{"Purchases", func(c clv.Customer) (float64, error) { return m.Purchases(c, 39) }},
			{"CLV", func(c clv.Customer) (float64, error) { return m.CLV(c, 30, year) }},
			{"DERT", func(c clv.Customer) (float64, error) { return m.DERT(c, 0.0027) }},
		} {
			b.Run(m.Kind.String()+"/"+figure.name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if _, err := figure.ask(customers[i%len(customers)]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
