package tier_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

func TestCompile_refuses(t *testing.T) {
	times := decimal.RequireFromString
	entry := tier.Tier{ID: "bronze"}
	with := func(tiers ...tier.Tier) tier.Definition {
		return tier.Definition{Tiers: append([]tier.Tier{entry}, tiers...)}
	}
	silver := func(change func(*tier.Tier)) tier.Definition {
		s := tier.Tier{ID: "silver", Threshold: 5000}
		change(&s)
		return with(s)
	}
	multiplied := func(m decimal.Decimal) tier.Definition {
		return silver(func(s *tier.Tier) { s.Multiplier = m })
	}
	tests := []struct {
		rule string
		def  tier.Definition
		want []string
	}{
		{
			"an unknown zone",
			tier.Definition{Zone: "Asia/Atlantis", Tiers: []tier.Tier{entry}},
			[]string{`tier: zone: "Asia/Atlantis" is not an IANA time zone`},
		},
		{
			"the machine's own zone",
			tier.Definition{Zone: "Local", Tiers: []tier.Tier{entry}},
			[]string{`tier: zone: "Local" is not an IANA time zone`},
		},
		{
			"an unknown period",
			tier.Definition{Period: "decade", Tiers: []tier.Tier{entry}},
			[]string{`tier: period: "decade" is none of day, week, month, quarter, year, ever`},
		},
		{
			"no tiers",
			tier.Definition{},
			[]string{`tier: tiers: none has threshold 0: a new member would stand nowhere`},
		},
		{
			"no entry tier",
			tier.Definition{Tiers: []tier.Tier{{ID: "silver", Threshold: 5000}}},
			[]string{`tier: tiers: none has threshold 0: a new member would stand nowhere`},
		},
		{
			"two entry tiers", with(tier.Tier{ID: "tin"}),
			[]string{`tier: tiers[1].threshold: 0 is already bronze's`},
		},
		{
			"the same threshold twice",
			with(tier.Tier{ID: "silver", Threshold: 5000}, tier.Tier{ID: "gold", Threshold: 5000}),
			[]string{`tier: tiers[2].threshold: 5000 is already silver's`},
		},
		{
			"a threshold below zero", silver(func(s *tier.Tier) { s.Threshold = -1 }),
			[]string{`tier: tiers[1].threshold: -1 is below 0`},
		},
		{
			"a threshold nobody could hold exactly", silver(func(s *tier.Tier) { s.Threshold = tier.MaxPoints + 1 }),
			[]string{`tier: tiers[1].threshold: 9007199254740992 is more than 9007199254740991`},
		},
		{
			"no id", silver(func(s *tier.Tier) { s.ID = "" }),
			[]string{`tier: tiers[1].id: is empty`},
		},
		{
			"the same id twice", silver(func(s *tier.Tier) { s.ID = "bronze" }),
			[]string{`tier: tiers[1].id: "bronze" is already that of tiers[0]`},
		},
		{
			"a long id", silver(func(s *tier.Tier) { s.ID = strings.Repeat("x", 65) }),
			[]string{`tier: tiers[1].id: 65 bytes are more than 64`},
		},
		{
			"an id of broken bytes", silver(func(s *tier.Tier) { s.ID = "\xff" }),
			[]string{`tier: tiers[1].id: "\xff" is not UTF-8`},
		},
		{
			"a control character", silver(func(s *tier.Tier) { s.Name = "Sil\nver" }),
			[]string{`tier: tiers[1].name: "Sil\nver" has control characters`},
		},
		{
			"space at the ends", silver(func(s *tier.Tier) { s.ID = "silver " }),
			[]string{`tier: tiers[1].id: "silver " has space at its ends`},
		},
		{
			"a long benefit", silver(func(s *tier.Tier) { s.Benefits = []string{strings.Repeat("x", 201)} }),
			[]string{`tier: tiers[1].benefits[0]: 201 bytes are more than 200`},
		},
		{
			"an empty benefit", silver(func(s *tier.Tier) { s.Benefits = []string{"VIP", ""} }),
			[]string{`tier: tiers[1].benefits[1]: is empty`},
		},
		{
			"the same benefit twice", silver(func(s *tier.Tier) { s.Benefits = []string{"VIP", "VIP"} }),
			[]string{`tier: tiers[1].benefits[1]: "VIP" is already tiers[1].benefits[0]`},
		},
		{
			"too many benefits", silver(func(s *tier.Tier) { s.Benefits = make([]string, 51) }),
			[]string{`tier: tiers[1].benefits: 51 are more than 50`},
		},
		{
			"too many tiers",
			tier.Definition{Tiers: make([]tier.Tier, 51)},
			[]string{`tier: tiers: 51 are more than 50`},
		},
		{
			"a multiplier below one", multiplied(times("0.99")),
			[]string{`tier: tiers[1].multiplier: 0.99 is below 1`},
		},
		{
			"a multiplier below zero", multiplied(times("-2")),
			[]string{`tier: tiers[1].multiplier: -2 is below 1`},
		},
		{
			"a multiplier of seven decimals", multiplied(times("1.0000001")),
			[]string{`tier: tiers[1].multiplier: 1.0000001 has more than 6 decimals`},
		},
		{
			"a multiplier beyond reason", multiplied(times("1000.5")),
			[]string{`tier: tiers[1].multiplier: 1000.5 is more than 1000`},
		},
		{
			"a huge exponent", multiplied(decimal.New(1, 999_999_999)),
			[]string{`tier: tiers[1].multiplier: too long a number`},
		},
		{
			"a tiny exponent", multiplied(decimal.New(1, -999_999_999)),
			[]string{`tier: tiers[1].multiplier: too long a number`},
		},
		{
			"a long coefficient", multiplied(times(strings.Repeat("9", 400) + "e-50")),
			[]string{`tier: tiers[1].multiplier: too long a number`},
		},
		{
			"everything at once",
			tier.Definition{Zone: "Mars", Period: "decade", Tiers: []tier.Tier{
				{ID: "silver", Threshold: 5000},
				{ID: "silver", Threshold: 5000, Multiplier: times("0.5"), Benefits: []string{""}},
			}},
			[]string{
				`tier: zone: "Mars" is not an IANA time zone`,
				`tier: period: "decade" is none of day, week, month, quarter, year, ever`,
				`tier: tiers[1].id: "silver" is already that of tiers[0]`,
				`tier: tiers[1].threshold: 5000 is already silver's`,
				`tier: tiers[1].multiplier: 0.5 is below 1`,
				`tier: tiers[1].benefits[0]: is empty`,
				`tier: tiers: none has threshold 0: a new member would stand nowhere`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			l, err := tier.Compile(tt.def)
			if err == nil || l != nil {
				t.Fatalf("Compile = %v, %v", l, err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if invalid, ok := errors.AsType[*tier.InvalidError](err); !ok || !errors.Is(err, tier.ErrInvalid) {
				t.Errorf("errors.AsType = %v, errors.Is(ErrInvalid) = %v", invalid, errors.Is(err, tier.ErrInvalid))
			}
		})
	}
}

func TestCompile_accepts(t *testing.T) {
	tests := []struct {
		rule string
		def  tier.Definition
	}{
		{"one tier is a ladder", tier.Definition{Tiers: []tier.Tier{{ID: "member"}}}},
		{"ids and names in any script", tier.Definition{Tiers: []tier.Tier{{ID: "青铜", Name: "青铜会员"}}}},
		{"trailing zeros are no decimals", tier.Definition{Tiers: []tier.Tier{
			{ID: "member", Multiplier: decimal.RequireFromString("1.50000000")},
		}}},
		{"the limits themselves", tier.Definition{Zone: "America/New_York", Period: calendar.Week, Tiers: []tier.Tier{
			{ID: "member"},
			{
				ID: strings.Repeat("x", 64), Name: strings.Repeat("x", 200), Threshold: tier.MaxPoints,
				Multiplier: decimal.RequireFromString("1000.000000"), Benefits: []string{strings.Repeat("x", 200)},
			},
		}}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) { mustCompile(t, tt.def) })
	}
}

func TestDefinition_JSON(t *testing.T) {
	const text = `{"zone":"Asia/Shanghai","period":"year","tiers":[` +
		`{"id":"bronze","threshold":0},` +
		`{"id":"gold","name":"Gold","threshold":20000,"multiplier":"1.5","benefits":["birthday gift"]}]}`
	var def tier.Definition
	if err := json.Unmarshal([]byte(text), &def); err != nil {
		t.Fatal(err)
	}
	want := tier.Definition{Zone: "Asia/Shanghai", Period: calendar.Year, Tiers: []tier.Tier{
		{ID: "bronze"},
		{
			ID: "gold", Name: "Gold", Threshold: 20000, Multiplier: decimal.RequireFromString("1.5"),
			Benefits: []string{"birthday gift"},
		},
	}}
	if diff := cmp.Diff(want, def); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	got, err := json.Marshal(def)
	if diff := cmp.Diff(text, string(got)); diff != "" || err != nil {
		t.Errorf("written: %v (-want +got):\n%s", err, diff)
	}
}
