package cost_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// TestLaw_GateNeverPassesItsCap runs processes that sell, refund, award, reserve,
// lease, spend, return and die, in any interleaving, against a plain model that
// knows of every award ever handed out. No grant takes what was granted in the
// window past the cap of its moment, whether or not the host that made it lives to
// say so.
func TestLaw_GateNeverPassesItsCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(map[string]func(*rapid.T){
			"sell":    func(t *rapid.T) { w.sell(t, 1) },
			"refund":  func(t *rapid.T) { w.sell(t, -1) },
			"award":   w.award,
			"reserve": w.reserve,
			"settle":  w.settle,
			"lease":   w.lease,
			"spend":   w.spend,
			"return":  w.giveBack,
			"crash":   w.crash,
			"restart": w.restart,
			"wait":    func(t *rapid.T) { w.now = w.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hours")) * time.Hour) },
			"":        w.check,
		})
	})
}

// world is the model: exact sums over the days of the window, in fractions.
type world struct {
	gate    *cost.Gate
	budget  cost.Budget
	book    *cost.Book
	now     time.Time
	revenue map[calendar.Date]decimal.Decimal
	given   map[calendar.Date]int64 // points handed out, by whomever
	gauges  map[string]*gauge
	open    map[string]calendar.Date
	openPts map[string]int64
	n       int
}

type gauge struct {
	*cost.Gauge
	date calendar.Date
	lost bool // never comes back, but goes on spending while its lease lasts
}

func newWorld(t *rapid.T) *world {
	b := cost.Budget{Values: cny, Trim: rapid.Bool().Draw(t, "trim"),
		Limit: decimal.New(rapid.Int64Range(1, 100_000).Draw(t, "limit"), -6)}
	if rapid.Bool().Draw(t, "rolling") {
		b.RollingDays = rapid.IntRange(1, 5).Draw(t, "days")
	} else {
		b.Period = rapid.SampledFrom([]calendar.Period{calendar.Day, calendar.Week, calendar.Month}).Draw(t, "period")
	}
	g, err := cost.NewGate(b)
	if err != nil {
		t.Fatal(err)
	}
	return &world{gate: g, budget: b, book: &cost.Book{}, now: noon("2026-11-27"),
		revenue: map[calendar.Date]decimal.Decimal{}, given: map[calendar.Date]int64{}, gauges: map[string]*gauge{},
		open: map[string]calendar.Date{}, openPts: map[string]int64{}}
}

func (w *world) today() calendar.Date { return calendar.DateOf(w.now, w.gate.Values().Zone()) }

func (w *world) inWindow(d calendar.Date) bool {
	return w.gate.Window(w.now).Contains(d.Start(w.gate.Values().Zone()))
}

func (w *world) id() string { w.n++; return fmt.Sprint("id", w.n) }

func (w *world) sell(t *rapid.T, sign int64) {
	amount := decimal.New(rapid.Int64Range(0, 100_000).Draw(t, "amount"), -2)
	sale := cost.Sale{At: w.now, Amount: amount, Currency: "CNY"}
	do := w.gate.Sell
	if sign < 0 {
		do = w.gate.Refund
	}
	if err := do(w.book, sale); err != nil {
		t.Fatal(err)
	}
	w.revenue[w.today()] = w.revenue[w.today()].Add(amount.Mul(decimal.NewFromInt(sign)))
}

// granted checks one grant of the store against the model's cap: points given in
// the window, all that is held for others, and this.
func (w *world) granted(t *rapid.T, points int64) {
	if points == 0 {
		return
	}
	revenue := decimal.Decimal{}
	for d, r := range w.revenue {
		if w.inWindow(d) {
			revenue = revenue.Add(r)
		}
	}
	var held int64
	for d, n := range w.given {
		if w.inWindow(d) {
			held += n
		}
	}
	for id, d := range w.open {
		if w.inWindow(d) {
			held += w.openPts[id]
		}
	}
	limit := new(big.Rat).Mul(w.budget.Limit.Rat(), revenue.Rat())
	if spent := new(big.Rat).Mul(big.NewRat(held+points, 1), dec("0.01").Rat()); spent.Cmp(limit) > 0 {
		t.Fatalf("granted %d points: %s is past the cap %s", points, spent.FloatString(6), limit.FloatString(6))
	}
}

