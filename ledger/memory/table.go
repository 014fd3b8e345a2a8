package memory

// table finds numbers by the hash of what they stand for. It holds no pointers, and does not know
// what was hashed: whoever looks for something compares it with what each number found stands for.
type table struct{ parts [64]part }

// part is a hash table of its own, by linear probing, so that growth moves little at a time.
type part struct {
	slots []uint64 // upper 24 bits: the tag; the others: the number plus one
	used  int
}

const (
	numberBits = 40
	numberMask = 1<<numberBits - 1
	firstSlots = 8
)

// at is where to look for a hash.
func (t *table) at(hash uint64) (p *part, tag uint64) { return &t.parts[hash>>58], hash & (1<<24 - 1) }

// seek gives the first number of a tag at slot i or after it, and where that is.
func (p *part) seek(i, tag uint64) (number, slot uint64, ok bool) {
	if len(p.slots) == 0 {
		return 0, 0, false
	}
	mask := uint64(len(p.slots) - 1)
	for i &= mask; ; i = (i + 1) & mask {
		switch e := p.slots[i]; {
		case e == 0:
			return 0, 0, false
		case e>>numberBits == tag:
			return e&numberMask - 1, i, true
		}
	}
}

// add puts in a number.
func (p *part) add(number, tag uint64) {
	if 4*(p.used+1) > 3*len(p.slots) {
		old := p.slots
		p.slots = make([]uint64, max(firstSlots, 2*len(old)))
		for _, e := range old {
			if e != 0 {
				p.place(e)
			}
		}
	}
	p.place(tag<<numberBits | number + 1)
	p.used++
}

func (p *part) place(e uint64) {
	mask := uint64(len(p.slots) - 1)
	i := e >> numberBits & mask
	for p.slots[i] != 0 {
		i = (i + 1) & mask
	}
	p.slots[i] = e
}

// set puts another number into a slot.
func (p *part) set(slot, number uint64) {
	p.slots[slot] = p.slots[slot]&^numberMask | number + 1
}
