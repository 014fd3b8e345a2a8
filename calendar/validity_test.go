package calendar_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltykit/loyalty/calendar"
)

// The documented rules of other systems, in their words. "0 months" would be
// the zero Validity, which never ends; what it means is the day itself.
var documentedRules = map[string]calendar.Validity{
	"1 month":                    {Months: 1},
	"0 months":                   {EndOf: calendar.Day},
	"end of month":               {EndOf: calendar.Month},
	"end of year":                {EndOf: calendar.Year},
	"1 month, then end of month": {Months: 1, EndOf: calendar.Month},
}

func TestValidity_documentedRules(t *testing.T) {
	text, err := os.ReadFile("testdata/expiry-calendar-rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Earned       calendar.Date
		Rule, Expect string
	}
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, zone := range []string{"UTC", "Asia/Shanghai", "America/New_York"} {
		loc := mustZone(t, zone)
		for _, row := range rows {
			t.Run(zone+"/"+row.Earned.String()+" "+row.Rule, func(t *testing.T) {
				validity, ok := documentedRules[row.Rule]
				if !ok {
					t.Fatal("no such rule")
				}
				want, err := time.ParseInLocation("2006-01-02T15:04", row.Expect, loc)
				if err != nil {
					t.Fatal(err)
				}
				day := row.Earned.Window(loc)
				for _, at := range []time.Time{day.From, day.Until.Add(-1)} {
					if diff := cmp.Diff(want, validity.Until(at, loc)); diff != "" {
						t.Errorf("earned %v (-want +got):\n%s", at, diff)
					}
				}
			})
		}
	}
}

func TestValidity_Until(t *testing.T) {
	for _, row := range []struct {
		rule           string
		validity       calendar.Validity
		zone, at, want string
	}{
		{"zero never ends", calendar.Validity{}, "UTC", "2026-11-22T12:00:00Z", ""},
		{"days", calendar.Validity{Days: 30}, "UTC", "2026-11-22T12:00:00Z", "2026-12-23T00:00:00Z"},
		{"months before days", calendar.Validity{Months: 1, Days: 1}, "UTC", "2026-01-30T12:00:00Z", "2026-03-02T00:00:00Z"},
		{"a leap day clips", calendar.Validity{Months: 12}, "UTC", "2024-02-29T12:00:00Z", "2025-03-01T00:00:00Z"},
		{"end of the ISO week", calendar.Validity{EndOf: calendar.Week}, "UTC", "2026-11-22T12:00:00Z", "2026-11-23T00:00:00Z"},
		{"end of the quarter", calendar.Validity{EndOf: calendar.Quarter}, "UTC", "2026-11-22T12:00:00Z", "2027-01-01T00:00:00Z"},
		{"end of the month a year on", calendar.Validity{Months: 12, EndOf: calendar.Month}, "UTC", "2026-11-22T12:00:00Z", "2027-12-01T00:00:00Z"},
		{"end of the second year", calendar.Validity{Months: 12, EndOf: calendar.Year}, "UTC", "2026-11-22T12:00:00Z", "2028-01-01T00:00:00Z"},
		{"the zone decides the day", calendar.Validity{Days: 1}, "Asia/Shanghai", "2026-11-21T16:00:00Z", "2026-11-24T00:00:00+08:00"},
		{"days are not 24 hours", calendar.Validity{Days: 1}, "America/New_York", "2026-10-31T23:30:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"it ends where a day starts without midnight", calendar.Validity{EndOf: calendar.Day}, "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", "2018-11-04T01:00:00-02:00"},
		{"it ends on a day left out", calendar.Validity{EndOf: calendar.Day}, "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if err := row.validity.Validate(); err != nil {
				t.Fatal(err)
			}
			got := row.validity.Until(mustTime(t, row.at), mustZone(t, row.zone))
			if diff := cmp.Diff(mustTime(t, row.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidity_Validate(t *testing.T) {
	for _, row := range []struct {
		rule     string
		validity calendar.Validity
		ok       bool
	}{
		{"never", calendar.Validity{}, true},
		{"a century", calendar.Validity{Days: calendar.MaxValidityDays, Months: calendar.MaxValidityMonths}, true},
		{"more days than a century", calendar.Validity{Days: calendar.MaxValidityDays + 1}, false},
		{"more months than a century", calendar.Validity{Months: calendar.MaxValidityMonths + 1}, false},
		{"days before it begins", calendar.Validity{Days: -1, Months: 1}, false},
		{"months before it begins", calendar.Validity{Days: 40, Months: -1}, false},
		{"the end of ever", calendar.Validity{EndOf: calendar.Ever}, false},
		{"the end of no period", calendar.Validity{EndOf: "fortnight"}, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			err := row.validity.Validate()
			if row.ok != (err == nil) || !row.ok && !errors.Is(err, calendar.ErrInvalidValidity) {
				t.Errorf("error %v, want ok %v", err, row.ok)
			}
		})
	}
}

func TestValidity_JSON(t *testing.T) {
	for _, row := range []struct {
		rule     string
		validity calendar.Validity
		want     string
	}{
		{"never", calendar.Validity{}, `{}`},
		{"months, then the end of one", calendar.Validity{Months: 12, EndOf: calendar.Month}, `{"months":12,"end_of":"month"}`},
		{"days", calendar.Validity{Days: 30}, `{"days":30}`},
	} {
		t.Run(row.rule, func(t *testing.T) {
			text, err := json.Marshal(row.validity)
			if err != nil || string(text) != row.want {
				t.Fatalf("%s, %v, want %s", text, err, row.want)
			}
			var got calendar.Validity
			if err := json.Unmarshal(text, &got); err != nil || got != row.validity {
				t.Errorf("%v, %v, want %v", got, err, row.validity)
			}
		})
	}
}