func (w *world) award(t *rapid.T) {
	points := rapid.Int64Range(0, 5000).Draw(t, "points")
	d, err := w.gate.Award(w.book, cost.Award{At: w.now, Points: points, Tier: "gold"})
	if err != nil {
		t.Fatal(err)
	}
	w.granted(t, d.Granted)
	w.given[w.today()] += d.Granted
}

func (w *world) reserve(t *rapid.T) {
	id := w.id()
	d, err := w.gate.Reserve(w.book, id, cost.Award{At: w.now, Points: rapid.Int64Range(0, 5000).Draw(t, "points")}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	w.granted(t, d.Granted)
	if d.Granted > 0 {
		w.open[id], w.openPts[id] = w.today(), d.Granted
	}
}

func (w *world) settle(t *rapid.T) {
	for _, id := range keys(w.open) {
		if w.gauges[id] != nil || !rapid.Bool().Draw(t, id) {
			continue
		}
		points := rapid.Int64Range(0, w.openPts[id]).Draw(t, "points")
		err := w.gate.Commit(w.book, id, points, w.now)
		if w.inWindow(w.open[id]) != (err == nil) {
			t.Fatal(id, err)
		}
		w.given[w.open[id]] += points
		delete(w.open, id)
	}
}

func (w *world) lease(t *rapid.T) {
	id := w.id()
	g, err := w.gate.Lease(w.book, id, rapid.Int64Range(0, 5000).Draw(t, "points"), w.now, w.now.Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	points, _ := g.Left()
	w.granted(t, points)
	w.gauges[id] = &gauge{Gauge: g, date: w.today()}
	w.open[id], w.openPts[id] = w.today(), points
}

// spend takes off leases; a lost one's too, for a host that is cut off does not
// know that it is.
func (w *world) spend(t *rapid.T) {
	for _, id := range keys(w.gauges) {
		g := w.gauges[id]
		d, err := g.Spend(cost.Award{At: w.now, Points: rapid.Int64Range(0, 3000).Draw(t, "points")})
		if err != nil {
			t.Fatal(err)
		}
		if d.Granted > 0 && g.date != w.today() {
			t.Fatal("spent a lease of another day")
		}
		w.given[g.date] += d.Granted
		if w.openPts[id] -= d.Granted; w.openPts[id] < 0 {
			t.Fatal("spent more than was leased")
		}
	}
}

func (w *world) giveBack(t *rapid.T) {
	for _, id := range keys(w.gauges) {
		g := w.gauges[id]
		if g.lost || !rapid.Bool().Draw(t, id) {
			continue
		}
		err := w.gate.Return(w.book, g.Close(), w.now)
		if w.inWindow(g.date) != (err == nil) {
			t.Fatal(id, err)
		}
		delete(w.gauges, id)
		delete(w.open, id)
	}
}

// crash cuts a process off: it never returns its lease. What it held stays held.
func (w *world) crash(t *rapid.T) {
	for _, id := range keys(w.gauges) {
		if rapid.Bool().Draw(t, id) {
			w.gauges[id].lost = true
		}
	}
}

// restart reads the book back from its document.
func (w *world) restart(t *rapid.T) {
	text, err := json.Marshal(w.book)
	if err != nil {
		t.Fatal(err)
	}
	var again cost.Book
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	second, err := json.Marshal(&again)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(second)); diff != "" {
		t.Fatal(diff)
	}
	w.book = &again
}

// check holds the book's own sums to the model's.
func (w *world) check(t *rapid.T) {
	s, err := w.gate.Standing(w.book, w.now)
	if err != nil {
		t.Fatal(err)
	}
	var points int64
	for d, n := range w.given {
		if w.inWindow(d) {
			points += n
		}
	}
	for id, d := range w.open { // what is leased and spent, but not yet reported
		if w.inWindow(d) {
			points += w.openPts[id]
		}
	}
	if got, want := s.Total.Cost.Add(s.Open), decimal.New(points, -2); !got.Equal(want) {
		t.Fatalf("cost and open are %s, want %s", got, want)
	}
	sum := decimal.Decimal{}
	for _, v := range s.Tiers {
		sum = sum.Add(v.Cost)
	}
	if !sum.Equal(s.Total.Cost) {
		t.Fatalf("tiers come to %s of %s", sum, s.Total.Cost)
	}
}

func keys[V any](m map[string]V) []string {
	var out []string
	for i := range 10_000 {
		if _, ok := m[fmt.Sprint("id", i)]; ok {
			out = append(out, fmt.Sprint("id", i))
		}
		if len(out) == len(m) {
			break
		}
	}
	return out
}

// Goroutines of one process share a gauge and never spend it twice.
func TestGauge_concurrent(t *testing.T) {
	g, b := mustGate(t, cost.Budget{Values: cny}), &cost.Book{}
	now := noon("2026-11-11")
	sell(t, g, b, dec("1000"))
	gauge, err := g.Lease(b, "host", 3000, now, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var total [8]int64
	var wg sync.WaitGroup
	for i := range total {
		wg.Go(func() {
			for range 1000 {
				d, err := gauge.Spend(cost.Award{At: now, Points: 7, Tier: "gold"})
				if err != nil {
					t.Error(err)
				}
				total[i] += d.Granted
			}
		})
	}
	wg.Wait()
	var sum int64
	for _, n := range total {
		sum += n
	}
	if sum != 3000/7*7 {
		t.Errorf("spent %d, want %d", sum, 3000/7*7)
	}
	if err := g.Return(b, gauge.Close(), now); err != nil {
		t.Fatal(err)
	}
	if s, err := g.Standing(b, now); err != nil || !s.Total.Cost.Equal(decimal.New(sum, -2)) || !s.Open.IsZero() {
		t.Errorf("cost %s, open %s, %v, want %d points", s.Total.Cost, s.Open, err, sum)
	}
}

func FuzzBook(f *testing.F) {
	f.Add([]byte(`{"days":[{"date":"2026-11-11","revenue":"99.9","tiers":{"":{"revenue":"99.9"}},"campaigns":{"":{"revenue":"99.9"}}}],"reservations":{"r":{"date":"2026-11-11","award":{"at":"2026-11-11T04:00:00Z","points":3},"granted":3,"per_point":"0.01"}},"leases":{"l":{"date":"2026-11-11","until":"2026-11-11T05:00:00Z","amount":"1","per_point":"0.01"}}}`))
	f.Add([]byte(`{"days":[{"date":"2026-11-11","cost":"4000000000000"},{"date":"2026-11-12","cost":"4000000000000"}]}`))
	f.Add([]byte(`{"days":[{"date":"2026-11-11","tiers":{"x":null}}]}`))
	g, err := cost.NewGate(cost.Budget{Values: cny, Trim: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var b cost.Book
		if json.Unmarshal(text, &b) != nil {
			return
		}
		first := asJSON(t, &b)
		var again cost.Book
		if err := json.Unmarshal([]byte(first), &again); err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if diff := cmp.Diff(first, asJSON(t, &again)); diff != "" {
			t.Fatal(diff)
		}
		now := noon("2026-11-12")
		for _, do := range []func() error{
			func() error { return g.Sell(&b, cost.Sale{At: now, Amount: dec("1"), Currency: "CNY"}) },
			func() error { _, err := g.Award(&b, cost.Award{At: now, Points: 7, Tier: "x"}); return err },
			func() error { return g.Commit(&b, "r", 2, now) },
			func() error { return g.Return(&b, cost.Spent{ID: "l", Awards: []cost.SpentAward{{Points: 3}}}, now) },
			func() error { return g.Reverse(&b, cost.Award{At: now, Points: 1, Tier: "x"}, now) },
		} {
			_ = do() // it may refuse; what is left must be readable still
			if err := json.Unmarshal([]byte(asJSON(t, &b)), &again); err != nil {
				t.Fatal(err)
			}
		}
	})
}
