package calendar_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltykit/loyalty/calendar"
)

// hours makes a Window of hours of one day; a negative hour is unbounded.
func hours(from, until int) calendar.Window {
	at := func(hour int) time.Time {
		if hour < 0 {
			return time.Time{}
		}
		return time.Date(2026, 11, 22, hour, 0, 0, 0, time.UTC)
	}
	return calendar.Window{From: at(from), Until: at(until)}
}

func TestWindow_Contains(t *testing.T) {
	const none = -1
	for _, row := range []struct {
		rule   string
		window calendar.Window
		hour   int
		want   bool
	}{
		{"from belongs to it", hours(9, 12), 9, true},
		{"until does not", hours(9, 12), 12, false},
		{"inside", hours(9, 12), 10, true},
		{"before", hours(9, 12), 8, false},
		{"no from", hours(none, 12), 0, true},
		{"no from, but an end", hours(none, 12), 12, false},
		{"no until", hours(9, none), 23, true},
		{"no until, but a beginning", hours(9, none), 8, false},
		{"the zero Window is always", hours(none, none), 5, true},
		{"an empty one is never", hours(9, 9), 9, false},
		{"one turned round is never", hours(12, 9), 10, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if got := row.window.Contains(hours(row.hour, none).From); got != row.want {
				t.Errorf("%v contains hour %d: %v, want %v", row.window, row.hour, got, row.want)
			}
		})
	}
	year0 := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	if !hours(none, 9).Contains(year0) || !(calendar.Window{}).Contains(year0) {
		t.Error("a side left open must reach before the zero Time")
	}
}

func TestWindow_Intersect(t *testing.T) {
	const none = -1
	for _, row := range []struct {
		rule       string
		a, b, want calendar.Window
		ok         bool
	}{
		{"what both have", hours(9, 12), hours(11, 15), hours(11, 12), true},
		{"one inside the other", hours(9, 18), hours(11, 12), hours(11, 12), true},
		{"unbounded changes nothing", hours(9, 12), hours(none, none), hours(9, 12), true},
		{"two half-lines", hours(9, none), hours(none, 12), hours(9, 12), true},
		{"two half-lines apart", hours(12, none), hours(none, 9), hours(12, 12), false},
		{"touching is not overlapping", hours(9, 12), hours(12, 15), hours(12, 12), false},
		{"apart", hours(9, 10), hours(12, 15), hours(12, 12), false},
		{"an empty one overlaps nothing", hours(10, 10), hours(9, 12), hours(10, 10), false},
		{"both unbounded", hours(none, none), hours(none, none), hours(none, none), true},
	} {
		t.Run(row.rule, func(t *testing.T) {
			for _, pair := range [][2]calendar.Window{{row.a, row.b}, {row.b, row.a}} {
				got, ok := pair[0].Intersect(pair[1])
				if diff := cmp.Diff(row.want, got); diff != "" || ok != row.ok {
					t.Errorf("ok %v, want %v (-want +got):\n%s", ok, row.ok, diff)
				}
				if got.Empty() == ok {
					t.Errorf("ok %v of window %v", ok, got)
				}
				if overlaps := pair[0].Overlaps(pair[1]); overlaps != row.ok {
					t.Errorf("Overlaps %v, want %v", overlaps, row.ok)
				}
			}
		})
	}
}

func TestWindow_Validate(t *testing.T) {
	const none = -1
	for _, row := range []struct {
		rule   string
		window calendar.Window
		ok     bool
	}{
		{"until after from", hours(9, 12), true},
		{"until at from", hours(9, 9), false},
		{"until before from", hours(12, 9), false},
		{"no from", hours(none, 9), true},
		{"no until", hours(9, none), true},
		{"neither", hours(none, none), true},
	} {
		t.Run(row.rule, func(t *testing.T) {
			err := row.window.Validate()
			if row.ok != (err == nil) || !row.ok && !errors.Is(err, calendar.ErrInvalidWindow) {
				t.Errorf("error %v, want ok %v", err, row.ok)
			}
			if row.window.Empty() != !row.ok {
				t.Errorf("Empty %v, want %v", row.window.Empty(), !row.ok)
			}
		})
	}
}

func TestWindow_JSON(t *testing.T) {
	const none = -1
	for _, row := range []struct {
		rule   string
		window calendar.Window
		want   string
	}{
		{"both bounds", hours(9, 12), `{"from":"2026-11-22T09:00:00Z","until":"2026-11-22T12:00:00Z"}`},
		{"an open side is left out", hours(9, none), `{"from":"2026-11-22T09:00:00Z"}`},
		{"always", hours(none, none), `{}`},
	} {
		t.Run(row.rule, func(t *testing.T) {
			text, err := json.Marshal(row.window)
			if err != nil || string(text) != row.want {
				t.Fatalf("%s, %v, want %s", text, err, row.want)
			}
			var got calendar.Window
			if err := json.Unmarshal(text, &got); err != nil || !got.Equal(row.window) {
				t.Errorf("%v, %v, want %v", got, err, row.window)
			}
		})
	}
}

func TestWindow_Equal(t *testing.T) {
	shanghai := mustZone(t, "Asia/Shanghai")
	a := hours(9, 12)
	b := calendar.Window{From: a.From.In(shanghai), Until: a.Until.In(shanghai)}
	if !a.Equal(b) || a.Equal(hours(9, 13)) || a.Equal(hours(8, 12)) || a.Equal(hours(9, -1)) {
		t.Error("windows are equal exactly when their bounds are the same moments")
	}
}
