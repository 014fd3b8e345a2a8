package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mariaDB runs MariaDB.
type mariaDB struct{}

func (mariaDB) name() string    { return "MariaDB" }
func (mariaDB) users() []string { return []string{"mysql", "nobody"} }
func (mariaDB) driver() string  { return "mysql" }
func (mariaDB) quit() string    { return "KILL" } // it has nothing outside its directory

func (mariaDB) find() (programs, error) {
	where := folders(os.Getenv("PATH"), "/usr/sbin", "/usr/libexec", "/usr/bin", "/usr/local/mysql/*bin",
		"/usr/local/*bin", "/opt/homebrew/opt/mariadb*/bin")
	setUp, err := program(where, "mariadb-install-db", "mysql_install_db")
	if err != nil {
		return programs{}, err
	}
	server, err := program(where, "mariadbd", "mysqld")
	if err != nil {
		return programs{}, err
	}
	if v, err := exec.Command(server, "--no-defaults", "--version").Output(); err != nil || !strings.Contains(string(v), "MariaDB") {
		return programs{}, fmt.Errorf("%s is another server: %q, %v", server, v, err)
	}
	return programs{setUp, server}, nil
}

func (mariaDB) setUp(p programs, dir string) [][]string {
	return [][]string{{p.setUp, "--no-defaults", "--datadir=" + filepath.Join(dir, "data"),
		"--auth-root-authentication-method=normal", "--skip-test-db"}}
}

// run takes the collation that distributions set, for which A and a are the same.
func (mariaDB) run(p programs, dir string) []string {
	return []string{p.server, "--no-defaults", "--datadir=" + filepath.Join(dir, "data"),
		"--socket=" + mariaSocket(dir), "--pid-file=" + filepath.Join(dir, "pid"), "--tmpdir=" + dir, "--skip-networking",
		"--max-connections=200", "--back-log=1000", // as many tests connect at once as there are writers
		"--default-time-zone=+08:00",
		"--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"}
}

func (m mariaDB) admin(dir string) string { return m.dsn(dir, "") }

func (mariaDB) dsn(dir, database string) string {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName, c.ParseTime = "root", "unix", mariaSocket(dir), database, true
	return c.FormatDSN()
}

func mariaSocket(dir string) string { return filepath.Join(dir, "socket") }
