package rules

import (
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// genDeclared are the attributes that drawn conditions look at.
var genDeclared = map[string]FieldType{
	"stars": TypeInteger, "weight": TypeDecimal, "gift": TypeBool, "due": TypeTime, "coupons": TypeList, "member.country": TypeText,
}

// genCondition draws a condition on fields that events have now and then.
func genCondition(t *rapid.T, depth int) (c Condition) {
	kids := func() (list []Condition) {
		for range rapid.IntRange(1, 3).Draw(t, "kids") {
			list = append(list, genCondition(t, depth-1))
		}
		return list
	}
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(t, "join") {
		case 0:
			return Condition{All: kids()}
		case 1:
			return Condition{Any: kids()}
		case 2:
			return Condition{Not: new(genCondition(t, depth-1))}
		}
	}
	f := rapid.SampledFrom(Fields(genDeclared)).Draw(t, "field")
	c.Field = f.Name
	if rarely(t, "exists?", 6) {
		c.Exists = new(rapid.Bool().Draw(t, "exists"))
		return c
	}
	v := func() Value { return genOperand(t, f.Type) }
	switch f.Type {
	case TypeText:
		switch rapid.IntRange(0, 3).Draw(t, "text") {
		case 0:
			c.Eq = v()
		case 1:
			c.In = []Value{v(), v()}
		case 2:
			c.Prefix = v().text
		default:
			c.Contains = v().text
		}
	case TypeList:
		if c.In = []Value{v(), v()}; rapid.Bool().Draw(t, "contains") {
			c.In, c.Contains = nil, v().text
		}
	case TypeBool:
		c.Eq = v()
	default:
		switch rapid.IntRange(0, 3).Draw(t, "number") {
		case 0:
			c.Gte, c.Lt = v(), v()
		case 1:
			c.Gt = v()
		case 2:
			c.Lte = v()
		default:
			if c.In = []Value{v(), v()}; f.Type == TypeTime {
				c.In, c.Lt = nil, v()
			}
		}
	}
	return c
}

func genOperand(t *rapid.T, of FieldType) Value {
	switch of {
	case TypeInteger:
		return Integer(rapid.Int64Range(0, 5).Draw(t, "integer"))
	case TypeDecimal:
		return Decimal(genMoney(t, "decimal", 200_000_000))
	case TypeBool:
		return Bool(rapid.Bool().Draw(t, "flag"))
	case TypeTime:
		return Text(rapid.SampledFrom([]string{"2026-03-05", "2024-02-29", "2026-03-01T12:00:00Z", "2025-12-31T23:00:00-05:00"}).Draw(t, "time"))
	default:
		return Text(rapid.SampledFrom([]string{"a", "food", "food/fruit", "acme", "new", "gold", "vip", "web", "DE", "order"}).Draw(t, "word"))
	}
}

// genAttributes draws values for some of the event's own attributes.
func genAttributes(t *rapid.T) Attributes {
	all := Attributes{}
	for _, f := range Fields(genDeclared)[len(builtin):] {
		if strings.HasPrefix(f.Name, memberPrefix) || !rapid.Bool().Draw(t, f.Name+"?") {
			continue
		}
		v := genOperand(t, f.Type)
		switch f.Type {
		case TypeList:
			v = List(v.text, "x")
		case TypeTime:
			v = Moment(genTime(t))
		}
		all[f.Name] = v
	}
	return all
}

// holds is the oracle's reading of a condition: it types each value anew, and
// compares money as decimals.
func (o *oracle) holds(c Condition) bool {
	switch {
	case c.All != nil:
		for _, k := range c.All {
			if !o.holds(k) {
				return false
			}
		}
		return true
	case c.Any != nil:
		return slices.ContainsFunc(c.Any, o.holds)
	case c.Not != nil:
		return !o.holds(*c.Not)
	case c.Field == "":
		return true
	}
	got := o.field(c.Field)
	if c.Exists != nil && *c.Exists != (got != nil) {
		return false
	}
	if got == nil {
		return c.Exists != nil && !c.compared()
	}
	in := c.In == nil
	for _, v := range c.In {
		in = in || o.compare(c.Field, got, v) == 0
	}
	return in &&
		(c.Eq.IsZero() || o.compare(c.Field, got, c.Eq) == 0) &&
		(c.Gt.IsZero() || o.compare(c.Field, got, c.Gt) > 0 && !o.sameDay(got, c.Gt)) &&
		(c.Gte.IsZero() || o.compare(c.Field, got, c.Gte) >= 0) &&
		(c.Lt.IsZero() || o.compare(c.Field, got, c.Lt) < 0) &&
		(c.Lte.IsZero() || o.compare(c.Field, got, c.Lte) <= 0 || o.sameDay(got, c.Lte)) &&
		(c.Contains == "" || o.contains(c.Field, got, c.Contains)) &&
		(c.Prefix == "" || strings.HasPrefix(got.(string), c.Prefix))
}

