package ledgertest

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// errInjected is a store that is down.
var errInjected = errors.New("ledgertest: injected failure")

// faults is a store that fails in every way a store may, as the dice have it, and keeps what
// it did to whom.
type faults struct {
	ledger.Store
	rand      *rand.Rand
	calm      bool // nothing fails
	commits   int  // that took effect
	recent    []ledger.Change
	call      *call
	meanwhile func(owner string) // what another process does between a load and a commit
}

// call is what the store did during one call of the ledger.
type call struct {
	applied  int  // commits that took effect
	behind   bool // the last of them was decided from what was true before, in part
	lied     bool // an error was given for one of them
	failed   bool // an error was given for what did not take effect
	conflict bool
	stale    bool // what was loaded last was of before
	loaded   int  // how many commits there had been then
}

// chance is true once in n times.
func (f *faults) chance(n int) bool { return !f.calm && f.rand.IntN(n) == 0 }

func (f *faults) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	if f.chance(100) {
		f.call.failed = true
		return ledger.Snapshot{}, errInjected
	}
	snap, err := f.Store.Load(ctx, owners, keys)
	f.call.loaded, f.call.stale = f.commits, false
	if err == nil && f.chance(20) {
		snap, f.call.stale = f.before(snap, 1+f.rand.IntN(len(f.recent)+1))
	}
	return snap, err
}

// before is a snapshot as of some commits ago, and whether that differs.
func (f *faults) before(s ledger.Snapshot, n int) (ledger.Snapshot, bool) {
	stale := false
	s = ledger.Snapshot{Records: slices.Clone(s.Records), Transactions: maps.Clone(s.Transactions)}
	for i := len(f.recent) - 1; i >= max(0, len(f.recent)-n); i-- {
		for _, w := range f.recent[i].Writes {
			if slices.ContainsFunc(s.Records, func(r ledger.Record) bool { return r.Owner == w.Before.Owner }) {
				s.Put(w.Before)
				stale = true
			}
		}
		for _, tx := range f.recent[i].Transactions {
			for k, had := range s.Transactions {
				if had.Key == tx.Key {
					delete(s.Transactions, k)
					stale = true
				}
			}
		}
	}
	return s, stale
}

func (f *faults) Commit(ctx context.Context, c ledger.Change) error {
	mine := f.call
	if f.meanwhile != nil && f.chance(25) {
		f.meanwhile(c.Writes[f.rand.IntN(len(c.Writes))].After.Owner)
	}
	switch {
	case f.chance(25):
		mine.conflict = true
		return ledger.ErrConflict
	case f.chance(50):
		mine.failed = true
		return errInjected
	}
	if err := f.Store.Commit(ctx, c); err != nil {
		// With the newest records and no one in between there is no reason to refuse.
		mine.conflict = errors.Is(err, ledger.ErrConflict) && (mine.stale || mine.loaded != f.commits)
		return err
	}
	mine.applied++
	mine.behind = mine.stale
	f.commits++
	f.recent = append(f.recent[max(0, len(f.recent)-3):len(f.recent):len(f.recent)], c)
	if f.chance(50) {
		mine.lied = true
		return errInjected
	}
	return nil
}

// History and Due fail as often as Load.
func (f *faults) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	if f.chance(100) {
		return ledger.Page{}, errInjected
	}
	return f.Store.History(ctx, q)
}

// Due implements ledger.Store.
func (f *faults) Due(ctx context.Context, t time.Time, limit int) ([]string, error) {
	if f.chance(100) {
		return nil, errInjected
	}
	return f.Store.Due(ctx, t, limit)
}
