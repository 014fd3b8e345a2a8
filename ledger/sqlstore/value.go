package sqlstore

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// Times go to and fro as text of one width, so that no driver's notion of zones
// comes between, and SQLite, which keeps them so, orders them right.
const layout = "2006-01-02 15:04:05.000000"

// cell is a value of one column. The zero cell is NULL.
type cell struct {
	holds  holds
	number int64
	text   string // or the bytes
}

// holds is what a cell holds.
type holds uint8

const (
	null holds = iota
	aText
	aNumber
	someBytes
)

func textCell(s string) cell  { return cell{holds: aText, text: s} }
func numberCell(n int64) cell { return cell{holds: aNumber, number: n} }

// blobCell copies: a commit may go on when its caller has given up, and the bytes are the caller's.
func blobCell(b []byte) cell {
	if b == nil {
		return cell{}
	}
	return cell{holds: someBytes, text: string(b)}
}

func hashCell(h *ledger.Hash) cell {
	if h.IsZero() {
		return cell{}
	}
	return cell{holds: someBytes, text: string(h[:])}
}

// at is a time as text.
func (d Dialect) at(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	b := t.UTC().AppendFormat(make([]byte, 0, len(layout)+3), layout)
	if d.postgres() {
		b = append(b, "+00"...)
	}
	return textCell(string(b))
}

// arg is the cell as an argument.
func (c cell) arg() any {
	switch c.holds {
	case aText:
		return c.text
	case aNumber:
		return c.number
	case someBytes:
		return []byte(c.text)
	}
	return nil
}

// textArray gives strings as one PostgreSQL array literal: the way to hand any number of
// them to one statement that is prepared once, whatever the driver.
func textArray(list []string) string {
	b := make([]byte, 0, 32*len(list)+2)
	b = append(b, '{')
	for n, s := range list {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, s)
	}
	return string(append(b, '}'))
}

// The types below read columns. Drivers give text as string or []byte, numbers
// as int64 or, from a computed column, as text.

type readText string

func (x *readText) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*x = ""
	case string:
		*x = readText(v)
	case []byte:
		*x = readText(v)
	default:
		return fmt.Errorf("sqlstore: %T where text was expected", v)
	}
	return nil
}

type readNumber int64

func (x *readNumber) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*x = 0
	case int64:
		*x = readNumber(v)
	case []byte:
		return x.parse(string(v))
	case string:
		return x.parse(v)
	default:
		return fmt.Errorf("sqlstore: %T where a number was expected", v)
	}
	return nil
}

func (x *readNumber) parse(s string) error {
	n, err := strconv.ParseInt(s, 10, 64)
	*x = readNumber(n)
	return err
}

type readMoment time.Time

func (x *readMoment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*x = readMoment{}
	case time.Time:
		*x = readMoment(v.UTC())
	case []byte:
		return x.parse(string(v))
	case string:
		return x.parse(v)
	default:
		return fmt.Errorf("sqlstore: %T where a time was expected", v)
	}
	return nil
}

func (x *readMoment) parse(s string) error {
	t, err := time.Parse(layout, s)
	*x = readMoment(t)
	return err
}

type readBlob []byte

func (x *readBlob) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*x = nil
	case []byte:
		*x = bytes.Clone(v) // the driver's to reuse
		if v != nil && *x == nil {
			*x = readBlob{}
		}
	case string:
		*x = readBlob(v)
	default:
		return fmt.Errorf("sqlstore: %T where bytes were expected", v)
	}
	return nil
}

// hash reads a hash; none is the zero Hash.
func (x readBlob) hash() (h ledger.Hash, err error) {
	if len(x) != 0 && len(x) != len(h) {
		return h, fmt.Errorf("sqlstore: a hash of %d bytes", len(x))
	}
	copy(h[:], x)
	return h, nil
}
