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
	mu sync.Mutex
	// waiting has the owners being written, each with the writers that wait, in the order they came.
	waiting map[string][]chan struct{}
}

func newQueues() *queues {
	q := &queues{seed: maphash.MakeSeed()}
	for i := range q.shards {
		q.shards[i].waiting = map[string][]chan struct{}{}
	}
	return q
}

func (q *queues) shard(owner string) *shard {
	return &q.shards[maphash.String(q.seed, owner)%uint64(len(q.shards))]
}

// enter waits for a turn at each of the owners, in one order whatever they are, so that no two
// callers wait for each other. It gives the owners to leave, which it adds to list.
func (q *queues) enter(ctx context.Context, owners, list []string) ([]string, error) {
	list = append(list, owners...)
	slices.Sort(list)
	list = slices.Compact(list)
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

func (s *shard) enter(ctx context.Context, owner string) error {
	s.mu.Lock()
	waiting, busy := s.waiting[owner]
	if !busy {
		s.waiting[owner] = nil
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{}, 1)
	s.waiting[owner] = append(waiting, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	waiting = s.waiting[owner]
	i := slices.Index(waiting, turn)
	if i >= 0 {
		s.waiting[owner] = slices.Delete(waiting, i, i+1)
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
	waiting := s.waiting[owner]
	if len(waiting) == 0 {
		delete(s.waiting, owner)
		return
	}
	s.waiting[owner] = waiting[1:]
	waiting[0] <- struct{}{}
}
