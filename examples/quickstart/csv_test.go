package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testHeader = "invoice,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country\n"

func readText(t *testing.T, text string) (*intake, error) {
	t.Helper()
	return read(context.Background(), strings.NewReader(text), london(t))
}

func TestReadGoesOnAfterBadLines(t *testing.T) {
	long := strings.Repeat("x", 2*maxLine)
	in, err := readText(t, "\uFEFF"+strings.TrimSuffix(testHeader, "\n")+"\r\n"+
		"1,20001,BAG,1,2011-01-01T00:00:00,2.50,11111,France\r\n"+ // 2
		"1,20001,\"BAG,1,2011-01-01T00:00:00,2.50,11111,France\n"+ // 3: the quote costs this line alone
		"\n"+
		long+"\n"+ // 5
		"1,20002,BAG,1,2011-01-01T00:00:00,2.50,11111,France\n"+
		"1,20002,BAG,1\n"+ // 7
		"1,20002,BAG,x,2011-01-01T00:00:00,2.50,11111,France\n"+ // 8
		"1,20002,BAG,1,never,2.50,11111,France\n"+ // 9
		"1,20002,BAG,1,2011-01-01T00:00:00,?,11111,France\n"+ // 10: no longer shown
		"2,20003,BAG,1,2011-01-01T00:00:00,2.50,11111,France") // no end of line
	if err != nil {
		t.Fatal(err)
	}
	want := []badLine{
		{3, "a quote that is not closed"},
		{5, "is longer than 65,536 bytes"},
		{7, "4 fields, want 8"},
		{8, `quantity "x" is not a whole number of at most 1,000,000,000`},
		{9, `invoice_ts "never" is not a time like 2010-12-01T08:26:00`},
	}
	if diff := cmp.Diff(want, in.badHead, cmp.AllowUnexported(badLine{})); diff != "" {
		t.Errorf("bad lines (-want +got):\n%s", diff)
	}
	if in.rows != 3 || in.bad != 6 || len(in.orders.list) != 2 || len(in.orders.list[0].lines) != 2 {
		t.Errorf("%d rows, %d bad, %d invoices, want 3, 6, 2 of 2 lines and 1", in.rows, in.bad, len(in.orders.list))
	}
}

func TestReadLeavesOut(t *testing.T) {
	in, err := readText(t, testHeader+
		"1,20001,BAG,1,2011-01-02T00:00:00,2.50,11111,\n"+
		"2,20001,BAG,1,2011-01-01T00:00:00,2.50,,\n"+
		"3,20001,BAG,-1,2011-01-01T00:00:00,2.50,11111,\n"+
		"C4,20001,BAG,1,2011-01-01T00:00:00,2.50,11111,\n"+
		"5,20001,BAG,0,2011-01-01T00:00:00,2.50,11111,\n"+
		"A6,B,Adjust bad debt,1,2011-01-01T00:00:00,-2.50,11111,\n"+
		"1,20001,BAG,1,2011-01-01T00:00:00,2.50,22222,\n"+
		"7,20001,BAG,1,2011-01-01T00:00:00,0,11111,\n"+ // a gift is fine
		"1,20002,BAG,1,2011-01-03T00:00:00,2.50,11111,\n") // of the first, though it stands apart
	if err != nil {
		t.Fatal(err)
	}
	want := tally{
		"no customer, so no member's": 1, "a negative quantity in an order": 1, "a positive quantity in a cancellation": 1,
		"quantity zero": 1, "a negative price": 1, "the invoice is another customer's": 1,
	}
	if diff := cmp.Diff(want, in.leftOut); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	var got []string
	for _, inv := range in.orders.sorted() {
		got = append(got, inv.number+" "+inv.at.Format("2006-01-02")+" "+strings.Repeat("l", len(inv.lines)))
	}
	if diff := cmp.Diff([]string{"7 2011-01-01 l", "1 2011-01-02 ll"}, got); diff != "" {
		t.Errorf("invoices by time (-want +got):\n%s", diff)
	}
}

func TestReadRefusesTheFile(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 1000 {
		z.Write([]byte(testHeader))
	}
	z.Close()
	tests := []struct{ name, text, want string }{
		{"empty", "", `the first line is "", want "invoice,`},
		{"other columns", "a,b,c\n", `the first line is "a,b,c", want "invoice,`},
		{"not gzip after all", "\x1f\x8b and so on", "gzip: invalid header"},
		{"cut off", packed.String()[:packed.Len()/2], "unexpected EOF"},
	}
	for _, tt := range tests {
		_, err := readText(t, tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestReadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := read(ctx, bytes.NewReader(sample), london(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestCategory(t *testing.T) {
	tests := []struct{ code, description, want string }{
		{"22386", "JUMBO BAG PINK POLKADOT", "bags"},
		{"22386", "Lunch bags, small", "bags"},
		{"22386", "BAGUETTE BASKET", "other"}, // whole words alone
		{"22910", "PAPER CHAIN KIT VINTAGE CHRISTMAS", "christmas"},
		{"84950", "ASSORTED COLOUR T-LIGHT HOLDER", "lights"},
		{"21212", "PACK OF 72 RETROSPOT CAKE CASES", "kitchen"},
		{"22983", "CARD BILLBOARD FONT", "stationery"},
		{"22139", "", "other"},
		{"POST", "POSTAGE", "services"},
		{"M", "Manual", "services"},
		{"gift_0001_20", "Dotcomgiftshop Gift Voucher 20.00", "services"},
		{"DCGS0003", "BOXED GLASS ASHTRAY", "other"},
	}
	for _, tt := range tests {
		if got := category(tt.code, tt.description); got != tt.want {
			t.Errorf("category(%q, %q) = %q, want %q", tt.code, tt.description, got, tt.want)
		}
	}
}
