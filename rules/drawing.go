package rules

import (
	"fmt"
	"strings"
)

// drawing is a compiled [Draw].
type drawing struct {
	src  *Draw
	odds []byte // the hash
	hash string
}

// draw checks a draw.
func (c *checker) draw(d *Draw) *drawing {
	if !c.most("prizes", len(d.Prizes), MaxPrizes) {
		return nil
	}
	if d.Of <= 0 || d.Of > MaxOdds {
		c.report("of", "must be between 1 and 10^12: what the odds of all prizes add up to")
	}
	seen, sum := make(map[string]int, len(d.Prizes)), int64(0)
	c.each("prizes", len(d.Prizes), func(i int) {
		p := &d.Prizes[i]
		c.unique("prizes", seen, p.ID, i)
		if strings.Contains(p.ID, "/") {
			c.report("id", "has a slash: %s", quote(p.ID))
		}
		switch {
		case p.Odds <= 0:
			c.report("odds", "must be above zero")
		case p.Odds > MaxOdds:
			c.report("odds", "must be at most 10^12")
		default:
			sum += p.Odds // at most 10^15
		}
		if p.Points < 0 || p.Points > MaxPoints {
			c.report("points", "must be between 0 and 10^12")
		}
		if p.Stock < 0 {
			c.report("stock", "must not be negative")
		}
		if !p.Outcome.IsZero() {
			c.unused("points", p.Points != 0, "a prize is points or an outcome: make two rules of it")
			c.in("outcome", func() { c.outcome(&p.Outcome) })
		}
	})
	switch {
	case len(d.Prizes) == 0:
		c.report("prizes", "are missing")
	case sum < d.Of:
		c.report("prizes", "have odds of %d together, less than %d: list what wins nothing as a prize too", sum, d.Of)
	case sum > d.Of:
		c.report("prizes", "have odds of %d together, more than %d", sum, d.Of)
	}
	c.guarantee(d)
	return &drawing{src: d, odds: d.sum(), hash: d.Hash()}
}

func (c *checker) guarantee(d *Draw) {
	ids := make([]string, len(d.Prizes))
	for i := range ids {
		ids[i] = d.Prizes[i].ID
	}
	known := func(field, id string) bool {
		if d.prize(id) == nil {
			c.report(field, "there is no prize %s%s", quote(id), c.didYouMean(id, ids))
			return false
		}
		return true
	}
	if g := d.Guarantee; g != (Guarantee{}) {
		c.in("guarantee", func() {
			if g.After <= 0 || g.After > MaxOdds {
				c.report("after", "must be between 1 and 10^12")
			}
			known("prize", g.Prize)
		})
	}
	if d.Instead != "" && known("instead", d.Instead) && d.prize(d.Instead).Stock > 0 {
		c.report("instead", "is %s, which may be out of stock itself", quote(d.Instead))
	}
}

// drawPrefix begins the key of the counter of draws that missed what is guaranteed.
const drawPrefix = "draw/"

// step is what a draw adds to the counter: a miss one, and a win takes off the misses before it.
func (d *Drawn) step() int64 {
	if d != nil && d.Won {
		return -d.Misses
	}
	return 1
}

// stockKey is the key of a prize's stock.
func stockKey(rule, prize string) string { return "stock/" + rule + "/" + prize }

// draw draws a prize.
func (e *evaluation) draw(a *award) error {
	r := a.rule
	d := r.draw
	switch {
	case len(e.secret) < MinSecret:
		return &EventError{Field: "secret", Reason: fmt.Sprintf("has %d bytes, fewer than the %d that rule %s needs to draw", len(e.secret), MinSecret, quote(r.src.ID))}
	case e.event.ID == "":
		return &EventError{Field: "id", Reason: "is missing: rule " + quote(r.src.ID) + " draws by it"}
	}
	t := Ticket{Rule: r.src.ID, Event: e.event.ID, Member: e.event.Member.ID}
	drawn := &Drawn{
		Commitment: Commitment(e.secret), Odds: d.hash, Event: t.Event, Member: t.Member,
		Number: int64(drawNumber(e.secret, d.odds, t, uint64(d.src.Of))),
	}
	if d.src.Guarantee.After > 0 {
		drawn.Misses = max(e.usage[drawPrefix+t.Rule].Uses, 0)
	}
	prize, because, err := d.src.settle(drawn.Number, drawn.Misses, func(p *Prize) (int64, error) {
		key := stockKey(t.Rule, p.ID)
		fund, ok := e.given[key]
		if !ok {
			return 0, &EventError{Field: "funds[" + quote(key) + "]", Reason: "is missing: how many are left of the prize?"}
		}
		return fund.Pieces, nil
	})
	if err != nil {
		return err
	}
	drawn.Because, drawn.Won = because, d.src.wins(prize)
	a.drawn = drawn
	if prize == nil {
		return nil
	}
	drawn.Prize = prize.ID
	a.earned = prize.Points
	if !prize.Outcome.IsZero() {
		a.outcome, a.pieces = &prize.Outcome, max(prize.Outcome.Quantity, 1)
		a.pieceCost, _ = micros(prize.Outcome.Cost)
	}
	if prize.Stock > 0 {
		a.spends = append(a.spends, Spend{Key: stockKey(t.Rule, prize.ID), Fund: Fund{Pieces: 1}})
	}
	if e.event.Order != nil {
		a.weights = e.weigh(a.lines, func(l *line) int64 { return l.net })
	}
	return nil
}
