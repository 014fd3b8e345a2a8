package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// faulty is a store that fails as its hooks say. A nil hook lets the call through.
type faulty struct {
	*memory.Store
	load   func(n int) error                  // before the n-th Load, from 1
	before func(n int, c ledger.Change) error // instead of the n-th Commit
	after  func(n int) error                  // although the n-th Commit took effect
	loads  int
	tries  int
}

func (f *faulty) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	f.loads++
	if f.load != nil {
		if err := f.load(f.loads); err != nil {
			return ledger.Snapshot{}, err
		}
	}
	return f.Store.Load(ctx, owners, keys)
}

func (f *faulty) Commit(ctx context.Context, c ledger.Change) error {
	f.tries++
	n := f.tries
	if f.before != nil {
		if err := f.before(n, c); err != nil {
			return err
		}
	}
	if err := f.Store.Commit(ctx, c); err != nil {
		return err
	}
	if f.after != nil {
		return f.after(n)
	}
	return nil
}

var errDisk = errors.New("disk on fire")

// first gives an error once, the first time.
func first(err error) func(int) error {
	return func(n int) error {
		if n == 1 {
			return err
		}
		return nil
	}
}

// openFaulty gives books whose ledger works on the faulty store, and whose helpers do not.
func openFaulty(t *testing.T, f *faulty, attempts int) *books {
	t.Helper()
	b := open(t)
	f.Store = b.store
	l, err := ledger.New(ledger.Config{Store: f, Attempts: attempts})
	if err != nil {
		t.Fatal(err)
	}
	b.Ledger = l
	return b
}

func TestUpdate_Failures(t *testing.T) {
	never := func(err error) func(int) error { return func(int) error { return err } }
	instead := func(f func(int) error) func(int, ledger.Change) error {
		return func(n int, _ ledger.Change) error { return f(n) }
	}
	for _, row := range []struct {
		rule      string
		store     faulty
		want      []error // none is success
		available int64   // after it
		replayed  bool
		commits   int
	}{
		{rule: "a conflict is decided again", store: faulty{before: instead(first(ledger.ErrConflict))}, available: 10, commits: 2},
		{rule: "conflicts without end are given up", store: faulty{before: instead(never(ledger.ErrConflict))}, want: []error{ledger.ErrConflict}, commits: 4},
		{
			rule: "an error after the commit is settled by the key: no double effect", store: faulty{after: first(errDisk)},
			available: 10, replayed: true, commits: 1,
		},
		{
			rule: "an error before the commit leaves the outcome open, and is kept", store: faulty{before: instead(first(errDisk))},
			want: []error{ledger.ErrUnknownOutcome, errDisk}, commits: 1,
		},
		{
			rule: "so does one that cannot be looked into", store: faulty{after: first(errDisk), load: func(n int) error {
				if n == 2 {
					return context.DeadlineExceeded
				}
				return nil
			}},
			want: []error{ledger.ErrUnknownOutcome, errDisk, context.DeadlineExceeded}, available: 10, commits: 1,
		},
		{rule: "an error of loading is the store's own", store: faulty{load: never(errDisk)}, want: []error{errDisk}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that waiting between attempts takes no time
				store := &row.store
				b := openFaulty(t, store, 4)
				in := ledger.Earn{Unit: points, Points: 10}
				got, err := b.Post(t.Context(), ask("k", day(0)), in)
				if len(row.want) == 0 && err != nil {
					t.Fatal(err)
				}
				for _, want := range row.want {
					if !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				}
				equal(t, "replayed", row.replayed, got.Replayed)
				equal(t, "available", row.available, b.account("m").Balance(day(0)).Available)
				equal(t, "commits tried", row.commits, store.tries)

				// Whatever happened, sending it again settles it.
				store.load, store.before, store.after = nil, nil, nil
				b.post(ask("k", day(0)), in)
				equal(t, "available in the end", 10, b.balance("m", day(0)).Available)
			})
		})
	}
}

// What someone else committed in between is decided upon anew: the points are gone.
func TestUpdate_ConflictChangesTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{}
		b := openFaulty(t, f, 0)
		b.earn("m", "in", 10, day(0), never)
		other, err := ledger.New(ledger.Config{Store: f.Store})
		if err != nil {
			t.Fatal(err)
		}
		f.tries, f.before = 0, func(n int, _ ledger.Change) error {
			if n > 1 {
				return nil
			}
			_, err := other.Post(t.Context(), ask("other", day(0)), ledger.Redeem{Unit: points, Points: 8})
			return err
		}
		_, err = b.Post(t.Context(), ask("k", day(0)), ledger.Redeem{Unit: points, Points: 8})
		e, _ := errors.AsType[*ledger.InsufficientPointsError](err)
		equal(t, "error", &ledger.InsufficientPointsError{Owner: "m", Unit: points, Needed: 8, Available: 2}, e)
	})
}

