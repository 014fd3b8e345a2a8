package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
)

var keep = flag.Bool("ledger.keep", false, "write testdata/kept.json anew: what is kept has changed, and that is meant")

// kept is what a store has of the books: records and histories by owner.
type kept struct {
	Records   map[string]ledger.Record        `json:"records"`
	Histories map[string][]ledger.Transaction `json:"histories"`
}

// TestKept holds everything that is kept of some requests, of every kind, to what was kept of them
// before: databases have ids, fingerprints and hashes that must still be found and still verify.
func TestKept(t *testing.T) {
	b := open(t)
	everyKind(b)
	got := kept{Records: b.records(), Histories: map[string][]ledger.Transaction{}}
	for owner := range got.Records {
		got.Histories[owner] = b.history(owner)
	}
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/kept.json"
	if *keep {
		if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(bytes.TrimSpace(before)), string(text)); diff != "" {
		t.Errorf("what is kept (-before +now):\n%s", diff)
	}
	var read kept
	if err := json.Unmarshal(before, &read); err != nil {
		t.Fatal(err)
	}
	for owner, history := range read.Histories {
		if err := ledger.Verify(owner, history); err != nil {
			t.Errorf("Verify: %v", err)
		}
		equal(t, "accounts of "+owner, timeless(read.Records[owner].Accounts), replay(t, owner, history))
	}
}

// everyKind posts at least one request of every kind, with every field there is.
func everyKind(b *books) {
	b.Helper()
	jan, feb := day(0).Add(time.Microsecond), day(31)
	req, ops := fullOrder(day(1))
	req.Details = json.RawMessage(`"a receipt"`) // which indenting leaves as it is
	b.post(req, ops...)
	b.post(by("ann", "in", day(1)),
		ledger.Earn{Unit: points, Points: 70, Issued: jan, Expires: day(20), Reason: "base"},
		ledger.Earn{Unit: points, Points: 30, Issued: jan, Active: day(3), Expires: feb},
		ledger.Earn{Unit: points, Points: 20, Await: "delivered/1", Expires: day(90)},
		ledger.Earn{Unit: points, Points: 25, Active: day(40), Await: "delivered/2"},
		ledger.Earn{Unit: stars, Points: 5})
	b.post(by("bob", "before", day(1)), ledger.Open{Unit: points, Points: 40, Issued: jan, Active: day(2), Expires: day(60), Reason: "old card"})
	b.post(by("ann", "out", day(2)), ledger.Redeem{Unit: points, Points: 45, Flow: "charity:forest", Reason: "tree"})
	b.post(by("ann", "hold", day(3)), ledger.PlaceHold{Unit: points, Points: 40, Until: day(5)})
	b.post(by("ann", "paid", day(4)), ledger.Capture{Hold: "hold", Points: 15})
	b.post(by("ann", "late", day(4)), ledger.PlaceHold{Unit: points, Points: 5, Until: day(5)})
	b.post(by("ann", "gift", day(6)), ledger.Gift{To: "bob", Unit: points, Points: 12, Reason: "birthday"})
	b.post(by("bob", "back", day(7)), ledger.Clawback{Unit: points, Points: 60, Lots: []string{"20260101T000000.000001Z:20260302T000000Z"}})
	b.post(by("bob", "forgiven", day(7)), ledger.Clawback{Unit: points, Points: 6, Policy: ledger.Clamp})
	b.post(by("bob", "again", day(8)), ledger.Earn{Unit: points, Points: 100, Expires: day(50)})
	b.post(by("ann", "return", day(9)), ledger.Return{Unit: points, Flow: "charity:forest", Parts: []ledger.Part{{Lot: "20260101T000000.000001Z:20260121T000000Z", Points: 8}}})
	b.post(by("ann", "undo", day(10)), ledger.Reverse{Of: "out", Grace: day(70)})
	b.post(by("ann", "come", day(11)), ledger.Activate{Await: "delivered/1"})
	b.post(by("ann", "mended", day(12)), ledger.Adjust{Unit: points, Points: -3, Kit: "agent", Limits: []ledger.Limit{{Name: "kit", Points: 10}}})
	b.tick("ann", day(32))
	b.post(by("ann", "favour", day(33)), ledger.Extend{Unit: points, Expires: day(200)})
	for _, tx := range b.history("ann") {
		if tx.Kind == ledger.KindExpire {
			b.post(by("ann", "reinstated "+tx.Key.ID[1:], day(34)), ledger.Reinstate{Of: tx.Key.ID, Expires: day(201)})
		}
	}
	b.post(by("bob", "open hold", day(35)), ledger.PlaceHold{Unit: points, Points: 9})
	b.post(by("ann", "one", day(36)), ledger.Merge{From: "bob"})
	b.earn("cat", "in", 4, day(36), never)
	b.post(by("cat", "end", day(37)), ledger.Close{Reason: "asked to"})
	b.post(by("eve", "in", day(38)), ledger.Earn{Unit: points, Points: 7, Active: day(40)})
	b.post(by("eve", "back", day(39)), ledger.Clawback{Unit: points, Points: 5})
	b.tick("eve", day(41))
	b.post(by("dan", "in", day(38)), ledger.Earn{Unit: points, Points: 7})
	if err := b.Erase(context.Background(), "dan"); err != nil {
		b.Fatalf("Erase: %v", err)
	}
}
