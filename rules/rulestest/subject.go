package rulestest

import (
	"maps"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/rules"
)

// engine is what decides. The kit's own tests put mistakes into one, to show that
// the laws find them.
type engine struct {
	compile  func(rules.Definition) (*rules.Set, error)
	evaluate func(*rules.Set, *rules.Event, rules.Usage, rules.Options) (rules.Result, error)
	add      func(rules.Usage, []rules.Award) rules.Usage
	giveBack func(rules.Usage, rules.Award, []rules.Share, bool) rules.Usage
	take     func(rules.Funds, []rules.Award) rules.Funds
	putBack  func(rules.Funds, rules.Award, []rules.Share, bool) rules.Funds
}

var realEngine = engine{
	compile:  func(def rules.Definition) (*rules.Set, error) { return rules.Compile(def) },
	evaluate: (*rules.Set).Evaluate,
	add:      rules.Usage.Add,
	giveBack: rules.Usage.Return,
	take:     rules.Funds.Take,
	putBack:  rules.Funds.Return,
}

// subject is the rule set that is held to the laws.
type subject struct {
	engine
	def     rules.Definition
	set     *rules.Set
	byID    map[string]*rules.Rule // of def
	reached map[string]bool        // rules that gave something in some sample; shared by the variants
	orders  map[int]*rules.Set     // the same rules otherwise listed, by turn
}

func newSubject(e engine, set *rules.Set) *subject {
	sub := &subject{engine: e, def: set.Definition(), set: set, byID: map[string]*rules.Rule{}, reached: map[string]bool{}, orders: map[int]*rules.Set{}}
	for i := range sub.def.Rules {
		sub.byID[sub.def.Rules[i].ID] = &sub.def.Rules[i]
	}
	return sub
}

// without returns the subject with all rules switched off of which off is true.
func (sub *subject) without(off func(id string) bool) (*subject, error) {
	def := sub.set.Definition()
	for i := range def.Rules {
		if off(def.Rules[i].ID) {
			def.Rules[i].Disabled = true
		}
	}
	set, err := sub.compile(def)
	if err != nil {
		return nil, err
	}
	other := newSubject(sub.engine, set)
	other.reached = sub.reached
	return other, nil
}

// outcome is what came of one evaluation.
type outcome struct {
	label  string
	result rules.Result
	err    error
}

// evaluated decides an event, with a trace. It leaves the sample alone: should the
// engine change what it is given, only the law that looks for this shall notice.
func (sub *subject) evaluated(label string, ev *rules.Event, before state) outcome {
	return sub.evaluatedBy(sub.set, label, ev, before)
}

func (sub *subject) evaluatedBy(set *rules.Set, label string, ev *rules.Event, before state) outcome {
	opt := sub.options(ev, before)
	opt.Trace, opt.TraceAll = true, len(sub.def.Rules) <= manyRules // of more, a trace would take long
	r, err := sub.evaluate(set, cloneEvent(ev), before.use.Clone(), opt)
	for i := range r.Awards {
		sub.reached[r.Awards[i].Rule] = true
	}
	return outcome{label: label, result: r, err: err}
}

// secret is for draws: they are as random as the events' IDs.
var secret = []byte("rulestest draws prizes with this, and nobody else")

// options are those of an evaluation without a trace.
func (sub *subject) options(ev *rules.Event, before state) rules.Options {
	return rules.Options{Funds: sub.filled(ev, before.funds), Secret: secret}
}

// filled returns funds with all that an event may draw on.
func (sub *subject) filled(ev *rules.Event, funds rules.Funds) rules.Funds {
	filled := rules.Funds{}
	for _, need := range sub.set.Needs(ev) {
		left, known := funds[need.Key]
		if !known {
			left = need.Full
		}
		filled[need.Key] = left
	}
	return filled
}

// after is the state once an event's awards were made.
func (sub *subject) after(ev *rules.Event, before state, awards []rules.Award) state {
	funds := before.funds.Clone()
	if funds == nil {
		funds = rules.Funds{}
	}
	maps.Copy(funds, sub.filled(ev, funds))
	return state{sub.add(before.use.Clone(), awards), sub.take(funds, awards)}
}

// points are what an outcome awards, by unit.
func (o *outcome) points() map[string]int64 {
	sums := map[string]int64{}
	for i := range o.result.Awards {
		sums[o.result.Awards[i].Unit] += o.result.Awards[i].Points
	}
	return sums
}

// award returns what a rule gave, or nil.
func (o *outcome) award(rule string) *rules.Award {
	for i := range o.result.Awards {
		if o.result.Awards[i].Rule == rule {
			return &o.result.Awards[i]
		}
	}
	return nil
}

// trace returns what became of a rule, or nil.
func (o *outcome) trace(rule string) *rules.Trace {
	for i := range o.result.Trace {
		if o.result.Trace[i].Rule == rule {
			return &o.result.Trace[i]
		}
	}
	return nil
}

// breach is how a sample breaks a law.
type breach struct {
	what   string   // in one sentence
	rules  []string // at fault, where the law knows by itself
	note   string   // why it is no failure, of the one rule in rules
	event  *rules.Event
	then   *rules.Event // the other event, where the law compares two
	before state        // event
	sides  []outcome    // results to be shown side by side
	// causal is set where the second result follows from the first by something done,
	// so that a rule can be the cause.
	causal bool
}

func same(a, b any) bool { return cmp.Equal(a, b, cmpopts.EquateEmpty()) }
