package ledgertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// broken is a good store that a mistake has been made in: a hook that is set takes
// the place of the method.
type broken struct {
	*memory.Store
	load    func(context.Context, []string, []ledger.Key) (ledger.Snapshot, error)
	commit  func(context.Context, ledger.Change) error
	history func(context.Context, ledger.Query) (ledger.Page, error)
	due     func(context.Context, time.Time, int) ([]string, error)
}

func (b *broken) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	if b.load != nil {
		return b.load(ctx, owners, keys)
	}
	return b.Store.Load(ctx, owners, keys)
}

func (b *broken) Commit(ctx context.Context, c ledger.Change) error {
	if b.commit != nil {
		return b.commit(ctx, c)
	}
	return b.Store.Commit(ctx, c)
}

func (b *broken) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	if b.history != nil {
		return b.history(ctx, q)
	}
	return b.Store.History(ctx, q)
}

func (b *broken) Due(ctx context.Context, t time.Time, limit int) ([]string, error) {
	if b.due != nil {
		return b.due(ctx, t, limit)
	}
	return b.Store.Due(ctx, t, limit)
}

// TestBrokenStores makes one mistake after another: each must be found by the case
// whose rule it breaks, and each case must find one.
func TestBrokenStores(t *testing.T) {
	useful := map[string]bool{}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			i := slices.IndexFunc(cases, func(c testCase) bool { return c.name == m.want })
			b := &broken{Store: memory.New()}
			m.make(b)
			r := record(t, func(r *recorder) { cases[i].check(r, b) })
			if !strings.HasPrefix(r.message, "rule broken: "+cases[i].rule+"\n") {
				t.Errorf("case %s did not find it, but: %q", m.want, r.message)
			}
			useful[m.want] = true
		})
	}
	for _, c := range cases {
		if !useful[c.name] {
			t.Errorf("no mistake here shows what case %s is for", c.name)
		}
	}
}

// recorder keeps a failure instead of failing the test.
type recorder struct {
	*testing.T
	message string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.message = fmt.Sprintf(format, args...)
	panic(r)
}

func record(t *testing.T, f func(*recorder)) (r *recorder) {
	r = &recorder{T: t}
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
	}()
	f(r)
	return r
}

// eachTransaction alters transactions on their way into the store.
func eachTransaction(alter func(*ledger.Transaction)) func(*broken) {
	return func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			c.Transactions = slices.Clone(c.Transactions)
			for i := range c.Transactions {
				alter(&c.Transactions[i])
			}
			return b.Store.Commit(ctx, c)
		}
	}
}

// eachRecord alters records on their way out of the store.
func eachRecord(alter func(*ledger.Record)) func(*broken) {
	return func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			snap, err := b.Store.Load(ctx, owners, keys)
			for i := range snap.Records {
				alter(&snap.Records[i])
			}
			return snap, err
		}
	}
}

func eachLot(r *ledger.Record, alter func(*ledger.Lot)) {
	r.Accounts = slices.Clone(r.Accounts)
	for i := range r.Accounts {
		list := slices.Collect(r.Accounts[i].Lots.All())
		for j := range list {
			alter(&list[j])
		}
		r.Accounts[i].Lots = ledger.NewLots(list...)
	}
}

func withoutKeys(b *broken, prefix string) {
	b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
		keys = slices.DeleteFunc(slices.Clone(keys), func(k ledger.Key) bool { return strings.HasPrefix(k.ID, prefix) })
		return b.Store.Load(ctx, owners, keys)
	}
}

// unchecked overwrites whatever version is there.
func unchecked(b *broken) {
	b.commit = func(ctx context.Context, c ledger.Change) error { return overwrite(ctx, b.Store, c) }
}

func overwrite(ctx context.Context, store *memory.Store, c ledger.Change) error {
	c.Writes = slices.Clone(c.Writes)
	for i := range c.Writes {
		snap, err := store.Load(ctx, []string{c.Writes[i].After.Owner}, nil)
		if err != nil {
			return err
		}
		c.Writes[i].Before.Version = snap.Record(c.Writes[i].After.Owner).Version
	}
	return store.Commit(ctx, c)
}

