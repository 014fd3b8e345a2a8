// Package memory is a ledger.Store that keeps everything in the process: the
// reference for other stores, and what tests, simulations and dry runs need.
// It forgets all when the process ends.
package memory

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// Store is a ledger.Store in memory, safe for concurrent use. The zero value is
// not ready; New makes one.
//
// It keeps nearly everything as bytes and numbers in pages that hold no pointers, so that a
// garbage collection takes no longer for the books of a million members than for those of ten.
type Store struct {
	mu    sync.RWMutex
	seed  maphash.Seed
	names table // owners by name
	ids   table // positions of transactions by their home owner and one of their ids
	pages []*[ownersPage]owner
	count uint32 // of owners

	blocks arena            // small records and short histories
	large  []*ledger.Record // the others, of which the owner has the place
	spare  []uint32         // places in large that are free
	long   [][]position
	last   visit        // of the last commit
	draft  recordWriter // memory for the record being written

	due schedule
	txs journal
}

var (
	_ ledger.Store  = (*Store)(nil)
	_ ledger.Copier = (*Store)(nil)
)

// New makes an empty store.
func New() *Store { return &Store{seed: maphash.MakeSeed()} }

// Copies implements ledger.Copier.
func (s *Store) Copies() ledger.Store { return s }

// Load implements ledger.Store.
func (s *Store) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Snapshot{}, err
	}
	var snap ledger.Snapshot
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, k := range keys {
		if at, ok := s.findID(k.Owner, k.ID); ok {
			if snap.Transactions == nil {
				snap.Transactions = make(map[ledger.Key]ledger.Transaction, len(keys))
			}
			snap.Transactions[k] = s.txs.read(at)
		}
	}
	switch len(owners) {
	case 0:
	case 1:
		snap.Records = s.record(owners[0])
	default:
		snap.Records = make([]ledger.Record, 0, len(owners))
		for _, o := range owners {
			snap.Put(s.record(o)[0])
		}
	}
	return snap, nil
}

// record gives an owner's record, alone in a list.
func (s *Store) record(name string) []ledger.Record {
	if i, ok := s.find(name, s.hash(name)); ok {
		return s.read(s.owner(i), name)
	}
	return []ledger.Record{{Owner: name}}
}

// findID finds a transaction by one of its ids.
func (s *Store) findID(home, id string) (position, bool) {
	p, tag := s.ids.at(s.hashID(home, id))
	at, _, ok := s.seekID(p, tag, home, id)
	return at, ok
}

func (s *Store) seekID(p *part, tag uint64, home, id string) (at position, slot uint64, ok bool) {
	n, slot, ok := p.seek(tag, tag)
	for ; ok; n, slot, ok = p.seek(slot+1, tag) {
		if s.txs.has(position(n), home, id) {
			return position(n), slot, true
		}
	}
	return 0, 0, false
}

// Commit implements ledger.Store.
func (s *Store) Commit(ctx context.Context, c ledger.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(&c); err != nil {
		return err
	}
	for i := range c.Writes {
		rec := &c.Writes[i].After
		n := s.enter(rec.Owner)
		s.reschedule(n, momentOf(rec.Due))
		s.keep(s.owner(n), rec)
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
		s.append(s.owner(s.enter(tx.Links[i].Owner)), at)
	}
	for _, id := range tx.IDs() {
		p, tag := s.ids.at(s.hashID(tx.Key.Owner, id))
		p.add(uint64(at), tag)
	}
}

// replace puts an erased transaction where the whole one was, of which nothing stays.
func (s *Store) replace(tx *ledger.Transaction) {
	at := s.txs.write(tx)
	for i := range tx.Links {
		l := &tx.Links[i]
		s.place(s.owner(s.enter(l.Owner)), int(l.Seq-1), at)
	}
	var was position
	for _, id := range tx.IDs() {
		p, tag := s.ids.at(s.hashID(tx.Key.Owner, id))
		old, slot, _ := s.seekID(p, tag, tx.Key.Owner, id)
		p.set(slot, uint64(at))
		was = old
	}
	s.txs.wipe(was)
}

// check refuses a change whose versions have moved on or whose ids are taken,
// before anything is written.
func (s *Store) check(c *ledger.Change) error {
	for i := range c.Writes {
		w := &c.Writes[i]
		var have int64
		if n, ok := s.lookUp(w.After.Owner); ok {
			have = s.version(s.owner(n))
		}
		if have != w.Before.Version {
			return fmt.Errorf("%w: %s is at version %d, not %d", ledger.ErrConflict, w.After.Owner, have, w.Before.Version)
		}
	}
	for i := range c.Erasures {
		if k := c.Erasures[i].Key; !s.taken(k) {
			return fmt.Errorf("memory: nothing to erase under %s", k)
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
			if s.taken(k) || within[k] {
				return fmt.Errorf("%w: key %s is taken", ledger.ErrConflict, k)
			}
			if within != nil {
				within[k] = true
			}
		}
	}
	return nil
}

func (s *Store) taken(k ledger.Key) bool {
	_, ok := s.findID(k.Owner, k.ID)
	return ok
}

// History implements ledger.Store.
func (s *Store) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Page{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	o := new(owner)
	if i, ok := s.find(q.Owner, s.hash(q.Owner)); ok {
		o = s.owner(i) // its history grows only at its end, and a cursor counts from the start
	}
	length := int(o.length)
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	next, step := length-1, -1
	if q.Oldest {
		next, step = 0, 1
	}
	if q.Cursor != "" {
		n, err := strconv.Atoi(q.Cursor)
		if err != nil || n < 0 || n > length || strconv.Itoa(n) != q.Cursor {
			return ledger.Page{}, fmt.Errorf("%w: %.40q", ledger.ErrCursor, q.Cursor)
		}
		next = n
	}
	var page ledger.Page
	for ; next >= 0 && next < length; next += step {
		at := s.position(o, next)
		t := s.txs.time(at)
		if !q.From.IsZero() && t.Before(q.From) || !q.Until.IsZero() && !t.Before(q.Until) {
			continue
		}
		if len(page.Transactions) == limit {
			page.Next = strconv.Itoa(next)
			break
		}
		page.Transactions = append(page.Transactions, s.txs.read(at))
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
	return s.dueBy(t, limit), nil
}

// Owners gives every owner there is, in order: for checks over the whole books.
func (s *Store) Owners() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	owners := make([]string, 0, s.count)
	for i := range s.count {
		owners = append(owners, s.name(s.owner(i)))
	}
	slices.SortFunc(owners, cmp.Compare)
	return owners
}
