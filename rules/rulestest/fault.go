package rulestest

import (
	"slices"

	"github.com/loyaltykit/loyalty/rules"
)

// atFault finds the fewest rules with which a sample still breaks the law, the others
// switched off: first the one that makes the others give way, if there is one.
func (sub *subject) atFault(l *law, s *sample, b *breach) []string {
	if b.rules != nil {
		return b.rules
	}
	breaks := func(on []string) bool {
		other, err := sub.without(func(id string) bool { return !slices.Contains(on, id) })
		if err != nil {
			return false
		}
		found := l.check(other, s)
		return found != nil && found.note == b.note
	}
	left := sub.involved(b, false)
	if !breaks(left) {
		if left = sub.involved(b, true); !breaks(left) {
			return left
		}
	}
	left = fewest(left, breaks)
	if len(left) == 0 { // broken without any rule: nothing in the file is to blame
		return nil
	}
	slices.SortStableFunc(left, func(x, y string) int { return sub.blame(b, y) - sub.blame(b, x) })
	return left
}

// fewest drops from a list whatever it can while the list still does: halves first,
// for lists may be long, then one by one.
func fewest(list []string, does func([]string) bool) []string {
	for size := max(len(list)/2, 1); ; size /= 2 {
		for at := 0; at < len(list); {
			fewer := slices.Delete(slices.Clone(list), at, min(at+size, len(list)))
			if does(fewer) {
				list = fewer
				continue
			}
			at += size
		}
		if size == 1 {
			return list
		}
	}
}

// involved are the rules that had a part in what a breach shows, or all that answer
// to its events.
func (sub *subject) involved(b *breach, all bool) []string {
	var ids []string
	for i := range b.sides {
		r := &b.sides[i].result
		for k := range r.Trace {
			t := &r.Trace[k]
			gaveWay := t.Failed == rules.FailedExclusive || t.Failed == rules.FailedGroup
			if all || t.Matched || gaveWay {
				ids = append(ids, t.Rule)
			}
		}
		for k := range r.Awards {
			ids = append(ids, r.Awards[k].Rule)
		}
	}
	if all && b.event != nil {
		for i := range sub.def.Rules {
			if sub.def.Rules[i].Trigger == b.event.Type {
				ids = append(ids, sub.def.Rules[i].ID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// blame says how much a rule is the cause: most when others gave way to it.
func (sub *subject) blame(b *breach, id string) int {
	blame := 0
	if !b.causal {
		return 0
	}
	for i := range b.sides {
		for k := range b.sides[i].result.Trace {
			t := &b.sides[i].result.Trace[k]
			if (t.Failed == rules.FailedExclusive || t.Failed == rules.FailedGroup) && t.Actual == id {
				blame = 2
			}
		}
	}
	if n := len(b.sides); blame == 0 && n == 2 && pointsOf(b.sides[1].award(id)) > pointsOf(b.sides[0].award(id)) {
		blame = 1
	}
	return blame
}
