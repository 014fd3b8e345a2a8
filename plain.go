package loyalty

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
)

// A member's documents are read and written with every event, so they have a codec of
// their own, at about a tenth of the cost of encoding/json. It writes the very JSON that
// encoding/json would, and reads that form alone: whatever else a database
// has made of the text, encoding/json reads, which is also the oracle of the fuzz tests.

// reader takes apart a text of known form. Once something is not as expected, bad stays true.
type reader struct {
	rest string
	bad  bool
}

// has takes a piece of text if it comes next.
func (r *reader) has(s string) bool {
	rest, ok := strings.CutPrefix(r.rest, s)
	r.rest = rest
	return ok
}

func (r *reader) must(s string) {
	if !r.has(s) {
		r.bad = true
	}
}

// text takes a plain string, its quotes included.
func (r *reader) text() string {
	r.must(`"`)
	s, rest, ok := strings.Cut(r.rest, `"`)
	if !ok || !plain(s) {
		r.bad = true
		return ""
	}
	r.rest = rest
	return s
}

// texts takes a list of plain strings.
func (r *reader) texts() (list []string) {
	r.must("[")
	for first := true; r.more(first, "]"); first = false {
		list = append(list, r.text())
	}
	return list
}

// number takes a whole number as it is written, without needless signs or zeros.
func (r *reader) number() int64 {
	end := 0
	for end < len(r.rest) && (r.rest[end] == '-' || r.rest[end] >= '0' && r.rest[end] <= '9') {
		end++
	}
	n, err := strconv.ParseInt(r.rest[:end], 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != r.rest[:end] {
		r.bad = true
	}
	r.rest = r.rest[end:]
	return n
}

func (r *reader) time() time.Time {
	t, err := time.Parse(time.RFC3339Nano, r.text())
	if err != nil {
		r.bad = true
	}
	return t
}

// field takes the name of an object's field if it comes next. first is whether it would be
// the first of them.
func (r *reader) field(name string, first *bool) bool {
	rest := r.rest
	if !*first {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, ","); !ok {
			return false
		}
	}
	n := len(name)
	if len(rest) < n+3 || rest[0] != '"' || rest[1:n+1] != name || rest[n+1:n+3] != `":` {
		return false
	}
	r.rest, *first = rest[n+3:], false
	return true
}

// more tells whether another element of a list or object that ends in end follows.
func (r *reader) more(first bool, end string) bool {
	if r.bad || r.has(end) {
		return false
	}
	if !first {
		r.must(",")
	}
	return !r.bad
}

// done tells whether all was read, and as expected.
func (r *reader) done() bool { return !r.bad && r.rest == "" }

// plain tells a text that stands in JSON as it is. encoding/json escapes some signs that
// need not be.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || strings.IndexByte(`"\<>&`, c) >= 0 {
			return false
		}
	}
	return true
}

func appendText(doc []byte, s string) []byte {
	if plain(s) {
		return append(append(append(doc, '"'), s...), '"')
	}
	quoted, _ := json.Marshal(s) // no string fails
	return append(doc, quoted...)
}

// appendName begins the next field of an object: a comma unless it is the first.
func appendName(doc []byte, name string) []byte {
	if doc[len(doc)-1] != '{' {
		doc = append(doc, ',')
	}
	return append(append(append(doc, '"'), name...), '"', ':')
}

func appendTime(doc []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(doc, '"'), time.RFC3339Nano), '"')
}

