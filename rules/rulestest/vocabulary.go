package rulestest

import (
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/rules"
)

// Of large rule sets this many words of a kind are enough to draw what no rule in
// particular is for; the words of the rule a sample is about are drawn from itself.
const maxWords = 1_000

// vocabulary is what the events are made of: the words and figures of the rules.
type vocabulary struct {
	def       *rules.Definition
	set       *rules.Set
	triggers  []string                 // in order
	live      []*rules.Rule            // those that are not switched off
	byTrigger map[string][]*rules.Rule // of live
	orders    map[string]bool          // triggers with a rule that counts an order
	sub       *subject
	types     map[string]rules.FieldType // of what conditions may look at

	skus, categories, brands, labels words
	tiers, segments, channels        words
	stages, interests, stores        words
}

func newVocabulary(sub *subject) *vocabulary {
	v := &vocabulary{
		def: &sub.def, set: sub.set, sub: sub, byTrigger: map[string][]*rules.Rule{}, orders: map[string]bool{}, types: map[string]rules.FieldType{},
	}
	for _, f := range rules.Fields(v.def.Attributes) {
		v.types[f.Name] = f.Type
	}
	for i := range v.def.Rules {
		r := &v.def.Rules[i]
		if r.Disabled {
			continue
		}
		v.live = append(v.live, r)
		v.byTrigger[r.Trigger] = append(v.byTrigger[r.Trigger], r)
		v.orders[r.Trigger] = v.orders[r.Trigger] || countsOrder(r)
		v.addWords(r)
	}
	v.triggers = sortedKeys(v.byTrigger)
	return v
}

// caps are those over a rule.
func (v *vocabulary) caps(r *rules.Rule) (over []*rules.Cap) {
	for i := range v.def.Caps {
		c := &v.def.Caps[i]
		if v.sub.covers(c.Rules, c.Unit, r) {
			over = append(over, c)
		}
	}
	return over
}

func (v *vocabulary) addWords(r *rules.Rule) {
	s, x, a := &r.Lines, &r.Lines.Exclude, &r.Audience
	v.skus.add(s.SKUs, x.SKUs)
	v.categories.add(s.Categories, x.Categories)
	v.brands.add(s.Brands, x.Brands)
	v.labels.add(s.Labels, x.Labels)
	v.tiers.add(a.Tiers)
	v.segments.add(a.SegmentsAny, a.SegmentsNot)
	v.channels.add(a.Channels)
	v.stores.add(a.Stores)
	v.stages.add(a.Stages)
	v.interests.add(a.Interests)
}

// countsOrder reports whether without an order there is nothing the rule could count.
func countsOrder(r *rules.Rule) bool {
	s := &r.Lines
	return r.Effect.Kind == rules.Rate || r.Effect.Kind == rules.Commission || r.Effect.Kind == rules.PerQuantity || r.Audience.FirstOrder || r.Audience.NthOrder != rules.NthOrder{} ||
		narrows(s) || !s.MinQuantity.IsZero() || !s.MinAmount.IsZero() ||
		slices.ContainsFunc(orderFields, func(field string) bool { return looksAt(&r.When, field) })
}

// orderFields are what conditions look at that events without an order do not have.
var orderFields = func() (names []string) {
	for _, f := range rules.Fields(nil) {
		if strings.HasPrefix(f.Name, "order.") {
			names = append(names, f.Name)
		}
	}
	return names
}()

// words are different words, in the order in which they came.
type words struct {
	list []string
	has  map[string]bool
}

func (w *words) add(lists ...[]string) {
	for _, list := range lists {
		for _, word := range list {
			if len(w.list) == maxWords {
				return
			}
			if w.has == nil {
				w.has = map[string]bool{}
			}
			if !w.has[word] {
				w.has[word] = true
				w.list = append(w.list, word)
			}
		}
	}
}

// below is what is drawn below a category.
const below = "/any"

// around are categories in and about a path: itself, below it, above it, beside it,
// and one that only begins with the same letters.
func around(path string) []string {
	all := []string{path, path + below, path + "s"}
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		all = append(all, path[:i], path[:i]+"/other")
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) > rules.MaxText })
}
