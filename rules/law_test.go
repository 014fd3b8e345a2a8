package rules

import (
	"encoding/json"
	"fmt"
	"math/big"
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
}

func draw(t *rapid.T) drawn {
	d := drawn{def: genDefinition(t), event: genEvent(t)}
	d.use = genUsage(t, d.def, d.event.Time)
	var err error
	if d.set, err = Compile(d.def); err != nil {
		t.Fatalf("%v", err)
	}
	return d
}

// evaluate returns the result, or skips what is rightly refused as too much.
func (d *drawn) evaluate(t *rapid.T) Result {
	r, err := d.set.Evaluate(d.event, d.use, Options{Trace: true})
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
	d := draw(t)
	got := d.evaluate(t)
	o := &oracle{def: d.def, ev: d.event, use: d.use}
	if diff := diff(o.run(), asOracle(got.Awards)); diff != "" {
		t.Fatalf("(-oracle +got)\n%s\n%s", diff, got.Explain())
	}
}

// However rules, caps and lists are ordered, the result is the same.
func TestLaw_RuleOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		want := d.evaluate(t)
		other, err := Compile(shuffled(t, d.def))
		if err != nil {
			t.Fatal(err)
		}
		got, err := other.Evaluate(d.event, d.use, Options{Trace: true})
		if err != nil {
			t.Fatal(err)
		}
		// Counters and cuts follow the listing of caps; what they say does not.
		for _, r := range []*Result{&want, &got} {
			for i := range r.Awards {
				slices.SortFunc(r.Awards[i].Counters, func(a, b Counter) int { return strings.Compare(a.Key, b.Key) })
			}
			for i := range r.Trace {
				r.Trace[i].Cuts = nil
			}
		}
		if diff := diff(want, got); diff != "" {
			t.Fatalf("(-as listed +shuffled)\n%s", diff)
		}
	})
}

// An award's shares sum to it, on lines of the order, in the order's sequence.
func TestLaw_SharesSumToAward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		for _, a := range d.evaluate(t).Awards {
			if d.event.Order == nil {
				if a.Lines != nil {
					t.Fatalf("%s has lines without an order", a.Rule)
				}
				continue
			}
			sum, last := int64(0), -1
			for _, s := range a.Lines {
				at := slices.IndexFunc(d.event.Order.Lines, func(l Line) bool { return l.ID == s.Line })
				if at <= last {
					t.Fatalf("%s: line %q out of sequence", a.Rule, s.Line)
				}
				last, sum = at, sum+s.Points
			}
			if sum != a.Points {
				t.Fatalf("%s: shares sum to %d of %d", a.Rule, sum, a.Points)
			}
		}
	})
}

// Nothing is ever taken: no award, no share is below zero.
func TestLaw_NoNegativeAward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
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
		d := draw(t)
		zone := d.set.Zone()
		had := map[string]Use{} // by limit or cap and period
		use := Usage{}
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			d.event, d.use = genEvent(t), use
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
					if under(a) && a.Points > 0 {
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
				count("cap "+c.ID, c.Per, Limit{Points: c.Points}, func(a Award) bool {
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
		d := draw(t)
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
			wait.Go(func() { results[i], _ = d.set.Evaluate(d.event, d.use, Options{Trace: i%2 == 0}) })
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

// Over any sequence of orders, what counts is either points at their price or
// carried; returning every line in any sequence takes all of it back.
func TestLaw_CarryLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := rateRule("carry")
		rule.Effect.Carry = true
		rule.Effect.Points = rapid.SampledFrom([]int64{1, 2, 3}).Draw(t, "points")
		rule.Effect.Per = dec(rapid.SampledFrom([]string{"0.06", "6", "42"}).Draw(t, "per"))
		rule.Effect.Blocks = rapid.Bool().Draw(t, "blocks")
		rule.Effect.Basis = genBasis(t, true)
		set, err := Compile(Definition{Rules: []Rule{rule}})
		if err != nil {
			t.Fatal(err)
		}
		price := rat(rule.Effect.Per)
		price.Quo(price, ratInt(rule.Effect.Points))
		type returnable struct {
			award Award
			share Share
		}
		var shares []returnable
		use, spent, points := Usage(nil), new(big.Rat), int64(0)
		for range rapid.IntRange(1, 5).Draw(t, "orders") {
			ev := &Event{Type: "order", Time: day(2), Order: genOrder(t)}
			r, err := set.Evaluate(ev, use, Options{})
			if err != nil {
				t.Fatal(err)
			}
			use = use.Add(r.Awards)
			spent.Add(spent, sumRats((&oracle{ev: ev}).basis(rule)))
			for _, a := range r.Awards {
				points += a.Points
				for _, s := range a.Lines {
					shares = append(shares, returnable{a, s})
				}
			}
			held := new(big.Rat).Mul(price, ratInt(points))
			if held.Add(held, rat(use["carry/carry"].Carry)); held.Cmp(spent) != 0 {
				t.Fatalf("spent %s, held %s", spent.FloatString(6), held.FloatString(6))
			}
		}
		for _, s := range rapid.Permutation(shares).Draw(t, "returns") {
			use = use.Return(s.award, []Share{s.share}, false)
			points -= s.share.Points
		}
		if left := use["carry/carry"].Carry; points != 0 || !left.IsZero() {
			t.Fatalf("after all returns %d points and %s are left", points, left)
		}
	})
}

