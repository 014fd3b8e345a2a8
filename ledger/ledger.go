package ledger

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultUnit is the one unit of a Ledger that names none.
const DefaultUnit = "points"

// Config says what a Ledger is to work with. Only Store is required.
type Config struct {
	Store Store
	// Units are the units the ledger keeps; none is DefaultUnit alone. A request
	// for another is refused, so that a typing error opens no account.
	Units []string
	// Attempts bounds how often a decision is made, once and then again after ErrConflict; 0 is 10.
	// 1 leaves every conflict to the caller, as a store bound to the host's own
	// transaction requires.
	Attempts int
}

func (c Config) validate() error {
	var errs []error
	if c.Store == nil {
		errs = append(errs, invalid("store", "is missing"))
	}
	for i, u := range c.Units {
		if err := validID(fmt.Sprintf("units[%d]", i), u); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Attempts < 0 {
		errs = append(errs, invalid("attempts", "%d, must not be negative", c.Attempts))
	}
	return errors.Join(errs...)
}

// Ledger keeps the books of many owners in a Store. It is safe for concurrent
// use. Writers of one owner queue within the process instead of
// colliding in the store; between processes the versions decide.
type Ledger struct {
	store    Store
	units    []string
	attempts int
	copies   bool // the store keeps nothing of a change
	queues   *queues
	wary     atomic.Int32 // how many requests are still to look for their keys first
	desks    sync.Pool    // of *desk
}

// desk is what a decision is made with: one after another uses it.
type desk struct {
	draft   Draft
	scratch scratch
	room    room
}

// New makes a Ledger.
func New(c Config) (*Ledger, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	l := &Ledger{store: c.Store, units: slices.Clone(c.Units), attempts: c.Attempts, queues: newQueues()}
	if len(l.units) == 0 {
		l.units = []string{DefaultUnit}
	}
	if l.attempts == 0 {
		l.attempts = 10
	}
	if s, ok := c.Store.(Copier); ok {
		l.copies = s.Copies() == c.Store
	}
	l.desks.New = func() any { return new(desk) }
	return l, nil
}

// Post grants a request with all its operations in one transaction, or refuses
// it and writes nothing. The same request again, under the same key, gives the
// first receipt, flagged as replayed.
//
// Errors: those of the operations, ErrInvalid, ErrKeyReused, ErrReferenceUsed,
// ErrConflict after too many attempts, ErrUnknownOutcome, and the store's own.
func (l *Ledger) Post(ctx context.Context, req Request, ops ...Op) (Receipt, error) {
	if err := l.check(&req, ops); err != nil {
		return Receipt{}, err
	}
	asked := new(struct { // room for what most requests ask for
		owners [1]string
		keys   [1]Key
	})
	var got Receipt
	t := task{owners: req.owners(ops, asked.owners[:0]), keys: req.keys(ops, asked.keys[:0])}
	t.own = len(t.keys) == req.ids()
	err := l.update(ctx, &t, func(d *Draft) error { return d.post(&req, ops, &got) })
	if err != nil {
		return Receipt{}, err
	}
	return got, nil
}

// Check tells whether a request can be meant at all: its fields, and that the
// ledger keeps the units it names. Post does so by itself; before Update it spares
// a trip to the store.
func (l *Ledger) Check(req Request, ops ...Op) error { return l.check(&req, ops) }

func (l *Ledger) check(req *Request, ops []Op) error {
	if err := req.validate(ops); err != nil {
		return err
	}
	for i, op := range ops {
		if unit := op.unit(); unit != "" && !slices.Contains(l.units, unit) {
			return within(l.unknownUnit(unit), i, len(ops))
		}
	}
	return nil
}

func (l *Ledger) unknownUnit(unit string) error {
	return invalid("unit", "%.40q is none of %q", unit, l.units)
}

// Tick records what time alone has done to an owner by at: the sweep of one
// owner. Balances are right without it.
func (l *Ledger) Tick(ctx context.Context, owner string, at time.Time) error {
	if err := validMoment("at", at); err != nil {
		return err
	}
	if err := validID("owner", owner); err != nil {
		return err
	}
	return l.update(ctx, &task{owners: []string{owner}}, func(d *Draft) error {
		d.Tick(owner, at)
		return nil
	})
}

// Due returns up to limit owners for whom something was due at or before t,
// earliest first.
func (l *Ledger) Due(ctx context.Context, t time.Time, limit int) ([]string, error) {
	return l.store.Due(ctx, clean(t), limit)
}

// Balance is an owner's balance in a unit at a moment no earlier than their last
// transaction. An owner never seen has nothing; that is no error.
func (l *Ledger) Balance(ctx context.Context, owner, unit string, at time.Time) (Balance, error) {
	if err := l.checkRead(unit, at); err != nil {
		return Balance{}, err
	}
	snap, err := l.Load(ctx, []string{owner}, nil)
	if err != nil {
		return Balance{}, err
	}
	rec := snap.Record(owner)
	return rec.Account(unit).Balance(at), nil
}

// Load reads records and transactions without deciding anything.
func (l *Ledger) Load(ctx context.Context, owners []string, keys []Key) (Snapshot, error) {
	for _, o := range owners {
		if err := validID("owner", o); err != nil {
			return Snapshot{}, err
		}
	}
	return l.store.Load(ctx, owners, keys)
}

// Update loads owners and keys, has decide draw up a Draft, and commits what it
// comes to. On ErrConflict it loads and decides again, so decide must depend on
// its Draft alone and may be called several times. An error of decide's is
// returned as it is and nothing is written.
func (l *Ledger) Update(ctx context.Context, owners []string, keys []Key, decide func(*Draft) error) error {
	if len(owners) == 0 {
		return invalid("owners", "is empty")
	}
	for _, o := range owners {
		if err := validID("owner", o); err != nil {
			return err
		}
	}
	return l.update(ctx, &task{owners: owners, keys: keys, host: true}, decide)
}

// task is what a change is about, of owners known to be valid.
type task struct {
	owners []string
	keys   []Key
	host   bool // the decision is the host's, who may keep its Draft
	own    bool // keys are the requests' own: they tell a repeat, and nothing else is decided by them
	blind  bool // the decision is made without looking for them, and a refusal means nothing yet
}

func (l *Ledger) update(ctx context.Context, t *task, decide func(*Draft) error) error {
	var few [4]string
	entered, left, err := l.queues.enter(ctx, t.owners, few[:0])
	if err != nil {
		return err
	}
	var next *handed
	defer func() { l.queues.leave(entered, next) }()
	keys, left := l.sought(t, left)
	var failed error // of a commit whose outcome is not known
	for attempt := 1; ; attempt++ {
		t.blind = t.own && keys == nil
		snap, err := l.look(ctx, t, left, keys)
		if err != nil {
			return unknown(failed, err)
		}
		c, err := l.decide(ctx, t, snap, failed == nil, decide)
		writes := len(c.Writes) > 0
		was := left
		left, keys = nil, t.keys
		switch {
		case t.blind && (!writes || errors.Is(err, ErrConflict)):
			// Another process has written, or it is a repeat, which only the keys tell.
			if !writes || was != nil {
				attempt--
			}
		case !writes && err == nil:
			return nil
		case !writes:
			return unknown(failed, err)
		case failed != nil:
			return unknown(failed, nil) // the key is not there, but the commit may still be under way
		case err == nil:
			if t.own && len(entered) == 1 && !l.copies {
				next = was.next(&c.Writes[0].After, t.keys)
			}
			return nil
		case !errors.Is(err, ErrConflict):
			failed = err
		case attempt >= l.attempts:
			return fmt.Errorf("%w after %d attempts", err, attempt)
		default:
			if err := pause(ctx, l.backoff(t.owners[0], attempt)); err != nil {
				return err
			}
		}
	}
}

// wariness is how many requests look for their keys after a repeat: where there is one, as when a file is
// sent once more, there are others.
const wariness = 64

// sought are the keys to load before the first decision, and what of left may be decided by. A request's own keys mostly
// are new, and the commit refuses one that is not: they are looked for when that has happened, or when a repeat is likely.
func (l *Ledger) sought(t *task, left *handed) ([]Key, *handed) {
	switch {
	case t.own && left.fits(t.keys):
		return nil, left
	case t.own && left == nil && l.attempts > 1 && (l.wary.Load() <= 0 || l.wary.Add(-1) < 0):
		return nil, nil
	}
	return t.keys, nil
}

// look loads what a decision needs, unless the record has been left to it.
func (l *Ledger) look(ctx context.Context, t *task, left *handed, keys []Key) (Snapshot, error) {
	if left != nil {
		return Snapshot{Records: []Record{left.record}}, nil
	}
	snap, err := l.store.Load(ctx, t.owners, keys)
	if t.own && len(snap.Transactions) > 0 {
		l.wary.Store(wariness)
	}
	return snap, err
}

// decide decides and, when it is to, commits. When there is anything to write, the error is that of Commit.
func (l *Ledger) decide(ctx context.Context, t *task, snap Snapshot, commit bool, decide func(*Draft) error) (c Change, err error) {
	desk := l.desks.Get().(*desk)
	d := &desk.draft
	if t.host {
		d = new(Draft)
	} else if l.copies {
		d.room = &desk.room
	}
	d.snap, d.spare = snap, &desk.scratch
	if err = decide(d); err == nil {
		c = d.Change()
	}
	d.spare = nil // a host that keeps its draft does not meet the next one
	if len(c.Writes) > 0 && commit {
		err = l.store.Commit(ctx, c)
	}
	desk.clear()
	l.desks.Put(desk)
	return c, err
}

// clear lets go of what was on the desk.
func (d *desk) clear() {
	if d.draft.room != nil {
		d.room = room{}
	}
	d.draft = Draft{}
	d.scratch.clear()
}

// unknown reports a commit that failed in the store and was not found settled
// when looked for; without one it is the later error alone.
func unknown(commit, later error) error {
	if commit == nil {
		return later
	}
	return errors.Join(fmt.Errorf("%w: %w", ErrUnknownOutcome, commit), later)
}

// backoff is how long to wait before the next attempt: doubling, spread by owner
// and process so that two processes do not meet again.
func (l *Ledger) backoff(owner string, attempt int) time.Duration {
	var h maphash.Hash
	h.SetSeed(l.queues.seed)
	h.WriteString(owner)
	h.WriteByte(byte(attempt))
	span := time.Millisecond << min(attempt, 8)
	return span/2 + time.Duration(h.Sum64()%uint64(span/2))
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
