package rulestest

import (
	"fmt"
	"slices"

	"github.com/loyaltykit/loyalty/rules"
)

// Option says what Check is to do otherwise.
type Option func(*config)

type config struct {
	only    []Law
	not     []Law
	allowed map[Law][]string
	compile func(rules.Definition) (*rules.Set, error)
}

// Only checks these laws and no other.
func Only(names ...Law) Option { return func(c *config) { c.only = append(c.only, names...) } }

// Without checks all laws but these.
func Without(names ...Law) Option { return func(c *config) { c.not = append(c.not, names...) } }

// Allow lets rules, by their IDs, break a law on purpose: it is checked as if they
// were switched off.
func Allow(name Law, rules ...string) Option {
	return func(c *config) { c.allowed[name] = append(c.allowed[name], rules...) }
}

// CompileWith has variants of the rule set compiled by the host, where it needs more
// than [rules.Compile]: the laws list the rules otherwise and switch some off.
func CompileWith(compile func(rules.Definition) (*rules.Set, error)) Option {
	return func(c *config) { c.compile = compile }
}

func (c *config) checks(name Law) bool {
	return (len(c.only) == 0 || slices.Contains(c.only, name)) && !slices.Contains(c.not, name)
}

// problems says which options mean nothing: a law misspelt would never be checked.
func (c *config) problems(sub *subject) (all []string) {
	names := slices.Concat(c.only, c.not)
	for name, ids := range c.allowed {
		names = append(names, name)
		for _, id := range ids {
			if sub.byID[id] == nil {
				all = append(all, fmt.Sprintf("Allow(%s): there is no rule %q", name, id))
			}
		}
	}
	for _, name := range names {
		if lawNamed(name) == nil {
			all = append(all, fmt.Sprintf("there is no law %q; there are %v", name, Laws()))
		}
	}
	if c.compile == nil {
		all = append(all, "CompileWith: there is no function")
	}
	slices.Sort(all)
	return slices.Compact(all)
}
