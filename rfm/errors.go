package rfm

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of the package; more about each is in the typed error around it.
var (
	// ErrDefinition reports a definition that cannot be read or compiled: see
	// [DefinitionError].
	ErrDefinition = errors.New("rfm: invalid definition")
	// ErrOrder reports an order that cannot be counted: see [OrderError].
	ErrOrder = errors.New("rfm: invalid order")
	// ErrSummary reports a [Summary] that contradicts itself.
	ErrSummary = errors.New("rfm: invalid summary")
	// ErrPartial reports bytes that are no partial result of a [Builder].
	ErrPartial = errors.New("rfm: invalid partial result")
	// ErrZone reports partial results whose civil days are of different zones.
	ErrZone = errors.New("rfm: partial results of different zones")
	// ErrNoCustomers reports quantiles asked of no customers at all.
	ErrNoCustomers = errors.New("rfm: no customers")
	// ErrTiedEdges reports quantiles that fall on equal values, under a method
	// that refuses them: see [TiedEdgesError].
	ErrTiedEdges = errors.New("rfm: quantiles on equal values")
	// ErrQuery reports a [Query] that cannot be written as SQL.
	ErrQuery = errors.New("rfm: invalid query")
)

// DefinitionError lists everything wrong with a definition. It unwraps to
// [ErrDefinition].
type DefinitionError struct {
	Problems []Problem // never empty; at most MaxProblems
}

// Problem is one thing wrong with a definition.
type Problem struct {
	Path    string // "segments[3].r"; empty for the text as a whole
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
func (e *DefinitionError) Error() string {
	if len(e.Problems) == 1 {
		return "rfm: " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rfm: %d problems:", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n\t" + p.String())
	}
	return b.String()
}

// Unwrap returns [ErrDefinition].
func (e *DefinitionError) Unwrap() error { return ErrDefinition }

// OrderError says what is wrong with an order. It unwraps to [ErrOrder].
type OrderError struct {
	Field  string // "amount"; "orders[17].amount" when it came out of a stream
	Reason string
}

// Error returns "rfm: field: reason".
func (e *OrderError) Error() string { return "rfm: " + e.Field + ": " + e.Reason }

// Unwrap returns [ErrOrder].
func (e *OrderError) Unwrap() error { return ErrOrder }

// TiedEdgesError names the dimension whose quantiles fall on equal values. It
// unwraps to [ErrTiedEdges].
type TiedEdgesError struct {
	Dimension Dimension
	Edges     int // how many edges repeat the one before them
}

// Error names the dimension and how many edges are tied.
func (e *TiedEdgesError) Error() string {
	return fmt.Sprintf("rfm: %s: %d edges of the quantiles repeat the one before: fewer levels, or a method that leaves levels empty", e.Dimension, e.Edges)
}

// Unwrap returns [ErrTiedEdges].
func (e *TiedEdgesError) Unwrap() error { return ErrTiedEdges }

// problems collects what is wrong, so that whoever wrote it sees it all at once.
type problems []Problem

func (p *problems) add(path, format string, args ...any) {
	switch {
	case len(*p) < MaxProblems-1:
		*p = append(*p, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	case len(*p) == MaxProblems-1:
		*p = append(*p, Problem{Message: "there are more problems than are listed"})
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &DefinitionError{Problems: p}
}
