package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// text is what the text types have in common.
type text interface {
	MarshalText() ([]byte, error)
}

// sameText checks that an accepted text is the only one of its value.
func sameText(t *testing.T, v text, accepted string) {
	t.Helper()
	if got, err := v.MarshalText(); err != nil || string(got) != accepted {
		t.Errorf("%q written back as %q, %v", accepted, got, err)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"", "2026-11-22", "2024-02-29", "2023-02-29", "0000-01-01", "9999-12-31", "2026-1-1", "-026-11-22"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		before := date(2000, 1, 1)
		got := before
		if err := got.UnmarshalText([]byte(s)); err != nil {
			refused(t, err, calendar.ErrInvalidDate, s, got, before)
			return
		}
		sameText(t, got, s)
		std, err := time.Parse(time.DateOnly, s)
		if s != "" && (err != nil || !got.Start(nil).Equal(std)) {
			t.Errorf("%q is %v, package time says %v, %v", s, got, std, err)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"", "2026-11-22", "2026-W47", "2026-W53", "2025-W53", "2026-11", "2026-Q4", "2026", "ever", "0000-W52"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, first, err := calendar.ParseKey(s)
		if err != nil {
			refused(t, err, calendar.ErrInvalidKey, s, first, calendar.Date{})
			return
		}
		if got := p.Key(first.Start(nil), nil); got != s {
			t.Errorf("%q is the %s from %v, whose key is %q", s, p, first, got)
		}
	})
}

func FuzzPeriod(f *testing.F) {
	for _, p := range periods {
		f.Add(string(p))
	}
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		got := calendar.Week
		if err := got.UnmarshalText([]byte(s)); err != nil {
			refused(t, err, calendar.ErrInvalidPeriod, s, got, calendar.Week)
			return
		}
		if string(got) != s || !got.Valid() {
			t.Errorf("%q read as %q", s, got)
		}
	})
}

func FuzzClock(f *testing.F) {
	for _, seed := range []string{"", "00:00", "18:05", "23:59", "24:00", "24:01", "9:00", "18:60"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		const before = calendar.Clock(77)
		got := before
		if err := got.UnmarshalText([]byte(s)); err != nil {
			refused(t, err, calendar.ErrInvalidClock, s, got, before)
			return
		}
		sameText(t, got, s)
		if std, err := time.Parse("15:04", s); s != "24:00" && (err != nil || std.Hour()*60+std.Minute() != int(got)) {
			t.Errorf("%q is %d minutes, package time says %v, %v", s, got, std, err)
		}
	})
}

func FuzzYearly(f *testing.F) {
	for _, seed := range []string{"", "02-29", "02-30", "11-22", "00-01", "13-01", "1-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		before := calendar.Yearly{Month: time.May, Day: 4}
		got := before
		if err := got.UnmarshalText([]byte(s)); err != nil {
			refused(t, err, calendar.ErrInvalidYearly, s, got, before)
			return
		}
		sameText(t, got, s)
		if got != calendar.YearlyOf(got.In(2000, "")) {
			t.Errorf("%q is %v in 2000", s, got.In(2000, ""))
		}
	})
}

func FuzzLeapRule(f *testing.F) {
	for _, seed := range []string{"", "feb28", "mar1", "Mar1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := calendar.Feb28
		if err := got.UnmarshalText([]byte(s)); err != nil {
			refused(t, err, calendar.ErrInvalidLeapRule, s, got, calendar.Feb28)
			return
		}
		if string(got) != s || !got.Valid() {
			t.Errorf("%q read as %q", s, got)
		}
	})
}

func FuzzWeekdays(f *testing.F) {
	for _, seed := range []string{"", "null", "[]", `["sat","sun"]`, `["sun","mon"]`, `["sat","sat"]`, `["x"]`, `[null]`, `[6]`, `"sat"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := calendar.WeekdaysOf(time.Tuesday)
		got := before
		if err := got.UnmarshalJSON(text); err != nil {
			refused(t, err, calendar.ErrInvalidWeekdays, string(text), got, before)
			return
		}
		written, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var again calendar.Weekdays
		if err := json.Unmarshal(written, &again); err != nil || again != got {
			t.Errorf("%q read as %v, written as %s, read as %v, %v", text, got, written, again, err)
		}
	})
}

// Whatever JSON holds a slot, a window or a validity: reading, checking and
// using it does not panic, and what is written is read back the same.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"days":["sat"],"from":"22:00","until":"02:00"}`))
	f.Add([]byte(`{"from":"2026-11-22T09:00:00Z","until":"2026-11-22T12:00:00Z"}`))
	f.Add([]byte(`{"days":30,"months":12,"end_of":"month"}`))
	f.Add([]byte(`{"days":-9223372036854775808,"months":9223372036854775807}`))
	loc, err := time.LoadLocation("America/St_Johns")
	if err != nil {
		f.Fatal(err)
	}
	at := time.Date(2010, 11, 7, 3, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte) {
		var slot calendar.Slot
		if json.Unmarshal(text, &slot) == nil {
			slot.Contains(at, loc)
			if slot.Validate() == nil {
				sameJSON(t, slot, func(a, b calendar.Slot) bool { return a == b })
			}
		}
		var window calendar.Window
		if json.Unmarshal(text, &window) == nil && window.Validate() == nil {
			sameJSON(t, window, calendar.Window.Equal)
		}
		var validity calendar.Validity
		if json.Unmarshal(text, &validity) == nil {
			until := validity.Until(at, loc)
			if validity.Validate() == nil {
				sameJSON(t, validity, func(a, b calendar.Validity) bool { return a == b })
				if !validity.IsZero() && !until.After(at) {
					t.Errorf("%+v from %v ends at %v", validity, at, until)
				}
			}
		}
	})
}

func sameJSON[T any](t *testing.T, v T, equal func(a, b T) bool) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%+v: %v", v, err)
	}
	var again T
	if err := json.Unmarshal(text, &again); err != nil || !equal(v, again) {
		t.Errorf("%+v written as %s, read as %+v, %v", v, text, again, err)
	}
}
