package ledgertest

// The cases of transactions, changes and loads over several owners, and of what is
// particular about an owner.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

// gift is the request for points from one owner to another, with all that a request can say.
func gift(from, id, to string, points int64) (ledger.Request, ledger.Gift) {
	req, _ := earn(from, id, points, 5)
	req.Reference, req.Actor, req.Details = "ref "+id, "agent 7", json.RawMessage(`{"card": "happy  birthday"}`)
	return req, ledger.Gift{To: to, Unit: "points", Points: points, Reason: "birthday"}
}

func anyQuestion(s *suite) {
	s.fill("anna", 2)
	s.fill("bert", 1)
	key := ledger.Key{Owner: "anna", ID: "k1"}
	other := ledger.Key{Owner: "bert", ID: "k0"}
	want, err := s.store.Load(s.ctx(), []string{"anna", "bert"}, []ledger.Key{key, other})
	s.ok(err)
	s.equal("owners of the records", []string{"anna", "bert"}, ownersOf(want.Records))
	for _, q := range []struct {
		what   string
		owners []string
		keys   []ledger.Key
		want   ledger.Snapshot
	}{
		{"neither", nil, nil, ledger.Snapshot{}},
		{"owners alone", []string{"anna", "bert"}, nil, ledger.Snapshot{Records: want.Records}},
		{"keys alone", nil, []ledger.Key{key, other}, ledger.Snapshot{Transactions: want.Transactions}},
		{"the other way round", []string{"bert", "anna"}, []ledger.Key{other, key}, want},
		{"all of it twice", []string{"anna", "bert", "anna", "bert"}, []ledger.Key{key, other, other, key}, want},
	} {
		got, err := s.store.Load(s.ctx(), q.owners, q.keys)
		s.ok(err)
		s.equal(q.what, q.want, got)
	}
}

func ownersOf(records []ledger.Record) []string {
	var owners []string
	for _, r := range records {
		owners = append(owners, r.Owner)
	}
	return owners
}

func twoOwners(s *suite) {
	s.fill("anna", 3)
	s.fill("bert", 1)
	req, op := gift("anna", "gift", "bert", 2)
	want := s.post(req, op)
	for owner, seq := range map[string]int64{"anna": 4, "bert": 2} {
		history := s.history(ledger.Query{Owner: owner})
		s.equal("newest of "+owner, want, history[0])
		if l, _ := history[0].Link(owner); l.Seq != seq {
			s.fail("the gift is number %d of %s, want %d", l.Seq, owner, seq)
		}
	}
	key := ledger.Key{Owner: "anna", ID: "gift"}
	elsewhere := []ledger.Key{{Owner: "bert", ID: "gift"}, {Owner: "bert", ID: ledger.ReferenceID("ref gift")}}
	snap, err := s.store.Load(s.ctx(), []string{"anna", "bert"}, append(elsewhere, key))
	s.ok(err)
	s.equal("transactions by key", map[ledger.Key]ledger.Transaction{key: want}, snap.Transactions)
	req, own := earn("bert", "gift", 5, 6) // the receiver's own key of the same id is free
	s.post(req, own)
	s.equal("pages of the receiver", "1 2 3", seqs("bert", s.history(ledger.Query{Owner: "bert", Oldest: true, Limit: 1})))
}

func twoVersions(s *suite) {
	s.fill("anna", 3)
	s.fill("bert", 1)
	for i, stale := range []string{"anna", "bert"} {
		req, op := gift("anna", fmt.Sprint("gift ", i), "bert", 1)
		late := s.decide(req, op)
		moved, other := earn(stale, fmt.Sprint("meanwhile ", i), 1, 6)
		s.post(moved, other)
		before := s.both("anna", "bert")
		s.conflict(late)
		s.equal("records after a gift refused for "+stale, before, s.both("anna", "bert"))
		s.equal("the refused gift", 0, len(s.load("anna", req.ID).Transactions))
		s.post(req, op)
		for owner, rec := range s.both("anna", "bert") {
			s.equal("version of "+owner, before[owner].Version+1, rec.Version)
		}
	}
}

func (s *suite) both(a, b string) map[string]ledger.Record {
	s.Helper()
	snap, err := s.store.Load(s.ctx(), []string{a, b}, nil)
	s.ok(err)
	return map[string]ledger.Record{a: snap.Record(a), b: snap.Record(b)}
}

