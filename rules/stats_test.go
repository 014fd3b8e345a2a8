package rules

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"testing"
)

func ExampleSet_Stats() {
	shoes := Rule{ID: "shoes", Trigger: "order", Effect: Effect{Kind: Fixed, Points: 10}}
	shoes.Lines.Categories = []string{"shoes"}
	boots := shoes
	boots.ID, boots.Lines.Categories = "boots", []string{"shoes/boots", "shoes/wellingtons"}
	both := shoes
	both.ID = "summer"
	all := Rule{ID: "base", Trigger: "order", Effect: Effect{Kind: Fixed, Points: 1}}
	set, err := Compile(Definition{Rules: []Rule{all, shoes, boots, both}})
	if err != nil {
		fmt.Println(err)
		return
	}
	order := set.Stats().Triggers[0]
	fmt.Println(order.Rules, "rules,", order.Rest, "for every order")
	fmt.Println(order.Lists, "lists, the longest:", order.Longest)
	// Output:
	// 4 rules, 1 for every order
	// 3 lists, the longest: {lines.categories shoes 2}
}

func TestStats(t *testing.T) {
	rule := func(id, trigger string, change func(*Rule)) Rule {
		r := fixedRule(id, 1)
		r.Trigger = trigger
		change(&r)
		return r
	}
	d := Definition{Rules: []Rule{
		rule("a", "order", func(r *Rule) {}),
		rule("b", "order", func(r *Rule) { r.Lines.SKUs = []string{"s1", "s2"} }),
		rule("c", "order", func(r *Rule) { r.Lines.SKUs, r.Audience.Stores = []string{"s1"}, []string{"berlin"} }),
		rule("d", "order", func(r *Rule) { r.Lines.SKUs, r.Disabled = []string{"s1"}, true }),
		rule("e", "order", func(r *Rule) { r.Lines.Exclude.SKUs = []string{"s1"} }),
		rule("f", "check_in", func(r *Rule) { r.Audience.SegmentsAny = []string{"vip"}; r.Audience.Tiers = []string{"gold"} }),
	}}
	got := mustCompile(t, d).Stats()
	want := Stats{Rules: 6, Bytes: got.Bytes, Index: got.Index, Names: 6, Triggers: []TriggerStats{ // vip both files a rule and is known to its gate
		{Trigger: "check_in", Rules: 1, Lists: 1, Entries: 1, Longest: ListStats{"audience.segments_any", "vip", 1}},
		// c is filed under its store: two others could be under its goods.
		{Trigger: "order", Rules: 5, Rest: 2, Lists: 3, Entries: 4, Longest: ListStats{"lines.skus", "s1", 2}},
	}}
	if diff := diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if mean := got.Triggers[1].Mean(); mean != 4./3 {
		t.Errorf("mean %v", mean)
	}
	if empty := mustCompile(t, Definition{}).Stats(); empty.Rules != 0 || len(empty.Triggers) != 0 {
		t.Errorf("of nothing: %+v", empty)
	}
	const text = `6 rules, 6 names, about `
	if s := got.String(); s[:len(text)] != text {
		t.Errorf("%s", s)
	}
}

// A set takes little beyond its copy of the definition, and the estimate of it is of
// the right size: both are held against what the runtime says.
func TestStatsBytes(t *testing.T) {
	const rules, most = 20_000, 200 // bytes a rule
	set, beyond := weigh(t, campaigns(rules))
	if beyond > most*rules {
		t.Errorf("a rule takes %d bytes beyond the definition", beyond/rules)
	}
	if got := set.Stats().Bytes; got < beyond/2 || got > beyond*2 {
		t.Errorf("estimated %d a rule, took %d", got/rules, beyond/rules)
	}
}

// What is looked at to match most rules lies in one line of the processor's cache, what
// they give in the next.
func TestRuleTakesTwoLines(t *testing.T) {
	const line = 64 // bytes
	if math.MaxInt == math.MaxInt32 {
		t.Skip("pointers are of 32 bits")
	}
	if got := sizeOf[rule](); got != 2*line {
		t.Errorf("a rule takes %d bytes", got)
	}
	for field := range reflect.TypeFor[rule]().Fields() {
		switch end := field.Offset + field.Type.Size(); field.Name {
		case "gate", "extras", "gated", "byGoods", "needsOrder", "narrows", "leavesOut", "phase", "minAmount":
			if end > line {
				t.Errorf("%s ends at %d", field.Name, end)
			}
		case "effect":
			if points, _ := field.Type.FieldByName("points"); field.Offset+points.Offset != line {
				t.Errorf("what it gives begins at %d", field.Offset+points.Offset)
			}
		}
	}
}

// weigh compiles a definition, and says what the set takes in memory beyond its copy
// of it.
func weigh(tb testing.TB, d Definition) (set *Set, beyond int) {
	before := heap()
	kept := d.clone()
	clone := heap() - before
	runtime.KeepAlive(kept)
	before = heap()
	set = mustCompile(tb, d)
	taken := heap() - before
	runtime.KeepAlive(d)
	runtime.KeepAlive(set)
	return set, int(taken) - int(clone)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
