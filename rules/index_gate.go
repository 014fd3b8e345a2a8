package rules

import (
	"math"
	"reflect"
)

// gate is the part of a rule's conditions that a few comparisons can refuse. One
// that is open says nothing: the conditions themselves are still to be looked at.
type gate struct {
	from, until int64  // seconds since 1970, both inclusive
	segments    uint64 // the member must have one of these bits
	tiers       uint32
	channels    uint32
}

// passer is what an event shows at a gate: a bit for each word, the first for
// those that no rule names.
type passer struct {
	at       int64
	segments uint64
	tier     uint32
	channel  uint32
}

// names numbers words from 1, so that gates can hold them as bits. Words may share
// a bit: then a gate lets more through, never less.
type names map[string]int32

func (n names) enter(words []string) {
	for _, w := range words {
		if _, known := n[w]; !known {
			n[w] = int32(len(n) + 1)
		}
	}
}

// bit returns the bit of a word, one of so many.
func (n names) bit(word string, bits int32) uint64 {
	if word == "" || len(n) == 0 {
		return 1
	}
	number := n[word]
	if number == 0 {
		return 1
	}
	return 2 << (number % (bits - 1))
}

// anyOf returns the bits of a rule's words, or all when there are none: then
// anyone may pass.
func (n names) anyOf(words []string, bits int32) (mask uint64) {
	if len(words) == 0 {
		return math.MaxUint64
	}
	for _, w := range words {
		mask |= n.bit(w, bits)
	}
	return mask
}

// Bits of a gate's sets of names.
const (
	fewNames  = 32
	manyNames = 64
)

// people is the names in audiences.
type people struct {
	tiers, channels, segments names
}

func (p *people) enter(a *Audience) {
	p.tiers.enter(a.Tiers)
	p.channels.enter(a.Channels)
	p.segments.enter(a.SegmentsAny)
}

func (p *people) count() int { return len(p.tiers) + len(p.channels) + len(p.segments) }

// gate returns the gate before a rule, and whether it knows all about when the
// rule is in force and whom it is for.
func (p *people) gate(src *Rule) (g gate, all bool) {
	a, w := src.Audience, &src.Window
	g = gate{
		from:     math.MinInt64,
		until:    math.MaxInt64,
		segments: p.segments.anyOf(a.SegmentsAny, manyNames),
		tiers:    uint32(p.tiers.anyOf(a.Tiers, fewNames)),
		channels: uint32(p.channels.anyOf(a.Channels, fewNames)),
	}
	if !w.From.IsZero() {
		g.from = w.From.Unix()
	}
	if !w.Until.IsZero() {
		g.until = w.Until.Unix()
		if w.Until.Nanosecond() == 0 {
			g.until--
		}
	}
	if src.Disabled {
		g.from = math.MaxInt64
	}
	whole := w.From.Nanosecond() == 0 && w.Until.Nanosecond() == 0 && len(w.Slots) == 0 && w.Occasion.Kind == ""
	a.Tiers, a.Channels = nil, nil // the rest is not the gate's
	return g, whole && reflect.ValueOf(a).IsZero() && len(p.tiers) < fewNames && len(p.channels) < fewNames
}

func (p *people) passer(ev *Event) passer {
	out := passer{
		at:       ev.Time.Unix(),
		segments: 1,
		tier:     uint32(p.tiers.bit(ev.Member.Tier, fewNames)),
		channel:  uint32(p.channels.bit(ev.Channel, fewNames)),
	}
	if len(p.segments) > 0 {
		for _, s := range ev.Member.Segments {
			out.segments |= p.segments.bit(s, manyNames)
		}
	}
	return out
}

func (g *gate) admits(p *passer) bool {
	return g.from <= p.at && p.at <= g.until && g.tiers&p.tier != 0 && g.segments&p.segments != 0 && g.channels&p.channel != 0
}
