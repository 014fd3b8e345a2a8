package cost_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestMonitor_facts(t *testing.T) {
	var given struct {
		Base      decimal.Decimal `json:"base_value"`
		Threshold decimal.Decimal
		Pass      decimal.Decimal `json:"pass_through"`
		Baskets   []struct {
			Baseline decimal.Decimal   `json:"baseline_mean"`
			Prices   []decimal.Decimal `json:"current_prices"`
		}
	}
	var want struct {
		Inflation []float64
		Value     []decimal.Decimal `json:"new_value"`
	}
	fact(t, "cost-pub-10", &given, &want)
	if len(given.Baskets) == 0 {
		t.Fatal("no baskets")
	}
	m := cost.Monitor{Base: given.Base, Threshold: given.Threshold, PassThrough: given.Pass}
	for i, b := range given.Baskets {
		var goods []cost.Good
		for _, p := range b.Prices {
			goods = append(goods, cost.Good{Name: "good", Baseline: b.Baseline, Current: p})
		}
		r, err := m.Read(goods)
		if err != nil {
			t.Fatal(err)
		}
		nearDecimal(t, "inflation", r.Inflation, want.Inflation[i], 1e-9)
		if !r.PerPoint.Equal(want.Value[i]) {
			t.Errorf("basket %d: value %s, want %s", i, r.PerPoint, want.Value[i])
		}
	}
}

func TestMonitor_Propose(t *testing.T) {
	m := cost.Monitor{Base: dec("0.01")}
	now := cost.Value{Version: 1, PerPoint: dec("0.01")}
	tests := []struct {
		rule    string
		goods   []cost.Good
		now     string
		want    string
		changed bool
	}{
		{"weights count", []cost.Good{{Baseline: dec("1"), Current: dec("2"), Quantity: dec("1")}, {Baseline: dec("1"), Current: dec("1"), Quantity: dec("9")}}, "0.01", "0.0105", true},
		{"falling prices cut nothing", []cost.Good{{Baseline: dec("10"), Current: dec("5")}}, "0.01", "0", false},
		{"raised already", []cost.Good{{Baseline: dec("10"), Current: dec("11")}}, "0.0105", "0", false},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			now.PerPoint = dec(tt.now)
			v, _, changed, err := m.Propose(now, tt.goods)
			if err != nil || changed != tt.changed || !v.PerPoint.Equal(dec(tt.want)) {
				t.Errorf("%s, %v, %v, want %s, %v", v.PerPoint, changed, err, tt.want, tt.changed)
			}
		})
	}
	for path, goods := range map[string][]cost.Good{
		"goods":             nil,
		"goods[0].baseline": {{Current: dec("1")}},
		"goods[0].current":  {{Baseline: dec("1"), Current: dec("-1")}},
	} {
		_, _, _, err := m.Propose(now, goods)
		wantInvalid(t, err, path)
	}
}

func TestValueTable_Announce(t *testing.T) {
	day := func(s string) calendar.Date { d, _ := calendar.ParseDate(s); return d }
	table := cost.ValueTable{Zone: "Asia/Shanghai", Values: []cost.Value{{Version: 1, PerPoint: dec("0.01")}}}
	tests := []struct {
		rule string
		v    cost.Value
		n    cost.Notice
		from string // "" is refused
		path string
	}{
		{"thirty days for a rise", cost.Value{PerPoint: dec("0.011")}, cost.Notice{}, "2026-12-31", ""},
		{"ninety for a cut", cost.Value{PerPoint: dec("0.009")}, cost.Notice{}, "2027-03-01", ""},
		{"thirty for a cut of new points alone", cost.Value{PerPoint: dec("0.009"), Grandfather: true}, cost.Notice{}, "2026-12-31", ""},
		{"later is as told", cost.Value{PerPoint: dec("0.011"), From: day("2027-02-01")}, cost.Notice{Days: 7}, "2027-02-01", ""},
		{"too early", cost.Value{PerPoint: dec("0.011"), From: day("2026-12-30")}, cost.Notice{}, "", "from"},
		{"backwards", cost.Value{PerPoint: dec("0.011"), From: day("2026-01-01")}, cost.Notice{}, "", "from"},
		{"no value", cost.Value{}, cost.Notice{}, "", "per_point"},
		{"a notice of less for cuts", cost.Value{PerPoint: dec("0.009")}, cost.Notice{Days: 60, CutDays: 30}, "", "notice.cut_days"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := table.Announce(tt.v, day("2026-12-01"), tt.n)
			if tt.from == "" {
				wantInvalid(t, err, tt.path)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if v := got.Values[1]; v.From != day(tt.from) || v.Version != 2 || v.Announced != day("2026-12-01") {
				t.Errorf("%+v, want from %s", v, tt.from)
			}
			if len(table.Values) != 1 {
				t.Error("the table given has changed")
			}
		})
	}
	if _, err := (cost.ValueTable{}).Announce(cost.Value{PerPoint: dec("1")}, day("2026-12-01"), cost.Notice{}); err == nil {
		t.Error("announced in a table without values")
	}
}

