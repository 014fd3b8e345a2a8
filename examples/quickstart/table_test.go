package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

func TestNumbers(t *testing.T) {
	tests := []struct{ got, want string }{
		{thousands(0), "0"},
		{thousands(-999), "-999"},
		{thousands(1_000), "1,000"},
		{thousands(-123_456), "-123,456"},
		{thousands(int64(1_234_567)), "1,234,567"},
		{signed(0), "0"},
		{signed(1_000), "+1,000"},
		{signed(-5), "-5"},
		{pounds(decimal.Zero), "0.00"},
		{pounds(decimal.RequireFromString("1234.5")), "1,234.50"},
		{pounds(decimal.RequireFromString("-1000000")), "-1,000,000.00"},
		{percent(1, 3), "33.3 %"},
		{percent(0, 3), "0.0 %"},
		{percent(1, 0), "-"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	tab := table{align: "lrl"}
	tab.row("a", "1", "first")
	tab.row("bé", "1,000")
	tab.row("c", "of a kind that needs no column")
	var b strings.Builder
	if err := tab.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "  a   1  first\n  bé  1,000\n  c   of a kind that needs no column\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestProgress(t *testing.T) {
	var b strings.Builder
	p := &progress{out: &b}
	p.start("reading", 1_000)
	for range 1_000 {
		p.add(1)
	}
	p.end()
	draws := strings.Count(b.String(), "[")
	if want := 101 + 1; draws != want { // 0 to 100 per cent, and the code that wipes the line
		t.Errorf("%d draws of 1,000 steps, want %d", draws, want)
	}
	if !strings.Contains(b.String(), "\rreading  [====================                    ]  50%\r") {
		t.Errorf("no bar at half way in %q", b.String())
	}
	if newProgress(&b).out != nil {
		t.Error("a bar is drawn on what is no terminal")
	}
}
