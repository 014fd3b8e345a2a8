package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What a request may carry at most.
const (
	MaxID      = 200     // bytes of an owner, id, reference, unit or flow
	MaxText    = 1000    // bytes of a reason or actor
	MaxDetails = 8 << 20 // bytes of details
	MaxOps     = 100_000 // operations in one request
	MaxParts   = 10_000  // lots named in one operation
)

// Request says who asks for a transaction, under which key, and when.
type Request struct {
	Owner     string          // whose books: the home owner
	ID        string          // the idempotency key, unique within Owner; may not begin with "~"
	Reference string          // the host's own number, unique within Owner; "" for none
	At        time.Time       // the clock: expiry and time-outs are decided by it
	Time      time.Time       // when it happened, for the statement and the cohort; zero is At
	Kind      Kind            // "" is that of the first operation
	Reason    string          // why, for people
	Actor     string          // who did it, when not the owner
	Details   json.RawMessage // the host's own, kept with the transaction
	// Fingerprint tells a repeat of this request from another one under the same
	// key. Zero takes it from all of the request but At, and what is reckoned from it:
	// Limits, Grace and PlaceHold.Until. A host whose Details depend on what is decided gives its own.
	Fingerprint Hash
}

// effective is when the request's subject happened.
func (r *Request) effective() time.Time {
	if r.Time.IsZero() {
		return r.At
	}
	return r.Time
}

func (r *Request) kind(ops []Op) Kind {
	if r.Kind != "" || len(ops) == 0 {
		return r.Kind
	}
	return ops[0].kind()
}

func (r *Request) fingerprint(d *Digest, ops []Op) Hash {
	if !r.Fingerprint.IsZero() {
		return r.Fingerprint
	}
	d.reset()
	b := appendText(d.b, "loyalty ledger request 1")
	b = appendText(b, r.Owner)
	b = appendText(b, r.ID)
	b = appendText(b, r.Reference)
	b = appendTime(b, clean(r.Time))
	b = appendText(b, string(r.Kind))
	b = appendText(b, r.Reason)
	b = appendText(b, r.Actor)
	d.b = appendText(b, string(r.Details))
	for _, op := range ops {
		d.Text(string(op.kind()))
		op.digest(d)
	}
	return d.Sum()
}

func (r *Request) validate(ops []Op) error {
	if err := validID("owner", r.Owner); err != nil {
		return err
	}
	if err := validID("id", r.ID); err != nil {
		return err
	}
	if isReserved(r.ID) {
		return invalid("id", "may not begin with %q", reserved)
	}
	if r.Reference != "" {
		if err := validID("reference", r.Reference); err != nil {
			return err
		}
	}
	if err := cmp.Or(validMoment("at", r.At), validTime("time", r.Time), validText("kind", string(r.Kind)),
		validText("reason", r.Reason), validText("actor", r.Actor)); err != nil {
		return err
	}
	switch {
	case len(r.Details) > MaxDetails:
		return invalid("details", "%d bytes, at most %d", len(r.Details), MaxDetails)
	case len(r.Details) > 0 && !json.Valid(r.Details):
		return invalid("details", "is not JSON")
	case len(ops) == 0 && r.Kind == "":
		return invalid("ops", "is empty, and no kind says what else happened")
	case len(ops) > MaxOps:
		return invalid("ops", "%d operations, at most %d", len(ops), MaxOps)
	}
	holds := 0
	for i, op := range ops {
		if op == nil {
			return invalid(fmt.Sprintf("ops[%d]", i), "is nil")
		}
		if err := op.validate(); err != nil {
			return within(err, i, len(ops))
		}
		if op.kind() == KindHold {
			holds++
		}
	}
	if holds > 1 {
		return invalid("ops", "%d holds: a request makes one at most, since its id names the hold", holds)
	}
	return nil
}

// within adds to an InvalidError which operation its field is of, when there are several.
func within(err error, i, n int) error {
	if e, ok := err.(*InvalidError); ok && n > 1 {
		return invalid(fmt.Sprintf("ops[%d].%s", i, e.Field), "%s", e.Reason)
	}
	return err
}

func validID(field, s string) error {
	switch {
	case s == "":
		return invalid(field, "is empty")
	case len(s) > MaxID:
		return invalid(field, "%d bytes, at most %d", len(s), MaxID)
	}
	plain, control := true, false
	for i := range len(s) {
		plain = plain && s[i] < utf8.RuneSelf
		control = control || s[i] < ' ' || s[i] == 0x7f // no byte of a longer character is one of these
	}
	switch {
	case !plain && !utf8.ValidString(s):
		return invalid(field, "is not UTF-8")
	case control:
		return invalid(field, "has a control character")
	}
	return nil
}

func validText(field, s string) error {
	if s == "" {
		return nil
	}
	if len(s) > MaxText || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return invalid(field, "must be UTF-8 of at most %d bytes, none of them zero", MaxText)
	}
	return nil
}

const (
	firstSecond = -62135596800 // 0001-01-01T00:00:00Z
	lastSecond  = 253402300799 // 9999-12-31T23:59:59Z
)

// validTime keeps times within what RFC 3339 and every database can write.
func validTime(field string, t time.Time) error {
	if s := t.Unix(); s < firstSecond || s > lastSecond || !t.IsZero() && clean(t).IsZero() {
		return invalid(field, "is outside the years 1 to 9999")
	}
	return nil
}

// validMoment wants a time to be there.
func validMoment(field string, t time.Time) error {
	if t.IsZero() {
		return invalid(field, "is missing")
	}
	return validTime(field, t)
}

func validPoints(field string, n int64) error {
	if n <= 0 {
		return invalid(field, "%d, must be above zero", n)
	}
	return nil
}

// Keys are what must be loaded, beside the owner's record, to decide a request.
func Keys(req Request, ops ...Op) []Key {
	return req.keys(ops, make([]Key, 0, req.ids()))
}

// keys adds the Keys to list.
func (r *Request) keys(ops []Op, list []Key) []Key {
	keys := append(list, Key{r.Owner, r.ID})
	if r.Reference != "" {
		keys = append(keys, Key{r.Owner, ReferenceID(r.Reference)})
	}
	for _, op := range ops {
		if op == nil {
			continue
		}
		for _, id := range op.needs() {
			keys = append(keys, Key{r.Owner, id})
		}
	}
	return keys
}

// ids is how many of the keys are the request's own.
func (r *Request) ids() int {
	if r.Reference != "" {
		return 2
	}
	return 1
}

// Owners are those whose records must be loaded to decide a request, each once: the home owner
// first.
func Owners(req Request, ops ...Op) []string {
	return req.owners(ops, make([]string, 0, 1))
}

// owners adds the Owners to list, which is empty.
func (r *Request) owners(ops []Op, list []string) []string {
	owners := append(list, r.Owner)
	for _, op := range ops {
		if op == nil {
			continue
		}
		for _, o := range op.others() {
			if !slices.Contains(owners, o) {
				owners = append(owners, o)
			}
		}
	}
	return owners
}
