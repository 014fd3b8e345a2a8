package rulestest

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/rules"
	"pgregory.net/rapid"
)

// TB is what Check needs of a test: a *testing.T, a *testing.B, or a tool's own.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Load reads, decodes and compiles a rule file. What is wrong with it ends the test.
func Load(t interface {
	TB
	Fatalf(format string, args ...any)
}, path string,
) *rules.Set {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatalf("rulestest: %v", err)
		return nil
	}
	defer file.Close()
	def, err := rules.Decode(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
		return nil
	}
	set, err := rules.Compile(def)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
		return nil
	}
	return set
}

// Check holds a rule set to the laws, with events drawn from its own words. Each law
// that does not hold is an error of the test, with the rules at fault and the smallest
// example found. What it returns says the same, for tools.
//
// It runs in the test's own goroutine and writes nothing but rapid's fail files. A test
// that has failed already is checked all the same.
func Check(t TB, set *rules.Set, options ...Option) Report {
	t.Helper()
	return check(t, realEngine, set, options)
}

func check(t TB, e engine, set *rules.Set, options []Option) Report {
	t.Helper()
	var report Report
	if set == nil {
		t.Errorf("rulestest: there is no rule set to check")
		return report
	}
	c := config{allowed: map[Law][]string{}, compile: e.compile}
	for _, o := range options {
		o(&c)
	}
	e.compile = c.compile
	sub := newSubject(e, set)
	if problems := c.problems(sub); len(problems) > 0 {
		t.Errorf("rulestest: %s", strings.Join(problems, "; "))
		return report
	}
	if _, err := sub.without(func(string) bool { return false }); err != nil {
		t.Errorf("rulestest: the rules cannot be compiled again, see CompileWith: %v", err)
		return report
	}
	voc := newVocabulary(sub)
	for i := range laws {
		if l := &laws[i]; c.checks(l.name) {
			report.Laws = append(report.Laws, l.name)
			r := run{t: t, sub: sub, voc: voc, law: l, report: &report}
			r.all(c.allowed[l.name])
		}
	}
	report.Unmet = sub.unmet()
	for i := range report.Notes {
		t.Logf("%s", report.Notes[i])
	}
	if s := report.unmet(); s != "" {
		t.Logf("%s", s)
	}
	return report
}

// unmet are the rules that gave nothing in any sample.
func (sub *subject) unmet() (ids []string) {
	for i := range sub.def.Rules {
		if r := &sub.def.Rules[i]; !r.Disabled && !sub.reached[r.ID] {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Findings of one law stop at this many, so that a file all wrong can still be read.
const maxFindings = 5

// In a set of more rules than this only the first finding of each law is sought.
const manyRules = 500

// run checks one law.
type run struct {
	t      TB
	sub    *subject
	voc    *vocabulary // of sub
	law    *law
	report *Report
	known  [][]string // the rules at fault in findings so far
	noted  map[string]bool
	found  []Finding
}

// all checks the law until nothing new is found.
func (r *run) all(allowed []string) {
	r.t.Helper()
	if len(allowed) > 0 {
		sub, err := r.sub.without(func(id string) bool { return slices.Contains(allowed, id) })
		if err != nil {
			r.t.Errorf("rulestest: without the rules allowed to break the law %s: %v", r.law.name, err)
			return
		}
		r.sub, r.voc = sub, newVocabulary(sub)
	}
	r.noted = map[string]bool{}
	if len(r.voc.live) == 0 {
		return
	}
	for range maxFindings {
		if !r.once() || len(r.sub.def.Rules) > manyRules {
			break
		}
	}
	slices.SortFunc(r.found, func(a, b Finding) int { return slices.Compare(a.Rules, b.Rules) })
	for _, f := range r.found {
		again := ""
		if f.Again != "" {
			again = "\nto see it again: " + f.Again
		}
		r.t.Errorf("%s%s", f.Text, again)
	}
	r.report.Findings = append(r.report.Findings, r.found...)
}

// once checks the law with rapid, and reports what is found.
func (r *run) once() (more bool) {
	r.t.Helper()
	var found struct {
		sample *sample
		breach *breach
		times  int
	}
	rec := &recorder{name: r.t.Name() + "/" + string(r.law.name)}
	rapid.Check(rec, func(t *rapid.T) {
		// Once found and seen again, it is simplified here and not by rapid, which knows
		// only numbers, takes longer, and stops by the clock.
		if found.times == 2 {
			return
		}
		d := newDrawer(t, r.voc)
		for range max(r.law.samples, 1) {
			if s, b := r.breaks(d); b != nil {
				if found.times++; found.times == 1 {
					found.sample, found.breach = s, b
				}
				t.Fatalf("%s", b.what)
			}
		}
	})
	if !rec.failed {
		return false
	}
	if found.times == 0 { // rapid's own complaint
		r.t.Errorf("rulestest: %s: %s", r.law.name, rec.text)
		return false
	}
	s, b := r.simplest(found.sample, "")
	if b == nil { // what breaks a law only now and then is told as it was first seen
		s, b = found.sample, found.breach
		b.what += ", but only now and then: not when it is tried again"
		if len(b.sides) == 2 {
			b.rules = b.sides[0].differing(&b.sides[1], func(x, y *rules.Award) bool { return same(x, y) })
		}
	}
	f := r.sub.finding(r.law, s, b)
	f.Again = rec.again()
	known := f.Rules
	if len(known) > 0 && r.sub.blame(b, known[0]) > 0 {
		known = known[:1] // the cause alone tells it again
	}
	r.known = append(r.known, known)
	r.found = append(r.found, f)
	return true
}

// isKnown reports whether a breach is one that was reported already, by the rules
// at fault.
func (r *run) isKnown(s *sample, b *breach) bool {
	if len(r.known) == 0 {
		return false
	}
	ids := r.sub.atFault(r.law, s, b)
	return slices.ContainsFunc(r.known, func(known []string) bool {
		return !slices.ContainsFunc(known, func(id string) bool { return !slices.Contains(ids, id) })
	})
}

// breaks draws a sample and what the law does to it, and returns the first with which
// the law is broken in a way that is not known yet.
func (r *run) breaks(d *drawer) (*sample, *breach) {
	drawn := d.sample(r.law)
	r.report.Events += len(drawn.events)
	for range max(r.law.twists, 1) {
		s := d.twisted(r.law, drawn)
		b := r.law.check(r.sub, s)
		switch {
		case b == nil:
		case b.note != "":
			r.note(s, b)
		case !r.isKnown(s, b):
			return s, b
		}
	}
	return nil, nil
}

// note keeps the first example of a rule that does not allow the law.
func (r *run) note(s *sample, b *breach) {
	id := b.rules[0]
	if r.noted[id] {
		return
	}
	r.noted[id] = true
	_, b = r.simplest(s, id)
	if b == nil {
		return
	}
	r.report.Notes = append(r.report.Notes, Note{
		Law: r.law.name, Rule: id, Message: b.note, Example: fmt.Sprintf("%s\n  %s", b.what, eventText(b.event)),
	})
}
