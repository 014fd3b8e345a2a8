package loyalty

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// BudgetShards is over how many records a budget or a stock is spread, so that members who draw on
// it at the same time do not all write to one.
const BudgetShards = 16

// BudgetUnit is the unit in which these records count: points, pieces, or millionths of money, as
// the budget does. A programme that has one must not call its own points so.
const BudgetUnit = "budget"

// TypeBudget is the kind of the transactions in them.
const TypeBudget = "budget"

// Where what is in a budget goes to, and comes back from.
const (
	flowAwarded   = "awarded"
	flowWithdrawn = "withdrawn" // when the definition has less in it than it had
)

// amountOf is a fund as it is kept.
func amountOf(f rules.Fund) int64 {
	money, _ := rules.Micros(f.Money) // the rules gave it
	return f.Points + f.Pieces + money
}

// fundLike is an amount in the form of another fund.
func fundLike(f rules.Fund, amount int64) rules.Fund {
	switch {
	case f.Money.Sign() != 0:
		return rules.Fund{Money: micros(amount)}
	case f.Pieces != 0:
		return rules.Fund{Pieces: amount}
	}
	return rules.Fund{Points: amount}
}

// plenty is more than any one award takes.
func plenty(f rules.Fund) rules.Fund {
	switch {
	case f.Money.Sign() != 0:
		return rules.Fund{Money: decimal.NewFromInt(rules.MaxAmount - 1)}
	case f.Pieces != 0:
		return rules.Fund{Pieces: rules.MaxAward}
	}
	return rules.Fund{Points: rules.MaxAward}
}

// ask asks the rules with what is left of budgets and stocks. Most events need none, and of those
// that do most find enough in one shard of each; only when it has too little are the others looked at.
func (t *turn) ask(ev *rules.Event, usage rules.Usage, told bool) (rules.Result, error) {
	opt := rules.Options{Trace: t.quote, NoDraws: t.quote, Secret: t.secret}
	needs := t.rules.Needs(ev)
	if len(needs) == 0 {
		return t.evaluate(ev, usage, told, opt)
	}
	opt.Funds = make(rules.Funds, len(needs))
	for i := range needs {
		opt.Funds[needs[i].Key] = plenty(needs[i].Full)
	}
	cut := make(map[string]bool, len(needs)) // those that have less than is asked for
	for {
		got, err := t.evaluate(ev, usage, told, opt)
		if err != nil {
			return got, err
		}
		enough := true
		wanted := spends(got.Awards)
		for i := range needs {
			n := &needs[i]
			if sum := wanted.of(n.Key); sum > 0 && !cut[n.Key] {
				left, err := t.left(n, ev.Member.ID, sum)
				if err != nil {
					return got, err
				}
				if left < sum {
					opt.Funds[n.Key], cut[n.Key], enough = fundLike(n.Full, left), true, false
				}
			}
		}
		if enough {
			return got, nil
		}
	}
}

// left is what a member finds in a budget: enough of it if there is.
func (t *turn) left(need *rules.Need, member string, enough int64) (int64, error) {
	list, err := t.reachable(need, member, enough)
	var sum int64
	for i := range list {
		sum += list[i].left()
	}
	return sum, err
}

// reachable are the shards a member draws on: their own when it has enough, and all otherwise.
func (t *turn) reachable(need *rules.Need, member string, enough int64) ([]shard, error) {
	own, err := t.shards(need.Key, homeShard(member))
	if err != nil || own[0].doc.Full == amountOf(need.Full) && own[0].has >= enough {
		return own, err
	}
	return t.allShards(need, member)
}

// spending is what awards take out of budgets, in their order.
type spending []spend

type spend struct {
	key, rule string
	amount    int64
}

func spends(awards []rules.Award) (list spending) {
	for i := range awards {
		for _, s := range awards[i].Spends {
			list = list.with(s.Key, awards[i].Rule, s.Fund)
		}
	}
	return list
}

func (list spending) with(key, rule string, f rules.Fund) spending {
	if n := amountOf(f); n > 0 {
		list = append(list, spend{key, rule, n})
	}
	return list
}