func erasures(s *suite) {
	s.fill("anna", 2)
	s.fill("bert", 1)
	req, op := gift("anna", "gift", "bert", 2)
	made := s.decide(req, op)
	s.ok(s.store.Commit(s.ctx(), made))
	kept := made.Transactions[0]
	before := map[string][]ledger.Transaction{}
	for _, owner := range []string{"anna", "bert"} {
		before[owner] = s.history(ledger.Query{Owner: owner})
	}
	c := s.change(s.load("anna"), func(d *ledger.Draft) error {
		d.Erase(kept)
		return nil
	})
	want := c.Erasures[0]
	s.ok(s.store.Commit(s.ctx(), c))

	for _, id := range []string{"gift", ledger.ReferenceID("ref gift")} {
		got := s.load("anna", id).Transactions[ledger.Key{Owner: "anna", ID: id}]
		s.equal("the erased transaction by "+id, want, got)
	}
	for owner, history := range before {
		for i := range history {
			if history[i].Key == want.Key {
				history[i] = want
			}
		}
		s.equal("history of "+owner, history, s.history(ledger.Query{Owner: owner}))
	}
	s.equal("the transaction in the caller's hands", kept, made.Transactions[0])
	s.equal("version of the home owner", int64(4), s.record("anna").Version)
	s.equal("version of the other", int64(2), s.record("bert").Version)
	s.conflict(s.change(s.load("anna"), func(d *ledger.Draft) error { // the key is still taken
		req.Reference = ""
		_, err := d.Post(req, ledger.Earn{Unit: "points", Points: 1})
		return err
	}))
	s.conflict(c) // and the version is looked at as for any other write
}

func closed(s *suite) {
	req, op := gift("anna", "gift", "bert", 2)
	op.Limits = []ledger.Limit{{Name: "gifts a day", Points: 10, Window: calendar.Window{From: start.AddDate(0, 0, -1), Until: start.AddDate(0, 0, 1)}}}
	s.fill("anna", 4)
	s.fill("bert", 1)
	s.fill("carl", 1)
	s.doc("anna", json.RawMessage(`{"n":1}`))
	for _, step := range []struct {
		req ledger.Request
		op  ledger.Op
		doc string // of which owner and name
	}{
		{req, op, "anna ~limits"},
		{ledger.Request{Owner: "anna", ID: "merge", At: start.AddDate(0, 0, 2)}, ledger.Merge{From: "bert"}, "bert ~closed"},
		{ledger.Request{Owner: "carl", ID: "end", At: start.AddDate(0, 0, 2)}, ledger.Close{}, "carl ~closed"},
	} {
		c := s.decide(step.req, step.op)
		s.ok(s.store.Commit(s.ctx(), c))
		owner, name, _ := strings.Cut(step.doc, " ")
		i := slices.IndexFunc(c.Writes, func(w ledger.Write) bool { return w.After.Owner == owner })
		s.equal("record of "+owner, c.Writes[i].After, s.record(owner))
		if len(s.record(owner).Docs[name]) == 0 {
			s.fail("the document %s of %s is gone", name, owner)
		}
	}
	s.equal("the host's document", `{"n":1}`, string(s.record("anna").Docs["d"]))
}

func manyOwners(s *suite) {
	const n = 200
	books, err := ledger.New(ledger.Config{Store: s.store})
	s.ok(err)
	var items []ledger.Item
	var owners []string
	var keys []ledger.Key
	for i := range n {
		owner := fmt.Sprint("m", i)
		owners = append(owners, owner)
		for j := range 3 {
			req, op := earn(owner, fmt.Sprint("k", j), int64(i+1), j)
			items = append(items, ledger.Item{Request: req, Ops: []ledger.Op{op}})
			keys = append(keys, ledger.Key{Owner: owner, ID: req.ID})
		}
		if i > 0 {
			req, op := gift(owner, "gift", "m0", 1)
			items = append(items, ledger.Item{Request: req, Ops: []ledger.Op{op}})
		}
	}
	s.know(owners...)
	for range 2 { // the second time all are replays
		outcomes, err := books.PostBatch(s.ctx(), items)
		s.ok(err)
		for _, o := range outcomes {
			s.ok(o.Err)
		}
	}
	snap, err := s.store.Load(s.ctx(), owners, keys)
	s.ok(err)
	s.equal("transactions", len(keys), len(snap.Transactions))
	for i, owner := range owners {
		want := int64(3*(i+1) - 1)
		if i == 0 {
			want = 3 + n - 1
		}
		rec := snap.Record(owner)
		s.equal("points of "+owner, want, rec.Account("points").Balance(start).Available)
		s.equal("version of "+owner, int64(1), rec.Version)
	}
}

