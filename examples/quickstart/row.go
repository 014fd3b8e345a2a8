package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// columns are those of the file, in their order.
var columns = []string{"invoice", "stock_code", "description", "quantity", "invoice_ts", "unit_price", "customer_id", "country"}

// row is one line of the file: an article on an invoice.
type row struct {
	invoice string
	*article
	quantity int64 // below zero on a cancellation
	at       time.Time
	price    decimal.Decimal // of one piece
	customer string          // empty when the shop knew none
}

const (
	timeLayout  = "2006-01-02T15:04:05"
	maxQuantity = 1_000_000_000
	maxPrice    = 16 // characters
)

// rowDecoder reads rows. Most words of the file come again many times, so it keeps
// each once.
type rowDecoder struct {
	zone   *time.Location
	fields [][]byte
	words  map[string]string
	prices map[string]decimal.Decimal
	goods  map[named]*article
	stamp  string // the last time read, and what it came to
	at     time.Time
}

// article is what is sold: a stock code under one of its descriptions.
type article struct {
	code     string
	category string
}

type named struct{ code, description string }

func newRowDecoder(zone *time.Location) *rowDecoder {
	return &rowDecoder{
		zone: zone, words: map[string]string{}, prices: map[string]decimal.Decimal{}, goods: map[named]*article{},
	}
}

// decode reads one line. Its error says what is wrong in words for whoever has to put the file right.
func (d *rowDecoder) decode(line []byte) (row, error) {
	if !utf8.Valid(line) {
		return row{}, errors.New("is not UTF-8")
	}
	fields, err := splitFields(line, d.fields[:0])
	d.fields = fields
	if err != nil {
		return row{}, err
	}
	if len(fields) != len(columns) {
		return row{}, fmt.Errorf("%d fields, want %d", len(fields), len(columns))
	}
	r := row{invoice: d.word(fields[0]), article: d.article(fields[1], fields[2]), customer: d.word(fields[6])}
	switch {
	case r.invoice == "":
		return row{}, errors.New("invoice is empty")
	case r.code == "":
		return row{}, errors.New("stock_code is empty")
	}
	if r.quantity, err = quantity(fields[3]); err != nil {
		return row{}, err
	}
	if r.at, err = d.time(fields[4]); err != nil {
		return row{}, err
	}
	if r.price, err = d.price(fields[5]); err != nil {
		return row{}, err
	}
	return r, nil
}

func (d *rowDecoder) word(text []byte) string {
	if w, ok := d.words[string(text)]; ok {
		return w
	}
	w := string(text)
	d.words[w] = w
	return w
}

func quantity(text []byte) (int64, error) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < -maxQuantity || n > maxQuantity {
		return 0, fmt.Errorf("quantity %s is not a whole number of at most %s", quote(text), thousands(maxQuantity))
	}
	return n, nil
}

func (d *rowDecoder) time(text []byte) (time.Time, error) {
	if string(text) == d.stamp && !d.at.IsZero() {
		return d.at, nil
	}
	at, err := time.ParseInLocation(timeLayout, string(text), d.zone)
	if err != nil || len(text) != len(timeLayout) {
		return time.Time{}, fmt.Errorf("invoice_ts %s is not a time like 2010-12-01T08:26:00", quote(text))
	}
	d.stamp, d.at = string(text), at
	return at, nil
}

// price reads digits and a point, nothing like 1e9: that is no price, and
// would take its time to compute with.
func (d *rowDecoder) price(text []byte) (decimal.Decimal, error) {
	if p, ok := d.prices[string(text)]; ok {
		return p, nil
	}
	s := string(text)
	p, err := decimal.NewFromString(s)
	if err != nil || len(s) > maxPrice || strings.Trim(s, "-.0123456789") != "" || p.Exponent() < -6 {
		return decimal.Decimal{}, fmt.Errorf("unit_price %s is not a number like 2.55", quote(text))
	}
	d.prices[s] = p
	return p, nil
}

func (d *rowDecoder) article(code, description []byte) *article {
	name := named{d.word(code), d.word(description)}
	a := d.goods[name]
	if a == nil {
		a = &article{name.code, category(name.code, name.description)}
		d.goods[name] = a
	}
	return a
}

// splitFields splits a line as encoding/csv splits a record, but for one line
// alone: there a quote that is never closed would swallow the rest of the file, here
// it costs its own line. The fields lie within line, or are copies where quotes were doubled.
func splitFields(line []byte, fields [][]byte) ([][]byte, error) {
	for {
		if len(line) == 0 || line[0] != '"' {
			field, rest, more := bytes.Cut(line, []byte(","))
			if bytes.IndexByte(field, '"') >= 0 {
				return fields, errors.New("a quote within a field that is not quoted")
			}
			fields = append(fields, field)
			if !more {
				return fields, nil
			}
			line = rest
			continue
		}
		field, rest, err := quoted(line[1:])
		if err != nil {
			return fields, err
		}
		fields = append(fields, field)
		if len(rest) == 0 {
			return fields, nil
		}
		line = rest[1:]
	}
}

// quoted takes a quoted field, whose opening quote is gone, off a line. What
// is left is nothing or begins with a comma.
func quoted(line []byte) (field, rest []byte, err error) {
	var whole []byte // what comes before a doubled quote
	for {
		end := bytes.IndexByte(line, '"')
		if end < 0 {
			return nil, nil, errors.New("a quote that is not closed")
		}
		part := line[:end]
		line = line[end+1:]
		switch {
		case len(line) > 0 && line[0] == '"':
			whole = append(append(whole, part...), '"')
			line = line[1:]
		case len(line) > 0 && line[0] != ',':
			return nil, nil, errors.New("text after a closing quote")
		case whole == nil:
			return part, line, nil
		default:
			return append(whole, part...), line, nil
		}
	}
}

// quote puts text of the file into a message, cut short.
func quote(text []byte) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
