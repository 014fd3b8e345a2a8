package ledger

import (
	"slices"
	"sort"
	"time"
)

// chunk is some consecutive lots, and what they come to.
type chunk struct {
	lots   []Lot
	points int64 // their sum
	timed  bool  // some may have an Active or Await
	own    bool  // no other Lots has them: they may be changed where they are
}

func newChunk(lots []Lot) chunk {
	c := chunk{lots: lots, own: true}
	c.reckon()
	return c
}

// reckon sums the chunk up anew.
func (c *chunk) reckon() {
	c.points, c.timed = 0, false
	for i := range c.lots {
		c.points += c.lots[i].Points
		c.timed = c.timed || c.lots[i].timed()
	}
}

// claim makes the lots the chunk's own.
func (c *chunk) claim() {
	if !c.own {
		c.lots, c.own = slices.Clone(c.lots), true
	}
}

// push puts a chunk after the others.
func (l *Lots) push(c chunk) {
	if l.chunks() == 0 {
		l.first = c
	} else {
		l.rest = append(l.rest, c)
	}
}

func (l *Lots) chunks() int {
	if len(l.first.lots) == 0 {
		return 0
	}
	return 1 + len(l.rest)
}

func (l *Lots) chunk(i int) *chunk {
	if i == 0 {
		return &l.first
	}
	return &l.rest[i-1]
}

// clone gives Lots that may be changed while these stay as they are.
func (l *Lots) clone() Lots {
	c := Lots{l.first, slices.Clone(l.rest)}
	for i := range c.chunks() {
		c.chunk(i).own = false
	}
	return c
}

// spot is where a lot stands: it is good until the next change.
type spot struct{ chunk, lot int }

func (l *Lots) at(p spot) *Lot { return &l.chunk(p.chunk).lots[p.lot] }

func (l *Lots) has(p spot) bool { return p.chunk < l.chunks() }

func (l *Lots) after(p spot) spot {
	if p.lot++; p.lot == len(l.chunk(p.chunk).lots) {
		return spot{p.chunk + 1, 0}
	}
	return p
}

// find finds a lot by its ID.
func (l *Lots) find(id string) (spot, bool) {
	if len(l.rest) == 0 {
		i := indexLot(l.first.lots, id)
		return spot{0, i}, i >= 0
	}
	t, err := ParseLotID(id)
	if err != nil {
		return spot{}, false
	}
	return l.search(&t)
}

// search finds the lot of some terms, or the place where it would stand.
func (l *Lots) search(t *Terms) (spot, bool) {
	// It is in the first chunk that ends with these terms or later ones, or else the last.
	i := sort.Search(len(l.rest), func(i int) bool {
		lots := l.chunk(i).lots
		return lots[len(lots)-1].Terms.compare(t) >= 0
	})
	j, found := searchLots(l.chunk(i).lots, t)
	return spot{i, j}, found
}

func searchLots(lots []Lot, t *Terms) (int, bool) {
	i := sort.Search(len(lots), func(i int) bool { return lots[i].Terms.compare(t) >= 0 })
	return i, i < len(lots) && lots[i].Terms.compare(t) == 0
}

// The methods below change Lots. They are for Lots that no one else has: new ones, or a clone.

// add puts points where their terms say, joining the lot of equal terms.
func (l *Lots) add(lot Lot) {
	p, found := l.search(&lot.Terms)
	if found {
		l.alter(p, lot.Points)
		return
	}
	if len(l.chunk(p.chunk).lots) == maxChunk {
		p = l.split(p)
	}
	c := l.chunk(p.chunk)
	if n := len(c.lots); !c.own || n == cap(c.lots) && n < 4 { // copied here, since a clone would have no room
		lots := make([]Lot, len(c.lots)+1)
		copy(lots, c.lots[:p.lot])
		copy(lots[p.lot+1:], c.lots[p.lot:])
		lots[p.lot] = lot
		c.lots, c.own = lots, true
	} else {
		c.lots = slices.Insert(c.lots, p.lot, lot)
	}
	c.points += lot.Points
	c.timed = c.timed || lot.timed()
}

// split makes room in a full chunk, and gives the place where p is now.
func (l *Lots) split(p spot) spot {
	at := maxChunk / 2
	if p.lot == maxChunk {
		at = maxChunk // lots mostly come in their order: leave full chunks behind
	}
	c := l.chunk(p.chunk)
	next := newChunk(slices.Clone(c.lots[at:]))
	c.lots = c.lots[:at:at]
	c.reckon()
	l.rest = slices.Insert(l.rest, p.chunk, next)
	if p.lot < at {
		return p
	}
	return spot{p.chunk + 1, p.lot - at}
}

