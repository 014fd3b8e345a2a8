package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// drawn is a definition, compiled, with an event and a usage to evaluate.
type drawn struct {
	def   Definition
	set   *Set
	event *Event
	use   Usage
	opt   Options
}

// draw draws what needs no options to be evaluated.
func draw(t *rapid.T) drawn {
	d := drawn{def: genDefinition(t), event: genEvent(t)}
	d.prepare(t)
	return d
}

// drawWhole draws all there can be in a definition.
func drawWhole(t *rapid.T) drawn {
	d := drawn{def: genDefinition(t), event: genEvent(t)}
	genBeyond(t, &d.def)
	d.prepare(t)
	return d
}

func (d *drawn) prepare(t *rapid.T) {
	d.use = genUsage(t, d.def, d.event.Time)
	var err error
	if d.set, err = Compile(d.def); err != nil {
		t.Fatalf("%v", err)
	}
	d.opt = Options{TraceAll: true, Funds: genFunds(t, d.set, d.event), Secret: genSecret}
}

// evaluate returns the result, or skips what is rightly refused as too much.
func (d *drawn) evaluate(t *rapid.T) Result {
	r, err := d.set.Evaluate(d.event, d.use, d.opt)
	if err != nil {
		if !strings.Contains(err.Error(), "would be awarded more than 10^15") {
			t.Fatal(err)
		}
		t.Skip("beyond MaxAward")
	}
	return r
}

// The whole evaluation agrees with a plain one in exact fractions.
func TestLaw_MicroEqualsDecimal(t *testing.T) { rapid.Check(t, lawMicroEqualsDecimal) }

func lawMicroEqualsDecimal(t *rapid.T) {
	d := drawWhole(t)
	got := d.evaluate(t)
	o := &oracle{def: d.def, ev: d.event, use: d.use, funds: d.opt.Funds}
	if diff := diff(o.run(), asOracle(got.Awards)); diff != "" {
		t.Fatalf("(-oracle +got)\n%s\n%s", diff, got.Explain())
	}
}

// However rules, caps and lists are ordered, the result is the same.
func TestLaw_RuleOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		want := d.evaluate(t)
		other, err := Compile(shuffled(t, d.def))
		if err != nil {
			t.Fatal(err)
		}
		got, err := other.Evaluate(d.event, d.use, d.opt)
		if err != nil {
			t.Fatal(err)
		}
		if diff := diff(want, got); diff != "" {
			t.Fatalf("(-as listed +shuffled)\n%s", diff)
		}
	})
}

// An award's shares sum to it, on lines of the order, in the order's sequence.
func TestLaw_SharesSumToAward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		for _, a := range d.evaluate(t).Awards {
			if d.event.Order == nil {
				if a.Lines != nil {
					t.Fatalf("%s has lines without an order", a.Rule)
				}
				continue
			}
			sum, money, last := int64(0), int64(0), -1
			for _, s := range a.Lines {
				at := slices.IndexFunc(d.event.Order.Lines, func(l Line) bool { return l.ID == s.Line })
				if at <= last {
					t.Fatalf("%s: line %q out of sequence", a.Rule, s.Line)
				}
				m, _ := micros(s.Money)
				last, sum, money = at, sum+s.Points, money+m
			}
			if sum != a.Points || money != a.commission() {
				t.Fatalf("%s: shares sum to %d of %d, their money to %d of %d", a.Rule, sum, a.Points, money, a.commission())
			}
		}
	})
}

// Nothing is ever taken: no award, no share is below zero.
func TestLaw_NoNegativeAward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		for _, a := range d.evaluate(t).Awards {
			if a.Points < 0 {
				t.Fatalf("%s gave %d", a.Rule, a.Points)
			}
			for _, s := range a.Lines {
				if s.Points < 0 {
					t.Fatalf("%s gave %d on line %s", a.Rule, s.Points, s.Line)
				}
			}
		}
	})
}

