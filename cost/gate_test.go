package cost_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

func TestNewGate_invalid(t *testing.T) {
	good := []cost.Value{{Version: 1, PerPoint: dec("0.01")}}
	tests := []struct {
		rule   string
		budget cost.Budget
		path   string
	}{
		{"a point has a value", cost.Budget{}, "values.values"},
		{"the value is above zero", cost.Budget{Values: cost.ValueTable{Values: []cost.Value{{PerPoint: dec("0")}}}}, "values.values[0].per_point"},
		{"no more than six decimals", cost.Budget{Values: cost.ValueTable{Values: []cost.Value{{PerPoint: dec("0.0000001")}}}}, "values.values[0].per_point"},
		{"a hostile exponent is refused before it is computed with", cost.Budget{Values: cost.ValueTable{Values: []cost.Value{{PerPoint: decimal.New(1, 999_999_999)}}}}, "values.values[0].per_point"},
		{"a limit is a share", cost.Budget{Values: cost.ValueTable{Values: good}, Limit: dec("3")}, "limit"},
		{"an alarm is a share", cost.Budget{Values: cost.ValueTable{Values: good}, Alarm: dec("-0.05")}, "alarm"},
		{"the alarm clears below where it rings", cost.Budget{Values: cost.ValueTable{Values: good}, Clear: dec("0.06")}, "clear"},
		{"a floor is money", cost.Budget{Values: cost.ValueTable{Values: good}, Floor: dec("-1")}, "floor"},
		{"a window ends", cost.Budget{Values: cost.ValueTable{Values: good}, Period: calendar.Ever}, "period"},
		{"one window", cost.Budget{Values: cost.ValueTable{Values: good}, Period: calendar.Month, RollingDays: 30}, "rolling_days"},
		{"a rolling window is bounded", cost.Budget{Values: cost.ValueTable{Values: good}, RollingDays: 401}, "rolling_days"},
		{"an unknown zone", cost.Budget{Values: cost.ValueTable{Zone: "Asia/Atlantis", Values: good}}, "values.zone"},
		{"values dated backwards", cost.Budget{Values: cost.ValueTable{Values: []cost.Value{
			{Version: 1, From: calendar.Date{Year: 2026, Month: 5, Day: 1}, PerPoint: dec("0.01")},
			{Version: 2, From: calendar.Date{Year: 2026, Month: 4, Day: 1}, PerPoint: dec("0.01")}}}}, "values.values[1].from"},
		{"versions grow", cost.Budget{Values: cost.ValueTable{Values: []cost.Value{
			{Version: 2, PerPoint: dec("0.01")},
			{Version: 2, From: calendar.Date{Year: 2026, Month: 4, Day: 1}, PerPoint: dec("0.01")}}}}, "values.values[1].version"},
		{"told before it holds", cost.Budget{Values: cost.ValueTable{Values: []cost.Value{
			{From: calendar.Date{Year: 2026, Month: 4, Day: 1}, Announced: calendar.Date{Year: 2026, Month: 4, Day: 2}, PerPoint: dec("0.01")}}}}, "values.values[0].announced"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, err := cost.NewGate(tt.budget)
			wantInvalid(t, err, tt.path)
		})
	}
}

// wantInvalid holds an error to be an *InvalidError of a path, alone.
func wantInvalid(t testing.TB, err error, path string) {
	t.Helper()
	bad, ok := errors.AsType[*cost.InvalidError](err)
	if !ok || !errors.Is(err, cost.ErrInvalid) {
		t.Fatalf("error %v, want an *InvalidError at %s", err, path)
	}
	if bad.Path != path {
		t.Errorf("at %s, want %s: %v", bad.Path, path, err)
	}
}