// TestLaw_Announce: an announcement changes no value of any moment before its day,
// and one that grandfathers none of a point issued before it.
func TestLaw_Announce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := cost.ValueTable{Zone: "America/New_York", Values: []cost.Value{{Version: 1, PerPoint: dec("0.01")}}}
		today := calendar.Date{Year: 2026, Month: 1, Day: 1}
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			v := cost.Value{PerPoint: decimal.New(rapid.Int64Range(1, 20_000).Draw(t, "value"), -6), Grandfather: rapid.Bool().Draw(t, "grandfather")}
			next, err := table.Announce(v, today, cost.Notice{Days: 10, CutDays: 10})
			if err != nil {
				t.Fatal(err)
			}
			before, after := compile(t, table), compile(t, next)
			from := next.Values[len(next.Values)-1].From.Start(after.Zone())
			for range 20 {
				issued := from.AddDate(0, 0, rapid.IntRange(-100, 100).Draw(t, "issued"))
				at := issued.AddDate(0, 0, rapid.IntRange(0, 100).Draw(t, "used"))
				if old := !at.Before(from) && !(v.Grandfather && issued.Before(from)); old {
					continue
				}
				was, err := before.Of(issued, at)
				if err != nil {
					t.Fatal(err)
				}
				is, err := after.Of(issued, at)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(was, is); diff != "" {
					t.Fatalf("issued %s, used %s: %s", issued, at, diff)
				}
			}
			table, today = next, today.AddDays(rapid.IntRange(11, 60).Draw(t, "later"))
		}
	})
}

func compile(t *rapid.T, table cost.ValueTable) *cost.Values {
	v, err := cost.CompileValues(table)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestLaw_Rate: a step is bounded, goes the way the figures ask, and leaves issued
// points alone.
func TestLaw_Rate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := cost.RatePolicy{Floor: dec("0.005"), Ceiling: dec("0.02")}
		now := cost.Value{PerPoint: decimal.New(rapid.Int64Range(5_000, 20_000).Draw(t, "now"), -6)}
		w := cost.View{Revenue: decimal.New(rapid.Int64Range(-100, 100_000).Draw(t, "revenue"), 0), Cost: decimal.New(rapid.Int64Range(0, 6_000).Draw(t, "cost"), 0)}
		next, moved, err := p.Step(now, w)
		if err != nil {
			t.Fatal(err)
		}
		if !moved {
			return
		}
		limit := dec("0.03").Mul(w.Revenue)
		if !w.Revenue.IsPositive() || next.PerPoint.GreaterThan(now.PerPoint) != w.Cost.LessThan(limit) {
			t.Fatalf("from %s to %s at %s of %s", now.PerPoint, next.PerPoint, w.Cost, w.Revenue)
		}
		least, most := now.PerPoint.Mul(dec("0.9")).Truncate(6), now.PerPoint.Mul(dec("1.1"))
		if next.PerPoint.LessThan(least) || next.PerPoint.GreaterThan(most) || next.PerPoint.LessThan(p.Floor) || next.PerPoint.GreaterThan(p.Ceiling) || !next.Grandfather {
			t.Fatalf("from %s to %+v", now.PerPoint, next)
		}
	})
}

func TestRatePolicy_invalid(t *testing.T) {
	now := cost.Value{PerPoint: dec("0.01")}
	for path, p := range map[string]cost.RatePolicy{
		"floor":    {Ceiling: dec("1")},
		"ceiling":  {Floor: dec("2"), Ceiling: dec("1")},
		"max_step": {Floor: dec("1"), Ceiling: dec("1"), MaxStep: dec("2")},
	} {
		_, _, err := p.Step(now, cost.View{})
		wantInvalid(t, err, path)
	}
}
