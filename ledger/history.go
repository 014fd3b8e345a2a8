package ledger

import (
	"fmt"
	"slices"
)

// Verify checks that transactions, oldest first from the very first, are the
// unchanged history of an owner: numbered without a gap, each carrying the hash
// of the one before. A *HistoryError names the first that does not fit.
func Verify(owner string, history []Transaction) error {
	var prev Hash
	d := NewDigest(1024)
	for i := range history {
		tx := &history[i]
		bad := func(reason string) error {
			return &HistoryError{Owner: owner, Seq: int64(i + 1), ID: tx.Key.ID, Reason: reason}
		}
		l, ok := tx.Link(owner)
		switch {
		case !ok:
			return bad("is not of this owner")
		case l.Seq != int64(i+1):
			return bad(fmt.Sprintf("is numbered %d", l.Seq))
		case l.Prev != prev:
			return bad("does not follow the one before it")
		case !tx.Erased.IsZero() && (tx.Reason != "" || tx.Actor != "" || len(tx.Details) > 0):
			return bad("says what was erased")
		case !tx.sealed(d):
			return bad("is not what was written")
		}
		prev = l.Hash
	}
	return nil
}

// sealed tells whether a transaction is the one that its links were hashed with: also those of
// other owners, whose histories have copies.
func (t *Transaction) sealed(d *Digest) bool {
	body := t.body(d)
	return !slices.ContainsFunc(t.Links, func(l Link) bool { return l.linkHash(d, body) != l.Hash })
}

// Replay makes an owner's accounts anew from the postings of their whole
// history, oldest first. It knows nothing of rules, clocks or policies, so that
// it can prove a Record: the accounts must come out the same (a hold's times
// are not in its postings and come out zero). A *HistoryError names the first
// transaction that takes points from where there are none, or ends at another total
// than it says.
func Replay(owner string, history []Transaction) ([]Account, error) {
	rec := Record{Owner: owner}
	for i := range history {
		tx := &history[i]
		bad := func(reason string) error {
			return &HistoryError{Owner: owner, Seq: int64(i + 1), ID: tx.Key.ID, Reason: reason}
		}
		for _, p := range tx.Postings {
			if p.Points <= 0 {
				return nil, bad(fmt.Sprintf("a posting of %d points", p.Points))
			}
			a := rec.account(p.Unit)
			a.count(owner, p)
			if p.From.Owner == owner && !a.shift(p.From, -p.Points) {
				return nil, bad(fmt.Sprintf("takes %d %s from %s, which has not so many", p.Points, p.Unit, p.From.Lot))
			}
			if p.To.Owner == owner && !a.shift(p.To, p.Points) {
				return nil, bad(fmt.Sprintf("puts %d %s into %s, which is no place for them", p.Points, p.Unit, p.To.Lot))
			}
		}
		l, _ := tx.Link(owner)
		for _, after := range l.After {
			if got := rec.account(after.Unit).total(); got != after.Points {
				return nil, bad(fmt.Sprintf("ends at %d %s, its postings at %d", after.Points, after.Unit, got))
			}
		}
	}
	return slices.DeleteFunc(rec.Accounts, func(a Account) bool { return a.unused() }), nil
}

// count keeps the owner's totals to date. What comes back from a spending flow was spent
// before, and what goes back to an earning flow was earned.
func (a *Account) count(owner string, p Posting) {
	switch {
	case p.From.Owner != owner && p.To.Owner != owner: // another party's, or forgiven: no one lost it
	case earning(p.From.Flow):
		a.Earned += p.Points
	case earning(p.To.Flow):
		a.Earned -= p.Points
	case spending(p.From.Flow):
		a.Spent -= p.Points
	case spending(p.To.Flow):
		a.Spent += p.Points
	}
}

// shift adds n points, which may be below zero, to one place of the account. Points that are
// not there it does not take.
func (a *Account) shift(at Place, n int64) bool {
	if at.Lot == DebtLot {
		a.Debt -= n
		return a.Debt >= 0
	}
	if at.Hold != "" {
		return a.shiftHeld(at, n)
	}
	if p, ok := a.Lots.find(at.Lot); ok {
		if n < 0 && a.Lots.at(p).Points < -n {
			return false
		}
		a.Lots.alter(p, n)
		return true
	}
	t, err := ParseLotID(at.Lot)
	if err != nil || n < 0 {
		return false
	}
	a.Lots.add(Lot{ID: at.Lot, Terms: t, Points: n})
	return true
}

// shiftHeld is shift of a place within a hold, which is made if need be and gone when empty.
func (a *Account) shiftHeld(at Place, n int64) bool {
	i := indexHold(a.Holds, at.Hold)
	if i < 0 {
		a.Holds = append(a.Holds, Hold{ID: at.Hold})
		i = len(a.Holds) - 1
	}
	h := &a.Holds[i]
	ok := h.shift(at.Lot, n)
	if len(h.Parts) == 0 {
		a.Holds = slices.Delete(a.Holds, i, i+1)
	}
	return ok
}

// shift adds n points to one part of the hold.
func (h *Hold) shift(lot string, n int64) bool {
	i := indexLot(h.Parts, lot)
	if i < 0 {
		t, err := ParseLotID(lot)
		if err != nil || n < 0 {
			return false
		}
		i, _ = searchLots(h.Parts, &t)
		h.Parts = slices.Insert(h.Parts, i, Lot{ID: lot, Terms: t})
	}
	p := &h.Parts[i]
	if n < 0 && p.Points < -n {
		return false
	}
	if p.Points += n; p.Points == 0 {
		h.Parts = slices.Delete(h.Parts, i, i+1)
	}
	return true
}
