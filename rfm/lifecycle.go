package rfm

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Stage is where a customer stands between the first purchase and the last.
type Stage string

// The stages there are. Each but New is a question of how long the customer has
// been silent.
const (
	New     Stage = "new"
	Active  Stage = "active"
	Cooling Stage = "cooling"
	Dormant Stage = "dormant"
	Lost    Stage = "lost"
)

var stages = []string{string(New), string(Active), string(Cooling), string(Dormant), string(Lost)}

// Stages returns all stages in order.
func Stages() []Stage { return []Stage{New, Active, Cooling, Dormant, Lost} }

// Lifecycle says when one stage ends and the next begins, in days of silence.
// The zero Lifecycle is [DefaultLifecycle].
type Lifecycle struct {
	// A customer is new for NewDays after the first purchase, as long as there
	// have been at most NewPurchases. Zero NewDays knows no such stage.
	NewDays      int   `json:"new_days,omitempty"`
	NewPurchases int64 `json:"new_purchases,omitempty"` // zero is 1
	// Active, cooling and dormant customers have been silent for at most so many
	// days; the lost for longer.
	ActiveDays  int `json:"active_days"`
	CoolingDays int `json:"cooling_days"`
	DormantDays int `json:"dormant_days"`
	// Own measures those with a rhythm of their own by that rhythm.
	Own OwnRhythm `json:"own_rhythm,omitzero"`
	// PurgeMonths of silence put a customer on the purge list; zero is 24.
	PurgeMonths int `json:"purge_months,omitempty"`
}

// OwnRhythm sets the ends of the stages as multiples of a customer's own mean gap
// between purchases: Active "1.5" means active for one and a half such gaps.
type OwnRhythm struct {
	MinGaps int64           `json:"min_gaps,omitempty"` // with fewer the days hold; zero: the days always hold
	Active  decimal.Decimal `json:"active,omitzero"`
	Cooling decimal.Decimal `json:"cooling,omitzero"`
	Dormant decimal.Decimal `json:"dormant,omitzero"`
}

// DefaultLifecycle returns stages that end after 30 days for the new, 90 for the
// active, 180 for the cooling and 365 for the dormant; or, of those who bought
// four times or more, after 1.5, 3 and 6 of their own gaps.
func DefaultLifecycle() Lifecycle {
	return Lifecycle{
		NewDays: 30, NewPurchases: 1, ActiveDays: 90, CoolingDays: 180, DormantDays: 365, PurgeMonths: 24,
		Own: OwnRhythm{MinGaps: 3, Active: decimal.New(15, -1), Cooling: decimal.New(3, 0), Dormant: decimal.New(6, 0)},
	}
}

// IsZero reports whether the default holds.
func (l Lifecycle) IsZero() bool {
	return l.NewDays == 0 && l.NewPurchases == 0 && l.ActiveDays == 0 && l.CoolingDays == 0 && l.DormantDays == 0 &&
		l.PurgeMonths == 0 && l.Own.IsZero()
}

const maxLifecycleDays = 36_525 // a century

// lifecycle is a compiled Lifecycle.
type lifecycle struct {
	Lifecycle
	own [3]int64 // millionths of the mean gap
}

func (l Lifecycle) check(bad *problems) lifecycle {
	c := lifecycle{Lifecycle: l}
	c.NewPurchases = cmp.Or(l.NewPurchases, 1)
	c.PurgeMonths = cmp.Or(l.PurgeMonths, 24)
	before := 0
	for _, d := range []struct {
		name string
		days int
	}{{"active_days", l.ActiveDays}, {"cooling_days", l.CoolingDays}, {"dormant_days", l.DormantDays}} {
		if d.days <= before || d.days > maxLifecycleDays {
			bad.add("lifecycle."+d.name, "must be above %d and at most %d, is %d", before, maxLifecycleDays, d.days)
		}
		before = max(before, d.days)
	}
	if l.NewDays < 0 || l.NewDays > l.ActiveDays {
		bad.add("lifecycle.new_days", "must be between 0 and active_days, is %d", l.NewDays)
	}
	if c.NewPurchases < 1 || c.NewPurchases > MaxCount {
		bad.add("lifecycle.new_purchases", "must be between 1 and %d, is %d", MaxCount, l.NewPurchases)
	}
	if c.PurgeMonths < 1 || c.PurgeMonths > 1200 {
		bad.add("lifecycle.purge_months", "must be between 1 and 1200, is %d", l.PurgeMonths)
	}
	if l.Own.IsZero() {
		return c
	}
	if l.Own.MinGaps < 1 || l.Own.MinGaps > MaxCount {
		bad.add("lifecycle.own_rhythm.min_gaps", "must be between 1 and %d, is %d", MaxCount, l.Own.MinGaps)
	}
	least := int64(0)
	for i, d := range []struct {
		name string
		n    decimal.Decimal
	}{{"active", l.Own.Active}, {"cooling", l.Own.Cooling}, {"dormant", l.Own.Dormant}} {
		n, fault := micros(d.n)
		switch path := "lifecycle.own_rhythm." + d.name; {
		case fault != "":
			bad.add(path, "%s", fault)
		case n <= least || n > 1000*millionth:
			bad.add(path, "must be above %s and at most 1000, is %s", fromMicros(least), fromMicros(n))
		}
		c.own[i], least = n, max(least, n)
	}
	return c
}

