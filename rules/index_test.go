package rules

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The index changes nothing but how long it takes.
func TestLaw_IndexEqualsScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		checkIndex(t, d.set, d.event, d.use)
	})
}

func TestLaw_IndexEqualsScanOfMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		checkMany(t, r, rapid.SampledFrom([]int{1, 10, 63, 64, 65, 130}).Draw(t, "rules"))
	})
}

// One set large enough for every level of the marks.
func TestIndexOfTenThousand(t *testing.T) {
	checkMany(t, rand.New(rand.NewPCG(1, 2)), 10_000)
}

// A long list that two lines lead to is gone through once, and its rules still
// pick both lines.
func TestIndexLongList(t *testing.T) {
	var d Definition
	for i := range longList + 1 {
		r := fixedRule(fmt.Sprint("r", i), 10)
		r.Lines.Categories = []string{"shoes"}
		d.Rules = append(d.Rules, r)
	}
	first, other, second := item("1", "10"), item("2", "10"), item("3", "10")
	first.Category, second.Category = "shoes", "shoes/boots"
	ev := orderOf(first, other, second)
	set := mustCompile(t, d)
	checkIndex(t, set, ev, nil)
	r := mustEvaluate(t, set, ev, nil)
	want := []Share{{Line: "1", Points: 5}, {Line: "3", Points: 5}}
	if len(r.Awards) != longList+1 || diff(want, r.Awards[longList].Lines) != "" {
		t.Errorf("%d awards, the last on %v", len(r.Awards), r.Awards[len(r.Awards)-1].Lines)
	}
}

func TestExplainPassedOver(t *testing.T) {
	d := Definition{Rules: []Rule{fixedRule("all", 5), fixedRule("shoes", 5), fixedRule("berlin", 5)}}
	d.Rules[1].Lines.Categories = []string{"shoes"}
	d.Rules[2].Audience.Stores = []string{"berlin"}
	for _, tt := range []struct {
		rules int
		want  string
	}{
		{1, "\"all\" gave 5 points, all on line 1.\n"},
		{2, "\"all\" gave 5 points, all on line 1.\n1 other rule is for other goods, stores or segments.\n"},
		{3, "\"all\" gave 5 points, all on line 1.\n2 other rules are for other goods, stores or segments.\n"},
	} {
		r, err := mustCompile(t, Definition{Rules: d.Rules[:tt.rules]}).Evaluate(orderOf(item("1", "10")), nil, Options{Trace: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := diff(tt.want, r.Explain()); diff != "" {
			t.Errorf("%d rules (-want +got)\n%s", tt.rules, diff)
		}
	}
}

// FuzzIndex looks for a set and an event on which index and scan disagree.
func FuzzIndex(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint16(1)<<seed, []byte{})
	}
	f.Fuzz(func(t *testing.T, seed uint64, rules uint16, head []byte) {
		checkMany(t, rand.New(rand.NewPCG(seed, 0)), int(rules)%500+1)
		text := make([]byte, 8<<10)
		rand.NewChaCha8([32]byte(binary.LittleEndian.AppendUint64(make([]byte, 24), seed))).Read(text)
		copy(text, head)
		rapid.MakeFuzz(func(t *rapid.T) {
			d := draw(t)
			checkIndex(t, d.set, d.event, d.use)
		})(t, text)
	})
}

// checkMany evaluates a few events under a set of many small rules.
func checkMany(tb rapid.TB, r *rand.Rand, rules int) {
	var d Definition
	for i := range rules {
		d.Rules = append(d.Rules, randomRule(r, i, 1+rules/20))
	}
	set, err := Compile(d)
	if err != nil {
		tb.Fatal(err)
	}
	for range 5 {
		checkIndex(tb, set, randomEvent(r, 1+rules/20), nil)
	}
}

// checkIndex holds what the index finds against the scan of all rules.
func checkIndex(tb rapid.TB, set *Set, ev *Event, use Usage) {
	scanned, scanErr := set.Evaluate(ev, use, Options{TraceAll: true})
	plain, plainErr := set.Evaluate(ev, use, Options{})
	traced, tracedErr := set.Evaluate(ev, use, Options{Trace: true})
	for _, err := range []error{plainErr, tracedErr} {
		if fmt.Sprint(err) != fmt.Sprint(scanErr) {
			tb.Fatalf("by the index %v, by the scan %v", err, scanErr)
		}
	}
	if scanned.PassedOver != 0 || plain.PassedOver != 0 || plain.Trace != nil {
		tb.Fatalf("passed over %d by the scan, %d without a trace", scanned.PassedOver, plain.PassedOver)
	}
	for _, got := range [][]Award{plain.Awards, traced.Awards} {
		if diff := diff(scanned.Awards, got); diff != "" {
			tb.Fatalf("(-scan +index)\n%s", diff)
		}
	}
	left := traced.Trace
	var passed int
	for _, want := range scanned.Trace {
		if len(left) > 0 && left[0].Rule == want.Rule {
			if diff := diff(want, left[0]); diff != "" {
				tb.Fatalf("(-scan +index)\n%s", diff)
			}
			left = left[1:]
			continue
		}
		passed++
		if want.Matched {
			tb.Fatalf("the index passed over %s, which matches", want.Rule)
		}
	}
	if len(left) > 0 || passed != traced.PassedOver {
		tb.Fatalf("%d traces the scan has not, %d passed over, %d said", len(left), passed, traced.PassedOver)
	}
}

