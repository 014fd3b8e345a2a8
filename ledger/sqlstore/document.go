package sqlstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loyaltykit/loyalty/ledger"
)

// docsText writes the documents of a record as one JSON object, each as it was given, to the byte. NULL is that they
// are as they were, which of a new record is none, and "" that none are left: an update must tell the two apart, and
// neither sends nor stores anew what has not changed.
//
//	{"member":{"joined":"2026-03-01"},"tier": "gold" }
func docsText(w *ledger.Write) (cell, error) {
	touched := w.TouchedDocs()
	if len(touched) == 0 {
		return cell{}, nil
	}
	r := &w.After
	for _, name := range touched {
		doc, ok := r.Docs[name]
		switch {
		case !ok:
		case !utf8.ValidString(name):
			return cell{}, fmt.Errorf("sqlstore: the name of the document %q of %q is not UTF-8", name, r.Owner)
		case !json.Valid(doc) || !utf8.Valid(doc): // encoding/json does not mind what is not UTF-8
			return cell{}, fmt.Errorf("sqlstore: the document %q of %q is not JSON in UTF-8", name, r.Owner)
		}
	}
	if len(r.Docs) == 0 {
		if r.Version == 1 {
			return cell{}, nil
		}
		return textCell(""), nil
	}
	size := 2
	for name, doc := range r.Docs {
		size += len(name) + len(doc) + 4
	}
	o := make(object, 0, size)
	o.open("", '{')
	for _, name := range slices.Sorted(maps.Keys(r.Docs)) {
		o.value(name, r.Docs[name])
	}
	o.close('}')
	return textCell(string(o)), nil
}

// readDocs reads the documents of a record.
func readDocs(r *ledger.Record, text string) (err error) {
	r.Docs, err = readColumn("documents", r.Owner, text, plainDocs, anyDocs)
	return err
}

// plainDocs reads them as docsText has written them, mostly: all of them are one piece of memory.
func plainDocs(text string) (map[string]json.RawMessage, bool) {
	p := plain{s: text}
	b := []byte(text)
	docs := make(map[string]json.RawMessage, 4)
	p.object(func(name string) {
		from, to := p.value()
		docs[name] = b[from:to:to]
	})
	return docs, !p.failed && p.at == len(text)
}

// anyDocs reads any JSON object of documents: with blanks in it, or names with escapes. A name that comes twice is an
// error, since the next commit would take one of the two away.
func anyDocs(text string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("no JSON object"), err)
	}
	docs := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := t.(string) // or there would have been an error
		if _, twice := docs[name]; twice {
			return nil, fmt.Errorf("the name %q comes twice", name)
		}
		from := int(d.InputOffset())
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		from += strings.IndexByte(text[from:], ':') + 1
		to := int(d.InputOffset())
		to += len(text[to:]) - len(strings.TrimLeft(text[to:], " \t\r\n"))
		docs[name] = json.RawMessage(text[from:to])
	}
	if _, err := d.Token(); err != nil { // the end of the object
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something after the object")
	}
	return docs, nil
}
