package rfm

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
)

// GatherParallel makes a Builder of streams of orders, as [Builder.AddAll] does of one
// after another, with several workers. Give it one stream, which the caller's
// goroutine reads, or the parts there are, such as files or partitions of a table: as many
// of them as there are workers are then read at the same time, by goroutines of their
// own, and must not share what is not safe for that.
//
// What comes out is the same whatever the number of workers, and that includes
// the error: the first of the first stream that has one, an [*OrderError] or the
// stream's own. The streams after it are then read no further. It ends, too,
// when ctx does.
//
// Beside the Builder it takes up to 4 MB for each stream that is being read, and
// as much again.
func GatherParallel(ctx context.Context, zone string, workers int, streams ...iter.Seq2[Order, error]) (*Builder, error) {
	b, err := NewBuilder(zone)
	if err != nil {
		return nil, err
	}
	if len(streams) > MaxStreams {
		return nil, fmt.Errorf("rfm: %d streams are more than %d", len(streams), MaxStreams)
	}
	g := newGathering(ctx, b, min(max(1, workers), shards), len(streams))
	g.readAll(streams)
	for _, err := range g.errs {
		if err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(streams) > 1 {
		eachShard(workers, func(i int, _ *scratch) { b.shards[i].relist(g.seen[i], len(streams)) })
	}
	for i := range b.shards {
		b.customers += len(b.shards[i].listed)
	}
	return b, nil
}

// gathering is the work of many goroutines on one Builder. Readers sort orders
// into hands, one for each shard; a full hand goes to the worker whose shard it is.
type gathering struct {
	ctx    context.Context
	b      *Builder
	errs   []error      // of the streams
	next   atomic.Int64 // the stream to be read next
	failed atomic.Int64 // the first stream with an error or a panic
	queues []chan hand
	empty  chan []uint64 // hands to be used again
	seen   [][]known     // by shard, if there are several streams; see [shard.relist]
	idle   sync.WaitGroup
	sums   []uint64 // see [shard.take]
}

const _ uint8 = shards - 1 // the type of hand.shard

// hand is orders of customers of one shard, in the order of their stream. Each is
// a word that is a dealt, the words of a cell and those of the ID.
type hand struct {
	orders []uint64
	shard  uint8
	stream uint16
}

// dealt is the upper half of the ID's hash, the ID's length and how many words
// the cell takes.
type dealt uint64

func (d dealt) tag() uint32  { return uint32(d >> 32) }
func (d dealt) idBytes() int { return int(uint8(d >> 8)) }
func (d dealt) cells() int   { return int(uint8(d)) }
func (d dealt) size() int    { return 1 + d.cells() + idWords(d.idBytes()) }

const (
	handWords  = 1 << 11
	orderWords = 1 + wordsWide + maxIDWords // at most
	fewOrders  = 256                        // a reader looks at together
)

func newGathering(ctx context.Context, b *Builder, workers, streams int) *gathering {
	g := &gathering{
		ctx: ctx, b: b, errs: make([]error, streams), queues: make([]chan hand, workers), empty: make(chan []uint64, shards),
		sums: make([]uint64, workers),
	}
	g.failed.Store(int64(streams))
	if streams > 1 {
		g.seen = make([][]known, shards)
	}
	for w := range workers {
		g.queues[w] = make(chan hand, 8)
		g.idle.Go(func() { g.sums[w] = g.work(g.queues[w]) })
	}
	return g
}

// work takes hands until there are no more.
func (g *gathering) work(hands <-chan hand) (touched uint64) {
	visits := make([]visit, handWords/3) // no order takes fewer words
	for h := range hands {
		s := &g.b.shards[h.shard]
		var seen *[]known
		if g.seen != nil {
			seen = &g.seen[h.shard]
		}
		touched += s.take(h.orders, h.stream, visits, seen)
		select {
		case g.empty <- h.orders[:0]:
		default:
		}
	}
	return touched
}

// readAll reads the streams to their ends, and waits until all is counted. A
// panic of a stream becomes one of the caller.
func (g *gathering) readAll(streams []iter.Seq2[Order, error]) {
	var others sync.WaitGroup
	thrown := make(chan any, len(g.queues))
	defer func() {
		others.Wait()
		for _, q := range g.queues {
			close(q)
		}
		g.idle.Wait()
	}()
	for range min(len(g.queues), len(streams)) - 1 {
		others.Go(func() {
			ended := false
			defer func() {
				if v := recover(); v != nil {
					thrown <- v
				} else if !ended {
					thrown <- nil // [runtime.Goexit]
				}
			}()
			g.readSome(streams)
			ended = true
		})
	}
	g.readSome(streams)
	others.Wait()
	select {
	case v := <-thrown:
		if v == nil {
			runtime.Goexit()
		}
		panic(v)
	default:
	}
}

// readSome reads streams until none is left that would be needed.
func (g *gathering) readSome(streams []iter.Seq2[Order, error]) {
	d := &dealer{g: g, days: dayTable{loc: g.b.days.loc}, piles: make(chan *pile, 2), empty: make(chan *pile, 4)}
	var dealing sync.WaitGroup
	dealing.Go(d.deal)
	ended := false
	defer func() {
		if !ended {
			g.fail(-1) // it panics: nothing is needed
		}
		close(d.piles)
		dealing.Wait()
	}()
	for {
		stream := g.next.Add(1) - 1
		if g.ctx.Err() != nil || stream >= g.failed.Load() {
			ended = true
			return
		}
		d.read(stream, streams[stream])
	}
}

// fail says that what comes after a stream is not needed.
func (g *gathering) fail(stream int64) {
	for {
		first := g.failed.Load()
		if stream >= first || g.failed.CompareAndSwap(first, stream) {
			return
		}
	}
}

// dealer sorts the orders of one stream after another into hands. One goroutine
// reads them and another sorts.
type dealer struct {
	g            *gathering
	piles, empty chan *pile
	days         dayTable
	hands        [shards][]uint64
	touched      uint64
}

// pile is orders of a stream that nobody has looked at yet.
type pile struct {
	orders [fewOrders]Order
	n      int
	stream int64
	before int   // orders of the stream
	last   bool  // of the stream
	err    error // the stream's own, instead of an order after these
}

// read piles up the orders of a stream. What comes between two orders is as little
// as can be, so that a processor can fetch several orders at once.
func (d *dealer) read(stream int64, orders iter.Seq2[Order, error]) {
	p := d.newPile(stream, 0)
	for o, err := range orders {
		if err != nil {
			p.err = err
			break
		}
		to := &p.orders[p.n%fewOrders]
		to.Customer, to.At, to.Amount, to.Cancels = o.Customer, o.At, o.Amount, o.Cancels // far quicker than *to = o
		if p.n++; p.n == fewOrders {
			next := p.before + p.n
			d.piles <- p
			if p = d.newPile(stream, next); d.g.ctx.Err() != nil || d.g.failed.Load() <= stream {
				return
			}
		}
	}
	p.last = true
	d.piles <- p
}

func (d *dealer) newPile(stream int64, before int) *pile {
	var p *pile
	select {
	case p = <-d.empty:
	default:
		p = new(pile)
	}
	p.n, p.stream, p.before, p.last, p.err = 0, stream, before, false, nil
	return p
}

// deal sorts piles until there are no more.
func (d *dealer) deal() {
	for p := range d.piles {
		if p.stream < d.g.failed.Load() {
			d.sort(p)
		}
		select {
		case d.empty <- p:
		default:
		}
	}
}

func (d *dealer) end(p *pile, err error, n int) {
	path := ""
	if len(d.g.errs) > 1 {
		path = fmt.Sprintf("streams[%d].", p.stream)
	}
	d.g.errs[p.stream] = placed(err, path, p.before+n)
	d.g.fail(p.stream)
}

// sort sorts a pile. It looks at all IDs and amounts first, for the reason that
// [shard.take] has.
func (d *dealer) sort(p *pile) {
	pile := p.orders[:p.n]
	for i := range pile {
		if o := &pile[i]; o.Customer != "" {
			d.touched += uint64(o.Customer[0]) + uint64(o.Amount.Sign())
		}
	}
	for i := range pile {
		o := &pile[i]
		s, err := read(o, &d.days)
		if err != nil {
			d.end(p, err, i)
			return
		}
		shard := shardOf(o.Customer)
		h := d.hands[shard]
		if len(h)+orderWords > cap(h) {
			if h != nil {
				d.send(shard, p.stream)
			}
			select {
			case h = <-d.g.empty:
			default:
				h = make([]uint64, 0, handWords)
			}
		}
		head := len(h)
		if w, ok := s.word(); ok {
			h = append(h[:head+1], w)
		} else {
			h = s.cell().words(h[:head+1])
		}
		h[head] = uint64(tagOf(d.g.b.seed, o.Customer))<<32 | uint64(len(o.Customer))<<8 | uint64(len(h)-head-1)
		n := len(h)
		h = h[:n+idWords(len(o.Customer))]
		putID(h[n:], o.Customer)
		d.hands[shard] = h
	}
	if p.err != nil {
		d.end(p, p.err, p.n)
	} else if p.last {
		for shard, orders := range d.hands {
			if len(orders) > 0 {
				d.send(shard, p.stream)
			}
		}
	}
}

// send gives a shard's hand to its worker. Shards beside each other are mostly one
// worker's: two would write to the same lines of cache.
func (d *dealer) send(shard int, stream int64) {
	d.g.queues[shard*len(d.g.queues)/shards] <- hand{d.hands[shard], uint8(shard), uint16(stream)}
	d.hands[shard] = nil
}
