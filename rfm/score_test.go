package rfm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// spender is a customer of so many days, orders and spend.
func spender(id string, days int, orders int64, spend string) rfm.Summary {
	asOf := date("2026-11-22")
	last := asOf.AddDays(-days)
	return rfm.Summary{Customer: id, AsOf: asOf, First: last, Last: last, Orders: orders, Purchases: 1, Spend: dec(spend)}
}

// The rule the default was asked for with: at most 30 days 3, at most 90 days 2,
// else 1; from 10 orders 3, from 5 orders 2; from 10,000 spent 3, from 5,000 2;
// high value from a sum of 7.
func TestDefaultScoring(t *testing.T) {
	tests := []struct {
		days   int
		orders int64
		spend  string
		want   rfm.Score
		high   bool
	}{
		{0, 10, "10000", rfm.Score{R: 3, F: 3, M: 3}, true},
		{30, 9, "9999.999999", rfm.Score{R: 3, F: 2, M: 2}, true},
		{31, 10, "10000.00", rfm.Score{R: 2, F: 3, M: 3}, true},
		{90, 5, "10000", rfm.Score{R: 2, F: 2, M: 3}, true},
		{90, 5, "5000", rfm.Score{R: 2, F: 2, M: 2}, false},
		{91, 4, "4999.99", rfm.Score{R: 1, F: 1, M: 1}, false},
		{91, 10, "10000", rfm.Score{R: 1, F: 3, M: 3}, true},
		{3000, 0, "0", rfm.Score{R: 1, F: 1, M: 1}, false},
		{1, 1, "-20", rfm.Score{R: 3, F: 1, M: 1}, false},
		{1, 1_000_000_000, "99999999999999999999", rfm.Score{R: 3, F: 3, M: 3}, true},
	}
	m := mustCompile(t, rfm.Definition{})
	for _, tt := range tests {
		placed, err := m.Place(slices.Values([]rfm.Summary{spender("a", tt.days, tt.orders, tt.spend)}))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range placed {
			if p.Score != tt.want || p.HighValue != tt.high {
				t.Errorf("%d days, %d orders, %s: %s, high value %v; want %s, %v", tt.days, tt.orders, tt.spend, p.Score, p.HighValue, tt.want, tt.high)
			}
		}
	}
}

func quantiles(t testing.TB, method rfm.Method, levels int) *rfm.Model {
	return mustCompile(t, rfm.Definition{Scoring: rfm.Scoring{Method: method, Levels: levels}})
}

