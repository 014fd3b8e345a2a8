package rulestest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/loyaltykit/loyalty/rules"
)

// checkAwards looks at one result by itself.
func checkAwards(sub *subject, s *sample) *breach {
	ev := s.events[0]
	o := sub.evaluated("result", ev, s.before)
	b := &breach{event: ev, before: s.before, sides: []outcome{o}}
	if o.err != nil {
		b.what = fmt.Sprintf("a valid event cannot be decided: %v", o.err)
		return b
	}
	for _, f := range o.result.Faults {
		b.what, b.rules = fmt.Sprintf("rule %q cannot be decided: its %s fails: %s", f.Rule, f.Field, f.Reason), []string{f.Rule}
		return b
	}
	for i := range o.result.Awards {
		a := &o.result.Awards[i]
		if what := cmp.Or(checkAward(a, ev.Order), sub.checkDrawn(a)); what != "" {
			b.what, b.rules = what, []string{a.Rule}
			return b
		}
	}
	return nil
}

// checkAward says what is wrong with an award, or "".
func checkAward(a *rules.Award, o *rules.Order) string {
	if a.Points < 0 {
		return fmt.Sprintf("rule %q takes %s away", a.Rule, count(-a.Points, a.Unit))
	}
	if o == nil {
		if len(a.Lines) > 0 {
			return fmt.Sprintf("rule %q gives on line %q of an event without an order", a.Rule, a.Lines[0].Line)
		}
		return ""
	}
	sum, spread, last := int64(0), int64(0), -1
	for _, share := range a.Lines {
		at := slices.IndexFunc(o.Lines, func(l rules.Line) bool { return l.ID == share.Line })
		switch {
		case at < 0:
			return fmt.Sprintf("rule %q gives on line %q, which the order does not have", a.Rule, share.Line)
		case at <= last:
			return fmt.Sprintf("rule %q gives on line %q out of the order's sequence", a.Rule, share.Line)
		case share.Points < 0:
			return fmt.Sprintf("rule %q takes %s away on line %q", a.Rule, count(-share.Points, a.Unit), share.Line)
		}
		last, sum, spread = at, sum+share.Points, spread+micros(share.Money)
	}
	if paid := commissionOf(a); spread != paid {
		return fmt.Sprintf("rule %q gives a commission of %s, but %s on the lines together", a.Rule, price(money(paid)), price(money(spread)))
	}
	if sum != a.Points {
		return fmt.Sprintf("rule %q gives %s, but %d on the lines together", a.Rule, count(a.Points, a.Unit), sum)
	}
	return ""
}

// checkDrawn says what is wrong with the record of a draw, or "".
func (sub *subject) checkDrawn(a *rules.Award) string {
	r := sub.byID[a.Rule]
	if a.Drawn == nil || r == nil || r.Effect.Draw == nil {
		return ""
	}
	if err := rules.VerifyDraw(secret, a.Rule, *r.Effect.Draw, *a.Drawn); err != nil {
		return fmt.Sprintf("what rule %q drew does not verify: %v", a.Rule, err)
	}
	return ""
}
