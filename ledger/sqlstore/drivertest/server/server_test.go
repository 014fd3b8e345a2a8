package server

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestDatabase(t *testing.T) {
	tests := []struct {
		driver string
		dsn    func(testing.TB) string
	}{
		{"pgx", Postgres},
		{"mysql", MariaDB},
	}
	for _, tt := range tests {
		t.Run(tt.driver, func(t *testing.T) {
			a, b := open(t, tt.driver, tt.dsn(t)), open(t, tt.driver, tt.dsn(t))
			for _, statement := range []string{"CREATE TABLE n (i INT PRIMARY KEY)", "INSERT INTO n VALUES (1), (2)"} {
				if _, err := a.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := count(a); got != 2 || err != nil {
				t.Errorf("the first database has %d rows, %v; want 2", got, err)
			}
			if _, err := count(b); err == nil {
				t.Error("the second database has the table of the first")
			}
		})
	}
}

func TestKill(t *testing.T) {
	s := NewPostgres(t)
	db := open(t, "pgx", s.Database(t))
	if _, err := db.Exec("CREATE TABLE n (i INT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := db.Exec("INSERT INTO n VALUES ($1)", i); err != nil {
			t.Fatal(err)
		}
		s.Kill()
		if err := db.Ping(); err == nil {
			t.Fatal("it still answers")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if got, err := count(db); got != i+1 || err != nil {
			t.Fatalf("%d rows, %v; want %d", got, err, i+1)
		}
	}
	dir := s.dir
	s.Close()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its directory is left behind: %v", err)
	}
}

// TestGone starts servers in another process, which then ends or is killed, and
// waits until they and their directories are gone.
func TestGone(t *testing.T) {
	const asked = "LOYALTY_TEST_START_SERVERS"
	if os.Getenv(asked) == "1" {
		sharedPostgres.database(t)
		sharedMariaDB.database(t)
		for _, s := range []*Server{sharedPostgres.server, sharedMariaDB.server} {
			fmt.Printf("server %d %s\n", s.process.Process.Pid, s.dir)
		}
		bufio.NewReader(os.Stdin).ReadByte()
		return
	}
	requireAll(t)
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed=%t", killed), func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestGone$")
			cmd.Env = append(os.Environ(), asked+"=1")
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			started := readServers(t, stdout)
			for pid, dir := range started {
				if !alive(pid) {
					t.Errorf("process %d of %s does not run", pid, dir)
				}
			}
			if killed {
				cmd.Process.Kill()
			} else {
				stdin.Close()
			}
			cmd.Wait()
			for pid, dir := range started {
				awaitGone(t, pid, dir)
			}
		})
	}
}

func readServers(t *testing.T, output io.Reader) map[int]string {
	t.Helper()
	servers := make(map[int]string)
	lines := bufio.NewScanner(output)
	for len(servers) < 2 && lines.Scan() {
		var pid int
		var dir string
		if n, _ := fmt.Sscanf(lines.Text(), "server %d %s", &pid, &dir); n == 2 {
			servers[pid] = dir
		}
	}
	if len(servers) < 2 {
		t.Fatalf("the other process started %d servers", len(servers))
	}
	return servers
}

func awaitGone(t *testing.T, pid int, dir string) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(patience)
	for {
		_, err := os.Stat(dir)
		if errors.Is(err, os.ErrNotExist) && !alive(pid) {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("process %d alive: %t; %s: %v", pid, alive(pid), dir, err)
		}
	}
}

// TestFind is what .ci/run asks whether it must install the servers.
func TestFind(t *testing.T) { requireAll(t) }

func requireAll(t *testing.T) {
	t.Helper()
	for _, e := range []engine{postgres{}, mariaDB{}} {
		if _, err := e.find(); err != nil {
			stop(t, &absentError{e.name(), err.Error()})
		}
	}
}

func TestAbsent(t *testing.T) {
	empty := t.TempDir()
	if got, err := program(folders(empty), "initdb"); err == nil {
		t.Errorf("found %s in an empty folder", got)
	}
	for _, require := range []string{"", "1"} {
		t.Run("LOYALTY_REQUIRE_SERVERS="+require, func(t *testing.T) {
			t.Setenv("LOYALTY_REQUIRE_SERVERS", require)
			r := &recorder{TB: t}
			done := make(chan struct{})
			go func() {
				defer close(done)
				stop(r, fmt.Errorf("start: %w", &absentError{"PostgreSQL", "no initdb"}))
			}()
			<-done
			if r.failed != (require == "1") || !strings.Contains(r.reason, "no initdb") {
				t.Errorf("failed = %t, %q", r.failed, r.reason)
			}
		})
	}
}

func TestNewestFirst(t *testing.T) {
	dir := t.TempDir()
	for _, v := range []string{"9", "15", "16"} {
		bin := filepath.Join(dir, v, "bin")
		if err := os.MkdirAll(bin, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(bin, "initdb"), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	want := filepath.Join(dir, "16", "bin", "initdb")
	if got, err := program(folders("", filepath.Join(dir, "*", "bin")), "absent", "initdb"); !strings.HasSuffix(got, want) {
		t.Errorf("found %q, %v; want %s", got, err, want)
	}
}

// recorder is a test that is ended in another's stead.
type recorder struct {
	testing.TB
	failed bool
	reason string
}

func (r *recorder) Skip(args ...any) { r.reason = fmt.Sprint(args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any) {
	r.failed, r.reason = true, fmt.Sprint(args...)
	runtime.Goexit()
}

func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func count(db *sql.DB) (n int, err error) {
	err = db.QueryRow("SELECT count(*) FROM n").Scan(&n)
	return n, err
}
