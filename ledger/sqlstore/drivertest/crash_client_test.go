package drivertest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// client is one script under way: what was acknowledged, and a ledger in memory that
// nothing ever happens to and that has been sent the same.
type client struct {
	script
	acknowledged []outcome // by number of request
	store        *memory.Store
	oracle       *ledger.Ledger
	expected     []outcome // the oracle's: those acknowledged and perhaps the next
	unheard      int       // how many took effect that a crash kept from being acknowledged
}

func newClients(t testing.TB, seed uint64) []*client {
	t.Helper()
	clients := make([]*client, crashClients)
	for i := range clients {
		c := &client{script: script{seed, i}, store: memory.New()}
		c.oracle = newLedger(t, c.store)
		clients[i] = c
	}
	return clients
}

func newLedger(t testing.TB, store ledger.Store) *ledger.Ledger {
	t.Helper()
	l, err := ledger.New(ledger.Config{Store: store, Attempts: 100})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// next is the number of the request whose outcome the client does not know.
func (c *client) next() int { return len(c.acknowledged) }

// advance has the oracle do the first n requests.
func (c *client) advance(t testing.TB, n int) {
	t.Helper()
	for len(c.expected) < n {
		o, _, err := c.send(t.Context(), c.oracle, len(c.expected))
		if err != nil {
			t.Fatal(err)
		}
		c.expected = append(c.expected, o)
	}
}

// check holds what is found after a crash against what was acknowledged before it:
// all of that is there once and just as the oracle has it. The one request under
// way at the crash has taken effect whole or not at all.
func check(t testing.TB, store ledger.Store, clients []*client) {
	t.Helper()
	owners := []string{crashPool}
	for _, c := range clients {
		owners = append(owners, c.owners()...)
	}
	b := readBooks(t, store, owners)
	if err := b.sound(); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		c.advance(t, c.next())
		if req, _ := c.request(c.next()); len(b.found[ledger.Key{Owner: req.Owner, ID: req.ID}]) > 0 && len(c.expected) == c.next() {
			c.advance(t, c.next()+1)
			c.unheard++
		}
		if err := c.compare(t, b); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *client) compare(t testing.TB, b books) error {
	t.Helper()
	for n, o := range c.acknowledged {
		if o != c.expected[n] {
			return fmt.Errorf("client %d was told %s of request %d, the oracle %s", c.client, o, n, c.expected[n])
		}
		req, _ := c.request(n)
		found := b.found[ledger.Key{Owner: req.Owner, ID: req.ID}]
		if o.IsZero() && len(found) == 0 || len(found) == 1 && found[0] == o.Hash {
			continue
		}
		return fmt.Errorf("client %d was told %s of request %d, found is %v", c.client, o, n, found)
	}
	snap, err := c.store.Load(t.Context(), c.owners(), nil)
	if err != nil {
		return err
	}
	for _, owner := range c.owners() {
		if diff := cmp.Diff(snap.Record(owner), b.records[owner], cmpopts.EquateEmpty()); diff != "" {
			return fmt.Errorf("client %d, %d requests acknowledged, %d found: record of %s (-oracle +found):\n%s",
				c.client, c.next(), len(c.expected), owner, diff)
		}
	}
	return nil
}

// repeat sends every request that was granted again. None may take effect again.
func repeat(t testing.TB, store ledger.Store, clients []*client) {
	t.Helper()
	l := newLedger(t, store)
	for _, c := range clients {
		for n, want := range c.acknowledged {
			if want.IsZero() {
				continue // refused; as things stand now it may be granted
			}
			got, replayed, err := c.send(t.Context(), l, n)
			if err != nil {
				t.Fatal(err)
			}
			if got != want || !replayed {
				t.Fatalf("client %d, request %d again: %s, replayed %t; was %s", c.client, n, got, replayed, want)
			}
		}
	}
	check(t, store, clients)
}

func summary(clients []*client) string {
	var acknowledged, granted, unheard int
	for _, c := range clients {
		acknowledged += len(c.acknowledged)
		for _, o := range c.acknowledged {
			if !o.IsZero() {
				granted++
			}
		}
		unheard += c.unheard
	}
	return fmt.Sprintf("%d requests acknowledged, %d of them granted; %d took effect unheard", acknowledged, granted, unheard)
}
