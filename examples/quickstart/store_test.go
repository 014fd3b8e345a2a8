package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// The books in a file come to what they come to in memory, and once more when the
// file is there already.
func TestReport_SQLite(t *testing.T) {
	golden, err := os.ReadFile("testdata/small.report")
	if err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(t.TempDir(), "a year?#%41.db")
	head := "Read from testdata/small.csv into " + db
	_, rest, _ := strings.Cut(string(golden), "\n  rows ")
	want := "\n" + head + "\n" + strings.Repeat("-", len(head)) + "\n  rows " + rest
	for _, run := range []string{"  new            8  events\n  repeated       0  ", "  new            0  events\n  repeated       8  "} {
		status, stdout, stderr := quickstart(t, "-store", "sqlite", "-db", db, "-data", "testdata/small.csv")
		if status != exitOK || stderr != "" {
			t.Fatalf("exit status %d, stderr %q", status, stderr)
		}
		if _, got, _ := strings.Cut(withoutTimes(stdout), "===\n"); got != want {
			t.Errorf("report (-want +got):\n%s", cmp.Diff(want, got))
		}
		if _, got, _ := strings.Cut(stdout, "This run\n--------\n"); !strings.HasPrefix(got, run) {
			t.Errorf("this run was %q, want %q", got[:min(len(got), 60)], run)
		}
	}
	if _, err := os.Stat(db); err != nil {
		t.Error(err)
	}
}

