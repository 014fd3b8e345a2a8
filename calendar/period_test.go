package calendar_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltykit/loyalty/calendar"
)

var periods = []calendar.Period{
	calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year, calendar.Ever,
}

func TestPeriod_Window(t *testing.T) {
	for _, row := range []struct {
		rule                 string
		period               calendar.Period
		zone, at             string
		from, until, keyWant string
	}{
		{"a day", calendar.Day, "Asia/Shanghai", "2026-11-21T16:00:00Z", "2026-11-22T00:00:00+08:00", "2026-11-23T00:00:00+08:00", "2026-11-22"},
		{"a week starts on Monday", calendar.Week, "Asia/Shanghai", "2026-11-22T23:59:59+08:00", "2026-11-16T00:00:00+08:00", "2026-11-23T00:00:00+08:00", "2026-W47"},
		{"a Monday starts its week", calendar.Week, "Asia/Shanghai", "2026-11-23T00:00:00+08:00", "2026-11-23T00:00:00+08:00", "2026-11-30T00:00:00+08:00", "2026-W48"},
		{"1 January in the last week of the old year", calendar.Week, "UTC", "2027-01-01T12:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z", "2026-W53"},
		{"31 December in the first week of the new year", calendar.Week, "UTC", "2024-12-31T12:00:00Z", "2024-12-30T00:00:00Z", "2025-01-06T00:00:00Z", "2025-W01"},
		{"a month of 29 days", calendar.Month, "UTC", "2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "2024-02"},
		{"a month over the end of summer time", calendar.Month, "America/New_York", "2026-11-22T12:00:00Z", "2026-11-01T00:00:00-04:00", "2026-12-01T00:00:00-05:00", "2026-11"},
		{"December", calendar.Month, "UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-12"},
		{"the first quarter", calendar.Quarter, "UTC", "2026-03-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-Q1"},
		{"the last quarter", calendar.Quarter, "UTC", "2026-11-22T12:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-Q4"},
		{"a year", calendar.Year, "Asia/Shanghai", "2025-12-31T16:00:00Z", "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00", "2026"},
		{"ever has no bounds", calendar.Ever, "Asia/Shanghai", "2026-11-22T12:00:00Z", "", "", "ever"},
		{"a month that starts without midnight", calendar.Month, "America/Asuncion", "2017-10-15T12:00:00Z", "2017-10-01T01:00:00-03:00", "2017-11-01T00:00:00-03:00", "2017-10"},
		{"a year that starts after a day left out", calendar.Year, "Pacific/Kiritimati", "1995-06-01T12:00:00Z", "1995-01-01T00:00:00+14:00", "1996-01-01T00:00:00+14:00", "1995"},
		{"a week with a day left out", calendar.Week, "Pacific/Apia", "2011-12-31T12:00:00+14:00", "2011-12-26T00:00:00-10:00", "2012-01-02T00:00:00+14:00", "2011-W52"},
		{"the key of a day begun", calendar.Day, "America/St_Johns", "2010-11-06T23:30:00-03:30", "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30", "2010-11-07"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			loc, at := mustZone(t, row.zone), mustTime(t, row.at)
			want := calendar.Window{From: mustTime(t, row.from), Until: mustTime(t, row.until)}
			if diff := cmp.Diff(want, row.period.Window(at, loc)); diff != "" {
				t.Errorf("Window (-want +got):\n%s", diff)
			}
			if got := row.period.Key(at, loc); got != row.keyWant {
				t.Errorf("Key %q, want %q", got, row.keyWant)
			}
		})
	}
}

