package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// tiny compiles the one kind of expression the tests need: "field < number", and
// what makes it fail.
type tiny struct{ asked []string }

func (x *tiny) CompileExpression(source string, fields []Field) (Expression, error) {
	var name string
	var most int64
	if n, _ := fmt.Sscanf(source, "%s < %d", &name, &most); n != 2 {
		return nil, &ExpressionError{Line: 1, Column: len(source), Message: "a number is wanted"}
	}
	for i, f := range fields {
		if f.Name == name {
			return expr(func(v View) (bool, error) {
				x.asked = append(x.asked, source)
				n, ok := v.Integer(i)
				if !ok {
					n, ok = v.Micros(i)
				}
				switch {
				case most == 666:
					panic("the beast")
				case most == 777:
					return true, errors.New("out of luck")
				}
				return ok && n < most, nil
			}), nil
		}
	}
	return nil, fmt.Errorf("no field %s", name)
}

type expr func(View) (bool, error)

func (x expr) Holds(v View) (bool, error) { return x(v) }

func TestExpression(t *testing.T) {
	for _, tt := range []struct {
		rule   string // that is tested
		change func(*Rule)
		points int
		asked  int
		says   string
	}{
		{"it holds", func(r *Rule) { r.Expr = "member.orders < 5" }, 1, 1, `gave 10 points: 5 on line 1, 5 on line 2.`},
		{"it does not", func(r *Rule) { r.Expr = "member.orders < 4" }, 0, 1, `gave nothing: it takes that "member.orders < 4", and it was false.`},
		{"money is in millionths", func(r *Rule) { r.Expr = "order.total < 104890001" }, 1, 1, ""},
		{"asked last, after the rule's limits", func(r *Rule) { r.Expr, r.Limits = "member.orders < 5", []Limit{{Uses: 1, Per: PerDay}} }, 0, 0, ""},
		{"an error is a fault, and no", func(r *Rule) { r.Expr = "stars < 777" }, 0, 1, `gave nothing: it takes that "stars < 777", and it was undecided: out of luck.`},
		{"a panic is one too", func(r *Rule) { r.Expr = "stars < 666" }, 0, 1, ""},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			d, x := surveyed(Condition{}), &tiny{}
			tt.change(&d.Rules[0])
			set, err := Compile(d, WithExpressions(x))
			if err != nil {
				t.Fatal(err)
			}
			r := mustEvaluate(t, set, surveyedEvent(), Usage{"rule/r/2026-03-29": {Uses: 1}})
			if len(r.Awards) != tt.points || len(x.asked) != tt.asked || !strings.Contains(r.Explain(), tt.says) {
				t.Errorf("%d awards, asked %q: %s", len(r.Awards), x.asked, r.Explain())
			}
			if faulty := strings.Contains(tt.rule, "an error") || strings.Contains(tt.rule, "a panic"); faulty != (len(r.Faults) == 1) {
				t.Errorf("faults %+v", r.Faults)
			}
		})
	}
}

func TestExpressionProblems(t *testing.T) {
	d := surveyed(Condition{})
	d.Rules[0].Expr = "stars < 4"
	want := []string{`rules[0].expr: needs a compiler for expressions: see WithExpressions, or write the condition under when`}
	if diff := diff(want, problemsOf(Compile(d))); diff != "" {
		t.Error(diff)
	}
	d.Rules = nil
	for i := range MaxExprs + 5 {
		r := fixedRule(fmt.Sprint("r", i), 1)
		r.Expr = "stars < 4"
		d.Rules = append(d.Rules, r)
	}
	d.Rules[0].Expr, d.Rules[1].Expr, d.Rules[2].Expr, d.Rules[3].Expr = "stars < ", "moon < 4", strings.Repeat("x", MaxExpr+1), "\xff"
	want = []string{
		`rules[0].expr: line 1, column 8: a number is wanted`,
		`rules[1].expr: no field moon`,
		`rules[2].expr: is 4097 bytes long, more than the 4096 allowed`,
		`rules[3].expr: is not valid UTF-8`,
		`rules[200].expr: is one too many: at most 200 rules may have one`,
	}
	if diff := diff(want, problemsOf(Compile(d, WithExpressions(&tiny{})))); diff != "" {
		t.Error(diff)
	}
}

// A view tells every field by its type, and nothing by another.
func TestView(t *testing.T) {
	fields := Fields(surveyed(Condition{}).Attributes)
	told := map[string]string{}
	look := expr(func(v View) (bool, error) {
		for i, f := range fields {
			text, isText := v.Text(i)
			n, isInteger := v.Integer(i)
			m, isDecimal := v.Micros(i)
			at, isTime := v.Time(i)
			b, isBool := v.Bool(i)
			list, isList := v.List(i)
			for _, is := range []struct {
				bool
				value any
			}{{isText, text}, {isInteger, n}, {isDecimal, m}, {isTime, at.Format(time.RFC3339)}, {isBool, b}, {isList, list}} {
				if is.bool {
					told[f.Name] += fmt.Sprint(is.value)
				}
			}
		}
		_, ok := v.Text(len(fields))
		told["lines"] = fmt.Sprint(v.Lines(), ok)
		return true, nil
	})
	d := surveyed(Condition{})
	d.Rules[0].Expr = "all of it"
	set, err := Compile(d, WithExpressions(compilerFunc(func(string, []Field) (Expression, error) { return look, nil })))
	if err != nil {
		t.Fatal(err)
	}
	mustEvaluate(t, set, surveyedEvent(), nil)
	want := map[string]string{
		"type": "order", "channel": "web", "time": "2026-03-29T03:30:00+02:00", "member.id": "m1", "member.tier": "gold", "member.stage": "active",
		"member.segments": "[vip parents]", "member.interests": "[golf]", "member.joined": "2024-02-29T00:00:00+01:00", "member.orders": "4", "member.country": "DE",
		"order.id": "o1", "order.lines": "2", "order.quantity": "2500000", "order.subtotal": "99990000", "order.shipping": "4900000", "order.discount": "0",
		"order.total": "104890000", "order.paid_in_points": "5000000", "order.paid_by_gift_card": "0", "order.skus": "[a b]",
		"order.categories": "[food/fruit foods]", "order.brands": "[acme]", "order.labels": "[new eco]",
		"stars": "4", "weight": "1250000", "gift": "false", "coupons": "[SPRING10 VIP]", "due": "2026-07-01T01:59:00+02:00",
		"lines": "[{a food/fruit  [new eco] 2000000 60000000 50000000} {b foods acme [] 500000 49990000 49990000}] false",
	}
	if diff := diff(want, told); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

type compilerFunc func(string, []Field) (Expression, error)

func (f compilerFunc) CompileExpression(source string, fields []Field) (Expression, error) {
	return f(source, fields)
}
