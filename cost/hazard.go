package cost

import (
	"fmt"
	"math"
)

// Hazards estimates by the chance, at each age, that a point still there is
// redeemed or expires: two competing risks in discrete time. A point that reaches
// age a is redeemed at it with hR(a), expires with hE(a), or survives:
//
//	S(0) = 1, S(a+1) = S(a) (1 − hR(a) − hE(a)), URR = Σ S(a) hR(a)
//
// It starts from what is outstanding, so expiry rules, extensions and cohorts
// still open need no special case, nor does a cohort with nothing redeemed yet.
// The zero value works.
type Hazards struct {
	// Expires is how many ages points live; zero is not known, or never.
	Expires int     `json:"expires,omitempty"`
	Level   float64 `json:"level,omitempty"` // of ranges; zero is DefaultLevel
}

// Hazard is the fate of points at one age.
type Hazard struct {
	Age    int     `json:"age"`
	AtRisk int64   `json:"at_risk"` // points there at the beginning of the age
	Redeem float64 `json:"redeem"`
	Expire float64 `json:"expire"`
}

// Fit returns the hazards by age and the ultimate redemption rate of points issued
// now, as far as ages have been seen.
func (h Hazards) Fit(t Triangle) (hazards []Hazard, urr float64, err error) {
	if err := h.check(t); err != nil {
		return nil, 0, err
	}
	hazards = h.fit(t, -1)
	alive := 1.0
	for _, z := range hazards {
		urr += alive * z.Redeem
		alive *= 1 - z.Redeem - z.Expire
	}
	return hazards, urr, nil
}

func (h Hazards) check(t Triangle) error {
	if h.Expires < 0 || h.Expires > MaxAges {
		return invalid("expires", "%d is not within 0 and %d", h.Expires, MaxAges)
	}
	return t.Validate()
}

// fit sums events and exposure by age over all cohorts but one (-1: over all).
func (h Hazards) fit(t Triangle, without int) []Hazard {
	ages := t.ages()
	if h.Expires > 0 {
		ages = min(ages, h.Expires)
	}
	out := make([]Hazard, ages)
	redeemed, expired := make([]int64, ages), make([]int64, ages)
	for i, r := range t.Rows {
		if i == without {
			continue
		}
		var red, exp int64
		for k := range min(len(r.Redeemed), ages) {
			out[k].AtRisk += r.Issued - red - exp
			redeemed[k] += r.Redeemed[k] - red
			red = r.Redeemed[k]
			if len(r.Expired) > 0 {
				expired[k] += r.Expired[k] - exp
				exp = r.Expired[k]
			}
		}
	}
	for k := range out {
		out[k].Age = k
		if n := float64(out[k].AtRisk); n > 0 {
			// More returned than redeemed at an age is no negative chance.
			out[k].Redeem = max(float64(redeemed[k])/n, 0)
			out[k].Expire = max(float64(expired[k])/n, 0)
		}
	}
	return out
}

// Estimate estimates a triangle. The standard error leaves out one cohort at a time
// (the jackknife): points of one member share a fate, so an error that counted
// points as independent would be far too small.
func (h Hazards) Estimate(t Triangle) (Estimate, error) {
	level, err := checkLevel(h.Level)
	if err != nil {
		return Estimate{}, err
	}
	if err := h.check(t); err != nil {
		return Estimate{}, err
	}
	e := Estimate{Method: "hazards of redemption and expiry", Level: level}
	seen := t.ages()
	if h.Expires == 0 || h.Expires > seen {
		e.Notes = append(e.Notes, fmt.Sprintf("nothing is expected after the %d ages seen", seen))
	}
	rates := toCome(h.fit(t, -1))
	without := make([][]float64, len(t.Rows))
	for i := range t.Rows {
		without[i] = toCome(h.fit(t, i))
	}
	defined := len(t.Rows) > 2
	totals := make([]float64, len(t.Rows))
	for _, r := range t.Rows {
		open := float64(r.Outstanding())
		at := min(len(r.Redeemed), len(rates)-1)
		c := cohortEstimate(r, float64(r.Redeemed.latest())+open*rates[at])
		own := make([]float64, len(t.Rows))
		for i := range without {
			own[i] = open * without[i][at]
			totals[i] += own[i]
		}
		c.Spread = spread(c.Future, jackknife(own), defined, level, open)
		e.Cohorts = append(e.Cohorts, c)
	}
	e.total(jackknife(totals), defined)
	return e, nil
}

// toCome returns, for a point that reaches each age, the chance that it is still
// redeemed; past the last age it is 0.
func toCome(hazards []Hazard) []float64 {
	out := make([]float64, len(hazards)+1)
	for k := len(hazards) - 1; k >= 0; k-- {
		z := hazards[k]
		out[k] = z.Redeem + max(1-z.Redeem-z.Expire, 0)*out[k+1]
	}
	return out
}

// jackknife returns the standard error from estimates that each leave one out.
func jackknife(without []float64) float64 {
	n := float64(len(without))
	var mean, sum float64
	for _, v := range without {
		mean += v / n
	}
	for _, v := range without {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt((n - 1) / n * sum)
}
