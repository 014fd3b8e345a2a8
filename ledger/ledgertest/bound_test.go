package ledgertest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// journaled is a store in memory that keeps its changes, so that it can be copied.
type journaled struct {
	*memory.Store
	journal []ledger.Change
}

func newJournaled() *journaled { return &journaled{Store: memory.New()} }

func (s *journaled) Commit(ctx context.Context, c ledger.Change) error {
	err := s.Store.Commit(ctx, c)
	if err == nil {
		s.journal = append(s.journal, c)
	}
	return err
}

func (s *journaled) replay(journal []ledger.Change) error {
	for _, c := range journal {
		if err := s.Commit(context.Background(), c); err != nil {
			return err
		}
	}
	return nil
}

// begin is a transaction of a host's: a copy, which a commit brings back.
func (s *journaled) begin() (Bound, error) {
	in := newJournaled()
	err := in.replay(s.journal)
	known := len(s.journal)
	return Bound{
		Store:    in,
		Commit:   func() error { return s.replay(in.journal[known:]) },
		Rollback: func() error { return nil },
	}, err
}

func TestRunBound(t *testing.T) {
	RunBound(t, func(*testing.T) (ledger.Store, func() (Bound, error)) {
		s := newJournaled()
		return s, s.begin
	})
}

// TestBrokenBounds makes mistakes in joining: each must be found by the case whose rule
// it breaks, and each case must find one.
func TestBrokenBounds(t *testing.T) {
	useful := map[string]bool{}
	for _, m := range []struct {
		name, want string
		begin      func(s *journaled) (Bound, error)
	}{
		{"a commit is forgotten", "Commit", func(s *journaled) (Bound, error) {
			b, err := s.begin()
			b.Commit = b.Rollback
			return b, err
		}},
		{"the bound store writes by itself", "Rollback", func(s *journaled) (Bound, error) {
			return Bound{Store: s, Commit: func() error { return nil }, Rollback: func() error { return nil }}, nil
		}},
		{"the bound store reads outside the transaction", "OwnWrites", func(s *journaled) (Bound, error) {
			b, err := s.begin()
			b.Store = &broken{Store: b.Store.(*journaled).Store, load: s.Load}
			return b, err
		}},
		{"a conflict is passed over", "Conflict", func(s *journaled) (Bound, error) {
			b, err := s.begin()
			in := b.Store.(*journaled)
			b.Store = &broken{Store: in.Store, commit: func(ctx context.Context, c ledger.Change) error {
				_ = in.Commit(ctx, c)
				return nil
			}}
			return b, err
		}},
		{"a rollback keeps the keys", "Ledger", func(s *journaled) (Bound, error) {
			b, err := s.begin()
			known := len(s.journal)
			in := b.Store.(*journaled)
			b.Rollback = func() error {
				i := slices.IndexFunc(in.journal[known:], func(c ledger.Change) bool {
					return strings.HasPrefix(c.Transactions[0].Key.ID, "order")
				})
				return s.replay(in.journal[known : known+i+1])
			}
			return b, err
		}},
	} {
		i := slices.IndexFunc(boundCases, func(c boundCase) bool { return c.name == m.want })
		s := newJournaled()
		r := record(t, func(r *recorder) {
			boundCases[i].check(r, s, func() (Bound, error) { return m.begin(s) })
		})
		if !strings.HasPrefix(r.message, "rule broken: "+boundCases[i].rule+"\n") {
			t.Errorf("%s: case %s did not find it, but: %q", m.name, m.want, r.message)
		}
		useful[m.want] = true
	}
	for _, c := range boundCases {
		if !useful[c.name] {
			t.Errorf("no mistake here shows what case %s is for", c.name)
		}
	}
}
