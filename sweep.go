package loyalty

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/tier"
)

const sweepPage = 500

// Sweep writes down what time alone has done: points that expired, holds that
// timed out, tiers that ended. Nothing depends on how often it runs, balances least
// of all; run it daily, or hourly. It goes through whoever is due, in commits of one
// owner each, and returns how many; one that fails does not keep the others waiting.
func (p *Program) Sweep(ctx context.Context) (int, error) {
	now := p.now()
	swept := 0
	failed := map[string]error{}
	for {
		owners, err := p.ledger.Due(ctx, now, sweepPage+len(failed))
		if err != nil {
			return swept, err
		}
		before := swept
		for _, owner := range owners {
			if failed[owner] != nil {
				continue
			}
			if err := p.tick(ctx, owner, now); err != nil {
				if ctx.Err() != nil {
					return swept, ctx.Err()
				}
				failed[owner] = fmt.Errorf("loyalty: sweep of %s: %w", owner, err)
				continue
			}
			swept++
		}
		if swept == before {
			break
		}
	}
	var errs []error
	for _, err := range failed {
		errs = append(errs, err)
	}
	return swept, errors.Join(errs...)
}

func (p *Program) tick(ctx context.Context, owner string, now time.Time) error {
	return p.ledger.Update(ctx, []string{owner}, nil, func(d *ledger.Draft) error {
		d.Tick(owner, now)
		if rec := d.Record(owner); rec.Docs[docMember] == nil {
			return nil // books of the host's own, with documents of the host's own
		}
		s, err := p.load(d.Record(owner))
		if err != nil {
			return err
		}
		var change *tier.Change
		p.settleTier(s, now, &change)
		p.save(d, s, now)
		return nil
	})
}
