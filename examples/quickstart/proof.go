package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger"
)

// check is one thing proved of the books, or not.
type check struct {
	what   string
	faults []string // the first of them; none is proved
	failed int
}

const shownFaults = 3

func (c *check) fault(format string, args ...any) {
	c.failed++
	if len(c.faults) < shownFaults {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// audit reads every book there is, adds it up, and proves it against everything else that is
// known.
type audit struct {
	sums       *sums
	zero       check // postings
	flows      check
	chains     check
	replays    check
	statements check
	results    check
	owners     map[string]bool
	places     map[string]map[ledger.Place]int64 // what each place has, by unit
	balances   map[string]int64                  // what members have in all, by unit
	requests   int                               // transactions that an event asked for, not time
}

// prove audits the books at the moment they closed. Its error is of reading, not of what was found.
func prove(ctx context.Context, s store, y *year) (*audit, error) {
	a := &audit{
		sums:       newSums(),
		zero:       check{what: "postings sum to zero over all members and flows, in every unit"},
		flows:      check{what: "the flows' totals equal what members have"},
		chains:     check{what: "every history is unbroken and unaltered (ledger.Verify)"},
		replays:    check{what: "every account equals its replayed history (ledger.Replay)"},
		statements: check{what: "every balance equals its statement, entry by entry"},
		results:    check{what: "the books equal what the events' results said"},
		owners:     map[string]bool{},
		places:     map[string]map[ledger.Place]int64{},
		balances:   map[string]int64{},
	}
	owners, err := s.Owners(ctx)
	if err != nil {
		return nil, err
	}
	for _, owner := range owners {
		b, err := readBook(ctx, s, owner)
		if err != nil {
			return nil, err
		}
		a.book(owner, &b, y.played.closed)
		if err := a.statement(ctx, y.program, owner); ctx.Err() != nil {
			return nil, ctx.Err()
		} else if err != nil {
			a.statements.fault("%s: %v", owner, err)
		}
	}
	a.totals()
	a.compare(&y.played)
	return a, nil
}

func (a *audit) checks() []*check {
	return []*check{&a.zero, &a.flows, &a.chains, &a.replays, &a.statements, &a.results}
}

func (a *audit) ok() bool {
	return !slices.ContainsFunc(a.checks(), func(c *check) bool { return c.failed > 0 })
}

func (a *audit) book(owner string, b *book, at time.Time) {
	a.owners[owner] = true
	a.sums.add(b, b.record.Account(unit).Balance(at))
	for _, balance := range b.record.Balances(at) {
		a.balances[balance.Unit] += balance.Total()
	}
	for i := range b.history {
		tx := &b.history[i]
		if tx.Key.ID[0] != '~' {
			a.requests++
		}
		for _, p := range tx.Postings {
			if a.places[p.Unit] == nil {
				a.places[p.Unit] = map[ledger.Place]int64{}
			}
			a.places[p.Unit][p.From] -= p.Points
			a.places[p.Unit][p.To] += p.Points
		}
	}
	if err := ledger.Verify(owner, b.history); err != nil {
		a.chains.fault("%v", err)
	}
	accounts, err := ledger.Replay(owner, b.history)
	switch {
	case err != nil:
		a.replays.fault("%v", err)
	case !slices.EqualFunc(accounts, b.record.Accounts, sameAccount):
		a.replays.fault("the accounts of %s are %v, their history comes to %v", owner, b.record.Accounts, accounts)
	}
}

// sameAccount compares what postings can tell: a hold's times are not among it.
func sameAccount(a, b ledger.Account) bool {
	return a.Unit == b.Unit && a.Debt == b.Debt && a.Earned == b.Earned && a.Spent == b.Spent &&
		a.Lots.Equal(b.Lots) &&
		slices.EqualFunc(a.Holds, b.Holds, func(a, b ledger.Hold) bool {
			return a.ID == b.ID && slices.EqualFunc(a.Parts, b.Parts, sameLot)
		})
}

// sameLot needs no look at the terms: the id says them.
func sameLot(a, b ledger.Lot) bool { return a.ID == b.ID && a.Points == b.Points }

// statement adds a member's statement up again, as they would.
func (a *audit) statement(ctx context.Context, p *loyalty.Program, member string) error {
	m, err := p.Member(ctx, member)
	if err != nil {
		return err
	}
	var balance int64
	entries, err := statement(ctx, p, member)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if balance += e.Points; balance != e.Balance {
			a.statements.fault("%s comes to %d, its entry says %d", e.Transaction.Key, balance, e.Balance)
			return nil
		}
	}
	if total := m.Balance.Total(); total != balance {
		a.statements.fault("the balance of %s is %d, the statement ends at %d", member, total, balance)
	}
	return nil
}

// statement is the whole of a member's statement, oldest first.
func statement(ctx context.Context, p *loyalty.Program, member string) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	q := ledger.StatementQuery{Owner: member, Oldest: true, Limit: historyPage}
	for {
		page, err := p.Statement(ctx, q)
		if err != nil {
			return nil, err
		}
		entries = append(entries, page.Entries...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return entries, nil
		}
	}
}

// flowNames are the flows this program moves points by.
var flowNames = map[string]bool{
	ledger.FlowIssued: true, ledger.FlowRedeemed: true, ledger.FlowExpired: true, ledger.FlowUncollected: true,
}

// totals compares the postings' totals with one another and with what members have.
func (a *audit) totals() {
	for unit, places := range a.places {
		var members, flows, nowhere int64
		for place, n := range places {
			switch {
			case a.owners[place.Owner]:
				members += n
			case place.Owner == "" && flowNames[place.Flow]:
				flows += n
			default:
				nowhere += n
			}
		}
		if members+flows != 0 || nowhere != 0 {
			a.zero.fault("%s come to %d, and %d are nowhere", unit, members+flows, nowhere)
		}
		if flows+a.balances[unit] != 0 {
			a.flows.fault("%s: flows come to %d, members have %d", unit, flows, a.balances[unit])
		}
	}
	for unit, n := range a.balances {
		if a.places[unit] == nil && n != 0 {
			a.flows.fault("%s: members have %d without a posting", unit, n)
		}
	}
}

// compare holds the books against the results that were given out, so that
// nothing promised is missing and nothing was written that nobody was told of.
func (a *audit) compare(p *played) {
	for _, c := range []struct {
		what        string
		told, books int64
	}{
		{"transactions", int64(p.events), int64(a.requests)},
		{"members", int64(p.signUps), int64(a.sums.members)},
		{"points awarded", p.earned, a.sums.issued},
		{"points taken back", p.taken, a.sums.takenBack},
		{"points spent", p.spent, a.sums.redeemed},
		{"points returned", p.returned, a.sums.returned},
	} {
		if c.told != c.books {
			a.results.fault("%s: results say %d, the books %d", c.what, c.told, c.books)
		}
	}
}
