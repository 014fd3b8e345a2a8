package server

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience bounds each wait for a server: for its set-up, until it answers, until
// it has ended. It is for machines under load; nothing waits so long in vain.
const patience = 2 * time.Minute

// Server is a database server with a directory of its own.
type Server struct {
	engine    engine
	programs  programs
	runner    *runner
	dir       string
	guard     *guard
	admin     *sql.DB
	databases atomic.Int64

	mu      sync.Mutex
	process *exec.Cmd     // nil when it does not run
	ended   chan struct{} // closed when process has ended
}

// engine is what differs between the kinds of server. Paths are below dir.
type engine interface {
	name() string
	find() (programs, error)
	users() []string                         // to run as when the test runs as root, the first there is
	setUp(p programs, dir string) [][]string // the commands to try, until one succeeds
	run(p programs, dir string) []string
	quit() string // the signal that ends it at once and leaves nothing behind in the system
	driver() string
	admin(dir string) string
	dsn(dir, database string) string
}

// programs are the absolute paths of an engine's executables.
type programs struct{ setUp, server string }

// shared is the one server of its kind that a test process starts, when first asked.
type shared struct {
	engine engine
	once   sync.Once
	server *Server
	err    error
}

var (
	sharedPostgres = shared{engine: postgres{}}
	sharedMariaDB  = shared{engine: mariaDB{}}
)

// Postgres gives the DSN, for the driver "pgx", of a new and empty PostgreSQL
// database. The server is shared by the tests of the process.
func Postgres(t testing.TB) string {
	t.Helper()
	return sharedPostgres.database(t)
}

// MariaDB gives the DSN, for the driver "mysql", of a new and empty MariaDB
// database. The server is shared by the tests of the process.
func MariaDB(t testing.TB) string {
	t.Helper()
	return sharedMariaDB.database(t)
}

// NewPostgres starts a PostgreSQL server for one test alone, which may kill it.
func NewPostgres(t testing.TB) *Server {
	t.Helper()
	s, err := start(postgres{})
	if err != nil {
		stop(t, err)
	}
	t.Cleanup(s.Close)
	return s
}

func (s *shared) database(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.server, s.err = start(s.engine) })
	if s.err != nil {
		stop(t, s.err)
	}
	return s.server.Database(t)
}

// Database makes a new and empty database and gives its DSN. It stays until the
// server goes: dropping it would cost more than its room.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := s.admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("%s: %v", s.engine.name(), err)
	}
	return s.engine.dsn(s.dir, name)
}

// absentError says that a server cannot be had here.
type absentError struct{ server, reason string }

func (e *absentError) Error() string { return e.server + " is not to be had: " + e.reason }

// stop ends a test that has got no server.
func stop(t testing.TB, err error) {
	t.Helper()
	var absent *absentError
	if errors.As(err, &absent) && os.Getenv("LOYALTY_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// start sets a server up in a new directory and runs it.
func start(e engine) (_ *Server, err error) {
	s := &Server{engine: e}
	if s.programs, err = e.find(); err != nil {
		return nil, &absentError{e.name(), err.Error()}
	}
	if s.runner, err = findRunner(e.users()); err != nil {
		return nil, &absentError{e.name(), err.Error()}
	}
	if s.dir, err = os.MkdirTemp("", "loyalty-"); err != nil {
		return nil, err
	}
	if s.guard, err = newGuard(e.quit(), s.dir); err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.runner.own(s.dir); err != nil {
		return nil, err
	}
	if err := s.setUp(); err != nil {
		return nil, err
	}
	if s.admin, err = sql.Open(e.driver(), e.admin(s.dir)); err != nil {
		return nil, err
	}
	return s, s.run(1)
}

// setUp makes what the server keeps in its directory.
func (s *Server) setUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var failed error
	for _, args := range s.engine.setUp(s.programs, s.dir) {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		s.prepare(cmd)
		out, err := cmd.CombinedOutput()
		if err == nil {
			return nil
		}
		failed = errors.Join(failed, fmt.Errorf("%s: %s: %w\n%s", s.engine.name(), filepath.Base(args[0]), err, out))
	}
	return failed
}

// prepare has a program run as the server's user, in its directory, with nothing
// of the caller's environment.
func (s *Server) prepare(cmd *exec.Cmd) {
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + s.dir, "LC_ALL=C"}
	cmd.SysProcAttr = s.runner.attributes()
}
