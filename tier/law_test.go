package tier_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
	"pgregory.net/rapid"
)

// world is a ladder and the stretch of time its members live in: a few periods
// around a change of clocks, so that boundaries are met often.
type world struct {
	def    tier.Definition
	loc    *time.Location
	ladder *tier.Ladder
	begin  time.Time
	unit   time.Duration // about a period
}

const worldUnits = 7

var periodLength = map[calendar.Period]time.Duration{
	calendar.Day: 24, calendar.Week: 7 * 24, calendar.Month: 31 * 24,
	calendar.Quarter: 92 * 24, calendar.Year: 366 * 24, calendar.Ever: 366 * 24,
}

func drawWorld(t *rapid.T) world {
	period := rapid.SampledFrom([]calendar.Period{
		calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year, calendar.Ever,
	}).Draw(t, "period")
	zone := rapid.SampledFrom([]string{"", "Asia/Shanghai", "America/New_York", "Pacific/Apia", "America/St_Johns"}).Draw(t, "zone")
	def := tier.Definition{Zone: zone, Period: period}
	threshold := int64(0)
	for i := range rapid.IntRange(1, 5).Draw(t, "tiers") {
		def.Tiers = append(def.Tiers, tier.Tier{ID: fmt.Sprintf("t%d", i), Threshold: threshold})
		threshold += rapid.Int64Range(1, 30).Draw(t, "step")
	}
	l, err := tier.Compile(def)
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	around := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC),   // New York puts the clock on
		time.Date(2011, 12, 30, 0, 0, 0, 0, time.UTC), // Apia has no such day
		time.Date(2010, 11, 7, 0, 0, 0, 0, time.UTC),  // St. John's puts the clock back into the day before
	}).Draw(t, "around")
	unit := periodLength[period] * time.Hour
	return world{def: def, loc: loc, ladder: l, begin: around.Add(-worldUnits * unit / 2), unit: unit}
}

// moment draws one, quite often the first or the last of a period.
func (w world) moment(t *rapid.T, name string) time.Time {
	at := w.begin.Add(time.Duration(rapid.Int64Range(0, int64(worldUnits*w.unit/time.Second)).Draw(t, name)) * time.Second)
	from := w.def.Period.Window(at, w.loc).From
	if from.IsZero() {
		return at
	}
	switch rapid.IntRange(0, 3).Draw(t, name+" edge") {
	case 0:
		return from
	case 1:
		return from.Add(-1)
	}
	return at
}

// moments draws some, in order.
func (w world) moments(t *rapid.T, name string, most int) []time.Time {
	n := rapid.IntRange(0, most).Draw(t, name+"s")
	ms := make([]time.Time, n)
	for i := range ms {
		ms[i] = w.moment(t, name)
	}
	slices.SortFunc(ms, time.Time.Compare)
	return ms
}

type earnedAt struct {
	at     time.Time
	points int64
}

func (w world) earnings(t *rapid.T) []earnedAt {
	es := make([]earnedAt, rapid.IntRange(0, 8).Draw(t, "earnings"))
	for i := range es {
		es[i] = earnedAt{w.moment(t, "earned"), rapid.Int64Range(-20, 60).Draw(t, "points")}
	}
	return es
}

func (w world) status(es []earnedAt) tier.Status {
	var st tier.Status
	for _, e := range es {
		st = w.ladder.Add(st, e.points, e.at)
	}
	return st
}

// edges are all boundaries of the world's periods, and a few beyond.
func (w world) edges() []time.Time {
	if w.def.Period == calendar.Ever {
		return nil
	}
	var edges []time.Time
	end := w.begin.Add((worldUnits + 4) * w.unit)
	for at := w.begin.Add(-2 * w.unit); at.Before(end); {
		at = w.def.Period.Window(at, w.loc).Until
		edges = append(edges, at)
	}
	return edges
}

func (w world) rank(id string) int {
	return slices.IndexFunc(w.ladder.Tiers(), func(t tier.Tier) bool { return t.ID == id })
}

func (w world) at(st tier.Status, at time.Time) int { return w.rank(w.ladder.At(st, at).ID) }

