package rules

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// FieldType is what a field or an attribute holds.
type FieldType string

// The types of fields.
const (
	TypeText    FieldType = "text"
	TypeInteger FieldType = "integer"
	TypeDecimal FieldType = "decimal" // money or a quantity: at most six decimals, below 10^12
	TypeTime    FieldType = "time"
	TypeBool    FieldType = "bool"
	TypeList    FieldType = "list" // of texts
)

var fieldTypes = []FieldType{TypeText, TypeInteger, TypeDecimal, TypeTime, TypeBool, TypeList}

// Field is something a condition may look at.
type Field struct {
	Name string    `json:"name"`
	Type FieldType `json:"type"`
}

// Fields there are for every event. Their order is that of fieldID.
var builtin = [...]Field{
	{"type", TypeText},
	{"channel", TypeText},
	{"store", TypeText},
	{"time", TypeTime},
	{"member.id", TypeText},
	{"member.tier", TypeText},
	{"member.stage", TypeText},
	{"member.segments", TypeList},
	{"member.interests", TypeList},
	{"member.joined", TypeTime},
	{"member.orders", TypeInteger},
	{"order.id", TypeText},
	{"order.lines", TypeInteger},
	{"order.quantity", TypeDecimal},
	{"order.subtotal", TypeDecimal},
	{"order.shipping", TypeDecimal},
	{"order.discount", TypeDecimal},
	{"order.total", TypeDecimal},
	{"order.paid_in_points", TypeDecimal},
	{"order.paid_by_gift_card", TypeDecimal},
	{"order.skus", TypeList},
	{"order.categories", TypeList},
	{"order.brands", TypeList},
	{"order.labels", TypeList},
}

// fieldID is the index of a field: of builtin, and beyond it of the attributes
// that the definition declares, by name.
type fieldID int

const (
	fieldType fieldID = iota
	fieldChannel
	fieldStore
	fieldTime
	fieldMemberID
	fieldTier
	fieldStage
	fieldSegments
	fieldInterests
	fieldJoined
	fieldOrders
	fieldOrderID
	fieldLines
	fieldQuantity
	fieldSubtotal
	fieldShipping
	fieldDiscount
	fieldTotal
	fieldPaidInPoints
	fieldPaidByGiftCard
	fieldSKUs
	fieldCategories
	fieldBrands
	fieldLabels
)

// Fields returns what a condition may look at under a definition that declares
// these attributes: the fields every event has, and then the attributes by name.
//
// Of the member: joined is the start of the day of joining, and orders is how many
// there were before this one. Of the order: lines is how many it has, quantity is
// of all its lines, and subtotal what these cost after their own discounts.
func Fields(attributes map[string]FieldType) []Field {
	fields := slices.Clone(builtin[:])
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		fields = append(fields, Field{name, attributes[name]})
	}
	return fields
}

// memberPrefix begins the name of an attribute of the member.
const memberPrefix = "member."

// schema is what conditions of a set may look at.
type schema struct {
	fields []Field
	byName map[string]fieldID
	zone   *time.Location
}

func newSchema(attributes map[string]FieldType, zone *time.Location) *schema {
	s := &schema{fields: Fields(attributes), zone: zone}
	s.byName = make(map[string]fieldID, len(s.fields))
	for i, f := range s.fields {
		s.byName[f.Name] = fieldID(i)
	}
	return s
}

// declares reports whether there are attributes beside the fields every event has.
func (s *schema) declares() bool { return len(s.fields) > len(builtin) }

func (s *schema) names() []string {
	names := make([]string, len(s.fields))
	for i := range s.fields {
		names[i] = s.fields[i].Name
	}
	return names
}

// attributes checks what a definition declares.
func (c *checker) attributes(attributes map[string]FieldType) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		c.in("attributes", func() {
			oneOf(c, name, attributes[name], fieldTypes...)
			c.attributeName(name)
		})
	}
}

// attributeName checks the name of an attribute: a word, or "member." and a word.
func (c *checker) attributeName(name string) {
	word := strings.TrimPrefix(name, memberPrefix)
	taken := slices.ContainsFunc(builtin[:], func(f Field) bool { return f.Name == name })
	switch {
	case taken:
		c.report(name, "is a field that every event has")
	case len(name) > MaxText:
		c.report("", "the name %s is longer than %d bytes", quote(name), MaxText)
	case !isWord(word):
		c.report("", `the name %s must be letters, digits and underscores, such as "stars", or "member.country" for one of the member`, quote(name))
	}
}

// isWord reports whether a name can be written in a condition and in an expression:
// ASCII letters, digits and underscores, not beginning with a digit.
func isWord(s string) bool {
	for i := range len(s) {
		b := s[i]
		letter := b == '_' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
		if !letter && (i == 0 || b < '0' || b > '9') {
			return false
		}
	}
	return s != ""
}
