package ledger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// A member of hundreds of lots has what the model has, whatever is done: as TestMachine, whose accounts stay small.
func TestMachine_ManyLots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		ops := make([]ledger.Op, m.number("lots", 100, 300))
		for i := range ops {
			ops[i] = ledger.Earn{Unit: points, Points: int64(1 + i%3), Issued: at(1), Expires: at(m.now + 1 + i/2 + i%2*200)}
		}
		m.send("ann", 0, ops...)
		steps := 0
		m.run(func() {
			if steps++; steps%5 > 0 {
				return
			}
			m.models["ann"].pass(m.now)
			rec, _ := m.settled("ann")
			m.compare("ann", m.models["ann"].account(points), rec.Account(points))
		})
		m.audit()
	})
}

func someLots() []ledger.Lot {
	var list []ledger.Lot
	for i := range 150 {
		t := ledger.Terms{Issued: day(i % 3), Expires: day(400 - i)}
		list = append(list, ledger.Lot{ID: t.ID(), Terms: t, Points: int64(1 + i)})
	}
	return list
}

func TestLots_InAnyOrder(t *testing.T) {
	list := someLots()
	got := ledger.NewLots(list...)
	slices.Reverse(list)
	equal(t, "lots", list, slices.Collect(got.All()))
	equal(t, "of the list in order", true, got.Equal(ledger.NewLots(list...)))
	list[0].Points++
	equal(t, "first, whatever becomes of the list", int64(150), got.At(0).Points)
}

// In JSON lots are a list: as stores have kept them before there was a type for it.
func TestLots_JSON(t *testing.T) {
	list := someLots()
	slices.Reverse(list)
	list[0].Terms.Await = "<delivered>"
	list[0].ID = list[0].Terms.ID()
	type account struct {
		Unit string       `json:"unit"`
		Lots []ledger.Lot `json:"lots,omitempty"`
	}
	for _, n := range []int{0, 1, 150} {
		for _, escape := range []bool{true, false} {
			encode := func(v any) string {
				var b bytes.Buffer
				enc := json.NewEncoder(&b)
				enc.SetEscapeHTML(escape)
				if err := enc.Encode(v); err != nil {
					t.Fatal(err)
				}
				return b.String()
			}
			want := encode(account{points, list[:n]})
			a := ledger.Account{Unit: points, Lots: ledger.NewLots(list[:n]...)}
			equal(t, fmt.Sprint(n, " lots"), want, encode(a))
			var back ledger.Account
			if err := json.Unmarshal([]byte(want), &back); err != nil {
				t.Fatal(err)
			}
			equal(t, "read again", a, back)
		}
	}
}

func byExpiry(a, b ledger.Lot) int {
	if a.Expires.IsZero() != b.Expires.IsZero() {
		return -a.Expires.Compare(b.Expires) // those that never expire are last
	}
	return a.Expires.Compare(b.Expires)
}

// FuzzLotsJSON: what can be read comes back in order, with nothing lost.
func FuzzLotsJSON(f *testing.F) {
	for _, s := range []string{`[]`, `null`, `{}`, `[{"id":"x","points":-1}]`, `[{"expires":"2026-01-02T00:00:00Z"},{"expires":"2026-01-01T00:00:00+05:00","await":"<"},{}]`, `[null]`} {
		f.Add([]byte(s))
	}
	text, _ := json.Marshal(someLots())
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var list []ledger.Lot
		var lots ledger.Lots
		err := json.Unmarshal(text, &lots)
		if plain := json.Unmarshal(text, &list); (err == nil) != (plain == nil) {
			t.Fatalf("%s: as lots %v, as a list %v", text, err, plain)
		}
		if err != nil {
			return
		}
		var points int64
		for _, l := range list {
			points += l.Points
		}
		if lots.Len() != len(list) || lots.Points() != points || lots.IsZero() != (len(list) == 0) {
			t.Errorf("%s: %d lots of %d points, the list has %d of %d", text, lots.Len(), lots.Points(), len(list), points)
		}
		if !slices.IsSortedFunc(slices.Collect(lots.All()), byExpiry) {
			t.Errorf("%s: %v are out of order", text, lots)
		}
		out, err := json.Marshal(lots)
		if err != nil {
			return // a year that JSON does not know
		}
		var again ledger.Lots
		if err := json.Unmarshal(out, &again); err != nil || !again.Equal(lots) {
			t.Errorf("%s: comes back as %s, %v", text, out, err)
		}
	})
}
