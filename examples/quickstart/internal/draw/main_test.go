package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The SHA-256 of 12348 begins 015e, of 12346 34d1, of 12347 5570.
const fixture = `invoice,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country
1,85123A,"HOLDER, T-LIGHT",6,2010-12-01T08:26:00,2.55,12346,United Kingdom
1,71053,LANTERN,6,2010-12-01T08:27:00,3.39,12346,United Kingdom
2,22139,,56,2010-12-01T11:52:00,0,,United Kingdom
3,21730,STAR,1,2010-12-02T09:00:00,4.25,12347,Iceland
C4,71053,LANTERN,-2,2010-12-03T10:00:00,3.39,12346,United Kingdom
5,22752,"SET 7""",2,2010-12-04T10:00:00,7.65,12348,Finland
`

func fixtureRows(t *testing.T) [][]string {
	t.Helper()
	rows, err := read(strings.NewReader(fixture))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestDraw(t *testing.T) {
	tests := []struct {
		customers int
		want      []string // invoices, row by row
	}{
		{1, []string{"5"}},
		{2, []string{"1", "1", "C4", "5"}},
		{3, []string{"1", "1", "3", "C4", "5"}},
	}
	for _, tt := range tests {
		rows, err := draw(fixtureRows(t), tt.customers)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, row[colInvoice])
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("draw of %d customers keeps invoices %q, want %q", tt.customers, got, tt.want)
		}
	}
	for _, n := range []int{-1, 0, 4} {
		if _, err := draw(fixtureRows(t), n); err == nil {
			t.Errorf("draw of %d customers out of 3: no error", n)
		}
	}
}

func TestEncodeKeepsTheText(t *testing.T) {
	plain, packed, err := encode(fixtureRows(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(plain); got != fixture {
		t.Errorf("encoded text differs from what was read:\n%s", got)
	}
	for i, b := range packed[3:8] { // flags, then four bytes of time
		if b != 0 {
			t.Errorf("gzip header byte %d is %#x, want 0", 3+i, b)
		}
	}
	_, again, err := encode(fixtureRows(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(packed, again) {
		t.Error("the same rows gave different bytes")
	}
}

func TestReadRefusesOtherColumns(t *testing.T) {
	if _, err := read(strings.NewReader("a,b,c,d,e,f,g,h\n")); err == nil {
		t.Error("read took a file with other columns")
	}
	if _, err := read(strings.NewReader(fixture + "6,short\n")); err == nil {
		t.Error("read took a row with too few fields")
	}
}

// TestShippedSample holds the sample in the repository to what its README says.
func TestShippedSample(t *testing.T) {
	readme, err := os.ReadFile("../../data/README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readFile("../../data/online_retail_sample.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := encode(rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("%x", sha256.Sum256(plain)),
		summarize(rows).String(),
	} {
		if !strings.Contains(string(readme), want) {
			t.Errorf("data/README.md does not say %q", want)
		}
	}
}
