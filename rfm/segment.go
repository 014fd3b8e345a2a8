package rfm

import (
	"fmt"
	"slices"
	"strings"
)

// Range is a stretch of levels, both ends included; a zero end is open.
type Range struct {
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
}

func (r Range) has(n int) bool { return n >= r.Min && (r.Max == 0 || n <= r.Max) }

// Segment is a named group of customers: those whose levels lie in all ranges.
// The zero Segment but for its name takes everyone.
type Segment struct {
	Name string `json:"name"`
	R    Range  `json:"r,omitzero"`
	F    Range  `json:"f,omitzero"`
	M    Range  `json:"m,omitzero"`
	Sum  Range  `json:"sum,omitzero"` // of R + F + M
}

func (s Segment) has(c Score) bool {
	return s.R.has(int(c.R)) && s.F.has(int(c.F)) && s.M.has(int(c.M)) && s.Sum.has(c.Sum())
}

// Overlap says that two segments claim the same scores, which go to the first.
type Overlap struct {
	First, Second string
	Scores        []Score // in order of R, F, M
}

// board says which segment each score belongs to.
type board struct {
	r, f, m int // levels
	names   []string
	cells   []uint8 // index of names
}

func (b *board) at(s Score) uint8 {
	return b.cells[(int(s.R-1)*b.f+int(s.F-1))*b.m+int(s.M-1)]
}

// scores lists all there are, in order of R, F, M.
func scores(r, f, m int) []Score {
	all := make([]Score, 0, r*f*m)
	for i := range r {
		for j := range f {
			for k := range m {
				all = append(all, Score{uint8(i + 1), uint8(j + 1), uint8(k + 1)})
			}
		}
	}
	return all
}

func checkSegments(def *Definition, bad *problems) {
	if n := len(def.Segments); n > MaxSegments {
		bad.add("segments", "%d are more than %d", n, MaxSegments)
		return
	} else if n == 0 && def.Rest == "" {
		return
	}
	r, f, m := def.Scoring.levels()
	taken := map[string]string{}
	if def.Rest != "" {
		checkName("rest", def.Rest, bad)
		taken[def.Rest] = "rest"
	}
	for i, s := range def.Segments {
		path := fmt.Sprintf("segments[%d]", i)
		checkName(path+".name", s.Name, bad)
		if first, ok := taken[s.Name]; ok {
			bad.add(path+".name", "%s is already that of %s", quote(s.Name), first)
		} else {
			taken[s.Name] = path
		}
		checkRange(path+".r", s.R, 1, r, bad)
		checkRange(path+".f", s.F, 1, f, bad)
		checkRange(path+".m", s.M, 1, m, bad)
		checkRange(path+".sum", s.Sum, 3, r+f+m, bad)
	}
	if max(r, f, m) <= MaxLevels {
		checkCover(def, scores(r, f, m), bad)
	}
}

func checkRange(path string, r Range, least, most int, bad *problems) {
	switch {
	case r == Range{}:
	case r.Min != 0 && (r.Min < least || r.Min > most):
		bad.add(path+".min", "must be between %d and %d, is %d", least, most, r.Min)
	case r.Max != 0 && (r.Max < least || r.Max > most):
		bad.add(path+".max", "must be between %d and %d, is %d", least, most, r.Max)
	case r.Max != 0 && r.Min > r.Max:
		bad.add(path, "the least, %d, is above the most, %d", r.Min, r.Max)
	}
}

// checkCover sees that every score belongs to a segment, and that every segment
// has a score.
func checkCover(def *Definition, all []Score, bad *problems) {
	won := make([]bool, len(def.Segments))
	claimedBy := make([]int, len(def.Segments)) // one of the segments that took a segment's scores
	var open []Score
	for _, c := range all {
		i := slices.IndexFunc(def.Segments, func(s Segment) bool { return s.has(c) })
		if i < 0 {
			open = append(open, c)
			continue
		}
		won[i] = true
		for j := i + 1; j < len(def.Segments); j++ {
			if def.Segments[j].has(c) {
				claimedBy[j] = i + 1
			}
		}
	}
	for i, ok := range won {
		switch path := fmt.Sprintf("segments[%d]", i); {
		case ok:
		case claimedBy[i] > 0:
			bad.add(path, "%s never matches: all of its scores belong to segments before it, such as %s", quote(def.Segments[i].Name), quote(def.Segments[claimedBy[i]-1].Name))
		default:
			bad.add(path, "%s never matches: no score lies in all of its ranges", quote(def.Segments[i].Name))
		}
	}
	if len(open) > 0 && def.Rest == "" {
		bad.add("segments", "%d of %d scores belong to no segment: %s; name one for them as rest", len(open), len(all), listScores(open))
	}
}

func listScores(all []Score) string {
	const most = 8
	var b strings.Builder
	for i, s := range all {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(all)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s.String())
	}
	return b.String()
}

func newBoard(def *Definition) *board {
	b := &board{}
	b.r, b.f, b.m = def.Scoring.levels()
	for _, s := range def.Segments {
		b.names = append(b.names, s.Name)
	}
	b.names = append(b.names, def.Rest)
	for _, c := range scores(b.r, b.f, b.m) {
		i := slices.IndexFunc(def.Segments, func(s Segment) bool { return s.has(c) })
		if i < 0 {
			i = len(def.Segments)
		}
		b.cells = append(b.cells, uint8(i))
	}
	return b
}

// Segments returns the names of the segments in the order of the definition, that
// of the rest last if there is one.
func (m *Model) Segments() []string {
	names := slices.Clone(m.board.names)
	if m.def.Rest == "" {
		names = names[:len(names)-1]
	}
	return names
}

// SegmentOf returns the segment of a score; of one that is out of range, "".
func (m *Model) SegmentOf(s Score) string {
	if i := m.SegmentIndex(s); i >= 0 {
		return m.board.names[i]
	}
	return ""
}

// SegmentIndex returns the place of a score's segment in [Model.Segments]; of a
// score that is out of range, -1.
func (m *Model) SegmentIndex(s Score) int {
	b := m.board
	if s.R < 1 || s.F < 1 || s.M < 1 || int(s.R) > b.r || int(s.F) > b.f || int(s.M) > b.m {
		return -1
	}
	return int(b.at(s))
}

// Overlaps lists the scores that more than one segment claims, by pairs, in the
// order of the definition. The first segment has them; it is no fault, but good
// to know.
func (m *Model) Overlaps() []Overlap {
	var all []Overlap
	list := m.def.Segments
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			o := Overlap{First: list[i].Name, Second: list[j].Name}
			for _, c := range scores(m.board.r, m.board.f, m.board.m) {
				if list[i].has(c) && list[j].has(c) && m.SegmentOf(c) == list[i].Name {
					o.Scores = append(o.Scores, c)
				}
			}
			if len(o.Scores) > 0 {
				all = append(all, o)
			}
		}
	}
	return all
}
