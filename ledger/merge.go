package ledger

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
)

// Merge brings everything another owner has into the home owner's books: lots with their terms,
// open holds, debt. The other is closed: a request for them is a *ClosedError that says where they
// have gone, while one that was granted before is still recognised. An open hold goes on
// under the id that MergedHold gives.
//
// Totals to date stay with the owner who earned and spent them. What the other has spent may
// still be returned, to the home owner, whose own total spent may then be below zero.
type Merge struct {
	From   string
	Reason string
}

func (Merge) kind() Kind         { return KindMerge }
func (Merge) unit() string       { return "" }
func (Merge) needs() []string    { return nil }
func (o Merge) others() []string { return []string{o.From} }
func (o Merge) validate() error {
	return cmp.Or(validID("from", o.From), validText("reason", o.Reason))
}

func (o Merge) digest(d *Digest) {
	d.Text(o.From)
	d.Text(o.Reason)
}

func (o Merge) apply(e *entry) error {
	if o.From == e.rec.Owner {
		return invalid("from", "is the owner to merge into")
	}
	other, err := e.of(o.From)
	if err != nil {
		return err
	}
	for i := range other.rec.Accounts {
		if err := e.absorb(other, &other.rec.Accounts[i], o.Reason); err != nil {
			return err
		}
	}
	if err := e.bring(other); err != nil {
		return err
	}
	return other.shut(closing{Into: e.rec.Owner})
}

// MergedHold is the id under which a hold of an owner's goes on with those they were merged
// into, who may have had a hold of the same id.
func MergedHold(owner, hold string) string {
	d := NewDigest(64)
	d.Text(owner)
	d.Text(hold)
	sum := d.Sum()
	return mergedPrefix + hex.EncodeToString(sum[:16])
}

const mergedPrefix = reserved + "hold/"

// absorb takes over one account.
func (e *entry) absorb(other *entry, b *Account, reason string) error {
	a := e.rec.account(b.Unit)
	for l := range b.Lots.All() {
		if err := e.receive(a, l); err != nil {
			return err
		}
		e.post(b.Unit, l.Points, other.free(l.ID), e.free(l.ID), reason)
	}
	for _, h := range b.Holds {
		was := h.ID
		h.ID = MergedHold(other.rec.Owner, was)
		if a.total()+a.Debt > math.MaxInt64-h.Points() {
			return tooMany(h.Points())
		}
		a.Holds = append(a.Holds, h)
		for _, l := range h.Parts {
			e.post(b.Unit, l.Points, other.held(l.ID, was), e.held(l.ID, h.ID), reason)
		}
	}
	if b.Debt > 0 {
		if a.Debt+b.Debt < 0 {
			return tooMany(b.Debt)
		}
		a.Debt += b.Debt
		e.post(b.Unit, b.Debt, e.free(DebtLot), other.free(DebtLot), reason)
	}
	b.Lots, b.Holds, b.Debt = Lots{}, nil, 0
	e.offset(a)
	return nil
}

// docMerged has what owners merged into this one had spent, by unit: so much more may be returned.
const docMerged = reserved + "merged"

// brought is what owners merged into this one had spent.
func (e *entry) brought(unit string) (int64, error) {
	all, err := e.merged()
	return all[unit], err
}

func (e *entry) merged() (map[string]int64, error) {
	doc, ok := e.rec.Docs[docMerged]
	if !ok {
		return nil, nil
	}
	var all map[string]int64
	if err := json.Unmarshal(doc, &all); err != nil {
		return nil, fmt.Errorf("ledger: document %s of %s: %w", docMerged, e.rec.Owner, err)
	}
	return all, nil
}

// bring notes what another owner has spent, with what those had who were merged into them.
func (e *entry) bring(other *entry) error {
	all, err := e.merged()
	if err != nil {
		return err
	}
	theirs, err := other.merged()
	if err != nil {
		return err
	}
	if theirs == nil {
		theirs = map[string]int64{}
	}
	for _, b := range other.rec.Accounts {
		theirs[b.Unit] = plus(b.Spent, theirs[b.Unit])
	}
	for unit, n := range theirs {
		if n > 0 {
			if all == nil {
				all = map[string]int64{}
			}
			all[unit] = plus(n, all[unit])
		}
	}
	if all == nil {
		return nil
	}
	doc, err := json.Marshal(all)
	if err != nil {
		return err
	}
	e.setDoc(docMerged, doc)
	return nil
}

// plus adds m, which is not below zero, as far as the numbers go.
func plus(n, m int64) int64 { return n + min(m, math.MaxInt64-max(n, 0)) }
