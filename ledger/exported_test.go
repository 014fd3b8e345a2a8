package ledger_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// nasty are texts that a file may be broken by, or a spreadsheet run.
var nasty = []string{
	`plain`, `a, b`, `say "hi"`, "two\nlines", `"`, ` leading`, `trailing `, `积分 café`, `<b>&amp;</b>`, `'quoted`,
	`=1+1`, `+1`, `-1`, `@SUM(A1)`, "\t=1", "\r=1", "\n=1", `＝1`, `＋1`, `－1`, `＠1`, `=HYPERLINK("x","y")`,
}

func exportedBooks(t *testing.T) *books {
	b := open(t)
	for i, s := range nasty {
		req := ask("k"+fmt.Sprint(i), at(i+1))
		if !strings.ContainsAny(s, "\t\r\n") {
			req.ID = s
		}
		req.Kind, req.Reason, req.Actor = ledger.Kind(s), s, s
		b.post(req, ledger.Earn{Unit: points, Points: 5, Reason: s}, ledger.Redeem{Unit: points, Points: int64(i%9 + 1), UpTo: true})
	}
	return b
}

func entries(b *books, q ledger.StatementQuery) iter.Seq2[ledger.Entry, error] {
	return b.Entries(b.tb.(*testing.T).Context(), q)
}

// The pages of a statement, of whatever size, come to the same entries as one big page.
func TestEntries(t *testing.T) {
	b := exportedBooks(t)
	for _, q := range []ledger.StatementQuery{
		{Owner: "m"}, {Owner: "m", Oldest: true}, {Owner: "m", Direction: ledger.Out}, {Owner: "m", Direction: ledger.In, From: at(3), Until: at(9)},
		{Owner: "m", Unit: stars}, {Owner: "stranger"},
	} {
		q.Limit = 1000
		whole, err := b.Statement(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{0, 1, 2, 7, len(nasty)} {
			q.Limit = size
			var got []ledger.Entry
			for e, err := range entries(b, q) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			equal(t, fmt.Sprintf("%+v", q), whole.Entries, got)
		}
	}
}

// A walk stops when asked to, and at the first error, which comes last.
func TestEntries_Ends(t *testing.T) {
	b := exportedBooks(t)
	n := 0
	for range entries(b, ledger.StatementQuery{Owner: "m", Limit: 2}) {
		if n++; n == 3 {
			break
		}
	}
	equal(t, "entries seen", 3, n)
	var got []error
	for _, err := range entries(b, ledger.StatementQuery{Owner: "m", Cursor: "page two"}) {
		got = append(got, err)
	}
	if len(got) != 1 || !errors.Is(got[0], ledger.ErrCursor) {
		t.Errorf("got %v", got)
	}
	for _, write := range []func(io.Writer, iter.Seq2[ledger.Entry, error]) error{ledger.WriteCSV, ledger.WriteJSONLines} {
		if err := write(io.Discard, entries(b, ledger.StatementQuery{Owner: "m", Cursor: "page two"})); !errors.Is(err, ledger.ErrCursor) {
			t.Errorf("got %v", err)
		}
		if err := write(fullDisk{}, entries(b, ledger.StatementQuery{Owner: "m"})); !errors.Is(err, errDisk) {
			t.Errorf("got %v", err)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errDisk }

// What is written as CSV is read again as it was, but for the apostrophe before what a
// spreadsheet would run.
func TestWriteCSV(t *testing.T) {
	b := exportedBooks(t)
	var out bytes.Buffer
	if err := ledger.WriteCSV(&out, entries(b, ledger.StatementQuery{Owner: "m", Oldest: true, Limit: 3})); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "header", []string{"time", "id", "kind", "reason", "actor", "points", "balance"}, rows[0])
	equal(t, "rows", 1+len(nasty), len(rows))
	for i, s := range nasty {
		row := rows[1+i]
		want := s
		if i >= 10 { // from there on they are formulas
			want = "'" + s
		}
		id := want
		if strings.ContainsAny(s, "\t\r\n") {
			id = fmt.Sprint("k", i)
		}
		equal(t, "row", []string{at(i + 1).Format(time.RFC3339), id, want, want, want}, row[:5])
	}
}

func TestWriteCSV_Numbers(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 50, day(0).Add(1500*time.Microsecond), never)
	b.post(ask("out", day(1).In(time.FixedZone("east", 8*60*60))), ledger.Redeem{Unit: points, Points: 20})
	var out strings.Builder
	if err := ledger.WriteCSV(&out, entries(b, ledger.StatementQuery{Owner: "m"})); err != nil {
		t.Fatal(err)
	}
	equal(t, "file", `time,id,kind,reason,actor,points,balance
2026-01-02T00:00:00Z,out,redeem,,,-20,30
2026-01-01T00:00:00.0015Z,in,earn,,,50,50
`, out.String())
}

// Each line is an object by itself, and has all that the statement has.
func TestWriteJSONLines(t *testing.T) {
	b := exportedBooks(t)
	q := ledger.StatementQuery{Owner: "m", Limit: 3}
	var out bytes.Buffer
	if err := ledger.WriteJSONLines(&out, entries(b, q)); err != nil {
		t.Fatal(err)
	}
	type line struct {
		Time          time.Time
		ID            string
		Kind          ledger.Kind
		Reason, Actor string
		Points        int64
		Balance       int64
		Postings      []ledger.Posting
	}
	var want, got []line
	for e := range entries(b, q) {
		tx := e.Transaction
		want = append(want, line{tx.Time, tx.Key.ID, tx.Kind, tx.Reason, tx.Actor, e.Points, e.Balance, tx.Postings})
	}
	for text := range strings.Lines(out.String()) {
		var l line
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got = append(got, l)
	}
	equal(t, "lines", want, got)
}
