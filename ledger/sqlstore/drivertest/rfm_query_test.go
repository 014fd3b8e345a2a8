package drivertest_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
)

// rfmDatabase is how a shop may keep its orders in one database.
type rfmDatabase struct {
	database
	query   rfm.Query
	columns string
	insert  func(o rfm.Order, day string) []any
	place   func(i int) string // of the i-th argument
}

// The table and its columns have names that must be quoted, so that it is seen
// that they are.
func rfmDatabases() []rfmDatabase {
	exact := func(o rfm.Order, day string) []any {
		return []any{nullable(o.Customer), day, o.Amount.String(), o.Cancels}
	}
	query := func(d rfm.Dialect, decimals int) rfm.Query {
		return rfm.Query{Dialect: d, Customer: "key", Day: "from", Amount: "select", Cancels: "by", Decimals: decimals}
	}
	mark := func(int) string { return "?" }
	dollar := func(i int) string { return fmt.Sprintf("$%d", i) }
	return []rfmDatabase{
		{sqlite, query(rfm.SQLite, 2), `"key" TEXT, "from" TEXT, "select" INTEGER, "by" INTEGER`, func(o rfm.Order, day string) []any {
			return []any{nullable(o.Customer), day, o.Amount.Shift(2).IntPart(), o.Cancels}
		}, mark},
		{postgres, query(rfm.PostgreSQL, 0), `"key" text, "from" date, "select" numeric(20,6), "by" boolean`, exact, dollar},
		{mariadb, query(rfm.MySQL, 0), "`key` varchar(200), `from` date, `select` decimal(20,6), `by` boolean", exact, mark},
	}
}

// nullable is how a guest is kept.
func nullable(customer string) any {
	if customer == "" {
		return nil
	}
	return customer
}

// fill makes a table of the orders.
func (d rfmDatabase) fill(t *testing.T, orders []rfm.Order) (*sql.DB, rfm.Query) {
	t.Helper()
	db := d.connect(t, d.dsn(t))
	q := d.query
	q.Table = fmt.Sprintf("rfm_%d_%d", os.Getpid(), prefixes.Add(1))
	if _, err := db.Exec("CREATE TABLE " + q.Table + " (" + d.columns + ")"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP TABLE " + q.Table); err != nil {
			t.Error(err)
		}
	})
	const batch = 200
	for len(orders) > 0 {
		n := min(batch, len(orders))
		var rows []string
		var args []any
		for _, o := range orders[:n] {
			var places []string
			for _, a := range d.insert(o, calendar.DateOf(o.At, nil).String()) {
				args = append(args, a)
				places = append(places, d.place(len(args)))
			}
			rows = append(rows, "("+strings.Join(places, ",")+")")
		}
		if _, err := db.Exec("INSERT INTO "+q.Table+" VALUES "+strings.Join(rows, ","), args...); err != nil {
			t.Fatal(err)
		}
		orders = orders[n:]
	}
	return db, q
}

func rfmRows(t *testing.T, db *sql.DB, q rfm.Query, w rfm.Window) map[string]rfm.Summary {
	t.Helper()
	text, err := q.SQL()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(text, q.Args(w)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	defer rows.Close()
	all := map[string]rfm.Summary{}
	for rows.Next() {
		s, err := q.Scan(w, rows.Scan)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := all[s.Customer]; twice {
			t.Errorf("%q has two rows", s.Customer)
		}
		all[s.Customer] = s
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// rfmOrders draws orders, refunds and cancellations by a fixed seed. Some of the
// customers differ only in what collations do not see.
func rfmOrders(seed uint64, n int) []rfm.Order {
	random := rand.New(rand.NewPCG(seed, 1))
	customers := []string{"", "Ann", "ann", "ann ", "änn", "日本", "0", "00"}
	for i := range 40 {
		customers = append(customers, fmt.Sprint("member-", i))
	}
	start := time.Date(2024, 2, 1, 12, 0, 0, 0, time.UTC)
	orders := make([]rfm.Order, n)
	for i := range orders {
		o := rfm.Order{
			Customer: customers[random.IntN(len(customers))],
			At:       start.AddDate(0, 0, random.IntN(800)),
			Amount:   decimal.New(random.Int64N(50_000)-8_000, -2),
		}
		o.Cancels = o.Amount.Sign() <= 0 && random.IntN(2) == 0
		orders[i] = o
	}
	return orders
}

// TestRFMQuery: the database computes, row for row, what a Builder does.
func TestRFMQuery(t *testing.T) {
	day := func(y int, m time.Month, d int) calendar.Date { return calendar.Date{Year: y, Month: m, Day: d} }
	windows := map[string]rfm.Window{
		"all there is":           {AsOf: day(2026, 12, 31)},
		"a year":                 rfm.LastYear(day(2025, 6, 30)),
		"a month":                {Since: day(2024, 3, 1), AsOf: day(2024, 3, 31)},
		"before the first order": {AsOf: day(2024, 1, 1)},
		"an empty window":        {Since: day(2026, 12, 1), AsOf: day(2026, 12, 31)},
	}
	for _, d := range rfmDatabases() {
		t.Run(d.name, func(t *testing.T) {
			for seed, n := range map[uint64]int{1: 0, 2: 60, 3: 3000} {
				orders := rfmOrders(seed, n)
				db, q := d.fill(t, orders)
				b, err := rfm.NewBuilder("")
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range orders {
					if o.Customer == "" {
						continue // a guest
					}
					if err := b.Add(o); err != nil {
						t.Fatal(err)
					}
				}
				for name, w := range windows {
					want := map[string]rfm.Summary{}
					for s := range b.Summaries(w) {
						want[s.Customer] = s
					}
					if n == 3000 && name == "a year" && len(want) < 40 {
						t.Fatalf("%d customers are too few to tell anything", len(want))
					}
					got := rfmRows(t, db, q, w)
					if diff := cmp.Diff(want, got, cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
						t.Errorf("%d orders, %s (-builder +database):\n%s", n, name, diff)
					}
				}
			}
		})
	}
}

// Without a column that says so, no row cancels an order; and an amount may be in
// cents in any database.
func TestRFMQuery_withoutCancels(t *testing.T) {
	for _, d := range rfmDatabases() {
		t.Run(d.name, func(t *testing.T) {
			at := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
			db, q := d.fill(t, []rfm.Order{
				{Customer: "a", At: at, Amount: decimal.NewFromInt(1999)},
				{Customer: "a", At: at, Amount: decimal.NewFromInt(-500), Cancels: true},
			})
			q.Cancels = ""
			q.Decimals += 2
			got := rfmRows(t, db, q, rfm.Window{AsOf: calendar.Date{Year: 2026, Month: 1, Day: 5}})["a"]
			if got.Orders != 1 || !got.Spend.Equal(decimal.New(1499, -2)) {
				t.Errorf("%d orders, %s spent, want 1 and 14.99", got.Orders, got.Spend)
			}
		})
	}
}
