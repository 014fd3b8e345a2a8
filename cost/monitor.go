package cost

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Good is one article of the basket that a point's worth is watched by.
type Good struct {
	Name     string          `json:"name"`
	Baseline decimal.Decimal `json:"baseline"`          // its price when the base was set
	Current  decimal.Decimal `json:"current"`           // its price now
	Quantity decimal.Decimal `json:"quantity,omitzero"` // in the basket; zero is 1
}

// MaxGoods bounds a basket.
const MaxGoods = 100_000

// Monitor follows prices: above Threshold the value of a point becomes Base × (1 +
// PassThrough × inflation). It reckons from Base and the baseline prices each time,
// so it does not compound; when a new base is set, set both. Falling prices propose
// nothing: a cut is for people to decide.
type Monitor struct {
	Base decimal.Decimal `json:"base"` // value of a point at baseline prices
	// Threshold is the inflation above which, not at which, the value moves; zero is
	// 0.05. PassThrough is the share of it that members get; zero is 0.5.
	Threshold   decimal.Decimal `json:"threshold,omitzero"`
	PassThrough decimal.Decimal `json:"pass_through,omitzero"`
}

// Default settings of a Monitor.
const (
	DefaultThreshold   = "0.05"
	DefaultPassThrough = "0.5"
)

// Reading is what a Monitor found.
type Reading struct {
	Inflation decimal.Decimal `json:"inflation"` // to ten decimals; may be negative
	// Above is the exact comparison with the threshold.
	Above bool `json:"above"`
	// PerPoint is the value that follows, rounded down to six decimals: Base when not
	// Above.
	PerPoint decimal.Decimal `json:"per_point"`
}

// Read compares a basket with its baseline.
func (m Monitor) Read(goods []Good) (Reading, error) {
	var bad problems
	checkPerPoint("base", m.Base, &bad)
	threshold, pass := orDefault(m.Threshold, DefaultThreshold), orDefault(m.PassThrough, DefaultPassThrough)
	checkShare("threshold", threshold, &bad)
	checkShare("pass_through", pass, &bad)
	if len(goods) == 0 || len(goods) > MaxGoods {
		bad.add("goods", "%d are not within 1 and %d", len(goods), MaxGoods)
		return Reading{}, bad.err()
	}
	var before, after decimal.Decimal
	for i, g := range goods {
		path := fmt.Sprintf("goods[%d]", i)
		if checkMoney(path+".baseline", g.Baseline, &bad) == 0 {
			bad.add(path+".baseline", "is 0")
		}
		checkMoney(path+".current", g.Current, &bad)
		checkMoney(path+".quantity", g.Quantity, &bad)
		if len(bad) > 0 {
			continue
		}
		n := orDefault(g.Quantity, "1")
		before, after = before.Add(n.Mul(g.Baseline)), after.Add(n.Mul(g.Current))
	}
	if len(bad) > 0 {
		return Reading{}, bad.err()
	}
	rise := after.Sub(before)
	r := Reading{Inflation: ratio(rise, before), Above: rise.GreaterThan(threshold.Mul(before)), PerPoint: m.Base}
	if r.Above {
		// base × (before + pass × rise) ÷ before, rounded once
		r.PerPoint = m.Base.Mul(before.Add(pass.Mul(rise))).DivRound(before, 12).Truncate(6)
	}
	return r, nil
}

// Propose reads the basket and, if the value should move, returns the value to
// announce, to be looked at with [Estimate.Preview] first. It is false when the
// present value is the one that follows already, or is above it.
func (m Monitor) Propose(now Value, goods []Good) (Value, Reading, bool, error) {
	r, err := m.Read(goods)
	if err != nil || !r.Above || !r.PerPoint.GreaterThan(now.PerPoint) {
		return Value{}, r, false, err
	}
	return Value{PerPoint: r.PerPoint, Reason: fmt.Sprintf("prices are %s above the baseline", percent(r.Inflation))}, r, true, nil
}

// RatePolicy moves what new points are worth towards what the programme can carry,
// in small dated steps. It never touches points already issued: what it proposes
// grandfathers, and must be announced like any other value.
type RatePolicy struct {
	Target  decimal.Decimal `json:"target,omitzero"`   // the cost ratio to steer to; zero is DefaultLimit
	Band    decimal.Decimal `json:"band,omitzero"`     // no step while within this share of the target; zero is 0.10
	MaxStep decimal.Decimal `json:"max_step,omitzero"` // most that one step changes the value, as a share; zero is 0.10
	Floor   decimal.Decimal `json:"floor"`             // least a point may be worth
	Ceiling decimal.Decimal `json:"ceiling"`           // most
}

// Step proposes the next value from a window's figures, such as [Standing.Total]:
// value × target ÷ actual ratio, within MaxStep, Floor and Ceiling, rounded down to
// six decimals. It is false when the figures give no reason to move: within the
// band, without revenue, or at a bound.
func (p RatePolicy) Step(now Value, window View) (Value, bool, error) {
	var bad problems
	target, band := orDefault(p.Target, DefaultLimit), orDefault(p.Band, "0.10")
	step := orDefault(p.MaxStep, "0.10")
	checkShare("target", target, &bad)
	checkShare("band", band, &bad)
	checkShare("max_step", step, &bad)
	floor, ceiling := checkPerPoint("floor", p.Floor, &bad), checkPerPoint("ceiling", p.Ceiling, &bad)
	current := checkPerPoint("now.per_point", now.PerPoint, &bad)
	if len(bad) == 0 && ceiling < floor {
		bad.add("ceiling", "%s is below the floor %s", p.Ceiling, p.Floor)
	}
	checkSigned("window.revenue", window.Revenue, &bad)
	checkMoney("window.cost", window.Cost, &bad)
	if len(bad) > 0 {
		return Value{}, false, bad.err()
	}
	if !window.Revenue.IsPositive() {
		return Value{}, false, nil
	}
	aim := target.Mul(window.Revenue)
	if off := window.Cost.Sub(aim).Abs(); off.LessThanOrEqual(band.Mul(aim)) {
		return Value{}, false, nil
	}
	one := decimal.NewFromInt(1)
	next := now.PerPoint.Mul(one.Add(step))
	if window.Cost.IsPositive() {
		next = decimal.Min(next, now.PerPoint.Mul(aim).DivRound(window.Cost, 12))
	}
	next = decimal.Max(next, now.PerPoint.Mul(one.Sub(step)))
	next = decimal.Max(decimal.Min(next, p.Ceiling), p.Floor).Truncate(6)
	if m, _ := toMicros(next); m == current {
		return Value{}, false, nil
	}
	return Value{PerPoint: next, Grandfather: true,
		Reason: fmt.Sprintf("points cost %s of revenue, aim %s", percent(ratio(window.Cost, window.Revenue)), percent(target))}, true, nil
}
