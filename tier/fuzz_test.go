package tier_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
)

// FuzzStatus reads a member's document as it may come back from a store, and
// uses it: no document makes a method panic or breaks a law.
func FuzzStatus(f *testing.F) {
	periods := []calendar.Period{calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year, calendar.Ever}
	now := time.Date(2026, 5, 1, 9, 30, 0, 0, time.UTC).Unix()
	f.Add([]byte(`{}`), int64(5_000), now, uint8(4))
	f.Add([]byte(`{"points":{"2025":21000,"2026":120},"tier":"gold","since":"2025-06-01T08:30:00Z","settled":"2026-01-01T00:00:00Z"}`),
		int64(-120), now, uint8(4))
	f.Add([]byte(`{"points":{"2026-W53":9e3,"2026-02-30":1,"ever":2,"":3,"10000":4}}`), int64(1), now, uint8(1))
	f.Add([]byte(`{"points":{"2026-05-01":9223372036854775807},"tier":"amber","settled":"0001-01-02T00:00:00Z"}`),
		int64(1<<62), now, uint8(0))
	f.Add([]byte(`{"since":"9999-12-31T23:59:59.999999999Z"}`), int64(1<<62), now, uint8(2))
	f.Fuzz(func(t *testing.T, doc []byte, points, unix int64, period uint8) {
		var st tier.Status
		if json.Unmarshal(doc, &st) != nil {
			return
		}
		const year9999 = 253_370_764_800
		at := time.Unix(unix%year9999, 0)
		l := mustCompile(t, tier.Definition{Zone: "America/New_York", Period: periods[int(period)%len(periods)], Tiers: story()})

		valid := st.Validate() == nil
		st = l.Add(st, points, at)
		if valid && unix >= 0 && st.Validate() != nil {
			t.Errorf("Add made a valid Status invalid: %v", st.Validate())
		}
		once, _, _ := l.Settle(st, at, 30*24*time.Hour)
		twice, _, moved := l.Settle(once, at, 30*24*time.Hour)
		if diff := cmp.Diff(once, twice); diff != "" || moved {
			t.Errorf("settled twice, moved %v (-once +twice):\n%s", moved, diff)
		}
		p := l.Progress(once, at)
		if p.Tier.ID != l.At(once, at).ID || p.Missing < 0 || p.MissingToKeep < 0 {
			t.Errorf("%+v", p)
		}
		if due := l.Due(once, at); !due.IsZero() && (!due.After(at) || l.At(once, due).ID == l.At(once, at).ID) {
			t.Errorf("due at %s, where nothing changes", due)
		}
	})
}

// FuzzCompile reads a ladder as someone may have written it. What compiles is
// a ladder, and compiles again to the same one.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"zone":"Asia/Shanghai","period":"year","tiers":[{"id":"gold","threshold":20000,"multiplier":"1.5",` +
		`"benefits":["birthday gift"]},{"id":"bronze","name":"Bronze","threshold":0}]}`))
	f.Add([]byte(`{"period":"ever","tiers":[{"id":"a","multiplier":"1e9999"},{"id":"a","multiplier":"1e-9999"}]}`))
	f.Add([]byte(`{"zone":"../etc/localtime","tiers":[{"id":"\u0000","threshold":-1,"benefits":["",""," "]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var def tier.Definition
		if json.Unmarshal(text, &def) != nil {
			return
		}
		l, err := tier.Compile(def)
		if err != nil {
			return
		}
		tiers := l.Tiers()
		for i, tier := range tiers {
			if i == 0 != (tier.Threshold == 0) || i > 0 && tier.Threshold <= tiers[i-1].Threshold {
				t.Errorf("%s stands at %d with threshold %d", tier.ID, i, tier.Threshold)
			}
			if tier.Multiplier.IntPart() < 1 {
				t.Errorf("%s multiplies by %s", tier.ID, tier.Multiplier)
			}
		}
		def.Tiers = tiers
		again := mustCompile(t, def)
		if diff := cmp.Diff(tiers, again.Tiers()); diff != "" {
			t.Errorf("compiled again (-want +got):\n%s", diff)
		}
	})
}
