package rules

import (
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

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
