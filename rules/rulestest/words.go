package rulestest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// eventText writes an event as JSON on one line, without what is empty.
func eventText(ev *rules.Event) string {
	type member struct {
		ID         string           `json:"id,omitempty"`
		Tier       string           `json:"tier,omitempty"`
		Segments   []string         `json:"segments,omitempty"`
		Stage      string           `json:"stage,omitempty"`
		Interests  []string         `json:"interests,omitempty"`
		Birthday   calendar.Yearly  `json:"birthday,omitzero"`
		Joined     calendar.Date    `json:"joined,omitzero"`
		Orders     int              `json:"orders,omitempty"`
		Attributes rules.Attributes `json:"attributes,omitempty"`
	}
	m := &ev.Member
	return jsonText(struct {
		ID         string           `json:"id,omitempty"`
		Type       string           `json:"type"`
		Time       time.Time        `json:"time"`
		Channel    string           `json:"channel,omitempty"`
		Store      string           `json:"store,omitempty"`
		Attributes rules.Attributes `json:"attributes,omitempty"`
		Member     member           `json:"member"`
		Order      *rules.Order     `json:"order,omitempty"`
	}{
		ev.ID, ev.Type, ev.Time, ev.Channel, ev.Store, ev.Attributes,
		member{m.ID, m.Tier, m.Segments, m.Stage, m.Interests, m.Birthday, m.Joined, m.Orders, m.Attributes}, ev.Order,
	})
}

func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%+v (%v)", v, err)
	}
	return strings.TrimSpace(b.String())
}

func useText(use rules.Use) string {
	use.Until = time.Time{}
	return jsonText(use)
}

// nameOf is a rule's ID, with its name for people.
func (sub *subject) nameOf(id string) string {
	if r := sub.byID[id]; r != nil && r.Name != "" {
		return strconv.Quote(id) + " (" + r.Name + ")"
	}
	return strconv.Quote(id)
}

// parseDecimal reads a decimal as rule files have it.
func parseDecimal(s string) (d decimal.Decimal, err error) {
	if d, err = decimal.NewFromString(s); err != nil {
		return d, err
	}
	_, err = rules.Micros(d)
	return d, err
}

// price writes an amount with at least its cents.
func price(d decimal.Decimal) string {
	if m := micros(d); m%cent != 0 {
		return money(m).String()
	}
	return d.StringFixed(2)
}

// namesOf joins names: a, b and c.
func (sub *subject) namesOf(ids []string) string {
	const most = 8
	var names []string
	for i, id := range ids {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(ids)-most))
			break
		}
		names = append(names, sub.nameOf(id))
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// count writes a number of a unit that is named in the plural.
func count(n int64, unit string) string {
	if n == 1 && !strings.HasSuffix(unit, "ss") && !strings.HasSuffix(unit, "us") {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%d %s", n, unit)
}
