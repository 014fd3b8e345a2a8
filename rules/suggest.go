package rules

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// didYouMean returns `; did you mean "tiers"?` for the name closest to a misspelt
// one, or "" when none is close.
func didYouMean(got string, names []string) string {
	if len(got) > MaxText {
		return ""
	}
	best, bestDistance := "", 1+max(1, min(3, utf8.RuneCountInString(got)/3))
	for _, name := range names {
		if d := distance(got, name, bestDistance); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + quote(best) + "?"
}

// distance returns how many letters must be changed, added, dropped or swapped
// with their neighbour to make b of a, ignoring case; any number of at least
// limit when there are that many.
func distance(a, b string, limit int) int {
	s, t := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if len(s)-len(t) >= limit || len(t)-len(s) >= limit {
		return limit
	}
	before, above, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(s); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(t); j++ {
			same := 1
			if s[i-1] == t[j-1] {
				same = 0
			}
			row[j] = min(above[j-1]+same, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(t)]
}

// quote quotes a word for a message, cut short when it is long.
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

// quoteAny lists words as alternatives: `"a", "b" or "c"`.
func quoteAny(words []string) string {
	const most = 8
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == most:
			b.WriteString(" or " + strconv.Itoa(len(words)-most) + " others")
			return b.String()
		case i == len(words)-1 && i > 0:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(quote(w))
	}
	return b.String()
}
