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
	sums   []uint64 // see touch
}

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
	d := &dealer{g: g, days: dayTable{loc: g.b.days.loc}}
	ended := false
	defer func() {
		if !ended {
			g.fail(-1) // it panics: nothing is needed
		}
	}()
	for {
		d.stream = g.next.Add(1) - 1
		if d.stream >= g.failed.Load() || g.ctx.Err() != nil {
			ended = true
			return
		}
		if err := d.read(streams[d.stream]); err != nil {
			g.errs[d.stream] = err
			g.fail(d.stream)
		}
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

// dealer sorts the orders of one stream after another into hands.
type dealer struct {
	g       *gathering
	stream  int64
	days    dayTable
	pile    [fewOrders]Order // not looked at yet
	hands   [shards][]uint64
	touched uint64
}

// read deals out the orders of a stream. What comes between two orders is as little
// as can be, so that a processor can fetch several orders at once.
func (d *dealer) read(orders iter.Seq2[Order, error]) error {
	n, path := 0, ""
	if len(d.g.errs) > 1 {
		path = fmt.Sprintf("streams[%d].", d.stream)
	}
	for o, err := range orders {
		if err != nil {
			if bad, i := d.deal(n % fewOrders); bad != nil {
				return placed(bad, path, n-n%fewOrders+i)
			}
			return placed(err, path, n)
		}
		p := &d.pile[n%fewOrders]
		p.Customer, p.At, p.Amount, p.Cancels = o.Customer, o.At, o.Amount, o.Cancels // far quicker than *p = o
		if n++; n%fewOrders == 0 {
			if bad, i := d.deal(fewOrders); bad != nil {
				return placed(bad, path, n-fewOrders+i)
			}
			if d.g.ctx.Err() != nil || d.g.failed.Load() < d.stream {
				return nil
			}
		}
	}
	if bad, i := d.deal(n % fewOrders); bad != nil {
		return placed(bad, path, n-n%fewOrders+i)
	}
	for shard, orders := range d.hands {
		if len(orders) > 0 {
			d.send(shard)
		}
	}
	return nil
}

// deal sorts the first n orders of the pile, or says what is wrong with which. It
// looks at all IDs and amounts first, for the reason that [shard.take] has.
func (d *dealer) deal(n int) (error, int) {
	pile := d.pile[:n]
	for i := range pile {
		if o := &pile[i]; o.Customer != "" {
			d.touched += uint64(o.Customer[0]) + uint64(o.Amount.Sign())
		}
	}
	for i := range pile {
		o := &pile[i]
		s, err := read(o, &d.days)
		if err != nil {
			return err, i
		}
		shard := shardOf(o.Customer)
		h := d.hands[shard]
		if len(h)+orderWords > cap(h) {
			if h != nil {
				d.send(shard)
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
	return nil, 0
}

// send gives a shard's hand to its worker.
func (d *dealer) send(shard int) {
	d.g.queues[shard%len(d.g.queues)] <- hand{d.hands[shard], uint8(shard), uint16(d.stream)}
	d.hands[shard] = nil
}
