package calendar_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltykit/loyalty/calendar"
)

func TestYearly_In(t *testing.T) {
	leapDay := calendar.Yearly{Month: 2, Day: 29}
	for _, row := range []struct {
		rule   string
		yearly calendar.Yearly
		year   int
		leap   calendar.LeapRule
		want   calendar.Date
	}{
		{"an ordinary birthday", calendar.Yearly{Month: 11, Day: 22}, 2026, "", date(2026, 11, 22)},
		{"29 February in a leap year", leapDay, 2024, calendar.Feb28, date(2024, 2, 29)},
		{"29 February in a common year, by default", leapDay, 2026, "", date(2026, 3, 1)},
		{"29 February in a common year, mar1", leapDay, 2026, calendar.Mar1, date(2026, 3, 1)},
		{"29 February in a common year, feb28", leapDay, 2026, calendar.Feb28, date(2026, 2, 28)},
		{"1900 was a common year", leapDay, 1900, calendar.Feb28, date(1900, 2, 28)},
		{"28 February is not moved", calendar.Yearly{Month: 2, Day: 28}, 2026, "", date(2026, 2, 28)},
		{"none", calendar.Yearly{}, 2026, "", calendar.Date{}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if got := row.yearly.In(row.year, row.leap); got != row.want {
				t.Errorf("%v in %d: %v, want %v", row.yearly, row.year, got, row.want)
			}
		})
	}
}

func TestYearly_Next(t *testing.T) {
	leapDay := calendar.Yearly{Month: 2, Day: 29}
	for _, row := range []struct {
		rule   string
		yearly calendar.Yearly
		after  calendar.Date
		leap   calendar.LeapRule
		want   calendar.Date
	}{
		{"later this year", calendar.Yearly{Month: 11, Day: 22}, date(2026, 3, 1), "", date(2026, 11, 22)},
		{"strictly after", calendar.Yearly{Month: 11, Day: 22}, date(2026, 11, 22), "", date(2027, 11, 22)},
		{"on or after: ask from the day before", calendar.Yearly{Month: 11, Day: 22}, date(2026, 11, 22).AddDays(-1), "", date(2026, 11, 22)},
		{"next year", calendar.Yearly{Month: 1, Day: 1}, date(2026, 12, 31), "", date(2027, 1, 1)},
		{"a leap day moved forward", leapDay, date(2026, 2, 28), calendar.Mar1, date(2026, 3, 1)},
		{"a leap day moved back", leapDay, date(2026, 2, 28), calendar.Feb28, date(2027, 2, 28)},
		{"a leap day in its own year", leapDay, date(2027, 3, 1), calendar.Mar1, date(2028, 2, 29)},
		{"none", calendar.Yearly{}, date(2026, 3, 1), "", calendar.Date{}},
		{"after no date", leapDay, calendar.Date{}, "", calendar.Date{}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if got := row.yearly.Next(row.after, row.leap); got != row.want {
				t.Errorf("%v after %v: %v, want %v", row.yearly, row.after, got, row.want)
			}
		})
	}
}

func TestParseYearly(t *testing.T) {
	for _, row := range []struct {
		rule, text string
		want       calendar.Yearly
		ok         bool
	}{
		{"month and day", "11-22", calendar.Yearly{Month: 11, Day: 22}, true},
		{"29 February", "02-29", calendar.Yearly{Month: 2, Day: 29}, true},
		{"30 February", "02-30", calendar.Yearly{}, false},
		{"month 0", "00-10", calendar.Yearly{}, false},
		{"month 13", "13-10", calendar.Yearly{}, false},
		{"day 0", "01-00", calendar.Yearly{}, false},
		{"one digit", "2-29", calendar.Yearly{}, false},
		{"a year", "2024-02-29", calendar.Yearly{}, false},
		{"empty", "", calendar.Yearly{}, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			got, err := calendar.ParseYearly(row.text)
			if got != row.want {
				t.Errorf("%v, want %v", got, row.want)
			}
			if row.ok {
				if err != nil || got.String() != row.text || !got.Valid() {
					t.Errorf("error %v, text %q, valid %v", err, got.String(), got.Valid())
				}
				return
			}
			refused(t, err, calendar.ErrInvalidYearly, row.text, got, calendar.Yearly{})
		})
	}
}

func TestYearly_JSON(t *testing.T) {
	type member struct {
		Birthday calendar.Yearly   `json:"birthday"`
		Wedding  calendar.Yearly   `json:"wedding"`
		Leap     calendar.LeapRule `json:"leap"`
	}
	want := member{Birthday: calendar.YearlyOf(date(1992, 2, 29)), Leap: calendar.Feb28}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"birthday":"02-29","wedding":"","leap":"feb28"}`, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got member
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !calendar.YearlyOf(calendar.Date{}).IsZero() || (calendar.Yearly{}).Valid() {
		t.Error("no date comes back as none")
	}
	if _, err := (calendar.Yearly{Month: 2, Day: 30}).MarshalText(); !errors.Is(err, calendar.ErrInvalidYearly) {
		t.Errorf("30 February: error %v", err)
	}
	for _, bad := range []string{"feb29", "Mar1", "mar"} {
		rule := calendar.Feb28
		refused(t, rule.UnmarshalText([]byte(bad)), calendar.ErrInvalidLeapRule, bad, rule, calendar.Feb28)
	}
	rule := calendar.Feb28
	if err := rule.UnmarshalText(nil); err != nil || rule != "" {
		t.Errorf("the empty text is the zero rule: %q, %v", rule, err)
	}
}
