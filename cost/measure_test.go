package cost_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
)

var measure = flag.Bool("measure", false, "measure, and print the table of the README")

// TestMeasure prints the table of the README: medians of five runs each.
func TestMeasure(t *testing.T) {
	if !*measure {
		t.Skip("asked for with -measure")
	}
	fmt.Println("| | median of five | allocations |\n| --- | ---: | ---: |")
	row := func(name string, bench func(*testing.B)) {
		var times []float64
		var allocs int64
		for range 5 {
			r := testing.Benchmark(bench)
			times = append(times, float64(r.T.Nanoseconds())/float64(r.N))
			allocs = r.AllocsPerOp()
		}
		slices.Sort(times)
		fmt.Printf("| %s | %s | %d |\n", name, readable(times[2]), allocs)
	}
	row("gate: decide", benchDecide)
	row("gate: decide and book", benchAward)
	row("gauge: decide off a lease", benchGauge)
	row("the same rule with decimals", benchDecimals)
	row("history: one posting", BenchmarkHistory)
	row("chain ladder 60 × 60 with Mack's error", BenchmarkChainLadder)
	row("hazards 60 × 60 with jackknife", BenchmarkHazards)
	for _, n := range []int{1_000_000, 10_000_000} {
		took, heap := onePass(t, n)
		fmt.Printf("| %d million postings to a liability by cohort | %.2f s, once | %d KB kept |\n", n/1_000_000, took.Seconds(), heap/1024)
	}
}

func readable(ns float64) string {
	if ns < 10_000 {
		return fmt.Sprintf("%.0f ns", ns)
	}
	return fmt.Sprintf("%.2f ms", ns/1e6)
}

// onePass draws postings one by one, as from a stream, and says how long it took
// without the drawing and what memory the history keeps.
func onePass(t *testing.T, n int) (took time.Duration, heap uint64) {
	t.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h := must(cost.NewHistory(calendar.Month, "Asia/Shanghai"))(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	batch := make([]cost.Movement, 0, 10_000)
	for done := 0; done < n; done += len(batch) {
		batch = batch[:0]
		for len(batch) < cap(batch) {
			batch = append(batch, drawPosting(rnd, len(batch)))
		}
		start := time.Now()
		for _, m := range batch {
			if err := h.Add(m); err != nil {
				t.Fatal(err)
			}
		}
		took += time.Since(start)
	}
	start := time.Now()
	triangle := must(h.Triangle(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))(t)
	estimate := must(cost.ChainLadder{}.Estimate(triangle))(t)
	must(estimate.Worth(dec("0.01"), 2))(t)
	took += time.Since(start)
	batch = nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(h)
	return took, max(after.HeapAlloc, before.HeapAlloc) - before.HeapAlloc
}

// drawPosting draws one posting of five years: a third issues, the others small
// redemptions within a year.
func drawPosting(rnd *rand.Rand, i int) cost.Movement {
	start := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	issued := start.Add(time.Duration(rnd.IntN(4*365*24)) * time.Hour)
	m := cost.Movement{Kind: cost.Issue, Issued: issued, At: issued, Points: 1 + rnd.Int64N(500), Segment: []string{"bronze", "gold"}[i%2]}
	if i%3 > 0 {
		m.Kind, m.At, m.Points = cost.Redeem, issued.Add(time.Duration(rnd.IntN(365*24))*time.Hour), 1
	}
	return m
}
