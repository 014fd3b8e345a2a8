package loyalty

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/rules"
)

// counter is one counter as the document has it.
type counter struct {
	Points int64 `json:"p,omitempty"`
	Uses   int64 `json:"u,omitempty"`
	Carry  int64 `json:"c,omitempty"` // in millionths
	Until  int64 `json:"t,omitempty"` // in seconds since 1970; periods end on whole seconds
}

// counterFields are the names of counter's fields in the order they are written.
var counterFields = [...]string{"p", "u", "c", "t"}

func (c *counter) fields() [len(counterFields)]*int64 {
	return [...]*int64{&c.Points, &c.Uses, &c.Carry, &c.Until}
}

func newCounter(u rules.Use) counter {
	c := counter{Points: u.Points, Uses: u.Uses}
	c.Carry, _ = rules.Micros(u.Carry) // it came from amounts in millionths
	if !u.Until.IsZero() {
		c.Until = u.Until.Unix()
	}
	return c
}

func (c counter) use() rules.Use {
	u := rules.Use{Points: c.Points, Uses: c.Uses, Carry: micros(c.Carry)}
	if c.Until != 0 {
		u.Until = time.Unix(c.Until, 0).UTC()
	}
	return u
}

func encodeUsage(u rules.Usage) json.RawMessage {
	doc := append(make([]byte, 0, 64*len(u)+2), '{')
	for i, key := range slices.Sorted(maps.Keys(u)) {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(appendText(doc, key), ':', '{')
		c := newCounter(u[key])
		for j, field := range c.fields() {
			if *field != 0 {
				doc = strconv.AppendInt(appendName(doc, counterFields[j]), *field, 10)
			}
		}
		doc = append(doc, '}')
	}
	return append(doc, '}')
}

func decodeUsage(doc []byte) (rules.Usage, error) {
	if u, ok := decodePlainUsage(string(doc)); ok {
		return u, nil
	}
	var counters map[string]counter
	if err := json.Unmarshal(doc, &counters); err != nil {
		return nil, err
	}
	u := make(rules.Usage, len(counters))
	for key, c := range counters {
		u[key] = c.use()
	}
	return u, nil
}

// decodePlainUsage reads a document exactly as encodeUsage writes one of plain keys.
func decodePlainUsage(doc string) (rules.Usage, bool) {
	r := reader{rest: doc}
	r.must("{")
	u := make(rules.Usage, max(strings.Count(doc, "{")-1, 0))
	for first := true; r.more(first, "}"); first = false {
		key := r.text()
		r.must(":{")
		u[key] = r.counter().use()
	}
	return u, r.done()
}

func (r *reader) counter() (c counter) {
	first := true
	for j, field := range c.fields() {
		if r.field(counterFields[j], &first) {
			*field = r.number()
		}
	}
	r.must("}")
	return c
}
