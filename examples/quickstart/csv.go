package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	maxLine   = 64 << 10 // bytes
	shownBad  = 5        // bad lines reported in full
	everyRows = 4096     // how often reading looks whether it should stop
)

// intake is what came of reading a file.
type intake struct {
	rows    int       // lines that could be read, left out or not
	bad     int       // lines that could not
	badHead []badLine // the first of them
	leftOut tally     // rows that are no member's purchase, by reason
	orders  *invoices
}

// badLine is a line that cannot be read.
type badLine struct {
	number int // of the file's lines, the header being 1
	reason string
}

// read takes in a whole file, gzipped or not. A bad line costs itself alone; an
// error means that the file as a whole cannot be read.
func read(ctx context.Context, file io.Reader, zone *time.Location) (*intake, error) {
	text, err := plain(file)
	if err != nil {
		return nil, err
	}
	lines := lineReader{text: text}
	if err := readHeader(&lines); err != nil {
		return nil, err
	}
	in := &intake{orders: newInvoices()}
	d := newRowDecoder(zone)
	for {
		line, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return in, nil
		case errors.Is(err, errLongLine):
			in.reject(lines.number, err)
			continue
		case err != nil:
			return nil, fmt.Errorf("after line %d: %w", lines.number, err)
		case len(line) == 0:
			continue
		}
		if lines.number%everyRows == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r, err := d.decode(line)
		if err != nil {
			in.reject(lines.number, err)
			continue
		}
		in.rows++
		if reason := in.orders.add(r); reason != "" {
			in.leftOut.add(reason)
		}
	}
}

func (in *intake) reject(number int, err error) {
	in.bad++
	if len(in.badHead) < shownBad {
		in.badHead = append(in.badHead, badLine{number, err.Error()})
	}
}

// plain unpacks what is gzipped, told by its first two bytes.
func plain(file io.Reader) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(file, maxLine)
	magic, _ := r.Peek(2)
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return r, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(z, maxLine), nil
}

func readHeader(lines *lineReader) error {
	line, err := lines.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	line = bytes.TrimPrefix(line, []byte("\uFEFF")) // spreadsheets put it there
	if want := strings.Join(columns, ","); string(line) != want {
		return fmt.Errorf("the first line is %s, want %q", quote(line), want)
	}
	return nil
}

var errLongLine = fmt.Errorf("is longer than %s bytes", thousands(maxLine))

// lineReader reads line by line and counts.
type lineReader struct {
	text   *bufio.Reader // its buffer is the longest line
	number int           // of the last line given
}

// next gives the next line without its end; it is good until the next call. A line
// that is too long is skipped with errLongLine.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.text.ReadSlice('\n')
	if len(line) > 0 {
		l.number++
	}
	switch {
	case err == nil, errors.Is(err, io.EOF) && len(line) > 0:
		return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
	case !errors.Is(err, bufio.ErrBufferFull):
		return nil, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = l.text.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return nil, errLongLine
}
