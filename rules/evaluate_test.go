package rules

import (
	"fmt"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

func TestBasis(t *testing.T) {
	// Two lines of 80 after discount (tax 16) and 20 (tax 0), 10 shipping (tax 2),
	// 5 off the order, 20 of the 105 paid in points and 10 by gift card.
	ev := orderOf(
		Line{ID: "1", SKU: "a", Quantity: dec("1"), Amount: dec("100"), Discount: dec("20"), Tax: dec("16")},
		item("2", "20"),
	)
	o := ev.Order
	o.Shipping, o.ShippingTax, o.Discount = dec("10"), dec("2"), dec("5")
	fit(o)
	o.PaidInPoints, o.PaidByGiftCard = dec("20"), dec("10")
	all := Basis{Shipping: true, PaidInPoints: true, PaidByGiftCard: true}
	tests := []struct {
		rule  string // that is tested
		basis Basis
		line1 bool // the rule selects the first line
		want  string
	}{
		{"zero: own money for goods", Basis{}, false, "65"},                                                                            // 100 − 5 − 30
		{"everything is the total", all, false, "105"},                                                                                 // 100 − 5 + 10
		{"points count if asked", Basis{PaidInPoints: true}, false, "85"},                                                              // 65 + 20
		{"gift cards count if asked", Basis{PaidByGiftCard: true}, false, "75"},                                                        // 65 + 10
		{"shipping counts if asked", Basis{Shipping: true}, false, "75"},                                                               // 65 + 10
		{"before discounts, of lines and order", Basis{BeforeDiscount: true}, false, "90"},                                             // 120 − 30
		{"without tax: line 1 counts 52 of 80, its tax 10.40", Basis{ExcludeTax: true}, false, "54.6"},                                 // 76−24=52, 19−6=13; 41.6 + 13
		{"shipping without its tax", Basis{ExcludeTax: true, Shipping: true}, false, "62.6"},                                           // 54.6 + 8
		{"before discount without tax: 100 − 24 = 76 counts, tax 15.20", Basis{BeforeDiscount: true, ExcludeTax: true}, false, "74.8"}, // 60.8 + 14
		{"selected lines ignore the order's discount", Basis{PaidInPoints: true, PaidByGiftCard: true}, true, "80"},
		{"and bear their part of what was paid otherwise", Basis{}, true, "56"}, // 80 − 80% of 30
		{"selected, before discount", Basis{BeforeDiscount: true}, true, "76"},  // 100 − 24
		{"selected, without tax", Basis{ExcludeTax: true}, true, "44.8"},        // 56 − 16 × 56/80
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r := rateRule("cents")
			r.Effect.Per, r.Effect.Basis = dec("0.000001"), tt.basis
			if tt.line1 {
				r.Lines.SKUs = []string{"a"}
			}
			got := pointsByRule(t, Definition{Rules: []Rule{r}}, ev, nil)["cents"]
			if want := dec(tt.want); !fromMicros(got).Equal(want) {
				t.Errorf("%s counts, want %s", fromMicros(got), want)
			}
		})
	}
}

func TestBasisPaysForGoodsFirst(t *testing.T) {
	ev := orderOf(item("1", "10"))
	ev.Order.Shipping = dec("5")
	fit(ev.Order)
	ev.Order.PaidByGiftCard = dec("12")
	r := rateRule("r")
	r.Effect.Basis.Shipping = true
	goods := rateRule("goods")
	got := pointsByRule(t, Definition{Rules: []Rule{r, goods}}, ev, nil)
	if want := map[string]int64{"r": 3}; diff(want, got) != "" {
		t.Errorf("got %v, want 3 for shipping and nothing for goods", got)
	}
}

