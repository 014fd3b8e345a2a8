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

// newGoods returns nil when there is nothing in the lists.
func newGoods(skus, categories, brands, labels []string) *goods {
	if len(skus)+len(categories)+len(brands)+len(labels) == 0 {
		return nil
	}
	return &goods{newWordSet(skus), newWordSet(categories), newWordSet(brands), newWordSet(labels)}
}

func (g *goods) has(l *Line) bool {
	return g.skus.has(l.SKU) || g.categories.hasAbove(l.Category) || g.brands.has(l.Brand) || g.labels.hasAny(l.Labels)
}

// selector is a compiled [Selector].
type selector struct {
	narrows     bool   // it can pick fewer than all lines
	pick        *goods // nil: every line but the excluded
	exclude     *goods // nil: none
	minQuantity int64  // millionths
	minAmount   int64
}

func newSelector(src *Selector) selector {
	x := &src.Exclude
	s := selector{
		pick:    newGoods(src.SKUs, src.Categories, src.Brands, src.Labels),
		exclude: newGoods(x.SKUs, x.Categories, x.Brands, x.Labels),
	}
	s.narrows = s.pick != nil || s.exclude != nil
	return s
}

func (s *selector) picks(l *Line) bool {
	return (s.pick == nil || s.pick.has(l)) && (s.exclude == nil || !s.exclude.has(l))
}
