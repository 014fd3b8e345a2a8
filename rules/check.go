package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// checker gathers what is wrong with a definition.
type checker struct {
	path        path
	problems    []Problem
	schema      *schema
	expressions ExpressionCompiler // nil: no rule may have an Expr
	compared    int                // names, in search of suggestions
	exprs       int                // rules that have one
	byID        map[string]int     // of the rules, their indexes
	ids         []string           // of the rules, in their order, once they are asked for
	audiences   map[string]*audience
	goods       map[string]*goods
	sharedTerms map[termsKey]*terms
	key         []byte // where keys are put together
}

// path is where in a definition the checker or decoder stands. It is written out
// only when there is something to report.
type path []segment

// segment is a field or, without a name, an index.
type segment struct {
	name  string
	index int
}

func (p path) String() string {
	var b strings.Builder
	for _, s := range p {
		if s.name == "" {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		if len(s.name) > MaxText { // only in a text that is wrong
			b.WriteString(strings.ToValidUTF8(s.name[:MaxText], "") + "…")
			continue
		}
		b.WriteString(s.name)
	}
	return b.String()
}

// report notes a problem with the field of that name, or with where the checker
// stands when the name is empty.
func (c *checker) report(field, format string, args ...any) {
	if len(c.problems) >= MaxProblems {
		return
	}
	p := c.path
	if field != "" {
		p = append(slices.Clip(p), segment{name: field})
	}
	c.problems = note(c.problems, p, fmt.Sprintf(format, args...))
}

// didYouMean is didYouMean, until so many names have been compared that whoever wrote
// the definition is not helped by more.
func (c *checker) didYouMean(got string, names []string) string {
	const most = 1 << 18 // names
	if c.compared += len(names); c.compared > most {
		return ""
	}
	return didYouMean(got, names)
}

// note appends a problem, or once that there are too many to list.
func note(problems []Problem, p path, message string) []Problem {
	switch {
	case len(problems) < MaxProblems-1:
		return append(problems, Problem{Path: p.String(), Message: message})
	case len(problems) == MaxProblems-1:
		return append(problems, Problem{Message: "and more: only the first problems are listed"})
	default:
		return problems
	}
}

// in runs a check one level down.
func (c *checker) in(field string, check func()) {
	c.path = append(c.path, segment{name: field})
	check()
	c.path = c.path[:len(c.path)-1]
}

// each runs a check for every entry of a list.
func (c *checker) each(field string, n int, check func(i int)) {
	for i := range n {
		c.path = append(c.path, segment{name: field}, segment{index: i})
		check(i)
		c.path = c.path[:len(c.path)-2]
	}
}

// most reports a list that is too long, and says whether it is not.
func (c *checker) most(field string, n, limit int) bool {
	if n > limit {
		c.report(field, "has %d entries, more than the %d allowed", n, limit)
	}
	return n <= limit
}

// word checks a name that must be there.
func (c *checker) word(field, s string) {
	if s == "" {
		c.report(field, "is missing")
		return
	}
	c.text(field, s)
}

// text checks a name that may be empty.
func (c *checker) text(field, s string) {
	switch {
	case len(s) > MaxText:
		c.report(field, "is %d bytes long, more than the %d allowed", len(s), MaxText)
	case !utf8.ValidString(s):
		c.report(field, "is not valid UTF-8: %s", quote(s))
	case strings.ContainsFunc(s, unicode.IsControl):
		c.report(field, "has a control character: %s", quote(s))
	case strings.TrimSpace(s) != s:
		c.report(field, "begins or ends with a space: %s", quote(s))
	}
}

// words checks a list of names, each there once.
func (c *checker) words(field string, list []string) {
	if len(list) == 0 || !c.most(field, len(list), MaxList) {
		return
	}
	seen := make(map[string]int, len(list))
	c.each(field, len(list), func(i int) {
		c.word("", list[i])
		if first, ok := seen[list[i]]; ok {
			c.report("", "is %s again, as at [%d]", quote(list[i]), first)
			return
		}
		seen[list[i]] = i
	})
}

// categories checks a list of category paths.
func (c *checker) categories(field string, list []string) {
	c.words(field, list)
	if len(list) > MaxList {
		return
	}
	c.each(field, len(list), func(i int) {
		if p := list[i]; p != "" && slices.Contains(strings.Split(p, "/"), "") {
			c.report("", "%s is not a path: its parts are joined by single slashes, with none at either end", quote(p))
		}
	})
}

// oneOf checks a name against those there are, and says whether it is one.
func oneOf[T ~string](c *checker, field string, got T, names ...T) bool {
	if slices.Contains(names, got) {
		return true
	}
	known := make([]string, 0, len(names))
	for _, n := range names {
		if n != "" {
			known = append(known, string(n))
		}
	}
	if got == "" {
		c.report(field, "is missing: it is one of %s", strings.Join(known, ", "))
		return false
	}
	hint := didYouMean(string(got), known)
	if hint == "" {
		hint = ": it is one of " + strings.Join(known, ", ")
	}
	c.report(field, "%s is unknown%s", quote(string(got)), hint)
	return false
}

// number checks a decimal that may be zero but not below, and converts it.
func (c *checker) number(field string, d decimal.Decimal) int64 {
	m, why := micros(d)
	switch {
	case why != exact:
		c.report(field, "%s", why)
	case m < 0:
		c.report(field, "must not be negative")
	}
	return max(m, 0)
}

// zone loads the definition's time zone. A zone that depends on the machine would
// make the same definition mean different things.
func (c *checker) zone(name string) *time.Location {
	if name == "Local" {
		c.report("zone", `"Local" depends on the machine: name the zone, such as "Europe/Berlin"`)
		return time.UTC
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		c.report("zone", "%s is no time zone known here", quote(name))
		return time.UTC
	}
	return loc
}

func (c *checker) groups(groups map[string]StackMode) {
	if !c.most("groups", len(groups), MaxGroups) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		c.in("groups", func() {
			if name == "" {
				c.report("", "a group has no name")
				return
			}
			c.text(name, name)
			oneOf(c, name, groups[name], StackCompound, StackAdditive, StackHighest, StackFirst)
		})
	}
}

