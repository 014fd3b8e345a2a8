package tier

import (
	"errors"
	"fmt"
)

// ErrInvalid is what every *InvalidError unwraps to.
var ErrInvalid = errors.New("tier: invalid")

// InvalidError names the place in a [Definition] or a [Status] that cannot be
// accepted, and why. [Compile] and [Status.Validate] report all there are at
// once, joined.
type InvalidError struct {
	Path   string // "tiers[2].threshold"
	Reason string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("tier: %s: %s", e.Path, e.Reason) }
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// problems collects what is wrong, so that whoever wrote it sees it all at once.
type problems []error

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, &InvalidError{Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (p problems) err() error { return errors.Join(p...) }