func TestQuantiles_odd(t *testing.T) {
	equal := []rfm.Summary{spender("a", 5, 2, "10"), spender("b", 5, 2, "10"), spender("c", 5, 2, "10")}
	tests := []struct {
		rule      string
		method    rfm.Method
		customers []rfm.Summary
		want      []rfm.Score
		err       error
	}{
		{"no customers have no quantiles", rfm.RightClosed, nil, nil, rfm.ErrNoCustomers},
		{"nor have they under NTile", rfm.NTile, nil, nil, rfm.ErrNoCustomers},
		{"one customer is in the lowest level, and as recent as any", rfm.RightClosed, equal[:1], []rfm.Score{{5, 1, 1}}, nil},
		{"all equal are so too", rfm.RightClosed, equal, []rfm.Score{{5, 1, 1}, {5, 1, 1}, {5, 1, 1}}, nil},
		{"the R package agrees about one", rfm.RPackage, equal[:1], []rfm.Score{{5, 1, 1}}, nil},
		{"pandas refuses ties", rfm.Pandas, equal, nil, rfm.ErrTiedEdges},
		{"NTile splits even what is equal, by ID", rfm.NTile, equal, []rfm.Score{{1, 1, 1}, {2, 2, 2}, {3, 3, 3}}, nil},
		{
			"many with one order: the levels between stay empty", rfm.RightClosed,
			[]rfm.Summary{
				spender("a", 1, 1, "1"), spender("b", 2, 1, "2"), spender("c", 3, 1, "3"), spender("d", 4, 1, "4"), spender("e", 5, 9, "5"),
			},
			[]rfm.Score{{5, 1, 1}, {4, 1, 2}, {3, 1, 3}, {2, 1, 4}, {1, 5, 5}}, nil,
		},
		{
			// Quantiles of spend: 1.8, 2.6, 3.4, 4.2. The R package cuts at 2.8, 3.6, 4.4, 5.2.
			"the R package moves cuts of money by one whole unit", rfm.RPackage,
			[]rfm.Summary{
				spender("a", 1, 1, "1"), spender("b", 2, 2, "2"), spender("c", 3, 3, "3"), spender("d", 4, 4, "4"), spender("e", 5, 5, "5"),
			},
			// Days and orders: v ≥ 2.8, 3.6, 4.4, 5.2.
			[]rfm.Score{{5, 1, 1}, {5, 1, 1}, {4, 2, 2}, {3, 3, 3}, {2, 4, 4}}, nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			placed, err := quantiles(t, tt.method, 5).Place(slices.Values(tt.customers))
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			var got []rfm.Score
			for _, p := range placed {
				got = append(got, p.Score)
			}
			if d := diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestTiedEdgesError(t *testing.T) {
	_, err := quantiles(t, rfm.Pandas, 4).Place(slices.Values([]rfm.Summary{spender("a", 1, 1, "1"), spender("b", 2, 1, "2"), spender("c", 3, 2, "3")}))
	tied, ok := errors.AsType[*rfm.TiedEdgesError](err)
	// Quartiles of 1, 1, 2 are 1, 1, 1, 1.5, 2: two edges repeat the one before.
	if !ok || tied.Dimension != rfm.Frequency || tied.Edges != 2 {
		t.Errorf("%v", err)
	}
}

// TestLaw_equalFiguresEqualLevels holds of every method but NTile; and a better
// figure never has a lower level, whatever the method.
func TestLaw_equalFiguresEqualLevels(t *testing.T) {
	methods := []rfm.Method{rfm.RightClosed, rfm.RPackage, rfm.NTile}
	rapid.Check(t, func(rt *rapid.T) {
		customers := drawSummaries(rt, 1)
		method, levels := rapid.SampledFrom(methods).Draw(rt, "method"), rapid.IntRange(2, 20).Draw(rt, "levels")
		placed, err := quantiles(t, method, levels).Place(slices.Values(customers))
		if err != nil {
			rt.Fatal(err)
		}
		var got []rfm.Score
		for _, p := range placed {
			got = append(got, p.Score)
		}
		for i, a := range customers {
			if s := got[i]; min(s.R, s.F, s.M) < 1 || int(max(s.R, s.F, s.M)) > levels {
				rt.Fatalf("%s has %s", a.Customer, s)
			}
			for j, b := range customers {
				check := func(better int, higher bool, what string) {
					if better > 0 && !higher || better == 0 && method != rfm.NTile && higher {
						rt.Fatalf("%s: %s %v has %s, %v has %s", method, what, a, got[i], b, got[j])
					}
				}
				check(b.Recency()-a.Recency(), got[i].R >= got[j].R && (b.Recency() != a.Recency() || got[i].R > got[j].R), "recency")
				check(int(a.Orders-b.Orders), got[i].F >= got[j].F && (a.Orders != b.Orders || got[i].F > got[j].F), "frequency")
				check(a.Spend.Cmp(b.Spend), got[i].M >= got[j].M && (!a.Spend.Equal(b.Spend) || got[i].M > got[j].M), "monetary")
			}
		}
	})
}

// TestLaw_listingOrder: in whatever order customers are listed, each is placed the
// same, whatever the method.
func TestLaw_listingOrder(t *testing.T) {
	models := []*rfm.Model{mustCompile(t, rfm.Definition{Segments: rfm.NamedSegments()})}
	for _, method := range []rfm.Method{rfm.RightClosed, rfm.RPackage, rfm.NTile} {
		models = append(models, rModel(t, method))
	}
	place := func(rt *rapid.T, m *rfm.Model, customers []rfm.Summary) map[string]rfm.Placement {
		placed, err := m.Place(slices.Values(customers))
		if err != nil {
			rt.Fatal(err)
		}
		all := map[string]rfm.Placement{}
		for s, p := range placed {
			all[s.Customer] = p
		}
		return all
	}
	rapid.Check(t, func(rt *rapid.T) {
		customers, m := drawSummaries(rt, 1), rapid.SampledFrom(models).Draw(rt, "model")
		if d := diff(place(rt, m, customers), place(rt, m, rapid.Permutation(customers).Draw(rt, "shuffled"))); d != "" {
			rt.Fatalf("shuffled (-want +got):\n%s", d)
		}
	})
}

// TestLaw_rightClosedIsTheDefinition compares with quantiles reckoned plainly, in
// fractions.
func TestLaw_rightClosedIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		customers, levels := drawSummaries(rt, 1), rapid.IntRange(2, 7).Draw(rt, "levels")
		var spends []decimal.Decimal
		for _, c := range customers {
			spends = append(spends, c.Spend)
		}
		slices.SortFunc(spends, decimal.Decimal.Cmp)
		placed, err := quantiles(t, rfm.RightClosed, levels).Place(slices.Values(customers))
		if err != nil {
			rt.Fatal(err)
		}
		q := decimal.NewFromInt(int64(levels))
		for s, p := range placed {
			want := 1
			for k := 1; k < levels; k++ {
				at := (len(spends) - 1) * k
				low, high := spends[at/levels], spends[min(at/levels+1, len(spends)-1)]
				edge := low.Mul(q).Add(high.Sub(low).Mul(decimal.NewFromInt(int64(at % levels)))) // times levels
				if s.Spend.Mul(q).GreaterThan(edge) {
					want++
				}
			}
			if int(p.Score.M) != want {
				rt.Fatalf("%s of %d levels has %d, want %d, of %v", s.Spend, levels, p.Score.M, want, spends)
			}
		}
	})
}

