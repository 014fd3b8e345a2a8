package main

import (
	"context"
	"io"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger"
)

// statementOf is one member's year.
type statementOf struct {
	member  loyalty.Member
	entries []ledger.Entry
	notes   map[string]string // what an event did to the tier
	zone    *time.Location
}

// memberStatement reads the statement of a member, or of the showcase when none is
// asked for. It gives nil when there is nobody to show.
func memberStatement(ctx context.Context, y *year, id, showcase string) (*statementOf, error) {
	if id == "" {
		id = showcase
	}
	if id == "" {
		return nil, nil
	}
	m, err := y.program.Member(ctx, id)
	if err != nil {
		return nil, err
	}
	entries, err := statement(ctx, y.program, id)
	if err != nil {
		return nil, err
	}
	return &statementOf{m, entries, y.played.notes[id], y.zone}, nil
}

func (s *statementOf) write(out io.Writer) error {
	t := table{align: "lllrr"}
	t.row("when", "what", "why", "points", "balance")
	for _, e := range s.entries {
		tx := &e.Transaction
		moves := movesOf(tx, s.member.ID)
		if note := s.notes[tx.Key.ID]; note != "" {
			moves = append(moves, move{why: note})
		}
		if len(moves) == 0 {
			moves = []move{{}}
		}
		for i, m := range moves {
			when, what, points, balance := "", "", "", ""
			if i == 0 {
				when, what = tx.Time.In(s.zone).Format("2006-01-02 15:04"), whatOf(tx)
			}
			if m.points != 0 {
				points = signed(m.points)
			}
			if i == len(moves)-1 {
				balance = thousands(e.Balance)
			}
			t.row(when, what, m.text(), points, balance)
		}
	}
	return t.write(out)
}

// whatOf names a transaction: by its reason when there is one that people read.
func whatOf(tx *ledger.Transaction) string {
	switch {
	case tx.Kind == loyalty.TypeSignUp:
		return "sign-up"
	case tx.Kind == ledger.KindExpire:
		return "end of the month"
	case tx.Reason != "":
		return tx.Reason
	}
	return string(tx.Kind)
}

// move is what one rule or purpose moved in a transaction.
type move struct {
	why    string
	points int64 // what it added to the total
	within int64 // what it moved within the account
}

// movesOf adds a transaction's postings up by what they were for.
func movesOf(tx *ledger.Transaction, member string) []move {
	var moves []move
	for _, p := range tx.Postings {
		if p.Unit != unit {
			continue
		}
		m := move{why: whyOf(p), points: p.Net(member)}
		if m.points == 0 {
			m.within = p.Points
		}
		if n := len(moves); n > 0 && moves[n-1].why == m.why {
			moves[n-1].points += m.points
			moves[n-1].within += m.within
		} else {
			moves = append(moves, m)
		}
	}
	return moves
}

// text says why, with the points when they do not stand in a column of their own.
func (m move) text() string {
	if m.within == 0 {
		return m.why
	}
	return thousands(m.within) + " " + m.why
}

func whyOf(p ledger.Posting) string {
	switch {
	case p.To.Flow == ledger.FlowIssued && p.From.Lot == ledger.DebtLot:
		return p.Reason + ", owed: it was spent"
	case p.To.Lot == ledger.DebtLot:
		return "pay what was owed"
	case p.To.Flow == ledger.FlowRedeemed:
		return "paid with points"
	case p.From.Flow == ledger.FlowRedeemed:
		return "spent points come back"
	case p.To.Flow == ledger.FlowExpired:
		return "expired"
	case p.To.Hold != "":
		return "set aside"
	case p.From.Hold != "":
		return "no longer set aside"
	}
	return p.Reason
}
