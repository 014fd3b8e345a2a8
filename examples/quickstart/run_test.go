package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// quickstart runs the program and gives its exit status and what it wrote.
func quickstart(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return status, out.String(), errs.String()
}

// file writes rows under the header and gives the file's name.
func file(t *testing.T, rows ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(name, []byte(testHeader+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// withoutTimes takes out the section that is never the same twice.
func withoutTimes(report string) string {
	before, rest, _ := strings.Cut(report, "\nTime\n")
	_, proof, _ := strings.Cut(rest, "\nProof\n")
	return before + "\nProof\n" + proof
}

// The figures of small.report are worked out by hand in testdata/README.md.
func TestReport(t *testing.T) {
	want, err := os.ReadFile("testdata/small.report")
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := quickstart(t, "-data", "testdata/small.csv")
	if status != exitOK || stderr != "" {
		t.Errorf("exit status %d, stderr %q", status, stderr)
	}
	if diff := cmp.Diff(string(want), withoutTimes(stdout)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// The counts are those of data/README.md, and of a matching done apart from this
// program: 180 cancelled lines found nothing, 5 more a part.
func TestSample(t *testing.T) {
	status, stdout, stderr := quickstart(t)
	if status != exitOK || stderr != "" {
		t.Errorf("exit status %d, stderr %q", status, stderr)
	}
	for _, want := range []string{
		"  rows       73,340\n  left out   0\n  bad lines  0\n  customers  800\n",
		"  orders            3,404  1,226,170.20  of 71,914 lines\n",
		"  refunds             611     26,297.08  from 611 cancellations of 1,426 lines\n",
		"  not matched         185      6,624.53  cancelled lines, 2,352 pieces:",
		"  welcome          797    398,500           0    398,500  500 points for signing up\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if got := strings.Count(stdout, "\n  ok      "); got != 6 {
		t.Errorf("%d things proved, want 6", got)
	}
	for line := range strings.Lines(stdout) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 100 {
			t.Errorf("a line of %d characters: %q", n, line)
		}
	}
	if strings.Contains(stdout, "Refused") {
		t.Error("something of the sample was refused")
	}
	_, again, _ := quickstart(t)
	if diff := cmp.Diff(withoutTimes(stdout), withoutTimes(again)); diff != "" {
		t.Errorf("a second run says otherwise (-first +second):\n%s", diff)
	}
}

func TestBadLinesDoNotStopTheRun(t *testing.T) {
	rows := []string{
		"1,20001,BAG,1,2011-01-02T00:00:00,2.50,11111,France",
		"1,20001,BAG",
		"2,20001,BAG,1,2011-01-03T00:00:00,2.50,11111,France",
	}
	for range 6 {
		rows = append(rows, "3,20001,BAG,1,yesterday,2.50,11111,France")
	}
	status, stdout, stderr := quickstart(t, "-data", file(t, rows...))
	if status != exitOK {
		t.Errorf("exit status %d, stderr %q", status, stderr)
	}
	for _, want := range []string{
		"  rows       2\n", "  bad lines  7\n", "  line 3: 3 fields, want 8\n", `  line 5: invoice_ts "yesterday" is not a time`,
		"  line 8: ", "  and 2 more\n", "  orders              2  5.00  of 2 lines\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the report does not say %q:\n%s", want, stdout)
		}
	}
}

// A file may hold what the programme does not take. That is the file's matter.
func TestRefusalOfTheFileIsExpected(t *testing.T) {
	status, stdout, _ := quickstart(t, "-data", file(t,
		"1,20001,BAG,1,2011-01-02T00:00:00,2.50,11111,France",
		"~2,20001,BAG,1,2011-01-03T00:00:00,2.50,11111,France"))
	want := `  1  loyalty: invalid  such as: loyalty: id: may not begin with "~"`
	if status != exitOK || !strings.Contains(stdout, want) {
		t.Errorf("exit status %d, want 0 and %q in:\n%s", status, want, stdout)
	}
}

func TestEmptyFile(t *testing.T) {
	if status, _, stderr := quickstart(t, "-data", file(t)); status != exitOK {
		t.Errorf("exit status %d, stderr %q", status, stderr)
	}
}

func TestMember(t *testing.T) {
	status, stdout, _ := quickstart(t, "-data", "testdata/small.csv", "-member", "33333")
	want := "2012-01-01 00:00  end of the month  expired    -530        0\n"
	if status != exitOK || !strings.Contains(stdout, want) {
		t.Errorf("exit status %d, want 0 and %q in:\n%s", status, want, stdout)
	}
}

func TestUsage(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "cpu.prof")
	tests := []struct {
		name   string
		args   []string
		status int
		stderr string
	}{
		{"help", []string{"-h"}, exitOK, "-member"},
		{"unknown flag", []string{"-x"}, exitUsage, "not defined: -x"},
		{"argument", []string{"orders.csv"}, exitUsage, `"orders.csv" is not a flag`},
		{"no such file", []string{"-data", "testdata/none.csv"}, exitFail, "testdata/none.csv"},
		{"no such member", []string{"-data", "testdata/small.csv", "-member", "1"}, exitFail, "-member 1: no customer"},
		{"no such folder", []string{"-cpuprofile", "testdata/none/cpu.prof"}, exitFail, "testdata/none/cpu.prof"},
		{"profile", []string{"-data", "testdata/small.csv", "-cpuprofile", profile}, exitOK, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, _, stderr := quickstart(t, tt.args...)
			if status != tt.status || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("exit status %d, want %d; stderr %q, want %q", status, tt.status, stderr, tt.stderr)
			}
		})
	}
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Errorf("no profile was written: %v", err)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	if status := run(ctx, nil, &out, &errs); status != exitFail || !strings.Contains(errs.String(), "context canceled") || out.Len() > 0 {
		t.Errorf("exit status %d, stderr %q, %d bytes of report", status, errs.String(), out.Len())
	}
}

