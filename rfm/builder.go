package rfm

import (
	"fmt"
	"hash/maphash"
	"iter"
	"time"

	"github.com/shopspring/decimal"
)

// Builder gathers orders and refunds by customer and civil day, in any order,
// and gives a [Summary] of each customer as of any day.
//
// What it holds does not depend on the order of adding, nor on which Builder an
// order was added to before [Builder.Merge]: a cluster may give each of its
// machines a part of the orders, in any way, and merge what they send back. Two
// days' orders are two entries, so the same history can be looked at as it was a
// year ago.
//
// It keeps the orders' sums, not the orders: an order added twice counts twice,
// and a host whose stream repeats itself removes the repeats first.
//
// A customer takes 11 to 21 bytes in a table, 4 to 5 in a list, and 64 for an ID
// of up to 40 bytes with the latest days: 6 for an ID of 8 bytes, 5 for 16, 2 for
// 40; 64 more for 7 more days with orders, rounded up; until its log is compacted at
// most twice that and 256. Days on which more than three orders or more than 17 million come
// together take four times the room.
//
// A Builder is not safe for concurrent use.
type Builder struct {
	zone      string
	days      dayTable
	seed      maphash.Seed
	shards    [shards]shard
	customers int
}

// shards are how many parts a Builder's customers are in. It is a constant so
// that what is listed first does not depend on the number of processors.
const (
	shardBits = 8
	shards    = 1 << shardBits
)

// NewBuilder returns an empty Builder whose civil days are those of an IANA time
// zone; "" is UTC.
func NewBuilder(zone string) (*Builder, error) {
	loc, err := loadZone(zone)
	if err != nil {
		return nil, fmt.Errorf("rfm: zone: %w", err)
	}
	return &Builder{zone: zone, days: dayTable{loc: loc}, seed: maphash.MakeSeed()}, nil
}

// Zone returns the name of the zone; "" is UTC.
func (b *Builder) Zone() string { return b.zone }

// Customers returns how many customers have been seen, those included of whom
// nothing is left.
func (b *Builder) Customers() int { return b.customers }

// Add counts an order or a refund. One that cannot be counted is refused with an
// [*OrderError] and changes nothing.
func (b *Builder) Add(o Order) error {
	c, err := read(&o, &b.days)
	if err != nil {
		return err
	}
	b.add(o.Customer, c.cell())
	return nil
}

// AddMicros is Add for a host that holds money in whole millionths and wants no
// decimal made of it.
func (b *Builder) AddMicros(customer string, at time.Time, micros int64, cancels bool) error {
	c, err := readMicros(customer, at, micros, cancels, &b.days)
	if err != nil {
		return err
	}
	b.add(customer, c.cell())
	return nil
}

// AddAll adds all orders of a stream. It ends at the first error, which is the
// stream's own or an [*OrderError] that counts from 0; the orders before it have
// been added.
func (b *Builder) AddAll(orders iter.Seq2[Order, error]) error {
	n := 0
	for o, err := range orders {
		if err == nil {
			err = b.Add(o)
		}
		if err != nil {
			return placed(err, "", n)
		}
		n++
	}
	return nil
}

// placed says which order of which stream an error is about.
func placed(err error, path string, n int) error {
	if bad, ok := err.(*OrderError); ok {
		return &OrderError{fmt.Sprintf("%sorders[%d].%s", path, n, bad.Field), bad.Reason}
	}
	return fmt.Errorf("rfm: %sorders[%d]: %w", path, n, err)
}

func (b *Builder) add(id string, c cell) {
	s, line := b.find(id)
	s.add(line, c)
}

// find returns a customer's shard and record, new if need be.
func (b *Builder) find(id string) (*shard, uint32) {
	var words [maxIDWords]uint64
	s := &b.shards[shardOf(id)]
	before := len(s.listed)
	line := s.find(tagOf(b.seed, id), keyOf(id, &words), 0)
	b.customers += len(s.listed) - before
	return s, line
}

// Merge adds everything that o holds, which it leaves as it is. Merging is
// associative and commutative in what every summary says; only the order in
// which customers are listed is that of their first appearance. Builders of
// different zones are refused with [ErrZone]: their days are not the same days.
func (b *Builder) Merge(o *Builder) error {
	if b.zone != o.zone {
		return fmt.Errorf("%w: %q and %q", ErrZone, b.zone, o.zone)
	}
	for i := range o.shards {
		b.mergeShard(&o.shards[i])
	}
	return nil
}

func (b *Builder) mergeShard(from *shard) {
	var room scratch
	for _, line := range from.listed { // o may be b, whose list does not grow by it
		cells := from.cells(line, &room)
		to, at := b.find(string(from.id(line, &room.bytes)))
		for _, c := range cells {
			to.add(at, c)
		}
	}
}

// Summaries lists the customers who bought anything by the end of w.AsOf, each
// once, as of that day. The list may be ranged over any number of times while
// nothing is added. Its order is the same in every process that added the same
// orders in the same order.
func (b *Builder) Summaries(w Window) iter.Seq[Summary] {
	return func(yield func(Summary) bool) {
		var room scratch
		for i := range b.shards {
			for line, f := range b.shards[i].figures(w.days(), &room) {
				if !yield(f.summary(room.name(&b.shards[i], line), w)) {
					return
				}
			}
		}
	}
}

// Of returns one customer's summary, and whether the customer bought anything by
// the end of w.AsOf.
func (b *Builder) Of(id string, w Window) (Summary, bool) {
	if len(id) > MaxID {
		return Summary{}, false
	}
	var words [maxIDWords]uint64
	s := &b.shards[shardOf(id)]
	line, _, ok := s.probe(tagOf(b.seed, id), keyOf(id, &words))
	if !ok {
		return Summary{}, false
	}
	var room scratch
	f, ok := figuresOf(s.cells(line, &room), w.days())
	if !ok {
		return Summary{}, false
	}
	return f.summary(id, w), true
}

// Total returns what all customers together bought within w, less refunds, with
// those who bought nothing but are owed something.
func (b *Builder) Total(w Window) (orders int64, spend decimal.Decimal) {
	d := w.days()
	var sum amount
	var room scratch
	for i := range b.shards {
		s := &b.shards[i]
		for _, line := range s.listed {
			for _, c := range s.cells(line, &room) {
				if d.has(int(c.day)) {
					orders += c.count
					sum = sum.add(c.net)
				}
			}
		}
	}
	return orders, sum.decimal()
}
