package ledgertest

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// model is a second account of what a ledger must do, written to be plain: minutes are
// numbers, there is no store, no version to guard and no draft, only what each owner has
// and what was done. It shares no decision with package ledger.
type model struct {
	owners map[string]*mOwner
	flows  map[mFlow]int64
	undo   []func()         // takes back what was done since the last commit, last first
	dirty  map[*mOwner]bool // whose version the commit moves
}

type mFlow struct{ unit, flow string }

// mOwner is what the model knows of one owner.
type mOwner struct {
	name         string
	version, seq int64
	accounts     map[string]*mAccount
	closed       bool
	docs         map[string]string
	docsDue      int
	brought      map[string]int64 // what owners merged into this one had spent
	tallies      map[string]mTally
	deeds        map[string]*mDeed  // granted requests, by id
	refs         map[string]bool    // references taken
	ends         map[string]error   // why a hold is no longer open
	undone       map[string]bool    // ids of what was reversed or reinstated
	ticks        map[string][]mMove // what expired, by the id of the transaction; nothing where it did something else
	recent       []string           // ids of the last ticks
}

type mTally struct {
	from, until  int
	points, uses int64
}

// mDeed is what a granted request did, as far as a reversal must know.
type mDeed struct {
	command *command
	in, out []mMove
	stuck   bool // did what cannot be reversed
}

type mMove struct {
	unit, flow string
	mLot
}

func newModel() *model {
	return &model{owners: map[string]*mOwner{}, flows: map[mFlow]int64{}, dirty: map[*mOwner]bool{}}
}

func (m *model) owner(name string) *mOwner {
	o := m.owners[name]
	if o == nil {
		o = &mOwner{
			name: name, accounts: map[string]*mAccount{}, deeds: map[string]*mDeed{}, refs: map[string]bool{},
			ends: map[string]error{}, undone: map[string]bool{}, ticks: map[string][]mMove{},
		}
		m.owners[name] = o
	}
	return o
}

func (o *mOwner) account(unit string) *mAccount {
	if o.accounts[unit] == nil {
		o.accounts[unit] = &mAccount{}
	}
	return o.accounts[unit]
}

// save makes an owner ready to be changed and, maybe, changed back.
func (m *model) save(o *mOwner) {
	was := *o
	o.accounts = make(map[string]*mAccount, len(was.accounts))
	for unit, a := range was.accounts {
		o.accounts[unit] = a.clone()
	}
	m.undo = append(m.undo, func() { *o = was })
}

// note sets an entry of a map that only ever grows.
func note[K comparable, V any](m *model, in map[K]V, k K, v V) {
	old, ok := in[k]
	in[k] = v
	m.undo = append(m.undo, func() {
		if ok {
			in[k] = old
		} else {
			delete(in, k)
		}
	})
}

// with is a small map with one entry more, the old one as it was.
func with[K comparable, V any](in map[K]V, k K, v V) map[K]V {
	out := maps.Clone(in)
	if out == nil {
		out = map[K]V{}
	}
	out[k] = v
	return out
}

func (m *model) write(o *mOwner) {
	if !m.dirty[o] {
		m.dirty[o] = true
		m.undo = append(m.undo, func() { delete(m.dirty, o) })
	}
}

// rollback takes back what was done since len(m.undo) was mark.
func (m *model) rollback(mark int) {
	for _, f := range slices.Backward(m.undo[mark:]) {
		f()
	}
	m.undo = m.undo[:mark]
}

// commit keeps what was done.
func (m *model) commit() {
	for o := range m.dirty {
		o.version++
	}
	clear(m.dirty)
	m.undo = m.undo[:0]
}

func (m *model) flow(unit, flow string, points int64) {
	if points != 0 {
		note(m, m.flows, mFlow{unit, flow}, m.flows[mFlow{unit, flow}]+points)
	}
}

// tickMade counts a transaction that time has made.
func (m *model) tickMade(o *mOwner, expired []mMove) {
	o.seq++
	id := "~tick/" + strconv.FormatInt(o.seq, 10)
	note(m, o.ticks, id, expired)
	o.recent = append(o.recent[max(0, len(o.recent)-4):len(o.recent):len(o.recent)], id)
}

// settle lets time pass for an owner until at. Nothing is dated before from.
func (m *model) settle(o *mOwner, from, at int) {
	for {
		moment := 0
		for _, a := range o.accounts {
			moment = sooner(moment, a.due())
		}
		if moment == 0 || moment > at {
			return
		}
		if moment < from && from <= at {
			moment = from
		}
		m.write(o)
		for _, unit := range simUnits {
			a := o.account(unit)
			for _, h := range slices.Clone(a.holds) {
				if h.until != 0 && h.until <= moment {
					a.end(h, 0, moment)
					note(m, o.ends, h.id, ledger.ErrHoldExpired)
					m.tickMade(o, nil)
				}
			}
		}
		var gone []mMove
		for _, unit := range simUnits {
			for _, l := range o.account(unit).expire(moment) {
				gone = append(gone, mMove{unit, ledger.FlowExpired, l})
				m.flow(unit, ledger.FlowExpired, l.points)
			}
		}
		if len(gone) > 0 {
			m.tickMade(o, gone)
		}
		var paid int64
		for _, unit := range simUnits {
			paid += o.account(unit).pay(moment)
		}
		if paid > 0 {
			m.tickMade(o, nil)
		}
	}
}

// due is when time alone will next change the owner.
func (o *mOwner) due() int {
	due := o.docsDue
	for _, a := range o.accounts {
		due = sooner(due, a.due())
	}
	return due
}

// tick is Ledger.Tick.
func (m *model) tick(name string, at int) {
	o := m.owner(name)
	m.save(o)
	m.settle(o, 0, at)
}

// balance is what Ledger.Balance must say.
func (m *model) balance(name, unit string, at int) ledger.Balance {
	mark, o := len(m.undo), m.owner(name)
	m.tick(name, at)
	b := o.account(unit).balance(unit, at)
	m.rollback(mark)
	return b
}

// Minutes are counted from long before any simulation, so that 0 is free to mean none.
var simEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func moment(minute int) time.Time {
	if minute == 0 {
		return time.Time{}
	}
	return simEpoch.Add(time.Duration(minute) * time.Minute)
}

func minuteOf(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return int(t.Unix()-simEpoch.Unix()) / 60
}

// sooner is the earlier of two minutes, where 0 is never.
func sooner(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
