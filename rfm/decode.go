package rfm

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/loyaltykit/loyalty/internal/wording"
	"github.com/shopspring/decimal"
)

// Decode reads a definition from JSON, strictly. Unknown fields, fields given
// twice, values of the wrong type, decimals that are not strings, and text after
// the end are problems; all are reported at once, each with its place, in a
// [*DefinitionError]. Broken JSON ends the reading where it breaks. An error of r
// itself is returned wrapped.
//
// What a definition says is for [Compile] to judge.
func Decode(r io.Reader) (Definition, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxDefinitionBytes+1))
	if err != nil {
		return Definition{}, fmt.Errorf("rfm: reading the definition: %w", err)
	}
	var def Definition
	if err := decodeInto(text, &def); err != nil {
		return Definition{}, err
	}
	return def, nil
}

// decodeInto reads JSON into what to points to.
func decodeInto(text []byte, to any) error {
	d := decoder{text: text, json: json.NewDecoder(bytes.NewReader(text))}
	d.json.UseNumber()
	switch {
	case len(text) > MaxDefinitionBytes:
		d.bad.add("", "is longer than the %d bytes allowed", MaxDefinitionBytes)
	case !utf8.Valid(text):
		d.bad.add("", "is not valid UTF-8")
	case d.value("", reflect.ValueOf(to).Elem(), 0):
		at := d.at()
		if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
			d.bad.add("", "%s: there is more text after the end", at)
		}
	}
	return d.bad.err()
}

// decoder reads JSON into Go values by their types. Its methods return false when
// the text cannot be read any further.
type decoder struct {
	text []byte
	json *json.Decoder
	bad  problems
}

// at names the place in the text that is read next.
func (d *decoder) at() string {
	before := d.text[:d.json.InputOffset()]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("line %d, column %d", line, 1+utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]))
}

func (d *decoder) token(path string) (json.Token, bool) {
	t, err := d.json.Token()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		d.bad.add(path, "%s: %s", d.at(), syntax.Error())
	} else if err != nil {
		d.bad.add(path, "the text ends too soon")
	}
	return t, err == nil
}

