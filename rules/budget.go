package rules

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Budget bounds what several rules together give all members: a campaign's points,
// or its cost in money. Awards are cut to what is left, bonuses first, then
// multipliers, then base points, after the caps. Exactly one of Points and Money is set.
type Budget struct {
	ID     string          `json:"id"`
	Rules  []string        `json:"rules,omitempty"` // none: every rule of the unit
	Unit   string          `json:"unit,omitempty"`  // "" is the definition's
	Points int64           `json:"points,omitempty"`
	Money  decimal.Decimal `json:"money,omitzero"`
	// PointCost is what a point costs, for a budget in money. What is no point costs
	// what it says: a commission its amount, an outcome its Cost.
	PointCost decimal.Decimal `json:"point_cost,omitzero"`
	Per       Per             `json:"per,omitempty"` // when it is full again; "" is never
}

// Funds are what is left of budgets and of the stock of prizes, by the key that
// [Set.Needs] tells. They are shared by all members: a host keeps what was taken out
// of each, and gives each evaluation what is left, or a part of it set aside for that.
type Funds map[string]Fund

// Fund is what is in a budget or a stock: one of its fields, as the definition has it.
type Fund struct {
	Points int64           `json:"points,omitempty"`
	Money  decimal.Decimal `json:"money,omitzero"`
	Pieces int64           `json:"pieces,omitempty"` // of a prize
}

// Need is a budget or a stock that an event may draw on. Until is when it is full
// again (zero: never), and Full what is in it then.
//
// Keys are stored by hosts and never change their form:
//
//	budget/<budget ID>/<period>      a budget; periods are as in a [Counter]
//	stock/<rule ID>/<prize ID>       the stock of a prize
type Need struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until,omitzero"`
	Full  Fund      `json:"full"`
}

// Spend is what an award takes out of a budget or a stock.
type Spend struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until,omitzero"`
	Fund
}

// budget is a compiled [Budget].
type budget struct {
	src       *Budget
	per       perIndex
	key       string // prefix of its key
	money     int64  // millionths; 0: it counts points
	pointCost int64  // millionths
}

// Needs returns the budgets and stocks that an event may draw on, for the host to
// say in [Options.Funds] what is left of each. Most events need none: then it costs
// next to nothing.
func (s *Set) Needs(ev *Event) []Need {
	if ev == nil {
		return nil
	}
	var needs []Need
	for _, at := range s.spending[ev.Type] {
		b := &s.budgets[at]
		key, until := s.period(b.key, b.per, ev.Time)
		needs = append(needs, Need{Key: key, Until: until, Full: Fund{Points: b.src.Points, Money: b.src.Money}})
	}
	return append(needs, s.stocks[ev.Type]...)
}

// period returns the key of a counter for all in the period of a moment, and when
// that ends.
func (s *Set) period(prefix string, per perIndex, at time.Time) (key string, until time.Time) {
	p := calendar.Period(pers[per])
	if p != calendar.Ever {
		until = p.Window(at, s.zone).Until
	}
	return prefix + p.Key(at, s.zone), until
}

// Take takes what awards spend out of f, and returns f. It is for awards that were
// really made.
func (f Funds) Take(awards []Award) Funds {
	for i := range awards {
		for _, s := range awards[i].Spends {
			fund := f[s.Key]
			fund.Points -= s.Points
			fund.Pieces -= s.Pieces
			fund.Money = addMoney(fund.Money, s.Money, -1)
			if f == nil {
				f = make(Funds)
			}
			f[s.Key] = fund
		}
	}
	return f
}

