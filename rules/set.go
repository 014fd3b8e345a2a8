package rules

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Set is a compiled rule set. It never changes and is safe for concurrent use:
// to change the rules, compile another and swap the pointer.
type Set struct {
	def      Definition
	zone     *time.Location
	schema   *schema
	byID     []int32 // indexes in def.Rules, by ID
	units    []string
	caps     []limitOver        // as in def.Caps
	budgets  []budget           // as in def.Budgets
	spending map[string][]int32 // by trigger: the budgets its events may draw on
	stocks   map[string][]Need  // by trigger: the stocks likewise
	triggers map[string]*trigger
	people   people
	idle     sync.Pool // of *evaluation: scratch memory that says nothing of the event it was used for
}

// limitOver is a compiled [Cap].
type limitOver struct {
	src *Cap
	per perIndex
}

// Definition returns a copy of what the set was compiled from.
func (s *Set) Definition() Definition { return s.def.clone() }

// Rule returns a copy of the rule with that ID, and whether there is one.
func (s *Set) Rule(id string) (Rule, bool) {
	i, ok := s.at(id)
	if !ok {
		return Rule{}, false
	}
	return s.def.Rules[i].clone(), true
}

// at returns the index in the definition of the rule with that ID.
func (s *Set) at(id string) (i int, ok bool) {
	n, ok := slices.BinarySearchFunc(s.byID, id, func(at int32, id string) int { return strings.Compare(s.def.Rules[at].ID, id) })
	if !ok {
		return 0, false
	}
	return int(s.byID[n]), true
}

// Zone returns the time zone in which the set counts days, hours and months.
func (s *Set) Zone() *time.Location { return s.zone }

// Units returns what the set's rules can award, in alphabetical order.
func (s *Set) Units() []string { return slices.Sorted(slices.Values(s.units)) }

// unitIndex returns the index of a unit, which it adds when it is new.
func (s *Set) unitIndex(name string) int {
	if i := slices.Index(s.units, name); i >= 0 {
		return i
	}
	s.units = append(s.units, name)
	return len(s.units) - 1
}