func TestRounding(t *testing.T) {
	tests := []struct {
		rule    string // that is tested
		effect  Effect
		amounts []string
		want    int64
	}{
		{"down by default", Effect{}, []string{"1.5", "1.4"}, 2},
		{"the order once", Effect{Round: RoundHalfUp}, []string{"1.5", "1.4"}, 3},          // 2.9
		{"line by line if asked", Effect{PerLine: true}, []string{"1.5", "1.4", "0.9"}, 2}, // 1 + 1 + 0
		{"line by line, up", Effect{PerLine: true, Round: RoundCeil}, []string{"1.5", "1.4", "0.1"}, 5},
		{"half up", Effect{Round: RoundHalfUp}, []string{"2.5"}, 3},
		{"half even, down", Effect{Round: RoundHalfEven}, []string{"2.5"}, 2},
		{"half even, up", Effect{Round: RoundHalfEven}, []string{"3.5"}, 4},
		{"up", Effect{Round: RoundCeil}, []string{"2.000001"}, 3},
		{"blocks are whole", Effect{Per: dec("40"), Blocks: true}, []string{"79.99"}, 1},
		{"blocks of the order", Effect{Per: dec("40"), Blocks: true}, []string{"30", "30", "20"}, 2},
		{"blocks line by line", Effect{Per: dec("40"), Blocks: true, PerLine: true}, []string{"79.99", "40", "39"}, 2},
		{"blocks of several points", Effect{Points: 5, Per: dec("40"), Blocks: true}, []string{"119"}, 10},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r := rateRule("r")
			tt.effect.Kind, tt.effect.Points = Rate, max(tt.effect.Points, 1)
			if tt.effect.Per.IsZero() {
				tt.effect.Per = dec("1")
			}
			r.Effect = tt.effect
			var lines []Line
			for i, a := range tt.amounts {
				lines = append(lines, item(fmt.Sprint(i), a))
			}
			if got := pointsByRule(t, Definition{Rules: []Rule{r}}, orderOf(lines...), nil)["r"]; got != tt.want {
				t.Errorf("%d points, want %d", got, tt.want)
			}
		})
	}
}

func TestPerQuantity(t *testing.T) {
	apples := item("1", "3")
	apples.Quantity = dec("1.250")
	eggs := item("2", "2")
	eggs.Quantity = dec("10")
	r := Rule{ID: "r", Trigger: "order", Effect: Effect{Kind: PerQuantity, Points: 3, Round: RoundHalfUp}}
	a := mustEvaluate(t, mustCompile(t, Definition{Rules: []Rule{r}}), orderOf(apples, eggs), nil).Awards[0]
	// 3 × 11.25 = 33.75, by quantity 3.78 and 30.22
	want := []Share{{Line: "1", Points: 4}, {Line: "2", Points: 30}}
	if diff := diff(want, a.Lines); a.Points != 34 || diff != "" {
		t.Errorf("%d points (-want +got)\n%s", a.Points, diff)
	}
}

func TestSelector(t *testing.T) {
	lines := []Line{
		{ID: "1", SKU: "a", Category: "food/fruit/apples", Brand: "acme", Labels: []string{"new", "eco"}},
		{ID: "2", SKU: "b", Category: "food", Brand: "ajax", Labels: []string{"sale"}},
		{ID: "3", SKU: "c", Category: "foods", Brand: "acme"},
	}
	for i := range lines {
		lines[i].Quantity, lines[i].Amount = dec("2"), decimal.New(1, int32(i)) // 1, 10, 100
	}
	many := []string{"x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "food"}
	tests := []struct {
		rule string // that is tested
		s    Selector
		want int64 // the sum of the picked amounts
	}{
		{"none set picks all", Selector{}, 111},
		{"by SKU", Selector{SKUs: []string{"a", "c"}}, 101},
		{"a category picks what lies below it", Selector{Categories: []string{"food"}}, 11},
		{"but not what only begins alike", Selector{Categories: []string{"food/fruit"}}, 1},
		{"nor what lies above it", Selector{Categories: []string{"food/fruit/apples/red"}}, 0},
		{"a long list of categories does the same", Selector{Categories: many}, 11},
		{"a long list of SKUs", Selector{SKUs: append(many[:8:8], "c")}, 100},
		{"by brand", Selector{Brands: []string{"acme"}}, 101},
		{"by label", Selector{Labels: []string{"eco", "sale"}}, 11},
		{"any list will do", Selector{SKUs: []string{"c"}, Labels: []string{"sale"}}, 110},
		{"but not what is excluded", Selector{Brands: []string{"acme"}, Exclude: Exclusion{Categories: []string{"food"}}}, 100},
		{"exclusion alone picks the rest", Selector{Exclude: Exclusion{Labels: []string{"new"}, Brands: []string{"nil"}}}, 110},
		{"minimum quantity is of the picked", Selector{Brands: []string{"acme"}, MinQuantity: dec("4.000001")}, 0},
		{"and inclusive", Selector{Brands: []string{"acme"}, MinQuantity: dec("4")}, 101},
		{"minimum amount is of the picked", Selector{Brands: []string{"acme"}, MinAmount: dec("101.01")}, 0},
		{"and inclusive", Selector{Brands: []string{"acme"}, MinAmount: dec("101")}, 101},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r := rateRule("r")
			r.Lines = tt.s
			if got := pointsByRule(t, Definition{Rules: []Rule{r}}, orderOf(lines...), nil)["r"]; got != tt.want {
				t.Errorf("%d points, want %d", got, tt.want)
			}
		})
	}
}

