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

	"github.com/loyaltykit/loyalty/internal/wording"
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
	d := decoder{lexer: lexer{text: text}, shapes: map[reflect.Type]*shape{}}
	root := &shape{Type: reflect.TypeFor[Definition](), kind: objectShape}
	d.fieldsOf(root) // Definition unmarshals itself, by this very decoder
	switch {
	case len(text) > MaxDefinitionBytes:
		d.problem("is longer than the %d bytes allowed", MaxDefinitionBytes)
	case !utf8.Valid(text):
		d.problem("is not valid UTF-8")
	case d.value(reflect.ValueOf(&def).Elem(), root):
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
	lexer    lexer
	path     path
	problems []Problem
	shapes   map[reflect.Type]*shape
}

// shape is how values of a type are read.
type shape struct {
	reflect.Type
	kind   shapeKind
	fields []field // of an object
	elem   *shape  // of a list, a table or a pointer
}

type shapeKind uint8

const (
	objectShape  shapeKind = iota
	tableShape             // a map
	listShape              // a slice
	pointerShape           // to what is read
	ownShape               // reads itself from JSON
	scalarShape            // neither object nor list: of the kinds below, or of reflect's
	decimalShape
	timeShape
	textShape // reads itself from a string
)

// field is a field of a struct by its name in JSON.
type field struct {
	name  string
	index int
	shape *shape
}

