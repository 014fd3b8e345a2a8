package rulestest

import (
	"fmt"
	"strings"

	"github.com/loyaltykit/loyalty/rules"
)

// Report is what Check found.
type Report struct {
	Laws     []Law     `json:"laws"`               // that were checked
	Events   int       `json:"events"`             // how many were decided, about
	Findings []Finding `json:"findings,omitempty"` // laws that do not hold; each has failed the test
	Notes    []Note    `json:"notes,omitempty"`    // rules that keep a law only roughly, which is no failure
	// Unmet are the IDs of the rules, not switched off, that gave nothing in any event
	// that was drawn, in the definition's order: of those nothing was tested. Where
	// rules are many, or the checks few, that is to be expected.
	Unmet []string `json:"unmet,omitempty"`
}

// Finding is a law that does not hold, with the smallest example that was found.
type Finding struct {
	Law     Law      `json:"law"`
	Rules   []string `json:"rules,omitempty"` // at fault, the chief one first; none when it is no rule's doing
	Message string   `json:"message"`         // what happens, in one sentence
	Text    string   `json:"text"`            // all of it, as the test reports it
	// Again is what to give the go command to see the same again: a flag of rapid's.
	Again string `json:"again,omitempty"`

	Events []rules.Event  `json:"-"` // what happened, in sequence
	Then   *rules.Event   `json:"-"` // the event that the last one is compared with; nil when there is none
	Usage  rules.Usage    `json:"-"` // what the member had before the first
	Funds  rules.Funds    `json:"-"` // what was left of budgets and stocks then; those that are not here were full
	Sides  []rules.Result `json:"-"` // the results that are compared, or one for each event
}

// Note is a rule that cannot keep a law to the point, and why.
type Note struct {
	Law     Law    `json:"law"`
	Rule    string `json:"rule"`
	Message string `json:"message"` // why
	Example string `json:"example"` // an event, as JSON, and what happens to it
}

// Failed reports whether a law does not hold.
func (r Report) Failed() bool { return len(r.Findings) > 0 }

// String returns the findings, then the notes, then which rules were not met.
func (r Report) String() string {
	var b strings.Builder
	for i := range r.Findings {
		b.WriteString(r.Findings[i].String() + "\n")
	}
	for i := range r.Notes {
		b.WriteString(r.Notes[i].String() + "\n")
	}
	if s := r.unmet(); s != "" {
		b.WriteString(s)
	}
	if b.Len() == 0 {
		return fmt.Sprintf("%d laws hold\n", len(r.Laws))
	}
	return b.String()
}

// String returns the finding's text.
func (f Finding) String() string { return f.Text }

// String returns the note on a few lines.
func (n Note) String() string {
	return fmt.Sprintf("note on %s, rule %q: %s\n  such as: %s\n", n.Law, n.Rule, n.Message, n.Example)
}

func (r Report) unmet() string {
	const most = 10
	if len(r.Unmet) == 0 {
		return ""
	}
	var names []string
	for i, id := range r.Unmet {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(r.Unmet)-most))
			break
		}
		names = append(names, fmt.Sprintf("%q", id))
	}
	return fmt.Sprintf("rules that gave nothing in any of the events drawn, and so were not tested: %s\n", strings.Join(names, ", "))
}

// finding writes a breach out.
func (sub *subject) finding(l *law, s *sample, b *breach) Finding {
	f := Finding{Law: l.name, Rules: sub.atFault(l, s, b), Message: b.what, Then: b.then, Usage: s.before.use, Funds: s.before.funds}
	events := s.events
	if !l.runs {
		events = events[:1]
	}
	for _, ev := range events {
		f.Events = append(f.Events, *ev)
	}
	for i := range b.sides {
		f.Sides = append(f.Sides, b.sides[i].result)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "law broken: %s (%s)\n", l.says, l.name)
	text.WriteString(sub.faultText(b, f.Rules))
	fmt.Fprintf(&text, "%s:\n\n", b.what)
	for i, ev := range events {
		label := "event"
		if len(events) > 1 {
			label = eventLabel(i)
		}
		fmt.Fprintf(&text, "  %s: %s\n", label, eventText(ev))
	}
	if b.then != nil {
		fmt.Fprintf(&text, "  then:  %s\n", eventText(b.then))
	}
	if len(s.before.use) > 0 {
		fmt.Fprintf(&text, "  member's usage before: %s\n", jsonText(s.before.use))
	}
	if len(s.before.funds) > 0 {
		fmt.Fprintf(&text, "  left before: %s\n", jsonText(s.before.funds))
	}
	if n := len(b.sides); n > 1 || n == 1 && b.sides[0].err == nil {
		text.WriteString("\n" + table(b.sides, f.Rules))
	}
	if why := because(b.sides, f.Rules); why != "" {
		text.WriteString("\n" + why)
	}
	f.Text = text.String()
	return f
}

// faultText says which rules are at fault, one of them alone where it is the cause.
func (sub *subject) faultText(b *breach, ids []string) string {
	switch {
	case len(ids) == 0:
		return "no rule is at fault\n"
	case len(ids) == 1:
		return fmt.Sprintf("rule at fault: %s\n", sub.nameOf(ids[0]))
	case sub.blame(b, ids[0]) > sub.blame(b, ids[1]):
		return fmt.Sprintf("rule at fault: %s, together with %s\n", sub.nameOf(ids[0]), sub.namesOf(ids[1:]))
	default:
		return fmt.Sprintf("rules at fault: %s\n", sub.namesOf(ids))
	}
}
