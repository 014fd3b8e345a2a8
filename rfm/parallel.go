package rfm

import (
	"slices"
	"sync"
)

// What is in this file starts goroutines, and nothing else in the package does.
// Each function gives, whatever the number of workers, exactly what the plain one
// gives: customers are dealt out by their ID, and each is one worker's alone.

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
	var members [shards][]Member
	if m.def.Scoring.Method == NTile {
		return m.placeTilesOf(b, d)
	}
	var parts [shards]columns // kept beside the members, so that each customer is looked at once
	eachShard(workers, func(i int) {
		s := &b.shards[i]
		members[i] = make([]Member, 0, len(s.listed))
		var room scratch
		for line, f := range s.figures(d, &room) {
			members[i] = append(members[i], m.member(room.name(s, line), f, d))
			parts[i].add(f.values(d))
		}
	})
	cuts := m.fixed
	if m.def.Scoring.quantiles() {
		var all columns
		for _, p := range parts {
			all.join(p)
		}
		var err error
		if cuts, err = m.cut(all); err != nil {
			return nil, err
		}
	}
	eachShard(workers, func(i int) {
		c := &parts[i]
		for j := range members[i] {
			m.give(&members[i][j], cuts.score(values{c.recency[j], c.orders[j], c.spend[j]}))
		}
	})
	return slices.Concat(members[:]...), nil
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

// eachShard calls work for every shard, by several goroutines.
func eachShard(workers int, work func(shard int)) {
	var all sync.WaitGroup
	workers = min(max(1, workers), shards)
	for w := range workers {
		all.Go(func() {
			for i := w; i < shards; i += workers {
				work(i)
			}
		})
	}
	all.Wait()
}
