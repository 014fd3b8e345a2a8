package rules

import (
	"fmt"
	"slices"
)

// Options says how to evaluate. The zero Options is fine.
type Options struct {
	// Trace says what became of the candidates: the rules of the event's type but
	// those that the index passes over, because they pick goods of which the order
	// has none, or are for stores or segments that are not the event's or the
	// member's. [Result.PassedOver] counts these. It takes time and memory for each
	// candidate.
	Trace bool
	// TraceAll is Trace, and says what became of those too. It takes time and memory
	// for every rule of the event's type: good for asking why a rule gave nothing,
	// not for every order under ten thousand rules.
	TraceAll bool
	// Funds are what is left of the budgets and stocks that [Set.Needs] names. One
	// that an award would draw on and that is not here is an error.
	Funds Funds
	// Secret makes the numbers of draws; its [Commitment] is published before the
	// first. It has at least [MinSecret] bytes, or is nil where no rule draws.
	Secret []byte
	// NoDraws leaves out draws, as in a quote: what they would give is not told, and
	// no secret is needed.
	NoDraws bool
}

// Evaluate returns what the set awards for an event to a member who already had
// what use says. It changes none of its arguments, reads no clock, and does not
// depend on the order in which the rules are listed.
//
// An event that does not pass [Event.Validate], an attribute that is not of the type
// the definition declares, a carried remainder that is out of range, an award beyond
// [MaxAward], points that await the delivery of an order without an ID, and a fund or
// a secret that is missing where it is needed, are an [*EventError].
//
// Base rules come first. Each is rounded by itself and cut by its own limits.
//
// Multipliers come next, and multiply the base points of their unit on the lines
// they select. Each line's base points are multiplied by its own stacked factor:
// the groups' factors multiplied together, each made by the group's [StackMode]
// from those of its multipliers that select the line. The exact products are
// summed over the order and rounded once, by the Round of the first multiplier
// that applies (the one of highest priority), so that ×1.5 and ×2 on 19 points
// make round(57). What multiplying adds is attributed to the multipliers one after
// the other, by priority, each with what it adds to those before it. A
// multiplier's own limits cut what it adds; the others still add theirs.
//
// Bonuses come after and are not multiplied; so do outcomes, commissions and draws.
// At last the caps cut what is beyond them, and then the budgets.
func (s *Set) Evaluate(ev *Event, use Usage, opt Options) (Result, error) {
	e := s.begin()
	defer e.end()
	e.event, e.usage, e.tracing, e.scanning = ev, use, opt.Trace || opt.TraceAll, opt.TraceAll
	e.given, e.secret, e.noDraws = opt.Funds, opt.Secret, opt.NoDraws
	if err := ev.read(&e.order); err != nil {
		return Result{}, err
	}
	if err := e.readAttributes(); err != nil {
		return Result{}, err
	}
	trigger := s.triggers[ev.Type]
	if trigger == nil {
		return Result{}, nil
	}
	e.sums = e.arena.take(len(s.units))
	found := e.candidates(trigger)
	if e.tracing {
		e.traces = make([]Trace, 0, len(found))
	}
	for phase := range phaseCount {
		var of []int32
		if of, found = trigger.split(found, phase); len(of) == 0 {
			continue
		}
		if err := e.phase(trigger, of, phase == multiplierPhase); err != nil {
			return Result{}, err
		}
	}
	e.cap()
	if err := e.cutByBudgets(); err != nil {
		return Result{}, err
	}
	return e.result()
}

// evaluation is the work on one event.
type evaluation struct {
	*scratch
	set       *Set
	event     *Event
	order     order
	usage     Usage
	custom    []operand                             // the attributes that are declared; nil when the event has none of them
	gathered  [fieldLabels - fieldSKUs + 1][]string // of the order's lines, as far as they were needed
	lineViews []LineView                            // likewise
	faults    []Fault
	given     Funds
	funds     []fund // as far as they were needed
	secret    []byte
	noDraws   bool
	tracing   bool
	scanning  bool    // look at all rules, not only at those the index finds
	admitted  bool    // the gates of all candidates have admitted the event
	passed    int     // over, by the index
	sums      []int64 // points awarded so far, by unit
	stretches [len(pers)]stretch
	traces    []Trace
	cuts      []AwardCut
}