// Over any sequence of events, no cap and no limit is passed in any period.
func TestLaw_CapsNeverPassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		zone := d.set.Zone()
		had := map[string]Use{} // by limit or cap and period
		use := Usage{}
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			d.event, d.use = genEvent(t), use
			d.opt.Funds = genFunds(t, d.set, d.event)
			awards := d.evaluate(t).Awards
			use = use.Add(awards)
			perOrder := d.event.Time.String() + " order"
			count := func(name string, per Per, limit Limit, under func(Award) bool) {
				key := name + " " + perOrder
				if per != PerOrder {
					key = name + " " + calendar.Period(per).Key(d.event.Time, zone)
				}
				if per == PerOrder {
					had[key] = Use{}
				}
				sum := had[key]
				for _, a := range awards {
					if under(a) && (a.Points > 0 || a.Outcomes != nil || a.Drawn != nil) {
						sum.Points += a.Points
						sum.Uses++
					}
				}
				had[key] = sum
				if limit.Points > 0 && sum.Points > limit.Points || limit.Uses > 0 && sum.Uses > limit.Uses {
					t.Fatalf("%s: had %+v, limit %+v", key, sum, limit)
				}
			}
			for _, c := range d.def.Caps {
				count("cap "+c.ID, c.Per, Limit{Points: c.Points, Uses: c.Uses}, func(a Award) bool {
					r, _ := d.set.Rule(a.Rule)
					return slices.Contains(c.Rules, a.Rule) || len(c.Rules) == 0 && unitOf(d.def, r.Unit) == unitOf(d.def, c.Unit)
				})
			}
			for _, r := range d.def.Rules {
				for i, l := range r.Limits {
					count(fmt.Sprintf("rule %s limit %d", r.ID, i), l.Per, l, func(a Award) bool { return a.Rule == r.ID })
				}
			}
		}
	})
}

func unitOf(d Definition, unit string) string { return (&oracle{def: d}).unit(unit) }

// Evaluating changes nothing, gives the same again, and does so from many
// goroutines; a trace changes no award.
func TestLaw_EvaluateIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		want := d.evaluate(t)
		def, use := d.def.clone(), d.use.Clone()
		event := *d.event
		event.Member.Segments = slices.Clone(event.Member.Segments)
		if d.event.Order != nil {
			order := *d.event.Order
			order.Lines = slices.Clone(order.Lines)
			event.Order = &order
		}
		results := make([]Result, 4)
		var wait sync.WaitGroup
		for i := range results {
			opt := d.opt
			opt.TraceAll = i%2 == 0
			wait.Go(func() { results[i], _ = d.set.Evaluate(d.event, d.use, opt) })
		}
		wait.Wait()
		for i, got := range results {
			if i%2 == 1 {
				got.Trace = want.Trace
			}
			if diff := diff(want, got); diff != "" {
				t.Fatalf("(-first +again)\n%s", diff)
			}
		}
		for _, pair := range [][2]any{{def, d.set.Definition()}, {use, d.use}, {&event, d.event}} {
			if diff := diff(pair[0], pair[1]); diff != "" {
				t.Fatalf("an input changed (-before +after)\n%s", diff)
			}
		}
	})
}

// A definition survives JSON, and its JSON does not change on the way.
func TestLaw_JSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genDefinition(t)
		genBeyond(t, &want)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(strings.NewReader(string(text)))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		again, err := json.Marshal(got)
		if err != nil || string(again) != string(text) {
			t.Fatalf("%v\nfirst %s\nthen  %s", err, text, again)
		}
	})
}

// What Add counts, Return takes back.
func TestLaw_ReturnUndoesAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		awards := d.evaluate(t).Awards
		use := d.use.Clone().Add(awards)
		for _, a := range awards {
			if a.Lines == nil { // without an order there is one share, of no line
				a.Lines = []Share{{Points: a.Points}}
			}
			for i, s := range a.Lines {
				use = use.Return(a, []Share{s}, i == len(a.Lines)-1)
			}
		}
		for key, got := range use {
			want := d.use[key]
			want.Until = got.Until
			if diff := diff(want, got); diff != "" {
				t.Fatalf("%s (-before +after)\n%s", key, diff)
			}
		}
	})
}