var (
	typeDecimal = reflect.TypeFor[decimal.Decimal]()
	typeTime    = reflect.TypeFor[time.Time]()
	typeJSON    = reflect.TypeFor[json.Unmarshaler]()
	typeText    = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// shapeOf returns the shape of a type, worked out once.
func (d *decoder) shapeOf(t reflect.Type) *shape {
	if s, ok := d.shapes[t]; ok {
		return s
	}
	s := &shape{Type: t, kind: scalarShape}
	d.shapes[t] = s // types may hold themselves
	switch pointer := reflect.PointerTo(t); {
	case t == typeDecimal:
		s.kind = decimalShape
	case t == typeTime:
		s.kind = timeShape
	case pointer.Implements(typeJSON):
		s.kind = ownShape
	case pointer.Implements(typeText):
		s.kind = textShape
	case t.Kind() == reflect.Struct:
		s.kind = objectShape
		d.fieldsOf(s)
	case t.Kind() == reflect.Map:
		s.kind, s.elem = tableShape, d.shapeOf(t.Elem())
	case t.Kind() == reflect.Slice:
		s.kind, s.elem = listShape, d.shapeOf(t.Elem())
	case t.Kind() == reflect.Pointer:
		s.kind, s.elem = pointerShape, d.shapeOf(t.Elem())
	}
	return s
}

// fieldsOf fills in the fields of a struct by their names in JSON.
func (d *decoder) fieldsOf(s *shape) {
	for i := range s.NumField() {
		f := s.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		s.fields = append(s.fields, field{name, i, d.shapeOf(f.Type)})
	}
}

func (d *decoder) problem(format string, args ...any) {
	d.problems = note(d.problems, d.path, fmt.Sprintf(format, args...))
}

// end checks that nothing but space is left.
func (d *decoder) end() {
	if d.lexer.peek(); d.lexer.at < len(d.lexer.text) {
		d.problem("%s: there is more text after the definition", d.place(d.lexer.at))
	}
}

// place names a place in the text.
func (d *decoder) place(offset int) string {
	before := d.lexer.text[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}

// token reads the next token.
func (d *decoder) token() (token, bool) {
	t, ok := d.lexer.next()
	if !ok {
		d.broken()
	}
	return t, ok
}

// broken reports where the text is no JSON. The offset in a SyntaxError is not
// used: it counts differently from one error to another.
func (d *decoder) broken() {
	j := json.NewDecoder(bytes.NewReader(d.lexer.text))
	var err error
	for err == nil {
		_, err = j.Token()
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		d.problem("%s: %s", d.place(int(j.InputOffset())), syntax.Error())
		return
	}
	d.problem("the text ends before the definition does")
}

// value reads a value of v's type into v.
func (d *decoder) value(v reflect.Value, s *shape) bool {
	switch s.kind {
	case objectShape:
		return d.open('{', "an object", v, s, d.members)
	case tableShape:
		return d.open('{', "an object", v, s, d.table)
	case listShape:
		return d.open('[', "a list", v, s, d.entries)
	case pointerShape:
		v.Set(reflect.New(s.Type.Elem()))
		return d.value(v.Elem(), s.elem)
	case ownShape:
		return d.raw(v)
	default:
		return d.scalar(v, s)
	}
}

// open reads the opening token of an object or list, then its contents.
func (d *decoder) open(delim byte, wanted string, v reflect.Value, s *shape, contents func(reflect.Value, *shape) bool) bool {
	t, ok := d.token()
	if !ok {
		return false
	}
	if t.kind != delim {
		d.problem("must be %s, is %s", wanted, wording.Token(d.lexer.token(t)))
		return d.skip(t)
	}
	if len(d.path) >= MaxNesting {
		d.problem("is nested deeper than %d levels", MaxNesting)
		return false
	}
	if !contents(v, s) {
		return false
	}
	_, ok = d.token() // the closing one
	return ok
}

// members reads what is inside an object that is a struct.
func (d *decoder) members(v reflect.Value, s *shape) bool {
	var given uint64 // fields, a bit each
	for d.lexer.more() {
		t, ok := d.token()
		if !ok || !d.member(v, s, t, &given) {
			return false
		}
	}
	return true
}

// member reads a field of a struct.
func (d *decoder) member(v reflect.Value, s *shape, name token, given *uint64) (ok bool) {
	i := 0
	if name.escaped {
		name.text = []byte(d.lexer.string(name))
	}
	for i < len(s.fields) && s.fields[i].name != string(name.text) {
		i++
	}
	if i == len(s.fields) {
		d.path = append(d.path, segment{name: string(name.text)})
		ok = d.unknown(s)
	} else {
		f := &s.fields[i]
		d.path = append(d.path, segment{name: f.name})
		if *given&(1<<i) != 0 {
			d.problem("is given twice")
		}
		*given |= 1 << i
		ok = d.value(v.Field(f.index), f.shape)
	}
	d.path = d.path[:len(d.path)-1]
	return ok
}

// unknown reports a field that there is none of.
func (d *decoder) unknown(s *shape) bool {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	hint := didYouMean(d.path[len(d.path)-1].name, names)
	if hint == "" {
		hint = ": here may stand " + strings.Join(names, ", ")
	}
	d.problem("unknown field%s", hint)
	t, ok := d.token()
	return ok && d.skip(t)
}

// table reads what is inside an object that is a map.
func (d *decoder) table(v reflect.Value, s *shape) bool {
	given := map[string]bool{}
	for d.lexer.more() {
		t, ok := d.token()
		if !ok {
			return false
		}
		if len(given) == MaxRules {
			d.tooMany()
			return d.skipRest(true)
		}
		name := d.lexer.string(t)
		d.path = append(d.path, segment{name: name})
		if given[name] {
			d.problem("is given twice")
		}
		given[name] = true
		e := reflect.New(s.elem.Type).Elem()
		ok = d.value(e, s.elem)
		d.path = d.path[:len(d.path)-1]
		if !ok {
			return false
		}
		if v.IsNil() {
			v.Set(reflect.MakeMap(s.Type))
		}
		v.SetMapIndex(reflect.ValueOf(name).Convert(s.Key()), e)
	}
	return true
}

// entries reads what is inside a list.
func (d *decoder) entries(v reflect.Value, s *shape) bool {
	v.Set(reflect.MakeSlice(s.Type, 0, 0)) // the field may be given twice; an empty list is not the same as none
	for i := 0; d.lexer.more(); i++ {
		if i == MaxRules {
			d.tooMany()
			return d.skipRest(false)
		}
		if i == v.Cap() {
			v.Grow(i + 1) // at least as many again
		}
		v.SetLen(i + 1)
		d.path = append(d.path, segment{index: i})
		ok := d.value(v.Index(i), s.elem)
		d.path = d.path[:len(d.path)-1]
		if !ok {
			return false
		}
	}
	return true
}

// tooMany reports an object or list that is longer than any may be. What is beyond
// that is not kept.
func (d *decoder) tooMany() {
	d.problem("has more than %d entries", MaxRules)
}

// skipRest reads to the end of the object or list that it is in, the first name of
// an object having been read.
func (d *decoder) skipRest(named bool) bool {
	for named || d.lexer.more() {
		t, ok := d.token()
		if !ok || !d.skip(t) {
			return false
		}
		if named {
			if !d.lexer.more() {
				return true
			}
			if _, ok := d.token(); !ok {
				return false
			}
		}
	}
	return true
}

// raw reads a value that knows how to read itself.
func (d *decoder) raw(v reflect.Value) bool {
	t, ok := d.token()
	if !ok {
		return false
	}
	if !d.skip(t) {
		return false
	}
	if err := v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(d.lexer.text[t.start:d.lexer.at]); err != nil {
		d.problem("%s", withoutPackage(err))
	}
	return true
}

// scalar reads a value that is neither object nor list.
func (d *decoder) scalar(v reflect.Value, s *shape) bool {
	t, ok := d.token()
	if !ok {
		return false
	}
	if problem := d.set(v, s, t); problem != "" {
		d.problem("%s", problem)
		return d.skip(t)
	}
	return true
}

// skip reads to the end of the value that began with t.
func (d *decoder) skip(t token) bool {
	depth := 0
	for {
		switch t.kind {
		case '{', '[':
			if depth++; len(d.path)+depth > MaxNesting {
				d.problem("is nested deeper than %d levels", MaxNesting)
				return false
			}
		case '}', ']':
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