// A rule with no more than a minimum is about the whole order, discount included.
func TestMinimumAloneTakesTheOrderAsAWhole(t *testing.T) {
	ev := orderOf(item("1", "100"))
	ev.Order.Discount = dec("10")
	fit(ev.Order)
	r := rateRule("r")
	r.Lines.MinAmount = dec("90")
	reached := pointsByRule(t, Definition{Rules: []Rule{r}}, ev, nil)
	r.Lines.MinAmount = dec("90.01")
	missed := pointsByRule(t, Definition{Rules: []Rule{r}}, ev, nil)
	if reached["r"] != 90 || missed["r"] != 0 {
		t.Errorf("reached: %v, missed: %v", reached, missed)
	}
}

func TestOccasion(t *testing.T) {
	at := func(date string) time.Time {
		d, _ := calendar.ParseDate(date)
		return d.Start(time.UTC).Add(12 * time.Hour)
	}
	leapling := Member{Birthday: calendar.Yearly{Month: 2, Day: 29}, Joined: calendar.Date{Year: 2024, Month: 2, Day: 29}}
	newYear := Member{Birthday: calendar.Yearly{Month: 1, Day: 1}, Joined: calendar.Date{Year: 2025, Month: 12, Day: 31}}
	tests := []struct {
		rule     string // that is tested
		occasion Occasion
		member   Member
		date     string
		want     bool
	}{
		{"the day itself", Occasion{Kind: OccasionBirthday}, newYear, "2026-01-01", true},
		{"not the day before", Occasion{Kind: OccasionBirthday}, newYear, "2025-12-31", false},
		{"29 February in a leap year", Occasion{Kind: OccasionBirthday}, leapling, "2028-02-29", true},
		{"falls on 1 March in a common year", Occasion{Kind: OccasionBirthday}, leapling, "2026-03-01", true},
		{"or on 28 February if asked", Occasion{Kind: OccasionBirthday, Leap: calendar.Feb28}, leapling, "2026-02-28", true},
		{"and then not on 1 March", Occasion{Kind: OccasionBirthday, Leap: calendar.Feb28}, leapling, "2026-03-01", false},
		{"a week holds days of the year before", Occasion{Kind: OccasionBirthday, Span: calendar.Week}, newYear, "2025-12-29", true}, // Monday of the week of Thursday 1 January
		{"but not the week before", Occasion{Kind: OccasionBirthday, Span: calendar.Week}, newYear, "2025-12-28", false},
		{"and days of the year after", Occasion{Kind: OccasionAnniversary, Span: calendar.Week}, newYear, "2027-01-03", true}, // Sunday of the week of Thursday 31 December 2026
		{"the month it falls in", Occasion{Kind: OccasionBirthday, Span: calendar.Month}, leapling, "2026-03-31", true},
		{"which is not the month it is written in", Occasion{Kind: OccasionBirthday, Span: calendar.Month}, leapling, "2026-02-28", false},
		{"a year after joining", Occasion{Kind: OccasionAnniversary}, newYear, "2026-12-31", true},
		{"the day of joining is none", Occasion{Kind: OccasionAnniversary}, newYear, "2025-12-31", false},
		{"nor is its month", Occasion{Kind: OccasionAnniversary, Span: calendar.Month}, newYear, "2025-12-15", false},
		{"an unknown birthday is never", Occasion{Kind: OccasionBirthday, Span: calendar.Month}, Member{}, "2026-01-01", false},
		{"an unknown day of joining is never", Occasion{Kind: OccasionAnniversary, Span: calendar.Month}, Member{}, "2026-01-01", false},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r := fixedRule("r", 1)
			r.Window.Occasion = tt.occasion
			ev := orderOf(item("1", "1"))
			ev.Time, ev.Member = at(tt.date), tt.member
			if got := pointsByRule(t, Definition{Rules: []Rule{r}}, ev, nil)["r"] == 1; got != tt.want {
				t.Errorf("matched %v, want %v", got, tt.want)
			}
		})
	}
}
