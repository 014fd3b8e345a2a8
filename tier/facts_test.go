package tier_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/tier"
)

// TestFacts holds the ladder to figures that other systems publish.
func TestFacts(t *testing.T) {
	text, err := os.ReadFile("testdata/facts.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts []struct {
		ID, Source, Note string
		Definition       tier.Definition
		Rows             []struct {
			Rule   string
			Earned []struct {
				At     time.Time
				Points int64
			}
			At     time.Time
			Tier   string
			Points *int64 // those of the current period
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&facts); err != nil {
		t.Fatal(err)
	}
	for _, fact := range facts {
		l := mustCompile(t, fact.Definition)
		for _, row := range fact.Rows {
			t.Run(fact.ID+"/"+row.Rule, func(t *testing.T) {
				var st tier.Status
				for _, e := range row.Earned {
					st = l.Add(st, e.Points, e.At)
				}
				p := l.Progress(st, row.At)
				if p.Tier.ID != row.Tier {
					t.Errorf("%s, want %s (%s)", p.Tier.ID, row.Tier, fact.Source)
				}
				if row.Points != nil && p.Points != *row.Points {
					t.Errorf("%d points, want %d (%s)", p.Points, *row.Points, fact.Source)
				}
			})
		}
	}
}
