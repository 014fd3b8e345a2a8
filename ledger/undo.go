package ledger

import (
	"cmp"
	"fmt"
	"time"
)

// Policy says what happens when points to be taken back have been spent already.
type Policy string

// The policies. The zero Policy is Debt.
const (
	Debt   Policy = "debt"   // owe the rest; the next points to come pay it
	Clamp  Policy = "clamp"  // take what is there and forgive the rest, on record
	Reject Policy = "reject" // refuse
)

func (p Policy) validate() error {
	switch p {
	case "", Debt, Clamp, Reject:
		return nil
	}
	return invalid("policy", "%.40q is none of debt, clamp, reject", string(p))
}

// Clawback takes earned points back: from the lots they went into first, then from
// the others in order of use; what is not there is a matter of Policy.
type Clawback struct {
	Unit   string
	Points int64
	Lots   []string // ids of the lots the points were credited to, pending or not
	Policy Policy
	Reason string
}

func (Clawback) kind() Kind       { return KindClawback }
func (Clawback) others() []string { return nil }
func (o Clawback) unit() string   { return o.Unit }
func (Clawback) needs() []string  { return nil }

func (o Clawback) validate() error {
	return cmp.Or(validLots(o.Lots), validUnitPoints(o.Unit, o.Points), o.Policy.validate(), validText("reason", o.Reason))
}

func validLots(ids []string) error {
	if len(ids) > MaxParts {
		return invalid("lots", "%d, at most %d", len(ids), MaxParts)
	}
	for i, id := range ids {
		if _, err := ParseLotID(id); err != nil {
			return invalid(fmt.Sprintf("lots[%d]", i), "%.80q is no lot id", id)
		}
	}
	return nil
}

func (o Clawback) digest(d *Digest) {
	d.Text(o.Unit)
	d.Number(o.Points)
	d.Number(int64(len(o.Lots)))
	for _, l := range o.Lots {
		d.Text(l)
	}
	d.Text(string(o.Policy))
	d.Text(o.Reason)
}

func (o Clawback) apply(e *entry) error {
	return e.clawback(e.rec.account(o.Unit), o.Points, o.Lots, FlowIssued, o.Policy, o.Reason)
}

// Return gives spent points back to the lots they came from.
type Return struct {
	Unit  string
	Parts []Part
	Flow  string // where they went: FlowRedeemed when ""
	// Grace is the expiry of points whose own has passed meanwhile; zero lets
	// them expire at once.
	Grace  time.Time
	Reason string
}

// Part is points of one lot.
type Part struct {
	Lot    string `json:"lot"` // Lot.ID
	Points int64  `json:"points"`
}

func (Return) kind() Kind       { return KindReturn }
func (Return) others() []string { return nil }
func (o Return) unit() string   { return o.Unit }
func (Return) needs() []string  { return nil }

func (o Return) validate() error {
	if err := validID("unit", o.Unit); err != nil {
		return err
	}
	if n := len(o.Parts); n == 0 || n > MaxParts {
		return invalid("parts", "%d, must be 1 to %d", n, MaxParts)
	}
	for i, p := range o.Parts {
		if err := validPoints(fmt.Sprintf("parts[%d].points", i), p.Points); err != nil {
			return err
		}
		if _, err := ParseLotID(p.Lot); err != nil {
			return invalid(fmt.Sprintf("parts[%d].lot", i), "%.80q is no lot id", p.Lot)
		}
	}
	return cmp.Or(validFlow(o.Flow), validTime("grace", o.Grace), validText("reason", o.Reason))
}

// digest leaves Grace out: it is reckoned from now, and a retry tomorrow is the same return.
func (o Return) digest(d *Digest) {
	d.Text(o.Unit)
	d.Number(int64(len(o.Parts)))
	for _, p := range o.Parts {
		d.Text(p.Lot)
		d.Number(p.Points)
	}
	d.Text(o.Flow)
	d.Text(o.Reason)
}