// Every rule of the event's type is in the trace, every word of it in the
// explanation, and points before and after join up.
func TestLaw_TraceIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		r := d.evaluate(t)
		text := r.Explain()
		sums := map[string]int64{}
		for _, tr := range r.Trace {
			if tr.Matched != (tr.Failed == "") || tr.Before != sums[tr.Unit] || tr.After < tr.Before || !strings.Contains(text, `"`+tr.Rule+`"`) {
				t.Fatalf("%+v\n%s", tr, text)
			}
			sums[tr.Unit] = tr.After
		}
		want := 0
		for _, rule := range d.def.Rules {
			if rule.Trigger == d.event.Type {
				want++
			}
		}
		if len(r.Trace) != want || strings.Count(text, "\n") != max(want, 1) {
			t.Fatalf("%d traces of %d rules:\n%s", len(r.Trace), want, text)
		}
		for _, a := range r.Awards {
			left, cut := sums[a.Unit], int64(0)
			for _, tr := range r.Trace {
				if tr.Rule == a.Rule {
					for _, c := range tr.Cuts {
						if c.Cap != "" || c.Budget != "" {
							cut += c.Points
						}
					}
					left = tr.After - tr.Before - cut
				}
			}
			if left != a.Points {
				t.Fatalf("%s: %d by its trace, %d awarded", a.Rule, left, a.Points)
			}
		}
	})
}

// Counters forgotten after their period change no later event.
func TestLaw_PruneForgetsNothingNeeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		earlier := *d.event
		earlier.Time = d.event.Time.Add(-time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours before")) * time.Hour)
		r, err := d.set.Evaluate(&earlier, d.use, d.opt)
		if err != nil {
			t.Skip("beyond MaxAward")
		}
		d.use = d.use.Clone().Add(r.Awards)
		want := d.evaluate(t)
		d.use.Prune(d.event.Time)
		if diff := diff(want, d.evaluate(t)); diff != "" {
			t.Fatalf("(-all +pruned)\n%s", diff)
		}
	})
}

// Over any sequence of events, what budgets and stocks give is never more than was
// in them, and what awards say they spend is what they gave; returning all of it
// puts everything back.
func TestLaw_BudgetsNeverPassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawWhole(t)
		funds := Funds{}
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			d.event = genEvent(t)
			for _, n := range d.set.Needs(d.event) {
				if _, ok := funds[n.Key]; !ok {
					funds[n.Key] = n.Full
				}
			}
			d.opt.Funds = funds
			awards := d.evaluate(t).Awards
			after := funds.Clone().Take(awards)
			for key, f := range after {
				if f.Points < 0 || f.Money.Sign() < 0 || f.Pieces < 0 {
					t.Fatalf("%s has %+v left", key, f)
				}
			}
			back := after.Clone()
			for _, a := range awards {
				d.checkSpends(t, a)
				if a.Lines == nil {
					a.Lines = []Share{{Points: a.Points}}
				}
				for i, s := range a.Lines {
					back = back.Return(a, []Share{s}, i == len(a.Lines)-1)
				}
			}
			for key := range funds {
				if diff := diff(funds[key], back[key]); diff != "" {
					t.Fatalf("%s (-before +given back)\n%s", key, diff)
				}
			}
			funds = after
		}
	})
}

// checkSpends holds what an award takes out of budgets to what it gives.
func (d *drawn) checkSpends(t *rapid.T, a Award) {
	for _, b := range d.def.Budgets {
		for _, s := range a.Spends {
			if !strings.HasPrefix(s.Key, "budget/"+b.ID+"/") {
				continue
			}
			want := dec("0")
			if b.Points == 0 {
				want = b.PointCost.Mul(decimal.NewFromInt(a.Points))
				for _, o := range a.Outcomes {
					want = want.Add(o.Amount).Add(o.Cost.Mul(decimal.NewFromInt(o.Quantity)))
				}
			}
			if b.Points > 0 && s.Points != a.Points || !want.Equal(s.Money) {
				t.Fatalf("%s spends %+v of %s", a.Rule, s, b.ID)
			}
		}
	}
}
