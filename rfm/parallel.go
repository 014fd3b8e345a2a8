package rfm

import (
	"context"
	"iter"
	"slices"
	"sync"
)

// What is in this file starts goroutines, and nothing else in the package does.
// Each function gives, whatever the number of workers, exactly what the plain one
// gives: customers are dealt out by their ID, and each is one worker's alone.

// GatherParallel makes a Builder of a stream of orders, as [Builder.AddAll] does, with
// several workers. The stream itself is read by the caller's goroutine. It ends
// at the first error, an [*OrderError] or the stream's own, or when ctx does.
func GatherParallel(ctx context.Context, zone string, orders iter.Seq2[Order, error], workers int) (*Builder, error) {
	b, err := NewBuilder(zone)
	if err != nil {
		return nil, err
	}
	workers = min(max(1, workers), shards)
	d := newDealer(b, workers)
	defer d.finish() // also when the stream panics
	n := 0
	for o, err := range orders {
		var c cell
		if err == nil {
			c, err = read(o, &b.days)
		}
		if err != nil {
			return nil, placed(err, n)
		}
		if n++; d.deal(o.Customer, c) && ctx.Err() != nil {
			break
		}
	}
	d.finish()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i := range b.shards {
		b.customers += len(b.shards[i].customers)
	}
	return b, nil
}

// dealer hands orders to the workers, many at a time.
type dealer struct {
	b       *Builder
	queues  []chan []dealt
	pile    []dealt   // not looked at yet
	hands   [][]dealt // being filled, one a worker
	empty   chan []dealt
	touched []uint64 // see touch
	running sync.WaitGroup
}

type dealt struct {
	id    string
	tag   uint32
	shard uint8
	cell  cell
}

const handful = 512

func newDealer(b *Builder, workers int) *dealer {
	d := &dealer{b: b, touched: make([]uint64, workers), hands: make([][]dealt, workers), empty: make(chan []dealt, 8*workers)}
	for w := range workers {
		q := make(chan []dealt, 4)
		d.queues = append(d.queues, q)
		d.running.Go(func() {
			slots, sum := make([]uint32, handful), uint64(0)
			for hand := range q {
				sum += touch(&b.shards, hand, slots)
				for i := range hand {
					s := &b.shards[hand[i].shard]
					s.add(s.find(hand[i].tag, hand[i].id), hand[i].cell)
				}
				select {
				case d.empty <- hand[:0]:
				default:
				}
			}
			d.touched[w] = sum
		})
	}
	return d
}

// deal takes an order, and reports whether hands may have gone out.
func (d *dealer) deal(id string, c cell) bool {
	d.pile = append(d.pile, dealt{id: id, cell: c})
	if len(d.pile) < handful {
		return false
	}
	d.sort()
	return true
}

// sort gives the pile to the workers. It looks at all IDs first, for the reason
// that [touch] has.
func (d *dealer) sort() {
	for i := range d.pile {
		o := &d.pile[i]
		o.shard, o.tag = uint8(shardOf(o.id)), tagOf(d.b.seed, o.id)
	}
	for _, o := range d.pile {
		w := int(o.shard) % len(d.hands)
		if d.hands[w] == nil {
			select {
			case d.hands[w] = <-d.empty:
			default:
				d.hands[w] = make([]dealt, 0, handful)
			}
		}
		d.hands[w] = append(d.hands[w], o)
		if len(d.hands[w]) == handful {
			d.queues[w] <- d.hands[w]
			d.hands[w] = nil
		}
	}
	d.pile = d.pile[:0]
}

// finish hands out the rest and waits for all to be counted. Again, it does nothing.
func (d *dealer) finish() {
	if d.queues != nil {
		d.sort()
	}
	for w, q := range d.queues {
		if len(d.hands[w]) > 0 {
			q <- d.hands[w]
		}
		close(q)
	}
	d.queues = nil
	d.running.Wait()
}

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
		members[i] = make([]Member, 0, len(b.shards[i].customers))
		for id, f := range b.shards[i].figures(d) {
			members[i] = append(members[i], m.member(id, f, d))
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
	for i := range b.shards {
		for id, f := range b.shards[i].figures(d) {
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
