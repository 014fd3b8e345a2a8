package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// Merge brings everything another owner has into the home owner's books: lots with their terms,
// open holds, debt. The other is closed: a request for them is a *ClosedError that says where they
// have gone, while one that was granted before is still recognised.
//
// Totals to date stay with the owner who earned and spent them.
type Merge struct {
	From   string
	Reason string
}

func (Merge) kind() Kind         { return KindMerge }
func (Merge) unit() string       { return "" }
func (Merge) needs() []string    { return nil }
func (o Merge) others() []string { return []string{o.From} }
func (o Merge) validate() error {
	return cmp.Or(validID("from", o.From), validText("reason", o.Reason))
}

func (o Merge) digest(d *Digest) {
	d.Text(o.From)
	d.Text(o.Reason)
}

func (o Merge) apply(e *entry) error {
	if o.From == e.rec.Owner {
		return invalid("from", "is the owner to merge into")
	}
	other, err := e.of(o.From)
	if err != nil {
		return err
	}
	for i := range other.rec.Accounts {
		if err := e.absorb(other, &other.rec.Accounts[i], o.Reason); err != nil {
			return err
		}
	}
	return other.shut(closing{Into: e.rec.Owner})
}

// absorb takes over one account.
func (e *entry) absorb(other *entry, b *Account, reason string) error {
	a := e.rec.account(b.Unit)
	for _, l := range b.Lots {
		if err := e.receive(a, l); err != nil {
			return err
		}
		e.post(b.Unit, l.Points, other.free(l.ID), e.free(l.ID), reason)
	}
	for _, h := range b.Holds {
		if indexHold(a.Holds, h.ID) >= 0 {
			return invalid("from", "both have an open hold %q: release or capture one first", h.ID)
		}
		a.Holds = append(a.Holds, h)
		for _, l := range h.Parts {
			e.post(b.Unit, l.Points, other.held(l.ID, h.ID), e.held(l.ID, h.ID), reason)
		}
	}
	if b.Debt > 0 {
		if a.Debt+b.Debt < 0 {
			return tooMany(b.Debt)
		}
		a.Debt += b.Debt
		e.post(b.Unit, b.Debt, e.free(DebtLot), other.free(DebtLot), reason)
	}
	b.Lots, b.Holds, b.Debt = nil, nil, 0
	e.offset(a)
	return nil
}

// Close ends an owner's books: open holds are released, what is left is forfeited,
// what is owed is written off. The history stays, and stays balanced; Ledger.Erase takes the
// personal detail out of it.
type Close struct{ Reason string }

func (Close) kind() Kind         { return KindClose }
func (Close) unit() string       { return "" }
func (Close) needs() []string    { return nil }
func (Close) others() []string   { return nil }
func (o Close) validate() error  { return validText("reason", o.Reason) }
func (o Close) digest(d *Digest) { d.Text(o.Reason) }

func (o Close) apply(e *entry) error {
	for i := range e.rec.Accounts {
		a := &e.rec.Accounts[i]
		for len(a.Holds) > 0 {
			e.close(a, a.Holds[0], 0, "", o.Reason)
		}
		for _, l := range a.Lots {
			e.post(a.Unit, l.Points, e.free(l.ID), Place{Flow: FlowForfeited}, o.Reason)
		}
		if a.Debt > 0 {
			e.post(a.Unit, a.Debt, Place{Flow: FlowForfeited}, e.free(DebtLot), o.Reason)
		}
		a.Lots, a.Debt = nil, 0
	}
	return e.shut(closing{})
}

// docClosed marks a record that is closed.
const docClosed = reserved + "closed"

// closing is the mark.
type closing struct {
	Into string `json:"into,omitempty"` // the owner merged into; "" when the books just ended
}

func (e *entry) shut(c closing) error {
	doc, err := json.Marshal(c)
	if err != nil {
		return err
	}
	e.setDoc(docClosed, doc)
	e.rec.DocsDue = time.Time{} // nothing will become of the host's documents any more
	return nil
}

// closed is the *ClosedError of a record whose books have ended.
func (r *Record) closed() error {
	doc, ok := r.Docs[docClosed]
	if !ok {
		return nil
	}
	var c closing
	if err := json.Unmarshal(doc, &c); err != nil {
		return fmt.Errorf("ledger: document %s of %s: %w", docClosed, r.Owner, err)
	}
	return &ClosedError{Owner: r.Owner, Into: c.Into}
}

// ClosedError says that an owner's books have ended, and where they went on.
type ClosedError struct {
	Owner string
	Into  string // the owner merged into; "" when closed
}

func (e *ClosedError) Error() string {
	if e.Into == "" {
		return "ledger: closed: " + e.Owner
	}
	return fmt.Sprintf("ledger: closed: %s was merged into %s", e.Owner, e.Into)
}
func (e *ClosedError) Unwrap() error { return ErrClosed }
