package drivertest_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

var (
	cell   = flag.Duration("cell", time.Second, "how long BenchmarkSideBySide measures at a time")
	rounds = flag.Int("rounds", 5, "how often BenchmarkSideBySide measures everything")
)

// BenchmarkSideBySide measures the store and, in turn with it, what a database does at the
// least: commits of a single inserted row. A machine is faster at one moment than at
// another, so that only ratios of neighbours mean something, and of them the median.
//
//	go test -run '^$' -bench SideBySide -benchtime 1x
func BenchmarkSideBySide(b *testing.B) {
	for _, d := range []database{postgres, mariadb, sqlite} {
		b.Run(d.name, func(b *testing.B) {
			r := newRace(b, d)
			for b.Loop() {
				r.run(b)
			}
			fmt.Print("\n\n", r.table(), "\n") // a log would be cut short
			r.report(b)
		})
	}
}

const (
	benchMembers = 1000
	benchBatch   = 100
)

// race is the contenders on one database.
type race struct {
	db    *sql.DB
	books *ledger.Ledger
	cells []*contest
	next  atomic.Int64
}

// contest is one contender at a number of clients, and what it is held against.
type contest struct {
	name    string
	clients int
	against *contest
	per     float64 // commands a commit
	do      func(ctx context.Context, client int, r *rand.Rand) error
	rates   []float64 // commands a second, by round
}

func newRace(b *testing.B, d database) *race {
	db, store := d.open(b)
	books, err := ledger.New(ledger.Config{Store: store})
	if err != nil {
		b.Fatal(err)
	}
	r := &race{db: db, books: books}
	r.seed(b)
	raw := fmt.Sprintf("raw_%d", prefixes.Add(1))
	if _, err := db.Exec("CREATE TABLE " + raw + " (client BIGINT NOT NULL, n BIGINT NOT NULL, points BIGINT NOT NULL, reason VARCHAR(100) NOT NULL, PRIMARY KEY (client, n))"); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare("INSERT INTO " + raw + " (client, n, points, reason) VALUES ($1, $2, $3, $4)")
	if d.driver != "pgx" {
		insert, err = db.Prepare("INSERT INTO " + raw + " (client, n, points, reason) VALUES (?, ?, ?, ?)")
	}
	if err != nil {
		b.Fatal(err)
	}
	plain := func(ctx context.Context, client int, _ *rand.Rand) error {
		_, err := insert.ExecContext(ctx, client, r.next.Add(1), 10, "order 4711")
		return err
	}
	anyone := func(ctx context.Context, _ int, rnd *rand.Rand) error {
		return r.command(ctx, member(rnd.IntN(benchMembers)))
	}
	for _, clients := range []int{1, 8, 32} {
		base := &contest{name: "insert", clients: clients, per: 1, do: plain}
		r.cells = append(r.cells, base,
			&contest{name: "earn or redeem", clients: clients, against: base, per: 1, do: anyone},
			&contest{name: "one member", clients: clients, against: r.first(base), per: 1,
				do: func(ctx context.Context, _ int, _ *rand.Rand) error { return r.command(ctx, "hot") }})
	}
	single := r.cells[1]
	for _, clients := range []int{1, 8} {
		r.cells = append(r.cells, &contest{name: "batch of 100", clients: clients, against: single, per: benchBatch,
			do: func(ctx context.Context, _ int, rnd *rand.Rand) error { return r.batch(ctx, rnd) }})
	}
	return r
}

// first is the insert of one client: one member cannot be written faster than in turn.
func (r *race) first(base *contest) *contest {
	if len(r.cells) == 0 {
		return base
	}
	return r.cells[0]
}

func member(n int) string { return fmt.Sprintf("member %d", n) }

var benchTime = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func (r *race) request(owner string) (ledger.Request, ledger.Op) {
	n := r.next.Add(1)
	req := ledger.Request{Owner: owner, ID: fmt.Sprintf("order %d", n), At: benchTime, Reason: "order"}
	if n%2 == 0 {
		return req, ledger.Redeem{Unit: "points", Points: 5}
	}
	return req, ledger.Earn{Unit: "points", Points: 10, Expires: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (r *race) command(ctx context.Context, owner string) error {
	req, op := r.request(owner)
	_, err := r.books.Post(ctx, req, op)
	return err
}

func (r *race) batch(ctx context.Context, rnd *rand.Rand) error {
	return r.batchN(ctx, rnd, benchBatch)
}

func (r *race) batchN(ctx context.Context, rnd *rand.Rand, n int) error {
	items := make([]ledger.Item, n)
	for i := range items {
		req, op := r.request(member(rnd.IntN(benchMembers)))
		items[i] = ledger.Item{Request: req, Ops: []ledger.Op{op}}
	}
	outcomes, err := r.books.PostBatch(ctx, items)
	for _, o := range outcomes {
		if err == nil {
			err = o.Err
		}
	}
	return err
}

// seed gives everyone enough to spend.
func (r *race) seed(b testing.TB) {
	var items []ledger.Item
	for i := range benchMembers + 1 {
		owner := member(i)
		if i == benchMembers {
			owner = "hot"
		}
		items = append(items, ledger.Item{Request: ledger.Request{Owner: owner, ID: "opening", At: benchTime},
			Ops: []ledger.Op{ledger.Earn{Unit: "points", Points: 1_000_000_000}}})
	}
	for chunk := range slices.Chunk(items, 500) {
		if _, err := r.books.PostAll(b.Context(), chunk); err != nil {
			b.Fatal(err)
		}
	}
}

func (r *race) run(b *testing.B) {
	for round := range *rounds {
		for _, c := range r.cells {
			rate, err := c.measure(b.Context(), uint64(round))
			if err != nil {
				b.Fatalf("%s, %d clients: %v", c.name, c.clients, err)
			}
			c.rates = append(c.rates, rate)
		}
	}
}

// measure has all clients at it for a while, and gives commands a second.
func (c *contest) measure(ctx context.Context, seed uint64) (float64, error) {
	var wg sync.WaitGroup
	var done atomic.Int64
	errs := make([]error, c.clients)
	start := time.Now()
	end := start.Add(*cell)
	for i := range c.clients {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(i)))
			for time.Now().Before(end) {
				if errs[i] = c.do(ctx, i, rnd); errs[i] != nil {
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return float64(done.Load()) * c.per / time.Since(start).Seconds(), nil
}

func (c *contest) rate() float64 { return median(c.rates) }

func (c *contest) ratio() float64 {
	var all []float64
	for i, r := range c.rates {
		all = append(all, r/c.against.rates[i])
	}
	return median(all)
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

func (r *race) table() string {
	var t strings.Builder
	fmt.Fprintf(&t, "| commands, one a commit unless batched | clients | a second, median | ratio, median | held against |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range r.cells {
		if c.against == nil {
			fmt.Fprintf(&t, "| %s | %d | %.0f | | |\n", c.name, c.clients, c.rate())
			continue
		}
		fmt.Fprintf(&t, "| %s | %d | %.0f | %.2f | %s, %d clients |\n", c.name, c.clients, c.rate(), c.ratio(), c.against.name, c.against.clients)
	}
	return t.String()
}

func (r *race) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	for _, c := range r.cells {
		if c.against != nil {
			b.ReportMetric(c.ratio(), fmt.Sprintf("%s-%d/%s", strings.ReplaceAll(c.name, " ", "-"), c.clients, strings.Fields(c.against.name)[0]))
		}
	}
}
