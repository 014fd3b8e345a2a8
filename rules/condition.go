package rules

// Condition is a condition beyond what the fields of a [Rule] can say, as a tree:
// all of several conditions, any of them, not one of them, or one field compared.
//
//	{"all": [
//	  {"field": "order.total", "gte": "100.00"},
//	  {"any": [{"field": "channel", "in": ["web", "app"]}, {"not": {"field": "member.country", "eq": "DE"}}]}
//	]}
//
// Exactly one of All, Any, Not and Field is set. The zero Condition always holds.
//
// Field names a field there is, see [Fields], or an attribute that the definition
// declares. Which comparisons there are depends on its type; several in one
// condition must all hold, which makes a range of Gte and Lt:
//
//	text      Eq, In, Prefix, Contains (the text within it)
//	integer   Eq, In, Gt, Gte, Lt, Lte; compared with whole numbers
//	decimal   the same; compared with decimals in quotes
//	time      Gt, Gte, Lt, Lte; with an RFC 3339 time or, for a whole day in the
//	          set's zone, a date: lte "2026-06-30" holds until that day is over
//	bool      Eq
//	list      Contains (this text is in it), In (any of these is in it)
//
// and Exists with any. Categories of an order are compared as a [Selector] does: a
// path stands for what lies below it too.
//
// A field that is missing (no order, an attribute not sent, an empty text or list)
// makes every comparison false, and so a Not of it true; Exists tells it apart.
type Condition struct {
	All []Condition `json:"all,omitempty"` // every one of these
	Any []Condition `json:"any,omitempty"` // at least one of these
	Not *Condition  `json:"not,omitempty"` // it does not hold

	Field    string  `json:"field,omitempty"`    // "order.total", "member.tier", "stars"
	Eq       Value   `json:"eq,omitzero"`        // is this
	In       []Value `json:"in,omitempty"`       // is any of these; of a list: holds any of these
	Gt       Value   `json:"gt,omitzero"`        // is above this
	Gte      Value   `json:"gte,omitzero"`       // is this or above
	Lt       Value   `json:"lt,omitzero"`        // is below this
	Lte      Value   `json:"lte,omitzero"`       // is this or below
	Contains string  `json:"contains,omitempty"` // of a list: holds this; of a text: has this in it
	Prefix   string  `json:"prefix,omitempty"`   // begins with this
	Exists   *bool   `json:"exists,omitempty"`   // true: there is such a field; false: there is none
}

// IsZero reports whether the condition is empty, and so always holds.
func (c Condition) IsZero() bool {
	return c.All == nil && c.Any == nil && c.Not == nil && c.Field == "" && !c.compares()
}

// compares reports whether a comparison is set.
func (c *Condition) compares() bool {
	return !c.Eq.IsZero() || c.In != nil || !c.Gt.IsZero() || !c.Gte.IsZero() || !c.Lt.IsZero() || !c.Lte.IsZero() ||
		c.Contains != "" || c.Prefix != "" || c.Exists != nil
}

// clone copies the condition, up to one node more than are allowed: a Condition
// made in Go may be endless.
func (c Condition) clone(nodes *int) Condition {
	if *nodes++; *nodes > MaxConditions {
		return Condition{}
	}
	for _, list := range []*[]Condition{&c.All, &c.Any} {
		if *list == nil {
			continue
		}
		kids := make([]Condition, 0, min(len(*list), MaxConditions))
		for i := range *list {
			if *nodes > MaxConditions {
				break
			}
			kids = append(kids, (*list)[i].clone(nodes))
		}
		*list = kids
	}
	if c.Not != nil {
		not := c.Not.clone(nodes)
		c.Not = &not
	}
	if c.In != nil {
		c.In = append([]Value{}, c.In...)
	}
	if c.Exists != nil {
		c.Exists = new(*c.Exists)
	}
	return c
}
