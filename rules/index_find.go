package rules

import (
	"math"
	"math/bits"
	"slices"
)

// candidates returns the positions of the rules to look at, in ascending order.
func (e *evaluation) candidates(t *trigger) []int32 {
	if e.scanning {
		all := make([]int32, len(t.rules))
		for i := range all {
			all[i] = int32(i)
		}
		return all
	}
	// A gate does not say why it refuses. Without a trace nobody asks.
	found := e.finder.find(t, e.event, e.set.names, !e.tracing)
	if e.tracing {
		e.passed = len(t.rules) - len(found)
	}
	return found
}

// split cuts the positions of a phase off ascending ones.
func (t *trigger) split(positions []int32, phase int) (of, rest []int32) {
	n := 0
	for n < len(positions) && positions[n] < t.phases[phase+1] {
		n++
	}
	return positions[:n], positions[n:]
}

// finder is where one event's candidates are gathered. It is used again and again.
type finder struct {
	trigger *trigger
	admit   bool
	passer  passer
	marks   marks
	long    []span // lists offered, of those long enough to be worth remembering
	found   []int32
}

// find returns the positions of the rules that may match an event, in ascending
// order, until the next call. With admit it leaves out those whose gate refuses
// the event.
func (f *finder) find(t *trigger, ev *Event, n names, admit bool) []int32 {
	f.trigger, f.admit = t, admit
	if admit {
		f.passer = n.passer(ev)
	}
	f.marks.grow(len(t.rules))
	f.long = f.long[:0]
	if ev.Order != nil {
		for i := range ev.Order.Lines {
			f.line(&ev.Order.Lines[i])
		}
	}
	f.word(byStore, ev.Store)
	for _, s := range ev.Member.Segments {
		f.word(bySegment, s)
	}
	f.offer(t.rest)
	f.found = f.marks.drain(f.found[:0])
	return f.found
}

func (f *finder) line(l *Line) {
	f.word(bySKU, l.SKU)
	f.word(byBrand, l.Brand)
	for _, label := range l.Labels {
		f.word(byLabel, label)
	}
	if len(f.trigger.lists[byCategory]) == 0 {
		return
	}
	for i := range len(l.Category) {
		if l.Category[i] == '/' {
			f.word(byCategory, l.Category[:i])
		}
	}
	f.word(byCategory, l.Category)
}

// word offers what is filed under a word.
func (f *finder) word(k kind, word string) {
	lists := f.trigger.lists[k]
	if len(lists) == 0 || word == "" {
		return
	}
	s := lists[word]
	const long = 32
	if s.count > long { // many lines may share a category, and its list need not be gone through for each
		if slices.Contains(f.long, s) {
			return
		}
		f.long = append(f.long, s)
	}
	f.offer(f.trigger.filed[s.start : s.start+s.count])
}

func (f *finder) offer(positions []int32) {
	for _, at := range positions {
		if !f.admit || f.trigger.gates[at].admits(&f.passer) {
			f.marks.set(at)
		}
	}
}

// marks is a set of positions that gives them back in order, each once. A second
// row of bits says which words of the first are not zero.
type marks struct {
	words, filled []uint64
}

func (m *marks) grow(n int) {
	words := (n + 63) / 64
	if len(m.words) < words {
		m.words, m.filled = make([]uint64, words), make([]uint64, (words+63)/64)
	}
}

func (m *marks) set(at int32) {
	m.words[at>>6] |= 1 << (at & 63)
	m.filled[at>>12] |= 1 << (at >> 6 & 63)
}

// drain appends the positions and forgets them.
func (m *marks) drain(to []int32) []int32 {
	for i, filled := range m.filled {
		for ; filled != 0; filled &= filled - 1 {
			at := i<<6 + bits.TrailingZeros64(filled)
			for word := m.words[at]; word != 0; word &= word - 1 {
				to = append(to, int32(at<<6+bits.TrailingZeros64(word)))
			}
			m.words[at] = 0
		}
		m.filled[i] = 0
	}
	return to
}

// gate is the part of a rule's conditions that a few comparisons can refuse. One
// that is open says nothing: the conditions themselves are still to be looked at.
type gate struct {
	from, until int64  // seconds since 1970, both inclusive
	segments    uint64 // the member must have one of these bits
	tiers       uint32
	channels    uint32
}

// passer is what an event shows at a gate: a bit for each word, 0 for those that
// no rule names.
type passer struct {
	at       int64
	segments uint64
	tier     uint32
	channel  uint32
}

// names numbers the words of audiences from 1, so that gates can hold them as
// bits. Words may share a bit: then a gate lets more through, never less.
type names map[string]int32

// number returns the number of a word of a rule, a new one when it is new.
func (n names) number(word string) int32 {
	number, known := n[word]
	if !known {
		number = int32(len(n) + 1)
		n[word] = number
	}
	return number
}

// anyOf returns the bits of a rule's words, or all when there are none: then
// anyone may pass.
func (n names) anyOf(words []string, bits int32) (mask uint64) {
	if len(words) == 0 {
		return math.MaxUint64
	}
	for _, w := range words {
		mask |= bit(n.number(w), bits)
	}
	return mask
}

// bit returns the bit of a numbered word, one of so many. The first is that of
// words without a number.
func bit(number, bits int32) uint64 {
	if number == 0 {
		return 1
	}
	return 2 << (number % (bits - 1))
}

// has returns the bit of an event's word.
func (n names) has(word string, bits int32) uint64 {
	if word == "" || len(n) == 0 {
		return 1
	}
	return bit(n[word], bits)
}

func (n names) gate(r *rule) gate {
	a := &r.src.Audience
	g := gate{
		from:     math.MinInt64,
		until:    math.MaxInt64,
		segments: n.anyOf(a.SegmentsAny, 64),
		tiers:    uint32(n.anyOf(a.Tiers, 32)),
		channels: uint32(n.anyOf(a.Channels, 32)),
	}
	if !r.src.Window.From.IsZero() {
		g.from = r.src.Window.From.Unix()
	}
	if !r.src.Window.Until.IsZero() {
		g.until = r.src.Window.Until.Unix()
	}
	if r.disabled {
		g.from = math.MaxInt64
	}
	return g
}

func (n names) passer(ev *Event) passer {
	p := passer{
		at:       ev.Time.Unix(),
		segments: 1,
		tier:     uint32(n.has(ev.Member.Tier, 32)),
		channel:  uint32(n.has(ev.Channel, 32)),
	}
	if len(n) > 0 {
		for _, s := range ev.Member.Segments {
			p.segments |= n.has(s, 64)
		}
	}
	return p
}

func (g *gate) admits(p *passer) bool {
	return g.from <= p.at && p.at <= g.until && g.tiers&p.tier != 0 && g.segments&p.segments != 0 && g.channels&p.channel != 0
}
