package rfm

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/shopspring/decimal"
)

// ErrSignal reports a signal of influence that the definition does not know.
var ErrSignal = errors.New("rfm: unknown signal")

// LS is RFM-LS: RFM with the potential of the lifecycle stage and social
// influence beside it. The zero LS is [DefaultLS].
//
// The formula is of this package. Each component lies between 0 and 1:
//
//	r = (R-1)/(levels-1), and f and m likewise, from the levels of the score
//	l = potential of the stage, as a percentage in Potential
//	s = Σ weight·min(1, value/target) / Σ weight, over all Signals
//
// and the score is 100·Σ(weight·component)/Σ weight. Components are rounded down
// to four decimals, the score to two.
type LS struct {
	// Weights of the components, 0 to MaxWeight, not all 0.
	Recency   int `json:"recency"`
	Frequency int `json:"frequency"`
	Monetary  int `json:"monetary"`
	Lifecycle int `json:"lifecycle"`
	Social    int `json:"social"`

	Potential   []Potential  `json:"potential,omitempty"` // a stage left out has none
	Signals     []Signal     `json:"signals,omitempty"`
	Invitations []Invitation `json:"invitations,omitempty"` // best first: the first that is met is made
}

// Potential is what a stage promises, in percent.
type Potential struct {
	Stage   Stage `json:"stage"`
	Percent int   `json:"percent"`
}

// Signal is a way in which a customer influences others, such as referrals or
// the quality of what they write.
type Signal struct {
	Name   string `json:"name"`
	Target int64  `json:"target"` // the value that counts in full
	Weight int    `json:"weight"`
}

// Invitation lifts to a tier that is by invitation only. Both bounds, in percent,
// must be met.
type Invitation struct {
	Tier      string `json:"tier"`
	MinScore  int    `json:"min_score,omitempty"`
	MinSocial int    `json:"min_social,omitempty"`
}

// DefaultLS returns weights that leave half to what was bought.
func DefaultLS() LS {
	return LS{
		Recency: 20, Frequency: 15, Monetary: 15, Lifecycle: 20, Social: 30,
		Potential:   []Potential{{New, 60}, {Active, 100}, {Cooling, 50}, {Dormant, 20}, {Lost, 0}},
		Signals:     []Signal{{"referrals", 10, 5}, {"content_quality", 100, 3}, {"product_trials", 5, 2}},
		Invitations: []Invitation{{Tier: "black", MinScore: 75, MinSocial: 80}},
	}
}

// IsZero reports whether the default holds.
func (l LS) IsZero() bool {
	return l.Recency == 0 && l.Frequency == 0 && l.Monetary == 0 && l.Lifecycle == 0 && l.Social == 0 &&
		l.Potential == nil && l.Signals == nil && l.Invitations == nil
}

// ls is a compiled LS.
type ls struct {
	LS
	total int // of weights
}

func (l LS) check(bad *problems) ls {
	if l.IsZero() {
		l = DefaultLS()
	}
	c := ls{LS: l}
	for _, w := range []struct {
		name string
		n    int
	}{{"recency", l.Recency}, {"frequency", l.Frequency}, {"monetary", l.Monetary}, {"lifecycle", l.Lifecycle}, {"social", l.Social}} {
		checkBetween("rfm_ls."+w.name, w.n, 0, MaxWeight, bad)
		c.total += w.n
	}
	if c.total <= 0 {
		bad.add("rfm_ls", "all weights are 0")
	}
	var seen []Stage
	for i, p := range l.Potential {
		path := indexed("rfm_ls.potential", i)
		checkStage(path+".stage", p.Stage, seen, bad)
		seen = append(seen, p.Stage)
		checkBetween(path+".percent", p.Percent, 0, 100, bad)
	}
	if len(l.Signals) > MaxSignals {
		bad.add("rfm_ls.signals", "%d are more than %d", len(l.Signals), MaxSignals)
	}
	var names []string
	for i, s := range l.Signals {
		path := indexed("rfm_ls.signals", i)
		checkName(path+".name", s.Name, bad)
		if slices.Contains(names, s.Name) {
			bad.add(path+".name", "%s is given twice", quote(s.Name))
		}
		names = append(names, s.Name)
		if s.Target < 1 || s.Target > MaxCount {
			bad.add(path+".target", "must be between 1 and %d, is %d", MaxCount, s.Target)
		}
		checkBetween(path+".weight", s.Weight, 1, MaxWeight, bad)
	}
	if l.Social > 0 && len(l.Signals) == 0 {
		bad.add("rfm_ls.social", "has weight, but there are no signals")
	}
	for i, v := range l.Invitations {
		path := indexed("rfm_ls.invitations", i)
		checkName(path+".tier", v.Tier, bad)
		checkBetween(path+".min_score", v.MinScore, 0, 100, bad)
		checkBetween(path+".min_social", v.MinSocial, 0, 100, bad)
		if v.MinScore <= 0 && v.MinSocial <= 0 {
			bad.add(path, "invites everyone")
		}
	}
	return c
}

