package ledger

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// This law is inside the package because what changes Lots is.

// plainLots is what Lots are: a list in order.
type plainLots []Lot

func (p plainLots) find(id string) int {
	return slices.IndexFunc(p, func(l Lot) bool { return l.ID == id })
}

func (p *plainLots) add(lot Lot) {
	if i := p.find(lot.ID); i >= 0 {
		(*p)[i].Points += lot.Points
	} else {
		*p = append(*p, lot)
	}
	p.tidy()
}

func (p *plainLots) tidy() {
	*p = slices.DeleteFunc(*p, func(l Lot) bool { return l.Points == 0 })
	slices.SortFunc(*p, func(a, b Lot) int {
		switch {
		case a.Expires.Equal(b.Expires):
		case a.Expires.IsZero():
			return 1
		case b.Expires.IsZero():
			return -1
		default:
			return a.Expires.Compare(b.Expires)
		}
		return slices.CompareFunc(
			[]string{a.Issued.Format(lotTime), a.Active.Format(lotTime), a.Await},
			[]string{b.Issued.Format(lotTime), b.Active.Format(lotTime), b.Await}, func(a, b string) int {
				switch {
				case a < b:
					return -1
				case a > b:
					return 1
				}
				return 0
			})
	})
}

func (p plainLots) may(at time.Time) func(Lot) bool {
	return func(l Lot) bool {
		return (l.Expires.IsZero() || l.Expires.After(at)) && !l.Active.After(at) && (l.Await == "" || !l.Active.IsZero())
	}
}

func (p plainLots) sum(of func(Lot) bool) (n int64) {
	for _, l := range p {
		if of(l) {
			n += l.Points
		}
	}
	return n
}

func (p *plainLots) take(n int64, at time.Time) (parts []Lot) {
	may := p.may(at)
	for i := range *p {
		l := (*p)[i]
		if l.Points = min(n, l.Points); l.Points > 0 && may(l) {
			(*p)[i].Points -= l.Points
			n -= l.Points
			parts = append(parts, l)
		}
	}
	p.tidy()
	return parts
}

// splitLots has a list in chunks of any sizes.
func splitLots(t *rapid.T, list []Lot) Lots {
	var l Lots
	for len(list) > 0 {
		n := rapid.IntRange(1, min(maxChunk, len(list))).Draw(t, "chunk")
		l.push(newChunk(slices.Clone(list[:n])))
		list = list[n:]
	}
	return l
}

// Lots in chunks are the same as a list in order, whatever is done to them, and Lots that were
// cloned before stay as they were.
func TestLaw_LotsAreAList(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hours := func(n int) time.Time {
		if n == 0 {
			return time.Time{}
		}
		return now.Add(time.Duration(n) * time.Hour)
	}
	rapid.Check(t, func(t *rapid.T) {
		number := func(what string, least, most int) int { return rapid.IntRange(least, most).Draw(t, what) }
		lot := func() Lot {
			terms := Terms{Issued: hours(number("issued", 1, 3)), Expires: hours(number("expires", 0, 200))}
			if number("waits", 0, 9) == 0 {
				terms.Active, terms.Await = hours(number("active", 0, 50)), rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "await")
			}
			return Lot{ID: terms.ID(), Terms: terms, Points: int64(number("points", 1, 5))}
		}
		var want plainLots
		for range number("lots", 0, 300) {
			want.add(lot())
		}
		some := func() string {
			if len(want) == 0 || number("unheard of", 0, 5) == 0 {
				return lot().ID
			}
			return want[number("lot", 0, len(want)-1)].ID
		}
		got := splitLots(t, want)
		before, wanted := got, slices.Clone(want)
		got = got.clone()
		t.Repeat(map[string]func(*rapid.T){
			"add": func(*rapid.T) {
				for range number("times", 1, 40) {
					l := lot()
					want.add(l)
					got.add(l)
				}
			},
			"alter": func(*rapid.T) {
				id, n := some(), int64(number("n", -2, 2))
				p, ok := got.find(id)
				i := want.find(id)
				if ok != (i >= 0) {
					t.Fatalf("find %s: %v, in the list at %d", id, ok, i)
				}
				if ok {
					n = max(n, -want[i].Points)
					got.alter(p, n)
					want[i].Points += n
					want.tidy()
				}
			},
			"take from": func(*rapid.T) {
				if p, ok := got.find(some()); ok {
					part := got.takeFrom(p, int64(number("n", 1, 5)))
					want[want.find(part.ID)].Points -= part.Points
					want.tidy()
				}
			},
			"take": func(*rapid.T) {
				n, at := int64(number("n", 0, 500)), hours(number("at", 0, 100))
				var parts []Lot
				got.take(n, at, func(l Lot) { parts = append(parts, l) })
				if taken := want.take(n, at); !slices.Equal(taken, parts) {
					t.Fatalf("took %v, want %v", parts, taken)
				}
			},
			"expire": func(*rapid.T) {
				at := hours(number("at", 0, 60))
				var gone []Lot
				got.expire(at, func(l Lot) { gone = append(gone, l) })
				over := func(l Lot) bool { return !l.Expires.IsZero() && !l.Expires.After(at) }
				var due []Lot
				want = slices.DeleteFunc(want, func(l Lot) bool {
					if over(l) {
						due = append(due, l)
					}
					return over(l)
				})
				if !slices.Equal(due, gone) {
					t.Fatalf("expired %v, want %v", gone, due)
				}
			},
			"remove": func(*rapid.T) {
				odd := int64(number("points", 1, 9))
				got.remove(func(l *Lot) bool { return l.Points == odd })
				want = slices.DeleteFunc(want, func(l Lot) bool { return l.Points == odd })
			},
			"clone": func(*rapid.T) {
				before, wanted = got, slices.Clone(want)
				got = got.clone()
			},
			"": func(*rapid.T) {
				sameAsList(t, got, want)
				sameAsList(t, before, wanted)
				sinceBefore(t, before, got, wanted, want)
				at := hours(number("at", 0, 100))
				if n := want.sum(want.may(at)); got.available(at) != n {
					t.Fatalf("%d available, want %d", got.available(at), n)
				}
			},
		})
	})
}

