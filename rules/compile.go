package rules

import (
	"cmp"
	"slices"
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
	s := &Set{def: def}
	c.byID = make(map[string]int, len(def.Rules))
	s.zone = c.zone(def.Zone)
	c.attributes(def.Attributes)
	c.schema = newSchema(def.Attributes, s.zone)
	s.schema = c.schema
	c.text("unit", def.Unit)
	c.groups(def.Groups)
	compiled, all := make([]rule, len(def.Rules)), make([]extras, len(def.Rules))
	c.each("rules", len(def.Rules), func(i int) {
		src := &def.Rules[i]
		if first, ok := c.byID[src.ID]; ok && src.ID != "" {
			c.report("id", "is %s, like that of rules[%d]", quote(src.ID), first)
		} else {
			c.byID[src.ID] = i
		}
		compiled[i] = c.rule(src, &def, &all[i])
		compiled[i].index = i
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
	shareExtras(compiled)
	s.needs(compiled)
	s.arrange(compiled)
	return s, nil
}

// rule is a compiled [Rule]. It takes two lines of the processor's cache: all it
// takes to see whether most rules match, then what they give.
type rule struct {
	gate       gate
	*extras         // never nil
	gated      bool // the gate knows all about when it is in force and whom it is for
	byGoods    bool // it is filed by what it picks
	needsOrder bool // without one there is nothing it could count
	narrows    bool // it can pick fewer than all lines
	leavesOut  bool // it has an Exclude
	exclusive  bool
	qualifying bool
	phase      phase
	minAmount  int64 // of the lines it picks, in millionths
	effect     effect
	id         string
	src        *Rule // not looked at on the way to an award: it is large and lies elsewhere
	index      int   // in Definition.Rules
	unit       int   // index in Set.units
	_          [8]byte
}

// extras are what few rules have, or many have in common: those of rules that are
// alike in all this are the same.
type extras struct {
	audience      *audience  // nil for everybody
	when          *condition // nil: none
	expr          Expression // nil: none
	terms         *terms     // nil: the programme's own
	pick, exclude *goods     // nil: by the rule's own lists, which are short
	minQuantity   int64      // of the lines it picks, in millionths
	limits        []limit
	caps          []int32 // indexes in Set.caps
	useCapped     bool    // one of them counts uses
	budgets       []int32 // indexes in Set.budgets
	mode          StackMode
	beyond
}

// beyond is what an effect gives that is not points.
type beyond struct {
	part      uint64 // of the basis, as a commission, in millionths
	step      int64  // of a commission, in millionths
	pieceCost int64  // of an outcome, in millionths
	draw      *drawing
}

// phase is the place of a [Phase] among those that rules are of.
type phase uint8

const (
	basePhase phase = iota
	multiplierPhase
	bonusPhase
	phaseCount
)

var phases = [phaseCount]Phase{PhaseBase, PhaseMultiplier, PhaseBonus}

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

// limit is a compiled [Limit].
type limit struct {
	points, uses int64
	per          perIndex
}

// rule checks a rule and compiles it, its unit and caps apart.
func (c *checker) rule(src *Rule, def *Definition, x *extras) (r rule) {
	r = rule{
		extras:     x,
		src:        src,
		id:         src.ID,
		exclusive:  src.Exclusive,
		qualifying: !src.NonQualifying,
		narrows:    src.Lines.narrows(),
		leavesOut:  !src.Lines.Exclude.left().empty(),
	}
	x.audience = c.sharedAudience(&src.Audience)
	x.pick, x.exclude = c.longGoods(src.Lines.picked()), c.longGoods(src.Lines.Exclude.left())
	c.word("id", src.ID)
	c.text("name", src.Name)
	c.word("trigger", src.Trigger)
	c.in("window", func() { c.window(&src.Window) })
	c.in("audience", func() { c.audience(&src.Audience) })
	c.in("lines", func() { x.minQuantity, r.minAmount = c.selector(&src.Lines) })
	c.in("when", func() { x.when = c.when(&src.When) })
	x.expr = c.expression(src.Expr)
	c.in("effect", func() {
		r.effect = c.effect(&src.Effect, r.minAmount > 0, &x.beyond)
		c.in("basis", func() {
			c.unused("shipping", src.Effect.Basis.Shipping && r.narrows, "a rule that selects lines counts those alone")
		})
	})
	r.phase = c.phase(src)
	c.text("unit", src.Unit)
	x.terms = c.terms(src)
	c.limits(src)
	for _, l := range src.Limits {
		x.limits = append(x.limits, limit{points: l.Points, uses: l.Uses, per: indexOfPer(l.Per)})
	}
	c.text("group", src.Group)
	c.unused("group", src.Group != "" && src.Effect.Kind != Multiplier, "only multipliers stack")
	x.mode = cmp.Or(def.Groups[src.Group], StackCompound)
	kind := src.Effect.Kind
	r.needsOrder = kind == Rate || kind == PerQuantity || kind == Commission || src.Audience.FirstOrder || src.Audience.NthOrder != (NthOrder{}) || r.narrows || r.minQuantity > 0 || r.minAmount > 0 || r.terms.awaitsOrder()
	return r
}

func (c *checker) phase(src *Rule) phase {
	if !oneOf(c, "phase", src.Phase, "", PhaseBase, PhaseMultiplier, PhaseBonus) {
		return basePhase
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
		return multiplierPhase
	case GiveOutcome, Commission, DrawPrize:
		if src.Phase == PhaseBase {
			c.report("phase", "is %s, but an effect of kind %s has its say in the phase %s", src.Phase, src.Effect.Kind, PhaseBonus)
		}
		return bonusPhase
	}
	if src.Phase == PhaseBonus {
		return bonusPhase
	}
	return basePhase
}

// arrange sorts the rules into the order in which they have their say within a
// phase, and files them by trigger.
func (s *Set) arrange(compiled []rule) {
	s.byID = make([]int32, len(compiled))
	for i := range s.byID {
		s.byID[i] = int32(i)
	}
	slices.SortFunc(s.byID, func(a, b int32) int { return strings.Compare(compiled[a].id, compiled[b].id) })
	order := make([]*rule, len(compiled))
	for i, at := range s.byID {
		order[i] = &compiled[at]
	}
	slices.SortStableFunc(order, func(a, b *rule) int { return cmp.Compare(b.src.Priority, a.src.Priority) })
	s.index(order)
}
