package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/internal/wording"
)

// condition is a compiled [Condition].
type condition struct {
	join  join
	kids  []condition // of all, any and not
	field fieldID     // of one that compares
	tests []test
	src   *Condition
}

type join uint8

const (
	compares join = iota
	joinAll
	joinAny
	joinNot
)

// test is one comparison, its operand typed.
type test struct {
	op      operator
	written operator // as the rule has it; a comparison with a whole day is made another
	n       int64    // of an integer, or a decimal in millionths; 1 is true
	time    time.Time
	text    string
	words   wordSet
	ints    []int64
}

type operator uint8

const (
	opEq operator = iota
	opIn
	opGt
	opGte
	opLt
	opLte
	opContains
	opPrefix
	opExists
)

var operatorNames = [...]string{"eq", "in", "gt", "gte", "lt", "lte", "contains", "prefix", "exists"}

// operatorsOf returns the comparisons there are for a type.
func operatorsOf(t FieldType) []operator {
	switch t {
	case TypeText:
		return []operator{opEq, opIn, opContains, opPrefix, opExists}
	case TypeInteger, TypeDecimal:
		return []operator{opEq, opIn, opGt, opGte, opLt, opLte, opExists}
	case TypeTime:
		return []operator{opGt, opGte, opLt, opLte, opExists}
	case TypeBool:
		return []operator{opEq, opExists}
	default:
		return []operator{opContains, opIn, opExists}
	}
}

// when checks a rule's condition and compiles it; nil is none.
func (c *checker) when(src *Condition) *condition {
	if src.IsZero() {
		return nil
	}
	w := &whenChecker{checker: c}
	out := w.condition(src, 1)
	if w.nodes > MaxConditions {
		c.report("", "has more than the %d conditions allowed", MaxConditions)
	}
	return &out
}

// whenChecker checks the condition of one rule.
type whenChecker struct {
	*checker
	nodes int
}

func (w *whenChecker) condition(src *Condition, depth int) (out condition) {
	out.src = src
	w.nodes++
	switch {
	case w.nodes > MaxConditions:
		return out
	case depth > MaxConditionDepth:
		w.report("", "is nested deeper than %d levels", MaxConditionDepth)
		return out
	}
	var kinds []string
	for _, k := range []struct {
		name string
		set  bool
	}{{"all", src.All != nil}, {"any", src.Any != nil}, {"not", src.Not != nil}, {"field", src.Field != "" || src.compares()}} {
		if k.set {
			kinds = append(kinds, k.name)
		}
	}
	switch {
	case len(kinds) == 0:
		w.report("", "is empty: it is one of all, any, not, or a field and what it is compared with")
	case len(kinds) > 1:
		w.report("", "sets %s: a condition is one of them; put them under all", strings.Join(kinds, " and "))
	case src.All != nil:
		out.join, out.kids = joinAll, w.list("all", src.All, depth)
	case src.Any != nil:
		out.join, out.kids = joinAny, w.list("any", src.Any, depth)
	case src.Not != nil:
		out.join = joinNot
		w.in("not", func() { out.kids = []condition{w.condition(src.Not, depth+1)} })
	default:
		out.field, out.tests = w.comparison(src)
	}
	return out
}

func (w *whenChecker) list(name string, list []Condition, depth int) []condition {
	if len(list) == 0 {
		w.report(name, "is empty: put conditions in it, or leave it out")
	}
	out := make([]condition, 0, min(len(list), MaxConditions))
	w.each(name, len(list), func(i int) {
		if w.nodes <= MaxConditions {
			out = append(out, w.condition(&list[i], depth+1))
		}
	})
	return out
}

// comparison checks a condition on one field.
func (w *whenChecker) comparison(src *Condition) (id fieldID, tests []test) {
	if src.Field == "" {
		w.report("field", "is missing: what is compared?")
		return 0, nil
	}
	id, known := w.schema.byName[src.Field]
	if !known {
		hint := w.didYouMean(src.Field, w.schema.names())
		if hint == "" {
			hint = ": it is neither a field that every event has nor one of attributes"
		}
		w.report("field", "%s is unknown%s", quote(src.Field), hint)
		return 0, nil
	}
	f := w.schema.fields[id]
	if !slices.Contains(fieldTypes, f.Type) {
		return id, nil // reported where it is declared
	}
	for _, o := range []struct {
		op  operator
		set bool
	}{
		{opEq, !src.Eq.IsZero()}, {opIn, src.In != nil}, {opGt, !src.Gt.IsZero()}, {opGte, !src.Gte.IsZero()}, {opLt, !src.Lt.IsZero()},
		{opLte, !src.Lte.IsZero()}, {opContains, src.Contains != ""}, {opPrefix, src.Prefix != ""}, {opExists, src.Exists != nil},
	} {
		switch {
		case !o.set:
		case !slices.Contains(operatorsOf(f.Type), o.op):
			w.report(operatorNames[o.op], "does not go with %s, which is of type %s: there it is one of %s", f.Name, f.Type, namesOf(operatorsOf(f.Type)))
		default:
			if t, ok := w.test(f, o.op, src); ok {
				tests = append(tests, t)
			}
		}
	}
	if !src.compares() {
		w.report("", "compares %s with nothing: add one of %s", f.Name, namesOf(operatorsOf(f.Type)))
	}
	return id, tests
}

