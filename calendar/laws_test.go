package calendar_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltykit/loyalty/calendar"
)

// drawZone draws a zone of the IANA database, awkward ones more often.
func drawZone(t *rapid.T) *time.Location {
	names, err := zoneNames()
	if err != nil {
		t.Fatal(err)
	}
	awkward := []string{
		"America/St_Johns", "America/Havana", "America/Sao_Paulo", "America/Sitka", "Antarctica/Casey",
		"Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kwajalein", "UTC",
	}
	name := rapid.OneOf(rapid.SampledFrom(awkward), rapid.SampledFrom(names)).Draw(t, "zone")
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// drawMoment draws a moment from 1840 to 2100, mostly within two days of a
// change of the clock, where there is one.
func drawMoment(t *rapid.T, loc *time.Location, label string) time.Time {
	from := time.Date(1840, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	until := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	at := time.Unix(rapid.Int64Range(from, until).Draw(t, label), 0).In(loc)
	if change, _ := at.ZoneBounds(); !change.IsZero() && rapid.IntRange(0, 3).Draw(t, label+" near a change") > 0 {
		at = change.Add(time.Duration(rapid.Int64Range(-48*3600, 48*3600).Draw(t, label+" seconds after it")) * time.Second)
	}
	return at.Add(time.Duration(rapid.SampledFrom([]int64{0, 0, 1, 999_999_999}).Draw(t, label+" nanoseconds")))
}

func drawDate(t *rapid.T, label string) calendar.Date {
	days := rapid.IntRange(-60_000, 60_000).Draw(t, label)
	y, m, d := time.Date(1970, 1, 1+days, 0, 0, 0, 0, time.UTC).Date()
	return calendar.Date{Year: y, Month: m, Day: d}
}

func drawPeriod(t *rapid.T) calendar.Period {
	return rapid.SampledFrom(periods).Draw(t, "period")
}

// wallDate is the date package time shows.
func wallDate(at time.Time, loc *time.Location) calendar.Date {
	y, m, d := at.In(loc).Date()
	return calendar.Date{Year: y, Month: m, Day: d}
}

// The date of a moment is the latest the wall has shown so far. The model looks
// at the wall every half minute of the 25 hours before.
func TestLaw_DateOfIsTheLatestDateOnTheWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		at := drawMoment(t, loc, "at")
		want := wallDate(at, loc)
		for back := time.Duration(0); back < 25*time.Hour; back += 30 * time.Second {
			if seen := wallDate(at.Add(-back), loc); seen.After(want) {
				want = seen
			}
		}
		if got := calendar.DateOf(at, loc); got != want {
			t.Fatalf("%v is on %v, want %v", at, got, want)
		}
	})
}

func TestLaw_DatesNeverRunBackwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		a := drawMoment(t, loc, "a")
		b := a.Add(time.Duration(rapid.Int64Range(0, 72*3600).Draw(t, "seconds later")) * time.Second)
		if calendar.DateOf(b, loc).Before(calendar.DateOf(a, loc)) {
			t.Fatalf("%v is on %v, but %v later on %v", a, calendar.DateOf(a, loc), b, calendar.DateOf(b, loc))
		}
	})
}

// A day starts at the first moment the wall shows it or, left out, a later one.
func TestLaw_StartIsTheFirstMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		d := calendar.DateOf(drawMoment(t, loc, "at"), loc).AddDays(rapid.IntRange(-1, 1).Draw(t, "days"))
		start := d.Start(loc)
		if wallDate(start, loc).Before(d) {
			t.Fatalf("%v starts at %v", d, start)
		}
		for back := time.Second; back < 26*time.Hour; back += 30 * time.Second {
			if early := start.Add(-back); !wallDate(early, loc).Before(d) {
				t.Fatalf("%v starts at %v, but the wall shows it at %v", d, start, early)
			}
		}
	})
}

func TestLaw_DateOfStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, d := drawZone(t), drawDate(t, "date")
		window, got := d.Window(loc), calendar.DateOf(d.Start(loc), loc)
		if window.Empty() { // left out
			if want := d.AddDays(1); got != want {
				t.Fatalf("%v was left out, its start is on %v, want %v", d, got, want)
			}
			return
		}
		if got != d {
			t.Fatalf("the start of %v is on %v", d, got)
		}
		if last := calendar.DateOf(window.Until.Add(-1), loc); last != d {
			t.Fatalf("the end of %v is on %v", d, last)
		}
	})
}

