package main

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// table is text in columns. Its align has a letter a column: l or r.
type table struct {
	align string
	rows  [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

const gutter = "  "

// write aligns the columns. A row may be shorter than the others, and its last
// cell may then be wider than its column: a note.
func (t *table) write(out io.Writer) error {
	widths := make([]int, len(t.align))
	for _, row := range t.rows {
		for i, cell := range row {
			if i < len(row)-1 || len(row) == len(t.align) {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell)))
			line.WriteString(gutter)
			if t.align[i] == 'r' {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// thousands writes 1234567 as 1,234,567.
func thousands[N int | int64](n N) string {
	return grouped(strconv.FormatInt(int64(n), 10))
}

// signed writes a movement: +1,234 or -1,234.
func signed(n int64) string {
	if n > 0 {
		return "+" + thousands(n)
	}
	return thousands(n)
}

// pounds writes 1234.5 as 1,234.50.
func pounds(d decimal.Decimal) string {
	whole, pence, _ := strings.Cut(d.StringFixed(2), ".")
	return grouped(whole) + "." + pence
}

func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	head := (len(digits)-1)%3 + 1
	var b strings.Builder
	b.WriteString(sign + digits[:head])
	for i := head; i < len(digits); i += 3 {
		b.WriteString("," + digits[i:i+3])
	}
	return b.String()
}

// percent writes part of whole as 12.3 %.
func percent(part, whole int64) string {
	if whole == 0 {
		return "-"
	}
	return decimal.NewFromInt(part*100).DivRound(decimal.NewFromInt(whole), 1).StringFixed(1) + " %"
}
