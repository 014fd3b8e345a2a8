package rules

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write schema.json anew")

// schema.json is what the types and their comments make of it.
func TestSchemaIsInStep(t *testing.T) {
	want := generateSchema(t)
	if *update {
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("schema.json is behind the types: run go test ./rules -run TestSchemaIsInStep -update\n%s", diff(string(want), string(got)))
	}
	if *update {
		return
	}
	if !bytes.Equal(JSONSchema(), got) {
		t.Error("JSONSchema is not schema.json")
	}
}

// generator makes a JSON Schema of Go types and what their source says of them.
type generator struct {
	docs  map[string]string   // of "Type" and "Type.Field"
	enums map[string][]string // of "Type": its constants
	defs  map[string]any
}

func generateSchema(t *testing.T) []byte {
	g := &generator{docs: map[string]string{}, enums: map[string][]string{}, defs: map[string]any{}}
	g.parse(t, ".")
	g.parse(t, "../calendar")
	delete(g.enums, "WarningKind")
	for _, p := range pers {
		g.enums["Per"] = append(g.enums["Per"], string(p))
	}
	slices.Sort(g.enums["Per"])
	g.enums["Per"] = slices.Compact(g.enums["Per"])
	root := g.schema(reflect.TypeFor[Definition]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Earning rules"
	root["$defs"] = g.defs
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// parse reads the comments of types and fields, and the constants of string types.
func (g *generator) parse(t *testing.T, dir string) {
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok {
				g.declaration(d)
			}
		}
	}
}

func (g *generator) declaration(d *ast.GenDecl) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			first, _, _ := strings.Cut(d.Doc.Text()+s.Doc.Text(), "\n\n")
			g.docs[s.Name.Name] = sentence(first)
			if st, ok := s.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					for _, n := range f.Names {
						g.docs[s.Name.Name+"."+n.Name] = sentence(f.Doc.Text() + " " + f.Comment.Text())
					}
				}
			}
		case *ast.ValueSpec:
			of, ok := s.Type.(*ast.Ident)
			if !ok || d.Tok != gotoken.CONST || len(s.Values) != 1 {
				continue
			}
			if v, ok := s.Values[0].(*ast.BasicLit); ok && v.Kind == gotoken.STRING {
				text, _ := strconv.Unquote(v.Value)
				g.enums[of.Name] = append(g.enums[of.Name], text)
			}
		}
	}
}

var goLink = regexp.MustCompile(`\[\*?([A-Za-z.]+)\]`)

// sentence puts a comment on one line, without the links of Go.
func sentence(comment string) string {
	return goLink.ReplaceAllString(strings.Join(strings.Fields(comment), " "), "$1")
}

// ref returns a reference to a type's schema, which it makes when it is new.
func (g *generator) ref(t reflect.Type) map[string]any {
	if _, ok := g.defs[t.Name()]; !ok {
		g.defs[t.Name()] = nil // it may hold itself
		g.defs[t.Name()] = g.schema(t)
	}
	return map[string]any{"$ref": "#/$defs/" + t.Name()}
}

func (g *generator) schema(t reflect.Type) map[string]any {
	s := map[string]any{}
	if doc := g.docs[t.Name()]; doc != "" && t.PkgPath() != "" {
		s["description"] = doc
	}
	switch {
	case t == typeDecimal:
		return map[string]any{"type": "string", "pattern": `^-?[0-9]+(\.[0-9]+)?$`}
	case t == typeTime:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[Value]():
		s["type"] = []string{"string", "integer", "boolean", "array"}
		s["items"] = map[string]any{"type": "string"}
		return s
	case t == reflect.TypeFor[calendar.Weekdays]():
		s["type"], s["uniqueItems"] = "array", true
		s["items"] = map[string]any{"enum": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}}
		return s
	case t == reflect.TypeFor[calendar.Clock]():
		s["type"], s["pattern"] = "string", "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
		return s
	}
	switch t.Kind() {
	case reflect.String:
		s["type"] = "string"
		if names := g.enums[t.Name()]; t.PkgPath() != "" && names != nil {
			s["enum"] = names
		}
	case reflect.Bool:
		s["type"] = "boolean"
	case reflect.Int, reflect.Int64:
		s["type"] = "integer"
	case reflect.Pointer:
		return g.use(t.Elem())
	case reflect.Slice:
		s["type"], s["items"] = "array", g.use(t.Elem())
	case reflect.Map:
		s["type"], s["additionalProperties"] = "object", g.use(t.Elem())
	case reflect.Struct:
		g.object(s, t)
	default:
		panic(t.String() + " has no place in a definition")
	}
	return s
}

// use returns the schema of a type where it is used.
func (g *generator) use(t reflect.Type) map[string]any {
	if t.PkgPath() != "" && t != typeDecimal && t != typeTime {
		return g.ref(t)
	}
	return g.schema(t)
}

func (g *generator) object(s map[string]any, t reflect.Type) {
	properties, required := map[string]any{}, []string{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := g.use(f.Type)
		if doc := g.docs[t.Name()+"."+f.Name]; doc != "" {
			p["description"] = doc
		}
		if t == reflect.TypeFor[Occasion]() && name == "kind" {
			p["enum"] = []string{OccasionBirthday, OccasionAnniversary}
		}
		properties[name] = p
		if options == "" {
			required = append(required, name)
		}
	}
	s["type"], s["properties"], s["additionalProperties"] = "object", properties, false
	if len(required) > 0 {
		s["required"] = required
	}
}

// validator checks a value against the part of JSON Schema that schema.json uses.
type validator struct {
	defs  map[string]any
	wrong []string
}

