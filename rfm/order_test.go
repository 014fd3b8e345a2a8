package rfm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
)

func TestBuilder_refuses(t *testing.T) {
	good := order("a", "2026-11-22", "10.00")
	with := func(change func(*rfm.Order)) rfm.Order {
		o := good
		change(&o)
		return o
	}
	tests := []struct {
		rule  string
		order rfm.Order
		want  string
	}{
		{"a guest's order is nobody's", with(func(o *rfm.Order) { o.Customer = "" }), "rfm: customer: is empty"},
		{"a long ID", with(func(o *rfm.Order) { o.Customer = strings.Repeat("x", 201) }), "rfm: customer: 201 bytes are more than 200"},
		{"no time", with(func(o *rfm.Order) { o.At = time.Time{} }), "rfm: at: must be between 1970-01-01 and 2149-06-06"},
		{"too late a time", with(func(o *rfm.Order) { o.At = noon("2149-06-07") }), "rfm: at: must be between 1970-01-01 and 2149-06-06"},
		{"a seventh decimal", with(func(o *rfm.Order) { o.Amount = dec("0.0000001") }), "rfm: amount: has more than 6 decimals"},
		{"an amount beyond reason", with(func(o *rfm.Order) { o.Amount = dec("1000000000000") }), "rfm: amount: must be below 10^12"},
		{"a huge exponent costs nothing", with(func(o *rfm.Order) { o.Amount = decimal.New(1, 1<<30) }), "rfm: amount: must be below 10^12"},
		{"so does a tiny one", with(func(o *rfm.Order) { o.Amount = decimal.New(1, -1<<30) }), "rfm: amount: has more than 6 decimals"},
		{"a sale does not cancel", with(func(o *rfm.Order) { o.Cancels = true }), "rfm: cancels: only a refund cancels: the amount must not be above 0"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			b := mustBuild(t, "")
			err := b.Add(tt.order)
			if bad, ok := errors.AsType[*rfm.OrderError](err); !ok || !errors.Is(err, rfm.ErrOrder) || err.Error() != tt.want {
				t.Errorf("Add: %v (%v), want %s", err, bad, tt.want)
			}
			if err := tt.order.Validate(); err == nil || err.Error() != tt.want {
				t.Errorf("Validate: %v, want %s", err, tt.want)
			}
			if b.Customers() != 0 {
				t.Error("the refused order left a customer behind")
			}
		})
	}
}

