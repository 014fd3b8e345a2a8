package cost

import (
	"github.com/shopspring/decimal"
)

// Counts is what a period came to, for [Counts.KPIs]. Each field is a plain sum, so
// the order of events never matters and counts of parts add up: see [Counts.Add] and
// [Counts.Merge].
type Counts struct {
	Customers   int64 `json:"customers"` // identifiable, members among them
	Members     int64 `json:"members"`
	Active      int64 `json:"active_members"`
	ActiveEarn  int64 `json:"active_members_who_earned"`
	Issued      int64 `json:"points_issued"`
	Redeemed    int64 `json:"points_redeemed"`
	Interaction int64 `json:"interactions"` // qualifying events of members; no system messages

	MemberBuyers int64 `json:"member_buyers"`
	MemberRepeat int64 `json:"member_repeat_buyers"`
	OtherBuyers  int64 `json:"nonmember_buyers"`
	OtherRepeat  int64 `json:"nonmember_repeat_buyers"`

	MemberRevenue decimal.Decimal `json:"member_revenue"`
	MemberOrders  int64           `json:"member_orders"`
	OtherRevenue  decimal.Decimal `json:"nonmember_revenue"`
	OtherOrders   int64           `json:"nonmember_orders"`

	MembersAtStart int64 `json:"members_at_start"`
	MembersLost    int64 `json:"members_lost"`
	OthersAtStart  int64 `json:"nonmembers_at_start"`
	OthersLost     int64 `json:"nonmembers_lost"`
	HighValue      int64 `json:"high_value_at_start"` // the group is frozen at the start
	HighValueKept  int64 `json:"high_value_retained"`

	PointsCost      decimal.Decimal `json:"points_cost"`
	Liability       decimal.Decimal `json:"liability"` // at the end
	Profit          decimal.Decimal `json:"incremental_gross_profit"`
	ProgrammeCost   decimal.Decimal `json:"programme_cost"`
	ReferralCost    decimal.Decimal `json:"referral_total_cost"` // rewards of both sides
	Referred        int64           `json:"referred_new_customers"`
	AcquisitionCost decimal.Decimal `json:"normal_cac"` // of one customer by other ways

	Prospects    int64 `json:"prospects"` // who might have become customers
	NewCustomers int64 `json:"new_customers"`
}

// Customer is what one customer did in a period.
type Customer struct {
	Member, Active, Earned bool
	Prospect, New          bool // not a customer before; became one
	AtStart, Lost          bool
	HighValue, HighKept    bool
	Orders, Issued, Spent  int64 // orders; points issued and redeemed
	Interactions           int64
	Revenue                decimal.Decimal
}

// Add counts one customer, once a period. A customer who cannot be is refused with
// [*InvalidError]s and counts nothing.
func (c *Counts) Add(u Customer) error {
	var bad problems
	checkCount("orders", u.Orders, &bad)
	checkPoints("issued", u.Issued, &bad)
	checkPoints("spent", u.Spent, &bad)
	checkCount("interactions", u.Interactions, &bad)
	checkSigned("revenue", u.Revenue, &bad)
	for _, f := range []struct {
		path        string
		part, whole bool
	}{{"active", u.Active, u.Member}, {"earned", u.Earned, u.Active}, {"lost", u.Lost, u.AtStart}, {"high_value", u.HighValue, u.AtStart},
		{"high_kept", u.HighKept, u.HighValue && !u.Lost}, {"new", u.New, u.Prospect}} {
		if f.part && !f.whole {
			bad.add(f.path, "is set for a customer who is none of those it is of")
		}
	}
	if len(bad) > 0 {
		return bad.err()
	}
	one := Counts{Customers: 1, Prospects: toInt(u.Prospect), NewCustomers: toInt(u.New)}
	one.HighValue, one.HighValueKept = toInt(u.HighValue), toInt(u.HighKept)
	if u.Prospect && !u.New && !u.Member {
		one.Customers = 0
	}
	buyer, repeat := toInt(u.Orders > 0), toInt(u.Orders > 1)
	if u.Member {
		one.Members, one.Active, one.ActiveEarn = 1, toInt(u.Active), toInt(u.Earned)
		one.Issued, one.Redeemed, one.Interaction = u.Issued, u.Spent, u.Interactions
		one.MemberBuyers, one.MemberRepeat, one.MemberOrders, one.MemberRevenue = buyer, repeat, u.Orders, u.Revenue
		one.MembersAtStart, one.MembersLost = toInt(u.AtStart), toInt(u.Lost)
	} else {
		one.OtherBuyers, one.OtherRepeat, one.OtherOrders, one.OtherRevenue = buyer, repeat, u.Orders, u.Revenue
		one.OthersAtStart, one.OthersLost = toInt(u.AtStart), toInt(u.Lost)
	}
	c.Merge(one)
	return nil
}

func toInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Merge adds the counts of another part of the same period. AcquisitionCost is a
// price, not a sum: the first one given stays.
func (c *Counts) Merge(o Counts) {
	for i, field := range c.whole() {
		*field += *o.whole()[i]
	}
	for i, field := range c.sums() {
		*field = field.Add(*o.sums()[i])
	}
	if c.AcquisitionCost.IsZero() {
		c.AcquisitionCost = o.AcquisitionCost
	}
}

func (c *Counts) whole() []*int64 {
	return []*int64{&c.Customers, &c.Members, &c.Active, &c.ActiveEarn, &c.Issued, &c.Redeemed, &c.Interaction, &c.MemberBuyers,
		&c.MemberRepeat, &c.OtherBuyers, &c.OtherRepeat, &c.MemberOrders, &c.OtherOrders, &c.MembersAtStart, &c.MembersLost,
		&c.OthersAtStart, &c.OthersLost, &c.HighValue, &c.HighValueKept, &c.Referred, &c.Prospects, &c.NewCustomers}
}

func (c *Counts) sums() []*decimal.Decimal {
	return []*decimal.Decimal{&c.MemberRevenue, &c.OtherRevenue, &c.PointsCost, &c.Liability, &c.Profit, &c.ProgrammeCost, &c.ReferralCost}
}

// Validate reports counts below zero and parts greater than their whole. A revenue
// or profit may be negative: a period may see more refunds than sales.
func (c Counts) Validate() error {
	var bad problems
	for _, f := range []struct {
		path    string
		n, most int64
		of      bool
	}{
		{"customers", c.Customers, maxCount, false}, {"members", c.Members, c.Customers, true}, {"active_members", c.Active, c.Members, true},
		{"active_members_who_earned", c.ActiveEarn, c.Active, true}, {"points_issued", c.Issued, MaxPoints, false},
		{"points_redeemed", c.Redeemed, MaxPoints, false}, {"interactions", c.Interaction, maxCount, false},
		{"member_buyers", c.MemberBuyers, maxCount, false}, {"member_repeat_buyers", c.MemberRepeat, c.MemberBuyers, true},
		{"nonmember_buyers", c.OtherBuyers, maxCount, false}, {"nonmember_repeat_buyers", c.OtherRepeat, c.OtherBuyers, true},
		{"member_orders", c.MemberOrders, maxCount, false}, {"nonmember_orders", c.OtherOrders, maxCount, false},
		{"members_at_start", c.MembersAtStart, maxCount, false}, {"members_lost", c.MembersLost, c.MembersAtStart, true},
		{"nonmembers_at_start", c.OthersAtStart, maxCount, false}, {"nonmembers_lost", c.OthersLost, c.OthersAtStart, true},
		{"high_value_at_start", c.HighValue, maxCount, false}, {"high_value_retained", c.HighValueKept, c.HighValue, true},
		{"referred_new_customers", c.Referred, maxCount, false}, {"prospects", c.Prospects, maxCount, false},
		{"new_customers", c.NewCustomers, c.Prospects, true},
	} {
		if f.of {
			checkPart(f.path, f.n, f.most, &bad)
		} else if f.n < 0 || f.n > f.most {
			bad.add(f.path, "%d is not within 0 and %d", f.n, f.most)
		}
	}
	checkMoney("points_cost", c.PointsCost, &bad)
	checkMoney("liability", c.Liability, &bad)
	checkMoney("programme_cost", c.ProgrammeCost, &bad)
	checkMoney("referral_total_cost", c.ReferralCost, &bad)
	checkMoney("normal_cac", c.AcquisitionCost, &bad)
	checkSigned("member_revenue", c.MemberRevenue, &bad)
	checkSigned("nonmember_revenue", c.OtherRevenue, &bad)
	checkSigned("incremental_gross_profit", c.Profit, &bad)
	return bad.err()
}

