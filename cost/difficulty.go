package cost

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// EarningTerms is as much of a programme as decides whether anybody gets anything
// out of it.
type EarningTerms struct {
	SpendPerPoint decimal.Decimal `json:"spend_per_point"` // money for one point; parts of a point are lost
	FirstReward   int64           `json:"first_reward"`    // points for the cheapest reward worth having
	// ValidMonths is how long points live: to the end of the day before the same day so
	// many months later; 0 is for ever.
	ValidMonths int `json:"valid_months,omitempty"`
	// Broken and Hard are the shares of shoppers who ever reach the first reward below
	// which the terms are so; zero is 0.20 and 0.50.
	Broken decimal.Decimal `json:"broken,omitzero"`
	Hard   decimal.Decimal `json:"hard,omitzero"`
}

// Purchase is one order of a shopper.
type Purchase struct {
	Date   calendar.Date
	Amount decimal.Decimal
}

// MaxPurchases bounds the orders of one shopper.
const MaxPurchases = 100_000

// Difficulty sums up shoppers under terms: add them one by one, in any order. It
// keeps a count per number of days, not the shoppers.
//
// Every shopper is taken to fetch the first reward as soon as there are points for
// it, so what expires in life is more. It is not safe for concurrent use.
type Difficulty struct {
	terms        EarningTerms
	broken, hard decimal.Decimal
	shoppers     int64
	reached      int64
	days         map[int]int64 // from the first order to the first reward
	sum          Fate
	until        calendar.Date
}

// Fate is what became of points.
type Fate struct {
	Issued   int64 `json:"issued"`
	Used     int64 `json:"used"`
	Expired  int64 `json:"expired"`
	Stranded int64 `json:"stranded"` // not expired by the last order, too few for a reward
}

// NewDifficulty checks the terms. Points are followed until the day until, exclusive.
func NewDifficulty(terms EarningTerms, until calendar.Date) (*Difficulty, error) {
	var bad problems
	d := &Difficulty{terms: terms, days: map[int]int64{}, until: until,
		broken: orDefault(terms.Broken, "0.20"), hard: orDefault(terms.Hard, "0.50")}
	if m := checkMoney("spend_per_point", terms.SpendPerPoint, &bad); m == 0 {
		bad.add("spend_per_point", "is 0: points for nothing")
	}
	if terms.FirstReward <= 0 || terms.FirstReward > MaxPoints {
		bad.add("first_reward", "%d is not within 1 and %d", terms.FirstReward, MaxPoints)
	}
	if terms.ValidMonths < 0 || terms.ValidMonths > MaxAges {
		bad.add("valid_months", "%d is not within 0 and %d", terms.ValidMonths, MaxAges)
	}
	if checkShare("broken", d.broken, &bad) > checkShare("hard", d.hard, &bad) && len(bad) == 0 {
		bad.add("hard", "%s is below broken, %s", d.hard, d.broken)
	}
	if !until.Valid() {
		bad.add("until", "%s is not on the calendar", until)
	}
	if len(bad) > 0 {
		return nil, bad.err()
	}
	return d, nil
}

// batch is points that expire together.
type batch struct {
	expires calendar.Date // the zero Date is never
	points  int64
}

// Add follows shoppers, so many of them, who all buy alike. Purchases are in order
// of date; those from until on do not count. A pattern that cannot be is refused
// with [*InvalidError]s and counts nothing.
func (d *Difficulty) Add(shoppers int64, purchases []Purchase) error {
	points, err := d.check(shoppers, purchases)
	if err != nil {
		return err
	}
	var fate Fate
	var lots []batch
	first, reached := calendar.Date{}, -1
	var balance int64
	for i, p := range purchases {
		if !p.Date.Before(d.until) {
			break
		}
		if i == 0 {
			first = p.Date
		}
		lots = expire(lots, p.Date, &balance, &fate)
		b := batch{points: points[i]}
		if d.terms.ValidMonths > 0 {
			b.expires = p.Date.AddMonths(d.terms.ValidMonths)
		}
		fate.Issued += b.points
		balance += b.points
		lots = append(lots, b)
		if n := balance / d.terms.FirstReward * d.terms.FirstReward; n > 0 {
			if reached < 0 {
				reached = p.Date.DaysSince(first)
			}
			lots = use(lots, n)
			balance -= n
			fate.Used += n
		}
	}
	expire(lots, d.until, &balance, &fate)
	fate.Stranded = balance
	if sum := d.sum.Issued + fate.Issued*shoppers; fate.Issued > 0 && (shoppers > MaxPoints/fate.Issued || sum > MaxPoints) {
		return invalid("shoppers", "%d of them take the points past %d", shoppers, MaxPoints)
	}
	d.sum = Fate{d.sum.Issued + fate.Issued*shoppers, d.sum.Used + fate.Used*shoppers, d.sum.Expired + fate.Expired*shoppers, d.sum.Stranded + fate.Stranded*shoppers}
	d.shoppers += shoppers
	if reached >= 0 {
		d.reached += shoppers
		d.days[reached] += shoppers
	}
	return nil
}

