package rules

import (
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Event is something a member did, as the rules see it.
type Event struct {
	ID      string
	Type    string // what happened: "order", "sign_up", "check_in" or the host's own word; a rule's Trigger names it
	Time    time.Time
	Channel string // where: "web", "app", "store"; may be empty
	Store   string // which shop or site; may be empty
	Member  Member
	Order   *Order // nil for an event that is not a purchase
	// Attributes are what else there is to know of it: the stars of a review, the
	// coupon of an order. See Definition.Attributes.
	Attributes Attributes
}

// Member is what the rules may know of the member at the moment of the event.
type Member struct {
	ID         string
	Tier       string
	Segments   []string
	Stage      string          // of the member's life with the shop: "new", "active", "dormant" or the host's own word; may be empty
	Interests  []string        // interest groups the member is in
	Birthday   calendar.Yearly // zero when unknown: no birthday rule matches
	Joined     calendar.Date   // zero when unknown: no anniversary rule matches
	Orders     int             // orders that counted before this one; 0 makes this the first
	Attributes Attributes      // see Definition.Attributes, where they are "member." and the name here
}

// Order is a purchase. All money is in the programme's currency, at most six
// decimals and below 10^12; the parts must add up:
//
//	Total = Σ (line.Amount − line.Discount) + Shipping − Discount
type Order struct {
	ID             string          `json:"id"`
	Lines          []Line          `json:"lines"`
	Shipping       decimal.Decimal `json:"shipping,omitzero"`          // tax included
	ShippingTax    decimal.Decimal `json:"shipping_tax,omitzero"`      // the tax within Shipping
	Discount       decimal.Decimal `json:"discount,omitzero"`          // taken off the order as a whole, beyond the lines' own discounts
	Total          decimal.Decimal `json:"total"`                      // what the customer owes, tax included
	PaidInPoints   decimal.Decimal `json:"paid_in_points,omitzero"`    // the part of Total settled with points
	PaidByGiftCard decimal.Decimal `json:"paid_by_gift_card,omitzero"` // the part of Total settled with a gift card
}

// Line is one row of an order.
type Line struct {
	ID       string          `json:"id"` // unique within the order: a return names it
	SKU      string          `json:"sku,omitempty"`
	Category string          `json:"category,omitempty"` // a path from the root, parts joined by "/": "food/fruit/apples"
	Brand    string          `json:"brand,omitempty"`
	Labels   []string        `json:"labels,omitempty"`
	Quantity decimal.Decimal `json:"quantity"`          // above zero; fractions are fine (1.250 kg)
	Amount   decimal.Decimal `json:"amount"`            // for the whole quantity, before Discount, tax included; not negative
	Discount decimal.Decimal `json:"discount,omitzero"` // between zero and Amount
	Tax      decimal.Decimal `json:"tax,omitzero"`      // the tax within Amount − Discount
}
