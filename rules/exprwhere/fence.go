package exprwhere

import (
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// builtins are the functions there are. Those over a list are loops, and do not go within another.
var builtins = []string{"all", "none", "any", "one", "count", "sum", "len", "min", "max", "lower", "upper"}

// sort is what a value is. It is finer than the language's own types: money is an
// int64 like any whole number, but in millionths.
type sort int

const (
	unknown sort = iota
	yesno
	text
	number  // a whole number
	money   // in millionths, as quantities are too
	literal // a number in the source, of the sort of what stands beside it
	texts
	lines
	oneLine
)

var sortNames = [...]string{"of no known type", "yes or no", "text", "a whole number", "a decimal", "a number", "a list", "the lines", "a line"}

func (s sort) String() string { return sortNames[s] }

func (s sort) numeric() bool { return s == number || s == money || s == literal }

// fence lets through what is said in doc.go and nothing else, and makes numbers
// beside a decimal decimals. It works on the parsed source, before the language's own checks.
type fence struct {
	*scope
	source string
	within sort // of the elements of the list that a loop goes over; unknown outside
	uses   []use
	lines  bool
	err    error
}

// whole checks a whole source.
func (f *fence) whole(n *ast.Node) error {
	if s := f.node(n); f.err == nil && s != yesno {
		f.refuse(*n, "this is %v, and a condition is yes or no", s)
	}
	return f.err
}

// refuse notes the first thing that is wrong.
func (f *fence) refuse(n ast.Node, format string, args ...any) sort {
	if f.err == nil {
		f.err = at(f.source, n.Location().From, format, args...)
	}
	return unknown
}

// node checks a node and gives its sort. It may put another in its place.
func (f *fence) node(n *ast.Node) sort {
	if f.err != nil {
		return unknown
	}
	switch x := (*n).(type) {
	case *ast.NilNode:
		return f.refuse(x, "nil may only be compared with a field, as in member.tier != nil")
	case *ast.BoolNode:
		return yesno
	case *ast.StringNode:
		return text
	case *ast.IntegerNode, *ast.FloatNode:
		return literal
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		return f.name(*n)
	case *ast.PointerNode:
		if x.Name != "" || f.within == unknown || f.within == oneLine {
			return f.refuse(x, "# is an element of a list of texts, within any, all, none, one or count")
		}
		return f.within
	case *ast.UnaryNode:
		return f.unary(n, x)
	case *ast.BinaryNode:
		return f.binary(n, x)
	case *ast.ConditionalNode:
		f.want(&x.Cond, yesno)
		return f.alike(x, &x.Exp1, &x.Exp2)
	case *ast.BuiltinNode:
		return f.call(x)
	case *ast.CallNode:
		if name, ok := x.Callee.(*ast.IdentifierNode); ok {
			return f.refuse(x, "there is no function %s; there are %s", name.Value, strings.Join(builtins, ", "))
		}
	}
	return f.refuse(*n, "this is not for conditions")
}

// want checks a node that must be of a sort.
func (f *fence) want(n *ast.Node, want sort) {
	if s := f.node(n); f.err == nil && s != want && !f.lift(n, s, want) {
		f.refuse(*n, "this is %v, where %v is wanted", s, want)
	}
}

// name resolves a field, or a field of the line that a loop is at.
func (f *fence) name(n ast.Node) sort {
	path, ok := pathOf(n)
	if !ok {
		return f.refuse(n, "only fields have names: no indexes, methods or calls")
	}
	if path[0] == "" {
		s, known := lineSorts[strings.Join(path[1:], ".")]
		if f.within != oneLine || !known {
			return f.refuse(n, "a line has sku, category, brand, labels, quantity, amount and net, within any, all, none, one, count or sum over lines")
		}
		return s
	}
	name := strings.Join(path, ".")
	if name == linesName {
		f.lines = true
		return lines
	}
	u, known := f.fields[name]
	if !known {
		return f.refuse(first(n), "unknown field %q", name)
	}
	if !slices.ContainsFunc(f.uses, func(o use) bool { return o.index == u.index }) {
		f.uses = append(f.uses, u)
	}
	switch u.of {
	case rules.TypeInteger:
		return number
	case rules.TypeDecimal:
		return money
	case rules.TypeBool:
		return yesno
	case rules.TypeList:
		return texts
	}
	return text
}

// pathOf gives the names of a.b.c; that of .net begins with "".
func pathOf(n ast.Node) ([]string, bool) {
	switch x := n.(type) {
	case *ast.IdentifierNode:
		return []string{x.Value}, true
	case *ast.PointerNode:
		return []string{""}, x.Name == ""
	case *ast.ChainNode:
		return pathOf(x.Node)
	case *ast.MemberNode:
		name, ok := x.Property.(*ast.StringNode)
		if !ok || x.Method {
			return nil, false
		}
		path, ok := pathOf(x.Node)
		return append(path, name.Value), ok
	}
	return nil, false
}

// first is where a.b.c begins.
func first(n ast.Node) ast.Node {
	switch x := n.(type) {
	case *ast.ChainNode:
		return first(x.Node)
	case *ast.MemberNode:
		return first(x.Node)
	}
	return n
}

func (f *fence) unary(n *ast.Node, x *ast.UnaryNode) sort {
	switch x.Operator {
	case "!", "not":
		f.want(&x.Node, yesno)
		return yesno
	case "+", "-":
		if s := f.node(&x.Node); f.err == nil && s != literal {
			return f.refuse(x, "%s is for numbers in the source: subtract, or add, instead", x.Operator)
		}
		if d, err := literalOf(x.Node); err == nil && x.Operator == "-" {
			put(n, decimalNode(d.Neg()))
		} else if err == nil {
			put(n, x.Node)
		}
		return literal
	}
	return f.refuse(x, "operator %s is not for conditions", x.Operator)
}

func (f *fence) binary(n *ast.Node, x *ast.BinaryNode) sort {
	switch x.Operator {
	case "and", "&&", "or", "||":
		f.want(&x.Left, yesno)
		f.want(&x.Right, yesno)
		return yesno
	case "==", "!=":
		if isNil(x.Right) || isNil(x.Left) {
			return f.presence(x)
		}
		if s := f.alike(x, &x.Left, &x.Right); f.err == nil && (s > literal || s == unknown) {
			return f.refuse(x, "%v cannot be compared so: ask for its elements", s)
		}
		return yesno
	case "<", "<=", ">", ">=":
		if s := f.alike(x, &x.Left, &x.Right); f.err == nil && s != text && !s.numeric() {
			return f.refuse(x, "%s compares numbers or texts, and this is %v", x.Operator, s)
		}
		return yesno
	case "in":
		return f.in(x)
	case "contains", "startsWith", "endsWith", "matches":
		f.want(&x.Left, text)
		f.want(&x.Right, text)
		if pattern, ok := x.Right.(*ast.StringNode); x.Operator == "matches" && (!ok || len(pattern.Value) > MaxPattern) {
			return f.refuse(x.Right, "a pattern stands in the source, and has at most %d bytes", MaxPattern)
		}
		return yesno
	case "??":
		if path, ok := pathOf(x.Left); !ok || path[0] == "" {
			return f.refuse(x, "?? gives a value for a field that may be missing")
		}
		return f.alike(x, &x.Left, &x.Right)
	case "+", "-", "*":
		return f.reckon(n, x)
	case "/", "%", "**", "^":
		return f.refuse(x, "operator %s is not for conditions: multiply the other side instead", x.Operator)
	}
	return f.refuse(x, "operator %s is not for conditions", x.Operator)
}

func isNil(n ast.Node) bool { _, ok := n.(*ast.NilNode); return ok }

// presence is a comparison with nil.
func (f *fence) presence(x *ast.BinaryNode) sort {
	field := x.Left
	if isNil(field) {
		field = x.Right
	}
	path, ok := pathOf(field)
	if !ok {
		f.node(&field) // it may be wrong in itself
	}
	if !ok || path[0] == "" || path[0] == linesName {
		return f.refuse(x, "nil may only be compared with a field, as in member.tier != nil")
	}
	f.name(field)
	return yesno
}

// alike checks two nodes that must be of one sort, and gives it.
func (f *fence) alike(x ast.Node, left, right *ast.Node) sort {
	a, b := f.node(left), f.node(right)
	switch {
	case f.err != nil:
		return unknown
	case a == b:
		return a
	case f.lift(left, a, b):
		return b
	case f.lift(right, b, a):
		return a
	}
	return f.refuse(x, "%v stands beside %v", a, b)
}

// lift makes a number in the source one of the sort of what it stands beside.
func (f *fence) lift(n *ast.Node, from, to sort) bool {
	if from != literal || to != number && to != money {
		return false
	}
	if c, ok := (*n).(*ast.ConditionalNode); ok { // of two numbers
		return f.lift(&c.Exp1, from, to) && f.lift(&c.Exp2, from, to)
	}
	d, err := literalOf(*n)
	if err != nil {
		return false
	}
	if to == money {
		d = d.Shift(6)
	}
	if !d.IsInteger() || d.Abs().GreaterThan(decimal.New(1, 18)) {
		f.refuse(*n, "a whole number below 10^18 is wanted, or beside a decimal one below 10^12 with at most six digits after the point")
		return true // it has been told
	}
	put(n, &ast.IntegerNode{Value: int(d.IntPart())})
	return true
}

// literalOf is a number in the source, to the digit.
func literalOf(n ast.Node) (decimal.Decimal, error) {
	switch x := n.(type) {
	case *ast.IntegerNode:
		return decimal.NewFromInt(int64(x.Value)), nil
	case *ast.FloatNode:
		return decimal.NewFromString(strconv.FormatFloat(x.Value, 'f', -1, 64))
	}
	return decimal.Decimal{}, strconv.ErrSyntax
}

func decimalNode(d decimal.Decimal) ast.Node {
	if d.IsInteger() && d.Abs().LessThan(decimal.New(1, 18)) {
		return &ast.IntegerNode{Value: int(d.IntPart())}
	}
	value, _ := d.Float64() // exact: it came of one
	return &ast.FloatNode{Value: value}
}

// put replaces a node where it stands.
func put(n *ast.Node, with ast.Node) {
	with.SetLocation((*n).Location())
	*n = with
}

// in is whether a text is in a list, or a value among several in the source.
func (f *fence) in(x *ast.BinaryNode) sort {
	list, ok := x.Right.(*ast.ArrayNode)
	if !ok {
		f.want(&x.Right, texts)
		f.want(&x.Left, text)
		return yesno
	}
	left := f.node(&x.Left)
	if f.err == nil && left != text && left != number && left != money {
		return f.refuse(x.Left, "in is for texts and numbers, and this is %v", left)
	}
	for i := range list.Nodes {
		switch list.Nodes[i].(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.UnaryNode:
			f.want(&list.Nodes[i], left)
		default:
			return f.refuse(list.Nodes[i], "such a list has texts or numbers in it")
		}
	}
	if left != text && f.err == nil {
		spread(list)
	}
	return yesno
}

// spread gives each number of a list the type of the fields, which the language is particular about.
func spread(list *ast.ArrayNode) {
	for i := range list.Nodes {
		if n, ok := list.Nodes[i].(*ast.IntegerNode); ok {
			put(&list.Nodes[i], &ast.ConstantNode{Value: int64(n.Value)})
		}
	}
}

// reckon puts a function that does not wrap around in the place of an operator.
func (f *fence) reckon(n *ast.Node, x *ast.BinaryNode) sort {
	var s sort
	function := map[string]string{"+": addition, "-": subtraction, "*": multiplication}[x.Operator]
	if x.Operator == "*" {
		a, b := f.node(&x.Left), f.node(&x.Right)
		s = number
		switch {
		case f.err != nil:
			return unknown
		case !a.numeric() || !b.numeric():
			return f.refuse(x, "* is for numbers")
		case a == money && b == money:
			return f.refuse(x, "a decimal is multiplied by a whole number only")
		case a == money || b == money:
			s = money
		case a == literal && b == literal:
			return f.refuse(x, "write the number itself")
		}
		if a == literal {
			f.lift(&x.Left, a, number)
		}
		if b == literal {
			f.lift(&x.Right, b, number)
		}
	} else if s = f.alike(x, &x.Left, &x.Right); s == literal {
		return f.refuse(x, "write the number itself")
	} else if f.err == nil && !s.numeric() {
		return f.refuse(x, "%s is for numbers, and this is %v", x.Operator, s)
	}
	if f.err != nil {
		return unknown
	}
	put(n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: function}, Arguments: []ast.Node{x.Left, x.Right}})
	return s
}
