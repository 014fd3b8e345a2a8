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
func (d *Digest) Text(s string) {
	d.b = binary.AppendUvarint(d.b, uint64(len(s)))
	d.b = append(d.b, s...)
}

// Number adds a number.
func (d *Digest) Number(n int64) { d.b = binary.BigEndian.AppendUint64(d.b, uint64(n)) }

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
func (d *Digest) Time(t time.Time) {
	d.Flag(!t.IsZero())
	if !t.IsZero() {
		d.Number(t.UnixMicro())
	}
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
	d.Time(t.Issued)
	d.Time(t.Active)
	d.Time(t.Expires)
	d.Text(t.Await)
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
	d.Text("loyalty ledger transaction 1")
	d.Text(t.Key.Owner)
	d.Text(t.Key.ID)
	d.Text(t.Reference)
	d.Number(int64(len(t.Aliases)))
	for _, a := range t.Aliases {
		d.Text(a)
	}
	d.Hash(t.Fingerprint)
	d.Text(string(t.Kind))
	d.Time(t.Time)
	d.Time(t.Recorded)
	d.Number(int64(len(t.Postings)))
	for i := range t.Postings {
		p := &t.Postings[i]
		d.Text(p.Unit)
		d.Number(p.Points)
		for _, at := range [2]*Place{&p.From, &p.To} {
			d.Text(at.Owner)
			d.Text(at.Lot)
			d.Text(at.Hold)
			d.Text(at.Flow)
		}
		d.Text(p.Reason)
	}
	d.Hash(personal)
	d.Number(int64(len(t.Links)))
	for i := range t.Links {
		d.Text(t.Links[i].Owner)
	}
	return d.Sum()
}

// linkHash is the hash of one owner's link, given the transaction's body.
func (l *Link) linkHash(d *Digest, body Hash) Hash {
	d.reset()
	d.Text(l.Owner)
	d.Number(l.Seq)
	d.Hash(l.Prev)
	d.Number(int64(len(l.After)))
	for _, a := range l.After {
		d.Text(a.Unit)
		d.Number(a.Points)
	}
	d.Hash(body)
	return d.Sum()
}
