package ledger_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

const secret = "Mrs Marple"

// personalBooks are books where the secret stands wherever a host may write.
func personalBooks(t *testing.T) (*books, []sent) {
	b := open(t)
	var all []sent
	post := func(owner, id string, n int, ops ...ledger.Op) {
		req := ledger.Request{
			Owner: owner, ID: id, Reference: id, At: day(n), Reason: "for " + secret, Actor: secret,
			Details: json.RawMessage(`{"who":"` + secret + `"}`),
		}
		all = append(all, sent{req: req, ops: ops, got: b.post(req, ops...)})
	}
	post("m", "order", 0, ledger.Earn{Unit: points, Points: 100, Expires: day(9), Reason: "base"})
	post("m", "hold", 1, ledger.PlaceHold{Unit: points, Points: 5, Until: day(2)})
	post("m", "sorry", 1, ledger.Adjust{Unit: points, Points: 10, Kit: "agent", Limits: []ledger.Limit{{Name: "goodwill", Points: 100}}})
	post("m", "gift", 3, ledger.Gift{To: "friend", Unit: points, Points: 20})
	post("m", "order 2", 10, ledger.Redeem{Unit: points, Points: 10}) // the rest has expired
	err := b.Update(t.Context(), []string{"m"}, nil, func(d *ledger.Draft) error {
		d.SetDoc("m", "member", json.RawMessage(`"`+secret+`"`))
		d.SetDocsDue("m", day(40))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, all
}

// After an erasure nothing personal is to be found by any way of reading, in the books of
// whoever, and nothing else has changed.
func TestErase(t *testing.T) {
	b, all := personalBooks(t)
	before := b.records()
	histories := map[string][]ledger.Transaction{}
	for owner := range before {
		histories[owner] = b.history(owner)
	}
	if err := b.Erase(t.Context(), "m"); err != nil {
		t.Fatal(err)
	}
	for owner := range before {
		page, err := b.Statement(t.Context(), ledger.StatementQuery{Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		snap := b.load(owner, "order", ledger.ReferenceID("hold"), "sorry", "gift", "order 2")
		all := fmt.Sprintf("%s", []any{page, b.history(owner), snap})
		if strings.Contains(all, "Marple") {
			t.Errorf("still to be read of %s: %s", owner, all)
		}
		for i, tx := range b.history(owner) {
			want := histories[owner][i]
			if want.Reason+want.Actor != "" && want.Key.ID != "~tick/3" {
				if tx.Erased.IsZero() {
					t.Errorf("%s does not say that something was erased", tx.Key)
				}
				want.Reason, want.Actor, want.Details, want.Erased = "", "", nil, tx.Erased
			}
			want.Reason, tx.Reason = "", "" // a time-out's is the ledger's own
			want.Erased = tx.Erased
			equal(t, "transaction", want, tx)
		}
	}
	after := b.records()
	want := maps.Clone(before)
	m := want["m"]
	m.Version, m.Docs, m.DocsDue, m.Due = after["m"].Version, nil, never, never
	want["m"] = m
	equal(t, "records", want, after)
	for _, s := range all {
		got := b.post(s.req, s.ops...)
		equal(t, "replayed", true, got.Replayed)
		equal(t, "postings", s.got.Transaction.Postings, got.Transaction.Postings)
		s.req.Actor = "someone else"
		b.refuse(ledger.ErrKeyReused, s.req, s.ops...)
	}
}

// Erasing again changes nothing, and what came since is erased as well.
func TestErase_Again(t *testing.T) {
	b, _ := personalBooks(t)
	erase := func() {
		if err := b.Erase(t.Context(), "m"); err != nil {
			t.Fatal(err)
		}
	}
	erase()
	before := b.records()
	erase()
	equal(t, "records", before, b.records())
	b.post(by("m", "since", day(20)), ledger.Earn{Unit: points, Points: 1})
	erase()
	equal(t, "reason since", "", last(b.history("m")).Reason)
	if err := b.Erase(t.Context(), "never seen"); err != nil {
		t.Fatal(err)
	}
	equal(t, "owners", []string{"agent", "friend", "m"}, b.store.Owners())
}

// One who leaves is closed and then erased.
func TestErase_Closed(t *testing.T) {
	b, all := personalBooks(t)
	b.post(by("m", "end", day(20)), ledger.Close{})
	if err := b.Erase(t.Context(), "m"); err != nil {
		t.Fatal(err)
	}
	b.refuse(ledger.ErrClosed, by("m", "back", day(21)), ledger.Earn{Unit: points, Points: 1})
	equal(t, "replayed", true, b.post(all[0].req, all[0].ops...).Replayed)
}

// A gift keeps the words of the one who made it; theirs to erase.
func TestErase_WhatOthersCaused(t *testing.T) {
	b, _ := personalBooks(t)
	if err := b.Erase(t.Context(), "friend"); err != nil {
		t.Fatal(err)
	}
	equal(t, "reason", "for "+secret, b.history("friend")[0].Reason)
}

// A long history is erased in pages.
func TestErase_Pages(t *testing.T) {
	b := open(t)
	for i := range 450 {
		b.post(by("m", fmt.Sprint("k", i), day(0)), ledger.Earn{Unit: points, Points: 1})
	}
	version := b.record("m").Version
	if err := b.Erase(t.Context(), "m"); err != nil {
		t.Fatal(err)
	}
	equal(t, "commits", 3, b.record("m").Version-version)
	for _, tx := range b.history("m") {
		equal(t, "personal detail", "", tx.Reason+tx.Actor)
	}
}
