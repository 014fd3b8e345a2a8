package rulestest

import (
	"math/bits"

	"github.com/loyaltykit/loyalty/rules"
)

// rounded is how much rounding alone may take off what an order gives when more is
// bought, which rule to tell of, and why.
type rounded struct {
	by, why string
	most    int64
}

// rounded reckons it for what an order gives of a unit, or in commissions:
//
//   - A multiplier for some lines multiplies whole base points. Of those that a rule
//     counts, what is spent elsewhere may draw off one for the fraction that falls
//     away, and one for whose remainder is the largest.
//   - A rule that rounds line by line what is spread over the lines, such as shipping
//     or a discount on the order, may lose a step on each line.
func (sub *subject) rounded(unit string, order *rules.Order, sides ...*outcome) (r rounded) {
	factor, drawnOff, lost := int64(million), int64(0), int64(0)
	for _, rule := range sub.matched(unit, sides) {
		step := int64(1)
		switch e := &rule.Effect; {
		case e.Kind == rules.Multiplier:
			factor = ceilMul(factor, micros(e.Factor))
			if narrows(&rule.Lines) && r.by == "" {
				r.by, r.why = rule.ID, "base points are whole on each line, and one may move to a line it does not multiply"
			}
			continue
		case e.Kind == rules.Commission:
			if step = micros(e.Step); step == 0 {
				step = cent
			}
		case e.Blocks:
			step = e.Points
		}
		switch {
		case rule.Effect.PerLine && spreads(rule, order):
			lost += step * int64(len(order.Lines))
			r.by, r.why = rule.ID, "it rounds line by line (per_line) what is spread over the lines"
		case rule.Effect.PerLine || rule.Effect.Kind == rules.Fixed || rule.Phase == rules.PhaseBonus:
		default:
			drawnOff += step + 1
		}
	}
	if r.by != "" {
		shifted := ceilMul(drawnOff*million, factor-million)
		r.most = (ceilMul(lost*million, factor) + shifted + million - 1) / million
	}
	return r
}

// matched are the rules of a unit that matched in any of the results; for commissions
// those that give them.
func (sub *subject) matched(unit string, sides []*outcome) (found []*rules.Rule) {
	seen := map[string]bool{}
	for _, o := range sides {
		for i := range o.result.Trace {
			t := &o.result.Trace[i]
			r := sub.byID[t.Rule]
			if !t.Matched || r == nil || seen[r.ID] {
				continue
			}
			if pays := r.Effect.Kind == rules.Commission; pays && unit == commissions || !pays && t.Unit == unit {
				seen[r.ID] = true
				found = append(found, r)
			}
		}
	}
	return found
}

// spreads reports whether the money that a rule counts on a line depends on what the
// other lines cost.
func spreads(r *rules.Rule, o *rules.Order) bool {
	b := &r.Effect.Basis
	return !b.PaidInPoints && !o.PaidInPoints.IsZero() || !b.PaidByGiftCard && !o.PaidByGiftCard.IsZero() ||
		!narrows(&r.Lines) && (!o.Discount.IsZero() || b.Shipping && !o.Shipping.IsZero())
}

// ceilMul multiplies millionths, rounding up; beyond what is sensible it stays there.
func ceilMul(a, b int64) int64 {
	const most = int64(1) << 60
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= million {
		return most
	}
	q, rest := bits.Div64(hi, lo, million)
	if rest > 0 {
		q++
	}
	return int64(min(q, uint64(most)))
}
