package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
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

// TestBrokenStores makes one mistake after another: each must be found, at least
// by the case whose rule it breaks, and each case must find one.
func TestBrokenStores(t *testing.T) {
	useful := map[string]bool{}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			failed := failures(t, func() ledger.Store {
				b := &broken{Store: memory.New()}
				m.make(b)
				return b
			})
			if failed[m.want] == "" {
				t.Errorf("case %s did not find it; found by %v", m.want, failed)
			}
			useful[m.want] = true
		})
	}
	for _, c := range cases {
		if !useful[c.name] {
			t.Errorf("no mistake here shows what case %s is for", c.name)
		}
	}
	if failed := failures(t, func() ledger.Store { return memory.New() }); len(failed) > 0 {
		t.Errorf("the store without a mistake fails: %v", failed)
	}
}

// failures runs every case and gives the messages of those that failed.
func failures(t *testing.T, newStore func() ledger.Store) map[string]string {
	failed := map[string]string{}
	for _, c := range cases {
		if r := record(t, func(r *recorder) { c.check(r, newStore()) }); r.message != "" {
			failed[c.name] = r.message
			if !strings.HasPrefix(r.message, "rule broken: "+c.rule+"\n") {
				t.Errorf("%s fails without its rule: %s", c.name, r.message)
			}
		}
	}
	return failed
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

var mistakes = []struct {
	name string
	want string // the case that must find it
	make func(*broken)
}{
	{"an owner never seen is an error", "AbsentOwner", func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			snap, err := b.Store.Load(ctx, owners, keys)
			for _, o := range owners {
				if snap.Records[o].Version == 0 {
					return snap, errors.New("no rows")
				}
			}
			return snap, err
		}
	}},
	{"details are stored as parsed JSON", "RoundTrip", eachTransaction(func(tx *ledger.Transaction) {
		if len(tx.Details) > 0 {
			var b bytes.Buffer
			if json.Compact(&b, tx.Details) == nil {
				tx.Details = b.Bytes()
			}
		}
	})},
	{"the actor's column was forgotten", "RoundTrip", eachTransaction(func(tx *ledger.Transaction) { tx.Actor = "" })},
	{"documents are not stored", "RoundTrip", eachRecord(func(r *ledger.Record) { r.Docs = nil })},
	{"times are kept to the millisecond", "Microseconds", eachRecord(func(r *ledger.Record) { r.Due = r.Due.Truncate(time.Millisecond) })},
	{"times come back in the server's zone", "Microseconds", eachRecord(func(r *ledger.Record) { r.Due = r.Due.In(time.FixedZone("east", 3600)) })},
	{"points are kept as floats", "Extremes", eachRecord(func(r *ledger.Record) {
		eachLot(r, func(l *ledger.Lot) { l.Points = int64(float64(l.Points-1)/2) * 2 })
	})},
	{"aliases are not indexed", "Aliases", func(b *broken) { withoutKeys(b, "~reverse/") }},
	{"references are not indexed", "Aliases", func(b *broken) { withoutKeys(b, "~ref/") }},
	{"versions are not checked", "StaleVersion", unchecked},
	{"versions are not checked in a race", "Race", unchecked},
	{"the version is looked at before the transaction begins", "Race", lateCheck},
	{"a change is committed record by record", "AllOrNothing", piecemeal},
	{"a taken key is passed over", "KeyTaken", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			err := b.Store.Commit(ctx, c)
			if errors.Is(err, ledger.ErrConflict) && strings.Contains(err.Error(), "taken") {
				c.Transactions = nil // insert … on conflict do nothing
				err = b.Store.Commit(ctx, c)
			}
			return err
		}
	}},
	{"keys are unique over all owners", "SameKeyOtherOwner", func(b *broken) {
		var owners sync.Map
		b.commit = func(ctx context.Context, c ledger.Change) error {
			for _, tx := range c.Transactions {
				if o, _ := owners.LoadOrStore(tx.Key.ID, tx.Key.Owner); o != tx.Key.Owner {
					return ledger.ErrConflict
				}
			}
			return b.Store.Commit(ctx, c)
		}
	}},
	{"only the last transaction of a change is kept", "Batch", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			if n := len(c.Transactions); n > 0 {
				c.Transactions = c.Transactions[n-1:]
			}
			return b.Store.Commit(ctx, c)
		}
	}},
	{"rows are written but never deleted", "GoneRows", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			c.Writes = slices.Clone(c.Writes)
			for i := range c.Writes {
				w := &c.Writes[i]
				for name, doc := range w.Before.Docs {
					if _, ok := w.After.Docs[name]; !ok {
						w.After.Docs = map[string]json.RawMessage{name: doc}
					}
				}
			}
			return b.Store.Commit(ctx, c)
		}
	}},
	{"history knows one order", "HistoryOrder", func(b *broken) {
		b.history = func(ctx context.Context, q ledger.Query) (ledger.Page, error) {
			q.Oldest = true
			return b.Store.History(ctx, q)
		}
	}},
	{"the last page has a next", "HistoryOrder", func(b *broken) {
		b.history = func(ctx context.Context, q ledger.Query) (ledger.Page, error) {
			page, err := b.Store.History(ctx, q)
			if n := len(page.Transactions); n > 0 && n == q.Limit && page.Next == "" {
				page.Next = "0"
			}
			return page, err
		}
	}},
	{"the end of a window is in it", "HistoryBounds", func(b *broken) {
		b.history = func(ctx context.Context, q ledger.Query) (ledger.Page, error) {
			if !q.Until.IsZero() {
				q.Until = q.Until.Add(1)
			}
			return b.Store.History(ctx, q)
		}
	}},
	{"pages are counted from the newest", "CursorWhileWriting", offsets},
	{"any cursor will do", "ForeignCursor", func(b *broken) {
		b.history = func(ctx context.Context, q ledger.Query) (ledger.Page, error) {
			page, err := b.Store.History(ctx, q)
			if errors.Is(err, ledger.ErrCursor) {
				q.Cursor = ""
				return b.Store.History(ctx, q)
			}
			return page, err
		}
	}},
	{"due owners come in any order", "Due", func(b *broken) {
		b.due = func(ctx context.Context, t time.Time, limit int) ([]string, error) {
			due, err := b.Store.Due(ctx, t, limit)
			slices.Sort(due)
			return due, err
		}
	}},
	{"who is due this moment is not due", "Due", func(b *broken) {
		b.due = func(ctx context.Context, t time.Time, limit int) ([]string, error) {
			return b.Store.Due(ctx, t.Add(-1), limit)
		}
	}},
	{"the limit is not kept", "Due", func(b *broken) {
		b.due = func(ctx context.Context, t time.Time, _ int) ([]string, error) { return b.Store.Due(ctx, t, 1000) }
	}},
	{"contexts are not looked at", "CancelledContext", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			return b.Store.Commit(context.WithoutCancel(ctx), c)
		}
	}},
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
			for o, r := range snap.Records {
				alter(&r)
				snap.Records[o] = r
			}
			return snap, err
		}
	}
}

