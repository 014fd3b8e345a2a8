package rules

import (
	"encoding/binary"
	"strconv"
)

// Rules are many, and alike in much: what they have in common is compiled once.

// sharedAudience returns the audience compiled for an earlier rule if it is alike.
func (c *checker) sharedAudience(src *Audience) *audience {
	key, ok := c.listsKey(src.Tiers, src.SegmentsAny, src.SegmentsNot, src.Stages, src.Interests, src.Channels, src.Stores)
	if !ok {
		return newAudience(src)
	}
	key = strconv.AppendBool(key, src.FirstOrder)
	for _, n := range [...]int{src.NthOrder.From, src.NthOrder.To, src.NthOrder.Every} {
		key = binary.AppendVarint(key, int64(n))
	}
	c.key = key
	return sharedBy(&c.audiences, key, func() *audience { return newAudience(src) })
}

// longGoods compiles the lists by which lines are picked or left out when one of
// them is too long to be looked through.
func (c *checker) longGoods(lists goodsLists) *goods {
	if max(len(lists.skus), len(lists.categories), len(lists.brands), len(lists.labels)) <= fewWords {
		return nil
	}
	key, ok := c.listsKey(lists.skus, lists.categories, lists.brands, lists.labels)
	if !ok {
		return newGoods(lists)
	}
	return sharedBy(&c.goods, key, func() *goods { return newGoods(lists) })
}

// listsKey writes lists of words so that only equal ones are written alike, unless
// they are so long that it is not worth it. It is good until the next call.
func (c *checker) listsKey(lists ...[]string) (key []byte, ok bool) {
	const short = 200 // words
	words := 0
	key = c.key[:0]
	for _, list := range lists {
		if words += len(list); words > short {
			return nil, false
		}
		key = binary.AppendUvarint(key, uint64(len(list)))
		for _, w := range list {
			key = append(binary.AppendUvarint(key, uint64(len(w))), w...)
		}
	}
	c.key = key
	return key, true
}

// sharedBy returns what was made for the key before.
func sharedBy[T any](known *map[string]*T, key []byte, make func() *T) *T {
	if v, ok := (*known)[string(key)]; ok {
		return v
	}
	if *known == nil {
		*known = map[string]*T{}
	}
	v := make()
	(*known)[string(key)] = v
	return v
}

// extrasKey is what extras without a condition of their own are alike in.
type extrasKey struct {
	audience      *audience
	terms         *terms
	pick, exclude *goods
	minQuantity   int64
	mode          StackMode
	beyond        beyond
	lists         string // limits, caps and budgets
}

// shareExtras gives rules whose extras are alike the same.
func shareExtras(compiled []rule) {
	known := map[extrasKey]*extras{}
	var lists []byte
	for i := range compiled {
		x := compiled[i].extras
		if x.when != nil || x.expr != nil {
			compiled[i].extras = new(*x) // those of all rules lie in one piece, which is then forgotten
			continue
		}
		lists = x.appendLists(lists[:0])
		key := extrasKey{x.audience, x.terms, x.pick, x.exclude, x.minQuantity, x.mode, x.beyond, string(lists)}
		if known[key] == nil {
			known[key] = new(*x)
		}
		compiled[i].extras = known[key]
	}
}

// appendLists writes limits, caps and budgets so that only equal ones are written alike.
func (x *extras) appendLists(key []byte) []byte {
	key = binary.AppendUvarint(key, uint64(len(x.limits)))
	for _, l := range x.limits {
		key = append(binary.AppendVarint(binary.AppendVarint(key, l.points), l.uses), byte(l.per))
	}
	for _, list := range [...][]int32{x.caps, x.budgets} {
		key = binary.AppendUvarint(key, uint64(len(list)))
		for _, at := range list {
			key = binary.AppendVarint(key, int64(at))
		}
	}
	return key
}
