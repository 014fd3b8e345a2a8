package rfm

import (
	"github.com/shopspring/decimal"
)

// Group is customers taken together.
type Group struct {
	Name      string          `json:"name"`
	Customers int64           `json:"customers"`
	Orders    int64           `json:"orders"`
	Spend     decimal.Decimal `json:"spend"`
}

func (g *Group) add(s Summary) {
	g.Customers++
	g.Orders += s.Orders
	g.Spend = g.Spend.Add(s.Spend)
}

// Mean returns the spend a customer to two decimals, half up; 0 of no customers.
func (g Group) Mean() decimal.Decimal {
	if g.Customers == 0 {
		return decimal.Decimal{}
	}
	return g.Spend.DivRound(decimal.NewFromInt(g.Customers), 2)
}

// Grid is customers by their levels of recency and frequency.
type Grid struct {
	Cells [][]Group // Cells[r-1][f-1], without names
}

func newGrid(r, f int) Grid {
	g := Grid{Cells: make([][]Group, r)}
	for i := range g.Cells {
		g.Cells[i] = make([]Group, f)
	}
	return g
}
