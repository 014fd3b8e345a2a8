package rulestest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/rules"
)

// Files in which nothing is wrong pass every law, and every rule is met.
func TestHealthy(t *testing.T) {
	for _, file := range []string{"healthy", "quickstart", "plain", "campaign", "budget"} {
		t.Run(file, func(t *testing.T) {
			l := &listener{name: t.Name()}
			var r Report
			seeded(t, func() { r = Check(l, Load(t, "testdata/"+file+".json")) })
			if len(l.errors) > 0 || r.Failed() {
				t.Errorf("%v\n%s", l.errors, r)
			}
			if diff := cmp.Diff(Laws(), r.Laws); diff != "" {
				t.Errorf("laws checked (-want +got)\n%s", diff)
			}
			if len(r.Unmet) > 0 {
				t.Errorf("not met: %q", r.Unmet)
			}
		})
	}
}

// What a rule says of itself it cannot keep is noted, and fails nothing.
func TestNote(t *testing.T) {
	l := &listener{name: t.Name()}
	var r Report
	seeded(t, func() { r = Check(l, Load(t, "testdata/per-line.json")) })
	if len(l.errors) > 0 || len(r.Notes) != 1 || r.Notes[0].Law != LineSplitting || r.Notes[0].Rule != "base" {
		t.Fatalf("%v\n%s", l.errors, r)
	}
	golden(t, "per-line", strings.Join(l.logs, "\n"))
}

// A rule that may break a law is left out of it, and of that law alone.
func TestAllow(t *testing.T) {
	set := Load(t, "testdata/big-basket.json")
	for _, tt := range []struct {
		name    string
		options []Option
		want    []Law
		laws    int
	}{
		{"nothing allowed", nil, []Law{MoreSpend}, 8},
		{"the rule at fault", []Option{Allow(MoreSpend, "big-basket")}, nil, 8},
		{"in another law", []Option{Allow(Quote, "big-basket")}, []Law{MoreSpend}, 8},
		{"law not asked for", []Option{Only(Quote, Returns)}, nil, 2},
		{"law left out", []Option{Without(MoreSpend)}, nil, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &listener{name: t.Name()}
			r := Check(l, set, tt.options...)
			var got []Law
			for _, f := range r.Findings {
				got = append(got, f.Law)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || len(r.Laws) != tt.laws || len(l.errors) != len(tt.want) {
				t.Errorf("(-want +got)\n%s%d laws\n%v", diff, len(r.Laws), l.errors)
			}
		})
	}
}

// What would check nothing, by a slip of the pen, is an error.
func TestMisuse(t *testing.T) {
	set := Load(t, "testdata/plain.json")
	for _, tt := range []struct {
		name    string
		set     *rules.Set
		options []Option
		want    string
	}{
		{"no set", nil, nil, "there is no rule set to check"},
		{"no such law", set, []Option{Only("more-spent")}, `there is no law "more-spent"`},
		{"no such law to leave out", set, []Option{Without("quotes")}, `there is no law "quotes"`},
		{"no such rule", set, []Option{Allow(MoreSpend, "bas")}, `Allow(more-spend): there is no rule "bas"`},
		{"no function", set, []Option{CompileWith(nil)}, "CompileWith: there is no function"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &listener{name: t.Name()}
			r := Check(l, tt.set, tt.options...)
			if len(l.errors) != 1 || !strings.Contains(l.errors[0], tt.want) || len(r.Laws) > 0 {
				t.Errorf("%q, %d laws", l.errors, len(r.Laws))
			}
		})
	}
}

// A rule that can never be met is told of: it has not been tested.
func TestUnmet(t *testing.T) {
	set, err := rules.Compile(rules.Definition{Rules: []rules.Rule{
		{ID: "base", Trigger: "order", Effect: rules.Effect{Kind: rules.Fixed, Points: 1}},
		{ID: "never", Trigger: "order", Effect: rules.Effect{Kind: rules.Fixed, Points: 1},
			Audience: rules.Audience{SegmentsAny: []string{"staff"}, SegmentsNot: []string{"staff"}}},
		{ID: "off", Trigger: "order", Disabled: true, Effect: rules.Effect{Kind: rules.Fixed, Points: 1}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{name: t.Name()}
	r := Check(l, set)
	if diff := cmp.Diff([]string{"never"}, r.Unmet); diff != "" || len(l.errors) > 0 {
		t.Errorf("(-want +got)\n%s%v", diff, l.errors)
	}
	if want := `not tested: "never"`; len(l.logs) != 1 || !strings.Contains(l.logs[0], want) {
		t.Errorf("logged %q, want %s", l.logs, want)
	}
}

// A set without rules keeps every law.
func TestEmpty(t *testing.T) {
	set, err := rules.Compile(rules.Definition{})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{name: t.Name()}
	if r := Check(l, set); r.Failed() || len(l.errors) > 0 || r.Events > 0 {
		t.Errorf("%v\n%s", l.errors, r)
	}
}

// fataler is a test that stops.
type fataler struct {
	listener
	fatal string
}

func (f *fataler) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	f.fatal = f.errors[len(f.errors)-1]
}

// A file that cannot be loaded ends the test, with what is wrong and where.
func TestLoad(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"none.json", "none.json"},
		{"plain.golden", "no such file"},
		{"misspelt.json", `testdata/misspelt.json: rules: rules[0].tigger: unknown field; did you mean "trigger"?`},
		{"nonsense.json", "testdata/nonsense.json: rules: rules[0].effect.per: must be above zero"},
	} {
		f := &fataler{}
		if set := Load(f, "testdata/"+tt.file); set != nil || !strings.Contains(f.fatal, tt.want) {
			t.Errorf("%s: %q", tt.file, f.fatal)
		}
	}
}

// answer is an expression that always answers the same, or fails.
type answer struct{ err error }

func (a answer) CompileExpression(string, []rules.Field) (rules.Expression, error) { return a, nil }
func (a answer) Holds(rules.View) (bool, error)                                    { return true, a.err }

// Rules with expressions are compiled by the host's compiler, and one that fails is
// found: it would give nothing in the shop either.
func TestExpressions(t *testing.T) {
	def := rules.Definition{Rules: []rules.Rule{{ID: "free", Trigger: "order", Expr: "true", Effect: rules.Effect{Kind: rules.Fixed, Points: 1}}}}
	for _, tt := range []struct {
		name    string
		with    answer
		options bool
		want    string
	}{
		{"no compiler", answer{}, false, "the rules cannot be compiled again, see CompileWith"},
		{"a compiler", answer{}, true, ""},
		{"one that fails", answer{errors.New("no such field")}, true, `rule "free" cannot be decided: its expr fails: no such field`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			compile := func(def rules.Definition) (*rules.Set, error) {
				return rules.Compile(def, rules.WithExpressions(tt.with))
			}
			set, err := compile(def)
			if err != nil {
				t.Fatal(err)
			}
			var options []Option
			if tt.options {
				options = append(options, CompileWith(compile))
			}
			l := &listener{name: t.Name()}
			Check(l, set, options...)
			if told := strings.Join(l.errors, "\n"); (told == "") != (tt.want == "") || !strings.Contains(told, tt.want) {
				t.Errorf("told %q, want %q", told, tt.want)
			}
		})
	}
}
