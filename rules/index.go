package rules

import (
	"math"
	"strings"
)

// The index finds the rules that may match an event without looking at all of
// them. Each rule is filed under one of its fields, whichever leaves it in the
// shortest lists: under every entry of the lists by which it picks lines, under its
// stores, or under the segments it is for. A rule with none of these is among the
// rest, which is looked at for every event. What the index offers is only a
// candidate: match decides. The scan of all rules, which a whole trace needs
// anyway, is what the index is tested against.

// trigger is the rules that answer to one type of event. A rule's position is its
// index in rules, so ascending positions are the order in which rules have their say.
type trigger struct {
	rules  []rule                // by phase, then priority, then ID
	phases [phaseCount + 1]int32 // where each phase begins; the last entry is where the last ends
	words  dictionary
	filed  []int32 // positions, which spans cut up into lists
	rest   []int32 // positions of the rules filed under nothing
	depths uint64  // a bit for each number of slashes in a category under which rules are filed
}

// index files the rules, given by priority, then ID, under their triggers.
func (s *Set) index(order []*rule) {
	counts := map[string]int{}
	s.people = people{names{}, names{}, names{}}
	for _, r := range order {
		counts[r.src.Trigger]++
		s.people.enter(&r.src.Audience)
	}
	s.triggers = make(map[string]*trigger, len(counts))
	for name, n := range counts {
		s.triggers[name] = &trigger{rules: make([]rule, 0, n)}
	}
	for phase := range phaseCount {
		for _, r := range order {
			if r.phase == phase {
				t := s.triggers[r.src.Trigger]
				r.gate, r.gated = s.people.gate(r.src)
				t.rules = append(t.rules, *r)
			}
		}
		for _, t := range s.triggers {
			t.phases[phase+1] = int32(len(t.rules))
		}
	}
	for _, t := range s.triggers {
		t.file()
	}
}

// kind is a field under which rules are filed.
type kind uint8

const (
	bySKU kind = iota
	byCategory
	byBrand
	byLabel
	byStore
	bySegment
	kinds
)

// span is a list of positions, in ascending order: count of them from
// trigger.filed[start] or, when there is one alone, start itself.
type span struct {
	start, count int32
}

// filing is the building of an index.
type filing struct {
	numbers [kinds]map[string]int32 // of the lists, by word
	named   []named                 // by number
	words   []int32                 // the numbers of the lists under which rules can be filed, rule by rule
	choices []choices               // by position
	could   []int32                 // by number: how many rules could be filed there
}

// named is what a list is filed under.
type named struct {
	kind kind
	word string
}

// choices are where in filing.words the numbers of one rule lie: those of its
// goods, then of its stores, then of its segments.
type choices struct {
	from   int32
	counts [3]int32
}

// file builds the index of a trigger.
func (t *trigger) file() {
	f := filing{choices: make([]choices, len(t.rules))}
	for i := range t.rules {
		lines, audience := &t.rules[i].src.Lines, &t.rules[i].src.Audience
		c := &f.choices[i]
		c.from = int32(len(f.words))
		c.counts[0] = f.enter(bySKU, lines.SKUs) + f.enter(byCategory, lines.Categories) +
			f.enter(byBrand, lines.Brands) + f.enter(byLabel, lines.Labels)
		c.counts[1] = f.enter(byStore, audience.Stores)
		c.counts[2] = f.enter(bySegment, audience.SegmentsAny)
	}
	lengths := make([]int32, len(f.could))
	for i := range f.choices {
		for _, n := range f.choose(i) {
			lengths[n]++
		}
	}
	spans, next := make([]span, len(lengths)), int32(0)
	for n, length := range lengths {
		if length > 1 {
			spans[n].start = next
			next += length
		}
	}
	t.filed = make([]int32, next)
	for i := range f.choices {
		chosen := f.choose(i)
		for _, n := range chosen {
			s := &spans[n]
			if lengths[n] == 1 {
				s.start = int32(i)
			} else {
				t.filed[s.start+s.count] = int32(i)
			}
			s.count++
		}
		if len(chosen) == 0 {
			t.rest = append(t.rest, int32(i))
		}
		t.rules[i].byGoods = len(chosen) > 0 && &chosen[0] == &f.words[f.choices[i].from] && f.choices[i].counts[0] > 0
	}
	filed, bytes := 0, 0
	for n, s := range spans {
		if s.count > 0 {
			filed++
			bytes += len(f.named[n].word)
		}
	}
	t.words = newDictionary(filed, bytes)
	for n, s := range spans {
		if s.count == 0 {
			continue
		}
		name := f.named[n]
		t.words.enter(name.kind, name.word, s)
		if name.kind == byCategory {
			t.depths |= 1 << min(strings.Count(name.word, "/"), 63)
		}
	}
}

// enter numbers the lists of words, and says how many there are.
func (f *filing) enter(k kind, words []string) int32 {
	if len(words) == 0 {
		return 0
	}
	numbers := &f.numbers[k]
	if *numbers == nil {
		*numbers = make(map[string]int32)
	}
	for _, w := range words {
		n, known := (*numbers)[w]
		if !known {
			n = int32(len(f.could))
			(*numbers)[w] = n
			f.named, f.could = append(f.named, named{k, w}), append(f.could, 0)
		}
		f.could[n]++
		f.words = append(f.words, n)
	}
	return int32(len(words))
}

// choose returns the lists under which to file a rule: of its goods, stores or
// segments those whose longest is the shortest, the first of equal ones.
func (f *filing) choose(i int) []int32 {
	c := &f.choices[i]
	var best []int32
	from, fewest := c.from, int32(math.MaxInt32)
	for _, count := range c.counts {
		lists := f.words[from : from+count]
		from += count
		longest := int32(0)
		for _, n := range lists {
			longest = max(longest, f.could[n])
		}
		if count > 0 && longest < fewest {
			best, fewest = lists, longest
		}
	}
	return best
}
