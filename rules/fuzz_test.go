package rules

import (
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// FuzzDecode: no text makes Decode panic, and what it accepts it writes and reads
// back the same. What Compile then accepts, evaluates.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(`{"rules":[{"id":"a","trigger":"order","effect":{"kind":"rate","points":1,"per":"1.00","carry":true}}]}`))
	f.Add([]byte(`{"rules":[{"id":"a","trigger":"order","effect":{"kind":"multiplier","factor":"1.5"}}],"caps":[{"id":"c","points":1,"per":"day"}]}`))
	f.Add([]byte(`{"rules":[{"window":{"slots":[{"days":["sat"]}]}}]} x`))
	f.Add([]byte(`{"a":[[[{"b":null}]]],"a":1e999}`))
	ev := orderOf(item("1", "19.99"), item("2", "80.01"))
	f.Fuzz(func(t *testing.T, text []byte) {
		def, err := decode(text)
		if err != nil {
			return
		}
		written, err := json.Marshal(def)
		if err != nil {
			if _, err := Compile(def); err == nil {
				t.Fatal("what cannot be written compiles")
			}
			return
		}
		again, err := decode(written)
		if err != nil || diff(def, again) != "" {
			t.Fatalf("%v\nread    %s\nwritten %s", err, text, written)
		}
		if set, err := Compile(def); err == nil {
			set.Evaluate(ev, nil, Options{Trace: true})
		}
	})
}

// FuzzEvaluate looks for a definition and an event on which the evaluation and
// the oracle disagree. The fuzzer writes the beginning of what they are drawn
// from; the seed fills in the rest, so that a short text is enough for both.
func FuzzEvaluate(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, []byte{})
	}
	f.Fuzz(func(t *testing.T, seed uint64, head []byte) {
		text := make([]byte, 24<<10)
		rand.NewChaCha8([32]byte(binary.LittleEndian.AppendUint64(make([]byte, 24), seed))).Read(text)
		copy(text, head)
		rapid.MakeFuzz(lawMicroEqualsDecimal)(t, text)
	})
}
