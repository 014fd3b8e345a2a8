package tier

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Limits of a Definition.
const (
	MaxTiers    = 50
	MaxBenefits = 50
	MaxID       = 64  // bytes of an ID
	MaxText     = 200 // bytes of a name or a benefit

	// MaxPoints bounds a threshold and what one period of a member counts: the
	// largest whole number that every reader of JSON holds exactly.
	MaxPoints int64 = 1<<53 - 1

	// MaxMultiplier bounds a multiplier: a larger one is a slip of the hand.
	MaxMultiplier = 1000
)

// Definition is a ladder of tiers, as a Go value or as JSON. [Compile] turns it
// into a [Ladder].
type Definition struct {
	// Zone is the IANA name of the zone in which periods begin and end; "" is UTC.
	Zone string `json:"zone,omitempty"`
	// Period is over which points are counted; "" is calendar.Ever: a lifetime.
	Period calendar.Period `json:"period,omitempty"`
	// Tiers may be listed in any order. Exactly one has threshold 0.
	Tiers []Tier `json:"tiers"`
}

// Tier is one rung: from how many points in a period a member stands on it,
// and what it brings.
type Tier struct {
	ID         string          `json:"id"`                  // unique; what Status, rules and reports name it by
	Name       string          `json:"name,omitempty"`      // for people
	Threshold  int64           `json:"threshold"`           // inclusive; 0 is the entry tier, where every member begins
	Multiplier decimal.Decimal `json:"multiplier,omitzero"` // of the points earned; zero is 1, never below; at most six decimals
	Benefits   []string        `json:"benefits,omitempty"`  // what else it brings, in the order to show
}

func (t Tier) clone() Tier {
	t.Benefits = slices.Clone(t.Benefits)
	return t
}

// Compile checks a definition and returns its Ladder. The error joins one
// [*InvalidError] per problem, each with its path in def.
func Compile(def Definition) (*Ladder, error) {
	var bad problems
	loc := zone(def.Zone, &bad)
	period := cmp.Or(def.Period, calendar.Ever)
	if !period.Valid() {
		bad.add("period", "%s is none of day, week, month, quarter, year, ever", quote(string(period)))
	}
	checkTiers(def.Tiers, &bad)
	if len(bad) > 0 {
		return nil, bad.err()
	}
	l := &Ladder{loc: loc, period: period, tiers: make([]Tier, len(def.Tiers))}
	for i, t := range def.Tiers {
		if t.Multiplier.IsZero() {
			t.Multiplier = decimal.NewFromInt(1)
		}
		l.tiers[i] = t.clone()
	}
	slices.SortFunc(l.tiers, func(a, b Tier) int { return cmp.Compare(a.Threshold, b.Threshold) })
	return l, nil
}

func zone(name string, bad *problems) *time.Location {
	// "Local" would make the ladder depend on the machine it runs on.
	if name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc
		}
	}
	bad.add("zone", "%s is not an IANA time zone", quote(name))
	return nil
}

func checkTiers(tiers []Tier, bad *problems) {
	if len(tiers) > MaxTiers {
		bad.add("tiers", "%d are more than %d", len(tiers), MaxTiers)
		return
	}
	ids, thresholds := map[string]int{}, map[int64]int{}
	for i, t := range tiers {
		path := fmt.Sprintf("tiers[%d]", i)
		checkText(path+".id", t.ID, MaxID, bad)
		if first, taken := ids[t.ID]; !taken {
			ids[t.ID] = i
		} else if t.ID != "" {
			bad.add(path+".id", "%s is already that of tiers[%d]", quote(t.ID), first)
		}
		if t.Name != "" {
			checkText(path+".name", t.Name, MaxText, bad)
		}
		checkThreshold(path+".threshold", t.Threshold, bad)
		if first, taken := thresholds[t.Threshold]; !taken {
			thresholds[t.Threshold] = i
		} else {
			bad.add(path+".threshold", "%d is already %s's", t.Threshold, label(tiers[first], first))
		}
		checkMultiplier(path+".multiplier", t.Multiplier, bad)
		checkBenefits(path+".benefits", t.Benefits, bad)
	}
	if _, ok := thresholds[0]; !ok {
		bad.add("tiers", "none has threshold 0: a new member would stand nowhere")
	}
}

func checkThreshold(path string, threshold int64, bad *problems) {
	switch {
	case threshold < 0:
		bad.add(path, "%d is below 0", threshold)
	case threshold > MaxPoints:
		bad.add(path, "%d is more than %d", threshold, MaxPoints)
	}
}

// checkMultiplier looks at the size of the number before it computes with it:
// 1e999999999 is quickly written and would take for ever to compare.
func checkMultiplier(path string, m decimal.Decimal, bad *problems) {
	const longest = 64 // bits and digits: far more than 1000.000000 can need
	switch e := m.Exponent(); {
	case m.IsZero():
		return
	case e > longest || e < -longest || m.Coefficient().BitLen() > longest:
		bad.add(path, "too long a number")
	case m.LessThan(decimal.NewFromInt(1)):
		bad.add(path, "%s is below 1", m)
	case m.GreaterThan(decimal.NewFromInt(MaxMultiplier)):
		bad.add(path, "%s is more than %d", m, MaxMultiplier)
	case !m.Equal(m.Truncate(6)):
		bad.add(path, "%s has more than 6 decimals", m)
	}
}

func checkBenefits(path string, benefits []string, bad *problems) {
	if len(benefits) > MaxBenefits {
		bad.add(path, "%d are more than %d", len(benefits), MaxBenefits)
		return
	}
	for i, b := range benefits {
		at := fmt.Sprintf("%s[%d]", path, i)
		checkText(at, b, MaxText, bad)
		if first := slices.Index(benefits, b); first < i && b != "" {
			bad.add(at, "%s is already %s[%d]", quote(b), path, first)
		}
	}
}

func checkText(path, s string, most int, bad *problems) {
	switch {
	case s == "":
		bad.add(path, "is empty")
	case len(s) > most:
		bad.add(path, "%d bytes are more than %d", len(s), most)
	case !utf8.ValidString(s):
		bad.add(path, "%s is not UTF-8", quote(s))
	case strings.ContainsFunc(s, unicode.IsControl):
		bad.add(path, "%s has control characters", quote(s))
	case strings.TrimSpace(s) != s:
		bad.add(path, "%s has space at its ends", quote(s))
	}
}

// label names a tier in a message: by its ID, or by its place when it has none
// that is fit to be shown.
func label(t Tier, i int) string {
	var bad problems
	if checkText("", t.ID, MaxID, &bad); len(bad) > 0 {
		return fmt.Sprintf("tiers[%d]", i)
	}
	return t.ID
}

// quote puts a refused text into an error, cut short: it came from outside.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
