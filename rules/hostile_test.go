package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Files that mean no good are refused with the place, or read, in memory that does
// not outgrow them by much; none takes the test binary's patience.
func TestHostileFiles(t *testing.T) {
	const mb = 1 << 20
	rule := func(inner string) string {
		return `{"rules": [{"id": "a", "trigger": "order", "effect": {"kind": "fixed", "points": 1}, ` + inner + `}]}`
	}
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"%06d",`, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	tests := []struct {
		name string
		text string
		want string // the first problem
	}{
		{"conditions 10,000 deep", rule(`"when": ` + strings.Repeat(`{"not": `, 10_000) + `{}` + strings.Repeat(`}`, 10_000)),
			`rules[0].when` + strings.Repeat(".not", MaxNesting-3) + `: is nested deeper than 32 levels`},
		{"lists 10,000 deep where a value is", rule(`"when": {"field": "channel", "eq": ` + strings.Repeat(`[`, 10_000) + strings.Repeat(`]`, 10_000) + `}`),
			`rules[0].when.eq: is nested deeper than 32 levels`},
		{"objects 10,000 deep where none is", `{"attributes": {"a": ` + strings.Repeat(`{"a": `, 10_000) + `1` + strings.Repeat(`}`, 10_001) + `}`,
			`attributes.a: must be a string, is an object`},
		{"conditions 10 MB wide", rule(`"when": {"all": [` + strings.Repeat(`{"field":"channel","eq":"x"},`, 10*mb/29) + `{}]}`),
			`rules[0].when.all: has more than 100000 entries`},
		{"a list of 10 MB", rule(`"when": {"field": "channel", "in": [` + names(10*mb/9) + `]}`),
			`rules[0].when.in: has more than 100000 entries`},
		{"a name of 10 MB", `{"rules": [{"id": "` + strings.Repeat("x", 10*mb) + `", "trigger": "order", "effect": {"kind": "fixed", "points": 1}}]}`,
			`rules[0].id: is 10485760 bytes long, more than the 200 allowed`},
		{"a field's name of 10 MB", `{"` + strings.Repeat("x", 10*mb) + `": 1}`, ``},
		{"an expr of 10 MB", rule(`"expr": "` + strings.Repeat("(", 10*mb) + `"`), `rules[0].expr: needs a compiler for expressions: see WithExpressions, or write the condition under when`},
		{"a number of 10 MB", rule(`"priority": ` + strings.Repeat("1", 10*mb)), `rules[0].priority: must be a whole number, is a long number`},
		{"a million attributes", `{"attributes": {` + strings.ReplaceAll(names(mb), `",`, `":"text",`) + `:"text"}}`,
			`attributes: has more than 100000 entries`},
		{"a million prizes", rule(`"name": "x"`)[:len(rule(`"name": "x"`))-3] + `}, {"id": "b", "trigger": "o", "effect": {"kind": "draw", "draw": {"of": 1, "prizes": [` +
			strings.TrimSuffix(strings.Repeat(`{"id":"x"},`, mb), ",") + `]}}}]}`,
			`rules[1].effect.draw.prizes: has more than 100000 entries`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			def, err := Decode(strings.NewReader(tt.text))
			if err == nil {
				_, err = Compile(def)
			}
			runtime.ReadMemStats(&after)
			compileError, ok := errors.AsType[*CompileError](err)
			if !ok {
				t.Fatalf("%.200v, want a CompileError", err)
			}
			if first := compileError.Problems[0].String(); tt.want != "" && first != tt.want {
				t.Errorf("%.300s\nwant %.300s", first, tt.want)
			}
			if n := len(err.Error()); n > 2*mb {
				t.Errorf("the error has %d bytes", n)
			}
			const times = 30 // a condition of 29 bytes is a Condition of hundreds
			if used := after.TotalAlloc - before.TotalAlloc; used > uint64(times*(len(tt.text)+mb)) {
				t.Errorf("%d MB for a file of %d MB", used/mb, len(tt.text)/mb)
			}
		})
	}
}

// Suggestions are for people, who make few mistakes at a time; they are not looked
// for a thousand times among many thousand names.
func TestSuggestionsAreBounded(t *testing.T) {
	d := Definition{}
	for i := range MaxRules / 4 {
		d.Rules = append(d.Rules, fixedRule(fmt.Sprintf("campaign-%06d", i), 1))
	}
	list := make([]string, MaxList)
	for i := range list {
		list[i] = fmt.Sprintf("campiagn-%06d", i)
	}
	for i := range 100 {
		d.Caps = append(d.Caps, Cap{ID: fmt.Sprint(i), Rules: list, Points: 1, Per: PerDay})
	}
	problems := problemsOf(Compile(d))
	if want := `caps[0].rules[0]: there is no rule "campiagn-000000"; did you mean "campaign-000000"?`; len(problems) != MaxProblems || problems[0] != want {
		t.Errorf("%d problems, the first %s", len(problems), problems[0])
	}
	if last, want := problems[MaxProblems-2], `caps[0].rules[998]: there is no rule "campiagn-000998"`; last != want {
		t.Errorf("the last problem is %s, want %s", last, want)
	}
}

// Misspelt and mistyped, all of it is told at once.
func TestMistakesOfAMarketer(t *testing.T) {
	const text = `{
		"zone": "Europe/Berlin",
		"attributes": {"stars": "number"},
		"rules": [{
			"id": "a", "trigger": "order",
			"window": {"from": "2026-06-01T00:00:00Z", "until": "2026-05-01T00:00:00Z"},
			"when": {"all": [{"field": "order.total", "gt": "100", "greater": "5"}, {"field": "stars", "gte": "4"}]},
			"effect": {"kind": "comission", "rate": 0.05},
			"pending": {"dyas": 14}, "expiry": {"months": "12"}
		}],
		"budgets": [{"id": "b", "money": 5000, "point_cost": "0.008"}]
	}`
	_, err := Decode(strings.NewReader(text))
	want := `rules: 5 problems:
	rules[0].when.all[0].greater: unknown field: here may stand all, any, not, field, eq, in, gt, gte, lt, lte, contains, prefix, exists
	rules[0].effect.rate: must be a decimal in quotes, such as "0.10", is the number 0.05
	rules[0].pending.dyas: unknown field; did you mean "days"?
	rules[0].expiry.months: must be a whole number, is the string "12"
	budgets[0].money: must be a decimal in quotes, such as "0.10", is the number 5000`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	fixed := strings.NewReplacer(`, "greater": "5"`, ``, `0.05`, `"0.05"`, `dyas`, `days`, `"12"`, `12`, `5000`, `"5000"`).Replace(text)
	def, err := Decode(strings.NewReader(fixed))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Compile(def)
	want = `rules: 3 problems:
	attributes.stars: "number" is unknown: it is one of text, integer, decimal, time, bool, list
	rules[0].window.until: 2026-05-01T00:00:00Z is not after from, 2026-06-01T00:00:00Z
	rules[0].effect.kind: "comission" is unknown; did you mean "commission"?`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// Whatever decodes and compiles evaluates, warns, differs and explains without a panic.
func FuzzWhole(f *testing.F) {
	f.Add([]byte(everything))
	sample := `{"attributes":{"stars":"integer"},"rules":[{"id":"a","trigger":"order","when":{"not":{"field":"stars","in":[1,2]}},` +
		`"pending":{"await":"d/{order}"},"expiry":{"months":1,"end_of":"year"},"effect":{"kind":"commission","rate":"0.05"}},` +
		`{"id":"b","trigger":"order","effect":{"kind":"draw","draw":{"of":2,"prizes":[{"id":"x","odds":1,"points":5,"stock":3},{"id":"y","odds":1}]}}}],` +
		`"budgets":[{"id":"m","money":"5","point_cost":"0.1"}]}`
	f.Add([]byte(sample))
	ev := surveyedEvent()
	f.Fuzz(func(t *testing.T, text []byte) {
		def, err := decode(text)
		if err != nil {
			return
		}
		set, err := Compile(def, WithExpressions(&tiny{}))
		if err != nil {
			return
		}
		funds := Funds{}
		for _, n := range set.Needs(ev) {
			funds[n.Key] = n.Full
		}
		r, err := set.Evaluate(ev, nil, Options{TraceAll: true, Funds: funds, Secret: genSecret})
		if err == nil {
			r.Explain()
			Usage{}.Add(r.Awards)
			for _, left := range funds.Take(r.Awards) {
				if left.Points < 0 || left.Money.Sign() < 0 || left.Pieces < 0 {
					t.Fatalf("a budget was passed: %+v", left)
				}
			}
		}
		set.Warnings()
		set.Diff(nil)
		written, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		if wrong := validate(t, written); wrong != nil {
			t.Fatalf("it compiles and does not follow the schema: %q", wrong)
		}
	})
}

// Any text at all is read as an attribute's value, or refused.
func TestLaw_ValuesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		words := rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "words")
		for _, v := range []Value{Text(text), Integer(rapid.Int64().Draw(t, "n")), Bool(rapid.Bool().Draw(t, "b")), List(words...)} {
			written, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			var got Value
			if err := json.Unmarshal(written, &got); err != nil || !got.Equal(v) {
				t.Fatalf("%s read as %v: %v", written, got, err)
			}
		}
	})
}