// words picks different words of a sort, at most most, and often none.
func words(r *rand.Rand, sort string, of, most int) (list []string) {
	if r.IntN(3) > 0 {
		return nil
	}
	for range 1 + r.IntN(most) {
		if w := word(r, sort, of); !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}

// word picks a word of a sort, often a common one. Categories lie below each other.
func word(r *rand.Rand, sort string, of int) string {
	n := r.IntN(of)
	if r.IntN(4) == 0 {
		n = 0
	}
	if sort != "category" {
		return fmt.Sprint(sort, n)
	}
	parts := []string{fmt.Sprint("c", n%7), fmt.Sprint("c", n/7), "leaf"}
	return strings.Join(parts[:1+r.IntN(3)], "/")
}

func randomRule(r *rand.Rand, i, of int) Rule {
	rule := fixedRule(fmt.Sprint("r", i), int64(1+i%5))
	rule.Priority = r.IntN(3)
	switch r.IntN(4) {
	case 0:
		rule.Phase = PhaseBonus
	case 1:
		rule.Effect = Effect{Kind: Multiplier, Factor: dec("1.0001")}
	}
	const longList = 12 // longer than a wordSet takes for few
	rule.Lines.SKUs = words(r, "sku", of, longList)
	rule.Lines.Categories = words(r, "category", of, longList)
	rule.Lines.Brands = words(r, "brand", of, 2)
	rule.Lines.Labels = words(r, "label", of, 2)
	rule.Lines.Exclude.SKUs = words(r, "sku", of, longList)
	rule.Audience.Tiers = words(r, "tier", 40, 3) // more than a gate has bits for
	rule.Audience.Stores = words(r, "store", of, 3)
	rule.Audience.SegmentsAny = words(r, "segment", 2*of, 3)
	rule.Audience.Channels = words(r, "channel", 3, 2)
	rule.Disabled = r.IntN(20) == 0
	if r.IntN(5) == 0 {
		rule.Window.From = day(2).Add(time.Duration(r.IntN(5)-2) * time.Second / 2)
	}
	if r.IntN(5) == 0 {
		rule.Window.Until = day(3).Add(time.Duration(r.IntN(5)-2) * time.Second / 2)
	}
	return rule
}

func randomEvent(r *rand.Rand, of int) *Event {
	var lines []Line
	for i := range 1 + r.IntN(6) {
		l := item(fmt.Sprint(i), "10")
		l.SKU, l.Category, l.Brand = word(r, "sku", of), word(r, "category", of), word(r, "brand", of)
		l.Labels = words(r, "label", of, 3)
		if r.IntN(10) == 0 {
			l.SKU, l.Category = "", []string{"", "/", "c0/", "/c0", "c0//leaf", "nowhere"}[r.IntN(6)]
		}
		lines = append(lines, l)
	}
	ev := orderOf(lines...)
	if r.IntN(10) == 0 {
		ev.Order = nil
	}
	ev.Time = []time.Time{day(2), day(3), day(2).Add(time.Second / 2), day(2).Add(time.Hour)}[r.IntN(4)]
	ev.Member.Tier, ev.Store, ev.Channel = word(r, "tier", 45), word(r, "store", of), word(r, "channel", 4)
	ev.Member.Segments = words(r, "segment", 2*of, 5)
	return ev
}

// Memory that is used again shows nothing of what it was used for.
func TestLaw_EarlierEventsDoNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		for range rapid.IntRange(1, 4).Draw(t, "events") {
			d.event, d.use = genEvent(t), genUsage(t, d.def, d.event.Time)
			opt := Options{Trace: rapid.Bool().Draw(t, "trace"), TraceAll: rapid.Bool().Draw(t, "trace all")}
			got, gotErr := d.set.Evaluate(d.event, d.use, opt)
			fresh, err := Compile(d.def)
			if err != nil {
				t.Fatal(err)
			}
			want, wantErr := fresh.Evaluate(d.event, d.use, opt)
			if diff := diff(want, got); diff != "" || fmt.Sprint(wantErr) != fmt.Sprint(gotErr) {
				t.Fatalf("%v and %v (-fresh +used)\n%s", wantErr, gotErr, diff)
			}
		}
	})
}