// scratch is memory that one evaluation hands to the next. All of it is empty in
// between, or written before it is read.
type scratch struct {
	finder   finder
	arena    arena
	bases    []basis      // as far as they were needed
	base     []basePoints // by unit, while multiplying
	selected []int32      // selections of lines lie here, one after the other
	matches  []match      // of the phase at hand
	awards   []award
	capped   []Counter // of the caps, as far as they were needed
	key      []byte    // where keys are put together
}

// begin returns an evaluation with the scratch memory of an earlier one.
func (s *Set) begin() *evaluation {
	e, ok := s.idle.Get().(*evaluation)
	if !ok {
		e = &evaluation{scratch: &scratch{}}
	}
	e.set = s
	return e
}

// end gives the scratch memory back. All else is forgotten, so that no event shows
// in the next.
func (e *evaluation) end() {
	set, s := e.set, e.scratch
	s.arena.reset()
	s.bases, s.base, s.selected = s.bases[:0], s.base[:0], s.selected[:0]
	s.matches, s.awards, s.capped = s.matches[:0], s.awards[:0], s.capped[:0]
	*e = evaluation{}
	e.scratch = s
	set.idle.Put(e)
}

// match is a rule whose conditions hold.
type match struct {
	rule  *rule
	at    int32   // its position
	lines []int32 // selected, ascending; nil: all
	trace int     // index of its trace
}

// award is an [Award] in the making.
type award struct {
	rule    *rule
	lines   []int32 // on which the points fall; nil: all
	weights []int64 // of lines
	wide    weights // of lines, when they do not fit weights
	earned  int64   // before limits and caps; the carry is reckoned with it
	points  int64
	shares  []int64 // of lines, for sharesOf points
	shared  int64
	trace   int

	steps     int64    // of money, in steps of the effect
	outcome   *Outcome // given pieces times
	pieces    int64
	pieceCost int64 // millionths
	drawn     *Drawn
	spends    []Spend
}

// phase lets the rules at some positions, all of one phase, have their say.
func (e *evaluation) phase(t *trigger, positions []int32, multiplying bool) error {
	if multiplying {
		e.gatherBase()
	}
	firstTrace, firstAward := len(e.traces), len(e.awards)
	e.matches = e.matches[:0]
	for _, at := range positions {
		m := match{rule: &t.rules[at], at: at, trace: len(e.traces)}
		why := e.match(&m)
		if e.tracing {
			e.traces = append(e.traces, e.trace(&m, why))
		}
		if why == matched {
			e.matches = append(e.matches, m)
		}
	}
	e.exclude()
	var before []int64
	if e.tracing {
		before = slices.Clone(e.sums)
	}
	var err error
	if multiplying {
		err = e.multiply()
	} else {
		err = e.award()
	}
	if err == nil && e.tracing {
		e.tracePoints(firstTrace, firstAward, before)
	}
	return err
}

// exclude drops the matches that an exclusive one of their unit rules out.
func (e *evaluation) exclude() {
	var alone []*rule // the first exclusive of each unit
	for i := range e.matches {
		if r := e.matches[i].rule; r.exclusive && exclusiveOf(alone, r.unit) == nil {
			alone = append(alone, r)
		}
	}
	if alone == nil {
		return
	}
	kept := e.matches[:0]
	for _, m := range e.matches {
		if by := exclusiveOf(alone, m.rule.unit); by != nil && by != m.rule {
			e.suppress(m, "exclusive", "no exclusive rule beside it", by.src.ID)
			continue
		}
		kept = append(kept, m)
	}
	e.matches = kept
}

func exclusiveOf(alone []*rule, unit int) *rule {
	for _, r := range alone {
		if r.unit == unit {
			return r
		}
	}
	return nil
}

// add counts an award and cuts it by the rule's own limits.
func (e *evaluation) add(a *award) error {
	unit := a.rule.unit
	a.points = a.earned
	for i, l := range a.rule.limits {
		if l.points == 0 {
			continue
		}
		if left := e.left(rulePrefix, a.rule.id, l.per, l.points); left < a.points {
			e.noteCut(a, Cut{Limit: l.points, Per: a.rule.src.Limits[i].Per, Points: a.points - left})
			a.points = left
		}
	}
	if e.sums[unit] += a.points; e.sums[unit] > MaxAward {
		return e.tooMany(a.rule)
	}
	return nil
}

// tooMany is the error for an award that is too large to be counted.
func (e *evaluation) tooMany(r *rule) error {
	field := "order"
	if e.event.Order == nil {
		field = "type"
	}
	return &EventError{Field: field, Reason: fmt.Sprintf("would be awarded more than 10^15 %s by rule %s", e.set.units[r.unit], quote(r.src.ID))}
}
