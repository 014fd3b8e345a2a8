package rules

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// DefaultUnit is what a rule awards when neither it nor its definition names a unit.
const DefaultUnit = "points"

// Compile checks a definition and prepares it for evaluation. It reports every
// problem at once, each with the place where it lies, in a [*CompileError]. The
// Set keeps nothing of def: later changes to def do not touch it.
func Compile(def Definition, opts ...CompileOption) (*Set, error) {
	c := &checker{}
	for _, o := range opts {
		o(c)
	}
	if !c.most("rules", len(def.Rules), MaxRules) || !c.most("caps", len(def.Caps), MaxCaps) || !c.most("budgets", len(def.Budgets), MaxBudgets) ||
		!c.most("attributes", len(def.Attributes), MaxAttributes) {
		return nil, &CompileError{Problems: c.problems}
	}
	def = def.clone()
	s := &Set{def: def, byID: make(map[string]int, len(def.Rules))}
	s.zone = c.zone(def.Zone)
	c.attributes(def.Attributes)
	c.schema = newSchema(def.Attributes, s.zone)
	s.schema = c.schema
	c.text("unit", def.Unit)
	c.groups(def.Groups)
	compiled := make([]rule, len(def.Rules))
	c.each("rules", len(def.Rules), func(i int) {
		src := &def.Rules[i]
		s.ids = append(s.ids, src.ID)
		if first, ok := s.byID[src.ID]; ok && src.ID != "" {
			c.report("id", "is %s, like that of rules[%d]", quote(src.ID), first)
		} else {
			s.byID[src.ID] = i
		}
		compiled[i] = c.rule(src, &def)
		compiled[i].unit = s.unitIndex(cmp.Or(src.Unit, def.Unit, DefaultUnit))
	})
	c.caps(s, compiled)
	c.budgets(s, compiled)
	for i := range compiled { // by ID, so that their listing shows nowhere
		slices.SortFunc(compiled[i].caps, func(a, b int32) int { return strings.Compare(def.Caps[a].ID, def.Caps[b].ID) })
		slices.SortFunc(compiled[i].budgets, func(a, b int32) int { return strings.Compare(def.Budgets[a].ID, def.Budgets[b].ID) })
	}
	if len(c.problems) > 0 {
		return nil, &CompileError{Problems: c.problems}
	}
	s.needs(compiled)
	s.arrange(compiled)
	return s, nil
}

// rule is a compiled [Rule].
type rule struct {
	src        *Rule // not looked at on the way to an award: it is large and lies elsewhere
	id         string
	unit       int  // index in Set.units
	gated      bool // its gate knows all about when it is in force and whom it is for
	byGoods    bool // it is filed by what it picks
	needsOrder bool // without one there is nothing it could count
	exclusive  bool
	qualifying bool
	lines      selector
	audience   *audience  // nil for everybody
	when       *condition // nil: none
	expr       Expression // nil: none
	effect     effect
	terms      *terms // nil: the programme's own
	limits     []limit
	phase      Phase
	mode       StackMode
	caps       []int32 // indexes in Set.caps
	useCapped  bool    // one of them counts uses
	budgets    []int32 // indexes in Set.budgets
	keyPrefix  string  // of its usage counters; empty without limits
}

// audience is a compiled [Audience].
type audience struct {
	tiers, segmentsAny, segmentsNot, stages, interests, channels, stores wordSet
	firstOrder                                                           bool
	nth                                                                  *NthOrder // nil: any
}

func newAudience(src *Audience) *audience {
	a := &audience{
		tiers:       newWordSet(src.Tiers),
		segmentsAny: newWordSet(src.SegmentsAny),
		segmentsNot: newWordSet(src.SegmentsNot),
		stages:      newWordSet(src.Stages),
		interests:   newWordSet(src.Interests),
		channels:    newWordSet(src.Channels),
		stores:      newWordSet(src.Stores),
		firstOrder:  src.FirstOrder,
	}
	if src.NthOrder != (NthOrder{}) {
		a.nth = &src.NthOrder
	}
	for _, s := range []*wordSet{&a.tiers, &a.segmentsAny, &a.segmentsNot, &a.stages, &a.interests, &a.channels, &a.stores} {
		if !s.empty() {
			return a
		}
	}
	if a.firstOrder || a.nth != nil {
		return a
	}
	return nil
}