// compared reports whether there is more to the condition than Exists.
func (c Condition) compared() bool {
	c.Exists = nil
	return c.compares()
}

func (o *oracle) contains(field string, got any, word string) bool {
	list, ok := got.([]string)
	if !ok {
		return strings.Contains(got.(string), word)
	}
	if field == "order.categories" {
		for _, s := range list {
			if below([]string{word}, s) {
				return true
			}
		}
		return false
	}
	return anyOf([]string{word}, list...)
}

// sameDay reports whether a moment lies in the day that a value names.
func (o *oracle) sameDay(got any, v Value) bool {
	day, err := calendar.ParseDate(v.text)
	at, ok := got.(time.Time)
	return ok && err == nil && day.Window(o.zone).Contains(at)
}

// compare returns below, at or above zero as the field is below, at or above the
// value; of lists and texts only zero means anything.
func (o *oracle) compare(field string, got any, v Value) int {
	same := func(yes bool) int {
		if yes {
			return 0
		}
		return 1
	}
	switch got := got.(type) {
	case string:
		return same(got == v.text)
	case bool:
		return same(got == (v.n == 1))
	case []string:
		return same(o.contains(field, got, v.text))
	case int64:
		return decimal.NewFromInt(got).Cmp(decimal.NewFromInt(v.n))
	case decimal.Decimal:
		return got.Cmp(dec(v.text))
	default:
		at := got.(time.Time)
		if day, err := calendar.ParseDate(v.text); err == nil {
			return at.Compare(day.Start(o.zone))
		}
		other, _ := time.Parse(time.RFC3339Nano, v.text)
		return at.Compare(other)
	}
}

// field returns the value of a field, nil when it is missing.
func (o *oracle) field(name string) any {
	ev, m := o.ev, o.ev.Member
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	list := func(l []string) any {
		if len(l) == 0 {
			return nil
		}
		return l
	}
	if of, ok := genDeclared[name]; ok {
		v, ok := ev.Attributes[name]
		if rest, member := strings.CutPrefix(name, memberPrefix); member {
			v, ok = m.Attributes[rest]
		}
		if !ok {
			return nil
		}
		switch of {
		case TypeInteger:
			return v.n
		case TypeDecimal:
			return dec(v.text)
		case TypeBool:
			return v.n == 1
		case TypeTime:
			at, _ := time.Parse(time.RFC3339Nano, v.text)
			return at
		case TypeList:
			return list(v.list)
		}
		return text(v.text)
	}
	switch name {
	case "type":
		return text(ev.Type)
	case "channel":
		return text(ev.Channel)
	case "store":
		return text(ev.Store)
	case "time":
		return ev.Time
	case "member.id":
		return text(m.ID)
	case "member.tier":
		return text(m.Tier)
	case "member.stage":
		return text(m.Stage)
	case "member.segments":
		return list(m.Segments)
	case "member.interests":
		return list(m.Interests)
	case "member.orders":
		return int64(m.Orders)
	case "member.joined":
		if m.Joined.IsZero() {
			return nil
		}
		return m.Joined.Start(o.zone)
	}
	if ev.Order == nil {
		return nil
	}
	return o.orderField(name)
}

func (o *oracle) orderField(name string) any {
	order := o.ev.Order
	var skus, categories, brands, labels []string
	var quantity, subtotal decimal.Decimal
	for _, l := range order.Lines {
		quantity, subtotal = quantity.Add(l.Quantity), subtotal.Add(l.Amount).Sub(l.Discount)
		skus, categories, brands, labels = append(skus, l.SKU), append(categories, l.Category), append(brands, l.Brand), append(labels, l.Labels...)
	}
	switch name {
	case "order.id":
		return order.ID
	case "order.lines":
		return int64(len(order.Lines))
	case "order.quantity":
		return quantity
	case "order.subtotal":
		return subtotal
	case "order.shipping":
		return order.Shipping
	case "order.discount":
		return order.Discount
	case "order.total":
		return order.Total
	case "order.paid_in_points":
		return order.PaidInPoints
	case "order.paid_by_gift_card":
		return order.PaidByGiftCard
	case "order.skus":
		return skus
	case "order.categories":
		return categories
	case "order.brands":
		return brands
	default:
		if len(labels) == 0 {
			return nil
		}
		return labels
	}
}
