package ledger

import (
	"context"
	"slices"
	"time"
)

// Direction narrows a statement to what came in or what went out.
type Direction string

// The directions. The zero Direction is both, holds and their releases included.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// StatementQuery asks for the entries of one owner in one unit.
type StatementQuery struct {
	Owner     string
	Unit      string    // "" is DefaultUnit
	From      time.Time // entries that took effect at or after it; zero is all
	Until     time.Time // entries that took effect before it; zero is all
	Direction Direction
	Oldest    bool   // oldest first; newest first otherwise
	Limit     int    // at most so many; 0 is 50
	Cursor    string // Statement.Next of the page before
}

// Statement is one page of entries.
type Statement struct {
	Entries []Entry
	Next    string // the cursor of the next page; "" when this is the last
}

// Entry is one line of a statement.
type Entry struct {
	Transaction Transaction
	Points      int64 // what it added to the owner's total; below zero when it took
	Balance     int64 // the total after it (Balance.Total)
}

// Statement lists what moved an owner's points, one page at a time, in the order
// of recording.
func (l *Ledger) Statement(ctx context.Context, q StatementQuery) (Statement, error) {
	if err := validID("owner", q.Owner); err != nil {
		return Statement{}, err
	}
	switch q.Direction {
	case "", In, Out:
	default:
		return Statement{}, invalid("direction", "%.40q is none of in, out", string(q.Direction))
	}
	if q.Limit < 0 {
		return Statement{}, invalid("limit", "%d, must not be negative", q.Limit)
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Unit == "" {
		q.Unit = DefaultUnit
	}
	if !slices.Contains(l.units, q.Unit) {
		return Statement{}, l.unknownUnit(q.Unit)
	}
	var s Statement
	next := q.Cursor
	for {
		page, err := l.store.History(ctx, Query{
			Owner: q.Owner, From: clean(q.From), Until: clean(q.Until), Oldest: q.Oldest,
			Limit: q.Limit - len(s.Entries), Cursor: next,
		})
		if err != nil {
			return Statement{}, err
		}
		for _, tx := range page.Transactions {
			if e, ok := newEntry(tx, q); ok {
				s.Entries = append(s.Entries, e)
			}
		}
		if next = page.Next; next == "" || len(s.Entries) >= q.Limit {
			s.Next = next
			return s, nil
		}
	}
}

func newEntry(tx Transaction, q StatementQuery) (Entry, bool) {
	l, ok := tx.Link(q.Owner)
	if !ok {
		return Entry{}, false
	}
	e := Entry{Transaction: tx, Points: tx.Net(q.Owner, q.Unit)}
	if q.Direction == In && e.Points <= 0 || q.Direction == Out && e.Points >= 0 {
		return Entry{}, false
	}
	for _, a := range l.After {
		if a.Unit == q.Unit {
			e.Balance = a.Points
			return e, true
		}
	}
	return Entry{}, false
}
