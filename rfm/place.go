package rfm

import (
	"fmt"
	"iter"
	"slices"
)

// Placement is where a customer belongs.
type Placement struct {
	Score     Score    `json:"score"`
	Segment   string   `json:"segment,omitempty"` // "" where the definition has no segments
	HighValue bool     `json:"high_value,omitempty"`
	Standing  Standing `json:"standing"`
}

// Place scores customers and puts them into segments and stages. It ranges over
// them once to take quantiles and again when the result is ranged over, so they
// must be the same both times; what they are is for [Summary.Validate] to check.
// The refusals are those of [Model.Cut].
func (m *Model) Place(customers iter.Seq[Summary]) (iter.Seq2[Summary, Placement], error) {
	if m.def.Scoring.Method == NTile {
		return m.placeTiles(customers)
	}
	cuts, err := m.Cut(customers)
	if err != nil {
		return nil, err
	}
	return m.PlaceBy(cuts, customers)
}

// PlaceBy is Place by cuts that were taken before, such as last month's. Cuts
// that do not make as many levels as the definition has are refused with
// [ErrDefinition].
func (m *Model) PlaceBy(cuts Cuts, customers iter.Seq[Summary]) (iter.Seq2[Summary, Placement], error) {
	if err := m.fits(cuts); err != nil {
		return nil, err
	}
	return func(yield func(Summary, Placement) bool) {
		for s := range customers {
			if !yield(s, m.placement(s, cuts.Score(s))) {
				return
			}
		}
	}, nil
}

func (m *Model) fits(c Cuts) error {
	if b := m.board; len(c.recency)+1 != b.r || len(c.orders)+1 != b.f || len(c.spend)+1 != b.m {
		return fmt.Errorf("%w: cuts for %d, %d and %d levels, not %d, %d and %d", ErrDefinition,
			len(c.recency)+1, len(c.orders)+1, len(c.spend)+1, b.r, b.f, b.m)
	}
	return nil
}

// placeTiles keeps the level of each customer by position.
func (m *Model) placeTiles(customers iter.Seq[Summary]) (iter.Seq2[Summary, Placement], error) {
	var ids []string
	var c columns
	for s := range customers {
		ids = append(ids, s.Customer)
		c.add(s.values())
	}
	if len(ids) == 0 {
		return nil, ErrNoCustomers
	}
	levels := tiles(ids, c, m.def.Scoring.Levels)
	return func(yield func(Summary, Placement) bool) {
		i := 0
		for s := range customers {
			if i == len(levels) || !yield(s, m.placement(s, levels[i])) {
				return
			}
			i++
		}
	}, nil
}

func (m *Model) placement(s Summary, score Score) Placement {
	return Placement{Score: score, Segment: m.SegmentOf(score), HighValue: m.highValue(score), Standing: m.Stage(s)}
}

func (m *Model) highValue(s Score) bool {
	return m.def.Scoring.HighValue > 0 && s.Sum() >= m.def.Scoring.HighValue
}

// Tally is how many customers there are, by segment, by stage and by score.
type Tally struct {
	Segments []Group // in the order of the definition, all of them
	Stages   []Group // in order, all of them
	Grid     Grid
	All      Group
}

// Tally counts placed customers. The table, the heat map and the treemap are all
// of these figures.
func (m *Model) Tally(placed iter.Seq2[Summary, Placement]) Tally {
	t := Tally{Grid: newGrid(m.board.r, m.board.f), All: Group{Name: "all"}}
	for _, name := range m.Segments() {
		t.Segments = append(t.Segments, Group{Name: name})
	}
	for _, s := range Stages() {
		t.Stages = append(t.Stages, Group{Name: string(s)})
	}
	for s, p := range placed {
		t.All.add(s)
		i, stage := m.SegmentIndex(p.Score), slices.Index(stages, string(p.Standing.Stage))
		if i < 0 || stage < 0 {
			continue // no placement of this model
		}
		t.Grid.Cells[p.Score.R-1][p.Score.F-1].add(s)
		t.Stages[stage].add(s)
		if i < len(t.Segments) {
			t.Segments[i].add(s)
		}
	}
	return t
}
