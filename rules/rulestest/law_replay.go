package rulestest

import (
	"slices"

	"github.com/loyaltykit/loyalty/rules"
)

// checkReplay decides the same event twice, from the very same arguments.
func checkReplay(sub *subject, s *sample) *breach {
	ev, use := cloneEvent(s.events[0]), s.before.use.Clone()
	opt := sub.options(ev, s.before)
	opt.Trace = true
	funds := opt.Funds.Clone()
	decide := func(label string) outcome {
		r, err := sub.evaluate(sub.set, ev, use, opt)
		return outcome{label: label, result: r, err: err}
	}
	first := decide("first")
	kept := cloneResult(first.result) // should the second change what the first returned
	again := decide("again")
	b := breach{event: s.events[0], before: s.before, sides: []outcome{{label: "first", result: kept, err: first.err}, again}}
	switch {
	case !same(s.events[0], ev):
		b.what, b.then = "deciding the event changed the event", ev
	case !same(s.before.use, use):
		b.what = "deciding the event changed the member's usage"
	case !same(funds, opt.Funds):
		b.what = "deciding the event changed what is left of budgets"
	case !same(kept, again.result) || (first.err == nil) != (again.err == nil):
		b.what = "the same event, decided again, gives something else"
	case !same(kept, first.result):
		b.what = "deciding again changed what was returned before"
	default:
		return nil
	}
	return &b
}

// checkQuote decides an event as a quote does, without a trace, and as an award is
// decided. A quote may also leave out draws: where none would have come to be, it is
// still the same.
func checkQuote(sub *subject, s *sample) *breach {
	quoted := func(noDraws bool) outcome {
		opt := sub.options(s.events[0], s.before)
		opt.NoDraws = noDraws
		r, err := sub.evaluate(sub.set, cloneEvent(s.events[0]), s.before.use.Clone(), opt)
		return outcome{label: "quoted", result: r, err: err}
	}
	award := sub.evaluated("awarded", s.events[0], s.before)
	b := &breach{event: s.events[0], before: s.before}
	quote := quoted(false)
	b.sides = []outcome{quote, award}
	if !same(quote.result.Awards, award.result.Awards) || (quote.err == nil) != (award.err == nil) {
		b.what = "what is quoted, without a trace, is not what is awarded with one"
		return b
	}
	if slices.ContainsFunc(award.result.Awards, func(a rules.Award) bool { return a.Drawn != nil }) {
		return nil
	}
	if quote = quoted(true); !same(quote.result.Awards, award.result.Awards) && award.err == nil {
		b.what, b.sides = "what is quoted, leaving out draws, is not what is awarded", []outcome{quote, award}
		return b
	}
	return nil
}

// cloneResult copies what an evaluation could still reach.
func cloneResult(r rules.Result) rules.Result {
	r.Awards, r.Trace, r.Cuts = slices.Clone(r.Awards), slices.Clone(r.Trace), slices.Clone(r.Cuts)
	for i := range r.Awards {
		a := &r.Awards[i]
		a.Lines, a.Counters = slices.Clone(a.Lines), slices.Clone(a.Counters)
		a.Outcomes, a.Spends = slices.Clone(a.Outcomes), slices.Clone(a.Spends)
		if a.Drawn != nil {
			a.Drawn = new(*a.Drawn)
		}
	}
	for i := range r.Trace {
		r.Trace[i].Cuts = slices.Clone(r.Trace[i].Cuts)
	}
	return r
}
