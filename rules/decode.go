package rules

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// Decode reads a definition from JSON, strictly. Unknown fields, fields given
// twice, values of the wrong type, decimals that are not strings, and text after
// the end are problems; all are reported at once, each with its place, in a
// [*CompileError]. Broken JSON ends the reading where it breaks. An error of r
// itself is returned as it is.
//
// A definition that Decode accepts may still be nonsense: that is for [Compile] to say.
func Decode(r io.Reader) (Definition, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxDefinitionBytes+1))
	if err != nil {
		return Definition{}, fmt.Errorf("rules: reading the definition: %w", err)
	}
	return decode(text)
}

// UnmarshalJSON reads a definition as [Decode] does, so that it is read strictly
// inside a larger document too.
func (d *Definition) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	def, err := decode(text)
	if err == nil {
		*d = def
	}
	return err
}

func decode(text []byte) (Definition, error) {
	var def Definition
	d := decoder{text: text, json: json.NewDecoder(bytes.NewReader(text)), fields: map[reflect.Type][]field{}}
	d.json.UseNumber()
	switch {
	case len(text) > MaxDefinitionBytes:
		d.problem("is longer than the %d bytes allowed", MaxDefinitionBytes)
	case !utf8.Valid(text):
		d.problem("is not valid UTF-8")
	case d.value(reflect.ValueOf(&def).Elem()):
		d.end()
	}
	if len(d.problems) > 0 {
		return Definition{}, &CompileError{Problems: d.problems}
	}
	return def, nil
}

// decoder reads JSON into Go values by their types. Its methods return false when
// the text cannot be read any further.
type decoder struct {
	text     []byte
	json     *json.Decoder
	path     path
	problems []Problem
	fields   map[reflect.Type][]field
}

// field is a field of a struct by its name in JSON.
type field struct {
	name  string
	index int
}

var (
	typeDecimal = reflect.TypeFor[decimal.Decimal]()
	typeTime    = reflect.TypeFor[time.Time]()
	typeJSON    = reflect.TypeFor[json.Unmarshaler]()
	typeText    = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (d *decoder) problem(format string, args ...any) {
	d.problems = note(d.problems, d.path, fmt.Sprintf(format, args...))
}

// end checks that nothing but space is left.
func (d *decoder) end() {
	more, at := d.json.More(), d.at()
	if !more {
		_, err := d.json.Token() // a closing bracket is no more to More
		more = !errors.Is(err, io.EOF)
	}
	if more {
		d.problem("%s: there is more text after the definition", at)
	}
}

// at names the place in the text that is read next. The offset in a SyntaxError
// is not used: it counts differently from one error to another.
func (d *decoder) at() string {
	before := d.text[:d.json.InputOffset()]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}

// token reads the next token.
func (d *decoder) token() (json.Token, bool) {
	t, err := d.json.Token()
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return t, true
	case errors.As(err, &syntax):
		d.problem("%s: %s", d.at(), syntax.Error())
	default:
		d.problem("the text ends before the definition does")
	}
	return nil, false
}

// value reads a value of v's type into v.
func (d *decoder) value(v reflect.Value) bool {
	pointer := reflect.PointerTo(v.Type())
	root := len(d.path) == 0 // Definition unmarshals itself, by this very decoder
	switch {
	case v.Type() == typeDecimal, v.Type() == typeTime, !root && !pointer.Implements(typeJSON) && pointer.Implements(typeText):
		return d.scalar(v)
	case !root && pointer.Implements(typeJSON):
		return d.raw(v)
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem())
	case reflect.Struct, reflect.Map:
		return d.open('{', "an object", func() bool { return d.members(v) })
	case reflect.Slice:
		return d.open('[', "a list", func() bool { return d.entries(v) })
	default:
		return d.scalar(v)
	}
}

// open reads the opening token of an object or list, then its contents.
func (d *decoder) open(delim json.Delim, wanted string, contents func() bool) bool {
	t, ok := d.token()
	if !ok {
		return false
	}
	if t != delim {
		d.problem("must be %s, is %s", wanted, describe(t))
		return d.skip(t)
	}
	if len(d.path) >= MaxNesting {
		d.problem("is nested deeper than %d levels", MaxNesting)
		return false
	}
	return contents()
}

// members reads what is inside an object.
func (d *decoder) members(v reflect.Value) bool {
	var entries map[string]bool // of a map
	var given uint64            // fields of a struct, a bit each
	if v.Kind() == reflect.Map {
		entries = map[string]bool{}
	}
	for d.json.More() {
		t, ok := d.token()
		if !ok {
			return false
		}
		name := t.(string) // the decoder accepts nothing else before a colon
		d.path = append(d.path, segment{name: name})
		if entries != nil {
			ok = d.entry(v, name, entries)
		} else {
			ok = d.member(v, name, &given)
		}
		d.path = d.path[:len(d.path)-1]
		if !ok {
			return false
		}
	}
	_, ok := d.token()
	return ok
}

// member reads a field of a struct.
func (d *decoder) member(v reflect.Value, name string, given *uint64) bool {
	fields := d.fieldsOf(v.Type())
	for _, f := range fields {
		if f.name == name {
			if *given&(1<<f.index) != 0 {
				d.problem("is given twice")
			}
			*given |= 1 << f.index
			return d.value(v.Field(f.index))
		}
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	hint := didYouMean(name, names)
	if hint == "" {
		hint = ": here may stand " + strings.Join(names, ", ")
	}
	d.problem("unknown field%s", hint)
	t, ok := d.token()
	return ok && d.skip(t)
}

// entry reads an entry of a map.
func (d *decoder) entry(v reflect.Value, name string, given map[string]bool) bool {
	if given[name] {
		d.problem("is given twice")
	}
	given[name] = true
	e := reflect.New(v.Type().Elem()).Elem()
	if !d.value(e) {
		return false
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), e)
	return true
}

// entries reads what is inside a list.
func (d *decoder) entries(v reflect.Value) bool {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0)) // the field may be given twice; an empty list is not the same as none
	for i := 0; d.json.More(); i++ {
		v.Grow(1)
		v.SetLen(i + 1)
		d.path = append(d.path, segment{index: i})
		ok := d.value(v.Index(i))
		d.path = d.path[:len(d.path)-1]
		if !ok {
			return false
		}
	}
	_, ok := d.token()
	return ok
}

// fieldsOf returns the fields of a struct by their names in JSON.
func (d *decoder) fieldsOf(t reflect.Type) []field {
	if fields, ok := d.fields[t]; ok {
		return fields
	}
	var fields []field
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields = append(fields, field{name, i})
	}
	d.fields[t] = fields
	return fields
}

// raw reads a value that knows how to read itself.
func (d *decoder) raw(v reflect.Value) bool {
	var text json.RawMessage
	if err := d.json.Decode(&text); err != nil {
		_, ok := d.token() // reports what is wrong
		return ok
	}
	if err := v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(text); err != nil {
		d.problem("%s", withoutPackage(err))
	}
	return true
}

// scalar reads a value that is neither object nor list.
func (d *decoder) scalar(v reflect.Value) bool {
	t, ok := d.token()
	if !ok {
		return false
	}
	if problem := set(v, t); problem != "" {
		d.problem("%s", problem)
		return d.skip(t)
	}
	return true
}

// skip reads to the end of the value that began with t.
func (d *decoder) skip(t json.Token) bool {
	depth := 0
	for {
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; len(d.path)+depth > MaxNesting {
				d.problem("is nested deeper than %d levels", MaxNesting)
				return false
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return true
		}
		var ok bool
		if t, ok = d.token(); !ok {
			return false
		}
	}
}
