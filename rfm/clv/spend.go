package clv

import (
	"cmp"
	"math"
	"slices"
)

// GammaGamma says what the customers of a shop spend on a purchase. Amounts of
// one customer are Gamma(shape P, rate ν), and ν differs between customers as
// Gamma(shape Q, rate V). So a mean of few purchases is pulled towards the
// population's, a mean of many hardly. Spending is taken to have nothing to do
// with how often a customer buys; [Correlation] checks that.
//
// Fader, Hardie & Lee 2005, J. of Marketing Research 42:415; Fader & Hardie 2013,
// the gamma-gamma model of monetary value, eq. 1a and 5. V is their γ.
type GammaGamma struct {
	P float64 `json:"p"`
	Q float64 `json:"q"`
	V float64 `json:"v"` // in units of money
}

// Validate reports every parameter out of range, an *[InvalidError] each: P and
// Q are from 1e-9 to 1e9, V is from 1e-30 to 1e30.
func (g GammaGamma) Validate() error {
	var p problems
	checkShape(&p, "p", g.P)
	checkShape(&p, "q", g.Q)
	checkScale(&p, "v", g.V)
	return p.err()
}

// Mean is the mean amount of a purchase over the population. It is [ErrNoMean]
// for Q ≤ 1.
func (g GammaGamma) Mean() (float64, error) {
	if err := g.Validate(); err != nil {
		return 0, err
	}
	if g.Q <= 1 {
		return 0, ErrNoMean
	}
	return g.P * g.V / (g.Q - 1), nil
}

// Spend is the mean amount expected of c's coming purchases. For whoever never
// bought again, or never paid for it, it is [GammaGamma.Mean], and so is its
// error.
func (g GammaGamma) Spend(c Customer) (float64, error) {
	if err := g.Validate(); err != nil {
		return 0, err
	}
	if err := c.Validate(); err != nil {
		return 0, err
	}
	if !c.spends() {
		return g.Mean()
	}
	px := g.P * c.Frequency
	if px+g.Q <= 1 {
		return 0, ErrNoMean
	}
	return g.P * (g.V + c.Frequency*c.Spend) / (px + g.Q - 1), nil
}

// spends tells who has a mean amount to learn from. A customer who got all of it
// back, or whose purchases were free, has none.
func (c Customer) spends() bool { return c.Frequency > 0 && c.Spend >= minSpend }

// LogLikelihood is the logarithm of the density of c's mean spend under g; 0 for
// who has none. Its value depends on the unit of money.
func (g GammaGamma) LogLikelihood(c Customer) (float64, error) {
	if err := g.Validate(); err != nil {
		return 0, err
	}
	if err := c.Validate(); err != nil || !c.spends() {
		return 0, err
	}
	return g.row(c.Frequency, c.Spend, lnGamma(g.Q), digamma(g.Q), nil), nil
}

func (g GammaGamma) row(x, spend, lnGammaQ, digammaQ float64, slope *[3]float64) float64 {
	px, total := g.P*x, x*spend
	ln, up := rising(px, g.Q)
	lnShare, lnRest := math.Log1p(g.V/total), math.Log1p(total/g.V)
	if slope != nil {
		share := total / (g.V + total)
		slope[0] = px * (up - lnShare)
		slope[1] = g.Q * (digamma(px+g.Q) - digammaQ - lnRest)
		slope[2] = g.Q*share - px*(1-share)
	}
	return ln - lnGammaQ - px*lnShare - g.Q*lnRest - math.Log(spend)
}

