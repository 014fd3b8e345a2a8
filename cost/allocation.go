package cost

import "github.com/shopspring/decimal"

// Bundle is one sale and the points that came with it: two performance
// obligations under IFRS 15 and ASC 606.
type Bundle struct {
	Price  decimal.Decimal // the transaction price
	Goods  decimal.Decimal // stand-alone price of what was sold
	Points int64
	// FaceValue is what a point buys; GeneralDiscount is the part of it that any
	// customer gets without points and that is no right of the member (B42).
	FaceValue       decimal.Decimal
	GeneralDiscount decimal.Decimal
	// Redemption is the share of points expected to be redeemed, within 0 and 1.
	Redemption decimal.Decimal
}

// Allocation is a transaction price split for good: a later change of estimate,
// value or stand-alone price never splits it again (IFRS 15.88).
type Allocation struct {
	Goods       decimal.Decimal // revenue now, or as the goods are delivered
	Points      decimal.Decimal // deferred
	OptionPrice decimal.Decimal // stand-alone price of the points, not rounded
}

// Allocate splits the price by relative stand-alone prices. Points is rounded half
// up to places decimals, Goods is the rest, so the two are always the price.
func (b Bundle) Allocate(places int32) (Allocation, error) {
	var bad problems
	checkMoney("price", b.Price, &bad)
	checkMoney("goods", b.Goods, &bad)
	checkPoints("points", b.Points, &bad)
	checkMoney("face_value", b.FaceValue, &bad)
	checkMoney("general_discount", b.GeneralDiscount, &bad)
	checkShare("redemption", b.Redemption, &bad)
	checkPlaces("places", places, &bad)
	if len(bad) == 0 && b.GeneralDiscount.GreaterThan(b.FaceValue) {
		bad.add("general_discount", "%s is more than the face value %s", b.GeneralDiscount, b.FaceValue)
	}
	if len(bad) == 0 && !b.Price.Equal(b.Price.Truncate(places)) {
		bad.add("price", "%s has more than %d decimals", b.Price, places)
	}
	if len(bad) > 0 {
		return Allocation{}, bad.err()
	}
	option := b.FaceValue.Sub(b.GeneralDiscount).Mul(decimal.NewFromInt(b.Points)).Mul(b.Redemption)
	whole := b.Goods.Add(option)
	if !whole.IsPositive() {
		if b.Price.IsPositive() {
			return Allocation{}, invalid("goods", "neither goods nor points have a stand-alone price to split %s by", b.Price)
		}
		return Allocation{OptionPrice: option}, nil
	}
	points := b.Price.Mul(option).DivRound(whole, places)
	return Allocation{Goods: b.Price.Sub(points), Points: points, OptionPrice: option}, nil
}
