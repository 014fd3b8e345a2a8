package rfm_test

import (
	"slices"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"pgregory.net/rapid"
)

func dormantSince(day string) rfm.LadderFacts {
	return rfm.LadderFacts{Standing: rfm.Standing{Stage: rfm.Dormant, Since: date(day)}, Last: noon("2025-06-01")}
}

func TestModel_Next(t *testing.T) {
	m := mustCompile(t, rfm.Definition{Ladders: rfm.WakeUpLadders(), Cap: rfm.Cap{Steps: 2, Per: calendar.Month}, Zone: "Asia/Shanghai"})
	wake := rfm.WakeUpLadders()[2]
	took := func(step, day string) rfm.Taken { return rfm.Taken{Ladder: "wake-up", Step: step, At: noon(day)} }
	start := func(day string) time.Time {
		loc, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		return date(day).Start(loc)
	}
	facts := dormantSince("2026-01-10")
	tests := []struct {
		rule    string
		facts   rfm.LadderFacts
		history []rfm.Taken
		at      time.Time
		want    rfm.Move
	}{
		{"the first step at once", facts, nil, noon("2026-01-10"), rfm.Move{Kind: rfm.Take, Ladder: "wake-up", Step: wake.Steps[0], Key: "wake-up/coupon/2026-01-10"}},
		{
			"the second waits two weeks from the first", facts, []rfm.Taken{took("coupon", "2026-01-12")}, noon("2026-01-25"),
			rfm.Move{Kind: rfm.Wait, Ladder: "wake-up", Step: wake.Steps[1], Until: start("2026-01-26"), Key: "wake-up/task/2026-01-10"},
		},
		{
			"from the first moment of the day, in the zone", facts, []rfm.Taken{took("coupon", "2026-01-12")}, start("2026-01-26"),
			rfm.Move{Kind: rfm.Take, Ladder: "wake-up", Step: wake.Steps[1], Key: "wake-up/task/2026-01-10"},
		},
		{
			"a step that was taken is not taken again", facts, []rfm.Taken{took("task", "2026-01-26"), took("coupon", "2026-01-12")}, noon("2026-02-27"),
			rfm.Move{Kind: rfm.Take, Ladder: "wake-up", Step: wake.Steps[2], Key: "wake-up/call/2026-01-10"},
		},
		{
			"after the last there is none", facts, []rfm.Taken{took("call", "2026-03-01"), took("coupon", "2026-01-12")}, noon("2027-02-27"),
			rfm.Move{Kind: rfm.Finished, Ladder: "wake-up"},
		},
		{
			"a purchase stops the ladder", rfm.LadderFacts{Standing: facts.Standing, Last: noon("2026-01-20")}, []rfm.Taken{took("coupon", "2026-01-12")}, noon("2026-03-01"),
			rfm.Move{Kind: rfm.Returned, Ladder: "wake-up"},
		},
		{
			"the next silence begins anew", dormantSince("2026-09-01"), []rfm.Taken{took("coupon", "2026-01-12"), took("task", "2026-01-26")}, noon("2026-09-01"),
			rfm.Move{Kind: rfm.Take, Ladder: "wake-up", Step: wake.Steps[0], Key: "wake-up/coupon/2026-09-01"},
		},
		{
			"two a month are enough, of whatever ladder", facts,
			[]rfm.Taken{{Ladder: "other", Step: "x", At: noon("2026-01-02")}, {Ladder: "keep", Step: "streak", At: noon("2026-01-03")}}, noon("2026-01-10"),
			rfm.Move{Kind: rfm.Capped, Ladder: "wake-up", Step: wake.Steps[0], Until: start("2026-02-01"), Key: "wake-up/coupon/2026-01-10"},
		},
		{"who wants quiet has it", rfm.LadderFacts{Standing: facts.Standing, Quiet: true}, nil, noon("2026-01-10"), rfm.Move{Kind: rfm.Nothing}},
		{"a stage without a ladder", rfm.LadderFacts{Standing: rfm.Standing{Stage: rfm.Lost, Since: date("2026-01-10")}}, nil, noon("2026-01-10"), rfm.Move{Kind: rfm.Nothing}},
		{
			"the new are greeted once in a life",
			rfm.LadderFacts{Standing: rfm.Standing{Stage: rfm.New, Since: date("2026-01-10")}, Last: noon("2026-01-10")}, nil, noon("2026-01-11"),
			rfm.Move{Kind: rfm.Take, Ladder: "welcome", Step: rfm.WakeUpLadders()[0].Steps[0], Key: "welcome/double"},
		},
		{"nothing is known", rfm.LadderFacts{}, nil, noon("2026-01-10"), rfm.Move{Kind: rfm.Nothing}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if d := diff(tt.want, m.Next(tt.facts, tt.history, tt.at)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestLaw_ladder walks a customer through two years of days and purchases, asking
// each day, sometimes twice.
func TestLaw_ladder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 3).Draw(rt, "cap")
		def := rfm.Definition{Ladders: rfm.WakeUpLadders(), Cap: rfm.Cap{Steps: limit, Per: calendar.Month}, Zone: drawZone(rt)}
		m := mustCompile(t, def)
		loc, err := time.LoadLocation(def.Zone)
		if err != nil {
			rt.Fatal(err)
		}
		days := []calendar.Date{date("2024-01-01")}
		var history []rfm.Taken
		keys, perMonth := map[string]bool{}, map[string]int{}
		for n := range 730 {
			on := days[0].AddDays(n)
			if n > 0 && rapid.IntRange(0, 120).Draw(rt, "buys") == 0 {
				days = append(days, on)
				continue
			}
			at := on.Start(loc).Add(time.Duration(rapid.IntRange(0, 22).Draw(rt, "hour")) * time.Hour)
			facts := rfm.LadderFacts{Standing: m.Stage(bought(on, days...)), Last: days[len(days)-1].Start(loc)}
			shuffled := rapid.Permutation(history).Draw(rt, "history")
			move := m.Next(facts, shuffled, at)
			if d := diff(m.Next(facts, history, at), move); d != "" {
				rt.Fatalf("the order of history matters:\n%s", d)
			}
			switch move.Kind {
			case rfm.Take:
				if keys[move.Key] {
					rt.Fatalf("%s is taken twice", move.Key)
				}
				keys[move.Key] = true
				month := calendar.Month.Key(at, loc)
				if perMonth[month]++; perMonth[month] > limit {
					rt.Fatalf("%d steps in %s", perMonth[month], month)
				}
				history = append(history, rfm.Taken{Ladder: move.Ladder, Step: move.Step.ID, At: at})
				if again := m.Next(facts, history, at); again.Kind == rfm.Take && again.Step.WaitDays > 0 {
					rt.Fatalf("%s follows at once, in spite of its wait", again.Key)
				}
			case rfm.Wait, rfm.Capped:
				if !move.Until.After(at) {
					rt.Fatalf("waits until %s at %s", move.Until, at)
				}
			case rfm.Returned:
				rt.Fatalf("returned, with the stage of the day: %+v", facts)
			}
		}
		if !slices.ContainsFunc(history, func(t rfm.Taken) bool { return t.Ladder == "welcome" }) && len(days) == 1 {
			rt.Fatal("a new customer was never greeted")
		}
	})
}
