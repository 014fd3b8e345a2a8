package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Digest gathers fields for a Hash, each with its length or in a fixed number of
// bytes, so that no two different sequences of fields read the same. A host uses
// it to make a Request.Fingerprint of its own.
type Digest struct{ b []byte }

// NewDigest begins a digest of about so many bytes.
func NewDigest(size int) *Digest { return &Digest{make([]byte, 0, size)} }

// Text adds a string.
func (d *Digest) Text(s string) { d.b = appendText(d.b, s) }

func appendText(b []byte, s string) []byte {
	if len(s) < 0x80 {
		b = append(b, byte(len(s)))
	} else {
		b = binary.AppendUvarint(b, uint64(len(s)))
	}
	return append(b, s...)
}

func appendNumber(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

// Number adds a number.
func (d *Digest) Number(n int64) { d.b = appendNumber(d.b, n) }

// Hash adds a hash.
func (d *Digest) Hash(h Hash) { d.b = append(d.b, h[:]...) }

// Flag adds a yes or no.
func (d *Digest) Flag(f bool) {
	if f {
		d.b = append(d.b, 1)
	} else {
		d.b = append(d.b, 0)
	}
}

// Time adds a moment to the microsecond, in whatever zone it is given.
func (d *Digest) Time(t time.Time) { d.b = appendTime(d.b, t) }

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	return appendNumber(append(b, 1), t.UnixMicro())
}

// Sum is the hash of all that was added.
func (d *Digest) Sum() Hash { return sha256.Sum256(d.b) }

// reset begins anew in the same memory.
func (d *Digest) reset() {
	if d.b == nil {
		d.b = make([]byte, 0, 768)
	}
	d.b = d.b[:0]
}

func (d *Digest) terms(t Terms) {
	b := appendTime(d.b, t.Issued)
	b = appendTime(b, t.Active)
	b = appendTime(b, t.Expires)
	d.b = appendText(b, t.Await)
}

// personal is the digest of what may be erased of a transaction. The chain covers
// it in place of the text, so that it still verifies afterwards.
func (t *Transaction) personal(d *Digest) Hash {
	if !t.Erased.IsZero() {
		return t.Erased
	}
	if !t.hasPersonal() {
		return nothingPersonal
	}
	d.reset()
	d.Text(t.Reason)
	d.Text(t.Actor)
	d.Text(string(t.Details))
	return d.Sum()
}

// nothingPersonal is the digest of three empty texts.
var nothingPersonal = Hash(sha256.Sum256(make([]byte, 3)))

// body is the hash of what a transaction says, whoever's history it stands in, and of whom
// it is about.
func (t *Transaction) body(d *Digest) Hash {
	personal := t.personal(d)
	d.reset()
	b := appendText(d.b, "loyalty ledger transaction 1")
	b = appendText(b, t.Key.Owner)
	b = appendText(b, t.Key.ID)
	b = appendText(b, t.Reference)
	b = appendNumber(b, int64(len(t.Aliases)))
	for _, a := range t.Aliases {
		b = appendText(b, a)
	}
	b = append(b, t.Fingerprint[:]...)
	b = appendText(b, string(t.Kind))
	b = appendTime(b, t.Time)
	b = appendTime(b, t.Recorded)
	b = appendNumber(b, int64(len(t.Postings)))
	for i := range t.Postings {
		p := &t.Postings[i]
		b = appendText(b, p.Unit)
		b = appendNumber(b, p.Points)
		b = p.From.append(b)
		b = p.To.append(b)
		b = appendText(b, p.Reason)
	}
	b = append(b, personal[:]...)
	b = appendNumber(b, int64(len(t.Links)))
	for i := range t.Links {
		b = appendText(b, t.Links[i].Owner)
	}
	d.b = b
	return d.Sum()
}

func (p *Place) append(b []byte) []byte {
	b = appendText(b, p.Owner)
	b = appendText(b, p.Lot)
	b = appendText(b, p.Hold)
	return appendText(b, p.Flow)
}

// linkHash is the hash of one owner's link, given the transaction's body.
func (l *Link) linkHash(d *Digest, body Hash) Hash {
	d.reset()
	b := appendText(d.b, l.Owner)
	b = appendNumber(b, l.Seq)
	b = append(b, l.Prev[:]...)
	b = appendNumber(b, int64(len(l.After)))
	for i := range l.After {
		b = appendText(b, l.After[i].Unit)
		b = appendNumber(b, l.After[i].Points)
	}
	d.b = append(b, body[:]...)
	return d.Sum()
}
