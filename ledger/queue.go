package ledger

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
)

// queues let the writers of an owner take turns within the process, so that they do not
// collide in the store. Different owners have nothing to do with each other: one whose
// record a transaction of the host's holds keeps nobody waiting but those who want it.
type queues struct {
	seed   maphash.Seed
	shards [64]shard // so that owners mostly do not share a mutex either
}

type shard struct {
	mu   sync.Mutex
	busy []queue // no more than there are writers at a time
}

// queue is an owner being written, with the writers that wait, in the order they came.
type queue struct {
	owner   string
	waiting []chan *handed
}

// handed is what a writer leaves to the next one of the same owner: the record that it has just
// committed, so that the next need not load it. It is as fresh as a load at that moment would have found it.
type handed struct {
	record Record
	ids    []string // of the requests granted since the record was loaded
}

// next is what is left after a request under the keys has made the record what it is. Of nothing,
// the record was loaded.
func (h *handed) next(record *Record, keys []Key) *handed {
	n := &handed{record: *record}
	if h != nil {
		n.ids = h.ids
	}
	for _, k := range keys {
		n.ids = append(n.ids, k.ID)
	}
	return n
}

// maxHanded is how many requests of an owner may follow one another before the next one loads.
const maxHanded = 64

// fits tells whether nothing else need be known to decide a request: keys are its own, and none
// is among those just granted.
func (h *handed) fits(keys []Key) bool {
	return h != nil && len(h.ids) < maxHanded &&
		!slices.ContainsFunc(keys, func(k Key) bool { return slices.Contains(h.ids, k.ID) })
}

func newQueues() *queues { return &queues{seed: maphash.MakeSeed()} }

func (q *queues) shard(owner string) *shard {
	return &q.shards[maphash.String(q.seed, owner)%uint64(len(q.shards))]
}

// enter waits for a turn at each of the owners, in one order whatever they are, so that no two
// callers wait for each other. It gives the owners to leave, which it adds to list, and what the writer before
// has left to one who enters for a single owner.
func (q *queues) enter(ctx context.Context, owners, list []string) ([]string, *handed, error) {
	list = append(list, owners...)
	if len(list) > 1 {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	var left *handed
	for i, o := range list {
		var err error
		if left, err = q.shard(o).enter(ctx, o); err != nil {
			q.leave(list[:i], nil)
			return nil, nil, err
		}
	}
	if len(list) > 1 {
		left = nil
	}
	return list, left, nil
}

// leave gives the turns to the next. What is left is of the only owner.
func (q *queues) leave(owners []string, left *handed) {
	for _, o := range owners {
		q.shard(o).leave(o, left)
	}
}

// find finds an owner's queue, or gives -1.
func (s *shard) find(owner string) int {
	for i := range s.busy {
		if s.busy[i].owner == owner {
			return i
		}
	}
	return -1
}

func (s *shard) enter(ctx context.Context, owner string) (*handed, error) {
	s.mu.Lock()
	i := s.find(owner)
	if i < 0 {
		s.busy = append(s.busy, queue{owner: owner})
		s.mu.Unlock()
		return nil, nil
	}
	turn := make(chan *handed, 1)
	s.busy[i].waiting = append(s.busy[i].waiting, turn)
	s.mu.Unlock()
	select {
	case left := <-turn:
		return left, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	q := &s.busy[s.find(owner)] // there is one as long as somebody waits, or has the turn
	i = slices.Index(q.waiting, turn)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	s.mu.Unlock()
	if i < 0 { // the turn has just come
		s.leave(owner, <-turn)
	}
	return nil, ctx.Err()
}

// leave gives the turn to the next, if there is one.
func (s *shard) leave(owner string, left *handed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, last := s.find(owner), len(s.busy)-1
	if q := &s.busy[i]; len(q.waiting) > 0 {
		q.waiting[0] <- left
		q.waiting = q.waiting[1:]
		return
	}
	s.busy[i], s.busy[last] = s.busy[last], queue{}
	s.busy = s.busy[:last]
}
