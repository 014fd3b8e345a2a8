package memory

import (
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// What a small record has at most.
const (
	maxAccounts = 4
	maxHolds    = 2 // in an account
	maxLots     = ledger.FewLots
)

// small tells whether a record is sooner kept as bytes, and made anew for each who asks, than
// followed by the garbage collector.
func small(r *ledger.Record) bool {
	if len(r.Docs) > 0 || len(r.Accounts) > maxAccounts {
		return false
	}
	for i := range r.Accounts {
		a := &r.Accounts[i]
		if len(a.Holds) > maxHolds || a.Lots.Len() > maxLots {
			return false
		}
		for j := range a.Holds {
			if len(a.Holds[j].Parts) > maxLots {
				return false
			}
		}
	}
	return true
}

// A small record is kept as its owner; all its other texts, with their length; and its numbers, of which
// the version is the first.

// recordWriter writes the texts and the numbers.
type recordWriter struct {
	texts   []byte
	numbers writer
}

func (w *recordWriter) record(r *ledger.Record) {
	w.texts, w.numbers = w.texts[:0], w.numbers[:0]
	w.numbers.number(r.Version)
	w.numbers.count(w.onlyLots(r))
	w.numbers.number(r.Seq)
	w.numbers.hash(&r.Head)
	w.moments(r.DocsDue, time.Time{}, time.Time{}) // when it is due the owner has
	w.numbers.count(len(r.Accounts))
	for i := range r.Accounts {
		a := &r.Accounts[i]
		w.text(a.Unit)
		w.numbers.number(a.Debt)
		w.numbers.number(a.Earned)
		w.numbers.number(a.Spent)
		n := a.Lots.Len()
		w.numbers.count(n)
		for j := range n {
			l := a.Lots.At(j)
			w.lot(&l)
		}
		w.numbers.count(len(a.Holds))
		for j := range a.Holds {
			h := &a.Holds[j]
			w.text(h.ID)
			w.moments(h.Made, h.Until, time.Time{})
			w.numbers.count(len(h.Parts))
			for k := range h.Parts {
				w.lot(&h.Parts[k])
			}
		}
	}
}

// onlyLots is how many lots the only account has: to be known before it is read.
func (w *recordWriter) onlyLots(r *ledger.Record) int {
	if len(r.Accounts) != 1 {
		return 0
	}
	return r.Accounts[0].Lots.Len()
}

func (w *recordWriter) lot(l *ledger.Lot) {
	w.text(l.ID)
	w.text(l.Await)
	w.moments(l.Issued, l.Active, l.Expires)
	w.numbers.number(l.Points)
}

func (w *recordWriter) text(s string) {
	w.numbers.count(len(s))
	w.texts = append(w.texts, s...)
}

// moments writes which of three times there are, and those in whole microseconds.
func (w *recordWriter) moments(a, b, c time.Time) {
	at := len(w.numbers)
	w.numbers = append(w.numbers, 0)
	for i, t := range [...]time.Time{a, b, c} {
		if !t.IsZero() {
			w.numbers[at] |= 1 << i
			w.numbers = binary.LittleEndian.AppendUint64(w.numbers, uint64(t.UnixMicro()))
		}
	}
}

// append puts together what was written of an owner's record.
func (w *recordWriter) append(b []byte, owner string) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(owner))), owner...)
	b = append(binary.AppendUvarint(b, uint64(len(w.texts))), w.texts...)
	return append(b, w.numbers...)
}

// size is how many bytes append adds.
func (w *recordWriter) size(owner string) int {
	return countSize(len(owner)) + len(owner) + countSize(len(w.texts)) + len(w.texts) + len(w.numbers)
}

// countSize is how many bytes a count takes, of seven bits each.
func countSize(n int) int { return (bits.Len(uint(n)|1) + 6) / 7 }

// recordReader reads what append put together.
type recordReader struct {
	reader
	texts string // those that are still to be read, in one piece of memory
}

// version reads the owner and the version, which alone some want to know.
func (r *recordReader) version() int64 {
	r.take()
	r.take()
	return r.number()
}

// alone reads a record into new memory, all of it in one piece as far as is usual.
func (r *recordReader) alone() []ledger.Record {
	r.begin()
	version := r.number()
	var records []ledger.Record
	var account []ledger.Account
	var lots []ledger.Lot
	switch r.count() {
	case 1:
		piece := new(struct {
			record  [1]ledger.Record
			account [1]ledger.Account
			lots    [1]ledger.Lot
		})
		records, account, lots = piece.record[:], piece.account[:], piece.lots[:]
	case 2:
		piece := new(struct {
			record  [1]ledger.Record
			account [1]ledger.Account
			lots    [2]ledger.Lot
		})
		records, account, lots = piece.record[:], piece.account[:], piece.lots[:]
	default:
		piece := new(struct {
			record  [1]ledger.Record
			account [1]ledger.Account
		})
		records, account = piece.record[:], piece.account[:]
	}
	records[0].Version = version
	r.rest(&records[0], account, lots)
	return records
}

// begin reads the texts.
func (r *recordReader) begin() {
	r.take()
	r.texts = string(r.take())
}

// rest reads what follows, into an account and lots if those are as many as there are.
func (r *recordReader) rest(rec *ledger.Record, one []ledger.Account, lots []ledger.Lot) {
	rec.Seq = r.number()
	rec.Head = r.hash()
	var none time.Time
	r.moments(&rec.DocsDue, &none, &none)
	n := r.count()
	if n == 0 {
		return
	}
	if rec.Accounts = one; n != len(one) {
		rec.Accounts = make([]ledger.Account, n)
	}
	for i := range rec.Accounts {
		r.account(&rec.Accounts[i], lots)
	}
}

func (r *recordReader) account(a *ledger.Account, lots []ledger.Lot) {
	a.Unit = r.text()
	a.Debt = r.number()
	a.Earned = r.number()
	a.Spent = r.number()
	if n := r.count(); n != len(lots) {
		lots = make([]ledger.Lot, n)
	}
	for i := range lots {
		r.lot(&lots[i])
	}
	a.Lots = ledger.TakeLots(lots)
	n := r.count()
	if n == 0 {
		return
	}
	a.Holds = make([]ledger.Hold, n)
	for i := range a.Holds {
		h := &a.Holds[i]
		h.ID = r.text()
		var none time.Time
		r.moments(&h.Made, &h.Until, &none)
		h.Parts = make([]ledger.Lot, r.count())
		for j := range h.Parts {
			r.lot(&h.Parts[j])
		}
	}
}

func (r *recordReader) lot(l *ledger.Lot) {
	l.ID = r.text()
	l.Await = r.text()
	r.moments(&l.Issued, &l.Active, &l.Expires)
	l.Points = r.number()
}

func (r *recordReader) text() (s string) {
	n := r.count()
	s, r.texts = r.texts[:n], r.texts[n:]
	return s
}

func (r *recordReader) moments(a, b, c *time.Time) {
	which := r.b[r.at]
	r.at++
	if which&1 != 0 {
		*a = r.moment()
	}
	if which&2 != 0 {
		*b = r.moment()
	}
	if which&4 != 0 {
		*c = r.moment()
	}
}

func (r *recordReader) moment() time.Time {
	n := binary.LittleEndian.Uint64(r.b[r.at:])
	r.at += 8
	return time.UnixMicro(int64(n)).UTC()
}
