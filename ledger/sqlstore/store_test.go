package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// noDatabase is a driver that opens nothing.
type noDatabase struct{}

func (noDatabase) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("a connection was opened")
}
func (noDatabase) Driver() driver.Driver { return nil }

func TestNew(t *testing.T) {
	db := sql.OpenDB(noDatabase{})
	for _, tt := range []struct {
		name    string
		db      *sql.DB
		dialect Dialect
		options []Option
		want    string // of the error
	}{
		{"plain", db, Postgres, nil, ""},
		{"prefix", db, MySQL, []Option{Prefix("shop_1_")}, ""},
		{"longest prefix", db, SQLite, []Option{Prefix(strings.Repeat("p", 30))}, ""},
		{"no database", nil, Postgres, nil, "database is nil"},
		{"no dialect", db, 0, nil, "Dialect(0) is no dialect"},
		{"another dialect", db, 9, nil, "Dialect(9) is no dialect"},
		{"empty prefix", db, Citus, []Option{Prefix("")}, `prefix ""`},
		{"long prefix", db, Citus, []Option{Prefix(strings.Repeat("p", 31))}, "prefix"},
		{"digit first", db, SQLite, []Option{Prefix("1_")}, "prefix"},
		{"upper case", db, SQLite, []Option{Prefix("Loyalty_")}, "prefix"},
		{"injection", db, SQLite, []Option{Prefix("x; DROP TABLE orders --")}, "prefix"},
		{"end of line", db, SQLite, []Option{Prefix("x_\n")}, "prefix"},
		{"schema", db, Postgres, []Option{Prefix("loyalty.")}, "prefix"},
	} {
		_, err := New(tt.db, tt.dialect, tt.options...)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestRefusedChanges are changes that no Draft makes. They reach no database.
func TestRefusedChanges(t *testing.T) {
	s, err := New(sql.OpenDB(noDatabase{}), Postgres)
	if err != nil {
		t.Fatal(err)
	}
	write := func(owner string, from, to int64) ledger.Write {
		return ledger.Write{Before: ledger.Record{Owner: owner, Version: from}, After: ledger.Record{Owner: owner, Version: to}}
	}
	tx := func(owner, id string, links ...ledger.Link) ledger.Transaction {
		return ledger.Transaction{Key: ledger.Key{Owner: owner, ID: id}, Links: links}
	}
	for name, c := range map[string]ledger.Change{
		"a version left out": {Writes: []ledger.Write{write("a", 1, 3)}},
		"a version repeated": {Writes: []ledger.Write{write("a", 1, 1)}},
		"below zero":         {Writes: []ledger.Write{write("a", -1, 0)}},
		"an owner twice":     {Writes: []ledger.Write{write("a", 1, 2), write("b", 0, 1), write("a", 1, 2)}},
		"not in its home": {Writes: []ledger.Write{write("a", 0, 1)},
			Transactions: []ledger.Transaction{tx("a", "k", ledger.Link{Owner: "b", Seq: 1})}},
		"a lot by another name": {Writes: []ledger.Write{{Before: ledger.Record{Owner: "a"}, After: ledger.Record{Owner: "a", Version: 1,
			Accounts: []ledger.Account{{Unit: "points", Lots: ledger.NewLots(ledger.Lot{ID: "march", Points: 1})}}}}}},
	} {
		if err := s.Commit(t.Context(), c); err == nil || strings.Contains(err.Error(), "connection") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	twice := ledger.Change{Writes: []ledger.Write{write("a", 0, 1)}, Transactions: []ledger.Transaction{
		tx("a", "k", ledger.Link{Owner: "a", Seq: 1}), tx("a", "k", ledger.Link{Owner: "a", Seq: 2})}}
	if err := s.Commit(t.Context(), twice); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("a key twice in one change: got %v, want ErrConflict", err)
	}
}

func TestTextArray(t *testing.T) {
	got := textArray([]string{"plain", `a "quoted" \ {brace}, NULL`, "", "é漢 '"})
	if want := `{"plain","a \"quoted\" \\ {brace}, NULL","","é漢 '"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A row within an array is quoted twice; nothing between commas is NULL.
func TestComposites(t *testing.T) {
	got := composites([]row{
		{textCell("plain"), numberCell(math.MinInt64), blobCell([]byte{0, 255})},
		{textCell(`a "b" \ (c), {d}`), numberCell(math.MaxInt64), blobCell([]byte{})},
		{textCell(""), blobCell(nil), {}},
	})
	want := `{"(\"plain\",-9223372036854775808,\"\\\\x00ff\")",` +
		`"(\"a \\\"b\\\" \\\\ (c), {d}\",9223372036854775807,\"\\\\x\")",` +
		`"(\"\",,)"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := composites(nil); got != "{}" {
		t.Errorf("no rows: got %s", got)
	}
}

func TestTimes(t *testing.T) {
	for _, text := range []string{
		"0001-01-01T00:00:00.000001Z", "0999-12-31T23:59:59.999999Z", "1582-10-10T00:00:00Z", "1970-01-01T00:00:00Z",
		"2026-03-14T15:09:26.535897Z", "9999-12-31T23:59:59.999999Z",
	} {
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		var got readMoment
		if err := got.Scan(SQLite.at(want.In(time.FixedZone("", 7*3600))).arg()); err != nil || !time.Time(got).Equal(want) {
			t.Errorf("%s came back as %v, %v", text, time.Time(got), err)
		}
		if time.Time(got).Location() != time.UTC {
			t.Errorf("%s came back in %v", text, time.Time(got).Location())
		}
	}
	for _, d := range []Dialect{SQLite, Postgres, Citus, MySQL} {
		if got := d.at(time.Time{}).arg(); got != nil {
			t.Errorf("%v: the zero time is %v, want NULL", d, got)
		}
	}
	var got readMoment
	if err := got.Scan(nil); err != nil || !time.Time(got).IsZero() {
		t.Errorf("NULL is %v, %v; want the zero time", time.Time(got), err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("m", "17.deadbeef", true)
	f.Add("m", "-1", false)
	f.Add("", "999999999999", false)
	f.Fuzz(func(t *testing.T, owner, text string, oldest bool) {
		q := ledger.Query{Owner: owner, Oldest: oldest, Cursor: text}
		if seq, ok := parseCursor(q); ok && cursor(q, seq) != text {
			t.Errorf("%q was taken for a cursor", text)
		}
		q.Cursor = cursor(q, int64(len(text)))
		if seq, ok := parseCursor(q); !ok || seq != int64(len(text)) {
			t.Errorf("%q gives %d, %v", q.Cursor, seq, ok)
		}
		other := q
		other.Oldest = !oldest
		if _, ok := parseCursor(other); ok {
			t.Errorf("%q is taken in the other direction", q.Cursor)
		}
	})
}