// The plainest reading of the rule: sum up what was earned in the period of
// the moment, and in the one before, and look which thresholds are met.
func TestLaw_CountsWhatItsPeriodsEarned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		es, at := w.earnings(t), w.moment(t, "at")
		var now, before int64
		for _, e := range es {
			switch window := w.def.Period.Window(e.at, w.loc); {
			case window.Equal(w.def.Period.Window(at, w.loc)):
				now += e.points
			case window.Equal(w.def.Period.Previous(at, w.loc)):
				before += e.points
			}
		}
		want := w.def.Tiers[0].ID
		for _, tier := range w.def.Tiers {
			if max(now, before) >= tier.Threshold {
				want = tier.ID
			}
		}
		if got := w.ladder.At(w.status(es), at).ID; got != want {
			t.Fatalf("%s, want %s of %d points now and %d before", got, want, now, before)
		}
	})
}

func TestLaw_ListingOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		shuffled := w.def
		shuffled.Tiers = rapid.Permutation(w.def.Tiers).Draw(t, "listed")
		l, err := tier.Compile(shuffled)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.ladder.Tiers(), l.Tiers()); diff != "" {
			t.Fatalf("Tiers (-want +got):\n%s", diff)
		}
		st, at := w.status(w.earnings(t)), w.moment(t, "at")
		if diff := cmp.Diff(w.ladder.Progress(st, at), l.Progress(st, at)); diff != "" {
			t.Fatalf("Progress (-want +got):\n%s", diff)
		}
	})
}

func TestLaw_AddCommutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		es := w.earnings(t)
		if diff := cmp.Diff(w.status(es), w.status(rapid.Permutation(es).Draw(t, "order"))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestLaw_SettleTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		at, late := w.moment(t, "at"), time.Duration(rapid.IntRange(0, 3).Draw(t, "late"))*w.unit/2
		once, _, _ := w.ladder.Settle(w.status(w.earnings(t)), at, late)
		twice, change, moved := w.ladder.Settle(once, at, late)
		if diff := cmp.Diff(once, twice); diff != "" || moved {
			t.Fatalf("moved %v %+v (-want +got):\n%s", moved, change, diff)
		}
		if want := w.ladder.At(once, at).ID; once.Tier != want {
			t.Fatalf("settled on %s, stands on %s", once.Tier, want)
		}
	})
}

// A member's life is events, late and early ones among them, each settled
// before and after. Whatever sweeps run in between, also those that Due asks
// for, the member ends the same.
func TestLaw_SweepTimingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		late := time.Duration(rapid.IntRange(0, 3).Draw(t, "late")) * w.unit / 2
		arrivals := w.moments(t, "arrival", 8)
		es := make([]earnedAt, len(arrivals))
		for i := range es {
			es[i] = earnedAt{w.moment(t, "earned"), rapid.Int64Range(-20, 60).Draw(t, "points")}
		}
		end := w.begin.Add((worldUnits + 2) * w.unit)
		live := func(sweep func(st tier.Status, until time.Time) tier.Status) tier.Status {
			st, _, _ := w.ladder.Settle(tier.Status{}, w.begin, late)
			for i, now := range arrivals {
				st = sweep(st, now)
				st, _, _ = w.ladder.Settle(st, now, late)
				st = w.ladder.Add(st, es[i].points, es[i].at)
				st, _, _ = w.ladder.Settle(st, now, late)
			}
			st, _, _ = w.ladder.Settle(sweep(st, end), end, late)
			return st
		}
		want := live(func(st tier.Status, _ time.Time) tier.Status { return st })

		sweeps := w.moments(t, "sweep", 12)
		swept := live(func(st tier.Status, until time.Time) tier.Status {
			for len(sweeps) > 0 && !sweeps[0].After(until) {
				st, _, _ = w.ladder.Settle(st, sweeps[0], late)
				sweeps = sweeps[1:]
			}
			return st
		})
		if diff := cmp.Diff(want, swept); diff != "" {
			t.Fatalf("with sweeps (-without +with):\n%s", diff)
		}
		onTime := live(func(st tier.Status, until time.Time) tier.Status {
			// Starting from Settled, not from the last event, asks again for
			// boundaries that were seen: settling them once more must do no harm.
			at := st.Settled
			for due := w.ladder.Due(st, at); !due.IsZero() && !due.After(until); due = w.ladder.Due(st, at) {
				st, _, _ = w.ladder.Settle(st, due, late)
				at = due
			}
			return st
		})
		if diff := cmp.Diff(want, onTime); diff != "" {
			t.Fatalf("settled when due (-without +with):\n%s", diff)
		}
	})
}

