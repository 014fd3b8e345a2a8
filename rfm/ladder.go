package rfm

import (
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Ladder is what is done for customers of one stage, step by step: each step
// once in a silence, after its waiting time, until the customer buys again.
type Ladder struct {
	ID    string `json:"id"`
	Stage Stage  `json:"stage"` // no two ladders have the same
	Steps []Step `json:"steps"`
	// OnceEver takes each step once in a customer's life instead of once in a
	// silence.
	OnceEver bool `json:"once_ever,omitempty"`
}

// Step is one thing to do for a customer.
type Step struct {
	ID     string `json:"id"`
	Action string `json:"action"` // for the host to carry out: "coupon", "task", "call"
	Detail string `json:"detail,omitempty"`
	// WaitDays are counted from the day the stage began, or from the step before.
	WaitDays int `json:"wait_days,omitempty"`
}

// Cap bounds how often a customer is spoken to by all ladders together. The zero
// Cap does not.
type Cap struct {
	Steps int             `json:"steps,omitempty"`
	Per   calendar.Period `json:"per,omitempty"`
}

// IsZero reports whether there is no bound.
func (c Cap) IsZero() bool { return c == Cap{} }

// WakeUpLadders returns a ladder for the new (points doubled on the next order),
// one for the active (a streak of purchases), and one for the dormant: a small
// coupon, two weeks later a task with double points, a month later a person who
// calls.
func WakeUpLadders() []Ladder {
	return []Ladder{
		{ID: "welcome", Stage: New, OnceEver: true, Steps: []Step{
			{ID: "double", Action: "multiplier", Detail: "double points on the next order", WaitDays: 1},
		}},
		{ID: "keep", Stage: Active, Steps: []Step{
			{ID: "streak", Action: "streak", Detail: "buy in three weeks running", WaitDays: 7},
		}},
		{ID: "wake-up", Stage: Dormant, Steps: []Step{
			{ID: "coupon", Action: "coupon", Detail: "a small coupon"},
			{ID: "task", Action: "task", Detail: "a task with double points", WaitDays: 14},
			{ID: "call", Action: "call", Detail: "a person calls", WaitDays: 30},
		}},
	}
}

// plan is the compiled ladders.
type plan struct {
	loc     *time.Location
	byStage map[Stage]*Ladder
	cap     Cap
}

func (d *Definition) checkLadders(bad *problems) plan {
	p := plan{byStage: map[Stage]*Ladder{}, cap: d.Cap}
	loc, err := loadZone(d.Zone)
	if err != nil {
		bad.add("zone", "%s", err)
	}
	p.loc = loc
	if d.Cap != (Cap{}) {
		checkBetween("cap.steps", d.Cap.Steps, 1, 1000, bad)
		if !d.Cap.Per.Valid() {
			bad.add("cap.per", "%s is none of day, week, month, quarter, year, ever", quote(string(d.Cap.Per)))
		}
	}
	if n := len(d.Ladders); n > MaxLadders {
		bad.add("ladders", "%d are more than %d", n, MaxLadders)
		return p
	}
	var ids []string
	var seen []Stage
	for i := range d.Ladders {
		l := &d.Ladders[i]
		path := indexed("ladders", i)
		checkName(path+".id", l.ID, bad)
		if slices.Contains(ids, l.ID) {
			bad.add(path+".id", "%s is given twice", quote(l.ID))
		}
		ids = append(ids, l.ID)
		checkStage(path+".stage", l.Stage, seen, bad)
		seen = append(seen, l.Stage)
		checkSteps(path+".steps", l.Steps, bad)
		p.byStage[l.Stage] = l
	}
	return p
}

func checkSteps(path string, steps []Step, bad *problems) {
	if n := len(steps); n == 0 || n > MaxSteps {
		bad.add(path, "must be between 1 and %d steps, are %d", MaxSteps, n)
		return
	}
	var ids []string
	for i, s := range steps {
		at := indexed(path, i)
		checkName(at+".id", s.ID, bad)
		if slices.Contains(ids, s.ID) {
			bad.add(at+".id", "%s is given twice", quote(s.ID))
		}
		ids = append(ids, s.ID)
		checkName(at+".action", s.Action, bad)
		if s.Detail != "" {
			checkText(at+".detail", s.Detail, MaxText, bad)
		}
		checkBetween(at+".wait_days", s.WaitDays, 0, MaxWait, bad)
	}
}

// LadderFacts is what is known of a customer.
type LadderFacts struct {
	Standing Standing  // of [Model.Stage]
	Last     time.Time // the last purchase, as far as is known at this moment
	Quiet    bool      // the customer wants to hear nothing
}

// Taken is a step that was taken for the customer.
type Taken struct {
	Ladder string    `json:"ladder"`
	Step   string    `json:"step"`
	At     time.Time `json:"at"`
}

// MoveKind is what to do now.
type MoveKind string

// The kinds there are.
const (
	Take     MoveKind = "take"     // Move.Step, now
	Wait     MoveKind = "wait"     // until Move.Until; then ask again
	Capped   MoveKind = "capped"   // Cap has been reached: wait until Move.Until
	Returned MoveKind = "returned" // the customer has bought: nothing more in this silence
	Finished MoveKind = "finished" // all steps have been taken
	Nothing  MoveKind = "nothing"  // no ladder for the stage, or the customer is quiet
)

// Move is what [Model.Next] decides.
type Move struct {
	Kind   MoveKind  `json:"kind"`
	Ladder string    `json:"ladder,omitempty"`
	Step   Step      `json:"step,omitzero"`  // of Take, Wait and Capped
	Until  time.Time `json:"until,omitzero"` // of Wait and Capped; zero if that moment never comes
	// Key names the step in this silence: recorded under it, a step is taken once
	// however often and by how many machines it is decided.
	Key string `json:"key,omitempty"`
}

// Next decides what to do for a customer at a moment. It depends on nothing but
// its arguments; history may be in any order, and needs to hold the steps of this
// silence and of the cap's period, and all of ladders that are OnceEver.
func (m *Model) Next(f LadderFacts, history []Taken, at time.Time) Move {
	p := &m.plan
	l := p.byStage[f.Standing.Stage]
	if l == nil || f.Quiet || f.Standing.Since.IsZero() {
		return Move{Kind: Nothing}
	}
	if calendar.DateOf(f.Last, p.loc).After(f.Standing.Since) {
		// The stage is of before this purchase.
		return Move{Kind: Returned, Ladder: l.ID}
	}
	last, base := l.progress(f.Standing.Since, history, p.loc)
	if last+1 == len(l.Steps) {
		return Move{Kind: Finished, Ladder: l.ID}
	}
	step := l.Steps[last+1]
	move := Move{Kind: Take, Ladder: l.ID, Step: step, Key: l.ID + "/" + step.ID}
	if !l.OnceEver {
		move.Key += "/" + f.Standing.Since.String()
	}
	if due := base.AddDays(step.WaitDays).Start(p.loc); at.Before(due) {
		move.Kind, move.Until = Wait, due
	} else if until, reached := p.reached(history, at); reached {
		move.Kind, move.Until = Capped, until
	}
	return move
}

// progress returns the furthest step taken, -1 for none, and the day from which
// the next one waits.
func (l *Ladder) progress(since calendar.Date, history []Taken, loc *time.Location) (last int, base calendar.Date) {
	last, base = -1, since
	for _, t := range history {
		if t.Ladder != l.ID {
			continue
		}
		day := calendar.DateOf(t.At, loc)
		i := slices.IndexFunc(l.Steps, func(s Step) bool { return s.ID == t.Step })
		if i < 0 || day.Before(since) && !l.OnceEver {
			continue
		}
		if i > last || i == last && day.After(base) {
			last, base = i, day
		}
	}
	if base.Before(since) {
		base = since
	}
	return last, base
}

// reached tells whether the cap leaves no step at a moment, and until when.
func (p *plan) reached(history []Taken, at time.Time) (time.Time, bool) {
	if p.cap.Steps == 0 {
		return time.Time{}, false
	}
	window := p.cap.Per.Window(at, p.loc)
	n := 0
	for _, t := range history {
		if window.Contains(t.At) {
			n++
		}
	}
	return window.Until, n >= p.cap.Steps
}
