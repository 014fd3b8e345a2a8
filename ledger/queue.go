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
	waiting []chan struct{}
}

func newQueues() *queues { return &queues{seed: maphash.MakeSeed()} }

func (q *queues) shard(owner string) *shard {
	return &q.shards[maphash.String(q.seed, owner)%uint64(len(q.shards))]
}

// enter waits for a turn at each of the owners, in one order whatever they are, so that no two
// callers wait for each other. It gives the owners to leave, which it adds to list.
func (q *queues) enter(ctx context.Context, owners, list []string) ([]string, error) {
	list = append(list, owners...)
	if len(list) > 1 {
		slices.Sort(list)
		list = slices.Compact(list)
	}
	for i, o := range list {
		if err := q.shard(o).enter(ctx, o); err != nil {
			q.leave(list[:i])
			return nil, err
		}
	}
	return list, nil
}

func (q *queues) leave(owners []string) {
	for _, o := range owners {
		q.shard(o).leave(o)
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

func (s *shard) enter(ctx context.Context, owner string) error {
	s.mu.Lock()
	i := s.find(owner)
	if i < 0 {
		s.busy = append(s.busy, queue{owner: owner})
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{}, 1)
	s.busy[i].waiting = append(s.busy[i].waiting, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return nil
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
		s.leave(owner)
	}
	return ctx.Err()
}

// leave gives the turn to the next, if there is one.
func (s *shard) leave(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, last := s.find(owner), len(s.busy)-1
	if q := &s.busy[i]; len(q.waiting) > 0 {
		q.waiting[0] <- struct{}{}
		q.waiting = q.waiting[1:]
		return
	}
	s.busy[i], s.busy[last] = s.busy[last], queue{}
	s.busy = s.busy[:last]
}
