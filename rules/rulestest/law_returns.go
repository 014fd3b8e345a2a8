package rulestest

import (
	"fmt"
	"math/rand/v2"

	"github.com/loyaltykit/loyalty/rules"
)

func twistReturns(d *drawer, s *sample) { s.turn = d.upTo(0, 1000) }

// part is a piece of an award's share that comes back by itself.
type part struct {
	award *rules.Award
	event int
	share rules.Share
}

// checkReturns decides the events one after the other, then gives back every line of
// all of them: in whole lines as they come when turn is 0, else in parts, shuffled.
func checkReturns(sub *subject, s *sample) *breach {
	use := s.use.Clone()
	var sides []outcome
	var parts []part
	b := &breach{event: s.events[0], use: s.use}
	for i, ev := range s.events {
		o := sub.evaluated(eventLabel(i), ev, use)
		if o.err != nil {
			return nil // told by the law of awards
		}
		use = sub.add(use, o.result.Awards)
		sides = append(sides, o)
		for k := range o.result.Awards {
			parts = append(parts, split(&o.result.Awards[k], i, s.turn)...)
		}
	}
	b.sides = sides
	shuffle := rand.New(rand.NewPCG(uint64(s.turn), 1))
	if s.turn > 0 {
		shuffle.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	}
	left, pieces := map[*rules.Award]int64{}, map[*rules.Award]int{}
	for _, p := range parts {
		left[p.award] = p.award.Points
		pieces[p.award]++
	}
	for _, p := range parts {
		pieces[p.award]--
		use = sub.giveBack(use, *p.award, []rules.Share{p.share}, pieces[p.award] == 0)
		left[p.award] -= p.share.Points
		switch rest := left[p.award]; {
		case rest < 0:
			b.what = fmt.Sprintf("returning takes back %s more than rule %q gave", count(-rest, p.award.Unit), p.award.Rule)
		case rest > 0 && pieces[p.award] == 0:
			b.what = fmt.Sprintf("with all lines returned, what rule %q gave is not all taken back: %s left", p.award.Rule, count(rest, p.award.Unit))
		}
		if b.what != "" {
			b.rules = []string{p.award.Rule}
			return b
		}
	}
	if what := usageDiffers(s.use, use); what != "" {
		b.what = "with everything returned, " + what
		return b
	}
	return nil
}

func eventLabel(i int) string { return fmt.Sprintf("event %d", i+1) }

// split returns an award's shares, each in two when turn is odd. What fell on no
// line comes back as a share of none.
func split(a *rules.Award, event, turn int) []part {
	shares := a.Lines
	if shares == nil {
		shares = []rules.Share{{Points: a.Points}}
	}
	var parts []part
	for _, share := range shares {
		if turn%2 == 1 {
			half := share
			half.Points, half.Carry = share.Points/2, money(micros(share.Carry)/2)
			share.Points, share.Carry = share.Points-half.Points, money(micros(share.Carry)-micros(half.Carry))
			parts = append(parts, part{a, event, half})
		}
		parts = append(parts, part{a, event, share})
	}
	return parts
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
