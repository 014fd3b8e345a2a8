package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Explain tells the result in plain sentences, one a line, fit to be read aloud to
// the member: which rule gave what on which line, what a limit or cap took off,
// and, when the result has a trace, why the other rules gave nothing.
func (r Result) Explain() string {
	var b strings.Builder
	if len(r.Trace) == 0 {
		for i := range r.Awards {
			a := &r.Awards[i]
			b.WriteString(quote(a.Rule) + " " + gave(a) + r.cutsOf(a.Rule) + ".\n")
		}
		for i := range r.Cuts {
			if c := &r.Cuts[i]; r.awardOf(c.Rule) == nil && r.firstCutOf(c.Rule) == i {
				b.WriteString(quote(c.Rule) + " gave nothing" + r.cutsOf(c.Rule) + ".\n")
			}
		}
	}
	for i := range r.Trace {
		t := &r.Trace[i]
		b.WriteString(t.label() + " " + t.outcome(r.awardOf(t.Rule)) + ".\n")
	}
	for i := range r.Faults {
		if len(r.Trace) == 0 {
			b.WriteString(quote(r.Faults[i].Rule) + " could not be decided: its " + r.Faults[i].Field + " failed: " + r.Faults[i].Reason + ".\n")
		}
	}
	switch r.PassedOver {
	case 0:
	case 1:
		b.WriteString("1 other rule is for other goods, stores or segments.\n")
	default:
		fmt.Fprintf(&b, "%d other rules are for other goods, stores or segments.\n", r.PassedOver)
	}
	if b.Len() == 0 {
		return "No rule is for this.\n"
	}
	return b.String()
}

// String tells what became of the rule in one sentence, without the lines on which
// its points fall; see [Result.Explain].
func (t Trace) String() string { return t.label() + " " + t.outcome(nil) + "." }

func (r Result) awardOf(rule string) *Award {
	for i := range r.Awards {
		if r.Awards[i].Rule == rule {
			return &r.Awards[i]
		}
	}
	return nil
}

func (t *Trace) label() string {
	if t.Name == "" {
		return quote(t.Rule)
	}
	return quote(t.Name)
}

// outcome continues the sentence that begins with the rule's name.
func (t *Trace) outcome(a *Award) string {
	if !t.Matched {
		return "gave nothing: " + t.because()
	}
	points := t.After - t.Before
	for _, c := range t.Cuts {
		if c.Cap != "" || c.Budget != "" {
			points -= c.Points
		}
	}
	var s string
	switch {
	case a != nil:
		s = gave(a)
	case points > 0:
		s = "gave " + count(points, t.Unit)
	case len(t.Cuts) > 0:
		s = "gave nothing"
	default:
		s = "gave nothing: it came to no whole " + singular(t.Unit)
	}
	for _, c := range t.Cuts {
		s += c.tell()
	}
	return s
}

// firstCutOf returns the index of the first cut of a rule's award.
func (r *Result) firstCutOf(rule string) int {
	return slices.IndexFunc(r.Cuts, func(c AwardCut) bool { return c.Rule == rule })
}

// cutsOf continues the sentence about a rule's award.
func (r *Result) cutsOf(rule string) string {
	var s strings.Builder
	for i := range r.Cuts {
		if r.Cuts[i].Rule == rule {
			s.WriteString(r.Cuts[i].tell())
		}
	}
	return s.String()
}

// tell continues the sentence about the award that the cut was taken off.
func (c Cut) tell() string {
	switch {
	case c.Budget != "":
		return fmt.Sprintf("; the budget %s took off %d", quote(c.Budget), c.Points+c.Units)
	case c.Uses > 0:
		return fmt.Sprintf("; the cap %s of %d uses per %s left none", quote(c.Cap), c.Uses, c.Per)
	case c.Cap == "":
		return fmt.Sprintf("; its limit of %d per %s took off %d", c.Limit, c.Per, c.Points)
	}
	return fmt.Sprintf("; the cap %s of %d per %s took off %d", quote(c.Cap), c.Limit, c.Per, c.Points)
}

// gave tells an award: "gave 30 points: 20 on line 1, 10 on line 2".
func gave(a *Award) string {
	const most = 8 // lines listed
	s := "gave " + a.what()
	var on []string
	carried := int64(0)
	for i := range a.Lines {
		m, _ := micros(a.Lines[i].Carry)
		carried += m
		if m, _ := micros(a.Lines[i].Money); m > 0 {
			on = append(on, formatMicros(m)+" on line "+a.Lines[i].Line)
		} else if a.Lines[i].Points > 0 {
			on = append(on, strconv.FormatInt(a.Lines[i].Points, 10)+" on line "+a.Lines[i].Line)
		}
	}
	if len(on) > most {
		on = append(on[:most], fmt.Sprintf("the rest on %d others", len(on)-most))
	}
	if len(on) == 1 {
		s += ", all on line " + a.Lines[a.firstLine()].Line
	} else if len(on) > 1 {
		s += ": " + strings.Join(on, ", ")
	}
	switch {
	case carried > 0:
		s += "; " + formatMicros(carried) + " is kept towards the next order"
	case carried < 0:
		s += "; " + formatMicros(-carried) + " kept from earlier orders went into it"
	}
	return s
}

