package loyalty

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// Types of event the programme itself understands. Any other word is an event
// of the host's own, which rules may award.
const (
	TypeSignUp  = "sign_up" // the first event of a member
	TypeOrder   = "order"   // an order paid
	TypeRefund  = "refund"  // an order returned, in part or whole
	TypeCheckIn = "check_in"
)

// Event is something a member did. Its ID makes it safe to send again: the same event
// gives the first result, another event under the same ID is ledger.ErrKeyReused.
type Event struct {
	ID      string       `json:"id"` // unique for the member; may not begin with "~" or "loyalty/"
	Type    string       `json:"type"`
	Member  string       `json:"member"` // may not begin with "claim/", "budget/" or "stock/"
	Time    time.Time    `json:"time"`   // when it happened, which decides days, windows and expiry; zero is now
	Channel string       `json:"channel,omitempty"`
	Store   string       `json:"store,omitempty"`
	Actor   string       `json:"actor,omitempty"`   // who did it, when not the member
	Profile *Profile     `json:"profile,omitempty"` // what is newly known of the member; nil changes nothing
	Order   *rules.Order `json:"order,omitempty"`   // of a TypeOrder; its ID is what a refund names
	Spend   *Spend       `json:"spend,omitempty"`   // points that pay for the order
	Refund  *Refund      `json:"refund,omitempty"`  // of a TypeRefund
	Inviter string       `json:"inviter,omitempty"` // the member who brought this one, told with the first event; see Referral
	// Attributes are what else rules may ask of the event; see rules.Definition.Attributes.
	Attributes rules.Attributes `json:"attributes,omitempty"`
	// Activates names what points were waiting for, such as "delivered/1001": those of the member,
	// and of whoever brought them, that await it become active. See rules.Pending.
	Activates string `json:"activates,omitempty"`
	// Claims are what only one event of all members may ever claim: a receipt, a code of an
	// invitation, the fingerprint of a card. They stay claimed whatever becomes of the event.
	Claims []string `json:"claims,omitempty"`
}

// Profile is what rules may know of a member. Given again it replaces the earlier one.
type Profile struct {
	Birthday   calendar.Yearly  `json:"birthday,omitzero"`
	Segments   []string         `json:"segments,omitempty"`
	Stage      string           `json:"stage,omitempty"`      // of the member's life with the shop
	Interests  []string         `json:"interests,omitempty"`  // interest groups they are in
	Attributes rules.Attributes `json:"attributes,omitempty"` // what else rules may ask of them: "member." and the name there
}

// Spend pays for an order with points, in the same transaction as its award: what a
// hold has set aside, or what is available now.
type Spend struct {
	Points int64  `json:"points,omitempty"` // 0 with a Hold is all of it
	Hold   string `json:"hold,omitempty"`   // the ID of an earlier Redemption that was held
}

// Refund returns an order or part of it. Each line takes back its share of what the
// order earned, and gives back its share of the points that paid for it.
type Refund struct {
	Order string       `json:"order"`           // rules.Order.ID
	Lines []ReturnLine `json:"lines,omitempty"` // none: everything not yet returned
}

// ReturnLine is how much of a line comes back. To refund part of its money and
// keep the goods, return that fraction of its quantity.
type ReturnLine struct {
	Line     string          `json:"line"` // rules.Line.ID
	Quantity decimal.Decimal `json:"quantity"`
}