// KPIs computes the figures of a period, held to targets (nil is [DefaultTargets]).
// The uplifts compare members with others as they are, which is Naive evidence: a
// target so reached is unproven until an [Effect] says more ([EffectKPI]).
func (c Counts) KPIs(period string, targets map[string]Target) ([]KPI, error) {
	n := decimal.NewFromInt
	revenue := c.MemberRevenue.Add(c.OtherRevenue)
	if revenue.IsNegative() {
		revenue = decimal.Decimal{} // as at none: no ratio is defined
	}
	figures := []KPI{
		{Name: EnrolmentRate, Numerator: n(c.Members), Denominator: n(c.Customers)},
		{Name: EarnRate, Numerator: n(c.ActiveEarn), Denominator: n(c.Active)},
		{Name: RedemptionRate, Numerator: n(c.Redeemed), Denominator: n(c.Issued)},
		over(RepurchaseUplift, n(c.MemberRepeat), n(c.MemberBuyers), n(c.OtherRepeat), n(c.OtherBuyers)),
		over(BasketUplift, c.MemberRevenue, n(c.MemberOrders), c.OtherRevenue, n(c.OtherOrders)),
		over(ChurnReduction, n(c.MembersLost), n(c.MembersAtStart), n(c.OthersLost), n(c.OthersAtStart)).negated(),
		{Name: CostRatio, Numerator: c.PointsCost, Denominator: revenue},
		{Name: LiabilityRatio, Numerator: c.Liability, Denominator: revenue},
		{Name: ROI, Numerator: c.Profit, Denominator: c.ProgrammeCost},
		{Name: ReferralCost, Numerator: c.ReferralCost, Denominator: n(c.Referred).Mul(c.AcquisitionCost)},
		{Name: HighValueKept, Numerator: n(c.HighValueKept), Denominator: n(c.HighValue)},
		{Name: InteractionsEach, Numerator: n(c.Interaction), Denominator: n(c.Active)},
	}
	return c.held(figures, period, targets)
}

// GAIN computes demand, participation and growth, each by itself: see [Composite]
// for one figure.
func (c Counts) GAIN(period string, targets map[string]Target) ([]KPI, error) {
	n := decimal.NewFromInt
	return c.held([]KPI{
		{Name: GainDemand, Numerator: n(c.NewCustomers), Denominator: n(c.Prospects)},
		{Name: GainParticipation, Numerator: n(c.Active), Denominator: n(c.Members)},
		{Name: GainGrowth, Numerator: n(c.MemberRepeat + c.OtherRepeat), Denominator: n(c.MemberBuyers + c.OtherBuyers)},
	}, period, targets)
}

func (c Counts) held(figures []KPI, period string, targets map[string]Target) ([]KPI, error) {
	if targets == nil {
		targets = DefaultTargets()
	}
	var bad problems
	checkTargets(targets, &bad)
	if period != "" {
		checkText("period", period, MaxName, &bad)
	}
	if err := c.Validate(); err != nil {
		bad.addError(err)
	}
	if len(bad) > 0 {
		return nil, bad.err()
	}
	for i := range figures {
		t, ok := targets[figures[i].Name]
		figures[i].Period = period
		figures[i] = figures[i].held(t, ok)
	}
	return figures, nil
}

// over is (a/b) ÷ (c/d) − 1 as one fraction; undefined when b, c or d is 0.
func over(name string, a, b, c, d decimal.Decimal) KPI {
	k := KPI{Name: name, Evidence: Naive, Denominator: c.Mul(b)}
	if d.IsZero() || !k.Denominator.IsPositive() {
		k.Denominator = decimal.Decimal{}
		return k
	}
	k.Numerator = a.Mul(d).Sub(k.Denominator)
	return k
}

func (k KPI) negated() KPI {
	k.Numerator = k.Numerator.Neg()
	return k
}
