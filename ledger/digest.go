package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// digest gathers fields for a hash, each with its length or in a fixed number of
// bytes, so that no two different sequences of fields read the same.
type digest struct{ b []byte }

func (d *digest) text(s string) {
	d.b = binary.AppendUvarint(d.b, uint64(len(s)))
	d.b = append(d.b, s...)
}

func (d *digest) number(n int64) { d.b = binary.BigEndian.AppendUint64(d.b, uint64(n)) }
func (d *digest) hash(h Hash)    { d.b = append(d.b, h[:]...) }

func (d *digest) flag(f bool) {
	if f {
		d.number(1)
	} else {
		d.number(0)
	}
}

func (d *digest) time(t time.Time) {
	d.flag(!t.IsZero())
	if !t.IsZero() {
		d.number(t.UnixMicro())
	}
}

func (d *digest) terms(t Terms) {
	d.time(t.Issued)
	d.time(t.Active)
	d.time(t.Expires)
}

func (d *digest) sum() Hash { return sha256.Sum256(d.b) }

// body is the hash of what a transaction says, whoever's history it stands in.
// Details enter by their own digest, so that they can be erased and the chain
// still be verified.
func (t *Transaction) body() Hash {
	d := digest{make([]byte, 0, 1024)}
	d.text("loyalty ledger transaction 1")
	d.text(t.Key.Owner)
	d.text(t.Key.ID)
	d.text(t.Reference)
	d.number(int64(len(t.Aliases)))
	for _, a := range t.Aliases {
		d.text(a)
	}
	d.hash(t.Fingerprint)
	d.text(string(t.Kind))
	d.time(t.Time)
	d.time(t.Recorded)
	d.text(t.Reason)
	d.text(t.Actor)
	d.number(int64(len(t.Postings)))
	for i := range t.Postings {
		p := &t.Postings[i]
		d.text(p.Unit)
		d.number(p.Points)
		for _, at := range [2]*Place{&p.From, &p.To} {
			d.text(at.Owner)
			d.text(at.Lot)
			d.text(at.Hold)
			d.text(at.Flow)
		}
		d.text(p.Reason)
	}
	d.hash(sha256.Sum256(t.Details))
	return d.sum()
}

// linkHash is the hash of one owner's link, given the transaction's body.
func (l *Link) linkHash(body Hash) Hash {
	d := digest{make([]byte, 0, 256)}
	d.text(l.Owner)
	d.number(l.Seq)
	d.hash(l.Prev)
	d.number(int64(len(l.After)))
	for _, a := range l.After {
		d.text(a.Unit)
		d.number(a.Points)
	}
	d.hash(body)
	return d.sum()
}