// Whoever waits, waits for one who writes the same owner: a thousand others go on.
func TestUpdate_OthersDoNotWait(t *testing.T) {
	f := &faulty{}
	b := openFaulty(t, f, 0)
	entered, leave := make(chan struct{}), make(chan struct{})
	f.before = func(n int, _ ledger.Change) error {
		if n == 1 {
			close(entered)
			<-leave
		}
		return nil
	}
	done := make(chan error)
	go func() {
		_, err := b.Post(t.Context(), ask("k", day(0)), ledger.Earn{Unit: points, Points: 1})
		done <- err
	}()
	<-entered
	for i := range 1000 {
		req := ask("k", day(0))
		req.Owner = fmt.Sprint("other ", i)
		b.post(req, ledger.Earn{Unit: points, Points: 1})
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A caller whose context ends while it waits, in the queue or between attempts,
// goes away and leaves nothing behind; those after it are served.
func TestUpdate_CancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &faulty{}
		b := openFaulty(t, f, 0)
		entered, leave := make(chan struct{}), make(chan struct{})
		f.before = func(n int, _ ledger.Change) error {
			if n == 1 {
				close(entered)
				<-leave
			}
			return nil
		}
		done := make(chan error, 2)
		post := func(ctx context.Context, id string) {
			_, err := b.Post(ctx, ask(id, day(0)), ledger.Earn{Unit: points, Points: 1})
			done <- err
		}
		go post(t.Context(), "holds the queue")
		<-entered
		ctx, cancel := context.WithCancel(t.Context())
		go post(ctx, "waits")
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		close(leave)
		if err := <-done; err != nil {
			t.Errorf("the one before: %v", err)
		}
		b.post(ask("the one after", day(0)), ledger.Earn{Unit: points, Points: 1})
		equal(t, "available", 2, b.balance("m", day(0)).Available)

		f.before = func(int, ledger.Change) error { return ledger.ErrConflict }
		ctx, cancel = context.WithTimeout(t.Context(), time.Microsecond)
		defer cancel()
		if _, err := b.Post(ctx, ask("conflicts", day(0)), ledger.Earn{Unit: points, Points: 1}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want context.DeadlineExceeded", err)
		}
	})
}

// Owners that share a change are queued for in one order, whatever order they come in.
func TestUpdate_SeveralOwners(t *testing.T) {
	b := open(t)
	names := []string{"ann", "bob", "cai", "dan"}
	atOnce(24, func(i int) {
		from, to := names[i%4], names[(i+1+i/4%3)%4]
		err := b.Update(context.Background(), []string{from, to}, nil, func(d *ledger.Draft) error {
			for _, owner := range []string{from, to} {
				req := ledger.Request{Owner: owner, ID: "k" + string(rune('a'+i)), At: day(0)}
				if _, err := d.Post(req, ledger.Earn{Unit: points, Points: 1}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	var sum int64
	for _, name := range names {
		sum += b.balance(name, day(0)).Available
	}
	equal(t, "points of all", 48, sum)
}

// A document and points are written together or not at all, and a decision that
// changes nothing is not committed.
func TestUpdate_Documents(t *testing.T) {
	f := &faulty{}
	b := openFaulty(t, f, 0)
	write := func(fail error) error {
		return b.Update(t.Context(), []string{"m"}, nil, func(d *ledger.Draft) error {
			d.SetDoc("m", "tier", json.RawMessage(`"gold"`))
			d.SetDocsDue("m", day(3))
			if _, err := d.Post(ask("k", day(0)), ledger.Earn{Unit: points, Points: 1}); err != nil {
				return err
			}
			return fail
		})
	}
	if err := write(errDisk); err != errDisk {
		t.Fatalf("got %v, want the decision's own error", err)
	}
	equal(t, "record", ledger.Record{Owner: "m"}, b.record("m"))
	if err := write(nil); err != nil {
		t.Fatal(err)
	}
	rec := b.record("m")
	equal(t, "document", `"gold"`, string(rec.Docs["tier"]))
	equal(t, "due", day(3), rec.Due)
	equal(t, "version", 1, rec.Version)
	tries := f.tries
	b.tick("m", day(4)) // a document's due is its owner's to settle
	if err := b.Update(t.Context(), []string{"m"}, nil, func(*ledger.Draft) error { return nil }); err != nil {
		t.Fatal(err)
	}
	equal(t, "commits of nothing", 0, f.tries-tries)
	if err := b.Update(t.Context(), []string{"m"}, nil, func(d *ledger.Draft) error {
		d.SetDoc("m", "tier", nil)
		d.SetDocsDue("m", never)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	rec = b.record("m")
	equal(t, "documents", 0, len(rec.Docs))
	equal(t, "due", never, rec.Due)
}
