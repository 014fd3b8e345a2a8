package main

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

func london(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// readRow is a row as a test sees it.
type readRow struct {
	Invoice, Code, Category string
	Quantity                int64
	At, Price, Customer     string
}

func flat(r row) readRow {
	return readRow{r.invoice, r.code, r.category, r.quantity, r.at.Format(time.RFC3339), r.price.String(), r.customer}
}

func TestDecodeRow(t *testing.T) {
	tests := []struct {
		line string
		want readRow
	}{
		{
			"536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01T08:26:00,2.55,17850,United Kingdom",
			readRow{"536365", "85123A", "lights", 6, "2010-12-01T08:26:00Z", "2.55", "17850"},
		},
		{ // summer time
			"C1,22139,,-56,2011-07-01T11:52:00,0,12346,",
			readRow{"C1", "22139", "other", -56, "2011-07-01T11:52:00+01:00", "0", "12346"},
		},
		{ // a comma and a quote in a quoted field; no customer; postage
			`1,POST,"POST, ""BY AIR""",1,2011-01-01T00:00:00,0.001,,"Iceland"`,
			readRow{"1", "POST", "services", 1, "2011-01-01T00:00:00Z", "0.001", ""},
		},
		{
			`"1","2","Red Bag","3","2011-01-01T00:00:00","-4.5","5","6"`,
			readRow{"1", "2", "bags", 3, "2011-01-01T00:00:00Z", "-4.5", "5"},
		},
	}
	d := newRowDecoder(london(t))
	for _, tt := range tests {
		r, err := d.decode([]byte(tt.line))
		if err != nil {
			t.Errorf("decode(%s): %v", tt.line, err)
			continue
		}
		if diff := cmp.Diff(tt.want, flat(r)); diff != "" {
			t.Errorf("decode(%s) (-want +got):\n%s", tt.line, diff)
		}
	}
}

func TestDecodeRowRefuses(t *testing.T) {
	const good = "1,20001,BAG,1,2011-01-01T00:00:00,2.50,11111,France"
	with := func(old, bad string) string { return strings.Replace(good, old, bad, 1) }
	tests := []struct{ name, line, want string }{
		{"too few fields", "1,20001,BAG,1", "4 fields, want 8"},
		{"too many fields", good + ",", "9 fields, want 8"},
		{"no invoice", with("1,", ","), "invoice is empty"},
		{"no stock code", with("20001", ""), "stock_code is empty"},
		{"quantity with a fraction", with(",1,", ",1.5,"), `quantity "1.5" is not a whole number`},
		{"quantity empty", with(",1,", ",,"), `quantity "" is not a whole number`},
		{"quantity huge", with(",1,", ",1000000001,"), `quantity "1000000001" is not`},
		{"quantity beyond int64", with(",1,", ",-99999999999999999999,"), `quantity "-99999999999999999999" is not`},
		{"day that is none", with("01-01T", "02-30T"), `invoice_ts "2011-02-30T00:00:00" is not a time`},
		{"another form of time", with("2011-01-01T00:00:00", "1/1/2011 0:00"), `invoice_ts "1/1/2011 0:00" is not a time`},
		{"seconds with a fraction", with("00:00:00", "00:00:00.5"), `invoice_ts "2011-01-01T00:00:00.5" is not a time`},
		{"no time", with("2011-01-01T00:00:00", ""), `invoice_ts "" is not a time`},
		{"price of words", with("2.50", "free"), `unit_price "free" is not a number`},
		{"price with an exponent", with("2.50", "1e999999999"), `unit_price "1e999999999" is not a number`},
		{"price NaN", with("2.50", "NaN"), `unit_price "NaN" is not a number`},
		{"price too fine", with("2.50", "0.0000001"), `unit_price "0.0000001" is not a number`},
		{"price too long", with("2.50", "12345678901234567"), `unit_price "12345678901234567" is not`},
		{"price empty", with("2.50", ""), `unit_price "" is not a number`},
		{"quote not closed", with("BAG", `"BAG`), "a quote that is not closed"},
		{"quote within", with("BAG", `B"AG`), "a quote within a field"},
		{"text after a quote", with("BAG", `"B"AG`), "text after a closing quote"},
		{"not UTF-8", with("BAG", "B\xffG"), "is not UTF-8"},
		{"long value, cut short", with("2.50", strings.Repeat("x", 100)), `unit_price "` + strings.Repeat("x", 40) + `"… is not`},
	}
	d := newRowDecoder(london(t))
	if _, err := d.decode([]byte(good)); err != nil {
		t.Fatalf("the line that the others spoil: %v", err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := d.decode([]byte(tt.line))
			if err == nil {
				t.Fatalf("decode(%s) = %+v, want an error", tt.line, flat(r))
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("decode(%s): %q, want %q", tt.line, err, tt.want)
			}
		})
	}
}

// FuzzDecodeRow holds that a line is split as encoding/csv would, and that a row
// which was taken is within its bounds.
func FuzzDecodeRow(f *testing.F) {
	for _, line := range []string{
		"536365,85123A,WHITE HANGING HEART,6,2010-12-01T08:26:00,2.55,17850,United Kingdom",
		`1,POST,"POST, ""BY AIR""",1,2011-01-01T00:00:00,-0.001,,"Iceland"`,
		`"",""",a"b,"a"b,"`, ",,,,,,,", "\xff", `"""`, `""""`, `a,"b"`, `"a`,
	} {
		f.Add([]byte(line))
	}
	zone := london(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		sameAsCSV(t, line)
		r, err := newRowDecoder(zone).decode(line)
		if err != nil {
			return
		}
		back := []string{r.invoice, r.code, r.customer, r.category}
		if !utf8.ValidString(strings.Join(back, "")) || r.invoice == "" || r.code == "" || r.category == "" || r.at.IsZero() && !strings.Contains(string(line), "0001-01-01") {
			t.Errorf("%q gave %+v", line, flat(r))
		}
		if r.quantity < -maxQuantity || r.quantity > maxQuantity {
			t.Errorf("%q gave quantity %d", line, r.quantity)
		}
		if r.price.Exponent() < -6 || r.price.Abs().GreaterThanOrEqual(decimal.New(1, maxPrice)) {
			t.Errorf("%q gave price %s", line, r.price)
		}
	})
}

func sameAsCSV(t *testing.T, line []byte) {
	if len(line) == 0 || strings.ContainsAny(string(line), "\r\n") {
		return // there encoding/csv sees several lines, or none
	}
	fields, err := splitFields(line, nil)
	var got []string
	for _, field := range fields {
		got = append(got, string(field))
	}
	c := csv.NewReader(strings.NewReader(string(line)))
	want, wantErr := c.Read()
	if errors.Is(wantErr, io.EOF) {
		return
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("splitting %q: %v, encoding/csv says %v", line, err, wantErr)
	}
	if err == nil {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("splitting %q (-encoding/csv +splitFields):\n%s", line, diff)
		}
	}
}
