package rules

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Pending says when the points of a rule become active. The zero Pending is at
// once. With both a time and Await it is whichever comes first.
type Pending struct {
	// Days and Months are counted in civil days from that of the event, in the set's
	// zone: after 14 days is from the beginning of the fourteenth day after it.
	Days   int `json:"days,omitempty"`
	Months int `json:"months,omitempty"` // added first; the 31st of a shorter month is its last day
	// Await names what makes them active, such as "delivered/{order}". In it {order},
	// {event} and {member} stand for the IDs of these.
	Await string `json:"await,omitempty"`
}

// Expiry says until when the points of a rule are good, counted from the day of the
// event: for some months and days, to the end of a period, or for ever. The zero
// Expiry is the programme's own.
type Expiry struct {
	Days   int             `json:"days,omitempty"`
	Months int             `json:"months,omitempty"`
	EndOf  calendar.Period `json:"end_of,omitempty"` // of the day, month, quarter or year they then fall in
	Never  bool            `json:"never,omitempty"`
}

// Terms are what holds for the points of an award, by the rule's Pending and Expiry.
type Terms struct {
	Active  time.Time `json:"active,omitzero"`  // when they may first be spent; zero is at once or, with Await, by that alone
	Await   string    `json:"await,omitempty"`  // what makes them active before that
	Expires time.Time `json:"expires,omitzero"` // the first moment they are no longer good; zero is the programme's own, or never
	Never   bool      `json:"never,omitempty"`  // they do not expire
}

// IsZero reports whether the programme's own terms hold.
func (t Terms) IsZero() bool {
	return t.Active.IsZero() && t.Await == "" && t.Expires.IsZero() && !t.Never
}

// terms is a compiled Pending and Expiry.
type terms struct {
	pending Pending
	await   []string           // its parts, a placeholder after each but the last: "delivered/", "{order}", ""
	expiry  *calendar.Validity // nil: the programme's own, or never
	never   bool
}

// termsKey is what rules are alike in that have the same terms.
type termsKey struct {
	pending Pending
	expiry  Expiry
}

// placeholders stand for IDs in Pending.Await.
var placeholders = []string{"{order}", "{event}", "{member}"}

// terms checks a rule's Pending and Expiry and compiles them; nil is the
// programme's own.
func (c *checker) terms(src *Rule) *terms {
	if src.Pending == (Pending{}) && src.Expiry == (Expiry{}) {
		return nil
	}
	key := termsKey{src.Pending, src.Expiry}
	if t, ok := c.sharedTerms[key]; ok && len(c.problems) == 0 {
		return t
	}
	t := &terms{pending: src.Pending, never: src.Expiry.Never}
	c.in("pending", func() {
		c.validity(calendar.Validity{Days: src.Pending.Days, Months: src.Pending.Months})
		c.text("await", src.Pending.Await)
		t.await = c.await(src.Pending.Await)
	})
	c.in("expiry", func() {
		x := src.Expiry
		v := calendar.Validity{Days: x.Days, Months: x.Months, EndOf: x.EndOf}
		switch {
		case x.Never && !v.IsZero():
			c.report("never", "cannot go with days, months or end_of")
		case !v.IsZero():
			c.validity(v)
			t.expiry = &v
		}
	})
	if c.sharedTerms == nil {
		c.sharedTerms = map[termsKey]*terms{}
	}
	c.sharedTerms[key] = t
	return t
}

func (c *checker) validity(v calendar.Validity) {
	if err := v.Validate(); err != nil {
		c.report("", "%s", withoutPackage(err))
	}
}

// await cuts a name at its placeholders.
func (c *checker) await(name string) (parts []string) {
	if name == "" {
		return nil
	}
	for {
		open := strings.IndexByte(name, '{')
		if open < 0 {
			return append(parts, name)
		}
		end := strings.IndexByte(name[open:], '}')
		placeholder := name[open:]
		if end >= 0 {
			placeholder = name[open : open+end+1]
		}
		if !oneOf(c, "await", placeholder, placeholders...) {
			return nil
		}
		parts = append(parts, name[:open], placeholder)
		name = name[open+len(placeholder):]
	}
}

// awaitsOrder reports whether the terms name the order.
func (t *terms) awaitsOrder() bool {
	return t != nil && strings.Contains(t.pending.Await, placeholders[0])
}

// terms reckons what holds for an award of the rule.
func (e *evaluation) terms(r *rule) (out Terms, err error) {
	t := r.terms
	if t == nil {
		return Terms{}, nil
	}
	today := calendar.DateOf(e.event.Time, e.set.zone)
	if t.pending.Days != 0 || t.pending.Months != 0 {
		out.Active = today.AddMonths(t.pending.Months).AddDays(t.pending.Days).Start(e.set.zone)
	}
	if t.expiry != nil {
		out.Expires = t.expiry.Until(e.event.Time, e.set.zone)
	}
	out.Never = t.never
	out.Await, err = e.awaited(r)
	return out, err
}

// awaited puts the IDs into the name of what is awaited.
func (e *evaluation) awaited(r *rule) (string, error) {
	var b strings.Builder
	for _, part := range r.terms.await {
		field, id := "", part
		switch part {
		case "{order}":
			field, id = "order.id", e.event.Order.ID // the rule needs an order
		case "{event}":
			field, id = "id", e.event.ID
		case "{member}":
			field, id = "member.id", e.event.Member.ID
		}
		if field != "" && id == "" {
			return "", &EventError{Field: field, Reason: fmt.Sprintf("is missing: points of rule %s await %s", quote(r.src.ID), quote(r.src.Pending.Await))}
		}
		b.WriteString(id)
		if b.Len() > MaxText {
			return "", &EventError{Field: cmp.Or(field, "id"), Reason: fmt.Sprintf("is too long: points of rule %s would await a name of more than %d bytes", quote(r.src.ID), MaxText)}
		}
	}
	return b.String(), nil
}
