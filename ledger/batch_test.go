package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/loyaltykit/loyalty/ledger"
)

func item(owner, id string, ops ...ledger.Op) ledger.Item {
	return ledger.Item{Request: by(owner, id, day(1)), Ops: ops}
}

// errs are what became of the items, in the words of errors.Is.
func errs(outcomes []ledger.Outcome) []error {
	list := make([]error, len(outcomes))
	for i, o := range outcomes {
		for _, kind := range []error{
			ledger.ErrInvalid, ledger.ErrInsufficientPoints, ledger.ErrClosed, ledger.ErrLimit, ledger.ErrKeyReused, ledger.ErrHoldCaptured,
		} {
			if errors.Is(o.Err, kind) {
				list[i] = kind
			}
		}
		if o.Err != nil && list[i] == nil {
			list[i] = o.Err
		}
	}
	return list
}

var (
	in  = ledger.Earn{Unit: points, Points: 100}
	out = ledger.Redeem{Unit: points, Points: 200}
)

// Fact L29 (formancehq/ledger@25f8708 test/e2e/api_bulk_test.go): an earning and a spending
// of too much, one by one and all or none.
func TestBatch_AtomicOrNot(t *testing.T) {
	items := []ledger.Item{item("bank", "a", in), item("bank", "b", out)}
	b := open(t)
	outcomes, err := b.PostBatch(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	equalErrs(t, []error{nil, ledger.ErrInsufficientPoints}, errs(outcomes))
	equal(t, "available", 100, b.balance("bank", day(1)).Available)
	equal(t, "transactions", 1, len(b.history("bank")))
	equal(t, "version", 1, b.record("bank").Version)

	b = open(t)
	_, err = b.PostAll(t.Context(), items)
	if !errors.Is(err, ledger.ErrInsufficientPoints) {
		t.Errorf("got %v", err)
	}
	equal(t, "text", "items[1]: ledger: insufficient points: bank needs 200 points, has 100", fmt.Sprint(err))
	equal(t, "owners", 0, len(b.store.Owners()))
}

func equalErrs(t tb, want, got []error) {
	t.Helper()
	equal(t, "errors", fmt.Sprint(want), fmt.Sprint(got))
}

// Each item is decided upon after those before it: keys, holds, limits, closings.
func TestBatch_InOrder(t *testing.T) {
	limits := []ledger.Limit{{Name: "gifts", Uses: 1}}
	gift := ledger.Gift{To: "bob", Unit: points, Points: 10, Limits: limits}
	items := []ledger.Item{
		item("ann", "in", in),
		item("ann", "in", in),                          // delivered twice
		item("ann", "in", out),                         // another request under its key
		item("ann", "typo", ledger.Earn{Unit: "typo"}), // never to be granted
		item("ann", "gift", gift),
		item("ann", "gift 2", gift),
		item("bob", "hold", ledger.PlaceHold{Unit: points, Points: 10}),
		item("bob", "pay", ledger.Capture{Hold: "hold"}),
		item("bob", "pay twice", ledger.Capture{Hold: "hold"}),
		item("ann", "merge", ledger.Merge{From: "bob"}),
		item("bob", "late", in),
	}
	want := []error{
		nil, nil, ledger.ErrKeyReused, ledger.ErrInvalid, nil, ledger.ErrLimit, nil, nil, ledger.ErrHoldCaptured, nil, ledger.ErrClosed,
	}
	b := open(t)
	for round := range 2 {
		outcomes, err := b.PostBatch(t.Context(), items)
		if err != nil {
			t.Fatal(err)
		}
		if round > 0 {
			want[5], want[8] = ledger.ErrClosed, ledger.ErrClosed // what was refused is decided upon anew: bob has gone
		}
		equalErrs(t, want, errs(outcomes))
		for i, o := range outcomes {
			equal(t, fmt.Sprint("replayed, item ", i), o.Err == nil && (round > 0 || i == 1), o.Receipt.Replayed)
		}
		equal(t, "version: one commit", 1, b.record("ann").Version)
	}
	equal(t, "available", 90, b.balance("ann", day(1)).Available)
}

func TestBatch_Bounds(t *testing.T) {
	b := open(t)
	for n, want := range map[int]string{0: "", 1: "", ledger.MaxBatch: "", ledger.MaxBatch + 1: "items"} {
		items := make([]ledger.Item, n)
		for i := range items {
			items[i] = item(fmt.Sprint("m", i%7), fmt.Sprint("k", i), in)
		}
		outcomes, err := b.PostBatch(t.Context(), items)
		bad, _ := errors.AsType[*ledger.InvalidError](err)
		if want != "" {
			equal(t, "field", want, bad.Field)
			continue
		}
		if err != nil || len(outcomes) != n {
			t.Errorf("%d items: %d outcomes, %v", n, len(outcomes), err)
		}
	}
	outcomes, err := b.PostBatch(t.Context(), []ledger.Item{{}, item("m", "k")})
	if err != nil {
		t.Fatal(err)
	}
	equalErrs(t, []error{ledger.ErrInvalid, ledger.ErrInvalid}, errs(outcomes))
	_, err = b.PostAll(t.Context(), []ledger.Item{item("m", "k", in), item("m", "l", in, ledger.Earn{Unit: points})})
	equal(t, "text", "ledger: items[1].ops[1].points: 0, must be above zero", fmt.Sprint(err))
	if receipts, err := b.PostAll(t.Context(), nil); err != nil || len(receipts) != 0 {
		t.Errorf("of nothing: %v, %v", receipts, err)
	}
}

// A batch whose commit took effect though the store said otherwise is found settled, whole.
func TestBatch_AfterALostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := openFaulty(t, &faulty{after: first(errDisk)}, 4)
		outcomes, err := b.PostBatch(t.Context(), []ledger.Item{item("ann", "in", in), item("bob", "in", in), item("ann", "out", out)})
		if err != nil {
			t.Fatal(err)
		}
		equalErrs(t, []error{nil, nil, ledger.ErrInsufficientPoints}, errs(outcomes))
		equal(t, "replayed", true, outcomes[0].Receipt.Replayed && outcomes[1].Receipt.Replayed)
		equal(t, "available", 100, b.account("ann").Balance(day(1)).Available)
	})
}

