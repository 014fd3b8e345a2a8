package rules

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// Decimals are JSON strings here, whatever decimal.MarshalJSONWithoutQuotes and its
// like are set to somewhere in the host: a rule file and a stored award must read
// the same in every program. So each type that holds decimals writes itself.

// number is a decimal on its way into JSON.
type number struct{ decimal.Decimal }

func (n number) MarshalJSON() ([]byte, error) {
	m, why := micros(n.Decimal)
	if why != exact {
		return nil, fmt.Errorf("rules: a number %s", why)
	}
	return []byte(`"` + formatMicros(m) + `"`), nil
}

// IsZero reports whether the selector takes the order as a whole.
func (s Selector) IsZero() bool {
	return len(s.SKUs)+len(s.Categories)+len(s.Brands)+len(s.Labels) == 0 && s.Exclude.IsZero() &&
		s.MinQuantity.IsZero() && s.MinAmount.IsZero()
}

// IsZero reports whether nothing is excluded.
func (x Exclusion) IsZero() bool {
	return len(x.SKUs)+len(x.Categories)+len(x.Brands)+len(x.Labels) == 0
}

// MarshalJSON writes the selector, its decimals as strings.
func (s Selector) MarshalJSON() ([]byte, error) {
	type plain Selector
	return json.Marshal(struct {
		plain
		MinQuantity number `json:"min_quantity,omitzero"`
		MinAmount   number `json:"min_amount,omitzero"`
	}{plain(s), number{s.MinQuantity}, number{s.MinAmount}})
}

// MarshalJSON writes the effect, its decimals as strings.
func (e Effect) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind    EffectKind `json:"kind"`
		Points  int64      `json:"points,omitempty"`
		Per     number     `json:"per,omitzero"`
		Factor  number     `json:"factor,omitzero"`
		Basis   Basis      `json:"basis,omitzero"`
		Round   Rounding   `json:"round,omitempty"`
		PerLine bool       `json:"per_line,omitempty"`
		Blocks  bool       `json:"blocks,omitempty"`
		Carry   bool       `json:"carry,omitempty"`
	}{e.Kind, e.Points, number{e.Per}, number{e.Factor}, e.Basis, e.Round, e.PerLine, e.Blocks, e.Carry})
}

// MarshalJSON writes the order, its decimals as strings.
func (o Order) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID             string `json:"id"`
		Lines          []Line `json:"lines"`
		Shipping       number `json:"shipping,omitzero"`
		ShippingTax    number `json:"shipping_tax,omitzero"`
		Discount       number `json:"discount,omitzero"`
		Total          number `json:"total"`
		PaidInPoints   number `json:"paid_in_points,omitzero"`
		PaidByGiftCard number `json:"paid_by_gift_card,omitzero"`
	}{
		o.ID, o.Lines, number{o.Shipping}, number{o.ShippingTax}, number{o.Discount},
		number{o.Total}, number{o.PaidInPoints}, number{o.PaidByGiftCard},
	})
}

// MarshalJSON writes the line, its decimals as strings.
func (l Line) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID       string   `json:"id"`
		SKU      string   `json:"sku,omitempty"`
		Category string   `json:"category,omitempty"`
		Brand    string   `json:"brand,omitempty"`
		Labels   []string `json:"labels,omitempty"`
		Quantity number   `json:"quantity"`
		Amount   number   `json:"amount"`
		Discount number   `json:"discount,omitzero"`
		Tax      number   `json:"tax,omitzero"`
	}{l.ID, l.SKU, l.Category, l.Brand, l.Labels, number{l.Quantity}, number{l.Amount}, number{l.Discount}, number{l.Tax}})
}

// MarshalJSON writes the share, its carry as a string.
func (s Share) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Line   string `json:"line"`
		Points int64  `json:"points"`
		Carry  number `json:"carry,omitzero"`
	}{s.Line, s.Points, number{s.Carry}})
}

// MarshalJSON writes the use, its carry as a string.
func (use Use) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Points int64     `json:"points,omitempty"`
		Uses   int64     `json:"uses,omitempty"`
		Carry  number    `json:"carry,omitzero"`
		Until  time.Time `json:"until,omitzero"`
	}{use.Points, use.Uses, number{use.Carry}, use.Until})
}
