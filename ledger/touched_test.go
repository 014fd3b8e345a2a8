package ledger_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

// TestTouched: what is new, other or no longer there is touched, and nothing else.
func TestTouched(t *testing.T) {
	lot := func(n int, points int64) ledger.Lot {
		terms := ledger.Terms{Issued: day(n)}
		return ledger.Lot{ID: terms.ID(), Terms: terms, Points: points}
	}
	hold := func(id string) ledger.Hold { return ledger.Hold{ID: id, Parts: []ledger.Lot{lot(1, 5)}, Made: day(2)} }
	doc := func(s string) json.RawMessage { return json.RawMessage(s) }
	w := ledger.Write{
		Before: ledger.Record{Owner: "m", Version: 1,
			Accounts: []ledger.Account{{Unit: points, Lots: ledger.NewLots(lot(1, 10), lot(2, 20), lot(3, 30)), Holds: []ledger.Hold{hold("closed"), hold("stays")}}},
			Docs:     map[string]json.RawMessage{"same": doc(`1`), "other": doc(`1`), "gone": doc(`1`)}},
		After: ledger.Record{Owner: "m", Version: 2,
			Accounts: []ledger.Account{{Unit: points, Lots: ledger.NewLots(lot(1, 10), lot(2, 25), lot(4, 40)), Holds: []ledger.Hold{hold("stays"), hold("made")}}},
			Docs:     map[string]json.RawMessage{"same": doc(`1`), "other": doc(`2`), "new": doc(`1`)}},
	}
	got := w.Touched()
	for _, list := range [][]ledger.LotRef{got.Lots, got.Holds} {
		slices.SortFunc(list, func(a, b ledger.LotRef) int { return cmp.Compare(a.ID, b.ID) })
	}
	slices.Sort(got.Docs)
	equal(t, "touched", ledger.Touched{
		Lots:  []ledger.LotRef{{Unit: points, ID: lot(2, 0).ID}, {Unit: points, ID: lot(3, 0).ID}, {Unit: points, ID: lot(4, 0).ID}},
		Holds: []ledger.LotRef{{Unit: points, ID: "closed"}, {Unit: points, ID: "made"}},
		Docs:  []string{"gone", "new", "other"},
	}, got)
	docs := w.TouchedDocs()
	slices.Sort(docs)
	equal(t, "documents", got.Docs, docs)
}
