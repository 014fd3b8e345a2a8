package rulestest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
)

// leaf is one field that a rule's condition compares.
type leaf struct {
	*rules.Condition
	of       rules.FieldType
	declared bool // an attribute of the definition's
}

// leaves are the comparisons within a condition.
func (v *vocabulary) leaves(c *rules.Condition) (all []leaf) {
	for _, kids := range [][]rules.Condition{c.All, c.Any} {
		for i := range kids {
			all = append(all, v.leaves(&kids[i])...)
		}
	}
	if c.Not != nil {
		all = append(all, v.leaves(c.Not)...)
	}
	if c.Field != "" {
		_, declared := v.def.Attributes[c.Field]
		all = append(all, leaf{c, v.types[c.Field], declared})
	}
	return all
}

// compared are the values a condition compares its field with, as they stand in JSON.
func (l *leaf) compared() (all []any) {
	for _, v := range append([]rules.Value{l.Eq, l.Gt, l.Gte, l.Lt, l.Lte}, l.In...) {
		text, err := json.Marshal(v)
		if err != nil || v.IsZero() {
			continue
		}
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		var out any
		if d.Decode(&out) == nil {
			all = append(all, out)
		}
	}
	return all
}

// texts are the texts that a condition looks for, with one that only begins so.
func (l *leaf) texts() (all []string) {
	for _, v := range l.compared() {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	if l.Contains != "" {
		all = append(all, l.Contains)
	}
	if l.Prefix != "" {
		all = append(all, l.Prefix, l.Prefix+"x")
	}
	return all
}

// integers are the whole numbers that a condition compares with, and those beside them.
func (l *leaf) integers() (all []int64) {
	for _, v := range l.compared() {
		if n, ok := v.(json.Number); ok {
			if i, err := n.Int64(); err == nil && i > -maxDrawn && i < maxDrawn {
				all = append(all, i, i-1, i+1)
			}
		}
	}
	return all
}

// decimals are the amounts that a condition compares with, in millionths.
func (l *leaf) decimals() (all []int64) {
	for _, s := range l.texts() {
		if d, err := parseDecimal(s); err == nil {
			if m := micros(d); m >= 0 && m <= maxDrawn {
				all = append(all, m)
			}
		}
	}
	return all
}

// times are the moments at which a condition changes, and those beside them.
func (l *leaf) times(zone *time.Location) (all []time.Time) {
	for _, s := range l.texts() {
		at, err := time.Parse(time.RFC3339Nano, s)
		if day, dayErr := calendar.ParseDate(s); dayErr == nil {
			after := day.AddDays(1).Start(zone)
			all = append(all, after, after.Add(-time.Microsecond))
			at, err = day.Start(zone), nil
		}
		if err == nil {
			all = append(all, at, at.Add(-time.Microsecond), at.Add(time.Microsecond))
		}
	}
	return slices.DeleteFunc(all, func(t time.Time) bool { return t.Year() < 1 || t.Year() > rules.MaxYear })
}

// attribute draws a value for an attribute: what the condition looks for or just
// misses. It is no value at all now and then.
func (d *drawer) attribute(l *leaf) rules.Value {
	switch l.of {
	case rules.TypeText:
		return pick(d, append(textValues(l.texts()), rules.Text("none-of-them")))
	case rules.TypeInteger:
		if all := l.integers(); len(all) > 0 {
			return rules.Integer(pick(d, all))
		}
		return rules.Integer(int64(d.index(10)))
	case rules.TypeDecimal:
		if all := l.decimals(); len(all) > 0 {
			return rules.Decimal(money(max(pick(d, all)+int64(d.index(3)-1)*cent, 0)))
		}
		return rules.Decimal(money(d.cents(10_000)))
	case rules.TypeTime:
		return rules.Moment(pick(d, append(l.times(d.voc.set.Zone()), plainDays[0].Start(time.UTC))))
	case rules.TypeBool:
		return rules.Bool(d.once(2))
	default:
		words := append(l.texts(), "none-of-them")
		return rules.List(words[:1+d.index(len(words))]...)
	}
}

func textValues(texts []string) (all []rules.Value) {
	for _, s := range texts {
		all = append(all, rules.Text(s))
	}
	return all
}

// conditions has the event meet, or just miss, what the conditions of the rules in
// focus look at.
func (d *drawer) conditions(ev *rules.Event) {
	for _, r := range d.focus {
		for _, l := range d.voc.leaves(&r.When) {
			switch {
			case d.once(5): // left as it is
			case l.declared:
				d.setAttribute(ev, &l)
			default:
				d.setField(ev, &l)
			}
		}
	}
}

func (d *drawer) setAttribute(ev *rules.Event, l *leaf) {
	to, name := &ev.Attributes, l.Field
	if of, ok := strings.CutPrefix(l.Field, "member."); ok {
		to, name = &ev.Member.Attributes, of
	}
	*to = maps.Clone(*to)
	if *to == nil {
		*to = rules.Attributes{}
	}
	(*to)[name] = d.attribute(l)
}

// setField sets a field that every event has. Money and goods of the order are not
// set here: lines are drawn about them.
func (d *drawer) setField(ev *rules.Event, l *leaf) {
	m := &ev.Member
	word, number := "", int64(-1)
	if all := l.texts(); len(all) > 0 {
		word = pick(d, all)
	}
	if all := l.integers(); len(all) > 0 {
		number = pick(d, all)
	}
	switch l.Field {
	case "channel":
		ev.Channel = word
	case "store":
		ev.Store = word
	case "time":
		if all := l.times(d.voc.set.Zone()); len(all) > 0 {
			ev.Time = pick(d, all).In(d.voc.set.Zone())
		}
	case "member.tier":
		m.Tier = word
	case "member.stage":
		m.Stage = word
	case "member.segments":
		m.Segments = withWord(m.Segments, word)
	case "member.interests":
		m.Interests = withWord(m.Interests, word)
	case "member.joined":
		if all := l.times(d.voc.set.Zone()); len(all) > 0 {
			m.Joined = calendar.DateOf(pick(d, all), d.voc.set.Zone())
		}
	case "member.orders":
		if number >= 0 && number <= 1_000_000 {
			m.Orders = int(number)
		}
	}
}

func withWord(words []string, word string) []string {
	if word == "" || slices.Contains(words, word) {
		return words
	}
	return append(words, word)
}

// looked are the figures that the conditions of rules compare a field with.
func (v *vocabulary) looked(of []*rules.Rule, fields ...string) (all []int64) {
	for _, r := range of {
		for _, l := range v.leaves(&r.When) {
			if !slices.Contains(fields, l.Field) {
				continue
			}
			if l.of == rules.TypeInteger {
				all = append(all, l.integers()...)
			} else {
				all = append(all, l.decimals()...)
			}
		}
	}
	return slices.DeleteFunc(all, func(m int64) bool { return m <= 0 })
}

// conditionWords are the words that the conditions of rules look for in a field.
func (v *vocabulary) conditionWords(of []*rules.Rule, field string) (all []string) {
	for _, r := range of {
		for _, l := range v.leaves(&r.When) {
			if l.Field == field {
				all = append(all, l.texts()...)
			}
		}
	}
	return all
}

// looksAt reports whether a condition looks at a field.
func looksAt(c *rules.Condition, field string) bool {
	looks := func(kid rules.Condition) bool { return looksAt(&kid, field) }
	return c.Field == field || slices.ContainsFunc(c.All, looks) || slices.ContainsFunc(c.Any, looks) || c.Not != nil && looksAt(c.Not, field)
}
