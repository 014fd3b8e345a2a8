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

// fewWords is how many are looked through.
const fewWords = 8

func newWordSet(words []string) wordSet {
	if len(words) <= fewWords {
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

// goodsLists are what goods are compiled from.
type goodsLists struct {
	skus, categories, brands, labels []string
}

func (s *Selector) picked() goodsLists {
	return goodsLists{s.SKUs, s.Categories, s.Brands, s.Labels}
}

func (x *Exclusion) left() goodsLists {
	return goodsLists{x.SKUs, x.Categories, x.Brands, x.Labels}
}

func (l goodsLists) empty() bool {
	return len(l.skus)+len(l.categories)+len(l.brands)+len(l.labels) == 0
}

// narrows reports whether the selector can pick fewer than all lines.
func (s *Selector) narrows() bool { return !s.picked().empty() || !s.Exclude.left().empty() }

func newGoods(l goodsLists) *goods {
	return &goods{newWordSet(l.skus), newWordSet(l.categories), newWordSet(l.brands), newWordSet(l.labels)}
}

func (g *goods) has(l *Line) bool {
	return g.skus.has(l.SKU) || g.categories.hasAbove(l.Category) || g.brands.has(l.Brand) || g.labels.hasAny(l.Labels)
}

// picks reports whether the rule picks a line.
func (r *rule) picks(l *Line) bool {
	if r.pick != nil {
		return r.pick.has(l) && !r.excludes(l)
	}
	lists := r.src.Lines.picked()
	return (lists.empty() || lists.has(l)) && !r.excludes(l)
}

// excludes reports whether the rule leaves a line out.
func (r *rule) excludes(l *Line) bool {
	if !r.leavesOut {
		return false
	}
	if r.exclude != nil {
		return r.exclude.has(l)
	}
	return r.src.Lines.Exclude.left().has(l)
}

// has looks through short lists.
func (l goodsLists) has(line *Line) bool {
	g := goods{wordSet{few: l.skus}, wordSet{few: l.categories}, wordSet{few: l.brands}, wordSet{few: l.labels}}
	return g.has(line)
}
