package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
)

// TestOneCommitPerEvent: points, tier and usage become durable together, in one
// version of one record.
func TestOneCommitPerEvent(t *testing.T) {
	w := newWorld(t, shop())
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	w.equal("version", int64(1), w.record(someone).Version)
	r := w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "250", 1)})
	rec := w.record(someone)
	w.equal("version", int64(2), rec.Version)
	w.equal("earned", int64(250+25), r.Earned("points"))
	w.equal("stars", int64(6), r.Earned("stars"))
	w.equal("tier", &tier.Change{From: "bronze", To: "silver", At: w.now, Up: true}, r.Tier)
	w.equal("tier's document", "silver", documents(rec)["tier"].(map[string]any)["tier"])
	if _, ok := documents(rec)["usage"].(map[string]any)["rule/big/2026-W01"]; !ok {
		t.Fatalf("usage: %s", rec.Docs["usage"])
	}
}

// TestTierAcceleratesOrders: by the tier the member had before the order, on its
// base points, in compound with other multipliers.
func TestTierAcceleratesOrders(t *testing.T) {
	w := newWorld(t, shop())
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	r := w.process(loyalty.Event{ID: "a", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("a", "40", 1)})
	w.equal("as bronze", int64(40), r.Earned("points"))
	w.process(loyalty.Event{ID: "b", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("b", "200", 1)})
	r = w.process(loyalty.Event{ID: "c", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("c", "40", 1)})
	w.equal("as silver", int64(48), r.Earned("points"))
	var ids []string
	for _, a := range r.Awards {
		if a.Unit == "points" {
			ids = append(ids, fmt.Sprint(a.Rule, " ", a.Points))
		}
	}
	w.equal("awards", []string{"base 40", "tier/silver 8"}, ids)
}

// TestTierCountsEarnedNotSpendable: spending leaves the tier alone, and welcome points
// that do not qualify do not lift it.
func TestTierCountsEarnedNotSpendable(t *testing.T) {
	w := newWorld(t, shop())
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	w.process(loyalty.Event{ID: "a", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("a", "175", 1)})
	if _, err := w.program.Redeem(context.Background(), loyalty.Redemption{ID: "r", Member: someone, Points: 700}); err != nil {
		t.Fatal(err)
	}
	m, err := w.program.Member(context.Background(), someone)
	if err != nil {
		t.Fatal(err)
	}
	w.equal("tier", "silver", m.Tier.Tier.ID) // 175 and a bonus of 25
	w.equal("next", "gold", m.Tier.Next.ID)
	w.equal("missing", int64(600), m.Tier.Missing)
	w.equal("balance", int64(0), m.Balance.Available)
}

// TestLateEventCountsOnItsOwnDay: rules, limits, tier period and expiry are those of
// the time it happened, in the programme's zone.
func TestLateEventCountsOnItsOwnDay(t *testing.T) {
	w := newWorld(t, shop())
	w.now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone, Time: w.now.AddDate(0, 0, -30)})
	sunday := time.Date(2026, 2, 7, 23, 30, 0, 0, time.UTC) // 00:30 on Sunday the 8th in Berlin
	r := w.process(loyalty.Event{ID: "late", Type: loyalty.TypeOrder, Member: someone, Time: sunday, Order: oneLine("o", "10", 1)})
	w.equal("doubled on its Sunday", int64(20), r.Earned("points"))
	rec := w.record(someone)
	lots := slices.Collect(rec.Account("points").Lots.All())
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w.equal("expires", calendar.Date{Year: 2027, Month: 3, Day: 1}.Start(berlin).UTC(), lots[len(lots)-1].Expires)
	for i, want := range []int64{1, 0, 1} { // one check-in a civil day counts
		at := sunday.Add(time.Duration(i) * 12 * time.Hour)
		r := w.process(loyalty.Event{ID: fmt.Sprint("visit ", i), Type: loyalty.TypeCheckIn, Member: someone, Time: at})
		w.equal("check-in at "+at.String(), want, r.Earned("points"))
	}
}

// TestRedeliveryAfterTheLateness: a repeat of what was accepted is recognised however late.
func TestRedeliveryAfterTheLateness(t *testing.T) {
	w := newWorld(t, shop())
	e := loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone, Time: w.now}
	first := w.process(e)
	w.now = w.now.AddDate(0, 6, 0)
	again := w.process(e)
	w.equal("replayed", true, again.Replayed)
	w.equal("result", first, again, cmpopts.IgnoreFields(loyalty.Result{}, "Replayed"))
}

// TestSweepRecordsWhatTimeDid: expiry dated when it happened, the tier at the end of its
// period; nothing is left due.
func TestSweepRecordsWhatTimeDid(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, shop())
	for i := range 3 {
		member := fmt.Sprint("m-", i)
		w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: member})
		w.process(loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: member, Order: oneLine("o", "300", 1)})
	}
	w.now = time.Date(2028, 6, 1, 0, 0, 0, 0, time.UTC)
	m, err := w.program.Member(ctx, "m-1")
	if err != nil {
		t.Fatal(err)
	}
	w.equal("balance before any sweep", int64(0), m.Balance.Available)
	w.equal("tier before any sweep", "bronze", m.Tier.Tier.ID)
	n, err := w.program.Sweep(ctx)
	if err != nil || n != 3 {
		t.Fatalf("swept %d: %v", n, err)
	}
	history := w.history("m-1")
	last := history[len(history)-1]
	w.equal("kind", ledger.KindExpire, last.Kind)
	w.equal("expired at", "2027-01-31T23:00:00Z", last.Time.Format(time.RFC3339))
	w.equal("recorded at", w.now, last.Recorded)
	w.equal("tier", "bronze", documents(w.record("m-1"))["tier"].(map[string]any)["tier"])
	if n, err := w.program.Sweep(ctx); err != nil || n != 0 {
		t.Fatalf("swept %d again: %v", n, err)
	}
	w.provesItself("m-1")
}

