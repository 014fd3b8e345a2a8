package rfm

import (
	"cmp"
	"iter"
	"math/big"
	"math/bits"
	"slices"
)

// columns are the figures of many customers.
type columns struct {
	recency, orders, spend []int64
}

// columnsFor returns empty columns with room for n customers.
func columnsFor(n int) columns {
	return columns{make([]int64, 0, n), make([]int64, 0, n), make([]int64, 0, n)}
}

func (c *columns) add(v values) {
	c.recency = append(c.recency, v.recency)
	c.orders = append(c.orders, v.orders)
	c.spend = append(c.spend, v.spend)
}

func (c *columns) join(o columns) {
	c.recency = append(c.recency, o.recency...)
	c.orders = append(c.orders, o.orders...)
	c.spend = append(c.spend, o.spend...)
}

func columnsOf(customers iter.Seq[Summary]) columns {
	var c columns
	for s := range customers {
		c.add(s.values())
	}
	return c
}

// Cut takes the quantiles of customers. Thresholds need no customers; the rest
// refuses none at all with [ErrNoCustomers], and Pandas tied quantiles with a
// [*TiedEdgesError]. NTile has no cuts, as it splits equal values: it is taken as
// RightClosed here; [Model.Place] has its levels.
//
// The figures take 24 bytes a customer while it works; for a stream too large
// for that, see [Sketch].
func (m *Model) Cut(customers iter.Seq[Summary]) (Cuts, error) {
	if !m.def.Scoring.quantiles() {
		return m.fixed, nil
	}
	return m.cut(columnsOf(customers))
}

// cut takes the quantiles of columns, which it puts into another order.
func (m *Model) cut(c columns) (Cuts, error) {
	if len(c.orders) == 0 {
		return Cuts{}, ErrNoCustomers
	}
	return cutsBy(m.def.Scoring, func(d Dimension, ranks []int) []int64 {
		return orderStatistics(c.of(d), ranks)
	}, len(c.orders))
}

func (c *columns) of(d Dimension) []int64 {
	return map[Dimension][]int64{Recency: c.recency, Frequency: c.orders, Monetary: c.spend}[d]
}

// cutsBy takes quantiles of n customers by a function that finds the values at
// ranks, counted from 0 and ascending.
func cutsBy(s Scoring, at func(Dimension, []int) []int64, n int) (Cuts, error) {
	var c Cuts
	for _, d := range []struct {
		name Dimension
		unit int64
		cuts *[]int64
	}{{Recency, 1, &c.recency}, {Frequency, 1, &c.orders}, {Monetary, millionth, &c.spend}} {
		edges := edgesOf(at, d.name, s.Levels, n)
		if tied := ties(edges); s.Method == Pandas && tied > 0 {
			return Cuts{}, &TiedEdgesError{d.name, tied}
		}
		for _, e := range edges[1:s.Levels] {
			*d.cuts = append(*d.cuts, e.last(s.Method, d.unit))
		}
	}
	return c, nil
}

// edge is a quantile: scaled/of.
type edge struct{ scaled, of *big.Int }

// edgesOf returns the quantiles of a dimension, with the least and the greatest
// value at the ends.
func edgesOf(at func(Dimension, []int) []int64, d Dimension, levels, n int) []edge {
	ranks := ranksOf(levels, n)
	value := map[int]int64{}
	for i, v := range at(d, ranks) {
		value[ranks[i]] = v
	}
	edges, of := make([]edge, levels+1), big.NewInt(int64(levels))
	for k := range edges {
		rank := (n - 1) * k / levels
		low, high := big.NewInt(value[rank]), big.NewInt(value[min(rank+1, n-1)])
		step := high.Sub(high, low)
		step.Mul(step, big.NewInt(int64((n-1)*k%levels)))
		edges[k] = edge{low.Add(low.Mul(low, of), step), of}
	}
	return edges
}

// ranksOf returns between which of n customers the quantiles lie, ascending.
func ranksOf(levels, n int) []int {
	var ranks []int
	for k := range levels + 1 {
		low := (n - 1) * k / levels
		ranks = append(ranks, low, min(low+1, n-1))
	}
	slices.Sort(ranks)
	return slices.Compact(ranks)
}

func ties(edges []edge) int {
	n := 0
	for i := range edges[1:] {
		if edges[i].scaled.Cmp(edges[i+1].scaled) == 0 {
			n++
		}
	}
	return n
}

// last returns the greatest whole number that belongs to the level below e.
func (e edge) last(method Method, unit int64) int64 {
	floor, rest := new(big.Int).DivMod(e.scaled, e.of, new(big.Int))
	last := floor.Int64()
	if method == RPackage {
		// A value is below as long as it is less than the quantile plus one.
		if last += unit - 1; rest.Sign() != 0 {
			last++
		}
	}
	return last
}

// orderStatistics returns the values at ascending ranks of v, which it puts into
// another order.
func orderStatistics(v []int64, ranks []int) []int64 {
	selectRanks(v, 0, ranks, 2*bits.Len(uint(len(v))))
	found := make([]int64, len(ranks))
	for i, r := range ranks {
		found[i] = v[r]
	}
	return found
}

// selectRanks puts the values of ascending ranks into their places. v begins at
// rank from. Of a list that keeps being split badly, depth times, it sorts the
// rest.
func selectRanks(v []int64, from int, ranks []int, depth int) {
	const few = 48
	for len(ranks) > 0 {
		if len(v) <= few || depth == 0 {
			slices.Sort(v)
			return
		}
		depth--
		less, equal := split(v, middle(v))
		below, _ := slices.BinarySearch(ranks, from+less)
		beyond, _ := slices.BinarySearch(ranks, from+equal)
		selectRanks(v[:less], from, ranks[:below], depth)
		v, from, ranks = v[equal:], from+equal, ranks[beyond:]
	}
}

// middle returns a value not far from the median, as a rule.
func middle(v []int64) int64 {
	var nine [9]int64
	for i := range nine {
		nine[i] = v[i*(len(v)-1)/8]
	}
	slices.Sort(nine[:])
	return nine[4]
}

// split brings what is less than pivot to the front, then what equals it, and
// returns where those end.
func split(v []int64, pivot int64) (less, equal int) {
	beyond := len(v)
	for i := 0; i < beyond; {
		switch x := v[i]; {
		case x < pivot:
			v[i], v[less] = v[less], x
			less++
			i++
		case x > pivot:
			beyond--
			v[i], v[beyond] = v[beyond], x
		default:
			i++
		}
	}
	return less, beyond
}

// tiles gives each customer its level by NTILE.
func tiles(ids []string, c columns, levels int) []Score {
	scores := make([]Score, len(ids))
	order := make([]int32, len(ids))
	deal := func(values []int64, sign int, give func(*Score, uint8)) {
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Or(sign*cmp.Compare(values[a], values[b]), cmp.Compare(ids[a], ids[b]))
		})
		// The first groups have one more when the customers do not divide.
		size, more, at := len(ids)/levels, len(ids)%levels, 0
		for level := range levels {
			end := at + size
			if level < more {
				end++
			}
			for ; at < end; at++ {
				give(&scores[order[at]], uint8(level+1))
			}
		}
	}
	deal(c.recency, -1, func(s *Score, n uint8) { s.R = n })
	deal(c.orders, 1, func(s *Score, n uint8) { s.F = n })
	deal(c.spend, 1, func(s *Score, n uint8) { s.M = n })
	return scores
}
