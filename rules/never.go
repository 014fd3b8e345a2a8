package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// never looks for what keeps a rule from ever matching, and says where it lies and
// why; an empty why is no proof that the rule can match.
func (s *Set) never(r *rule) (field, why string) {
	if s.noSlot(&r.src.Window) {
		return "window", "none of its slots lies between from and until"
	}
	a := &r.src.Audience
	if len(a.SegmentsAny) > 0 && !slices.ContainsFunc(a.SegmentsAny, func(w string) bool { return !slices.Contains(a.SegmentsNot, w) }) {
		return "audience", "every segment it is for is one it is not for"
	}
	if allExcluded(&r.src.Lines) {
		return "lines", "all it picks is excluded"
	}
	if r.when == nil {
		return "", ""
	}
	f := s.known(r)
	if why := s.contradiction(r.when, f); why != "" {
		return "when", why
	}
	return "", ""
}

// noSlot reports whether a short window has no day on which one of its slots lies.
func (s *Set) noSlot(w *Window) bool {
	if len(w.Slots) == 0 || w.From.IsZero() || w.Until.IsZero() {
		return false
	}
	day, last := calendar.DateOf(w.From, s.zone), calendar.DateOf(w.Until, s.zone)
	if last.DaysSince(day) > 7 {
		return false
	}
	for day = day.AddDays(-1); !day.After(last); day = day.AddDays(1) { // a slot may begin on the day before
		for _, slot := range w.Slots {
			if slot.Days.IsZero() || slot.Days.Has(day.Weekday()) {
				return false
			}
		}
	}
	return true
}

// allExcluded reports whether a selector leaves out all that it picks.
func allExcluded(l *Selector) bool {
	left := func(pick, exclude []string) bool {
		return slices.ContainsFunc(pick, func(s string) bool { return !slices.Contains(exclude, s) })
	}
	x, paths := &l.Exclude, newWordSet(l.Exclude.Categories)
	picks := len(l.SKUs)+len(l.Categories)+len(l.Brands)+len(l.Labels) > 0
	return picks && !left(l.SKUs, x.SKUs) && !left(l.Brands, x.Brands) && !left(l.Labels, x.Labels) &&
		!slices.ContainsFunc(l.Categories, func(p string) bool { return !paths.hasAbove(p) })
}

// possible is what a field may still be, after what is known of it.
type possible struct {
	low, high int64    // of a number, a flag, or a time in nanoseconds; inclusive
	words     []string // of a text; nil: any
	narrowed  bool     // words is meant
	known     bool     // it exists
	unknown   bool     // it does not
}

// facts are what is known of the fields while a condition is looked at.
type facts map[fieldID]possible

func (f facts) of(id fieldID) possible {
	if p, ok := f[id]; ok {
		return p
	}
	return possible{low: math.MinInt64, high: math.MaxInt64}
}

// known returns what the rest of a rule already says of the fields.
func (s *Set) known(r *rule) facts {
	f := facts{}
	words := func(id fieldID, list []string) {
		if len(list) > 0 {
			p := f.of(id)
			p.words, p.narrowed, p.known = list, true, true
			f[id] = p
		}
	}
	a, w := &r.src.Audience, &r.src.Window
	words(fieldType, []string{r.src.Trigger})
	words(fieldTier, a.Tiers)
	words(fieldStage, a.Stages)
	words(fieldChannel, a.Channels)
	words(fieldStore, a.Stores)
	between := func(id fieldID, low, high int64) {
		p := f.of(id)
		p.low, p.high = max(p.low, low), min(p.high, high)
		f[id] = p
	}
	switch {
	case a.FirstOrder:
		between(fieldOrders, 0, 0)
	case a.NthOrder != (NthOrder{}):
		last := int64(math.MaxInt64)
		if a.NthOrder.To > 0 {
			last = int64(a.NthOrder.To) - 1
		}
		between(fieldOrders, int64(a.NthOrder.first())-1, last)
	default:
		between(fieldOrders, 0, math.MaxInt64)
	}
	if n, ok := nanoseconds(w.From); ok {
		between(fieldTime, n, math.MaxInt64)
	}
	if n, ok := nanoseconds(w.Until); ok {
		between(fieldTime, math.MinInt64, n-1)
	}
	if r.minQuantity > 0 {
		between(fieldQuantity, r.minQuantity, math.MaxInt64)
	}
	for id := fieldQuantity; id <= fieldPaidByGiftCard; id++ {
		between(id, 0, maxMicros)
	}
	if r.needsOrder {
		for id := fieldLines; id <= fieldPaidByGiftCard; id++ {
			p := f.of(id)
			p.known = true
			f[id] = p
		}
	}
	return f
}

