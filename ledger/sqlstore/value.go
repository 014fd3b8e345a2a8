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

// at is a time as an argument.
func (d Dialect) at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	b := t.UTC().AppendFormat(make([]byte, 0, len(layout)+3), layout)
	if d.postgres() {
		b = append(b, "+00"...)
	}
	return string(b)
}

// bytesOrNull copies: a commit may go on when its caller has given up, and the bytes are the caller's.
func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return bytes.Clone(b)
}

func hashOrNull(h ledger.Hash) any {
	if h.IsZero() {
		return nil
	}
	return h[:]
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
