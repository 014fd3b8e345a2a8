package rules

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// The oracle evaluates a definition as its documentation reads, with exact
// fractions, in no hurry, and sharing no arithmetic with the product.

type oracleAward struct {
	rule    Rule
	lines   []int // selected
	weights []*big.Rat
	earned  *big.Int
	points  *big.Int

	units    *big.Int // of an outcome, or steps of money
	unit     *big.Rat // what one of them costs
	money    bool
	drawn    bool
	number   int64
	annulled bool
}

type oracle struct {
	def    Definition
	ev     *Event
	use    Usage
	funds  Funds
	zone   *time.Location
	awards []*oracleAward
}

// oracleShare is what of an award falls on a line.
type oracleShare struct {
	Points int64
	Carry  string
	Money  string
}

// selected returns the lines a rule picks.
func (o *oracle) selected(s Selector) (lines []int) {
	x := s.Exclude
	all := len(s.SKUs)+len(s.Categories)+len(s.Brands)+len(s.Labels) == 0
	for i, l := range o.ev.Order.Lines {
		in := all || anyOf(s.SKUs, l.SKU) || below(s.Categories, l.Category) || anyOf(s.Brands, l.Brand) || anyOf(s.Labels, l.Labels...)
		out := anyOf(x.SKUs, l.SKU) || below(x.Categories, l.Category) || anyOf(x.Brands, l.Brand) || anyOf(x.Labels, l.Labels...)
		if in && !out {
			lines = append(lines, i)
		}
	}
	return lines
}

// key is the period of an event for a limit or cap.
func (o *oracle) key(per Per) string { return calendar.Period(per).Key(o.ev.Time, o.zone) }

func (o *oracle) matches(r Rule) (lines []int, ok bool) {
	m, a, w := o.ev.Member, r.Audience, r.Window
	if r.Disabled || r.Trigger != o.ev.Type ||
		!(calendar.Window{From: w.From, Until: w.Until}).Contains(o.ev.Time) ||
		len(w.Slots) > 0 && !slices.ContainsFunc(w.Slots, func(s calendar.Slot) bool { return s.Contains(o.ev.Time, o.zone) }) ||
		w.Occasion.Kind != "" && !o.celebrates(w.Occasion) ||
		len(a.Tiers) > 0 && !anyOf(a.Tiers, m.Tier) ||
		len(a.SegmentsAny) > 0 && !anyOf(a.SegmentsAny, m.Segments...) ||
		anyOf(a.SegmentsNot, m.Segments...) ||
		len(a.Channels) > 0 && !anyOf(a.Channels, o.ev.Channel) ||
		len(a.Stores) > 0 && !anyOf(a.Stores, o.ev.Store) ||
		len(a.Stages) > 0 && !anyOf(a.Stages, m.Stage) ||
		len(a.Interests) > 0 && !anyOf(a.Interests, m.Interests...) ||
		a.FirstOrder && (m.Orders > 0 || o.ev.Order == nil) ||
		a.NthOrder != (NthOrder{}) && (o.ev.Order == nil || !isNth(a.NthOrder, m.Orders+1)) ||
		!o.holds(r.When) {
		return nil, false
	}
	for _, l := range r.Limits {
		if l.Uses > 0 && o.use["rule/"+r.ID+"/"+o.key(l.Per)].Uses >= l.Uses {
			return nil, false
		}
	}
	for _, c := range o.def.Caps {
		all := len(c.Rules) == 0 && o.unit(r.Unit) == o.unit(c.Unit)
		if c.Uses > 0 && (all || slices.Contains(c.Rules, r.ID)) && c.Per != PerOrder && o.use["cap/"+c.ID+"/"+o.key(c.Per)].Uses >= c.Uses {
			return nil, false
		}
	}
	counts := r.Effect.Kind == Rate || r.Effect.Kind == PerQuantity || r.Effect.Kind == Commission
	if o.ev.Order == nil {
		return []int{0}, r.Lines.IsZero() && !counts && !strings.Contains(r.Pending.Await, "{order}")
	}
	lines = o.selected(r.Lines)
	if len(lines) == 0 {
		return nil, false
	}
	quantity, amount, basis := decimal.Decimal{}, new(big.Rat), o.basis(r)
	for _, i := range lines {
		quantity = quantity.Add(o.ev.Order.Lines[i].Quantity)
		amount.Add(amount, basis[i])
	}
	return lines, !quantity.LessThan(r.Lines.MinQuantity) && amount.Cmp(rat(r.Lines.MinAmount)) >= 0
}

// isNth counts the orders that are meant one by one.
func isNth(n NthOrder, order int) bool {
	every := max(n.Every, 1)
	first := n.From
	if first == 0 {
		first = every
	}
	for i := first; i <= order && (n.To == 0 || i <= n.To); i += every {
		if i == order {
			return true
		}
	}
	return false
}

