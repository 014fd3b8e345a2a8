//go:build !unix

package server

import (
	"errors"
	"syscall"
)

// runner is whom a server runs as.
type runner struct{}

func findRunner([]string) (*runner, error) {
	return nil, errors.New("servers are started on Unix alone")
}

func (*runner) own(string) error                 { return nil }
func (*runner) attributes() *syscall.SysProcAttr { return nil }
func ownGroup() *syscall.SysProcAttr             { return nil }
func signal(int, string)                         {}
func killAll(int)                                {}
func alive(int) bool                             { return false }
