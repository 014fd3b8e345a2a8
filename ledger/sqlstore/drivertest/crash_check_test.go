package drivertest_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// TestCrashCheck plants what a crash must not leave behind, one thing at a time, and
// wants it found.
func TestCrashCheck(t *testing.T) {
	const owner = "client0-member0"
	tests := []struct {
		name  string
		crash func(before, after books) books
	}{
		{"nothing", nil},
		{"an acknowledged transaction is lost", func(before, after books) books { return before }},
		{"one owner of two is as before", func(before, after books) books {
			return after.with(crashPool, before.records[crashPool], before.histories[crashPool])
		}},
		{"the record alone is written", func(before, after books) books {
			return after.with(owner, after.records[owner], before.histories[owner])
		}},
		{"the history alone is written", func(before, after books) books {
			return after.with(owner, before.records[owner], after.histories[owner])
		}},
		{"a transaction is there twice", func(before, after books) books {
			h := after.histories[owner]
			return after.with(owner, after.records[owner], append(h[:len(h):len(h)], h[len(h)-1]))
		}},
		{"a lot has the wrong number of points", func(before, after books) books {
			rec := after.records[owner]
			rec.Accounts = append([]ledger.Account(nil), rec.Accounts...)
			lots := slices.Collect(rec.Accounts[0].Lots.All())
			lots[0].Points++
			rec.Accounts[0].Lots = ledger.NewLots(lots...)
			return after.with(owner, rec, after.histories[owner])
		}},
		{"a version is skipped", func(before, after books) books {
			rec := after.records[owner]
			rec.Version++
			return after.with(owner, rec, after.histories[owner])
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &client{script: script{seed: 1}, store: memory.New()}
			c.oracle = newLedger(t, c.store)
			owners := append(c.owners(), crashPool)
			// Up to the first gift of a member that has points left.
			var before, after books
			for found := false; !found; {
				before = readBooks(t, c.store, owners)
				c.advance(t, len(c.expected)+1)
				after = readBooks(t, c.store, owners)
				gift := len(after.histories[crashPool]) > len(before.histories[crashPool]) && len(before.histories[crashPool]) > 0
				found = gift && after.records[owner].Seq > before.records[owner].Seq && !after.records[owner].Accounts[0].Lots.IsZero()
			}
			c.acknowledged = c.expected
			if tt.crash != nil {
				after = tt.crash(before, after)
			}
			err := after.sound()
			if err == nil {
				err = c.compare(t, after)
			}
			if (err == nil) != (tt.crash == nil) {
				t.Errorf("check says %v", err)
			}
		})
	}
}

// with is the books with one owner's replaced.
func (b books) with(owner string, rec ledger.Record, history []ledger.Transaction) books {
	records, histories := maps.Clone(b.records), maps.Clone(b.histories)
	records[owner], histories[owner] = rec, history
	return newBooks(records, histories)
}
