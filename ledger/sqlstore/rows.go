package sqlstore

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
)

// batch is a Change as rows: of each table those to put there, whether new or
// changed.
type batch struct {
	put   [len(tables)][]row
	erase []row // transactions to take the personal detail out of: columns of erasures
}

// join adds the rows of another batch, of other owners.
func (b *batch) join(o *batch) {
	for i := range tables {
		b.put[i] = append(b.put[i], o.put[i]...)
	}
	b.erase = append(b.erase, o.erase...)
}

// sort brings the records into the order in which they are locked.
func (b *batch) sort() {
	slices.SortFunc(b.put[records.id], func(x, y row) int { return strings.Compare(x[0].text, y[0].text) })
}

func (b *batch) add(t *table, cells ...cell) { b.put[t.id] = append(b.put[t.id], cells) }

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
		if err := s.record(b, w); err != nil {
			return nil, err
		}
	}
	var taken map[ledger.Key]bool // by the change itself, when it takes several
	if len(c.Transactions) > 1 {
		taken = make(map[ledger.Key]bool, len(c.Transactions))
	}
	for i := range c.Transactions {
		if err := s.transaction(b, &c.Transactions[i], taken); err != nil {
			return nil, err
		}
	}
	for i := range c.Erasures {
		tx := &c.Erasures[i]
		for _, l := range tx.Links {
			b.erase = append(b.erase, row{textCell(l.Owner), numberCell(l.Seq), textCell(tx.Key.Owner), textCell(tx.Key.ID), hashCell(&tx.Erased)})
		}
	}
	return b, nil
}

// erasures are the columns that say which transaction to erase, and the digest to leave in it.
var erasures = []column{{"owner", text}, {"seq", number}, {"home", text}, {"id", text}, {"erased", blob}}

// record makes the row of one Write.
func (s *Store) record(b *batch, w *ledger.Write) error {
	r := &w.After
	accounts, err := accountsText(r)
	if err != nil {
		return err
	}
	docs, err := docsText(w)
	if err != nil {
		return err
	}
	b.add(records, textCell(r.Owner), numberCell(r.Version), numberCell(r.Seq), hashCell(&r.Head), s.dialect.at(r.DocsDue), s.dialect.at(r.Due), accounts, docs)
	return nil
}

// transaction makes the rows of one transaction: its ids among its home owner's, and a
// copy in the history of each owner it touches.
func (s *Store) transaction(b *batch, tx *ledger.Transaction, taken map[ledger.Key]bool) error {
	home, ok := tx.Link(tx.Key.Owner)
	if !ok {
		return fmt.Errorf("sqlstore: transaction %s is not in the history of its own owner", tx.Key)
	}
	ids := tx.IDs()
	if taken == nil && len(ids) > 1 {
		taken = make(map[ledger.Key]bool, len(ids))
	}
	for _, id := range ids {
		k := ledger.Key{Owner: tx.Key.Owner, ID: id}
		if taken[k] {
			return conflict("key %s is taken within the change", k)
		}
		if taken != nil {
			taken[k] = true
		}
		b.add(keys, textCell(k.Owner), textCell(k.ID), numberCell(home.Seq))
	}
	aliases, links, postings := "", "", postingsText(tx.Postings)
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
			totals = totalsText(l.After)
		}
		b.add(transactions, textCell(l.Owner), numberCell(l.Seq), textCell(tx.Key.Owner), textCell(tx.Key.ID),
			textCell(tx.Reference), textCell(string(tx.Kind)), d.at(tx.Time), d.at(tx.Recorded), textCell(tx.Reason), textCell(tx.Actor),
			hashCell(&tx.Fingerprint), hashCell(&l.Prev), hashCell(&l.Hash), hashCell(&tx.Erased),
			textCell(totals), textCell(aliases), textCell(links), textCell(postings), blobCell(tx.Details))
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
