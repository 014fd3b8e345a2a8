package ledger

import (
	"slices"
	"time"
)

// Account is what one owner has in one unit. A Record holds at most one a unit.
type Account struct {
	Unit string `json:"unit"`
	// Lots are the free points. No lot is empty and no two have equal terms.
	Lots Lots `json:"lots,omitzero"`
	// Holds are the open holds, in the order they came to the account.
	Holds []Hold `json:"holds,omitempty"`
	// Debt is what a clawback could not find. The next points to come pay it
	// first, so while there is debt no free point is active.
	Debt int64 `json:"debt,omitempty"`
	// Earned and Spent are totals to date, less what was taken back or returned. They are below
	// zero when more came back than this owner earned or spent, by way of gifts and merges.
	Earned int64 `json:"earned,omitempty"`
	Spent  int64 `json:"spent,omitempty"`
}

// Hold is points set aside for one purpose, still in their lots' terms.
type Hold struct {
	ID    string    `json:"id"` // that of the transaction which made it
	Parts []Lot     `json:"parts"`
	Made  time.Time `json:"made"`
	Until time.Time `json:"until,omitzero"` // first moment it no longer holds; zero is until captured or released
}

// Points is how many the hold holds.
func (h Hold) Points() int64 { return sum(h.Parts) }

func (h Hold) expired(at time.Time) bool { return !h.Until.IsZero() && !h.Until.After(at) }

func sum(lots []Lot) int64 {
	var n int64
	for _, l := range lots {
		n += l.Points
	}
	return n
}

// total is what the account comes to whatever the hour: free, held, less debt.
func (a *Account) total() int64 {
	n := a.Lots.Points() - a.Debt
	for _, h := range a.Holds {
		n += h.Points()
	}
	return n
}

// unused tells an account that is as if it had never been.
func (a *Account) unused() bool {
	return a.Lots.IsZero() && len(a.Holds) == 0 && a.Debt == 0 && a.Earned == 0 && a.Spent == 0
}

// due is the earliest moment at which time alone changes the account.
func (a *Account) due() time.Time {
	var due time.Time
	if !a.Lots.IsZero() {
		due = a.Lots.first.lots[0].Expires // the first to expire is the first of all
	}
	if a.Debt > 0 {
		due = earliest(due, a.Lots.nextActive())
	}
	for _, h := range a.Holds {
		due = earliest(due, h.Until)
	}
	return due
}

// CopyAccounts copies accounts as a Copier does: with their Lots where these are FewLots or fewer.
func CopyAccounts(list []Account) []Account {
	list = slices.Clone(list)
	for i := range list {
		a := &list[i]
		if n := a.Lots.Len(); n <= FewLots {
			a.Lots = TakeLots(slices.AppendSeq(make([]Lot, 0, n), a.Lots.All()))
		}
	}
	return list
}

// smallLots is how many lots an account has at most that is cloned in one piece with them: no more than FewLots.
const smallLots = 3

// cloneSmall clones an account of few lots, in one piece with them, as the only one of a record: nearly
// every request changes some of them. It uses the room, if there is one.
func (a *Account) cloneSmall(c *Record, r *room) bool {
	was := a.Lots.first.lots
	if len(a.Lots.rest) > 0 || len(was) == 0 || len(was) > smallLots {
		return false
	}
	var lots []Lot
	switch {
	case r != nil:
		c.Accounts, lots = r.account[:], r.lots[:len(was):len(was)]
	case len(was) == 1:
		piece := new(struct {
			account [1]Account
			lots    [1]Lot
		})
		c.Accounts, lots = piece.account[:], piece.lots[:]
	default:
		piece := new(struct {
			account [1]Account
			lots    [smallLots]Lot
		})
		c.Accounts, lots = piece.account[:], piece.lots[:len(was)]
	}
	copy(lots, was)
	own := &c.Accounts[0]
	*own = *a
	own.Lots.first.lots, own.Lots.first.own = lots, true
	own.Holds = slices.Clone(a.Holds)
	return true
}

func (a *Account) clone() Account {
	c := *a
	c.Lots = a.Lots.clone()
	c.Holds = slices.Clone(a.Holds) // parts of an open hold never change
	return c
}

// earliest is the sooner of two moments, where zero means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Balance is an account seen at one moment.
type Balance struct {
	Unit      string `json:"unit"`
	Available int64  `json:"available"` // may be spent now
	Pending   int64  `json:"pending"`   // credited, not active yet
	Held      int64  `json:"held"`      // set aside by open holds
	Debt      int64  `json:"debt"`      // owed: the next points pay it first
	Earned    int64  `json:"earned"`    // to date, less what was taken back
	Spent     int64  `json:"spent"`     // to date, less what was returned
	// NextExpiry is when the next free points expire, and NextExpiring how many.
	NextExpiry   time.Time `json:"next_expiry,omitzero"`
	NextExpiring int64     `json:"next_expiring,omitempty"`
}

// Total is available, pending and held points less the debt: what a statement adds up to.
func (b Balance) Total() int64 { return b.Available + b.Pending + b.Held - b.Debt }

// Balance is the account as it stands at a moment, whether or not a tick has
// recorded the expiries and time-outs before it.
func (a Account) Balance(at time.Time) Balance {
	return a.balance(clean(at))
}

func (a *Account) balance(at time.Time) Balance {
	if due := a.due(); !due.IsZero() && !due.After(at) {
		settled := a.settledAt(at)
		a = &settled
	}
	b := Balance{Unit: a.Unit, Debt: a.Debt, Earned: a.Earned, Spent: a.Spent}
	b.Available = a.Lots.available(at)
	b.Pending = a.Lots.Points() - b.Available
	b.NextExpiry, b.NextExpiring = a.Lots.nextExpiry()
	for _, h := range a.Holds {
		b.Held += h.Points()
	}
	return b
}

// settledAt is the account with what time alone has done to it by a moment.
func (a Account) settledAt(at time.Time) Account {
	if due := a.due(); due.IsZero() || due.After(at) {
		return a
	}
	rec := Record{Accounts: []Account{a.clone()}}
	settle(&rec, time.Time{}, at, func(*entry, Kind, string) {})
	return rec.Accounts[0]
}
