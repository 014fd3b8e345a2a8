package rfm

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// shard keeps some of the customers: a hash table of them, their IDs, and for
// each a list of chunks with what they did. Nothing in it but the pages holds
// pointers, so a collector of garbage has next to nothing to do.
//
// A customer's list is a log: cells in the order they came. When it has grown to
// twice what was left of it the last time, it is sorted and the cells of a day
// are made one, so it never takes more than about twice what its days need.
type shard struct {
	table     []uint64 // upper half: of a hash; lower half: index of a customer plus one
	customers []customer
	ids       []*strings.Builder // pages that never grow beyond what they began with
	pages     [][]chunk
	chunks    uint32 // handed out
	free      uint32 // first of the chunks given back, plus one
}

// customer is where a customer's ID and chunks are.
type customer struct {
	page     uint32 // of ids
	from, to uint16 // within the page
	tail     uint32 // the last chunk of the log
	chunks   uint16 // how many it has: 65,536 days fill 37,450 at most
	limit    uint16 // at how many it is compacted
}

// chunk is a piece of a log, one line of a processor's cache.
type chunk struct {
	words [chunkWords]uint64
	prev  uint32 // the chunk before; of a free chunk, the next free one plus one
	used  uint32
}

const (
	chunkWords  = 7
	firstLimit  = 4       // chunks of a log before it is first compacted
	chunkPage   = 1 << 10 // chunks a page
	idPage      = 1 << 14 // bytes a page
	firstSlots  = 16
	loadFactor  = 4 // the table is at most 3/4 full
	maxFullness = 3
)

func (s *shard) chunk(i uint32) *chunk { return &s.pages[i/chunkPage][i%chunkPage] }

func (s *shard) id(c *customer) string { return s.ids[c.page].String()[c.from:c.to] }

// tagOf is what the table keeps of an ID's hash.
func tagOf(seed maphash.Seed, id string) uint32 { return uint32(maphash.String(seed, id) >> 32) }

// find returns the index of a customer, new if need be.
func (s *shard) find(tag uint32, id string) uint32 {
	if loadFactor*(len(s.customers)+1) > maxFullness*len(s.table) {
		s.grow()
	}
	i, slot, ok := s.probe(tag, id)
	if ok {
		return i
	}
	s.table[slot] = uint64(tag)<<32 | uint64(len(s.customers)+1)
	return s.enter(id)
}

// probe returns the index of a customer who is there, or the slot for one who is not.
func (s *shard) probe(tag uint32, id string) (i uint32, slot int, ok bool) {
	if len(s.table) == 0 {
		return 0, 0, false
	}
	mask := len(s.table) - 1
	slot = int(tag) & mask
	for ; s.table[slot] != 0; slot = (slot + 1) & mask {
		e := s.table[slot]
		if i := uint32(e) - 1; uint32(e>>32) == tag && s.id(&s.customers[i]) == id {
			return i, slot, true
		}
	}
	return 0, slot, false
}

// touch reads what [shard.find] and [shard.add] will read for each of many
// orders, one kind of thing after another. None of it waits for what was read
// before, as it does from one order to the next, so a processor fetches much of
// it at once. The sum means nothing; it keeps the reads from being left out.
func touch(shards *[shards]shard, hand []dealt, slots []uint32) (sum uint64) {
	slots = slots[:len(hand)]
	for k := range hand {
		slots[k] = 0
		if s := &shards[hand[k].shard]; len(s.table) > 0 {
			slots[k] = uint32(s.table[int(hand[k].tag)&(len(s.table)-1)])
		}
	}
	for k, i := range slots {
		if i != 0 {
			sum += uint64(shards[hand[k].shard].customers[i-1].tail)
		}
	}
	for k, i := range slots {
		if i != 0 {
			s := &shards[hand[k].shard]
			c := &s.customers[i-1]
			sum += uint64(s.chunk(c.tail).used) + uint64(s.ids[c.page].String()[c.from])
		}
	}
	return sum
}

// grow doubles the table. An entry's place is in the half of its hash that is kept.
func (s *shard) grow() {
	old := s.table
	s.table = make([]uint64, max(firstSlots, 2*len(old)))
	mask := uint64(len(s.table) - 1)
	for _, e := range old {
		if e == 0 {
			continue
		}
		slot := e >> 32 & mask
		for s.table[slot] != 0 {
			slot = (slot + 1) & mask
		}
		s.table[slot] = e
	}
}

