package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Draft is a decision in the making: a snapshot, and what requests and ticks have
// made of it so far. It does no I/O and reads no clock, so the same snapshot
// and calls always come to the same Change. It is for one goroutine.
type Draft struct {
	snap Snapshot
	work []*Record // of owners changed so far, by owner
	txs  []Transaction
	// erasures are transactions of before, their personal detail taken out.
	erasures []Transaction
	// Most drafts change one owner: room for that.
	first Record
	taken bool // first is
	one   [1]*Record
	spare *scratch // nil until it is needed
	room  *room    // nil when what the draft comes to may be kept
}

// room is memory for a change of one small record and one transaction.
type room struct {
	account [1]Account
	lots    [smallLots]Lot
	write   [1]Write
	tx      [1]Transaction
}

// scratch is memory that one request after another may use, for nothing that is kept. The
// zero scratch is ready.
type scratch struct {
	digest   Digest
	making   making
	postings []Posting
}

// usual is what the receipt has of a transaction of one posting and one owner, in one piece.
type usual struct {
	posting [1]Posting
	link    [1]Link
	after   [1]Amount
	balance [1]Balance
}

func (d *Draft) scratch() *scratch {
	if d.spare == nil {
		d.spare = new(scratch)
	}
	return d.spare
}

// clear lets go of the memory after a large request.
func (s *scratch) clear() {
	if cap(s.postings) > 64 || cap(s.digest.b) > 4096 {
		*s = scratch{}
	}
}

// begin gives the transaction in the making, as yet of nothing, and end lets go of what was in it.
func (s *scratch) begin() *making {
	s.making.postings = s.postings[:0]
	return &s.making
}

func (s *scratch) end() {
	s.postings = s.making.postings
	clear(s.postings)
	s.making = making{}
}

// NewDraft begins a decision. It leaves the snapshot as it is.
func NewDraft(s Snapshot) *Draft { return &Draft{snap: s} }

// changed finds an owner's record among those changed, or its place there.
func (d *Draft) changed(owner string) (int, bool) {
	return slices.BinarySearchFunc(d.work, owner, func(r *Record, o string) int { return strings.Compare(r.Owner, o) })
}

func (d *Draft) change(rec *Record) {
	if i, ok := d.changed(rec.Owner); ok {
		d.work[i] = rec
	} else {
		if d.work == nil {
			d.work = d.one[:0]
		}
		d.work = slices.Insert(d.work, i, rec)
	}
}

// copy is an owner's record as the draft has it now, to be changed.
func (d *Draft) copy(owner string) *Record {
	rec, room := &d.first, d.room
	if d.taken {
		rec, room = new(Record), nil
	}
	d.taken = true
	if was := d.look(owner); was != nil {
		was.cloneTo(rec, room)
	} else {
		*rec = Record{Owner: owner}
	}
	return rec
}

// look is an owner's record as the draft has it now, or nil when the owner is new.
func (d *Draft) look(owner string) *Record {
	if i, ok := d.changed(owner); ok {
		return d.work[i]
	}
	if i, ok := d.snap.find(owner); ok {
		return &d.snap.Records[i]
	}
	return nil
}

// Record is an owner's record as the draft has it now. Read it only.
func (d *Draft) Record(owner string) Record {
	if rec := d.look(owner); rec != nil {
		return *rec
	}
	return Record{Owner: owner}
}

// Find gives the transaction that has an id among the owner's, if it was loaded
// or made by this draft.
func (d *Draft) Find(owner, id string) (Transaction, bool) {
	if t, ok := find(d.txs, owner, id); ok {
		return t, true
	}
	t, ok := d.snap.Transactions[Key{owner, id}]
	return t, ok
}

func find(txs []Transaction, owner, id string) (Transaction, bool) {
	for i := range txs {
		if t := &txs[i]; t.Key.Owner == owner && t.Has(id) {
			return *t, true
		}
	}
	return Transaction{}, false
}

// Repeat tells whether a key was used before: by the same request, when it gives
// the transaction that came of it, or by another, which is ErrKeyReused.
func (d *Draft) Repeat(key Key, fingerprint Hash) (Transaction, bool, error) {
	t, ok := d.Find(key.Owner, key.ID)
	if ok && t.Fingerprint != fingerprint {
		return Transaction{}, false, fmt.Errorf("%w: %s", ErrKeyReused, key)
	}
	return t, ok, nil
}

