package ledger

import (
	"errors"
	"fmt"
)

// Errors of a request that cannot be meant: nothing was looked at beyond the
// request itself, and its key is free.
var (
	// ErrInvalid is what every *InvalidError unwraps to.
	ErrInvalid = errors.New("ledger: invalid request")
)

// Errors of a request that cannot be granted as things stand. Nothing was
// written and the key is free: the same request may succeed later.
var (
	// ErrInsufficientPoints: fewer points available than asked for. It comes as
	// an *InsufficientPointsError with the numbers.
	ErrInsufficientPoints = errors.New("ledger: insufficient points")
	// ErrHoldNotFound: no transaction of the owner has the hold's id.
	ErrHoldNotFound = errors.New("ledger: hold not found")
	// ErrNotAHold: the id is a transaction that made no hold.
	ErrNotAHold = errors.New("ledger: transaction is not a hold")
	// ErrHoldCaptured: the hold was captured before.
	ErrHoldCaptured = errors.New("ledger: hold already captured")
	// ErrHoldReleased: the hold was released before.
	ErrHoldReleased = errors.New("ledger: hold already released")
	// ErrHoldExpired: the hold has timed out, whether or not a tick has recorded it.
	ErrHoldExpired = errors.New("ledger: hold expired")
	// ErrTransactionNotFound: the owner has no transaction of that id.
	ErrTransactionNotFound = errors.New("ledger: transaction not found")
	// ErrAlreadyReversed: the transaction was reversed before.
	ErrAlreadyReversed = errors.New("ledger: transaction already reversed")
	// ErrLimit: the request would pass a Limit. It comes as a *LimitError with the numbers.
	ErrLimit = errors.New("ledger: limit reached")
	// ErrClosed: the owner's books have ended. It comes as a *ClosedError, which says where
	// they went on.
	ErrClosed = errors.New("ledger: closed")
	// ErrNotReversible: a transaction that did more than earn and spend, such as a hold, an
	// adjustment, an expiry or a reversal, or one over several owners.
	ErrNotReversible = errors.New("ledger: transaction cannot be reversed")
)

// Errors of identity.
var (
	// ErrKeyReused: the key was used before for another request.
	ErrKeyReused = errors.New("ledger: key already used for another request")
	// ErrReferenceUsed: another transaction of the owner carries the reference.
	ErrReferenceUsed = errors.New("ledger: reference already used")
)

// Errors of storing.
var (
	// ErrConflict: a record has moved on from the version it was loaded at, or a
	// key is taken. Load and decide again; a Ledger does so by itself.
	ErrConflict = errors.New("ledger: conflict")
	// ErrUnknownOutcome: the store failed while committing and the key was not
	// found afterwards, so the change may or may not become durable. Sending the
	// same request again settles it.
	ErrUnknownOutcome = errors.New("ledger: outcome of commit unknown")
	// ErrCursor: a history cursor that this store did not give out.
	ErrCursor = errors.New("ledger: invalid cursor")
	// ErrHistory: transactions that do not fit together. It comes as a *HistoryError.
	ErrHistory = errors.New("ledger: history does not fit")
)

// InvalidError names the field of a request that cannot be accepted, and why.
type InvalidError struct {
	Field  string // "points", "ops[1].unit"
	Reason string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("ledger: %s: %s", e.Field, e.Reason) }
func (e *InvalidError) Unwrap() error { return ErrInvalid }

func invalid(field, format string, args ...any) error {
	return &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// InsufficientPointsError says how many points were needed and how many there were.
type InsufficientPointsError struct {
	Owner, Unit       string
	Needed, Available int64
}

func (e *InsufficientPointsError) Error() string {
	return fmt.Sprintf("ledger: insufficient points: %s needs %d %s, has %d", e.Owner, e.Needed, e.Unit, e.Available)
}
func (e *InsufficientPointsError) Unwrap() error { return ErrInsufficientPoints }

// HistoryError names the first transaction that does not fit the ones before it.
type HistoryError struct {
	Owner  string
	Seq    int64 // its place in the owner's history, from 1
	ID     string
	Reason string
}

func (e *HistoryError) Error() string {
	return fmt.Sprintf("ledger: history of %s, transaction %d (%s): %s", e.Owner, e.Seq, e.ID, e.Reason)
}
func (e *HistoryError) Unwrap() error { return ErrHistory }
