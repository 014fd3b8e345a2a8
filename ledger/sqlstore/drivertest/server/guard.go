package server

import (
	"fmt"
	"io"
	"os/exec"
)

// guard is a shell that outlives the test process, however that ends, by just so
// long as it takes to end the server and to remove its directory. It learns of
// the end by the closing of its input.
type guard struct {
	cmd   *exec.Cmd
	input io.WriteCloser
}

// The guard is told the server's process, or an empty line when there is none.
const guardScript = `
pid=
while read -r line; do pid=$line; done
[ -z "$pid" ] || kill -s "$1" "$pid"
n=0
until rm -rf "$2" 2>/dev/null || [ "$n" -ge 100 ]; do n=$((n + 1)); sleep 0.1; done
`

func newGuard(signal, dir string) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "guard", signal, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = ownGroup() // an interrupt at the terminal is not meant for it
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &guard{cmd, input}, cmd.Start()
}

func (g *guard) watch(pid int) { fmt.Fprintln(g.input, pid) }
func (g *guard) forget()       { fmt.Fprintln(g.input) }

// dismiss has the guard remove the directory, and waits for it.
func (g *guard) dismiss() {
	g.input.Close()
	g.cmd.Wait()
}
