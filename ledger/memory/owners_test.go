package memory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// These laws are inside the package because what they are of is.

// moments are zero or whole microseconds within the years that the ledger allows.
var moments = rapid.Custom(func(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "none") {
		return time.Time{}
	}
	return time.UnixMicro(rapid.Int64Range(year1*1e6+1, 253402300799e6).Draw(t, "moment")).UTC()
})

const year1 = -62135596800 // the second of the zero time

// lotsOf draws up to n lots of different terms.
func lotsOf(t *rapid.T, n int) []ledger.Lot {
	lots := make([]ledger.Lot, rapid.IntRange(0, n).Draw(t, "lots"))
	for i := range lots {
		terms := ledger.Terms{Issued: moments.Draw(t, "issued"), Active: moments.Draw(t, "active"), Expires: time.UnixMicro(int64(i)).UTC()}
		if rapid.Bool().Draw(t, "waits") {
			terms.Await = rapid.StringN(0, 9, -1).Draw(t, "await")
		}
		lots[i] = ledger.Lot{ID: terms.ID(), Terms: terms, Points: rapid.Int64().Draw(t, "points")}
	}
	return lots
}

// aRecord draws a record, small or large.
func aRecord(t *rapid.T, owner string) ledger.Record {
	rec := ledger.Record{
		Owner: owner, Version: rapid.Int64().Draw(t, "version"), Seq: rapid.Int64().Draw(t, "seq"),
		DocsDue: moments.Draw(t, "docs due"), Due: moments.Draw(t, "due"),
	}
	copy(rec.Head[:], rapid.SliceOfN(rapid.Byte(), 0, len(rec.Head)).Draw(t, "head"))
	for i := range rapid.IntRange(0, maxAccounts+1).Draw(t, "accounts") {
		a := ledger.Account{
			Unit: fmt.Sprint("unit", i, rapid.StringN(0, 200, -1).Draw(t, "unit")), Lots: ledger.NewLots(lotsOf(t, maxLots+1)...),
			Debt: rapid.Int64().Draw(t, "debt"), Earned: rapid.Int64().Draw(t, "earned"), Spent: rapid.Int64().Draw(t, "spent"),
		}
		for range rapid.IntRange(0, maxHolds+1).Draw(t, "holds") {
			a.Holds = append(a.Holds, ledger.Hold{
				ID: rapid.StringN(0, 200, -1).Draw(t, "hold"), Parts: lotsOf(t, maxLots+1), Made: moments.Draw(t, "made"), Until: moments.Draw(t, "until"),
			})
		}
		rec.Accounts = append(rec.Accounts, a)
	}
	if rapid.IntRange(0, 9).Draw(t, "docs") == 0 {
		rec.Docs = map[string]json.RawMessage{"doc": json.RawMessage(`{}`)}
	}
	return rec
}

// An owner has the record that was kept last, whatever was kept before and of others, be it as bytes or
// as it is; and is due when that says.
func TestLaw_Records(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New()
		want := map[string]ledger.Record{}
		owners := rapid.SliceOfNDistinct(rapid.StringN(1, 60, -1), 1, 5, rapid.ID).Draw(t, "owners")
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			rec := aRecord(t, rapid.SampledFrom(owners).Draw(t, "owner"))
			n := s.enter(rec.Owner)
			s.reschedule(n, momentOf(rec.Due))
			s.keep(s.owner(n), &rec)
			want[rec.Owner] = rec
		}
		for _, owner := range owners {
			rec, known := want[owner]
			if !known {
				rec = ledger.Record{Owner: owner}
			}
			if diff := gocmp.Diff([]ledger.Record{rec}, s.record(owner)); diff != "" {
				t.Fatalf("record (-want +got):\n%s", diff)
			}
			n, ok := s.find(owner, s.hash(owner))
			if ok != known {
				t.Fatalf("%q is there: %v, want %v", owner, ok, known)
			}
			if ok && (s.name(s.owner(n)) != owner || s.version(s.owner(n)) != rec.Version) {
				t.Fatalf("%q at %d by themselves, want %q at %d", s.name(s.owner(n)), s.version(s.owner(n)), owner, rec.Version)
			}
		}
		at := moments.Draw(t, "at")
		limit := rapid.IntRange(0, 6).Draw(t, "limit")
		if got, want := s.dueBy(at, limit), dueOf(want, at, limit); !slices.Equal(got, want) {
			t.Fatalf("due by %v: %q, want %q", at, got, want)
		}
	})
}

