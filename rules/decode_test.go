package rules

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// everything is a definition that sets every field there is.
const everything = `{
	"zone": "Europe/Berlin", "unit": "points",
	"attributes": {"stars": "integer", "member.country": "text"},
	"groups": {"season": "highest"},
	"rules": [{
		"id": "r", "name": "Rule", "disabled": true, "trigger": "order",
		"window": {
			"from": "2026-06-01T00:00:00+02:00", "until": "2026-09-01T00:00:00Z",
			"slots": [{"days": ["sat", "sun"], "from": "18:00", "until": "23:00"}],
			"occasion": {"kind": "birthday", "span": "week", "leap": "feb28"}
		},
		"audience": {"tiers": ["gold"], "segments_any": ["vip"], "segments_not": ["staff"], "stages": ["new"], "interests": ["golf"],
			"channels": ["web"], "stores": ["s1"], "first_order": true, "nth_order": {"from": 10, "to": 40, "every": 5}},
		"lines": {
			"skus": ["a"], "categories": ["food/fruit"], "brands": ["acme"], "labels": ["new"],
			"exclude": {"skus": ["b"], "categories": ["toys"], "brands": ["ajax"], "labels": ["sale"]},
			"min_quantity": "1.5", "min_amount": "50.00"
		},
		"effect": {
			"kind": "rate", "points": 2, "per": "1.00", "factor": "1.5", "round": "half-even", "per_line": true, "blocks": true, "carry": true,
			"rate": "0.05", "step": "0.01", "outcome": {"kind": "coupon", "reference": "SPRING10", "quantity": 2, "cost": "5.00", "amount": "1"},
			"draw": {
				"of": 10, "instead": "b", "guarantee": {"after": 3, "prize": "b"},
				"prizes": [{"id": "a", "odds": 1, "stock": 5, "outcome": {"kind": "badge"}}, {"id": "b", "odds": 9, "points": 5}]
			},
			"basis": {"before_discount": true, "exclude_tax": true, "shipping": true, "paid_in_points": true, "paid_by_gift_card": true}
		},
		"when": {"all": [
			{"field": "order.total", "gte": "100.00", "lt": "1000"},
			{"any": [{"field": "stars", "gt": 3, "lte": 5}, {"field": "member.country", "eq": "DE", "in": ["DE", "AT"], "prefix": "D", "contains": "E"}]},
			{"not": {"field": "member.segments", "contains": "press", "exists": false}}
		]},
		"expr": "order.total > 100",
		"phase": "bonus", "unit": "stars", "group": "season", "priority": -3, "exclusive": true, "non_qualifying": true,
		"pending": {"days": 14, "months": 1, "await": "delivered/{order}"},
		"expiry": {"days": 3, "months": 12, "end_of": "quarter", "never": true},
		"limits": [{"points": 100, "per": "month"}, {"uses": 1, "per": "order"}]
	}],
	"budgets": [{"id": "b", "rules": ["r"], "unit": "stars", "points": 5, "money": "9.50", "point_cost": "0.008", "per": "month"}],
	"caps": [{"id": "c", "rules": ["r"], "unit": "stars", "points": 500, "uses": 3, "per": "quarter"}]
}`