// Fact L27 (pgr0ss/pgledger@c18c7d2 go/test/db_test.go TestCreateMultipleTransfers): a ring of
// gifts in one group nets out. There accounts may be overdrawn; here each opens with 50.
func TestBatch_RingOfGifts(t *testing.T) {
	gift := func(from, to string, n int64) ledger.Item {
		return item(from, "gift", ledger.Gift{To: to, Unit: points, Points: n})
	}
	b := open(t)
	for _, owner := range []string{"a", "b", "c"} {
		b.post(by(owner, "opening", day(0)), ledger.Open{Unit: points, Points: 50})
	}
	if _, err := b.PostAll(t.Context(), []ledger.Item{gift("a", "b", 10), gift("b", "c", 20), gift("c", "a", 50)}); err != nil {
		t.Fatal(err)
	}
	for owner, want := range map[string]int64{"a": 50 + 40, "b": 50 - 10, "c": 50 - 30} {
		equal(t, owner, want, b.balance(owner, day(1)).Available)
		equal(t, "transactions of "+owner, 1+2, len(b.history(owner)))
		equal(t, "version of "+owner+": the group is one commit", 1+1, b.record(owner).Version)
	}
}

// Batches over the same members in whatever order neither deadlock nor drift.
func TestConcurrent_Batches(t *testing.T) {
	const members, batches = 6, 8
	b := open(t)
	ledgers := processes(t, b, 2)
	atOnce(batches, func(i int) {
		var items []ledger.Item
		for n := range 5 * members {
			owner := fmt.Sprint("m", (n*(i+1)+i)%members)
			items = append(items, item(owner, fmt.Sprint("k", i, "-", n), in))
		}
		if _, err := ledgers[i%2].PostAll(context.Background(), items); err != nil {
			t.Error(err)
		}
	})
	var sum int64
	for i := range members {
		sum += b.balance(fmt.Sprint("m", i), day(1)).Available
	}
	equal(t, "points of all", 100*5*members*batches, sum)
}
