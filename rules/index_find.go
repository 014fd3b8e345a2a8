package rules

import (
	"math/bits"
	"slices"
	"strings"
)

// candidates returns the positions of the rules to look at, in ascending order.
func (e *evaluation) candidates(t *trigger) []int32 {
	if e.scanning {
		e.finder.exact = false
		all := make([]int32, len(t.rules))
		for i := range all {
			all[i] = int32(i)
		}
		return all
	}
	// A gate does not say why it refuses. Without a trace nobody asks.
	e.admitted = !e.tracing
	found := e.finder.find(t, e.event, e.set, e.admitted)
	if e.tracing {
		e.passed = len(t.rules) - len(found)
	}
	return found
}

// split cuts the positions of a phase off ascending ones.
func (t *trigger) split(positions []int32, phase phase) (of, rest []int32) {
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
	found   []int32
	asked   []question
	hits    []hit
	exact   bool   // hits are all there are
	long    []span // the longer lists that have been offered
}

// question is a word of a line under which rules may be filed.
type question struct {
	word string
	hash uint32
	slot int32
	line int32
	kind kind
}

// hit is a line that a rule picks, unless it excludes it.
type hit struct {
	rule, line int32
}

const (
	longList  = 32 // rules
	mostAsked = 64 // words at a time
	mostHits  = 64 // beyond this many, looking at the lines themselves is as good
)

// find returns the positions of the rules that may match an event, in ascending
// order, until the next call. With admit it leaves out those whose gate refuses
// the event.
func (f *finder) find(t *trigger, ev *Event, s *Set, admit bool) []int32 {
	f.trigger, f.admit = t, admit
	if admit {
		f.passer = s.people.passer(ev)
	}
	f.marks.grow(len(t.rules))
	f.long, f.hits, f.exact = f.long[:0], f.hits[:0], true
	if ev.Order != nil {
		for i := range ev.Order.Lines {
			f.line(&ev.Order.Lines[i], int32(i))
		}
		f.answer()
	}
	f.admitHits()
	f.people(byStore, ev.Store)
	for _, segment := range ev.Member.Segments {
		f.people(bySegment, segment)
	}
	f.offer(t.rest)
	f.found = f.marks.drain(f.found[:0])
	return f.found
}

// hasDepth reports whether a rule is filed under a category that lies so deep.
func (t *trigger) hasDepth(depth int) bool { return t.depths>>min(depth, 63)&1 != 0 }

// list returns the positions in a list of more than one.
func (t *trigger) list(s span) []int32 { return t.filed[s.start : s.start+s.count] }

// line offers the rules that pick a line.
func (f *finder) line(l *Line, at int32) {
	f.ask(bySKU, l.SKU, at)
	f.ask(byBrand, l.Brand, at)
	for _, label := range l.Labels {
		f.ask(byLabel, label, at)
	}
	if f.trigger.depths == 0 {
		return
	}
	depth := 0
	for end := 0; ; end, depth = end+1, depth+1 {
		slash := strings.IndexByte(l.Category[end:], '/')
		if slash < 0 {
			break
		}
		if end += slash; f.trigger.hasDepth(depth) {
			f.ask(byCategory, l.Category[:end], at)
		}
	}
	if f.trigger.hasDepth(depth) {
		f.ask(byCategory, l.Category, at)
	}
}

// ask notes a word of a line. It is answered together with others.
func (f *finder) ask(k kind, word string, line int32) {
	if word == "" || f.trigger.words.known[k] == 0 {
		return
	}
	if len(f.asked) == mostAsked {
		f.answer()
	}
	f.asked = append(f.asked, question{word: word, hash: hashWord(k, word), line: line, kind: k})
}

// answer offers what is filed under the words that were asked for. It looks for all
// slots, then for all words, then for all rules, so that the processor need not wait
// for one to look for the next. Gates are seen to later, for the same reason.
func (f *finder) answer() {
	w := &f.trigger.words
	for i := range f.asked {
		q := &f.asked[i]
		q.slot = int32(w.slot(q.hash, w.home(q.hash)))
	}
	for i := range f.asked {
		q := &f.asked[i]
		f.goods(w.list(q.kind, q.word, q.hash, int(q.slot)), q.line)
	}
	f.asked = f.asked[:0]
}

// goods offers a list of rules that pick a line.
func (f *finder) goods(s span, line int32) {
	if s.count <= 1 {
		if s.count == 1 {
			f.hit(s.start, line)
		}
		return
	}
	if s.count > longList {
		// Many lines may share a category. Its list is not gone through for each.
		if slices.Contains(f.long, s) {
			f.exact = false
			return
		}
		f.long = append(f.long, s)
	}
	for _, at := range f.trigger.list(s) {
		f.hit(at, line)
	}
}

func (f *finder) hit(at, line int32) {
	if len(f.hits) < mostHits {
		f.hits = append(f.hits, hit{at, line})
		return
	}
	f.exact = false
	f.offerOne(at)
}

// admitHits offers the rules that were hit, and forgets those that are refused.
func (f *finder) admitHits() {
	kept := f.hits[:0]
	for _, h := range f.hits {
		if f.offerOne(h.rule) {
			kept = append(kept, h)
		}
	}
	f.hits = kept
}

// people offers what is filed under a word of the audience.
func (f *finder) people(k kind, word string) {
	switch s := f.trigger.words.find(k, word); s.count {
	case 0:
	case 1:
		f.offerOne(s.start)
	default:
		f.offer(f.trigger.list(s))
	}
}

func (f *finder) offer(positions []int32) {
	for _, at := range positions {
		f.offerOne(at)
	}
}

// offerOne makes a rule a candidate unless its gate refuses.
func (f *finder) offerOne(at int32) bool {
	if f.admit && !f.trigger.rules[at].gate.admits(&f.passer) {
		return false
	}
	f.marks.set(at)
	return true
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
