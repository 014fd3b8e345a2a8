package rules

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of rule sets.
var (
	// ErrDefinition reports a rule set that cannot be read or compiled. What is
	// wrong with it is in the [CompileError] around it.
	ErrDefinition = errors.New("rules: invalid definition")
)

// Errors of evaluation.
var (
	// ErrEvent reports an event, or a usage, that cannot be evaluated. Which
	// field and why is in the [EventError] around it.
	ErrEvent = errors.New("rules: invalid event")
)

// CompileError lists everything wrong with a definition, in the order in which
// it stands there. It unwraps to [ErrDefinition].
type CompileError struct {
	Problems []Problem // never empty
}

// Problem is one thing wrong with a definition.
type Problem struct {
	Path    string // "rules[17].effect.per"; empty for the text as a whole
	Message string
}

// String returns "path: message".
func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// Error returns the one problem on one line, or all of them on a line each.
func (e *CompileError) Error() string {
	if len(e.Problems) == 1 {
		return "rules: " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rules: %d problems:", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n\t")
		b.WriteString(p.String())
	}
	return b.String()
}

// Unwrap returns [ErrDefinition].
func (e *CompileError) Unwrap() error { return ErrDefinition }

// EventError says what is wrong with an event. It unwraps to [ErrEvent].
type EventError struct {
	Field  string // "order.lines[3].amount", "member.id"
	Reason string
}

// Error returns "rules: field: reason".
func (e *EventError) Error() string { return "rules: " + e.Field + ": " + e.Reason }

// Unwrap returns [ErrEvent].
func (e *EventError) Unwrap() error { return ErrEvent }