// celebrates asks every day of the span whether it is the member's.
func (o *oracle) celebrates(c Occasion) bool {
	today, m := calendar.DateOf(o.ev.Time, o.zone), o.ev.Member
	date, since := m.Birthday, 0
	if c.Kind == OccasionAnniversary {
		date, since = calendar.YearlyOf(m.Joined), m.Joined.Year+1
	}
	if date.IsZero() {
		return false
	}
	span := cmp.Or(c.Span, calendar.Day)
	for d := today.AddDays(-31); !d.After(today.AddDays(31)); d = d.AddDays(1) {
		sameSpan := span.Key(d.Start(o.zone), o.zone) == span.Key(today.Start(o.zone), o.zone)
		if sameSpan && d.Year >= since && date.In(d.Year, c.Leap) == d {
			return true
		}
	}
	return false
}

// inPhase returns the matching rules of a phase in their order, exclusive ones heeded.
func (o *oracle) inPhase(phase Phase, admit func(Rule, []int) []int) (list []*oracleAward) {
	rules := slices.Clone(o.def.Rules)
	slices.SortFunc(rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.ID, b.ID))
	})
	alone := map[string]string{}
	for _, r := range rules {
		own := cmp.Or(r.Phase, PhaseBase)
		if r.Effect.Kind == Multiplier {
			own = PhaseMultiplier
		}
		if k := r.Effect.Kind; k == GiveOutcome || k == Commission || k == DrawPrize {
			own = PhaseBonus
		}
		lines, ok := o.matches(r)
		if own != phase || !ok {
			continue
		}
		if lines = admit(r, lines); len(lines) == 0 {
			continue
		}
		if unit := o.unit(r.Unit); r.Exclusive && alone[unit] == "" {
			alone[unit] = r.ID
		}
		list = append(list, &oracleAward{rule: r, lines: lines})
	}
	return slices.DeleteFunc(list, func(a *oracleAward) bool {
		by := alone[o.unit(a.rule.Unit)]
		return by != "" && by != a.rule.ID
	})
}

func (o *oracle) unit(unit string) string { return cmp.Or(unit, o.def.Unit, DefaultUnit) }

// earn fills in what a rule other than a multiplier gives.
func (o *oracle) earn(a *oracleAward) {
	e := a.rule.Effect
	if e.Kind == GiveOutcome || e.Kind == Commission || e.Kind == DrawPrize {
		o.earnBeyond(a)
		return
	}
	if o.ev.Order == nil {
		a.earned = big.NewInt(e.Points)
		return
	}
	basis := o.basis(a.rule)
	for _, i := range a.lines {
		l := o.ev.Order.Lines[i]
		switch e.Kind {
		case Rate:
			a.weights = append(a.weights, basis[i])
		case PerQuantity:
			a.weights = append(a.weights, rat(l.Quantity))
		default:
			a.weights = append(a.weights, rat(l.Amount.Sub(l.Discount)))
		}
	}
	per := func(x *big.Rat) *big.Int {
		points := new(big.Rat).Set(x)
		if e.Kind == Rate {
			points.Quo(points, rat(e.Per))
		}
		if e.Blocks {
			points.SetInt(roundRat(points, RoundFloor))
		}
		return roundRat(points.Mul(points, ratInt(e.Points)), e.Round)
	}
	switch {
	case e.Kind == Fixed:
		a.earned = big.NewInt(e.Points)
	case e.PerLine:
		a.earned = new(big.Int)
		for i, w := range a.weights {
			points := per(w)
			a.earned.Add(a.earned, points)
			a.weights[i] = new(big.Rat).SetInt(points)
		}
	default:
		sum := sumRats(a.weights)
		if e.Carry {
			sum.Add(sum, rat(o.use["carry/"+a.rule.ID].Carry))
		}
		if sum.Sign() < 0 {
			sum.SetInt64(0)
		}
		a.earned = per(sum)
	}
}

// limit cuts an award by the rule's own limits.
func (o *oracle) limit(a *oracleAward) {
	a.points = new(big.Int).Set(a.earned)
	for _, l := range a.rule.Limits {
		if l.Points == 0 {
			continue
		}
		left := l.Points
		if l.Per != PerOrder {
			left = max(left-max(o.use["rule/"+a.rule.ID+"/"+o.key(l.Per)].Points, 0), 0)
		}
		if big.NewInt(left).Cmp(a.points) < 0 {
			a.points = big.NewInt(left)
		}
	}
}

func (o *oracle) shares(a *oracleAward, points *big.Int) []*big.Int {
	if o.ev.Order == nil {
		return []*big.Int{points}
	}
	return spread(points, a.weights)
}

