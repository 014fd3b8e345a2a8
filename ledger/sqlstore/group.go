package sqlstore

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// groups let calls that wait at the same time share one statement or transaction of the
// database, as databases let transactions share one flush of the disk. A call that finds
// nobody there goes at once, so that a host with little to do waits for nothing. Others
// wait until those before them are done, and then go together. Loads and commits take
// turns: whoever loads together decides and commits together, and the next group has them all again. If a
// group fails, each of it goes by itself: one at fault does not harm the others.
//
// Nobody waits long: see patience. There is no goroutine but those of groups under way, and one now and then that looks
// after those who wait.
type groups struct {
	mu      sync.Mutex
	busy    int              // statements or transactions under way
	waiting [actions][]*call // in the order they came
	last    action
	watched bool // somebody looks after those who wait
}

// action is what a call is about.
type action int

const (
	loads action = iota
	commits
	actions
)

const (
	maxGroup     = 64  // calls that go together
	maxGroupRows = 256 // transactions that are committed together, but for the first call's
	maxShared    = 8   // owners, and keys, of a load that goes with others: a long one is not to hold them up
	crowd        = 32  // calls that wait before a third group starts beside two
	maxBusy      = 4   // groups at a time, on PostgreSQL
	// patience is how long a call waits for others, or up to twice as long, before it goes by itself: they may be
	// waiting for a lock, were it one that the caller's own transaction holds.
	patience = 50 * time.Millisecond
	// breath is how long a group that has ended waits for as many as it had, before those go who wait.
	breath = 60 * time.Microsecond
)

// call is a load or a commit that waits.
type call struct {
	ctx     context.Context
	since   time.Time    // when it began to wait
	batch   *batch       // to commit, or nil
	load    *loading     // to load, or nil
	verdict chan verdict // of room for one
}

// verdict is what a call is told.
type verdict struct {
	what outcome
	err  error // of one that is done
}

type outcome int

const (
	done  outcome = iota // what has become of it
	turn                 // it is its turn to go by itself, and then to let others go
	apart                // it is to go by itself, and others go on meanwhile
)

// loading is a Load and what has come of it.
type loading struct {
	owners []string
	ids    []ledger.Key
	snap   ledger.Snapshot
}

func (c *call) action() action {
	if c.batch != nil {
		return commits
	}
	return loads
}

// shares tells what calls go together in the dialect. On SQLite, commits: it has one writer at a time,
// and its own way of waiting is unfair. On PostgreSQL both. MySQL and Citus have no way to
// give up a group that waits for a lock at once, but not a single commit.
func (d Dialect) shares(a action) bool { return d == Postgres || d == SQLite && a == commits }

// share does a call, by itself or with others.
func (s *Store) share(c *call) error {
	if !s.dialect.shares(c.action()) {
		return s.alone(c)
	}
	c.verdict, c.since = make(chan verdict, 1), time.Now()
	g := &s.groups
	g.mu.Lock()
	mine := &g.waiting[c.action()]
	*mine = append(*mine, c)
	start := g.busy == 0 || s.dialect != SQLite && (g.busy < 2 || g.busy < maxBusy && len(*mine) >= crowd)
	if start {
		g.busy++
	} else if !g.watched && s.dialect != SQLite {
		g.watched = true
		time.AfterFunc(patience, g.watch)
	}
	g.mu.Unlock()
	if start {
		s.next()
	}
	select {
	case v := <-c.verdict: // mostly: it was alone
		return s.heed(c, v)
	default:
	}
	select {
	case v := <-c.verdict:
		return s.heed(c, v)
	case <-c.ctx.Done():
		if g.leave(c) {
			return c.ctx.Err() // nothing has been done
		}
	}
	select {
	case v := <-c.verdict:
		return s.heed(c, v)
	case <-c.ctx.Done():
	}
	go func() { // it is under way: the turn, if it comes to that, must go on to others
		if v := <-c.verdict; v.what == turn {
			s.next()
		}
	}()
	return c.ctx.Err()
}

// watch sends those who have waited too long on their own way, as long as there is anybody to look after. One timer
// for all, now and then, since one for each call took a twentieth of a small commit's time.
func (g *groups) watch() {
	g.mu.Lock()
	defer g.mu.Unlock()
	late := time.Now().Add(-patience)
	for a := range g.waiting {
		g.waiting[a] = slices.DeleteFunc(g.waiting[a], func(c *call) bool {
			if c.since.After(late) {
				return false
			}
			c.verdict <- verdict{what: apart}
			return true
		})
	}
	if g.watched = g.waited() > 0; g.watched {
		time.AfterFunc(patience, g.watch)
	}
}

// leave takes a call out of those that wait, if it is among them still.
func (g *groups) leave(c *call) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := &g.waiting[c.action()]
	i := slices.Index(*list, c)
	if i >= 0 {
		*list = slices.Delete(*list, i, i+1)
	}
	return i >= 0
}

func (s *Store) heed(c *call, v verdict) error {
	switch v.what {
	case apart:
		return s.alone(c)
	case turn:
		err := s.do(c, true)
		s.next()
		if lockedOut(err) {
			return s.alone(c)
		}
		return err
	}
	return v.err
}

