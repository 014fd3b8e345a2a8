package memory

import (
	"encoding/binary"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// journal keeps transactions as bytes, one after another: a third of the memory, and nothing that
// the garbage collector has to follow, however many there are.
type journal struct {
	pages [][]byte
	size  int    // of all pages
	draft []byte // memory for the transaction being written
}

// position is where a transaction stands.
type position struct{ page, at uint32 }

const (
	firstPage = 1 << 10
	lastPage  = 1 << 18
)

// write puts a transaction at the end.
func (j *journal) write(tx *ledger.Transaction) position {
	w := writer(j.draft[:0])
	w.transaction(tx)
	n := len(j.pages) - 1
	if n < 0 || cap(j.pages[n])-len(j.pages[n]) < len(w)+binary.MaxVarintLen64 {
		size := max(min(max(j.size, firstPage), lastPage), len(w)+binary.MaxVarintLen64)
		j.pages = append(j.pages, make([]byte, 0, size))
		j.size += size
		n++
	}
	at := len(j.pages[n])
	page := binary.AppendUvarint(j.pages[n], uint64(len(w)))
	j.pages[n] = append(page, w...)
	if j.draft = w; cap(w) > lastPage {
		j.draft = nil // an uncommon one
	}
	return position{uint32(n), uint32(at)}
}

// bytes are those of the transaction at a position.
func (j *journal) bytes(p position) []byte {
	b := j.pages[p.page][p.at:]
	n, k := binary.Uvarint(b)
	return b[k : k+int(n)]
}

// read gives the transaction at a position.
func (j *journal) read(p position) ledger.Transaction {
	r := reader[string]{string(j.bytes(p))} // one piece of memory for all its texts
	return r.transaction()
}

// time is that of the transaction at a position.
func (j *journal) time(p position) time.Time {
	r := reader[[]byte]{j.bytes(p)}
	return r.time()
}

// has tells whether the transaction at a position is of a home owner and has an id.
func (j *journal) has(p position, owner, id string) bool {
	r := reader[[]byte]{j.bytes(p)}
	r.time()
	if string(r.text()) != owner {
		return false
	}
	if string(r.text()) == id {
		return true
	}
	if ref := r.text(); len(ref) > 0 && ledger.ReferenceID(string(ref)) == id {
		return true
	}
	for range r.count() {
		if string(r.text()) == id {
			return true
		}
	}
	return false
}

// wipe overwrites a transaction that no one can find any more.
func (j *journal) wipe(p position) { clear(j.bytes(p)) }

// writer writes the fields of a transaction one after another, in the order in which reader reads them.
type writer []byte

func (w *writer) transaction(tx *ledger.Transaction) {
	w.time(tx.Time) // these first are read alone
	w.text(tx.Key.Owner)
	w.text(tx.Key.ID)
	w.text(tx.Reference)
	w.count(len(tx.Aliases))
	for _, a := range tx.Aliases {
		w.text(a)
	}
	w.hash(tx.Fingerprint)
	w.text(string(tx.Kind))
	w.time(tx.Recorded)
	w.text(tx.Reason)
	w.text(tx.Actor)
	w.text(string(tx.Details))
	w.hash(tx.Erased)
	w.count(len(tx.Postings))
	for i := range tx.Postings {
		p := &tx.Postings[i]
		w.text(p.Unit)
		w.number(p.Points)
		w.place(&p.From)
		w.place(&p.To)
		w.text(p.Reason)
	}
	w.count(len(tx.Links))
	for i := range tx.Links {
		l := &tx.Links[i]
		w.text(l.Owner)
		w.number(l.Seq)
		w.hash(l.Prev)
		w.hash(l.Hash)
		w.count(len(l.After))
		for _, a := range l.After {
			w.text(a.Unit)
			w.number(a.Points)
		}
	}
}

func (w *writer) place(p *ledger.Place) {
	w.text(p.Owner)
	w.text(p.Lot)
	w.text(p.Hold)
	w.text(p.Flow)
}

func (w *writer) count(n int)    { *w = binary.AppendUvarint(*w, uint64(n)) }
func (w *writer) number(n int64) { *w = binary.AppendVarint(*w, n) }

func (w *writer) text(s string) {
	w.count(len(s))
	*w = append(*w, s...)
}

func (w *writer) time(t time.Time) {
	w.number(t.Unix())
	w.count(t.Nanosecond())
}

// hash writes a hash, or that there is none.
func (w *writer) hash(h ledger.Hash) {
	if h.IsZero() {
		*w = append(*w, 0)
		return
	}
	*w = append(append(*w, 1), h[:]...)
}

// reader reads what writer wrote.
type reader[T string | []byte] struct{ rest T }

func (r *reader[T]) transaction() ledger.Transaction {
	tx := ledger.Transaction{Time: r.time()}
	tx.Key = ledger.Key{Owner: string(r.text()), ID: string(r.text())}
	tx.Reference = string(r.text())
	if n := r.count(); n > 0 {
		tx.Aliases = make([]string, n)
		for i := range tx.Aliases {
			tx.Aliases[i] = string(r.text())
		}
	}
	tx.Fingerprint, tx.Kind = r.hash(), ledger.Kind(r.text())
	tx.Recorded = r.time()
	tx.Reason, tx.Actor = string(r.text()), string(r.text())
	if details := r.text(); len(details) > 0 {
		tx.Details = []byte(details)
	}
	tx.Erased = r.hash()
	if n := r.count(); n > 0 {
		tx.Postings = make([]ledger.Posting, n)
		for i := range tx.Postings {
			p := &tx.Postings[i]
			p.Unit, p.Points = string(r.text()), r.number()
			p.From, p.To = r.place(), r.place()
			p.Reason = string(r.text())
		}
	}
	if n := r.count(); n > 0 {
		tx.Links = make([]ledger.Link, n)
		for i := range tx.Links {
			r.link(&tx.Links[i])
		}
	}
	return tx
}

func (r *reader[T]) link(l *ledger.Link) {
	l.Owner, l.Seq = string(r.text()), r.number()
	l.Prev, l.Hash = r.hash(), r.hash()
	if n := r.count(); n > 0 {
		l.After = make([]ledger.Amount, n)
		for i := range l.After {
			l.After[i] = ledger.Amount{Unit: string(r.text()), Points: r.number()}
		}
	}
}

func (r *reader[T]) place() ledger.Place {
	return ledger.Place{Owner: string(r.text()), Lot: string(r.text()), Hold: string(r.text()), Flow: string(r.text())}
}

func (r *reader[T]) count() int { return int(r.uvarint()) }

func (r *reader[T]) number() int64 {
	u := r.uvarint()
	n := int64(u >> 1)
	if u&1 != 0 {
		n = ^n
	}
	return n
}

func (r *reader[T]) uvarint() uint64 {
	var n uint64
	for i := 0; ; i++ {
		b := r.rest[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
}

func (r *reader[T]) text() T { return r.take(r.count()) }

func (r *reader[T]) take(n int) T {
	t := r.rest[:n]
	r.rest = r.rest[n:]
	return t
}

func (r *reader[T]) time() time.Time { return time.Unix(r.number(), int64(r.count())).UTC() }

func (r *reader[T]) hash() (h ledger.Hash) {
	if r.take(1)[0] == 1 {
		copy(h[:], r.take(len(h)))
	}
	return h
}