// enter adds a customer without chunks.
func (s *shard) enter(id string) uint32 {
	last := len(s.ids) - 1
	if last < 0 || s.ids[last].Len()+len(id) > idPage {
		page := new(strings.Builder)
		page.Grow(idPage)
		s.ids = append(s.ids, page)
		last++
	}
	page := s.ids[last]
	from := page.Len()
	page.WriteString(id)
	s.customers = append(s.customers, customer{
		page: uint32(last), from: uint16(from), to: uint16(page.Len()), tail: s.newChunk(), chunks: 1, limit: firstLimit,
	})
	return uint32(len(s.customers) - 1)
}

func (s *shard) newChunk() uint32 {
	if s.free != 0 {
		i := s.free - 1
		c := s.chunk(i)
		s.free, *c = c.prev, chunk{}
		return i
	}
	if s.chunks%chunkPage == 0 {
		s.pages = append(s.pages, nil)
	}
	page := &s.pages[s.chunks/chunkPage]
	if len(*page) == cap(*page) { // append would go beyond a page
		*page = append(make([]chunk, 0, min(max(8, 2*cap(*page)), chunkPage)), *page...)
	}
	*page = append(*page, chunk{})
	s.chunks++
	return s.chunks - 1
}

// add counts a cell for a customer.
func (s *shard) add(i uint32, c cell) {
	var words [wordsWide]uint64
	s.append(i, c.words(words[:0]))
	if cu := &s.customers[i]; cu.chunks >= cu.limit {
		s.compact(i)
	}
}

func (s *shard) append(i uint32, words []uint64) {
	cu := &s.customers[i]
	for tail := s.chunk(cu.tail); ; tail = s.chunk(cu.tail) {
		n := copy(tail.words[tail.used:], words)
		tail.used += uint32(n)
		if words = words[n:]; len(words) == 0 {
			return
		}
		fresh := s.newChunk() // may move the page of the tail, which is not used again
		s.chunk(fresh).prev = cu.tail
		cu.tail = fresh
		cu.chunks++
	}
}

// words returns the log of a customer in the order it was written, in to if
// there is room.
func (s *shard) words(i uint32, to []uint64) []uint64 {
	cu := &s.customers[i]
	tail := s.chunk(cu.tail)
	n := int(cu.chunks-1)*chunkWords + int(tail.used)
	if cap(to) < n {
		to = make([]uint64, n, 2*n)
	}
	to = to[:n]
	for at, c, left := n, tail, cu.chunks; left > 0; left-- {
		at -= copy(to[at-int(c.used):at], c.words[:c.used])
		if left > 1 {
			c = s.chunk(c.prev)
		}
	}
	return to
}

// cells returns what a customer did, by day, using two scratch lists.
func (s *shard) cells(i uint32, scratch *scratch) []cell {
	scratch.words = s.words(i, scratch.words)
	if !slices.ContainsFunc(scratch.words, isWide) {
		slices.Sort(scratch.words) // by day: it is uppermost in a word
	}
	cells := scratch.cells[:0]
	for words := scratch.words; len(words) > 0; {
		var c cell
		c, words = next(words)
		cells = append(cells, c)
	}
	scratch.cells = cells
	return compact(cells)
}

// scratch is room to read a customer in, used again for the next.
type scratch struct {
	words   []uint64
	cells   []cell
	touched uint64 // see touch
}

// compact writes a customer's log anew, a cell a day.
func (s *shard) compact(i uint32) {
	var room scratch
	cells := s.cells(i, &room)
	cu := &s.customers[i]
	for ; cu.chunks > 1; cu.chunks-- {
		c := s.chunk(cu.tail)
		before := c.prev
		c.prev, s.free = s.free, cu.tail+1
		cu.tail = before
	}
	s.chunk(cu.tail).used = 0
	words := room.words[:0]
	for _, c := range cells {
		words = c.words(words)
	}
	s.append(i, words)
	cu.limit = uint16(min(max(firstLimit, 2*int(cu.chunks)), math.MaxUint16))
}