func (list spending) of(key string) (sum int64) {
	for i := range list {
		if list[i].key == key {
			sum += list[i].amount
		}
	}
	return sum
}

func (list spending) keys() []string {
	keys := map[string]bool{}
	for i := range list {
		keys[list[i].key] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

// take takes what one side's awards spend out of the shards, in transactions of theirs that are
// committed with the member's.
func (t *turn) take(ev *rules.Event, awards []rules.Award) error {
	wanted := spends(awards)
	if wanted == nil {
		return nil
	}
	needs := t.rules.Needs(ev)
	for _, key := range wanted.keys() {
		i := slices.IndexFunc(needs, func(n rules.Need) bool { return n.Key == key })
		if i < 0 {
			return fmt.Errorf("loyalty: rules spend of %q, which they do not need", key)
		}
		list, err := t.reachable(&needs[i], ev.Member.ID, wanted.of(key))
		if err != nil {
			return err
		}
		id := ownID("budget", t.event.Member, t.event.ID, ev.Member.ID, ev.Type, key)
		short, err := t.spread(list, wanted, key, id, (*shard).left, func(s *shard, n int64, rule string) ledger.Op {
			return ledger.Redeem{Unit: BudgetUnit, Points: n, Flow: flowAwarded, Reason: rule}
		})
		if err == nil && short {
			err = fmt.Errorf("loyalty: rules spend more of %q than is left", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putBack gives budgets back what a refund takes of awards, to where a member draws on them first
// as far as it was taken there.
func (t *turn) putBack(member string, back spending) error {
	for _, key := range back.keys() {
		at := around(member)
		if own, err := t.shards(key, at[0]); err != nil {
			return err
		} else if own[0].spent >= back.of(key) {
			at = at[:1]
		}
		list, err := t.shards(key, at...)
		if err != nil {
			return err
		}
		id := ownID("budget", t.event.Member, t.event.ID, member, key)
		if _, err := t.spread(list, back, key, id, func(s *shard) int64 { return s.spent }, func(s *shard, n int64, rule string) ledger.Op {
			return ledger.Return{Unit: BudgetUnit, Parts: []ledger.Part{{Lot: budgetLot, Points: n}}, Flow: flowAwarded, Reason: rule}
		}); err != nil {
			return err
		}
	}
	return nil
}

// spread posts amounts of one budget over shards, each as far as it has room. short is whether they
// had too little.
func (t *turn) spread(list []shard, amounts spending, key, id string, room func(*shard) int64, op func(*shard, int64, string) ledger.Op) (short bool, err error) {
	details, err := json.Marshal(cause{Type: t.event.Type, Of: ledger.Key{Owner: t.event.Member, ID: t.event.ID}})
	if err != nil {
		return false, err
	}
	next, rest := 0, int64(0) // the amount at hand, and what of it is to be placed
	for i := range list {
		s := &list[i]
		var ops []ledger.Op
		for free := room(s); free > 0; {
			for rest == 0 && next < len(amounts) {
				if amounts[next].key == key {
					rest = amounts[next].amount
				}
				next++
			}
			n := min(free, rest)
			if n == 0 {
				break
			}
			ops = append(ops, op(s, n, amounts[next-1].rule))
			free, rest = free-n, rest-n
		}
		if err := s.post(t.draft, ledger.Request{
			Owner: s.owner, ID: id, At: t.now, Time: t.at, Kind: TypeBudget, Reason: t.reason(), Details: details,
		}, ops...); err != nil {
			return false, err
		}
	}
	for ; next < len(amounts) && rest == 0; next++ {
		if amounts[next].key == key {
			rest = amounts[next].amount
		}
	}
	return rest > 0, nil
}

// needsAt are the budgets and stocks of a moment, by key.
func (p *programme) needsAt(at time.Time) []rules.Need {
	all := map[string]rules.Need{}
	seen := map[string]bool{}
	def := p.rules.Definition()
	for i := range def.Rules {
		typ := def.Rules[i].Trigger
		if seen[typ] {
			continue
		}
		seen[typ] = true
		for _, n := range p.rules.Needs(&rules.Event{Type: typ, Time: at}) {
			all[n.Key] = n
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b rules.Need) int { return cmp.Compare(a.Key, b.Key) })
}