func checkBetween(path string, n, least, most int, bad *problems) {
	if n < least || n > most {
		bad.add(path, "must be between %d and %d, is %d", least, most, n)
	}
}

func checkStage(path string, s Stage, seen []Stage, bad *problems) {
	switch {
	case !slices.Contains(stages, string(s)):
		bad.add(path, "%s is no stage%s", quote(string(s)), didYouMean(string(s), stages))
	case slices.Contains(seen, s):
		bad.add(path, "%s is given twice", quote(string(s)))
	}
}

// Component is one part of a [Standpoint], explained.
type Component struct {
	Name   string          `json:"name"`   // "recency", …, "lifecycle", "social"
	Value  decimal.Decimal `json:"value"`  // 0 to 1
	Weight int             `json:"weight"` // of the weights' sum
	Points decimal.Decimal `json:"points"` // what it adds to the score, rounded down to two decimals
	Why    string          `json:"why"`
}

// Standpoint is a customer's RFM-LS score and what it is made of.
type Standpoint struct {
	Score      decimal.Decimal `json:"score"` // 0 to 100; at most 0.05 more than its components' points, for those are rounded
	Components []Component     `json:"components"`
	// Invited is the tier to which the customer is lifted; "" is none. To lift is
	// for whoever keeps the tiers.
	Invited string `json:"invited,omitempty"`
}

// Standpoint returns a customer's RFM-LS score. signals are the values of the
// definition's signals; one left out or below 0 is 0, and one that it does not
// know is refused with [ErrSignal].
func (m *Model) Standpoint(score Score, stage Stage, signals map[string]int64) (Standpoint, error) {
	if m.SegmentIndex(score) < 0 {
		return Standpoint{}, fmt.Errorf("%w: score %s is out of range", ErrSummary, score)
	}
	names := make([]string, len(m.ls.Signals))
	for i, s := range m.ls.Signals {
		names[i] = s.Name
	}
	for _, name := range slices.Sorted(maps.Keys(signals)) {
		if !slices.Contains(names, name) {
			return Standpoint{}, fmt.Errorf("%w: %s%s", ErrSignal, quote(name), didYouMean(name, names))
		}
	}
	var st Standpoint
	sum := int64(0)
	part := func(name string, weight int, value int64, why string) {
		sum += int64(weight) * value
		st.Components = append(st.Components, Component{
			Name: name, Value: decimal.New(value, -4), Weight: weight, Why: why,
			Points: decimal.New(int64(weight)*value/int64(m.ls.total), -2),
		})
	}
	level := func(name string, weight int, n uint8, levels int) {
		part(name, weight, whole*int64(n-1)/int64(max(1, levels-1)), fmt.Sprintf("level %d of %d", n, levels))
	}
	level(string(Recency), m.ls.Recency, score.R, m.board.r)
	level(string(Frequency), m.ls.Frequency, score.F, m.board.f)
	level(string(Monetary), m.ls.Monetary, score.M, m.board.m)
	percent := 0
	for _, p := range m.ls.Potential {
		if p.Stage == stage {
			percent = p.Percent
		}
	}
	part("lifecycle", m.ls.Lifecycle, whole*int64(percent)/100, string(cmp.Or(stage, "no stage")))
	social, why := m.ls.social(signals)
	part("social", m.ls.Social, social, why)

	bp := sum / int64(m.ls.total)
	st.Score = decimal.New(bp, -2)
	for _, v := range m.ls.Invitations {
		if bp >= int64(v.MinScore)*whole/100 && social >= int64(v.MinSocial)*whole/100 {
			st.Invited = v.Tier
			break
		}
	}
	return st, nil
}

// whole is a component of 1.
const whole = 10_000

func (l *ls) social(signals map[string]int64) (value int64, why string) {
	weights := int64(0)
	for i, s := range l.Signals {
		v := min(max(0, signals[s.Name]), s.Target)
		// Weight and target are bounded, so this stays far below 2^63.
		value += int64(s.Weight) * (whole * v / s.Target)
		weights += int64(s.Weight)
		if i > 0 {
			why += ", "
		}
		why += fmt.Sprintf("%s %d of %d", s.Name, max(0, signals[s.Name]), s.Target)
	}
	if weights == 0 {
		return 0, "no signals"
	}
	return value / weights, why
}
