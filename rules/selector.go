package rules

import (
	"slices"
	"strings"
)

// wordSet is a compiled list of words. Most lists are short, where looking
// through them is faster than hashing.
type wordSet struct {
	few  []string
	many map[string]struct{}
}

func newWordSet(words []string) wordSet {
	const few = 8
	if len(words) <= few {
		return wordSet{few: words}
	}
	many := make(map[string]struct{}, len(words))
	for _, w := range words {
		many[w] = struct{}{}
	}
	return wordSet{many: many}
}

func (s *wordSet) empty() bool { return len(s.few) == 0 && s.many == nil }

func (s *wordSet) has(word string) bool {
	if s.many != nil {
		_, ok := s.many[word]
		return ok
	}
	return slices.Contains(s.few, word)
}

func (s *wordSet) hasAny(words []string) bool {
	if s.empty() {
		return false
	}
	return slices.ContainsFunc(words, s.has)
}

// hasAbove reports whether the set holds a category path or one it lies below.
func (s *wordSet) hasAbove(path string) bool {
	if s.many == nil {
		for _, above := range s.few {
			if strings.HasPrefix(path, above) && (len(path) == len(above) || path[len(above)] == '/') {
				return true
			}
		}
		return false
	}
	for i := range len(path) {
		if path[i] == '/' && s.has(path[:i]) {
			return true
		}
	}
	return s.has(path)
}

// goods are the four lists by which lines are picked or left out.
type goods struct {
	skus, categories, brands, labels wordSet
}

func (g *goods) empty() bool {
	return g.skus.empty() && g.categories.empty() && g.brands.empty() && g.labels.empty()
}

func (g *goods) has(l *Line) bool {
	return g.skus.has(l.SKU) || g.categories.hasAbove(l.Category) || g.brands.has(l.Brand) || g.labels.hasAny(l.Labels)
}

// selector is a compiled [Selector].
type selector struct {
	narrows     bool // it can pick fewer than all lines
	every       bool // all lines but the excluded
	pick        goods
	exclude     goods
	minQuantity int64 // millionths
	minAmount   int64
}

func newSelector(src *Selector) selector {
	s := selector{
		pick:    goods{newWordSet(src.SKUs), newWordSet(src.Categories), newWordSet(src.Brands), newWordSet(src.Labels)},
		exclude: goods{newWordSet(src.Exclude.SKUs), newWordSet(src.Exclude.Categories), newWordSet(src.Exclude.Brands), newWordSet(src.Exclude.Labels)},
	}
	s.every = s.pick.empty()
	s.narrows = !s.every || !s.exclude.empty()
	return s
}

func (s *selector) picks(l *Line) bool {
	return (s.every || s.pick.has(l)) && !s.exclude.has(l)
}
