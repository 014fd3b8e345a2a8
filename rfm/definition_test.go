package rfm_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
)

func TestDecode_refuses(t *testing.T) {
	tests := []struct {
		rule, text string
		want       []string
	}{
		{"a misspelt field", `{"scorng":{}}`, []string{`rfm: scorng: unknown field; did you mean "scoring"?`}},
		{"an unknown field", `{"cap":{"zzzzzz":1}}`, []string{`rfm: cap.zzzzzz: unknown field: here may stand steps, per`}},
		{"a field given twice", `{"rest":"a","rest":"b"}`, []string{`rfm: rest: is given twice`}},
		{"a number for money", `{"scoring":{"spend":[5000]}}`, []string{`rfm: scoring.spend[0]: must be a decimal in quotes, such as "0.10", is the number 5000`}},
		{"a word for money", `{"scoring":{"spend":["much"]}}`, []string{`rfm: scoring.spend[0]: is not a decimal such as "0.10": "much"`}},
		{"a text for a number", `{"scoring":{"orders":["5"]}}`, []string{`rfm: scoring.orders[0]: must be a whole number, is the string "5"`}},
		{"a fraction for a number", `{"scoring":{"orders":[1.5]}}`, []string{`rfm: scoring.orders[0]: must be a whole number, is the number 1.5`}},
		{"an object for a list", `{"segments":{}}`, []string{`rfm: segments: must be a list, is an object`}},
		{"a list for an object", `{"lifecycle":[1,[2]]}`, []string{`rfm: lifecycle: must be an object, is a list`}},
		{"null", `{"segments":null}`, []string{`rfm: segments: must be a list, is null`}},
		{"no date", `{"tags":[{"valid_until":"2026-02-30"}]}`, []string{`rfm: tags[0].valid_until: is not valid: "2026-02-30"`}},
		{"no period", `{"cap":{"per":"decade"}}`, []string{`rfm: cap.per: is not valid: "decade"`}},
		{"a truth in quotes", `{"ladders":[{"once_ever":"yes"}]}`, []string{`rfm: ladders[0].once_ever: must be true or false, is the string "yes"`}},
		{"more after the end", `{} {}`, []string{`rfm: line 1, column 3: there is more text after the end`}},
		{"an end too soon", `{"rest":"a"`, []string{`rfm: the text ends too soon`}},
		{"nothing", ``, []string{`rfm: the text ends too soon`}},
		{"broken bytes", "{\"rest\":\"\xff\"}", []string{`rfm: is not valid UTF-8`}},
		{"depth", `{"x":` + strings.Repeat("[", 30), []string{`rfm: x: unknown field: here may stand scoring, segments, rest, lifecycle, tags, rfm_ls, decline, ladders, cap, zone`, `rfm: x: is nested deeper than 16 levels`}},
		{
			"everything at once", `{"segmnts":[],"scoring":{"levels":"5","method":3},"rest":1}`,
			[]string{
				`rfm: segmnts: unknown field; did you mean "segments"?`,
				`rfm: scoring.levels: must be a whole number, is the string "5"`,
				`rfm: scoring.method: must be a string, is the number 3`,
				`rfm: rest: must be a string, is the number 1`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, err := rfm.Decode(strings.NewReader(tt.text))
			problems(t, err, tt.want)
		})
	}
	if _, err := rfm.Decode(strings.NewReader(strings.Repeat(" ", rfm.MaxDefinitionBytes+1))); !errors.Is(err, rfm.ErrDefinition) {
		t.Errorf("a text too long: %v", err)
	}
	if _, err := rfm.Decode(iotest.ErrReader(io.ErrNoProgress)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func problems(t *testing.T, err error, want []string) {
	t.Helper()
	d, ok := errors.AsType[*rfm.DefinitionError](err)
	if !ok || !errors.Is(err, rfm.ErrDefinition) {
		t.Fatalf("error %v", err)
	}
	var got []string
	for _, p := range d.Problems {
		got = append(got, "rfm: "+p.String())
	}
	if d := diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(want) > 1 && !strings.Contains(err.Error(), "problems:\n\t") {
		t.Error(err)
	}
}

func TestCompile_refuses(t *testing.T) {
	all := []rfm.Segment{{Name: "all"}}
	tests := []struct {
		rule string
		def  rfm.Definition
		want []string
	}{
		{"a misspelt method", rfm.Definition{Scoring: rfm.Scoring{Method: "right-close", Levels: 5}}, []string{`rfm: scoring.method: "right-close" is no method; did you mean "right-closed"?`}},
		{"one level", rfm.Definition{Scoring: rfm.Scoring{Method: rfm.NTile, Levels: 1}}, []string{`rfm: scoring.levels: must be between 2 and 20, is 1`}},
		{
			"thresholds with quantiles", rfm.Definition{Scoring: rfm.Scoring{Method: rfm.NTile, Levels: 5, Orders: []int64{1}}},
			[]string{`rfm: scoring: ntile takes no thresholds`},
		},
		{
			"bad thresholds",
			rfm.Definition{Scoring: rfm.Scoring{Levels: 3, Recency: []int64{90, 30}, Orders: []int64{-1}, Spend: []decimal.Decimal{dec("0.0000001")}, HighValue: 40}},
			[]string{
				`rfm: scoring.levels: is for quantiles: thresholds make one level more than there are`,
				`rfm: scoring.recency[1]: is not above the one before`,
				`rfm: scoring.orders[0]: is below 0`,
				`rfm: scoring.spend[0]: has more than 6 decimals`,
				`rfm: scoring.high_value: must be between 3 and 7, is 40`,
			},
		},
		{
			"a hole in the segments", rfm.Definition{Segments: []rfm.Segment{{Name: "good", R: rfm.Range{Min: 2}}}},
			[]string{`rfm: segments: 9 of 27 scores belong to no segment: 1-1-1, 1-1-2, 1-1-3, 1-2-1, 1-2-2, 1-2-3, 1-3-1, 1-3-2 and 1 more; name one for them as rest`},
		},
		{
			"a segment in the shadow of another", rfm.Definition{Segments: []rfm.Segment{{Name: "good", R: rfm.Range{Min: 2}}, {Name: "best", R: rfm.Range{Min: 3}}}, Rest: "rest"},
			[]string{`rfm: segments[1]: "best" never matches: all of its scores belong to segments before it, such as "good"`},
		},
		{
			"a segment that cannot be", rfm.Definition{Segments: []rfm.Segment{{Name: "odd", R: rfm.Range{Max: 1}, Sum: rfm.Range{Min: 8}}}, Rest: "rest"},
			[]string{`rfm: segments[0]: "odd" never matches: no score lies in all of its ranges`},
		},
		{
			"bad ranges and names", rfm.Definition{Segments: []rfm.Segment{{Name: "a", R: rfm.Range{Min: 4}}, {Name: "a", F: rfm.Range{Min: 3, Max: 2}}, {Name: " ", Sum: rfm.Range{Max: 2}}, all[0]}},
			[]string{
				`rfm: segments[0].r.min: must be between 1 and 3, is 4`,
				`rfm: segments[1].name: "a" is already that of segments[0]`,
				`rfm: segments[1].f: the least, 3, is above the most, 2`,
				`rfm: segments[2].name: " " has space at its ends`,
				`rfm: segments[2].sum.max: must be between 3 and 9, is 2`,
				`rfm: segments[0]: "a" never matches: no score lies in all of its ranges`,
				`rfm: segments[1]: "a" never matches: no score lies in all of its ranges`,
				`rfm: segments[2]: " " never matches: no score lies in all of its ranges`,
			},
		},
		{
			"a segment nobody defined", rfm.Definition{Segments: all, Tags: []rfm.Tag{{Name: "alll", Definition: "x", Owner: "y"}}},
			[]string{`rfm: segments[0].name: "all" is not in the dictionary of tags; did you mean "alll"?`},
		},
		{
			"bad tags", rfm.Definition{Tags: []rfm.Tag{{Name: "a", RefreshDays: -1, ValidUntil: calendar.Date{Day: 1}}, {Name: "a", Definition: "x", Owner: "y\n"}}},
			[]string{
				`rfm: tags[0].definition: is empty`, `rfm: tags[0].owner: is empty`, `rfm: tags[0].refresh_days: must be between 0 and 3650, is -1`,
				`rfm: tags[0].valid_until: is no date`, `rfm: tags[1].owner: "y\n" has control characters`, `rfm: tags[1].name: "a" is already that of tags[0]`,
			},
		},
		{
			"stages out of order", rfm.Definition{Lifecycle: rfm.Lifecycle{NewDays: 60, ActiveDays: 30, CoolingDays: 20, DormantDays: 10, Own: rfm.OwnRhythm{MinGaps: 1, Active: dec("2"), Cooling: dec("2")}}},
			[]string{
				`rfm: lifecycle.cooling_days: must be above 30 and at most 36525, is 20`,
				`rfm: lifecycle.dormant_days: must be above 30 and at most 36525, is 10`,
				`rfm: lifecycle.new_days: must be between 0 and active_days, is 60`,
				`rfm: lifecycle.own_rhythm.cooling: must be above 2 and at most 1000, is 2`,
				`rfm: lifecycle.own_rhythm.dormant: must be above 2 and at most 1000, is 0`,
			},
		},
		{
			"weights", rfm.Definition{LS: rfm.LS{Recency: -1, Social: 1, Potential: []rfm.Potential{{Stage: "actve", Percent: 101}}, Invitations: []rfm.Invitation{{Tier: "black"}}}},
			[]string{
				`rfm: rfm_ls.recency: must be between 0 and 1000, is -1`,
				`rfm: rfm_ls: all weights are 0`,
				`rfm: rfm_ls.potential[0].stage: "actve" is no stage; did you mean "active"?`,
				`rfm: rfm_ls.potential[0].percent: must be between 0 and 100, is 101`,
				`rfm: rfm_ls.social: has weight, but there are no signals`,
				`rfm: rfm_ls.invitations[0]: invites everyone`,
			},
		},
		{
			"declines", rfm.Definition{Decline: rfm.Decline{Test: "longest", OneIn: 1, HorizonDays: -1, MinGaps: -1}},
			[]string{
				`rfm: decline.test: "longest" is no test`,
				`rfm: decline.one_in: must be between 2 and 1000000, is 1`,
				`rfm: decline.min_gaps: must be between 1 and 1000000000, is -1`,
				`rfm: decline.horizon_days: must be between 1 and 3650, is -1`,
			},
		},
		{
			"ladders", rfm.Definition{
				Zone: "Asia/Atlantis", Cap: rfm.Cap{Steps: 1},
				Ladders: []rfm.Ladder{{ID: "a", Stage: rfm.Lost}, {ID: "a", Stage: rfm.Lost, Steps: []rfm.Step{{ID: "x", WaitDays: -1}, {ID: "x", Action: "call"}}}},
			},
			[]string{
				`rfm: zone: "Asia/Atlantis" is not an IANA time zone`,
				`rfm: cap.per: "" is none of day, week, month, quarter, year, ever`,
				`rfm: ladders[0].steps: must be between 1 and 50 steps, are 0`,
				`rfm: ladders[1].id: "a" is given twice`,
				`rfm: ladders[1].stage: "lost" is given twice`,
				`rfm: ladders[1].steps[0].action: is empty`,
				`rfm: ladders[1].steps[0].wait_days: must be between 0 and 3650, is -1`,
				`rfm: ladders[1].steps[1].id: "x" is given twice`,
			},
		},
		{"too many segments", rfm.Definition{Segments: make([]rfm.Segment, 201)}, []string{`rfm: segments: 201 are more than 200`}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m, err := rfm.Compile(tt.def)
			if m != nil {
				t.Error("a model, too")
			}
			problems(t, err, tt.want)
		})
	}
}

// everything uses each part of a definition.
func everything() rfm.Definition {
	def := rfm.Definition{
		Scoring: rfm.DefaultScoring(), Segments: rfm.NamedSegments(), Lifecycle: rfm.DefaultLifecycle(), LS: rfm.DefaultLS(),
		Decline: rfm.Decline{Test: rfm.LongestGap, OneIn: 10, MinGaps: 4, HorizonDays: 180},
		Ladders: rfm.WakeUpLadders(), Cap: rfm.Cap{Steps: 2, Per: calendar.Month}, Zone: "Asia/Shanghai",
	}
	for _, s := range def.Segments {
		def.Tags = append(def.Tags, rfm.Tag{Name: s.Name, Definition: "by score", Owner: "CRM", RefreshDays: 7, ValidUntil: date("2027-12-31")})
	}
	return def
}

func TestDefinition_JSON(t *testing.T) {
	def := everything()
	written, err := json.Marshal(def)
	if err != nil {
		t.Fatal(err)
	}
	read, err := rfm.Decode(bytes.NewReader(written))
	if d := diff(def, read); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	var inside struct{ Model rfm.Definition }
	if err := json.Unmarshal([]byte(`{"model":`+string(written)+`}`), &inside); err != nil || diff(def, inside.Model) != "" {
		t.Errorf("inside a larger document: %v", err)
	}
	if err := json.Unmarshal([]byte(`{"model":{"x":1}}`), &inside); !errors.Is(err, rfm.ErrDefinition) {
		t.Errorf("strict inside a larger document: %v", err)
	}
	m := mustCompile(t, read)
	if d := diff(def, m.Definition()); d != "" {
		t.Errorf("compiled (-want +got):\n%s", d)
	}
}

// A model does not change with the definition it was made of.
func TestCompile_keepsACopy(t *testing.T) {
	def := everything()
	m := mustCompile(t, def)
	def.Scoring.Orders[0], def.Segments[0].Name, def.Ladders[2].Steps[0].ID, def.LS.Signals[0].Name = 99, "x", "x", "x"
	if d := diff(everything(), m.Definition()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if move := m.Next(dormantSince("2026-01-10"), nil, noon("2026-01-10")); move.Step.ID != "coupon" {
		t.Errorf("%+v", move)
	}
}
