package rfm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Dialect is a database's kind of SQL.
type Dialect string

// The dialects there are.
const (
	PostgreSQL Dialect = "postgresql" // also databases that speak it
	MySQL      Dialect = "mysql"      // 8.0 and later, and MariaDB from 10.2
	SQLite     Dialect = "sqlite"     // from 3.28
)

var dialects = []string{string(PostgreSQL), string(MySQL), string(SQLite)}

// Query computes summaries inside the host's database, row for row what a
// [Builder] of the same orders gives: of a table or view with one row an order or refund.
type Query struct {
	Dialect Dialect
	// Table names the table or view, with its schema if need be: "shop.orders".
	Table string
	// Customer, Day, Amount and Cancels name columns. Rows without a customer are
	// left out. Day is the civil day in the shop's zone: a date, or in SQLite the
	// text "2026-11-22". Where there is only a moment, make a view that has the
	// day. Cancels is a truth value, or "" if no row cancels an order.
	Customer, Day, Amount, Cancels string
	// Decimals says that Amount is whole numbers of so many decimals: 2 for cents.
	// SQLite, which has no exact decimals, can sum nothing else exactly.
	Decimals int
}

func (q Query) validate() error {
	if !slices.Contains(dialects, string(q.Dialect)) {
		return fmt.Errorf("%w: dialect %s%s", ErrQuery, quote(string(q.Dialect)), didYouMean(string(q.Dialect), dialects))
	}
	if q.Decimals < 0 || q.Decimals > MaxDecimals {
		return fmt.Errorf("%w: decimals must be between 0 and %d, are %d", ErrQuery, MaxDecimals, q.Decimals)
	}
	for _, c := range []struct{ name, value string }{
		{"table", q.Table}, {"customer", q.Customer}, {"day", q.Day}, {"amount", q.Amount}, {"cancels", q.Cancels},
	} {
		parts := []string{c.value}
		if c.name == "table" {
			parts = strings.Split(c.value, ".")
		}
		for _, p := range parts {
			if !identifier(p) && (c.name != "cancels" || p != "") {
				return fmt.Errorf("%w: %s %s is not a name of letters, digits and underscores", ErrQuery, c.name, quote(c.value))
			}
		}
	}
	return nil
}

func identifier(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= MaxName
}

// SQL returns the text of the query. Its arguments are [Query.Args], and its rows
// are read by [Query.Scan]. Names that are not plain identifiers are refused with
// an error that wraps [ErrQuery].
func (q Query) SQL() (string, error) {
	if err := q.validate(); err != nil {
		return "", err
	}
	cancels := "0 = 1"
	if q.Cancels != "" {
		cancels = q.quoted(q.Cancels)
	}
	d := dialectOf[q.Dialect]
	return strings.NewReplacer(
		"{table}", q.quotedTable(), "{customer}", d.customer(q.quoted(q.Customer)), "{raw}", q.quoted(q.Customer),
		"{day}", q.quoted(q.Day), "{amount}", q.quoted(q.Amount), "{cancels}", cancels,
		"{since}", d.since, "{asof}", d.asOf, "{gap}", d.gap, "{first}", d.text("first_day"), "{last}", d.text("last_day"),
		"{spend}", d.money("spend"), "{firstspend}", d.money("first_spend"), "{squares}", d.squares,
	).Replace(summarySQL), nil
}

// summarySQL takes a day of a customer at a time: first what it came to, then the
// purchase before it within the window, then the sums.
const summarySQL = `WITH bounds AS (SELECT {since} AS since_day, {asof} AS as_of_day),
days AS (
  SELECT {customer} AS customer, {day} AS day,
    SUM(CASE WHEN {cancels} THEN -1 WHEN {amount} < 0 THEN 0 ELSE 1 END) AS orders,
    SUM({amount}) AS net
  FROM {table}, bounds
  WHERE {raw} IS NOT NULL AND {customer} <> '' AND {day} <= bounds.as_of_day
  GROUP BY {customer}, {day}
),
purchases AS (
  SELECT customer, day, net, day >= bounds.since_day AS inside,
    LAG(day) OVER (PARTITION BY customer, day >= bounds.since_day ORDER BY day) AS day_before
  FROM days, bounds
  WHERE orders > 0
),
gaps AS (
  SELECT customer, MIN(day) AS first_day, MAX(day) AS last_day,
    SUM(CASE WHEN inside THEN 1 ELSE 0 END) AS purchases,
    SUM(CASE WHEN inside AND day_before IS NULL THEN net ELSE 0 END) AS first_spend,
    SUM(CASE WHEN inside AND day_before IS NOT NULL THEN {gap} ELSE 0 END) AS gap_days,
    SUM(CASE WHEN inside AND day_before IS NOT NULL THEN {squares} ELSE 0 END) AS gap_squares,
    MAX(CASE WHEN inside AND day_before IS NOT NULL THEN {gap} ELSE 0 END) AS longest_gap
  FROM purchases
  GROUP BY customer
),
totals AS (
  SELECT customer, SUM(orders) AS orders, SUM(net) AS spend
  FROM days, bounds
  WHERE day >= bounds.since_day
  GROUP BY customer
)
SELECT gaps.customer, {first}, {last},
  CASE WHEN totals.orders > 0 THEN totals.orders ELSE 0 END, gaps.purchases,
  {spend}, {firstspend}, gaps.gap_days, gaps.gap_squares, gaps.longest_gap
FROM gaps LEFT JOIN totals ON totals.customer = gaps.customer`

