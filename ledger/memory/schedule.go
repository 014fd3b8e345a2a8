package memory

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// schedule keeps owners by the day on which they are due, so that neither a commit
// nor a sweep looks at those who are not.
type schedule struct {
	days map[int64]*[]uint32 // owners by day since 1970, in no order
	list []int64             // the days that have owners, ascending
}

const (
	day   = 24 * 60 * 60 * 1e6 // microseconds
	never = math.MinInt64
)

// momentOf is a time as an owner has it: microseconds since 1970.
func momentOf(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMicro()
}

func dayOf(moment int64) int64 {
	if moment < 0 {
		moment -= day - 1
	}
	return moment / day
}

// reschedule makes an owner due at another moment.
func (s *Store) reschedule(i uint32, due int64) {
	o := s.owner(i)
	if o.due == due {
		return
	}
	if o.due != never {
		d := dayOf(o.due)
		list := s.due.days[d]
		last := (*list)[len(*list)-1]
		(*list)[o.spot], s.owner(last).spot = last, o.spot
		if *list = (*list)[:len(*list)-1]; len(*list) == 0 {
			delete(s.due.days, d)
			if at, ok := slices.BinarySearch(s.due.list, d); ok {
				s.due.list = slices.Delete(s.due.list, at, at+1)
			}
		}
	}
	if o.due = due; due == never {
		return
	}
	d := dayOf(due)
	list := s.due.days[d]
	if list == nil {
		if s.due.days == nil {
			s.due.days = map[int64]*[]uint32{}
		}
		list = new([]uint32)
		s.due.days[d] = list
		at, _ := slices.BinarySearch(s.due.list, d)
		s.due.list = slices.Insert(s.due.list, at, d)
	}
	o.spot = uint32(len(*list))
	*list = append(*list, i)
}

// dueBy gives the first owners due by t, earliest first.
func (s *Store) dueBy(t time.Time, limit int) []string {
	type item struct {
		at    int64
		owner string
	}
	by := t.UnixMicro() // a due moment has no part of a microsecond
	var due []item
	for _, d := range s.due.list {
		if d > dayOf(by) || len(due) >= limit {
			break
		}
		from := len(due)
		for _, i := range *s.due.days[d] {
			if o := s.owner(i); o.due <= by {
				due = append(due, item{o.due, s.name(o)})
			}
		}
		slices.SortFunc(due[from:], func(a, b item) int {
			return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.owner, b.owner))
		})
	}
	owners := make([]string, 0, len(due))
	for _, d := range due[:min(max(limit, 0), len(due))] {
		owners = append(owners, d.owner)
	}
	return owners
}