// sharedAudience returns the audience compiled for an earlier rule if it is alike:
// many rules are for few different audiences.
func (c *checker) sharedAudience(src *Audience) *audience {
	const short = 200 // words
	words := 0
	c.audienceKey = c.audienceKey[:0]
	for _, list := range [...][]string{src.Tiers, src.SegmentsAny, src.SegmentsNot, src.Stages, src.Interests, src.Channels, src.Stores} {
		words += len(list)
		if words > short {
			return newAudience(src)
		}
		for _, w := range list {
			c.audienceKey = strconv.AppendQuote(c.audienceKey, w)
		}
		c.audienceKey = append(c.audienceKey, ';')
	}
	if words == 0 || src.FirstOrder || src.NthOrder != (NthOrder{}) {
		return newAudience(src)
	}
	a := c.audiences[string(c.audienceKey)]
	if a == nil {
		if c.audiences == nil {
			c.audiences = map[string]*audience{}
		}
		a = newAudience(src)
		c.audiences[string(c.audienceKey)] = a
	}
	return a
}

// limit is a compiled [Limit].
type limit struct {
	points, uses int64
	per          perIndex
}

// rule checks a rule and compiles it, its unit and caps apart.
func (c *checker) rule(src *Rule, def *Definition) (r rule) {
	r = rule{
		src:        src,
		id:         src.ID,
		exclusive:  src.Exclusive,
		qualifying: !src.NonQualifying,
		audience:   c.sharedAudience(&src.Audience),
		lines:      newSelector(&src.Lines),
	}
	c.word("id", src.ID)
	c.text("name", src.Name)
	c.word("trigger", src.Trigger)
	c.in("window", func() { c.window(&src.Window) })
	c.in("audience", func() { c.audience(&src.Audience) })
	c.in("lines", func() { r.lines.minQuantity, r.lines.minAmount = c.selector(&src.Lines) })
	c.in("when", func() { r.when = c.when(&src.When) })
	r.expr = c.expression(src.Expr)
	c.in("effect", func() {
		r.effect = c.effect(&src.Effect, r.lines.minAmount > 0)
		c.in("basis", func() {
			c.unused("shipping", src.Effect.Basis.Shipping && r.lines.narrows, "a rule that selects lines counts those alone")
		})
	})
	r.phase = c.phase(src)
	c.text("unit", src.Unit)
	r.terms = c.terms(src)
	c.limits(src)
	if len(src.Limits) > 0 {
		r.keyPrefix = "rule/" + src.ID + "/"
	}
	for _, l := range src.Limits {
		r.limits = append(r.limits, limit{points: l.Points, uses: l.Uses, per: indexOfPer(l.Per)})
	}
	c.text("group", src.Group)
	c.unused("group", src.Group != "" && src.Effect.Kind != Multiplier, "only multipliers stack")
	r.mode = cmp.Or(def.Groups[src.Group], StackCompound)
	kind := src.Effect.Kind
	r.needsOrder = kind == Rate || kind == PerQuantity || kind == Commission || src.Audience.FirstOrder || src.Audience.NthOrder != (NthOrder{}) || r.lines.narrows || r.lines.minQuantity > 0 || r.lines.minAmount > 0 || r.terms.awaitsOrder()
	return r
}

func (c *checker) phase(src *Rule) Phase {
	if !oneOf(c, "phase", src.Phase, "", PhaseBase, PhaseMultiplier, PhaseBonus) {
		return PhaseBase
	}
	multiplies := src.Effect.Kind == Multiplier
	switch {
	case multiplies && src.Phase != "" && src.Phase != PhaseMultiplier:
		c.report("phase", "is %s, but a multiplier has its say in the phase %s", src.Phase, PhaseMultiplier)
	case !multiplies && src.Phase == PhaseMultiplier:
		c.report("phase", "%s is for multipliers alone", PhaseMultiplier)
	}
	switch src.Effect.Kind {
	case Multiplier:
		return PhaseMultiplier
	case GiveOutcome, Commission, DrawPrize:
		if src.Phase == PhaseBase {
			c.report("phase", "is %s, but an effect of kind %s has its say in the phase %s", src.Phase, src.Effect.Kind, PhaseBonus)
		}
		return PhaseBonus
	}
	return cmp.Or(src.Phase, PhaseBase)
}

// arrange sorts the rules into the order in which they have their say within a
// phase, and files them by trigger.
func (s *Set) arrange(compiled []rule) {
	order := make([]*rule, len(compiled))
	for i := range compiled {
		order[i] = &compiled[i]
	}
	slices.SortFunc(order, func(a, b *rule) int {
		if c := cmp.Compare(b.src.Priority, a.src.Priority); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	s.index(order)
}
