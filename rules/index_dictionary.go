package rules

import "hash/maphash"

// dictionary finds the list of rules that are filed under a word. It is a hash table
// with the next slot for those that meet. Slots and words each lie in one piece
// without pointers: there are many of both, an event asks for a few, and each
// place where it looks costs more than all there is to compute.
type dictionary struct {
	slots []slot
	text  []byte // the words: the kind of each, its length, and itself
	known [kinds]int32
}

// slot is empty without rules.
type slot struct {
	hash uint32
	word uint32 // where it begins in text
	span
}

// seed decides in which slot a word is, and nothing else.
var seed = maphash.MakeSeed()

func hashWord(k kind, word string) uint32 {
	const spread = 0x9E3779B1 // 2³² by the golden ratio
	return uint32(maphash.String(seed, word)>>32) ^ uint32(k)*spread
}

// newDictionary makes room for so many words, of so many bytes together.
func newDictionary(n, bytes int) dictionary {
	return dictionary{slots: make([]slot, n+n/2+1), text: make([]byte, 0, n*wordHead+bytes)}
}

// wordHead is what stands before a word in a dictionary's text.
const wordHead = 2

// enter adds a word, which must not be there and is at most [MaxText] bytes long.
func (d *dictionary) enter(k kind, word string, s span) {
	d.put(hashWord(k, word), k, word, s)
}

func (d *dictionary) put(hash uint32, k kind, word string, s span) {
	i := d.home(hash)
	for d.slots[i].count > 0 {
		i = d.after(i)
	}
	d.slots[i] = slot{hash, uint32(len(d.text)), s}
	d.text = append(append(d.text, byte(k), byte(len(word))), word...)
	d.known[k]++
}

func (d *dictionary) home(hash uint32) int { return int(uint64(hash) * uint64(len(d.slots)) >> 32) }

func (d *dictionary) after(i int) int {
	if i++; i == len(d.slots) {
		return 0
	}
	return i
}

// slot returns the first slot from i on in which a word with the hash may be, -1
// when it is in none.
func (d *dictionary) slot(hash uint32, i int) int {
	for ; d.slots[i].count > 0; i = d.after(i) {
		if d.slots[i].hash == hash {
			return i
		}
	}
	return -1
}

// is reports whether a word is in a slot.
func (d *dictionary) is(i int, k kind, word string) bool {
	held, text := d.at(int(d.slots[i].word))
	return held == k && string(text) == word
}

func (d *dictionary) at(at int) (k kind, word []byte) {
	from := at + wordHead
	return kind(d.text[at]), d.text[from : from+int(d.text[at+1])]
}

// list returns what is filed under a word, given the first slot in which it may be.
func (d *dictionary) list(k kind, word string, hash uint32, i int) span {
	for i >= 0 && !d.is(i, k, word) {
		i = d.slot(hash, d.after(i))
	}
	if i < 0 {
		return span{}
	}
	return d.slots[i].span
}

// find returns what is filed under a word, which may be nothing.
func (d *dictionary) find(k kind, word string) span {
	if word == "" || d.known[k] == 0 {
		return span{}
	}
	return d.get(hashWord(k, word), k, word)
}

func (d *dictionary) get(hash uint32, k kind, word string) span {
	return d.list(k, word, hash, d.slot(hash, d.home(hash)))
}

// all calls f for each word.
func (d *dictionary) all(f func(kind, string, span)) {
	for i := range d.slots {
		if s := &d.slots[i]; s.count > 0 {
			k, word := d.at(int(s.word))
			f(k, string(word), s.span)
		}
	}
}
