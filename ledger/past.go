package ledger

import (
	"context"
	"slices"
	"time"
)

// Expiring lists every lot of free points that will expire before a moment, soonest
// first: what a reminder has to say.
func (l *Ledger) Expiring(ctx context.Context, owner, unit string, at, until time.Time) ([]Lot, error) {
	if err := l.checkRead(unit, at); err != nil {
		return nil, err
	}
	if err := validMoment("until", until); err != nil {
		return nil, err
	}
	snap, err := l.Load(ctx, []string{owner}, nil)
	if err != nil {
		return nil, err
	}
	rec := snap.Records[owner]
	var lots []Lot
	for _, lot := range rec.Account(unit).settledAt(clean(at)).Lots {
		if !lot.Expires.IsZero() && lot.Expires.Before(until) {
			lots = append(lots, lot)
		}
	}
	return lots, nil
}

// AsOf says by which time a past balance is meant.
type AsOf string

const (
	// Effective counts what had taken effect by then, as is known now: late entries
	// count from their own time. The zero AsOf is Effective.
	Effective AsOf = "effective"
	// Recorded counts what had been written by then: what a statement printed at that moment said.
	Recorded AsOf = "recorded"
)

// BalanceAt is an owner's balance at a past moment, reckoned from the history.
func (l *Ledger) BalanceAt(ctx context.Context, owner, unit string, at time.Time, by AsOf) (Balance, error) {
	if err := l.checkRead(unit, at); err != nil {
		return Balance{}, err
	}
	at = clean(at)
	q := Query{Owner: owner, Oldest: true}
	switch by {
	case Effective, "":
		q.Until = at.Add(time.Microsecond)
	case Recorded:
	default:
		return Balance{}, invalid("by", "%.40q is none of effective, recorded", string(by))
	}
	a := Account{Unit: unit}
	for tx, err := range l.history(ctx, q) {
		if err != nil {
			return Balance{}, err
		}
		if by == Recorded && tx.Recorded.After(at) {
			continue
		}
		for _, p := range tx.Postings {
			if p.Unit == unit {
				a.replay(owner, p)
			}
		}
	}
	return a.Balance(at), nil
}

// replay applies a posting without asking whether the points are there: by effective time,
// something may be spent before it was earned.
func (a *Account) replay(owner string, p Posting) {
	a.count(p)
	for _, side := range [2]struct {
		at Place
		n  int64
	}{{p.From, -p.Points}, {p.To, p.Points}} {
		if side.at.Owner != owner {
			continue
		}
		if !a.shift(side.at, side.n) && side.n < 0 && side.at.Lot != DebtLot {
			// It was taken from where, by then, nothing had come: it is missing.
			if t, err := ParseLotID(side.at.Lot); err == nil {
				a.Lots = slices.DeleteFunc(add(a.Lots, Lot{ID: side.at.Lot, Terms: t, Points: side.n}), func(l Lot) bool { return l.Points == 0 })
			}
		}
	}
}

func (l *Ledger) checkRead(unit string, at time.Time) error {
	if !slices.Contains(l.units, unit) {
		return l.unknownUnit(unit)
	}
	return validMoment("at", at)
}

// Erase takes the personal detail out of an owner's books: the reason, actor and details of
// their transactions, and the host's documents. The postings stay, and the chain still
// verifies. It goes through the history in several commits; called again it goes on where it was.
func (l *Ledger) Erase(ctx context.Context, owner string) error {
	const page = 200
	cursor := ""
	for {
		p, err := l.store.History(ctx, Query{Owner: owner, Oldest: true, Limit: page, Cursor: cursor})
		if err != nil {
			return err
		}
		err = l.Update(ctx, []string{owner}, nil, func(d *Draft) error {
			for _, tx := range p.Transactions {
				if tx.Key.Owner == owner && tx.hasPersonal() {
					d.Erase(tx)
				}
			}
			rec := d.Record(owner)
			for name := range rec.Docs {
				if !isReserved(name) {
					d.SetDoc(owner, name, nil)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if cursor = p.Next; cursor == "" {
			return nil
		}
	}
}

func (t *Transaction) hasPersonal() bool {
	return t.Reason != "" || t.Actor != "" || len(t.Details) > 0
}