// caps cuts each award to what the awards before it leave under every cap.
func (o *oracle) caps() {
	for n, a := range o.awards {
		for _, c := range o.def.Caps {
			under := func(b *oracleAward) bool {
				return len(c.Rules) == 0 && o.unit(b.rule.Unit) == o.unit(c.Unit) || slices.Contains(c.Rules, b.rule.ID)
			}
			if !under(a) {
				continue
			}
			if c.Uses > 0 {
				o.capUses(c, o.awards[:n], a, under)
				continue
			}
			left := big.NewInt(c.Points)
			if c.Per != PerOrder {
				left.SetInt64(max(c.Points-max(o.use["cap/"+c.ID+"/"+o.key(c.Per)].Points, 0), 0))
			}
			for _, b := range o.awards[:n] {
				if under(b) {
					left.Sub(left, b.points)
				}
			}
			if left.Cmp(a.points) < 0 {
				a.points = left
			}
		}
	}
}

// gives reports whether there is anything to an award.
func (a *oracleAward) gives() bool {
	return a.points.Sign() > 0 || !a.annulled && (a.drawn || a.units != nil && a.units.Sign() > 0)
}

// capUses leaves an award nothing when those before it had all the uses.
func (o *oracle) capUses(c Cap, before []*oracleAward, a *oracleAward, under func(*oracleAward) bool) {
	left := c.Uses
	if c.Per != PerOrder {
		left -= o.use["cap/"+c.ID+"/"+o.key(c.Per)].Uses
	}
	for _, b := range before {
		if under(b) && b.gives() {
			left--
		}
	}
	if left <= 0 {
		a.points, a.annulled = new(big.Int), true
	}
}

// run returns, by rule and line, what an event is awarded; without an order the
// line is "".
func (o *oracle) run() map[string]map[string]oracleShare {
	o.zone, _ = time.LoadLocation(o.def.Zone)
	all := func(_ Rule, lines []int) []int { return lines }
	for _, phase := range []Phase{PhaseBase, PhaseMultiplier, PhaseBonus} {
		if phase == PhaseMultiplier {
			o.multiply()
			continue
		}
		for _, a := range o.inPhase(phase, all) {
			o.earn(a)
			o.limit(a)
			o.awards = append(o.awards, a)
		}
	}
	o.caps()
	o.budgets()
	out := map[string]map[string]oracleShare{}
	put := func(rule, line string, s oracleShare) {
		if s == (oracleShare{Carry: "0", Money: "0"}) && line != drawnLine {
			return
		}
		if out[rule] == nil {
			out[rule] = map[string]oracleShare{}
		}
		out[rule][line] = s
	}
	for _, a := range o.awards {
		if a.drawn && !a.annulled {
			put(a.rule.ID, drawnLine, oracleShare{a.number, "0", "0"})
		}
		if a.units != nil && !a.annulled && !a.money {
			put(a.rule.ID, outcomeLine, oracleShare{a.units.Int64(), "0", "0"})
		}
		if a.money && !a.annulled {
			for n, steps := range spread(a.units, a.weights) {
				money := new(big.Rat).Mul(a.unit, new(big.Rat).SetInt(steps))
				put(a.rule.ID, o.ev.Order.Lines[a.lines[n]].ID, oracleShare{0, "0", money.RatString()})
			}
		}
		if a.rule.Effect.Kind == GiveOutcome || a.money {
			continue
		}
		if o.ev.Order == nil {
			put(a.rule.ID, "", oracleShare{a.points.Int64(), "0", "0"})
			continue
		}
		earned := o.shares(a, a.earned)
		for n, points := range o.shares(a, a.points) {
			carry := new(big.Rat)
			if e := a.rule.Effect; e.Carry {
				cost := new(big.Rat).Quo(rat(e.Per), ratInt(e.Points))
				carry.Sub(a.weights[n], cost.Mul(cost, new(big.Rat).SetInt(earned[n])))
			}
			put(a.rule.ID, o.ev.Order.Lines[a.lines[n]].ID, oracleShare{points.Int64(), carry.RatString(), "0"})
		}
	}
	return out
}

// Names under which the oracle puts what falls on no line.
const (
	drawnLine   = "the number drawn"
	outcomeLine = "the outcome"
)

// asOracle puts awards into the oracle's form.
func asOracle(awards []Award) map[string]map[string]oracleShare {
	out := map[string]map[string]oracleShare{}
	for _, a := range awards {
		out[a.Rule] = map[string]oracleShare{}
		if a.Lines == nil && a.Points > 0 {
			out[a.Rule][""] = oracleShare{a.Points, "0", "0"}
		}
		if a.Drawn != nil {
			out[a.Rule][drawnLine] = oracleShare{a.Drawn.Number, "0", "0"}
		}
		for _, o := range a.Outcomes {
			if o.Kind != OutcomeCommission {
				out[a.Rule][outcomeLine] = oracleShare{o.Quantity, "0", "0"}
			}
		}
		for _, s := range a.Lines {
			out[a.Rule][s.Line] = oracleShare{s.Points, rat(s.Carry).RatString(), rat(s.Money).RatString()}
		}
	}
	return out
}
