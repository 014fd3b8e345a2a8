package rfm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
)

// What the queries compute is tried on databases in ledger/sqlstore/drivertest.
func TestQuery_refuses(t *testing.T) {
	good := rfm.Query{Dialect: rfm.SQLite, Table: "orders", Customer: "customer", Day: "day", Amount: "cents", Decimals: 2}
	if _, err := good.SQL(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		rule   string
		change func(*rfm.Query)
		want   string
	}{
		{"a misspelt dialect", func(q *rfm.Query) { q.Dialect = "postgres" }, `rfm: invalid query: dialect "postgres"; did you mean "postgresql"?`},
		{"a name that is more than one", func(q *rfm.Query) { q.Table = "orders; DROP TABLE orders" }, `rfm: invalid query: table "orders; DROP TABLE orders" is not a name of letters, digits and underscores`},
		{"a name that ends its quotes", func(q *rfm.Query) { q.Amount = `a" + "b` }, `rfm: invalid query: amount "a\" + \"b" is not a name of letters, digits and underscores`},
		{"no name", func(q *rfm.Query) { q.Customer = "" }, `rfm: invalid query: customer "" is not a name of letters, digits and underscores`},
		{"half a name", func(q *rfm.Query) { q.Table = "shop." }, `rfm: invalid query: table "shop." is not a name of letters, digits and underscores`},
		{"a digit first", func(q *rfm.Query) { q.Day = "1day" }, `rfm: invalid query: day "1day" is not a name of letters, digits and underscores`},
		{"too many decimals", func(q *rfm.Query) { q.Decimals = 7 }, `rfm: invalid query: decimals must be between 0 and 6, are 7`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			q := good
			tt.change(&q)
			text, err := q.SQL()
			if text != "" || !errors.Is(err, rfm.ErrQuery) || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestQuery_Scan_refuses(t *testing.T) {
	q := rfm.Query{Dialect: rfm.SQLite}
	broken := errors.New("broken")
	if _, err := q.Scan(rfm.Window{}, func(...any) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	row := func(first, spend string) func(dest ...any) error {
		return func(dest ...any) error {
			for i, s := range map[int]string{0: "a", 1: first, 2: "2026-01-02", 5: spend, 6: "0"} {
				*dest[i].(*string) = s
			}
			return nil
		}
	}
	for _, scan := range []func(...any) error{row("01.02.2026", "1"), row("2026-01-01", "1e5")} {
		if _, err := q.Scan(rfm.Window{}, scan); !errors.Is(err, rfm.ErrSummary) || !strings.Contains(err.Error(), `"a"`) {
			t.Error(err)
		}
	}
}
