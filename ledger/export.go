package ledger

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// history walks the transactions of a query, whatever the size of the store's pages.
func (l *Ledger) history(ctx context.Context, q Query) iter.Seq2[Transaction, error] {
	return func(yield func(Transaction, error) bool) {
		for {
			page, err := l.store.History(ctx, q)
			if err != nil {
				yield(Transaction{}, err)
				return
			}
			for _, tx := range page.Transactions {
				if !yield(tx, nil) {
					return
				}
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				return
			}
		}
	}
}

// Entries walks a whole statement, page by page: q.Limit is the size of a page. It
// ends with the first error.
func (l *Ledger) Entries(ctx context.Context, q StatementQuery) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			s, err := l.Statement(ctx, q)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range s.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if q.Cursor = s.Next; q.Cursor == "" {
				return
			}
		}
	}
}

// line is an entry as it is exported.
type line struct {
	Time     time.Time `json:"time"`
	ID       string    `json:"id"`
	Kind     Kind      `json:"kind"`
	Reason   string    `json:"reason,omitempty"`
	Actor    string    `json:"actor,omitempty"`
	Points   int64     `json:"points"`
	Balance  int64     `json:"balance"`
	Postings []Posting `json:"postings,omitempty"`
}

func (e *Entry) line() line {
	tx := &e.Transaction
	return line{tx.Time, tx.Key.ID, tx.Kind, tx.Reason, tx.Actor, e.Points, e.Balance, tx.Postings}
}

// WriteJSONLines writes entries as one JSON object a line, postings included.
func WriteJSONLines(w io.Writer, entries iter.Seq2[Entry, error]) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for e, err := range entries {
		if err != nil {
			return err
		}
		if err := enc.Encode(e.line()); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes entries as CSV with a header: time (RFC 3339, UTC), id, kind, reason,
// actor, points, balance. A text that a spreadsheet would take for a formula is
// preceded by an apostrophe.
func WriteCSV(w io.Writer, entries iter.Seq2[Entry, error]) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"time", "id", "kind", "reason", "actor", "points", "balance"}); err != nil {
		return err
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		l := e.line()
		if err := out.Write([]string{
			l.Time.UTC().Format(time.RFC3339Nano), inert(l.ID), inert(string(l.Kind)), inert(l.Reason), inert(l.Actor),
			strconv.FormatInt(l.Points, 10), strconv.FormatInt(l.Balance, 10),
		}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// inert keeps a spreadsheet from running a text that came from outside. A full-width sign is as
// good as a narrow one to some of them.
func inert(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}
