package rulestest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/rules/rulestest"
)

// A host tests its rule file in five lines.
func TestRules(t *testing.T) {
	for _, file := range []string{"healthy", "quickstart"} {
		rulestest.Check(t, rulestest.Load(t, "testdata/"+file+".json"))
	}
}

// printer is a test that prints.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Name() string                      { return "example" }
func (printer) Logf(string, ...any)               {}
func (printer) Errorf(format string, args ...any) {}

// From 50 euro on, a basket earns 20 points instead of 1 for each euro. What was meant
// is 20 points more.
func ExampleCheck() {
	def, err := rules.Decode(strings.NewReader(`{"rules": [
		{"id": "base", "trigger": "order", "effect": {"kind": "rate", "points": 1, "per": "1.00"}},
		{"id": "big-basket", "trigger": "order", "exclusive": true, "priority": 10,
		 "lines": {"min_amount": "50.00"}, "effect": {"kind": "fixed", "points": 20}}
	]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := rules.Compile(def)
	if err != nil {
		fmt.Println(err)
		return
	}
	report := rulestest.Check(printer{}, set) // in a test: rulestest.Check(t, set)
	for _, f := range report.Findings {
		fmt.Println(f.Law, f.Rules)
		fmt.Println(f.Message)
	}
	// Output:
	// more-spend [big-basket base]
	// raising line 1 from 49.99 to 50.00 lowers the order's points from 49 to 20
}
