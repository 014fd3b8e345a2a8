package rfm

import (
	"hash/maphash"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawID draws IDs of all lengths, many of which differ by little.
func drawID(t *rapid.T) string {
	n := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(1, MaxID)).Draw(t, "bytes")
	id := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 0xff}), n, n).Draw(t, "id")
	return string(id)
}

// TestLaw_records: whatever cells come for whatever customers, a shard gives back
// the IDs and the days' sums, and finds everyone.
func TestLaw_records(t *testing.T) {
	seed := maphash.MakeSeed()
	rapid.Check(t, func(rt *rapid.T) {
		var s shard
		// Few tags: most customers share theirs.
		tags := rapid.Uint32Range(0, 2).Draw(rt, "tags")
		tag := func(id string) uint32 { return tagOf(seed, id) & (1<<(12*tags) - 1) }
		ids := rapid.SliceOfNDistinct(rapid.Custom(drawID), 1, 30, rapid.ID).Draw(rt, "ids")
		days := rapid.SampledFrom([]uint16{3, 50, lastDay}).Draw(rt, "days")
		wideOnes := rapid.IntRange(0, 2).Draw(rt, "wide")
		want := map[string]map[uint16]cell{}
		var listed []string
		for range rapid.IntRange(0, 600).Draw(rt, "cells") {
			id := ids[rapid.IntRange(0, len(ids)-1).Draw(rt, "customer")]
			c := cell{day: rapid.Uint16Range(0, days).Draw(rt, "day"), count: rapid.Int64Range(-1, 1).Draw(rt, "count"), net: amountOf(rapid.Int64Range(-3, 3).Draw(rt, "net"))}
			if rapid.IntRange(0, 2).Draw(rt, "this wide") < wideOnes {
				c.net.hi += 5
			}
			var words [maxIDWords]uint64
			s.add(s.find(tag(id), keyOf(id, &words), 0), c)
			if want[id] == nil {
				want[id] = map[uint16]cell{}
				listed = append(listed, id)
			}
			sum := want[id][c.day]
			want[id][c.day] = cell{c.day, sum.count + c.count, sum.net.add(c.net)}
		}
		if len(s.listed) != len(listed) {
			rt.Fatalf("%d customers, want %d", len(s.listed), len(listed))
		}
		var room scratch
		for i, line := range s.listed {
			id := room.name(&s, line)
			var words [maxIDWords]uint64
			if at, _, ok := s.probe(tag(id), keyOf(id, &words)); id != listed[i] || !ok || at != line {
				rt.Fatalf("%q at %d, want %q at %d, %v", id, line, listed[i], at, ok)
			}
			var cells []cell
			for _, c := range want[id] {
				if !c.empty() {
					cells = append(cells, c)
				}
			}
			slices.SortFunc(cells, func(a, b cell) int { return int(a.day) - int(b.day) })
			if got := s.cells(line, &room); !slices.Equal(got, cells) {
				rt.Fatalf("%q: %v, want %v", id, got, cells)
			}
			// The log takes at most twice what the days need, and four chunks.
			need := 0
			for _, c := range cells {
				need += len(c.words(nil))
			}
			if n := len(s.words(line, nil)); n > 2*need+(firstLimit+1)*chunkWords+2*lineWords {
				rt.Fatalf("%q: %d words for %d", id, n, need)
			}
		}
	})
}

// TestLaw_shardOf compares the quick way with the plain one.
func TestLaw_shardOf(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		id := drawID(rt)
		h := uint64(len(id))
		for i := max(0, len(id)-8); i < len(id); i++ {
			h = h<<8 ^ uint64(id[i])
		}
		if len(id) >= 8 {
			h ^= uint64(len(id))
		}
		if got, want := shardOf(id), int(h*0x9e3779b97f4a7c15>>(64-shardBits)); got != want {
			rt.Fatalf("%q is in %d, want %d", id, got, want)
		}
	})
}