// TestLaw_NTileSizes: groups differ by one at most, the first being the larger.
func TestLaw_NTileSizes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		customers, levels := drawSummaries(rt, 1), rapid.IntRange(2, 7).Draw(rt, "levels")
		placed, err := quantiles(t, rfm.NTile, levels).Place(slices.Values(customers))
		if err != nil {
			rt.Fatal(err)
		}
		got := make([][3]int, levels)
		for _, p := range placed {
			got[p.Score.R-1][0]++
			got[p.Score.F-1][1]++
			got[p.Score.M-1][2]++
		}
		for i, n := range got {
			want := len(customers) / levels
			if i < len(customers)%levels {
				want++
			}
			if n != [3]int{want, want, want} {
				rt.Fatalf("level %d has %v of %d customers in %d levels", i+1, n, len(customers), levels)
			}
		}
	})
}

// TestLaw_sketchBound: the quantiles of a sketch are as close to the exact ones
// as is promised, however its parts were merged.
func TestLaw_sketchBound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		customers, levels := drawSummaries(rt, 1), rapid.IntRange(2, 7).Draw(rt, "levels")
		m := quantiles(t, rfm.RightClosed, levels)
		var parts [3]rfm.Sketch
		for _, c := range customers {
			parts[rapid.IntRange(0, 2).Draw(rt, "part")].Add(c)
		}
		var one, other rfm.Sketch
		for _, i := range []int{0, 1, 2} {
			one.Merge(&parts[i])
			other.Merge(&parts[2-i])
		}
		exact, err := m.Cut(slices.Values(customers))
		cuts, errOne := m.CutSketch(&one)
		again, errOther := m.CutSketch(&other)
		if err != nil || errOne != nil || errOther != nil || one.Customers() != int64(len(customers)) {
			rt.Fatal(err, errOne, errOther, one.Customers())
		}
		if d := diff(text(cuts), text(again)); d != "" {
			rt.Fatalf("merged the other way (-want +got):\n%s", d)
		}
		var days []int64
		var spends []decimal.Decimal
		for _, c := range customers {
			days, spends = append(days, int64(c.Recency())), append(spends, c.Spend.Abs())
		}
		slices.Sort(days)
		for i := range levels - 1 {
			// Figures below 1,024 are exact; of greater ones the greater neighbour bounds the error.
			at := (len(days) - 1) * (i + 1) / levels
			if off := abs(cuts.Recency()[i] - exact.Recency()[i]); off*rfm.SketchPrecision > days[min(at+1, len(days)-1)] {
				rt.Fatalf("recency %d, exactly %d", cuts.Recency()[i], exact.Recency()[i])
			}
		}
		if d := diff(exact.Orders(), cuts.Orders()); d != "" {
			rt.Fatalf("orders below 1,024 (-want +got):\n%s", d)
		}
		most := slices.MaxFunc(spends, decimal.Decimal.Cmp)
		for i, got := range cuts.Spend() {
			off := got.Sub(exact.Spend()[i]).Abs()
			if off.Sub(decimal.New(1, -6)).Mul(decimal.NewFromInt(rfm.SketchPrecision)).GreaterThan(most) {
				rt.Fatalf("spend %s, exactly %s", got, exact.Spend()[i])
			}
		}
	})
}

func abs(n int64) int64 { return max(n, -n) }

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestCuts_keep(t *testing.T) {
	m := mustCompile(t, rfm.Definition{})
	cuts, err := m.Cut(nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"recency":[30,90],"orders":[4,9],"spend":["4999.999999","9999.999999"]}`
	if text(cuts) != want {
		t.Errorf("cuts %s, want %s", text(cuts), want)
	}
	var again rfm.Cuts
	if err := json.Unmarshal([]byte(want), &again); err != nil {
		t.Fatal(err)
	}
	if s := again.Score(spender("a", 30, 5, "10000")); s != (rfm.Score{R: 3, F: 2, M: 3}) {
		t.Errorf("score %s", s)
	}
	if _, err := quantiles(t, rfm.RightClosed, 5).PlaceBy(again, nil); !errors.Is(err, rfm.ErrDefinition) {
		t.Errorf("cuts of another number of levels: %v", err)
	}
	for _, bad := range []string{
		`{}`, `{"recency":[1],"orders":[1]}`, `{"recency":[2,1],"orders":[1],"spend":["1"]}`, `{"recency":[1],"orders":[1],"spend":["x"]}`,
		`{"recency":[1],"orders":[1],"spend":["0.00000001"]}`, `{"recency":[1],"orders":[1],"spend":[1]}`, `{"recent":[1]}`,
	} {
		if err := json.Unmarshal([]byte(bad), &again); !errors.Is(err, rfm.ErrDefinition) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestModel_Place_stops(t *testing.T) {
	customers := []rfm.Summary{spender("a", 1, 1, "1"), spender("b", 2, 2, "2")}
	for _, m := range []*rfm.Model{mustCompile(t, rfm.Definition{}), quantiles(t, rfm.RightClosed, 3), quantiles(t, rfm.NTile, 3)} {
		placed, err := m.Place(slices.Values(customers))
		if err != nil {
			t.Fatal(err)
		}
		next, stop := iter.Pull2(placed)
		if s, _, ok := next(); !ok || s.Customer != "a" {
			t.Error(fmt.Sprint("first ", s.Customer, ok))
		}
		stop()
	}
}
