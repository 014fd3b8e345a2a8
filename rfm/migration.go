package rfm

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Migration is how many customers went from which group to which between two
// dates.
type Migration struct {
	// Names are the groups, in the order of the definition, and then NotYet, from
	// which those come who are only at the second date, and Gone, to which those go
	// who are only at the first.
	Names []string
	// Counts[from][to] is over Names.
	Counts [][]int64
}

// The groups of those who are at only one of the two dates.
const (
	NotYet = "(not yet)"
	Gone   = "(gone)"
)

// SegmentMigration counts who moved from which segment to which. before and
// after are of the same model, at two dates. A customer listed twice at a date is
// counted where listed first. It keeps the customers of the first date in memory.
func (m *Model) SegmentMigration(before, after iter.Seq2[Summary, Placement]) Migration {
	return migrate(m.Segments(), before, after, func(p Placement) int { return m.SegmentIndex(p.Score) })
}

// StageMigration is SegmentMigration for lifecycle stages.
func (m *Model) StageMigration(before, after iter.Seq2[Summary, Placement]) Migration {
	return migrate(stages, before, after, func(p Placement) int { return slices.Index(stages, string(p.Standing.Stage)) })
}

func migrate(names []string, before, after iter.Seq2[Summary, Placement], group func(Placement) int) Migration {
	notYet, gone := len(names), len(names)+1
	mg := Migration{Names: append(slices.Clone(names), NotYet, Gone), Counts: make([][]int64, len(names)+2)}
	for i := range mg.Counts {
		mg.Counts[i] = make([]int64, len(mg.Names))
	}
	const counted = -1
	at := map[string]int{}
	for s, p := range before {
		if i := group(p); i >= 0 && i < notYet {
			if _, twice := at[s.Customer]; !twice {
				at[s.Customer] = i
			}
		}
	}
	for s, p := range after {
		i := group(p)
		if i < 0 || i >= notYet {
			continue
		}
		from, known := at[s.Customer]
		switch {
		case !known:
			mg.Counts[notYet][i]++
		case from != counted:
			mg.Counts[from][i]++
		}
		at[s.Customer] = counted
	}
	for _, from := range at {
		if from != counted {
			mg.Counts[from][gone]++
		}
	}
	return mg
}

// Moved returns how many were in one group at the first date and in another at
// the second, those who came or went included; and how many there are in all.
func (mg Migration) Moved() (moved, all int64) {
	for i, row := range mg.Counts {
		for j, n := range row {
			all += n
			if i != j {
				moved += n
			}
		}
	}
	return moved, all
}

// String writes the matrix as a table of text: from on the left, to above, by number.
func (mg Migration) String() string {
	rows := [][]string{{"from \\ to"}}
	for j := range mg.Names {
		rows[0] = append(rows[0], fmt.Sprint(j+1))
	}
	for i, name := range mg.Names {
		row := []string{fmt.Sprintf("%d %s", i+1, name)}
		for j := range mg.Names {
			cell := "."
			if n := mg.Counts[i][j]; n > 0 {
				cell = grouped(n)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for j, cell := range row {
			widths[j] = max(widths[j], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell))
			if j == 0 {
				line.WriteString(cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// grouped writes a number with commas: 1,234,567.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
