package loyalty

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
	"pgregory.net/rapid"
)

// agree holds a fast reader to encoding/json: what the one accepts, the other reads the same.
func agree[T any](t *testing.T, doc []byte, fast func(string) (T, bool)) {
	t.Helper()
	got, ok := fast(string(doc))
	if !ok {
		return
	}
	var want T
	if err := json.Unmarshal(doc, &want); err != nil {
		t.Fatalf("read %q, which encoding/json does not: %v", doc, err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q (-json +fast):\n%s", doc, diff)
	}
}

// FuzzMemberDocument: what the fast reader accepts, encoding/json reads the same.
func FuzzMemberDocument(f *testing.F) {
	for _, seed := range []string{
		`{"joined":"2026-01-01"}`, `{"joined":""}`, `{"joined":"2026-01-01","birthday":"02-29","segments":["a","b"],"orders":3}`,
		`{"joined":"2026-01-01","segments":[]}`, `{"joined":"2026-01-01","orders":2,"active":"2026-03-01","stage":"new"}`, `{"active":""}`, `{"joined":"2026-01-01","orders":1,"stage":"new","interests":["tea"],"attributes":{"a":[1]}}`, `{"joined":"2026-02-30"}`, `{"orders":-1}`, `{}`, `{,"orders":1}`, `{"joined":"2026-01-01"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { agree(t, doc, decodePlainFacts) })
}

// FuzzTierDocument: what the fast reader accepts, encoding/json reads the same.
func FuzzTierDocument(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"points":{"2026":5,"2025":-3},"tier":"gold","since":"2026-01-01T09:00:00Z","settled":"2025-12-31T23:00:00Z"}`,
		`{"tier":"gold"}`, `{"since":"2026-01-01T09:00:00.000001Z"}`, `{"since":"2026-01-01T09:00:00+01:00"}`, `{"points":{}}`, `{"points":{"a":1,"a":2}}`,
		`{"since":"2026-01-01 09:00:00Z"}`, `{"since":"2026-01-01T9:00:00Z"}`, `{"since":"2026-01-01T09:00:00,5Z"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { agree(t, doc, decodePlainTier) })
}

// TestLaw_DocumentsAreOrdinaryJSON: the fast writers write what encoding/json would, and what
// they write comes back, by the fast readers where it is plain.
func TestLaw_DocumentsAreOrdinaryJSON(t *testing.T) {
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(0, 1<<53).Draw(t, "micros")).UTC()
	})
	rapid.Check(t, func(t *rapid.T) {
		f := facts{
			Joined:   calendar.DateOf(moment.Draw(t, "joined"), time.UTC),
			Segments: rapid.SliceOf(rapid.String()).Draw(t, "segments"),
			Orders:   rapid.IntRange(0, 1000).Draw(t, "orders"),

			Stage: rapid.String().Draw(t, "stage"), Interests: rapid.SliceOf(rapid.String()).Draw(t, "interests"),
			Attributes: rapid.MapOf(rapid.String(), rapid.Map(rapid.String(), rules.Text)).Draw(t, "attributes"),
		}
		if rapid.Bool().Draw(t, "birthday") {
			f.Birthday = calendar.YearlyOf(f.Joined)
		}
		if rapid.Bool().Draw(t, "active") {
			f.Active = calendar.DateOf(moment.Draw(t, "last"), time.UTC)
		}
		st := tier.Status{
			Points: rapid.MapOf(rapid.String(), rapid.Int64()).Draw(t, "points"),
			Tier:   rapid.String().Draw(t, "tier"), Since: moment.Draw(t, "since"),
		}
		if rapid.Bool().Draw(t, "settled") {
			st.Settled = moment.Draw(t, "at")
		}
		ordinary(t, f, encodeFacts, decodeFacts)
		ordinary(t, st, encodeTier, decodeTier)
	})
}

func ordinary[T any](t *rapid.T, v T, encode func(T) json.RawMessage, decode func([]byte) (T, error)) {
	want, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc := encode(v)
	if diff := cmp.Diff(string(want), string(doc)); diff != "" {
		t.Fatalf("written (-json +fast):\n%s", diff)
	}
	var same T
	if err := json.Unmarshal(doc, &same); err != nil {
		t.Fatal(err)
	}
	got, err := decode(doc)
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	if diff := cmp.Diff(same, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", doc, diff)
	}
}
