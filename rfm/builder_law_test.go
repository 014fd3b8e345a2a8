package rfm_test

import (
	"bytes"
	"iter"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
	"pgregory.net/rapid"
)

// TestLaw_builderIsTheDefinition: whatever was added in whatever order, parted
// and merged in whatever way, the summaries are those of the plain definition.
func TestLaw_builderIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		zone, orders, w := drawZone(rt), drawOrders(rt), drawWindow(rt)
		want := plainSummaries(zone, orders, w)
		shuffled := rapid.Permutation(orders).Draw(rt, "shuffled")
		var parts [3]*rfm.Builder
		for i := range parts {
			parts[i] = mustBuild(t, zone)
		}
		for _, o := range shuffled {
			if err := parts[rapid.IntRange(0, 2).Draw(rt, "part")].Add(o); err != nil {
				rt.Fatal(err)
			}
		}
		merged := func(order ...int) *rfm.Builder {
			b := mustBuild(t, zone)
			for _, i := range order {
				if err := b.Merge(parts[i]); err != nil {
					rt.Fatal(err)
				}
			}
			return b
		}
		left, right := merged(0, 1), merged(1, 2)
		if err := left.Merge(parts[2]); err != nil {
			rt.Fatal(err)
		}
		a := merged(0)
		if err := a.Merge(right); err != nil {
			rt.Fatal(err)
		}
		for name, b := range map[string]*rfm.Builder{
			"added at once": mustBuild(t, zone, shuffled...), "(0+1)+2": left, "0+(1+2)": a, "2+1+0": merged(2, 1, 0),
		} {
			if d := diff(want, orEmpty(sorted(b.Summaries(w)))); d != "" {
				rt.Fatalf("%s (-want +got):\n%s", name, d)
			}
		}
		for _, s := range want {
			if got, ok := left.Of(s.Customer, w); !ok || diff(s, got) != "" {
				rt.Fatalf("Of(%q) = %v, %v", s.Customer, got, ok)
			}
		}
		if _, ok := left.Of("nobody", w); ok {
			rt.Fatal("found nobody")
		}
	})
}

func orEmpty(s []rfm.Summary) []rfm.Summary {
	if s == nil {
		return []rfm.Summary{}
	}
	return s
}

// TestLaw_summariesAreSound: what a Builder says of ordinary orders passes
// Validate, and its total is that of the customers and of those who kept nothing.
func TestLaw_summariesAreSound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := mustBuild(t, "", drawOrders(rt)...)
		for s := range b.Summaries(drawWindow(rt)) {
			if err := s.Validate(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// TestLaw_savedIsLoaded: what is saved and loaded says the same, and merging it is
// merging what was saved.
func TestLaw_savedIsLoaded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		zone, orders, w := drawZone(rt), drawOrders(rt), drawWindow(rt)
		var saved bytes.Buffer
		if err := mustBuild(t, zone, orders...).Save(&saved); err != nil {
			rt.Fatal(err)
		}
		b, err := rfm.LoadBuilder(&saved)
		if err != nil {
			rt.Fatal(err)
		}
		if d := diff(plainSummaries(zone, orders, w), orEmpty(sorted(b.Summaries(w)))); d != "" || b.Zone() != zone {
			rt.Fatalf("zone %q (-want +got):\n%s", b.Zone(), d)
		}
	})
}

// TestLaw_workersChangeNothing: neither the summaries, nor their order, nor the
// placements depend on how many goroutines there were, nor on how the orders were
// cut into streams.
func TestLaw_workersChangeNothing(t *testing.T) {
	models := []*rfm.Model{mustCompile(t, rfm.Definition{Segments: rfm.NamedSegments()}), rModel(t, rfm.RightClosed), rModel(t, rfm.NTile)}
	rapid.Check(t, func(rt *rapid.T) {
		zone, orders, w := drawZone(rt), drawOrders(rt), drawWindow(rt)
		plain := mustBuild(t, zone, orders...)
		var parts []iter.Seq2[rfm.Order, error]
		for rest := orders; len(rest) > 0; {
			n := rapid.IntRange(0, len(rest)).Draw(rt, "part")
			parts, rest = append(parts, stream(rest[:n])), rest[n:]
		}
		b, err := rfm.GatherParallel(t.Context(), zone, rapid.IntRange(0, 20).Draw(rt, "workers"), parts...)
		if err != nil {
			rt.Fatal(err)
		}
		want := slices.Collect(plain.Summaries(w))
		if d := diff(want, slices.Collect(b.Summaries(w))); d != "" || b.Customers() != plain.Customers() {
			rt.Fatalf("%d and %d customers (-want +got):\n%s", plain.Customers(), b.Customers(), d)
		}
		for _, m := range models {
			placed, err := m.Place(plain.Summaries(w))
			var members []rfm.Member
			if err == nil {
				for s, p := range placed {
					members = append(members, rfm.Member{
						Customer: s.Customer, Score: p.Score, HighValue: p.HighValue, Segment: p.Segment, Stage: p.Standing.Stage,
					})
				}
			}
			got, gotErr := m.PlaceParallel(b, w, 3)
			if d := diff(members, got); d != "" && len(members)+len(got) > 0 || gotErr != err {
				rt.Fatalf("%v, want %v (-want +got):\n%s", gotErr, err, d)
			}
		}
	})
}
