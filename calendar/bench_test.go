package calendar_test

import (
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// The zones of the benchmarks: no offset, one offset, two a year.
var benchZones = []string{"UTC", "Asia/Shanghai", "America/New_York"}

func BenchmarkPeriod_Window(b *testing.B) {
	for _, zone := range benchZones {
		for _, p := range []calendar.Period{calendar.Day, calendar.Month, calendar.Year} {
			b.Run(zone+"/"+string(p), func(b *testing.B) {
				loc, at := mustZone(b, zone), time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)
				b.ReportAllocs()
				for b.Loop() {
					p.Window(at, loc)
				}
			})
		}
	}
}

func BenchmarkPeriod_Key(b *testing.B) {
	for _, zone := range benchZones {
		b.Run(zone, func(b *testing.B) {
			loc, at := mustZone(b, zone), time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				_ = calendar.Month.Key(at, loc)
			}
		})
	}
}

func BenchmarkSlot_Contains(b *testing.B) {
	slot := calendar.Slot{Days: calendar.WeekdaysOf(time.Saturday, time.Sunday), From: 22 * 60, Until: 2 * 60}
	for _, zone := range benchZones {
		b.Run(zone, func(b *testing.B) {
			loc, at := mustZone(b, zone), time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				slot.Contains(at, loc)
			}
		})
	}
}

func BenchmarkValidity_Until(b *testing.B) {
	v := calendar.Validity{Months: 12, EndOf: calendar.Month}
	for _, zone := range benchZones {
		b.Run(zone, func(b *testing.B) {
			loc, at := mustZone(b, zone), time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				v.Until(at, loc)
			}
		})
	}
}
