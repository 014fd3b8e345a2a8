package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Activate makes active the points that await an event: the goods are delivered, the
// return period was waived. Points that wait for something else stay as they are; when none
// waits, nothing happens, and that is no error.
type Activate struct {
	Await  string // Terms.Await
	Reason string
}

func (Activate) kind() Kind       { return KindActivate }
func (Activate) unit() string     { return "" }
func (Activate) needs() []string  { return nil }
func (Activate) others() []string { return nil }

func (o Activate) validate() error {
	return cmp.Or(validID("await", o.Await), validText("reason", o.Reason))
}

func (o Activate) digest(d *Digest) {
	d.Text(o.Await)
	d.Text(o.Reason)
}

func (o Activate) apply(e *entry) error {
	for i := range e.rec.Accounts {
		a := &e.rec.Accounts[i]
		e.convert(a, o.Reason, func(l *Lot) (Terms, bool) {
			return Terms{Issued: l.Issued, Expires: l.Expires}, l.Await == o.Await
		})
		e.offset(a)
	}
	return nil
}

// Extend moves free points to a later expiry: as a favour, or, for points that
// expire after a time of inactivity, at every activity. Points that would expire later
// still, or never, stay as they are, and so do points in a hold.
type Extend struct {
	Unit    string
	Lots    []string  // ids of the lots; none is all
	Expires time.Time // zero is never
	Reason  string
}

func (Extend) kind() Kind       { return KindExtend }
func (o Extend) unit() string   { return o.Unit }
func (Extend) needs() []string  { return nil }
func (Extend) others() []string { return nil }

func (o Extend) validate() error {
	return cmp.Or(validID("unit", o.Unit), validLots(o.Lots), validTime("expires", o.Expires), validText("reason", o.Reason))
}

func (o Extend) digest(d *Digest) {
	d.Text(o.Unit)
	d.Number(int64(len(o.Lots)))
	for _, l := range o.Lots {
		d.Text(l)
	}
	d.Time(clean(o.Expires))
	d.Text(o.Reason)
}

func (o Extend) apply(e *entry) error {
	expires := clean(o.Expires)
	if !expires.IsZero() && !expires.After(e.at) {
		return invalid("expires", "has passed")
	}
	e.convert(e.rec.account(o.Unit), o.Reason, func(l *Lot) (Terms, bool) {
		t := l.Terms
		t.Expires = expires
		later := !l.Expires.IsZero() && (expires.IsZero() || expires.After(l.Expires))
		return t, later && (len(o.Lots) == 0 || slices.Contains(o.Lots, l.ID))
	})
	return nil
}

// Reinstate gives back what an expiry took, once, with a new expiry. Points that still
// awaited an event go on waiting.
type Reinstate struct {
	Of      string    // the id of the expiry's transaction, as the statement shows it
	Expires time.Time // zero is never
	Reason  string
}

func (Reinstate) kind() Kind        { return KindReinstate }
func (Reinstate) unit() string      { return "" }
func (o Reinstate) needs() []string { return []string{o.Of, reinstateID(o.Of)} }
func (Reinstate) others() []string  { return nil }

func (o Reinstate) validate() error {
	return cmp.Or(validID("of", o.Of), validTime("expires", o.Expires), validText("reason", o.Reason))
}

func (o Reinstate) digest(d *Digest) {
	d.Text(o.Of)
	d.Time(clean(o.Expires))
	d.Text(o.Reason)
}

func (o Reinstate) apply(e *entry) error {
	expires := clean(o.Expires)
	if !expires.IsZero() && !expires.After(e.at) {
		return invalid("expires", "has passed")
	}
	key := Key{e.rec.Owner, o.Of}
	tx, ok := e.find(o.Of)
	switch {
	case !ok:
		return fmt.Errorf("%w: %s", ErrTransactionNotFound, key)
	case tx.Kind != KindExpire || !isReserved(tx.Key.ID): // a host may call its own transactions so
		return fmt.Errorf("%w: %s is a transaction of kind %s, not an expiry", ErrNotReversible, key, tx.Kind)
	}
	if _, ok := e.find(reinstateID(o.Of)); ok {
		return fmt.Errorf("%w: %s", ErrAlreadyReversed, key)
	}
	e.aliases = append(e.aliases, reinstateID(o.Of))
	for _, p := range tx.Postings {
		t, err := ParseLotID(p.From.Lot)
		if err != nil {
			return err
		}
		t.Expires = expires
		a := e.rec.account(p.Unit)
		if err := e.credit(a, e.lot(a, t, p.Points), Place{Flow: FlowExpired}, o.Reason); err != nil {
			return err
		}
		e.offset(a)
	}
	return nil
}

// convert moves whole free lots into others of the same account.
func (e *entry) convert(a *Account, reason string, to func(*Lot) (Terms, bool)) {
	var moved []Lot
	a.Lots.remove(func(l *Lot) bool {
		t, ok := to(l)
		if !ok || l.expired(e.at) || t.compare(&l.Terms) == 0 {
			return false
		}
		lot := Lot{ID: t.ID(), Terms: t, Points: l.Points}
		moved = append(moved, lot)
		e.post(a.Unit, l.Points, e.free(l.ID), e.free(lot.ID), reason)
		return true
	})
	for _, l := range moved {
		a.Lots.add(l)
	}
}
