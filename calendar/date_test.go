package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltykit/loyalty/calendar"
)

func date(year int, month time.Month, day int) calendar.Date {
	return calendar.Date{Year: year, Month: month, Day: day}
}

func TestParseDate(t *testing.T) {
	for _, row := range []struct {
		rule, text string
		want       calendar.Date
		ok         bool
	}{
		{"four, two and two digits", "2026-11-22", date(2026, 11, 22), true},
		{"the first day that can be written", "0000-01-01", date(0, 1, 1), true},
		{"the last day that can be written", "9999-12-31", date(9999, 12, 31), true},
		{"29 February of a leap year", "2024-02-29", date(2024, 2, 29), true},
		{"every fourth century is a leap year", "2000-02-29", date(2000, 2, 29), true},
		{"other centuries are not", "1900-02-29", calendar.Date{}, false},
		{"29 February of a common year", "2023-02-29", calendar.Date{}, false},
		{"day 31 of a month of 30", "2026-04-31", calendar.Date{}, false},
		{"month 0", "2026-00-10", calendar.Date{}, false},
		{"month 13", "2026-13-10", calendar.Date{}, false},
		{"day 0", "2026-01-00", calendar.Date{}, false},
		{"no date", "", calendar.Date{}, false},
		{"no leading zero", "2026-1-22", calendar.Date{}, false},
		{"no separators", "20261122", calendar.Date{}, false},
		{"other separators", "2026/11/22", calendar.Date{}, false},
		{"signs", "+026-11-22", calendar.Date{}, false},
		{"space", " 2026-11-22", calendar.Date{}, false},
		{"a time as well", "2026-11-22T00:00:00Z", calendar.Date{}, false},
		{"digits of other scripts", "２026-11-22", calendar.Date{}, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			got, err := calendar.ParseDate(row.text)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if row.ok {
				if err != nil || got.String() != row.text || !got.Valid() {
					t.Errorf("error %v, text %q, valid %v", err, got.String(), got.Valid())
				}
				return
			}
			refused(t, err, calendar.ErrInvalidDate, row.text, got, calendar.Date{})
		})
	}
}

func TestDate_arithmetic(t *testing.T) {
	for _, row := range []struct {
		rule      string
		got, want calendar.Date
	}{
		{"a day over the end of a leap February", date(2024, 2, 28).AddDays(1), date(2024, 2, 29)},
		{"a day over the end of a common February", date(2023, 2, 28).AddDays(1), date(2023, 3, 1)},
		{"a day back over New Year", date(2026, 1, 1).AddDays(-1), date(2025, 12, 31)},
		{"400 years are 146097 days", date(2000, 3, 1).AddDays(146097), date(2400, 3, 1)},
		{"days before 1970", date(1970, 1, 1).AddDays(-365), date(1969, 1, 1)},
		{"a month clips to the last day", date(2023, 1, 31).AddMonths(1), date(2023, 2, 28)},
		{"a month clips to 29 February", date(2024, 1, 31).AddMonths(1), date(2024, 2, 29)},
		{"a month back clips", date(2024, 3, 31).AddMonths(-1), date(2024, 2, 29)},
		{"a month over New Year", date(2024, 12, 10).AddMonths(1), date(2025, 1, 10)},
		{"a month back over New Year", date(2025, 1, 10).AddMonths(-1), date(2024, 12, 10)},
		{"13 months back", date(2025, 1, 10).AddMonths(-13), date(2023, 12, 10)},
		{"months back beyond year 0", date(0, 1, 10).AddMonths(-1), date(-1, 12, 10)},
		{"no months", date(2024, 2, 29).AddMonths(0), date(2024, 2, 29)},
		{"a year after 29 February clips", date(2024, 2, 29).AddYears(1), date(2025, 2, 28)},
		{"four years after 29 February", date(2024, 2, 29).AddYears(4), date(2028, 2, 29)},
		{"end of a leap February", date(2024, 2, 3).EndOfMonth(), date(2024, 2, 29)},
		{"end of a month is its own", date(2026, 4, 30).EndOfMonth(), date(2026, 4, 30)},
		{"no date stays none: days", calendar.Date{}.AddDays(5), calendar.Date{}},
		{"no date stays none: months", calendar.Date{}.AddMonths(5), calendar.Date{}},
		{"no date stays none: years", calendar.Date{}.AddYears(5), calendar.Date{}},
		{"no date stays none: end of month", calendar.Date{}.EndOfMonth(), calendar.Date{}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if diff := cmp.Diff(row.want, row.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDate_Compare(t *testing.T) {
	ascending := []calendar.Date{
		{}, date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2027, 1, 1),
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if a.Compare(b) != want || a.Before(b) != (want < 0) || a.After(b) != (want > 0) {
				t.Errorf("%v against %v: Compare %d, Before %v, After %v, want order %d",
					a, b, a.Compare(b), a.Before(b), a.After(b), want)
			}
		}
	}
}

func TestDate_distance(t *testing.T) {
	for _, row := range []struct {
		rule string
		a, b calendar.Date
		days int
	}{
		{"the same day", date(2026, 11, 22), date(2026, 11, 22), 0},
		{"over a leap day", date(2024, 3, 1), date(2024, 2, 28), 2},
		{"backwards is negative", date(2024, 2, 28), date(2024, 3, 1), -2},
		{"a common year", date(2026, 1, 1), date(2025, 1, 1), 365},
		{"over 1970", date(1970, 1, 2), date(1969, 12, 31), 2},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if got := row.a.DaysSince(row.b); got != row.days {
				t.Errorf("%v since %v: %d days, want %d", row.a, row.b, got, row.days)
			}
		})
	}
}

