package loyalty

import (
	"errors"
	"fmt"

	"github.com/shopspring/decimal"
)

// Errors of what the host sends. Nothing was written; sending it again gives the
// same error until it, or what it refers to, is put right.
var (
	// ErrInvalid is what every *InvalidError unwraps to.
	ErrInvalid = errors.New("loyalty: invalid")
	// ErrUnknownMember: the member has not signed up, and the programme asks for it.
	ErrUnknownMember = errors.New("loyalty: unknown member")
	// ErrAlreadyMember: a sign-up, under another id, of someone who has signed up.
	ErrAlreadyMember = errors.New("loyalty: already a member")
	// ErrUnknownOrder: a refund of an order the member has not made, or whose
	// event has not arrived yet.
	ErrUnknownOrder = errors.New("loyalty: unknown order")
	// ErrReturnExceeds: a refund of more than was bought and not returned yet. It
	// comes as a *ReturnError with the numbers.
	ErrReturnExceeds = errors.New("loyalty: return exceeds what was bought")
)

// InvalidError names the field of a definition or an event that cannot be
// accepted, and why.
type InvalidError struct {
	Field  string // "order.lines[3].amount"
	Reason string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("loyalty: %s: %s", e.Field, e.Reason) }
func (e *InvalidError) Unwrap() error { return ErrInvalid }

func invalid(field, format string, args ...any) error {
	return &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// ReturnError says how much of a line was bought, has been returned, and was to
// be returned now.
type ReturnError struct {
	Order, Line             string
	Bought, Returned, Asked decimal.Decimal
}

func (e *ReturnError) Error() string {
	return fmt.Sprintf("loyalty: return exceeds what was bought: order %s line %s: %s of %s already returned, %s more asked for",
		e.Order, e.Line, e.Returned, e.Bought, e.Asked)
}
func (e *ReturnError) Unwrap() error { return ErrReturnExceeds }