// contradiction narrows what the fields may be by a condition, and says what is left
// of none.
func (s *Set) contradiction(c *condition, f facts) (why string) {
	switch c.join {
	case joinAll:
		for i := range c.kids {
			if why := s.contradiction(&c.kids[i], f); why != "" {
				return why
			}
		}
	case joinAny:
		for i := range c.kids {
			branch := facts{}
			maps.Copy(branch, f)
			if why = s.contradiction(&c.kids[i], branch); why == "" {
				return ""
			}
		}
		if len(c.kids) > 1 {
			why = "none of the conditions under any can hold: the last because " + why
		}
		return why
	case compares:
		field := s.schema.fields[c.field]
		for i := range c.tests {
			p := f.of(c.field)
			p.narrow(&c.tests[i], field.Type)
			if f[c.field] = p; p.impossible(field.Type) {
				return fmt.Sprintf("%s cannot be so together with what else the rule asks of it", field.Name)
			}
		}
	}
	return "" // of a not little can be told
}

// narrow takes in one comparison.
func (p *possible) narrow(t *test, of FieldType) {
	if t.op == opExists {
		p.known, p.unknown = p.known || t.n == 1, p.unknown || t.n == 0
		return
	}
	p.known = true
	switch of {
	case TypeText:
		p.keep(t)
	case TypeList:
	case TypeTime:
		if n, ok := nanoseconds(t.time); ok {
			p.between(t.op, n, n)
		}
	default:
		low, high := t.n, t.n
		if t.op == opIn {
			low, high = slices.Min(t.ints), slices.Max(t.ints)
		}
		p.between(t.op, low, high)
	}
}

// keep drops the words that do not pass a comparison.
func (p *possible) keep(t *test) {
	switch {
	case p.narrowed:
		p.words = slices.DeleteFunc(slices.Clone(p.words), func(w string) bool {
			o := textOperand(w)
			return !t.holds(&o, TypeText, false)
		})
	case t.op == opEq:
		p.words, p.narrowed = []string{t.text}, true
	case t.op == opIn && t.words.many == nil:
		p.words, p.narrowed = t.words.few, true
	}
}

// between narrows a number.
func (p *possible) between(op operator, low, high int64) {
	switch op {
	case opEq, opIn:
		p.low, p.high = max(p.low, low), min(p.high, high)
	case opGt:
		if low == math.MaxInt64 {
			p.low, p.high = 1, 0
			return
		}
		p.low = max(p.low, low+1)
	case opGte:
		p.low = max(p.low, low)
	case opLt:
		if high == math.MinInt64 {
			p.low, p.high = 1, 0
			return
		}
		p.high = min(p.high, high-1)
	case opLte:
		p.high = min(p.high, high)
	}
}

func (p *possible) impossible(of FieldType) bool {
	switch {
	case p.known && p.unknown:
		return true
	case of == TypeText:
		return p.narrowed && len(p.words) == 0
	default:
		return p.low > p.high
	}
}

// nanoseconds returns a moment as a number, unless it is none or too far away for one.
func nanoseconds(t time.Time) (int64, bool) {
	if t.IsZero() || t.Year() < 1700 || t.Year() > 2200 {
		return 0, false
	}
	return t.UnixNano(), true
}
