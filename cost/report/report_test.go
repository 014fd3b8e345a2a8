package report_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/loyaltykit/loyalty/cost/report"
	"github.com/shopspring/decimal"
)

var write = flag.String("write", "", "where to write the sample page, to look at it")

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// sample is a report with every section.
func sample(t testing.TB) *report.Report {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r := &report.Report{Title: "Loyalty, cost and worth", Period: "November 2026", Ratio: ratios(t)}
	var opening, closing []cost.Cohort
	for i, name := range []string{"2024", "2025", "2026"} {
		n := int64(i)
		c := cost.Cohort{Name: name, Currency: "CNY", Issued: 1_000_000 + 100_000*n, Redeemed: 600_000 - 250_000*n, Expected: 700_000, WithinYear: 50_000,
			Allocated: decimal.New(870_000+n*50_000, -2)}
		if i < 2 {
			opening = append(opening, c)
		}
		c.Redeemed += 60_000 + 30_000*n
		c.Expected += 20_000
		closing = append(closing, c)
	}
	roll, err := cost.RollDeferral(opening, closing, 2)
	check(err)
	r.Roll = &roll
	tri := triangle(12)
	est, err := cost.ChainLadder{Expires: 12}.Estimate(tri)
	check(err)
	liability, err := est.Worth(dec("0.01"), 2)
	check(err)
	r.Triangle, r.Estimate, r.Liability = &tri, &est, &liability
	r.KPIs, err = cost.Counts{Customers: 5000, Members: 3100, Active: 2400, ActiveEarn: 2040, Issued: 620_000, Redeemed: 198_400, Interaction: 11_040,
		MemberBuyers: 2400, MemberRepeat: 1488, OtherBuyers: 1900, OtherRepeat: 760, MemberRevenue: dec("936000"), MemberOrders: 5200,
		OtherRevenue: dec("364000"), OtherOrders: 2800, PointsCost: dec("6200"), Liability: dec("17200"), Profit: dec("80000"), ProgrammeCost: dec("30000")}.KPIs("2026-11", nil)
	check(err)
	plan := cost.Plan{PerPoint: dec("0.01"), Liability: dec("0.008"), Margin: dec("0.25"), Elasticities: []decimal.Decimal{dec("1"), dec("2"), dec("5")}}
	outcome, err := plan.Compare(context.Background(), events(), multiple(1), multiple(2))
	check(err)
	r.Outcome = &outcome
	d, err := cost.NewDifficulty(cost.EarningTerms{SpendPerPoint: dec("1000"), FirstReward: 10, ValidMonths: 3}, calendar.Date{Year: 2027, Month: 1, Day: 1})
	check(err)
	check(d.Add(1000, []cost.Purchase{{Date: calendar.Date{Year: 2026, Month: 1, Day: 1}, Amount: dec("1500")}}))
	difficulty := d.Report()
	r.Difficulty = &difficulty
	return r
}

