package exprwhere

import "github.com/expr-lang/expr/ast"

// call checks a function.
func (f *fence) call(x *ast.BuiltinNode) sort {
	switch x.Name {
	case "all", "none", "any", "one":
		return f.loop(x, yesno)
	case "count":
		return f.loop(x, number)
	case "sum":
		return f.sum(x)
	case "len":
		if s := f.argument(x, 1); f.err == nil && s != texts && s != lines {
			return f.refuse(x, "len is of a list or of the lines, and this is %v", s)
		}
		return number
	case "lower", "upper":
		if s := f.argument(x, 1); f.err == nil && s != text {
			return f.refuse(x, "%s is of text, and this is %v", x.Name, s)
		}
		return text
	case "min", "max":
		return f.extreme(x)
	}
	return f.refuse(x, "%s is not for conditions", x.Name)
}

// argument checks the first of n arguments.
func (f *fence) argument(x *ast.BuiltinNode, n int) sort {
	if len(x.Arguments) != n {
		return f.refuse(x, "%s takes %d", x.Name, n)
	}
	return f.node(&x.Arguments[0])
}

// loop checks a function over the elements of a list.
func (f *fence) loop(x *ast.BuiltinNode, gives sort) sort {
	over := f.over(x)
	p, ok := x.Arguments[len(x.Arguments)-1].(*ast.PredicateNode)
	if f.err == nil && !ok {
		return f.refuse(x, "%s takes a list and what to ask of its elements", x.Name)
	}
	if f.err != nil {
		return unknown
	}
	f.within = over
	f.want(&p.Node, yesno)
	f.within = unknown
	return gives
}

// over is the sort of the elements of what a loop goes over.
func (f *fence) over(x *ast.BuiltinNode) sort {
	if f.within != unknown {
		return f.refuse(x, "%s is within another loop", x.Name)
	}
	switch s := f.argument(x, 2); {
	case s == texts:
		return text
	case s == lines:
		return oneLine
	case f.err == nil:
		return f.refuse(x, "%s goes over a list or the lines, and this is %v", x.Name, s)
	}
	return unknown
}

// sum checks a sum, which is of one field of the lines, so that it cannot leave the range: an
// order's own money does not.
func (f *fence) sum(x *ast.BuiltinNode) sort {
	over := f.over(x)
	if f.err != nil {
		return unknown
	}
	p, ok := x.Arguments[1].(*ast.PredicateNode)
	if over != oneLine || !ok {
		return f.refuse(x, "sum is over the lines, as in sum(lines, .net)")
	}
	f.within = over
	s := f.name(p.Node)
	f.within = unknown
	if f.err == nil && s != money {
		return f.refuse(x, "sum is of a line's quantity, amount or net, and this is %v", s)
	}
	return s
}

// extreme checks min and max.
func (f *fence) extreme(x *ast.BuiltinNode) sort {
	if len(x.Arguments) != 2 {
		return f.refuse(x, "%s takes two numbers", x.Name)
	}
	s := f.alike(x, &x.Arguments[0], &x.Arguments[1])
	if f.err == nil && s != number && s != money {
		return f.refuse(x, "%s is of two numbers, not both in the source, and this is %v", x.Name, s)
	}
	return s
}
