package rfm

import "slices"

// cell is what one customer did on one civil day.
type cell struct {
	day   uint16
	count int64  // orders, less those cancelled
	net   amount // what they came to, less refunds
}

// A cell is kept as one word of 64 bits when it is small: 16 bits of day, 3 of
// count, 45 of millionths, which is one order of up to 17 million. Any other
// takes a word that says so and three that follow.
const (
	countShift, countBias = 45, 3
	wide                  = 7 // in the place of the count
	netBias               = 1 << 44
	netMask               = 1<<45 - 1
	wordsWide             = 4
)

// words appends c to a list of words.
func (c cell) words(to []uint64) []uint64 {
	head := uint64(c.day) << 48
	net, ok := c.net.int64()
	if ok && net >= -netBias && net < netBias && c.count >= -countBias && c.count < wide-countBias {
		return append(to, head|uint64(c.count+countBias)<<countShift|uint64(net+netBias))
	}
	return append(to, head|wide<<countShift, uint64(c.count), uint64(c.net.hi), c.net.lo)
}

// isWide tells whether a word begins a cell of four, or is one of the three after.
// It may say so of one that is neither, never the other way round for the first.
func isWide(w uint64) bool { return w>>countShift&7 == wide }

// next reads the first cell of a list of words, and returns the rest.
func next(words []uint64) (cell, []uint64) {
	w := words[0]
	if w>>countShift&7 != wide {
		return narrow(w), words[1:]
	}
	return cell{day: uint16(w >> 48), count: int64(words[1]), net: amount{hi: int64(words[2]), lo: words[3]}}, words[wordsWide:]
}

// narrow reads a cell of one word.
func narrow(w uint64) cell {
	return cell{day: uint16(w >> 48), count: int64(w>>countShift&7) - countBias, net: amountOf(int64(w&netMask) - netBias)}
}

// compact makes one of the cells of a day, which are sorted. It leaves out a day on which
// nothing remains, which no summary can tell from one without orders.
func compact(cells []cell) []cell {
	kept, empty := cells[:0], false
	for _, c := range cells {
		if n := len(kept); n > 0 && kept[n-1].day == c.day {
			kept[n-1].count += c.count
			kept[n-1].net = kept[n-1].net.add(c.net)
			c = kept[n-1]
		} else {
			kept = append(kept, c)
		}
		empty = empty || c.empty()
	}
	if !empty {
		return kept
	}
	return slices.DeleteFunc(kept, cell.empty)
}

func (c cell) empty() bool { return c.count == 0 && c.net == amount{} }
