package ledgertest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// proof is how far an owner's history was followed.
type proof struct {
	seq    int64
	head   ledger.Hash
	totals map[string]int64
}

func (s *simulation) load(owners []string, keys []ledger.Key) ledger.Snapshot {
	snap, err := s.store.Store.Load(s.ctx, owners, keys)
	s.ok(err)
	return snap
}

func (s *simulation) history(q ledger.Query) []ledger.Transaction {
	page, err := s.store.Store.History(s.ctx, q)
	s.ok(err)
	return page.Transactions
}

// check holds owners' records and the newest of their histories against the model.
func (s *simulation) check(owners []string) {
	snap := s.load(owners, nil)
	for _, name := range owners {
		rec, o := snap.Record(name), s.model.owner(name)
		if rec.Owner != name || rec.Version != o.version || rec.Seq != o.seq {
			s.fail("%s is at version %d with %d transactions, want %d with %d", rec.Owner, rec.Version, rec.Seq, o.version, o.seq)
		}
		if due := minuteOf(rec.Due); due != o.due() {
			s.fail("%s is due at minute %d, want %d", name, due, o.due())
		}
		for _, unit := range simUnits {
			s.checkAccount(name, o.account(unit), rec.Account(unit))
		}
		s.checkDocs(o, rec)
		s.follow(o, rec)
	}
	for flow, want := range s.model.flows {
		if got := s.flows[flow]; got != want {
			s.fail("postings have brought %d %s to %s, want %d", got, flow.unit, flow.flow, want)
		}
	}
}

func (s *simulation) pour(unit, flow string, points int64) {
	if flow != "" {
		s.flows[mFlow{unit, flow}] += points
	}
}

func (s *simulation) checkAccount(owner string, want *mAccount, got ledger.Account) {
	same := got.Debt == want.debt && got.Earned == want.earned && got.Spent == want.spent &&
		sameLots(want.lots, slices.Collect(got.Lots.All())) && len(got.Holds) == len(want.holds)
	for i := 0; same && i < len(got.Holds); i++ {
		g, w := &got.Holds[i], &want.holds[i]
		same = g.ID == w.id && minuteOf(g.Made) == w.made && minuteOf(g.Until) == w.until && sameLots(w.parts, g.Parts)
	}
	if !same {
		s.fail("%s of %s:\n got %+v\nwant %+v", got.Unit, owner, got, *want)
	}
}

func sameLots(want []mLot, got []ledger.Lot) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		t := got[i].Terms
		if (mTerms{minuteOf(t.Issued), minuteOf(t.Active), minuteOf(t.Expires), t.Await}) != want[i].mTerms || got[i].Points != want[i].points {
			return false
		}
	}
	return true
}

func (s *simulation) checkDocs(o *mOwner, rec ledger.Record) {
	n := 0
	for name, doc := range rec.Docs {
		if name[0] == '~' {
			continue
		}
		n++
		if o.docs[name] != string(doc) {
			s.fail("document %s of %s: got %s, want %s", name, o.name, doc, o.docs[name])
		}
	}
	if n != len(o.docs) {
		s.fail("%s has %d documents, want %d", o.name, n, len(o.docs))
	}
	if _, closed := rec.Docs["~closed"]; closed != o.closed {
		s.fail("%s is closed: %v, want %v", o.name, closed, o.closed)
	}
}

// follow reads the transactions that are new in a history: each must have its place behind the one
// before, and its postings must come to the totals it says and the model has.
func (s *simulation) follow(o *mOwner, rec ledger.Record) {
	p := s.proof[o.name]
	if p == nil {
		p = &proof{totals: map[string]int64{}}
		s.proof[o.name] = p
	}
	if rec.Seq == p.seq {
		return
	}
	txs := s.history(ledger.Query{Owner: o.name, Limit: int(rec.Seq - p.seq)})
	for i := range slices.Backward(txs) {
		tx := &txs[i]
		l, _ := tx.Link(o.name)
		if l.Seq != p.seq+1 || l.Prev != p.head {
			s.fail("transaction %d of %s (%s) does not follow number %d", l.Seq, o.name, tx.Key, p.seq)
		}
		p.seq, p.head = l.Seq, l.Hash
		for _, post := range tx.Postings {
			p.totals[post.Unit] += post.Net(o.name)
			if tx.Key.Owner == o.name { // once, not in every history it is in
				s.pour(post.Unit, post.From.Flow, -post.Points)
				s.pour(post.Unit, post.To.Flow, post.Points)
			}
		}
		for _, after := range l.After {
			if p.totals[after.Unit] != after.Points {
				s.fail("%s ends at %d %s of %s, its postings at %d", tx.Key, after.Points, after.Unit, o.name, p.totals[after.Unit])
			}
		}
	}
	if p.seq != rec.Seq || p.head != rec.Head {
		s.fail("the history of %s ends with number %d, the record with %d", o.name, p.seq, rec.Seq)
	}
	for _, unit := range simUnits {
		if want := o.account(unit).total(); p.totals[unit] != want {
			s.fail("the postings of %s come to %d %s, want %d", o.name, p.totals[unit], unit, want)
		}
	}
}

