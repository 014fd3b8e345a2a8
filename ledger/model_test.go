package ledger_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// model is a second account of what the ledger must do to one owner, written to
// be plain: minutes are numbers, lots a map, and time passes minute by minute
// instead of being caught up with. It shares no code with the ledger.
type model struct {
	now      int
	accounts map[string]*mAccount
	ended    map[string]error // why a hold can no longer be ended
	done     map[string]mDone // by request id
	reversed map[string]bool
	log      map[mEvent]int64 // points that time alone has moved
}

type mAccount struct {
	lots                map[mTerms]int64
	holds               []mHold
	debt, earned, spent int64
}

// mTerms are minutes after the epoch; 0 is never, or at once.
type mTerms struct{ issued, active, expires int }

type mHold struct {
	id    string
	until int
	parts []mPart
}

type mPart struct {
	mTerms
	points int64
}

// mDone is what a granted request did, as far as a reversal must know.
type mDone struct {
	in, out    []mMove
	unreversed bool // did what cannot be reversed
}

type mMove struct {
	unit string
	flow string
	mPart
}

type mEvent struct {
	minute     int
	what, unit string
}

func newModel() *model {
	return &model{
		accounts: map[string]*mAccount{}, ended: map[string]error{}, done: map[string]mDone{},
		reversed: map[string]bool{}, log: map[mEvent]int64{},
	}
}

func (m *model) clone() *model {
	c := *m
	c.accounts = map[string]*mAccount{}
	for unit, a := range m.accounts {
		b := *a
		b.lots, b.holds = maps.Clone(a.lots), slices.Clone(a.holds)
		c.accounts[unit] = &b
	}
	c.ended, c.done = maps.Clone(m.ended), maps.Clone(m.done)
	c.reversed, c.log = maps.Clone(m.reversed), maps.Clone(m.log)
	return &c
}

func (m *model) account(unit string) *mAccount {
	if m.accounts[unit] == nil {
		m.accounts[unit] = &mAccount{lots: map[mTerms]int64{}}
	}
	return m.accounts[unit]
}

// order is the order of use: soonest-expiring first, never last.
func order(a, b mTerms) int {
	soon := func(t mTerms) int {
		if t.expires == 0 {
			return 1 << 40
		}
		return t.expires
	}
	return cmp.Or(cmp.Compare(soon(a), soon(b)), cmp.Compare(a.issued, b.issued), cmp.Compare(a.active, b.active))
}

func (t mTerms) over(now int) bool { return t.expires != 0 && t.expires <= now }

func (a *mAccount) available(now int) (n int64) {
	for t, p := range a.lots {
		if t.active <= now && !t.over(now) {
			n += p
		}
	}
	return n
}

// take moves up to n points out, from the named lots and then from the active ones.
func (a *mAccount) take(now int, n int64, named ...mTerms) (parts []mPart) {
	usable := slices.SortedFunc(maps.Keys(a.lots), order)
	usable = slices.DeleteFunc(usable, func(t mTerms) bool { return t.active > now })
	for _, t := range append(named, usable...) {
		p := min(n, a.lots[t])
		if p == 0 || t.over(now) {
			continue
		}
		n -= p
		parts = append(parts, mPart{t, p})
		if a.lots[t] -= p; a.lots[t] == 0 {
			delete(a.lots, t)
		}
	}
	return parts
}

func total(parts []mPart) (n int64) {
	for _, p := range parts {
		n += p.points
	}
	return n
}

// pay lets free points pay the debt.
func (a *mAccount) pay(now int) int64 {
	paid := total(a.take(now, min(a.debt, a.available(now))))
	a.debt -= paid
	return paid
}

func (m *model) note(minute int, what, unit string, points int64) {
	if points > 0 {
		m.log[mEvent{minute, what, unit}] += points
	}
}

// pass lets time go by until a minute.
func (m *model) pass(until int) {
	for m.now < until {
		m.now++
		for unit, a := range m.accounts {
			for _, h := range slices.Clone(a.holds) {
				if h.until == m.now {
					m.note(m.now, "release", unit, total(h.parts))
					m.note(m.now, "offset", unit, a.end(m.now, h, 0))
					m.ended[h.id] = ledger.ErrHoldExpired
				}
			}
			m.expire(unit, m.now)
			m.note(m.now, "offset", unit, a.pay(m.now))
		}
	}
}

// expire takes out lots whose time is over, but says it was no earlier than from.
func (m *model) expire(unit string, from int) {
	for t, p := range m.accounts[unit].lots {
		if t.over(m.now) {
			m.note(max(t.expires, from), "expire", unit, p)
			delete(m.accounts[unit].lots, t)
		}
	}
}

// end closes a hold, n points of it spent, and tells how much debt the rest paid.
func (a *mAccount) end(now int, h mHold, n int64) int64 {
	a.holds = slices.DeleteFunc(a.holds, func(o mHold) bool { return o.id == h.id })
	for _, p := range h.parts {
		out := min(n, p.points)
		n -= out
		if p.points > out {
			a.lots[p.mTerms] += p.points - out
		}
	}
	return a.pay(now)
}

// post grants a request or tells the error it must fail with.
func (m *model) post(req ledger.Request, ops []ledger.Op) error {
	m.pass(minutes(req.At))
	c := m.clone()
	tx := mDone{}
	at := minutes(req.At)
	if !req.Time.IsZero() {
		at = minutes(req.Time)
	}
	for _, op := range ops {
		if err := c.apply(req.ID, at, op, &tx); err != nil {
			return err
		}
	}
	for unit := range c.accounts {
		c.expire(unit, at)
	}
	c.done[req.ID] = tx
	*m = *c
	return nil
}

func (m *model) apply(id string, at int, op ledger.Op, tx *mDone) error {
	switch o := op.(type) {
	case ledger.Earn:
		a, t := m.account(o.Unit), mTerms{minutes(o.Issued), minutes(o.Active), minutes(o.Expires)}
		if t.active <= at {
			t.active = 0
		}
		a.lots[t] += o.Points
		a.earned += o.Points
		a.pay(m.now)
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
		p.expires, p.active = minutes(grace), 0
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

// minutes is a time in the model's count.
func minutes(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return int(t.Sub(epoch) / time.Minute)
}

// modelTerms reads a lot's id without the ledger's help.
func modelTerms(id string) mTerms {
	read := func(s string) int {
		if s == "" || s == "never" {
			return 0
		}
		t, err := time.Parse("20060102T150405Z", s)
		if err != nil {
			panic(fmt.Sprintf("lot %q: %v", id, err))
		}
		return minutes(t)
	}
	issued, rest, _ := strings.Cut(id, ":")
	expires, active, _ := strings.Cut(rest, "@")
	return mTerms{read(issued), read(active), read(expires)}
}
