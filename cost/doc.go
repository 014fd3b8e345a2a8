// Package cost says what a loyalty programme costs, may cost and is worth: a
// budget gate for awards, the liability of points outstanding, deferred revenue,
// the value of a point, the programme's figures and how far to trust them.
//
// It keeps no members and reads no clock: sales, awards, triangles and counts go
// in, decisions and figures come out, and every moment is an argument. It is
// arithmetic, not advice: which accounting policy applies needs a qualified person,
// and wherever a standard leaves a choice it is a field.
//
// # May we afford this award?
//
// A [Budget] ties points cost to revenue, a [Gate] is the compiled budget, and a
// [Book] remembers one window of it:
//
//	gate, err := cost.NewGate(cost.Budget{Values: values, Trim: true}) // 3 % of the month's revenue
//	err = gate.Sell(&book, cost.Sale{At: now, Amount: paid})
//	d, err := gate.Award(&book, cost.Award{At: now, Points: 120, Tier: "gold", Campaign: "double-day"})
//	d.Granted // 120, fewer, or 0; d.String() has the numbers
//
// Everything is exact: a share of exactly 3 % passes, one more millionth does not.
// Where many processes award at once, each takes a share of the headroom with
// [Gate.Lease] and spends it in memory; the total is never passed, not even when a
// process dies.
//
// # What do we owe?
//
// A [History] gathers postings into a [Triangle] of points by issue cohort and age;
// [ChainLadder], [BornhuetterFerguson] and [Hazards] say how many of the points
// outstanding will still be redeemed, as a range. The [Flat] rule is there too,
// labelled as what it is.
//
// # What have we earned?
//
// [Bundle.Allocate] splits a sale between goods and points once and for all.
// [Cohort] is what the books know to date, [Cohort.Position] the revenue and the
// contract liability under IFRS 15 and ASC 606, and [RollDeferral] and
// [RollProvision] the way from one date to the next, which closes to the cent and
// becomes a [Journal] to post.
//
// # Does it work?
//
// [Counts] become [KPI]s that keep their numerator, denominator and target, and are
// undefined rather than 0 where there is nothing to divide by. A [Comparison] of
// groups carries its [Evidence]: members against non-members is [Naive], and a
// target reached on that alone is unproven, never met.
//
// # What is a point worth?
//
// A [ValueTable] is dated and versioned. A [Monitor] watches prices, a [RatePolicy]
// the programme's finances; [Estimate.Preview] shows what a change would do to the
// liability and [ValueTable.Announce] puts it at a local midnight after the notice.
//
// # Would it work?
//
// [Difficulty] says who will ever reach the first reward under given terms, and
// grades terms that nobody can meet as broken. [Plan.Compare] replays events under
// two programmes: points, cost, liability, winners and losers, and what extra
// revenue would pay for it.
//
// Package report, beside this one, puts all of it on one page.
package cost