// tampered is a store that lies once the books are being audited, which begins
// with Owners.
type tampered struct {
	*memory.Store
	auditing atomic.Bool
	owners   func([]string) []string
	load     func(*ledger.Record)
	history  func([]ledger.Transaction) []ledger.Transaction
	commit   func(ledger.Change) (written bool, err error)
}

func (s *tampered) Owners() []string {
	s.auditing.Store(true)
	if s.owners == nil {
		return s.Store.Owners()
	}
	return s.owners(s.Store.Owners())
}

func (s *tampered) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	snap, err := s.Store.Load(ctx, owners, keys)
	if s.auditing.Load() && s.load != nil {
		for id, r := range snap.Records {
			r.Accounts = slices.Clone(r.Accounts)
			for i := range r.Accounts {
				r.Accounts[i].Lots = slices.Clone(r.Accounts[i].Lots)
			}
			s.load(&r)
			snap.Records[id] = r
		}
	}
	return snap, err
}

func (s *tampered) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	page, err := s.Store.History(ctx, q)
	if s.history != nil {
		list := slices.Clone(page.Transactions)
		for i := range list {
			list[i].Postings = slices.Clone(list[i].Postings)
			list[i].Links = slices.Clone(list[i].Links)
		}
		page.Transactions = s.history(list)
	}
	return page, err
}

func (s *tampered) Commit(ctx context.Context, c ledger.Change) error {
	if s.commit != nil {
		if written, err := s.commit(c); written || err != nil {
			return err
		}
	}
	return s.Store.Commit(ctx, c)
}

// makes tells whether a change has the transaction of an id.
func makes(c ledger.Change, id string) bool {
	return slices.ContainsFunc(c.Transactions, func(tx ledger.Transaction) bool { return tx.Key.ID == id })
}

// Each row spoils the books of testdata/small.csv in one way, and names what must notice.
func TestProofFails(t *testing.T) {
	const (
		zero       = "postings sum to"
		flows      = "the flows' totals"
		chains     = "every history is"
		replays    = "every account equals"
		statements = "every balance equals"
		results    = "the books equal"
	)
	tests := []struct {
		name  string
		store tampered
		want  []string
	}{
		{
			"a point slipped into a lot",
			tampered{load: func(r *ledger.Record) {
				if r.Owner == "11111" {
					r.Accounts[0].Lots[0].Points++
				}
			}},
			[]string{flows, replays, statements},
		},
		{
			"a total to date altered",
			tampered{load: func(r *ledger.Record) {
				if r.Owner == "22222" {
					r.Accounts[0].Earned--
				}
			}},
			[]string{replays},
		},
		{
			"a posting altered",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					if list[i].Key.ID == "1001" {
						list[i].Postings[0].Points++
					}
				}
				return list
			}},
			[]string{flows, chains, replays, statements, results},
		},
		{
			"a posting led to nobody",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					if list[i].Key.ID == "1001" {
						list[i].Postings[0].To.Owner = "nobody"
					}
				}
				return list
			}},
			[]string{zero, chains, replays, statements},
		},
		{
			"a time altered",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					list[i].Recorded = list[i].Recorded.AddDate(0, 0, 1)
				}
				return list
			}},
			[]string{chains},
		},
		{
			"the balance of an entry altered",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					if list[i].Key.ID == "1002" {
						after := slices.Clone(list[i].Links[0].After)
						after[0].Points += 5
						list[i].Links[0].After = after
					}
				}
				return list
			}},
			[]string{chains, replays, statements},
		},
		{
			"the last transaction of a history gone",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				return slices.DeleteFunc(list, func(tx ledger.Transaction) bool { return tx.Key.ID == "C1003/1002" })
			}},
			[]string{flows, replays, statements, results},
		},
		{
			"a member gone",
			tampered{owners: func(ids []string) []string {
				return slices.DeleteFunc(ids, func(id string) bool { return id == "22222" })
			}},
			[]string{results},
		},
		{
			"a commit that was promised and not kept",
			tampered{commit: func(c ledger.Change) (bool, error) { return makes(c, "1006"), nil }},
			[]string{results},
		},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			tt.store.Store = memory.New()
			var out, errs bytes.Buffer
			status := runOn(context.Background(), options{data: "testdata/small.csv"}, &tt.store, &out, &errs)
			if status != exitFail || !strings.Contains(errs.String(), "the books do not balance") {
				t.Errorf("exit status %d, stderr %q, want 1", status, errs.String())
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				if failed, ok := strings.CutPrefix(line, "  FAILED  "); ok {
					got = append(got, strings.Join(strings.Fields(failed)[:3], " "))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("what failed (-want +got):\n%s\n%s", diff, out.String())
			}
		})
	}
}

// A refusal that no file can be the cause of ends in a failure, after the report.
func TestUnexpectedRefusalFails(t *testing.T) {
	s := &tampered{Store: memory.New(), commit: func(c ledger.Change) (bool, error) {
		if makes(c, "1006") {
			return false, errors.New("the disk is full")
		}
		return false, nil
	}}
	var out, errs bytes.Buffer
	status := runOn(context.Background(), options{data: "testdata/small.csv"}, s, &out, &errs)
	if status != exitFail || !strings.Contains(out.String(), "the disk is full") {
		t.Errorf("exit status %d, stderr %q, report:\n%s", status, errs.String(), out.String())
	}
	if strings.Contains(out.String(), "FAILED") {
		t.Errorf("what was never written is missed in the books:\n%s", out.String())
	}
}