// what tells what an award gave: "30 points", "2 × the coupon "SPRING10"".
func (a *Award) what() string {
	s := ""
	if d := a.Drawn; d != nil {
		s = "what it drew, number " + strconv.FormatInt(d.Number, 10)
		switch d.Because {
		case DrawGuarantee:
			s += " and the guarantee"
		case DrawStock:
			s += ", whose prize is out of stock"
		}
		s += ": "
		if a.Points == 0 && len(a.Outcomes) == 0 {
			return s + "nothing"
		}
	}
	if len(a.Outcomes) == 0 {
		return s + count(a.Points, a.Unit)
	}
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		if i > 0 {
			s += " and "
		}
		if o.Kind == OutcomeCommission {
			m, _ := micros(o.Amount)
			s += "a commission of " + formatMicros(m)
			continue
		}
		if o.Quantity > 1 {
			s += strconv.FormatInt(o.Quantity, 10) + " × "
		}
		s += "the " + o.Kind
		if o.Reference != "" {
			s += " " + quote(o.Reference)
		}
	}
	return s
}

// firstLine returns the index of the first share with points.
func (a *Award) firstLine() int {
	for i := range a.Lines {
		if a.Lines[i].Points > 0 || a.Lines[i].Money.Sign() > 0 {
			return i
		}
	}
	return 0
}

func count(points int64, unit string) string {
	if points == 1 {
		unit = singular(unit)
	}
	return strconv.FormatInt(points, 10) + " " + unit
}

// singular makes "star" of "stars", and leaves alone what it does not know.
func singular(unit string) string {
	if strings.HasSuffix(unit, "ss") || strings.HasSuffix(unit, "us") {
		return unit
	}
	return strings.TrimSuffix(unit, "s")
}

// because tells why a rule gave nothing.
func (t *Trace) because() string {
	switch t.Failed {
	case "disabled":
		return "it is switched off"
	case "window.from":
		return "it is in force " + t.Wanted + ", and this was at " + t.Actual
	case "window.until":
		return "it was in force " + t.Wanted + ", and this was at " + t.Actual
	case "window.slots":
		return "it is for " + t.Wanted + ", and this was on " + t.Actual
	case "window.occasion":
		return "it is for " + t.Wanted + ", and the member has " + t.Actual
	case "audience.tiers":
		return "it is for the tier " + t.Wanted + ", and the member's is " + t.Actual
	case "audience.segments_any":
		return "it is for the segment " + t.Wanted + ", and the member is in " + t.Actual
	case "audience.segments_not":
		return "it is for members " + strings.Replace(t.Wanted, "not ", "not in ", 1) + ", and the member is in " + t.Actual
	case "audience.channels":
		return "it is for the channel " + t.Wanted + ", and this came by " + t.Actual
	case "audience.stores":
		return "it is for the store " + t.Wanted + ", and this was in " + t.Actual
	case "audience.first_order":
		return "it is for the first order, and there were " + t.Actual
	case "audience.stages":
		return "it is for the stage " + t.Wanted + ", and the member's is " + t.Actual
	case "audience.interests":
		return "it is for the interest " + t.Wanted + ", and the member's are " + t.Actual
	case "audience.nth_order":
		return "it is for " + t.Wanted + ", and this was " + t.Actual
	case "expr":
		return "it takes that " + t.Wanted + ", and it was " + t.Actual
	case FailedOrder:
		return "it is for orders, and this is none"
	case "lines":
		return "no line of the order is one it is for"
	case "lines.min_quantity":
		return "it takes a quantity of " + t.Wanted + ", and this was " + t.Actual
	case "lines.min_amount":
		return "it takes an amount of " + t.Wanted + ", and this was " + t.Actual
	case FailedBase:
		return "there were no base points for it to multiply"
	case FailedExclusive:
		return "the exclusive rule " + quote(t.Actual) + " stands alone"
	case FailedCap:
		return "it may be used " + t.Wanted + ", and was used " + t.Actual
	case FailedDraw:
		return "it draws only when this really happens"
	case FailedGroup:
		return "only " + t.Wanted + " applies, which is " + quote(t.Actual)
	default: // a condition, or a limit on uses
		if strings.HasPrefix(t.Failed, "when") {
			return "it takes that " + t.Wanted + ", and here " + t.Actual
		}
		return "it may be used " + t.Wanted + ", and was used " + t.Actual
	}
}
