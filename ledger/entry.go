package ledger

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// making is a transaction in the making: the records it changes and the postings so far.
type making struct {
	id       string        // the transaction's id
	reason   string        // the request's
	actor    string        // the request's
	at       time.Time     // the clock
	time     time.Time     // when it happened
	draft    *Draft        // where records and earlier transactions are found; nil in a tick
	settled  []Transaction // those that time has made since
	parties  []*entry      // the owners it touches, the home owner first
	postings []Posting
	aliases  []string
	home     entry // most transactions touch one owner: room for that
	one      [1]*entry
}

// entry is one owner's side of a transaction in the making. It alone moves points, so
// that no state changes without a posting.
type entry struct {
	*making
	rec *Record
}

// of is an owner's side of the transaction, brought up to the clock. There is none of an
// owner whose books have ended, were it by an operation before in the same request.
func (m *making) of(owner string) (*entry, error) {
	for _, e := range m.parties {
		if e.rec.Owner == owner {
			return e, e.rec.closed()
		}
	}
	rec := m.draft.copy(owner)
	if err := rec.closed(); err != nil {
		return nil, err
	}
	e := &m.home
	if m.parties != nil {
		e = new(entry)
	} else {
		m.parties = m.one[:0]
	}
	e.making, e.rec = m, rec
	m.settled = m.draft.settled(e.rec, time.Time{}, m.at, m.settled)
	m.parties = append(m.parties, e)
	return e, nil
}

// find looks among the owner's transactions, this one included for the ids it
// has taken so far: what one operation has closed or reversed, the next may not again.
func (e *entry) find(id string) (Transaction, bool) {
	if slices.Contains(e.aliases, id) {
		return Transaction{Key: Key{e.rec.Owner, e.id}, Postings: e.postings}, true
	}
	if t, ok := find(e.settled, e.rec.Owner, id); ok {
		return t, true
	}
	return e.draft.Find(e.rec.Owner, id)
}

func (e *entry) post(unit string, points int64, from, to Place, reason string) {
	e.postings = append(e.postings, Posting{Unit: unit, Points: points, From: from, To: to, Reason: reason})
}

func (e *entry) free(lot string) Place       { return Place{Owner: e.rec.Owner, Lot: lot} }
func (e *entry) held(lot, hold string) Place { return Place{Owner: e.rec.Owner, Lot: lot, Hold: hold} }

func (e *entry) insufficient(a *Account, needed int64) error {
	return &InsufficientPointsError{Owner: e.rec.Owner, Unit: a.Unit, Needed: needed, Available: a.Lots.available(e.at)}
}

// lot is points under terms as they are at this hour: a cohort if none is given, and
// nothing to wait for that has come to pass.
func (e *entry) lot(a *Account, t Terms, points int64) Lot {
	if t.Issued.IsZero() {
		t.Issued = monthOf(e.time)
	}
	if !t.Active.IsZero() && !t.Active.After(e.time) {
		t.Active, t.Await = time.Time{}, ""
	}
	if p, ok := a.Lots.search(&t); ok {
		lot := *a.Lots.at(p) // and its ID, which need not be made again
		lot.Points = points
		return lot
	}
	return Lot{ID: t.ID(), Terms: t, Points: points}
}

// monthOf is the start of the month of a time in UTC.
func monthOf(t time.Time) time.Time {
	const day = 24 * 60 * 60
	s := t.Unix()
	s -= (s%day + day) % day
	return time.Unix(s-int64(t.Day()-1)*day, 0).UTC()
}

// earn credits a new lot from a flow and lets it pay what is owed.
func (e *entry) earn(a *Account, lot Lot, flow, reason string) error {
	if a.Earned > math.MaxInt64-lot.Points {
		return tooMany(lot.Points)
	}
	if err := e.credit(a, lot, Place{Flow: flow}, reason); err != nil {
		return err
	}
	a.Earned += lot.Points
	e.offset(a)
	return nil
}

// credit puts points from a flow into a lot.
func (e *entry) credit(a *Account, lot Lot, from Place, reason string) error {
	if err := e.receive(a, lot); err != nil {
		return err
	}
	e.post(a.Unit, lot.Points, from, e.free(lot.ID), reason)
	return nil
}

// receive puts points that another posting of this transaction brings into a lot.
func (e *entry) receive(a *Account, lot Lot) error {
	if a.total()+a.Debt > math.MaxInt64-lot.Points {
		return tooMany(lot.Points)
	}
	a.Lots.add(lot)
	return nil
}

// spend counts n points as spent.
func (e *entry) spend(a *Account, n int64) error {
	if a.Spent > math.MaxInt64-n { // by way of gifts
		return invalid("points", "%d more would take the total spent past %d", n, int64(math.MaxInt64))
	}
	a.Spent += n
	return nil
}

func tooMany(points int64) error {
	return invalid("points", "%d more would take the account past %d", points, int64(math.MaxInt64))
}

// giveBack returns spent points to their lot, or to one that expires at grace
// when their own time is over.
func (e *entry) giveBack(a *Account, lot Lot, flow string, grace time.Time, reason string) error {
	if lot.expired(e.at) && grace.After(e.at) {
		lot.Terms = Terms{Issued: lot.Issued, Expires: clean(grace)}
		lot.ID = lot.Terms.ID()
	}
	brought, err := e.brought(a.Unit)
	if err != nil {
		return err
	}
	if spent := plus(a.Spent, brought); spent < lot.Points {
		return invalid("points", "%d more to return, of only %d spent", lot.Points, spent)
	}
	a.Spent -= lot.Points
	return e.credit(a, lot, Place{Flow: flow}, reason)
}