func encodeFacts(f facts) json.RawMessage {
	doc := append(make([]byte, 0, 64), '{')
	doc = appendText(appendName(doc, "joined"), f.Joined.String())
	if !f.Birthday.IsZero() {
		doc = appendText(appendName(doc, "birthday"), f.Birthday.String())
	}
	if len(f.Segments) > 0 {
		doc = appendTexts(appendName(doc, "segments"), f.Segments)
	}
	if f.Orders != 0 {
		doc = strconv.AppendInt(appendName(doc, "orders"), int64(f.Orders), 10)
	}
	if !f.Active.IsZero() {
		doc = appendText(appendName(doc, "active"), f.Active.String())
	}
	if f.Stage != "" {
		doc = appendText(appendName(doc, "stage"), f.Stage)
	}
	if len(f.Interests) > 0 {
		doc = appendTexts(appendName(doc, "interests"), f.Interests)
	}
	if len(f.Attributes) > 0 {
		attributes, _ := json.Marshal(f.Attributes) // texts and numbers, which were validated
		doc = append(appendName(doc, "attributes"), attributes...)
	}
	return append(doc, '}')
}

func appendTexts(doc []byte, list []string) []byte {
	doc = append(doc, '[')
	for i, s := range list {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = appendText(doc, s)
	}
	return append(doc, ']')
}

func decodeFacts(doc []byte) (facts, error) {
	if f, ok := decodePlainFacts(string(doc)); ok {
		return f, nil
	}
	var f facts
	return f, json.Unmarshal(doc, &f)
}

func decodePlainFacts(doc string) (f facts, ok bool) {
	r, first := reader{rest: doc}, true
	r.must("{")
	var err error
	if r.field("joined", &first) {
		if joined := r.text(); joined != "" {
			f.Joined, err = calendar.ParseDate(joined)
			r.bad = r.bad || err != nil
		}
	}
	if r.field("birthday", &first) {
		f.Birthday, err = calendar.ParseYearly(r.text())
		r.bad = r.bad || err != nil
	}
	if r.field("segments", &first) {
		f.Segments = r.texts()
	}
	if r.field("orders", &first) {
		f.Orders = int(r.number())
	}
	if r.field("active", &first) {
		f.Active, err = calendar.ParseDate(r.text())
		r.bad = r.bad || err != nil
	}
	if r.field("stage", &first) {
		f.Stage = r.text()
	}
	if r.field("interests", &first) {
		f.Interests = r.texts()
	}
	r.must("}") // attributes are left to encoding/json
	return f, r.done()
}

func encodeTier(st tier.Status) json.RawMessage {
	doc := append(make([]byte, 0, 160), '{')
	if len(st.Points) > 0 {
		doc = append(appendName(doc, "points"), '{')
		var few [4]string
		keys := slices.AppendSeq(few[:0], maps.Keys(st.Points))
		slices.Sort(keys)
		for i, key := range keys {
			if i > 0 {
				doc = append(doc, ',')
			}
			doc = strconv.AppendInt(append(appendText(doc, key), ':'), st.Points[key], 10)
		}
		doc = append(doc, '}')
	}
	if st.Tier != "" {
		doc = appendText(appendName(doc, "tier"), st.Tier)
	}
	if !st.Since.IsZero() {
		doc = appendTime(appendName(doc, "since"), st.Since)
	}
	if !st.Settled.IsZero() {
		doc = appendTime(appendName(doc, "settled"), st.Settled)
	}
	return append(doc, '}')
}

func decodeTier(doc []byte) (tier.Status, error) {
	if st, ok := decodePlainTier(string(doc)); ok {
		return st, nil
	}
	var st tier.Status
	return st, json.Unmarshal(doc, &st)
}

func decodePlainTier(doc string) (st tier.Status, ok bool) {
	r, first := reader{rest: doc}, true
	r.must("{")
	if r.field("points", &first) {
		r.must("{")
		st.Points = make(map[string]int64, 2)
		for first := true; r.more(first, "}"); first = false {
			key := r.text()
			r.must(":")
			st.Points[key] = r.number()
		}
	}
	if r.field("tier", &first) {
		st.Tier = r.text()
	}
	if r.field("since", &first) {
		st.Since = r.time()
	}
	if r.field("settled", &first) {
		st.Settled = r.time()
	}
	r.must("}")
	return st, r.done()
}
