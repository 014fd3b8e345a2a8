package exprwhere_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/rules/exprwhere"
	"github.com/shopspring/decimal"
)

var d = decimal.RequireFromString

// attributes are what the definitions of these tests declare.
var attributes = map[string]rules.FieldType{
	"coupon": rules.TypeText, "stars": rules.TypeInteger, "tip": rules.TypeDecimal, "gift": rules.TypeBool,
	"tags": rules.TypeList, "due": rules.TypeTime, "member.level": rules.TypeInteger,
}

// order is an event of two lines, 45.10 of goods and 4.90 of shipping, by a member without a level.
func order() rules.Event {
	return rules.Event{
		ID: "e1", Type: "order", Time: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC), Channel: "web",
		Member: rules.Member{ID: "m", Tier: "gold", Segments: []string{"vip", "runner"}, Joined: calendar.Date{Year: 2025, Month: 12, Day: 31}, Orders: 3},
		Order: &rules.Order{ID: "o1", Total: d("50"), Shipping: d("4.90"), Lines: []rules.Line{
			{ID: "1", SKU: "A-1", Brand: "acme", Category: "shoes/running", Labels: []string{"new"}, Quantity: d("2"), Amount: d("40.10"), Discount: d("10")},
			{ID: "2", SKU: "B-2", Brand: "bolt", Category: "food", Quantity: d("0.75"), Amount: d("15")},
		}},
		Attributes: rules.Attributes{"stars": rules.Integer(4), "coupon": rules.Text("SPRING26")},
	}
}

func definition(source string) rules.Definition {
	return rules.Definition{Zone: "Europe/Berlin", Attributes: attributes, Rules: []rules.Rule{
		{ID: "r", Trigger: "order", Expr: source, Effect: rules.Effect{Kind: rules.Fixed, Points: 1}},
	}}
}

func compile(source string) (*rules.Set, error) {
	return rules.Compile(definition(source), rules.WithExpressions(exprwhere.Compiler{}))
}

