package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Warning is something in a definition that compiles but is hardly meant.
type Warning struct {
	Kind    WarningKind `json:"kind"`
	Path    string      `json:"path"` // "rules[17].when"
	Message string      `json:"message"`
}

// String returns "path: message".
func (w Warning) String() string { return Problem{w.Path, w.Message}.String() }

// WarningKind says what a Warning is about.
type WarningKind string

// The kinds of warning.
const (
	WarnNever    WarningKind = "never"    // the rule can never give anything
	WarnShadowed WarningKind = "shadowed" // an exclusive rule always stands before it
	WarnOverlap  WarningKind = "overlap"  // two campaigns multiply the same points at the same time
	WarnScan     WarningKind = "scan"     // so many rules have no selector that each event looks at them all
	WarnUnused   WarningKind = "unused"   // a cap, a budget, a group or an attribute that no rule is concerned by
)

// ManyUnselected is how many rules of one trigger may be without any selector
// before [Set.Warnings] says so: the index cannot pass them over.
const ManyUnselected = 1_000

// Warnings returns what is hardly meant in the definition, in its order, at most
// [MaxProblems] of them. None of it stops the set from being used. What cannot be
// told from the definition alone is not warned of.
func (s *Set) Warnings() []Warning {
	w := &warner{set: s}
	w.rules()
	w.scans()
	w.unused()
	slices.SortStableFunc(w.found, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	if len(w.found) > MaxProblems {
		w.found = w.found[:MaxProblems]
	}
	var out []Warning
	for _, p := range w.found {
		out = append(out, p.Warning)
	}
	return out
}

// warner gathers warnings.
type warner struct {
	set   *Set
	found []placed
}

// placed is a warning with its place in the definition.
type placed struct {
	Warning
	at int
}

// afterRules is the place of what does not stand among the rules.
const afterRules = MaxRules

func (w *warner) warn(at int, kind WarningKind, path, format string, args ...any) {
	if len(w.found) <= 2*MaxProblems {
		w.found = append(w.found, placed{Warning{kind, path, fmt.Sprintf(format, args...)}, at})
	}
}

// rule warns of the rule at an index.
func (w *warner) rule(i int, kind WarningKind, field, format string, args ...any) {
	path := fmt.Sprintf("rules[%d]", i)
	if field != "" {
		path += "." + field
	}
	w.warn(i, kind, path, format, args...)
}

// peers are rules that can stand in each other's way, by priority, then ID.
type peers struct {
	trigger string
	phase   phase
	unit    int
}

func (w *warner) rules() {
	together, bases := map[peers][]*rule{}, map[peers]bool{}
	for trigger, t := range w.set.triggers {
		for i := range t.rules {
			r := &t.rules[i]
			if r.src.Disabled {
				continue
			}
			p := peers{trigger, r.phase, r.unit}
			together[p] = append(together[p], r)
			bases[p] = true
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(together), func(a, b peers) int {
		return cmp.Or(strings.Compare(a.trigger, b.trigger), cmp.Compare(a.phase, b.phase), cmp.Compare(a.unit, b.unit))
	}) {
		list := together[p]
		for _, r := range list {
			at := r.index
			if field, why := w.set.never(r); why != "" {
				w.rule(at, WarnNever, field, "can never hold: %s", why)
			}
			if r.phase == multiplierPhase && !bases[peers{p.trigger, basePhase, p.unit}] {
				w.rule(at, WarnNever, "effect", "has nothing to multiply: no base rule of the trigger %s awards %s", quote(p.trigger), w.set.units[p.unit])
			}
		}
		w.shadows(list)
		w.overlaps(list)
	}
}

// shadows warns of rules that an exclusive one rules out whenever they match: any
// exclusive one of those that are not, one before it of those that are.
func (w *warner) shadows(list []*rule) {
	const most = 50 // exclusive rules looked at
	var exclusive []int
	for i, r := range list {
		if r.exclusive && len(exclusive) < most {
			exclusive = append(exclusive, i)
		}
	}
	for i, r := range list {
		for _, at := range exclusive {
			if e := list[at]; at != i && (!r.exclusive || at < i) && e.covers(r) {
				w.rule(r.index, WarnShadowed, "", "gives nothing beside the exclusive rule %s, which matches whenever it does", quote(e.src.ID))
				break
			}
		}
	}
}

// covers reports whether a rule surely matches whenever another does.
func (r *rule) covers(o *rule) bool {
	a, b := r.src, o.src
	x, y := &a.Audience, &b.Audience
	within := func(wide, narrow []string) bool {
		if len(wide) == 0 {
			return true
		}
		return len(narrow) > 0 && !slices.ContainsFunc(narrow, func(s string) bool { return !slices.Contains(wide, s) })
	}
	same := func(zero bool, equal bool) bool { return zero || equal }
	none := !slices.ContainsFunc(x.SegmentsNot, func(s string) bool { return !slices.Contains(y.SegmentsNot, s) })
	uses := r.useCapped || slices.ContainsFunc(a.Limits, func(l Limit) bool { return l.Uses > 0 })
	return !uses && a.Expr == "" && (!r.needsOrder || o.needsOrder) &&
		(a.Window.From.IsZero() || !b.Window.From.Before(a.Window.From)) &&
		(a.Window.Until.IsZero() || !b.Window.Until.IsZero() && !b.Window.Until.After(a.Window.Until)) &&
		same(len(a.Window.Slots) == 0, slices.Equal(a.Window.Slots, b.Window.Slots)) &&
		same(a.Window.Occasion == Occasion{}, a.Window.Occasion == b.Window.Occasion) &&
		within(x.Tiers, y.Tiers) && within(x.SegmentsAny, y.SegmentsAny) && none &&
		within(x.Stages, y.Stages) && within(x.Interests, y.Interests) && within(x.Channels, y.Channels) && within(x.Stores, y.Stores) &&
		same(!x.FirstOrder, y.FirstOrder) && same(x.NthOrder == NthOrder{}, x.NthOrder == y.NthOrder) &&
		same(a.Lines.IsZero(), alike(a.Lines, b.Lines) && (a.Lines.MinAmount.IsZero() || a.Effect.Basis == b.Effect.Basis)) &&
		same(a.When.IsZero(), alike(a.When, b.When))
}

// alike reports whether two parts of rules are the same as JSON.
func alike(a, b any) bool { return written(a) == written(b) }

// overlaps warns of campaigns that multiply the same points at the same time.
func (w *warner) overlaps(list []*rule) {
	byLines := map[string][]*rule{}
	for _, r := range list {
		campaign := !r.src.Window.From.IsZero() && !r.src.Window.Until.IsZero()
		if r.phase == multiplierPhase && campaign {
			key := written(r.src.Lines)
			byLines[key] = append(byLines[key], r)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byLines)) {
		same := byLines[key]
		slices.SortFunc(same, func(a, b *rule) int {
			return cmp.Or(a.src.Window.From.Compare(b.src.Window.From), strings.Compare(a.src.ID, b.src.ID))
		})
		for i, a := range same {
			const most = 20 // that follow it
			for _, b := range same[i+1 : min(len(same), i+1+most)] {
				if !b.src.Window.From.Before(a.src.Window.Until) {
					break
				}
				if together(a, b) {
					w.rule(b.index, WarnOverlap, "window", "overlaps that of rule %s on the same lines: together they multiply by %s", quote(a.src.ID), w.product(a, b))
				}
			}
		}
	}
}

// together reports whether two multipliers may apply at once, and not by choice.
func together(a, b *rule) bool {
	if a.choosing() && a.src.Group == b.src.Group {
		return false
	}
	x, y := &a.src.Audience, &b.src.Audience
	for _, lists := range [][2][]string{{x.Tiers, y.Tiers}, {x.Channels, y.Channels}, {x.Stores, y.Stores}, {x.Stages, y.Stages}} {
		if len(lists[0]) > 0 && len(lists[1]) > 0 && !slices.ContainsFunc(lists[0], func(s string) bool { return slices.Contains(lists[1], s) }) {
			return false
		}
	}
	return true
}

// product tells what two multipliers make together.
func (w *warner) product(a, b *rule) string {
	x, y := a.src.Effect.Factor, b.src.Effect.Factor
	if a.mode == StackAdditive && a.src.Group == b.src.Group {
		m, _ := micros(x)
		n, _ := micros(y)
		return formatMicros(m + n - millionth)
	}
	return x.Mul(y).String()
}

// scans warns of triggers whose events look at a great many rules.
func (w *warner) scans() {
	for _, name := range slices.Sorted(maps.Keys(w.set.triggers)) {
		t, exprs := w.set.triggers[name], 0
		for _, at := range t.rest {
			if t.rules[at].expr != nil {
				exprs++
			}
		}
		if n := len(t.rest); n > ManyUnselected {
			w.warn(afterRules, WarnScan, "rules", "%d rules of the trigger %s pick no goods, stores or segments, so that every such event looks at them all", n, quote(name))
		}
		const many = 20
		if exprs > many {
			w.warn(afterRules, WarnScan, "rules", "%d rules of the trigger %s have an expr and pick no goods, stores or segments, so that every such event may ask them all", exprs, quote(name))
		}
	}
}

// unused warns of what no rule in force is concerned by.
func (w *warner) unused() {
	s := w.set
	caps, budgets, groups, fields := map[int32]bool{}, map[int32]bool{}, map[string]bool{}, map[fieldID]bool{}
	exprs := false
	for _, t := range s.triggers {
		for i := range t.rules {
			r := &t.rules[i]
			r.when.mark(fields)
			exprs = exprs || r.expr != nil
			groups[r.src.Group] = true
			if r.src.Disabled {
				continue
			}
			for _, at := range r.caps {
				caps[at] = true
			}
			for _, at := range r.budgets {
				budgets[at] = true
			}
		}
	}
	for id := len(builtin); id < len(s.schema.fields) && !exprs; id++ {
		if name := s.schema.fields[id].Name; !fields[fieldID(id)] {
			w.warn(afterRules, WarnUnused, "attributes."+name, "no condition looks at it")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.def.Groups)) {
		if !groups[name] {
			w.warn(afterRules, WarnUnused, "groups."+name, "no rule is of this group%s", didYouMean(name, slices.Sorted(maps.Keys(groups))))
		}
	}
	for i := range s.def.Budgets {
		if !budgets[int32(i)] {
			w.warn(afterRules, WarnUnused, fmt.Sprintf("budgets[%d]", i), "no rule that is switched on draws on it")
		}
	}
	for i := range s.def.Caps {
		if !caps[int32(i)] {
			w.warn(afterRules, WarnUnused, fmt.Sprintf("caps[%d]", i), "no rule that is switched on is under it")
		}
	}
}

// mark notes the fields a condition looks at.
func (c *condition) mark(fields map[fieldID]bool) {
	if c == nil {
		return
	}
	if c.join == compares {
		fields[c.field] = true
	}
	for i := range c.kids {
		c.kids[i].mark(fields)
	}
}
