//go:build unix

package server

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// runner is whom a server runs as: database servers refuse to run as root.
type runner struct{ credential *syscall.Credential } // nil: whoever runs the test

// findRunner gives the first of names that the system knows, or, unless the test runs
// as root, whoever runs it.
func findRunner(names []string) (*runner, error) {
	if os.Getuid() != 0 {
		return &runner{}, nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		return &runner{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, fmt.Errorf("it does not run as root, and there is no user %q", names)
}

// own gives a file or directory to the runner.
func (r *runner) own(path string) error {
	if r.credential == nil {
		return nil
	}
	return os.Chown(path, int(r.credential.Uid), int(r.credential.Gid))
}

func (r *runner) attributes() *syscall.SysProcAttr {
	a := ownGroup()
	a.Credential = r.credential
	return a
}

// ownGroup keeps a process out of the test's group, whose interrupts are not
// meant for it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

var signals = map[string]syscall.Signal{"QUIT": syscall.SIGQUIT, "KILL": syscall.SIGKILL}

func signal(pid int, name string) { syscall.Kill(pid, signals[name]) }

// alive tells whether there is such a process. One that has ended but that nobody
// has asked after is none.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		return !bytes.Contains(stat, []byte(") Z "))
	}
	return syscall.Kill(pid, 0) == nil
}

// killAll kills a process and its children, which may lead groups of their own as
// PostgreSQL's do. It is stopped first, so that it makes no more of them. Where the
// system does not list processes in /proc, the children are left to notice.
func killAll(pid int) {
	syscall.Kill(pid, syscall.SIGSTOP)
	for _, child := range children(pid) {
		syscall.Kill(child, syscall.SIGKILL)
	}
	syscall.Kill(pid, syscall.SIGKILL)
}

func children(pid int) []int {
	var found []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// "12 (name, of any characters) S 1 ...": number, name, state, parent.
		_, rest, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
		fields := bytes.Fields(rest)
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(pid) {
			continue
		}
		if child, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			found = append(found, child)
		}
	}
	return found
}
