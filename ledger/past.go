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
	rec := snap.Record(owner)
	var lots []Lot
	for lot := range rec.Account(unit).settledAt(clean(at)).Lots.All() {
		if lot.Expires.IsZero() || !lot.Expires.Before(until) {
			break
		}
		lots = append(lots, lot)
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

// BalanceAt is an owner's balance at a past moment, reckoned from the history. By effective
// time a part of it may be below zero: something may be spent before it was earned.
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
	// Loaded before the history is read: a hold that ends in between is found ended there.
	snap, err := l.Load(ctx, []string{owner}, nil)
	if err != nil {
		return Balance{}, err
	}
	rec := snap.Record(owner)
	p := past{owner: owner, a: Account{Unit: unit}, until: map[string]time.Time{}}
	for _, h := range rec.Account(unit).Holds {
		p.until[h.ID] = h.Until
	}
	for tx, err := range l.history(ctx, q) {
		if err != nil {
			return Balance{}, err
		}
		if by == Recorded && tx.Recorded.After(at) {
			p.note(&tx)
			continue
		}
		p.add(&tx)
	}
	return p.account().Balance(at), nil
}

// past is an account made anew from part of its history.
type past struct {
	owner string
	a     Account
	until map[string]time.Time // when holds time out, which their own postings do not tell
}

// note takes from a transaction that is left out what it tells of the time before: a hold
// that timed out had done so at its own moment, whenever that was recorded.
func (p *past) note(tx *Transaction) {
	if tx.Kind != KindRelease || !isReserved(tx.Key.ID) {
		return
	}
	for _, move := range tx.Postings {
		p.until[move.From.Hold] = tx.Time
	}
}

// add makes a transaction's postings without asking whether the points are there: by
// effective time, something may be spent before it was earned.
func (p *past) add(tx *Transaction) {
	for _, move := range tx.Postings {
		if move.Unit != p.a.Unit {
			continue
		}
		p.a.count(p.owner, move)
		if move.From.Owner == p.owner && !p.a.shift(move.From, -move.Points) {
			p.miss(move.From.Lot, move.Points)
		}
		if move.To.Owner == p.owner {
			p.a.shift(move.To, move.Points)
		}
	}
}

// miss takes points from a lot that has not so many: by then they had not come.
func (p *past) miss(lot string, points int64) {
	if t, err := ParseLotID(lot); err == nil {
		p.a.Lots.add(Lot{ID: lot, Terms: t, Points: -points})
	}
}

func (p *past) account() Account {
	for i := range p.a.Holds {
		h := &p.a.Holds[i]
		h.Until = p.until[h.ID]
	}
	return p.a
}

func (l *Ledger) checkRead(unit string, at time.Time) error {
	if !slices.Contains(l.units, unit) {
		return l.unknownUnit(unit)
	}
	return validMoment("at", at)
}