// validate checks what can be checked without knowing the hour or the member.
func (e *Event) validate() error {
	for _, f := range [...]struct{ field, value string }{{"id", e.ID}, {"member", e.Member}, {"type", e.Type}} {
		if f.value == "" {
			return invalid(f.field, "is empty")
		}
		if len(f.value) > ledger.MaxID {
			return invalid(f.field, "%d bytes, at most %d", len(f.value), ledger.MaxID)
		}
	}
	for _, prefix := range [...]string{"~", ownIDs} {
		if strings.HasPrefix(e.ID, prefix) {
			return invalid("id", "may not begin with %q", prefix)
		}
	}
	if own(e.Member) {
		return invalid("member", "may not begin with %q", ownPrefixes)
	}
	if e.Type == TypeInviter || e.Type == TypeInvited {
		return invalid("type", "%q comes about by an order, it is not sent", e.Type)
	}
	if len(e.Inviter) > ledger.MaxID || own(e.Inviter) {
		return invalid("inviter", "is no member's")
	}
	if e.Activates != "" && (e.Order != nil || e.Refund != nil) {
		return invalid("activates", "goes with an event of its own, not with an order or a refund")
	}
	if len(e.Activates) > ledger.MaxAwait {
		return invalid("activates", "%d bytes, at most %d", len(e.Activates), ledger.MaxAwait)
	}
	if err := attributes("attributes", e.Attributes); err != nil {
		return err
	}
	if err := e.validateClaims(); err != nil {
		return err
	}
	if pr := e.Profile; pr != nil {
		if err := attributes("profile.attributes", pr.Attributes); err != nil {
			return err
		}
		if !pr.Birthday.IsZero() && !pr.Birthday.Valid() {
			return invalid("profile.birthday", "is not a day of the year")
		}
	}
	if err := e.validateOrder(); err != nil {
		return err
	}
	return e.validateRefund()
}

// maxAttributeBytes bounds the values of attributes, as JSON, all together.
const maxAttributeBytes = 16 << 10

// attributes checks what is kept or digested of attributes, declared or not.
func attributes(field string, all rules.Attributes) error {
	if len(all) > rules.MaxAttributes {
		return invalid(field, "%d attributes, at most %d", len(all), rules.MaxAttributes)
	}
	size := 0
	for name, v := range all {
		if len(name) > rules.MaxText {
			return invalid(field, "a name of %d bytes, at most %d", len(name), rules.MaxText)
		}
		size += len(name) + len(v.String())
	}
	if size > maxAttributeBytes {
		return invalid(field, "%d bytes, at most %d", size, maxAttributeBytes)
	}
	return nil
}

// timely gives when the event happened, if that is neither too long ago nor yet to come.
func (p *programme) timely(e *Event, now time.Time) (time.Time, error) {
	switch {
	case e.Time.IsZero():
		return now, nil
	case e.Time.After(now.Add(ahead)):
		return now, invalid("time", "%s is in the future", e.Time.Format(time.RFC3339))
	case e.Time.Before(now.Add(-p.late)):
		return now, invalid("time", "%s is more than %d days ago", e.Time.Format(time.RFC3339), p.def.LateDays)
	}
	return e.Time, nil
}

func (e *Event) validateOrder() error {
	switch is, has := e.Type == TypeOrder, e.Order != nil; {
	case is && !has:
		return invalid("order", "is missing")
	case has && !is:
		return invalid("order", "goes with type %q, not %q", TypeOrder, e.Type)
	case e.Spend != nil && !is:
		return invalid("spend", "goes with type %q, not %q", TypeOrder, e.Type)
	case !is:
		return nil
	case e.Order.ID == "":
		return invalid("order.id", "is empty")
	}
	if s := e.Spend; s != nil && (s.Points < 0 || s.Points == 0 && s.Hold == "") {
		return invalid("spend.points", "%d, must be above zero", s.Points)
	}
	if err := e.Order.Validate(); err != nil {
		return orderError("order.", err)
	}
	return nil
}

// orderError brings an error of package rules into the words of the event.
func orderError(prefix string, err error) error {
	if bad, ok := errors.AsType[*rules.EventError](err); ok {
		return &InvalidError{Field: prefix + bad.Field, Reason: bad.Reason}
	}
	return err
}

