package memory

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// This law is inside the package because the journal is.

func transactions(t *rapid.T) []ledger.Transaction {
	text := rapid.OneOf(rapid.Just(""), rapid.StringN(0, 40, -1))
	number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-300, 300))
	hash := rapid.Custom(func(t *rapid.T) (h ledger.Hash) {
		copy(h[:], rapid.SliceOfN(rapid.Byte(), 0, len(h)).Draw(t, "hash"))
		return h
	})
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "none") {
			return time.Time{}
		}
		return time.UnixMicro(rapid.Int64Range(-62135596800e6, 253402300799e6).Draw(t, "moment")).UTC()
	})
	place := rapid.Custom(func(t *rapid.T) ledger.Place {
		return ledger.Place{Owner: text.Draw(t, "owner"), Lot: text.Draw(t, "lot"), Hold: text.Draw(t, "hold"), Flow: text.Draw(t, "flow")}
	})
	posting := rapid.Custom(func(t *rapid.T) ledger.Posting {
		return ledger.Posting{Unit: text.Draw(t, "unit"), Points: number.Draw(t, "points"), From: place.Draw(t, "from"), To: place.Draw(t, "to"), Reason: text.Draw(t, "reason")}
	})
	link := rapid.Custom(func(t *rapid.T) ledger.Link {
		amount := rapid.Custom(func(t *rapid.T) ledger.Amount {
			return ledger.Amount{Unit: text.Draw(t, "unit"), Points: number.Draw(t, "points")}
		})
		return ledger.Link{
			Owner: text.Draw(t, "owner"), Seq: number.Draw(t, "seq"), Prev: hash.Draw(t, "prev"), Hash: hash.Draw(t, "hash"),
			After: some(t, amount),
		}
	})
	return some(t, rapid.Custom(func(t *rapid.T) ledger.Transaction {
		tx := ledger.Transaction{
			Key:       ledger.Key{Owner: text.Draw(t, "home"), ID: text.Draw(t, "id")},
			Reference: text.Draw(t, "reference"), Aliases: some(t, text), Fingerprint: hash.Draw(t, "fingerprint"), Kind: ledger.Kind(text.Draw(t, "kind")),
			Time: moment.Draw(t, "time"), Recorded: moment.Draw(t, "recorded"), Reason: text.Draw(t, "reason"), Actor: text.Draw(t, "actor"),
			Postings: some(t, posting), Erased: hash.Draw(t, "erased"), Links: some(t, link),
		}
		if details := text.Draw(t, "details"); details != "" {
			tx.Details = []byte(details)
		}
		return tx
	}))
}

// some is nil or a few.
func some[T any](t *rapid.T, one *rapid.Generator[T]) []T {
	list := rapid.SliceOfN(one, 0, 3).Draw(t, "some")
	if len(list) == 0 {
		return nil
	}
	return list
}

// What the journal was given it gives back, and it finds by any id what IDs says.
func TestLaw_Journal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var j journal
		want := transactions(t)
		// One that needs more than a page.
		large := ledger.Transaction{Key: ledger.Key{Owner: "o", ID: "large"}, Details: make([]byte, rapid.SampledFrom([]int{1, firstPage, 2 * lastPage}).Draw(t, "large"))}
		want = append(want, large)
		want = append(want, transactions(t)...)
		at := make([]position, len(want))
		for i := range want {
			at[i] = j.write(&want[i])
		}
		for i := range want {
			tx := &want[i]
			if diff := cmp.Diff(*tx, j.read(at[i])); diff != "" {
				t.Fatalf("transaction %d (-want +got):\n%s", i, diff)
			}
			if got := j.time(at[i]); !got.Equal(tx.Time) {
				t.Fatalf("time of %d is %v, want %v", i, got, tx.Time)
			}
			for _, id := range append(tx.IDs(), "other") {
				if got, want := j.has(at[i], tx.Key.Owner, id), tx.Has(id); got != want {
					t.Fatalf("transaction %d has %q: %v, want %v", i, id, got, want)
				}
				if j.has(at[i], tx.Key.Owner+"x", id) {
					t.Fatalf("transaction %d has %q for another owner", i, id)
				}
			}
		}
		j.wipe(at[0])
		if left := bytes.Trim(j.bytes(at[0]), "\x00"); len(left) > 0 {
			t.Fatalf("wiped, and %q is left", left)
		}
		for i := range want[1:] {
			if diff := cmp.Diff(want[i+1], j.read(at[i+1])); diff != "" {
				t.Fatalf("transaction %d after another was wiped (-want +got):\n%s", i+1, diff)
			}
		}
	})
}
