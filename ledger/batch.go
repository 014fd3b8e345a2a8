package ledger

import (
	"context"
	"errors"
	"fmt"
)

// MaxBatch is how many items a batch may have.
const MaxBatch = 1000

// Item is one request of a batch.
type Item struct {
	Request Request
	Ops     []Op
}

// Outcome is what became of one item: a Receipt, or the error for which it was refused.
type Outcome struct {
	Receipt Receipt
	Err     error
}

// PostBatch grants many requests in one commit, in the order given, each by itself: one that is
// refused leaves the others alone, and its Outcome says why. Requests may be of
// many owners and several of the same. An error of its own means that nothing was written, unless it
// is ErrUnknownOutcome: then sending the same batch again settles it.
func (l *Ledger) PostBatch(ctx context.Context, items []Item) ([]Outcome, error) {
	return l.batch(ctx, items, false)
}

// PostAll is PostBatch where all are granted or none: the first refusal is the error,
// and nothing is written.
func (l *Ledger) PostAll(ctx context.Context, items []Item) ([]Receipt, error) {
	outcomes, err := l.batch(ctx, items, true)
	if err != nil {
		return nil, err
	}
	receipts := make([]Receipt, len(outcomes))
	for i, o := range outcomes {
		receipts[i] = o.Receipt
	}
	return receipts, nil
}

func (l *Ledger) batch(ctx context.Context, items []Item, all bool) ([]Outcome, error) {
	if len(items) > MaxBatch {
		return nil, invalid("items", "%d items, at most %d", len(items), MaxBatch)
	}
	if len(items) == 0 {
		return nil, nil
	}
	checked := make([]error, len(items))
	t := task{own: true}
	seen := map[string]bool{}
	for i, it := range items {
		if checked[i] = l.Check(it.Request, it.Ops...); checked[i] != nil {
			if all {
				return nil, itemError(i, checked[i])
			}
			continue
		}
		for _, o := range Owners(it.Request, it.Ops...) {
			if !seen[o] {
				seen[o] = true
				t.owners = append(t.owners, o)
			}
		}
		n := len(t.keys)
		t.keys = it.Request.keys(it.Ops, t.keys)
		t.own = t.own && len(t.keys)-n == it.Request.ids()
	}
	var outcomes []Outcome
	if len(t.owners) == 0 {
		return refused(checked), nil
	}
	err := l.update(ctx, &t, func(d *Draft) error {
		outcomes = refused(checked)
		d.txs = make([]Transaction, 0, len(items))
		for i, it := range items {
			o := &outcomes[i]
			if o.Err != nil {
				continue
			}
			o.Err = d.post(&it.Request, it.Ops, &o.Receipt)
			if o.Err != nil && (all || t.blind) { // blind, it may be a repeat
				return itemError(i, o.Err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

func refused(checked []error) []Outcome {
	outcomes := make([]Outcome, len(checked))
	for i, err := range checked {
		outcomes[i].Err = err
	}
	return outcomes
}

// itemError says which item of a batch an error is about.
func itemError(i int, err error) error {
	if bad, ok := errors.AsType[*InvalidError](err); ok {
		return &InvalidError{Field: fmt.Sprintf("items[%d].%s", i, bad.Field), Reason: bad.Reason}
	}
	return fmt.Errorf("items[%d]: %w", i, err)
}
