package exprwhere

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
	"github.com/loyaltykit/loyalty/rules"
)

// What a source may have at most, beside rules.MaxExpr bytes.
const (
	MaxDepth   = 64  // brackets within brackets
	MaxNodes   = 200 // names, values, operators and calls
	MaxPattern = 200 // bytes of what text is matched against
)

// Compiler is a rules.ExpressionCompiler. The zero Compiler is ready, and safe for
// concurrent use.
type Compiler struct{}

var _ rules.ExpressionCompiler = Compiler{}

// CompileExpression implements rules.ExpressionCompiler. Its errors are
// *rules.ExpressionError.
func (Compiler) CompileExpression(source string, fields []rules.Field) (rules.Expression, error) {
	if err := tooDeep(source); err != nil {
		return nil, err
	}
	names, err := newScope(fields)
	if err != nil {
		return nil, err
	}
	config := conf.CreateNew()
	for _, option := range []expr.Option{
		expr.Env(names.types), expr.AsBool(), expr.MaxNodes(MaxNodes), expr.DisableAllBuiltins(), expr.DisableIfOperator(),
		expr.Function(addition, calculate(add), arithmetic), expr.Function(subtraction, calculate(subtract), arithmetic),
		expr.Function(multiplication, calculate(multiply), arithmetic),
	} {
		option(config)
	}
	for _, b := range builtins {
		expr.EnableBuiltin(b)(config)
	}
	for name := range config.Disabled {
		delete(config.Builtins, name)
	}
	config.Check()
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, located(err)
	}
	f := &fence{scope: names, source: source}
	if err := f.whole(&tree.Node); err != nil {
		return nil, err
	}
	if _, err := checker.Check(tree, config); err != nil {
		return nil, located(err)
	}
	program, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, located(err)
	}
	c := &condition{program: program, uses: f.uses, lines: f.lines}
	c.runs.New = func() any { return newRun(c.uses) }
	return c, nil
}

// tooDeep looks at a source before it is parsed, since the parser calls itself for each bracket.
func tooDeep(source string) error {
	depth, quote, escaped := 0, rune(0), false
	for i, r := range source {
		switch {
		case quote != 0:
			switch {
			case escaped:
				escaped = false
			case r == '\\' && quote != '`':
				escaped = true
			case r == quote:
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		case strings.ContainsRune("([{", r):
			if depth++; depth > MaxDepth {
				return at(source, utf8.RuneCountInString(source[:i]), "brackets are nested deeper than %d", MaxDepth)
			}
		case strings.ContainsRune(")]}", r):
			depth--
		}
	}
	return nil
}

// located makes an error of the language's one that says where.
func located(err error) error {
	var e *file.Error
	if errors.As(err, &e) {
		return &rules.ExpressionError{Line: e.Line, Column: e.Column + 1, Message: e.Message}
	}
	return &rules.ExpressionError{Message: err.Error()}
}

// at is an error at a place counted in characters.
func at(source string, place int, format string, args ...any) error {
	e := &rules.ExpressionError{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	for i, r := range []rune(source) {
		if i == place {
			break
		}
		if e.Column++; r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	return e
}

// condition is a compiled expression.
type condition struct {
	program *vm.Program
	uses    []use // the fields it names
	lines   bool  // it names the lines
	runs    sync.Pool
}

// Holds implements rules.Expression.
func (c *condition) Holds(v rules.View) (bool, error) {
	r := c.runs.Get().(*run)
	defer c.runs.Put(r)
	complete := r.fill(v, c.uses, c.lines)
	out, err := r.machine.Run(c.program, r.env)
	if err != nil {
		if !complete {
			return false, nil // it needed what is not there
		}
		return false, located(err)
	}
	holds, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("gave a %T, not yes or no", out)
	}
	return holds, nil
}