// Without -store and -db the books are in a file that does not outlast the run.
func TestTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // on Windows
	var out, errs bytes.Buffer
	status := run(t.Context(), []string{"-data", "testdata/small.csv"}, &out, &errs)
	if status != exitOK || errs.Len() > 0 {
		t.Errorf("exit status %d, stderr %q", status, errs.String())
	}
	if want := "\nRead from testdata/small.csv into a temporary file, removed at the end\n"; !strings.Contains(out.String(), want) {
		t.Errorf("the report does not say %q", want)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Books of another file than the one that is read are told apart.
func TestBooksOfAnotherFile(t *testing.T) {
	db := filepath.Join(t.TempDir(), "books.db")
	other := file(t, "1,20001,BAG,1,2011-01-02T00:00:00,2.50,44444,France")
	if status, _, stderr := quickstart(t, "-store", "sqlite", "-db", db, "-data", other); status != exitOK {
		t.Fatalf("exit status %d, stderr %q", status, stderr)
	}
	status, stdout, _ := quickstart(t, "-store", "sqlite", "-db", db, "-data", "testdata/small.csv")
	if status != exitFail || !strings.Contains(stdout, "  FAILED  the books equal what the events' results said") {
		t.Errorf("exit status %d, want 1 and a failed proof in:\n%s", status, stdout)
	}
}

// stopping is a store that ends the run after some commits.
type stopping struct {
	store
	done int
	at   int // 0 is never
	stop context.CancelFunc
}

func (s *stopping) Commit(ctx context.Context, c ledger.Change) error {
	err := s.store.Commit(ctx, c)
	if s.done++; s.done == s.at {
		s.stop()
	}
	return err
}

// runUntil runs the year on a store and ends it after so many commits, 0 for never. It
// gives the report from the first row on, and how many commits there were.
func runUntil(t *testing.T, s store, data string, commits int) (report string, done int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	counted := &stopping{store: s, at: commits, stop: stop}
	var out, errs bytes.Buffer
	status := runOn(ctx, options{data: data}, counted, &out, &errs)
	if commits > 0 && (status != exitFail || !strings.Contains(errs.String(), context.Canceled.Error()) || out.Len() > 0) {
		t.Fatalf("stopped after %d commits: exit status %d, stderr %q, report:\n%s", commits, status, errs.String(), out.String())
	}
	if commits == 0 && status != exitOK {
		t.Fatalf("exit status %d, stderr %q, report:\n%s", status, errs.String(), out.String())
	}
	_, report, _ = strings.Cut(withoutTimes(out.String()), "\n  rows ")
	return report, counted.done
}

// booksOf reads all there is in a store.
func booksOf(t *testing.T, s store) map[string]book {
	t.Helper()
	owners, err := s.Owners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]book{}
	for _, o := range owners {
		if all[o], err = readBook(t.Context(), s, o); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func diffBooks(want, got map[string]book) string {
	return cmp.Diff(want, got, cmp.AllowUnexported(book{}), cmpopts.EquateEmpty())
}

// A member pays once at once and once by way of a hold, and returns part of both. Wherever the year is
// interrupted, between hold and order too, beginning it again ends in the same books.
func TestInterruptedAfterAnyCommit(t *testing.T) {
	data := file(t,
		"1,20001,MUG,100,2011-12-01T09:00:00,12.00,11111,France",
		"2,20001,MUG,60,2011-12-02T09:00:00,10.00,11111,France",
		"3,20002,BAG,1,2011-12-03T09:00:00,20.00,22222,France",
		"4,20001,MUG,100,2011-12-05T09:00:00,10.00,11111,France",
		"5,20003,CUP,20,2011-12-06T09:00:00,10.00,11111,France",
		"C6,20003,CUP,-5,2011-12-07T09:00:00,10.00,11111,France",
		"C7,20001,MUG,-120,2011-12-08T09:00:00,10.00,11111,France",
		"8,20003,CUP,20,2011-12-09T09:00:00,30.00,11111,France")
	whole := inMemory{memory.New()}
	report, commits := runUntil(t, whole, data, 0)
	if want := "orders, in part; 1 of them by way of a hold"; !strings.Contains(report, want) {
		t.Fatalf("the report does not say %q:\n%s", want, report)
	}
	want := booksOf(t, whole)
	for n := 1; n <= commits; n++ {
		s := inMemory{memory.New()}
		runUntil(t, s, data, n)
		again, rest := runUntil(t, s, data, 0)
		if n+rest != commits {
			t.Errorf("interrupted after %d commits there were %d more, want %d in all", n, rest, commits)
		}
		if diff := cmp.Diff(report, again); diff != "" {
			t.Errorf("interrupted after %d commits, report (-whole +interrupted):\n%s", n, diff)
		}
		if diff := diffBooks(want, booksOf(t, s)); diff != "" {
			t.Errorf("interrupted after %d commits, books (-whole +interrupted):\n%s", n, diff)
		}
	}
}

// someCustomers writes a file of one customer in thirty of the sample, their whole years.
func someCustomers(t *testing.T) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	for i, row := range rows {
		if id, _ := strconv.Atoi(row[6]); i == 0 || id%30 == 7 {
			w.Write(row)
		}
	}
	w.Flush()
	name := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A year in a file, interrupted in the middle and in the sweep at its end, comes
// to the same as one in memory; and so does going through all of it again.
func TestInterrupted_SQLite(t *testing.T) {
	data, db := someCustomers(t), filepath.Join(t.TempDir(), "books.db")
	inOne := inMemory{memory.New()}
	report, commits := runUntil(t, inOne, data, 0)
	if commits < 120 {
		t.Fatalf("a year of %d commits is too short", commits)
	}
	want := booksOf(t, inOne)
	half, left := commits/2, commits
	for _, n := range []int{half, commits - half - 2, 0, 0} {
		s, closeStore, err := openStore(t.Context(), options{store: storeSQLite, db: db})
		if err != nil {
			t.Fatal(err)
		}
		again, done := runUntil(t, s, data, n)
		if n > 0 && done != n || n == 0 && done != left {
			t.Errorf("%d commits, of %d that were left", done, left)
		}
		left -= done
		if n == 0 {
			if diff := cmp.Diff(report, again); diff != "" {
				t.Errorf("report (-memory +file):\n%s", diff)
			}
			if diff := diffBooks(want, booksOf(t, s)); diff != "" {
				t.Errorf("books (-memory +file):\n%s", diff)
			}
		}
		if err := closeStore(); err != nil {
			t.Error(err)
		}
	}
}