func (o Return) apply(e *entry) error {
	a := e.rec.account(o.Unit)
	for _, p := range o.Parts {
		t, err := ParseLotID(p.Lot)
		if err != nil {
			return err
		}
		lot := Lot{ID: p.Lot, Terms: t, Points: p.Points}
		if err := e.giveBack(a, lot, spendFlow(o.Flow), o.Grace, o.Reason); err != nil {
			return err
		}
	}
	e.offset(a)
	return nil
}

// Reverse undoes a whole transaction of the owner's, once: what it earned is
// clawed back, what it spent is returned.
type Reverse struct {
	Of     string // the transaction's id
	Policy Policy
	Grace  time.Time // as Return.Grace
	Reason string
}

func (Reverse) kind() Kind        { return KindReverse }
func (Reverse) others() []string  { return nil }
func (Reverse) unit() string      { return "" }
func (o Reverse) needs() []string { return []string{o.Of, reverseID(o.Of)} }

func (o Reverse) validate() error {
	return cmp.Or(validID("of", o.Of), validTime("grace", o.Grace), o.Policy.validate(), validText("reason", o.Reason))
}

// digest leaves Grace out, as Return's does.
func (o Reverse) digest(d *Digest) {
	d.Text(o.Of)
	d.Text(string(o.Policy))
	d.Text(o.Reason)
}

func (o Reverse) apply(e *entry) error {
	tx, ok := e.find(o.Of)
	if !ok || tx.Key.ID != o.Of { // by another of its ids it could be reversed again
		return fmt.Errorf("%w: %s/%s", ErrTransactionNotFound, e.rec.Owner, o.Of)
	}
	if _, ok := e.find(reverseID(o.Of)); ok {
		return fmt.Errorf("%w: %s/%s", ErrAlreadyReversed, e.rec.Owner, o.Of)
	}
	if !reversible(&tx) {
		return fmt.Errorf("%w: %s/%s is a transaction of kind %s", ErrNotReversible, e.rec.Owner, o.Of, tx.Kind)
	}
	e.aliases = append(e.aliases, reverseID(o.Of))
	// Spent points come back before earned ones are taken, so that they need not
	// be owed in between.
	for _, p := range tx.Postings {
		if p.From.Owner == "" || p.To.Flow == "" {
			continue
		}
		t, err := ParseLotID(p.From.Lot)
		if err != nil {
			return err
		}
		lot := Lot{ID: p.From.Lot, Terms: t, Points: p.Points}
		if err := e.giveBack(e.rec.account(p.Unit), lot, p.To.Flow, o.Grace, o.reason(p)); err != nil {
			return err
		}
	}
	for _, p := range tx.Postings {
		if p.From.Flow != FlowIssued {
			continue
		}
		if err := e.clawback(e.rec.account(p.Unit), p.Points, []string{p.To.Lot}, FlowIssued, o.Policy, o.reason(p)); err != nil {
			return err
		}
	}
	for i := range e.rec.Accounts {
		e.offset(&e.rec.Accounts[i])
	}
	return nil
}

func (o Reverse) reason(p Posting) string {
	if o.Reason != "" {
		return o.Reason
	}
	return p.Reason
}

// reversible tells whether a transaction only earned and spent. Debt it paid on
// the way is no obstacle: the clawback makes it anew. Nor is a later expiry it gave
// to points, as every activity does where they expire after a time without.
func reversible(tx *Transaction) bool {
	if len(tx.Links) != 1 {
		return false
	}
	moved := false
	for _, p := range tx.Postings {
		switch {
		case p.From.Flow == FlowIssued && p.To.Owner != "",
			p.From.Owner != "" && spending(p.To.Flow):
			moved = true
		case p.From.Owner != "" && p.To.Owner != "" && p.To.Hold == "":
			// Paid a debt, what a capture left of its hold, or an extension: it stays.
		default:
			return false
		}
	}
	return moved
}
