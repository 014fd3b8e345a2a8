package rules

import (
	"fmt"
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

// The estimate is of the right size: held against what the runtime says.
func TestStatsBytes(t *testing.T) {
	d := many()
	before := heap()
	set := mustCompile(t, d)
	taken := int(heap() - before)
	runtime.KeepAlive(d)
	definition := len(d.Rules) * (sizeOf[Rule]() + sizeOf[string]()) // the copy the set keeps, each with its list of SKUs
	if got := set.Stats().Bytes; got < (taken-definition)/2 || got > (taken-definition)*2 {
		t.Errorf("estimated %d a rule, took %d beyond the definition's %d", got/len(d.Rules), (taken-definition)/len(d.Rules), definition/len(d.Rules))
	}
	if got := set.Stats().Index / len(d.Rules); got > 200 {
		t.Errorf("the index takes %d bytes a rule", got)
	}
	t.Logf("a rule takes %d bytes, of which the definition %d; estimated beyond it %d, the index %d", taken/len(d.Rules), definition/len(d.Rules), set.Stats().Bytes/len(d.Rules), set.Stats().Index/len(d.Rules))
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
