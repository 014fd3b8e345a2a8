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

// position is where a transaction stands: the page, and where in it. It has numberBits at most, as
// long as the journal has no more than a tebibyte.
type position uint64

func (p position) page() int { return int(p / lastPage) }
func (p position) at() int   { return int(p % lastPage) }

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
	return position(n*lastPage + at)
}

// bytes are those of the transaction at a position.
func (j *journal) bytes(p position) []byte {
	b := j.pages[p.page()][p.at():]
	n, k := binary.Uvarint(b)
	return b[k : k+int(n)]
}

// read gives the transaction at a position.
func (j *journal) read(p position) ledger.Transaction {
	b := j.bytes(p)
	r := reader{b: b, s: string(b)} // one piece of memory for all its texts
	return r.transaction()
}

// time is that of the transaction at a position.
func (j *journal) time(p position) time.Time {
	r := reader{b: j.bytes(p)}
	return r.time()
}

// has tells whether the transaction at a position is of a home owner and has an id.
func (j *journal) has(p position, owner, id string) bool {
	r := reader{b: j.bytes(p)}
	r.time()
	if string(r.take()) != owner {
		return false
	}
	if string(r.take()) == id {
		return true
	}
	if ref := r.take(); len(ref) > 0 && ledger.ReferenceID(string(ref)) == id {
		return true
	}
	for range r.count() {
		if string(r.take()) == id {
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
	b := appendTime(*w, tx.Time) // these first are read alone
	b = appendText(b, tx.Key.Owner)
	b = appendText(b, tx.Key.ID)
	b = appendText(b, tx.Reference)
	b = appendCount(b, len(tx.Aliases))
	for _, a := range tx.Aliases {
		b = appendText(b, a)
	}
	b = appendHash(b, &tx.Fingerprint)
	b = appendText(b, string(tx.Kind))
	b = appendTime(b, tx.Recorded)
	b = appendText(b, tx.Reason)
	b = appendText(b, tx.Actor)
	b = appendText(b, string(tx.Details))
	b = appendHash(b, &tx.Erased)
	b = appendCount(b, len(tx.Postings))
	for i := range tx.Postings {
		p := &tx.Postings[i]
		b = appendText(b, p.Unit)
		b = binary.AppendVarint(b, p.Points)
		b = appendPlace(b, &p.From)
		b = appendPlace(b, &p.To)
		b = appendText(b, p.Reason)
	}
	b = appendCount(b, len(tx.Links))
	for i := range tx.Links {
		l := &tx.Links[i]
		b = appendText(b, l.Owner)
		b = binary.AppendVarint(b, l.Seq)
		b = appendHash(b, &l.Prev)
		b = appendHash(b, &l.Hash)
		b = appendCount(b, len(l.After))
		for j := range l.After {
			b = appendText(b, l.After[j].Unit)
			b = binary.AppendVarint(b, l.After[j].Points)
		}
	}
	*w = b
}

func (w *writer) count(n int)         { *w = appendCount(*w, n) }
func (w *writer) number(n int64)      { *w = binary.AppendVarint(*w, n) }
func (w *writer) hash(h *ledger.Hash) { *w = appendHash(*w, h) }

func appendCount(b []byte, n int) []byte {
	if 0 <= n && n < 0x80 {
		return append(b, byte(n))
	}
	return binary.AppendUvarint(b, uint64(n))
}

func appendText(b []byte, s string) []byte { return append(appendCount(b, len(s)), s...) }

func appendPlace(b []byte, p *ledger.Place) []byte {
	b = appendText(b, p.Owner)
	b = appendText(b, p.Lot)
	b = appendText(b, p.Hold)
	return appendText(b, p.Flow)
}

func appendTime(b []byte, t time.Time) []byte {
	return appendCount(binary.AppendVarint(b, t.Unix()), t.Nanosecond())
}

// appendHash adds a hash, or that there is none.
func appendHash(b []byte, h *ledger.Hash) []byte {
	if h.IsZero() {
		return append(b, 0)
	}
	return append(append(b, 1), h[:]...)
}

// reader reads what writer wrote.
type reader struct {
	b  []byte
	at int
	s  string // the same as b, for the texts to be parts of
}

func (r *reader) transaction() ledger.Transaction {
	tx := ledger.Transaction{Time: r.time()}
	tx.Key = ledger.Key{Owner: r.text(), ID: r.text()}
	tx.Reference = r.text()
	if n := r.count(); n > 0 {
		tx.Aliases = make([]string, n)
		for i := range tx.Aliases {
			tx.Aliases[i] = r.text()
		}
	}
	tx.Fingerprint, tx.Kind = r.hash(), ledger.Kind(r.text())
	tx.Recorded = r.time()
	tx.Reason, tx.Actor = r.text(), r.text()
	if details := r.text(); len(details) > 0 {
		tx.Details = []byte(details)
	}
	tx.Erased = r.hash()
	var link []ledger.Link
	var after []ledger.Amount
	if n := r.count(); n > 0 {
		if n == 1 { // as are most: then the link is there, too
			piece := new(struct {
				posting [1]ledger.Posting
				link    [1]ledger.Link
				after   [1]ledger.Amount
			})
			tx.Postings, link, after = piece.posting[:], piece.link[:], piece.after[:]
		} else {
			tx.Postings = make([]ledger.Posting, n)
		}
		for i := range tx.Postings {
			p := &tx.Postings[i]
			p.Unit, p.Points = r.text(), r.number()
			p.From, p.To = r.place(), r.place()
			p.Reason = r.text()
		}
	}
	if n := r.count(); n > 0 {
		if tx.Links = link; n != len(link) {
			tx.Links, after = make([]ledger.Link, n), nil
		}
		for i := range tx.Links {
			r.link(&tx.Links[i], after)
		}
	}
	return tx
}

// link reads a link, its amounts into after if those are as many.
func (r *reader) link(l *ledger.Link, after []ledger.Amount) {
	l.Owner, l.Seq = r.text(), r.number()
	l.Prev, l.Hash = r.hash(), r.hash()
	if n := r.count(); n > 0 {
		if l.After = after; n != len(after) {
			l.After = make([]ledger.Amount, n)
		}
		for i := range l.After {
			l.After[i] = ledger.Amount{Unit: r.text(), Points: r.number()}
		}
	}
}

func (r *reader) place() ledger.Place {
	return ledger.Place{Owner: r.text(), Lot: r.text(), Hold: r.text(), Flow: r.text()}
}

func (r *reader) number() int64 {
	n := r.uint() // as binary.Varint has it
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) count() int { return int(r.uint()) }

func (r *reader) uint() uint64 {
	if c := r.b[r.at]; c < 0x80 {
		r.at++
		return uint64(c)
	}
	return r.longer()
}

func (r *reader) longer() uint64 {
	n, k := binary.Uvarint(r.b[r.at:])
	r.at += k
	return n
}

// take reads a text as bytes that are not to be kept.
func (r *reader) take() []byte {
	n := r.count()
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *reader) text() string {
	n := r.count()
	r.at += n
	return r.s[r.at-n : r.at]
}

func (r *reader) time() time.Time { return time.Unix(r.number(), int64(r.count())).UTC() }

func (r *reader) hash() (h ledger.Hash) {
	r.at++
	if r.b[r.at-1] == 1 {
		r.at += copy(h[:], r.b[r.at:])
	}
	return h
}