// take moves n available points out of free lots: first those of the named lots,
// which may be pending, then the others in order of use. It gives back what it
// took; the caller has seen to it that there is enough, or minds what is missing.
// A destination of an owner's that names no lot keeps each part in its lot's terms.
func (e *entry) take(a *Account, n int64, first []string, to Place, reason string) []Lot {
	var parts []Lot
	move := func(part Lot) {
		n -= part.Points
		parts = append(parts, part)
		dest := to
		if dest.Owner != "" && dest.Lot == "" {
			dest.Lot = part.ID
		}
		e.post(a.Unit, part.Points, e.free(part.ID), dest, reason)
	}
	for _, id := range first {
		if n == 0 {
			break
		}
		if p, ok := a.Lots.find(id); ok && !a.Lots.at(p).expired(e.at) {
			move(a.Lots.takeFrom(p, n))
		}
	}
	a.Lots.take(n, e.at, move)
	return parts
}

// clawback takes earned points back to the flow they came from, as far as they are there, and settles the
// rest by policy.
func (e *entry) clawback(a *Account, n int64, lots []string, flow string, policy Policy, reason string) error {
	if a.Earned < math.MinInt64+n { // by way of gifts
		return invalid("points", "%d more would take the total earned below %d", n, int64(math.MinInt64))
	}
	taken := sum(e.take(a, n, lots, Place{Flow: flow}, reason))
	a.Earned -= taken
	rest := n - taken
	if rest == 0 {
		return nil
	}
	switch policy {
	case Reject:
		return &InsufficientPointsError{Owner: e.rec.Owner, Unit: a.Unit, Needed: n, Available: taken}
	case Clamp:
		e.post(a.Unit, rest, Place{Flow: FlowUncollected}, Place{Flow: flow}, reason)
	default:
		if a.Debt > math.MaxInt64-rest {
			return invalid("points", "%d more would take the debt past %d", rest, int64(math.MaxInt64))
		}
		a.Debt += rest
		a.Earned -= rest
		e.post(a.Unit, rest, e.free(DebtLot), Place{Flow: flow}, reason)
	}
	return nil
}

// offset lets free points pay what is owed.
func (e *entry) offset(a *Account) {
	if a.Debt == 0 {
		return
	}
	if n := min(a.Debt, a.Lots.available(e.at)); n > 0 {
		e.take(a, n, nil, e.free(DebtLot), "")
		a.Debt -= n
	}
}

// openHold finds a hold that may still be captured or released, or says why it may not.
func (e *entry) openHold(id string) (*Account, Hold, error) {
	for i := range e.rec.Accounts {
		a := &e.rec.Accounts[i]
		if j := indexHold(a.Holds, id); j >= 0 {
			return a, a.Holds[j], nil
		}
	}
	key := Key{e.rec.Owner, id}
	end, ok := e.find(closeID(id))
	switch {
	case !ok:
		tx, ok := e.find(id)
		if !ok || tx.Key != key {
			return nil, Hold{}, fmt.Errorf("%w: %s", ErrHoldNotFound, key)
		}
		return nil, Hold{}, fmt.Errorf("%w: %s is a transaction of kind %s", ErrNotAHold, key, tx.Kind)
	case strings.HasPrefix(end.Key.ID, reserved): // a tick
		return nil, Hold{}, fmt.Errorf("%w: %s timed out at %s", ErrHoldExpired, key, end.Time.Format(time.RFC3339))
	case spent(&end, id):
		return nil, Hold{}, fmt.Errorf("%w: %s by %s", ErrHoldCaptured, key, end.Key)
	}
	return nil, Hold{}, fmt.Errorf("%w: %s by %s", ErrHoldReleased, key, end.Key)
}

// spent tells whether a transaction took points of a hold out of the account.
func spent(tx *Transaction, hold string) bool {
	return slices.ContainsFunc(tx.Postings, func(p Posting) bool { return p.From.Hold == hold && p.To.Flow != "" })
}

// close ends a hold: n points of it go to the flow, the rest back to their lots.
func (e *entry) close(a *Account, h Hold, n int64, flow, reason string) {
	a.Holds = slices.DeleteFunc(a.Holds, func(o Hold) bool { return o.ID == h.ID })
	for _, p := range h.Parts {
		out := min(n, p.Points)
		if n -= out; out > 0 {
			e.post(a.Unit, out, e.held(p.ID, h.ID), Place{Flow: flow}, reason)
		}
		if p.Points -= out; p.Points > 0 {
			a.Lots.add(p)
			e.post(a.Unit, p.Points, e.held(p.ID, h.ID), e.free(p.ID), reason)
		}
	}
	e.aliases = append(e.aliases, closeID(h.ID))
	e.offset(a)
}

// expire takes out the lots whose time is over.
func (e *entry) expire(a *Account) {
	a.Lots.expire(e.at, func(l Lot) {
		e.post(a.Unit, l.Points, e.free(l.ID), Place{Flow: FlowExpired}, "")
	})
}

func indexLot(lots []Lot, id string) int {
	return slices.IndexFunc(lots, func(l Lot) bool { return l.ID == id })
}

func indexHold(holds []Hold, id string) int {
	return slices.IndexFunc(holds, func(h Hold) bool { return h.ID == id })
}
