package loyalty

import (
	"context"
	"time"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// tape is a store in memory that notes what is committed.
type tape struct {
	*memory.Store
	txs []ledger.Transaction
}

// Commit implements ledger.Store.
func (t *tape) Commit(ctx context.Context, c ledger.Change) error {
	err := t.Store.Commit(ctx, c)
	if err == nil {
		t.txs = append(t.txs, c.Transactions...)
	}
	return err
}

// debts are what members owe, oldest first, by member.
type debts map[string][]debt

// debt is points owed because an order came back.
type debt struct {
	issued time.Time // the cohort of the order
	points int64
}

func (all debts) add(owner string, d debt) { all[owner] = append(all[owner], d) }

// pay takes points off what a member owes longest.
func (all debts) pay(owner string, points int64) (paid []debt) {
	list := all[owner]
	for points > 0 && len(list) > 0 {
		n := min(points, list[0].points)
		paid = append(paid, debt{list[0].issued, n})
		points -= n
		if list[0].points -= n; list[0].points == 0 {
			list = list[1:]
		}
	}
	if all[owner] = list; len(list) == 0 {
		delete(all, owner)
	}
	return paid
}

// movements are what the step committed, e being its event, if it is one.
func (s *Simulation) movements(ctx context.Context, e *Event) ([]cost.Movement, error) {
	var moves []cost.Movement
	for i := range s.store.txs {
		tx := &s.store.txs[i]
		for j := range tx.Postings {
			p := &tx.Postings[j]
			if p.Unit != s.program.def.Unit {
				continue
			}
			got, err := s.moved(ctx, tx, p, e)
			if err != nil {
				return nil, err
			}
			moves = append(moves, got...)
		}
	}
	return moves, nil
}

// moved is what one posting comes to.
func (s *Simulation) moved(ctx context.Context, tx *ledger.Transaction, p *ledger.Posting, e *Event) ([]cost.Movement, error) {
	move := func(kind cost.MovementKind, issued time.Time, points int64) cost.Movement {
		at := tx.Time
		if at.Before(issued) { // it came late, and took points of later
			at = issued
		}
		return cost.Movement{Kind: kind, Issued: issued, At: at, Points: points}
	}
	switch from, to := p.From.Owner, p.To.Owner; {
	case from == "" && to == "": // forgiven
		return nil, nil
	case from == "":
		t, err := ledger.ParseLotID(p.To.Lot)
		return []cost.Movement{move(kindOf(p.From.Flow, true), t.Issued, p.Points)}, err
	case to != "" && p.To.Lot != ledger.DebtLot: // still the member's
		return nil, nil
	case p.From.Lot == ledger.DebtLot:
		issued := s.program.month(tx.Time)
		if e != nil && e.Refund != nil {
			order, ok, err := s.find(ctx, ledger.Key{Owner: e.Member, ID: ledger.ReferenceID(orderReference(e.Refund.Order))})
			if err != nil {
				return nil, err
			}
			if ok {
				issued = s.program.month(order.Time)
			}
		}
		s.debts.add(from, debt{issued, p.Points})
		return []cost.Movement{move(cost.Revoke, issued, p.Points)}, nil
	}
	t, err := ledger.ParseLotID(p.From.Lot)
	if err != nil {
		return nil, err
	}
	if p.To.Owner == "" {
		return []cost.Movement{move(kindOf(p.To.Flow, false), t.Issued, p.Points)}, nil
	}
	moves := []cost.Movement{move(cost.Revoke, t.Issued, p.Points)}
	for _, d := range s.debts.pay(p.From.Owner, p.Points) {
		moves = append(moves, move(cost.Issue, d.issued, d.points))
	}
	return moves, nil
}

// kindOf is what points do that come from a flow, or go to it.
func kindOf(flow string, from bool) cost.MovementKind {
	kinds := [2]cost.MovementKind{cost.Redeem, cost.Unredeem}
	switch flow {
	case ledger.FlowIssued, ledger.FlowAdjusted, ledger.FlowOpening, ledger.FlowForfeited:
		kinds = [2]cost.MovementKind{cost.Revoke, cost.Issue}
	case ledger.FlowExpired:
		kinds = [2]cost.MovementKind{cost.Expire, cost.Reinstate}
	}
	if from {
		return kinds[1]
	}
	return kinds[0]
}