// Receipt is what became of a request.
type Receipt struct {
	Transaction Transaction
	Replayed    bool      // the request had been granted before: this is what came of it then
	Balances    []Balance // the owner's balances now, by unit
}

// Post grants a request with all its operations, or refuses it and leaves the
// draft as it was. Expiries and time-outs up to Request.At are settled first, in
// transactions of their own.
func (d *Draft) Post(req Request, ops ...Op) (Receipt, error) {
	if err := req.validate(ops); err != nil {
		return Receipt{}, err
	}
	var got Receipt
	if err := d.post(&req, ops, &got); err != nil {
		return Receipt{}, err
	}
	return got, nil
}

// post is Post of a request known to be valid. When it is refused, got is as it was.
func (d *Draft) post(req *Request, ops []Op, got *Receipt) error {
	fingerprint := req.fingerprint(&d.scratch().digest, ops)
	at := clean(req.At)
	if len(d.txs) > 0 || len(d.snap.Transactions) > 0 {
		old, ok, err := d.Repeat(Key{req.Owner, req.ID}, fingerprint)
		if ok {
			rec := d.Record(req.Owner)
			*got = Receipt{Transaction: old, Replayed: true, Balances: rec.Balances(at)}
		}
		if ok || err != nil {
			return err
		}
	}
	if req.Reference != "" {
		if old, ok := d.Find(req.Owner, ReferenceID(req.Reference)); ok {
			return fmt.Errorf("%w: %s by %s", ErrReferenceUsed, req.Reference, old.Key)
		}
	}
	m := d.scratch().begin()
	defer d.spare.end()
	m.id, m.reason, m.actor, m.draft = req.ID, req.Reason, req.Actor, d
	m.at, m.time = at, clean(req.effective())
	home, err := m.of(req.Owner)
	if err != nil {
		return err
	}
	for i, op := range ops {
		if err := home.rec.closed(); err != nil { // by the one before
			return err
		}
		if err := op.apply(home); err != nil {
			return within(err, i, len(ops))
		}
	}
	tx := &got.Transaction
	*tx = Transaction{
		Key: Key{home.rec.Owner, req.ID}, Reference: req.Reference, Aliases: m.aliases, Fingerprint: fingerprint, Kind: req.kind(ops),
		Time: m.time, Recorded: at, Reason: req.Reason, Actor: req.Actor, Details: req.Details,
	}
	txs, balances := m.settled, []Balance(nil)
	if p := m.postings; len(p) == 1 && len(m.parties) == 1 && (p[0].From.Owner != "" || p[0].To.Owner != "") && len(txs) == 0 && len(d.txs) == 0 {
		u := new(usual)
		u.posting[0] = p[0]
		u.link[0].After = u.after[:0]
		tx.Postings, tx.Links, balances = u.posting[:], u.link[:], u.balance[:0]
		if d.room != nil {
			txs = d.room.tx[:0]
		}
	} else {
		tx.Postings, tx.Links = append(tx.Postings, p...), make([]Link, len(m.parties))
	}
	d.seal(tx, m.parties)
	txs = append(txs, *tx)
	for _, e := range m.parties {
		txs = d.settled(e.rec, tx.Time, at, txs) // points that came too late are gone at once
		d.keep(e.rec)
	}
	d.record(txs)
	got.Balances = home.rec.balances(at, balances)
	return nil
}

// Tick records what time alone has done to an owner by at. It does nothing when
// nothing is due.
func (d *Draft) Tick(owner string, at time.Time) {
	at = clean(at)
	if now := d.Record(owner); now.due().IsZero() || now.due().After(at) {
		return
	}
	rec := d.copy(owner)
	if txs := d.settled(rec, time.Time{}, at, nil); len(txs) > 0 {
		d.keep(rec)
		d.record(txs)
	}
}

