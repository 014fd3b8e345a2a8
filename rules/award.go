package rules

import (
	"time"

	"github.com/shopspring/decimal"
)

// Award is what one rule gave for one event. A multiplier's award is what it
// added to the base points.
type Award struct {
	Rule       string `json:"rule"`
	Unit       string `json:"unit"`
	Phase      Phase  `json:"phase"`
	Points     int64  `json:"points"` // never negative
	Qualifying bool   `json:"qualifying"`
	Terms      Terms  `json:"terms,omitzero"` // when the points become active and when they expire; zero is as the programme has it
	// Lines is how the points fall on the order's lines, in the order's own
	// sequence: they sum to Points, and their Money to a commission, so that a returned
	// line takes back exactly its share. Lines on which nothing falls are left out. Nil for an event without an
	// order.
	Lines []Share `json:"lines,omitempty"`
	// Outcomes are what it gave besides points. A commission's money falls on the lines.
	Outcomes []Outcome `json:"outcomes,omitempty"`
	Drawn    *Drawn    `json:"drawn,omitempty"` // the record of a draw, also of one that gave nothing
	// Spends are what it took out of budgets and stocks.
	Spends []Spend `json:"spends,omitempty"`
	// Counters are the usage counters these points and this use were counted under.
	Counters []Counter `json:"counters,omitempty"`
}

// Share is the part of an award that falls on one line.
type Share struct {
	Line   string `json:"line"`
	Points int64  `json:"points"`
	// Money is this line's part of a commission.
	Money decimal.Decimal `json:"money,omitzero"`
	// Carry is this line's part of what the award added to the rule's carried
	// remainder (below zero where it drew on it).
	Carry decimal.Decimal `json:"carry,omitzero"`
}

// Counter names a usage counter. Until is when its period ends (zero: never);
// after that, and after events may no longer arrive late, it may be forgotten.
//
// Keys are stored by hosts and never change their form:
//
//	rule/<rule ID>/<period>   a rule's limits: points and uses
//	cap/<cap ID>/<period>     a cap: points or uses
//	carry/<rule ID>           a rule's carried remainder, which has no end
//	draw/<rule ID>            in uses, how many draws in a row missed what is guaranteed; likewise
//
// where the period is the key package calendar gives that of the event's time, in
// the set's zone: 2026-03-02, 2026-W10, 2026-03, 2026-Q1, 2026, ever. What counts within one
// order needs no counter.
type Counter struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until,omitzero"`
}

// Usage is what a member has already had, by counter key. The caller stores it
// and adds what each Award says; evaluating never changes it.
type Usage map[string]Use

// Use is the state of one counter.
type Use struct {
	Points int64           `json:"points,omitempty"`
	Uses   int64           `json:"uses,omitempty"`
	Carry  decimal.Decimal `json:"carry,omitzero"`
	Until  time.Time       `json:"until,omitzero"`
}

// Result is what a set of rules makes of an event.
type Result struct {
	Awards []Award // by phase, then priority, then rule ID; awards of nothing are left out unless they moved a carry or drew a blank
	Trace  []Trace // one per candidate, in the same order; nil unless asked for by [Options]
	// PassedOver is how many rules of the event's type Trace leaves out. Each of them
	// would have given nothing.
	PassedOver int
	// Faults are the rules that could not be decided because their expression
	// failed. They gave nothing; the host should look into each.
	Faults []Fault
	// Cuts are what limits, caps and budgets took off awards, traced or not: the limits first, then the caps, then the budgets, each in the
	// order of the awards; nil for nothing. A rule that they left nothing may have no award. One whose use was forbidden
	// beforehand is not among them: what it would have given is not reckoned.
	Cuts []AwardCut
}

// AwardCut is a Cut with the rule whose award it was taken off.
type AwardCut struct {
	Rule string `json:"rule"`
	Unit string `json:"unit"`
	Cut
}

// Trace says what became of one rule whose trigger matched.
type Trace struct {
	Rule    string `json:"rule"`
	Name    string `json:"name,omitempty"` // the rule's, for people
	Unit    string `json:"unit"`
	Phase   Phase  `json:"phase"`
	Matched bool   `json:"matched"`
	// Failed is the first condition that did not hold, by its place in the rule:
	// "audience.tiers", "limits[0].uses". What is no field of the rule is named by
	// one of the Failed constants.
	Failed string `json:"failed,omitempty"`
	Wanted string `json:"wanted,omitempty"`
	Actual string `json:"actual,omitempty"`
	Before int64  `json:"before"` // points of the unit before the rule had its say
	After  int64  `json:"after"`  // and after it, caps apart
	Cuts   []Cut  `json:"cuts,omitempty"`
}

// Reasons in [Trace.Failed] that are no field of the rule.
const (
	FailedOrder     = "order"     // the rule counts an order, and there is none
	FailedBase      = "base"      // there are no base points to multiply on the lines it selects
	FailedExclusive = "exclusive" // the exclusive rule in Actual rules it out
	FailedCap       = "cap"       // a cap on uses leaves none
	FailedDraw      = "draw"      // it is left out of a quote: see Options.NoDraws
	FailedGroup     = "group"     // the multiplier in Actual is the one of the group that applies
)

// Cut is what a limit, a cap or a budget took off an award.
type Cut struct {
	Cap    string `json:"cap,omitempty"`    // its ID; empty for a limit of the rule's own
	Budget string `json:"budget,omitempty"` // its ID
	Limit  int64  `json:"limit,omitempty"`  // of the limit or cap, in points
	Uses   int64  `json:"uses,omitempty"`   // of a cap on uses, instead
	Per    Per    `json:"per,omitempty"`    // of a limit or a cap
	Points int64  `json:"points"`           // taken off
	Units  int64  `json:"units,omitempty"`  // pieces of an outcome, or steps of a commission, taken off
}