// Forgetting is not noticed by any question that may still be asked.
func TestLaw_ForgettingIsNotNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		st, at := w.status(w.earnings(t)), w.moment(t, "at")
		late := time.Duration(rapid.IntRange(0, 3).Draw(t, "late")) * w.unit / 2
		settled, _, _ := w.ladder.Settle(st, at, late)
		for _, asked := range append(w.moments(t, "asked", 5), at, at.Add(-late)) {
			if asked.Before(at.Add(-late)) {
				continue
			}
			if before, after := w.at(st, asked), w.at(settled, asked); before != after {
				t.Fatalf("at %s: rank %d before, %d after settling at %s", asked, before, after, at)
			}
			if diff := cmp.Diff(w.ladder.Due(st, asked), w.ladder.Due(settled, asked)); diff != "" {
				t.Fatalf("Due (-before +after):\n%s", diff)
			}
		}
	})
}

func TestLaw_MorePointsNeverLower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		st, at := w.status(w.earnings(t)), w.moment(t, "at")
		more := w.ladder.Add(st, rapid.Int64Range(0, 100).Draw(t, "more"), w.moment(t, "earned"))
		if before, after := w.at(st, at), w.at(more, at); after < before {
			t.Fatalf("rank %d, with more points %d", before, after)
		}
	})
}

func TestLaw_ProgressReachesNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		st, at := w.status(w.earnings(t)), w.moment(t, "at")
		p := w.ladder.Progress(st, at)
		if diff := cmp.Diff(w.ladder.At(st, at), p.Tier); diff != "" {
			t.Fatalf("Progress.Tier is not At (-want +got):\n%s", diff)
		}
		here := w.rank(p.Tier.ID)
		if p.Next.ID == "" {
			if here != len(w.def.Tiers)-1 || p.Missing != 0 {
				t.Fatalf("nothing is next to %s, missing %d", p.Tier.ID, p.Missing)
			}
			return
		}
		if got := w.ladder.At(w.ladder.Add(st, p.Missing, at), at).ID; got != p.Next.ID {
			t.Fatalf("with the %d missing: %s, want %s", p.Missing, got, p.Next.ID)
		}
		if got := w.at(w.ladder.Add(st, p.Missing-1, at), at); got != here {
			t.Fatalf("with one less than the %d missing: rank %d, want %d", p.Missing, got, here)
		}
	})
}

func TestLaw_KeptUntilIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		at := w.moment(t, "at")
		window := w.def.Period.Window(at, w.loc)
		es := slices.DeleteFunc(w.earnings(t), func(e earnedAt) bool { // the future is not earned yet
			return !window.Until.IsZero() && !e.at.Before(window.Until)
		})
		st := w.status(es)
		p := w.ladder.Progress(st, at)
		here := w.rank(p.Tier.ID)
		for _, edge := range w.edges() {
			if edge.After(at) && (p.KeptUntil.IsZero() || edge.Before(p.KeptUntil)) && w.at(st, edge) < here {
				t.Fatalf("lost at %s, kept until %s", edge, p.KeptUntil)
			}
		}
		if p.KeptUntil.IsZero() {
			return
		}
		if w.at(st, p.KeptUntil) >= here {
			t.Fatalf("still there at %s", p.KeptUntil)
		}
		next := w.def.Period.Next(at, w.loc)
		kept := w.ladder.Add(st, p.MissingToKeep, at)
		if w.at(kept, next.From) < here {
			t.Fatalf("not kept with the %d missing", p.MissingToKeep)
		}
		if short := w.ladder.Add(st, p.MissingToKeep-1, at); p.MissingToKeep > 0 && w.at(short, next.From) >= here {
			t.Fatalf("kept with one less than the %d missing", p.MissingToKeep)
		}
	})
}

func TestLaw_DueIsTheNextChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		st, at := w.status(w.earnings(t)), w.moment(t, "at")
		here := w.at(st, at)
		var want time.Time
		for _, edge := range w.edges() {
			if edge.After(at) && w.at(st, edge) != here {
				want = edge
				break
			}
		}
		if diff := cmp.Diff(want, w.ladder.Due(st, at)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
