package rules

import (
	"testing"

	"pgregory.net/rapid"
)

// A dictionary answers as a map does, however badly its hashes are spread.
func TestLaw_DictionaryIsAMap(t *testing.T) {
	type key struct {
		kind kind
		word string
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("ab/é")), 1, 4, -1)
		drawn := rapid.Custom(func(t *rapid.T) key {
			return key{kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind")), word.Draw(t, "word")}
		})
		want := map[key]span{}
		spread := rapid.SampledFrom([]uint32{1, 2, 1 << 20}).Draw(t, "hashes")
		hash := func(k kind, word string) uint32 { return hashWord(k, word) % spread * (1<<32 - 1) / spread }
		keys := rapid.SliceOfNDistinct(drawn, 1, 40, rapid.ID).Draw(t, "keys")
		bytes := 0
		for _, k := range keys {
			bytes += len(k.word)
		}
		d := newDictionary(len(keys), bytes)
		for i, k := range keys {
			want[k] = span{start: int32(i), count: 1 + int32(i)%3}
			d.put(hash(k.kind, k.word), k.kind, k.word, want[k])
		}
		if len(d.text) != cap(d.text) {
			t.Errorf("the words take %d bytes, %d were made ready", len(d.text), cap(d.text))
		}
		for _, k := range append(keys, rapid.SliceOf(drawn).Draw(t, "others")...) {
			if got := d.get(hash(k.kind, k.word), k.kind, k.word); got != want[k] {
				t.Fatalf("%v: %v, want %v", k, got, want[k])
			}
		}
		d.all(func(k kind, word string, s span) {
			if of := (key{k, word}); want[of] == s {
				delete(want, of)
			}
		})
		if len(want) > 0 {
			t.Errorf("not told: %v", want)
		}
	})
}
