package cost

import (
	"fmt"
	"math"
)

// BornhuetterFerguson estimates young cohorts from a prior and the pattern of the
// old ones: still to come = issued × Prior × (1 − share developed). One early
// figure then moves the result little, where the chain ladder would multiply it.
// The zero value works: every cohort, with the prior of the data itself.
type BornhuetterFerguson struct {
	// Prior is the ultimate redemption rate expected before looking at a cohort;
	// zero takes that of all cohorts: redeemed over issued × share developed, known
	// as Cape Cod.
	Prior float64 `json:"prior,omitempty"`
	// PriorSE is how sure the prior is; zero takes the spread of the cohorts' own
	// rates around it.
	PriorSE float64 `json:"prior_se,omitempty"`
	// Young is below how many ages seen a cohort is estimated so; the others are by
	// chain ladder. Zero is every cohort.
	Young int `json:"young,omitempty"`
	// Ladder is the pattern, and the method for cohorts that are not young.
	Ladder ChainLadder `json:"ladder,omitzero"`
}

// Estimate estimates a triangle. The error of the pattern itself is not in the
// range of young cohorts; that of the prior is, and moves them all together.
func (b BornhuetterFerguson) Estimate(t Triangle) (Estimate, error) {
	switch {
	case !(b.Prior >= 0 && b.Prior <= 1):
		return Estimate{}, invalid("prior", "%v is not within 0 and 1", b.Prior)
	case !(b.PriorSE >= 0 && b.PriorSE <= 1):
		return Estimate{}, invalid("prior_se", "%v is not within 0 and 1", b.PriorSE)
	case b.Young < 0:
		return Estimate{}, invalid("young", "%d is below 0", b.Young)
	}
	d, err := b.Ladder.Fit(t)
	if err != nil {
		return Estimate{}, err
	}
	prior, se, defined, err := b.prior(d, t)
	if err != nil {
		return Estimate{}, err
	}
	young := 0
	for _, r := range t.Rows {
		if b.isYoung(r) {
			young++
		}
	}
	old := Triangle{Rows: t.Rows[:len(t.Rows)-young]} // rows get shorter, so the young are the last
	e := Estimate{Level: d.level}
	var oldSE float64
	if len(old.Rows) > 0 {
		ladder, err := d.Estimate(old)
		if err != nil {
			return Estimate{}, err
		}
		e.Cohorts, oldSE = ladder.Cohorts, ladder.SE
		defined = defined && ladder.SEDefined
	}
	var together float64
	for _, r := range t.Rows[len(old.Rows):] {
		toCome := float64(r.Issued) * (1 - 1/d.ToUltimate(len(r.Redeemed)-1))
		c := cohortEstimate(r, float64(r.Redeemed.latest())+toCome*prior)
		c.Spread = spread(c.Future, math.Abs(toCome)*se, defined, d.level, float64(c.Outstanding))
		together += toCome * se
		e.Cohorts = append(e.Cohorts, c)
	}
	e.Method = "Bornhuetter–Ferguson"
	if len(old.Rows) > 0 {
		e.Method += fmt.Sprintf(" below %d ages, chain ladder above", b.Young)
	}
	e.Notes = append(d.notes(), fmt.Sprintf("prior redemption rate %.2f%% ± %.2f points", prior*100, se*100))
	e.total(math.Hypot(oldSE, together), defined)
	return e, nil
}

func (b BornhuetterFerguson) isYoung(r Row) bool { return b.Young == 0 || len(r.Redeemed) < b.Young }

// prior returns the prior rate and its error, from the data where none is given.
func (b BornhuetterFerguson) prior(d *Development, t Triangle) (rate, se float64, defined bool, err error) {
	var redeemed, used float64
	for _, r := range t.Rows {
		redeemed += float64(r.Redeemed.latest())
		used += float64(r.Issued) / d.ToUltimate(len(r.Redeemed)-1)
	}
	if rate = b.Prior; rate == 0 {
		if used == 0 {
			return 0, 0, false, invalid("rows[*].issued", "nothing was issued, so there is no rate")
		}
		rate = min(redeemed/used, 1)
	}
	if b.PriorSE > 0 {
		return rate, b.PriorSE, true, nil
	}
	var sum float64
	n := 0
	for _, r := range t.Rows {
		if w := float64(r.Issued) / d.ToUltimate(len(r.Redeemed)-1); w > 0 {
			diff := float64(r.Redeemed.latest())/w - rate
			sum += w * diff * diff
			n++
		}
	}
	if n < 2 {
		return rate, 0, false, nil
	}
	return rate, math.Sqrt(sum / used * float64(n) / float64(n-1)), true, nil
}
