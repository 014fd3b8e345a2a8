package loyalty

import (
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// refund takes back what the returned part of an order earned, and gives back the
// points that paid for it. Each line's share follows the quantity returned so far, so
// returning it in any number of parts comes to the same.
func (t *turn) refund() error {
	r, s := t.event.Refund, t.state
	if t.event.Profile != nil { // which is kept, so the rules must be able to read it
		ev := rules.Event{ID: t.event.ID, Type: t.event.Type, Time: t.at, Member: s.seen()}
		if _, err := t.evaluate(&ev, nil, true, rules.Options{}); err != nil {
			return err
		}
	}
	tx, ok := t.draft.Find(t.event.Member, ledger.ReferenceID(orderReference(r.Order)))
	if !ok {
		return fmt.Errorf("%w: %s of %s", ErrUnknownOrder, r.Order, t.event.Member)
	}
	order, err := recall(&tx)
	if err != nil {
		return err
	}
	var all returns
	if err := read(s.stored, docReturns, &all); err != nil {
		return err
	}
	back, err := t.comesBack(&order, all)
	if err != nil {
		return err
	}
	t.memory.Lines = order.Lines
	t.giveBack(&tx, &order, &back)
	if err := t.takeBack(&t.side, &tx, tx.Time, order.Awards, &back, false); err != nil {
		return err
	}
	paid, err := t.backPayments(t.event.Member, orderReference(r.Order))
	if err != nil {
		return err
	}
	for i := range paid {
		o, err := recall(&paid[i])
		if err != nil {
			return err
		}
		if o.Awards != nil && !slices.Equal(o.Lines, order.Lines) {
			return fmt.Errorf("loyalty: details of transaction %s: lines are not those of order %s", paid[i].Key, r.Order)
		}
		if err := t.takeBack(&t.side, &paid[i], tx.Time, o.Awards, &back, false); err != nil {
			return err
		}
	}
	if err := t.unrefer(&tx, &order, &back); err != nil {
		return err
	}
	if back.whole {
		s.facts.Orders = max(0, s.facts.Orders-1)
	}
	t.returns = all.with(r.Order, back.record())
	return nil
}

// comeback is how much of each line of an order has come back, before and after
// this refund, in millionths.
type comeback struct {
	lines         []string
	bought        []int64
	before, after []int64
	whole         bool // nothing is left to return
}

func newComeback(lines []string, bought []int64) comeback {
	return comeback{lines: lines, bought: bought, before: make([]int64, len(lines)), after: make([]int64, len(lines))}
}

// goOn takes in a refund that has been accepted.
func (b *comeback) goOn(r *Refund) {
	copy(b.before, b.after)
	if len(r.Lines) == 0 {
		copy(b.after, b.bought)
	}
	for _, l := range r.Lines {
		if i := slices.Index(b.lines, l.Line); i >= 0 {
			n, _ := rules.Micros(l.Quantity) // validated
			b.after[i] = min(b.after[i]+n, b.bought[i])
		}
	}
	b.whole = slices.Equal(b.after, b.bought)
}

// record is what to remember: of an order returned as a whole, no more than that.
func (b *comeback) record() map[string]int64 {
	if b.whole {
		return nil
	}
	m := map[string]int64{}
	for i, n := range b.after {
		if n > 0 {
			m[b.lines[i]] = n
		}
	}
	return m
}

// share is the part of n, a line's share, that this refund is about.
func (b *comeback) share(n int64, line int) int64 {
	return portion(n, b.after[line], b.bought[line]) - portion(n, b.before[line], b.bought[line])
}

// comesBack works out what comes back, and refuses more than there is.
func (t *turn) comesBack(order *outcome, all returns) (comeback, error) {
	r := t.event.Refund
	if order.Type != TypeOrder { // erased, or not one that this programme decided
		return comeback{}, fmt.Errorf("%w: %s of %s: its lines are not on record", ErrUnknownOrder, r.Order, t.event.Member)
	}
	so, returned := all[r.Order]
	b := newComeback(order.Lines, order.Bought)
	index := make(map[string]int, len(b.lines))
	for i, line := range b.lines {
		index[line] = i
		if returned && so == nil {
			b.before[i] = b.bought[i]
		} else {
			b.before[i] = so[line]
		}
	}
	copy(b.after, b.before)
	for i, l := range r.Lines {
		j, ok := index[l.Line]
		if !ok {
			return b, invalid(fmt.Sprintf("refund.lines[%d].line", i), "%.80q is no line of order %s", l.Line, r.Order)
		}
		n, _ := rules.Micros(l.Quantity) // validated
		if n > b.bought[j]-b.before[j] {
			return b, &ReturnError{Order: r.Order, Line: l.Line, Asked: l.Quantity, Bought: micros(b.bought[j]), Returned: micros(b.before[j])}
		}
		b.after[j] += n
	}
	if len(r.Lines) == 0 {
		if returned && so == nil {
			return b, fmt.Errorf("%w: order %s was returned as a whole before", ErrReturnExceeds, r.Order)
		}
		copy(b.after, b.bought)
	}
	b.whole = slices.Equal(b.after, b.bought)
	return b, nil
}

// takeBack claws back the returned lines' shares of every award of one side, from the lots it
// went into first, and with it the use of limits, what it took of budgets, and progress to a tier as of
// when it counted. A commission goes by its money, any other outcome with the last of the order. When
// what was given has moved on to other books, those never counted it: their limits and tier stay.
func (t *turn) takeBack(o *side, given *ledger.Transaction, at time.Time, folded []award, b *comeback, moved bool) error {
	awards, policy, before := t.unfold(folded, b.lines), t.policy(o), len(o.taken)
	var back spending
	for i := range awards {
		a := &awards[i]
		part := b.part(a)
		if !moved {
			o.state.usage = o.state.usage.Return(*a, part, b.whole)
		}
		if len(a.Spends) > 0 {
			for key, f := range (rules.Funds)(nil).Return(*a, part, b.whole) {
				back = back.with(key, a.Rule, f)
			}
		}
		taken := takenOf(a, part, b.whole)
		if taken.Points == 0 && taken.Outcomes == nil {
			continue
		}
		o.taken = append(o.taken, taken)
		if taken.Points > 0 {
			o.ops = append(o.ops, ledger.Clawback{
				Unit: taken.Unit, Points: taken.Points, Lots: t.trace(o.state, taken.Unit, lotsOf(given, taken.Unit, taken.Rule)), Policy: policy, Reason: taken.Rule,
			})
		}
	}
	if !moved {
		t.qualify(o.state, o.taken[before:], -1, at)
	}
	return t.putBack(o.state.member, back)
}

// takenOf is what goes of an award with some of its shares.
func takenOf(a *rules.Award, part []rules.Share, whole bool) rules.Award {
	taken := *a
	taken.Points, taken.Lines, taken.Outcomes, taken.Drawn, taken.Spends = 0, part, nil, nil, nil
	var money decimal.Decimal
	for i := range part {
		taken.Points += part[i].Points
		money = money.Add(part[i].Money)
	}
	for _, out := range a.Outcomes {
		switch {
		case out.Kind != rules.OutcomeCommission:
			if !whole {
				continue
			}
		case money.Sign() == 0:
			continue
		default:
			out.Amount = money
		}
		taken.Outcomes = append(taken.Outcomes, out)
	}
	return taken
}

// part is what this refund is about of an award's shares, which come in the sequence of the lines.
func (b *comeback) part(a *rules.Award) []rules.Share {
	var part []rules.Share
	line := 0
	for _, s := range a.Lines {
		for b.lines[line] != s.Line {
			line++
		}
		s.Points, s.Money, s.Carry = b.share(s.Points, line), b.money(s.Money, line), b.money(s.Carry, line)
		if s.Points != 0 || s.Money.Sign() != 0 || s.Carry.Sign() != 0 {
			part = append(part, s)
		}
	}
	return part
}

// money is share for a commission or a carried remainder.
func (b *comeback) money(d decimal.Decimal, line int) decimal.Decimal {
	if d.Sign() == 0 {
		return decimal.Decimal{}
	}
	n, _ := rules.Micros(d) // it came from amounts in millionths
	return micros(b.share(n, line))
}

// lotsOf are the lots into which a transaction put what a rule awarded.
func lotsOf(tx *ledger.Transaction, unit, rule string) []string {
	var lots []string
	for _, p := range tx.Postings {
		if p.From.Flow == ledger.FlowIssued && p.Unit == unit && p.Reason == rule {
			lots = append(lots, p.To.Lot)
		}
	}
	return lots
}

// giveBack returns the spent points that paid for what comes back, last taken
// first, to the lots they came from.
func (t *turn) giveBack(tx *ledger.Transaction, order *outcome, b *comeback) {
	var from, to int64 // how many of the spent points had come back before, and have now
	for i, n := range order.Spent {
		from += portion(n, b.before[i], b.bought[i])
		to += portion(n, b.after[i], b.bought[i])
	}
	if from == to {
		return
	}
	var parts []ledger.Part
	var passed int64
	for i := len(tx.Postings) - 1; i >= 0; i-- {
		p := &tx.Postings[i]
		if p.From.Owner == "" || p.To.Flow != ledger.FlowRedeemed {
			continue
		}
		if n := min(to, passed+p.Points) - max(from, passed); n > 0 {
			parts = append(parts, ledger.Part{Lot: t.renewed(t.state, p.From.Lot), Points: n})
		}
		passed += p.Points
	}
	t.result.Returned = to - from
	t.memory.Returned = to - from
	t.ops = append(t.ops, ledger.Return{Unit: t.def.Unit, Parts: parts, Grace: t.grace(), Reason: reasonSpend})
}

func (t *turn) grace() time.Time { return t.def.Grace.Until(t.now, t.zone) }
