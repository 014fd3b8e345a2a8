package rfm

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// didYouMean returns `; did you mean "champions"?` for the name closest to a
// misspelt one, or "" when none is close.
func didYouMean(got string, names []string) string {
	if len(got) > MaxName {
		return ""
	}
	best, fewest := "", 1+max(1, min(3, utf8.RuneCountInString(got)/3))
	for _, name := range names {
		if d := edits(got, name); d < fewest {
			best, fewest = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + strconv.Quote(best) + "?"
}

// edits counts the letters to change, add, drop or swap with their neighbour to
// make b of a, ignoring case.
func edits(a, b string) int {
	s, t := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			change := rows[i-1][j-1]
			if s[i-1] != t[j-1] {
				change++
			}
			rows[i][j] = min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(s)][len(t)]
}

// quote puts a text from outside into a message, cut short when it is long.
func quote(s string) string {
	const longest = 60
	if len(s) <= longest {
		return strconv.Quote(s)
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "…"
}
