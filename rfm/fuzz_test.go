package rfm_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
)

// FuzzDecode: no text makes Decode or Compile panic; what compiles is written and
// read back the same.
func FuzzDecode(f *testing.F) {
	written, err := json.Marshal(everything())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(written)
	f.Add([]byte(`{"scoring":{"method":"right-closed","levels":5},"segments":[{"name":"a","r":{"min":5}}],"rest":"Others"}`))
	f.Add([]byte(`{"a":[[[{"b":null}]]],"a":1e999}`))
	f.Add([]byte(`{"lifecycle":{"active_days":1,"cooling_days":2,"dormant_days":3,"own_rhythm":{"min_gaps":1,"active":"0.1","cooling":"1","dormant":"2"}}} x`))
	f.Fuzz(func(t *testing.T, text []byte) {
		def, err := rfm.Decode(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, rfm.ErrDefinition) {
				t.Fatal(err)
			}
			return
		}
		m, err := rfm.Compile(def)
		if err != nil {
			return
		}
		written, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		again, err := rfm.Decode(bytes.NewReader(written))
		if err != nil || diff(def, again) != "" {
			t.Fatalf("%v\nread    %s\nwritten %s", err, text, written)
		}
		customers := slices.Values([]rfm.Summary{spender("a", 400, 3, "100"), spender("b", 1, 1, "-1")})
		placed, err := m.Place(customers)
		if err != nil {
			return
		}
		m.Tally(placed)
		m.Declines(customers)
		m.Next(dormantSince("2026-01-10"), nil, noon("2026-01-10"))
	})
}

// FuzzLoadBuilder: no bytes make it panic; what it accepts it saves, and that it
// loads the same.
func FuzzLoadBuilder(f *testing.F) {
	var seed bytes.Buffer
	b := mustBuild(f, "Asia/Shanghai", order("a", "2026-01-01", "1"), order("a", "2026-02-01", "999999999999"), order("b", "1970-01-02", "-3"))
	if err := b.Save(&seed); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes())
	f.Add(seed.Bytes()[:seed.Len()-3])
	f.Add([]byte("loyalty/rfm/1\n\x00\x00\x00"))
	w := rfm.Window{AsOf: date("2026-11-22")}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := rfm.LoadBuilder(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, rfm.ErrPartial) {
				t.Fatal(err)
			}
			return
		}
		var saved bytes.Buffer
		if err := b.Save(&saved); err != nil {
			t.Fatal(err)
		}
		again, err := rfm.LoadBuilder(&saved)
		if err != nil || diff(sorted(b.Summaries(w)), sorted(again.Summaries(w))) != "" {
			t.Fatalf("%v: loaded otherwise than saved", err)
		}
	})
}

// FuzzCuts: what is read as cuts scores within its levels and is written the same.
func FuzzCuts(f *testing.F) {
	f.Add([]byte(`{"recency":[30,90],"orders":[4,9],"spend":["4999.999999","9999.999999"]}`))
	f.Add([]byte(`{"recency":[-9223372036854775808],"orders":[1],"spend":["-0.5"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c rfm.Cuts
		if err := json.Unmarshal(text, &c); err != nil {
			return
		}
		s := c.Score(spender("a", 40, 3, "100"))
		if min(s.R, s.F, s.M) < 1 || max(s.R, s.F, s.M) > rfm.MaxLevels {
			t.Fatalf("score %s by %s", s, text)
		}
		written, err := json.Marshal(c)
		var again rfm.Cuts
		if err != nil || json.Unmarshal(written, &again) != nil || !bytes.Equal(written, []byte(marshal(t, again))) {
			t.Fatalf("%v\nread    %s\nwritten %s", err, text, written)
		}
	})
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