// ask evaluates a source over an event.
func ask(t testing.TB, source string, e rules.Event) (holds bool, faults []rules.Fault) {
	t.Helper()
	set, err := compile(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	res, err := set.Evaluate(&e, rules.Usage{}, rules.Options{})
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return len(res.Awards) == 1, res.Faults
}

func TestHolds(t *testing.T) {
	for _, row := range []struct {
		rule   string
		source string
		want   bool
	}{
		{"a decimal in the source is exact", `order.total - order.shipping == 45.10`, true},
		{"a decimal is compared to the millionth", `order.total > 49.999999`, true},
		{"a whole number beside a decimal is one", `order.total >= 50`, true},
		{"a whole number beside a decimal is one", `order.total >= 51`, false},
		{"a negative number", `order.total - 60 == -10`, true},
		{"a decimal times a whole number", `order.total * 2 == 100 and 3 * order.total > 149.99`, true},
		{"whole numbers", `member.orders + 1 == 4 and stars >= 4`, true},
		{"decimals in a list", `order.total in [49.99, 50.00]`, true},
		{"whole numbers in a list", `member.orders in [1, 2]`, false},
		{"a negative number in a list", `order.total - 60 in [-10]`, true},
		{"texts in a list", `channel in ["web", "app"] and not (channel in ["store"])`, true},
		{"a text among a member's", `"vip" in member.segments && !("staff" in member.segments)`, true},
		{"count over lines", `count(lines, .brand == "acme" and .net >= 30.10) == 1`, true},
		{"sum over lines", `sum(lines, .quantity) == 2.75 and sum(lines, .net) == order.subtotal`, true},
		{"any over lines, a list within a line", `any(lines, "new" in .labels)`, true},
		{"all, none, one", `all(lines, .amount > 0) and none(lines, .sku == "C") and one(lines, .category startsWith "shoes/")`, true},
		{"elements of a list", `any(member.segments, # startsWith "run") and len(member.segments) == 2`, true},
		{"len of lines", `len(lines) == order.lines`, true},
		{"min and max", `max(order.shipping, 5) == 5 and min(member.orders, 2) == 2`, true},
		{"case", `lower(coupon) contains "spring" and upper(channel) == "WEB"`, true},
		{"a pattern", `coupon matches "^SPRING[0-9]{2}$"`, true},
		{"ternary", `(member.tier == "gold" ? 40 : 60) <= order.total`, true},
		{"ternary", `(member.tier == "gold" ? order.total : order.shipping) == 50`, true},
		{"time in the set's zone: 15:09 UTC is 16:09 in Berlin", `time == "2026-03-14T16:09:26"`, true},
		{"a day begins at midnight of the set's zone", `member.joined >= "2025-12-31" and member.joined < "2026-01-01"`, true},
		{"a missing field is nil", `member.level == nil and stars != nil`, true},
		{"a missing field has the value it is given", `(member.level ?? 7) > 5 and (tip ?? 0.50) == 0.5`, true},
		{"a missing field makes what needs it not hold", `member.level > 0`, false},
		{"nor its opposite", `not (member.level > 0)`, false},
		{"what does not need it holds", `order.total == 50 or member.level > 0`, true},
		{"a missing yes or no", `gift ?? false`, false},
		{"a missing list", `any(tags, # == "x")`, false},
	} {
		if got, faults := ask(t, row.source, order()); got != row.want || len(faults) > 0 {
			t.Errorf("%s: %s: got %v %v, want %v", row.rule, row.source, got, faults, row.want)
		}
	}
}

func TestOutOfRange(t *testing.T) {
	for _, source := range []string{
		`order.total * 999999999999999999 > 0`,
		`order.total * 900000000000 * 100 > 0`,
		`member.orders - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 - 900000000000000000 < 0`,
	} {
		got, faults := ask(t, source, order())
		if got || len(faults) != 1 || !strings.Contains(faults[0].Reason, "out of range") {
			t.Errorf("%.40s: got %v %v, want a fault: it wraps around", source, got, faults)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, row := range []struct{ rule, source, want string }{
		{"unknown field", `order.totl > 5`, `column 1: unknown field "order.totl"`},
		{"unknown name", `basket > 5`, `unknown field "basket"`},
		{"a mistake in the language", `order.total >`, "unexpected token EOF"},
		{"no condition", `order.total`, "this is a decimal, and a condition is yes or no"},
		{"sorts do not mix", `order.total > "5"`, "a decimal stands beside text"},
		{"whole numbers and decimals do not mix", `order.total > member.orders`, "a decimal stands beside a whole number"},
		{"too many digits", `order.total > 1.2345678`, "at most six digits"},
		{"a fraction beside a whole number", `member.orders > 1.5`, "a whole number"},
		{"too large", `order.total > 1000000000001`, "below 10^12"},
		{"money times money", `order.total * order.shipping > 1`, "multiplied by a whole number"},
		{"division", `order.total / 2 > 1`, "multiply the other side"},
		{"remainder", `member.orders % 10 == 0`, "not for conditions"},
		{"power", `member.orders ** 10 > 0`, "not for conditions"},
		{"concatenation", `channel + store == "webshop"`, "+ is for numbers"},
		{"range", `member.orders in 1..10`, "not for conditions"},
		{"nested loops", `any(lines, any(lines, .net > 1))`, "within another loop"},
		{"a loop that builds a list", `len(filter(lines, .net > 1)) > 0`, "filter"},
		{"the clock", `now() != nil`, "now"},
		{"a function", `repeat("x", 100000000) == ""`, "repeat"},
		{"a pattern from data", `channel matches store`, "a pattern stands in the source"},
		{"a long pattern", `channel matches "` + strings.Repeat("a", 201) + `"`, "at most 200 bytes"},
		{"a bad pattern", `channel matches "("`, "missing closing )"},
		{"a variable", `let x = 1; x == 1`, "not for conditions"},
		{"an index", `lines[0].net > 1`, "no indexes"},
		{"a method", `channel.Len() > 1`, "not for conditions"},
		{"a map", `{"a": 1} == nil`, "this is not for conditions"},
		{"nil by itself", `nil`, "nil may only be compared with a field"},
		{"a line's field outside of lines", `.net > 1`, "unexpected token"},
		{"an unknown field of a line", `any(lines, .price > 1)`, "a line has sku"},
		{"a sum of texts", `sum(lines, .sku) > 1`, "sum is of"},
		{"a sum with arithmetic", `sum(lines, .net * 5) > 1`, "only fields have names"},
		{"the functions behind the operators", `times(1, 2) == 2`, "no function times"},
		{"lists are not compared", `member.segments == member.interests`, "ask for its elements"},
		{"a text in lines", `"A-1" in lines`, "this is the lines, where a list is wanted"},
		{"numbers alone", `1 + 1 == 2`, "write the number itself"},
		{"the second line", "order.total > 1 and\n  order.totl > 1", "line 2, column 3"},
	} {
		_, err := compile(row.source)
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "rules[0].expr") {
			t.Errorf("%s: %s: got %v, want %q at rules[0].expr", row.rule, row.source, err, row.want)
		}
		if !errors.Is(err, rules.ErrDefinition) {
			t.Errorf("%s: got %T, want a rules.CompileError", row.rule, err)
		}
	}
}

// TestAttacks are sources that would take a parser's stack, or its machine's time or memory.
func TestAttacks(t *testing.T) {
	for name, source := range map[string]string{
		"3,000,000 brackets":    strings.Repeat("(", 3_000_000),
		"4,000 brackets":        strings.Repeat("(", 2000) + "true" + strings.Repeat(")", 2000),
		"4,000 list brackets":   strings.Repeat("[", 4000),
		"4,000 negations":       strings.Repeat("!", 4000) + "true",
		"4,000 signs":           strings.Repeat("-", 4000) + "1 > 0",
		"1,000 ternaries":       strings.Repeat("true?", 800) + "true" + strings.Repeat(":1", 800),
		"1,000 ands":            strings.Repeat("true and ", 400) + "true",
		"triple loop":           `any(lines, any(lines, any(lines, .net == 1)))`,
		"2,000,000 numbers":     `any(1..2000000, # == -1)`,
		"100 MB of text":        `len(repeat("x", 100000000)) > 0`,
		"a list in a list":      `len(map(lines, map(lines, lines))) > 0`,
		"brackets within text":  `channel == "` + strings.Repeat("(", 300) + `" and ` + strings.Repeat("(", 65) + "true" + strings.Repeat(")", 65),
		"an unfinished text":    `channel == "` + strings.Repeat("(", 3000),
		"a chain of nil checks": strings.Repeat("(channel ?? ", 70) + `"x"` + strings.Repeat(")", 70) + ` == "x"`,
	} {
		if _, err := (exprwhere.Compiler{}).CompileExpression(source, rules.Fields(attributes)); err == nil {
			t.Errorf("%s: it was compiled", name)
		}
	}
}

// TestAtOnce asks one condition from many goroutines, each about an order of its own.
func TestAtOnce(t *testing.T) {
	set, err := compile(`order.total >= 50 and count(lines, .net > 20) == 1`)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				e, want := order(), i%2 == 0
				if !want {
					e.Order.Lines[0].Discount, e.Order.Total = d("35"), d("25")
				}
				res, err := set.Evaluate(&e, rules.Usage{}, rules.Options{})
				if err != nil || (len(res.Awards) == 1) != want {
					t.Errorf("got %v, %v, want %v", res.Awards, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

// FuzzCompile: whatever is written, compiling it and asking it ends, without a panic, and the same event has
// the same answer.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		`order.total - order.shipping >= 99.90 and channel in ["web", "app"]`, `count(lines, .net > 1) > 1`, `any(tags, # == "a")`,
		`(member.level ?? -1) in [1, -2]`, `sum(lines, .net) * 2 < 1e3`, `-(-1) > stars`, `channel matches "a+"`, `!(gift ?? true)`,
		`order?.total > 1`, `{"a": 1}.a == 1`, `lines | count(.net > 1) == 1`, "`raw` == channel", `"é\u00e9" == channel`, `if true {1} else {2}`,
		`member.level == nil ? true : member.level > 1`, `1 in [1.5]`, `not not gift`, `len("x") > 0`, `0x1F == stars`, `1_000 < stars`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > rules.MaxExpr || source == "" {
			return
		}
		set, err := compile(source)
		if err != nil {
			return
		}
		e := order()
		first, err := set.Evaluate(&e, rules.Usage{}, rules.Options{})
		if err != nil {
			t.Fatal(err)
		}
		second, err := set.Evaluate(&e, rules.Usage{}, rules.Options{})
		if err != nil || len(first.Awards) != len(second.Awards) {
			t.Fatalf("%q: %v and then %v, %v", source, first.Awards, second.Awards, err)
		}
		for _, fault := range first.Faults {
			if strings.Contains(fault.Reason, "panicked") {
				t.Fatalf("%q: %s", source, fault.Reason)
			}
		}
	})
}

func BenchmarkHolds(b *testing.B) {
	for name, source := range map[string]string{
		"fields": `order.total - order.shipping >= 40 and channel in ["web", "app"]`,
		"lines":  `count(lines, .brand == "acme" and .net >= 20) >= 1`,
	} {
		b.Run(name, func(b *testing.B) {
			set, err := compile(source)
			if err != nil {
				b.Fatal(err)
			}
			e := order()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.Evaluate(&e, rules.Usage{}, rules.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
