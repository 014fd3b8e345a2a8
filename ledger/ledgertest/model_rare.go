package ledgertest

import (
	"slices"

	"github.com/loyaltykit/loyalty/ledger"
)

// What is not daily business in the model: extension, reinstatement, gifts, adjustments, and
// the end of an owner's books.

// convert gives lots other terms.
func (a *mAccount) convert(at int, to func(mTerms) mTerms) {
	for _, l := range slices.Clone(a.lots) {
		if t := to(l.mTerms); t != l.mTerms && !l.over(at) {
			a.lots = slices.DeleteFunc(a.lots, func(o mLot) bool { return o.mTerms == l.mTerms })
			defer a.put(mLot{t, l.points}) // after all, lest it be converted again
		}
	}
}

func (e *mEntry) extend(o *mOwner, op ledger.Extend) error {
	expires := minuteOf(op.Expires)
	if expires != 0 && expires <= e.at {
		return ledger.ErrInvalid
	}
	named := lotTerms(op.Lots)
	o.account(op.Unit).convert(e.at, func(t mTerms) mTerms {
		if t.expires != 0 && (expires == 0 || expires > t.expires) && (len(named) == 0 || slices.Contains(named, t)) {
			t.expires = expires
		}
		return t
	})
	return nil
}

func (e *mEntry) reinstate(o *mOwner, op ledger.Reinstate) error {
	expires := minuteOf(op.Expires)
	if expires != 0 && expires <= e.at {
		return ledger.ErrInvalid
	}
	gone, ok := o.ticks[op.Of]
	switch {
	case ok && gone == nil || o.deeds[op.Of] != nil:
		return ledger.ErrNotReversible
	case !ok:
		return ledger.ErrTransactionNotFound
	case o.undone[op.Of]:
		return ledger.ErrAlreadyReversed
	}
	e.deed.stuck = true
	note(e.model, o.undone, op.Of, true)
	for _, mv := range gone {
		t := mv.mTerms
		t.expires = expires
		o.account(mv.unit).put(e.lot(t, mv.points))
		e.flow(mv.unit, ledger.FlowExpired, -mv.points)
		o.account(mv.unit).pay(e.at)
	}
	return nil
}

func (e *mEntry) gift(o *mOwner, op ledger.Gift) error {
	if op.To == o.name {
		return ledger.ErrInvalid
	}
	other, err := e.of(op.To)
	if err != nil {
		return err
	}
	a := o.account(op.Unit)
	if a.available(e.at) < op.Points {
		return ledger.ErrInsufficientPoints
	}
	if err := e.count(o, op.Limits, op.Points); err != nil {
		return err
	}
	for _, l := range a.take(e.at, op.Points) {
		other.account(op.Unit).put(l)
	}
	other.account(op.Unit).pay(e.at)
	return nil
}

// count holds points against an owner's limits, which the simulation gives windows that the
// clock is in.
func (e *mEntry) count(o *mOwner, limits []ledger.Limit, n int64) error {
	for _, l := range limits {
		t, from := o.tallies[l.Name], minuteOf(l.Window.From)
		if t.until <= e.at || from > t.from {
			t = mTally{from: from}
		}
		if from == t.from { // else the clock is behind, and the later window counts
			t.until = minuteOf(l.Window.Until)
		}
		t.points += n
		t.uses++
		if l.Each > 0 && n > l.Each || l.Points > 0 && t.points > l.Points || l.Uses > 0 && t.uses > l.Uses {
			return ledger.ErrLimit
		}
		o.tallies = with(o.tallies, l.Name, t)
	}
	return nil
}

func (e *mEntry) adjust(o *mOwner, op ledger.Adjust) error {
	if e.command.req.Actor == "" || e.command.req.Reason == "" {
		return ledger.ErrInvalid
	}
	if op.Kit != "" {
		kit, err := e.of(op.Kit)
		if err != nil {
			return err
		}
		if err := e.count(kit, op.Limits, max(op.Points, -op.Points)); err != nil {
			return err
		}
	}
	e.deed.stuck = true
	if op.Points < 0 {
		return e.clawback(o, op.Unit, -op.Points, op.Policy, ledger.FlowAdjusted)
	}
	e.earn(o, ledger.Earn{Unit: op.Unit, Points: op.Points, Issued: op.Issued, Active: op.Active, Expires: op.Expires}, ledger.FlowAdjusted)
	return nil
}

func (e *mEntry) merge(o *mOwner, op ledger.Merge) error {
	if op.From == o.name {
		return ledger.ErrInvalid
	}
	other, err := e.of(op.From)
	if err != nil {
		return err
	}
	for _, unit := range simUnits {
		a, b := o.account(unit), other.account(unit)
		for _, l := range b.lots {
			a.put(l)
		}
		for _, h := range b.holds {
			h.id = ledger.MergedHold(other.name, h.id)
			a.holds = append(a.holds, h)
		}
		a.debt += b.debt
		a.pay(e.at)
		b.lots, b.holds, b.debt = nil, nil, 0
		if theirs := b.spent + other.brought[unit]; theirs > 0 {
			o.brought = with(o.brought, unit, o.brought[unit]+theirs)
		}
	}
	other.closed, other.docsDue = true, 0
	return nil
}

func (e *mEntry) close(o *mOwner) {
	for _, unit := range simUnits {
		a := o.account(unit)
		for _, h := range slices.Clone(a.holds) {
			a.end(h, 0, e.at)
			note(e.model, o.ends, h.id, ledger.ErrHoldReleased)
		}
		e.flow(unit, ledger.FlowForfeited, points(a.lots)-a.debt)
		a.lots, a.debt = nil, 0
	}
	e.deed.stuck = true
	o.closed, o.docsDue = true, 0
}