// Return puts back into f what [Funds.Take] took out for the shares of an award that
// are returned: their points and what these cost, and their part of a commission.
// With the last of an award's shares whole is true, and gives back prizes and other
// outcomes as well.
func (f Funds) Return(a Award, shares []Share, whole bool) Funds {
	points, money := int64(0), int64(0)
	for i := range shares {
		points = add(points, shares[i].Points)
		m, _ := micros(shares[i].Money)
		money = add(money, m)
	}
	for _, s := range a.Spends {
		fund := f[s.Key]
		if s.Points > 0 {
			fund.Points = add(fund.Points, points)
		}
		spent, _ := micros(s.Money)
		switch {
		case spent == 0:
		case a.Points > 0: // what each point cost, exactly
			fund.Money = addMoney(fund.Money, fromMicros(spent/a.Points*points), 1)
		case a.commission() > 0:
			fund.Money = addMoney(fund.Money, fromMicros(money), 1)
		case whole:
			fund.Money = addMoney(fund.Money, s.Money, 1)
		}
		if whole {
			fund.Pieces = add(fund.Pieces, s.Pieces)
		}
		if f == nil {
			f = make(Funds)
		}
		f[s.Key] = fund
	}
	return f
}

// Clone returns a copy of f.
func (f Funds) Clone() Funds { return maps.Clone(f) }

// addMoney adds sign times b to a. Neither is beyond what [Micros] takes.
func addMoney(a, b decimal.Decimal, sign int64) decimal.Decimal {
	m, _ := micros(a)
	n, _ := micros(b)
	return fromMicros(add(m, sign*n))
}

// budgets checks the budgets and tells each rule which it draws on.
func (c *checker) budgets(s *Set, compiled []rule) {
	def := &s.def
	seen := make(map[string]int, len(def.Budgets))
	c.each("budgets", len(def.Budgets), func(i int) {
		src := &def.Budgets[i]
		c.unique("budgets", seen, src.ID, i)
		b := budget{src: src, key: "budget/" + src.ID + "/", per: indexOfPer(cmp.Or(src.Per, PerEver))}
		b.money = c.number("money", src.Money)
		b.pointCost = c.number("point_cost", src.PointCost)
		switch {
		case src.Points != 0 && b.money != 0:
			c.report("", "sets both points and money: make two budgets of it")
		case src.Points < 0:
			c.report("points", "must be above zero")
		case src.Points == 0 && b.money == 0:
			c.report("", "sets neither points nor money")
		case src.Points > MaxAward:
			c.report("points", "must be at most 10^15")
		case src.Points > 0:
			c.unused("point_cost", b.pointCost > 0, "a budget in points counts these")
		}
		oneOf(c, "per", src.Per, "", PerDay, PerWeek, PerMonth, PerQuarter, PerYear, PerEver)
		s.budgets = append(s.budgets, b)
		costs := b.money == 0 || b.pointCost > 0
		c.scope(s, compiled, "budget", src.Rules, src.Unit, func(r *rule) {
			r.budgets = append(r.budgets, int32(i))
			costs = costs || r.costs()
		})
		if !costs {
			c.report("point_cost", "is missing: its rules give points, and nothing says what one costs")
		}
	})
}

// needs notes which budgets events of each type may draw on, by ID.
func (s *Set) needs(compiled []rule) {
	sets := map[string]map[int32]bool{}
	s.stocks = map[string][]Need{}
	for i := range compiled {
		r := &compiled[i]
		if r.src.Disabled {
			continue
		}
		if d := r.draw; d != nil {
			for _, p := range d.src.Prizes {
				if p.Stock > 0 {
					n := Need{Key: stockKey(r.src.ID, p.ID), Full: Fund{Pieces: p.Stock}}
					s.stocks[r.src.Trigger] = append(s.stocks[r.src.Trigger], n)
				}
			}
		}
		if len(r.budgets) == 0 {
			continue
		}
		if sets[r.src.Trigger] == nil {
			sets[r.src.Trigger] = map[int32]bool{}
		}
		for _, at := range r.budgets {
			sets[r.src.Trigger][at] = true
		}
	}
	for _, needs := range s.stocks {
		slices.SortFunc(needs, func(a, b Need) int { return strings.Compare(a.Key, b.Key) })
	}
	s.spending = make(map[string][]int32, len(sets))
	for trigger, set := range sets {
		s.spending[trigger] = slices.SortedFunc(maps.Keys(set), func(a, b int32) int {
			return strings.Compare(s.budgets[a].src.ID, s.budgets[b].src.ID)
		})
	}
}

