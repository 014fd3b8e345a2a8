package loyalty_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
)

// TestDefinitionAsJSON: a programme with something of everything comes back from its JSON.
func TestDefinitionAsJSON(t *testing.T) {
	def := partners("10.00")
	def.Referral.MinAmount, def.Referral.LinkDays = dec("20.00"), 30
	text, err := json.Marshal(def)
	if err != nil {
		t.Fatal(err)
	}
	got, err := loyalty.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(def, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if _, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: got}); err != nil {
		t.Fatal(err)
	}
}

// TestBadDefinitionText: a slip of the pen is not passed over.
func TestBadDefinitionText(t *testing.T) {
	for _, c := range []struct{ rule, text, says string }{
		{"it is JSON", `{"zone":`, "definition: "},
		{"of known fields", `{"zome": "UTC"}`, "zome"},
		{"in the referral too", `{"referral": {"order": 2}}`, "order"},
		{"and the tiers", `{"tiers": {"tiers": [{"id": "a", "treshold": 0}]}}`, "treshold"},
		{"and the rules", `{"rules": {"rules": [{"id": "a", "triger": "order"}]}}`, "rules[0].triger"},
		{"each of its type", `{"referral": {"orders": "two"}}`, "orders"},
		{"and nothing after it", `{} {}`, "after its end"},
	} {
		_, err := loyalty.Decode(strings.NewReader(c.text))
		if !errors.Is(err, loyalty.ErrInvalid) {
			t.Fatalf("%s: got %v", c.rule, err)
		}
		contains(t, err.Error(), c.says)
	}
	if _, err := loyalty.Decode(strings.NewReader(`"` + strings.Repeat("x", rules.MaxDefinitionBytes))); !errors.Is(err, loyalty.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
}

// FuzzDecode: whatever the text, reading it and making a programme of it ends in an error or a
// programme.
func FuzzDecode(f *testing.F) {
	text, err := json.Marshal(partners("10.00"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(text), `{}`, `null`, `[]`, `{"referral":{"min_amount":1e9}}`, `{"validity":{"months":-1}}`, `{"rules":null,"tiers":{"tiers":[{}]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		def, err := loyalty.Decode(bytes.NewReader(text))
		if err != nil {
			return
		}
		if _, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: def, Secret: make([]byte, 16)}); err != nil && err.Error() == "" {
			t.Fatal("an error that says nothing")
		}
	})
}