// lockedOut knows the error of one that was not to wait for a lock any longer.
func lockedOut(err error) bool {
	return slices.ContainsFunc(chain(nil, err), func(e error) bool {
		x, ok := e.(interface{ SQLState() string })
		return ok && x.SQLState() == "55P03" // lock_not_available
	})
}

// next gives the place of what has ended to those who wait.
func (s *Store) next() {
	if members := s.let(); members != nil {
		go func() {
			for ; members != nil; members = s.let() {
				s.together(members)
				if s.dialect != SQLite {
					s.groups.gather(len(members))
				}
			}
		}()
	}
}

// gather waits a moment for the members of a group that has ended: who has loaded comes back to commit as
// soon as it has decided, and who has committed may have more to do. It gives them the processor instead of
// sleeping, since a timer so short wakes a thread for nothing.
func (g *groups) gather(n int) {
	for end := time.Now().Add(breath); ; runtime.Gosched() {
		g.mu.Lock()
		here := g.waited()
		g.mu.Unlock()
		if here >= n || !time.Now().Before(end) {
			return
		}
	}
}

// waited is how many calls wait.
func (g *groups) waited() int { return len(g.waiting[loads]) + len(g.waiting[commits]) }

// let lets the next one go, if it is but one, or gives the group that is to go.
func (s *Store) let() []*call {
	runtime.Gosched() // whoever is about to come, comes along
	members := s.groups.take()
	if len(members) == 1 {
		members[0].verdict <- verdict{what: turn}
		return nil
	}
	return members
}

// take takes those who go together next: of the two sorts the one that has waited, mostly there is but one.
func (g *groups) take() []*call {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := 1 - g.last
	if len(g.waiting[a]) == 0 {
		a = g.last
	}
	g.last = a
	list := &g.waiting[a]
	n := fit(*list)
	if n == 0 {
		g.busy--
		return nil
	}
	members := slices.Clone((*list)[:n])
	*list = slices.Delete(*list, 0, n)
	return members
}

// fit is how many of the first can go together. No two commits write the same owner,
// since the second would be refused.
func fit(waiting []*call) int {
	owners := map[string]bool{}
	rows := 0
	for n, c := range waiting {
		if n == maxGroup {
			return n
		}
		if c.batch == nil {
			continue
		}
		rows += len(c.batch.put[transactions.id])
		if n > 0 && rows > maxGroupRows {
			return n
		}
		for _, r := range c.batch.put[records.id] {
			if owners[r[0].text] {
				return n
			}
		}
		for _, r := range c.batch.put[records.id] {
			owners[r[0].text] = true
		}
	}
	return len(waiting)
}

// alone does a call that others do not wait for.
func (s *Store) alone(c *call) error { return s.do(c, false) }

func (s *Store) do(c *call, shared bool) error {
	if c.batch != nil {
		return s.commitNow(c.ctx, c.batch, shared)
	}
	var err error
	c.load.snap, err = s.load(c.ctx, s.cached(), c.load.owners, c.load.ids)
	return err
}

// together does calls of one action, and tells them.
func (s *Store) together(members []*call) {
	ctx, stop := sharedContext(members)
	defer stop()
	var again bool
	var err error
	if members[0].batch != nil {
		again, err = s.commitTogether(ctx, members)
	} else {
		err = s.loadTogether(ctx, members)
		again = err != nil
	}
	for _, c := range members {
		if again {
			c.verdict <- verdict{what: apart}
		} else {
			c.verdict <- verdict{err: err}
		}
	}
}

func (s *Store) commitTogether(ctx context.Context, members []*call) (again bool, err error) {
	all := &batch{}
	for _, c := range members {
		all.join(c.batch)
	}
	all.sort()
	err = s.commitNow(ctx, all, true)
	return errors.Is(err, ledger.ErrConflict) || refused(err), err
}

// refused tells an answer of the database, after which nothing has been written, from
// a connection that is gone.
func refused(err error) bool {
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

func (s *Store) loadTogether(ctx context.Context, members []*call) error {
	var owners []string
	var ids []ledger.Key
	for _, c := range members {
		owners = append(owners, c.load.owners...)
		ids = append(ids, c.load.ids...)
	}
	g, err := s.collect(ctx, s.cached(), owners, ids)
	if err != nil {
		return err
	}
	for _, c := range members {
		if c.load.snap, err = g.snapshot(c.load.owners, c.load.ids); err != nil {
			return err
		}
	}
	return nil
}

// sharedContext ends when the contexts of all members have.
func sharedContext(members []*call) (context.Context, func()) {
	for _, c := range members {
		if c.ctx.Done() == nil { // never: and drivers need not watch it
			return context.WithoutCancel(c.ctx), func() {}
		}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(members[0].ctx))
	var left atomic.Int64
	left.Store(int64(len(members)))
	stops := make([]func() bool, len(members))
	for i, c := range members {
		stops[i] = context.AfterFunc(c.ctx, func() {
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
