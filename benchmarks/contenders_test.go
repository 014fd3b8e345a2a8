package benchmarks

import (
	"fmt"
	"testing"

	"cel.dev/cel-go/cel"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// contender finds the rules of one of the events it was made ready for. What it
// costs to bring an event into the shape it wants is counted against ours alone.
type contender struct {
	name    string
	matches func(event int) (int, error)
}

const (
	floor  = "floor"
	ours   = "ours"
	traced = "ours, traced"
)

// contenders returns all there are. Those that scan take part up to so many rules.
func contenders(tb testing.TB, list []campaign, events, scan int) []contender {
	all, known := make([]*rules.Event, events), make([]facts, events)
	for k := range all {
		all[k] = order(len(list), k)
		known[k] = factsOf(all[k])
	}
	out := []contender{newBare(list, known)}
	out = append(out, newOurs(tb, list, all)...)
	if len(list) <= scan {
		out = append(out, newExpr(tb, list, known), newCEL(tb, list, known))
	}
	return out
}

// newOurs is the whole evaluation: it checks the order, finds the rules, makes the
// awards and spreads them over the lines.
func newOurs(tb testing.TB, list []campaign, events []*rules.Event) []contender {
	set, err := rules.Compile(definition(list))
	if err != nil {
		tb.Fatal(err)
	}
	with := func(opt rules.Options) func(int) (int, error) {
		return func(event int) (int, error) {
			r, err := set.Evaluate(events[event], nil, opt)
			return len(r.Awards), err
		}
	}
	return []contender{{ours, with(rules.Options{})}, {traced, with(rules.Options{Trace: true})}}
}

// facts is an event as the others are given it: in whole cents, summed up by SKU
// and by category, of which the full path alone.
type facts struct {
	tier             string
	at               int64
	skus, categories []spent
}

type spent struct {
	on    string
	cents int64
}

// factsOf relies on the orders of campaigns: no two lines are alike.
func factsOf(ev *rules.Event) facts {
	f := facts{tier: ev.Member.Tier, at: ev.Time.Unix()}
	for i := range ev.Order.Lines {
		l := &ev.Order.Lines[i]
		cents := l.Net().Mul(decimal.NewFromInt(100)).IntPart()
		f.skus = append(f.skus, spent{l.SKU, cents})
		f.categories = append(f.categories, spent{l.Category, cents})
	}
	return f
}

// newBare is the least that could be written for these very rules: two maps from
// word to rules, and a comparison of each condition. It awards nothing.
func newBare(list []campaign, events []facts) contender {
	type rule struct {
		from, until, minAmount int64
		tiers                  uint8
	}
	skus, categories, tiers := map[string][]int32{}, map[string][]int32{}, map[string]uint8{}
	var all []rule
	for i, c := range list {
		r := rule{from: c.from.Unix(), until: c.until.Unix(), minAmount: c.minAmount}
		for _, t := range c.tiers {
			if tiers[t] == 0 {
				tiers[t] = 1 << len(tiers)
			}
			r.tiers |= tiers[t]
		}
		if c.sku != "" {
			skus[c.sku] = append(skus[c.sku], int32(i))
		} else {
			categories[c.category] = append(categories[c.category], int32(i))
		}
		all = append(all, r)
	}
	return contender{floor, func(event int) (n int, err error) {
		f := &events[event]
		tier := tiers[f.tier]
		count := func(s spent, positions []int32) {
			for _, i := range positions {
				if r := &all[i]; r.from <= f.at && f.at < r.until && r.tiers&tier != 0 && s.cents >= r.minAmount {
					n++
				}
			}
		}
		for _, s := range f.skus {
			count(s, skus[s.on])
		}
		for _, s := range f.categories {
			count(s, categories[s.on])
		}
		return n, nil
	}}
}

// env is an event as a map of names, which both engines read faster than a struct.
func env(f *facts) map[string]any {
	sums := func(list []spent) map[string]int64 {
		m := map[string]int64{}
		for _, s := range list {
			m[s.on] = s.cents
		}
		return m
	}
	return map[string]any{"tier": f.tier, "at": f.at, "skus": sums(f.skus), "categories": sums(f.categories)}
}

// word returns in which map of env the campaign looks, and for what.
func (c *campaign) word() (field, word string) {
	if c.sku != "" {
		return "skus", c.sku
	}
	return "categories", c.category
}

// scan asks one rule after the other.
func scan(name string, all []func(event int) (bool, error)) contender {
	return contender{name, func(event int) (n int, err error) {
		for _, holds := range all {
			ok, err := holds(event)
			if err != nil {
				return 0, err
			}
			if ok {
				n++
			}
		}
		return n, nil
	}}
}

func newExpr(tb testing.TB, list []campaign, events []facts) contender {
	envs := make([]map[string]any, len(events))
	for i := range events {
		envs[i] = env(&events[i])
	}
	var all []func(int) (bool, error)
	machine := &vm.VM{}
	for _, c := range list {
		field, word := c.word()
		text := fmt.Sprintf(`tier in [%q, %q] && at >= %d && at < %d && %s[%q] >= %d`,
			c.tiers[0], c.tiers[1], c.from.Unix(), c.until.Unix(), field, word, c.minAmount)
		program, err := expr.Compile(text, expr.Env(envs[0]), expr.AsBool())
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, func(event int) (bool, error) {
			out, err := machine.Run(program, envs[event])
			ok, _ := out.(bool)
			return ok, err
		})
	}
	return scan("expr", all)
}

func newCEL(tb testing.TB, list []campaign, events []facts) contender {
	sums := cel.MapType(cel.StringType, cel.IntType)
	e, err := cel.NewEnv(cel.Variable("tier", cel.StringType), cel.Variable("at", cel.IntType),
		cel.Variable("skus", sums), cel.Variable("categories", sums))
	if err != nil {
		tb.Fatal(err)
	}
	vars := make([]cel.Activation, len(events))
	for i := range events {
		if vars[i], err = cel.NewActivation(env(&events[i])); err != nil {
			tb.Fatal(err)
		}
	}
	var all []func(int) (bool, error)
	for _, c := range list {
		field, word := c.word()
		text := fmt.Sprintf(`tier in [%q, %q] && at >= %d && at < %d && %q in %s && %s[%q] >= %d`,
			c.tiers[0], c.tiers[1], c.from.Unix(), c.until.Unix(), word, field, field, word, c.minAmount)
		ast, problems := e.Compile(text)
		if problems.Err() != nil {
			tb.Fatal(problems.Err())
		}
		program, err := e.Program(ast, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, func(event int) (bool, error) {
			out, _, err := program.Eval(vars[event])
			return err == nil && out.Value() == true, err
		})
	}
	return scan("cel-go", all)
}

// Every contender finds the same rules, or there is nothing to compare.
func TestContendersAgree(t *testing.T) {
	for _, rules := range []int{10, 200} {
		const events = 50
		for _, c := range contenders(t, campaigns(rules), events, rules) {
			for event := range events {
				if got, err := c.matches(event); got != 5 || err != nil {
					t.Fatalf("%s finds %d of %d rules in event %d, not 5: %v", c.name, got, rules, event, err)
				}
			}
		}
	}
}
