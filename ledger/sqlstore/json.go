package sqlstore

import (
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// object is JSON being written, a member after another. Texts, times and sums that are zero are left out.
type object []byte

// open begins a list or an object, under a name or, within a list, without one.
func (o *object) open(name string, bracket byte) {
	o.name(name)
	*o = append(*o, bracket)
}

func (o *object) close(bracket byte) { *o = append(*o, bracket) }

// name writes what stands before a value: a comma unless it is the first, and its name.
func (o *object) name(name string) {
	if n := len(*o); n > 0 && (*o)[n-1] != '[' && (*o)[n-1] != '{' {
		*o = append(*o, ',')
	}
	if name != "" {
		*o = append(append(append(*o, '"'), name...), '"', ':')
	}
}

func (o *object) text(name, v string) {
	if v == "" {
		return
	}
	o.name(name)
	o.quote(v)
}

// value is JSON as it is given, under a name of any characters.
func (o *object) value(name string, v []byte) {
	o.name("")
	o.quote(name)
	*o = append(append(*o, ':'), v...)
}

func (o *object) quote(v string) {
	*o = append(*o, '"')
	for i := range len(v) {
		switch c := v[i]; {
		case c == '"' || c == '\\':
			*o = append(*o, '\\', c)
		case c < ' ':
			*o = append(*o, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			*o = append(*o, c)
		}
	}
	*o = append(*o, '"')
}

func (o *object) number(name string, v int64) {
	o.name(name)
	*o = strconv.AppendInt(*o, v, 10)
}

// sum is a number that is left out when it is zero.
func (o *object) sum(name string, v int64) {
	if v != 0 {
		o.number(name, v)
	}
}

// jsonTime is layout, its fraction only where there is one: every database orders, and reads, such texts right.
const jsonTime = "2006-01-02 15:04:05.999999"

func (o *object) moment(name string, v time.Time) {
	if !v.IsZero() {
		o.name(name)
		*o = append(v.UTC().AppendFormat(append(*o, '"'), jsonTime), '"')
	}
}

// readColumn reads JSON of an owner's by the quick reader, or by the other what that leaves alone. Of no text it is nothing.
func readColumn[T any](what, owner, text string, quick func(string) (T, bool), other func(string) (T, error)) (T, error) {
	var none T
	if text == "" {
		return none, nil
	}
	if v, ok := quick(text); ok {
		return v, nil
	}
	v, err := other(text)
	if err != nil {
		return none, fmt.Errorf("sqlstore: %s of %q: %w", what, owner, err)
	}
	return v, nil
}

// plain reads JSON as object writes it, without a thing between its tokens: several times as fast as encoding/json, to which
// all else is left. It fails for good at what it does not know.
type plain struct {
	s      string
	at     int
	failed bool
}

func (p *plain) peek(c byte) bool { return p.at < len(p.s) && p.s[p.at] == c }

func (p *plain) take(c byte) {
	if !p.peek(c) {
		p.failed = true
		p.at = len(p.s)
		return
	}
	p.at++
}

// list has each read the items of a list.
func (p *plain) list(each func()) {
	p.take('[')
	for first := true; !p.failed && !p.peek(']'); first = false {
		if !first {
			p.take(',')
		}
		each()
	}
	p.take(']')
}

// object has each read the values of an object's members. It fails at a name that comes twice.
func (p *plain) object(each func(name string)) {
	p.take('{')
	var room [8]string
	seen := room[:0]
	for !p.failed && !p.peek('}') {
		if len(seen) > 0 {
			p.take(',')
		}
		name := p.text()
		if p.take(':'); slices.Contains(seen, name) {
			p.failed = true
		}
		seen = append(seen, name)
		each(name)
	}
	p.take('}')
}

// text reads a string without escapes.
func (p *plain) text() string {
	p.take('"')
	ascii := true
	for i := p.at; i < len(p.s) && p.s[i] != '\\' && p.s[i] >= ' '; i++ {
		switch c := p.s[i]; {
		case c == '"':
			s := p.s[p.at:i]
			p.at = i + 1
			p.failed = p.failed || !ascii && !utf8.ValidString(s)
			return s
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	p.failed = true
	return ""
}

// value gives where a value of an object begins and ends, with the blanks around it. It looks for the ends of strings
// and for brackets, and leaves what it is to whoever reads it.
func (p *plain) value() (from, to int) {
	from = p.at
	for depth := 0; p.at < len(p.s); p.at++ {
		switch p.s[p.at] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return from, p.at
			}
		case ',':
			if depth == 0 {
				return from, p.at
			}
		case '"':
			for p.at++; p.at < len(p.s) && p.s[p.at] != '"'; p.at++ {
				if p.s[p.at] == '\\' {
					p.at++
				}
			}
		}
	}
	p.failed = true
	p.at = len(p.s)
	return from, p.at
}

func (p *plain) number() int64 {
	i := p.at
	for p.at < len(p.s) && (p.s[p.at] >= '0' && p.s[p.at] <= '9' || p.s[p.at] == '-') {
		p.at++
	}
	n, err := strconv.ParseInt(p.s[i:p.at], 10, 64)
	if err != nil || p.at-i > 1 && (p.s[i] == '0' || p.s[i] == '-' && p.s[i+1] == '0') {
		p.failed = true
	}
	return n
}

func (p *plain) moment() time.Time {
	t, err := time.Parse(jsonTime, p.text())
	if err != nil {
		p.failed = true
	}
	return t
}