// FitSpend estimates a [GammaGamma] by maximum likelihood from the customers who
// bought again and paid for it; the report counts the others as skipped. Errors
// are those of [Fit].
func FitSpend(customers []Customer, o Options) (*Fitted[GammaGamma], error) {
	var p problems
	o.check(&p)
	used := make([]Customer, 0, len(customers))
	for i, c := range customers {
		if c.Validate() != nil {
			c.check(&p, at(i))
			c.checkSpend(&p, at(i))
		} else if c.spends() {
			used = append(used, c)
		}
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	if len(used) == 0 {
		return nil, ErrNoRepeat
	}
	rows, scale := mergeSpend(used)
	objective := func(rows []spendRow) objective {
		return func(point, slope []float64) float64 { return meanSpendLoss(rows, point, slope) }
	}
	point := func(p, q float64) []float64 { return []float64{math.Log(p), math.Log(q), math.Log((q - 1) / p)} }
	e := estimate{
		names: []string{"p", "q", "v"}, n: float64(len(used)),
		starts: [][]float64{point(5, 4), point(1, 2), point(20, 20), point(0.5, 5)},
		box:    newBox(false, false, true),
	}
	e.run(objective(rows), objective(thin(rows)), len(rows) > thinFrom, o)
	shift := []float64{0, 0, math.Log(scale)}
	e.report.Customers, e.report.Skipped, e.report.Rows = len(used), len(customers)-len(used), len(rows)
	e.explain(whySpend)
	f := &Fitted[GammaGamma]{
		LogLikelihood: -e.value*e.n - e.n*math.Log(scale),
		rebuild: func(u []float64) GammaGamma {
			return GammaGamma{math.Exp(u[0]), math.Exp(u[1]), math.Exp(u[2] + shift[2])}
		},
		estimate: e,
	}
	f.finish(shift)
	return f, e.err()
}

type spendRow struct{ x, spend, count float64 }

// mergeSpend makes rows, sorted, in scaled money, and the mean that was scaled
// to 1. It sorts used.
func mergeSpend(used []Customer) (rows []spendRow, scale float64) {
	slices.SortFunc(used, func(a, b Customer) int {
		return cmp.Or(cmp.Compare(a.Frequency, b.Frequency), cmp.Compare(a.Spend, b.Spend))
	})
	for _, c := range used {
		scale += c.Spend / float64(len(used))
	}
	for _, c := range used {
		r := spendRow{c.Frequency, c.Spend / scale, 1}
		if n := len(rows); n > 0 && rows[n-1].x == r.x && rows[n-1].spend == r.spend {
			rows[n-1].count++
		} else {
			rows = append(rows, r)
		}
	}
	return rows, scale
}

// meanSpendLoss is minus the mean log-likelihood of the rows at a point of log
// parameters.
func meanSpendLoss(rows []spendRow, point, slope []float64) float64 {
	g := GammaGamma{math.Exp(point[0]), math.Exp(point[1]), math.Exp(point[2])}
	lnGammaQ, digammaQ := lnGamma(g.Q), digamma(g.Q)
	var s, total [3]float64
	var sum, n float64
	for _, r := range rows {
		sum += r.count * g.row(r.x, r.spend, lnGammaQ, digammaQ, &s)
		n += r.count
		for j := range s {
			total[j] += r.count * s[j]
		}
	}
	for j := range s {
		slope[j] = -total[j] / n
	}
	return -sum / n
}

func whySpend(u []float64) string {
	switch {
	case u[1] > 5:
		return "all customers seem to spend alike, so how much they differ cannot be told"
	case u[0] > 5:
		return "each customer seems to spend the same every time, so how much amounts vary cannot be told"
	}
	return "there may be too few customers who bought again"
}

// Correlation is that of mean spend with the number of repeat purchases over the
// customers who have both, which a [GammaGamma] takes to be near 0. It is 0 where
// there is none to compute.
func Correlation(customers []Customer) float64 {
	var n, meanX, meanY, xx, yy, xy float64
	for _, c := range customers {
		if c.Validate() != nil || !c.spends() {
			continue
		}
		n++
		dx, dy := c.Frequency-meanX, c.Spend-meanY
		meanX += dx / n
		meanY += dy / n
		xx += dx * (c.Frequency - meanX)
		yy += dy * (c.Spend - meanY)
		xy += dx * (c.Spend - meanY)
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return math.Max(-1, math.Min(1, xy/math.Sqrt(xx)/math.Sqrt(yy)))
}