func versions(s *suite) {
	next := int64(0)
	step := func(what string, commit func()) {
		s.Helper()
		commit()
		next++
		s.equal("version after "+what, next, s.record("m").Version)
	}
	step("an earning", func() { s.fill("m", 1) })
	step("a document", func() { s.doc("m", json.RawMessage(`1`)) })
	step("the same document", func() { s.doc("m", json.RawMessage(`1`)) })
	step("a document taken out", func() { s.doc("m", nil) })
	step("a transaction without points", func() { s.post(ledger.Request{Owner: "m", ID: "note", At: start, Kind: "note"}) })
	step("an erasure", func() {
		s.ok(s.store.Commit(s.ctx(), s.change(s.load("m"), func(d *ledger.Draft) error {
			d.Erase(s.history(ledger.Query{Owner: "m"})[0])
			return nil
		})))
	})
}

func bytewise(s *suite) {
	alike := []string{"marie", "Marie", "marié", "marie\u0301", "marie ", " marie", "marie%", "mari_", `mari\e`, "mari'e", "ｍarie"}
	for i, owner := range alike {
		for j, id := range alike {
			req, op := earn(owner, id, int64(i*100+j+1), i)
			req.Reference = id
			s.post(req, op)
		}
	}
	for i, owner := range alike {
		s.equal("transactions of "+owner, len(alike), len(s.history(ledger.Query{Owner: owner})))
		for j, id := range alike {
			for _, by := range []string{id, ledger.ReferenceID(id)} {
				tx := s.load(owner, by).Transactions[ledger.Key{Owner: owner, ID: by}]
				if len(tx.Postings) != 1 || tx.Postings[0].Points != int64(i*100+j+1) {
					s.fail("%q of %q is %q of %q", by, owner, tx.Key.ID, tx.Key.Owner)
				}
			}
		}
	}
}

func lengths(s *suite) {
	long := func(n int, end string) string { return strings.Repeat("x", n-len(end)) + end }
	owner, text := long(ledger.MaxID, "m"), long(ledger.MaxText, "t")
	unit, flow := long(ledger.MaxID, "u"), long(ledger.MaxID, "f")
	expires := start.AddDate(7000, 0, 0)
	for i, end := range []string{"1", "2"} { // alike but for their last byte
		id := long(ledger.MaxID, end)
		req := ledger.Request{
			Owner: owner, ID: id, Reference: id, At: start, Kind: ledger.Kind(long(ledger.MaxText, "k")), Reason: text, Actor: text,
			Details: json.RawMessage(`"` + strings.Repeat("y", 1<<20) + `"`),
		}
		want := s.post(req, ledger.Earn{
			Unit: unit, Points: 5, Await: long(ledger.MaxAwait, end), Reason: text,
			Issued: start.AddDate(0, 0, -1), Active: expires.AddDate(0, 0, -1), Expires: expires,
		})
		s.equal("transaction", want, s.load(owner, id).Transactions[ledger.Key{Owner: owner, ID: id}])
		s.equal("lots", i+1, s.record(owner).Accounts[0].Lots.Len())
	}
	at := expires.AddDate(0, 0, -1)
	hold, capture := long(ledger.MaxID, "h"), long(ledger.MaxID, "c")
	s.post(ledger.Request{Owner: owner, ID: hold, At: at}, ledger.PlaceHold{Unit: unit, Points: 5, Until: expires})
	s.equal("hold", hold, s.record(owner).Accounts[0].Holds[0].ID)
	s.post(ledger.Request{Owner: owner, ID: capture, At: at}, ledger.Capture{Hold: hold, Flow: flow})
	s.post(ledger.Request{Owner: owner, ID: "undo", At: at}, ledger.Reverse{Of: capture})
	for _, alias := range []string{"~close/" + hold, "~reverse/" + capture} {
		if len(s.load(owner, alias).Transactions) != 1 {
			s.fail("the alias %.20s… is not found", alias)
		}
	}
	name := long(ledger.MaxID, "d")
	s.ok(s.store.Commit(s.ctx(), s.change(s.load(owner), func(d *ledger.Draft) error {
		d.SetDoc(owner, name, json.RawMessage(`"`+strings.Repeat("z", 1<<20)+`"`))
		return nil
	})))
	s.equal("document", 1<<20+2, len(s.record(owner).Docs[name]))
}
