package clv

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrInvalid is what every *InvalidError unwraps to.
	ErrInvalid = errors.New("clv: invalid")
	// ErrNoRepeat says that the data hold nobody who bought again, or no repeat
	// buyer who spent: there is nothing to estimate a rate from.
	ErrNoRepeat = errors.New("clv: nobody bought again")
	// ErrNotConverged says that a fit found no maximum of the likelihood.
	ErrNotConverged = errors.New("clv: the fit did not converge")
	// ErrNotIdentified says that the likelihood hardly depends on some
	// parameter, so that its value means nothing, though predictions may.
	ErrNotIdentified = errors.New("clv: the data do not identify every parameter")
	// ErrNever says that a customer will not buy with the probability asked for.
	ErrNever = errors.New("clv: not within any time")
	// ErrNoMean says that a population mean is infinite: Q of a [GammaGamma] is
	// at most 1.
	ErrNoMean = errors.New("clv: the mean is infinite")
)

// InvalidError names what cannot be accepted, and why. Functions that take many
// values report all that is wrong, joined, up to twenty problems.
type InvalidError struct {
	Path   string // "customers[2].Recency"
	Reason string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("clv: %s: %s", e.Path, e.Reason) }
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// FitError tells why a fit is not to be relied on. It unwraps to
// [ErrNotConverged] or [ErrNotIdentified].
type FitError struct {
	Report Report
	cause  error
}

func (e *FitError) Error() string {
	text := e.cause.Error()
	if len(e.Report.Unidentified) > 0 {
		text += " (" + strings.Join(e.Report.Unidentified, ", ") + ")"
	}
	return text + ": " + e.Report.Reason
}

func (e *FitError) Unwrap() error { return e.cause }

// maxProblems bounds a report: a million bad rows mostly share one cause.
const maxProblems = 20

// problems collects what is wrong, so that whoever sent it sees it at once.
type problems struct {
	list []error
	more int
}

func (p *problems) add(path, format string, args ...any) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, &InvalidError{Path: path, Reason: fmt.Sprintf(format, args...)})
}

func (p *problems) err() error {
	if p.more > 0 {
		return errors.Join(append(p.list, fmt.Errorf("%w: and %d more problems", ErrInvalid, p.more))...)
	}
	return errors.Join(p.list...)
}