func TestDecode(t *testing.T) {
	got, err := Decode(strings.NewReader(everything))
	if err != nil {
		t.Fatal(err)
	}
	want := Definition{
		Zone: "Europe/Berlin", Unit: "points",
		Attributes: map[string]FieldType{"stars": TypeInteger, "member.country": TypeText},
		Groups:     map[string]StackMode{"season": StackHighest},
		Rules: []Rule{{
			ID: "r", Name: "Rule", Disabled: true, Trigger: "order",
			Window: Window{
				From:     time.Date(2026, time.May, 31, 22, 0, 0, 0, time.UTC),
				Until:    time.Date(2026, time.September, 1, 0, 0, 0, 0, time.UTC),
				Slots:    []calendar.Slot{{Days: calendar.WeekdaysOf(time.Saturday, time.Sunday), From: 18 * 60, Until: 23 * 60}},
				Occasion: Occasion{Kind: OccasionBirthday, Span: calendar.Week, Leap: calendar.Feb28},
			},
			Audience: Audience{Tiers: []string{"gold"}, SegmentsAny: []string{"vip"}, SegmentsNot: []string{"staff"}, Stages: []string{"new"}, Interests: []string{"golf"},
				Channels: []string{"web"}, Stores: []string{"s1"}, FirstOrder: true, NthOrder: NthOrder{From: 10, To: 40, Every: 5}},
			Lines: Selector{
				SKUs: []string{"a"}, Categories: []string{"food/fruit"}, Brands: []string{"acme"}, Labels: []string{"new"},
				Exclude:     Exclusion{SKUs: []string{"b"}, Categories: []string{"toys"}, Brands: []string{"ajax"}, Labels: []string{"sale"}},
				MinQuantity: dec("1.5"), MinAmount: dec("50"),
			},
			Effect: Effect{
				Kind: Rate, Points: 2, Per: dec("1"), Factor: dec("1.5"), Round: RoundHalfEven, PerLine: true, Blocks: true, Carry: true,
				Rate: dec("0.05"), Step: dec("0.01"), Outcome: Outcome{Kind: "coupon", Reference: "SPRING10", Quantity: 2, Cost: dec("5"), Amount: dec("1")},
				Draw: &Draw{
					Of: 10, Instead: "b", Guarantee: Guarantee{After: 3, Prize: "b"},
					Prizes: []Prize{{ID: "a", Odds: 1, Stock: 5, Outcome: Outcome{Kind: "badge"}}, {ID: "b", Odds: 9, Points: 5}},
				},
				Basis: Basis{BeforeDiscount: true, ExcludeTax: true, Shipping: true, PaidInPoints: true, PaidByGiftCard: true},
			},
			When: Condition{All: []Condition{
				{Field: "order.total", Gte: Text("100.00"), Lt: Text("1000")},
				{Any: []Condition{
					{Field: "stars", Gt: Integer(3), Lte: Integer(5)},
					{Field: "member.country", Eq: Text("DE"), In: []Value{Text("DE"), Text("AT")}, Prefix: "D", Contains: "E"},
				}},
				{Not: &Condition{Field: "member.segments", Contains: "press", Exists: new(false)}},
			}},
			Expr:  "order.total > 100",
			Phase: PhaseBonus, Unit: "stars", Group: "season", Priority: -3, Exclusive: true, NonQualifying: true,
			Pending: Pending{Days: 14, Months: 1, Await: "delivered/{order}"},
			Expiry:  Expiry{Days: 3, Months: 12, EndOf: calendar.Quarter, Never: true},
			Limits:  []Limit{{Points: 100, Per: PerMonth}, {Uses: 1, Per: PerOrder}},
		}},
		Budgets: []Budget{{ID: "b", Rules: []string{"r"}, Unit: "stars", Points: 5, Money: dec("9.5"), PointCost: dec("0.008"), Per: PerMonth}},
		Caps:    []Cap{{ID: "c", Rules: []string{"r"}, Unit: "stars", Points: 500, Uses: 3, Per: PerQuarter}},
	}
	if diff := diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDecodeProblems(t *testing.T) {
	in := func(rule string) string { return `{"rules": [{"id": "a"}, {` + rule + `}]}` }
	tests := []struct {
		rule string // that is tested
		text string
		want []string
	}{
		{"a misspelt field is named, with what was meant", in(`"audiense": {}`), []string{`rules[1].audiense: unknown field; did you mean "audience"?`}},
		{"deep inside too", in(`"lines": {"exclude": {"sku": ["a"]}}`), []string{`rules[1].lines.exclude.sku: unknown field; did you mean "skus"?`}},
		{"names are exact", in(`"ID": "b"`), []string{`rules[1].ID: unknown field; did you mean "id"?`}},
		{"a field like no other gets the list", in(`"limits": [{"colour": [{"x": [1]}]}]`), []string{`rules[1].limits[0].colour: unknown field: here may stand points, uses, per`}},
		{"a field stands once", in(`"id": "b", "id": "c"`), []string{`rules[1].id: is given twice`}},
		{"a group stands once", `{"groups": {"g": "first", "g": "first"}}`, []string{`groups.g: is given twice`}},
		{"a decimal is in quotes", in(`"effect": {"per": 1.50}`), []string{`rules[1].effect.per: must be a decimal in quotes, such as "0.10", is the number 1.50`}},
		{"a decimal is in plain digits", in(`"effect": {"per": "1e3", "factor": ".5"}`), []string{`rules[1].effect.per: is not a decimal such as "0.10": "1e3"`, `rules[1].effect.factor: is not a decimal such as "0.10": ".5"`}},
		{"a decimal is short", in(`"effect": {"per": "1` + strings.Repeat("0", 70) + `"}`), []string{`rules[1].effect.per: is not a decimal such as "0.10": "1` + strings.Repeat("0", 59) + `"…`}},
		{"a string is a string", in(`"id": 7, "unit": ["points"]`), []string{`rules[1].id: must be a string, is the number 7`, `rules[1].unit: must be a string, is a list`}},
		{"a whole number is whole", in(`"priority": 1.5, "limits": [{"points": "5"}, {"uses": 1e2}]`), []string{
			`rules[1].priority: must be a whole number, is the number 1.5`,
			`rules[1].limits[0].points: must be a whole number, is the string "5"`,
			`rules[1].limits[1].uses: must be a whole number, is the number 1e2`,
		}},
		{"and fits 64 bits", in(`"priority": 9223372036854775808`), []string{`rules[1].priority: must be a whole number, is the number 9223372036854775808`}},
		{"a flag is true or false", in(`"disabled": "yes"`), []string{`rules[1].disabled: must be true or false, is the string "yes"`}},
		{"null is nothing", in(`"id": null, "lines": null, "limits": null`), []string{
			`rules[1].id: must be a string, is null`, `rules[1].lines: must be an object, is null`, `rules[1].limits: must be a list, is null`,
		}},
		{"a list is a list", `{"rules": {"id": "a"}, "caps": "c"}`, []string{`rules: must be a list, is an object`, `caps: must be a list, is the string "c"`}},
		{"an object is an object", `{"rules": [[], "a"]}`, []string{`rules[0]: must be an object, is a list`, `rules[1]: must be an object, is the string "a"`}},
		{"a time is RFC 3339", in(`"window": {"from": "tomorrow", "until": 5}`), []string{
			`rules[1].window.from: is not a time such as "2026-06-01T00:00:00+02:00": "tomorrow"`,
			`rules[1].window.until: must be a time such as "2026-06-01T00:00:00+02:00", is the number 5`,
		}},
		{"weekdays and hours are checked", in(`"window": {"slots": [{"days": ["sat", "sonntag"], "from": "25:00", "until": 6}]}`), []string{
			`rules[1].window.slots[0].days: "sonntag" is none of mon, tue, wed, thu, fri, sat, sun`,
			`rules[1].window.slots[0].from: "25:00" is not between 00:00 and 24:00`,
			`rules[1].window.slots[0].until: must be a string, is the number 6`,
		}},
		{"the definition is an object", `[]`, []string{`must be an object, is a list`}},
		{"nothing is no definition", ``, []string{`the text ends before the definition does`}},
		{"a text that ends early", `{"rules": [{"id": "a"`, []string{`rules[0]: the text ends before the definition does`}},
		{"broken JSON is placed", "{\n  \"rules\": [\n    {\"id\" \"a\"}\n  ]\n}", []string{`rules[0].id: line 3, column 11: invalid character '"' after object key`}},
		{"problems before the break are told", `{"zone": 1, "rules": [}`, []string{`zone: must be a string, is the number 1`, `rules: line 1, column 23: invalid character '}' looking for beginning of value`}},
		{"nothing follows", `{} {}`, []string{`line 1, column 4: there is more text after the definition`}},
		{"not even a bracket", `{} ]`, []string{`line 1, column 4: there is more text after the definition`}},
		{"text is UTF-8", "{\"zone\": \"\xff\"}", []string{`is not valid UTF-8`}},
		{"nesting is bounded", `{"x": ` + strings.Repeat("[", 10_000), []string{`x: unknown field: here may stand zone, unit, attributes, rules, groups, budgets, caps`, `x: is nested deeper than 32 levels`}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			def, err := Decode(strings.NewReader(tt.text))
			compileError, ok := errors.AsType[*CompileError](err)
			if !ok || !errors.Is(err, ErrDefinition) {
				t.Fatalf("%v, want a CompileError", err)
			}
			var got []string
			for _, p := range compileError.Problems {
				got = append(got, p.String())
			}
			if diff := diff(tt.want, got); diff != "" || def.Rules != nil {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodeLimits(t *testing.T) {
	long := io.MultiReader(strings.NewReader(`{"zone":"`), io.LimitReader(zeros{}, MaxDefinitionBytes), strings.NewReader(`"}`))
	if _, err := Decode(long); err == nil || err.Error() != "rules: is longer than the 67108864 bytes allowed" {
		t.Errorf("too long: %v", err)
	}
	many := `{"rules": [` + strings.Repeat(`{"x": 1},`, 3000) + `{}]}`
	_, err := Decode(strings.NewReader(many))
	if compileError, ok := errors.AsType[*CompileError](err); !ok || len(compileError.Problems) != MaxProblems {
		t.Errorf("too many problems are not cut short")
	}
	broken := errors.New("broken")
	if _, err := Decode(iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, ErrDefinition) {
		t.Errorf("the reader's own error: %v", err)
	}
}

// zeros is an endless text.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// A definition inside a larger document is read as strictly.
func TestUnmarshalInsideADocument(t *testing.T) {
	var doc struct{ Earning Definition }
	if err := json.Unmarshal([]byte(`{"earning": {"rules": [{"id": "a", "tigger": "order"}]}}`), &doc); !errors.Is(err, ErrDefinition) {
		t.Errorf("a misspelt field passed: %v", err)
	}
	if err := json.Unmarshal([]byte(`{"earning": {"rules": [{"id": "a"}]}}`), &doc); err != nil || doc.Earning.Rules[0].ID != "a" {
		t.Errorf("%v, %v", doc, err)
	}
	if err := json.Unmarshal([]byte(`{"earning": null}`), &doc); err != nil || len(doc.Earning.Rules) != 1 {
		t.Errorf("null changed it: %v, %v", doc, err)
	}
}

// Nothing is written differently when a host sets decimal's package variables.
func TestJSONIgnoresDecimalsGlobals(t *testing.T) {
	def, err := Decode(strings.NewReader(everything))
	if err != nil {
		t.Fatal(err)
	}
	values := []any{def, Share{Line: "1", Points: 2, Carry: dec("0.50")}, Use{Carry: dec("-1.5")}, *orderOf(item("1", "19.90")).Order}
	write := func() (texts []string) {
		for _, v := range values {
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
		return texts
	}
	want := write()
	decimal.MarshalJSONWithoutQuotes, decimal.TrimTrailingZeros, decimal.MaxDecodeExponent = true, false, 1
	defer func() {
		decimal.MarshalJSONWithoutQuotes, decimal.TrimTrailingZeros, decimal.MaxDecodeExponent = false, true, 10_000
	}()
	if diff := diff(want, write()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if again, err := Decode(strings.NewReader(everything)); err != nil || diff(def, again) != "" {
		t.Errorf("read differently: %v", err)
	}
	for i, text := range []string{`{"line":"1","points":2,"carry":"0.5"}`, `{"carry":"-1.5"}`,
		`{"id":"o1","lines":[{"id":"1","quantity":"1","amount":"19.9"}],"total":"19.9"}`} {
		if want[i+1] != text {
			t.Errorf("got %s, want %s", want[i+1], text)
		}
	}
}

func TestMarshalRefusesWhatCannotBeWritten(t *testing.T) {
	d := sound()
	d.Rules[0].Effect.Per = decimal.New(1, 1<<30)
	if _, err := json.Marshal(d); err == nil || !strings.Contains(err.Error(), "must be below 10^12") {
		t.Errorf("10^(2^30) was written, or not refused clearly: %v", err)
	}
}

func TestMarshalOmitsZeroFields(t *testing.T) {
	text, err := json.Marshal(Definition{Rules: []Rule{rateRule("r")}})
	if want := `{"rules":[{"id":"r","trigger":"order","effect":{"kind":"rate","points":1,"per":"1"}}]}`; err != nil || string(text) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, text, want)
	}
	if text, _ := json.Marshal(Definition{}); string(text) != "{}" {
		t.Errorf("the zero Definition is %s", text)
	}
}
