package loyalty

import (
	"context"
	"iter"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// Comparison is what two programmes came to over the same history.
type Comparison struct {
	cost.Outcome
	// ShortNow and ShortPlanned are how many points members spent in the history that they did not
	// have; see Simulation.Short. Above 0, ShortNow says that the history is not whole.
	ShortNow     int64 `json:"short_now"`
	ShortPlanned int64 `json:"short_planned"`
}

// Compare runs two programmes over the same history, in one pass, and tells what the planned one would have changed: points, cost over revenue,
// liability by cohort, who wins and who loses by tier, and the extra revenue that would have to come of it. See cost.Plan. When
// plan.Zone is "", cohorts are of the present programme's zone.
//
// Members do what they did. It ends at the first step that either programme refuses, and names it.
func Compare(ctx context.Context, plan cost.Plan, now, planned *Simulation, steps iter.Seq2[Step, error]) (Comparison, error) {
	switch {
	case steps == nil:
		return Comparison{}, invalid("steps", "are missing")
	case now == nil || planned == nil:
		return Comparison{}, invalid("simulation", "is missing")
	case now == planned || now.store.Store == planned.store.Store:
		return Comparison{}, invalid("simulation", "both have the same books")
	}
	if plan.Zone == "" {
		plan.Zone = now.program.def.Zone
	}
	out, err := plan.Compare(ctx, now.business(ctx, plan.Currency, steps), now, planned)
	if err != nil {
		return Comparison{}, err
	}
	return Comparison{Outcome: out, ShortNow: now.short, ShortPlanned: planned.short}, nil
}

// business is the steps as events of the shop's business, before they are replayed.
func (s *Simulation) business(ctx context.Context, currency string, steps iter.Seq2[Step, error]) iter.Seq2[cost.Event, error] {
	return func(yield func(cost.Event, error) bool) {
		all := sales{}
		for st, err := range steps {
			key := st.key()
			e := cost.Event{ID: key.ID, Member: key.Owner, At: st.at(), Tier: st.Tier, Currency: currency, Data: st}
			if err == nil {
				err = st.validate()
			}
			if err == nil {
				err = s.tell(ctx, &st, &e, all)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// tell adds what the step itself does not say.
func (s *Simulation) tell(ctx context.Context, st *Step, e *cost.Event, all sales) error {
	var err error
	if e.Tier == "" {
		if e.Tier, err = s.tier(ctx, e.Member, e.At); err != nil {
			return err
		}
	}
	repeated, err := s.has(ctx, st.key())
	if err != nil || repeated { // and brings nothing
		return err
	}
	if st.Recorded != nil {
		e.Recorded, e.HasRecorded = *st.Recorded, true
	}
	reckoned := all.of(st.Event)
	if st.Revenue != nil {
		reckoned = *st.Revenue
	}
	e.Revenue = reckoned
	return nil
}

// sales are what lines of orders cost, for when they come back, by member and order.
type sales map[ledger.Key]*sale

type sale struct {
	comeback
	nets []int64 // in millionths
}

// of is what an event brings, as far as that can be told. What is wrong with it is for Process to say.
func (all sales) of(e *Event) decimal.Decimal {
	switch {
	case e == nil:
	case e.Order != nil && e.validateOrder() == nil:
		lines, bought := linesOf(e.Order)
		one := &sale{comeback: newComeback(lines, bought)}
		var sum int64
		for i := range e.Order.Lines {
			n, _ := rules.Micros(e.Order.Lines[i].Net()) // validated
			one.nets = append(one.nets, n)
			sum += n
		}
		all[ledger.Key{Owner: e.Member, ID: e.Order.ID}] = one
		return micros(sum)
	case e.Refund != nil && e.validateRefund() == nil:
		one := all[ledger.Key{Owner: e.Member, ID: e.Refund.Order}]
		if one == nil {
			return decimal.Decimal{}
		}
		return one.refund(e.Refund)
	}
	return decimal.Decimal{}
}

func (o *sale) refund(r *Refund) decimal.Decimal {
	o.goOn(r)
	var sum int64
	for i, n := range o.nets {
		sum -= o.share(n, i)
	}
	return micros(sum)
}
