package rules

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Stats tells how a set is indexed, so that a host sees before its customers do
// that a definition makes every event slow. An event is looked at by the rules of
// its type that are in Rest, and by those in the lists of its own words; so a large
// Rest, or a very long list, is what to look for.
type Stats struct {
	Rules    int            // in all, disabled ones too
	Names    int            // words in its dictionaries; one in two fields counts twice
	Bytes    int            // estimate of the memory the set takes beyond its definition
	Index    int            // what of it is the index
	Triggers []TriggerStats // by trigger, in alphabetical order
}

// TriggerStats tells of the rules of one trigger.
type TriggerStats struct {
	Trigger string
	Rules   int
	Rest    int       // rules that pick no goods, and are for no stores and no segments: looked at for every event
	Lists   int       // lists of rules, each filed under one word
	Entries int       // in all lists together; a rule is in several when it has several words
	Longest ListStats // of the lists; of equal ones the first by field, then word
}

// ListStats tells of one list of the index.
type ListStats struct {
	Field string // "lines.skus", "lines.categories", "lines.brands", "lines.labels", "audience.stores" or "audience.segments_any"
	Word  string
	Rules int
}

// Mean is the length of the lists on average, 0 when there are none.
func (t TriggerStats) Mean() float64 {
	if t.Lists == 0 {
		return 0
	}
	return float64(t.Entries) / float64(t.Lists)
}

// Stats counts what the set's index holds. It goes through all of it.
func (s *Set) Stats() Stats {
	out := Stats{Rules: len(s.def.Rules), Names: s.people.count()}
	for _, name := range slices.Sorted(maps.Keys(s.triggers)) {
		t := s.triggers[name].stats()
		t.Trigger = name
		out.Triggers = append(out.Triggers, t)
		out.Names += t.Lists
	}
	out.Index = s.indexBytes()
	out.Bytes = out.Index + (4+sizeOf[rule]()-sizeOf[gate]())*len(s.def.Rules)
	seen := map[*extras]bool{}
	for _, t := range s.triggers {
		for i := range t.rules {
			if x := t.rules[i].extras; !seen[x] {
				seen[x] = true
				out.Bytes += sizeOf[extras]()
			}
		}
	}
	return out
}

func (t *trigger) stats() TriggerStats {
	out := TriggerStats{Rules: len(t.rules), Rest: len(t.rest)}
	t.words.all(func(k kind, word string, s span) {
		out.Lists++
		out.Entries += int(s.count)
		list, longest := ListStats{Field: k.field(), Word: word, Rules: int(s.count)}, &out.Longest
		if cmp.Or(cmp.Compare(longest.Rules, list.Rules), strings.Compare(list.Field, longest.Field), strings.Compare(word, longest.Word)) < 0 {
			*longest = list
		}
	})
	return out
}

// field names the field of a rule that the kind is of.
func (k kind) field() string {
	return [kinds]string{"lines.skus", "lines.categories", "lines.brands", "lines.labels", "audience.stores", "audience.segments_any"}[k]
}

// mapEntry is about what an entry of a map from strings to eight bytes takes, with
// what maps keep free; the strings themselves are the definition's.
const mapEntry = 40

// indexBytes estimates what the index takes in memory.
func (s *Set) indexBytes() int {
	sum := mapEntry * s.people.count()
	for _, t := range s.triggers {
		sum += len(t.rules)*sizeOf[gate]() + 4*(len(t.filed)+len(t.rest))
		sum += len(t.words.slots)*sizeOf[slot]() + cap(t.words.text)
	}
	return sum
}

func sizeOf[T any]() int { return int(reflect.TypeFor[T]().Size()) }

// String tells the statistics in a few lines.
func (s Stats) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rules, %d names, about %d bytes a rule, %d of them the index\n", s.Rules, s.Names, s.Bytes/max(s.Rules, 1), s.Index/max(s.Rules, 1))
	for _, t := range s.Triggers {
		fmt.Fprintf(&b, "%s: %d rules, %d of them looked at for every event", quote(t.Trigger), t.Rules, t.Rest)
		if t.Lists > 0 {
			fmt.Fprintf(&b, "; %d lists of %.1f on average, the longest %s %s with %d", t.Lists, t.Mean(), t.Longest.Field, quote(t.Longest.Word), t.Longest.Rules)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
