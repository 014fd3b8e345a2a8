package rfm

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// Cuts are where levels end: thresholds, or quantiles once taken. They may be
// kept, as JSON, so that customers are scored by the same cuts until the next
// time they are taken. They never change.
type Cuts struct {
	// The highest value of each level but the last, which has none. Recency levels
	// are counted from the other end.
	recency, orders []int64
	spend           []int64 // millionths
}

// Recency returns the most days since the last purchase of each level, from the
// best level to the last but one.
func (c Cuts) Recency() []int64 { return slices.Clone(c.recency) }

// Orders returns the most orders of each level, from the worst to the last but one.
func (c Cuts) Orders() []int64 { return slices.Clone(c.orders) }

// Spend returns the highest spend of each level, from the worst to the last but
// one. All spend is in millionths, so the level of "5,000 and more" follows one
// that ends at 4999.999999.
func (c Cuts) Spend() []decimal.Decimal {
	all := make([]decimal.Decimal, len(c.spend))
	for i, n := range c.spend {
		all[i] = fromMicros(n)
	}
	return all
}

// Score returns a customer's levels.
func (c Cuts) Score(s Summary) Score { return c.score(s.values()) }

func (c Cuts) score(v values) Score {
	return Score{
		R: uint8(len(c.recency) + 1 - above(c.recency, v.recency)),
		F: uint8(1 + above(c.orders, v.orders)),
		M: uint8(1 + above(c.spend, v.spend)),
	}
}

// above counts the cuts that a value is above. The cuts are few, so it looks at
// all of them.
func above(cuts []int64, v int64) int {
	n := 0
	for _, c := range cuts {
		if v > c {
			n++
		}
	}
	return n
}

type cutsJSON struct {
	Recency []int64           `json:"recency"`
	Orders  []int64           `json:"orders"`
	Spend   []decimalAsString `json:"spend"`
}

// MarshalJSON writes the cuts, spend as strings.
func (c Cuts) MarshalJSON() ([]byte, error) {
	w := cutsJSON{Recency: c.recency, Orders: c.orders}
	for _, n := range c.spend {
		w.Spend = append(w.Spend, decimalAsString{fromMicros(n)})
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes. What are no cuts is refused with
// an error that wraps [ErrDefinition].
func (c *Cuts) UnmarshalJSON(text []byte) error {
	var r cutsJSON
	if err := decodeInto(text, &r); err != nil {
		return err
	}
	read := Cuts{recency: r.Recency, orders: r.Orders, spend: make([]int64, len(r.Spend))}
	for i, d := range r.Spend {
		n, fault := micros(d.Decimal)
		if fault != "" {
			return fmt.Errorf("%w: spend[%d]: %s", ErrDefinition, i, fault)
		}
		read.spend[i] = n
	}
	for _, list := range [][]int64{read.recency, read.orders, read.spend} {
		if len(list) == 0 || len(list) >= MaxLevels || !slices.IsSorted(list) {
			return fmt.Errorf("%w: cuts must be 1 to %d ascending numbers", ErrDefinition, MaxLevels-1)
		}
	}
	*c = read
	return nil
}
