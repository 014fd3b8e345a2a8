package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// describeWhen tells the first part of a rule's condition that does not hold.
func (e *evaluation) describeWhen(r *rule) (failed, wanted, actual string) {
	var p path
	c := r.when
	p = append(p, segment{name: "when"})
	for c.join == joinAll {
		p = append(p, segment{name: "all"})
		for i := range c.kids {
			if !e.holds(&c.kids[i]) {
				p, c = append(p, segment{index: i}), &c.kids[i]
				break
			}
		}
	}
	var b strings.Builder
	e.set.schema.describe(&b, c, true)
	return p.String(), b.String(), e.actual(c)
}

// describe writes a condition as words: order.total is at least 100.
func (s *schema) describe(b *strings.Builder, c *condition, outermost bool) {
	if (c.join == joinAll || c.join == joinAny) && len(c.kids) > 1 && !outermost {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch c.join {
	case joinNot:
		b.WriteString("not ")
		s.describe(b, &c.kids[0], false)
	case joinAll, joinAny:
		word := " and "
		if c.join == joinAny {
			word = " or "
		}
		for i := range c.kids {
			if i > 0 {
				b.WriteString(word)
			}
			if b.Len() > longestDescription {
				b.WriteString("…")
				return
			}
			s.describe(b, &c.kids[i], false)
		}
	default:
		for i := range c.tests {
			if i > 0 {
				b.WriteString(" and ")
			} else {
				b.WriteString(s.fields[c.field].Name + " ")
			}
			b.WriteString(c.tests[i].describe(c.src))
		}
	}
}

// longestDescription is about how many bytes of a condition a trace shows.
const longestDescription = 400

// describe tells what the test asks of its field, in the rule's own words.
func (t *test) describe(src *Condition) string {
	switch t.op {
	case opExists:
		if t.n == 1 {
			return "is known"
		}
		return "is not known"
	case opContains:
		return "has " + quote(src.Contains)
	case opPrefix:
		return "begins with " + quote(src.Prefix)
	case opIn:
		words := make([]string, 0, min(len(src.In), 9))
		for i := range src.In {
			if i == 8 && len(src.In) > 9 {
				words = append(words, strconv.Itoa(len(src.In)-i)+" others")
				break
			}
			words = append(words, src.In[i].String())
		}
		return "is " + strings.Join(words, " or ")
	case opEq:
		return "is " + bare(src.Eq)
	}
	v, words := src.Gte, "is at least "
	switch t.written {
	case opGt:
		v, words = src.Gt, "is above "
	case opLt:
		v, words = src.Lt, "is below "
	case opLte:
		v, words = src.Lte, "is at most "
	}
	return words + bare(v)
}

// bare returns a value for a sentence: amounts and dates without their quotes.
func bare(v Value) string {
	if v.kind == isText && v.text != "" && strings.Trim(v.text, "-+:.0123456789TZ") == "" {
		return v.text
	}
	return v.String()
}

// actual tells what the fields are that a condition looks at, each once.
func (e *evaluation) actual(c *condition) string {
	var told []string
	var seen []fieldID
	var tell func(c *condition)
	tell = func(c *condition) {
		for i := range c.kids {
			tell(&c.kids[i])
		}
		const most = 8 // fields
		if c.join != compares || slices.Contains(seen, c.field) || len(told) >= most {
			return
		}
		seen = append(seen, c.field)
		told = append(told, e.set.schema.fields[c.field].Name+" is "+e.format(c.field))
	}
	tell(c)
	return strings.Join(told, " and ")
}

// format writes the value of a field.
func (e *evaluation) format(id fieldID) string {
	o := e.operand(id)
	if !o.known {
		return "not known"
	}
	switch e.set.schema.fields[id].Type {
	case TypeText:
		return quote(o.text)
	case TypeInteger:
		return strconv.FormatInt(o.n, 10)
	case TypeDecimal:
		return formatMicros(o.n)
	case TypeBool:
		return strconv.FormatBool(o.n == 1)
	case TypeTime:
		return o.time.In(e.set.zone).Format(time.RFC3339)
	default:
		return quoteList(o.list)
	}
}
