package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

// testInvoice is an order or a cancellation of 1 March 2011.
func testInvoice(number, customer string, lines ...line) *invoice {
	return &invoice{number: number, customer: customer, at: time.Date(2011, 3, 1, 0, 0, 0, 0, time.UTC), lines: lines}
}

// pieces is a line of n pieces at 2.00.
func pieces(n int64, code string) line {
	return line{article: &article{code: code}, quantity: n, price: decimal.NewFromInt(2)}
}

// back is a refund in short: order, then line number and quantity by turns.
type back struct {
	Order string
	Lines [][2]int64
}

type lost struct {
	Code   string
	Pieces int64
	Amount string
}

func TestCancelMatchesLatestFirst(t *testing.T) {
	tests := []struct {
		name   string
		orders []*invoice
		cancel [][]line // cancellations one after the other
		want   []back   // of the last
		lost   []lost
	}{
		{
			"part of one line",
			[]*invoice{testInvoice("1", "a", pieces(5, "x"), pieces(5, "y"))},
			[][]line{{pieces(2, "y")}},
			[]back{{"1", [][2]int64{{1, 2}}}}, nil,
		},
		{
			"the latest order first, then the one before",
			[]*invoice{testInvoice("1", "a", pieces(5, "x")), testInvoice("2", "a", pieces(3, "x"))},
			[][]line{{pieces(4, "x")}},
			[]back{{"2", [][2]int64{{0, 3}}}, {"1", [][2]int64{{0, 1}}}}, nil,
		},
		{
			"what came back before is gone",
			[]*invoice{testInvoice("1", "a", pieces(5, "x")), testInvoice("2", "a", pieces(3, "x"))},
			[][]line{{pieces(2, "x")}, {pieces(2, "x")}},
			[]back{{"2", [][2]int64{{0, 1}}}, {"1", [][2]int64{{0, 1}}}}, nil,
		},
		{
			"more than was bought",
			[]*invoice{testInvoice("1", "a", pieces(5, "x"))},
			[][]line{{pieces(3, "x")}, {pieces(4, "x")}},
			[]back{{"1", [][2]int64{{0, 2}}}}, []lost{{"x", 2, "4"}},
		},
		{
			"never bought",
			[]*invoice{testInvoice("1", "a", pieces(5, "x"))},
			[][]line{{pieces(3, "z")}},
			nil, []lost{{"z", 3, "6"}},
		},
		{
			"bought by another",
			[]*invoice{testInvoice("1", "b", pieces(5, "x"))},
			[][]line{{pieces(1, "x")}},
			nil, []lost{{"x", 1, "2"}},
		},
		{
			"the article twice in the order: its last line first",
			[]*invoice{testInvoice("1", "a", pieces(2, "x"), pieces(1, "y"), pieces(2, "x"))},
			[][]line{{pieces(3, "x")}},
			[]back{{"1", [][2]int64{{2, 2}, {0, 1}}}}, nil,
		},
		{
			"the article twice in the cancellation: one line of the refund",
			[]*invoice{testInvoice("1", "a", pieces(5, "x"))},
			[][]line{{pieces(1, "x"), pieces(2, "x")}},
			[]back{{"1", [][2]int64{{0, 3}}}}, nil,
		},
		{
			"several articles of several orders: one refund an order",
			[]*invoice{testInvoice("1", "a", pieces(5, "x"), pieces(5, "y")), testInvoice("2", "a", pieces(1, "y"))},
			[][]line{{pieces(1, "x"), pieces(2, "y")}},
			[]back{{"1", [][2]int64{{0, 1}, {1, 1}}}, {"2", [][2]int64{{0, 1}}}}, nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ps := purchases{}
			for _, o := range tt.orders {
				ps.add(o)
			}
			var refunds []refund
			var missing []unmatched
			for _, lines := range tt.cancel {
				refunds, missing = ps.cancel(testInvoice("C", "a", lines...))
			}
			var got []back
			for _, r := range refunds {
				b := back{Order: r.order}
				for _, l := range r.lines {
					b.Lines = append(b.Lines, [2]int64{int64(l.line), l.quantity})
				}
				got = append(got, b)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("refunds (-want +got):\n%s", diff)
			}
			var gotLost []lost
			for _, m := range missing {
				gotLost = append(gotLost, lost{m.code, m.quantity, m.amount.String()})
			}
			if diff := cmp.Diff(tt.lost, gotLost); diff != "" {
				t.Errorf("unmatched (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefundEvent(t *testing.T) {
	r := refund{order: "536365", lines: []returned{{0, 3}, {11, 1}}}
	c := testInvoice("C536379", "a")
	e := r.event(c)
	if e.ID != "C536379/536365" || e.Refund.Order != "536365" || !e.Time.Equal(c.at) || e.Member != "a" {
		t.Errorf("event %+v", e)
	}
	got := e.Refund.Lines
	if len(got) != 2 || got[0].Line != "1" || got[1].Line != "12" || !got[0].Quantity.Equal(decimal.NewFromInt(3)) {
		t.Errorf("lines %+v, want line 1 three times and line 12 once", got)
	}
}

func TestPayable(t *testing.T) {
	tests := []struct {
		available int64
		total     string
		want      int64
	}{
		{999, "1000.00", 0},       // too few to begin with
		{1_000, "1000.00", 1_000}, // all of it
		{1_099, "1000.00", 1_000}, // whole blocks
		{5_000, "52.00", 1_000},   // 20 % of 52.00 are 10.40: ten blocks
		{5_000, "4.99", 0},        // less than a block
		{5_000, "5.00", 100},      // exactly one
		{5_000, "0", 0},
		{-20, "1000.00", 0},
	}
	for _, tt := range tests {
		if got := payable(tt.available, decimal.RequireFromString(tt.total), decimal.NewFromInt(1)); got != tt.want {
			t.Errorf("payable(%d, %s) = %d, want %d", tt.available, tt.total, got, tt.want)
		}
	}
}

func TestCapUse(t *testing.T) {
	march, april := monthOf{2011, 3}, monthOf{2011, 4}
	c := &capUse{points: 100, used: map[memberMonth]int64{}, hit: map[memberMonth]bool{}}
	c.add("a", march, 60)
	c.add("a", march, -10) // returned
	c.add("a", march, 49)
	c.add("a", april, 99)
	c.add("b", march, 99)
	if len(c.hit) != 0 {
		t.Errorf("hits %v, want none", c.hit)
	}
	c.add("a", march, 1)
	if want := (memberMonth{"a", march}); len(c.hit) != 1 || !c.hit[want] {
		t.Errorf("hits %v, want %v", c.hit, want)
	}
}
