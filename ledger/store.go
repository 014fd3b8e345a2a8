package ledger

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"
)

// Store is the host's whole duty: four methods over whatever database it has.
// Package ledgertest holds the suite that any Store must pass, and
// ledger/memory the reference.
//
// Methods may be called at the same time from many goroutines. Records and
// transactions that a Store gives out are never changed by the caller, and those it is given
// never by the Store: both sides may keep them without copying. Times come in UTC
// and whole microseconds and must be given back so. Errors other than
// ErrConflict and ErrCursor are passed to the caller as they are.
type Store interface {
	// Load returns one Record for each of the owners (version 0 when new) and the
	// transactions committed under any of the keys. What is not there is left
	// out of Snapshot.Transactions: absence is no error. All of it is of one
	// moment: never one owner before a commit and another after it.
	Load(ctx context.Context, owners []string, keys []Key) (Snapshot, error)

	// Commit makes the whole change durable, or nothing of it. It returns
	// ErrConflict when a record's stored version is not Write.Before.Version, or an id of
	// a transaction is taken. The latter is no rarity: a Ledger mostly leaves it to Commit to
	// find that a request is a repeat. It may refuse a document that is not JSON, with another error.
	Commit(ctx context.Context, c Change) error

	// History returns the transactions of an owner, page by page. Pages begun
	// before a commit go on without gap or repeat after it.
	History(ctx context.Context, q Query) (Page, error)

	// Due returns up to limit owners whose Due is set and at or before t,
	// earliest first.
	Due(ctx context.Context, t time.Time, limit int) ([]string, error)
}

// Copier is what a Store may be besides: one that once Commit has returned keeps of a Change neither Writes
// nor Transactions, and of a Record without Docs neither Accounts nor Lots of FewLots or fewer, other
// than by copying them. A Ledger then draws up the next change in the same memory.
type Copier interface {
	// Copies gives the store that does so: itself. One that wraps another, and has this method from it,
	// has so said nothing of its own.
	Copies() Store
}

// FewLots is how many lots a Copier copies. More of them it may keep as they are.
const FewLots = 16

// Snapshot is what a decision is made from.
type Snapshot struct {
	Records      []Record            // one for each of the owners asked for, by owner
	Transactions map[Key]Transaction // by the key asked for, which may be an alias of the transaction's own
}

// Record gives the record of an owner; one that was not loaded is as that of a new owner.
func (s Snapshot) Record(owner string) Record {
	if i, ok := s.find(owner); ok {
		return s.Records[i]
	}
	return Record{Owner: owner}
}

// Put puts a record where it belongs, in place of one of the same owner.
func (s *Snapshot) Put(r Record) {
	i, ok := s.find(r.Owner)
	if ok {
		s.Records[i] = r
		return
	}
	s.Records = slices.Insert(s.Records, i, r)
}

// find finds an owner's record, or its place.
func (s *Snapshot) find(owner string) (int, bool) {
	if n := len(s.Records); n == 0 || s.Records[n-1].Owner < owner {
		return n, false // stores put them in order
	}
	return slices.BinarySearchFunc(s.Records, owner, func(r Record, o string) int { return strings.Compare(r.Owner, o) })
}

// Change is what a decision comes to. A Change without writes is empty and is not committed.
type Change struct {
	Writes       []Write       // by owner
	Transactions []Transaction // in the order they were decided
	// Erasures are transactions committed before, without their Reason, Actor and
	// Details and with Erased set: they take the place of what is stored under
	// their Key, in every owner's history. Nothing else of them differs.
	Erasures []Transaction
}

// Write replaces one record. After.Version is Before.Version + 1.
type Write struct {
	Before, After Record
}

// Touched is what a Write changes within a record, for a store that keeps lots,
// holds and documents as rows of their own. An ID that is in Before and no
// longer in After is a row to delete.
type Touched struct {
	Lots  []LotRef
	Holds []LotRef // ID is the hold's
	Docs  []string
}

// LotRef names a lot or a hold of an account.
type LotRef struct{ Unit, ID string }

// Touched compares the record before and after.
func (w Write) Touched() Touched {
	t := Touched{Docs: w.TouchedDocs()}
	for _, r := range w.bothWays() {
		for i := range r.from.Accounts {
			a := &r.from.Accounts[i]
			b := r.to.Account(a.Unit)
			lots, _ := a.Lots.Since(b.Lots)
			if r.from == &w.Before {
				_, lots = b.Lots.Since(a.Lots)
			}
			for i := range lots {
				t.Lots = append(t.Lots, LotRef{a.Unit, lots[i].ID})
			}
			for _, h := range a.Holds {
				if indexHold(b.Holds, h.ID) < 0 {
					t.Holds = append(t.Holds, LotRef{a.Unit, h.ID})
				}
			}
		}
	}
	return t
}

// TouchedDocs is Touched.Docs, for a store that keeps accounts as they are. When there are none, documents need not
// be written.
func (w Write) TouchedDocs() (names []string) {
	for _, r := range w.bothWays() {
		for name, doc := range r.from.Docs {
			if other, ok := r.to.Docs[name]; !ok || r.from == &w.After && !bytes.Equal(doc, other) {
				names = append(names, name)
			}
		}
	}
	return names
}

// bothWays is for what is new or other after it, and then for what is no longer there.
func (w *Write) bothWays() [2]struct{ from, to *Record } {
	return [2]struct{ from, to *Record }{{&w.After, &w.Before}, {&w.Before, &w.After}}
}

// Query asks for transactions of one owner.
type Query struct {
	Owner  string
	From   time.Time // those whose Time is at or after it; zero is all
	Until  time.Time // those whose Time is before it; zero is all
	Oldest bool      // oldest first; newest first otherwise. Order is that of Link.Seq
	Limit  int       // at most so many; 0 is the store's choice
	Cursor string    // Page.Next of the page before; "" begins
}

// Page is some of what a Query asked for.
type Page struct {
	Transactions []Transaction
	Next         string // the cursor of the next page; "" when this is the last
}
