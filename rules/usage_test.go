package rules

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestUsageAdd(t *testing.T) {
	until := time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)
	award := Award{
		Points:   30,
		Lines:    []Share{{Line: "1", Points: 20, Carry: dec("0.75")}, {Line: "2", Points: 10, Carry: dec("-0.5")}},
		Counters: []Counter{{"cap/c/2026-03", until}, {Key: "carry/r"}},
	}
	use := Usage(nil).Add(nil)
	if use != nil {
		t.Error("nothing to count made a map")
	}
	use = use.Add([]Award{award, award})
	want := Usage{"cap/c/2026-03": {Points: 60, Uses: 2, Until: until}, "carry/r": {Carry: dec("0.5")}}
	if diff := diff(want, use); diff != "" {
		t.Errorf("after two (-want +got)\n%s", diff)
	}
	use = use.Return(award, award.Lines[:1], false).Return(award, award.Lines[1:], true)
	want = Usage{"cap/c/2026-03": {Points: 30, Uses: 1, Until: until}, "carry/r": {Carry: dec("0.25")}}
	if diff := diff(want, use); diff != "" {
		t.Errorf("after one came back (-want +got)\n%s", diff)
	}
	use.Prune(until.Add(-1))
	if len(use) != 2 {
		t.Error("forgot a counter before its end")
	}
	use.Prune(until)
	if diff := diff(Usage{"carry/r": {Carry: dec("0.25")}}, use); diff != "" {
		t.Errorf("after its end (-want +got)\n%s", diff)
	}
	use = use.Return(award, award.Lines, true)
	if diff := diff(Usage{}, use); diff != "" {
		t.Errorf("a counter that counts nothing is none, nor is a forgotten one made again (-want +got)\n%s", diff)
	}
	if got := Usage(nil).Return(award, award.Lines, true); diff(Usage{"carry/r": {Carry: dec("-0.25")}}, got) != "" {
		t.Errorf("a return to a member without usage: %v", got)
	}
}

func TestUsageDoesNotWrap(t *testing.T) {
	use := Usage{"rule/r/ever": {Points: math.MaxInt64 - 1}}.Add([]Award{{Points: 5, Counters: []Counter{{Key: "rule/r/ever"}}}})
	if use["rule/r/ever"].Points != math.MaxInt64 {
		t.Errorf("%+v", use)
	}
	if add(math.MinInt64, -1) != math.MinInt64 || add(-3, 2) != -1 {
		t.Error("add")
	}
}

func TestUsageSurvivesJSON(t *testing.T) {
	want := Usage{"a": {Points: 1, Uses: 2, Until: day(1)}, "carry/r": {Carry: dec("-12.34")}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Usage
	if err := json.Unmarshal(text, &got); err != nil || diff(want, got) != "" {
		t.Errorf("%v\n%s", err, text)
	}
}
