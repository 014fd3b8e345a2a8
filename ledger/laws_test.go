package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// Points are only ever moved: over all places and flows postings sum to zero, and
// what the owners have is what was issued less what went elsewhere.
func TestLaw_Conservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		for _, unit := range []string{points, stars} {
			var owned, have, flows int64
			for _, owner := range m.owners() {
				rec, history := m.settled(owner)
				have += rec.Account(unit).Balance(at(m.now)).Total()
				for _, tx := range history {
					owned += tx.Net(owner, unit)
					if tx.Key.Owner != owner {
						continue // its flows count with the owner who caused it
					}
					for _, p := range tx.Postings {
						if p.Unit == unit && p.From.Owner == "" {
							flows -= p.Points
						}
						if p.Unit == unit && p.To.Owner == "" {
							flows += p.Points
						}
					}
				}
			}
			equal(m, "owners and flows together", 0, owned+flows)
			equal(m, "what the owners have, against postings", owned, have)
		}
	})
}

// A balance is what the lots and holds say, and what the statement adds up to.
func TestLaw_BalanceIsSumOfLots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		for _, owner := range m.owners() {
			m.tick(owner, at(m.now))
			account := m.account(owner)
			want := ledger.Balance{Unit: points, Debt: account.Debt, Earned: account.Earned, Spent: account.Spent}
			for l := range account.Lots.All() {
				switch {
				case l.Active.After(at(m.now)), l.Await != "" && l.Active.IsZero():
					want.Pending += l.Points
				default:
					want.Available += l.Points
				}
			}
			for _, h := range account.Holds {
				want.Held += h.Points()
			}
			got := m.balance(owner, at(m.now))
			got.NextExpiry, got.NextExpiring = time.Time{}, 0
			equal(m, "balance", want, got)

			s, err := m.Statement(context.Background(), ledger.StatementQuery{Owner: owner, Oldest: true, Limit: 1000})
			if err != nil {
				m.Fatalf("Statement: %v", err)
			}
			var sum int64
			for _, e := range s.Entries {
				sum += e.Points
				equal(m, "running balance", sum, e.Balance)
			}
			equal(m, "end of the statement", got.Total(), sum)
		}
	})
}

// A granted request sent again, at any time after, gives the first transaction and
// changes nothing.
func TestLaw_ReplayIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {
			if len(m.sent) == 0 {
				return
			}
			s := m.sent[m.number("again", 0, len(m.sent)-1)]
			if s.err != nil {
				return
			}
			before := m.record(s.req.Owner)
			s.req.At = at(m.now + m.number("later by", 0, 50))
			got := m.post(s.req, s.ops...)
			equal(m, "replayed", true, got.Replayed)
			equal(m, "transaction", s.got.Transaction, got.Transaction)
			equal(m, "record", before, m.record(s.req.Owner))
			equal(m, "balances", before.Balances(s.req.At), got.Balances)
		})
	})
}

// No lot, hold, debt or balance is ever below zero, now or as time goes on, and no
// one has points to spend who owes.
func TestLaw_NeverBelowZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {
			for _, owner := range m.owners() {
				soundAccounts(m, m.record(owner))
				b := m.balance(owner, at(m.now+m.number("ahead", 0, 50)))
				if min(b.Available, b.Pending, b.Held, b.Debt, b.Spent) < 0 || b.Debt > 0 && b.Available > 0 {
					m.Fatalf("balance of %s: %+v", owner, b)
				}
			}
		})
	})
}

// However often, or late, or never the books are swept, they come to the same: the
// same postings, at the same times, in the same order.
func TestLaw_SweepTimingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		want := m.resent(func(int) bool { return false })
		equal(m, "swept every minute", want, m.resent(func(int) bool { return true }))
		every := m.number("every", 2, 40)
		equal(m, "swept now and then", want, m.resent(func(minute int) bool { return minute%every == 0 }))
	})
}

// outcome is what is left of a history when the times of recording are set aside.
type outcome struct {
	Accounts []ledger.Account
	Entries  []entry
}

type entry struct {
	ID       string
	Kind     ledger.Kind
	Time     time.Time
	Postings []ledger.Posting
	After    []ledger.Amount
}

// resent sends all the machine's requests to new books, swept in the minutes that
// sweep says and at the end.
func (m *machine) resent(sweep func(minute int) bool) map[string]outcome {
	b := newBooks(m.t)
	minute := 1
	until := func(end int) {
		for ; minute < end; minute++ {
			if sweep(minute) {
				owners, err := b.Due(context.Background(), at(minute), 10)
				if err != nil {
					m.Fatalf("Due: %v", err)
				}
				for _, owner := range owners {
					b.tick(owner, at(minute))
				}
			}
		}
	}
	for _, s := range m.sent {
		until(minutes(s.req.At))
		if _, err := b.Post(context.Background(), s.req, s.ops...); (err == nil) != (s.err == nil) {
			m.Fatalf("%s: got error %v, before %v", s.req.ID, err, s.err)
		}
	}
	until(m.now)
	out := map[string]outcome{}
	for _, owner := range m.owners() {
		b.tick(owner, at(m.now))
		o := outcome{Accounts: b.record(owner).Accounts}
		for _, tx := range b.history(owner) {
			o.Entries = append(o.Entries, entry{tx.Key.ID, tx.Kind, tx.Time, tx.Postings, after(tx, owner)})
		}
		out[owner] = o
	}
	return out
}