// lateCheck compares versions with a read that is one commit old, and so lets a second
// committer through.
func lateCheck(b *broken) {
	locked := *b
	unchecked(&locked)
	b.commit = func(ctx context.Context, c ledger.Change) error {
		for _, w := range c.Writes {
			snap, err := b.Store.Load(ctx, []string{w.After.Owner}, nil)
			if err != nil {
				return err
			}
			if have := snap.Record(w.After.Owner).Version; w.Before.Version != have && w.Before.Version != have-1 {
				return ledger.ErrConflict
			}
		}
		return locked.commit(ctx, c)
	}
}

// piecemeal commits each record with its own transactions.
func piecemeal(b *broken) {
	b.commit = func(ctx context.Context, c ledger.Change) error {
		for _, w := range c.Writes {
			part := ledger.Change{Writes: []ledger.Write{w}}
			for _, tx := range c.Transactions {
				if tx.Key.Owner == w.After.Owner {
					part.Transactions = append(part.Transactions, tx)
				}
			}
			if err := b.Store.Commit(ctx, part); err != nil {
				return err
			}
		}
		return nil
	}
}

// offsets pages by how many entries came before, so that a new one shifts all the others.
func offsets(b *broken) {
	b.history = func(ctx context.Context, q ledger.Query) (ledger.Page, error) {
		skip, err := strconv.Atoi(cmp.Or(q.Cursor, "0"))
		if err != nil || skip < 0 || skip > 1000 {
			return ledger.Page{}, ledger.ErrCursor
		}
		limit := cmp.Or(q.Limit, 100)
		q.Cursor, q.Limit = "", 1000
		page, err := b.Store.History(ctx, q)
		rest := page.Transactions[min(skip, len(page.Transactions)):]
		if page.Next = ""; len(rest) > limit {
			rest, page.Next = rest[:limit], strconv.Itoa(skip+limit)
		}
		page.Transactions = rest
		return page, err
	}
}

// eachPage alters pages on their way out of the store.
func eachPage(alter func(ledger.Query, *ledger.Page)) func(*broken) {
	return func(b *broken) {
		b.history = func(ctx context.Context, q ledger.Query) (ledger.Page, error) {
			page, err := b.Store.History(ctx, q)
			alter(q, &page)
			return page, err
		}
	}
}

// foundUnderEach answers for a key under any owner that the transaction touches.
func foundUnderEach(b *broken) {
	var homes sync.Map
	b.commit = func(ctx context.Context, c ledger.Change) error {
		for _, tx := range c.Transactions {
			for _, l := range tx.Links {
				homes.LoadOrStore(ledger.Key{Owner: l.Owner, ID: tx.Key.ID}, tx)
			}
		}
		return b.Store.Commit(ctx, c)
	}
	b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
		snap, err := b.Store.Load(ctx, owners, keys)
		for _, k := range keys {
			if tx, ok := homes.Load(k); ok && snap.Transactions != nil {
				snap.Transactions[k] = tx.(ledger.Transaction)
			}
		}
		return snap, err
	}
}

// oneByOne loads each owner by itself, and once has a commit in between.
func oneByOne(b *broken) {
	first, between, second := make(chan struct{}), make(chan struct{}), make(chan struct{})
	b.commit = func(ctx context.Context, c ledger.Change) error {
		gift := func(id string) bool {
			return len(c.Transactions) > 0 && c.Transactions[0].Key == ledger.Key{Owner: "a", ID: id}
		}
		if gift("gift 1") {
			<-between
			defer close(second)
		}
		if gift("gift 0") {
			defer close(first)
		}
		return b.Store.Commit(ctx, c)
	}
	var once sync.Once
	b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
		select {
		case <-first:
		default:
			return b.Store.Load(ctx, owners, keys)
		}
		snap, err := b.Store.Load(ctx, owners[:1], keys)
		if err != nil || len(owners) < 2 {
			return snap, err
		}
		once.Do(func() {
			close(between)
			<-second
		})
		rest, err := b.Store.Load(ctx, owners[1:], nil)
		for _, r := range rest.Records {
			snap.Put(r)
		}
		return snap, err
	}
}
