package calendar_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // the same zones wherever the tests run

	"github.com/google/go-cmp/cmp"
)

func mustZone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

// mustTime reads RFC 3339; "" is the zero Time.
func mustTime(tb testing.TB, s string) time.Time {
	tb.Helper()
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// zoneNames lists the zones of the IANA database.
var zoneNames = sync.OnceValues(func() ([]string, error) {
	text, err := os.ReadFile("testdata/zones.txt")
	return strings.Fields(string(text)), err
})

// refused checks that a decoder returned the sentinel, named the bad text and
// kept its message short, and left its target alone.
func refused[T comparable](tb testing.TB, err, sentinel error, bad string, target, before T) {
	tb.Helper()
	if !errors.Is(err, sentinel) {
		tb.Errorf("%q: error %v, want %v", bad, err, sentinel)
		return
	}
	if len(err.Error()) > 300 {
		tb.Errorf("%q: message of %d bytes", bad, len(err.Error()))
	}
	if len(bad) < 20 && strings.Trim(bad, "abcdefghijklmnopqrstuvwxyz0123456789-:") == "" && !strings.Contains(err.Error(), bad) {
		tb.Errorf("%q: message does not name the text: %v", bad, err)
	}
	if diff := cmp.Diff(before, target); diff != "" {
		tb.Errorf("%q: refused, yet changed (-before +after):\n%s", bad, diff)
	}
}
