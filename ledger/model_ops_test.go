package ledger_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// post grants a request or tells the error it must fail with.
func (w world) post(req ledger.Request, ops []ledger.Op) error {
	for _, m := range w {
		m.pass(minutes(req.At))
	}
	c := world{}
	for owner, m := range w {
		c[owner] = m.clone()
	}
	m, tx := c[req.Owner], mDone{}
	at := minutes(req.At)
	if !req.Time.IsZero() {
		at = minutes(req.Time)
	}
	for _, op := range ops {
		if err := c.apply(m, req.ID, at, op, &tx); err != nil {
			return err
		}
	}
	for _, m := range c {
		for unit := range m.accounts {
			m.expire(unit, at)
		}
	}
	m.done[req.ID] = tx
	maps.Copy(w, c)
	return nil
}

func (w world) apply(m *model, id string, at int, op ledger.Op, tx *mDone) error {
	switch o := op.(type) {
	case ledger.Earn:
		t := mTerms{minutes(o.Issued), minutes(o.Active), minutes(o.Expires), o.Await}.at(at)
		m.earn(o.Unit, mPart{t, o.Points})
		tx.in = append(tx.in, mMove{o.Unit, "", mPart{t, o.Points}})
	case ledger.Redeem:
		a, n := m.account(o.Unit), o.Points
		if has := a.available(m.now); has < n && o.UpTo {
			n = has
		} else if has < n {
			return ledger.ErrInsufficientPoints
		}
		m.spend(tx, o.Unit, o.Flow, a.take(m.now, n))
	case ledger.PlaceHold:
		a := m.account(o.Unit)
		if until := minutes(o.Until); until != 0 && until <= m.now {
			return ledger.ErrInvalid
		}
		if a.available(m.now) < o.Points {
			return ledger.ErrInsufficientPoints
		}
		a.holds = append(a.holds, mHold{id, minutes(o.Until), a.take(m.now, o.Points)})
		tx.unreversed = true
	case ledger.Capture:
		return m.end(tx, o.Hold, o.Points, o.Flow, ledger.ErrHoldCaptured)
	case ledger.Release:
		return m.end(tx, o.Hold, -1, "", ledger.ErrHoldReleased)
	case ledger.Clawback:
		tx.unreversed = true
		var named []mTerms
		for _, l := range o.Lots {
			named = append(named, modelTerms(l))
		}
		return m.clawback(o.Unit, o.Points, o.Policy, named...)
	case ledger.Return:
		tx.unreversed = true
		for _, p := range o.Parts {
			if err := m.giveBack(o.Unit, mPart{modelTerms(p.Lot), p.Points}, o.Grace); err != nil {
				return err
			}
		}
		m.account(o.Unit).pay(m.now)
	case ledger.Reverse:
		return m.reverse(tx, o)
	default:
		return w.applyRare(m, at, op, tx)
	}
	return nil
}

// applyRare has the operations that are not of everyday orders and refunds.
func (w world) applyRare(m *model, at int, op ledger.Op, tx *mDone) error {
	switch o := op.(type) {
	case ledger.Gift:
		tx.unreversed = true
		return m.give(w[o.To], o)
	case ledger.Open:
		tx.unreversed = true
		m.earn(o.Unit, mPart{mTerms{minutes(o.Issued), minutes(o.Active), minutes(o.Expires), ""}.at(at), o.Points})
	case ledger.Adjust:
		tx.unreversed = true
		if o.Points < 0 {
			return m.clawback(o.Unit, -o.Points, o.Policy)
		}
		m.earn(o.Unit, mPart{mTerms{minutes(o.Issued), minutes(o.Active), minutes(o.Expires), ""}.at(at), o.Points})
	case ledger.Activate:
		for _, a := range m.accounts {
			a.change(m.now, func(t mTerms) mTerms {
				if t.await == o.Await {
					t.active, t.await = 0, ""
				}
				return t
			})
			a.pay(m.now)
		}
	case ledger.Extend:
		return m.extend(o)
	case ledger.Reinstate:
		return m.reinstate(tx, at, o)
	}
	return nil
}

func (m *model) earn(unit string, p mPart) {
	a := m.account(unit)
	a.lots[p.mTerms] += p.points
	a.earned += p.points
	a.pay(m.now)
}

func (m *model) give(to *model, o ledger.Gift) error {
	a, b := m.account(o.Unit), to.account(o.Unit)
	if a.available(m.now) < o.Points {
		return ledger.ErrInsufficientPoints
	}
	for _, p := range a.take(m.now, o.Points) {
		b.lots[p.mTerms] += p.points
	}
	b.pay(m.now)
	return nil
}

// change gives lots other terms.
func (a *mAccount) change(now int, to func(mTerms) mTerms) {
	changed := map[mTerms]int64{}
	for t, p := range a.lots {
		if !t.over(now) {
			t = to(t)
		}
		changed[t] += p
	}
	a.lots = changed
}

func (m *model) extend(o ledger.Extend) error {
	expires := minutes(o.Expires)
	if expires != 0 && expires <= m.now {
		return ledger.ErrInvalid
	}
	var named []mTerms
	for _, l := range o.Lots {
		named = append(named, modelTerms(l))
	}
	m.account(o.Unit).change(m.now, func(t mTerms) mTerms {
		if t.expires != 0 && (expires == 0 || expires > t.expires) && (len(named) == 0 || slices.Contains(named, t)) {
			t.expires = expires
		}
		return t
	})
	return nil
}

func (m *model) reinstate(tx *mDone, at int, o ledger.Reinstate) error {
	expires := minutes(o.Expires)
	_, done := m.done[o.Of]
	moves, ok := m.expiries[o.Of]
	switch {
	case expires != 0 && expires <= m.now:
		return ledger.ErrInvalid
	case done:
		return ledger.ErrNotReversible
	case !ok:
		return ledger.ErrTransactionNotFound
	case m.reversed[o.Of]:
		return ledger.ErrAlreadyReversed
	}
	m.reversed[o.Of], tx.unreversed = true, true
	for _, mv := range moves {
		t := mv.mTerms
		t.expires = expires
		m.account(mv.unit).lots[t.at(at)] += mv.points
	}
	for _, a := range m.accounts {
		a.pay(m.now)
	}
	return nil
}

func (m *model) spend(tx *mDone, unit, flow string, parts []mPart) {
	for _, p := range parts {
		tx.out = append(tx.out, mMove{unit, cmp.Or(flow, ledger.FlowRedeemed), p})
	}
	m.account(unit).spent += total(parts)
}

// end spends n points of a hold, 0 for all and -1 for none, and closes it.
func (m *model) end(tx *mDone, id string, n int64, flow string, why error) error {
	for unit, a := range m.accounts {
		i := slices.IndexFunc(a.holds, func(h mHold) bool { return h.id == id })
		if i < 0 {
			continue
		}
		h := a.holds[i]
		switch has := total(h.parts); {
		case n > has:
			return ledger.ErrInsufficientPoints
		case n == 0:
			n = has
		case n < 0:
			n = 0
		}
		left := n
		for _, p := range h.parts {
			out := min(left, p.points)
			if left -= out; out > 0 {
				m.spend(tx, unit, flow, []mPart{{p.mTerms, out}})
			}
		}
		a.end(m.now, h, n)
		m.ended[id] = why
		return nil
	}
	if err := m.ended[id]; err != nil {
		return err
	}
	if _, ok := m.done[id]; ok {
		return ledger.ErrNotAHold
	}
	return ledger.ErrHoldNotFound
}

func (m *model) clawback(unit string, n int64, policy ledger.Policy, named ...mTerms) error {
	a := m.account(unit)
	taken := total(a.take(m.now, n, named...))
	a.earned -= taken
	rest := n - taken
	switch {
	case rest > 0 && policy == ledger.Reject:
		return ledger.ErrInsufficientPoints
	case policy != ledger.Clamp:
		a.debt += rest
		a.earned -= rest
	}
	return nil
}

func (m *model) giveBack(unit string, p mPart, grace time.Time) error {
	a := m.account(unit)
	if p.over(m.now) && minutes(grace) > m.now {
		p.mTerms = mTerms{issued: p.issued, expires: minutes(grace)}
	}
	if a.spent < p.points {
		return ledger.ErrInvalid
	}
	a.spent -= p.points
	a.lots[p.mTerms] += p.points
	return nil
}

func (m *model) reverse(tx *mDone, o ledger.Reverse) error {
	old, ok := m.done[o.Of]
	switch {
	case !ok:
		return ledger.ErrTransactionNotFound
	case m.reversed[o.Of]:
		return ledger.ErrAlreadyReversed
	case old.unreversed || len(old.in)+len(old.out) == 0:
		return ledger.ErrNotReversible
	}
	m.reversed[o.Of], tx.unreversed = true, true
	for _, mv := range old.out {
		if err := m.giveBack(mv.unit, mv.mPart, o.Grace); err != nil {
			return err
		}
	}
	for _, mv := range old.in {
		if err := m.clawback(mv.unit, mv.points, o.Policy, mv.mTerms); err != nil {
			return err
		}
	}
	for _, a := range m.accounts {
		a.pay(m.now)
	}
	return nil
}
