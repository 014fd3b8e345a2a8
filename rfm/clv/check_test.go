package clv_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/rfm/clv"
)

// TestCheck_CDNOW holds the fitted models to what the customers did in the 39
// weeks after: 1,882 purchases, of which the papers' models miss about a tenth.
func TestCheck_CDNOW(t *testing.T) {
	customers, held := cdnow(t)
	for _, k := range kinds {
		t.Run(k.String(), func(t *testing.T) {
			f, err := clv.Fit(customers, clv.Options{Kind: k})
			if err != nil {
				t.Fatal(err)
			}
			check, err := f.Model.Check(held)
			if err != nil {
				t.Fatal(err)
			}
			if check.Customers != 2357 || check.Actual != 1882 || len(check.Bins) != 8 {
				t.Fatalf("%+v", check)
			}
			if math.Abs(check.Predicted-check.Actual) > 0.17*check.Actual {
				t.Errorf("%v purchases, %v predicted", check.Actual, check.Predicted)
			}
			var predicted, actual float64
			for _, b := range check.Bins {
				predicted += b.Predicted * float64(b.Customers)
				actual += b.Actual * float64(b.Customers)
			}
			if math.Abs(predicted-check.Predicted) > 1e-9*predicted || math.Abs(actual-check.Actual) > 1e-9*actual {
				t.Errorf("the bins add up to %v and %v, the totals are %v and %v", actual, predicted, check.Actual, check.Predicted)
			}
			nothing := 0.0 // the error of predicting the mean for all
			for _, h := range held {
				nothing += (h.Purchases - check.Actual/2357) * (h.Purchases - check.Actual/2357)
			}
			if check.RMSE > 0.9*math.Sqrt(nothing/2357) || check.MAE > check.RMSE {
				t.Errorf("errors %v and %v", check.RMSE, check.MAE)
			}

			histogram, err := f.Model.Histogram(customers)
			if err != nil {
				t.Fatal(err)
			}
			total := 0.0
			for _, b := range histogram.Bins {
				total += b.Predicted
				if math.Abs(b.Predicted-b.Actual) > 0.25*b.Actual+5 || b.Actual != float64(b.Customers) {
					t.Errorf("%+v", b)
				}
			}
			if math.Abs(total-2357) > 1e-6 {
				t.Errorf("%v customers expected", total)
			}

			track, err := f.Model.Track(customers, weeks(t), 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(track.Actual) != 78 || track.End != 38.86 {
				t.Fatalf("%d weeks, end %v", len(track.Actual), track.End)
			}
			// Fader, Hardie & Lee 2005, fig. 2 and 3: the lines keep together in
			// calibration, and at week 78 a few percent apart.
			if got, want := track.Expected[38], track.Actual[38]; math.Abs(got-want) > 0.05*want {
				t.Errorf("week 39: %v purchases, %v expected", want, got)
			}
			if got, want := track.Expected[77], track.Actual[77]; math.Abs(got-want) > 0.08*want {
				t.Errorf("week 78: %v purchases, %v expected", want, got)
			}
			for i, v := range track.Expected[1:] {
				if v < track.Expected[i] {
					t.Errorf("week %d: %v after %v", i+2, v, track.Expected[i])
				}
			}
		})
	}
}

// weeks are the repeat purchases of testdata/cdnow_weeks.json.
func weeks(t testing.TB) []float64 {
	t.Helper()
	text, err := os.ReadFile("testdata/cdnow_weeks.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Weeks []float64 }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Weeks
}

func TestCheck_Errors(t *testing.T) {
	m := clv.Model{R: 0.5, Alpha: 6, A: 0.8, B: 1.6}
	bad := clv.Customer{Frequency: 1, Recency: 5, T: 3}
	good := clv.Customer{Frequency: 1, Recency: 2, T: 3}
	tests := []struct {
		path string
		ask  func() (any, error)
	}{
		{"held", func() (any, error) { return m.Check(nil) }},
		{"held[0].Customer.Recency", func() (any, error) { return m.Check([]clv.Holdout{{Customer: bad, Length: 1}}) }},
		{"held[1].Length", func() (any, error) { return m.Check([]clv.Holdout{{Customer: good}, {Customer: good, Length: -1}}) }},
		{"held[0].Purchases", func() (any, error) { return m.Check([]clv.Holdout{{Customer: good, Purchases: math.NaN()}}) }},
		{"r", func() (any, error) { return clv.Model{}.Check([]clv.Holdout{{Customer: good}}) }},
		{"customers", func() (any, error) { return m.Histogram(nil) }},
		{"customers[1].Recency", func() (any, error) { return m.Histogram([]clv.Customer{good, bad}) }},
		{"customers[0].Recency", func() (any, error) { return m.Track([]clv.Customer{bad}, nil, 1) }},
		{"period", func() (any, error) { return m.Track([]clv.Customer{good}, []float64{1}, 0) }},
		{"period", func() (any, error) { return m.Track([]clv.Customer{good}, []float64{1, 1}, 1e9) }},
		{"purchases[1]", func() (any, error) { return m.Track([]clv.Customer{good}, []float64{1, -1}, 1) }},
		{"purchases", func() (any, error) { return m.Track([]clv.Customer{good}, make([]float64, 10_001), 1) }},
	}
	for _, tt := range tests {
		_, err := tt.ask()
		var invalid *clv.InvalidError
		if !errors.As(err, &invalid) || invalid.Path != tt.path {
			t.Errorf("%v, want an error of %s", err, tt.path)
		}
	}
}

// TestSVG holds the plots to be well-formed whatever they show.
func TestSVG(t *testing.T) {
	customers, held := cdnow(t)
	m := clv.Model{R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614}
	check, err := m.Check(held)
	if err != nil {
		t.Fatal(err)
	}
	track, err := m.Track(customers, weeks(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	hostile := *check
	hostile.Title = `"><script>alert('&')</script>`
	empty, err := m.Track([]clv.Customer{{}}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, svg string
		elements  map[string]int // at least
		text      string
	}{
		{"check", check.SVG(), map[string]int{"rect": 16 + 3, "text": 8}, check.Title},
		{"tracking", track.SVG(), map[string]int{"polyline": 2, "line": 5}, "calibration ends"},
		{"title", hostile.SVG(), map[string]int{"rect": 16}, hostile.Title},
		{"nothing to check", (&clv.Check{}).SVG(), map[string]int{"svg": 1}, "actual"},
		{"nothing to track", empty.SVG(), map[string]int{"polyline": 2}, "actual"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]int{}
			var text strings.Builder
			for dec := xml.NewDecoder(strings.NewReader(tt.svg)); ; {
				token, err := dec.Token()
				if errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				switch token := token.(type) {
				case xml.StartElement:
					got[token.Name.Local]++
				case xml.CharData:
					text.Write(token)
				}
			}
			for name, n := range tt.elements {
				if got[name] < n {
					t.Errorf("%d %s, want %d or more", got[name], name, n)
				}
			}
			if got["script"] > 0 || !strings.Contains(text.String(), tt.text) || strings.Contains(tt.svg, "NaN") || strings.Contains(tt.svg, "Inf") {
				t.Errorf("%s", tt.svg)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	buy := func(at, amount float64) clv.Purchase { return clv.Purchase{At: at, Amount: amount} }
	tests := []struct {
		rule       string
		purchases  []clv.Purchase
		end, until float64
		want       clv.Holdout
		bad        string // path of the error
	}{
		{rule: "once", purchases: []clv.Purchase{buy(2, 9)}, end: 10, until: 10,
			want: clv.Holdout{Customer: clv.Customer{T: 8}}},
		{rule: "the first purchase's amount is not of a repeat", purchases: []clv.Purchase{buy(2, 900), buy(4, 10), buy(9, 20)}, end: 10, until: 10,
			want: clv.Holdout{Customer: clv.Customer{Frequency: 2, Recency: 7, T: 8, Spend: 15}}},
		{rule: "any order", purchases: []clv.Purchase{buy(9, 20), buy(2, 900), buy(4, 10)}, end: 10, until: 10,
			want: clv.Holdout{Customer: clv.Customer{Frequency: 2, Recency: 7, T: 8, Spend: 15}}},
		{rule: "the same time is one purchase", purchases: []clv.Purchase{buy(2, 5), buy(2, 6), buy(4, 7), buy(4, 8)}, end: 10, until: 10,
			want: clv.Holdout{Customer: clv.Customer{Frequency: 1, Recency: 2, T: 8, Spend: 15}}},
		{rule: "hold-out, its days once too; the end is calibration", purchases: []clv.Purchase{buy(2, 5), buy(10, 6), buy(11, 7), buy(11, 1), buy(20, 8)}, end: 10, until: 20,
			want: clv.Holdout{Customer: clv.Customer{Frequency: 1, Recency: 8, T: 8, Spend: 6}, Length: 10, Purchases: 2}},
		{rule: "a return makes the mean less", purchases: []clv.Purchase{buy(0, 5), buy(1, 30), buy(2, -10)}, end: 3, until: 3,
			want: clv.Holdout{Customer: clv.Customer{Frequency: 2, Recency: 2, T: 3, Spend: 10}}},
		{rule: "dates before the clock's zero", purchases: []clv.Purchase{buy(-9, 5), buy(-4, 6)}, end: -1, until: -1,
			want: clv.Holdout{Customer: clv.Customer{Frequency: 1, Recency: 5, T: 8, Spend: 6}}},
		{rule: "nothing", end: 10, until: 10, bad: "purchases"},
		{rule: "a date in the future", purchases: []clv.Purchase{buy(2, 5), buy(21, 5)}, end: 10, until: 20, bad: "purchases[1].At"},
		{rule: "not a customer yet", purchases: []clv.Purchase{buy(12, 5)}, end: 10, until: 20, bad: "purchases"},
		{rule: "an end before the beginning", purchases: []clv.Purchase{buy(2, 5)}, end: 10, until: 9, bad: "end"},
		{rule: "no time", purchases: []clv.Purchase{buy(math.NaN(), 5)}, end: 10, until: 10, bad: "purchases[0].At"},
		{rule: "no amount", purchases: []clv.Purchase{buy(2, math.Inf(1))}, end: 10, until: 10, bad: "purchases[0].Amount"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := clv.Split(tt.purchases, tt.end, tt.until)
			var invalid *clv.InvalidError
			if tt.bad != "" {
				if !errors.As(err, &invalid) || invalid.Path != tt.bad {
					t.Errorf("%v, want an error of %s", err, tt.bad)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := got.Customer.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnit(t *testing.T) {
	tests := []struct {
		n        float64
		from, to clv.Unit
		want     float64
	}{
		{12, clv.Month, clv.Year, 1},
		{1, clv.Year, clv.Day, 365.25},
		{2, clv.Week, clv.Day, 14},
		{7, clv.Day, clv.Week, 1},
	}
	for _, tt := range tests {
		if got, err := tt.from.In(tt.n, tt.to); err != nil || math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%v of %v days are %v of %v, %v; want %v", tt.n, tt.from, got, tt.to, err, tt.want)
		}
	}
	for _, none := range []clv.Unit{0, -1, clv.Unit(math.NaN()), clv.Unit(math.Inf(1))} {
		if v, err := clv.Day.In(1, none); v != 0 || !errors.Is(err, clv.ErrInvalid) {
			t.Errorf("in units of %v: %v, %v", none, v, err)
		}
		if v, err := none.In(1, clv.Day); v != 0 || !errors.Is(err, clv.ErrInvalid) {
			t.Errorf("units of %v: %v, %v", none, v, err)
		}
	}
	// 15 % a year, paid weekly without a break, is 15 % after a year.
	rate, err := clv.Week.ContinuousRate(0.15, clv.Year)
	if err != nil || math.Abs(math.Exp(rate*365.25/7)-1.15) > 1e-12 {
		t.Errorf("%v, %v", rate, err)
	}
}

func TestModel_JSON(t *testing.T) {
	for _, k := range kinds {
		m := clv.Model{Kind: k, Unit: clv.Month, R: 1, Alpha: 2, A: 3, B: 4}
		if k == clv.ParetoNBD {
			m = clv.Model{Kind: k, Unit: clv.Month, R: 1, Alpha: 2, S: 3, Beta: 4}
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back clv.Model
		if err := json.Unmarshal(text, &back); err != nil || back != m {
			t.Errorf("%s: %+v, %v", text, back, err)
		}
	}
	var m clv.Model
	if err := json.Unmarshal([]byte(`{"kind":"nbd"}`), &m); !errors.Is(err, clv.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if _, err := json.Marshal(clv.Model{Kind: -1}); !errors.Is(err, clv.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
