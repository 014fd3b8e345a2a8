package rfm

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Weighing is what a treemap's areas stand for.
type Weighing string

// The weighings there are.
const (
	ByCustomers Weighing = "customers" // what the zero Weighing means
	BySpend     Weighing = "spend"     // of groups that spent anything
)

// TreemapSVG draws groups as rectangles whose areas are as their weights, as
// close to squares as they go (Bruls, Huizing and van Wijk, Squarified Treemaps,
// 2000). Each says its name, its weight and its share as far as there is room,
// and everything when pointed at. Groups without weight are left out. Width and
// height are in pixels, held between 100 and 10,000. The same groups give the
// same bytes.
func TreemapSVG(title string, groups []Group, by Weighing, width, height int) []byte {
	width, height = min(max(width, 100), 10_000), min(max(height, 100), 10_000)
	c := newCanvas(title, width, height)
	const top = 40
	c.text(10_00, 26_00, 16, "start", "#1a1a1a", title)
	tiles := weigh(groups, by)
	squarify(tiles, rect{0, top * 100, int64(width) * 100, int64(height-top) * 100})
	for _, t := range tiles {
		g := groups[t.group]
		share := fmt.Sprintf("%d.%d %%", t.weight/(treeUnit/100), t.weight/(treeUnit/1000)%10)
		amount := grouped(g.Customers)
		if by == BySpend {
			amount = g.Spend.StringFixed(2)
		}
		c.box(t.x, t.y, t.w, t.h, palette[t.group%len(palette)],
			fmt.Sprintf("%s: %s customers, %s orders, %s spent, %s", g.Name, grouped(g.Customers), grouped(g.Orders), g.Spend, share))
		line := int64(18_00)
		for i, s := range []string{g.Name, amount, share} {
			size := 13 - 2*min(i, 1)
			if s, ok := fit(s, size, t.w-12_00); ok && line+4_00 <= t.h {
				c.text(t.x+6_00, t.y+line, size, "start", "#1a1a1a", s)
				line += 16_00
			}
		}
	}
	return c.end()
}

// rect is in hundredths of a pixel.
type rect struct{ x, y, w, h int64 }

type tile struct {
	rect
	group  int
	weight int64 // in parts of treeUnit
}

// treeUnit is the sum of all weights, but for what rounding loses.
const treeUnit = 1_000_000_000

// weigh lists the groups that have weight, the heaviest first.
func weigh(groups []Group, by Weighing) []tile {
	of := func(g Group) *big.Int {
		if by == BySpend {
			return big.NewInt(max(0, scoredSpend(g.Spend)))
		}
		return big.NewInt(max(0, g.Customers))
	}
	sum := new(big.Int)
	for _, g := range groups {
		sum.Add(sum, of(g))
	}
	var tiles []tile
	for i, g := range groups {
		if w := of(g); w.Sign() > 0 {
			w.Mul(w, big.NewInt(treeUnit))
			if n := w.Div(w, sum).Int64(); n > 0 {
				tiles = append(tiles, tile{group: i, weight: n})
			}
		}
	}
	slices.SortFunc(tiles, func(a, b tile) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(groups[a.group].Name, groups[b.group].Name), cmp.Compare(a.group, b.group))
	})
	return tiles
}

// squarify lays tiles into r: rows along its shorter side, each row with as many
// tiles as make its worst one the least oblong.
func squarify(tiles []tile, r rect) {
	left := int64(0)
	for _, t := range tiles {
		left += t.weight
	}
	for len(tiles) > 0 {
		n, sum := 1, tiles[0].weight
		for worst := oblong(tiles[:1], sum, left, r); n < len(tiles); n++ {
			next := oblong(tiles[:n+1], sum+tiles[n].weight, left, r)
			if next.Cmp(worst) > 0 {
				break
			}
			worst = next
			sum += tiles[n].weight
		}
		r = lay(tiles[:n], sum, left, r)
		tiles, left = tiles[n:], left-sum
	}
}

// oblong returns the worst ratio of the sides of a row's tiles.
func oblong(row []tile, sum, left int64, r rect) *big.Rat {
	long, short := max(r.w, r.h), min(r.w, r.h)
	// Thickness is long·sum/left, a tile's length is short·weight/sum.
	worst := new(big.Rat)
	for _, w := range []int64{row[0].weight, row[len(row)-1].weight} {
		ratio := new(big.Rat).SetFrac(
			product(max(1, long), sum, sum),
			product(max(1, short), w, left))
		if ratio.Cmp(big.NewRat(1, 1)) < 0 {
			ratio.Inv(ratio)
		}
		if ratio.Cmp(worst) > 0 {
			worst = ratio
		}
	}
	return worst
}

func product(factors ...int64) *big.Int {
	p := big.NewInt(1)
	for _, f := range factors {
		p.Mul(p, big.NewInt(f))
	}
	return p
}

// lay places a row and returns what is left of r. Bounds are rounded, not sizes,
// so there are neither gaps nor overlaps.
func lay(row []tile, sum, left int64, r rect) rect {
	wide := r.w >= r.h
	thick := max(r.w, r.h) * sum / left
	before := int64(0)
	side := min(r.w, r.h)
	for i := range row {
		from, to := side*before/sum, side*(before+row[i].weight)/sum
		if wide {
			row[i].rect = rect{r.x, r.y + from, thick, to - from}
		} else {
			row[i].rect = rect{r.x + from, r.y, to - from, thick}
		}
		before += row[i].weight
	}
	if wide {
		return rect{r.x + thick, r.y, r.w - thick, r.h}
	}
	return rect{r.x, r.y + thick, r.w, r.h - thick}
}

// Table writes groups as a table of text, shares by customers.
func Table(groups []Group) string {
	all, name := int64(0), len("segment")
	for _, g := range groups {
		all += g.Customers
		name = max(name, len([]rune(g.Name)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  %10s  %7s  %10s  %16s  %12s\n", name, "segment", "customers", "share", "orders", "spend", "each")
	for _, g := range groups {
		share := int64(0)
		if all > 0 {
			share = new(big.Int).Div(product(g.Customers, 1000), big.NewInt(all)).Int64()
		}
		fmt.Fprintf(&b, "%-*s  %10s  %4d.%d%%  %10s  %16s  %12s\n", name, g.Name, grouped(g.Customers), share/10, share%10,
			grouped(g.Orders), g.Spend.StringFixed(2), g.Mean().StringFixed(2))
	}
	return b.String()
}