// Whatever is refused leaves the book as it was.
func TestGate_refused(t *testing.T) {
	now := noon("2026-11-11")
	tests := []struct {
		rule string
		do   func(g *cost.Gate, b *cost.Book) error
		want error
	}{
		{"negative revenue", func(g *cost.Gate, b *cost.Book) error {
			return g.Sell(b, cost.Sale{At: now, Amount: dec("-1"), Currency: "CNY"})
		}, cost.ErrInvalid},
		{"another currency", func(g *cost.Gate, b *cost.Book) error {
			return g.Sell(b, cost.Sale{At: now, Amount: dec("1"), Currency: "USD"})
		}, cost.ErrCurrency},
		{"more decimals than money has", func(g *cost.Gate, b *cost.Book) error {
			return g.Refund(b, cost.Sale{At: now, Amount: dec("0.0000001"), Currency: "CNY"})
		}, cost.ErrInvalid},
		{"negative points", func(g *cost.Gate, b *cost.Book) error {
			_, err := g.Award(b, cost.Award{At: now, Points: -1})
			return err
		}, cost.ErrInvalid},
		{"a name with control characters", func(g *cost.Gate, b *cost.Book) error {
			return second(g.Award(b, cost.Award{At: now, Points: 1, Tier: "a\nb"}))
		}, cost.ErrInvalid},
		{"a key for another request", func(g *cost.Gate, b *cost.Book) error {
			_, err := g.Reserve(b, "r", cost.Award{At: now, Points: 11}, time.Time{})
			return err
		}, cost.ErrKeyReused},
		{"a reservation over before it began", func(g *cost.Gate, b *cost.Book) error {
			_, err := g.Reserve(b, "s", cost.Award{At: now, Points: 1}, now)
			return err
		}, cost.ErrInvalid},
		{"committing more than reserved", func(g *cost.Gate, b *cost.Book) error { return g.Commit(b, "r", 11, now) }, cost.ErrInvalid},
		{"committing what is not there", func(g *cost.Gate, b *cost.Book) error { return g.Commit(b, "x", 1, now) }, cost.ErrNotOpen},
		{"a lease id in use", func(g *cost.Gate, b *cost.Book) error {
			_, err := g.Lease(b, "l", 1, now, now.Add(time.Hour))
			return err
		}, cost.ErrKeyReused},
		{"returning more than leased", func(g *cost.Gate, b *cost.Book) error {
			return g.Return(b, cost.Spent{ID: "l", Awards: []cost.SpentAward{{Points: 6}, {Points: 5, Tier: "gold"}}}, now)
		}, cost.ErrInvalid},
		{"returning less than nothing", func(g *cost.Gate, b *cost.Book) error {
			return g.Return(b, cost.Spent{ID: "l", Awards: []cost.SpentAward{{Points: -1}}}, now)
		}, cost.ErrInvalid},
		{"reversing more than awarded", func(g *cost.Gate, b *cost.Book) error {
			return g.Reverse(b, cost.Award{At: now, Points: 6, Tier: "gold"}, now)
		}, cost.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			g, b := mustGate(t, cost.Budget{Values: cny}), &cost.Book{}
			sell(t, g, b, dec("1000"))
			if _, err := g.Award(b, cost.Award{At: now, Points: 5, Tier: "gold"}); err != nil {
				t.Fatal(err)
			}
			if _, err := g.Reserve(b, "r", cost.Award{At: now, Points: 10}, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if _, err := g.Lease(b, "l", 10, now, now.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			before := asJSON(t, b)
			if err := tt.do(g, b); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if diff := cmp.Diff(before, asJSON(t, b)); diff != "" {
				t.Errorf("the book changed (-want +got):\n%s", diff)
			}
		})
	}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGate_windows(t *testing.T) {
	tests := []struct {
		rule      string
		budget    cost.Budget
		sold, ask string
		want      int64 // granted of 100
	}{
		{"same month", cost.Budget{}, "2026-11-01", "2026-11-30", 30},
		{"next month", cost.Budget{}, "2026-11-30", "2026-12-01", 0},
		{"same quarter", cost.Budget{Period: calendar.Quarter}, "2026-10-01", "2026-12-31", 30},
		{"next quarter", cost.Budget{Period: calendar.Quarter}, "2026-10-01", "2027-01-01", 0},
		{"thirtieth day of thirty", cost.Budget{RollingDays: 30}, "2026-11-01", "2026-11-30", 30},
		{"thirty-first day", cost.Budget{RollingDays: 30}, "2026-11-01", "2026-12-01", 0},
		{"a floor needs no revenue", cost.Budget{Floor: dec("0.50")}, "2026-11-30", "2026-12-01", 50},
		{"time does not go back", cost.Budget{}, "2026-12-01", "2026-11-30", 30},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			tt.budget.Values, tt.budget.Trim = cny, true
			g, b := mustGate(t, tt.budget), &cost.Book{}
			if err := g.Sell(b, cost.Sale{At: noon(tt.sold), Amount: dec("10"), Currency: "CNY"}); err != nil {
				t.Fatal(err)
			}
			d, err := g.Award(b, cost.Award{At: noon(tt.ask), Points: 100})
			if err != nil || d.Granted != tt.want {
				t.Errorf("granted %d, %v, want %d", d.Granted, err, tt.want)
			}
		})
	}
}