// checkReceipt holds a receipt against the model and the store.
func (s *simulation) checkReceipt(c *command, got ledger.Receipt, replayed, stale bool) {
	if got.Replayed != replayed && !stale {
		s.fail("replayed: got %v, want %v", got.Replayed, replayed)
	}
	key := ledger.Key{Owner: c.req.Owner, ID: c.req.ID}
	if d := s.model.owner(key.Owner).deeds[key.ID]; d == nil || d.command != c || got.Transaction.Key != key {
		s.fail("a receipt for %s, which was not granted", key)
	}
	for _, id := range got.Transaction.IDs() {
		k := ledger.Key{Owner: key.Owner, ID: id}
		if tx, ok := s.load([]string{key.Owner}, []ledger.Key{k}).Transactions[k]; !ok || tx.Key != key {
			s.fail("%s is not found by %s", key, id)
		}
	}
}

// checkStep is what is looked at after every step, whoever was concerned: one member's
// balance and one of their keys; now and then the due list, and one whole history.
func (s *simulation) checkStep() {
	owner, unit := pick(s, s.members), s.unit()
	s.store.calm = true
	got, err := s.books.Balance(s.ctx, owner, unit, moment(s.now))
	s.store.calm = false
	s.ok(err)
	if want := s.model.balance(owner, unit, s.now); got != want {
		s.fail("balance of %s:\n got %+v\nwant %+v", owner, got, want)
	}
	if ids := s.ids[owner]; len(ids) > 0 {
		k := ledger.Key{Owner: owner, ID: pick(s, ids)}
		if _, ok := s.load([]string{owner}, []ledger.Key{k}).Transactions[k]; ok != (s.model.owner(owner).deeds[k.ID] != nil) {
			s.fail("%s was granted: %v, in the store: %v", k, !ok, ok)
		}
	}
	if s.step%20 == 0 {
		s.checkDue()
	}
	if s.step%200 == 0 {
		s.audit(owner)
	}
}

func (s *simulation) checkDue() {
	var want []int
	for _, o := range s.model.owners {
		if due := o.due(); due != 0 && due <= s.now {
			want = append(want, due)
		}
	}
	slices.Sort(want)
	due, err := s.store.Store.Due(s.ctx, moment(s.now), 1000)
	s.ok(err)
	var got []int
	for _, name := range due {
		got = append(got, s.model.owner(name).due())
	}
	if !slices.Equal(got, want) {
		s.fail("due are %v at %v, want %v", due, got, want)
	}
}

func (s *simulation) checkAll() {
	names := make([]string, 0, len(s.model.owners))
	for name := range s.model.owners {
		names = append(names, name)
	}
	s.check(names)
	sum := map[string]int64{} // points are conserved: what owners have came from the flows
	for _, name := range names {
		s.audit(name)
		for unit, n := range s.proof[name].totals {
			sum[unit] += n
		}
	}
	for flow, n := range s.flows {
		sum[flow.unit] += n
	}
	for unit, n := range sum {
		if n != 0 {
			s.fail("%d %s have come from nowhere", n, unit)
		}
	}
}

// audit goes through an owner's whole history: the chain, the accounts made anew, and the
// statement, each line the one before and what it added.
func (s *simulation) audit(owner string) {
	all := s.history(ledger.Query{Owner: owner, Oldest: true, Limit: 1 << 20})
	s.ok(ledger.Verify(owner, all))
	accounts, err := ledger.Replay(owner, all)
	s.ok(err)
	rec := s.load([]string{owner}, nil).Record(owner)
	if len(accounts) != len(rec.Accounts) {
		s.fail("%s has %d accounts, replayed %d", owner, len(rec.Accounts), len(accounts))
	}
	for i, a := range rec.Accounts {
		a.Holds = slices.Clone(a.Holds)
		for j := range a.Holds { // a hold's times are not in its postings
			a.Holds[j].Made, a.Holds[j].Until = time.Time{}, time.Time{}
		}
		if got, want := encoded(accounts[i]), encoded(a); got != want {
			s.fail("accounts of %s, replayed:\n got %s\nwant %s", owner, got, want)
		}
	}
	s.store.calm = true
	defer func() { s.store.calm = false }()
	for _, unit := range simUnits {
		var total int64
		for e, err := range s.books.Entries(s.ctx, ledger.StatementQuery{Owner: owner, Unit: unit, Oldest: true, Limit: 1000}) {
			s.ok(err)
			if total += e.Points; e.Balance != total {
				s.fail("statement of %s: %s adds %d to make %d, not %d", owner, e.Transaction.Key, e.Points, total, e.Balance)
			}
		}
		if want := s.model.owner(owner).account(unit).total(); total != want {
			s.fail("statement of %s ends at %d %s, want %d", owner, total, unit, want)
		}
	}
}

// encoded is an account in text: equal accounts, however their empty lists are kept, read the same.
func encoded(a ledger.Account) string {
	b, _ := json.Marshal(a)
	return string(b)
}
