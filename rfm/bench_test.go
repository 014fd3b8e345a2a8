package rfm_test

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
)

// shopYear is orders in memory as a host might hold them: whose, when, how much.
type shopYear struct {
	ids      []string
	customer []uint32
	unix     []int64
	amount   []decimal.Decimal // of a list of prices
}

// newShopYear spreads orders over customers and over 730 days, by a fixed seed.
func newShopYear(customers, orders int) *shopYear {
	random := rand.New(rand.NewPCG(1, 2))
	y := &shopYear{
		ids: make([]string, customers), customer: make([]uint32, orders), unix: make([]int64, orders), amount: make([]decimal.Decimal, orders),
	}
	for i := range y.ids {
		y.ids[i] = fmt.Sprintf("member-%07d", i)
	}
	for i := range orders {
		y.customer[i] = random.Uint32N(uint32(customers))
		y.unix[i] = 1_700_000_000 + random.Int64N(730*86_400)
		y.amount[i] = decimal.New(1+random.Int64N(300_00), -2)
	}
	return y
}

func (y *shopYear) orders(part, parts int) iter.Seq2[rfm.Order, error] {
	from, to := len(y.customer)*part/parts, len(y.customer)*(part+1)/parts
	return func(yield func(rfm.Order, error) bool) {
		for i := from; i < to; i++ {
			c := y.customer[i]
			if !yield(rfm.Order{Customer: y.ids[c], At: time.Unix(y.unix[i], 0), Amount: y.amount[i]}, nil) {
				return
			}
		}
	}
}

var (
	benchWindow = rfm.Window{AsOf: date("2025-11-14")}
	benchDef    = rfm.Definition{
		Scoring:  rfm.Scoring{Method: rfm.RightClosed, Levels: 5},
		Segments: rfm.RPackageSegments(), Rest: "Others",
	}
)

// streams is the orders as one stream, or as several.
func (y *shopYear) streams(n int) []iter.Seq2[rfm.Order, error] {
	all := make([]iter.Seq2[rfm.Order, error], n)
	for i := range all {
		all[i] = y.orders(i, n)
	}
	return all
}

// score is the whole way from orders in memory to members with a segment.
func (y *shopYear) score(m *rfm.Model, workers, streams int) (*rfm.Builder, []rfm.Member, error) {
	b, err := rfm.GatherParallel(context.Background(), "Europe/Berlin", workers, y.streams(streams)...)
	if err != nil {
		return nil, nil, err
	}
	members, err := m.PlaceParallel(b, benchWindow, workers)
	return b, members, err
}

// naive is what a host would write instead: a map of structs, sorted for the
// quantiles. It counts neither days nor refunds, and its money is in cents.
func (y *shopYear) naive() map[string]rfm.Score {
	type sum struct {
		last, orders, cents int64
	}
	sums := map[string]*sum{}
	for i, c := range y.customer {
		s := sums[y.ids[c]]
		if s == nil {
			s = &sum{}
			sums[y.ids[c]] = s
		}
		s.last = max(s.last, y.unix[i])
		s.orders++
		s.cents += y.amount[i].CoefficientInt64()
	}
	cuts := func(of func(*sum) int64) []int64 {
		var all []int64
		for _, s := range sums {
			all = append(all, of(s))
		}
		slices.Sort(all)
		return []int64{all[len(all)/5], all[len(all)*2/5], all[len(all)*3/5], all[len(all)*4/5]}
	}
	level := func(cuts []int64, v int64) uint8 {
		i, _ := slices.BinarySearch(cuts, v)
		return uint8(i + 1)
	}
	last := func(s *sum) int64 { return s.last }
	orders := func(s *sum) int64 { return s.orders }
	cents := func(s *sum) int64 { return s.cents }
	r, f, m := cuts(last), cuts(orders), cuts(cents)
	scores := map[string]rfm.Score{}
	for id, s := range sums {
		scores[id] = rfm.Score{R: level(r, s.last), F: level(f, s.orders), M: level(m, s.cents)}
	}
	return scores
}

// BenchmarkScore is 1,000,000 orders of 100,000 customers, from memory to members
// with a segment, beside a map and a sort.
func BenchmarkScore(b *testing.B) {
	y := newShopYear(100_000, 1_000_000)
	m := mustCompile(b, benchDef)
	for _, tt := range []struct{ workers, streams int }{{1, 1}, {2, 1}, {2, 2}} {
		b.Run(fmt.Sprintf("workers=%d/streams=%d", tt.workers, tt.streams), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := y.score(m, tt.workers, tt.streams); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/order")
		})
	}
	b.Run("map", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			y.naive()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/order")
	})
}

var measure = flag.Bool("measure", false, "measure 10,000,000 orders of 1,000,000 customers and print the table of README.md")

// TestMeasure prints the table of README.md. It asserts what does not depend on
// the machine's speed: the room a customer takes.
func TestMeasure(t *testing.T) {
	customers, orders, runs := 60_000, 600_000, 1
	if *measure {
		customers, orders, runs = 1_000_000, 10_000_000, 3
	}
	y := newShopYear(customers, orders)
	m := mustCompile(t, benchDef)
	workers := runtime.GOMAXPROCS(0)
	gather := map[int][]time.Duration{} // by the number of streams
	var place, plain []time.Duration
	var room float64
	for range runs {
		for _, streams := range []int{1, workers} {
			before := heap()
			start := time.Now()
			b, err := rfm.GatherParallel(t.Context(), "Europe/Berlin", workers, y.streams(streams)...)
			if err != nil {
				t.Fatal(err)
			}
			gather[streams] = append(gather[streams], time.Since(start))
			room = float64(heap()-before) / float64(b.Customers())
			t.Logf("%.0f bytes a customer", room)
			if room > 200 {
				t.Errorf("%.0f bytes a customer, want at most 200", room)
			}
			start = time.Now()
			members, err := m.PlaceParallel(b, benchWindow, workers)
			if err != nil || len(members) != b.Customers() {
				t.Fatal(len(members), err)
			}
			place = append(place, time.Since(start))
		}
		start := time.Now()
		y.naive()
		plain = append(plain, time.Since(start))
	}
	if !*measure {
		return
	}
	median := func(d []time.Duration) string {
		slices.Sort(d)
		return fmt.Sprintf("%.2f s", d[len(d)/2].Seconds())
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| 10,000,000 orders of 1,000,000 customers, %d processors, median of %d | |\n| --- | --- |\n", workers, runs)
	fmt.Fprintf(&table, "| orders to summaries (`GatherParallel`), one stream | %s |\n", median(gather[1]))
	fmt.Fprintf(&table, "| the same, a stream for each processor | %s |\n", median(gather[workers]))
	fmt.Fprintf(&table, "| summaries to scored segments (`PlaceParallel`) | %s |\n", median(place))
	fmt.Fprintf(&table, "| a map and a sort, one goroutine, scores only | %s |\n", median(plain))
	fmt.Fprintf(&table, "| room a customer | %.0f bytes |\n", room)
	fmt.Print(table.String())
}

func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
