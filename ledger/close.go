package ledger

import (
	"encoding/json"
	"fmt"
	"time"
)

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
		for l := range a.Lots.All() {
			e.post(a.Unit, l.Points, e.free(l.ID), Place{Flow: FlowForfeited}, o.Reason)
		}
		if a.Debt > 0 {
			e.post(a.Unit, a.Debt, Place{Flow: FlowForfeited}, e.free(DebtLot), o.Reason)
		}
		a.Lots, a.Debt = Lots{}, 0
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

// Closed is the *ClosedError of an owner whose books have ended, and nil of any other. It is for
// decisions over several owners, of whom one may be gone.
func (r *Record) Closed() error { return r.closed() }

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
