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

// The usage document is read and written with every event, so it has a codec of its
// own: about a tenth of the time of encoding/json, which stays as the way to read
// whatever a database has made of the text, and as the oracle of the fuzz test.

// counter is one counter as the document has it.
type counter struct {
	Points int64 `json:"p,omitempty"`
	Uses   int64 `json:"u,omitempty"`
	Carry  int64 `json:"c,omitempty"` // in millionths
	Until  int64 `json:"t,omitempty"` // in seconds since 1970; periods end on whole seconds
}

// counterFields are the names of counter's fields in the order they are written.
var counterFields = [...]string{`"p":`, `"u":`, `"c":`, `"t":`}

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

func encodeUsage(u rules.Usage) (json.RawMessage, error) {
	doc := append(make([]byte, 0, 64*len(u)+2), '{')
	for i, key := range slices.Sorted(maps.Keys(u)) {
		if i > 0 {
			doc = append(doc, ',')
		}
		if plain(key) {
			doc = append(append(append(doc, '"'), key...), '"')
		} else {
			quoted, err := json.Marshal(key)
			if err != nil {
				return nil, err
			}
			doc = append(doc, quoted...)
		}
		doc = append(doc, ':', '{')
		c := newCounter(u[key])
		first := true
		for j, field := range c.fields() {
			if *field == 0 {
				continue
			}
			if !first {
				doc = append(doc, ',')
			}
			first = false
			doc = strconv.AppendInt(append(doc, counterFields[j]...), *field, 10)
		}
		doc = append(doc, '}')
	}
	return append(doc, '}'), nil
}

// plain tells a text that stands in JSON as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
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
	rest, ok := strings.CutPrefix(doc, "{")
	if !ok {
		return nil, false
	}
	u := make(rules.Usage, strings.Count(rest, "{"))
	for first := true; rest != "}"; first = false {
		if !first {
			if rest, ok = strings.CutPrefix(rest, ","); !ok {
				return nil, false
			}
		}
		if rest, ok = strings.CutPrefix(rest, `"`); !ok {
			return nil, false
		}
		var key string
		key, rest, ok = strings.Cut(rest, `":{`)
		if !ok || !plain(key) {
			return nil, false
		}
		var c counter
		if c, rest, ok = decodeCounter(rest); !ok {
			return nil, false
		}
		u[key] = c.use()
	}
	return u, true
}

func decodeCounter(s string) (c counter, rest string, ok bool) {
	first := true
	for j, field := range c.fields() {
		after := s
		if !first {
			if after, ok = strings.CutPrefix(s, ","); !ok {
				continue
			}
		}
		if after, ok = strings.CutPrefix(after, counterFields[j]); !ok {
			continue
		}
		end := strings.IndexAny(after, ",}")
		if end < 0 {
			return c, s, false
		}
		n, err := strconv.ParseInt(after[:end], 10, 64)
		if err != nil || strconv.FormatInt(n, 10) != after[:end] {
			return c, s, false
		}
		*field, s, first = n, after[end:], false
	}
	rest, ok = strings.CutPrefix(s, "}")
	return c, rest, ok
}
