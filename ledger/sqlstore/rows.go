package sqlstore

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
)

// batch is a Change as rows: of each table those to put there, whether new or
// changed, and the keys of those to take away. No key is in both.
type batch struct {
	put, gone [len(tables)][]row
	erase     []row // transactions to take the personal detail out of: columns of erasures
}

// join adds the rows of another batch, of other owners.
func (b *batch) join(o *batch) {
	for i := range tables {
		b.put[i] = append(b.put[i], o.put[i]...)
		b.gone[i] = append(b.gone[i], o.gone[i]...)
	}
	b.erase = append(b.erase, o.erase...)
}

// sort brings the records into the order in which they are locked.
func (b *batch) sort() {
	slices.SortFunc(b.put[records.id], func(x, y row) int { return strings.Compare(x[0].(string), y[0].(string)) })
}

func (b *batch) add(t *table, values ...any) { b.put[t.id] = append(b.put[t.id], values) }

func (b *batch) remove(t *table, key ...any) { b.gone[t.id] = append(b.gone[t.id], key) }

// newBatch makes rows of a Change. It refuses one that no Draft makes, so that
// the statements need not think of it.
func (s *Store) newBatch(c ledger.Change) (*batch, error) {
	writes := c.Writes
	byOwner := func(a, b ledger.Write) int { return strings.Compare(a.After.Owner, b.After.Owner) }
	if !slices.IsSortedFunc(writes, byOwner) { // the order in which rows are locked
		writes = slices.SortedStableFunc(slices.Values(writes), byOwner)
	}
	b := &batch{}
	for i := range writes {
		w := &writes[i]
		switch {
		case w.After.Version != w.Before.Version+1 || w.Before.Version < 0:
			return nil, fmt.Errorf("sqlstore: a write of %q takes version %d to %d", w.After.Owner, w.Before.Version, w.After.Version)
		case i > 0 && w.After.Owner == writes[i-1].After.Owner:
			return nil, fmt.Errorf("sqlstore: two writes of %q in one change", w.After.Owner)
		}
		s.record(b, w)
	}
	taken := make(map[ledger.Key]bool, len(c.Transactions))
	for i := range c.Transactions {
		if err := s.transaction(b, &c.Transactions[i], taken); err != nil {
			return nil, err
		}
	}
	for i := range c.Erasures {
		tx := &c.Erasures[i]
		for _, l := range tx.Links {
			b.erase = append(b.erase, row{l.Owner, l.Seq, tx.Key.Owner, tx.Key.ID, hashOrNull(tx.Erased)})
		}
	}
	return b, nil
}

// erasures are the columns that say which transaction to erase, and the digest to leave in it.
var erasures = []column{{"owner", text}, {"seq", number}, {"home", text}, {"id", text}, {"erased", blob}}

// record makes the rows of one Write.
func (s *Store) record(b *batch, w *ledger.Write) {
	r := &w.After
	b.add(records, r.Owner, r.Version, r.Seq, hashOrNull(r.Head), s.dialect.at(r.DocsDue), s.dialect.at(r.Due))
	for i := range r.Accounts {
		after := &r.Accounts[i]
		before := w.Before.Account(after.Unit)
		if isNew := !hasAccount(&w.Before, after.Unit); isNew || after.Earned != before.Earned || after.Spent != before.Spent || after.Debt != before.Debt {
			b.add(accounts, r.Owner, after.Unit, after.Earned, after.Spent, after.Debt)
		}
		s.free(b, r.Owner, after.Unit, before.Lots, after.Lots)
		s.holds(b, r, &before, after)
	}
	for i := range w.Before.Accounts {
		if before := &w.Before.Accounts[i]; !hasAccount(r, before.Unit) {
			b.remove(accounts, r.Owner, before.Unit)
			s.free(b, r.Owner, before.Unit, before.Lots, ledger.Lots{})
			s.holds(b, r, before, &ledger.Account{Unit: before.Unit})
		}
	}
	for _, name := range w.Touched().Docs {
		if doc, ok := r.Docs[name]; ok {
			b.add(docs, r.Owner, name, bytesOrNull(doc))
		} else {
			b.remove(docs, r.Owner, name)
		}
	}
}

func hasAccount(r *ledger.Record, unit string) bool {
	return slices.ContainsFunc(r.Accounts, func(a ledger.Account) bool { return a.Unit == unit })
}

// free makes the rows of what differs between free lots before and after.
func (s *Store) free(b *batch, owner, unit string, before, after ledger.Lots) {
	put, gone := after.Since(before)
	for i := range put {
		s.lot(b, owner, unit, "", &put[i], 0) // their order is that of their terms
	}
	for i := range gone {
		b.remove(lots, owner, unit, "", gone[i].ID)
	}
}

// held makes the rows of a hold's parts, in their order, where there were others before.
func (s *Store) held(b *batch, owner, unit, hold string, before, after []ledger.Lot) {
	has := make(map[string]bool, len(after))
	for i := range after {
		has[after[i].ID] = true
		s.lot(b, owner, unit, hold, &after[i], int64(i))
	}
	for i := range before {
		if !has[before[i].ID] {
			b.remove(lots, owner, unit, hold, before[i].ID)
		}
	}
}

