package rules

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

var genSecret = []byte("a secret of the tests")

// genBeyond adds to a definition what not every rule set has: outcomes, commissions,
// draws, caps on uses, budgets.
func genBeyond(t *rapid.T, d *Definition) {
	for i := range d.Rules {
		if d.Rules[i].Effect.Kind != Multiplier && rarely(t, "beyond points?", 4) {
			genBeyondPoints(t, &d.Rules[i])
		}
	}
	for i := range d.Caps {
		if rarely(t, "uses?", 3) {
			d.Caps[i].Points, d.Caps[i].Uses = 0, rapid.Int64Range(1, 3).Draw(t, "cap uses")
		}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "budgets") {
		scope := genCap(t, fmt.Sprintf("b%d", i), d)
		b := Budget{ID: scope.ID, Rules: scope.Rules, Unit: scope.Unit, Per: scope.Per}
		if b.Per == PerOrder {
			b.Per = ""
		}
		if b.Points = rapid.Int64Range(1, 3000).Draw(t, "budget"); rapid.Bool().Draw(t, "of money") {
			b.Points, b.Money = 0, decimal.New(b.Points, -1)
			b.PointCost = dec(rapid.SampledFrom([]string{"0.008", "0.01", "1.333333"}).Draw(t, "point cost"))
		}
		d.Budgets = append(d.Budgets, b)
	}
}

func genBeyondPoints(t *rapid.T, r *Rule) {
	kind := rapid.SampledFrom([]EffectKind{GiveOutcome, Commission, DrawPrize}).Draw(t, "kind beyond points")
	basis := r.Effect.Basis
	r.Effect, r.Phase = Effect{Kind: kind}, one(t, "phase", "", PhaseBonus)
	if kind != DrawPrize {
		r.Limits = slices.DeleteFunc(r.Limits, func(l Limit) bool { return l.Points > 0 })
	}
	switch kind {
	case GiveOutcome:
		r.Effect.Outcome = genOutcome(t)
	case Commission:
		r.Effect.Rate = dec(rapid.SampledFrom([]string{"0.05", "1", "0.000001", "0.333333"}).Draw(t, "rate"))
		r.Effect.Step = dec(one(t, "step", "0", "0.05", "1", "7.5"))
		r.Effect.Round = rapid.SampledFrom([]Rounding{"", RoundHalfUp, RoundHalfEven, RoundCeil}).Draw(t, "round")
		r.Effect.PerLine = rapid.Bool().Draw(t, "per line")
		if r.Effect.Basis = basis; basis == (Basis{}) {
			r.Effect.Basis = genBasis(t, !narrows(r.Lines))
		}
		return
	case DrawPrize:
		r.Effect.Draw = genDraw(t)
	}
	if !r.Lines.MinAmount.IsZero() {
		r.Effect.Basis = basis
	}
}

func genOutcome(t *rapid.T) Outcome {
	return Outcome{
		Kind: rapid.SampledFrom([]string{"coupon", "badge"}).Draw(t, "outcome"), Reference: one(t, "reference", "SPRING", ""),
		Quantity: rapid.Int64Range(0, 3).Draw(t, "quantity"), Cost: dec(one(t, "cost", "0", "5", "0.333333")),
	}
}

func genDraw(t *rapid.T) *Draw {
	d := &Draw{}
	for i := range rapid.IntRange(1, 4).Draw(t, "prizes") {
		p := Prize{ID: fmt.Sprintf("p%d", i), Odds: rapid.Int64Range(1, 10).Draw(t, "odds"), Stock: one(t, "stock", int64(0), 0, 3)}
		switch rapid.IntRange(0, 2).Draw(t, "prize") {
		case 0:
			p.Points = rapid.Int64Range(1, 100).Draw(t, "points")
		case 1:
			p.Outcome = genOutcome(t)
		}
		d.Of += p.Odds
		d.Prizes = append(d.Prizes, p)
	}
	if last := d.Prizes[len(d.Prizes)-1]; rapid.Bool().Draw(t, "guarantee?") {
		d.Guarantee = Guarantee{After: rapid.Int64Range(1, 3).Draw(t, "after"), Prize: last.ID}
	}
	if first := d.Prizes[0]; first.Stock == 0 && rapid.Bool().Draw(t, "instead?") {
		d.Instead = first.ID
	}
	return d
}

// genFunds draws what is left of all that an event may draw on.
func genFunds(t *rapid.T, s *Set, ev *Event) Funds {
	f := Funds{}
	for _, n := range s.Needs(ev) {
		m, _ := micros(n.Full.Money)
		f[n.Key] = Fund{
			Points: rapid.Int64Range(-1, n.Full.Points).Draw(t, "points left"),
			Money:  decimal.New(rapid.Int64Range(0, m/10_000).Draw(t, "money left"), -2),
			Pieces: rapid.Int64Range(0, n.Full.Pieces).Draw(t, "pieces left"),
		}
	}
	return f
}