var (
	typeDecimal = reflect.TypeFor[decimal.Decimal]()
	typeAmount  = reflect.TypeFor[decimalAsString]()
	typeText    = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (d *decoder) value(path string, v reflect.Value, depth int) bool {
	t, ok := d.token(path)
	if !ok {
		return false
	}
	switch kind := v.Kind(); {
	case depth > MaxNesting:
		d.bad.add(path, "is nested deeper than %d levels", MaxNesting)
		return false
	case scalar(v):
		if problem := set(v, t); problem != "" {
			d.bad.add(path, "%s", problem)
			return d.skip(path, t, depth)
		}
		return true
	case kind == reflect.Struct && t == json.Delim('{'):
		return d.members(path, v, depth)
	case kind == reflect.Slice && t == json.Delim('['):
		return d.entries(path, v, depth)
	case kind == reflect.Struct:
		d.bad.add(path, "must be an object, is %s", wording.Token(t))
	default:
		d.bad.add(path, "must be a list, is %s", wording.Token(t))
	}
	return d.skip(path, t, depth)
}

func scalar(v reflect.Value) bool {
	return v.Type() == typeDecimal || v.Type() == typeAmount || reflect.PointerTo(v.Type()).Implements(typeText) ||
		v.Kind() != reflect.Struct && v.Kind() != reflect.Slice
}

func (d *decoder) members(path string, v reflect.Value, depth int) bool {
	names := fieldNames(v.Type())
	given := map[string]bool{}
	for d.json.More() {
		t, ok := d.token(path)
		if !ok {
			return false
		}
		name := t.(string) // the decoder accepts nothing else before a colon
		at := strings.TrimPrefix(path+"."+name, ".")
		i := slices.Index(names, name)
		switch {
		case i < 0:
			hint := didYouMean(name, names)
			if hint == "" {
				hint = ": here may stand " + strings.Join(names, ", ")
			}
			d.bad.add(strings.TrimPrefix(path+"."+cut(name), "."), "unknown field%s", hint)
			if t, ok = d.token(at); !ok || !d.skip(at, t, depth+1) {
				return false
			}
			continue
		case given[name]:
			d.bad.add(at, "is given twice")
		}
		given[name] = true
		if !d.value(at, v.Field(i), depth+1) {
			return false
		}
	}
	_, ok := d.token(path)
	return ok
}

// cut shortens a name that came from outside.
func cut(s string) string {
	if len(s) <= MaxName {
		return s
	}
	return strings.ToValidUTF8(s[:MaxName], "") + "…"
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func (d *decoder) entries(path string, v reflect.Value, depth int) bool {
	v.SetZero() // the field may be given twice
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; d.json.More(); i++ {
		v.Grow(1)
		v.SetLen(i + 1)
		v.Index(i).SetZero()
		if !d.value(indexed(path, i), v.Index(i), depth+1) {
			return false
		}
	}
	if v.Len() == 0 {
		v.SetZero()
	}
	_, ok := d.token(path)
	return ok
}

// skip reads to the end of the value that began with t.
func (d *decoder) skip(path string, t json.Token, depth int) bool {
	for open := 0; ; {
		switch t {
		case json.Delim('{'), json.Delim('['):
			if open++; open+depth > MaxNesting {
				d.bad.add(path, "is nested deeper than %d levels", MaxNesting)
				return false
			}
		case json.Delim('}'), json.Delim(']'):
			open--
		}
		if open == 0 {
			return true
		}
		var ok bool
		if t, ok = d.token(path); !ok {
			return false
		}
	}
}

// set puts a token into v, or says why it cannot.
func set(v reflect.Value, t json.Token) (problem string) {
	s, isString := t.(string)
	switch {
	case v.Type() == typeDecimal || v.Type() == typeAmount:
		n, problem := readDecimal(t)
		if problem == "" && v.Type() == typeAmount {
			v.Set(reflect.ValueOf(decimalAsString{n}))
		} else if problem == "" {
			v.Set(reflect.ValueOf(n))
		}
		return problem
	case reflect.PointerTo(v.Type()).Implements(typeText):
		if !isString {
			return "must be a string, is " + wording.Token(t)
		}
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
			return "is not valid: " + quote(s)
		}
		return ""
	case v.Kind() == reflect.String:
		if !isString {
			return "must be a string, is " + wording.Token(t)
		}
		v.SetString(s)
		return ""
	case v.Kind() == reflect.Bool:
		b, ok := t.(bool)
		if !ok {
			return "must be true or false, is " + wording.Token(t)
		}
		v.SetBool(b)
		return ""
	default:
		n, ok := t.(json.Number)
		i, err := strconv.ParseInt(n.String(), 10, v.Type().Bits())
		if !ok || err != nil {
			return "must be a whole number, is " + wording.Token(t)
		}
		v.SetInt(i)
		return ""
	}
}

func readDecimal(t json.Token) (decimal.Decimal, string) {
	s, ok := t.(string)
	if !ok {
		return decimal.Decimal{}, `must be a decimal in quotes, such as "0.10", is ` + wording.Token(t)
	}
	d, ok := wording.Decimal(s)
	if !ok {
		return decimal.Decimal{}, "is not a decimal such as \"0.10\": " + quote(s)
	}
	return d, ""
}

// decimalAsString is a decimal that is a string in JSON, whatever
// decimal.MarshalJSONWithoutQuotes is set to in the host.
type decimalAsString struct{ decimal.Decimal }

// MarshalJSON writes plain digits in quotes.
func (d decimalAsString) MarshalJSON() ([]byte, error) {
	n, fault := micros(d.Decimal)
	if fault != "" {
		return nil, fmt.Errorf("rfm: a number %s", fault)
	}
	return []byte(`"` + formatMicros(n) + `"`), nil
}

// formatMicros writes millionths in plain digits: "-0.05".
func formatMicros(n int64) string {
	u, sign := uint64(n), ""
	if n < 0 {
		u, sign = -u, "-"
	}
	s := fmt.Sprintf("%s%d.%06d", sign, u/millionth, u%millionth)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
