package rfm

import (
	"encoding/binary"
	"slices"
)

// A customer's record is one line of a processor's cache, or as few as take its
// ID and recordLog words: a [head], the ID, and to the end of the line the latest
// words of the log. Counting an order mostly changes that line alone.
//
// The log is cells in the order they came. Its older words are in chunks, a line
// each: chunkWords of them, and a link. When there are twice as many chunks as were left
// the last time, the log is sorted and the cells of a day are made one, so it never
// takes more than about twice what its days need.
const (
	lineWords  = 8
	chunkWords = lineWords - 1
	recordLog  = 2 // the least words of log in a record
	firstLimit = 4 // chunks before a log is first compacted
)

// head is the first word of a record: 32 bits of the line of the last chunk, 0 for none,
// 16 of the stream that knew the customer first, 8 of the ID's length, 4 of
// how many words are in the last chunk, 4 of how many in the record.
type head uint64

const (
	headTail, headStream, headID, headFilled = 32, 16, 8, 4
	headTailMask                             = 1<<headTail - 1
)

func (h head) tail() uint32   { return uint32(h >> headTail) }
func (h head) stream() uint16 { return uint16(h >> headStream) }
func (h head) idBytes() int   { return int(uint8(h >> headID)) }
func (h head) filled() int    { return int(h >> headFilled & 15) }
func (h head) used() int      { return int(h & 15) }

// log returns which words of the record are for the log.
func (h head) log() (from, to int) {
	from = 1 + idWords(h.idBytes())
	return from, recordWords(from)
}

// withTail returns h with another last chunk.
func (h head) withTail(line uint32, filled int) head {
	return h&(1<<headTail-1)&^(15<<headFilled) | head(line)<<headTail | head(filled)<<headFilled
}

// recordWords rounds up to whole lines what comes before the log and the least of it.
func recordWords(from int) int { return (from + recordLog + lineWords - 1) &^ (lineWords - 1) }

// key is an ID, eight bytes a word, the first lowest, padded with zeros.
type key struct {
	words []uint64
	bytes int
}

const maxIDWords = (MaxID + 7) / 8

func idWords(bytes int) int { return (bytes + 7) / 8 }

// keyOf writes an ID into words and returns it.
func keyOf(id string, words *[maxIDWords]uint64) key {
	return key{words[:putID(words[:], id)], len(id)}
}

// putID writes an ID's words, and returns how many.
func putID(to []uint64, id string) int {
	n := idWords(len(id))
	to = to[:n]
	if len(id) < 8 {
		w := uint64(0)
		for i := len(id) - 1; i >= 0; i-- {
			w = w<<8 | uint64(id[i])
		}
		if n > 0 {
			to[0] = w
		}
		return n
	}
	last := eight(id, len(id)-8)
	for i := range to {
		if 8*i+8 > len(id) {
			to[i] = last >> (64 - 8*(len(id)&7))
		} else {
			to[i] = eight(id, 8*i)
		}
	}
	return n
}

