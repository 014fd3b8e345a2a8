// Package wording has what the strict readers of definitions share: how they read a
// decimal, and how they speak of what they refuse.
package wording

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// Closest returns the name closest to a misspelt one, ignoring case, or "" when none
// is close.
func Closest(got string, names []string) string {
	best, fewest := "", 1+max(1, min(3, utf8.RuneCountInString(got)/3))
	for _, name := range names {
		if d := distance(got, name, fewest); d < fewest {
			best, fewest = name, d
		}
	}
	return best
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

// Quote quotes a text from outside for a message, cut short when it is long.
func Quote(s string) string {
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

// Token names what a token of JSON is.
func Token(t json.Token) string {
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return "an object"
		}
		return "a list"
	case string:
		return "the string " + Quote(t)
	case json.Number:
		if len(t) > 40 {
			return "a long number"
		}
		return "the number " + t.String()
	case bool:
		return strconv.FormatBool(t)
	default:
		return "null"
	}
}

// Decimal reads plain digits. It does not use decimal's own reader, which a
// package variable can make stricter or looser.
func Decimal(s string) (d decimal.Decimal, ok bool) {
	const longest = 64 // characters
	whole, decimals, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := whole + decimals
	if len(s) > longest || whole == "" || point && decimals == "" || strings.Trim(digits, "0123456789") != "" {
		return d, false
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && s[0] != '-' {
		return decimal.New(n, int32(-len(decimals))), true
	}
	c, _ := new(big.Int).SetString(digits, 10)
	if s[0] == '-' {
		c.Neg(c)
	}
	return decimal.NewFromBigInt(c, int32(-len(decimals))), true
}