// earnBeyond fills in what a rule gives that is not points by its own count.
func (o *oracle) earnBeyond(a *oracleAward) {
	e := a.rule.Effect
	a.earned, a.units = new(big.Int), new(big.Int)
	switch e.Kind {
	case GiveOutcome:
		a.units.SetInt64(max(e.Outcome.Quantity, 1))
		a.unit = rat(e.Outcome.Cost)
	case Commission:
		step := rat(e.Step)
		if step.Sign() == 0 {
			step = big.NewRat(1, 100)
		}
		a.money, a.unit = true, step
		basis := o.basis(a.rule)
		for _, i := range a.lines {
			a.weights = append(a.weights, new(big.Rat).Set(basis[i]))
		}
		steps := func(x *big.Rat) *big.Int {
			y := new(big.Rat).Mul(x, rat(e.Rate))
			return roundRat(y.Quo(y, step), e.Round)
		}
		if !e.PerLine {
			a.units = steps(sumRats(a.weights))
			return
		}
		for i, w := range a.weights {
			n := steps(w)
			a.units.Add(a.units, n)
			a.weights[i] = new(big.Rat).SetInt(n)
		}
	case DrawPrize:
		o.draw(a)
	}
}

// draw repeats the arithmetic of draw.go with whole numbers of any size.
func (o *oracle) draw(a *oracleAward) {
	d := a.rule.Effect.Draw
	odds := d.sum()
	field := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...)
	}
	all, of := new(big.Int).Lsh(big.NewInt(1), 64), big.NewInt(d.Of)
	fair := new(big.Int).Mod(all, of)
	u := new(big.Int)
	for n := uint64(0); ; n++ {
		var text []byte
		for _, s := range []string{"loyalty draw number 1", string(odds), a.rule.ID, o.ev.ID, o.ev.Member.ID, string(binary.BigEndian.AppendUint64(nil, n))} {
			text = field(text, s)
		}
		mac := hmac.New(sha256.New, genSecret)
		mac.Write(text)
		if u.SetBytes(mac.Sum(nil)[:8]); u.Cmp(fair) >= 0 {
			break
		}
	}
	a.number = new(big.Int).Mod(u, of).Int64()
	var p, g *Prize
	for i, rest := range d.Prizes {
		if d.Prizes[i].ID == d.Guarantee.Prize {
			g = &d.Prizes[i]
		}
		if before := sumOdds(d.Prizes[:i]); before <= a.number && a.number < before+rest.Odds {
			p = &d.Prizes[i]
		}
	}
	if g != nil && p.Odds > g.Odds && o.use["draw/"+a.rule.ID].Uses >= d.Guarantee.After {
		p = g
	}
	if p.Stock > 0 && o.funds["stock/"+a.rule.ID+"/"+p.ID].Pieces <= 0 {
		at := slices.IndexFunc(d.Prizes, func(p Prize) bool { return p.ID == d.Instead })
		if p = nil; at >= 0 {
			p = &d.Prizes[at]
		}
	}
	a.drawn = true
	if p == nil {
		return
	}
	a.earned.SetInt64(p.Points)
	if !p.Outcome.IsZero() {
		a.units.SetInt64(max(p.Outcome.Quantity, 1))
		a.unit = rat(p.Outcome.Cost)
	}
	if o.ev.Order != nil {
		for _, i := range a.lines {
			l := o.ev.Order.Lines[i]
			a.weights = append(a.weights, rat(l.Amount.Sub(l.Discount)))
		}
	}
}

func sumOdds(prizes []Prize) (sum int64) {
	for _, p := range prizes {
		sum += p.Odds
	}
	return sum
}

// budgets cuts each award to what those before it leave of every budget.
func (o *oracle) budgets() {
	spent := map[string]*big.Rat{}
	for _, a := range o.awards {
		under := slices.DeleteFunc(slices.Clone(o.def.Budgets), func(b Budget) bool {
			all := len(b.Rules) == 0 && o.unit(a.rule.Unit) == o.unit(b.Unit)
			return !all && !slices.Contains(b.Rules, a.rule.ID) || a.annulled
		})
		units, cost := a.points, func(b Budget) *big.Rat {
			if b.Points > 0 {
				return ratInt(1)
			}
			return rat(b.PointCost)
		}
		if a.units != nil && a.units.Sign() > 0 {
			units, cost = a.units, func(b Budget) *big.Rat {
				if b.Points > 0 {
					return new(big.Rat)
				}
				return a.unit
			}
		}
		for _, b := range under {
			if cost(b).Sign() == 0 {
				continue
			}
			left := new(big.Rat).Sub(o.left(b), orZero(spent[b.ID]))
			if left.Sign() < 0 {
				left.SetInt64(0)
			}
			if most := roundRat(left.Quo(left, cost(b)), RoundFloor); most.Cmp(units) < 0 {
				units.Set(most)
			}
		}
		for _, b := range under {
			taken := new(big.Rat).Mul(cost(b), new(big.Rat).SetInt(units))
			spent[b.ID] = taken.Add(taken, orZero(spent[b.ID]))
		}
	}
}

func orZero(r *big.Rat) *big.Rat {
	if r == nil {
		return new(big.Rat)
	}
	return r
}

// left is what a budget has left.
func (o *oracle) left(b Budget) *big.Rat {
	per := calendar.Period(b.Per)
	if b.Per == "" {
		per = calendar.Ever
	}
	f := o.funds["budget/"+b.ID+"/"+per.Key(o.ev.Time, o.zone)]
	if b.Points > 0 {
		return ratInt(f.Points)
	}
	return rat(f.Money)
}