func TestDate_Weekday(t *testing.T) {
	for _, row := range []struct {
		date calendar.Date
		want time.Weekday
	}{
		{date(1970, 1, 1), time.Thursday},
		{date(1969, 12, 31), time.Wednesday},
		{date(2026, 11, 22), time.Sunday},
		{date(1969, 7, 20), time.Sunday}, // the landing on the Moon
	} {
		if got := row.date.Weekday(); got != row.want {
			t.Errorf("%v is a %v, want %v", row.date, got, row.want)
		}
	}
}

// Every row is a fact of the time zone database.
func TestDate_Window(t *testing.T) {
	for _, row := range []struct {
		rule, zone  string
		date        calendar.Date
		start, next string
	}{
		{"an ordinary day", "Asia/Shanghai", date(2026, 11, 22), "2026-11-22T00:00:00+08:00", "2026-11-23T00:00:00+08:00"},
		{"an offset of 45 minutes", "Asia/Kathmandu", date(2026, 11, 22), "2026-11-22T00:00:00+05:45", "2026-11-23T00:00:00+05:45"},
		{"no zone is UTC", "", date(2026, 11, 22), "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"},
		{"spring: 23 hours", "America/New_York", date(2026, 3, 8), "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00"},
		{"autumn: 25 hours", "America/New_York", date(2026, 11, 1), "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"autumn by half an hour", "Australia/Lord_Howe", date(2019, 4, 7), "2019-04-07T00:00:00+11:00", "2019-04-08T00:00:00+10:30"},
		{"no midnight", "America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"no midnight, in the east", "Asia/Beirut", date(2022, 3, 27), "2022-03-27T01:00:00+03:00", "2022-03-28T00:00:00+03:00"},
		{"back at the end of the day", "Asia/Beirut", date(2022, 10, 29), "2022-10-29T00:00:00+03:00", "2022-10-30T00:00:00+02:00"},
		{"midnight twice: the first", "America/Havana", date(2018, 11, 4), "2018-11-04T00:00:00-04:00", "2018-11-05T00:00:00-05:00"},
		{"the day before a day left out", "Pacific/Apia", date(2011, 12, 29), "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"},
		{"a day left out is empty", "Pacific/Apia", date(2011, 12, 30), "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00"},
		{"the day after a day left out", "Pacific/Apia", date(2011, 12, 31), "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"},
		{"entered twice: at the first", "America/St_Johns", date(2010, 11, 7), "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30"},
		{"the day left and looked at again", "America/St_Johns", date(2010, 11, 6), "2010-11-06T00:00:00-02:30", "2010-11-07T00:00:00-02:30"},
		{"a day of 47 hours", "Pacific/Kwajalein", date(1969, 9, 30), "1969-09-30T00:00:00+11:00", "1969-10-01T00:00:00-12:00"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			var loc *time.Location
			if row.zone != "" {
				loc = mustZone(t, row.zone)
			}
			want := calendar.Window{From: mustTime(t, row.start), Until: mustTime(t, row.next)}
			if diff := cmp.Diff(want, row.date.Window(loc)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := row.date.Start(loc); !got.Equal(want.From) {
				t.Errorf("Start %v, want %v", got, want.From)
			}
		})
	}
}

func TestDateOf(t *testing.T) {
	for _, row := range []struct {
		rule, zone, at string
		want           calendar.Date
	}{
		{"the zone decides", "Asia/Shanghai", "2026-11-21T16:00:00Z", date(2026, 11, 22)},
		{"to the second", "Asia/Shanghai", "2026-11-21T15:59:59Z", date(2026, 11, 21)},
		{"before 1970", "UTC", "1969-12-31T23:59:59Z", date(1969, 12, 31)},
		{"no zone is UTC", "", "2026-11-22T00:30:00+08:00", date(2026, 11, 21)},
		{"the repeated hour of the same day", "America/Havana", "2018-11-04T00:30:00-05:00", date(2018, 11, 4)},
		{"the minute that enters a day", "America/St_Johns", "2010-11-07T00:00:30-02:30", date(2010, 11, 7)},
		{"a day begun goes on", "America/St_Johns", "2010-11-06T23:01:00-03:30", date(2010, 11, 7)},
		{"until the wall agrees again", "America/St_Johns", "2010-11-07T00:00:00-03:30", date(2010, 11, 7)},
		{"and the day before had ended", "America/St_Johns", "2010-11-06T23:59:59-02:30", date(2010, 11, 6)},
		{"three hours of a day begun", "Antarctica/Casey", "2010-03-04T23:30:00+08:00", date(2010, 3, 5)},
		{"at the date line", "Pacific/Apia", "2011-12-31T00:00:00+14:00", date(2011, 12, 31)},
	} {
		t.Run(row.rule, func(t *testing.T) {
			var loc *time.Location
			if row.zone != "" {
				loc = mustZone(t, row.zone)
			}
			if got := calendar.DateOf(mustTime(t, row.at), loc); got != row.want {
				t.Errorf("%s is on %v, want %v", row.at, got, row.want)
			}
		})
	}
}

func TestDate_zero(t *testing.T) {
	var none calendar.Date
	if !none.IsZero() || none.Valid() || none.String() != "" {
		t.Errorf("IsZero %v, Valid %v, String %q", none.IsZero(), none.Valid(), none.String())
	}
	if got := none.Start(time.UTC); !got.IsZero() {
		t.Errorf("Start %v, want the zero Time", got)
	}
	if got := none.Window(time.UTC); !got.IsZero() {
		t.Errorf("Window %v, want unbounded", got)
	}
}

// Far years may mean nothing, but must come back.
func TestDate_far(t *testing.T) {
	for _, zone := range []string{"UTC", "America/New_York", "Asia/Shanghai"} {
		loc := mustZone(t, zone)
		for _, d := range []calendar.Date{date(1<<40, 1, 1), date(-1<<40, 1, 1), date(1<<62, 6, 1), date(2026, 99, -99)} {
			start := d.Start(loc)
			calendar.DateOf(start, loc)
			calendar.Month.Window(start, loc)
			calendar.Week.Key(start, loc)
		}
	}
}

func TestDate_JSON(t *testing.T) {
	type member struct {
		Born   calendar.Date         `json:"born"`
		Joined calendar.Date         `json:"joined,omitzero"`
		Visits map[calendar.Date]int `json:"visits"`
	}
	want := member{Born: date(1990, 2, 28), Visits: map[calendar.Date]int{date(2026, 11, 22): 3, {}: 1}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"born":"1990-02-28","visits":{"":1,"2026-11-22":3}}`, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got member
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = date(2026, 2, 30).MarshalText()
	refused(t, err, calendar.ErrInvalidDate, "2026-02-30", 0, 0)
}
