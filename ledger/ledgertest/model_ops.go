package ledgertest

import (
	"cmp"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// mEntry is a transaction of the model in the making.
type mEntry struct {
	*model
	command *command
	at      int // the clock
	time    int // when it happened
	deed    *mDeed
	parties []*mOwner // the home owner first
}

// post grants a request, tells that it is a replay, or gives the error it must fail with.
func (m *model) post(c *command, at int) (replayed bool, err error) {
	home := m.owner(c.req.Owner)
	if d := home.deeds[c.req.ID]; d != nil {
		if d.command != c {
			return false, ledger.ErrKeyReused
		}
		return true, nil
	}
	if c.req.Reference != "" && home.refs[c.req.Reference] {
		return false, ledger.ErrReferenceUsed
	}
	mark := len(m.undo)
	e := &mEntry{m, c, at, cmp.Or(minuteOf(c.req.Time), at), &mDeed{command: c}, nil}
	if err := e.apply(); err != nil {
		m.rollback(mark)
		return false, err
	}
	for _, o := range e.parties {
		o.seq++
		m.write(o)
		e.deed.stuck = e.deed.stuck || len(e.parties) > 1
	}
	for _, o := range e.parties {
		m.settle(o, e.time, at)
	}
	note(m, home.deeds, c.req.ID, e.deed)
	if c.req.Reference != "" {
		note(m, home.refs, c.req.Reference, true)
	}
	return false, nil
}

// of is another owner's side of the transaction.
func (e *mEntry) of(name string) (*mOwner, error) {
	o := e.owner(name)
	if o.closed {
		return nil, ledger.ErrClosed
	}
	if !slices.Contains(e.parties, o) {
		e.save(o)
		e.settle(o, 0, e.at)
		e.parties = append(e.parties, o)
	}
	return o, nil
}

func (e *mEntry) apply() error {
	o, err := e.of(e.command.req.Owner)
	for _, op := range e.command.ops {
		if err == nil && o.closed {
			err = ledger.ErrClosed
		}
		if err != nil {
			return err
		}
		switch op := op.(type) {
		case ledger.Earn:
			e.deed.in = append(e.deed.in, e.earn(o, op, ledger.FlowIssued))
		case ledger.Open:
			e.deed.stuck = true
			e.earn(o, ledger.Earn{Unit: op.Unit, Points: op.Points, Issued: op.Issued, Active: op.Active, Expires: op.Expires}, ledger.FlowOpening)
		case ledger.Redeem:
			err = e.redeem(o, op)
		case ledger.PlaceHold:
			err = e.hold(o, op)
		case ledger.Capture:
			err = e.end(o, op.Hold, op.Points, cmp.Or(op.Flow, ledger.FlowRedeemed), ledger.ErrHoldCaptured)
		case ledger.Release:
			err = e.end(o, op.Hold, -1, "", ledger.ErrHoldReleased)
		case ledger.Clawback:
			err = e.clawback(o, op.Unit, op.Points, op.Policy, ledger.FlowIssued, lotTerms(op.Lots)...)
		case ledger.Return:
			err = e.giveBackAll(o, op)
		case ledger.Reverse:
			err = e.reverse(o, op)
		default:
			err = e.applyRare(o, op)
		}
	}
	return err
}

// applyRare is apply for what is not daily business.
func (e *mEntry) applyRare(o *mOwner, op ledger.Op) error {
	switch op := op.(type) {
	case ledger.Activate:
		for _, a := range o.accounts {
			a.convert(e.at, func(t mTerms) mTerms {
				if t.await == op.Await {
					t.active, t.await = 0, ""
				}
				return t
			})
			a.pay(e.at)
		}
	case ledger.Extend:
		return e.extend(o, op)
	case ledger.Reinstate:
		return e.reinstate(o, op)
	case ledger.Gift:
		return e.gift(o, op)
	case ledger.Adjust:
		return e.adjust(o, op)
	case ledger.Merge:
		return e.merge(o, op)
	case ledger.Close:
		e.close(o)
	}
	return nil
}

// lot is an Earn's lot as it is when it comes.
func (e *mEntry) lot(t mTerms, points int64) mLot {
	if t.issued == 0 {
		y, month, _ := moment(e.time).Date()
		t.issued = minuteOf(time.Date(y, month, 1, 0, 0, 0, 0, time.UTC))
	}
	if t.active != 0 && t.active <= e.time {
		t.active, t.await = 0, ""
	}
	return mLot{t, points}
}

func (e *mEntry) earn(o *mOwner, op ledger.Earn, flow string) mMove {
	l := e.lot(mTerms{minuteOf(op.Issued), minuteOf(op.Active), minuteOf(op.Expires), op.Await}, op.Points)
	a := o.account(op.Unit)
	a.put(l)
	a.earned += op.Points
	e.flow(op.Unit, flow, -op.Points)
	a.pay(e.at)
	return mMove{op.Unit, flow, l}
}

func (e *mEntry) spend(a *mAccount, unit, flow string, parts []mLot) {
	for _, p := range parts {
		e.deed.out = append(e.deed.out, mMove{unit, flow, p})
	}
	a.spent += points(parts)
	e.flow(unit, flow, points(parts))
}

func (e *mEntry) redeem(o *mOwner, op ledger.Redeem) error {
	a, n := o.account(op.Unit), op.Points
	if has := a.available(e.at); has < n {
		if !op.UpTo {
			return ledger.ErrInsufficientPoints
		}
		n = has
	}
	e.spend(a, op.Unit, cmp.Or(op.Flow, ledger.FlowRedeemed), a.take(e.at, n))
	return nil
}

func (e *mEntry) hold(o *mOwner, op ledger.PlaceHold) error {
	a, until := o.account(op.Unit), minuteOf(op.Until)
	if until != 0 && until <= e.at {
		return ledger.ErrInvalid
	}
	if a.available(e.at) < op.Points {
		return ledger.ErrInsufficientPoints
	}
	e.deed.stuck = true
	a.holds = append(a.holds, mHold{e.command.req.ID, e.at, until, a.take(e.at, op.Points)})
	return nil
}

// end spends n points of a hold, 0 for all and -1 for none, and closes it.
func (e *mEntry) end(o *mOwner, id string, n int64, flow string, why error) error {
	for _, unit := range simUnits {
		a := o.account(unit)
		i := slices.IndexFunc(a.holds, func(h mHold) bool { return h.id == id })
		if i < 0 {
			continue
		}
		h := a.holds[i]
		switch has := h.points(); {
		case n > has:
			return ledger.ErrInsufficientPoints
		case n == 0:
			n = has
		}
		e.spend(a, unit, flow, a.end(h, max(n, 0), e.at))
		note(e.model, o.ends, id, why)
		return nil
	}
	if err := o.ends[id]; err != nil {
		return err
	}
	if o.deeds[id] != nil {
		return ledger.ErrNotAHold
	}
	return ledger.ErrHoldNotFound
}

func (e *mEntry) clawback(o *mOwner, unit string, n int64, policy ledger.Policy, flow string, named ...mTerms) error {
	e.deed.stuck = true
	a := o.account(unit)
	taken := points(a.take(e.at, n, named...))
	a.earned -= taken
	rest := n - taken
	e.flow(unit, flow, n)
	switch {
	case rest > 0 && policy == ledger.Reject:
		return ledger.ErrInsufficientPoints
	case policy == ledger.Clamp:
		e.flow(unit, ledger.FlowUncollected, -rest)
	default:
		a.debt += rest
		a.earned -= rest
	}
	return nil
}

func (e *mEntry) giveBack(o *mOwner, unit, flow string, l mLot, grace time.Time) error {
	if l.over(e.at) && minuteOf(grace) > e.at {
		l.mTerms = mTerms{issued: l.issued, expires: minuteOf(grace)}
	}
	a := o.account(unit)
	if a.spent+o.brought[unit] < l.points {
		return ledger.ErrInvalid
	}
	e.deed.stuck = true
	a.spent -= l.points
	a.put(l)
	e.flow(unit, flow, -l.points)
	return nil
}

func (e *mEntry) giveBackAll(o *mOwner, op ledger.Return) error {
	for _, p := range op.Parts {
		l := mLot{lotTerms([]string{p.Lot})[0], p.Points}
		if err := e.giveBack(o, op.Unit, cmp.Or(op.Flow, ledger.FlowRedeemed), l, op.Grace); err != nil {
			return err
		}
	}
	o.account(op.Unit).pay(e.at)
	return nil
}

func (e *mEntry) reverse(o *mOwner, op ledger.Reverse) error {
	old := o.deeds[op.Of]
	switch {
	case old == nil:
		return ledger.ErrTransactionNotFound
	case o.undone[op.Of]:
		return ledger.ErrAlreadyReversed
	case old.stuck || len(old.in)+len(old.out) == 0:
		return ledger.ErrNotReversible
	}
	note(e.model, o.undone, op.Of, true)
	for _, mv := range old.out {
		if err := e.giveBack(o, mv.unit, mv.flow, mv.mLot, op.Grace); err != nil {
			return err
		}
	}
	for _, mv := range old.in {
		if err := e.clawback(o, mv.unit, mv.points, op.Policy, mv.flow, mv.mTerms); err != nil {
			return err
		}
	}
	for _, a := range o.accounts {
		a.pay(e.at)
	}
	return nil
}

// lotTerms reads the ids of lots.
func lotTerms(ids []string) []mTerms {
	var all []mTerms
	for _, id := range ids {
		t, _ := ledger.ParseLotID(id)
		all = append(all, mTerms{minuteOf(t.Issued), minuteOf(t.Active), minuteOf(t.Expires), t.Await})
	}
	return all
}

func (t mTerms) id() string {
	return ledger.Terms{Issued: moment(t.issued), Active: moment(t.active), Expires: moment(t.expires), Await: t.await}.ID()
}