// sameAsList holds all that may be read of Lots to a list.
func sameAsList(t *rapid.T, got Lots, want plainLots) {
	list := slices.Collect(got.All())
	if !slices.Equal(list, want) {
		t.Fatalf("got %v, want %v", list, want)
	}
	if got.Len() != len(want) || got.IsZero() != (len(want) == 0) || got.Points() != want.sum(func(Lot) bool { return true }) {
		t.Fatalf("%d lots (none: %v) of %d points, want %v", got.Len(), got.IsZero(), got.Points(), want)
	}
	var next, active time.Time
	var n int64
	for i, l := range want {
		if i == 0 {
			next = l.Expires
		}
		if !next.IsZero() && l.Expires.Equal(next) {
			n += l.Points
		}
		active = earliest(active, l.Active)
		if i%17 == 0 && got.At(i) != l {
			t.Fatalf("lot %d is %v, want %v", i, got.At(i), l)
		}
	}
	if at, points := got.nextExpiry(); !at.Equal(next) || points != n {
		t.Fatalf("%d expire at %v, want %d at %v", points, at, n, next)
	}
	if !got.nextActive().Equal(active) {
		t.Fatalf("next active at %v, want %v", got.nextActive(), active)
	}
	for i := range got.chunks() {
		if c := got.chunk(i); len(c.lots) == 0 || len(c.lots) > maxChunk {
			t.Fatalf("chunk %d has %d lots", i, len(c.lots))
		}
	}
	if !got.Equal(NewLots(want...)) {
		t.Fatalf("%v is not equal to itself", got)
	}
}

// sinceBefore holds what Since says to the difference of two lists.
func sinceBefore(t *rapid.T, before, after Lots, was, now plainLots) {
	var wantPut, wantGone []Lot
	for _, l := range now {
		if i := was.find(l.ID); i < 0 || was[i].Points != l.Points {
			wantPut = append(wantPut, l)
		}
	}
	for _, l := range was {
		if now.find(l.ID) < 0 {
			wantGone = append(wantGone, l)
		}
	}
	put, gone := after.Since(before)
	if !slices.Equal(put, wantPut) || !slices.Equal(gone, wantGone) {
		t.Fatalf("put %v, gone %v; want %v and %v", put, gone, wantPut, wantGone)
	}
	if after.Equal(before) != (len(wantPut)+len(wantGone) == 0) {
		t.Fatalf("equal: %v, although put %v, gone %v", after.Equal(before), wantPut, wantGone)
	}
}