func namesOf(ops []operator) string {
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = operatorNames[op]
	}
	return strings.Join(names, ", ")
}

// test checks one comparison of a field and types its operand.
func (w *whenChecker) test(f Field, op operator, src *Condition) (t test, ok bool) {
	t.op, t.written = op, op
	name := operatorNames[op]
	switch op {
	case opExists:
		t.n = 0
		if *src.Exists {
			t.n = 1
		}
		return t, true
	case opContains:
		w.text(name, src.Contains)
		t.text = src.Contains
		t.words = newWordSet([]string{src.Contains})
		return t, true
	case opPrefix:
		w.text(name, src.Prefix)
		t.text = src.Prefix
		return t, true
	case opIn:
		return w.oneOfThese(t, f, src.In)
	}
	v := map[operator]Value{opEq: src.Eq, opGt: src.Gt, opGte: src.Gte, opLt: src.Lt, opLte: src.Lte}[op]
	if f.Type == TypeTime {
		return w.moment(name, op, v)
	}
	o, problem := readValue(f.Type, v)
	if problem != "" {
		w.report(name, "%s", problem)
		return t, false
	}
	t.n, t.text = o.n, o.text
	return t, true
}

// oneOfThese checks the list of an In.
func (w *whenChecker) oneOfThese(t test, f Field, list []Value) (test, bool) {
	if len(list) == 0 {
		w.report("in", "is empty: no value is in it")
		return t, false
	}
	if !w.most("in", len(list), MaxList) {
		return t, false
	}
	elements := f.Type
	if elements == TypeList {
		elements = TypeText
	}
	words, ok := make([]string, 0, len(list)), true
	w.each("in", len(list), func(i int) {
		o, problem := readValue(elements, list[i])
		if problem != "" {
			w.report("", "%s", problem)
			ok = false
			return
		}
		if elements == TypeText {
			words = append(words, o.text)
		} else {
			t.ints = append(t.ints, o.n)
		}
	})
	t.words = newWordSet(words)
	return t, ok
}

// moment makes a comparison with a time or with a whole day.
func (w *whenChecker) moment(name string, op operator, v Value) (t test, ok bool) {
	t.op, t.written = op, op
	if day, err := calendar.ParseDate(v.text); v.kind == isText && err == nil {
		switch op {
		case opGt: // after the day is from the next on
			t.op, day = opGte, day.AddDays(1)
		case opLte: // until the day is over
			t.op, day = opLt, day.AddDays(1)
		}
		t.time = day.Start(w.schema.zone)
		return t, true
	}
	o, problem := readValue(TypeTime, v)
	if problem != "" {
		w.report(name, "%s", problem)
		return t, false
	}
	t.time = o.time
	return t, true
}

// operand is the value of a field for one event; known is false when it is missing.
type operand struct {
	known bool
	n     int64 // of an integer, or a decimal in millionths; 1 is true
	text  string
	time  time.Time
	list  []string
}

// readValue types a value, or says why it cannot be of that type.
func readValue(t FieldType, v Value) (o operand, problem string) {
	if v.kind == isFaulty {
		return o, v.text
	}
	o.known = true
	ok := false
	switch t {
	case TypeText:
		if ok = v.kind == isText; ok {
			o.text, o.known = v.text, v.text != ""
			if len(v.text) > MaxText {
				return o, tooLong
			}
		}
	case TypeInteger:
		o.n, ok = v.n, v.kind == isInteger
	case TypeBool:
		o.n, ok = v.n, v.kind == isBool
	case TypeDecimal:
		if v.kind == isText {
			return readDecimal(v.text)
		}
	case TypeTime:
		if v.kind == isText {
			err := o.time.UnmarshalText([]byte(v.text))
			if err != nil {
				return o, `is not a time such as "2026-06-01T00:00:00+02:00": ` + quote(v.text)
			}
			ok = true
		}
	case TypeList:
		if ok = v.kind == isList; ok {
			o.list, o.known = v.list, len(v.list) > 0
			return o, checkList(v.list)
		}
	}
	if !ok {
		return o, "must be " + wantedOf(t) + ", is " + v.describe()
	}
	return o, ""
}

func checkList(list []string) (problem string) {
	if len(list) > MaxSegments {
		return fmt.Sprintf("has %d entries, more than the %d allowed", len(list), MaxSegments)
	}
	for i := range list {
		if len(list[i]) > MaxText {
			return fmt.Sprintf("[%d] %s", i, tooLong)
		}
	}
	return ""
}

// readDecimal reads plain digits into millionths.
func readDecimal(text string) (o operand, problem string) {
	d, ok := wording.Decimal(text)
	if !ok {
		return o, "is not a decimal such as \"0.10\": " + quote(text)
	}
	m, why := micros(d)
	if why != exact {
		return o, why.String()
	}
	return operand{known: true, n: m}, ""
}

// wantedOf names what a value of a type looks like.
func wantedOf(t FieldType) string {
	switch t {
	case TypeInteger:
		return "a whole number"
	case TypeDecimal:
		return `a decimal in quotes, such as "0.10"`
	case TypeTime:
		return `a time such as "2026-06-01T00:00:00+02:00", or a date such as "2026-06-01"`
	case TypeBool:
		return "true or false"
	case TypeList:
		return "a list of strings"
	default:
		return "a string"
	}
}
