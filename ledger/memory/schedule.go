package memory

import (
	"cmp"
	"slices"
	"time"
)

// schedule keeps owners by the day on which they are due, so that neither a commit
// nor a sweep looks at those who are not.
type schedule struct {
	days map[int64]map[string]time.Time // by day since 1970
	list []int64                        // the days that have owners, ascending
}

const day = 24 * 60 * 60

func dayOf(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= day - 1
	}
	return s / day
}

// set moves an owner from one due moment to another; zero is never.
func (s *schedule) set(owner string, from, to time.Time) {
	if from.Equal(to) {
		return
	}
	if !from.IsZero() {
		d := dayOf(from)
		delete(s.days[d], owner)
		if len(s.days[d]) == 0 {
			delete(s.days, d)
			if i, ok := slices.BinarySearch(s.list, d); ok {
				s.list = slices.Delete(s.list, i, i+1)
			}
		}
	}
	if to.IsZero() {
		return
	}
	d := dayOf(to)
	if s.days[d] == nil {
		if s.days == nil {
			s.days = map[int64]map[string]time.Time{}
		}
		s.days[d] = map[string]time.Time{}
		i, _ := slices.BinarySearch(s.list, d)
		s.list = slices.Insert(s.list, i, d)
	}
	s.days[d][owner] = to
}

// until gives the first owners due by t, earliest first.
func (s *schedule) until(t time.Time, limit int) []string {
	type item struct {
		at    time.Time
		owner string
	}
	var due []item
	for _, d := range s.list {
		if d > dayOf(t) || len(due) >= limit {
			break
		}
		from := len(due)
		for owner, at := range s.days[d] {
			if !at.After(t) {
				due = append(due, item{at, owner})
			}
		}
		slices.SortFunc(due[from:], func(a, b item) int {
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.owner, b.owner))
		})
	}
	owners := make([]string, 0, len(due))
	for _, d := range due[:min(max(limit, 0), len(due))] {
		owners = append(owners, d.owner)
	}
	return owners
}
