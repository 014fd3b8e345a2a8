package rfm

import (
	"fmt"
	"strings"
)

// SVG draws the grid as a heat map: recency upwards, the best on top; frequency
// to the right; each cell with its customers and what they spent on average, and
// the darker the more customers. The same grid gives the same bytes.
func (g Grid) SVG(title string) []byte {
	const (
		cell = 96
		side = 70
		top  = 48
	)
	rows, cols := len(g.Cells), 0
	most := int64(0)
	for _, row := range g.Cells {
		cols = max(cols, len(row))
		for _, c := range row {
			most = max(most, c.Customers)
		}
	}
	c := newCanvas(title, side+cols*cell+20, top+rows*cell+48)
	c.text(side*100, 28_00, 16, "start", "#1a1a1a", title)
	for r, row := range g.Cells {
		y := int64(top+(rows-1-r)*cell) * 100
		c.text((side-10)*100, y+cell*50, 13, "end", "#1a1a1a", fmt.Sprintf("R %d", r+1))
		for f, group := range row {
			x := int64(side+f*cell) * 100
			fill, ink := shade(group.Customers, most)
			about := fmt.Sprintf("R %d, F %d: %s customers, %s spent, %s each", r+1, f+1, grouped(group.Customers), group.Spend, group.Mean())
			c.box(x, y, cell*100, cell*100, fill, about)
			c.text(x+cell*50, y+cell*46, 15, "middle", ink, grouped(group.Customers))
			if s, ok := fit("⌀ "+group.Mean().StringFixed(2), 11, (cell-8)*100); ok && group.Customers > 0 {
				c.text(x+cell*50, y+cell*66, 11, "middle", ink, s)
			}
		}
	}
	for f := range cols {
		c.text(int64(side+f*cell+cell/2)*100, int64(top+rows*cell+20)*100, 13, "middle", "#1a1a1a", fmt.Sprintf("F %d", f+1))
	}
	return c.end()
}

// String writes the grid as a table of text: customers, and what they spent on
// average.
func (g Grid) String() string {
	var b strings.Builder
	for r := len(g.Cells) - 1; r >= 0; r-- {
		fmt.Fprintf(&b, "R %d", r+1)
		for _, c := range g.Cells[r] {
			fmt.Fprintf(&b, "  %8s %10s", grouped(c.Customers), c.Mean().StringFixed(2))
		}
		b.WriteString("\n")
	}
	if len(g.Cells) > 0 {
		b.WriteString("   ")
		for f := range g.Cells[0] {
			fmt.Fprintf(&b, "  %19s", fmt.Sprintf("F %d", f+1))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// SVG draws the matrix as a heat map: from on the left, to above.
func (mg Migration) SVG(title string) []byte {
	const (
		cell = 64
		side = 200
		top  = 80
	)
	n := len(mg.Names)
	most := int64(0)
	for i, row := range mg.Counts {
		for j, count := range row {
			if i != j {
				most = max(most, count)
			}
		}
	}
	c := newCanvas(title, side+n*cell+20, top+n*cell+20)
	c.text(20_00, 28_00, 16, "start", "#1a1a1a", title)
	for i, name := range mg.Names {
		y := int64(top+i*cell) * 100
		label, _ := fit(fmt.Sprintf("%d %s", i+1, name), 12, (side-20)*100)
		c.text((side-8)*100, y+cell*55, 12, "end", "#1a1a1a", label)
		c.text(int64(side+i*cell+cell/2)*100, (top-10)*100, 12, "middle", "#1a1a1a", fmt.Sprint(i+1))
		for j, count := range mg.Counts[i] {
			fill, ink := shade(count, most)
			if i == j {
				fill, ink = "#e6e6e6", "#1a1a1a" // who stayed: not what a migration is about
			}
			c.box(int64(side+j*cell)*100, y, cell*100, cell*100, fill, fmt.Sprintf("%s → %s: %s", name, mg.Names[j], grouped(count)))
			if count > 0 {
				c.text(int64(side+j*cell+cell/2)*100, y+cell*56, 12, "middle", ink, grouped(count))
			}
		}
	}
	return c.end()
}
