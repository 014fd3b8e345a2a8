// Package clv estimates from past purchases which customers of a shop are still
// active, how much they will buy, and what that is worth.
//
// It is for shops without contracts: customers leave without saying so. All it
// asks of each is a [Customer], four numbers which [Split] makes from a list of
// purchases. It keeps nothing and reads no clock.
//
// # From purchases to a value
//
//	fit, err := clv.Fit(customers, clv.Options{Unit: clv.Week})
//	spend, err := clv.FitSpend(customers, clv.Options{})
//
//	m := fit.Model                                        // keep as JSON; refit each month or so
//	active, err := m.PAlive(c)                            // now
//	again, err := m.PBuy(c, 13)                           // at least once in 13 weeks
//	when, err := m.NextPurchase(c, 0.5)                   // an even bet
//	odd, err := m.Silence(c)                              // is this quiet unusual for this customer?
//	orders, err := m.Purchases(c, 52)                     // in a year
//	amount, err := spend.Model.Spend(c)                   // on each
//	value, err := m.CLV(c, amount, clv.Terms{Periods: 12, Period: clv.Month, Rate: 0.01, Margin: 0.3})
//
// # Which model
//
// [MBGNBD], the default: customers may leave after any purchase, the first too.
// Fast, and sensible of one-time buyers.
//
// [ParetoNBD]: customers may leave at any time, bought or not. The classic; several
// times slower to fit, and often the better forecast of heavy buyers.
//
// [BGNBD]: the most published. It says that whoever bought once only is active
// for ever, so it is no measure of dormancy; its totals are good.
//
// Their log-likelihoods on the same customers compare: a difference of 2 is
// little, of 10 much. What decides is the hold-out: fit on the first part of the
// data, and [Model.Check], [Model.Histogram] and [Model.Track] the rest, in
// numbers and as plots.
//
// [GammaGamma] adds what is spent on a purchase. It takes spending to have nothing
// to do with how often a customer buys; see [Correlation].
//
// # Units
//
// Times count whatever the host chose, days or weeks, and so do rates, horizons
// and Alpha. The model carries the unit's length, because what is discounted by
// the month or the year needs it: [Terms] name their period, and nothing assumes
// days. Money is float64 here, as statistics are: an estimate, not an account.
//
// # What the numbers mean
//
// A probability of 0.7 means that of a hundred customers with this record about
// seventy are active, if the model holds; nobody knows which. An expected 0.4
// purchases is a mean over such customers too. Act on groups and ranks.
// [Fitted.StdErr] tells how well the data fix such a mean, not how one customer
// varies.
//
// The models know no season, no price and no campaign, and take each customer's
// rate as constant while active. A gift given because of a prediction changes what
// was predicted. Customers who bought last month say little yet: give the data a
// few times the usual time between purchases.
//
// # When a fit fails
//
// A fit is a maximum of the likelihood in logarithms of parameters, from several
// starting points, with exact derivatives. It counts as converged when a Newton
// step promises less than a thousandth of log-likelihood, whatever the size or
// unit of the data. Some data do not fix every parameter: where nobody seems to
// leave, how customers differ in leaving cannot be told, and any software that
// prints a number for it has stopped at random. Fit then returns its result and
// [ErrNotIdentified] with the names and the reason; predictions over a time like
// that of the data hold even so.
//
// # Bad input
//
// Whatever is out of range is an *[InvalidError] that names it. Nothing returns
// NaN or Inf, and nothing panics. Computations are bounded whatever the input:
// the likelihood is a sum in log space and a short quadrature, predictions are
// sums of positive terms, so that no combination such as a = 1 or a + b < 1 is
// special.
//
// # Sources
//
// Schmittlein, Morrison & Colombo 1987, Management Science 33:1 (Pareto/NBD).
// Fader, Hardie & Lee 2005, Marketing Science 24:275 (BG/NBD) and J. of Marketing
// Research 42:415 (gamma-gamma, DERT). Batislam, Denizel & Filiztekin 2007, Int. J.
// of Research in Marketing 24:201 (MBG/NBD). Fader & Hardie's notes at
// brucehardie.com, 008, 009, 025.
package clv
