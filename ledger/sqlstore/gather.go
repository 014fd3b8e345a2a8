package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// line is one row of a union, by kind.
type line struct {
	what    readNumber
	texts   [11]readText
	numbers [4]readNumber
	moments [3]readMoment
	blobs   [5]readBlob
}

// places are where to scan the columns of a union so wide.
func (l *line) places(width [kinds]int) []any {
	at := []any{&l.what}
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
	records  map[string]*gathered
	keys     map[ledger.Key]place
	txs      map[place]*ledger.Transaction
	postings map[place][]nth[ledger.Posting]
	order    []place // of transactions, as read
}

type gathered struct {
	record   ledger.Record
	accounts map[string]*gatheredAccount
}

type gatheredAccount struct {
	account ledger.Account
	lots    []ledger.Lot
	holds   []gatheredHold
	parts   map[string][]nth[ledger.Lot]
}

type gatheredHold struct {
	hold       ledger.Hold
	since, nth int64
}

// nth is something with its place in a list.
type nth[T any] struct {
	n    int64
	item T
}

func inOrder[T any](list []nth[T]) []T {
	slices.SortFunc(list, func(a, b nth[T]) int { return cmp.Compare(a.n, b.n) })
	list = slices.CompactFunc(list, func(a, b nth[T]) bool { return a.n == b.n })
	items := make([]T, len(list))
	for i := range list {
		items[i] = list[i].item
	}
	return items
}

func newGathering() *gathering {
	return &gathering{records: map[string]*gathered{}}
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
		r := &g.of(owner).record
		r.Version, r.Seq = l.number(0), l.number(1)
		r.DocsDue, r.Due = l.moment(0), l.moment(1)
		r.Head, err = l.blobs[0].hash()
	case accounts:
		a := &g.account(owner, l.text(1)).account
		a.Earned, a.Spent, a.Debt = l.number(0), l.number(1), l.number(2)
	case lots:
		a := g.account(owner, l.text(1))
		lot := ledger.Lot{ID: l.text(3), Points: l.number(1), Terms: ledger.Terms{
			Issued: l.moment(0), Active: l.moment(1), Expires: l.moment(2), Await: l.text(4)}}
		if hold := l.text(2); hold == "" {
			a.lots = append(a.lots, lot)
		} else {
			if a.parts == nil {
				a.parts = map[string][]nth[ledger.Lot]{}
			}
			a.parts[hold] = append(a.parts[hold], nth[ledger.Lot]{l.number(0), lot})
		}
	case holds:
		a := g.account(owner, l.text(1))
		a.holds = append(a.holds, gatheredHold{
			ledger.Hold{ID: l.text(2), Made: l.moment(0), Until: l.moment(1)}, l.number(0), l.number(1)})
	case docs:
		r := &g.of(owner).record
		if r.Docs == nil {
			r.Docs = map[string]json.RawMessage{}
		}
		r.Docs[l.text(1)] = json.RawMessage(l.blobs[0])
	case keys:
		if g.keys == nil {
			g.keys = map[ledger.Key]place{}
		}
		g.keys[ledger.Key{Owner: owner, ID: l.text(1)}] = place{owner, l.number(0)}
	case transactions:
		err = g.transaction(l)
	case postings:
		if g.postings == nil {
			g.postings = map[place][]nth[ledger.Posting]{}
		}
		at := place{owner, l.number(0)}
		g.postings[at] = append(g.postings[at], nth[ledger.Posting]{l.number(1), ledger.Posting{
			Unit: l.text(1), Points: l.number(2), Reason: l.text(10),
			From: ledger.Place{Owner: l.text(2), Lot: l.text(3), Hold: l.text(4), Flow: l.text(5)},
			To:   ledger.Place{Owner: l.text(6), Lot: l.text(7), Hold: l.text(8), Flow: l.text(9)},
		}})
	}
	return err
}

func (g *gathering) of(owner string) *gathered {
	r := g.records[owner]
	if r == nil {
		r = &gathered{record: ledger.Record{Owner: owner}}
		g.records[owner] = r
	}
	return r
}

func (g *gathering) account(owner, unit string) *gatheredAccount {
	r := g.of(owner)
	a := r.accounts[unit]
	if a == nil {
		a = &gatheredAccount{account: ledger.Account{Unit: unit}}
		if r.accounts == nil {
			r.accounts = map[string]*gatheredAccount{}
		}
		r.accounts[unit] = a
	}
	return a
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
	}{{l.text(7), &own.After}, {l.text(8), &tx.Aliases}, {l.text(9), &tx.Links}} {
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
		if r == nil || r.record.Version == 0 {
			snap.Put(ledger.Record{Owner: o})
			continue
		}
		snap.Put(r.finish())
	}
	for _, k := range ids {
		at, ok := g.keys[k]
		if !ok {
			continue
		}
		tx, ok := g.finish(at)
		if !ok {
			return ledger.Snapshot{}, fmt.Errorf("sqlstore: %s is the key of no transaction", k)
		}
		if snap.Transactions == nil {
			snap.Transactions = make(map[ledger.Key]ledger.Transaction, len(ids))
		}
		snap.Transactions[k] = tx
	}
	return snap, nil
}

func (g *gathering) finish(at place) (ledger.Transaction, bool) {
	tx := g.txs[at]
	if tx == nil {
		return ledger.Transaction{}, false
	}
	if p := g.postings[at]; len(p) > 0 {
		// Once for each id under which the transaction was found.
		tx.Postings = inOrder(p)
		delete(g.postings, at)
	}
	return *tx, true
}

// finish puts everything into the order that ledger.Record promises.
func (r *gathered) finish() ledger.Record {
	for _, a := range r.accounts {
		a.account.Lots = ledger.NewLots(a.lots...)
		slices.SortFunc(a.holds, func(a, b gatheredHold) int {
			return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.nth, b.nth))
		})
		for _, h := range a.holds {
			h.hold.Parts = inOrder(a.parts[h.hold.ID])
			a.account.Holds = append(a.account.Holds, h.hold)
		}
		r.record.Accounts = append(r.record.Accounts, a.account)
	}
	slices.SortFunc(r.record.Accounts, func(a, b ledger.Account) int { return cmp.Compare(a.Unit, b.Unit) })
	return r.record
}
