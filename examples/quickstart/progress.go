package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress draws a bar on a terminal. The zero progress draws nothing.
type progress struct {
	out   io.Writer // nil draws nothing
	what  string
	total int64
	done  int64
	drawn int // per cent
}

const barWidth = 40

// newProgress draws on what is a terminal, and nowhere else: a log has no use for bars.
func newProgress(out io.Writer) *progress {
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &progress{out: out}
		}
	}
	return &progress{}
}

// start begins a new bar. A total of 0 or less is not known, and draws nothing.
func (p *progress) start(what string, total int64) {
	p.what, p.total, p.done, p.drawn = what, total, 0, -1
	p.add(0)
}

// add moves on. It draws once a per cent, not once a call.
func (p *progress) add(n int64) {
	p.done += n
	if p.out == nil || p.total <= 0 {
		return
	}
	percent := int(min(p.done, p.total) * 100 / p.total)
	if percent == p.drawn {
		return
	}
	p.drawn = percent
	full := percent * barWidth / 100
	fmt.Fprintf(p.out, "\r%-8s [%s%s] %3d%%", p.what, strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), percent)
}

// end wipes the bar.
func (p *progress) end() {
	if p.out != nil && p.total > 0 {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.total = 0
}

// watched counts what is read of a file.
type watched struct {
	io.Reader
	progress *progress
}

func (w watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	w.progress.add(int64(n))
	return n, err
}
