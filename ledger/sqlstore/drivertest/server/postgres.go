package server

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// postgres runs PostgreSQL.
type postgres struct{}

func (postgres) name() string    { return "PostgreSQL" }
func (postgres) users() []string { return []string{"postgres", "nobody"} }
func (postgres) driver() string  { return "pgx" }

// quit is PostgreSQL's immediate shutdown. After SIGKILL its shared memory would
// stay.
func (postgres) quit() string { return "QUIT" }

func (postgres) find() (programs, error) {
	where := folders(os.Getenv("PATH"), "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin",
		"/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin")
	initdb, err := program(where, "initdb")
	if err != nil {
		return programs{}, err
	}
	server, err := program([]string{filepath.Dir(initdb)}, "postgres") // of the same version
	return programs{initdb, server}, err
}

// setUp makes a cluster whose collation is that of English, as a host's may be,
// not that of bytes. A PostgreSQL older than 15, or without ICU, goes without.
func (postgres) setUp(p programs, dir string) [][]string {
	plain := []string{p.setUp, "--pgdata", filepath.Join(dir, "data"), "--username", "test", "--auth", "trust",
		"--encoding", "UTF8", "--no-locale", "--no-sync"}
	return [][]string{append(slices.Clip(plain), "--locale-provider", "icu", "--icu-locale", "en-US"), plain}
}

func (postgres) run(p programs, dir string) []string {
	return []string{p.server, "-D", filepath.Join(dir, "data"), "-k", dir, "-h", "",
		"-c", "max_connections=200", "-c", "timezone=Asia/Shanghai", "-c", "log_timezone=UTC"}
}

func (p postgres) admin(dir string) string { return p.dsn(dir, "postgres") }

func (postgres) dsn(dir, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("test"), Path: "/" + database,
		RawQuery: url.Values{"host": {dir}, "sslmode": {"disable"}}.Encode()}
	return u.String()
}