func TestLaw_EveryMomentLiesInItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, p := drawZone(t), drawPeriod(t)
		at := drawMoment(t, loc, "at")
		w := p.Window(at, loc)
		if !w.Contains(at) || w.Empty() || w.Validate() != nil {
			t.Fatalf("%s window %v of %v", p, w, at)
		}
		if p == calendar.Day && !w.Equal(calendar.DateOf(at, loc).Window(loc)) {
			t.Fatalf("window %v of the day of %v", w, at)
		}
	})
}

func TestLaw_WindowsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, p := drawZone(t), rapid.SampledFrom(periods[:5]).Draw(t, "period")
		at := drawMoment(t, loc, "at")
		previous, w, next := p.Previous(at, loc), p.Window(at, loc), p.Next(at, loc)
		if !previous.Until.Equal(w.From) || !w.Until.Equal(next.From) || previous.Empty() || next.Empty() {
			t.Fatalf("%s windows %v, %v, %v around %v", p, previous, w, next, at)
		}
	})
}

func TestLaw_SameKeyExactlyWhenSameWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, p := drawZone(t), drawPeriod(t)
		a := drawMoment(t, loc, "a")
		b := a.Add(time.Duration(rapid.Int64Range(-100*3600, 100*3600).Draw(t, "seconds later")) * time.Second)
		sameKey := p.Key(a, loc) == p.Key(b, loc)
		sameWindow := p.Window(a, loc).Equal(p.Window(b, loc))
		if sameKey != sameWindow || sameWindow != p.Window(a, loc).Contains(b) {
			t.Fatalf("%s keys %q and %q, windows %v and %v of %v and %v",
				p, p.Key(a, loc), p.Key(b, loc), p.Window(a, loc), p.Window(b, loc), a, b)
		}
	})
}

func TestLaw_ParseKeyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, p := drawZone(t), drawPeriod(t)
		at := drawMoment(t, loc, "at")
		key := p.Key(at, loc)
		parsed, first, err := calendar.ParseKey(key)
		if err != nil || parsed != p {
			t.Fatalf("%q: %s, %v", key, parsed, err)
		}
		if start := first.Start(loc); !start.Equal(p.Window(at, loc).From) {
			t.Fatalf("%q starts at %v, want %v", key, start, p.Window(at, loc).From)
		}
	})
}

// Package time knows ISO weeks too, of dates on the wall.
func TestLaw_ISOWeekYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDate(t, "date")
		year, week := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).ISOWeek()
		want := fmt.Sprintf("%04d-W%02d", year, week)
		if got := calendar.Week.Key(d.Start(time.UTC), nil); got != want {
			t.Fatalf("%v is in %s, want %s", d, got, want)
		}
	})
}

func TestLaw_AddMonthsClips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := drawDate(t, "date"), rapid.IntRange(-2000, 2000).Draw(t, "months")
		got := d.AddMonths(n)
		first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		last := time.Date(d.Year, d.Month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
		want := calendar.Date{Year: first.Year(), Month: first.Month(), Day: min(d.Day, last.Day())}
		if got != want {
			t.Fatalf("%v and %d months: %v, want %v", d, n, got, want)
		}
		if got.EndOfMonth().Day != last.Day() || !got.Valid() {
			t.Fatalf("%v: end of month %v, want day %d", got, got.EndOfMonth(), last.Day())
		}
	})
}

func TestLaw_DaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := drawDate(t, "date"), rapid.IntRange(-100_000, 100_000).Draw(t, "days")
		later := d.AddDays(n)
		if later.DaysSince(d) != n || later.AddDays(-n) != d {
			t.Fatalf("%v and %d days: %v, %d days later", d, n, later, later.DaysSince(d))
		}
		if want := (int(d.Weekday()) + n%7 + 7) % 7; int(later.Weekday()) != want {
			t.Fatalf("%v is a %v, %v a %v", d, d.Weekday(), later, later.Weekday())
		}
	})
}

