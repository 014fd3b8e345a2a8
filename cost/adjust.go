package cost

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// MaxCustomers bounds a group given customer by customer.
const MaxCustomers = 10_000_000

// Pair is two figures of one customer: before and after, or for [Per] the
// denominator and the numerator.
type Pair struct{ Pre, Post float64 }

// moment2 is means, variances and covariance with n − 1.
type moment2 struct{ pre, post, varPre, varPost, cov, n float64 }

func moments(path string, customers []Pair) (moment2, error) {
	var bad problems
	if checkGroup(path, len(customers), &bad); len(bad) > 0 {
		return moment2{}, bad.err()
	}
	m := moment2{n: float64(len(customers))}
	for i, c := range customers {
		if math.IsNaN(c.Pre+c.Post) || math.Abs(c.Pre)+math.Abs(c.Post) > 1e100 {
			bad.add(fmt.Sprintf("%s[%d]", path, i), "%v, %v are no figures", c.Pre, c.Post)
		}
		m.pre += c.Pre / m.n
		m.post += c.Post / m.n
	}
	if len(bad) > 0 {
		return moment2{}, bad.err()
	}
	for _, c := range customers {
		m.varPre += (c.Pre - m.pre) * (c.Pre - m.pre) / (m.n - 1)
		m.varPost += (c.Post - m.post) * (c.Post - m.post) / (m.n - 1)
		m.cov += (c.Pre - m.pre) * (c.Post - m.post) / (m.n - 1)
	}
	return m, nil
}

func checkGroup(path string, n int, bad *problems) {
	if n < 2 || n > MaxCustomers {
		bad.add(path, "%d customers are not within 2 and %d", n, MaxCustomers)
	}
}

// CUPED compares means after, less what the time before explains (Deng, Xu, Kohavi
// and Walker, "Improving the sensitivity of online controlled experiments by
// utilizing pre-experiment data", WSDM 2013), with one theta for both groups. It
// takes away noise; it does not take away self-selection.
func (c Comparison) CUPED(control, treatment []Pair) (effect Effect, theta float64, err error) {
	e, err := c.effect("difference, CUPED")
	if err != nil {
		return Effect{}, 0, err
	}
	mc, err := moments("control", control)
	if err != nil {
		return Effect{}, 0, err
	}
	mt, err := moments("treatment", treatment)
	if err != nil {
		return Effect{}, 0, err
	}
	all, err := moments("customers", slices.Concat(control, treatment))
	if err != nil {
		return Effect{}, 0, err
	}
	if all.varPre == 0 {
		return Effect{}, 0, invalid("customers", "all were the same before: nothing to adjust by")
	}
	theta = all.cov / all.varPre
	e.Estimate = (mt.post - theta*mt.pre) - (mc.post - theta*mc.pre)
	vc, vt := mc.adjusted(theta)/mc.n, mt.adjusted(theta)/mt.n
	e.SE = math.Sqrt(vc + vt)
	e.DoF = welch(vc, vt, mc.n, mt.n)
	return e.student().noted(int64(mc.n), int64(mt.n)), theta, nil
}

func (m moment2) adjusted(theta float64) float64 {
	return max(m.varPost+theta*theta*m.varPre-2*theta*m.cov, 0)
}

// DifferenceInDifferences compares what changed from before to after with what
// changed for others. It rests on both having gone the same way earlier: run it on
// two earlier periods too, where it must find nothing, and show that beside it. Its
// evidence is Matched at best.
func DifferenceInDifferences(others, members []Pair, level float64) (Effect, error) {
	change := func(path string, customers []Pair) (Arm, error) {
		m, err := moments(path, customers)
		if err != nil {
			return Arm{}, err
		}
		return Arm{N: int64(m.n), Mean: m.post - m.pre, Variance: m.adjusted(1)}, nil
	}
	a, err := change("others", others)
	if err != nil {
		return Effect{}, err
	}
	b, err := change("members", members)
	if err != nil {
		return Effect{}, err
	}
	e, err := Comparison{Evidence: Matched, Level: level}.Difference(a, b)
	e.Method = "difference in differences"
	return e, err
}

// Stratum is customers alike before the programme, such as by prior spend.
type Stratum struct {
	Name      string
	Members   int64
	MemberHit int64 // of the members, who did what is measured
	Others    int64
	OtherHit  int64
}

// Stratified is a naive comparison beside the like-for-like one.
type Stratified struct {
	Naive, Adjusted Effect  // relative lifts
	Difference      Effect  // adjusted, in shares
	Others          float64 // the others' share at the members' mix
}

// MaxStrata bounds the strata of a comparison.
const MaxStrata = 10_000