func TestPeriod_neighbours(t *testing.T) {
	for _, row := range []struct {
		rule           string
		period         calendar.Period
		zone, at       string
		previous, next [2]string
	}{
		{
			"months of different length", calendar.Month, "UTC", "2024-03-31T12:00:00Z",
			[2]string{"2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
			[2]string{"2024-04-01T00:00:00Z", "2024-05-01T00:00:00Z"},
		},
		{
			"a day left out is nobody's neighbour", calendar.Day, "Pacific/Apia", "2011-12-29T12:00:00-10:00",
			[2]string{"2011-12-28T00:00:00-10:00", "2011-12-29T00:00:00-10:00"},
			[2]string{"2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"},
		},
		{
			"nor from the other side", calendar.Day, "Pacific/Apia", "2011-12-31T12:00:00+14:00",
			[2]string{"2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"},
			[2]string{"2012-01-01T00:00:00+14:00", "2012-01-02T00:00:00+14:00"},
		},
		{
			"ever has none", calendar.Ever, "UTC", "2026-11-22T12:00:00Z",
			[2]string{"2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"},
			[2]string{"2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"},
		},
	} {
		t.Run(row.rule, func(t *testing.T) {
			loc, at := mustZone(t, row.zone), mustTime(t, row.at)
			previous := calendar.Window{From: mustTime(t, row.previous[0]), Until: mustTime(t, row.previous[1])}
			next := calendar.Window{From: mustTime(t, row.next[0]), Until: mustTime(t, row.next[1])}
			if diff := cmp.Diff(previous, row.period.Previous(at, loc)); diff != "" {
				t.Errorf("Previous (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(next, row.period.Next(at, loc)); diff != "" {
				t.Errorf("Next (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPeriod_invalid(t *testing.T) {
	at := mustTime(t, "2026-11-22T12:00:00Z")
	for _, p := range []calendar.Period{"", "fortnight", "Month"} {
		if p.Valid() || p.Key(at, nil) != "" {
			t.Errorf("%q: Valid %v, Key %q", p, p.Valid(), p.Key(at, nil))
		}
		for _, w := range []calendar.Window{
			p.Window(at, nil), p.Previous(at, nil), p.Next(at, nil),
			p.Window(time.Time{}, nil), calendar.Ever.Next(time.Time{}, nil), calendar.Ever.Previous(time.Time{}, nil),
		} {
			if !w.Empty() {
				t.Errorf("%q: window %v, want an empty one", p, w)
			}
		}
		got := calendar.Week
		err := got.UnmarshalText([]byte(p))
		refused(t, err, calendar.ErrInvalidPeriod, string(p), got, calendar.Week)
		for _, valid := range periods {
			if !strings.Contains(err.Error(), string(valid)) {
				t.Errorf("%q: message does not offer %q: %v", p, valid, err)
			}
		}
	}
}

func TestPeriod_JSON(t *testing.T) {
	type capped struct {
		Per    calendar.Period         `json:"per"`
		Limits map[calendar.Period]int `json:"limits,omitempty"`
	}
	for _, p := range periods {
		want := capped{Per: p, Limits: map[calendar.Period]int{p: 3}}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got capped
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	var got capped
	if err := json.Unmarshal([]byte(`{"per":"monthly"}`), &got); !errors.Is(err, calendar.ErrInvalidPeriod) {
		t.Errorf("error %v, want %v", err, calendar.ErrInvalidPeriod)
	}
}

func TestParseKey(t *testing.T) {
	for _, row := range []struct {
		rule, key string
		period    calendar.Period
		first     calendar.Date
	}{
		{"a day", "2026-11-22", calendar.Day, date(2026, 11, 22)},
		{"a week", "2026-W47", calendar.Week, date(2026, 11, 16)},
		{"a week that starts in the year before", "2025-W01", calendar.Week, date(2024, 12, 30)},
		{"a 53rd week", "2026-W53", calendar.Week, date(2026, 12, 28)},
		{"a month", "2026-11", calendar.Month, date(2026, 11, 1)},
		{"a quarter", "2026-Q4", calendar.Quarter, date(2026, 10, 1)},
		{"a year", "2026", calendar.Year, date(2026, 1, 1)},
		{"ever", "ever", calendar.Ever, calendar.Date{}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			p, first, err := calendar.ParseKey(row.key)
			if p != row.period || first != row.first || err != nil {
				t.Errorf("%q, %v, %v, want %q, %v", p, first, err, row.period, row.first)
			}
		})
	}
	for rule, key := range map[string]string{
		"empty":                              "",
		"week 0":                             "2026-W00",
		"a 53rd week of a year of 52":        "2025-W53",
		"week 54":                            "2026-W54",
		"a small w":                          "2026-w47",
		"month 0":                            "2026-00",
		"month 13":                           "2026-13",
		"quarter 0":                          "2026-Q0",
		"quarter 5":                          "2026-Q5",
		"a day that its month does not have": "2026-02-29",
		"three digits":                       "202",
		"five digits":                        "20260",
		"another word":                       "never",
		"capitals":                           "EVER",
		"a space":                            "2026 ",
	} {
		t.Run(rule, func(t *testing.T) {
			p, first, err := calendar.ParseKey(key)
			refused(t, err, calendar.ErrInvalidKey, key, first, calendar.Date{})
			if p != "" {
				t.Errorf("period %q of a refused key", p)
			}
		})
	}
}

// What every event of a busy shop calls must not feed the garbage collector.
func TestAllocations(t *testing.T) {
	loc, at := mustZone(t, "America/St_Johns"), time.Date(2010, 11, 7, 3, 0, 0, 0, time.UTC)
	slot := calendar.Slot{Days: calendar.WeekdaysOf(time.Saturday), From: 22 * 60, Until: 2 * 60}
	validity := calendar.Validity{Months: 12, EndOf: calendar.Month}
	for _, row := range []struct {
		name string
		most float64
		f    func()
	}{
		{"DateOf", 0, func() { calendar.DateOf(at, loc) }},
		{"Date.Start", 0, func() { date(2010, 11, 7).Start(loc) }},
		{"Period.Window", 0, func() { calendar.Month.Window(at, loc) }},
		{"Period.Next", 0, func() { calendar.Day.Next(at, loc) }},
		{"Period.Key", 1, func() { calendar.Week.Key(at, loc) }},
		{"Slot.Contains", 0, func() { slot.Contains(at, loc) }},
		{"Validity.Until", 0, func() { validity.Until(at, loc) }},
		{"ParseKey", 0, func() { _, _, _ = calendar.ParseKey("2010-W44") }},
	} {
		if got := testing.AllocsPerRun(100, row.f); got > row.most {
			t.Errorf("%s allocates %v times, want at most %v", row.name, got, row.most)
		}
	}
}
