package rfm_test

import (
	"compress/gzip"
	"encoding/csv"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// date reads "2026-11-22".
func date(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// noon is the middle of a day, in UTC.
func noon(day string) time.Time { return date(day).Start(time.UTC).Add(12 * time.Hour) }

func order(customer, day, amount string) rfm.Order {
	return rfm.Order{Customer: customer, At: noon(day), Amount: dec(amount)}
}

func cancelled(customer, day, amount string) rfm.Order {
	return rfm.Order{Customer: customer, At: noon(day), Amount: dec(amount), Cancels: true}
}

func mustBuild(t testing.TB, zone string, orders ...rfm.Order) *rfm.Builder {
	t.Helper()
	b, err := rfm.NewBuilder(zone)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.AddAll(stream(orders)); err != nil {
		t.Fatal(err)
	}
	return b
}

func stream(orders []rfm.Order) iter.Seq2[rfm.Order, error] {
	return func(yield func(rfm.Order, error) bool) {
		for _, o := range orders {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func mustCompile(t testing.TB, def rfm.Definition) *rfm.Model {
	t.Helper()
	m, err := rfm.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sorted collects summaries by customer.
func sorted(s iter.Seq[rfm.Summary]) []rfm.Summary {
	return slices.SortedFunc(s, func(a, b rfm.Summary) int { return strings.Compare(a.Customer, b.Customer) })
}

// diff compares decimals by their value.
func diff(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }))
}

// rOrders are the orders of the R package's sample.
func rOrders(t testing.TB) []rfm.Order {
	t.Helper()
	f, err := os.Open("testdata/r_orders.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var orders []rfm.Order
	for _, row := range rows[1:] {
		orders = append(orders, order(row[0], row[1], row[2]))
	}
	return orders
}
