package tier_test

import (
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
)

// What one event costs: where the member stands, counting the points, and
// settling before and after.
func BenchmarkEvent(b *testing.B) {
	for _, zone := range []string{"UTC", "Asia/Shanghai", "America/New_York"} {
		b.Run(zone, func(b *testing.B) {
			l := mustCompile(b, tier.Definition{Zone: zone, Period: calendar.Year, Tiers: story()})
			last, now := moment("2025-06-01T00:00:00Z"), moment("2026-05-17T10:00:00Z")
			st, _, _ := l.Settle(l.Add(tier.Status{}, 21000, last), last, 0)
			st, _, _ = l.Settle(l.Add(st, 700, now), now, 0)
			b.ReportAllocs()
			for b.Loop() {
				before, _, _ := l.Settle(st, now, 30*24*time.Hour)
				_ = l.At(before, now)
				after := l.Add(before, 120, now)
				l.Settle(after, now, 30*24*time.Hour)
			}
		})
	}
}

// An event that arrives after its period has ended.
func BenchmarkLadder_Add_late(b *testing.B) {
	l := mustCompile(b, tier.Definition{Zone: "Asia/Shanghai", Period: calendar.Year, Tiers: story()})
	last, now := moment("2025-06-01T00:00:00Z"), moment("2026-05-17T10:00:00Z")
	st, _, _ := l.Settle(l.Add(tier.Status{}, 21000, last), now, 0)
	b.ReportAllocs()
	for b.Loop() {
		l.Add(st, 120, last)
	}
}

func BenchmarkLadder_Due(b *testing.B) {
	l, st, now := benchMember(b)
	b.ReportAllocs()
	for b.Loop() {
		l.Due(st, now)
	}
}

func BenchmarkLadder_Progress(b *testing.B) {
	l, st, now := benchMember(b)
	b.ReportAllocs()
	for b.Loop() {
		l.Progress(st, now)
	}
}

func benchMember(b *testing.B) (*tier.Ladder, tier.Status, time.Time) {
	l := mustCompile(b, tier.Definition{Zone: "Asia/Shanghai", Period: calendar.Year, Tiers: story()})
	last, now := moment("2025-06-01T00:00:00Z"), moment("2026-05-17T10:00:00Z")
	st := l.Add(l.Add(tier.Status{}, 21000, last), 700, now)
	st, _, _ = l.Settle(st, now, 0)
	return l, st, now
}