func ratios(t testing.TB) *report.Ratio {
	t.Helper()
	gate, err := cost.NewGate(cost.Budget{Values: cost.ValueTable{Values: []cost.Value{{PerPoint: dec("0.01")}}}})
	if err != nil {
		t.Fatal(err)
	}
	out := &report.Ratio{Limit: gate.Budget().Limit, Alarm: gate.Budget().Alarm}
	for i, points := range []int64{110_000, 160_000, 205_000, 0, 240_000, 310_000, 430_000, 545_000, 380_000, 290_000, 270_000, 255_000} {
		var book cost.Book
		at := time.Date(2026, time.Month(i+1), 5, 0, 0, 0, 0, time.UTC)
		if points > 0 {
			if err := gate.Sell(&book, cost.Sale{At: at, Amount: dec("100000")}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := gate.Force(&book, cost.Award{At: at, Points: points}); err != nil {
			t.Fatal(err)
		}
		s, err := gate.Standing(&book, at)
		if err != nil {
			t.Fatal(err)
		}
		out.Points = append(out.Points, report.Point{Label: at.Format("2006-01"), View: s.Total})
	}
	return out
}

func triangle(n int) cost.Triangle {
	var tri cost.Triangle
	for i := range n {
		row := cost.Row{Cohort: time.Date(2026, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), Issued: 1_000_000}
		for k := range n - i {
			row.Redeemed = append(row.Redeemed, int64(700_000-600_000/(k+1)+1000*((i+k)%3)))
		}
		tri.Rows = append(tri.Rows, row)
	}
	return tri
}

type multiple int64

func (m multiple) Replay(_ context.Context, e cost.Event) ([]cost.Movement, error) {
	return []cost.Movement{{Kind: cost.Issue, Issued: e.At, At: e.At, Points: int64(m) * e.Revenue.IntPart()}}, nil
}

func events() iter.Seq2[cost.Event, error] {
	return func(yield func(cost.Event, error) bool) {
		for i := range 30 {
			e := cost.Event{ID: fmt.Sprint(i), Member: fmt.Sprint("m", i%7), Tier: []string{"base", "gold"}[i%2], At: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC), Revenue: dec("120")}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func html(t testing.TB, r *report.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteHTML(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The page is well-formed, loads nothing and runs nothing.
func TestWriteHTML_selfContained(t *testing.T) {
	text := html(t, sample(t))
	if *write != "" {
		if err := os.WriteFile(*write, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, forbidden := range []string{"<script", "<link", "<img", "http:", "https:", "url(", "@import", "ZgotmplZ", "NaN", "Inf", "<no value>"} {
		if strings.Contains(text, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.Strict = false
	dec.AutoClose, dec.Entity = xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever the text report says, the page says in the same figures.
func TestWriteHTML_sameFigures(t *testing.T) {
	r := sample(t)
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	page := html(t, r)
	figures := 0
	for _, word := range strings.FieldsFunc(text.String(), func(r rune) bool { return strings.ContainsRune(" \n,;:()", r) }) {
		if !strings.ContainsAny(word, "0123456789") {
			continue
		}
		figures++
		if !strings.Contains(page, strings.TrimRight(word, ".")) {
			t.Errorf("%s is in the text and not on the page", word)
		}
	}
	if figures < 200 {
		t.Errorf("%d figures compared", figures)
	}
}

var barText = regexp.MustCompile(`<rect class="(total|up|down)" x="[0-9.]+" y="([0-9.]+)" width="[0-9.]+" height="([0-9.]+)"/>`)

// The waterfall's bars are the roll-forward's figures, drawn to scale: each begins
// where the one before it ended, and the last ends at the closing balance.
func TestWriteHTML_waterfall(t *testing.T) {
	r := sample(t)
	bars := barText.FindAllStringSubmatch(html(t, r), -1)
	l := r.Roll.Total
	amounts := []decimal.Decimal{l.Opening, l.Issued, l.Redeemed, l.Breakage, l.Estimate, l.Value, l.Closing}
	if len(bars) != len(amounts) {
		t.Fatalf("%d bars", len(bars))
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	scale := number(bars[0][3]) / l.Opening.InexactFloat64()
	ground := number(bars[0][2]) + number(bars[0][3])
	at := 0.0
	for i, b := range bars {
		from, to := at, at+amounts[i].InexactFloat64()
		if b[1] == "total" {
			from, to = 0, amounts[i].InexactFloat64()
		}
		at = to
		near(t, "top", number(b[2]), ground-scale*max(from, to), 0.5)
		near(t, "height", number(b[3]), max(scale*math.Abs(to-from), 1), 0.5)
		if down := amounts[i].IsNegative(); down != (b[1] == "down") {
			t.Errorf("bar %d is drawn %s", i, b[1])
		}
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s %v, want %v ± %v", what, got, want, tolerance)
	}
}

// The ratio's dots are marked by what they pass, months without revenue have none, and
// the triangle has all its cells.
func TestWriteHTML_charts(t *testing.T) {
	r := sample(t)
	page := html(t, r)
	for _, want := range []string{
		`<circle class="bad"`, // August, 5.45 %
		`<title>2026-08: 5.45%, over alarm</title>`,
		`<title>2026-06: 3.10%, over limit</title>`,
		`<title>2026-01, age 11: 65.2%</title>`, // 700 − 600/12 + 2 thousand of a million
		`limit 3.00%`, `alarm 5.00%`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "<title>2026-04:") {
		t.Error("a month without revenue has a dot")
	}
	// 12 + 11 + … + 1 cells
	if n := strings.Count(page, ", age "); n != 78 {
		t.Errorf("%d cells, want 78", n)
	}
}

func TestReport_escapes(t *testing.T) {
	r := &report.Report{Title: `<script>alert("1")</script>`, Period: `"><b>`}
	if page := html(t, r); strings.Contains(page, "<script") || strings.Contains(page, "<b>") {
		t.Error("a title became markup")
	}
}

func TestReport_invalid(t *testing.T) {
	hole := cost.Triangle{Rows: []cost.Row{{Cohort: "a", Issued: 1, Redeemed: cost.Cumulative{2}}}}
	for rule, r := range map[string]*report.Report{
		"a title":             {},
		"not too long":        {Title: strings.Repeat("x", 201)},
		"no control codes":    {Title: "a\x00b"},
		"points in the chart": {Title: "t", Ratio: &report.Ratio{}},
		"labels for people":   {Title: "t", Ratio: &report.Ratio{Points: []report.Point{{Label: "\n"}}}},
		"a possible triangle": {Title: "t", Triangle: &hole},
		"not too many":        {Title: "t", KPIs: make([]cost.KPI, 201)},
	} {
		if err := r.WriteHTML(io.Discard); !errors.Is(err, report.ErrInvalid) {
			t.Errorf("%s: error %v", rule, err)
		}
		if err := r.WriteText(io.Discard); !errors.Is(err, report.ErrInvalid) {
			t.Errorf("%s: error %v", rule, err)
		}
	}
}

// Large and small reports keep every coordinate finite.
func TestWriteHTML_sizes(t *testing.T) {
	big := triangle(12)
	one := cost.Triangle{Rows: []cost.Row{{Cohort: "a", Redeemed: cost.Cumulative{0}}}}
	zero := cost.RollForward{}
	for name, r := range map[string]*report.Report{
		"nothing":         {Title: "t"},
		"one cell":        {Title: "t", Triangle: &one},
		"a year":          {Title: "t", Triangle: &big},
		"an empty roll":   {Title: "t", Roll: &zero},
		"a single point":  {Title: "t", Ratio: &report.Ratio{Points: []report.Point{{Label: "x"}}}},
		"only an outcome": {Title: "t", Outcome: &cost.Outcome{}},
	} {
		if page := html(t, r); strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
			t.Errorf("%s: a coordinate is no number", name)
		}
	}
}

// A page for the marketing meeting and the same for a terminal.
func ExampleReport() {
	kpis, err := cost.Counts{Customers: 5000, Members: 3100, Active: 2400, ActiveEarn: 2040}.KPIs("2026-11", map[string]cost.Target{
		cost.EnrolmentRate: {Comparator: cost.Above, Value: dec("0.6")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := &report.Report{Title: "Loyalty", Period: "2026-11", KPIs: kpis[:2]}
	if err := r.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	if err := r.WriteHTML(io.Discard); err != nil { // to a file, or an http.ResponseWriter
		fmt.Println(err)
	}
	// Output:
	// Loyalty  2026-11
	//
	// Figures
	// enrolment_rate                       62.00% (> 60%): met
	// earn_rate                            85.00%: no target
}
