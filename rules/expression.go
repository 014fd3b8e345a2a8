package rules

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// ExpressionCompiler makes a condition of a rule's Expr, for hosts that want
// free-form conditions. This package has no language of its own for them: give one
// to [Compile] by [WithExpressions]. Module rules/exprwhere is one.
type ExpressionCompiler interface {
	// CompileExpression compiles a source of 1 to [MaxExpr] bytes of UTF-8 against
	// the fields there are. What is wrong with it is best told by an
	// [*ExpressionError], which says where.
	CompileExpression(source string, fields []Field) (Expression, error)
}

// Expression is a compiled condition. It must depend on the view alone (no clock,
// no randomness, nothing kept from one call to the next), and be safe for
// concurrent use.
type Expression interface {
	// Holds reports whether the condition holds. After an error, or a panic, the
	// rule does not match, and [Result.Faults] says why.
	Holds(v View) (bool, error)
}

// ExpressionError is what is wrong with an expression, and where.
type ExpressionError struct {
	Line, Column int // from 1; zero when not known
	Message      string
}

// Error returns "line 1, column 7: message".
func (e *ExpressionError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// CompileOption changes how [Compile] works.
type CompileOption func(*checker)

// WithExpressions lets rules have an Expr, in the language of that compiler.
// Without it such a rule is a problem.
func WithExpressions(x ExpressionCompiler) CompileOption {
	return func(c *checker) { c.expressions = x }
}

// expression checks a rule's Expr and compiles it; nil is none.
func (c *checker) expression(source string) Expression {
	if source == "" {
		return nil
	}
	c.exprs++
	switch {
	case c.expressions == nil:
		c.report("expr", "needs a compiler for expressions: see WithExpressions, or write the condition under when")
	case len(source) > MaxExpr:
		c.report("expr", "is %d bytes long, more than the %d allowed", len(source), MaxExpr)
	case !utf8.ValidString(source):
		c.report("expr", "is not valid UTF-8")
	case c.exprs == MaxExprs+1:
		c.report("expr", "is one too many: at most %d rules may have one", MaxExprs)
	case c.exprs > MaxExprs:
	default:
		x, err := c.expressions.CompileExpression(source, c.schema.fields)
		if err != nil {
			c.report("expr", "%s", err)
		} else if x == nil {
			c.report("expr", "its compiler made nothing of it")
		}
		return x
	}
	return nil
}

// View is what an [Expression] may look at: the fields of one event, read-only.
// Fields are numbered as in the list that its compiler was given; ok is false for
// one that is missing, or not of the type asked for. A View is good only during the
// call it is passed to.
type View struct{ e *evaluation }

func (v View) operand(field int, of FieldType) (o operand, ok bool) {
	fields := v.e.set.schema.fields
	if field < 0 || field >= len(fields) || fields[field].Type != of {
		return o, false
	}
	o = v.e.operand(fieldID(field))
	return o, o.known
}

// Text returns a field of type text.
func (v View) Text(field int) (s string, ok bool) {
	o, ok := v.operand(field, TypeText)
	return o.text, ok
}

// Integer returns a field of type integer.
func (v View) Integer(field int) (n int64, ok bool) {
	o, ok := v.operand(field, TypeInteger)
	return o.n, ok
}

// Micros returns a field of type decimal, in millionths: 1.50 is 1500000.
func (v View) Micros(field int) (n int64, ok bool) {
	o, ok := v.operand(field, TypeDecimal)
	return o.n, ok
}

// Time returns a field of type time, in the set's zone.
func (v View) Time(field int) (t time.Time, ok bool) {
	o, ok := v.operand(field, TypeTime)
	return o.time.In(v.e.set.zone), ok
}

// Bool returns a field of type bool.
func (v View) Bool(field int) (b, ok bool) {
	o, ok := v.operand(field, TypeBool)
	return o.n == 1, ok
}

// List returns a field of type list. The list must not be changed.
func (v View) List(field int) (list []string, ok bool) {
	o, ok := v.operand(field, TypeList)
	return o.list, ok
}

// LineView is a line of the order as an [Expression] sees it. Money and quantity
// are in millionths.
type LineView struct {
	SKU, Category, Brand  string
	Labels                []string // must not be changed
	Quantity, Amount, Net int64    // Net is Amount less the line's own discount
}

// Lines returns the lines of the order, none for an event without one. They are
// made once per event, and must not be changed.
func (v View) Lines() []LineView {
	e := v.e
	if e.event.Order == nil || e.lineViews != nil {
		return e.lineViews
	}
	e.lineViews = make([]LineView, len(e.order.lines))
	for i := range e.lineViews {
		l, src := &e.order.lines[i], &e.event.Order.Lines[i]
		e.lineViews[i] = LineView{src.SKU, src.Category, src.Brand, src.Labels, l.quantity, l.amount, l.net}
	}
	return e.lineViews
}

// Fault is a rule that could not be decided: its expression failed. It gave nothing.
type Fault struct {
	Rule   string `json:"rule"`
	Field  string `json:"field"` // "expr"
	Reason string `json:"reason"`
}

// ask asks a rule's expression. A fault is noted and counts as no.
func (e *evaluation) ask(r *rule) (holds bool) {
	var err error
	defer func() {
		if p := recover(); p != nil { // a host's own condition must not take a checkout down
			err = fmt.Errorf("panicked: %v", p)
		}
		if err != nil {
			holds = false
			e.faults = append(e.faults, Fault{r.src.ID, "expr", err.Error()})
		}
	}()
	holds, err = r.expr.Holds(View{e})
	return holds
}

// said tells what a rule's expression answered, for a trace.
func (e *evaluation) said(r *rule) string {
	if n := len(e.faults); n > 0 && e.faults[n-1].Rule == r.src.ID {
		return "undecided: " + e.faults[n-1].Reason
	}
	return "false"
}