// What Add counts, Return takes back.
func TestLaw_ReturnUndoesAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
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

// Multipliers without selectors round the product once: round(base × Πf).
func TestLaw_MultipliersRoundTheProductOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.Int64Range(1, MaxPoints).Draw(t, "base")
		mode := rapid.SampledFrom([]Rounding{"", RoundFloor, RoundHalfUp, RoundHalfEven, RoundCeil}).Draw(t, "round")
		rules := []Rule{{ID: "base", Trigger: "t", Effect: Effect{Kind: Fixed, Points: base}}}
		product := ratInt(base)
		for i := range rapid.IntRange(1, 4).Draw(t, "multipliers") {
			f := decimal.New(rapid.Int64Range(1_000_000, 3_000_000).Draw(t, "factor"), -6)
			product.Mul(product, rat(f))
			rules = append(rules, Rule{ID: "x" + string(rune('a'+i)), Trigger: "t", Effect: Effect{Kind: Multiplier, Factor: f, Round: mode}})
		}
		set, err := Compile(Definition{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		r, err := set.Evaluate(&Event{Type: "t", Time: day(1)}, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want := roundRat(product, mode).Int64(); total(r.Awards) != want {
			t.Fatalf("%d in all, want %d", total(r.Awards), want)
		}
	})
}

// The fast arithmetic of stacking agrees with that of any size.
func TestLaw_StackNarrowEqualsWide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SliceOfN(rapid.Int64Range(0, 10_000), 1, 5).Draw(t, "base")
		base[0]++
		sum, common := int64(0), uint64(1)
		for _, b := range base {
			sum += b
		}
		var factors []factor
		for range rapid.IntRange(1, 4).Draw(t, "factors") {
			den := rapid.Uint64Range(1, 20).Draw(t, "den")
			common *= den
			f := factor{num: rapid.Uint64Range(den, 5*den).Draw(t, "num"), den: den, additive: one(t, "group", "", "a", "b")}
			for i := range base {
				if rapid.Bool().Draw(t, "on") {
					f.lines = append(f.lines, int32(i))
				}
			}
			factors = append(factors, f)
		}
		mode := rapid.SampledFrom([]rounding{floor, halfUp, halfEven, ceil}).Draw(t, "round")
		narrow, _ := stackNarrow(base, sum, factors, mode, common, new(arena))
		wide, _ := stackWide(base, sum, factors, mode)
		for k := range factors {
			n, w := narrow[k], wide[k]
			if n.points != w.points {
				t.Fatalf("gain %d: %d and %d", k, n.points, w.points)
			}
			for i := range n.weights {
				if !w.wide[i].IsInt64() || w.wide[i].Int64() != n.weights[i] {
					t.Fatalf("weight %d of %d: %d and %s", i, k, n.weights[i], w.wide[i])
				}
			}
		}
	})
}

// When everything counts, what counts is the order's total.
func TestLaw_BasisAddsUpToTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o order
		if field, reason := genOrder(t).read(&o); reason != "" {
			t.Fatal(field, reason)
		}
		if b := o.basis(wholeOrder|withShipping|withPoints|withGiftCard, new(arena)); b.total != o.total {
			t.Fatalf("all: %d of %d", b.total, o.total)
		}
		own := o.total - o.paidInPoints - o.paidByGiftCard
		if b := o.basis(wholeOrder|withShipping, new(arena)); b.total != own {
			t.Fatalf("own money: %d of %d", b.total, own)
		}
		for kind := range basisKinds {
			sum := int64(0)
			for _, m := range o.basis(kind, new(arena)).lines {
				if m < 0 {
					t.Fatalf("kind %06b: %d counts", kind, m)
				}
				sum += m
			}
			if b := o.basis(kind, new(arena)); sum != b.total {
				t.Fatalf("kind %06b: lines sum to %d of %d", kind, sum, b.total)
			}
		}
	})
}

// Every rule of the event's type is in the trace, every word of it in the
// explanation, and points before and after join up.
func TestLaw_TraceIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
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
						if c.Cap != "" {
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
		d := draw(t)
		earlier := *d.event
		earlier.Time = d.event.Time.Add(-time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours before")) * time.Hour)
		r, err := d.set.Evaluate(&earlier, d.use, Options{})
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
