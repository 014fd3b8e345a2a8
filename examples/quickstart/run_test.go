package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quickstart runs the program, in memory unless args say otherwise, and gives its
// exit status and what it wrote.
func quickstart(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(context.Background(), append([]string{"-store", "memory"}, args...), &out, &errs)
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
	before, rest, _ := strings.Cut(report, "\nThis run\n")
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
	for _, line := range readmeExcerpt(t) {
		if !strings.Contains(stdout, "\n"+line+"\n") {
			t.Errorf("README.md shows a line that is not in the report: %q", line)
		}
	}
	_, again, _ := quickstart(t)
	if diff := cmp.Diff(withoutTimes(stdout), withoutTimes(again)); diff != "" {
		t.Errorf("a second run says otherwise (-first +second):\n%s", diff)
	}
}

// readmeExcerpt gives the lines of the report that README.md shows.
func readmeExcerpt(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "## What it prints")
	excerpt, _, _ := strings.Cut(rest, "\n## ")
	var lines []string
	for line := range strings.Lines(excerpt) {
		if shown, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    "); ok {
			lines = append(lines, shown)
		}
	}
	if len(lines) == 0 {
		t.Fatal("README.md shows nothing of the report")
	}
	return lines
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
		{"unknown store", []string{"-store", "oracle"}, exitUsage, "-store oracle: must be sqlite or memory"},
		{"a file for memory", []string{"-db", "books.db"}, exitUsage, "-db goes with -store sqlite"},
		{"no such folder for books", []string{"-store", "sqlite", "-db", "testdata/none/books.db"}, exitFail, "-db testdata/none/books.db: "},
		{"not a file of books", []string{"-store", "sqlite", "-db", "run.go"}, exitFail, "-db run.go: "},
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
