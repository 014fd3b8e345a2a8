package rules

import (
	"strconv"
	"strings"

	"github.com/loyaltykit/loyalty/internal/wording"
)

// didYouMean returns `; did you mean "tiers"?` for the name closest to a misspelt
// one, or "" when none is close.
func didYouMean(got string, names []string) string {
	if len(got) > MaxText {
		return ""
	}
	best := wording.Closest(got, names)
	if best == "" {
		return ""
	}
	return "; did you mean " + quote(best) + "?"
}

// quote quotes a word for a message, cut short when it is long.
func quote(s string) string { return wording.Quote(s) }

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