func after(tx ledger.Transaction, owner string) []ledger.Amount {
	l, _ := tx.Link(owner)
	return l.After
}

// Giving back spent points, or taking back earned ones, comes to the same in one go
// as in any number of parts.
func TestLaw_SplittingAReturnChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		const owner = "ann"
		m.send(owner, 0, ledger.Earn{Unit: points, Points: 1000, Expires: at(m.now + 9)}) // pays any debt
		m.send(owner, 0, ledger.Redeem{Unit: points, Points: m.points(60)})
		spent := m.sent[len(m.sent)-1].got.Transaction.Postings
		m.now += m.number("wait", 0, 20)

		var whole ledger.Return
		whole.Unit, whole.Grace = points, at(m.now+m.number("grace", 0, 5))
		var parts []ledger.Op
		for _, p := range spent {
			whole.Parts = append(whole.Parts, ledger.Part{Lot: p.From.Lot, Points: p.Points})
			m.split(p.Points, func(n int64) {
				parts = append(parts, ledger.Return{Unit: points, Grace: whole.Grace, Parts: []ledger.Part{{Lot: p.From.Lot, Points: n}}})
			})
		}
		equal(m, "return", m.after(owner, whole), m.after(owner, rapid.Permutation(parts).Draw(t, "order")...))

		claw := ledger.Clawback{Unit: points, Points: m.points(2000), Lots: m.lots(owner), Policy: pick(m, "policy", ledger.Debt, ledger.Clamp)}
		parts = nil
		m.split(claw.Points, func(n int64) {
			part := claw
			part.Points = n
			parts = append(parts, part)
		})
		equal(m, "clawback", m.after(owner, claw), m.after(owner, parts...))
	})
}

func (m *machine) split(n int64, part func(int64)) {
	for n > 0 {
		p := rapid.Int64Range(max(1, n/8), n).Draw(m.t, "part")
		part(p)
		n -= p
	}
}

// after is what an owner's accounts would be if operations were posted one by one now.
func (m *machine) after(owner string, ops ...ledger.Op) []ledger.Account {
	d := ledger.NewDraft(m.load(owner))
	for _, op := range ops {
		n := d.Record(owner).Seq
		if _, err := d.Post(ledger.Request{Owner: owner, ID: fmt.Sprint("after ", n), At: at(m.now)}, op); err != nil {
			m.Fatalf("%+v: %v", op, err)
		}
	}
	return d.Record(owner).Accounts
}

// An order reversed at once is as if it had never been.
func TestLaw_ReverseRestores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {})
		const owner = "ann"
		m.tick(owner, at(m.now))
		before := m.record(owner).Accounts
		ops := []ledger.Op{m.earn(), ledger.Redeem{Unit: m.unit(), Points: m.points(60), UpTo: true}, m.earn()}
		order := rapid.Permutation(ops).Draw(t, "order")
		d := ledger.NewDraft(m.load(owner))
		for _, step := range []struct {
			id  string
			ops []ledger.Op
		}{{"order", order}, {"undo", []ledger.Op{ledger.Reverse{Of: "order"}}}} {
			if _, err := d.Post(ledger.Request{Owner: owner, ID: step.id, At: at(m.now)}, step.ops...); err != nil {
				m.Fatalf("%s: %v", step.id, err)
			}
		}
		equal(m, "accounts", before, d.Record(owner).Accounts)
	})
}

// The postings alone make the accounts anew, after every step.
func TestLaw_ReplayEqualsRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {
			for _, owner := range m.owners() {
				rec, history := m.settled(owner)
				equal(m, "accounts of "+owner, replay(m, owner, history), timeless(rec.Accounts))
				equal(m, "stored, of "+owner, replay(m, owner, history[:m.record(owner).Seq]), timeless(m.record(owner).Accounts))
			}
		})
	})
}

// A record says when it will change by itself, and it does so neither earlier nor later.
func TestLaw_DueIsWhenSomethingHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {
			for _, owner := range m.owners() {
				rec := m.record(owner)
				changes := func(t time.Time) bool {
					d := ledger.NewDraft(m.load(owner))
					d.Tick(owner, t)
					return len(d.Change().Writes) > 0
				}
				if rec.Due.IsZero() {
					equal(m, "changes ever", false, changes(at(1_000_000)))
					continue
				}
				equal(m, "changes before it is due", false, changes(rec.Due.Add(-time.Microsecond)))
				equal(m, "changes when it is due", true, changes(rec.Due))
				got, err := m.Due(context.Background(), rec.Due, 10)
				if err != nil || !slices.Contains(got, owner) {
					m.Fatalf("Due at %v: %v, %v: want %s", rec.Due, got, err, owner)
				}
			}
		})
	})
}
