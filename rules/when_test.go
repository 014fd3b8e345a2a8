package rules

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"pgregory.net/rapid"
)

// surveyed is a definition with attributes and one rule under a condition.
func surveyed(when Condition) Definition {
	r := fixedRule("r", 10)
	r.When = when
	return Definition{
		Zone:       "Europe/Berlin",
		Attributes: map[string]FieldType{"stars": TypeInteger, "weight": TypeDecimal, "gift": TypeBool, "due": TypeTime, "coupons": TypeList, "note": TypeText, "member.country": TypeText},
		Rules:      []Rule{r},
	}
}

// surveyedEvent has a value for every field but those left out to be missing.
func surveyedEvent() *Event {
	ev := orderOf(
		Line{ID: "1", SKU: "a", Category: "food/fruit", Labels: []string{"new", "eco"}, Quantity: dec("2"), Amount: dec("60"), Discount: dec("10")},
		Line{ID: "2", SKU: "b", Category: "foods", Brand: "acme", Quantity: dec("0.5"), Amount: dec("49.99")},
	)
	ev.Order.Shipping, ev.Order.PaidInPoints = dec("4.90"), dec("5")
	fit(ev.Order)
	ev.Channel = "web"
	ev.Time = time.Date(2026, time.March, 29, 1, 30, 0, 0, time.UTC) // the clock in Berlin has just gone forward: 03:30
	ev.Member = Member{
		ID: "m1", Tier: "gold", Stage: "active", Segments: []string{"vip", "parents"}, Interests: []string{"golf"}, Orders: 4,
		Joined: calendar.Date{Year: 2024, Month: 2, Day: 29}, Attributes: Attributes{"country": Text("DE")},
	}
	ev.Attributes = Attributes{
		"stars": Integer(4), "weight": Decimal(dec("1.25")), "gift": Bool(false), "coupons": List("SPRING10", "VIP"), "note": Text(""),
		"due": Moment(time.Date(2026, time.June, 30, 23, 59, 0, 0, time.UTC)), "undeclared": Integer(1),
	}
	return ev
}