// A day lasts 24 hours, unless the clock changes within it.
func TestLaw_DayLengths(t *testing.T) {
	loc := mustZone(t, "America/New_York")
	rapid.Check(t, func(t *rapid.T) {
		w := calendar.Day.Window(drawMoment(t, loc, "at"), loc)
		_, before := w.From.Zone()
		_, after := w.Until.Zone()
		want := 24*time.Hour - time.Duration(after-before)*time.Second
		if got := w.Until.Sub(w.From); got != want {
			t.Fatalf("%v lasts %v, want %v", w, got, want)
		}
	})
}

// A slot in minutes of a week that goes round, Sunday midnight being 0.
func TestLaw_SlotGoesRoundTheWeek(t *testing.T) {
	const day, week = 24 * 60, 7 * 24 * 60
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		at := drawMoment(t, loc, "at").In(loc)
		slot := calendar.Slot{
			Days:  calendar.Weekdays(rapid.Uint8Range(0, 127).Draw(t, "days")),
			From:  calendar.Clock(rapid.IntRange(0, day-1).Draw(t, "from")),
			Until: calendar.Clock(rapid.IntRange(0, day).Draw(t, "until")),
		}
		if slot.Validate() != nil {
			t.Skip("equal hours")
		}
		minutes := (int(slot.Until-slot.From) + day) % day
		if minutes == 0 {
			minutes = day
		}
		now, want := int(at.Weekday())*day+at.Hour()*60+at.Minute(), false
		for d := time.Sunday; d <= time.Saturday; d++ {
			if since := (now - int(d)*day - int(slot.From) + week) % week; since < minutes {
				want = want || slot.Days.IsZero() || slot.Days.Has(d)
			}
		}
		if got := slot.Contains(at, loc); got != want {
			t.Fatalf("%+v contains %v: %v, want %v", slot, at, got, want)
		}
	})
}

func TestLaw_YearlyComesOnceAYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := calendar.YearlyOf(drawDate(t, "born"))
		leap := rapid.SampledFrom([]calendar.LeapRule{"", calendar.Feb28, calendar.Mar1}).Draw(t, "leap")
		after := drawDate(t, "after")
		next := y.Next(after, leap)
		if !next.Valid() || next != y.In(next.Year, leap) || !next.After(after) || next.DaysSince(after) > 366 {
			t.Fatalf("%v after %v is %v", y, after, next)
		}
		if again := y.Next(next, leap); again.Year != next.Year+1 {
			t.Fatalf("%v after %v is %v", y, next, again)
		}
	})
}

func drawValidity(t *rapid.T) calendar.Validity {
	return calendar.Validity{
		Days:   rapid.IntRange(0, 800).Draw(t, "days"),
		Months: rapid.IntRange(0, 40).Draw(t, "months"),
		EndOf:  rapid.SampledFrom(append([]calendar.Period{""}, periods[:5]...)).Draw(t, "end of"),
	}
}

// What begins later does not end earlier; what lasts longer ends no earlier.
func TestLaw_ValidityIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, v := drawZone(t), drawValidity(t)
		if v.IsZero() {
			t.Skip("never ends")
		}
		a := drawMoment(t, loc, "a")
		b := a.Add(time.Duration(rapid.Int64Range(0, 100*24*3600).Draw(t, "seconds later")) * time.Second)
		if v.Until(b, loc).Before(v.Until(a, loc)) {
			t.Fatalf("%+v from %v until %v, from %v until %v", v, a, v.Until(a, loc), b, v.Until(b, loc))
		}
		longer := v
		longer.Days += rapid.IntRange(0, 40).Draw(t, "more days")
		longer.Months += rapid.IntRange(0, 3).Draw(t, "more months")
		if longer.Until(a, loc).Before(v.Until(a, loc)) {
			t.Fatalf("from %v: %+v until %v, %+v until %v", a, v, v.Until(a, loc), longer, longer.Until(a, loc))
		}
	})
}

func TestLaw_ValidityEndsWithADayOrPeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, v := drawZone(t), drawValidity(t)
		if v.IsZero() {
			t.Skip("never ends")
		}
		at := drawMoment(t, loc, "at")
		until := v.Until(at, loc)
		if !until.After(at) {
			t.Fatalf("%+v from %v ends at %v", v, at, until)
		}
		p := v.EndOf
		if p == "" {
			p = calendar.Day
		}
		if w := p.Window(until, loc); !w.From.Equal(until) {
			t.Fatalf("%+v from %v ends at %v, within %v", v, at, until, w)
		}
	})
}