// settled adds the transactions that settle makes.
func (d *Draft) settled(rec *Record, from, at time.Time, txs []Transaction) []Transaction {
	settle(rec, from, at, func(e *entry, kind Kind, reason string) {
		tx := Transaction{
			Key: Key{rec.Owner, tickID(rec.Seq + 1)}, Aliases: e.aliases, Kind: kind,
			Time: e.time, Recorded: at, Reason: reason, Postings: e.postings, Links: make([]Link, 1),
		}
		d.seal(&tx, []*entry{e})
		txs = append(txs, tx)
	})
	return txs
}

// seal gives a transaction its place at the end of the history of each owner it touches: it has
// as many Links as parties, to be filled.
func (d *Draft) seal(tx *Transaction, parties []*entry) {
	if len(parties) > 1 {
		parties = slices.SortedFunc(slices.Values(parties), func(a, b *entry) int { return cmp.Compare(a.rec.Owner, b.rec.Owner) })
	}
	for i, e := range parties {
		l := &tx.Links[i]
		l.Owner, l.Seq, l.Prev = e.rec.Owner, e.rec.Seq+1, e.rec.Head
	}
	digest := &d.scratch().digest
	body := tx.body(digest)
	for i, e := range parties {
		l := &tx.Links[i]
		for j := range e.rec.Accounts {
			if a := &e.rec.Accounts[j]; tx.moves(l.Owner, a.Unit) {
				l.After = append(l.After, Amount{a.Unit, a.total()})
			}
		}
		l.Hash = l.linkHash(digest, body)
		e.rec.Seq, e.rec.Head = l.Seq, l.Hash
	}
}

// keep takes a record into the draft as it is now.
func (d *Draft) keep(rec *Record) {
	// An account that a request only looked at is not worth a row.
	for i := range rec.Accounts {
		if rec.Accounts[i].unused() {
			rec.Accounts = slices.DeleteFunc(rec.Accounts, func(a Account) bool { return a.unused() })
			break
		}
	}
	rec.Due = rec.due()
	d.change(rec)
}

func (d *Draft) record(txs []Transaction) {
	if d.txs == nil {
		d.txs = txs // the usual case: one request
		return
	}
	d.txs = append(d.txs, txs...)
}

// Erase takes the reason, actor and details out of a transaction that was committed
// before, and leaves their digest, so that the chain still verifies.
func (d *Draft) Erase(tx Transaction) {
	if tx.Erased.IsZero() {
		tx.Erased = tx.personal(&d.scratch().digest)
	}
	tx.Reason, tx.Actor, tx.Details = "", "", nil
	d.erasures = append(d.erasures, tx)
	d.writable(tx.Key.Owner)
}

// SetDoc puts a document, which is JSON, into an owner's record; nil takes it out.
func (d *Draft) SetDoc(owner, name string, doc json.RawMessage) {
	rec := d.writable(owner)
	if doc == nil {
		delete(rec.Docs, name)
		return
	}
	if rec.Docs == nil {
		rec.Docs = make(map[string]json.RawMessage, 2)
	}
	rec.Docs[name] = doc
}

// SetDocsDue says when time alone will next change one of the owner's documents; zero is never.
func (d *Draft) SetDocsDue(owner string, t time.Time) {
	rec := d.writable(owner)
	rec.DocsDue = clean(t)
	rec.Due = rec.due()
}

func (d *Draft) writable(owner string) *Record {
	if i, ok := d.changed(owner); ok {
		return d.work[i]
	}
	rec := d.copy(owner)
	d.change(rec)
	return rec
}

// Change is what the draft comes to. It is empty when nothing was granted that
// had not been before.
func (d *Draft) Change() Change {
	c := Change{Transactions: d.txs, Erasures: d.erasures}
	if d.room != nil && len(d.work) == 1 {
		c.Writes = d.room.write[:]
	} else {
		c.Writes = make([]Write, len(d.work))
	}
	for i, rec := range d.work {
		w := &c.Writes[i]
		if j, ok := d.snap.find(rec.Owner); ok {
			w.Before = d.snap.Records[j]
		} else {
			w.Before = Record{Owner: rec.Owner}
		}
		w.After = *rec
		w.After.Version = w.Before.Version + 1
		if d.room != nil && len(rec.Docs) > 0 { // it may be kept
			w.After.Accounts = CopyAccounts(rec.Accounts)
		}
	}
	return c
}
