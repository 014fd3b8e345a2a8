package main

import (
	"context"
	"slices"

	"github.com/loyaltykit/loyalty/ledger"
)

// book is all that is written of one owner.
type book struct {
	record  ledger.Record
	history []ledger.Transaction // oldest first
}

const historyPage = 500

func readBook(ctx context.Context, s ledger.Store, owner string) (book, error) {
	snap, err := s.Load(ctx, []string{owner}, nil)
	if err != nil {
		return book{}, err
	}
	b := book{record: snap.Record(owner)}
	q := ledger.Query{Owner: owner, Oldest: true, Limit: historyPage}
	for {
		page, err := s.History(ctx, q)
		if err != nil {
			return book{}, err
		}
		b.history = append(b.history, page.Transactions...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return b, nil
		}
	}
}

// sums are what the postings of all members come to, in the programme's unit.
type sums struct {
	members, transactions, postings int

	issued, takenBack, uncollected int64
	redeemed, returned, expired    int64
	available, pending, held, owed int64 // where the outstanding points stand

	byRule   map[string]*ruleSum
	redeemer int // members who ever paid with points
	debtors  int // members a refund ever left in debt
	expiries int // transactions in which points expired

	showcase string // whose statement shows the most in the fewest lines
	shown    showing
}

type ruleSum struct {
	times            int // transactions in which it gave something
	awarded, takenBk int64
}

// showing is how much a statement has to show.
type showing struct{ kinds, entries int }

// kinds of things a statement can show.
const (
	showsTakenBack = 1 << iota
	showsRedeemed
	showsReturned
	showsExpired
	showsDebt
)

func newSums() *sums { return &sums{byRule: map[string]*ruleSum{}} }

// add counts one owner's book.
func (s *sums) add(b *book, at ledger.Balance) {
	s.members++
	s.transactions += len(b.history)
	s.available += at.Available
	s.pending += at.Pending
	s.held += at.Held
	s.owed += at.Debt
	shows := 0
	for i := range b.history {
		shows |= s.transaction(&b.history[i])
	}
	if shows&showsRedeemed != 0 {
		s.redeemer++
	}
	if shows&showsDebt != 0 {
		s.debtors++
	}
	v := showing{entries: len(b.history)}
	for ; shows != 0; shows &= shows - 1 {
		v.kinds++
	}
	if s.showcase == "" || v.kinds > s.shown.kinds || v.kinds == s.shown.kinds && v.entries < s.shown.entries {
		s.showcase, s.shown = b.record.Owner, v
	}
}

func (s *sums) transaction(tx *ledger.Transaction) (shows int) {
	if tx.Kind == ledger.KindExpire {
		s.expiries++
	}
	var gave []string
	for _, p := range tx.Postings {
		s.postings++
		if p.Unit != unit {
			continue
		}
		if p.From.Lot == ledger.DebtLot {
			shows |= showsDebt
		}
		switch n := p.Points; {
		case p.From.Flow == ledger.FlowIssued:
			s.issued += n
			s.rule(p.Reason).awarded += n
			if !slices.Contains(gave, p.Reason) {
				gave = append(gave, p.Reason)
				s.rule(p.Reason).times++
			}
		case p.To.Flow == ledger.FlowIssued:
			s.takenBack += n
			s.rule(p.Reason).takenBk += n
			shows |= showsTakenBack
			if p.From.Flow == ledger.FlowUncollected {
				s.uncollected += n
			}
		case p.To.Flow == ledger.FlowRedeemed:
			s.redeemed += n
			shows |= showsRedeemed
		case p.From.Flow == ledger.FlowRedeemed:
			s.returned += n
			shows |= showsReturned
		case p.To.Flow == ledger.FlowExpired:
			s.expired += n
			shows |= showsExpired
		}
	}
	return shows
}

func (s *sums) rule(id string) *ruleSum {
	r := s.byRule[id]
	if r == nil {
		r = &ruleSum{}
		s.byRule[id] = r
	}
	return r
}

// outstanding is what the members have, less what they owe.
func (s *sums) outstanding() int64 { return s.available + s.pending + s.held - s.owed }