func (c *checker) window(w *Window) {
	for _, t := range []struct {
		field string
		time.Time
	}{{"from", w.From}, {"until", w.Until}} {
		if year := t.UTC().Year(); !t.IsZero() && (year < 1 || year > 9999) {
			c.report(t.field, "is in the year %d: years are 1 to 9999", year)
		}
	}
	if !w.From.IsZero() && !w.Until.IsZero() && !w.From.Before(w.Until) {
		c.report("until", "%s is not after from, %s", w.Until.Format(time.RFC3339), w.From.Format(time.RFC3339))
	}
	if c.most("slots", len(w.Slots), MaxSlots) {
		c.each("slots", len(w.Slots), func(i int) {
			if err := w.Slots[i].Validate(); err != nil {
				c.report("", "%s", withoutPackage(err))
			}
		})
	}
	c.in("occasion", func() {
		o := &w.Occasion
		oneOf(c, "kind", o.Kind, "", OccasionBirthday, OccasionAnniversary)
		oneOf(c, "span", o.Span, "", calendar.Day, calendar.Week, calendar.Month)
		oneOf(c, "leap", o.Leap, "", calendar.Mar1, calendar.Feb28)
		if o.Kind == "" && (o.Span != "" || o.Leap != "") {
			c.report("kind", "is missing: it is one of %s, %s", OccasionBirthday, OccasionAnniversary)
		}
	})
}

// withoutPackage returns what an error of calendar says after its sentinel, which
// names only what the path already does.
func withoutPackage(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		return strings.TrimPrefix(err.Error(), inner.Error()+": ")
	}
	return err.Error()
}

func (c *checker) audience(a *Audience) {
	c.words("tiers", a.Tiers)
	c.words("segments_any", a.SegmentsAny)
	c.words("segments_not", a.SegmentsNot)
	c.words("stages", a.Stages)
	c.words("interests", a.Interests)
	c.words("channels", a.Channels)
	c.words("stores", a.Stores)
	c.in("nth_order", func() { c.nthOrder(a) })
}

func (c *checker) nthOrder(a *Audience) {
	n := &a.NthOrder
	for _, f := range []struct {
		field string
		n     int
	}{{"from", n.From}, {"to", n.To}, {"every", n.Every}} {
		if f.n < 0 {
			c.report(f.field, "must not be negative")
		}
	}
	switch {
	case *n == NthOrder{}:
	case a.FirstOrder:
		c.report("", "cannot go with first_order, which already says which")
	case n.To > 0 && n.To < n.first():
		c.report("to", "is %d, before the first, %d", n.To, n.first())
	}
}

func (c *checker) selector(s *Selector) (minQuantity, minAmount int64) {
	c.words("skus", s.SKUs)
	c.categories("categories", s.Categories)
	c.words("brands", s.Brands)
	c.words("labels", s.Labels)
	c.in("exclude", func() {
		c.words("skus", s.Exclude.SKUs)
		c.categories("categories", s.Exclude.Categories)
		c.words("brands", s.Exclude.Brands)
		c.words("labels", s.Exclude.Labels)
	})
	return c.number("min_quantity", s.MinQuantity), c.number("min_amount", s.MinAmount)
}

func (c *checker) limits(src *Rule) {
	limits := src.Limits
	pointless := src.Effect.Kind == GiveOutcome || src.Effect.Kind == Commission
	if !c.most("limits", len(limits), MaxLimits) {
		return
	}
	c.each("limits", len(limits), func(i int) {
		l := limits[i]
		switch {
		case l.Points != 0 && l.Uses != 0:
			c.report("", "sets both points and uses: make two limits of it")
		case l.Points < 0:
			c.report("points", "must be above zero")
		case l.Uses < 0:
			c.report("uses", "must be above zero")
		case l.Points == 0 && l.Uses == 0:
			c.report("", "sets neither points nor uses")
		case l.Points > MaxAward:
			c.report("points", "must be at most 10^15")
		}
		c.unused("points", pointless && l.Points > 0, "the rule gives no points")
		c.per(l.Per)
		if l.Uses > 0 && l.Per == PerOrder {
			c.report("per", "a rule gives at most once per order anyway")
		}
	})
}

func (c *checker) per(p Per) {
	oneOf(c, "per", p, PerOrder, PerDay, PerWeek, PerMonth, PerQuarter, PerYear, PerEver)
}
