package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/loyaltykit/loyalty/internal/wording"
	"github.com/shopspring/decimal"
)

// Value is an attribute of an event or a member, or what a condition compares one
// with: a text, a whole number, true or false, or a list of texts, as they stand in
// JSON. A decimal and a time are texts, in the form in which a rule file has them
// ("100.00", "2026-06-01T00:00:00+02:00"); the type declared for the attribute says
// which they are. The zero Value is none at all.
//
// Values are compared with [Value.Equal], and never change.
type Value struct {
	kind valueKind
	n    int64 // of a whole number; 1 is true
	text string
	list []string
}

type valueKind uint8

const (
	noValue valueKind = iota
	isText
	isInteger
	isBool
	isList
	isFaulty // text says why
)

// Attributes are what a host knows of an event or a member beyond the fields there
// are, by name. Those that a definition declares must be of the type it says;
// others are ignored.
type Attributes map[string]Value

// Text returns a text. The empty one counts as missing.
func Text(s string) Value { return Value{kind: isText, text: s} }

// Integer returns a whole number.
func Integer(n int64) Value { return Value{kind: isInteger, n: n} }

// Bool returns true or false.
func Bool(b bool) Value {
	v := Value{kind: isBool}
	if b {
		v.n = 1
	}
	return v
}

// List returns a list of texts. The empty one counts as missing.
func List(words ...string) Value { return Value{kind: isList, list: slices.Clone(words)} }

// Decimal returns an amount. One with more than [MaxDecimals] decimals, or not
// below [MaxAmount], is refused where it is used.
func Decimal(d decimal.Decimal) Value {
	m, why := micros(d)
	if why != exact {
		return Value{kind: isFaulty, text: why.String()}
	}
	return Text(formatMicros(m))
}

// Moment returns a time, to the nanosecond. Its year must be between 0 and 9999.
func Moment(t time.Time) Value {
	text, err := t.MarshalText()
	if err != nil {
		return Value{kind: isFaulty, text: "is a time that cannot be written"}
	}
	return Text(string(text))
}

// IsZero reports whether there is no value at all.
func (v Value) IsZero() bool { return v.kind == noValue }

// Equal reports whether both are the same value of the same kind.
func (v Value) Equal(o Value) bool {
	return v.kind == o.kind && v.n == o.n && v.text == o.text && slices.Equal(v.list, o.list)
}

// String returns the value as it stands in JSON.
func (v Value) String() string {
	switch v.kind {
	case noValue:
		return "none"
	case isText:
		return quote(v.text)
	case isInteger:
		return strconv.FormatInt(v.n, 10)
	case isBool:
		return strconv.FormatBool(v.n == 1)
	case isList:
		return "[" + quoteList(v.list) + "]"
	default:
		return "a value that " + v.text
	}
}

// describe names what the value is, for a message.
func (v Value) describe() string {
	switch v.kind {
	case isText:
		return "the text " + quote(v.text)
	case isInteger:
		return "the number " + strconv.FormatInt(v.n, 10)
	case isList:
		return "a list"
	default:
		return v.String()
	}
}

// MarshalJSON writes the value, and null for none.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case noValue:
		return []byte("null"), nil
	case isText:
		return json.Marshal(v.text)
	case isInteger, isBool:
		return []byte(v.String()), nil
	case isList:
		return json.Marshal(append([]string{}, v.list...))
	default:
		return nil, fmt.Errorf("rules: a value %s", v.text)
	}
}

// UnmarshalJSON reads a string, a whole number, true or false, or a list of
// strings. A number with decimals is refused: those stand in quotes.
func (v *Value) UnmarshalJSON(text []byte) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return errors.New("rules: a value is missing")
	}
	switch first := text[0]; {
	case first == '"':
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return fmt.Errorf("rules: %w", err)
		}
		*v = Text(s)
		return nil
	case first == '-' || '0' <= first && first <= '9':
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return fmt.Errorf(`must be a whole number, or a decimal in quotes, such as "0.10", is %s`, wording.Token(json.Number(text)))
		}
		*v = Integer(n)
		return nil
	case first == '[':
		return v.unmarshalList(text)
	case string(text) == "true" || string(text) == "false":
		*v = Bool(first == 't')
		return nil
	}
	is := "null"
	if text[0] == '{' {
		is = "an object"
	}
	return fmt.Errorf("must be a string, a whole number, true or false, or a list of strings, is %s", is)
}

func (v *Value) unmarshalList(text []byte) error {
	var entries []any
	if err := json.Unmarshal(text, &entries); err != nil {
		return fmt.Errorf("must be a list of strings: %s", err)
	}
	list := make([]string, len(entries))
	for i, e := range entries {
		s, ok := e.(string)
		if !ok {
			return fmt.Errorf("[%d] must be a string", i)
		}
		list[i] = s
	}
	*v = Value{kind: isList, list: list}
	return nil
}

// quoteList lists words, the first few: `"a", "b"`.
func quoteList(words []string) string {
	const most = 8
	b := []byte(nil)
	for i, w := range words {
		if i == most {
			return string(b) + fmt.Sprintf(" and %d others", len(words)-most)
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, quote(w)...)
	}
	return string(b)
}