func (s *Store) lot(b *batch, owner, unit, hold string, l *ledger.Lot, nth int64) {
	d := s.dialect
	b.add(lots, owner, unit, hold, l.ID, nth, l.Points, d.at(l.Issued), d.at(l.Active), l.Await, d.at(l.Expires))
}

func sameLot(a, b *ledger.Lot) bool { return a.ID == b.ID && a.Points == b.Points }

// holds makes the rows of what differs between the holds of an account. Those that stay keep
// their rows and new ones follow them; any other order is written anew.
func (s *Store) holds(b *batch, r *ledger.Record, before, after *ledger.Account) {
	if len(before.Holds) == 0 && len(after.Holds) == 0 {
		return
	}
	old := make(map[string]*ledger.Hold, len(before.Holds))
	for i := range before.Holds {
		old[before.Holds[i].ID] = &before.Holds[i]
	}
	kept := make(map[string]bool, len(after.Holds))
	for i := range after.Holds {
		h := &after.Holds[i]
		kept[h.ID] = true
	}
	ordered := s.inOrder(old, kept, before.Holds, after.Holds)
	for i := range after.Holds {
		h := &after.Holds[i]
		o := old[h.ID]
		if o != nil && ordered && sameHold(o, h) {
			continue
		}
		var parts []ledger.Lot
		if o != nil {
			parts = o.Parts
		}
		b.add(holds, r.Owner, after.Unit, h.ID, r.Version, int64(i), s.dialect.at(h.Made), s.dialect.at(h.Until))
		s.held(b, r.Owner, after.Unit, h.ID, parts, h.Parts)
	}
	for i := range before.Holds {
		if h := &before.Holds[i]; !kept[h.ID] {
			b.remove(holds, r.Owner, before.Unit, h.ID)
			s.held(b, r.Owner, before.Unit, h.ID, h.Parts, nil)
		}
	}
}

// inOrder tells whether the holds that stay come first, unchanged and in the order they had.
func (s *Store) inOrder(old map[string]*ledger.Hold, kept map[string]bool, before, after []ledger.Hold) bool {
	i := 0
	for j := range before {
		h := &before[j]
		if !kept[h.ID] {
			continue
		}
		if after[i].ID != h.ID || !sameHold(&after[i], h) {
			return false
		}
		i++
	}
	for ; i < len(after); i++ {
		if old[after[i].ID] != nil {
			return false
		}
	}
	return true
}

func sameHold(a, b *ledger.Hold) bool {
	return a.Made.Equal(b.Made) && a.Until.Equal(b.Until) &&
		slices.EqualFunc(a.Parts, b.Parts, func(a, b ledger.Lot) bool { return sameLot(&a, &b) })
}

// transaction makes the rows of one transaction: its ids among its home owner's, and a
// copy in the history of each owner it touches.
func (s *Store) transaction(b *batch, tx *ledger.Transaction, taken map[ledger.Key]bool) error {
	home, ok := tx.Link(tx.Key.Owner)
	if !ok {
		return fmt.Errorf("sqlstore: transaction %s is not in the history of its own owner", tx.Key)
	}
	for _, id := range tx.IDs() {
		k := ledger.Key{Owner: tx.Key.Owner, ID: id}
		if taken[k] {
			return conflict("key %s is taken within the change", k)
		}
		taken[k] = true
		b.add(keys, k.Owner, k.ID, home.Seq)
	}
	aliases, links := "", ""
	if len(tx.Aliases) > 0 {
		aliases = jsonText(tx.Aliases)
	}
	if len(tx.Links) > 1 {
		links = jsonText(tx.Links)
	}
	d := s.dialect
	for i := range tx.Links {
		l := &tx.Links[i]
		totals := ""
		if len(l.After) > 0 {
			totals = jsonText(l.After)
		}
		b.add(transactions, l.Owner, l.Seq, tx.Key.Owner, tx.Key.ID, tx.Reference, string(tx.Kind),
			d.at(tx.Time), d.at(tx.Recorded), tx.Reason, tx.Actor, hashOrNull(tx.Fingerprint),
			hashOrNull(l.Prev), hashOrNull(l.Hash), hashOrNull(tx.Erased), totals, aliases, links, bytesOrNull(tx.Details))
		for n := range tx.Postings {
			p := &tx.Postings[n]
			b.add(postings, l.Owner, l.Seq, int64(n), p.Unit, p.Points,
				p.From.Owner, p.From.Lot, p.From.Hold, p.From.Flow,
				p.To.Owner, p.To.Lot, p.To.Hold, p.To.Flow, p.Reason)
		}
	}
	return nil
}

// jsonText encodes what cannot fail to encode: lists of strings, numbers and hashes.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sqlstore: %T: %v", v, err))
	}
	return string(b)
}
