package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

// at once runs n calls of f, all let go at the same moment.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// processes are ledgers that share a store but no queue, as in several processes.
func processes(t *testing.T, b *books, n int) []*ledger.Ledger {
	t.Helper()
	all := make([]*ledger.Ledger, n)
	for i := range all {
		var err error
		// As many attempts as there may be others: someone always gets through.
		if all[i], err = ledger.New(ledger.Config{Store: b.store, Attempts: 100}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestConcurrent_OneBalanceIsSpentOnce(t *testing.T) {
	for _, n := range []int{1, 4} {
		t.Run(fmt.Sprint(n, " processes"), func(t *testing.T) {
			b := open(t)
			b.earn("m", "in", 100, day(0), never)
			ledgers := processes(t, b, n)
			var granted, refused atomic.Int64
			atOnce(32, func(i int) {
				_, err := ledgers[i%n].Post(context.Background(), ask(fmt.Sprint("out", i), day(1)), ledger.Redeem{Unit: points, Points: 100})
				switch {
				case err == nil:
					granted.Add(1)
				case errors.Is(err, ledger.ErrInsufficientPoints):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
			equal(t, "granted and refused", [2]int64{1, 31}, [2]int64{granted.Load(), refused.Load()})
			equal(t, "balance", ledger.Balance{Unit: points, Earned: 100, Spent: 100}, b.balance("m", day(1)))
		})
	}
}

// Fact L43 (blnkfinance/blnk#144, formancehq/ledger#764): twenty workers earn one
// point each on a member never seen before.
func TestConcurrent_FirstUse(t *testing.T) {
	b := open(t)
	ledgers := processes(t, b, 5)
	atOnce(20, func(i int) {
		if _, err := ledgers[i%5].Post(context.Background(), ask(fmt.Sprint("k", i), day(0)), ledger.Earn{Unit: points, Points: 1}); err != nil {
			t.Error(err)
		}
	})
	equal(t, "available", 20, b.balance("m", day(0)).Available)
	equal(t, "version", 20, b.record("m").Version)
	equal(t, "owners", []string{"m"}, b.store.Owners())
}

// The same request from twenty workers is granted once, and all are told the same.
func TestConcurrent_SameRequest(t *testing.T) {
	b := open(t)
	ledgers := processes(t, b, 5)
	var first atomic.Int64
	atOnce(20, func(i int) {
		got, err := ledgers[i%5].Post(context.Background(), ask("k", day(0)), ledger.Earn{Unit: points, Points: 7})
		if err != nil || got.Transaction.Key.ID != "k" {
			t.Error(got, err)
		}
		if !got.Replayed {
			first.Add(1)
		}
	})
	equal(t, "granted", 1, first.Load())
	equal(t, "available", 7, b.balance("m", day(0)).Available)
}

// Fact L33 (formancehq/ledger@25f8708 test/stress/stress_test.go): two reversals of
// each of 500 entries, with keys of their own, by 20 workers.
func TestConcurrent_RacingReversals(t *testing.T) {
	const entries, workers, members = 500, 20, 80
	b := open(t)
	owner := func(i int) string { return fmt.Sprint("m", i%members) }
	for i := range entries {
		b.earn(owner(i), fmt.Sprint("e", i), 10, day(0), never)
	}
	ledgers := processes(t, b, 4)
	var granted, already, next atomic.Int64
	atOnce(workers, func(w int) {
		for n := next.Add(1) - 1; n < 2*entries; n = next.Add(1) - 1 {
			i := int(n / 2)
			req := ledger.Request{Owner: owner(i), ID: fmt.Sprint("r", n), At: day(1)}
			_, err := ledgers[w%4].Post(context.Background(), req, ledger.Reverse{Of: fmt.Sprint("e", i)})
			switch {
			case err == nil:
				granted.Add(1)
			case errors.Is(err, ledger.ErrAlreadyReversed):
				already.Add(1)
			default:
				t.Error(err)
			}
		}
	})
	equal(t, "granted and already reversed", [2]int64{entries, entries}, [2]int64{granted.Load(), already.Load()})
	var sum int64
	for _, o := range b.store.Owners() {
		sum += b.balance(o, day(1)).Total()
	}
	equal(t, "sum of all balances", 0, sum)
}

// Sweepers, readers and writers of the same owners do not get in each other's way.
func TestConcurrent_SweepWhileWriting(t *testing.T) {
	b := open(t)
	ledgers := processes(t, b, 3)
	atOnce(9, func(w int) {
		l, owner := ledgers[w%3], fmt.Sprint("m", w%2)
		for i := range 40 {
			at := day(i)
			var err error
			switch w / 3 {
			case 0:
				_, err = l.Post(context.Background(), ledger.Request{Owner: owner, ID: fmt.Sprint(w, "-", i), At: at},
					ledger.Earn{Unit: points, Points: 5, Expires: day(i + 3)}, ledger.PlaceHold{Unit: points, Points: 2, Until: day(i + 1)})
			case 1:
				err = l.Tick(context.Background(), owner, at)
			default:
				_, err = l.Balance(context.Background(), owner, points, at)
			}
			if err != nil && !errors.Is(err, ledger.ErrInsufficientPoints) {
				t.Error(err)
			}
		}
	})
}
