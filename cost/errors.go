package cost

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Errors of this package. Each is found by errors.Is through every wrapping.
var (
	// ErrInvalid is what every *InvalidError unwraps to.
	ErrInvalid = errors.New("cost: invalid")
	// ErrCurrency reports amounts of two currencies where one is needed. It comes
	// wrapped in an *InvalidError that names the place.
	ErrCurrency = errors.New("cost: currencies mixed")
	// ErrKeyReused reports a key that is open already for another request.
	ErrKeyReused = errors.New("cost: key reused for another request")
	// ErrNotOpen reports a reservation or lease that is not there: never made,
	// closed, timed out, or of a window that is over.
	ErrNotOpen = errors.New("cost: no such reservation or lease")
	// ErrNoValue reports a moment before the first value of a ValueTable.
	ErrNoValue = errors.New("cost: a point has no value yet")
	// ErrLimit reports a book that is full: see the Max constants.
	ErrLimit = errors.New("cost: limit reached")
)

// InvalidError names the field or cell that cannot be accepted, and why.
// Functions that check a whole input report all there are at once, joined.
type InvalidError struct {
	Path   string // "rows[2].redeemed[4]"
	Reason string
	Err    error // a more exact sentinel, or nil
}

func (e *InvalidError) Error() string { return fmt.Sprintf("cost: %s: %s", e.Path, e.Reason) }

// Unwrap returns ErrInvalid and, where there is one, the exact sentinel.
func (e *InvalidError) Unwrap() []error {
	if e.Err != nil {
		return []error{ErrInvalid, e.Err}
	}
	return []error{ErrInvalid}
}

func invalid(path, format string, args ...any) error {
	return &InvalidError{Path: path, Reason: fmt.Sprintf(format, args...)}
}

// problems collects what is wrong, so that whoever wrote it sees it all at once.
type problems []error

// maxProblems bounds what one report says: a table of a million bad cells is
// known to be bad after a few.
const maxProblems = 50

func (p *problems) add(path, format string, args ...any) {
	p.addError(invalid(path, format, args...))
}

func (p *problems) addError(err error) {
	if len(*p) < maxProblems {
		*p = append(*p, err)
	}
}

func (p *problems) currency(path, got, want string) {
	if got != want {
		p.addError(&InvalidError{Path: path, Reason: fmt.Sprintf("%s among amounts in %s", quote(got), quote(want)), Err: ErrCurrency})
	}
}

func (p problems) err() error { return errors.Join(p...) }

// Limits of texts.
const (
	MaxName = 64  // bytes of a name: tier, campaign, cohort, segment, key
	MaxText = 200 // bytes of a reason or a label
)

func checkText(path, s string, most int, bad *problems) {
	switch {
	case s == "":
		bad.add(path, "is empty")
	case len(s) > most:
		bad.add(path, "%d bytes are more than %d", len(s), most)
	case !utf8.ValidString(s):
		bad.add(path, "%s is not UTF-8", quote(s))
	case strings.ContainsFunc(s, unicode.IsControl):
		bad.add(path, "%s has control characters", quote(s))
	}
}

// quote puts a refused text into an error, cut short: it came from outside.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
