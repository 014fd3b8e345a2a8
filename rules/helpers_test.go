package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"
)

// dec reads a decimal constant.
func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// day is noon of a date in March 2026, UTC. The 1st is a Sunday.
func day(d int) time.Time { return time.Date(2026, time.March, d, 12, 0, 0, 0, time.UTC) }

// order is an event with an order of lines, whose total is made to fit.
func orderOf(lines ...Line) *Event {
	o := &Order{ID: "o1", Lines: lines}
	fit(o)
	return &Event{ID: "e1", Type: "order", Time: day(2), Member: Member{ID: "m1"}, Order: o}
}

// fit sets the total to what the rest adds up to.
func fit(o *Order) {
	o.Total = o.Shipping.Sub(o.Discount)
	for _, l := range o.Lines {
		o.Total = o.Total.Add(l.Amount).Sub(l.Discount)
	}
}

// item is a line of one piece.
func item(id, amount string) Line {
	return Line{ID: id, Quantity: dec("1"), Amount: dec(amount)}
}

// rateRule gives one point per 1.00.
func rateRule(id string) Rule {
	return Rule{ID: id, Trigger: "order", Effect: Effect{Kind: Rate, Points: 1, Per: dec("1")}}
}

func fixedRule(id string, points int64) Rule {
	return Rule{ID: id, Trigger: "order", Effect: Effect{Kind: Fixed, Points: points}}
}

func multiplierRule(id, factor string) Rule {
	return Rule{ID: id, Trigger: "order", Effect: Effect{Kind: Multiplier, Factor: dec(factor)}}
}

func mustCompile(tb testing.TB, def Definition) *Set {
	tb.Helper()
	s, err := Compile(def)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func mustEvaluate(tb testing.TB, s *Set, ev *Event, use Usage) Result {
	tb.Helper()
	r, err := s.Evaluate(ev, use, Options{TraceAll: true})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// pointsByRule evaluates and returns what each rule gave.
func pointsByRule(tb testing.TB, def Definition, ev *Event, use Usage) map[string]int64 {
	tb.Helper()
	got := map[string]int64{}
	for _, a := range mustEvaluate(tb, mustCompile(tb, def), ev, use).Awards {
		got[a.Rule] = a.Points
	}
	return got
}

func total(awards []Award) (sum int64) {
	for _, a := range awards {
		sum += a.Points
	}
	return sum
}

// diff compares, with an empty list equal to none.
func diff(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }
