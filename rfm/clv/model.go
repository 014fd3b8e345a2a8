package clv

import (
	"fmt"
	"math"
)

// Kind is one of the models. Its text form, also in JSON, is "mbg/nbd" and so on.
type Kind int

// All of them have purchases at random, at a rate that differs from customer to
// customer by a gamma distribution. They differ in how a customer leaves.
const (
	// MBGNBD, the default: after any purchase, the first one included, the
	// customer leaves with a probability of their own.
	MBGNBD Kind = iota
	// ParetoNBD: the customer leaves at any moment, at a rate of their own.
	ParetoNBD
	// BGNBD: as MBGNBD, but never after the first purchase. So it holds every
	// one-time buyer to be active for ever. For purchase totals, not for dormancy.
	BGNBD
)

var kindNames = [...]string{MBGNBD: "mbg/nbd", ParetoNBD: "pareto/nbd", BGNBD: "bg/nbd"}

func (k Kind) known() bool { return k >= 0 && int(k) < len(kindNames) }

func (k Kind) String() string {
	if !k.known() {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// MarshalText gives the text form; an unknown Kind is an *[InvalidError].
func (k Kind) MarshalText() ([]byte, error) {
	if !k.known() {
		return nil, &InvalidError{"kind", k.String() + " is not a model"}
	}
	return []byte(k.String()), nil
}

// UnmarshalText reads the text form; anything else is an *[InvalidError].
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if string(text) == name {
			*k = Kind(i)
			return nil
		}
	}
	return &InvalidError{"kind", fmt.Sprintf("%.20q is not a model; there are %q", text, kindNames)}
}

// Model says when the customers of a shop buy and when they stop. [Fit] finds
// its parameters; they can be kept as JSON and used for months. Its methods are
// functions of their arguments, safe for concurrent use. They return an error
// for a bad parameter, customer or horizon, and never NaN or Inf.
//
// A purchase rate is drawn from Gamma(shape R, rate Alpha), so R/Alpha is the mean
// number of purchases per Unit while active. In MBGNBD and BGNBD the probability
// of leaving after a purchase is drawn from Beta(A, B); in ParetoNBD the rate of
// leaving is drawn from Gamma(shape S, rate Beta). The others are 0.
type Model struct {
	Kind  Kind    `json:"kind"`
	Unit  Unit    `json:"unitDays"` // what T, Recency and every horizon count; needed by CLV only
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"`
	A     float64 `json:"a,omitempty"`
	B     float64 `json:"b,omitempty"`
	S     float64 `json:"s,omitempty"`
	Beta  float64 `json:"beta,omitempty"`
}

// Shapes lie within these limits, and what has a unit, of time or money, within
// those. Data within their own limits give none beyond.
const (
	minShape, maxShape = 1e-9, 1e9
	minScale, maxScale = 1e-30, 1e30
)

func checkShape(p *problems, name string, v float64) {
	if !(v >= minShape && v <= maxShape) {
		p.add(name, "%v is not from %g to %g", v, minShape, maxShape)
	}
}

func checkScale(p *problems, name string, v float64) {
	if !(v >= minScale && v <= maxScale) {
		p.add(name, "%v is not from %g to %g", v, minScale, maxScale)
	}
}

var (
	coinNames   = [4]string{"r", "alpha", "a", "b"}
	paretoNames = [4]string{"r", "alpha", "s", "beta"}
)

func (m Model) params() (values [4]float64, names [4]string) {
	if m.Kind == ParetoNBD {
		return [4]float64{m.R, m.Alpha, m.S, m.Beta}, paretoNames
	}
	return [4]float64{m.R, m.Alpha, m.A, m.B}, coinNames
}

func newModel(k Kind, u Unit, v [4]float64) Model {
	if k == ParetoNBD {
		return Model{Kind: k, Unit: u, R: v[0], Alpha: v[1], S: v[2], Beta: v[3]}
	}
	return Model{Kind: k, Unit: u, R: v[0], Alpha: v[1], A: v[2], B: v[3]}
}

// Validate reports every parameter out of range, an *[InvalidError] each, and an
// unknown Kind. Shapes are from 1e-9 to 1e9, Alpha and Beta from 1e-30 to 1e30.
// The Unit may be zero.
func (m Model) Validate() error {
	var p problems
	if !m.Kind.known() {
		p.add("kind", "%v is not a model", m.Kind)
	} else {
		values, names := m.params()
		checkShape(&p, names[0], values[0])
		checkScale(&p, names[1], values[1])
		checkShape(&p, names[2], values[2])
		if m.Kind == ParetoNBD {
			checkScale(&p, names[3], values[3])
		} else {
			checkShape(&p, names[3], values[3])
		}
	}
	if m.Unit != 0 {
		m.Unit.check(&p, "unitDays")
	}
	return p.err()
}

// likelihood is one model's, with its parameters. Set x, then ask of rows.
type likelihood interface {
	setX(x float64)
	// row returns a row's log-likelihood and P(alive); slope, unless nil, gets
	// the derivatives by the logarithms of the parameters.
	row(recency, t float64, slope *[4]float64) (ll, alive float64)
}

func newLikelihood(k Kind, v [4]float64) likelihood {
	switch k {
	case ParetoNBD:
		return &pareto{r: v[0], alpha: v[1], s: v[2], beta: v[3]}
	case BGNBD:
		return &betaGeo{r: v[0], alpha: v[1], a: v[2], b: v[3]}
	default:
		return &betaGeo{r: v[0], alpha: v[1], a: v[2], b: v[3], first: 1}
	}
}

// ahead is the future of a customer who is active now, over a time t from now.
type ahead interface {
	purchases(t float64) float64         // expected number
	stays(t float64) float64             // probability to be active still
	buys(t float64) float64              // probability of a purchase
	discounted(t, delta float64) float64 // ∫ e^-δu rate(u) du over [0, t], of purchases
}

func (m Model) ahead(c Customer) ahead {
	r, alpha := m.R+c.Frequency, m.Alpha+c.T
	switch m.Kind {
	case ParetoNBD:
		return paretoAhead{r, alpha, m.S, m.Beta + c.T}
	case BGNBD:
		return betaGeoAhead{r, alpha, m.A, m.B + c.Frequency}
	default:
		return betaGeoAhead{r, alpha, m.A, m.B + c.Frequency + 1}
	}
}

func (m Model) check(c Customer, horizons ...float64) error {
	if err := m.Validate(); err != nil {
		return err
	}
	if err := c.checkTimes(); err != nil {
		return err
	}
	var p problems
	for _, t := range horizons {
		checkTime(&p, "t", t)
	}
	return p.err()
}

func checkTime(p *problems, path string, t float64) {
	if !(t >= 0 && t <= maxTime) {
		p.add(path, "%v is not a time from 0 to %g", t, float64(maxTime))
	}
}

func (m Model) row(c Customer) (ll, alive float64) {
	v, _ := m.params()
	g := newLikelihood(m.Kind, v)
	g.setX(c.Frequency)
	return g.row(c.Recency, c.T, nil)
}

// LogLikelihood is the logarithm of the density of c's purchases under m. Its
// value depends on the unit of time.
func (m Model) LogLikelihood(c Customer) (float64, error) {
	if err := m.check(c); err != nil {
		return 0, err
	}
	ll, _ := m.row(c)
	return ll, nil
}

// PAlive is the probability that c is still active at the end of the data. It
// is 1 for whoever never bought again if m is a BGNBD, whatever the silence.
func (m Model) PAlive(c Customer) (float64, error) {
	if err := m.check(c); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	return alive, nil
}

// PAliveAfter is the probability that c will still be active a time t after the
// end of the data.
func (m Model) PAliveAfter(c Customer, t float64) (float64, error) {
	if err := m.check(c, t); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	return alive * m.ahead(c).stays(t), nil
}

// PBuy is the probability that c buys at least once within t of the end of the
// data. One minus it is the risk of churn that a shop can check: no purchase.
func (m Model) PBuy(c Customer, t float64) (float64, error) {
	if err := m.check(c, t); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	return alive * m.ahead(c).buys(t), nil
}

// NextPurchase is the time from the end of the data within which c buys with
// probability p, the time t at which [Model.PBuy] is p: with 0.5, an even bet. It
// is [ErrNever] if c will not buy with that probability however long one waits,
// or not within 1e9 units.
func (m Model) NextPurchase(c Customer, p float64) (float64, error) {
	if !(p > 0 && p < 1) {
		return 0, &InvalidError{"p", fmt.Sprintf("%v is not between 0 and 1", p)}
	}
	if err := m.check(c); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	ahead := m.ahead(c)
	if alive*ahead.buys(maxTime) < p {
		return 0, ErrNever
	}
	lo, hi := math.Log(1e-12), math.Log(maxTime)
	for range 60 {
		if mid := (lo + hi) / 2; alive*ahead.buys(math.Exp(mid)) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp(hi), nil
}

// Purchases is the number of purchases expected of c within t of the end of the
// data.
func (m Model) Purchases(c Customer, t float64) (float64, error) {
	if err := m.check(c, t); err != nil {
		return 0, err
	}
	_, alive := m.row(c)
	return alive * m.ahead(c).purchases(t), nil
}

// NewCustomer is the number of repeat purchases expected of a new customer
// within t of the first purchase.
func (m Model) NewCustomer(t float64) (float64, error) { return m.Purchases(Customer{}, t) }

// Silence is the probability that c, with this rhythm of purchases and still
// active, would have been silent for as long as now or longer. Small values, 0.05
// say, are an alert on the customer's own rhythm: two quiet months alarm for who
// bought each week, not for who bought each year. It says nothing of how likely
// c is to have left; see [Model.PAlive].
func (m Model) Silence(c Customer) (float64, error) {
	if err := m.check(c); err != nil {
		return 0, err
	}
	return math.Exp(-(m.R + c.Frequency) * math.Log1p((c.T-c.Recency)/(m.Alpha+c.Recency))), nil
}
