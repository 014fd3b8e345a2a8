package sqlstore

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loyaltykit/loyalty/ledger"
)

// group lets commits that wait at the same time share one transaction of the
// database, as databases themselves let transactions share one flush of the disk. A
// commit that finds no other under way goes by itself at once. A group of which one is refused has
// written nothing, and each of it goes by itself.
type group struct {
	mu      sync.Mutex
	busy    int        // how many transactions are under way
	waiting []*pending // in the order they came
}

// pending is one commit that waits.
type pending struct {
	ctx     context.Context
	batch   *batch
	verdict chan verdict // of room for one
}

// verdict is what a waiting commit is told: that it is its turn to go by itself, or
// what has become of it.
type verdict struct {
	turn bool
	err  error
}

const (
	maxGroup     = 64  // commits in a group
	maxGroupRows = 512 // postings in a group, but for its first commit
)

// lanes is how many commits of a process may be under way at a time. More do not
// make a database faster; they make groups smaller.
func (d Dialect) lanes() int {
	if d == SQLite {
		return 1 // it has one writer at a time, and its own way of waiting is unfair
	}
	return 2
}

// commitShared commits a batch, by itself or with others.
func (s *Store) commitShared(ctx context.Context, b *batch) error {
	g := &s.group
	g.mu.Lock()
	if g.busy < s.dialect.lanes() {
		g.busy++
		g.mu.Unlock()
		defer s.next()
		return s.commitAlone(ctx, b)
	}
	p := &pending{ctx, b, make(chan verdict, 1)}
	g.waiting = append(g.waiting, p)
	g.mu.Unlock()
	select {
	case v := <-p.verdict:
		return s.heed(p, v)
	case <-ctx.Done():
	}
	g.mu.Lock()
	i := slices.Index(g.waiting, p)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	g.mu.Unlock()
	if i < 0 {
		select {
		case v := <-p.verdict: // just now
			return s.heed(p, v)
		default:
			go func() { // the turn may come yet
				if v := <-p.verdict; v.turn {
					s.next()
				}
			}()
		}
	}
	return ctx.Err()
}

func (s *Store) heed(p *pending, v verdict) error {
	if !v.turn {
		return v.err
	}
	defer s.next()
	return s.commitAlone(p.ctx, p.batch)
}

// next gives the place of a transaction that has ended to those who wait.
func (s *Store) next() {
	g := &s.group
	g.mu.Lock()
	n := together(g.waiting)
	members := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	if n == 0 {
		g.busy--
	}
	g.mu.Unlock()
	switch n {
	case 0:
	case 1:
		members[0].verdict <- verdict{turn: true}
	default:
		go s.commitTogether(members)
	}
}

// together is how many of those who wait may go together: no two write the same
// owner, since the second would be refused.
func together(waiting []*pending) int {
	owners := map[string]bool{}
	rows := 0
	for n, p := range waiting {
		rows += len(p.batch.put[postings.id])
		if n == maxGroup || n > 0 && rows > maxGroupRows {
			return n
		}
		for _, r := range p.batch.put[records.id] {
			if owners[r[0].(string)] {
				return n
			}
		}
		for _, r := range p.batch.put[records.id] {
			owners[r[0].(string)] = true
		}
	}
	return len(waiting)
}

// commitTogether commits for all members, and tells them.
func (s *Store) commitTogether(members []*pending) {
	defer s.next()
	all := &batch{}
	for _, p := range members {
		all.join(p.batch)
	}
	all.sort()
	ctx, stop := sharedContext(members)
	defer stop()
	err := s.commitAlone(ctx, all)
	again := errors.Is(err, ledger.ErrConflict) || s.refused(err)
	for _, p := range members {
		if again { // one of them is at fault, and the others are not to suffer for it
			err = s.commitAlone(p.ctx, p.batch)
		}
		p.verdict <- verdict{err: err}
	}
}

// refused tells an answer of the database, after which nothing has been written, from
// a connection that is gone.
func (s *Store) refused(err error) bool {
	for _, e := range chain(nil, err) {
		if x, ok := e.(interface{ SQLState() string }); ok {
			state := x.SQLState() + "  "
			return state[:2] != "08" && state[:2] != "57" && state[:2] != "58" // connection, operator, system
		}
		if _, ok := code(e, "Number"); ok {
			return true
		}
		if _, ok := code(e, "Code"); ok {
			return true
		}
	}
	return false
}

// sharedContext ends when the contexts of all members have.
func sharedContext(members []*pending) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(members[0].ctx))
	var left atomic.Int64
	left.Store(int64(len(members)))
	stops := make([]func() bool, len(members))
	for i, p := range members {
		stops[i] = context.AfterFunc(p.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}