// TestSweepPassesByTheBroken: one member whose documents cannot be read does not keep
// the others from their due.
func TestSweepPassesByTheBroken(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, shop())
	for _, member := range []string{"broken", "sound"} {
		w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: member})
	}
	if err := w.program.Ledger().Update(ctx, []string{"broken"}, nil, func(d *ledger.Draft) error {
		d.SetDoc("broken", "tier", []byte(`"?"`))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.AddDate(2, 0, 0)
	n, err := w.program.Sweep(ctx)
	if n != 1 || err == nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	contains(t, err.Error(), "broken", `"tier"`)
	w.equal("expired", int64(0), w.balance("sound").Total())
}

// TestManyWriters: 32 spenders of one balance spend it once, and an event that arrives
// 32 times at once is awarded once.
func TestManyWriters(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, shop())
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	var wg sync.WaitGroup
	spent, replayed := make([]error, 32), make([]bool, 32)
	for i := range 32 {
		wg.Go(func() {
			_, spent[i] = w.program.Redeem(ctx, loyalty.Redemption{ID: fmt.Sprint("r-", i), Member: someone, Points: 500})
		})
		wg.Go(func() {
			r, err := w.program.Process(ctx, loyalty.Event{ID: "visit", Type: loyalty.TypeCheckIn, Member: someone, Time: newYear})
			if err != nil {
				t.Errorf("Process: %v", err)
			}
			replayed[i] = r.Replayed
		})
	}
	wg.Wait()
	won, first := 0, 0
	for i := range 32 {
		switch {
		case spent[i] == nil:
			won++
		case !errors.Is(spent[i], ledger.ErrInsufficientPoints):
			t.Errorf("Redeem: %v", spent[i])
		}
		if !replayed[i] {
			first++
		}
	}
	w.equal("redemptions", 1, won)
	w.equal("awards", 1, first)
	w.equal("balance", int64(1), w.balance(someone).Available)
	w.provesItself(someone)
}

// TestQuoteExplains: why each rule gave something or not, without a trace in the books.
func TestQuoteExplains(t *testing.T) {
	w := newWorld(t, shop())
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
	r, err := w.program.Quote(context.Background(), loyalty.Event{Type: loyalty.TypeOrder, Member: someone, Order: oneLine("cart", "30", 1)})
	if err != nil {
		t.Fatal(err)
	}
	w.equal("quoted", int64(30), r.Earned("points"))
	contains(t, r.Explain(), "base", "big", "double")
	w.equal("version", int64(1), w.record(someone).Version)
}

// TestBirthdayFromProfile: what a sign-up says of the member is known to later events, until
// another event says it anew.
func TestBirthdayFromProfile(t *testing.T) {
	def := rate(1, "")
	def.Rules.Rules = append(def.Rules.Rules, rules.Rule{
		ID: "birthday", Trigger: loyalty.TypeOrder, Window: rules.Window{Occasion: rules.Occasion{Kind: rules.OccasionBirthday}},
		Audience: rules.Audience{SegmentsAny: []string{"club"}}, Effect: rules.Effect{Kind: rules.Multiplier, Factor: dec("2")},
	})
	w := newWorld(t, def)
	today := calendar.YearlyOf(calendar.DateOf(w.now, time.UTC))
	w.process(loyalty.Event{ID: "1", Type: loyalty.TypeSignUp, Member: someone, Profile: &loyalty.Profile{Birthday: today, Segments: []string{"club"}}})
	r := w.process(loyalty.Event{ID: "2", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("a", "10", 1)})
	w.equal("on the birthday", int64(20), r.Earned("points"))
	w.process(loyalty.Event{ID: "3", Type: "left the club", Member: someone, Profile: &loyalty.Profile{Birthday: today}})
	r = w.process(loyalty.Event{ID: "4", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("b", "10", 1)})
	w.equal("outside the club", int64(10), r.Earned("points"))
}

// TestProcessesShareAStore: two programmes, as in two processes, on one store.
func TestProcessesShareAStore(t *testing.T) {
	ctx := context.Background()
	store := memory.New()
	var programs [2]*loyalty.Program
	for i := range programs {
		p, err := loyalty.New(loyalty.Config{Store: store, Program: shop(), Now: func() time.Time { return newYear }, Attempts: 1000})
		if err != nil {
			t.Fatal(err)
		}
		programs[i] = p
	}
	if _, err := programs[0].Process(ctx, loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			id := fmt.Sprint("o-", i/2) // each order reaches both
			if _, err := programs[i%2].Process(ctx, loyalty.Event{ID: id, Type: loyalty.TypeOrder, Member: someone, Time: newYear, Order: oneLine(id, "10", 1)}); err != nil {
				t.Errorf("Process: %v", err)
			}
		})
	}
	wg.Wait()
	m, err := programs[0].Member(ctx, someone)
	if err != nil {
		t.Fatal(err)
	}
	if m.Balance.Available != 700 || m.Orders != 20 {
		t.Fatalf("%d points of %d orders, want 700 of 20", m.Balance.Available, m.Orders)
	}
}