// The day is the zone's: an hour before midnight in Shanghai it is still November.
func TestGate_localMidnight(t *testing.T) {
	table := cost.ValueTable{Zone: "Asia/Shanghai", Values: []cost.Value{
		{Version: 1, PerPoint: dec("0.01")},
		{Version: 2, From: calendar.Date{Year: 2026, Month: 12, Day: 1}, PerPoint: dec("0.02")},
	}}
	g, b := mustGate(t, cost.Budget{Values: table, Floor: dec("1")}), &cost.Book{}
	midnight := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]int{midnight.Add(-time.Second): 1, midnight: 2} {
		b = &cost.Book{}
		d, err := g.Decide(b, cost.Award{At: at, Points: 1})
		if err != nil || d.Version != want {
			t.Errorf("at %s value %d, %v, want %d", at, d.Version, err, want)
		}
	}
	if _, err := mustGate(t, cost.Budget{Values: cost.ValueTable{Values: []cost.Value{
		{From: calendar.Date{Year: 2026, Month: 12, Day: 1}, PerPoint: dec("1")}}}}).Decide(&cost.Book{}, cost.Award{At: midnight}); !errors.Is(err, cost.ErrNoValue) {
		t.Errorf("error %v, want ErrNoValue", err)
	}
}

func TestGate_reservationTimesOut(t *testing.T) {
	g, b := mustGate(t, cost.Budget{Values: cny}), &cost.Book{}
	now := noon("2026-11-11")
	sell(t, g, b, dec("100"))
	if _, err := g.Reserve(b, "r", cost.Award{At: now, Points: 300}, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]cost.Verdict{time.Hour - time.Second: cost.Refuse, time.Hour: cost.Allow} {
		var again cost.Book
		if err := json.Unmarshal([]byte(asJSON(t, b)), &again); err != nil {
			t.Fatal(err)
		}
		d, err := g.Decide(&again, cost.Award{At: now.Add(after), Points: 300})
		if err != nil || d.Verdict != want {
			t.Errorf("after %s: %s, %v, want %s", after, d, err, want)
		}
	}
	if err := g.Commit(b, "r", 300, now.Add(time.Hour)); !errors.Is(err, cost.ErrNotOpen) {
		t.Errorf("late commit: %v, want ErrNotOpen", err)
	}
}

func TestGate_Alarm_hysteresis(t *testing.T) {
	g, b := mustGate(t, cost.Budget{Values: cny, Clear: dec("0.04")}), &cost.Book{}
	now := noon("2026-11-11")
	sell(t, g, b, dec("1000"))
	steps := []struct {
		reach       string // the cost to bring the book to
		on, changed bool
	}{
		{"50", false, false}, {"50.01", true, true}, {"49", true, false}, {"40.01", true, false}, {"40", false, true}, {"45", false, false},
	}
	at := dec("0")
	for _, s := range steps {
		points := dec(s.reach).Sub(at).Shift(2).IntPart()
		at = dec(s.reach)
		var err error
		if points >= 0 {
			_, err = g.Force(b, cost.Award{At: now, Points: points})
		} else {
			err = g.Reverse(b, cost.Award{At: now, Points: -points}, now)
		}
		if err != nil {
			t.Fatal(err)
		}
		if on, changed, err := g.Alarm(b, now); err != nil || on != s.on || changed != s.changed {
			t.Errorf("at %s: on %v, changed %v, %v, want %v, %v", s.reach, on, changed, err, s.on, s.changed)
		}
	}
}

// What the floor allows is no alarm, a cent more without revenue is.
func TestGate_Alarm_floor(t *testing.T) {
	g, b := mustGate(t, cost.Budget{Values: cny, Floor: dec("5")}), &cost.Book{}
	now := noon("2026-11-11")
	for _, step := range []struct {
		points int64
		on     bool
	}{{500, false}, {1, true}} {
		if _, err := g.Force(b, cost.Award{At: now, Points: step.points}); err != nil {
			t.Fatal(err)
		}
		if on, _, err := g.Alarm(b, now); err != nil || on != step.on {
			t.Errorf("after %d more: on %v, %v, want %v", step.points, on, err, step.on)
		}
	}
}

