package rules

import (
	"math/big"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

func rat(d decimal.Decimal) *big.Rat { return d.Rat() }

func ratInt(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func sumRats(list []*big.Rat) *big.Rat {
	sum := new(big.Rat)
	for _, r := range list {
		sum.Add(sum, r)
	}
	return sum
}

func minRat(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// roundRat rounds a fraction that is not negative.
func roundRat(r *big.Rat, mode Rounding) *big.Int {
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	rest := new(big.Rat).Sub(r, new(big.Rat).SetInt(whole))
	half := rest.Cmp(big.NewRat(1, 2))
	up := false
	switch mode {
	case RoundCeil:
		up = rest.Sign() > 0
	case RoundHalfUp:
		up = half >= 0
	case RoundHalfEven:
		up = half > 0 || half == 0 && whole.Bit(0) == 1
	}
	if up {
		whole.Add(whole, big.NewInt(1))
	}
	return whole
}

// spread is the largest remainder written down plainly.
func spread(points *big.Int, weights []*big.Rat) []*big.Int {
	sum := sumRats(weights)
	if sum.Sign() == 0 {
		equal := make([]*big.Rat, len(weights))
		for i := range equal {
			equal[i] = ratInt(1)
		}
		weights, sum = equal, ratInt(int64(len(equal)))
	}
	shares, fractions, order := make([]*big.Int, len(weights)), make([]*big.Rat, len(weights)), make([]int, len(weights))
	left := new(big.Int).Set(points)
	for i, w := range weights {
		ideal := new(big.Rat).Mul(new(big.Rat).SetInt(points), w)
		ideal.Quo(ideal, sum)
		shares[i] = roundRat(ideal, RoundFloor)
		fractions[i] = ideal.Sub(ideal, new(big.Rat).SetInt(shares[i]))
		left.Sub(left, shares[i])
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return fractions[j].Cmp(fractions[i]) })
	for n := range int(left.Int64()) {
		shares[order[n]].Add(shares[order[n]], big.NewInt(1))
	}
	return shares
}

var perMillion = ratInt(1_000_000)

// spreadMoney spreads an amount in whole millionths.
func spreadMoney(amount *big.Rat, weights []*big.Rat) []*big.Rat {
	micro := new(big.Rat).Mul(amount, perMillion)
	out := make([]*big.Rat, len(weights))
	for i, s := range spread(micro.Num(), weights) {
		out[i] = new(big.Rat).Quo(new(big.Rat).SetInt(s), perMillion)
	}
	return out
}

// within is the part of an amount, to the nearest millionth.
func within(amount, part, whole *big.Rat) *big.Rat {
	if whole.Sign() == 0 {
		return new(big.Rat)
	}
	r := new(big.Rat).Mul(amount, part)
	r.Quo(r, whole).Mul(r, perMillion)
	return r.SetInt(roundRat(r, RoundHalfUp)).Quo(r, perMillion)
}

// basis is the money that counts for a rule, line by line.
func (o *oracle) basis(r Rule) []*big.Rat {
	order, b, whole := o.ev.Order, r.Effect.Basis, !narrows(r.Lines)
	nets := make([]*big.Rat, len(order.Lines))
	for i, l := range order.Lines {
		nets[i] = rat(l.Amount.Sub(l.Discount))
	}
	owed, shippingOwed := nets, rat(order.Shipping)
	if whole {
		discount := rat(order.Discount)
		onGoods := minRat(discount, sumRats(nets))
		shippingOwed = new(big.Rat).Sub(shippingOwed, new(big.Rat).Sub(discount, onGoods))
		owed = make([]*big.Rat, len(nets))
		for i, d := range spreadMoney(onGoods, nets) {
			owed[i] = new(big.Rat).Sub(nets[i], d)
		}
	}
	paid := new(big.Rat)
	if !b.PaidInPoints {
		paid.Add(paid, rat(order.PaidInPoints))
	}
	if !b.PaidByGiftCard {
		paid.Add(paid, rat(order.PaidByGiftCard))
	}
	onGoods := minRat(paid, sumRats(owed))
	counts := make([]*big.Rat, len(nets))
	for i, p := range spreadMoney(onGoods, owed) {
		l := order.Lines[i]
		c := new(big.Rat).Set(owed[i])
		if b.BeforeDiscount {
			c = rat(l.Amount)
		}
		c = new(big.Rat).Sub(c, p)
		if b.ExcludeTax {
			c.Sub(c, within(c, rat(l.Tax), nets[i]))
		}
		counts[i] = c
	}
	if whole && b.Shipping {
		c := new(big.Rat).Set(shippingOwed)
		if b.BeforeDiscount {
			c = rat(order.Shipping)
		}
		c = new(big.Rat).Sub(c, minRat(new(big.Rat).Sub(paid, onGoods), shippingOwed))
		if b.ExcludeTax {
			c.Sub(c, within(c, rat(order.ShippingTax), rat(order.Shipping)))
		}
		for i, s := range spreadMoney(c, counts) {
			counts[i] = new(big.Rat).Add(counts[i], s)
		}
	}
	return counts
}

func narrows(s Selector) bool {
	s.MinAmount, s.MinQuantity = decimal.Decimal{}, decimal.Decimal{}
	return !s.IsZero()
}

func anyOf[T comparable](list []T, of ...T) bool {
	return slices.ContainsFunc(of, func(x T) bool { return slices.Contains(list, x) })
}

func below(list []string, category string) bool {
	return slices.ContainsFunc(list, func(c string) bool { return category == c || strings.HasPrefix(category, c+"/") })
}