func eachLot(r *ledger.Record, alter func(*ledger.Lot)) {
	r.Accounts = slices.Clone(r.Accounts)
	for i := range r.Accounts {
		r.Accounts[i].Lots = slices.Clone(r.Accounts[i].Lots)
		for j := range r.Accounts[i].Lots {
			alter(&r.Accounts[i].Lots[j])
		}
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
	b.commit = func(ctx context.Context, c ledger.Change) error {
		c.Writes = slices.Clone(c.Writes)
		for i := range c.Writes {
			snap, err := b.Store.Load(ctx, []string{c.Writes[i].After.Owner}, nil)
			if err != nil {
				return err
			}
			c.Writes[i].Before.Version = snap.Records[c.Writes[i].After.Owner].Version
		}
		return b.Store.Commit(ctx, c)
	}
}

// lateCheck compares versions, but lets two committers that have both compared both write.
func lateCheck(b *broken) {
	var both sync.WaitGroup // the first two of a race wait for each other
	both.Add(2)
	var mu sync.Mutex
	waiting, locked := 0, *b
	unchecked(&locked)
	b.commit = func(ctx context.Context, c ledger.Change) error {
		snap, err := b.Store.Load(ctx, []string{c.Writes[0].After.Owner}, nil)
		if err != nil {
			return err
		}
		if snap.Records[c.Writes[0].After.Owner].Version != c.Writes[0].Before.Version {
			return ledger.ErrConflict
		}
		if mu.Lock(); waiting < 2 && len(c.Transactions) > 0 && strings.HasPrefix(c.Transactions[0].Key.ID, "k 0 ") {
			waiting++
			both.Done()
			mu.Unlock()
			both.Wait()
		} else {
			mu.Unlock()
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
