package drivertest_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger/sqlstore"
	"github.com/loyaltykit/loyalty/ledger/sqlstore/drivertest/server"
)

// TestCrashPostgres kills a server that clients write to, again and again, at random
// moments, and starts it on the files it left.
func TestCrashPostgres(t *testing.T) {
	t.Logf("-crash.seed=%d -crash.kills=%d", *crashSeed, kills())
	s := server.NewPostgres(t)
	dsn := s.Database(t)
	clients := newClients(t, *crashSeed)
	chance := rand.New(rand.NewPCG(*crashSeed, 2))
	for range kills() {
		crashServer(t, s, crashStore(t, postgres, dsn), clients, chance)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		check(t, crashStore(t, postgres, dsn), clients)
	}
	store := crashStore(t, postgres, dsn)
	settle(t, store, clients)
	repeat(t, store, clients)
	t.Log(summary(clients))
}

// crashServer has the clients write and kills the server after a random number of
// acknowledgements and a random moment more.
func crashServer(t *testing.T, s *server.Server, store *sqlstore.Store, clients []*client, chance *rand.Rand) {
	t.Helper()
	after, more := int64(1+chance.IntN(150)), time.Duration(chance.IntN(3000))*time.Microsecond
	var heard atomic.Int64
	var killing atomic.Bool
	var all sync.WaitGroup
	enough := make(chan struct{})
	for _, c := range clients {
		all.Go(func() {
			for l := newLedger(t, store); ; {
				o, _, err := c.send(t.Context(), l, c.next())
				if err != nil {
					if !killing.Load() {
						t.Error(err)
					}
					return
				}
				c.acknowledged = append(c.acknowledged, o)
				if heard.Add(1) == after {
					close(enough)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		all.Wait()
		close(ended)
	}()
	select {
	case <-enough:
	case <-ended:
		t.Fatal("no client goes on")
	}
	<-time.After(more)
	killing.Store(true)
	s.Kill()
	<-ended
	if t.Failed() {
		t.FailNow()
	}
}