func TestBuilder_summary(t *testing.T) {
	tests := []struct {
		rule   string
		zone   string
		orders []rfm.Order
		window rfm.Window
		want   []rfm.Summary
	}{
		{
			"two orders of a day are one purchase and two orders", "",
			[]rfm.Order{order("a", "2026-01-01", "10"), order("a", "2026-01-01", "5"), order("a", "2026-01-11", "20")},
			rfm.Window{AsOf: date("2026-01-31")},
			[]rfm.Summary{{
				Customer: "a", AsOf: date("2026-01-31"), First: date("2026-01-01"), Last: date("2026-01-11"), Orders: 3, Purchases: 2,
				Spend: dec("35"), FirstSpend: dec("15"), GapDays: 10, GapSquares: 100, LongestGap: 10,
			}},
		},
		{
			"a refund is taken off, and its order still counts", "",
			[]rfm.Order{order("a", "2026-01-01", "10"), order("a", "2026-01-05", "20"), order("a", "2026-01-05", "-12.50")},
			rfm.Window{AsOf: date("2026-01-31")},
			[]rfm.Summary{{
				Customer: "a", AsOf: date("2026-01-31"), First: date("2026-01-01"), Last: date("2026-01-05"), Orders: 2, Purchases: 2,
				Spend: dec("17.5"), FirstSpend: dec("10"), GapDays: 4, GapSquares: 16, LongestGap: 4,
			}},
		},
		{
			"an order that came back whole never was", "",
			[]rfm.Order{order("a", "2026-01-01", "10"), order("a", "2026-01-05", "20"), cancelled("a", "2026-01-05", "-20")},
			rfm.Window{AsOf: date("2026-01-31")},
			[]rfm.Summary{{
				Customer: "a", AsOf: date("2026-01-31"), First: date("2026-01-01"), Last: date("2026-01-01"), Orders: 1, Purchases: 1,
				Spend: dec("10"), FirstSpend: dec("10"),
			}},
		},
		{
			"who kept no order is no customer", "",
			[]rfm.Order{order("a", "2026-01-05", "20"), cancelled("a", "2026-01-05", "-20"), order("b", "2026-01-05", "-3")},
			rfm.Window{AsOf: date("2026-01-31")}, []rfm.Summary{},
		},
		{
			"an order without a price counts", "",
			[]rfm.Order{order("a", "2026-01-05", "0")}, rfm.Window{AsOf: date("2026-01-05")},
			[]rfm.Summary{{Customer: "a", AsOf: date("2026-01-05"), First: date("2026-01-05"), Last: date("2026-01-05"), Orders: 1, Purchases: 1}},
		},
		{
			"what lies ahead has not happened", "",
			[]rfm.Order{order("a", "2026-01-05", "1"), order("a", "2026-01-06", "2"), order("b", "2026-02-01", "3")},
			rfm.Window{AsOf: date("2026-01-05")},
			[]rfm.Summary{{
				Customer: "a", AsOf: date("2026-01-05"), First: date("2026-01-05"), Last: date("2026-01-05"), Orders: 1, Purchases: 1,
				Spend: dec("1"), FirstSpend: dec("1"),
			}},
		},
		{
			"last year only: the first day is the day after the same date", "",
			[]rfm.Order{order("a", "2025-11-22", "1"), order("a", "2025-11-23", "2"), order("b", "2020-01-01", "9")},
			rfm.LastYear(date("2026-11-22")),
			[]rfm.Summary{
				{
					Customer: "a", Since: date("2025-11-23"), AsOf: date("2026-11-22"), First: date("2025-11-22"), Last: date("2025-11-23"),
					Orders: 1, Purchases: 1, Spend: dec("2"), FirstSpend: dec("2"),
				},
				{Customer: "b", Since: date("2025-11-23"), AsOf: date("2026-11-22"), First: date("2020-01-01"), Last: date("2020-01-01")},
			},
		},
		{
			"a day is a day of the shop's zone", "Asia/Shanghai",
			[]rfm.Order{{Customer: "a", At: time.Date(2026, 1, 5, 17, 0, 0, 0, time.UTC), Amount: dec("1")}},
			rfm.Window{AsOf: date("2026-01-06")},
			[]rfm.Summary{{
				Customer: "a", AsOf: date("2026-01-06"), First: date("2026-01-06"), Last: date("2026-01-06"), Orders: 1, Purchases: 1,
				Spend: dec("1"), FirstSpend: dec("1"),
			}},
		},
		{
			"no day, no customers", "", []rfm.Order{order("a", "2026-01-05", "1")}, rfm.Window{}, []rfm.Summary{},
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got := orEmpty(sorted(mustBuild(t, tt.zone, tt.orders...).Summaries(tt.window)))
			if d := diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestBuilder_AddMicros(t *testing.T) {
	b, same := mustBuild(t, ""), mustBuild(t, "", order("a", "2026-01-01", "12.34"), cancelled("b", "2026-01-01", "-0.000001"))
	for _, err := range []error{
		b.AddMicros("a", noon("2026-01-01"), 12_340_000, false), b.AddMicros("b", noon("2026-01-01"), -1, true),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	w := rfm.Window{AsOf: date("2026-01-01")}
	if d := diff(sorted(same.Summaries(w)), sorted(b.Summaries(w))); d != "" {
		t.Errorf("(-Add +AddMicros):\n%s", d)
	}
	if orders, spend := b.Total(w); orders != 0 || !spend.Equal(dec("12.339999")) {
		t.Errorf("total %d, %s", orders, spend)
	}
	for _, n := range []int64{1e18, -1e18} {
		if err := b.AddMicros("a", noon("2026-01-01"), n, false); !errors.Is(err, rfm.ErrOrder) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

// A customer who never stops takes no more room than their days.
func TestBuilder_manyOrdersOfOne(t *testing.T) {
	b := mustBuild(t, "")
	before := heap()
	const orders = 200_000
	for i := range orders {
		o := order("a", "2026-01-01", "0.01")
		o.At = o.At.AddDate(0, 0, i%30)
		if err := b.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	if room := int64(heap()) - int64(before); room > 64<<10 {
		t.Errorf("%d orders of one customer on 30 days take %d bytes", orders, room)
	}
	s, _ := b.Of("a", rfm.Window{AsOf: date("2026-12-31")})
	if s.Orders != orders || s.Purchases != 30 || !s.Spend.Equal(dec("2000")) || s.LongestGap != 1 {
		t.Errorf("summary %+v", s)
	}
}

// Sums are exact beyond what an int64 of millionths holds.
func TestBuilder_hugeSums(t *testing.T) {
	b := mustBuild(t, "")
	for range 1000 {
		if err := b.Add(order("a", "2026-01-01", "999999999999.999999")); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := b.Of("a", rfm.Window{AsOf: date("2026-01-01")})
	if !s.Spend.Equal(dec("999999999999999.999")) {
		t.Errorf("spend %s", s.Spend)
	}
	if orders, spend := b.Total(rfm.Window{AsOf: date("2026-01-01")}); orders != 1000 || !spend.Equal(s.Spend) {
		t.Errorf("total %d, %s", orders, spend)
	}
	m := mustCompile(t, rfm.Definition{})
	placed, err := m.Place(b.Summaries(rfm.Window{AsOf: date("2026-01-01")}))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range placed {
		if p.Score != (rfm.Score{R: 3, F: 3, M: 3}) {
			t.Errorf("score %s", p.Score)
		}
	}
}

func TestBuilder_AddAll_names(t *testing.T) {
	b := mustBuild(t, "")
	err := b.AddAll(stream([]rfm.Order{order("a", "2026-01-01", "1"), {Customer: "b"}}))
	if err == nil || err.Error() != "rfm: orders[1].at: must be between 1970-01-01 and 2149-06-06" || b.Customers() != 1 {
		t.Errorf("AddAll: %v, %d customers", err, b.Customers())
	}
	broken := errors.New("connection lost")
	failing := func(yield func(rfm.Order, error) bool) {
		_ = yield(order("a", "2026-01-01", "1"), nil) && yield(rfm.Order{}, broken)
	}
	for _, err := range []error{mustBuild(t, "").AddAll(failing), second(rfm.GatherParallel(t.Context(), "", 2, failing))} {
		if !errors.Is(err, broken) || !strings.Contains(fmt.Sprint(err), "orders[1]") {
			t.Errorf("a stream that breaks: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestBuilder_zones(t *testing.T) {
	if _, err := rfm.NewBuilder("Local"); err == nil {
		t.Error("the machine's own zone was accepted")
	}
	if err := mustBuild(t, "Asia/Shanghai").Merge(mustBuild(t, "")); !errors.Is(err, rfm.ErrZone) {
		t.Errorf("merging zones: %v", err)
	}
}

func TestSummary_means(t *testing.T) {
	s := rfm.Summary{
		AsOf: date("2026-03-01"), First: date("2026-01-01"), Last: date("2026-02-01"), Purchases: 4, Orders: 5,
		Spend: dec("100"), FirstSpend: dec("40"), GapDays: 31, GapSquares: 10*10 + 10*10 + 11*11, LongestGap: 11,
	}
	mean, _ := s.MeanSpend()
	repeat, _ := s.MeanRepeatSpend()
	if !mean.Equal(dec("25")) || !repeat.Equal(dec("20")) || s.Recency() != 28 || s.Age() != 59 || s.Repeats() != 3 {
		t.Errorf("mean %s, repeat %s, recency %d, age %d", mean, repeat, s.Recency(), s.Age())
	}
	// By hand: the gaps 10, 10, 11 have the mean 31/3 and the variance 1/3.
	r, ok := s.Rhythm()
	if !ok || r.Gaps != 3 || r.Mean != 31.0/3 || r.Spread < 0.57735 || r.Spread > 0.57736 || r.Longest != 11 {
		t.Errorf("rhythm %+v", r)
	}
	if _, ok := (rfm.Summary{Purchases: 1}).Rhythm(); ok {
		t.Error("one purchase has a rhythm")
	}
	if _, ok := (rfm.Summary{Purchases: 1}).MeanRepeatSpend(); ok {
		t.Error("one purchase has a mean of repeats")
	}
	if _, ok := (rfm.Summary{}).MeanSpend(); ok {
		t.Error("no purchase has a mean")
	}
}

func TestSummary_Validate(t *testing.T) {
	good := rfm.Summary{
		Customer: "a", AsOf: date("2026-03-01"), First: date("2026-01-01"), Last: date("2026-02-01"), Purchases: 2, Orders: 2,
		GapDays: 31, GapSquares: 961, LongestGap: 31,
	}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for rule, change := range map[string]func(*rfm.Summary){
		"nobody":               func(s *rfm.Summary) { s.Customer = "" },
		"no day":               func(s *rfm.Summary) { s.AsOf = rfm.Window{}.AsOf },
		"no date":              func(s *rfm.Summary) { s.Since.Day = 40 },
		"last before first":    func(s *rfm.Summary) { s.First = date("2026-02-02") },
		"a date in the future": func(s *rfm.Summary) { s.Last = date("2026-03-02") },
		"orders below zero":    func(s *rfm.Summary) { s.Orders = -1 },
		"huge counts":          func(s *rfm.Summary) { s.Orders = 1 << 60 },
		"purchases below zero": func(s *rfm.Summary) { s.Purchases = -1 },
		"gaps without repeats": func(s *rfm.Summary) { s.Purchases = 1 },
		"longest of all":       func(s *rfm.Summary) { s.LongestGap = 32 },
		"squares too small":    func(s *rfm.Summary) { s.GapSquares = 30 },
	} {
		s := good
		change(&s)
		if err := s.Validate(); !errors.Is(err, rfm.ErrSummary) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}
