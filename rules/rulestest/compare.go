package rulestest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/rules"
)

// differing returns the rules whose awards are not alike in two outcomes, as they
// are traced.
func (o *outcome) differing(other *outcome, alike func(a, b *rules.Award) bool) []string {
	var ids []string
	seen := map[string]bool{}
	for _, side := range []*outcome{o, other} {
		for i := range side.result.Awards {
			id := side.result.Awards[i].Rule
			if !seen[id] && !alike(o.award(id), other.award(id)) {
				ids = append(ids, id)
			}
			seen[id] = true
		}
	}
	return ids
}

// gainsDiffer returns the rules that gain differently before caps, by their traces.
func (o *outcome) gainsDiffer(other *outcome) (ids []string) {
	gain := func(t *rules.Trace) int64 {
		if t == nil {
			return 0
		}
		return t.After - t.Before
	}
	for i := range o.result.Trace {
		if t := &o.result.Trace[i]; gain(t) != gain(other.trace(t.Rule)) {
			ids = append(ids, t.Rule)
		}
	}
	return ids
}

func pointsOf(a *rules.Award) int64 {
	if a == nil {
		return 0
	}
	return a.Points
}

// outcomesOf is what an award gives besides points.
func outcomesOf(a *rules.Award) []rules.Outcome {
	if a == nil {
		return nil
	}
	return a.Outcomes
}

// commissionOf is the money of an award, in millionths.
func commissionOf(a *rules.Award) (sum int64) {
	for _, o := range outcomesOf(a) {
		if o.Kind == rules.OutcomeCommission {
			sum += micros(o.Amount)
		}
	}
	return sum
}

// worth is all that an outcome gives: points by unit, commissions in millionths, and
// how many of each thing.
func (o *outcome) worth() map[string]int64 {
	sums := o.points()
	for i := range o.result.Awards {
		a := &o.result.Awards[i]
		for _, out := range a.Outcomes {
			if out.Kind == rules.OutcomeCommission {
				sums[commissions] += micros(out.Amount)
			} else {
				sums[strings.TrimSpace(out.Kind+" "+out.Reference)] += out.Quantity
			}
		}
	}
	return sums
}

const commissions = "commissions"

func worthText(of string, n int64) string {
	if of == commissions {
		return price(money(n))
	}
	return fmt.Sprint(n)
}

// cutByBudget reports whether a budget was not enough.
func (o *outcome) cutByBudget() bool {
	return slices.ContainsFunc(o.result.Trace, func(t rules.Trace) bool {
		return slices.ContainsFunc(t.Cuts, func(c rules.Cut) bool { return c.Budget != "" })
	})
}

// carryOf is what an award adds to its rule's carried remainder, in millionths.
func carryOf(a *rules.Award) (sum int64) {
	if a != nil {
		for i := range a.Lines {
			sum += micros(a.Lines[i].Carry)
		}
	}
	return sum
}

// table sets results side by side: the rules that differ or are at fault, with what
// they give, and the sums.
func table(sides []outcome, atFault []string) string {
	const mostRows = 12
	header := []string{"rule"}
	for i := range sides {
		header = append(header, sides[i].label)
	}
	rows, left := [][]string{header}, 0
	for _, id := range rowsOf(sides, atFault) {
		if len(rows) > mostRows {
			left++
			continue
		}
		rows = append(rows, rowOf(sides, id))
	}
	if left > 0 {
		rows = append(rows, []string{fmt.Sprintf("and %d more", left)})
	}
	return align(append(rows, sumsOf(sides)...))
}

// rowsOf are the rules worth a row.
func rowsOf(sides []outcome, atFault []string) []string {
	var ids []string
	for i := range sides {
		for k := range sides[i].result.Awards {
			id := sides[i].result.Awards[k].Rule
			differs := len(sides) != 2 || !same(sides[0].award(id), sides[1].award(id))
			if (differs || slices.Contains(atFault, id)) && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	for _, id := range atFault {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// rowOf is one rule's points in each result, and on which lines they fall where the
// points alone do not show what differs.
func rowOf(sides []outcome, id string) []string {
	row, equal := []string{id}, len(sides) > 1
	for i := range sides {
		equal = equal && pointsOf(sides[i].award(id)) == pointsOf(sides[0].award(id))
	}
	for i := range sides {
		a := sides[i].award(id)
		cell := []string{fmt.Sprint(pointsOf(a))}
		if a != nil && (equal || len(sides) == 1) {
			for _, share := range a.Lines {
				cell = append(cell, fmt.Sprintf("[%s: %d]", share.Line, share.Points))
			}
		}
		for _, out := range outcomesOf(a) {
			if out.Kind == rules.OutcomeCommission {
				cell = append(cell, "+ "+price(out.Amount))
			} else {
				cell = append(cell, strings.TrimSpace(fmt.Sprintf("+ %d %s %s", out.Quantity, out.Kind, out.Reference)))
			}
		}
		row = append(row, strings.Join(cell, " "))
	}
	return row
}

func sumsOf(sides []outcome) (rows [][]string) {
	units := map[string]bool{}
	for i := range sides {
		for unit := range sides[i].worth() {
			units[unit] = true
		}
	}
	for _, unit := range sortedKeys(units) {
		row, some := []string{"all " + unit}, false
		for i := range sides {
			n := sides[i].worth()[unit]
			row, some = append(row, worthText(unit, n)), some || n != 0
		}
		if some {
			rows = append(rows, row)
		}
	}
	for i := range sides {
		if sides[i].err != nil {
			rows = append(rows, []string{fmt.Sprintf("refused (%s): %v", sides[i].label, sides[i].err)})
		}
	}
	return rows
}

// align writes rows in columns: names to the left, figures to the right. A row of
// one cell stands by itself.
func align(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if len(row) > 1 {
				widths[i] = max(widths[i], len([]rune(cell)))
			}
		}
	}
	var b strings.Builder
	for _, row := range rows {
		cells := []string{fmt.Sprintf("%-*s", widths[0], row[0])}
		for i, cell := range row[1:] {
			cells = append(cells, fmt.Sprintf("%*s", widths[i+1], cell))
		}
		b.WriteString("  " + strings.TrimRight(strings.Join(cells, "  "), " ") + "\n")
	}
	return b.String()
}

// because tells from the traces why rules gave nothing in one result that gave
// something in another.
func because(sides []outcome, ids []string) string {
	var b strings.Builder
	for i := range sides {
		for _, id := range rowsOf(sides, ids) {
			t := sides[i].trace(id)
			if t == nil || sides[i].award(id) != nil || !slices.ContainsFunc(sides, func(o outcome) bool { return o.award(id) != nil }) {
				continue
			}
			b.WriteString("  " + sides[i].label + ": " + t.String() + "\n")
		}
	}
	return b.String()
}
