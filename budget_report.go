package loyalty

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// Budget is how a budget, or the stock of a prize, stands.
type Budget struct {
	Key   string     // "budget/spring/ever", "stock/wheel/kettle": see rules.Need
	Until time.Time  // when it is full again; zero is never
	Full  rules.Fund // what the definition has in it
	Added rules.Fund // what Program.AddToBudget put in beyond that
	Spent rules.Fund // what was awarded, less what refunds gave back
	Left  rules.Fund // what may still be awarded
}

// Budgets are those that events of a moment draw on, by key.
func (p *Program) Budgets(ctx context.Context, at time.Time) ([]Budget, error) {
	var list []Budget
	for _, need := range p.needsAt(at) {
		snap, err := p.ledger.Load(ctx, shardOwners(need.Key), nil)
		if err != nil {
			return nil, err
		}
		b, err := p.budget(ledger.NewDraft(snap), &need, p.now())
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// budget adds up the shards of a budget, which are all loaded.
func (p *programme) budget(d *ledger.Draft, need *rules.Need, now time.Time) (Budget, error) {
	t := &turn{programme: p, draft: d, scope: &scope{owners: shardOwners(need.Key)}, now: now}
	list, err := t.allShards(need, "")
	if err != nil {
		return Budget{}, err
	}
	var added, left, spent int64
	for i := range list {
		s := &list[i]
		added += s.doc.Added
		left += s.left()
		spent += s.doc.Put - s.left()
	}
	like := func(n int64) rules.Fund { return fundLike(need.Full, n) }
	return Budget{Key: need.Key, Until: need.Until, Full: need.Full, Added: like(added), Spent: like(spent), Left: like(left)}, nil
}

// Addition puts more into a budget or a stock than the definition has in it.
type Addition struct {
	ID     string     // makes it safe to send again
	Key    string     // Budget.Key
	Fund   rules.Fund // how much: points, money or pieces, as the budget counts; above zero
	Reason string     // for the statement
	Actor  string     // who did it
}

// AddToBudget puts more into one of the budgets of now, and tells how it then stands. To change a
// budget for good, change the definition: what it has more goes in by itself, and what it has less is
// taken out as far as it is not spent.
func (p *Program) AddToBudget(ctx context.Context, a Addition) (Budget, error) {
	if strings.HasPrefix(a.ID, ownIDs) {
		return Budget{}, invalid("id", "may not begin with %q", ownIDs)
	}
	now := p.now()
	needs := p.needsAt(now)
	i := slices.IndexFunc(needs, func(n rules.Need) bool { return n.Key == a.Key })
	if i < 0 {
		return Budget{}, invalid("key", "%.80q is no budget of now", a.Key)
	}
	amount, err := a.amount(&needs[i])
	if err != nil {
		return Budget{}, err
	}
	print := ledger.NewDigest(64)
	print.Text("addition to a budget 1")
	print.Number(amount)
	req := ledger.Request{Owner: shardOwner(a.Key, 0), ID: a.ID, At: now, Kind: TypeBudget, Reason: a.Reason, Actor: a.Actor, Fingerprint: print.Sum()}
	if err := p.ledger.Check(req); err != nil {
		return Budget{}, err
	}
	var b Budget
	err = p.ledger.Update(ctx, shardOwners(a.Key), ledger.Keys(req), func(d *ledger.Draft) error {
		_, again, err := d.Repeat(ledger.Key{Owner: req.Owner, ID: req.ID}, req.Fingerprint)
		if err == nil && !again {
			err = p.add(d, &needs[i], amount, req)
		}
		if err != nil {
			return err
		}
		b, err = p.budget(d, &needs[i], now)
		return err
	})
	if err != nil {
		return Budget{}, err
	}
	return b, nil
}

// amount is an addition as it is kept.
func (a *Addition) amount(need *rules.Need) (int64, error) {
	money, err := rules.Micros(a.Fund.Money)
	if err != nil {
		return 0, invalid("fund.money", "%v", err)
	}
	n := max(a.Fund.Points, a.Fund.Pieces, money)
	f := fundLike(need.Full, n)
	if f.Points != a.Fund.Points || f.Pieces != a.Fund.Pieces || !f.Money.Equal(a.Fund.Money) || n <= 0 || n > maxAddition {
		return 0, invalid("fund", "must be above zero, and of what the budget counts")
	}
	return n, nil
}

// maxAddition is the largest amount of money there is, in millionths.
const maxAddition = rules.MaxAmount * 1_000_000

// add spreads an addition over the shards, together with all that is left.
func (p *programme) add(d *ledger.Draft, need *rules.Need, amount int64, req ledger.Request) error {
	t := &turn{programme: p, draft: d, scope: &scope{owners: shardOwners(need.Key)}, now: req.At}
	list, err := t.shards(need.Key, inOrder()...)
	if err != nil {
		return err
	}
	if list[0].doc.Added > maxAddition-amount {
		return invalid("fund", "is too much, with what was added before")
	}
	list[0].doc.Added += amount
	fill(list, amountOf(need.Full))
	for i := range list {
		req.Owner = list[i].owner
		if err := list[i].post(d, req); err != nil {
			return err
		}
	}
	return nil
}

// BudgetEntries walks what moved a budget, by when it was recorded: what was put in, how much which
// event took by which rule, what refunds gave back. An entry's details name the event; its Balance is that
// of the whole budget, of what has been put in so far. Money is in millionths. It ends with the first error.
func (p *Program) BudgetEntries(ctx context.Context, key string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		type stream struct {
			next  func() (ledger.Entry, error, bool)
			entry ledger.Entry
			has   int64 // the balance before entry
		}
		var streams []*stream
		advance := func(s *stream) (more bool, err error) {
			s.has = s.entry.Balance
			s.entry, err, more = s.next()
			return more, err
		}
		for _, owner := range shardOwners(key) {
			next, stop := iter.Pull2(p.ledger.Entries(ctx, ledger.StatementQuery{Owner: owner, Unit: BudgetUnit, Oldest: true}))
			defer stop()
			s := &stream{next: next}
			switch more, err := advance(s); {
			case err != nil:
				yield(ledger.Entry{}, err)
				return
			case more:
				streams = append(streams, s)
			}
		}
		var total int64
		for len(streams) > 0 {
			i := 0
			for j, s := range streams {
				if s.entry.Transaction.Recorded.Before(streams[i].entry.Transaction.Recorded) {
					i = j
				}
			}
			s := streams[i]
			total += s.entry.Balance - s.has
			e := s.entry
			e.Balance = total
			if !yield(e, nil) {
				return
			}
			switch more, err := advance(s); {
			case err != nil:
				yield(ledger.Entry{}, err)
				return
			case !more:
				streams = slices.Delete(streams, i, i+1)
			}
		}
	}
}
