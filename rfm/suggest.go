package rfm

import (
	"strconv"

	"github.com/loyaltykit/loyalty/internal/wording"
)

// didYouMean returns `; did you mean "champions"?` for the name closest to a
// misspelt one, or "" when none is close.
func didYouMean(got string, names []string) string {
	if len(got) > MaxName {
		return ""
	}
	best := wording.Closest(got, names)
	if best == "" {
		return ""
	}
	return "; did you mean " + strconv.Quote(best) + "?"
}

// quote puts a text from outside into a message, cut short when it is long.
func quote(s string) string { return wording.Quote(s) }