// fund is what is left of a budget during one evaluation.
type fund struct {
	budget int32
	key    string
	until  time.Time
	left   int64 // points, or millionths of money
}

// fund returns what is left of a budget, looked up once per event.
func (e *evaluation) fund(at int32) (*fund, error) {
	for i := range e.funds {
		if e.funds[i].budget == at {
			return &e.funds[i], nil
		}
	}
	b := &e.set.budgets[at]
	f := fund{budget: at}
	f.key, f.until = e.set.period(b.key, b.per, e.event.Time)
	given, ok := e.given[f.key]
	if !ok {
		return nil, &EventError{Field: "funds[" + quote(f.key) + "]", Reason: "is missing: how much is left of the budget?"}
	}
	if f.left = given.Points; b.money > 0 {
		var why fault
		if f.left, why = micros(given.Money); why != exact {
			return nil, &EventError{Field: "funds[" + quote(f.key) + "].money", Reason: why.String()}
		}
	}
	f.left = max(f.left, 0)
	e.funds = append(e.funds, f)
	return &e.funds[len(e.funds)-1], nil
}

// cutByBudgets cuts the awards to what the budgets leave, in their order.
func (e *evaluation) cutByBudgets() error {
	for i := range e.awards {
		a := &e.awards[i]
		if len(a.rule.budgets) == 0 || !a.gives() {
			continue
		}
		for _, at := range a.rule.budgets {
			f, err := e.fund(at)
			if err != nil {
				return err
			}
			if n, cost := a.units(&e.set.budgets[at]); cost > 0 && f.left/cost < n {
				e.cutTo(a, &e.set.budgets[at], f.left/cost)
			}
		}
		for _, at := range a.rule.budgets {
			f, _ := e.fund(at)
			n, cost := a.units(&e.set.budgets[at])
			if n == 0 || cost == 0 {
				continue
			}
			f.left -= n * cost
			s := Spend{Key: f.key, Until: f.until}
			if e.set.budgets[at].money > 0 {
				s.Money = fromMicros(n * cost)
			} else {
				s.Points = n
			}
			a.spends = append(a.spends, s)
		}
	}
	return nil
}

// units returns how many units of its own an award gives (points, steps of money,
// pieces of an outcome), and what each takes out of a budget: 0 when it does not
// count them.
func (a *award) units(b *budget) (n, cost int64) {
	switch {
	case a.steps > 0:
		n, cost = a.steps, a.rule.step
	case a.pieces > 0:
		n, cost = a.pieces, a.pieceCost
	case b.money > 0:
		return a.points, b.pointCost
	default:
		return a.points, 1
	}
	if b.money == 0 {
		cost = 0
	}
	return n, cost
}

// gives reports whether the award gives anything at all, be it a blank.
func (a *award) gives() bool { return a.points > 0 || a.steps > 0 || a.pieces > 0 || a.drawn != nil }

// annul takes back everything.
func (a *award) annul() { a.points, a.steps, a.pieces, a.drawn, a.spends = 0, 0, 0, nil, nil }

// cutTo cuts an award to as many of its units as a budget leaves.
func (e *evaluation) cutTo(a *award, b *budget, n int64) {
	cut := Cut{Budget: b.src.ID}
	switch {
	case a.steps > 0:
		cut.Units, a.steps = a.steps-n, n
	case a.pieces > 0:
		cut.Units, a.pieces = a.pieces-n, n
	default:
		cut.Points, a.points = a.points-n, n
	}
	e.noteCut(a, cut)
	if n == 0 {
		a.spends = slices.DeleteFunc(a.spends, func(s Spend) bool { return s.Pieces > 0 }) // the prize stays in stock
	}
}
