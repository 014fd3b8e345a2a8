package calendar_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// An order comes in: count it towards the month's cap, see whether it is happy
// hour, and say until when its points last.
func Example() {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	at := time.Date(2026, time.November, 21, 11, 30, 0, 0, time.UTC)
	happyHour := calendar.Slot{Days: calendar.WeekdaysOf(time.Saturday), From: 18 * 60, Until: 20 * 60}
	validity := calendar.Validity{Months: 12, EndOf: calendar.Month}

	fmt.Println("day:       ", calendar.DateOf(at, shanghai))
	fmt.Println("counter:   ", calendar.Month.Key(at, shanghai))
	fmt.Println("happy hour:", happyHour.Contains(at, shanghai))
	fmt.Println("good until:", validity.Until(at, shanghai))
	// Output:
	// day:        2026-11-21
	// counter:    2026-11
	// happy hour: true
	// good until: 2027-12-01 00:00:00 +0800 CST
}

func ExampleDate() {
	d, err := calendar.ParseDate("2024-01-31")
	if err != nil {
		panic(err)
	}
	fmt.Println(d.AddDays(1), d.AddMonths(1), d.AddYears(1))
	fmt.Println(d.Weekday(), d.EndOfMonth(), d.AddMonths(1).DaysSince(d))
	// Output:
	// 2024-02-01 2024-02-29 2025-01-31
	// Wednesday 2024-01-31 29
}

// In São Paulo the clock once went from 23:59 to 01:00: that day had no
// midnight and 23 hours.
func ExampleDate_Start() {
	loc, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	d := calendar.Date{Year: 2018, Month: time.November, Day: 4}
	fmt.Println(d.Start(loc))
	w := d.Window(loc)
	fmt.Println(w.Until.Sub(w.From))
	// Output:
	// 2018-11-04 01:00:00 -0200 -02
	// 23h0m0s
}

func ExamplePeriod() {
	at := time.Date(2027, time.January, 1, 12, 0, 0, 0, time.UTC)
	for _, p := range []calendar.Period{
		calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year, calendar.Ever,
	} {
		fmt.Printf("%-8s %s\n", p, p.Key(at, time.UTC))
	}
	// Output:
	// day      2027-01-01
	// week     2026-W53
	// month    2027-01
	// quarter  2027-Q1
	// year     2027
	// ever     ever
}

func ExamplePeriod_Next() {
	at := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	w := calendar.Quarter.Window(at, time.UTC)
	next := calendar.Quarter.Next(at, time.UTC)
	fmt.Println(w.From.Format(time.DateOnly), w.Until.Format(time.DateOnly))
	fmt.Println(next.From.Format(time.DateOnly), next.Until.Format(time.DateOnly))
	// Output:
	// 2026-10-01 2027-01-01
	// 2027-01-01 2027-04-01
}

func ExampleParseKey() {
	period, first, err := calendar.ParseKey("2026-W47")
	fmt.Println(period, first, err)
	_, _, err = calendar.ParseKey("2025-W53")
	fmt.Println(err)
	// Output:
	// week 2026-11-16 <nil>
	// calendar: invalid period key: "2025-W53"
}

func ExampleWindow() {
	november := calendar.Date{Year: 2026, Month: time.November, Day: 1}
	campaign := calendar.Window{From: november.Start(time.UTC), Until: november.AddMonths(1).Start(time.UTC)}
	fmt.Println(campaign.Contains(campaign.From), campaign.Contains(campaign.Until))

	open := calendar.Window{From: november.AddDays(20).Start(time.UTC)}
	both, ok := campaign.Intersect(open)
	text, err := json.Marshal(both)
	fmt.Println(ok, string(text), err)
	// Output:
	// true false
	// true {"from":"2026-11-21T00:00:00Z","until":"2026-12-01T00:00:00Z"} <nil>
}

func ExampleWeekdays() {
	weekend := calendar.WeekdaysOf(time.Sunday, time.Saturday)
	text, err := json.Marshal(weekend)
	fmt.Println(string(text), err, weekend.Has(time.Friday))
	// Output: ["sat","sun"] <nil> false
}

func ExampleClock() {
	closing, err := calendar.ParseClock("22:30")
	fmt.Println(closing, int(closing), err)
	_, err = calendar.ParseClock("24:30")
	fmt.Println(err)
	// Output:
	// 22:30 1350 <nil>
	// calendar: invalid clock: "24:30" is not between 00:00 and 24:00
}

// Saturday night ends on Sunday morning.
func ExampleSlot() {
	var night calendar.Slot
	err := json.Unmarshal([]byte(`{"days": ["sat"], "from": "22:00", "until": "02:00"}`), &night)
	if err != nil {
		panic(err)
	}
	fmt.Println(night.Validate())
	sunday := time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)
	fmt.Println(night.Contains(sunday.Add(1*time.Hour), time.UTC))
	fmt.Println(night.Contains(sunday.Add(23*time.Hour), time.UTC))
	// Output:
	// <nil>
	// true
	// false
}

func ExampleYearly() {
	born := calendar.Date{Year: 1992, Month: time.November, Day: 22}
	birthday := calendar.YearlyOf(born)
	today := calendar.Date{Year: 2026, Month: time.November, Day: 22}
	fmt.Println(birthday)
	fmt.Println(birthday.In(2026, "") == today)
	fmt.Println(birthday.Next(today, ""))
	// Output:
	// 11-22
	// true
	// 2027-11-22
}

func ExampleLeapRule() {
	birthday := calendar.Yearly{Month: time.February, Day: 29}
	for _, rule := range []calendar.LeapRule{calendar.Feb28, calendar.Mar1} {
		fmt.Println(birthday.In(2026, rule), birthday.In(2028, rule))
	}
	// Output:
	// 2026-02-28 2028-02-29
	// 2026-03-01 2028-02-29
}

func ExampleValidity() {
	earned := time.Date(2026, time.January, 31, 18, 0, 0, 0, time.UTC)
	for _, v := range []calendar.Validity{
		{Days: 30},
		{Months: 1}, // clips to 28 February, which is still good
		{Months: 12, EndOf: calendar.Year},
		{EndOf: calendar.Day},
	} {
		fmt.Println(v.Until(earned, time.UTC).Format(time.DateTime))
	}
	fmt.Println("never:", calendar.Validity{}.Until(earned, time.UTC).IsZero())
	// Output:
	// 2026-03-03 00:00:00
	// 2026-03-01 00:00:00
	// 2028-01-01 00:00:00
	// 2026-02-01 00:00:00
	// never: true
}
