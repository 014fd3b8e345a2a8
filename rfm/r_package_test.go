package rfm_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
)

// rFacts is what the R package, and two other conventions, make of its sample.
type rFacts struct {
	Thresholds []struct {
		RecencyUpper   decimal.Decimal `json:"recency_upper"`
		FrequencyUpper decimal.Decimal `json:"frequency_upper"`
		MonetaryUpper  decimal.Decimal `json:"monetary_upper"`
	}
	Customers []struct {
		ID          string `json:"customer_id"`
		RecencyDays int    `json:"recency_days"`
		Orders      int64
		Revenue     decimal.Decimal
		RPackage    struct {
			R, F, M uint8
			Segment string
		} `json:"r_package"`
		RightClosed rfm.Score `json:"right_closed_quantile"`
		NTile       rfm.Score `json:"ntile"`
	}
	Counts []struct {
		Segment   string
		Customers int64
		Orders    int64
		Revenue   decimal.Decimal
	} `json:"segment_counts"`
}

func readRFacts(t *testing.T) rFacts {
	t.Helper()
	text, err := os.ReadFile("testdata/r_package.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts rFacts
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	return facts
}

// rModel scores by a method, in five levels, into the R package's segments.
func rModel(t testing.TB, method rfm.Method) *rfm.Model {
	return mustCompile(t, rfm.Definition{
		Scoring:  rfm.Scoring{Method: method, Levels: 5},
		Segments: rfm.RPackageSegments(), Rest: "Others",
	})
}

func TestRPackage_scores(t *testing.T) {
	facts := readRFacts(t)
	b := mustBuild(t, "", rOrders(t)...)
	w := rfm.Window{AsOf: date("2006-12-31")}
	for _, method := range []rfm.Method{rfm.RPackage, rfm.RightClosed, rfm.NTile} {
		m := rModel(t, method)
		placed, err := m.Place(b.Summaries(w))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]rfm.Placement{}
		for s, p := range placed {
			got[s.Customer] = p
		}
		for _, c := range facts.Customers {
			want, p := map[rfm.Method]rfm.Score{
				rfm.RPackage:    {R: c.RPackage.R, F: c.RPackage.F, M: c.RPackage.M},
				rfm.RightClosed: c.RightClosed, rfm.NTile: c.NTile,
			}[method], got[c.ID]
			if p.Score != want {
				t.Errorf("%s: %s has score %s, want %s", method, c.ID, p.Score, want)
			}
			if method == rfm.RPackage && p.Segment != c.RPackage.Segment {
				t.Errorf("%s is in %q, want %q", c.ID, p.Segment, c.RPackage.Segment)
			}
		}
	}
}

func TestRPackage_summaries(t *testing.T) {
	b := mustBuild(t, "", rOrders(t)...)
	for _, c := range readRFacts(t).Customers {
		s, ok := b.Of(c.ID, rfm.Window{AsOf: date("2006-12-31")})
		if !ok || s.Recency() != c.RecencyDays || s.Orders != c.Orders || !s.Spend.Equal(c.Revenue) {
			t.Errorf("%s: %d days, %d orders, %s; want %d, %d, %s", c.ID, s.Recency(), s.Orders, s.Spend, c.RecencyDays, c.Orders, c.Revenue)
		}
	}
}

func TestRPackage_segments(t *testing.T) {
	m := rModel(t, rfm.RPackage)
	placed, err := m.Place(mustBuild(t, "", rOrders(t)...).Summaries(rfm.Window{AsOf: date("2006-12-31")}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]rfm.Group{"Others": {Name: "Others"}}
	for _, c := range readRFacts(t).Counts {
		want[c.Segment] = rfm.Group{Name: c.Segment, Customers: c.Customers, Orders: c.Orders, Spend: c.Revenue}
	}
	got := map[string]rfm.Group{}
	for _, g := range m.Tally(placed).Segments {
		got[g.Name] = g
	}
	if d := diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The R package's thresholds are where a level ends and the next begins; ours
// are the last value before.
func TestRPackage_cuts(t *testing.T) {
	m := rModel(t, rfm.RPackage)
	cuts, err := m.Cut(mustBuild(t, "", rOrders(t)...).Summaries(rfm.Window{AsOf: date("2006-12-31")}))
	if err != nil {
		t.Fatal(err)
	}
	least := decimal.New(1, -6)
	for i, th := range readRFacts(t).Thresholds[:4] {
		for _, d := range []struct {
			name      string
			last, end decimal.Decimal
			step      decimal.Decimal
		}{
			{"recency", decimal.NewFromInt(cuts.Recency()[i]), th.RecencyUpper, decimal.NewFromInt(1)},
			{"frequency", decimal.NewFromInt(cuts.Orders()[i]), th.FrequencyUpper, decimal.NewFromInt(1)},
			{"monetary", cuts.Spend()[i], th.MonetaryUpper, least},
		} {
			if !d.last.LessThan(d.end) || d.last.Add(d.step).LessThan(d.end) {
				t.Errorf("%s level %d ends with %s, want the last before %s", d.name, i+1, d.last, d.end)
			}
		}
	}
}
