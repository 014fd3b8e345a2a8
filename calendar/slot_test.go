package calendar_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltykit/loyalty/calendar"
)

func TestWeekdays(t *testing.T) {
	weekend := calendar.WeekdaysOf(time.Sunday, time.Saturday, time.Sunday)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if want := d == time.Saturday || d == time.Sunday; weekend.Has(d) != want {
			t.Errorf("the weekend has %v: %v, want %v", d, weekend.Has(d), want)
		}
	}
	for _, d := range []time.Weekday{-1, 7, 8, 100} {
		if weekend.Has(d) || calendar.Weekdays(0xff).Has(d) || !calendar.WeekdaysOf(d).IsZero() {
			t.Errorf("%d is no weekday", d)
		}
	}
	if weekend.IsZero() || !calendar.WeekdaysOf().IsZero() {
		t.Error("IsZero is for the empty set")
	}
	if got := weekend.String(); got != "sat,sun" {
		t.Errorf("String %q", got)
	}
}

func TestWeekdays_JSON(t *testing.T) {
	for _, row := range []struct {
		rule, text string
		want       calendar.Weekdays
		again      string // as written back; "" when refused
	}{
		{"in the order of the week", `["sat","sun"]`, calendar.WeekdaysOf(time.Saturday, time.Sunday), `["sat","sun"]`},
		{"read in any order", `["sun","mon"]`, calendar.WeekdaysOf(time.Sunday, time.Monday), `["mon","sun"]`},
		{
			"all", `["mon","tue","wed","thu","fri","sat","sun"]`,
			calendar.WeekdaysOf(0, 1, 2, 3, 4, 5, 6), `["mon","tue","wed","thu","fri","sat","sun"]`,
		},
		{"none", `[]`, 0, `[]`},
		{"null leaves as it was", `null`, 0, `[]`},
		{"unknown", `["saturday"]`, 0, ""},
		{"capitals", `["Sat"]`, 0, ""},
		{"twice", `["sat","sat"]`, 0, ""},
		{"null within", `["sat",null]`, 0, ""},
		{"not a list", `"sat"`, 0, ""},
		{"numbers", `[6]`, 0, ""},
	} {
		t.Run(row.rule, func(t *testing.T) {
			var got calendar.Weekdays
			err := json.Unmarshal([]byte(row.text), &got)
			if row.again == "" {
				refused(t, err, calendar.ErrInvalidWeekdays, row.text, got, 0)
				return
			}
			if err != nil || got != row.want {
				t.Fatalf("%v, %v, want %v", got, err, row.want)
			}
			if text, err := json.Marshal(got); err != nil || string(text) != row.again {
				t.Errorf("%s, %v, want %s", text, err, row.again)
			}
		})
	}
	if _, err := json.Marshal(calendar.Weekdays(0x80)); !errors.Is(err, calendar.ErrInvalidWeekdays) {
		t.Errorf("an eighth day: error %v", err)
	}
}

func TestParseClock(t *testing.T) {
	for _, row := range []struct {
		rule, text string
		want       calendar.Clock
		ok         bool
	}{
		{"midnight", "00:00", 0, true},
		{"minutes after midnight", "18:05", 18*60 + 5, true},
		{"the last minute", "23:59", 1439, true},
		{"the end of the day", "24:00", 1440, true},
		{"beyond the end", "24:01", 0, false},
		{"hour 25", "25:00", 0, false},
		{"minute 60", "18:60", 0, false},
		{"one digit", "8:00", 0, false},
		{"seconds", "18:00:00", 0, false},
		{"signs", "+8:00", 0, false},
		{"empty", "", 0, false},
		{"a.m.", "08:00am", 0, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			got, err := calendar.ParseClock(row.text)
			if got != row.want {
				t.Errorf("%d minutes, want %d", got, row.want)
			}
			if row.ok {
				if err != nil || got.String() != row.text {
					t.Errorf("error %v, text %q", err, got.String())
				}
				return
			}
			refused(t, err, calendar.ErrInvalidClock, row.text, got, 0)
		})
	}
	for _, c := range []calendar.Clock{-1, 1441, -32768, 32767} {
		if _, err := c.MarshalText(); !errors.Is(err, calendar.ErrInvalidClock) || c.Valid() {
			t.Errorf("%v: Valid %v, error %v", c, c.Valid(), err)
		}
	}
}

