package rulestest

import "slices"

// Law names something that must hold of every rule set.
type Law string

// The laws.
const (
	// ListingOrder: the order in which rules, caps and words are listed changes nothing.
	ListingOrder Law = "listing-order"
	// LineSplitting: splitting a line of an order in two changes nothing. A rule that
	// rounds by line, or spreads what it counts over lines, is noted instead.
	LineSplitting Law = "line-splitting"
	// Replay: the same event gives the same again, and nothing that went in is changed.
	Replay Law = "replay"
	// Returns: giving back every line, in any number of parts and any order, takes
	// back exactly what was given and never more; limits, caps and budgets are as before.
	Returns Law = "returns"
	// Limits: over any run of events, no limit and no cap is passed, no budget
	// overspent, and no prize given that is out of stock.
	Limits Law = "limits"
	// Awards: every order that is valid can be decided, no award is below zero, and
	// each is spread over the order's lines to the point; draws verify.
	Awards Law = "awards"
	// MoreSpend: who spends more, on a line or on one line more, earns no less.
	MoreSpend Law = "more-spend"
	// Quote: what is quoted is what is awarded, with a trace or without.
	Quote Law = "quote"
)

// Laws returns all laws, in the order in which they are checked.
func Laws() []Law {
	var all []Law
	for i := range laws {
		all = append(all, laws[i].name)
	}
	return all
}

// law is a Law with how it is checked.
type law struct {
	name Law
	says string // in one sentence
	// twist draws what the law does to the events of a sample.
	twist func(d *drawer, s *sample)
	// check is the law itself. It returns nil when the law holds of the sample, and
	// depends on nothing else than the subject and the sample.
	check func(sub *subject, s *sample) *breach
	// simplify makes simpler what twist drew.
	simplify func(m *simplifier) bool
	figures  bool // of the sample's line too
	runs     bool // the law is of a run of events, not one
	samples  int  // how many are drawn in each check; 0 is one
	twists   int  // how many are drawn for each sample; 0 is one
}

var laws = []law{
	{name: ListingOrder, says: "the order in which rules are listed changes nothing", twist: twistOrder, check: checkOrder, simplify: simplifyTurn},
	{name: LineSplitting, says: "splitting a line of an order in two changes nothing", twist: twistSplit, check: checkSplit, simplify: simplifySplit, figures: true, twists: 4},
	{name: Replay, says: "the same event gives the same again, and nothing that went in is changed", check: checkReplay},
	{name: Returns, says: "giving back all lines, in any parts, takes back exactly what was given", twist: twistReturns, check: checkReturns, simplify: simplifyTurn, runs: true},
	{name: Limits, says: "no limit, cap, budget or stock is ever passed", check: checkLimits, runs: true},
	{name: Awards, says: "every valid event can be decided, and its awards are spread over the lines to the point", check: checkAwards},
	{name: MoreSpend, says: "who spends more earns no less", twist: twistSpend, check: checkSpend, simplify: simplifySpend, samples: 4, twists: 4},
	{name: Quote, says: "what is quoted is what is awarded", check: checkQuote},
}

func lawNamed(name Law) *law {
	i := slices.IndexFunc(laws, func(l law) bool { return l.name == name })
	if i < 0 {
		return nil
	}
	return &laws[i]
}