// check returns the points of each purchase.
func (d *Difficulty) check(shoppers int64, purchases []Purchase) ([]int64, error) {
	var bad problems
	if checkCount("shoppers", shoppers, &bad); d.shoppers+shoppers > maxCount && len(bad) == 0 {
		bad.add("shoppers", "more than %d in all", int64(maxCount))
	}
	if len(purchases) > MaxPurchases {
		bad.add("purchases", "%d are more than %d", len(purchases), MaxPurchases)
		return nil, bad.err()
	}
	points := make([]int64, len(purchases))
	var sum int64
	for i, p := range purchases {
		path := fmt.Sprintf("purchases[%d]", i)
		before := len(bad)
		checkMoney(path+".amount", p.Amount, &bad)
		switch {
		case !p.Date.Valid():
			bad.add(path+".date", "%s is not on the calendar", p.Date)
		case i > 0 && p.Date.Before(purchases[i-1].Date):
			bad.add(path+".date", "%s is before the order above", p.Date)
		}
		if len(bad) > before {
			continue
		}
		n, _ := p.Amount.QuoRem(d.terms.SpendPerPoint, 0)
		if !n.BigInt().IsInt64() || n.IntPart() > MaxPoints-sum {
			bad.add(path+".amount", "%s is more points than %d", p.Amount, MaxPoints)
			continue
		}
		points[i] = n.IntPart()
		sum += points[i]
	}
	return points, bad.err()
}

// expire drops the batches whose day has come. They are in order of expiry, as
// purchases are.
func expire(lots []batch, today calendar.Date, balance *int64, fate *Fate) []batch {
	for len(lots) > 0 && !lots[0].expires.IsZero() && !today.Before(lots[0].expires) {
		*balance -= lots[0].points
		fate.Expired += lots[0].points
		lots = lots[1:]
	}
	return lots
}

// use takes points from the oldest batches.
func use(lots []batch, n int64) []batch {
	for n > 0 {
		take := min(n, lots[0].points)
		lots[0].points -= take
		if n -= take; lots[0].points == 0 {
			lots = lots[1:]
		}
	}
	return lots
}

// Grade is how hard terms are.
type Grade string

// The grades.
const (
	Green Grade = "green" // most get something out of it
	Amber Grade = "amber" // hard
	Red   Grade = "red"   // broken: hardly anybody ever does
	Gray  Grade = "gray"  // no shopper to tell by
)

// DifficultyReport is what terms mean for a population.
type DifficultyReport struct {
	Grade    Grade           `json:"grade"`
	Shoppers int64           `json:"shoppers"`
	Reached  int64           `json:"reached"` // the first reward, ever
	Share    decimal.Decimal `json:"share"`   // Reached over Shoppers
	// MedianDays is from the first order to the first reward, of all shoppers. It is
	// not defined when fewer than half ever get there.
	MedianDays    int             `json:"median_days"`
	MedianDefined bool            `json:"median_defined"`
	Fate          Fate            `json:"fate"`
	WastedShare   decimal.Decimal `json:"wasted_share"`  // expired or stranded over issued
	FirstReward   decimal.Decimal `json:"spend_for_one"` // money to spend for the first reward
}

// Report sums up.
func (d *Difficulty) Report() DifficultyReport {
	r := DifficultyReport{Grade: Gray, Shoppers: d.shoppers, Reached: d.reached, Fate: d.sum,
		FirstReward: d.terms.SpendPerPoint.Mul(decimal.NewFromInt(d.terms.FirstReward))}
	if d.sum.Issued > 0 {
		r.WastedShare = ratio(decimal.NewFromInt(d.sum.Expired+d.sum.Stranded), decimal.NewFromInt(d.sum.Issued))
	}
	if d.shoppers == 0 {
		return r
	}
	all, reached := decimal.NewFromInt(d.shoppers), decimal.NewFromInt(d.reached)
	r.Share = ratio(reached, all)
	switch {
	case reached.LessThan(d.broken.Mul(all)):
		r.Grade = Red
	case reached.LessThan(d.hard.Mul(all)):
		r.Grade = Amber
	default:
		r.Grade = Green
	}
	var sum int64
	days := make([]int, 0, len(d.days))
	for n := range d.days {
		days = append(days, n)
	}
	slices.SortFunc(days, cmp.Compare[int])
	for _, n := range days {
		if sum += d.days[n]; 2*sum >= d.shoppers {
			r.MedianDays, r.MedianDefined = n, true
			break
		}
	}
	return r
}

// String tells the report in a line.
func (r DifficultyReport) String() string {
	median := "no median: fewer than half get there"
	if r.MedianDefined {
		median = fmt.Sprintf("median %d days", r.MedianDays)
	}
	return fmt.Sprintf("%s: %s of %d shoppers ever reach the first reward (spend %s), %s; %s of points are never used",
		r.Grade, percent(r.Share), r.Shoppers, money(r.FirstReward), median, percent(r.WastedShare))
}
