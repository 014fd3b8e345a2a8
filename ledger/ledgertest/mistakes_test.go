package ledgertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

var mistakes = []struct {
	name string
	want string // the case that must find it
	make func(*broken)
}{
	{"an owner never seen is an error", "AbsentOwner", func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			snap, err := b.Store.Load(ctx, owners, keys)
			for _, o := range owners {
				if snap.Record(o).Version == 0 {
					return snap, errors.New("no rows")
				}
			}
			return snap, err
		}
	}},
	{"records come in the order of the question", "AnyQuestion", func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			snap, err := b.Store.Load(ctx, owners, keys)
			if len(owners) == 2 && owners[0] > owners[1] {
				slices.Reverse(snap.Records)
			}
			return snap, err
		}
	}},
	{"an owner asked for twice has every lot twice", "AnyQuestion", func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			snap, err := b.Store.Load(ctx, owners, keys)
			for i, o := range owners {
				if rec := snap.Record(o); slices.Contains(owners[:i], o) {
					rec.Accounts = slices.Clone(rec.Accounts)
					rec.Accounts[0].Lots = ledger.NewLots(slices.Repeat(slices.Collect(rec.Accounts[0].Lots.All()), 2)...)
					snap.Put(rec)
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
	{"documents are kept as parsed JSON", "Documents", eachRecord(func(r *ledger.Record) {
		r.Docs = maps.Clone(r.Docs)
		for name, doc := range r.Docs {
			var b bytes.Buffer
			if json.Compact(&b, doc) == nil {
				r.Docs[name] = b.Bytes()
			}
		}
	})},
	{"documents are named without case", "Documents", eachRecord(func(r *ledger.Record) {
		docs := map[string]json.RawMessage{}
		for _, name := range slices.Sorted(maps.Keys(r.Docs)) {
			docs[strings.ToLower(name)] = r.Docs[name]
		}
		r.Docs = docs
	})},
	{"a change of one document takes the others away", "Documents", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			c.Writes = slices.Clone(c.Writes)
			for i := range c.Writes {
				w := &c.Writes[i]
				if touched := w.TouchedDocs(); len(touched) > 0 {
					w.After.Docs = maps.Clone(w.After.Docs)
					maps.DeleteFunc(w.After.Docs, func(name string, _ json.RawMessage) bool { return !slices.Contains(touched, name) })
				}
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
	{"lots forget the event they await", "RoundTrip", eachRecord(func(r *ledger.Record) {
		eachLot(r, func(l *ledger.Lot) { l.Await = "" })
	})},
	{"a load is cut at a hundred owners", "ManyOwners", func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			return b.Store.Load(ctx, owners[:min(100, len(owners))], keys)
		}
	}},
	{"a transaction is in the history of its home owner alone", "TwoOwners", eachPage(func(q ledger.Query, page *ledger.Page) {
		page.Transactions = slices.DeleteFunc(page.Transactions, func(tx ledger.Transaction) bool { return tx.Key.Owner != q.Owner })
	})},
	{"a key is found under each owner of its transaction", "TwoOwners", foundUnderEach},
	{"one version of two is looked at", "TwoVersions", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			if c.Writes = slices.Clone(c.Writes); len(c.Writes) == 2 {
				w := &c.Writes[1]
				snap, err := b.Store.Load(ctx, []string{w.After.Owner}, nil)
				if err != nil {
					return err
				}
				w.Before = snap.Record(w.After.Owner)
			}
			return b.Store.Commit(ctx, c)
		}
	}},
	{"erasures are not carried out", "Erasures", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			c.Erasures = nil
			return b.Store.Commit(ctx, c)
		}
	}},
	{"an erasure forgets the other owner's history", "Erasures", func(b *broken) {
		var kept sync.Map
		b.commit = func(ctx context.Context, c ledger.Change) error {
			for _, tx := range c.Transactions {
				kept.Store(tx.Key, tx)
			}
			return b.Store.Commit(ctx, c)
		}
		eachPage(func(q ledger.Query, page *ledger.Page) {
			for i, tx := range page.Transactions {
				if old, ok := kept.Load(tx.Key); ok && tx.Key.Owner != q.Owner {
					page.Transactions[i] = old.(ledger.Transaction)
				}
			}
		})(b)
	}},
	{"an erasure is written without a look at the version", "Erasures", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			if len(c.Erasures) > 0 {
				return overwrite(ctx, b.Store, c)
			}
			return b.Store.Commit(ctx, c)
		}
	}},
	{"documents that are not the host's are left out", "Closed", eachRecord(func(r *ledger.Record) {
		r.Docs = maps.Clone(r.Docs)
		maps.DeleteFunc(r.Docs, func(name string, _ json.RawMessage) bool { return strings.HasPrefix(name, "~") })
	})},
	{"documents are written without a new version", "Versions", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			if c.Writes = slices.Clone(c.Writes); len(c.Transactions) == 0 && len(c.Writes) > 0 {
				c.Writes[0].After.Version--
			}
			return b.Store.Commit(ctx, c)
		}
	}},
	{"owners are compared without case", "Bytewise", func(b *broken) {
		b.load = func(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
			keys = slices.Clone(keys)
			for i := range keys {
				keys[i].Owner = strings.ToLower(keys[i].Owner)
			}
			return b.Store.Load(ctx, owners, keys)
		}
	}},
	{"ids are cut at 191 bytes", "Lengths", eachTransaction(func(tx *ledger.Transaction) { tx.Key.ID = tx.Key.ID[:min(191, len(tx.Key.ID))] })},
	{"a commit that comes too late is told as something else", "Writers", func(b *broken) {
		b.commit = func(ctx context.Context, c ledger.Change) error {
			if err := b.Store.Commit(ctx, c); err != nil {
				return errors.New("deadlock detected")
			}
			return nil
		}
	}},
	{"owners are loaded one by one", "OneMoment", oneByOne},
	{"debts are not stored", "LikeMemory", eachRecord(func(r *ledger.Record) {
		r.Accounts = slices.Clone(r.Accounts)
		for i := range r.Accounts {
			r.Accounts[i].Debt = 0
		}
	})},
}
