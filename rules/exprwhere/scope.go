package exprwhere

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
	"github.com/loyaltykit/loyalty/rules"
)

// linesName is what the order's lines are called.
const linesName = "lines"

// line is a line of the order as the language sees it.
type line struct {
	SKU      string   `expr:"sku"`
	Category string   `expr:"category"`
	Brand    string   `expr:"brand"`
	Labels   []string `expr:"labels"`
	Quantity int64    `expr:"quantity"`
	Amount   int64    `expr:"amount"`
	Net      int64    `expr:"net"`
}

var lineSorts = map[string]sort{
	"sku": text, "category": text, "brand": text, "labels": texts, "quantity": money, "amount": money, "net": money,
}

// scope is the names there are.
type scope struct {
	types  types.Map
	fields map[string]use
}

// use is a field that an expression names.
type use struct {
	path  []string // of its name
	index int      // among the fields
	of    rules.FieldType
}

func newScope(fields []rules.Field) (*scope, error) {
	s := &scope{types: types.Map{linesName: types.TypeOf([]line{})}, fields: make(map[string]use, len(fields))}
	for i, f := range fields {
		path := strings.Split(f.Name, ".")
		at := s.types
		for _, name := range path[:len(path)-1] {
			if at[name] == nil {
				at[name] = types.Map{}
			}
			next, ok := at[name].(types.Map)
			if !ok {
				return nil, &rules.ExpressionError{Message: fmt.Sprintf("field %q is within another: no expression can name both", f.Name)}
			}
			at = next
		}
		last := path[len(path)-1]
		if at[last] != nil {
			return nil, &rules.ExpressionError{Message: fmt.Sprintf("field %q has the name of another, or others within it", f.Name)}
		}
		at[last] = typeOf(f.Type)
		s.fields[f.Name] = use{path, i, f.Type}
	}
	return s, nil
}

func typeOf(t rules.FieldType) types.Type {
	switch t {
	case rules.TypeInteger, rules.TypeDecimal:
		return types.Int64
	case rules.TypeBool:
		return types.Bool
	case rules.TypeList:
		return types.Array(types.String)
	}
	return types.String
}

// run is the memory of one evaluation, used again by the next.
type run struct {
	env     map[string]any
	at      []map[string]any // where each use has its value
	lines   []line
	machine vm.VM
}

func newRun(uses []use) *run {
	r := &run{env: map[string]any{}, at: make([]map[string]any, len(uses))}
	for i, u := range uses {
		at := r.env
		for _, name := range u.path[:len(u.path)-1] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		r.at[i] = at
	}
	return r
}

// civil is how a time is written: comparing two as text compares the times.
const civil = "2006-01-02T15:04:05"

// fill gives every name its value, nil where there is none, and tells whether there was none missing.
func (r *run) fill(v rules.View, uses []use, lines bool) (complete bool) {
	complete = true
	for i, u := range uses {
		var value any
		var ok bool
		switch u.of {
		case rules.TypeInteger:
			value, ok = v.Integer(u.index)
		case rules.TypeDecimal:
			value, ok = v.Micros(u.index)
		case rules.TypeBool:
			value, ok = v.Bool(u.index)
		case rules.TypeList:
			value, ok = v.List(u.index)
		case rules.TypeTime:
			t, known := v.Time(u.index)
			value, ok = t.Format(civil), known
		default:
			value, ok = v.Text(u.index)
		}
		if !ok {
			value, complete = nil, false
		}
		r.at[i][u.path[len(u.path)-1]] = value
	}
	if !lines {
		return complete
	}
	r.lines = r.lines[:0]
	for _, l := range v.Lines() {
		r.lines = append(r.lines, line{l.SKU, l.Category, l.Brand, l.Labels, l.Quantity, l.Amount, l.Net})
	}
	r.env[linesName] = r.lines
	return complete
}
