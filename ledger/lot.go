package ledger

import (
	"bytes"
	"cmp"
	"strings"
	"time"
)

// Terms are what makes points differ from one another. Points of one owner and
// unit with equal terms are one lot.
type Terms struct {
	Issued  time.Time `json:"issued"`           // start of the cohort they were issued in, such as the month
	Active  time.Time `json:"active,omitzero"`  // when they may first be spent; zero is at once
	Expires time.Time `json:"expires,omitzero"` // first moment they may no longer be spent; zero is never
	// Await names the event that makes them active, such as "delivered/1001", if that comes
	// before Active; "" awaits none. With no Active they wait for the event alone.
	Await string `json:"await,omitempty"`
}

// Lot is some points and the terms they share.
type Lot struct {
	ID string `json:"id"` // Terms.ID, so that a posting which names a lot says all there is to know of it
	Terms
	Points int64 `json:"points"`
}

// DebtLot is the name of the place where an owner's debt stands; it is no lot's ID.
const DebtLot = "debt"

const (
	lotTime  = "20060102T150405.999999Z"
	lotNever = "never"
)

// ID is the terms in text: issued, expiry and, where they do not start at once, activation
// by time or event, as in "20260101T000000Z:20270201T000000Z",
// "20260101T000000Z:never@20260115T000000Z" or "20260101T000000Z:never@+delivered/1001".
func (t Terms) ID() string {
	b := make([]byte, 0, 64)
	b = appendLotTime(b, t.Issued)
	b = append(b, ':')
	if t.Expires.IsZero() {
		b = append(b, lotNever...)
	} else {
		b = appendLotTime(b, t.Expires)
	}
	if !t.Active.IsZero() || t.Await != "" {
		b = append(b, '@')
	}
	if !t.Active.IsZero() {
		b = appendLotTime(b, t.Active)
	}
	if t.Await != "" {
		b = append(append(b, '+'), t.Await...)
	}
	return string(b)
}

// appendLotTime is t.UTC().AppendFormat(b, lotTime), sooner.
func appendLotTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, lotTime)
	}
	hour, minute, second := t.Clock()
	b = digits(b, year, 4)
	b = digits(b, int(month), 2)
	b = digits(b, day, 2)
	b = append(b, 'T')
	b = digits(b, hour, 2)
	b = digits(b, minute, 2)
	b = digits(b, second, 2)
	if micros := t.Nanosecond() / 1000; micros > 0 {
		b = digits(append(b, '.'), micros, 6)
		b = bytes.TrimRight(b, "0")
	}
	return append(b, 'Z')
}

// digits adds the last n decimal digits of v.
func digits(b []byte, v, n int) []byte {
	b = append(b, "000000"[:n]...)
	for i := len(b) - 1; n > 0; i, n = i-1, n-1 {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}

// ParseLotID gives back the terms an ID was made of.
func ParseLotID(id string) (Terms, error) {
	bad := func() (Terms, error) { return Terms{}, invalid("lot", "%.80q is no lot id", id) }
	issued, rest, ok := strings.Cut(id, ":")
	if !ok {
		return bad()
	}
	expires, active, pending := strings.Cut(rest, "@")
	var t Terms
	var err error
	if t.Issued, err = time.Parse(lotTime, issued); err != nil {
		return bad()
	}
	if expires != lotNever {
		if t.Expires, err = time.Parse(lotTime, expires); err != nil {
			return bad()
		}
	}
	active, t.Await, _ = strings.Cut(active, "+")
	if pending && (active != "" || t.Await == "") {
		if t.Active, err = time.Parse(lotTime, active); err != nil {
			return bad()
		}
	}
	if t.ID() != id {
		return bad()
	}
	return t, nil
}

// compare orders terms by use: soonest-expiring first, never-expiring last, the
// older cohort first among equals.
func (t *Terms) compare(o *Terms) int {
	if *t == *o {
		return 0
	}
	if c := t.Expires.Compare(o.Expires); c != 0 {
		if t.Expires.IsZero() || o.Expires.IsZero() {
			return -c
		}
		return c
	}
	if c := t.Issued.Compare(o.Issued); c != 0 {
		return c
	}
	return cmp.Or(t.Active.Compare(o.Active), cmp.Compare(t.Await, o.Await))
}

// timed tells of points that may have to wait.
func (t *Terms) timed() bool { return !t.Active.IsZero() || t.Await != "" }

func (t *Terms) active(at time.Time) bool {
	return !t.Active.After(at) && (t.Await == "" || !t.Active.IsZero())
}

func (t *Terms) expired(at time.Time) bool { return !t.Expires.IsZero() && !t.Expires.After(at) }

func (t Terms) clean() Terms {
	return Terms{Issued: clean(t.Issued), Active: clean(t.Active), Expires: clean(t.Expires), Await: t.Await}
}

// MaxAwait is how many bytes a Terms.Await may have.
const MaxAwait = 100

func (t Terms) validate() error {
	if err := cmp.Or(validTime("issued", t.Issued), validTime("active", t.Active), validTime("expires", t.Expires)); err != nil {
		return err
	}
	if !t.Expires.IsZero() && !t.Expires.After(t.Active) {
		return invalid("expires", "is not after active")
	}
	if t.Await == "" {
		return nil
	}
	if len(t.Await) > MaxAwait {
		return invalid("await", "%d bytes, at most %d", len(t.Await), MaxAwait)
	}
	return validID("await", t.Await)
}

// clean brings a time to what every store can keep: UTC, whole microseconds.
func clean(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	t = t.UTC()
	if part := t.Nanosecond() % 1000; part != 0 {
		return t.Add(-time.Duration(part))
	}
	return t
}