// Standardise weights the others to the members' mix of strata (direct
// standardisation: the effect on members) and compares. Strata in which one side
// has nobody are left out and named.
func Standardise(strata []Stratum, level float64) (Stratified, error) {
	if err := checkStrata(strata); err != nil {
		return Stratified{}, err
	}
	var all, kept Stratum
	var dropped []string
	for _, s := range strata {
		all = all.plus(s)
		if s.Members == 0 || s.Others == 0 {
			dropped = append(dropped, fmt.Sprintf("%s: nobody to compare with, left out", cmp.Or(s.Name, "stratum")))
			continue
		}
		kept = kept.plus(s)
	}
	if kept.Members == 0 {
		return Stratified{}, invalid("strata", "none has both members and others")
	}
	var members, others, variance, otherVariance float64
	for _, s := range strata {
		if s.Members == 0 || s.Others == 0 {
			continue
		}
		w := float64(s.Members) / float64(kept.Members)
		pm, po := share64(s.MemberHit, s.Members), share64(s.OtherHit, s.Others)
		members += w * pm
		others += w * po
		variance += w * w * (pm*(1-pm)/float64(s.Members) + po*(1-po)/float64(s.Others))
		otherVariance += w * w * po * (1 - po) / float64(s.Others)
	}
	if others == 0 || all.OtherHit == 0 {
		return Stratified{}, invalid("strata", "none of the others did it: there is nothing to be a share of")
	}
	d, err := Comparison{Evidence: Adjusted, Level: level}.effect("difference, standardised")
	if err != nil {
		return Stratified{}, err
	}
	d.Notes = dropped
	d.Estimate, d.SE = members-others, math.Sqrt(variance)
	r := d
	r.Method, r.Relative = "relative lift, standardised", true
	r.Estimate = d.Estimate / others
	r.SE = math.Sqrt((variance-otherVariance)/(others*others) + otherVariance*members*members/math.Pow(others, 4))
	out := Stratified{Adjusted: r.normal(), Difference: d.normal(), Others: others}
	n := Comparison{Evidence: Naive, Level: level}
	pm, po := share64(all.MemberHit, all.Members), share64(all.OtherHit, all.Others)
	naive, err := n.Lift(Arm{N: all.Others, Mean: po, Variance: po * (1 - po)}, Arm{N: all.Members, Mean: pm, Variance: pm * (1 - pm)})
	out.Naive = naive
	return out, err
}

func share64(hit, n int64) float64 { return float64(hit) / float64(n) }

func (s Stratum) plus(o Stratum) Stratum {
	return Stratum{Members: s.Members + o.Members, MemberHit: s.MemberHit + o.MemberHit, Others: s.Others + o.Others, OtherHit: s.OtherHit + o.OtherHit}
}

func checkStrata(strata []Stratum) error {
	var bad problems
	if len(strata) > MaxStrata {
		bad.add("strata", "%d are more than %d", len(strata), MaxStrata)
		return bad.err()
	}
	for i, s := range strata {
		path := fmt.Sprintf("strata[%d]", i)
		checkCount(path+".members", s.Members, &bad)
		checkCount(path+".others", s.Others, &bad)
		checkPart(path+".member_hit", s.MemberHit, s.Members, &bad)
		checkPart(path+".other_hit", s.OtherHit, s.Others, &bad)
	}
	return bad.err()
}

// maxCount bounds counts so that sums of them fit.
const maxCount = 1_000_000_000_000

func checkCount(path string, n int64, bad *problems) {
	if n < 0 || n > maxCount {
		bad.add(path, "%d is not within 0 and %d", n, int64(maxCount))
	}
}

// checkPart holds a count to be of those counted in whole.
func checkPart(path string, n, whole int64, bad *problems) {
	switch {
	case n < 0:
		bad.add(path, "%d is below 0", n)
	case n > whole:
		bad.add(path, "%d are more than the %d they are of", n, whole)
	}
}

// MinDraws is the fewest draws of a Bootstrap.
const MinDraws = 2000

// Bootstrap estimates the relative lift of any figure of a group, by drawing whole
// customers with replacement: percentile interval. The same seed gives the same
// answer. The p-value is twice the share of draws on the other side of no effect.
func Bootstrap[T any](c Comparison, control, treatment []T, figure func([]T) float64, draws int, seed uint64) (Effect, error) {
	e, err := c.effect("relative lift, bootstrap by customer")
	if err != nil {
		return Effect{}, err
	}
	var bad problems
	if draws < MinDraws || draws > 1_000_000 {
		bad.add("draws", "%d are not within %d and 1000000", draws, MinDraws)
	}
	checkGroup("control", len(control), &bad)
	checkGroup("treatment", len(treatment), &bad)
	if len(bad) > 0 {
		return Effect{}, bad.err()
	}
	base := figure(control)
	if !(math.Abs(base) > 0 && math.Abs(base) < 1e100) {
		bad.add("control", "its figure is %v: there is nothing to be a share of", base)
	}
	if len(bad) > 0 {
		return Effect{}, bad.err()
	}
	e.Relative, e.Estimate = true, (figure(treatment)-base)/math.Abs(base)
	rnd := rand.New(rand.NewPCG(seed, 0))
	lifts := make([]float64, 0, draws)
	a, b := make([]T, len(control)), make([]T, len(treatment))
	var below float64
	for range draws {
		redraw(rnd, a, control)
		redraw(rnd, b, treatment)
		base := figure(a)
		lift := (figure(b) - base) / math.Abs(base)
		if math.IsNaN(lift) || math.IsInf(lift, 0) {
			return Effect{}, invalid("control", "a draw of it comes to 0: too few customers did anything")
		}
		if lifts = append(lifts, lift); lift <= 0 {
			below++
		}
	}
	slices.Sort(lifts)
	at := func(p float64) float64 { return lifts[min(int(p*float64(draws)), draws-1)] }
	e.Low, e.High = at(0.5-e.Level/2), at(0.5+e.Level/2)
	e.SE = math.Sqrt(variance(lifts))
	share := below / float64(draws)
	e.P = min(2*min(share, 1-share)+1/float64(draws), 1)
	return e.noted(int64(len(control)), int64(len(treatment))), nil
}

func redraw[T any](rnd *rand.Rand, into, from []T) {
	for i := range into {
		into[i] = from[rnd.IntN(len(from))]
	}
}

func variance(values []float64) float64 {
	var mean, sum float64
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(len(values)-1)
}
