package drivertest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/ledger"
)

// books are all that a store has of some owners.
type books struct {
	records   map[string]ledger.Record
	histories map[string][]ledger.Transaction // oldest first
	found     map[ledger.Key][]ledger.Hash    // the transactions under a key, by their hash in the home owner's history
}

func readBooks(t testing.TB, store ledger.Store, owners []string) books {
	t.Helper()
	snap, err := store.Load(t.Context(), owners, nil)
	if err != nil {
		t.Fatal(err)
	}
	histories := make(map[string][]ledger.Transaction)
	for _, owner := range owners {
		q := ledger.Query{Owner: owner, Oldest: true, Limit: 1000}
		for {
			page, err := store.History(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			histories[owner] = append(histories[owner], page.Transactions...)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
	}
	records := make(map[string]ledger.Record, len(owners))
	for _, r := range snap.Records {
		records[r.Owner] = r
	}
	return newBooks(records, histories)
}

func newBooks(records map[string]ledger.Record, histories map[string][]ledger.Transaction) books {
	b := books{records, histories, make(map[ledger.Key][]ledger.Hash)}
	for owner, history := range histories {
		for _, tx := range history {
			if tx.Key.Owner == owner {
				link, _ := tx.Link(owner)
				b.found[tx.Key] = append(b.found[tx.Key], link.Hash)
			}
		}
	}
	return b
}

// sound tells what is wrong with the books by themselves: each history must be
// unbroken and come to the record beside it, each transaction must be in the history of
// every owner it names, and no points may be there that did not come from somewhere.
func (b books) sound() error {
	var errs []error
	for owner, history := range b.histories {
		if err := b.soundOwner(owner, history); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, b.bothSides(), b.conserved())...)
}

func (b books) soundOwner(owner string, history []ledger.Transaction) error {
	if err := ledger.Verify(owner, history); err != nil {
		return err
	}
	rec := b.records[owner]
	if rec.Seq != int64(len(history)) {
		return fmt.Errorf("%s has %d transactions by the record, %d in the history", owner, rec.Seq, len(history))
	}
	if len(history) > 0 {
		if link, _ := history[len(history)-1].Link(owner); link.Hash != rec.Head {
			return fmt.Errorf("the history of %s ends with %s, by the record with %s", owner, link.Hash, rec.Head)
		}
	}
	replayed, err := ledger.Replay(owner, history)
	if err != nil {
		return err
	}
	// A hold's times are not in its postings.
	times := cmpopts.IgnoreFields(ledger.Hold{}, "Made", "Until")
	if diff := cmp.Diff(replayed, rec.Accounts, times, cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("accounts of %s (-history +record):\n%s", owner, diff)
	}
	return nil
}

// bothSides tells of a transaction that one of its owners has and another has not,
// or that an owner has twice.
func (b books) bothSides() error {
	type place struct {
		key   ledger.Key
		owner string
	}
	times := make(map[place]int)
	for owner, history := range b.histories {
		for _, tx := range history {
			times[place{tx.Key, owner}]++
		}
	}
	var errs []error
	for _, history := range b.histories {
		for _, tx := range history {
			for _, link := range tx.Links {
				if n := times[place{tx.Key, link.Owner}]; n != 1 {
					errs = append(errs, fmt.Errorf("%s is %d times in the history of %s", tx.Key, n, link.Owner))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// conserved compares what came in and went out, over all owners, with what is there.
func (b books) conserved() error {
	var moved, there int64
	for owner, history := range b.histories {
		for _, tx := range history {
			if tx.Key.Owner != owner {
				continue // counted once, at home
			}
			for _, p := range tx.Postings {
				if p.From.Owner == "" {
					moved += p.Points
				}
				if p.To.Owner == "" {
					moved -= p.Points
				}
			}
		}
		for _, a := range b.records[owner].Accounts {
			there += held(a)
		}
	}
	if moved != there {
		return fmt.Errorf("%d points have come in and not gone out, %d are there", moved, there)
	}
	return nil
}

func held(a ledger.Account) (n int64) {
	n = a.Lots.Points()
	for _, h := range a.Holds {
		n += h.Points()
	}
	return n - a.Debt
}
