package memory_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/ledgertest"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

func TestConformance(t *testing.T) {
	ledgertest.Run(t, func(*testing.T) ledger.Store { return memory.New() })
}

// What the store keeps as it is, it keeps none of which the ledger uses again for the next change.
func TestStore_Copies(t *testing.T) {
	hold := ledger.PlaceHold{Unit: "points", Points: 1}
	var many []ledger.Op
	for day := range 2 * ledger.FewLots {
		many = append(many, earn(day))
	}
	for name, requests := range map[string][][]ledger.Op{
		"few lots":   {{earn(1)}},
		"many lots":  {{earn(1)}, many},
		"many holds": {{earn(1), earn(2)}, {hold}, {hold}, {hold}},
		"a document": {{earn(1)}, {ledger.Gift{To: "other", Unit: "points", Points: 1, Limits: []ledger.Limit{{Name: "gifts", Points: 9}}}}},
		"closed":     {{earn(1)}, {ledger.Close{}}},
	} {
		t.Run(name, func(t *testing.T) {
			store, plain := memory.New(), memory.New()
			want := recordAfter(t, plain, struct{ ledger.Store }{plain}, requests) // which is no Copier
			if diff := cmp.Diff(want, recordAfter(t, store, store, requests)); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

// recordAfter posts a member's requests, and some of another, and gives the member's record.
func recordAfter(t *testing.T, store *memory.Store, wrapped ledger.Store, requests [][]ledger.Op) string {
	t.Helper()
	books, err := ledger.New(ledger.Config{Store: wrapped})
	if err != nil {
		t.Fatal(err)
	}
	post := func(owner, id string, ops ...ledger.Op) {
		t.Helper()
		if _, err := books.Post(t.Context(), ledger.Request{Owner: owner, ID: id, At: start}, ops...); err != nil {
			t.Fatal(err)
		}
	}
	for i, ops := range requests {
		post("m", fmt.Sprint(i), ops...)
	}
	post("next", "in", earn(5), earn(6))
	post("next", "out", ledger.Redeem{Unit: "points", Points: 30})
	snap, err := store.Load(t.Context(), []string{"m"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(snap.Record("m"), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func earn(day int) ledger.Op {
	return ledger.Earn{Unit: "points", Points: 100, Expires: start.AddDate(1, 0, day)}
}
