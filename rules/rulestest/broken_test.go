package rulestest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/rules"
)

var update = flag.Bool("rulestest.update", false, "write the golden texts anew; read them before you keep them")

// What fails here fails on purpose: nothing of it is to be kept.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// listener is a test that keeps what it is told.
type listener struct {
	name         string
	errors, logs []string
}

func (l *listener) Helper()      {}
func (l *listener) Name() string { return l.name }
func (l *listener) Errorf(format string, args ...any) {
	l.errors = append(l.errors, fmt.Sprintf(format, args...))
}
func (l *listener) Logf(format string, args ...any) {
	l.logs = append(l.logs, fmt.Sprintf(format, args...))
}

// seeded runs a function with the seed of rapid that the golden texts were made with.
func seeded(t *testing.T, run func()) {
	t.Helper()
	was := flag.Lookup("rapid.seed").Value.String()
	if err := flag.Set("rapid.seed", "20260302"); err != nil {
		t.Fatal(err)
	}
	defer flag.Set("rapid.seed", was)
	run()
}

// mistake is a rule file, or an engine, with something wrong in it.
type mistake struct {
	name   string // of its golden text
	file   string // of testdata
	engine func(e *engine)
	law    Law        // which must find it
	fault  [][]string // the rules at fault, of each finding
	fickle bool       // it comes and goes, so that its example is as it was drawn and has no golden text
}

// The first are mistakes in rule files. The rest no rule file can make, so they are
// put into the engine.
var mistakes = []mistake{
	{name: "exclusive-threshold", file: "big-basket", law: MoreSpend, fault: [][]string{{"big-basket", "base"}}},
	{name: "two-mistakes", file: "two-mistakes", law: MoreSpend, fault: [][]string{{"large-orders", "base", "double"}, {"six-pack", "base"}}},
	{name: "diluted-bonus", file: "diluted", law: MoreSpend, fault: [][]string{{"bags", "visit"}}},
	{name: "crowded-out", file: "crowded-out", law: MoreSpend, fault: [][]string{{"over-100", "third"}}},
	{name: "small-order", file: "small-order", law: MoreSpend, fault: [][]string{{"small-order"}}},
	{name: "too-much", file: "too-much", law: Awards, fault: [][]string{{"base"}}},

	{name: "first-listed-wins", file: "plain", law: ListingOrder, fault: [][]string{{"base", "bonus"}}, engine: func(e *engine) {
		e.evaluate = func(set *rules.Set, ev *rules.Event, use rules.Usage, opt rules.Options) (rules.Result, error) {
			r, err := set.Evaluate(ev, use, opt)
			for _, listed := range set.Definition().Rules {
				if i := slices.IndexFunc(r.Awards, func(a rules.Award) bool { return a.Rule == listed.ID }); i >= 0 {
					r.Awards = r.Awards[i : i+1]
				}
			}
			return r, err
		}
	}},
	{name: "a-point-less-a-line", file: "plain", law: LineSplitting, fault: [][]string{{"base"}}, engine: awards(func(ev *rules.Event, a *rules.Award) {
		if ev.Order != nil && a.Rule == "base" {
			take(a, int64(len(ev.Order.Lines)-1))
		}
	})},
	{name: "changes-the-event", file: "plain", law: Replay, fault: [][]string{nil}, engine: func(e *engine) {
		e.evaluate = func(set *rules.Set, ev *rules.Event, use rules.Usage, opt rules.Options) (rules.Result, error) {
			ev.Member.Orders++
			return set.Evaluate(ev, use, opt)
		}
	}},
	{name: "remembers-the-last-event", file: "plain", law: Replay, fickle: true, fault: [][]string{{"base"}}, engine: func(e *engine) {
		last := ""
		e.evaluate = func(set *rules.Set, ev *rules.Event, use rules.Usage, opt rules.Options) (rules.Result, error) {
			r, err := set.Evaluate(ev, use, opt)
			text := eventText(ev)
			for i := range r.Awards {
				if last == text && r.Awards[i].Rule == "base" {
					take(&r.Awards[i], 1)
				}
			}
			last = text
			return r, err
		}
	}},
	{name: "works-in-what-it-returned", file: "plain", law: Replay, fault: [][]string{{"base"}, {"bonus"}}, engine: func(e *engine) {
		var shared []rules.Award
		e.evaluate = func(set *rules.Set, ev *rules.Event, use rules.Usage, opt rules.Options) (rules.Result, error) {
			for i := range shared {
				shared[i].Points = 0
			}
			r, err := set.Evaluate(ev, use, opt)
			shared = r.Awards
			return r, err
		}
	}},
	{name: "keeps-a-point", file: "plain", law: Returns, fault: [][]string{{"base"}}, engine: awards(func(_ *rules.Event, a *rules.Award) {
		if a.Rule == "base" && len(a.Lines) > 1 {
			a.Lines = a.Lines[1:]
		}
	})},
	{name: "returned-uses-stay-used", file: "plain", law: Returns, fault: [][]string{{"base"}, {"bonus"}}, engine: func(e *engine) {
		e.giveBack = func(u rules.Usage, a rules.Award, shares []rules.Share, _ bool) rules.Usage {
			return u.Return(a, shares, false)
		}
	}},
	{name: "uses-not-counted", file: "plain", law: Limits, fault: [][]string{{"base"}, {"bonus"}}, engine: func(e *engine) {
		e.add = func(u rules.Usage, _ []rules.Award) rules.Usage { return u }
	}},
	{name: "budget-not-looked-at", file: "budget", law: Limits, fault: [][]string{{"coupon"}, {"wheel"}}, engine: func(e *engine) {
		e.evaluate = func(set *rules.Set, ev *rules.Event, use rules.Usage, opt rules.Options) (rules.Result, error) {
			for _, need := range set.Needs(ev) {
				opt.Funds[need.Key] = need.Full
			}
			return set.Evaluate(ev, use, opt)
		}
	}},
	{name: "budget-not-put-back", file: "budget", law: Returns, fault: [][]string{{"coupon"}, {"wheel"}}, engine: func(e *engine) {
		e.putBack = func(f rules.Funds, _ rules.Award, _ []rules.Share, _ bool) rules.Funds { return f }
	}},
	{name: "drawn-otherwise", file: "budget", law: Awards, fault: [][]string{{"wheel"}}, engine: awards(func(_ *rules.Event, a *rules.Award) {
		if a.Drawn != nil {
			a.Drawn.Prize = "blank"
		}
	})},
	{name: "takes-away", file: "plain", law: Awards, fault: [][]string{{"bonus"}}, engine: awards(func(ev *rules.Event, a *rules.Award) {
		if a.Rule == "bonus" && ev.Order == nil {
			a.Points = -a.Points
		}
	})},
	{name: "lines-do-not-add-up", file: "plain", law: Awards, fault: [][]string{{"base"}}, engine: awards(func(_ *rules.Event, a *rules.Award) {
		if a.Rule == "base" && len(a.Lines) > 1 {
			a.Lines[0].Points++
		}
	})},
	{name: "quotes-more", file: "plain", law: Quote, fault: [][]string{{"base"}}, engine: func(e *engine) {
		e.evaluate = func(set *rules.Set, ev *rules.Event, use rules.Usage, opt rules.Options) (rules.Result, error) {
			r, err := set.Evaluate(ev, use, opt)
			if !opt.Trace && len(r.Awards) > 0 && r.Awards[0].Rule == "base" {
				r.Awards[0].Points++
				r.Awards[0].Lines[0].Points++
			}
			return r, err
		}
	}},
}

