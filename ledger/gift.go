package ledger

import (
	"cmp"
	"time"
)

// Gift moves available points of the home owner to another's account, soonest-expiring
// first. They keep their terms: a gift does not make points live longer. Both owners'
// statements show it.
type Gift struct {
	To     string
	Unit   string
	Points int64
	Limits []Limit // of the giver
	Reason string
}

func (Gift) kind() Kind         { return KindGift }
func (o Gift) unit() string     { return o.Unit }
func (Gift) needs() []string    { return nil }
func (o Gift) others() []string { return []string{o.To} }

func (o Gift) validate() error {
	return cmp.Or(validID("to", o.To), validUnitPoints(o.Unit, o.Points), validLimits(o.Limits), validText("reason", o.Reason))
}

// digest leaves Limits out: their windows are today's, and a retry tomorrow is the same gift.
func (o Gift) digest(d *Digest) {
	d.Text(o.To)
	d.Text(o.Unit)
	d.Number(o.Points)
	d.Text(o.Reason)
}

func (o Gift) apply(e *entry) error {
	if o.To == e.rec.Owner {
		return invalid("to", "is the giver")
	}
	other, err := e.of(o.To)
	if err != nil {
		return err
	}
	a := e.rec.account(o.Unit)
	if a.Lots.available(e.at) < o.Points {
		return e.insufficient(a, o.Points)
	}
	if err := e.spendLimits(o.Limits, o.Points); err != nil {
		return err
	}
	b := other.rec.account(o.Unit)
	for _, lot := range e.take(a, o.Points, nil, Place{Owner: o.To}, o.Reason) {
		if err := other.receive(b, lot); err != nil {
			return err
		}
	}
	other.offset(b)
	return nil
}

// Adjust corrects an account by hand, up or down. The request must carry a Reason and an
// Actor, which Erase takes out when the time comes.
type Adjust struct {
	Unit    string
	Points  int64     // above zero to add, below to take
	Issued  time.Time // as Earn's
	Active  time.Time
	Expires time.Time
	Policy  Policy // when there is less to take than Points
	// Kit is the owner who has an allowance for this, such as a service agent, with its
	// Limits; "" is none. The adjustment stands in the history of both.
	Kit    string
	Limits []Limit
	Reason string // the sort of correction, for reports; why is the request's Reason
}

func (Adjust) kind() Kind      { return KindAdjust }
func (o Adjust) unit() string  { return o.Unit }
func (Adjust) needs() []string { return nil }

func (o Adjust) others() []string {
	if o.Kit == "" {
		return nil
	}
	return []string{o.Kit}
}

func (o Adjust) validate() error {
	if o.Points == 0 || o.Points == -o.Points {
		return invalid("points", "%d, must be above or below zero", o.Points)
	}
	switch {
	case o.Kit == "" && len(o.Limits) > 0:
		return invalid("kit", "is missing: the limits are someone's")
	case o.Kit != "" && len(o.Limits) == 0:
		return invalid("limits", "are missing: a kit without is no allowance")
	case o.Kit != "":
		if err := validID("kit", o.Kit); err != nil {
			return err
		}
	}
	return cmp.Or(validID("unit", o.Unit), o.terms().validate(), o.Policy.validate(), validLimits(o.Limits), validText("reason", o.Reason))
}

func (o Adjust) terms() Terms {
	return Terms{Issued: o.Issued, Active: o.Active, Expires: o.Expires}.clean()
}

// digest leaves Limits out, as Gift's does.
func (o Adjust) digest(d *Digest) {
	d.Text(o.Unit)
	d.Number(o.Points)
	d.terms(o.terms())
	d.Text(string(o.Policy))
	d.Text(o.Kit)
	d.Text(o.Reason)
}

func (o Adjust) apply(e *entry) error {
	switch {
	case e.actor == "":
		return invalid("actor", "is missing: an adjustment says who made it")
	case e.reason == "":
		return invalid("reason", "is missing: an adjustment's request says why")
	}
	if o.Kit != "" {
		kit, err := e.of(o.Kit)
		if err != nil {
			return err
		}
		if err := kit.spendLimits(o.Limits, max(o.Points, -o.Points)); err != nil {
			return err
		}
	}
	a := e.rec.account(o.Unit)
	if o.Points > 0 {
		return e.earn(a, e.lot(a, o.terms(), o.Points), FlowAdjusted, o.Reason)
	}
	return e.clawback(a, -o.Points, nil, FlowAdjusted, o.Policy, o.Reason)
}

// Open brings in a balance from elsewhere: what a member had before the books began.
type Open struct {
	Unit    string
	Points  int64
	Issued  time.Time // as Earn's
	Active  time.Time
	Expires time.Time
	Reason  string
}

func (Open) kind() Kind         { return KindOpening }
func (o Open) unit() string     { return o.Unit }
func (Open) needs() []string    { return nil }
func (Open) others() []string   { return nil }
func (o Open) validate() error  { return o.earn().validate() }
func (o Open) digest(d *Digest) { o.earn().digest(d) }

// earn is the same as an Earn, which differs only in where the points come from.
func (o Open) earn() Earn {
	return Earn{Unit: o.Unit, Points: o.Points, Issued: o.Issued, Active: o.Active, Expires: o.Expires, Reason: o.Reason}
}

func (o Open) apply(e *entry) error {
	a := e.rec.account(o.Unit)
	return e.earn(a, e.lot(a, o.earn().terms(), o.Points), FlowOpening, o.Reason)
}
