package rulestest

import (
	"slices"

	"github.com/loyaltykit/loyalty/rules"
)

// checkReplay decides the same event twice, from the very same arguments.
func checkReplay(sub *subject, s *sample) *breach {
	ev, use := cloneEvent(s.events[0]), s.use.Clone()
	decide := func(label string) outcome {
		r, err := sub.evaluate(sub.set, ev, use, rules.Options{Trace: true})
		return outcome{label: label, result: r, err: err}
	}
	first := decide("first")
	kept := cloneResult(first.result) // should the second change what the first returned
	again := decide("again")
	b := breach{event: s.events[0], use: s.use, sides: []outcome{{label: "first", result: kept, err: first.err}, again}}
	switch {
	case !same(s.events[0], ev):
		b.what, b.then = "deciding the event changed the event", ev
	case !same(s.use, use):
		b.what = "deciding the event changed the member's usage"
	case !same(kept, again.result) || (first.err == nil) != (again.err == nil):
		b.what = "the same event, decided again, gives something else"
	case !same(kept, first.result):
		b.what = "deciding again changed what was returned before"
	default:
		return nil
	}
	return &b
}

// checkQuote decides an event as a quote does, and as an award is decided: the first
// without a trace and with usage read from elsewhere.
func checkQuote(sub *subject, s *sample) *breach {
	r, err := sub.evaluate(sub.set, cloneEvent(s.events[0]), s.use.Clone(), rules.Options{})
	quote := outcome{label: "quoted", result: r, err: err}
	award := sub.evaluated("awarded", s.events[0], s.use)
	if same(quote.result.Awards, award.result.Awards) && (quote.err == nil) == (award.err == nil) {
		return nil
	}
	return &breach{
		what:  "what is quoted, without a trace, is not what is awarded with one",
		event: s.events[0], use: s.use, sides: []outcome{quote, award},
	}
}

// cloneResult copies what an evaluation could still reach.
func cloneResult(r rules.Result) rules.Result {
	r.Awards, r.Trace = slices.Clone(r.Awards), slices.Clone(r.Trace)
	for i := range r.Awards {
		a := &r.Awards[i]
		a.Lines, a.Counters = slices.Clone(a.Lines), slices.Clone(a.Counters)
	}
	for i := range r.Trace {
		r.Trace[i].Cuts = slices.Clone(r.Trace[i].Cuts)
	}
	return r
}
