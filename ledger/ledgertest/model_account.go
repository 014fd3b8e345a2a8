package ledgertest

import (
	"cmp"
	"slices"

	"github.com/loyaltykit/loyalty/ledger"
)

// mAccount is an account of the model.
type mAccount struct {
	lots                []mLot // no two of the same terms
	holds               []mHold
	debt, earned, spent int64
}

type mTerms struct {
	issued, active, expires int
	await                   string
}

type mLot struct {
	mTerms
	points int64
}

type mHold struct {
	id          string
	made, until int
	parts       []mLot
}

func (h mHold) points() int64 { return points(h.parts) }

func points(lots []mLot) (n int64) {
	for _, l := range lots {
		n += l.points
	}
	return n
}

func (a *mAccount) clone() *mAccount {
	c := *a
	c.lots, c.holds = slices.Clone(a.lots), slices.Clone(a.holds)
	return &c
}

// order is the order of use: soonest-expiring first, never last.
func order(a, b mLot) int {
	soon := func(t mTerms) int { return cmp.Or(t.expires, 1<<40) }
	return cmp.Or(cmp.Compare(soon(a.mTerms), soon(b.mTerms)), cmp.Compare(a.issued, b.issued),
		cmp.Compare(a.active, b.active), cmp.Compare(a.await, b.await))
}

func (t mTerms) over(at int) bool { return t.expires != 0 && t.expires <= at }

// usable tells whether points may be spent: not before their time or event, nor after.
func (t mTerms) usable(at int) bool {
	started := t.active != 0 && t.active <= at || t.active == 0 && t.await == ""
	return started && !t.over(at)
}

func (a *mAccount) available(at int) (n int64) {
	for _, l := range a.lots {
		if l.usable(at) {
			n += l.points
		}
	}
	return n
}

func (a *mAccount) put(lot mLot) {
	if i := a.index(lot.mTerms); i >= 0 {
		a.lots[i].points += lot.points
		return
	}
	a.lots = append(a.lots, lot)
	slices.SortFunc(a.lots, order)
}

func (a *mAccount) index(t mTerms) int {
	return slices.IndexFunc(a.lots, func(l mLot) bool { return l.mTerms == t })
}

// take moves up to n points out, from the named lots and then from those in use.
func (a *mAccount) take(at int, n int64, named ...mTerms) (parts []mLot) {
	from := func(l *mLot) {
		if p := min(n, l.points); p > 0 {
			n -= p
			l.points -= p
			parts = append(parts, mLot{l.mTerms, p})
		}
	}
	for _, t := range named {
		if i := a.index(t); i >= 0 && !t.over(at) {
			from(&a.lots[i])
		}
	}
	for i := range a.lots {
		if a.lots[i].usable(at) {
			from(&a.lots[i])
		}
	}
	a.lots = slices.DeleteFunc(a.lots, func(l mLot) bool { return l.points == 0 })
	return parts
}

// pay lets free points pay the debt.
func (a *mAccount) pay(at int) int64 {
	if a.debt == 0 {
		return 0
	}
	paid := points(a.take(at, min(a.debt, a.available(at))))
	a.debt -= paid
	return paid
}

// expire takes out the lots whose time is over.
func (a *mAccount) expire(at int) (gone []mLot) {
	a.lots = slices.DeleteFunc(a.lots, func(l mLot) bool {
		if l.over(at) {
			gone = append(gone, l)
		}
		return l.over(at)
	})
	return gone
}

// end closes a hold, n points of it spent, which it gives; the rest goes back to its lots.
func (a *mAccount) end(h mHold, n int64, at int) (spent []mLot) {
	a.holds = slices.DeleteFunc(a.holds, func(o mHold) bool { return o.id == h.id })
	for _, p := range h.parts {
		out := min(n, p.points)
		if n -= out; out > 0 {
			spent = append(spent, mLot{p.mTerms, out})
		}
		if p.points > out {
			a.put(mLot{p.mTerms, p.points - out})
		}
	}
	a.pay(at)
	return spent
}

// due is when time alone will next change the account.
func (a *mAccount) due() (due int) {
	for _, l := range a.lots {
		due = sooner(due, l.expires)
		if a.debt > 0 {
			due = sooner(due, l.active)
		}
	}
	for _, h := range a.holds {
		due = sooner(due, h.until)
	}
	return due
}

func (a *mAccount) total() int64 {
	n := points(a.lots) - a.debt
	for _, h := range a.holds {
		n += h.points()
	}
	return n
}

// balance is how a settled account reads.
func (a *mAccount) balance(unit string, at int) ledger.Balance {
	b := ledger.Balance{Unit: unit, Available: a.available(at), Debt: a.debt, Earned: a.earned, Spent: a.spent}
	b.Pending = points(a.lots) - b.Available
	next := 0
	for _, l := range a.lots {
		next = sooner(next, l.expires)
	}
	for _, l := range a.lots {
		if next != 0 && l.expires == next {
			b.NextExpiring += l.points
		}
	}
	for _, h := range a.holds {
		b.Held += h.points()
	}
	b.NextExpiry = moment(next)
	return b
}
