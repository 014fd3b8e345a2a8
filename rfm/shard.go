package rfm

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
)

// shard keeps some of the customers: a hash table of their records, and the lines
// that records and logs are made of. Nothing in it but the list of pages
// holds pointers, so a collector of garbage has next to nothing to do.
type shard struct {
	table  []uint64 // upper half: of a hash; lower half: line of a record plus one
	listed []uint32 // the records, in the order customers were first seen
	pages  [][]uint64
	lines  uint32 // handed out
	free   uint32 // first of the lines given back, 0 for none: line 0 is a record
}

const (
	pageLines    = 1 << 8
	steppedPages = 4 // that grow by steps; the others are made at once
	firstSlots   = 16
	loadFactor   = 4 // the table is at most 3/4 full
	maxFullness  = 3
)

// tagOf is what the table keeps of an ID's hash.
func tagOf(seed maphash.Seed, id string) uint32 { return uint32(maphash.String(seed, id) >> 32) }

// shardOf spreads customers over the shards. It is the same in every process, so
// that what is listed first is.
func shardOf(id string) int {
	h := uint64(len(id))
	if len(id) >= 8 {
		h ^= bits.ReverseBytes64(eight(id, len(id)-8))
	} else {
		for i := range len(id) {
			h = h<<8 ^ uint64(id[i])
		}
	}
	return int(h * 0x9e3779b97f4a7c15 >> (64 - shardBits))
}

// find returns the record of a customer, new if need be, as of a stream.
func (s *shard) find(tag uint32, k key, stream uint16) uint32 {
	if loadFactor*(len(s.listed)+1) > maxFullness*len(s.table) {
		s.grow()
	}
	line, slot, ok := s.probe(tag, k)
	if ok {
		return line
	}
	line = s.enter(k, stream)
	s.table[slot] = uint64(tag)<<32 | uint64(line+1)
	return line
}

// probe returns the record of a customer who is there, or the slot for one who is not.
func (s *shard) probe(tag uint32, k key) (line uint32, slot int, ok bool) {
	if len(s.table) == 0 {
		return 0, 0, false
	}
	mask := len(s.table) - 1
	slot = int(tag) & mask
	for ; s.table[slot] != 0; slot = (slot + 1) & mask {
		e := s.table[slot]
		if line := uint32(e) - 1; uint32(e>>32) == tag && s.has(line, k) {
			return line, slot, true
		}
	}
	return 0, slot, false
}

// likely returns the line plus one of the first record of a tag, or 0.
func (s *shard) likely(tag uint32) uint32 {
	if len(s.table) == 0 {
		return 0
	}
	mask := len(s.table) - 1
	for slot := int(tag) & mask; ; slot = (slot + 1) & mask {
		if e := s.table[slot]; e == 0 || uint32(e>>32) == tag {
			return uint32(e)
		}
	}
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

// add counts a cell for a customer.
func (s *shard) add(line uint32, c cell) {
	var words [wordsWide]uint64
	s.write(line, c.words(words[:0]))
}

// cells returns what a customer did, by day, using two scratch lists.
func (s *shard) cells(line uint32, scratch *scratch) []cell {
	scratch.words = s.words(line, scratch.words)
	scratch.cells = scratch.cells[:0]
	if slices.ContainsFunc(scratch.words, isWide) {
		for words := scratch.words; len(words) > 0; {
			var c cell
			c, words = next(words)
			scratch.cells = append(scratch.cells, c)
		}
		slices.SortFunc(scratch.cells, func(a, b cell) int { return cmp.Compare(a.day, b.day) })
	} else {
		slices.Sort(scratch.words) // by day: it is uppermost in a word
		for _, w := range scratch.words {
			scratch.cells = append(scratch.cells, narrow(w))
		}
	}
	return compact(scratch.cells)
}

// scratch is room to read customers in, one after another.
type scratch struct {
	words   []uint64
	cells   []cell
	bytes   [8 * maxIDWords]byte
	names   names
	touched uint64 // see [shard.take]
}

// name returns the ID of a record.
func (r *scratch) name(s *shard, line uint32) string { return r.names.keep(s.id(line, &r.bytes)) }

// names keeps short texts together, so that each does not have to be allocated.
// A page never grows beyond what it began with.
type names struct{ page *strings.Builder }

const namesPage = 1 << 14 // bytes

func (n *names) keep(text []byte) string {
	switch {
	case n.page == nil:
		n.page = new(strings.Builder)
		n.page.Grow(max(namesPage>>6, len(text)))
	case n.page.Len()+len(text) > n.page.Cap():
		size := min(2*n.page.Cap(), namesPage)
		n.page = new(strings.Builder)
		n.page.Grow(max(size, len(text)))
	}
	from := n.page.Len()
	n.page.Write(text)
	return n.page.String()[from:]
}

// visit is where an order of a hand begins, and the line of its customer's record
// plus one as far as can be told from the tag, 0 if it is in no table.
type visit struct {
	at   int
	plus uint32
}

// take counts a hand of orders (see [dealer]) of a stream. It looks at all it will
// need before, one kind of thing after another: none of that waits for what was
// read before, as it does from one order to the next, so a processor fetches
// much of it at once.
func (s *shard) take(hand []uint64, stream uint16, visits []visit, seen *[]known) (touched uint64) {
	n := 0
	for at := 0; at < len(hand); n++ {
		d := dealt(hand[at])
		visits[n] = visit{at: at}
		if len(s.table) > 0 {
			touched += s.table[int(d.tag())&(len(s.table)-1)]
		}
		at += d.size()
	}
	for i := range visits[:n] {
		v := &visits[i]
		if v.plus = s.likely(dealt(hand[v.at]).tag()); v.plus != 0 {
			touched += s.at(v.plus - 1)[0]
		}
	}
	for _, v := range visits[:n] {
		d := dealt(hand[v.at])
		words := hand[v.at+1 : v.at+d.size()]
		k := key{words[d.cells():], d.idBytes()}
		line := v.plus - 1
		if v.plus == 0 || !s.has(line, k) {
			before := len(s.listed)
			line = s.find(d.tag(), k, stream)
			if seen != nil && len(s.listed) > before {
				*seen = append(*seen, known{line, stream})
			}
		}
		if seen != nil {
			if r := s.at(line); head(r[0]).stream() > stream {
				r[0] = r[0]&^(0xffff<<headStream) | uint64(stream)<<headStream
				*seen = append(*seen, known{line, stream})
			}
		}
		s.write(line, words[:d.cells()])
	}
	return touched
}

// known tells that a customer was in a stream, and in no stream before it that had
// been looked at until then.
type known struct {
	line   uint32
	stream uint16
}

// relist lists the customers as if the streams had been read one after another.
func (s *shard) relist(seen []known, streams int) {
	first := make([]uint32, streams+1) // the place of a stream's first customer
	seen = slices.DeleteFunc(seen, func(k known) bool { return head(s.at(k.line)[0]).stream() != k.stream })
	for _, k := range seen {
		first[k.stream+1]++
	}
	for i := range streams {
		first[i+1] += first[i]
	}
	for _, k := range seen {
		s.listed[first[k.stream]] = k.line
		first[k.stream]++
	}
}
