package calendar

import (
	"errors"
	"fmt"
	"time"
)

// ErrInvalidWindow reports a Window that ends before or when it begins.
var ErrInvalidWindow = errors.New("calendar: invalid window")

// Window is a half-open stretch of time, [From, Until): From belongs to it,
// Until does not. A zero From or Until leaves that side unbounded, so the zero
// Window contains every moment.
type Window struct {
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// IsZero reports whether w is unbounded on both sides.
func (w Window) IsZero() bool { return w.From.IsZero() && w.Until.IsZero() }

// Contains reports whether the moment t lies in w.
func (w Window) Contains(t time.Time) bool {
	return (w.From.IsZero() || !t.Before(w.From)) && (w.Until.IsZero() || t.Before(w.Until))
}

// Empty reports whether w contains no moment.
func (w Window) Empty() bool {
	return !w.From.IsZero() && !w.Until.IsZero() && !w.From.Before(w.Until)
}

// Equal reports whether w and o have the same bounds, in whatever zones they
// are written.
func (w Window) Equal(o Window) bool { return w.From.Equal(o.From) && w.Until.Equal(o.Until) }

// Validate returns [ErrInvalidWindow] when Until is not after From.
func (w Window) Validate() error {
	if w.Empty() {
		return fmt.Errorf("%w: until %s is not after from %s", ErrInvalidWindow,
			w.Until.Format(time.RFC3339Nano), w.From.Format(time.RFC3339Nano))
	}
	return nil
}

// Intersect returns what w and o have in common, and whether that is anything
// at all. If not, the Window returned is an empty one.
func (w Window) Intersect(o Window) (Window, bool) {
	if !o.From.IsZero() && (w.From.IsZero() || o.From.After(w.From)) {
		w.From = o.From
	}
	if !o.Until.IsZero() && (w.Until.IsZero() || o.Until.Before(w.Until)) {
		w.Until = o.Until
	}
	if w.Empty() {
		w.Until = w.From
		return w, false
	}
	return w, true
}

// Overlaps reports whether w and o have a moment in common. Windows that only
// touch do not, and an empty one overlaps nothing.
func (w Window) Overlaps(o Window) bool {
	_, ok := w.Intersect(o)
	return ok
}

// emptyAt returns an empty window at t; at the zero Time, which would mean
// unbounded, just after it.
func emptyAt(t time.Time) Window {
	if t.IsZero() {
		t = t.Add(1)
	}
	return Window{From: t, Until: t}
}
