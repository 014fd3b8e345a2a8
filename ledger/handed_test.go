package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// slow is a store whose first commit, once it is held, waits until it is let go; between is what
// happens after it. It counts loads.
type slow struct {
	*memory.Store
	mu      sync.Mutex
	loads   int
	keys    int // asked for by them
	held    chan struct{}
	between func()
}

func (s *slow) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	s.mu.Lock()
	s.loads++
	s.keys += len(keys)
	s.mu.Unlock()
	return s.Store.Load(ctx, owners, keys)
}

func (s *slow) Commit(ctx context.Context, c ledger.Change) error {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	if held != nil {
		<-held
		if s.between != nil {
			defer s.between()
		}
	}
	return s.Store.Commit(ctx, c)
}

// TestWritersInTurn has writers of one owner wait for one whose commit takes its time. Each gets the record
// from the one before, and yet what became of each is what it would be had it loaded.
func TestWritersInTurn(t *testing.T) {
	earn := func(n int64) ledger.Op { return ledger.Earn{Unit: points, Points: n} }
	redeem := func(n int64) ledger.Op { return ledger.Redeem{Unit: points, Points: n} }
	for _, tt := range []struct {
		name    string
		waiting func(done func(id string, op ledger.Op, reference string, want error, replayed bool))
		loads   int // besides that of the first
		left    int64
	}{
		{"nobody loads", func(done func(string, ledger.Op, string, error, bool)) {
			for i := range 5 {
				done(fmt.Sprint("more ", i), earn(10), "", nil, false)
			}
			done("spend", redeem(50), "invoice 7", nil, false)
		}, 0, 100},
		{"a repeat of what was just granted", func(done func(string, ledger.Op, string, error, bool)) {
			done("held", earn(100), "", nil, true)
			done("more", earn(1), "", nil, false)
		}, 2, 101}, // the repeat, and the one after it, to which nothing is left
		{"a repeat of long ago, which would be refused now", func(done func(string, ledger.Op, string, error, bool)) {
			done("all", redeem(1000), "", nil, true)
		}, 1, 100},
		{"a repeat of long ago, which could be granted again", func(done func(string, ledger.Op, string, error, bool)) {
			done("in", earn(1000), "invoice 1", nil, true)
		}, 1, 100},
		{"a key of long ago for something else", func(done func(string, ledger.Op, string, error, bool)) {
			done("in", earn(5), "", ledger.ErrKeyReused, false)
		}, 1, 100},
		{"a reference of long ago", func(done func(string, ledger.Op, string, error, bool)) {
			done("new", earn(5), "invoice 1", ledger.ErrReferenceUsed, false)
		}, 1, 100},
		{"too much is refused by what the store says", func(done func(string, ledger.Op, string, error, bool)) {
			done("too much", redeem(101), "", ledger.ErrInsufficientPoints, false)
			done("just enough", redeem(100), "", nil, false)
		}, 2, 0},
		{"what needs an earlier transaction loads it", func(done func(string, ledger.Op, string, error, bool)) {
			done("back", ledger.Reverse{Of: "all"}, "", nil, false)
		}, 1, 1100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &slow{Store: memory.New()}
				l, err := ledger.New(ledger.Config{Store: s})
				if err != nil {
					t.Fatal(err)
				}
				post := func(id string, op ledger.Op, reference string) (ledger.Receipt, error) {
					req := ledger.Request{Owner: "m", ID: id, At: day(1), Reference: reference}
					return l.Post(t.Context(), req, op)
				}
				for _, r := range []struct {
					id, reference string
					op            ledger.Op
				}{{"in", "invoice 1", earn(1000)}, {"all", "", redeem(1000)}} {
					if _, err := post(r.id, r.op, r.reference); err != nil {
						t.Fatal(err)
					}
				}
				s.held = make(chan struct{})
				hold := s.held
				var all sync.WaitGroup
				all.Go(func() {
					if _, err := post("held", earn(100), ""); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				s.loads = 0
				tt.waiting(func(id string, op ledger.Op, reference string, want error, replayed bool) {
					all.Go(func() {
						got, err := post(id, op, reference)
						if !errors.Is(err, want) || got.Replayed != replayed {
							t.Errorf("%s: got %v, replayed %v; want %v, %v", id, err, got.Replayed, want, replayed)
						}
					})
					synctest.Wait() // so that they wait in this order
				})
				close(hold)
				all.Wait()
				equal(t, "loads", tt.loads, s.loads)
				b, err := l.Balance(t.Context(), "m", points, day(1))
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "available", tt.left, b.Available)
				page, err := s.History(t.Context(), ledger.Query{Owner: "m", Oldest: true})
				if err != nil {
					t.Fatal(err)
				}
				if err := ledger.Verify("m", page.Transactions); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestAnotherProcessBetween: the record that is left to the next writer is out of date when another process
// has written meanwhile; then the store says so, and the next writer loads.
func TestAnotherProcessBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{Store: memory.New()}
		l, err := ledger.New(ledger.Config{Store: s})
		if err != nil {
			t.Fatal(err)
		}
		other, err := ledger.New(ledger.Config{Store: s.Store})
		if err != nil {
			t.Fatal(err)
		}
		request := func(id string) ledger.Request { return ledger.Request{Owner: "m", ID: id, At: day(1)} }
		s.between = func() { // the first commit of l has been made
			if _, err := other.Post(t.Context(), request("elsewhere"), ledger.Earn{Unit: points, Points: 7}); err != nil {
				t.Error(err)
			}
		}
		s.held = make(chan struct{})
		hold := s.held
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				if _, err := l.Post(t.Context(), request(fmt.Sprint(i)), ledger.Earn{Unit: points, Points: 100}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		close(hold)
		all.Wait()
		b, err := l.Balance(t.Context(), "m", points, day(1))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "available", int64(307), b.Available)
	})
}