// eight reads eight bytes as one word; the compiler makes one load of it.
func eight(s string, at int) uint64 {
	s = s[at : at+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// at returns the words from a line to the end of its page. A new line may move them.
func (s *shard) at(line uint32) []uint64 {
	return s.pages[line/pageLines][line%pageLines*lineWords:]
}

// has tells whether a record is that of an ID.
func (s *shard) has(line uint32, k key) bool {
	r := s.at(line)
	return head(r[0]).idBytes() == k.bytes && slices.Equal(r[1:1+len(k.words)], k.words)
}

// id returns the ID of a record, in to.
func (s *shard) id(line uint32, to *[8 * maxIDWords]byte) []byte {
	r := s.at(line)
	n := head(r[0]).idBytes()
	for i, w := range r[1 : 1+idWords(n)] {
		binary.LittleEndian.PutUint64(to[8*i:], w)
	}
	return to[:n]
}

// enter makes a record without a log.
func (s *shard) enter(k key, stream uint16) uint32 {
	from := 1 + len(k.words)
	line := s.newLines(recordWords(from) / lineWords)
	r := s.at(line)
	r[0] = uint64(stream)<<headStream | uint64(k.bytes)<<headID
	copy(r[1:from], k.words)
	s.listed = append(s.listed, line)
	return line
}

// newLines returns the first of some lines in a row, all zero.
func (s *shard) newLines(n int) uint32 {
	if n == 1 && s.free != 0 {
		line := s.free
		c := s.at(line)[:lineWords]
		s.free = uint32(c[chunkWords])
		clear(c)
		return line
	}
	if s.lines%pageLines+uint32(n) > pageLines { // what is left of the page stays empty
		s.lines += pageLines - s.lines%pageLines
	}
	line := s.lines
	s.lines += uint32(n)
	if line%pageLines == 0 {
		s.pages = append(s.pages, nil)
	}
	last := &s.pages[line/pageLines]
	end := int(line%pageLines)*lineWords + n*lineWords
	if end > cap(*last) { // append would go beyond a page, and take twice what it needs
		size := pageLines * lineWords
		if len(s.pages) <= steppedPages {
			size = min(size, max(8*lineWords, min(2*cap(*last), cap(*last)+size/4), end))
		}
		*last = append(make([]uint64, 0, size), *last...)
	}
	*last = (*last)[:end]
	return line
}

// write adds the words of a cell to the log of a record.
func (s *shard) write(line uint32, words []uint64) {
	r := s.at(line)
	h := head(r[0])
	if from, to := h.log(); len(words) == 1 && from+h.used() < to {
		r[from+h.used()] = words[0]
		r[0] = uint64(h + 1)
		return
	}
	// The words of a cell stay together, so this is the time to compact.
	if h.tail() != 0 && h.filled()+len(words) > chunkWords && uint32(s.at(h.tail())[chunkWords]) == 0 {
		s.compact(line)
	}
	for len(words) > 0 {
		r = s.at(line)
		h = head(r[0])
		from, to := h.log()
		n := copy(r[from+h.used():to], words)
		r[0] = uint64(h) + uint64(n)
		if words = words[n:]; len(words) > 0 {
			s.spill(line)
		}
	}
}

// spill moves words of a log from the record to its last chunk, a new one if need be.
func (s *shard) spill(line uint32) {
	h := head(s.at(line)[0])
	if h.tail() == 0 || h.filled() == chunkWords {
		link := uint64(firstLimit - 1) // of the line before and how many may come after
		if h.tail() != 0 {
			link = uint64(h.tail())<<32 | uint64(uint32(s.at(h.tail())[chunkWords])-1)
		}
		h = h.withTail(s.newLines(1), 0)
		s.at(h.tail())[chunkWords] = link
	}
	r := s.at(line)
	from, _ := h.log()
	log := r[from : from+h.used()]
	n := copy(s.at(h.tail())[h.filled():chunkWords], log)
	copy(log, log[n:])
	r[0] = uint64(h.withTail(h.tail(), h.filled()+n) - head(n))
}

// words returns a record's log in the order it was written, in to if there is room.
func (s *shard) words(line uint32, to []uint64) []uint64 {
	r := s.at(line)
	h := head(r[0])
	from, _ := h.log()
	n := h.used()
	for c, filled := h.tail(), h.filled(); c != 0; filled = chunkWords {
		n += filled
		c = uint32(s.at(c)[chunkWords] >> 32)
	}
	if cap(to) < n {
		to = make([]uint64, n, 2*n)
	}
	to = to[:n]
	at := n - copy(to[n-h.used():], r[from:from+h.used()])
	for c, filled := h.tail(), h.filled(); c != 0; filled = chunkWords {
		chunk := s.at(c)
		at -= filled
		copy(to[at:], chunk[:filled])
		c = uint32(chunk[chunkWords] >> 32)
	}
	return to
}

// compact writes a log anew, a cell a day.
func (s *shard) compact(line uint32) {
	var room scratch
	cells := s.cells(line, &room)
	words := room.words[:0]
	for _, c := range cells {
		words = c.words(words)
	}
	h := head(s.at(line)[0])
	for c := h.tail(); c != 0; {
		link := &s.at(c)[chunkWords]
		before := uint32(*link >> 32)
		*link, s.free = uint64(s.free), c
		c = before
	}
	from, to := h.log()
	inside := min(len(words), to-from)
	outside := words[:len(words)-inside]
	h = h.withTail(0, 0)
	left := max(firstLimit, 2*((len(outside)+chunkWords-1)/chunkWords))
	for len(outside) > 0 {
		c := s.newLines(1)
		left--
		n := copy(s.at(c)[:chunkWords], outside)
		s.at(c)[chunkWords] = uint64(h.tail())<<32 | uint64(left)
		h, outside = h.withTail(c, n), outside[n:]
	}
	r := s.at(line)
	copy(r[from:to], words[len(words)-inside:])
	r[0] = uint64(h&^15 | head(inside))
}
