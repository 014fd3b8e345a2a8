package benchmarks

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/rules"
)

var (
	cell    = flag.Duration("cell", 200*time.Millisecond, "how long BenchmarkRules measures at a time")
	rounds  = flag.Int("rounds", 7, "how often BenchmarkRules measures everything")
	scanned = flag.Int("scanned", 10_000, "most rules that BenchmarkRules has an expression engine scan")
)

var sizes = []int{10, 100, 1_000, 10_000, rules.MaxRules}

// BenchmarkRules finds the rules of an order of five lines, which meets 10 of them
// and matches 5. Contenders take turns, because a machine is faster at one moment
// than at another: of their times, and of the ratios to what ours took in the same
// round, it prints the medians as a table in Markdown. The time is the processor's,
// garbage collection included, so that other work on the machine counts for less.
//
//	GOWORK=off go test -run '^$' -bench Rules -benchtime 1x -timeout 1h
func BenchmarkRules(b *testing.B) {
	for _, events := range []int{1, 4096} {
		b.Run(fmt.Sprintf("events=%d", events), func(b *testing.B) {
			for b.Loop() {
				var races []*race
				for _, n := range sizes {
					races = append(races, run(b, n, events))
				}
				b.Log("\n" + table(races))
			}
		})
	}
}

// race is the contenders on so many rules.
type race struct {
	rules  int
	names  []string
	times  map[string][]float64 // nanoseconds an event, by round
	allocs map[string]float64   // an event
}

func run(b *testing.B, n, events int) *race {
	r := &race{rules: n, times: map[string][]float64{}, allocs: map[string]float64{}}
	all := contenders(b, campaigns(n), events, *scanned)
	for range *rounds {
		for _, c := range all {
			r.measure(b, c, events)
		}
	}
	for _, c := range all {
		r.names = append(r.names, c.name)
	}
	runtime.KeepAlive(all)
	return r
}

// measure runs one contender for a while on the events in turn.
func (r *race) measure(b *testing.B, c contender, events int) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, began, done := time.Now(), cpuTime(), 0
	for batch := 1; time.Since(start) < *cell; batch = min(2*batch, 1000) {
		for range batch {
			if got, err := c.matches(done % events); got != 5 || err != nil {
				b.Fatal(c.name, got, err)
			}
			done++
		}
	}
	took := cpuTime() - began
	runtime.ReadMemStats(&after)
	r.times[c.name] = append(r.times[c.name], float64(took.Nanoseconds())/float64(done))
	r.allocs[c.name] = float64(after.Mallocs-before.Mallocs) / float64(done)
}

// ratio is the median over rounds of what one contender took of another.
func (r *race) ratio(of, to string) float64 {
	var ratios []float64
	for i := range r.times[of] {
		ratios = append(ratios, r.times[of][i]/r.times[to][i])
	}
	return median(ratios)
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

// table writes what was measured: times, ratios to ours, and allocations; at last
// how much longer it takes with a hundred times the rules. A benchmark may log no
// more than ten lines.
func table(races []*race) string {
	names := races[0].names
	var b strings.Builder
	b.WriteString("| Rules |")
	for _, name := range names {
		b.WriteString(" " + name + " |")
	}
	b.WriteString("\n|---:|" + strings.Repeat("---:|", len(names)) + "\n")
	for _, r := range races {
		fmt.Fprintf(&b, "| %s |", thousands(r.rules))
		for _, name := range names {
			switch {
			case len(r.times[name]) == 0:
				b.WriteString(" not run |")
			case name == ours:
				fmt.Fprintf(&b, " %s (%.0f allocs) |", duration(median(r.times[name])), r.allocs[name])
			default:
				fmt.Fprintf(&b, " %s, ×%s |", duration(median(r.times[name])), ratio(r.ratio(name, ours)))
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString("| 100,000 beside 1,000 |")
	for _, name := range names {
		few, many := races[2].times[name], races[4].times[name]
		if len(many) == 0 {
			b.WriteString(" |")
			continue
		}
		fmt.Fprintf(&b, " ×%s |", ratio(median(many)/median(few)))
	}
	return b.String()
}

func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e5:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	case ns < 1e6:
		return fmt.Sprintf("%.0f µs", ns/1e3)
	default:
		return fmt.Sprintf("%.1f ms", ns/1e6)
	}
}

func ratio(r float64) string {
	if r < 10 {
		return fmt.Sprintf("%.2g", r)
	}
	return fmt.Sprintf("%.0f", r)
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