// validate returns what of a document does not follow schema.json.
func validate(t interface{ Fatal(...any) }, document []byte) []string {
	decode := func(text []byte) (v any) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	schema := decode(JSONSchema()).(map[string]any)
	v := &validator{defs: schema["$defs"].(map[string]any)}
	v.check("", schema, decode(document))
	return v.wrong
}

func (v *validator) fail(path, format string, args ...any) {
	v.wrong = append(v.wrong, path+": "+fmt.Sprintf(format, args...))
}

func (v *validator) check(path string, schema map[string]any, value any) {
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		rule := schema[keyword]
		switch keyword {
		case "$ref":
			v.check(path, v.defs[strings.TrimPrefix(rule.(string), "#/$defs/")].(map[string]any), value)
		case "type":
			if !v.isOneOf(rule, value) {
				v.fail(path, "is no %v", rule)
			}
		case "enum":
			if !slices.Contains(rule.([]any), value) {
				v.fail(path, "is none of %v", rule)
			}
		case "pattern":
			if s, ok := value.(string); ok && !regexp.MustCompile(rule.(string)).MatchString(s) {
				v.fail(path, "does not match %s", rule)
			}
		case "items":
			if list, ok := value.([]any); ok {
				for i, e := range list {
					v.check(fmt.Sprintf("%s[%d]", path, i), rule.(map[string]any), e)
				}
			}
		case "required":
			if object, ok := value.(map[string]any); ok {
				for _, name := range rule.([]any) {
					if _, ok := object[name.(string)]; !ok {
						v.fail(path, "lacks %s", name)
					}
				}
			}
		case "properties":
			v.properties(path, rule.(map[string]any), schema, value)
		case "additionalProperties":
			if of, ok := rule.(map[string]any); ok && schema["properties"] == nil {
				v.properties(path, nil, map[string]any{"additionalProperties": of}, value)
			}
		case "$schema", "$defs", "title", "description", "format", "uniqueItems":
		default:
			v.fail(path, "the validator does not know %s", keyword)
		}
	}
}

func (v *validator) properties(path string, properties, schema map[string]any, value any) {
	object, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := strings.TrimPrefix(path+"."+name, ".")
		if p, ok := properties[name]; ok {
			v.check(at, p.(map[string]any), object[name])
		} else if of, ok := schema["additionalProperties"].(map[string]any); ok {
			v.check(at, of, object[name])
		} else {
			v.fail(at, "is no property")
		}
	}
}

func (v *validator) isOneOf(types any, value any) bool {
	list, ok := types.([]any)
	if !ok {
		list = []any{types}
	}
	is := map[string]bool{}
	switch value := value.(type) {
	case string:
		is["string"] = true
	case bool:
		is["boolean"] = true
	case []any:
		is["array"] = true
	case map[string]any:
		is["object"] = true
	case json.Number:
		r, ok := new(big.Rat).SetString(value.String())
		is["integer"] = ok && r.IsInt()
	}
	return slices.ContainsFunc(list, func(name any) bool { return is[name.(string)] })
}

func TestSampleFollowsTheSchema(t *testing.T) {
	text, err := os.ReadFile("testdata/programme.json")
	if err != nil {
		t.Fatal(err)
	}
	if wrong := validate(t, text); wrong != nil {
		t.Errorf("%q", wrong)
	}
	def, err := Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if warnings := mustCompile(t, def).Warnings(); warnings != nil {
		t.Errorf("the sample has warnings: %v", warnings)
	}
	if wrong := validate(t, []byte(everything)); wrong != nil {
		t.Errorf("what sets every field does not follow the schema: %q", wrong)
	}
}

// What an editor marks, by the schema alone.
func TestSchemaFindsMistakes(t *testing.T) {
	rule := func(text string) string { return `{"rules": [` + text + `]}` }
	for text, want := range map[string]string{
		rule(`{"id": "a", "tigger": "order", "effect": {"kind": "fixed"}}`):                                    "rules[0].tigger: is no property|rules[0]: lacks trigger",
		rule(`{"id": "a", "trigger": "order", "effect": {"kind": "fixd"}}`):                                    "rules[0].effect.kind: is none of [rate fixed per_quantity multiplier outcome commission draw]",
		rule(`{"id": "a", "trigger": "order", "effect": {"kind": "rate", "per": 1.5}}`):                        "rules[0].effect.per: is no string",
		rule(`{"id": "a", "trigger": "order", "effect": {"kind": "rate", "points": 1.5}}`):                     "rules[0].effect.points: is no integer",
		rule(`{"id": "a", "trigger": "o", "when": {"all": [{"feild": "x"}]}, "effect": {"kind": "fixed"}}`):    "rules[0].when.all[0].feild: is no property",
		rule(`{"id": "a", "trigger": "o", "limits": [{"uses": 1, "per": "decade"}], "effect": {"kind": "x"}}`): "rules[0].effect.kind: is none of [rate fixed per_quantity multiplier outcome commission draw]|rules[0].limits[0].per: is none of [day ever month order quarter week year]",
		`{"attributes": {"stars": "int"}, "zone": 5}`:                                                          "attributes.stars: is none of [text integer decimal time bool list]|zone: is no string",
	} {
		if got := strings.Join(validate(t, []byte(text)), "|"); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// Whatever compiles follows the schema.
func TestLaw_WhatCompilesFollowsTheSchema(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDefinition(t)
		genBeyond(t, &d)
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if wrong := validate(t, text); wrong != nil {
			t.Fatalf("%s\n%q", text, wrong)
		}
	})
}