func TestBook_full(t *testing.T) {
	g, b := mustGate(t, cost.Budget{Values: cny}), &cost.Book{}
	now := noon("2026-11-11")
	sell(t, g, b, dec("1000000"))
	var err error
	for i := 0; err == nil && i < 2*cost.MaxViews; i++ {
		_, err = g.Award(b, cost.Award{At: now, Points: 1, Campaign: strings.Repeat("c", i%60+1) + string(rune('a'+i/60))})
	}
	if !errors.Is(err, cost.ErrLimit) {
		t.Errorf("error %v, want ErrLimit", err)
	}
	huge := cost.Sale{At: now, Amount: dec("999999999999"), Currency: "CNY"}
	for err = nil; err == nil; err = g.Sell(b, huge) {
	}
	if !errors.Is(err, cost.ErrLimit) {
		t.Errorf("error %v, want ErrLimit", err)
	}
}

func TestValues_Of(t *testing.T) {
	day := func(m time.Month) calendar.Date { return calendar.Date{Year: 2026, Month: m, Day: 1} }
	v, err := cost.CompileValues(cost.ValueTable{Values: []cost.Value{
		{Version: 1, PerPoint: dec("0.010")},
		{Version: 2, From: day(3), PerPoint: dec("0.008"), Grandfather: true},
		{Version: 3, From: day(6), PerPoint: dec("0.007")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		rule       string
		issued, at time.Month
		want       int
	}{
		{"before any change", 1, 2, 1},
		{"old points keep their value", 1, 4, 1},
		{"new points have the new one", 3, 4, 2},
		{"a change for all ends what was kept", 1, 6, 3},
		{"a value to come does not count yet", 4, 5, 2},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := v.Of(day(tt.issued).Start(nil), day(tt.at).Start(nil))
			if err != nil || got.Version != tt.want {
				t.Errorf("value %d, %v, want %d", got.Version, err, tt.want)
			}
		})
	}
}

// A decision in a log has its numbers, and a name may be in any script.
func TestDecision_json(t *testing.T) {
	g, b := mustGate(t, cost.Budget{Values: cny}), &cost.Book{}
	sell(t, g, b, dec("100"))
	d, err := g.Award(b, cost.Award{At: noon("2026-11-11"), Points: 100, Tier: "金卡", Campaign: "双十一"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"verdict":"allow","asked":100,"granted":100,"headroom":300,"version":1,"per_point":"0.01","revenue":"100","cost":"0","open":"0","cap":"3"}`
	if diff := cmp.Diff(want, asJSON(t, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A stored book that does not add up was not left by a gate.
func TestBook_invalid(t *testing.T) {
	tests := []struct{ rule, text string }{
		{"days in order", `{"days":[{"date":"2026-11-12"},{"date":"2026-11-11"}]}`},
		{"days on the calendar", `{"days":[{"date":"2026-02-30"}]}`},
		{"tiers come to the day", `{"days":[{"date":"2026-11-11","cost":"1","tiers":{"gold":{"cost":"0.5"}},"campaigns":{"":{"cost":"1"}}}]}`},
		{"campaigns come to the day", `{"days":[{"date":"2026-11-11","cost":"1","tiers":{"gold":{"cost":"1"}}}]}`},
		{"figures for a tier", `{"days":[{"date":"2026-11-11","tiers":{"gold":null}}]}`},
		{"no negative cost", `{"days":[{"date":"2026-11-11","cost":"-1","tiers":{"":{"cost":"-1"}},"campaigns":{"":{"cost":"-1"}}}]}`},
		{"a reservation on a day there is", `{"reservations":{"r":{"date":"2026-11-11","granted":1,"per_point":"0.01"}}}`},
		{"a reservation of points", `{"days":[{"date":"2026-11-11"}],"reservations":{"r":{"date":"2026-11-11","granted":-1,"per_point":"0.01"}}}`},
		{"a lease of money", `{"days":[{"date":"2026-11-11"}],"leases":{"l":{"date":"2026-11-11","amount":"-1","per_point":"0.01"}}}`},
		{"a lease at a value", `{"days":[{"date":"2026-11-11"}],"leases":{"l":{"date":"2026-11-11","amount":"1"}}}`},
		{"numbers", `{"days":[{"date":"2026-11-11","cost":"1e99999999"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var b cost.Book
			if err := json.Unmarshal([]byte(tt.text), &b); !errors.Is(err, cost.ErrInvalid) {
				t.Errorf("error %v, want ErrInvalid", err)
			}
			if diff := cmp.Diff("{}", asJSON(t, &b)); diff != "" {
				t.Errorf("refused, but read (-want +got):\n%s", diff)
			}
		})
	}
}