func (e *Event) validateRefund() error {
	switch is, has := e.Type == TypeRefund, e.Refund != nil; {
	case is && !has:
		return invalid("refund", "is missing")
	case has && !is:
		return invalid("refund", "goes with type %q, not %q", TypeRefund, e.Type)
	case !is:
		return nil
	}
	r := e.Refund
	if r.Order == "" {
		return invalid("refund.order", "is empty")
	}
	if len(r.Lines) > rules.MaxLines {
		return invalid("refund.lines", "%d lines, at most %d", len(r.Lines), rules.MaxLines)
	}
	seen := make(map[string]int, len(r.Lines))
	for i, l := range r.Lines {
		field := fmt.Sprintf("refund.lines[%d]", i)
		if l.Line == "" {
			return invalid(field+".line", "is empty")
		}
		if j, ok := seen[l.Line]; ok {
			return invalid(field+".line", "%q is also that of refund.lines[%d]", l.Line, j)
		}
		seen[l.Line] = i
		if q, err := rules.Micros(l.Quantity); err != nil {
			return invalid(field+".quantity", "%v", err)
		} else if q <= 0 {
			return invalid(field+".quantity", "must be above zero")
		}
	}
	return nil
}

// reference is the order's number as the ledger keeps it: one order is awarded once,
// under whatever event id it comes.
func orderReference(id string) string { return "order/" + id }

// fingerprint tells this event from any other under the same ID. Amounts are
// compared by value: 1.0 is 1.00.
func (e *Event) fingerprint() ledger.Hash {
	size := 256
	if e.Order != nil {
		size += 128 * len(e.Order.Lines)
	}
	d := ledger.NewDigest(size)
	d.Text("loyalty event 1")
	d.Text(e.Type)
	d.Text(e.Member)
	d.Time(e.Time)
	d.Text(e.Channel)
	d.Text(e.Store)
	d.Text(e.Actor)
	d.Flag(e.Profile != nil)
	if p := e.Profile; p != nil {
		d.Text(p.Birthday.String())
		texts(d, p.Segments)
	}
	d.Flag(e.Order != nil)
	if e.Order != nil {
		digestOrder(d, e.Order)
	}
	d.Flag(e.Spend != nil)
	if s := e.Spend; s != nil {
		d.Number(s.Points)
		d.Text(s.Hold)
	}
	d.Flag(e.Refund != nil)
	if r := e.Refund; r != nil {
		d.Text(r.Order)
		d.Number(int64(len(r.Lines)))
		for i := range r.Lines {
			d.Text(r.Lines[i].Line)
			money(d, r.Lines[i].Quantity)
		}
	}
	// What came later to the language of events is added where it is used, so that events
	// sent before are still recognised.
	if e.Inviter != "" {
		d.Text("inviter")
		d.Text(e.Inviter)
	}
	if len(e.Attributes) > 0 {
		d.Text("attributes")
		digestAttributes(d, e.Attributes)
	}
	if p := e.Profile; p != nil && (p.Stage != "" || len(p.Interests) > 0 || len(p.Attributes) > 0) {
		d.Text("profile")
		d.Text(p.Stage)
		texts(d, p.Interests)
		digestAttributes(d, p.Attributes)
	}
	if e.Activates != "" {
		d.Text("activates")
		d.Text(e.Activates)
	}
	if len(e.Claims) > 0 {
		d.Text("claims")
		texts(d, e.Claims)
	}
	return d.Sum()
}

func digestOrder(d *ledger.Digest, o *rules.Order) {
	d.Text(o.ID)
	money(d, o.Shipping, o.ShippingTax, o.Discount, o.Total, o.PaidInPoints, o.PaidByGiftCard)
	d.Number(int64(len(o.Lines)))
	for i := range o.Lines {
		l := &o.Lines[i]
		d.Text(l.ID)
		d.Text(l.SKU)
		d.Text(l.Category)
		d.Text(l.Brand)
		texts(d, l.Labels)
		money(d, l.Quantity, l.Amount, l.Discount, l.Tax)
	}
}

func digestAttributes(d *ledger.Digest, all rules.Attributes) {
	d.Number(int64(len(all)))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d.Text(name)
		d.Text(all[name].String())
	}
}

func texts(d *ledger.Digest, list []string) {
	d.Number(int64(len(list)))
	for _, s := range list {
		d.Text(s)
	}
}

// money adds amounts that have been validated, so that every one of them is a whole
// number of millionths.
func money(d *ledger.Digest, amounts ...decimal.Decimal) {
	for _, a := range amounts {
		n, _ := rules.Micros(a)
		d.Number(n)
	}
}
