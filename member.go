package loyalty

import (
	"context"
	"fmt"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// Member is where a member stands.
type Member struct {
	ID       string
	Joined   calendar.Date
	Birthday calendar.Yearly
	Segments []string
	// Stage, Interests and Attributes are what the last Profile said.
	Stage      string
	Interests  []string
	Attributes rules.Attributes
	Orders     int              // orders not returned as a whole
	Active     calendar.Date    // the day of their last activity, which Inactivity goes by; zero without
	Inviter    string           // who brought them; "" when nobody is known to have
	Brought    int              // members they brought of whom an order has counted; see Referral
	Balance    ledger.Balance   // in the programme's unit, next expiry included
	Balances   []ledger.Balance // in every unit the member has had, by unit
	Worth      decimal.Decimal  // what the available points are worth, by Definition.PointValue
	Tier       tier.Progress    // the tier, and the way to the next; zero without tiers
}

// Member tells where a member stands now. It writes nothing, and is right
// whether or not a sweep has run.
func (p *Program) Member(ctx context.Context, id string) (Member, error) {
	rec, err := p.member(ctx, id)
	if err != nil {
		return Member{}, err
	}
	now := p.now()
	s, err := p.load(rec)
	if err != nil {
		return Member{}, err
	}
	m := Member{
		ID: id, Joined: s.facts.Joined, Birthday: s.facts.Birthday, Segments: s.facts.Segments, Orders: s.facts.Orders,
		Stage: s.facts.Stage, Interests: s.facts.Interests, Attributes: s.facts.Attributes,
		Active: s.facts.Active, Inviter: s.referral.Inviter, Brought: s.referral.Brought,
		Balance: rec.Account(p.def.Unit).Balance(now), Balances: rec.Balances(now),
	}
	m.Worth = p.Worth(m.Balance.Available)
	if p.ladder != nil {
		m.Tier = p.ladder.Progress(s.tier, now)
	}
	return m, nil
}

// Worth is what points of the programme's unit are worth in money, by
// Definition.PointValue.
func (p *Program) Worth(points int64) decimal.Decimal {
	return decimal.NewFromInt(points).Mul(p.def.PointValue)
}

// Statement lists what moved a member's points, newest first, a page at a time.
// Each entry's postings name the rules; q.Owner is the member and q.Unit "" the
// programme's.
func (p *Program) Statement(ctx context.Context, q ledger.StatementQuery) (ledger.Statement, error) {
	if _, err := p.member(ctx, q.Owner); err != nil {
		return ledger.Statement{}, err
	}
	q.Unit = p.unit(q.Unit)
	return p.ledger.Statement(ctx, q)
}

func (p *Program) member(ctx context.Context, id string) (ledger.Record, error) {
	snap, err := p.ledger.Load(ctx, []string{id}, nil)
	if err != nil {
		return ledger.Record{}, err
	}
	rec := snap.Record(id)
	if rec.Docs[docMember] == nil {
		return rec, fmt.Errorf("%w: %s", ErrUnknownMember, id)
	}
	return rec, nil
}