// awards makes a mistake in every award.
func awards(in func(*rules.Event, *rules.Award)) func(*engine) {
	return func(e *engine) {
		e.evaluate = func(set *rules.Set, ev *rules.Event, use rules.Usage, opt rules.Options) (rules.Result, error) {
			r, err := set.Evaluate(ev, use, opt)
			for i := range r.Awards {
				in(ev, &r.Awards[i])
			}
			return r, err
		}
	}
}

// take takes points off an award, from its last lines first.
func take(a *rules.Award, points int64) {
	points = min(points, a.Points)
	a.Points -= points
	for i := len(a.Lines) - 1; i >= 0; i-- {
		some := min(points, a.Lines[i].Points)
		a.Lines[i].Points -= some
		points -= some
	}
}

// Every mistake is found by its law, in the rules that are at fault, and told in the
// words of its golden text.
func TestBroken(t *testing.T) {
	shown := map[Law]bool{}
	for _, m := range mistakes {
		shown[m.law] = true
		t.Run(m.name, func(t *testing.T) {
			e := realEngine
			if m.engine != nil {
				m.engine(&e)
			}
			set := Load(t, "testdata/"+m.file+".json")
			l := &listener{name: t.Name()}
			var r Report
			seeded(t, func() { r = check(l, e, set, []Option{Only(m.law)}) })
			var fault [][]string
			var text []string
			for _, f := range r.Findings {
				if f.Law != m.law {
					t.Errorf("found by %s", f.Law)
				}
				fault, text = append(fault, f.Rules), append(text, f.Text)
			}
			if diff := cmp.Diff(m.fault, fault); diff != "" {
				t.Errorf("rules at fault (-want +got)\n%s", diff)
			}
			if len(l.errors) != len(r.Findings) {
				t.Errorf("the test is told %d times of %d findings", len(l.errors), len(r.Findings))
			}
			if told := strings.Join(text, "\n"); !m.fickle {
				golden(t, m.name, told)
			} else if !strings.Contains(told, "but only now and then") {
				t.Errorf("told as if it were always so:\n%s", told)
			}
		})
	}
	for _, law := range Laws() {
		if !shown[law] {
			t.Errorf("no mistake here shows what law %s is for", law)
		}
	}
}

// golden compares a text with the one in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
