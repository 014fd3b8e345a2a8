package rules

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

func TestErrorTexts(t *testing.T) {
	one := &CompileError{Problems: []Problem{{Path: "zone", Message: "is odd"}}}
	two := &CompileError{Problems: []Problem{{Path: "zone", Message: "is odd"}, {Message: "ends early"}}}
	event := &EventError{Field: "order.total", Reason: "is odd"}
	for _, tt := range []struct {
		err  error
		want string
		is   error
	}{
		{one, "rules: zone: is odd", ErrDefinition},
		{two, "rules: 2 problems:\n\tzone: is odd\n\tends early", ErrDefinition},
		{event, "rules: order.total: is odd", ErrEvent},
	} {
		if tt.err.Error() != tt.want || !errors.Is(tt.err, tt.is) {
			t.Errorf("got %q, want %q", tt.err, tt.want)
		}
	}
}

func TestNets(t *testing.T) {
	ev := orderOf(item("1", "19.99"), item("2", "5"))
	ev.Order.Lines[0].Discount = dec("1.5")
	fit(ev.Order)
	if err := ev.Order.Validate(); err != nil {
		t.Fatal(err)
	}
	if diff := diff([]int64{18_490_000, 5_000_000}, ev.Order.LineNets()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := ev.Order.Lines[0].Net(); !got.Equal(dec("18.49")) {
		t.Errorf("Net = %s", got)
	}
	if m, err := Micros(dec("18.49")); m != 18_490_000 || err != nil {
		t.Errorf("Micros = %d, %v", m, err)
	}
	if _, err := Micros(decimal.New(1, 1<<30)); err == nil {
		t.Error("Micros took 10^(2^30)")
	}
}

// Words are quoted in messages, cut where they are long and listed up to a point.
func TestQuote(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{quote("a\"b"), `"a\"b"`},
		{quote(strings.Repeat("é", 40)), `"` + strings.Repeat("é", 30) + `"…`},
		{quote("x" + strings.Repeat("é", 40)), `"x` + strings.Repeat("é", 29) + `"…`},
		{quoteAny([]string{"a"}), `"a"`},
		{quoteAny([]string{"a", "b", "c"}), `"a", "b" or "c"`},
		{quoteAny(strings.Split("abcdefghij", "")), `"a", "b", "c", "d", "e", "f", "g", "h" or 2 others`},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}