// Many owners due on few days are found, each by what it was last due at.
func TestLaw_Schedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New()
		want := map[string]ledger.Record{}
		moment := rapid.Map(rapid.Int64Range(-40, 40), func(n int64) time.Time {
			if n == 40 {
				return time.Time{}
			}
			return time.UnixMicro(n * day / 20).UTC()
		})
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			owner := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, "owner")
			due := moment.Draw(t, "due")
			s.reschedule(s.enter(owner), momentOf(due))
			want[owner] = ledger.Record{Due: due}
		}
		at, limit := moment.Draw(t, "at"), rapid.IntRange(0, 9).Draw(t, "limit")
		if got, want := s.dueBy(at, limit), dueOf(want, at, limit); !slices.Equal(got, want) {
			t.Fatalf("due by %v: %q, want %q", at, got, want)
		}
		if got, want := len(s.due.days), len(s.due.list); got != want {
			t.Fatalf("%d days, %d in the list", got, want)
		}
	})
}

// dueOf is who is due, by looking at everyone.
func dueOf(records map[string]ledger.Record, by time.Time, limit int) []string {
	owners := []string{}
	for owner, rec := range records {
		if !rec.Due.IsZero() && !rec.Due.After(by) {
			owners = append(owners, owner)
		}
	}
	slices.SortFunc(owners, func(a, b string) int {
		return cmp.Or(records[a].Due.Compare(records[b].Due), strings.Compare(a, b))
	})
	return owners[:min(limit, len(owners))]
}

// Of a record that was replaced nothing stays in memory.
func TestKeep_LeavesNothing(t *testing.T) {
	s := New()
	secret := strings.Repeat("secret", 37)
	lot := func(await string) ledger.Record {
		return ledger.Record{Owner: "m", Accounts: []ledger.Account{
			{Unit: "points", Lots: ledger.NewLots(ledger.Lot{ID: "lot", Terms: ledger.Terms{Await: await}, Points: 1})},
		}}
	}
	for _, after := range []ledger.Record{lot(""), lot(strings.Repeat("x", 165)), {Owner: "m"}} {
		before := lot(secret)
		o := s.owner(s.enter("m"))
		s.keep(o, &before)
		found := func() bool {
			return slices.ContainsFunc(s.blocks.pages, func(page []byte) bool { return bytes.Contains(page, []byte("secret")) })
		}
		if !found() {
			t.Fatal("what was kept is not where it is looked for")
		}
		if s.keep(o, &after); found() {
			t.Errorf("%v was kept, and something of what was before is left", after)
		}
	}
}

// A history has what was put into it, in the order and in the places.
func TestLaw_History(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New()
		want := map[string][]position{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"anna", "bert", "cleo"}).Draw(t, "owner")
			o := s.owner(s.enter(name))
			for range rapid.SampledFrom([]int{1, 3, 50, 300}).Draw(t, "times") {
				at := position(rapid.Uint64Max(numberMask-1).Draw(t, "at"))
				s.append(o, at)
				want[name] = append(want[name], at)
			}
			i := rapid.IntRange(0, len(want[name])-1).Draw(t, "place")
			want[name][i] = position(rapid.Uint64Max(numberMask-1).Draw(t, "instead"))
			s.place(o, i, want[name][i])
		}
		for name, history := range want {
			o := s.owner(s.enter(name))
			got := make([]position, o.length)
			for i := range got {
				got[i] = s.position(o, i)
			}
			if !slices.Equal(got, history) {
				t.Fatalf("history of %s is %v, want %v", name, got, history)
			}
		}
	})
}

// A table finds all numbers of what it tells apart of a hash, as they were set last.
func TestLaw_Table(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table table
		const told = 63<<58 | (1<<24 - 1) // a part, and the tag within it
		want := map[uint64][]uint64{}
		hashes := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64))
		find := func(hash uint64) (numbers, slots []uint64) {
			p, tag := table.at(hash)
			n, slot, ok := p.seek(tag, tag)
			for ; ok; n, slot, ok = p.seek(slot+1, tag) {
				numbers, slots = append(numbers, n), append(slots, slot)
			}
			return numbers, slots
		}
		for range rapid.IntRange(0, 300).Draw(t, "numbers") {
			hash, number := told&hashes.Draw(t, "hash"), rapid.Uint64Max(numberMask-1).Draw(t, "number")
			p, tag := table.at(hash)
			p.add(number, tag)
			want[hash] = append(want[hash], number)
			if numbers, slots := find(hash); rapid.Bool().Draw(t, "set") {
				other := rapid.Uint64Max(numberMask-1).Draw(t, "other")
				i := slices.Index(want[hash], numbers[0])
				p.set(slots[0], other)
				want[hash][i] = other
			}
		}
		for hash, numbers := range want {
			got, _ := find(hash)
			slices.Sort(got)
			slices.Sort(numbers)
			if !slices.Equal(got, numbers) {
				t.Fatalf("numbers of %x are %v, want %v", hash, got, numbers)
			}
		}
	})
}
