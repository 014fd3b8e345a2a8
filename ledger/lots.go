package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
)

// Lots are lots in the order they will be used: soonest-expiring first, the never-expiring last,
// the older cohort first among equals. The zero Lots has none. What is given out never changes,
// so Lots may be copied, kept and read by many goroutines.
//
// In JSON they are an array of Lot.
type Lots struct {
	// They are kept in chunks, so that a change copies one chunk of many lots and shares the
	// others. An ordinary account has no more than the first. No chunk is empty, but the
	// first when there are no lots at all.
	first chunk
	rest  []chunk
}

// maxChunk is how many lots a chunk has at most. A chunk may have fewer, down to one: there are
// never more chunks than lots.
const maxChunk = 64

// NewLots makes Lots of a list in any order, which it copies. No two of the list should have equal
// terms, and none be empty.
func NewLots(list ...Lot) Lots {
	if len(list) == 0 {
		return Lots{}
	}
	return TakeLots(slices.Clone(list))
}

// TakeLots is NewLots of a list that is not copied: it may not be used again.
func TakeLots(list []Lot) Lots {
	for i := 1; i < len(list); i++ {
		if list[i-1].Terms.compare(&list[i].Terms) > 0 {
			slices.SortStableFunc(list, func(a, b Lot) int { return a.Terms.compare(&b.Terms) })
			break
		}
	}
	if len(list) == 0 {
		return Lots{}
	}
	if len(list) <= maxChunk {
		return Lots{first: newChunk(list[:len(list):len(list)])}
	}
	var l Lots
	for part := range slices.Chunk(list, maxChunk) {
		l.push(newChunk(slices.Clone(part)))
	}
	return l
}

// Len is how many lots there are.
func (l Lots) Len() int {
	n := 0
	for i := range l.chunks() {
		n += len(l.chunk(i).lots)
	}
	return n
}

// IsZero tells whether there are none.
func (l Lots) IsZero() bool { return len(l.first.lots) == 0 }

// Points is the sum of all of them.
func (l Lots) Points() int64 {
	n := l.first.points
	for i := range l.rest {
		n += l.rest[i].points
	}
	return n
}

// All goes through the lots in the order of use.
func (l Lots) All() iter.Seq[Lot] {
	return func(yield func(Lot) bool) {
		for i := range l.chunks() {
			for _, lot := range l.chunk(i).lots {
				if !yield(lot) {
					return
				}
			}
		}
	}
}

// At gives the i-th lot, from 0. It panics when there are not so many, as a slice does.
func (l Lots) At(i int) Lot {
	n := 0
	for n < len(l.rest) && i >= len(l.chunk(n).lots) {
		i -= len(l.chunk(n).lots)
		n++
	}
	return l.chunk(n).lots[i]
}

// Find gives the lot that has an ID.
func (l Lots) Find(id string) (Lot, bool) {
	if p, ok := l.find(id); ok {
		return *l.at(p), true
	}
	return Lot{}, false
}

// Equal tells whether both have the same lots.
func (l Lots) Equal(o Lots) bool {
	put, gone := l.Since(o)
	return len(put) == 0 && len(gone) == 0
}

// Since compares lots with those there were before: put are the lots that are new or have other
// points now, gone those no longer there. What a request has left alone takes next to no time.
func (l Lots) Since(before Lots) (put, gone []Lot) {
	var i, j spot
	for {
		now, was := l.has(i), before.has(j)
		switch {
		case !now && !was:
			return put, gone
		case now && was && i.lot == 0 && j.lot == 0 && same(l.chunk(i.chunk), before.chunk(j.chunk)):
			i.chunk++
			j.chunk++
			continue
		}
		order := -1 // which of them comes first; both when 0
		if now && was {
			order = l.at(i).Terms.compare(&before.at(j).Terms)
		} else if was {
			order = 1
		}
		if order < 0 || order == 0 && !sameLot(l.at(i), before.at(j)) {
			put = append(put, *l.at(i))
		} else if order > 0 {
			gone = append(gone, *before.at(j))
		}
		if order <= 0 {
			i = l.after(i)
		}
		if order >= 0 {
			j = before.after(j)
		}
	}
}

// same tells whether two chunks share their lots.
func same(a, b *chunk) bool {
	return len(a.lots) == len(b.lots) && &a.lots[0] == &b.lots[0]
}

func sameLot(a, b *Lot) bool { return a.Points == b.Points && a.ID == b.ID }

// MarshalJSON implements json.Marshaler.
func (l Lots) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // whoever encodes the whole says whether to
	list := make([]Lot, 0, l.Len())
	err := enc.Encode(slices.AppendSeq(list, l.All()))
	return b.Bytes(), err
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *Lots) UnmarshalJSON(text []byte) error {
	var list []Lot
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*l = NewLots(list...)
	return nil
}

// String lists the lots, for people.
func (l Lots) String() string { return fmt.Sprint(slices.Collect(l.All())) }
