package rules

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestCases runs facts taken from other systems. Each row carries the rules and
// the order in which this package expresses it; each case says where it is from.
func TestCases(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			ID   string
			Rows []struct {
				Name       string
				Rules      json.RawMessage
				Caps       json.RawMessage
				Attributes json.RawMessage
				Event      Attributes // what the event has of them
				Usage      Usage
				Order      *Order
				Expect     int64
				Refused    string // what Compile says instead
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		for _, row := range c.Rows {
			t.Run(c.ID+"/"+row.Name, func(t *testing.T) {
				source := `{"rules":` + string(row.Rules)
				if row.Caps != nil {
					source += `,"caps":` + string(row.Caps)
				}
				if row.Attributes != nil {
					source += `,"attributes":` + string(row.Attributes)
				}
				def, err := Decode(strings.NewReader(source + "}"))
				if err != nil {
					t.Fatal(err)
				}
				set, err := Compile(def)
				if row.Refused != "" {
					if !errors.Is(err, ErrDefinition) || err.Error() != "rules: "+row.Refused {
						t.Fatalf("refused with %v, want %s", err, row.Refused)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if row.Order.Total.IsZero() {
					fit(row.Order)
				}
				r := mustEvaluate(t, set, &Event{Type: "order", Time: day(2), Order: row.Order, Attributes: row.Event}, row.Usage)
				if got := total(r.Awards); got != row.Expect {
					t.Errorf("%d points, want %d\n%s", got, row.Expect, r.Explain())
				}
			})
		}
	}
}
