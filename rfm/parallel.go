package rfm

import (
	"sync"
	"sync/atomic"
)

// What is in this file and in gather.go starts goroutines, and nothing else in
// the package does. Each function gives, whatever the number of workers, exactly
// what the plain one gives: customers are dealt out by their ID, and each is one worker's alone.

// Member is a customer placed, without the summary.
type Member struct {
	Customer  string `json:"customer"`
	Score     Score  `json:"score"`
	HighValue bool   `json:"high_value,omitempty"`
	Segment   string `json:"segment,omitempty"`
	Stage     Stage  `json:"stage"`
}

// PlaceParallel places all customers of a Builder, as [Model.Place] does, with several
// workers, in the order of [Builder.Summaries]. Nothing may be added meanwhile.
func (m *Model) PlaceParallel(b *Builder, w Window, workers int) ([]Member, error) {
	d := w.days()
	if m.def.Scoring.Method == NTile {
		return m.placeTilesOf(b, d)
	}
	all := make([]Member, b.customers) // fewer, if some bought nothing
	var members [shards][]Member
	var from [shards]int // of all
	end := 0
	for i := range b.shards {
		from[i], end = end, end+len(b.shards[i].listed)
		members[i] = all[from[i]:from[i]:end]
	}
	var parts [shards]columns // kept beside the members, so that each customer is looked at once
	eachShard(workers, func(i int, room *scratch) {
		s, list, part := &b.shards[i], members[i], columnsFor(len(b.shards[i].listed))
		for line, f := range s.figures(d, room) {
			list = append(list, m.member(room.name(s, line), f, d))
			part.add(f.values(d))
		}
		members[i], parts[i] = list, part
	})
	cuts := m.fixed
	if m.def.Scoring.quantiles() {
		joined := columnsFor(b.customers)
		for _, p := range parts {
			joined.join(p)
		}
		var err error
		if cuts, err = m.cutParallel(joined, workers); err != nil {
			return nil, err
		}
	}
	eachShard(workers, func(i int, _ *scratch) {
		c := &parts[i]
		for j := range members[i] {
			m.give(&members[i][j], cuts.score(values{c.recency[j], c.orders[j], c.spend[j]}))
		}
	})
	placed := all[:0]
	for i := range members {
		if n := len(members[i]); len(placed) == from[i] {
			placed = all[:from[i]+n] // nothing was left out until there
		} else {
			placed = append(placed, members[i]...)
		}
	}
	return placed, nil
}

// cutParallel is [Model.cut], a worker for each dimension.
func (m *Model) cutParallel(c columns, workers int) (Cuts, error) {
	if workers < 2 || len(c.orders) == 0 {
		return m.cut(c)
	}
	ranks := ranksOf(m.def.Scoring.Levels, len(c.orders))
	found := map[Dimension][]int64{}
	var all sync.WaitGroup
	var guard sync.Mutex
	for _, d := range []Dimension{Recency, Frequency, Monetary} {
		all.Go(func() {
			values := orderStatistics(c.of(d), ranks)
			guard.Lock()
			defer guard.Unlock()
			found[d] = values
		})
	}
	all.Wait()
	return cutsBy(m.def.Scoring, func(d Dimension, _ []int) []int64 { return found[d] }, len(c.orders))
}

func (m *Model) placeTilesOf(b *Builder, d span) ([]Member, error) {
	var ids []string
	var c columns
	var members []Member
	var room scratch
	for i := range b.shards {
		for line, f := range b.shards[i].figures(d, &room) {
			id := room.name(&b.shards[i], line)
			ids = append(ids, id)
			c.add(f.values(d))
			members = append(members, m.member(id, f, d))
		}
	}
	if len(ids) == 0 {
		return nil, ErrNoCustomers
	}
	for i, score := range tiles(ids, c, m.def.Scoring.Levels) {
		m.give(&members[i], score)
	}
	return members, nil
}

// member is a customer without a score.
func (m *Model) member(id string, f figures, d span) Member {
	ends, _ := m.life.ends(max(0, f.purchases-1), f.gapDays)
	stage, _ := m.life.stage(d.asOf-f.last, d.asOf-f.first, f.purchases, ends)
	return Member{Customer: id, Stage: stage}
}

func (m *Model) give(to *Member, s Score) {
	to.Score, to.HighValue, to.Segment = s, m.highValue(s), m.board.names[m.board.at(s)]
}

// eachShard calls work for every shard, by several goroutines, each with its own room.
func eachShard(workers int, work func(shard int, room *scratch)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(max(1, workers), shards) {
		all.Go(func() {
			room := new(scratch)
			for i := next.Add(1) - 1; i < shards; i = next.Add(1) - 1 {
				work(int(i), room)
			}
		})
	}
	all.Wait()
}
