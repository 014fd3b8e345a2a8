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

// world is a second account of what the ledger must do, written to be plain: minutes are
// numbers, lots a map, and time passes minute by minute instead of being caught up with.
// It shares no code with the ledger.
type world map[string]*model

// model is what the world knows of one owner.
type model struct {
	now      int
	accounts map[string]*mAccount
	ended    map[string]error // why a hold can no longer be ended
	done     map[string]mDone // by request id
	reversed map[string]bool
	log      map[mEvent]int64   // points that time alone has moved
	expiries map[string][]mMove // by the ids that the ledger gave them
}

type mAccount struct {
	lots                map[mTerms]int64
	holds               []mHold
	debt, earned, spent int64
}

// mTerms are minutes after the epoch; 0 is never, or at once.
type mTerms struct {
	issued, active, expires int
	await                   string
}

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
		reversed: map[string]bool{}, log: map[mEvent]int64{}, expiries: map[string][]mMove{},
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
	return cmp.Or(cmp.Compare(soon(a), soon(b)), cmp.Compare(a.issued, b.issued), cmp.Compare(a.active, b.active), cmp.Compare(a.await, b.await))
}

func (t mTerms) over(now int) bool { return t.expires != 0 && t.expires <= now }

func (t mTerms) waits(now int) bool { return t.active > now || t.await != "" && t.active == 0 }

// at is the terms of points that come at a minute: what they waited for may be over.
func (t mTerms) at(now int) mTerms {
	if t.active != 0 && t.active <= now {
		t.active, t.await = 0, ""
	}
	return t
}

func (a *mAccount) available(now int) (n int64) {
	for t, p := range a.lots {
		if !t.waits(now) && !t.over(now) {
			n += p
		}
	}
	return n
}

// take moves up to n points out, from the named lots and then from the active ones.
func (a *mAccount) take(now int, n int64, named ...mTerms) (parts []mPart) {
	usable := slices.SortedFunc(maps.Keys(a.lots), order)
	usable = slices.DeleteFunc(usable, func(t mTerms) bool { return t.waits(now) })
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
	active, await, _ := strings.Cut(active, "+")
	return mTerms{read(issued), read(active), read(expires), await}
}
