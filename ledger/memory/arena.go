package memory

import "encoding/binary"

// arena hands out blocks of bytes and takes them back. Neither its pages nor its blocks hold
// pointers, so the garbage collector has nothing to follow in them, however many there are.
type arena struct {
	pages [][]byte
	used  int                // bytes handed out of the last page
	size  int                // of all pages
	free  [len(sizes)]uint32 // the first of the blocks given back, by class; each has the next in its first bytes
}

// block names a block of an arena; 0 is none. It counts granules from the start of the first page,
// as if all pages were full, plus one.
type block uint32

// sizes are those of the blocks of each class.
var sizes = [...]int{16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024}

const (
	granule   = 16 // sizes are multiples of it
	maxBlock  = 1024
	arenaPage = 1 << 18
	perPage   = arenaPage / granule
	maxPages  = 1 << 32 / perPage
)

// classOf is the class of the smallest blocks that have n bytes, up to maxBlock.
func classOf(n int) uint8 {
	c := uint8(0)
	for sizes[c] < n {
		c++
	}
	return c
}

// get gives a block of a class, or 0 when there are too many.
func (a *arena) get(class uint8) block {
	if b := block(a.free[class]); b != 0 {
		a.free[class] = binary.LittleEndian.Uint32(a.bytes(b, class))
		return b
	}
	size := sizes[class]
	last := len(a.pages) - 1
	if last < 0 || a.used+size > len(a.pages[last]) {
		if len(a.pages) == maxPages {
			return 0
		}
		n := min(max(a.size, 2*maxBlock), arenaPage)
		a.pages = append(a.pages, make([]byte, n))
		a.size += n
		a.used = 0
		last++
	}
	b := block(last*perPage + a.used/granule + 1)
	a.used += size
	return b
}

// put takes a block back. Nothing stays of what was in it.
func (a *arena) put(b block, class uint8) {
	was := a.bytes(b, class)
	clear(was)
	binary.LittleEndian.PutUint32(was, a.free[class])
	a.free[class] = uint32(b)
}

// bytes are those of a block.
func (a *arena) bytes(b block, class uint8) []byte {
	at := int(b-1) % perPage * granule
	return a.pages[int(b-1)/perPage][at : at+sizes[class]]
}
