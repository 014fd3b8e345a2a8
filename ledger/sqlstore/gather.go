package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// line is one row of a union, by kind.
type line struct {
	what    readNumber
	texts   [11]readText
	numbers [2]readNumber
	moments [2]readMoment
	blobs   [5]readBlob
}

// places are where to scan the columns of a union so wide.
func (l *line) places(width [kinds]int) []any {
	at := make([]any, 0, 1+width[text]+width[number]+width[moment]+width[blob])
	at = append(at, &l.what)
	for i := range width[text] {
		at = append(at, &l.texts[i])
	}
	for i := range width[number] {
		at = append(at, &l.numbers[i])
	}
	for i := range width[moment] {
		at = append(at, &l.moments[i])
	}
	for i := range width[blob] {
		at = append(at, &l.blobs[i])
	}
	return at
}

func (l *line) text(i int) string      { return string(l.texts[i]) }
func (l *line) number(i int) int64     { return int64(l.numbers[i]) }
func (l *line) moment(i int) time.Time { return time.Time(l.moments[i]) }

// place is where a transaction stands.
type place struct {
	owner string
	seq   int64
}

// gathering puts rows together again, in whatever order they come.
type gathering struct {
	records map[string]*ledger.Record
	keys    map[ledger.Key]place
	txs     map[place]*ledger.Transaction
	order   []place // of transactions, as read
}

func newGathering() *gathering {
	return &gathering{records: map[string]*ledger.Record{}}
}

// read reads all rows of a statement that is a union of tables.
func (g *gathering) read(ctx context.Context, db querier, q *statement) error {
	rows, err := db.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	l := new(line)
	at := l.places(q.width)
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			return err
		}
		if err := g.add(l); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (g *gathering) add(l *line) (err error) {
	owner := l.text(0)
	switch tables[l.what] {
	case records:
		r := g.of(owner)
		r.Version, r.Seq = l.number(0), l.number(1)
		r.DocsDue, r.Due = l.moment(0), l.moment(1)
		if r.Head, err = l.blobs[0].hash(); err == nil {
			err = readAccounts(r, l.text(1))
		}
		if err == nil {
			err = readDocs(r, l.text(2))
		}
	case keys:
		if g.keys == nil {
			g.keys = map[ledger.Key]place{}
		}
		g.keys[ledger.Key{Owner: owner, ID: l.text(1)}] = place{owner, l.number(0)}
	case transactions:
		err = g.transaction(l)
	}
	return err
}

func (g *gathering) of(owner string) *ledger.Record {
	r := g.records[owner]
	if r == nil {
		r = &ledger.Record{Owner: owner}
		g.records[owner] = r
	}
	return r
}

func (g *gathering) transaction(l *line) error {
	own := ledger.Link{Owner: l.text(0), Seq: l.number(0)}
	tx := &ledger.Transaction{
		Key:       ledger.Key{Owner: l.text(1), ID: l.text(2)},
		Reference: l.text(3), Kind: ledger.Kind(l.text(4)), Reason: l.text(5), Actor: l.text(6),
		Time: l.moment(0), Recorded: l.moment(1), Details: json.RawMessage(l.blobs[4]),
	}
	var err error
	if tx.Fingerprint, err = l.blobs[0].hash(); err != nil {
		return err
	}
	if own.Prev, err = l.blobs[1].hash(); err != nil {
		return err
	}
	if own.Hash, err = l.blobs[2].hash(); err != nil {
		return err
	}
	if tx.Erased, err = l.blobs[3].hash(); err != nil {
		return err
	}
	for _, j := range []struct {
		text string
		into any
	}{{l.text(7), &own.After}, {l.text(8), &tx.Aliases}, {l.text(9), &tx.Links}, {l.text(10), &tx.Postings}} {
		if j.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(j.text), j.into); err != nil {
			return fmt.Errorf("sqlstore: transaction %s: %w", tx.Key, err)
		}
	}
	if len(tx.Links) == 0 {
		tx.Links = []ledger.Link{own}
	}
	if g.txs == nil {
		g.txs = map[place]*ledger.Transaction{}
	}
	at := place{own.Owner, own.Seq}
	g.txs[at] = tx
	g.order = append(g.order, at)
	return nil
}

// snapshot is what was asked for, of the rows there were.
func (g *gathering) snapshot(owners []string, ids []ledger.Key) (ledger.Snapshot, error) {
	snap := ledger.Snapshot{Records: make([]ledger.Record, 0, len(owners))}
	for _, o := range owners {
		r := g.records[o]
		if r == nil || r.Version == 0 {
			snap.Put(ledger.Record{Owner: o})
			continue
		}
		snap.Put(*r)
	}
	for _, k := range ids {
		at, ok := g.keys[k]
		if !ok {
			continue
		}
		tx := g.txs[at]
		if tx == nil {
			return ledger.Snapshot{}, fmt.Errorf("sqlstore: %s is the key of no transaction", k)
		}
		if snap.Transactions == nil {
			snap.Transactions = make(map[ledger.Key]ledger.Transaction, len(ids))
		}
		snap.Transactions[k] = *tx
	}
	return snap, nil
}
