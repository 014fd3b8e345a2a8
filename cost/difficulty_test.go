package cost_test

import (
	"fmt"
	"log"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func regular(amount string, everyDays, orders int) []cost.Purchase {
	var out []cost.Purchase
	for i := range orders {
		out = append(out, cost.Purchase{Date: calendar.Date{Year: 2025, Month: 1, Day: 1}.AddDays(i * everyDays), Amount: dec(amount)})
	}
	return out
}

// A programme that wants 1,000.00 for a point and forgets points after three months
// is broken, whatever it promises. The same shoppers under usual terms.
func ExampleDifficulty() {
	for _, terms := range []cost.EarningTerms{
		{SpendPerPoint: dec("1000"), FirstReward: 10, ValidMonths: 3},
		{SpendPerPoint: dec("1"), FirstReward: 500, ValidMonths: 12},
	} {
		d, err := cost.NewDifficulty(terms, calendar.Date{Year: 2027, Month: 1, Day: 1})
		if err != nil {
			log.Fatal(err)
		}
		for _, group := range []struct {
			shoppers int64
			habit    []cost.Purchase
		}{
			{7000, regular("80", 30, 24)},
			{2500, regular("60", 120, 6)},
			{500, regular("1500", 45, 16)},
		} {
			if err := d.Add(group.shoppers, group.habit); err != nil {
				log.Fatal(err)
			}
		}
		fmt.Println(d.Report())
	}
	// Output:
	// red: 0.00% of 10000 shoppers ever reach the first reward (spend 10000.00), no median: fewer than half get there; 100.00% of points are never used
	// green: 75.00% of 10000 shoppers ever reach the first reward (spend 500.00), median 180 days; 14.58% of points are never used
}

func TestDifficulty(t *testing.T) {
	end := calendar.Date{Year: 2026, Month: 1, Day: 1}
	day := func(s string) calendar.Date { d, _ := calendar.ParseDate(s); return d }
	tests := []struct {
		rule      string
		terms     cost.EarningTerms
		purchases []cost.Purchase
		reached   int64
		days      int
		fate      cost.Fate
	}{
		{"whole points per order", cost.EarningTerms{SpendPerPoint: dec("40"), FirstReward: 2},
			[]cost.Purchase{{day("2025-01-01"), dec("79.99")}, {day("2025-01-05"), dec("40")}}, 1, 4, cost.Fate{Issued: 2, Used: 2}},
		{"the day they expire they are gone", cost.EarningTerms{SpendPerPoint: dec("1"), FirstReward: 20, ValidMonths: 1},
			[]cost.Purchase{{day("2025-01-31"), dec("10")}, {day("2025-02-28"), dec("10")}}, 0, 0, cost.Fate{Issued: 20, Expired: 20}},
		{"the day before they are not", cost.EarningTerms{SpendPerPoint: dec("1"), FirstReward: 20, ValidMonths: 1},
			[]cost.Purchase{{day("2025-01-31"), dec("10")}, {day("2025-02-27"), dec("11")}}, 1, 27, cost.Fate{Issued: 21, Used: 20, Expired: 1}},
		{"what never expires is stranded", cost.EarningTerms{SpendPerPoint: dec("1"), FirstReward: 20},
			[]cost.Purchase{{day("2025-01-31"), dec("55")}}, 1, 0, cost.Fate{Issued: 55, Used: 40, Stranded: 15}},
		{"orders after the end do not count", cost.EarningTerms{SpendPerPoint: dec("1"), FirstReward: 20},
			[]cost.Purchase{{day("2026-01-01"), dec("55")}}, 0, 0, cost.Fate{}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			d := must(cost.NewDifficulty(tt.terms, end))(t)
			if err := d.Add(1, tt.purchases); err != nil {
				t.Fatal(err)
			}
			r := d.Report()
			if r.Reached != tt.reached || r.MedianDays != tt.days {
				t.Errorf("reached %d after %d days, want %d after %d", r.Reached, r.MedianDays, tt.reached, tt.days)
			}
			if diff := cmp.Diff(tt.fate, r.Fate); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Exactly half get there: the median is the last of them. One more who does not, and
// there is none.
func TestDifficulty_median(t *testing.T) {
	d := must(cost.NewDifficulty(cost.EarningTerms{SpendPerPoint: dec("1"), FirstReward: 100}, calendar.Date{Year: 2026, Month: 1, Day: 1}))(t)
	for _, step := range []struct {
		habit   []cost.Purchase
		defined bool
		grade   cost.Grade
	}{{regular("50", 10, 2), true, cost.Green}, {regular("1", 10, 2), true, cost.Green}, {regular("1", 10, 2), false, cost.Amber}} {
		if err := d.Add(1, step.habit); err != nil {
			t.Fatal(err)
		}
		r := d.Report()
		if r.MedianDefined != step.defined || r.MedianDefined && r.MedianDays != 10 || r.Grade != step.grade {
			t.Errorf("%+v, want %+v", r, step)
		}
	}
}

func TestDifficulty_invalid(t *testing.T) {
	end := calendar.Date{Year: 2026, Month: 1, Day: 1}
	for path, terms := range map[string]cost.EarningTerms{
		"spend_per_point": {FirstReward: 1},
		"first_reward":    {SpendPerPoint: dec("1")},
		"valid_months":    {SpendPerPoint: dec("1"), FirstReward: 1, ValidMonths: -1},
		"hard":            {SpendPerPoint: dec("1"), FirstReward: 1, Broken: dec("0.6")},
	} {
		_, err := cost.NewDifficulty(terms, end)
		wantInvalid(t, err, path)
	}
	d := must(cost.NewDifficulty(cost.EarningTerms{SpendPerPoint: dec("0.000001"), FirstReward: 1}, end))(t)
	for path, p := range map[string][]cost.Purchase{
		"purchases[0].amount": {{end, dec("-1")}},
		"purchases[1].date":   {{end, dec("1")}, {end.AddDays(-1), dec("1")}},
		"purchases[0].date":   {{calendar.Date{}, dec("1")}},
		"purchases[1].amount": {{end, dec("9000000000")}, {end, dec("9000000000")}},
	} {
		wantInvalid(t, d.Add(1, p), path)
	}
	wantInvalid(t, d.Add(1_000_000_000, []cost.Purchase{{end.AddDays(-1), dec("9000000000")}}), "shoppers")
	if r := d.Report(); r.Grade != cost.Gray || r.Shoppers != 0 {
		t.Errorf("refused, but counted: %+v", r)
	}
}

// TestLaw_Difficulty: every point has one fate, and easier terms never grade worse:
// a cheaper first reward, or points that live longer, reach no fewer shoppers.
func TestLaw_Difficulty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := cost.EarningTerms{SpendPerPoint: dec("1"), FirstReward: rapid.Int64Range(1, 500).Draw(t, "reward"), ValidMonths: rapid.IntRange(1, 12).Draw(t, "months")}
		cheaper, longer := terms, terms
		cheaper.FirstReward = rapid.Int64Range(1, terms.FirstReward).Draw(t, "cheaper")
		longer.ValidMonths += rapid.IntRange(0, 6).Draw(t, "longer")
		var reports [3]cost.DifficultyReport
		var habits [][]cost.Purchase
		for range rapid.IntRange(1, 5).Draw(t, "shoppers") {
			date := calendar.Date{Year: 2025, Month: 1, Day: 31}
			var habit []cost.Purchase
			for range rapid.IntRange(0, 15).Draw(t, "orders") {
				date = date.AddDays(rapid.IntRange(0, 60).Draw(t, "gap"))
				habit = append(habit, cost.Purchase{Date: date, Amount: decimal.New(rapid.Int64Range(0, 30_000).Draw(t, "amount"), -2)})
			}
			habits = append(habits, habit)
		}
		for i, terms := range []cost.EarningTerms{terms, cheaper, longer} {
			d, err := cost.NewDifficulty(terms, calendar.Date{Year: 2027, Month: 6, Day: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range habits {
				if err := d.Add(3, h); err != nil {
					t.Fatal(err)
				}
			}
			reports[i] = d.Report()
			if f := reports[i].Fate; f.Used+f.Expired+f.Stranded != f.Issued || f.Stranded < 0 || f.Expired < 0 {
				t.Fatalf("%+v", f)
			}
		}
		if reports[1].Reached < reports[0].Reached || reports[2].Reached < reports[0].Reached {
			t.Fatalf("easier terms reach fewer: %+v", reports)
		}
	})
}
