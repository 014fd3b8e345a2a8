package ledger

import (
	"context"
	"time"
)

// Erase takes the personal detail out of an owner's books: the reason, actor and details of
// their transactions, and the host's documents. The postings stay, with their own reasons, and the
// chain still verifies, by a digest: whoever guesses the very words can tell that they guessed right.
// A transaction that another owner caused, such as a gift they made, keeps their words.
//
// It goes through the history in several commits; called again it goes on where it was. It does
// not end the books: see Close.
func (l *Ledger) Erase(ctx context.Context, owner string) error {
	const page = 200
	cursor := ""
	for {
		p, err := l.store.History(ctx, Query{Owner: owner, Oldest: true, Limit: page, Cursor: cursor})
		if err != nil {
			return err
		}
		err = l.Update(ctx, []string{owner}, nil, func(d *Draft) error {
			for _, tx := range p.Transactions {
				if tx.Key.Owner == owner && tx.hasPersonal() {
					d.Erase(tx)
				}
			}
			rec := d.Record(owner)
			for name := range rec.Docs {
				if !isReserved(name) {
					d.SetDoc(owner, name, nil)
				}
			}
			if !rec.DocsDue.IsZero() {
				d.SetDocsDue(owner, time.Time{}) // what was due is gone
			}
			return nil
		})
		if err != nil {
			return err
		}
		if cursor = p.Next; cursor == "" {
			return nil
		}
	}
}

func (t *Transaction) hasPersonal() bool {
	return t.Reason != "" || t.Actor != "" || len(t.Details) > 0
}
