package rulestest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/loyaltykit/loyalty/rules"
)

// turns is how many other listings of the rules are tried. They are few, so that
// each is compiled once.
const turns = 8

func twistOrder(d *drawer, s *sample) { s.turn = d.upTo(1, turns) }

// checkOrder decides an event under the rules as they are and as listed otherwise.
func checkOrder(sub *subject, s *sample) *breach {
	other, err := sub.listed(s.turn)
	if err != nil {
		return &breach{what: fmt.Sprintf("listed %s, the rules do not compile: %v", listing(s.turn), err), event: s.events[0]}
	}
	a := sub.evaluated("as listed", s.events[0], s.before)
	b := sub.evaluatedBy(other, listing(s.turn), s.events[0], s.before)
	if same(a.result.Awards, b.result.Awards) && (a.err == nil) == (b.err == nil) {
		return nil
	}
	return &breach{
		what:  "listed " + listing(s.turn) + ", the rules give something else",
		event: s.events[0], before: s.before, sides: []outcome{a, b},
	}
}

func listing(turn int) string {
	if turn <= 1 {
		return "backwards"
	}
	return fmt.Sprintf("shuffled (%d)", turn)
}

// listed returns the subject's rules, caps and words in another order.
func (sub *subject) listed(turn int) (*rules.Set, error) {
	if set := sub.orders[turn]; set != nil {
		return set, nil
	}
	def := sub.set.Definition()
	r := rand.New(rand.NewPCG(uint64(turn), 0))
	rearrange(r, turn, def.Rules)
	rearrange(r, turn, def.Caps)
	rearrange(r, turn, def.Budgets)
	for i := range def.Rules {
		rule := &def.Rules[i]
		for _, words := range wordLists(rule) {
			rearrange(r, turn, *words)
		}
		rearrange(r, turn, rule.Window.Slots)
		rearrangeCondition(r, turn, &rule.When)
	}
	for i := range def.Caps {
		rearrange(r, turn, def.Caps[i].Rules)
	}
	for i := range def.Budgets {
		rearrange(r, turn, def.Budgets[i].Rules)
	}
	set, err := sub.compile(def)
	if err == nil {
		sub.orders[turn] = set
	}
	return set, err
}

func rearrange[T any](r *rand.Rand, turn int, list []T) {
	if turn <= 1 {
		slices.Reverse(list)
		return
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// rearrangeCondition lists what a condition is made of otherwise.
func rearrangeCondition(r *rand.Rand, turn int, c *rules.Condition) {
	rearrange(r, turn, c.In)
	for _, kids := range [][]rules.Condition{c.All, c.Any} {
		rearrange(r, turn, kids)
		for i := range kids {
			rearrangeCondition(r, turn, &kids[i])
		}
	}
	if c.Not != nil {
		rearrangeCondition(r, turn, c.Not)
	}
}

// wordLists are a rule's lists in which order means nothing.
func wordLists(r *rules.Rule) []*[]string {
	return []*[]string{
		&r.Audience.Tiers, &r.Audience.SegmentsAny, &r.Audience.SegmentsNot, &r.Audience.Channels, &r.Audience.Stores,
		&r.Audience.Stages, &r.Audience.Interests,
		&r.Lines.SKUs, &r.Lines.Categories, &r.Lines.Brands, &r.Lines.Labels,
		&r.Lines.Exclude.SKUs, &r.Lines.Exclude.Categories, &r.Lines.Exclude.Brands, &r.Lines.Exclude.Labels,
	}
}
