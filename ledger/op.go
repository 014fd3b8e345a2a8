package ledger

import (
	"cmp"
	"time"
)

// Op is one operation of a request: Earn, Activate, Redeem, PlaceHold, Capture,
// Release, Clawback, Return, Reverse, Gift, Adjust, Extend, Reinstate, Open, Merge or
// Close. All operations of a request take effect, or none.
type Op interface {
	kind() Kind
	unit() string // "" when it is that of what the operation refers to
	validate() error
	needs() []string  // ids of transactions to look at
	others() []string // owners it touches beside the home owner
	digest(*Digest)
	apply(*entry) error
}

// Earn credits points as a lot.
type Earn struct {
	Unit   string
	Points int64
	Issued time.Time // start of the cohort; zero is the month, in UTC, of the request's time
	Active time.Time // when the points may first be spent; zero is at once
	// Expires is the first moment they may no longer be spent; zero is never.
	Expires time.Time
	Await   string // the event that makes them active sooner than Active, or at all; an Activate names it
	Reason  string // which rule; "" is the request's
}

func (Earn) kind() Kind       { return KindEarn }
func (Earn) others() []string { return nil }
func (o Earn) unit() string   { return o.Unit }
func (Earn) needs() []string  { return nil }

func (o Earn) validate() error {
	return cmp.Or(validUnitPoints(o.Unit, o.Points), validText("reason", o.Reason), o.terms().validate())
}

func (o Earn) digest(d *Digest) {
	d.Text(o.Unit)
	d.Number(o.Points)
	d.terms(o.terms())
	d.Text(o.Reason)
}

func (o Earn) terms() Terms {
	return Terms{Issued: o.Issued, Active: o.Active, Expires: o.Expires, Await: o.Await}.clean()
}

func (o Earn) apply(e *entry) error {
	a := e.rec.account(o.Unit)
	return e.earn(a, e.lot(a, o.terms(), o.Points), FlowIssued, o.Reason)
}

// Redeem spends available points, soonest-expiring first.
type Redeem struct {
	Unit   string
	Points int64
	UpTo   bool   // take what is available when it is less than Points, even nothing
	Flow   string // where they go: FlowRedeemed when "", or one of the host's, such as "charity:forest"
	Reason string
}

func (Redeem) kind() Kind       { return KindRedeem }
func (Redeem) others() []string { return nil }
func (o Redeem) unit() string   { return o.Unit }
func (Redeem) needs() []string  { return nil }

func (o Redeem) validate() error {
	return cmp.Or(validUnitPoints(o.Unit, o.Points), validFlow(o.Flow), validText("reason", o.Reason))
}

func (o Redeem) digest(d *Digest) {
	d.Text(o.Unit)
	d.Number(o.Points)
	d.Flag(o.UpTo)
	d.Text(o.Flow)
	d.Text(o.Reason)
}

func (o Redeem) apply(e *entry) error {
	a := e.rec.account(o.Unit)
	n := o.Points
	if has := a.Lots.available(e.at); has < n {
		if !o.UpTo {
			return e.insufficient(a, n)
		}
		n = has
	}
	e.take(a, n, nil, Place{Flow: spendFlow(o.Flow)}, o.Reason)
	return e.spend(a, n)
}

// PlaceHold makes a hold: the points stay the owner's but are no longer
// available, until the hold is captured, released or times out. The hold's ID is the
// request's.
type PlaceHold struct {
	Unit   string
	Points int64
	Until  time.Time // first moment it no longer holds; zero is until captured or released
	Reason string
}

func (PlaceHold) kind() Kind       { return KindHold }
func (PlaceHold) others() []string { return nil }
func (o PlaceHold) unit() string   { return o.Unit }
func (PlaceHold) needs() []string  { return nil }

func (o PlaceHold) validate() error {
	return cmp.Or(validUnitPoints(o.Unit, o.Points), validTime("until", o.Until), validText("reason", o.Reason))
}

// digest leaves Until out: it is mostly so long from now, and now is another in a retry.
func (o PlaceHold) digest(d *Digest) {
	d.Text(o.Unit)
	d.Number(o.Points)
	d.Text(o.Reason)
}

func (o PlaceHold) apply(e *entry) error {
	until := clean(o.Until)
	if !until.IsZero() && !until.After(e.at) {
		return invalid("until", "has passed")
	}
	a := e.rec.account(o.Unit)
	if a.Lots.available(e.at) < o.Points {
		return e.insufficient(a, o.Points)
	}
	h := Hold{ID: e.id, Made: e.at, Until: until}
	h.Parts = e.take(a, o.Points, nil, Place{Owner: e.rec.Owner, Hold: h.ID}, o.Reason)
	a.Holds = append(a.Holds, h)
	return nil
}

// Capture spends a hold, whole or in part; what is not captured goes back to its lots,
// and the hold is closed.
type Capture struct {
	Hold   string // the id of the request that made it
	Points int64  // how many to spend; 0 is all
	Flow   string // as Redeem.Flow
	Reason string
}

func (Capture) kind() Kind        { return KindCapture }
func (Capture) others() []string  { return nil }
func (Capture) unit() string      { return "" }
func (o Capture) needs() []string { return []string{o.Hold, closeID(o.Hold)} }

func (o Capture) validate() error {
	if o.Points < 0 {
		return invalid("points", "%d, must not be negative", o.Points)
	}
	return cmp.Or(validID("hold", o.Hold), validFlow(o.Flow), validText("reason", o.Reason))
}

func (o Capture) digest(d *Digest) {
	d.Text(o.Hold)
	d.Number(o.Points)
	d.Text(o.Flow)
	d.Text(o.Reason)
}

func (o Capture) apply(e *entry) error {
	a, h, err := e.openHold(o.Hold)
	if err != nil {
		return err
	}
	n := o.Points
	if held := h.Points(); n == 0 {
		n = held
	} else if n > held {
		return &InsufficientPointsError{Owner: e.rec.Owner, Unit: a.Unit, Needed: n, Available: held}
	}
	e.close(a, h, n, spendFlow(o.Flow), o.Reason)
	return e.spend(a, n)
}

// Release gives a hold's points back to their lots and closes it.
type Release struct {
	Hold   string // the id of the request that made it
	Reason string
}

func (Release) kind() Kind        { return KindRelease }
func (Release) others() []string  { return nil }
func (Release) unit() string      { return "" }
func (o Release) needs() []string { return []string{o.Hold, closeID(o.Hold)} }
func (o Release) validate() error {
	return cmp.Or(validID("hold", o.Hold), validText("reason", o.Reason))
}

func (o Release) digest(d *Digest) {
	d.Text(o.Hold)
	d.Text(o.Reason)
}

func (o Release) apply(e *entry) error {
	a, h, err := e.openHold(o.Hold)
	if err != nil {
		return err
	}
	e.close(a, h, 0, "", o.Reason)
	return nil
}

func validUnitPoints(unit string, points int64) error {
	if err := validID("unit", unit); err != nil {
		return err
	}
	return validPoints("points", points)
}

func validFlow(flow string) error {
	switch flow {
	case "":
		return nil
	}
	if !spending(flow) {
		return invalid("flow", "%q is not for spending", flow)
	}
	return validID("flow", flow)
}

func spendFlow(flow string) string {
	if flow == "" {
		return FlowRedeemed
	}
	return flow
}