// alter adds n points, which may be below zero, to a lot. One that has none then is gone.
func (l *Lots) alter(p spot, n int64) {
	c := l.chunk(p.chunk)
	c.claim()
	c.points += n
	lot := &c.lots[p.lot]
	if lot.Points += n; lot.Points == 0 {
		c.lots = slices.Delete(c.lots, p.lot, p.lot+1)
		l.tidy(p.chunk)
	}
}

// tidy takes out a chunk when it is empty, and tells whether it was.
func (l *Lots) tidy(i int) bool {
	switch {
	case len(l.chunk(i).lots) > 0:
		return false
	case i > 0:
		l.rest = slices.Delete(l.rest, i-1, i)
	case len(l.rest) > 0:
		l.first, l.rest = l.rest[0], l.rest[1:]
	default:
		l.first = chunk{}
	}
	return true
}

// takeFrom takes up to n points from a lot, and gives what it took in the lot's terms.
func (l *Lots) takeFrom(p spot, n int64) Lot {
	lot := *l.at(p)
	lot.Points = min(n, lot.Points)
	l.alter(p, -lot.Points)
	return lot
}

// take takes n points, as far as they are there, from active lots in their order. It calls part
// with what it took of each.
func (l *Lots) take(n int64, at time.Time, part func(Lot)) {
	for i := 0; i < l.chunks() && n != 0; {
		c := l.chunk(i)
		empty := false
		for j := 0; j < len(c.lots) && n != 0; j++ {
			lot := c.lots[j]
			lot.Points = min(n, lot.Points)
			if lot.Points == 0 || !lot.active(at) || lot.expired(at) {
				continue
			}
			c.claim()
			c.lots[j].Points -= lot.Points
			c.points -= lot.Points
			n -= lot.Points
			empty = empty || c.lots[j].Points == 0
			part(lot)
		}
		if empty {
			c.lots = slices.DeleteFunc(c.lots, func(l Lot) bool { return l.Points == 0 })
		}
		if !l.tidy(i) {
			i++
		}
	}
}

// expire takes out the lots whose time is over at a moment. It calls each with them.
func (l *Lots) expire(at time.Time, each func(Lot)) {
	for l.chunks() > 0 {
		c, n := &l.first, 0 // they are the first
		for n < len(c.lots) && c.lots[n].expired(at) {
			each(c.lots[n])
			n++
		}
		c.lots = c.lots[n:]
		c.reckon()
		if !l.tidy(0) {
			return
		}
	}
}

// remove takes out the lots for which gone is true. It calls gone once for each lot, in order.
func (l *Lots) remove(gone func(*Lot) bool) {
	for i := 0; i < l.chunks(); {
		c := l.chunk(i)
		kept := make([]Lot, 0, len(c.lots))
		for j := range c.lots {
			if !gone(&c.lots[j]) {
				kept = append(kept, c.lots[j])
			}
		}
		if len(kept) < len(c.lots) {
			*c = newChunk(kept)
		}
		if !l.tidy(i) {
			i++
		}
	}
}

// available is the sum of the lots that may be spent at a moment.
func (l *Lots) available(at time.Time) int64 {
	var n int64
	for i := range l.chunks() {
		c := l.chunk(i)
		if !c.timed && !c.lots[0].expired(at) {
			n += c.points
			continue
		}
		for j := range c.lots {
			if lot := &c.lots[j]; lot.active(at) && !lot.expired(at) {
				n += lot.Points
			}
		}
	}
	return n
}

// nextExpiry is when the first of them expire, and how many points; zero is never.
func (l *Lots) nextExpiry() (at time.Time, points int64) {
	if l.IsZero() || l.first.lots[0].Expires.IsZero() {
		return time.Time{}, 0
	}
	at = l.first.lots[0].Expires
	for i := range l.chunks() {
		c := l.chunk(i)
		if c.lots[len(c.lots)-1].Expires.Equal(at) {
			points += c.points
			continue
		}
		for j := range c.lots {
			if !c.lots[j].Expires.Equal(at) {
				break
			}
			points += c.lots[j].Points
		}
		break
	}
	return at, points
}

// nextActive is the earliest of the moments at which one becomes active; zero is none.
func (l *Lots) nextActive() time.Time {
	var at time.Time
	for i := range l.chunks() {
		if c := l.chunk(i); c.timed {
			for j := range c.lots {
				at = earliest(at, c.lots[j].Active)
			}
		}
	}
	return at
}