// Standing is a customer's stage, since when, and by what it was measured.
type Standing struct {
	Stage Stage         `json:"stage"`
	Since calendar.Date `json:"since"` // the day the stage began, at most AsOf
	// Own tells that the customer's own rhythm was the measure.
	Own bool `json:"own,omitempty"`
}

// Stage returns where a customer stands as of s.AsOf. Since is the day the stage
// began; of the active that is the day of the last purchase, or the first on
// which one who bought no more was not new any longer.
func (m *Model) Stage(s Summary) Standing {
	ends, own := m.life.ends(s.Repeats(), s.GapDays)
	stage, after := m.life.stage(s.Recency(), s.Age(), s.Purchases, ends)
	switch newUntil := s.First.AddDays(m.life.NewDays + 1); {
	case stage == New:
		return Standing{Stage: New, Since: s.First}
	case stage == Active && m.life.NewDays > 0 && s.Purchases <= m.life.NewPurchases && newUntil.After(s.Last):
		return Standing{Stage: Active, Since: newUntil, Own: own}
	default:
		return Standing{Stage: stage, Since: s.Last.AddDays(after), Own: own}
	}
}

// ends returns the last days of silence of the active, cooling and dormant.
func (l *lifecycle) ends(gaps, gapDays int64) (ends [3]int, own bool) {
	if l.Own.MinGaps > 0 && gaps >= l.Own.MinGaps {
		for i, multiple := range l.own {
			ends[i] = ownEnd(multiple, gaps, gapDays)
		}
		return ends, true
	}
	return [3]int{l.ActiveDays, l.CoolingDays, l.DormantDays}, false
}

// ownEnd returns a multiple, in millionths, of the mean gap in whole days.
func ownEnd(multiple, gaps, gapDays int64) int {
	if gapDays > math.MaxInt64/multiple {
		return maxLifecycleDays
	}
	return int(min(multiple*gapDays/gaps/millionth, maxLifecycleDays))
}

// stage returns the stage, and how many days after the last purchase it began.
func (l *lifecycle) stage(silence, age int, purchases int64, ends [3]int) (Stage, int) {
	switch {
	case l.NewDays > 0 && age <= l.NewDays && purchases <= l.NewPurchases:
		return New, 0
	case silence <= ends[0]:
		return Active, 0
	case silence <= ends[1]:
		return Cooling, ends[0] + 1
	case silence <= ends[2]:
		return Dormant, ends[1] + 1
	default:
		return Lost, ends[2] + 1
	}
}

// Silent is a customer on the purge list.
type Silent struct {
	Customer string
	Last     calendar.Date // of the last purchase
	Days     int           // of silence
}

// PurgeList lists the customers whose last purchase is more than PurgeMonths ago,
// the longest silent first. Whether their data may or must go is for the host to
// decide.
func (m *Model) PurgeList(customers iter.Seq[Summary]) []Silent {
	var list []Silent
	for s := range customers {
		if s.Last.Before(s.AsOf.AddMonths(-m.life.PurgeMonths)) {
			list = append(list, Silent{s.Customer, s.Last, s.Recency()})
		}
	}
	slices.SortFunc(list, func(a, b Silent) int {
		return cmp.Or(a.Last.Compare(b.Last), cmp.Compare(a.Customer, b.Customer))
	})
	return list
}
