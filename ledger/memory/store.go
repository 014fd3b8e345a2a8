// Package memory is a ledger.Store that keeps everything in the process: the
// reference for other stores, and what tests, simulations and dry runs need.
// It forgets all when the process ends.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// Store is a ledger.Store in memory, safe for concurrent use. The zero value is
// not ready; New makes one.
type Store struct {
	mu     sync.RWMutex
	owners map[string]*books
	due    schedule
	txs    journal
}

// books are what is kept of one owner.
type books struct {
	record  ledger.Record
	history []position
	byID    map[string]position // of the owner's own transactions; nil while the history is short
}

// short is how many transactions are sooner looked through than looked up.
const short = 8

var _ ledger.Store = (*Store)(nil)

// New makes an empty store.
func New() *Store { return &Store{owners: map[string]*books{}} }

// Load implements ledger.Store.
func (s *Store) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Snapshot{}, err
	}
	snap := ledger.Snapshot{Records: make([]ledger.Record, 0, len(owners))}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, o := range owners {
		snap.Put(s.record(o))
	}
	for _, k := range keys {
		if at, ok := s.find(k); ok {
			if snap.Transactions == nil {
				snap.Transactions = make(map[ledger.Key]ledger.Transaction, len(keys))
			}
			snap.Transactions[k] = s.txs.read(at)
		}
	}
	return snap, nil
}

// find finds a transaction by one of its ids.
func (s *Store) find(k ledger.Key) (position, bool) {
	b := s.owners[k.Owner]
	if b == nil {
		return position{}, false
	}
	if b.byID != nil {
		at, ok := b.byID[k.ID]
		return at, ok
	}
	for _, at := range b.history {
		if s.txs.has(at, k.Owner, k.ID) {
			return at, true
		}
	}
	return position{}, false
}

func (s *Store) record(owner string) ledger.Record {
	if b := s.owners[owner]; b != nil {
		return b.record
	}
	return ledger.Record{Owner: owner}
}

// Commit implements ledger.Store.
func (s *Store) Commit(ctx context.Context, c ledger.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(c); err != nil {
		return err
	}
	for _, w := range c.Writes {
		b := s.books(w.After.Owner)
		s.due.set(w.After.Owner, b.record.Due, w.After.Due)
		b.record = w.After
	}
	for i := range c.Transactions {
		s.add(&c.Transactions[i])
	}
	for i := range c.Erasures {
		s.replace(&c.Erasures[i])
	}
	return nil
}

// add puts a transaction at the end of its owners' histories.
func (s *Store) add(tx *ledger.Transaction) {
	at := s.txs.write(tx)
	for i := range tx.Links {
		b := s.books(tx.Links[i].Owner)
		b.history = append(b.history, at)
		switch {
		case b.byID != nil:
			b.index(tx, at)
		case len(b.history) > short:
			b.byID = make(map[string]position, 2*short)
			for _, at := range b.history {
				tx := s.txs.read(at)
				b.index(&tx, at)
			}
		}
	}
}

// index notes where a transaction's ids are found, if they are the owner's.
func (b *books) index(tx *ledger.Transaction, at position) {
	if tx.Key.Owner == b.record.Owner {
		for _, id := range tx.IDs() {
			b.byID[id] = at
		}
	}
}

// replace puts an erased transaction where the whole one was, of which nothing stays.
func (s *Store) replace(tx *ledger.Transaction) {
	was, _ := s.find(tx.Key)
	s.txs.wipe(was)
	at := s.txs.write(tx)
	for i := range tx.Links {
		l := &tx.Links[i]
		s.owners[l.Owner].history[l.Seq-1] = at
	}
	if home := s.owners[tx.Key.Owner]; home.byID != nil {
		home.index(tx, at)
	}
}

// check refuses a change whose versions have moved on or whose ids are taken,
// before anything is written.
func (s *Store) check(c ledger.Change) error {
	for _, w := range c.Writes {
		if have := s.record(w.After.Owner).Version; have != w.Before.Version {
			return fmt.Errorf("%w: %s is at version %d, not %d", ledger.ErrConflict, w.After.Owner, have, w.Before.Version)
		}
	}
	for _, tx := range c.Erasures {
		if _, ok := s.find(tx.Key); !ok {
			return fmt.Errorf("memory: nothing to erase under %s", tx.Key)
		}
	}
	var within map[ledger.Key]bool // ids of the change itself, when there are several
	for i := range c.Transactions {
		tx := &c.Transactions[i]
		ids := tx.IDs()
		if within == nil && len(c.Transactions)*len(ids) > 1 {
			within = make(map[ledger.Key]bool, len(c.Transactions))
		}
		for _, id := range ids {
			k := ledger.Key{Owner: tx.Key.Owner, ID: id}
			if _, ok := s.find(k); ok || within[k] {
				return fmt.Errorf("%w: key %s is taken", ledger.ErrConflict, k)
			}
			if within != nil {
				within[k] = true
			}
		}
	}
	return nil
}

func (s *Store) books(owner string) *books {
	b := s.owners[owner]
	if b == nil {
		b = &books{record: ledger.Record{Owner: owner}}
		s.owners[owner] = b
	}
	return b
}

// History implements ledger.Store.
func (s *Store) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Page{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var history []position
	if b := s.owners[q.Owner]; b != nil {
		history = b.history // grows only at its end, and a cursor counts from the start
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	next, step := len(history)-1, -1
	if q.Oldest {
		next, step = 0, 1
	}
	if q.Cursor != "" {
		n, err := strconv.Atoi(q.Cursor)
		if err != nil || n < 0 || n > len(history) || strconv.Itoa(n) != q.Cursor {
			return ledger.Page{}, fmt.Errorf("%w: %.40q", ledger.ErrCursor, q.Cursor)
		}
		next = n
	}
	var page ledger.Page
	for ; next >= 0 && next < len(history); next += step {
		t := s.txs.time(history[next])
		if !q.From.IsZero() && t.Before(q.From) || !q.Until.IsZero() && !t.Before(q.Until) {
			continue
		}
		if len(page.Transactions) == limit {
			page.Next = strconv.Itoa(next)
			break
		}
		page.Transactions = append(page.Transactions, s.txs.read(history[next]))
	}
	return page, nil
}

// Due implements ledger.Store.
func (s *Store) Due(ctx context.Context, t time.Time, limit int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.due.until(t, limit), nil
}

// Owners gives every owner there is, in order: for checks over the whole books.
func (s *Store) Owners() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	owners := make([]string, 0, len(s.owners))
	for o := range s.owners {
		owners = append(owners, o)
	}
	slices.SortFunc(owners, cmp.Compare)
	return owners
}