func TestSlot_Contains(t *testing.T) {
	saturday := calendar.WeekdaysOf(time.Saturday)
	night := calendar.Slot{Days: saturday, From: 22 * 60, Until: 2 * 60}
	newYork := "America/New_York"
	// 21 November 2026 is a Saturday.
	for _, row := range []struct {
		rule     string
		slot     calendar.Slot
		zone, at string
		want     bool
	}{
		{"the zero Slot is always", calendar.Slot{}, "UTC", "2026-11-21T12:00:00Z", true},
		{"days alone: the whole day, from its start", calendar.Slot{Days: saturday}, "UTC", "2026-11-21T00:00:00Z", true},
		{"days alone: to its end", calendar.Slot{Days: saturday}, "UTC", "2026-11-21T23:59:59Z", true},
		{"days alone: not the next day", calendar.Slot{Days: saturday}, "UTC", "2026-11-22T00:00:00Z", false},
		{"hours alone: on any day", calendar.Slot{From: 9 * 60, Until: 12 * 60}, "UTC", "2026-11-18T09:00:00Z", true},
		{"until is outside", calendar.Slot{From: 9 * 60, Until: 12 * 60}, "UTC", "2026-11-18T12:00:00Z", false},
		{"the zone decides the day", calendar.Slot{Days: saturday}, "Asia/Shanghai", "2026-11-20T16:00:00Z", true},
		{"the zone decides the hour", calendar.Slot{From: 9 * 60, Until: 12 * 60}, "Asia/Shanghai", "2026-11-20T01:00:00Z", true},
		{"until 24:00", calendar.Slot{Days: saturday, From: 18 * 60, Until: 24 * 60}, "UTC", "2026-11-21T23:59:59Z", true},
		{"until 00:00 is until 24:00", calendar.Slot{Days: saturday, From: 18 * 60}, "UTC", "2026-11-21T23:59:59Z", true},
		{"until 00:00 has no morning after", calendar.Slot{Days: saturday, From: 18 * 60}, "UTC", "2026-11-22T00:00:00Z", false},
		{"across midnight: the evening", night, "UTC", "2026-11-21T22:00:00Z", true},
		{"across midnight: the morning after", night, "UTC", "2026-11-22T01:59:59Z", true},
		{"across midnight: its end", night, "UTC", "2026-11-22T02:00:00Z", false},
		{"across midnight: the morning of the day is the day before's", night, "UTC", "2026-11-21T01:00:00Z", false},
		{"across midnight: the evening after is the next day's", night, "UTC", "2026-11-22T22:00:00Z", false},
		{"a repeated hour is in it: first", calendar.Slot{From: 60, Until: 120}, newYork, "2026-11-01T01:30:00-04:00", true},
		{"a repeated hour is in it: again", calendar.Slot{From: 60, Until: 120}, newYork, "2026-11-01T01:30:00-05:00", true},
		{"a skipped hour: just before", calendar.Slot{From: 120, Until: 180}, newYork, "2026-03-08T01:59:59-05:00", false},
		{"a skipped hour: just after", calendar.Slot{From: 120, Until: 180}, newYork, "2026-03-08T03:00:00-04:00", false},
		{"the hands of the clock, even on a day reopened", calendar.Slot{Days: saturday, From: 23 * 60}, "America/St_Johns", "2010-11-06T23:30:00-03:30", true},
		{"equal hours are nothing", calendar.Slot{From: 60, Until: 60}, "UTC", "2026-11-21T01:00:00Z", false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if got := row.slot.Contains(mustTime(t, row.at), mustZone(t, row.zone)); got != row.want {
				t.Errorf("%v contains %s: %v, want %v", row.slot, row.at, got, row.want)
			}
		})
	}
	if !(calendar.Slot{From: 9 * 60, Until: 12 * 60}).Contains(mustTime(t, "2026-11-21T18:00:00+08:00"), nil) {
		t.Error("no zone is UTC")
	}
}

func TestSlot_Validate(t *testing.T) {
	for _, row := range []struct {
		rule string
		slot calendar.Slot
		ok   bool
	}{
		{"always", calendar.Slot{}, true},
		{"hours", calendar.Slot{From: 60, Until: 120}, true},
		{"across midnight", calendar.Slot{From: 120, Until: 60}, true},
		{"a whole day written out", calendar.Slot{Until: 1440}, true},
		{"equal hours: nothing or everything?", calendar.Slot{From: 60, Until: 60}, false},
		{"a start at 24:00", calendar.Slot{From: 1440, Until: 60}, false},
		{"a start before the day", calendar.Slot{From: -1, Until: 60}, false},
		{"an end after the day", calendar.Slot{From: 60, Until: 1441}, false},
		{"an end before the day", calendar.Slot{From: 60, Until: -1}, false},
		{"an eighth day", calendar.Slot{Days: 0x80}, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			err := row.slot.Validate()
			if row.ok != (err == nil) || !row.ok && !errors.Is(err, calendar.ErrInvalidSlot) {
				t.Errorf("error %v, want ok %v", err, row.ok)
			}
		})
	}
}

func TestSlot_JSON(t *testing.T) {
	for _, row := range []struct {
		rule string
		slot calendar.Slot
		want string
	}{
		{"always", calendar.Slot{}, `{}`},
		{
			"across midnight",
			calendar.Slot{Days: calendar.WeekdaysOf(time.Saturday), From: 22 * 60, Until: 2 * 60},
			`{"days":["sat"],"from":"22:00","until":"02:00"}`,
		},
		{"to the end of the day", calendar.Slot{From: 18 * 60, Until: 24 * 60}, `{"from":"18:00","until":"24:00"}`},
	} {
		t.Run(row.rule, func(t *testing.T) {
			text, err := json.Marshal(row.slot)
			if err != nil || string(text) != row.want {
				t.Fatalf("%s, %v, want %s", text, err, row.want)
			}
			var got calendar.Slot
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.slot, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
