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
		Rate    number     `json:"rate,omitzero"`
		Step    number     `json:"step,omitzero"`
		Outcome Outcome    `json:"outcome,omitzero"`
		Draw    *Draw      `json:"draw,omitempty"`
		Basis   Basis      `json:"basis,omitzero"`
		Round   Rounding   `json:"round,omitempty"`
		PerLine bool       `json:"per_line,omitempty"`
		Blocks  bool       `json:"blocks,omitempty"`
		Carry   bool       `json:"carry,omitempty"`
	}{e.Kind, e.Points, number{e.Per}, number{e.Factor}, number{e.Rate}, number{e.Step}, e.Outcome, e.Draw, e.Basis, e.Round, e.PerLine, e.Blocks, e.Carry})
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
		Money  number `json:"money,omitzero"`
		Carry  number `json:"carry,omitzero"`
	}{s.Line, s.Points, number{s.Money}, number{s.Carry}})
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

// MarshalJSON writes the outcome, its decimals as strings.
func (o Outcome) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind      string `json:"kind"`
		Reference string `json:"reference,omitempty"`
		Quantity  int64  `json:"quantity,omitempty"`
		Cost      number `json:"cost,omitzero"`
		Amount    number `json:"amount,omitzero"`
	}{o.Kind, o.Reference, o.Quantity, number{o.Cost}, number{o.Amount}})
}

// MarshalJSON writes the budget, its decimals as strings.
func (b Budget) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID        string   `json:"id"`
		Rules     []string `json:"rules,omitempty"`
		Unit      string   `json:"unit,omitempty"`
		Points    int64    `json:"points,omitempty"`
		Money     number   `json:"money,omitzero"`
		PointCost number   `json:"point_cost,omitzero"`
		Per       Per      `json:"per,omitempty"`
	}{b.ID, b.Rules, b.Unit, b.Points, number{b.Money}, number{b.PointCost}, b.Per})
}

// fundJSON is a Fund as it stands in JSON.
type fundJSON struct {
	Points int64  `json:"points,omitempty"`
	Money  number `json:"money,omitzero"`
	Pieces int64  `json:"pieces,omitempty"`
}

// MarshalJSON writes the fund, its money as a string.
func (f Fund) MarshalJSON() ([]byte, error) {
	return json.Marshal(fundJSON{f.Points, number{f.Money}, f.Pieces})
}

// MarshalJSON writes the spend, its money as a string.
func (s Spend) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Key   string    `json:"key"`
		Until time.Time `json:"until,omitzero"`
		fundJSON
	}{s.Key, s.Until, fundJSON{s.Points, number{s.Money}, s.Pieces}})
}
