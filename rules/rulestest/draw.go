package rulestest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/rules"
	"pgregory.net/rapid"
)

const (
	million = 1_000_000
	cent    = 10_000 // in millionths: the step to either side of a threshold
	// maxDrawn is the most a drawn figure is, in millionths: a billion. What a rule
	// asks beyond it is not reached by any order.
	maxDrawn = 1_000_000_000 * million
)

// drawer draws samples. It goes from a few rules, the focus, for which a sample is made
// to be met or just missed: of many rules, hardly any would be met by chance.
//
// rapid draws the seed and nothing else. Its own choices favour the first of a list, so
// that the last rules of a long file would hardly be tested, and what it knows of making
// examples smaller, numbers, is not what makes an order simple.
type drawer struct {
	rand  *rand.Rand
	voc   *vocabulary
	focus []*rules.Rule
}

func newDrawer(t *rapid.T, voc *vocabulary) *drawer {
	seed := func() uint64 { // most of rapid's numbers are small, so one alone would often come again
		return rapid.Uint64().Draw(t, "seed")<<32 ^ rapid.Uint64().Draw(t, "seed")
	}
	return &drawer{rand: rand.New(rand.NewPCG(seed(), seed())), voc: voc}
}

// sample draws events, and what the member had before them.
func (d *drawer) sample(l *law) *sample {
	s := &sample{}
	trigger := pick(d, d.voc.live).Trigger
	if d.once(4) {
		trigger = pick(d, d.voc.triggers)
	}
	d.choose(trigger)
	first := d.event(trigger, 1)
	s.events = append(s.events, first)
	if l.runs {
		d.run(s, trigger)
	}
	s.before = state{d.usage(first), d.funds(first)}
	return s
}

// twisted draws what the law does to the sample's events.
func (d *drawer) twisted(l *law, s *sample) *sample {
	if l.twist == nil {
		return s
	}
	c := s.clone()
	l.twist(d, c)
	return c
}

// choose takes up to three rules of the trigger into the focus.
func (d *drawer) choose(trigger string) {
	of := d.voc.byTrigger[trigger]
	d.focus = nil
	for range min(len(of), d.upTo(1, 3)) {
		d.focus = append(d.focus, pick(d, of))
	}
}

// index draws one of n.
func (d *drawer) index(n int) int { return d.rand.IntN(max(n, 1)) }

// upTo draws a number from least to most.
func (d *drawer) upTo(least, most int) int { return least + d.index(most-least+1) }

// once is true once in n.
func (d *drawer) once(n int) bool { return d.index(n) == 0 }

func pick[T any](d *drawer, from []T) T { return from[d.index(len(from))] }

// oneOf draws a word that a rule in focus wants, or seldom another of the
// vocabulary, or one that no rule knows, or none.
func (d *drawer) oneOf(label string, wants func(*rules.Rule) []string, all []string) string {
	var wanted []string
	for _, r := range d.focus {
		wanted = append(wanted, wants(r)...)
	}
	switch {
	case len(wanted) > 0 && !d.once(6):
		return pick(d, wanted)
	case len(all) > 0 && d.once(2):
		return pick(d, all)
	case d.once(8):
		return "none-of-" + strings.ReplaceAll(label, " ", "-")
	default:
		return ""
	}
}

// draws reports whether a rule in focus draws prizes, by the event's ID.
func (d *drawer) draws() bool {
	return slices.ContainsFunc(d.focus, func(r *rules.Rule) bool { return r.Effect.Draw != nil })
}

func eventID(n int) string { return fmt.Sprintf("e%d", n) }
func orderID(n int) string { return fmt.Sprintf("o%d", n) }

// event draws an event of the type, the nth of its member's.
func (d *drawer) event(trigger string, n int) *rules.Event {
	ev := &rules.Event{
		ID:      eventID(n),
		Type:    trigger,
		Channel: d.oneOf("channel", func(r *rules.Rule) []string { return r.Audience.Channels }, d.voc.channels.list),
		Store:   d.oneOf("store", func(r *rules.Rule) []string { return r.Audience.Stores }, d.voc.stores.list),
		Time:    d.moment(),
	}
	if d.draws() {
		ev.ID = eventID(1_000 + d.index(100_000))
	}
	ev.Member = d.member(ev)
	d.conditions(ev)
	withOrder := !d.once(12)
	if !d.voc.orders[trigger] {
		withOrder = d.once(4)
	}
	if withOrder {
		ev.Order = d.order(orderID(n))
	}
	return ev
}

func (d *drawer) member(ev *rules.Event) rules.Member {
	m := rules.Member{
		ID:   "m1",
		Tier: d.oneOf("tier", func(r *rules.Rule) []string { return r.Audience.Tiers }, d.voc.tiers.list),
	}
	for _, r := range d.focus {
		if any := r.Audience.SegmentsAny; len(any) > 0 && !d.once(6) {
			m.Segments = append(m.Segments, pick(d, any))
		}
	}
	if all := d.voc.segments.list; len(all) > 0 && d.once(5) {
		m.Segments = append(m.Segments, pick(d, all))
	}
	slices.Sort(m.Segments)
	m.Segments = slices.Compact(m.Segments)
	m.Stage = d.oneOf("stage", func(r *rules.Rule) []string { return r.Audience.Stages }, d.voc.stages.list)
	if one := d.oneOf("interest", func(r *rules.Rule) []string { return r.Audience.Interests }, d.voc.interests.list); one != "" {
		m.Interests = []string{one}
	}
	m.Orders = d.ordersBefore()
	m.Birthday, m.Joined = d.dates(ev)
	return m
}

// ordersBefore draws how many orders the member had: none or few, or what makes this
// one that a rule in focus is for, or the one before or after.
func (d *drawer) ordersBefore() int {
	var n rules.NthOrder
	for _, r := range d.focus {
		n = cmp.Or(n, r.Audience.NthOrder)
	}
	if n == (rules.NthOrder{}) || d.once(4) {
		return d.upTo(0, 2)
	}
	nth := max(cmp.Or(n.From, n.Every), 1)
	if n.Every > 0 {
		nth += d.index(3) * n.Every
	}
	if n.To > 0 && d.once(3) {
		nth = n.To
	}
	return min(max(nth-1+pick(d, []int{0, 0, 1, -1}), 0), 1_000_000)
}

// run adds more events of the same member: the same again, or others.
func (d *drawer) run(s *sample, trigger string) {
	for n := 2; n <= 6 && d.once(2); n++ {
		last := s.events[len(s.events)-1]
		next := cloneEvent(last)
		if d.once(2) {
			if d.once(2) {
				trigger = pick(d, d.voc.triggers)
				d.choose(trigger)
			}
			next = d.event(trigger, n)
			next.Member = cloneEvent(last).Member
		}
		next.Time = d.later(last.Time)
		if next.ID = eventID(n); d.draws() {
			next.ID = eventID(n*1_000_000 + d.index(100_000))
		}
		if last.Order != nil {
			next.Member.Orders = last.Member.Orders + 1
		}
		if next.Order != nil {
			next.Order.ID = orderID(n)
		}
		s.events = append(s.events, next)
	}
}
