package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/calendar"
)

// readAttributes types the attributes that the definition declares, and returns an
// [*EventError] for the first, by name, that is not what it says.
func (e *evaluation) readAttributes() error {
	if !e.set.schema.declares() {
		return nil
	}
	field, reason := "", ""
	read := func(prefix, place string, attributes Attributes) {
		if len(attributes) > MaxAttributes {
			field, reason = place, "has too many entries"
			return
		}
		for name, v := range attributes {
			id, ok := e.set.schema.byName[prefix+name]
			if !ok || int(id) < len(builtin) || v.IsZero() {
				continue
			}
			if e.custom == nil {
				e.custom = make([]operand, len(e.set.schema.fields)-len(builtin))
			}
			o, problem := readValue(e.set.schema.fields[id].Type, v)
			if at := place + "." + name; problem != "" && (field == "" || at < field) {
				field, reason = at, problem
			}
			e.custom[int(id)-len(builtin)] = o
		}
	}
	read("", "attributes", e.event.Attributes)
	read(memberPrefix, "member.attributes", e.event.Member.Attributes)
	if reason != "" {
		return &EventError{Field: field, Reason: reason}
	}
	return nil
}

// holds reports whether a condition holds for the event.
func (e *evaluation) holds(c *condition) bool {
	switch c.join {
	case joinAll:
		for i := range c.kids {
			if !e.holds(&c.kids[i]) {
				return false
			}
		}
		return true
	case joinAny:
		for i := range c.kids {
			if e.holds(&c.kids[i]) {
				return true
			}
		}
		return false
	case joinNot:
		return !e.holds(&c.kids[0])
	}
	o := e.operand(c.field)
	for i := range c.tests {
		if !c.tests[i].holds(&o, e.set.schema.fields[c.field].Type, c.field == fieldCategories) {
			return false
		}
	}
	return true
}

func (t *test) holds(o *operand, of FieldType, paths bool) bool {
	if t.op == opExists {
		return o.known == (t.n == 1)
	}
	if !o.known {
		return false
	}
	switch of {
	case TypeText:
		switch t.op {
		case opEq:
			return o.text == t.text
		case opIn:
			return t.words.has(o.text)
		case opContains:
			return strings.Contains(o.text, t.text)
		default:
			return strings.HasPrefix(o.text, t.text)
		}
	case TypeList:
		if paths {
			return slices.ContainsFunc(o.list, t.words.hasAbove)
		}
		return t.words.hasAny(o.list)
	case TypeTime:
		return t.orders(o.time.Compare(t.time))
	}
	if t.op == opIn {
		return slices.Contains(t.ints, o.n)
	}
	return t.orders(cmp.Compare(o.n, t.n))
}

// orders reports whether a field that compares so with the operand passes.
func (t *test) orders(compared int) bool {
	switch t.op {
	case opGt:
		return compared > 0
	case opGte:
		return compared >= 0
	case opLt:
		return compared < 0
	case opLte:
		return compared <= 0
	default:
		return compared == 0
	}
}

// operand returns the value of a field.
func (e *evaluation) operand(id fieldID) operand {
	if i := int(id) - len(builtin); i >= 0 {
		if e.custom == nil {
			return operand{}
		}
		return e.custom[i]
	}
	if id >= fieldOrderID {
		return e.orderOperand(id)
	}
	ev := e.event
	switch id {
	case fieldType:
		return textOperand(ev.Type)
	case fieldChannel:
		return textOperand(ev.Channel)
	case fieldStore:
		return textOperand(ev.Store)
	case fieldTime:
		return operand{known: true, time: ev.Time}
	case fieldMemberID:
		return textOperand(ev.Member.ID)
	case fieldTier:
		return textOperand(ev.Member.Tier)
	case fieldStage:
		return textOperand(ev.Member.Stage)
	case fieldSegments:
		return listOperand(ev.Member.Segments)
	case fieldInterests:
		return listOperand(ev.Member.Interests)
	case fieldOrders:
		return operand{known: true, n: int64(ev.Member.Orders)}
	default: // fieldJoined
		if ev.Member.Joined == (calendar.Date{}) {
			return operand{}
		}
		return operand{known: true, time: ev.Member.Joined.Start(e.set.zone)}
	}
}

func textOperand(s string) operand { return operand{known: s != "", text: s} }

func listOperand(list []string) operand { return operand{known: len(list) > 0, list: list} }

// orderOperand returns the value of a field of the order.
func (e *evaluation) orderOperand(id fieldID) operand {
	o := e.event.Order
	if o == nil {
		return operand{}
	}
	number := func(n int64) operand { return operand{known: true, n: n} }
	switch id {
	case fieldOrderID:
		return textOperand(o.ID)
	case fieldLines:
		return number(int64(len(o.Lines)))
	case fieldQuantity:
		return number(e.order.quantity())
	case fieldSubtotal:
		return number(e.order.net)
	case fieldShipping:
		return number(e.order.shipping)
	case fieldDiscount:
		return number(e.order.discount)
	case fieldTotal:
		return number(e.order.total)
	case fieldPaidInPoints:
		return number(e.order.paidInPoints)
	case fieldPaidByGiftCard:
		return number(e.order.paidByGiftCard)
	default:
		return listOperand(e.words(id))
	}
}

// words returns what the order's lines say of one kind, gathered once per event.
func (e *evaluation) words(id fieldID) []string {
	list := &e.gathered[id-fieldSKUs]
	if *list != nil {
		return *list
	}
	*list = []string{}
	for i := range e.event.Order.Lines {
		l := &e.event.Order.Lines[i]
		switch id {
		case fieldLabels:
			*list = append(*list, l.Labels...)
			continue
		case fieldSKUs:
			*list = append(*list, l.SKU)
		case fieldCategories:
			*list = append(*list, l.Category)
		case fieldBrands:
			*list = append(*list, l.Brand)
		}
		if last := len(*list) - 1; (*list)[last] == "" {
			*list = (*list)[:last]
		}
	}
	return *list
}

// quantity returns how much all lines hold, in millionths.
func (o *order) quantity() (sum int64) {
	for i := range o.lines {
		sum += o.lines[i].quantity
	}
	return sum
}
