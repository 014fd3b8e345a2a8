package rfm

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A partial result is the text partialMagic, the zone's name, and each customer:
// the ID and its days, each day with the days since the one before, the count
// and the 128 bits of its sum. Numbers are varints; an empty ID ends it, and the
// number of customers follows it.
const partialMagic = "loyalty/rfm/1\n"

// Save writes all that b holds, for [LoadBuilder] on another machine. Each
// customer takes about as many bytes as the ID and 6 a day with orders.
func (b *Builder) Save(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString(partialMagic)
	buf := appendText(nil, b.zone)
	var room scratch
	for i := range b.shards {
		s := &b.shards[i]
		for _, line := range s.listed {
			buf = appendText(buf, s.id(line, &room.bytes))
			cells := s.cells(line, &room)
			buf = binary.AppendUvarint(buf, uint64(len(cells)))
			day := uint16(0)
			for _, c := range cells {
				buf = binary.AppendUvarint(buf, uint64(c.day-day))
				buf = binary.AppendVarint(buf, c.count)
				buf = binary.AppendVarint(buf, c.net.hi)
				buf = binary.AppendUvarint(buf, c.net.lo)
				day = c.day
			}
			if _, err := out.Write(buf); err != nil {
				return fmt.Errorf("rfm: saving a partial result: %w", err)
			}
			buf = buf[:0]
		}
	}
	buf = appendText(buf, "")
	out.Write(binary.AppendUvarint(buf, uint64(b.customers)))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("rfm: saving a partial result: %w", err)
	}
	return nil
}

func appendText[text string | []byte](to []byte, s text) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

// LoadBuilder reads what [Builder.Save] wrote. Anything else, and what ends too
// soon, is refused with an error that wraps [ErrPartial]; an error of r itself is
// wrapped.
func LoadBuilder(r io.Reader) (*Builder, error) {
	p := partial{in: bufio.NewReaderSize(r, 1<<16)}
	magic := make([]byte, len(partialMagic))
	if _, err := io.ReadFull(p.in, magic); err != nil {
		return nil, p.broken(err)
	} else if string(magic) != partialMagic {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrPartial)
	}
	zone, err := p.text(MaxID)
	if err != nil {
		return nil, err
	}
	b, err := NewBuilder(zone)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPartial, err)
	}
	for {
		id, err := p.text(MaxID)
		if err != nil {
			return nil, err
		}
		if id == "" {
			break
		}
		if err := p.customer(b, id); err != nil {
			return nil, err
		}
	}
	if n, err := p.uvarint(); err != nil {
		return nil, err
	} else if n != uint64(b.customers) {
		return nil, fmt.Errorf("%w: it has %d customers and says %d", ErrPartial, b.customers, n)
	}
	return b, nil
}

type partial struct {
	in *bufio.Reader
}

func (p *partial) customer(b *Builder, id string) error {
	before := b.customers
	s, line := b.find(id)
	if b.customers == before {
		return fmt.Errorf("%w: customer %s is there twice", ErrPartial, quote(id))
	}
	n, err := p.uvarint()
	if err != nil {
		return err
	}
	if n > lastDay+1 {
		return fmt.Errorf("%w: customer %s has %d days", ErrPartial, quote(id), n)
	}
	day := uint64(0)
	for k := range n {
		ahead, err := p.uvarint()
		if err != nil {
			return err
		}
		if ahead > lastDay || day+ahead > lastDay || k > 0 && ahead == 0 {
			return fmt.Errorf("%w: customer %s has days out of order", ErrPartial, quote(id))
		}
		day += ahead
		c := cell{day: uint16(day)}
		if c.count, err = p.varint(); err != nil {
			return err
		}
		if c.net.hi, err = p.varint(); err != nil {
			return err
		}
		if c.net.lo, err = p.uvarint(); err != nil {
			return err
		}
		s.add(line, c)
	}
	return nil
}

func (p *partial) uvarint() (uint64, error) {
	n, err := binary.ReadUvarint(p.in)
	if err != nil {
		return 0, p.broken(err)
	}
	return n, nil
}

func (p *partial) varint() (int64, error) {
	n, err := binary.ReadVarint(p.in)
	if err != nil {
		return 0, p.broken(err)
	}
	return n, nil
}

func (p *partial) text(most int) (string, error) {
	n, err := p.uvarint()
	if err != nil {
		return "", err
	}
	if n > uint64(most) {
		return "", fmt.Errorf("%w: a text of %d bytes", ErrPartial, n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(p.in, text); err != nil {
		return "", p.broken(err)
	}
	return string(text), nil
}

func (p *partial) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too soon", ErrPartial)
	}
	return fmt.Errorf("%w: %w", ErrPartial, err)
}