func TestWhen(t *testing.T) {
	tests := []struct {
		rule string // that is tested
		when string
		want bool
	}{
		{"a text is itself", `{"field": "channel", "eq": "web"}`, true},
		{"in its own case", `{"field": "channel", "eq": "Web"}`, false},
		{"a text is one of several", `{"field": "member.country", "in": ["AT", "DE"]}`, true},
		{"a text begins", `{"field": "member.id", "prefix": "m"}`, true},
		{"a text begins with no more than it has", `{"field": "member.id", "prefix": "m12"}`, false},
		{"a text has a part", `{"field": "member.tier", "contains": "ol"}`, true},
		{"the type of the event", `{"field": "type", "eq": "order"}`, true},
		{"money is compared exactly, whatever its zeros", `{"field": "order.total", "eq": "104.8900"}`, true},
		{"at least is inclusive", `{"field": "order.total", "gte": "104.89"}`, true},
		{"above is not", `{"field": "order.total", "gt": "104.89"}`, false},
		{"a millionth is enough", `{"field": "order.total", "gt": "104.889999"}`, true},
		{"at most is inclusive", `{"field": "order.total", "lte": "104.89"}`, true},
		{"below is not", `{"field": "order.total", "lt": "104.89"}`, false},
		{"9 is below 10 in money", `{"field": "order.shipping", "lt": "10"}`, true},
		{"several comparisons make a range", `{"field": "order.subtotal", "gte": "99.99", "lt": "100"}`, true},
		{"of which all must hold", `{"field": "order.subtotal", "gte": "99.99", "lt": "99.99"}`, false},
		{"money in a list", `{"field": "order.paid_in_points", "in": ["4", "5.00"]}`, true},
		{"quantities add up", `{"field": "order.quantity", "eq": "2.5"}`, true},
		{"lines are counted", `{"field": "order.lines", "in": [1, 2]}`, true},
		{"orders before this one", `{"field": "member.orders", "gte": 4, "lte": 4}`, true},
		{"a flag", `{"field": "gift", "eq": false}`, true},
		{"a list has a word", `{"field": "member.segments", "contains": "vip"}`, true},
		{"as a whole", `{"field": "member.segments", "contains": "vi"}`, false},
		{"a list has one of several", `{"field": "coupons", "in": ["SUMMER", "VIP"]}`, true},
		{"a category holds what lies below it", `{"field": "order.categories", "contains": "food"}`, true},
		{"but not what only begins alike", `{"field": "order.categories", "in": ["foo", "toys"]}`, false},
		{"labels of all lines", `{"field": "order.labels", "contains": "eco"}`, true},
		{"brands, where lines have one", `{"field": "order.brands", "in": ["acme"]}`, true},
		{"a moment", `{"field": "time", "gte": "2026-03-29T03:30:00+02:00"}`, true},
		{"the same in another zone", `{"field": "time", "lte": "2026-03-28T21:30:00-04:00"}`, true},
		{"a day begins in the set's zone", `{"field": "time", "gte": "2026-03-29", "lt": "2026-03-30"}`, true},
		{"until a day is until it is over", `{"field": "time", "lte": "2026-03-29"}`, true},
		{"after a day is from the next", `{"field": "time", "gt": "2026-03-29"}`, false},
		{"the end of June in UTC is July in Berlin", `{"field": "due", "lte": "2026-06-30"}`, false},
		{"the day of joining", `{"field": "member.joined", "gte": "2024-02-29", "lte": "2024-02-29"}`, true},
		{"what is not sent is missing", `{"field": "store", "exists": false}`, true},
		{"an empty text is missing", `{"field": "note", "exists": true}`, false},
		{"nothing is compared with what is missing", `{"field": "store", "eq": "s1"}`, false},
		{"nor is it different from anything but by not", `{"not": {"field": "store", "eq": "s1"}}`, true},
		{"existing goes with a comparison", `{"field": "stars", "exists": true, "gte": 4}`, true},
		{"all", `{"all": [{"field": "stars", "eq": 4}, {"field": "channel", "eq": "app"}]}`, false},
		{"any", `{"any": [{"field": "stars", "eq": 5}, {"field": "channel", "eq": "web"}]}`, true},
		{"none of any", `{"not": {"any": [{"field": "stars", "eq": 5}, {"field": "channel", "eq": "app"}]}}`, true},
		{"deep", `{"all": [{"any": [{"not": {"all": [{"field": "weight", "lt": "1.25"}]}}]}]}`, true},
		{"an empty condition holds", `{}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var when Condition
			if err := json.Unmarshal([]byte(tt.when), &when); err != nil {
				t.Fatal(err)
			}
			r := mustEvaluate(t, mustCompile(t, surveyed(when)), surveyedEvent(), nil)
			if got := len(r.Awards) == 1; got != tt.want {
				t.Errorf("%s holds: %v, want %v\n%s", tt.when, got, tt.want, r.Explain())
			}
		})
	}
}

// Without an order its fields are missing.
func TestWhenWithoutAnOrder(t *testing.T) {
	for _, f := range builtin {
		if !strings.HasPrefix(f.Name, "order.") {
			continue
		}
		set := mustCompile(t, surveyed(Condition{Field: f.Name, Exists: new(true)}))
		if r := mustEvaluate(t, set, &Event{Type: "order", Time: day(2)}, nil); r.Awards != nil {
			t.Errorf("%s exists without an order", f.Name)
		}
	}
}

func TestWhenProblems(t *testing.T) {
	endless := Condition{}
	endless.Not = &endless
	wide := Condition{Field: "stars", Eq: Integer(1)}
	for range MaxConditionDepth - 1 {
		wide = Condition{All: []Condition{wide, wide, wide, wide, wide, wide, wide, wide}}
	}
	at := "rules[0].when"
	tests := []struct {
		rule string // that is tested
		when Condition
		want []string
	}{
		{"a field is known", Condition{All: []Condition{{Field: "order.totl", Gte: Text("1")}}},
			[]string{at + `.all[0].field: "order.totl" is unknown; did you mean "order.total"?`}},
		{"an attribute is declared", Condition{Not: &Condition{Field: "colour", Eq: Text("red")}},
			[]string{at + `.not.field: "colour" is unknown: it is neither a field that every event has nor one of attributes`}},
		{"there is a field", Condition{Eq: Text("1")}, []string{at + `.field: is missing: what is compared?`}},
		{"it is compared", Condition{Field: "gift"}, []string{at + `: compares gift with nothing: add one of eq, exists`}},
		{"in a way that its type has", Condition{Field: "channel", Gte: Text("a")},
			[]string{at + `.gte: does not go with channel, which is of type text: there it is one of eq, in, contains, prefix, exists`}},
		{"money is a decimal in quotes", Condition{Any: []Condition{{Field: "order.total", Gte: Integer(100)}}},
			[]string{at + `.any[0].gte: must be a decimal in quotes, such as "0.10", is the number 100`}},
		{"in plain digits", Condition{Field: "order.total", Lt: Text("1e3")}, []string{at + `.lt: is not a decimal such as "0.10": "1e3"`}},
		{"of at most six decimals", Condition{Field: "order.total", Lt: Text("0.0000001")}, []string{at + `.lt: has more than 6 decimals`}},
		{"also when made in Go", Condition{Field: "order.total", Lt: Decimal(dec("1000000000000"))}, []string{at + `.lt: must be below 10^12`}},
		{"a whole number is one", Condition{Field: "stars", In: []Value{Integer(1), Text("2")}}, []string{at + `.in[1]: must be a whole number, is the text "2"`}},
		{"a flag is one", Condition{Field: "gift", Eq: Text("yes")}, []string{at + `.eq: must be true or false, is the text "yes"`}},
		{"a time is one", Condition{Field: "due", Gt: Text("tomorrow")}, []string{at + `.gt: is not a time such as "2026-06-01T00:00:00+02:00": "tomorrow"`}},
		{"a list holds texts", Condition{Field: "coupons", In: []Value{Bool(true)}}, []string{at + `.in[0]: must be a string, is true`}},
		{"a list of values is not empty", Condition{Field: "stars", In: []Value{}}, []string{at + `.in: is empty: no value is in it`}},
		{"nor one of conditions", Condition{Any: []Condition{}}, []string{at + `.any: is empty: put conditions in it, or leave it out`}},
		{"nor a condition", Condition{All: []Condition{{}}}, []string{at + `.all[0]: is empty: it is one of all, any, not, or a field and what it is compared with`}},
		{"a condition is one thing", Condition{All: []Condition{{Field: "stars", Eq: Integer(1)}}, Field: "stars"},
			[]string{at + `: sets all and field: a condition is one of them; put them under all`}},
		{"conditions lie 8 deep at most", endless, []string{at + strings.Repeat(".not", MaxConditionDepth) + `: is nested deeper than 8 levels`}},
		{"and are 100 at most, whatever a program makes of it", wide, []string{at + `: has more than the 100 conditions allowed`}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if diff := diff(tt.want, problemsOf(Compile(surveyed(tt.when)))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// problemsOf returns what Compile complained of.
func problemsOf(_ *Set, err error) (list []string) {
	compileError, ok := errors.AsType[*CompileError](err)
	if !ok {
		return []string{"no CompileError"}
	}
	for _, p := range compileError.Problems {
		list = append(list, p.String())
	}
	return list
}

func TestAttributeDeclarations(t *testing.T) {
	d := Definition{Attributes: map[string]FieldType{
		"stars": "intger", "order.total": TypeDecimal, "order.coupon": TypeText, "member.country": TypeText, "2nd": TypeBool, "": TypeText,
	}}
	want := []string{
		`attributes: the name "" must be letters, digits and underscores, such as "stars", or "member.country" for one of the member`,
		`attributes: the name "2nd" must be letters, digits and underscores, such as "stars", or "member.country" for one of the member`,
		`attributes: the name "order.coupon" must be letters, digits and underscores, such as "stars", or "member.country" for one of the member`,
		`attributes.order.total: is a field that every event has`,
		`attributes.stars: "intger" is unknown; did you mean "integer"?`,
	}
	if diff := diff(want, problemsOf(Compile(d))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// An attribute that is not what the definition says is an error, and one it does
// not know is none.
func TestAttributesOfAnEvent(t *testing.T) {
	set := mustCompile(t, surveyed(Condition{Field: "stars", Gte: Integer(4)}))
	for _, tt := range []struct {
		event, member Attributes
		want          string
	}{
		{nil, nil, ""},
		{Attributes{"stars": Integer(5), "colour": List("red")}, Attributes{"stars": Text("5")}, ""},
		{Attributes{"stars": Text("5")}, nil, `rules: attributes.stars: must be a whole number, is the text "5"`},
		{Attributes{"weight": Text("1e3"), "stars": Bool(true)}, nil, `rules: attributes.stars: must be a whole number, is true`},
		{nil, Attributes{"country": Integer(49)}, `rules: member.attributes.country: must be a string, is the number 49`},
		{Attributes{"coupons": List(make([]string, MaxSegments+1)...)}, nil, `rules: attributes.coupons: has 101 entries, more than the 100 allowed`},
		{Attributes{"note": Text(strings.Repeat("x", MaxText+1))}, nil, `rules: attributes.note: is longer than 200 bytes`},
	} {
		_, err := set.Evaluate(&Event{Type: "order", Time: day(2), Attributes: tt.event, Member: Member{Attributes: tt.member}}, nil, Options{})
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ErrEvent) || err.Error() != tt.want) {
			t.Errorf("%v: %v, want %s", tt.event, err, tt.want)
		}
	}
}

func TestWhenIsExplained(t *testing.T) {
	tests := []struct{ when, failed, says string }{
		{`{"field": "order.total", "gte": "200.00"}`, "when",
			`it takes that order.total is at least 200.00, and here order.total is 104.89`},
		{`{"all": [{"field": "channel", "eq": "web"}, {"all": [{"field": "store", "in": ["s1", "s2"]}]}]}`, "when.all[1].all[0]",
			`it takes that store is "s1" or "s2", and here store is not known`},
		{`{"all": [{"not": {"any": [{"field": "stars", "gt": 3}, {"field": "time", "lte": "2026-03-01"}]}}]}`, "when.all[0]",
			`it takes that not (stars is above 3 or time is at most 2026-03-01), and here stars is 4 and time is 2026-03-29T03:30:00+02:00`},
		{`{"any": [{"field": "member.segments", "contains": "press"}, {"field": "gift", "eq": true}]}`, "when",
			`it takes that member.segments has "press" or gift is true, and here member.segments is "vip", "parents" and gift is false`},
	}
	for _, tt := range tests {
		var when Condition
		if err := json.Unmarshal([]byte(tt.when), &when); err != nil {
			t.Fatal(err)
		}
		r := mustEvaluate(t, mustCompile(t, surveyed(when)), surveyedEvent(), nil)
		if want := `"r" gave nothing: ` + tt.says + ".\n"; r.Explain() != want || r.Trace[0].Failed != tt.failed {
			t.Errorf("%s\n%s: %swant %s", tt.when, r.Trace[0].Failed, r.Explain(), want)
		}
	}
}

func TestValueJSON(t *testing.T) {
	for text, want := range map[string]Value{
		`"web"`: Text("web"), `-5`: Integer(-5), `true`: Bool(true), `["a","b"]`: List("a", "b"), `[]`: List(),
	} {
		var got Value
		if err := json.Unmarshal([]byte(text), &got); err != nil || !got.Equal(want) {
			t.Errorf("%s read as %v, %v", text, got, err)
		}
		if back, err := json.Marshal(got); err != nil || string(back) != text {
			t.Errorf("%s written as %s, %v", text, back, err)
		}
	}
	for text, want := range map[string]string{
		`1.5`: `must be a whole number, or a decimal in quotes, such as "0.10", is the number 1.5`,
		`{}`:  `must be a string, a whole number, true or false, or a list of strings, is an object`,
		`[1]`: `[0] must be a string`,
	} {
		var v Value
		if err := v.UnmarshalJSON([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := json.Marshal(Decimal(dec("0.0000001"))); err == nil {
		t.Error("a decimal that is out of range was written")
	}
}

// A condition and its Not never agree, and all and any obey De Morgan.
func TestLaw_NotTurnsAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, ev := surveyed(Condition{}), genEvent(t)
		ev.Type = "order"
		ev.Attributes = genAttributes(t)
		holds := func(c Condition) bool {
			d.Rules[0].When = c
			set, err := Compile(d)
			if err != nil {
				t.Fatal(err)
			}
			r, err := set.Evaluate(ev, nil, Options{})
			if err != nil {
				t.Fatal(err)
			}
			return len(r.Awards) == 1
		}
		a, b := genCondition(t, 2), genCondition(t, 2)
		if holds(a) == holds(Condition{Not: &a}) {
			t.Fatalf("%+v and its not agree", a)
		}
		if holds(Condition{Not: &Condition{Any: []Condition{a, b}}}) != holds(Condition{All: []Condition{{Not: &a}, {Not: &b}}}) {
			t.Fatalf("neither %+v nor %+v", a, b)
		}
	})
}
