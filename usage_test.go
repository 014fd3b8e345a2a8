package loyalty

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// FuzzUsageDocument: what the fast reader accepts, encoding/json reads the same.
func FuzzUsageDocument(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":{}}`, `{"cap/monthly/2026-01":{"p":500,"u":1,"t":1769900400},"carry/stars":{"c":-500000}}`,
		`{"a":{"u":1,"p":2}}`, `{"a":{"p":1},"a":{"p":2}}`, `{"a":{"p":01}}`, `{"a":{"p":-0}}`, `{"a":{"p":1}},`, `{"a":{,"p":1}}`,
		`{"é":{"p":1}}`, `{"a\"b":{"p":1}}`, ` {"a": {"p": 1}}`, `{"a":{"p":9223372036854775808}}`, `{,"a":{}}`, `{"a":{"P":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		fast, ok := decodePlainUsage(string(doc))
		if !ok {
			return
		}
		var slow map[string]counter
		if err := json.Unmarshal(doc, &slow); err != nil {
			t.Fatalf("read %q, which is no JSON: %v", doc, err)
		}
		want := rules.Usage{}
		for key, c := range slow {
			want[key] = c.use()
		}
		if diff := cmp.Diff(want, fast, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q (-json +fast):\n%s", doc, diff)
		}
	})
}

// TestLaw_UsageRoundTrip: a usage comes back from its document, by either reader.
func TestLaw_UsageRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.MapOf(rapid.String(), rapid.Custom(func(t *rapid.T) rules.Use {
			use := rules.Use{Points: rapid.Int64().Draw(t, "points"), Uses: rapid.Int64().Draw(t, "uses")}
			if c := rapid.Int64Range(-1e15, 1e15).Draw(t, "carry"); c != 0 {
				use.Carry = decimal.New(c, -6)
			}
			if s := rapid.Int64Range(0, 1e11).Draw(t, "until"); s != 0 {
				use.Until = time.Unix(s, 0).UTC()
			}
			return use
		})).Draw(t, "usage")
		doc := encodeUsage(u)
		got, err := decodeUsage(doc)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rules.Usage(u), got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", doc, diff)
		}
		fancy, err := json.MarshalIndent(json.RawMessage(doc), "", "  ") // as a database may give it back
		if err != nil {
			t.Fatal(err)
		}
		if got, err = decodeUsage(fancy); err != nil || cmp.Diff(rules.Usage(u), got, cmpopts.EquateEmpty()) != "" {
			t.Fatalf("%s, %v", fancy, err)
		}
	})
}
