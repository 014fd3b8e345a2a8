package ledger_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// Snapshot.Put leaves one record of each owner, by owner, whatever the order.
func TestLaw_SnapshotPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var snap ledger.Snapshot
		want := map[string]int64{}
		for version, owner := range rapid.SliceOf(rapid.StringN(1, 3, -1)).Draw(t, "owners") {
			snap.Put(ledger.Record{Owner: owner, Version: int64(version)})
			want[owner] = int64(version)
		}
		var owners []string
		for _, r := range snap.Records {
			owners = append(owners, r.Owner)
		}
		if sorted := slices.Sorted(maps.Keys(want)); !slices.Equal(owners, sorted) {
			t.Fatalf("records of %q, want %q", owners, sorted)
		}
		for _, owner := range append(owners, "nobody of three letters") {
			if got := snap.Record(owner); got.Owner != owner || got.Version != want[owner] {
				t.Fatalf("record of %q is of %q at %d, want %d", owner, got.Owner, got.Version, want[owner])
			}
		}
	})
}
