package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Start runs a server that was killed, on the directory as it was left, and
// returns when it answers.
func (s *Server) Start() error {
	// What a killed server leaves running for a moment keeps the next one from its
	// directory: it is tried again until that is gone.
	return s.run(200)
}

// run starts the server's process, again when it ends instead of answering.
func (s *Server) run(attempts int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for n := 1; ; n++ {
		ended, err := s.launch()
		if err != nil {
			return err
		}
		err = s.answers(ctx, ended)
		if !errors.Is(err, errEnded) || n >= attempts {
			return err
		}
	}
}

// launch starts the server's process.
func (s *Server) launch() (ended chan struct{}, err error) {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := s.engine.run(s.programs, s.dir)
	cmd := exec.Command(args[0], args[1:]...)
	s.prepare(cmd)
	cmd.Stdout, cmd.Stderr = log, log

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		return nil, fmt.Errorf("%s: runs already", s.engine.name())
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.guard.watch(cmd.Process.Pid)
	ended = make(chan struct{})
	s.process, s.ended = cmd, ended
	go func() {
		cmd.Wait()
		s.mu.Lock()
		s.guard.forget()
		s.process = nil
		s.mu.Unlock()
		close(ended)
	}()
	return ended, nil
}

var errEnded = errors.New("ended instead of answering")

// answers waits until the server takes a connection or has ended.
func (s *Server) answers(ctx context.Context, ended <-chan struct{}) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("%s: %w: %w\n%s", s.engine.name(), errEnded, err, s.log())
		case <-ctx.Done():
			return fmt.Errorf("%s: %w: %w\n%s", s.engine.name(), ctx.Err(), err, s.log())
		case <-again.C:
		}
	}
}

// log is the end of what the server has written.
func (s *Server) log() []byte {
	log, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return []byte(err.Error())
	}
	return log[max(0, len(log)-4096):]
}

// Kill ends the server and all its processes as a crash would, by SIGKILL, and
// returns when it has ended. Start runs it again.
func (s *Server) Kill() {
	s.mu.Lock()
	p, ended := s.process, s.ended
	if p != nil {
		killAll(p.Process.Pid)
	}
	s.mu.Unlock()
	if p != nil {
		<-ended
	}
}

// Close ends the server and removes its directory.
func (s *Server) Close() {
	if s.admin != nil {
		s.admin.Close()
	}
	s.mu.Lock()
	p, ended := s.process, s.ended
	if p != nil {
		s.quit(p.Process)
	}
	s.mu.Unlock()
	if p != nil {
		select {
		case <-ended:
		case <-time.After(patience):
			s.Kill()
		}
	}
	s.guard.dismiss()
}

func (s *Server) quit(p *os.Process) { signal(p.Pid, s.engine.quit()) }
