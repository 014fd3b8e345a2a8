package loyalty

import (
	"context"
	"slices"

	"github.com/loyaltykit/loyalty/ledger"
)

// scope is what has been loaded for a decision: the member's own record, and whatever the
// decision found it needs beside it, such as that of whoever invited them.
type scope struct {
	owners []string
	keys   []ledger.Key
}

// wanting is the error of a decision that came upon something not loaded yet. It is
// made again once that is.
type wanting struct{ scope }

func (*wanting) Error() string { return "loyalty: more records must be loaded" }

// want is nil when owners and keys have been loaded.
func (s *scope) want(owners []string, keys ...ledger.Key) error {
	var more wanting
	for _, o := range owners {
		if !slices.Contains(s.owners, o) && !slices.Contains(more.owners, o) {
			more.owners = append(more.owners, o)
		}
	}
	for _, k := range keys {
		if !slices.Contains(s.keys, k) {
			more.keys = append(more.keys, k)
		}
	}
	if more.owners == nil && more.keys == nil {
		return nil
	}
	return &more
}

// widen takes in what a decision wants, and tells whether that was its error.
func (s *scope) widen(err error) bool {
	more, ok := err.(*wanting) // alone: one joined with another error is not to be made again
	if ok {
		s.owners = append(s.owners, more.owners...)
		s.keys = append(s.keys, more.keys...)
	}
	return ok
}

// update is ledger.Ledger.Update for a decision that may want more than its scope. Each
// round loads something new, and what a decision may want is bounded.
func (p *Program) update(ctx context.Context, s *scope, decide func(*ledger.Draft) error) error {
	for {
		if err := p.ledger.Update(ctx, s.owners, s.keys, decide); !s.widen(err) {
			return err
		}
	}
}

// preview makes a decision as update does, and drops it.
func (p *Program) preview(ctx context.Context, s *scope, decide func(*ledger.Draft) error) error {
	for {
		snap, err := p.ledger.Load(ctx, s.owners, s.keys)
		if err != nil {
			return err
		}
		if err := decide(ledger.NewDraft(snap)); !s.widen(err) {
			return err
		}
	}
}
