package ledger

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Record is the unit of consistency: everything of one owner that changes
// together. The owner may be a member, a team, a reward's stock, a budget.
type Record struct {
	Owner    string    `json:"owner"`
	Version  int64     `json:"version"`       // 0 when the owner is new; each commit makes it one more
	Seq      int64     `json:"seq"`           // how many transactions the owner has
	Head     Hash      `json:"head,omitzero"` // the hash of the last of them
	Accounts []Account `json:"accounts"`      // by unit
	// Docs are what else must change in the same commit, by name. Each is JSON in UTF-8, which a store gives back byte
	// for byte; it may refuse what is not. The ledger never reads the host's.
	Docs map[string]json.RawMessage `json:"docs,omitempty"`
	// DocsDue is when time alone changes a document; zero is never. Whoever writes the documents sets it.
	DocsDue time.Time `json:"docs_due,omitzero"`
	// Due is the earliest moment at which time alone changes something: a lot
	// expires, a hold times out, DocsDue. Zero is never.
	Due time.Time `json:"due,omitzero"`
}

// Account gives the owner's account in a unit; one that was never used is empty.
func (r *Record) Account(unit string) Account {
	if i, ok := r.find(unit); ok {
		return r.Accounts[i]
	}
	return Account{Unit: unit}
}

// Balances are the owner's balances at a moment, by unit.
func (r *Record) Balances(at time.Time) []Balance {
	return r.balances(clean(at), make([]Balance, 0, len(r.Accounts)))
}

// balances adds the balances to list.
func (r *Record) balances(at time.Time, list []Balance) []Balance {
	for i := range r.Accounts {
		list = append(list, r.Accounts[i].balance(at))
	}
	return list
}

func (r *Record) find(unit string) (int, bool) {
	return slices.BinarySearchFunc(r.Accounts, unit, func(a Account, u string) int {
		switch {
		case a.Unit < u:
			return -1
		case a.Unit > u:
			return 1
		}
		return 0
	})
}

// account gives the account to change, made if need be.
func (r *Record) account(unit string) *Account {
	i, ok := r.find(unit)
	if !ok {
		r.Accounts = slices.Insert(r.Accounts, i, Account{Unit: unit})
	}
	return &r.Accounts[i]
}

func (r *Record) due() time.Time {
	due := r.DocsDue
	for i := range r.Accounts {
		due = earliest(due, r.Accounts[i].due())
	}
	return due
}

// cloneTo makes c a record that may be changed while this one stays as it is, in the room if there is one
// and it will do.
func (r *Record) cloneTo(c *Record, in *room) {
	*c = *r
	c.Docs = maps.Clone(r.Docs) // documents themselves are replaced, never edited
	if len(r.Accounts) == 1 && r.Accounts[0].cloneSmall(c, in) {
		return
	}
	c.Accounts = make([]Account, len(r.Accounts))
	for i := range r.Accounts {
		c.Accounts[i] = r.Accounts[i].clone()
	}
}