// dialect is how the databases differ.
type dialect struct {
	customer, text, money func(string) string
	since, asOf           string
	gap, squares          string
	quote                 string
}

var dialectOf = map[Dialect]dialect{
	PostgreSQL: {
		customer: func(c string) string { return "CAST(" + c + " AS text)" },
		text:     func(c string) string { return "to_char(gaps." + c + ", 'YYYY-MM-DD')" },
		money:    func(c string) string { return "CAST(COALESCE(" + c + ", 0) AS text)" },
		since:    "CAST($1 AS date)", asOf: "CAST($2 AS date)",
		gap: "day - day_before", squares: "CAST(day - day_before AS bigint) * (day - day_before)", quote: `"`,
	},
	// Collations take "a" for "A" and "a " for "a". Bytes do not.
	MySQL: {
		customer: func(c string) string { return "CAST(" + c + " AS BINARY)" },
		text:     func(c string) string { return "DATE_FORMAT(gaps." + c + ", '%Y-%m-%d')" },
		money:    func(c string) string { return "CAST(COALESCE(" + c + ", 0) AS CHAR)" },
		since:    "CAST(? AS DATE)", asOf: "CAST(? AS DATE)",
		gap: "DATEDIFF(day, day_before)", squares: "DATEDIFF(day, day_before) * DATEDIFF(day, day_before)", quote: "`",
	},
	SQLite: {
		customer: func(c string) string { return "CAST(" + c + " AS TEXT)" },
		text:     func(c string) string { return "gaps." + c },
		money:    func(c string) string { return "CAST(COALESCE(" + c + ", 0) AS TEXT)" },
		since:    "CAST(? AS TEXT)", asOf: "CAST(? AS TEXT)",
		gap:     "CAST(julianday(day) - julianday(day_before) AS INTEGER)",
		squares: "CAST(julianday(day) - julianday(day_before) AS INTEGER) * CAST(julianday(day) - julianday(day_before) AS INTEGER)",
		quote:   `"`,
	},
}

func (q Query) quoted(name string) string {
	mark := dialectOf[q.Dialect].quote
	return mark + name + mark
}

func (q Query) quotedTable() string {
	parts := strings.Split(q.Table, ".")
	for i, p := range parts {
		parts[i] = q.quoted(p)
	}
	return strings.Join(parts, ".")
}

// Args returns the arguments of the query: the first and the last day of a window.
func (q Query) Args(w Window) []any {
	since := w.Since
	if since.IsZero() {
		since = epoch
	}
	return []any{since.String(), w.AsOf.String()}
}

// Scan reads one row. scan is the Scan method of the host's rows:
//
//	for rows.Next() {
//		summary, err := query.Scan(window, rows.Scan)
//		…
//	}
func (q Query) Scan(w Window, scan func(dest ...any) error) (Summary, error) {
	s := Summary{Since: w.Since, AsOf: w.AsOf}
	var first, last, spend, firstSpend string
	err := scan(&s.Customer, &first, &last, &s.Orders, &s.Purchases, &spend, &firstSpend, &s.GapDays, &s.GapSquares, &s.LongestGap)
	if err != nil {
		return Summary{}, fmt.Errorf("rfm: reading a summary: %w", err)
	}
	for _, d := range []struct {
		text string
		to   *calendar.Date
	}{{first, &s.First}, {last, &s.Last}} {
		if *d.to, err = calendar.ParseDate(d.text); err != nil {
			return Summary{}, fmt.Errorf("%w: %s: %w", ErrSummary, quote(s.Customer), err)
		}
	}
	for _, m := range []struct {
		text string
		to   *decimal.Decimal
	}{{spend, &s.Spend}, {firstSpend, &s.FirstSpend}} {
		n, fault := readDecimal(m.text)
		if fault != "" {
			return Summary{}, fmt.Errorf("%w: %s: spend %s", ErrSummary, quote(s.Customer), fault)
		}
		*m.to = n.Shift(-int32(q.Decimals))
	}
	return s, nil
}
