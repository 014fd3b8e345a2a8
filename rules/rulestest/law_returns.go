package rulestest

import (
	"cmp"
	"fmt"
	"math/rand/v2"

	"github.com/loyaltykit/loyalty/rules"
)

func twistReturns(d *drawer, s *sample) { s.turn = d.upTo(0, 1000) }

// played is what came of a sample's events, decided one after the other.
type played struct {
	sides []outcome
	now   state       // after the last
	start rules.Funds // with what was full when an event first looked
}

// play decides a sample's events, and reports whether all could be.
func (sub *subject) play(s *sample) (p played, ok bool) {
	p = played{now: s.before.clone(), start: s.before.funds.Clone()}
	if p.start == nil {
		p.start = rules.Funds{}
	}
	for i, ev := range s.events {
		for key, left := range sub.filled(ev, p.now.funds) {
			if _, known := p.start[key]; !known {
				p.start[key] = left
			}
		}
		o := sub.evaluated(eventLabel(i), ev, p.now)
		if o.err != nil {
			return p, false
		}
		p.sides = append(p.sides, o)
		p.now = sub.after(ev, p.now, o.result.Awards)
	}
	return p, true
}

// part is a piece of an award's share that comes back by itself.
type part struct {
	award *rules.Award
	share rules.Share
}

// checkReturns decides the events one after the other, then gives back every line of
// all of them: in whole lines as they come when turn is 0, else in parts, shuffled.
func checkReturns(sub *subject, s *sample) *breach {
	p, ok := sub.play(s)
	if !ok {
		return nil // told by the law of awards
	}
	b := &breach{event: s.events[0], before: s.before, sides: p.sides}
	var parts []part
	for i := range p.sides {
		for k := range p.sides[i].result.Awards {
			parts = append(parts, split(&p.sides[i].result.Awards[k], s.turn)...)
		}
	}
	if s.turn > 0 {
		r := rand.New(rand.NewPCG(uint64(s.turn), 1))
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	}
	if b.what, b.rules = sub.giveBackAll(&p.now, parts); b.what != "" {
		return b
	}
	if what := cmp.Or(usageDiffers(s.before.use, p.now.use), fundsDiffer(p.start, p.now.funds)); what != "" {
		b.what = "with everything returned, " + what
		return b
	}
	return nil
}

// giveBackAll gives back one part after the other, and says where they come to more
// than their award, or to less in the end.
func (sub *subject) giveBackAll(now *state, parts []part) (what string, ids []string) {
	left, pieces := map[*rules.Award]int64{}, map[*rules.Award]int{}
	for _, p := range parts {
		left[p.award] = p.award.Points
		pieces[p.award]++
	}
	for _, p := range parts {
		a := p.award
		left[a] -= p.share.Points
		pieces[a]--
		shares, whole := []rules.Share{p.share}, pieces[a] == 0
		now.use, now.funds = sub.giveBack(now.use, *a, shares, whole), sub.putBack(now.funds, *a, shares, whole)
		switch rest := left[a]; {
		case rest < 0:
			return fmt.Sprintf("returning takes back %s more than rule %q gave", count(-rest, a.Unit), a.Rule), []string{a.Rule}
		case rest > 0 && whole:
			return fmt.Sprintf("with all lines returned, what rule %q gave is not all taken back: %s left", a.Rule, count(rest, a.Unit)), []string{a.Rule}
		}
	}
	return "", nil
}

func eventLabel(i int) string { return fmt.Sprintf("event %d", i+1) }

// split returns an award's shares, each in two when turn is odd. What fell on no
// line comes back as a share of none.
func split(a *rules.Award, turn int) []part {
	shares := a.Lines
	if shares == nil {
		shares = []rules.Share{{Points: a.Points}}
	}
	var parts []part
	for _, share := range shares {
		if turn%2 == 1 {
			half := share
			half.Points, half.Carry, half.Money = share.Points/2, money(micros(share.Carry)/2), money(micros(share.Money)/2)
			share.Money = money(micros(share.Money) - micros(half.Money))
			share.Points, share.Carry = share.Points-half.Points, money(micros(share.Carry)-micros(half.Carry))
			parts = append(parts, part{a, half})
		}
		parts = append(parts, part{a, share})
	}
	return parts
}

// fundsDiffer says which budget or stock is not what it was, or "".
func fundsDiffer(before, after rules.Funds) string {
	for _, key := range sortedKeys(before) {
		if was, is := before[key], after[key]; was.Points != is.Points || was.Pieces != is.Pieces || !was.Money.Equal(is.Money) {
			return fmt.Sprintf("%s has %s left, where it had %s before", key, jsonText(is), jsonText(was))
		}
	}
	return ""
}

// usageDiffers says which counter is not what it was, or "".
func usageDiffers(before, after rules.Usage) string {
	keys := map[string]bool{}
	for key := range before {
		keys[key] = true
	}
	for key := range after {
		keys[key] = true
	}
	for _, key := range sortedKeys(keys) {
		was, is := before[key], after[key]
		if was.Points != is.Points || was.Uses != is.Uses || !was.Carry.Equal(is.Carry) {
			return fmt.Sprintf("the counter %s holds %s, where it held %s before", key, useText(is), useText(was))
		}
	}
	return ""
}
