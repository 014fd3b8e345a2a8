package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is a difference between two definitions.
type Change struct {
	Path string `json:"path"`          // `rules["base"].effect.points`
	Was  string `json:"was,omitempty"` // as JSON; "" for what is new
	Is   string `json:"is,omitempty"`  // as JSON; "" for what is gone
}

// String tells the change: `rules["base"].effect.points: was 1, is 2`.
func (c Change) String() string {
	const longest = 200 // bytes of a value
	short := func(s string) string {
		if len(s) > longest {
			return strings.ToValidUTF8(s[:longest], "") + "…"
		}
		return s
	}
	switch {
	case c.Was == "":
		return c.Path + ": added " + short(c.Is)
	case c.Is == "":
		return c.Path + ": removed " + short(c.Was)
	default:
		return c.Path + ": was " + short(c.Was) + ", is " + short(c.Is)
	}
}

// Diff returns what the set changes of an older one, nil for every definition, rule by
// rule and field by field: first what concerns all rules, then rules, caps and budgets,
// by ID. How they are listed changes nothing and is not told.
func (s *Set) Diff(old *Set) []Change {
	was := Definition{}
	if old != nil {
		was = old.def
	}
	d := &differ{}
	d.whole("zone", was.Zone, s.def.Zone)
	d.whole("unit", was.Unit, s.def.Unit)
	d.entries("attributes", parts(was.Attributes), parts(s.def.Attributes))
	d.entries("groups", parts(was.Groups), parts(s.def.Groups))
	d.entries("rules", byID(was.Rules, func(r *Rule) string { return r.ID }), byID(s.def.Rules, func(r *Rule) string { return r.ID }))
	d.entries("caps", byID(was.Caps, func(c *Cap) string { return c.ID }), byID(s.def.Caps, func(c *Cap) string { return c.ID }))
	d.entries("budgets", byID(was.Budgets, func(b *Budget) string { return b.ID }), byID(s.def.Budgets, func(b *Budget) string { return b.ID }))
	return d.changes
}

type differ struct{ changes []Change }

// written returns a part of a definition that compiles as JSON.
func written(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%#v", v) // what compiles can be written
	}
	return string(text)
}

func parts[V any](m map[string]V) map[string]string {
	out := make(map[string]string, len(m))
	for name, v := range m {
		out[name] = written(v)
	}
	return out
}

func byID[T any](list []T, id func(*T) string) map[string]string {
	out := make(map[string]string, len(list))
	for i := range list {
		out[id(&list[i])] = written(list[i])
	}
	return out
}

// whole compares a field that is a word.
func (d *differ) whole(path, was, is string) {
	if was != is {
		d.changes = append(d.changes, Change{path, written(was), written(is)})
	}
}

// entries compares what goes by a name.
func (d *differ) entries(list string, was, is map[string]string) {
	names := slices.Collect(maps.Keys(was))
	for name := range is {
		if _, ok := was[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		path := list + "[" + quote(name) + "]"
		before, after := was[name], is[name]
		switch {
		case before == after:
		case before == "" || after == "":
			d.changes = append(d.changes, Change{path, before, after})
		default:
			d.fields(path, read(before), read(after))
		}
	}
}

// read reads what written wrote.
func read(text string) (v any) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return text
	}
	return v
}

// fields compares two values of JSON, as deep as both are objects, or lists of them.
func (d *differ) fields(path string, was, is any) {
	a, inA := was.(map[string]any)
	b, inB := is.(map[string]any)
	if inA && inB {
		names := slices.Collect(maps.Keys(a))
		for name := range b {
			if _, ok := a[name]; !ok {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			d.fields(path+"."+name, a[name], b[name])
		}
		return
	}
	x, inX := was.([]any)
	y, inY := is.([]any)
	if inX && inY && objects(x) && objects(y) {
		for i := range max(len(x), len(y)) {
			var before, after any
			if i < len(x) {
				before = x[i]
			}
			if i < len(y) {
				after = y[i]
			}
			d.fields(fmt.Sprintf("%s[%d]", path, i), before, after)
		}
		return
	}
	c := Change{Path: path}
	if was != nil {
		c.Was = written(was)
	}
	if is != nil {
		c.Is = written(is)
	}
	if c.Was != c.Is {
		d.changes = append(d.changes, c)
	}
}

// objects reports whether all entries of a list are objects.
func objects(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool {
		_, ok := v.(map[string]any)
		return !ok
	})
}
